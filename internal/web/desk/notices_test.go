package desk_test

import (
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/workday"
)

// publishing is the service with a public notice before all else.
func publishing() *caseflow.Item {
	it := opening()
	within := limit("notice", "公示期", 20, "")
	within.Limit.Unit = workday.Day
	it.Steps = append([]caseflow.Step{{ID: "publish", Name: text("设立公示", "Notice of the opening"), Kind: caseflow.KindPublish, Part: "registration", By: by("hall", "clerk"), Within: &within,
		Publish: &caseflow.Publish{Objection: caseflow.ObjectionWaits, Answer: limit("answer", "答复时限", 3, ""),
			Reasons: []caseflow.Option{{Value: "debt", Label: text("拖欠款项", "It owes money")}},
			Shows:   []caseflow.Datum{{Key: "name", Label: text("公示的名称", "Name that is public"), From: "form.company.name"}}}}}, it.Steps...)
	it.Steps[1].Needs = []caseflow.StepID{"publish"}
	return it
}

// The desk sees what is public and each objection with its grounds; who objected only after it has said why, and that is recorded.
func TestCase_shows_its_notice_and_who_objects_only_for_a_reason(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, publishing())
	key := b.running()
	_, err := b.hall.Object(t.Context(), caseflow.Actor{}, "", hall.NoticeID(key.Case, 1),
		caseflow.Object{Reason: "debt", Words: "货款三万元没有还", Name: "何建国", Contact: "13800138099"})
	b.must(err)
	page := b.get("clerk1", home(key))
	contains(t, page, "设立公示", "公示中", "公示的名称", "渭南秦东商贸有限公司", "异议 1", "拖欠款项", "货款三万元没有还", "待答复", "何**", "138****8099")
	lacks(t, page, "何建国", "13800138099")
	full := b.as("clerk1", "POST", home(key)+"/reveal", map[string][]string{"reason": {"电话核实异议"}})
	contains(t, full, "何建国", "13800138099")
	contains(t, b.get("super", home(key)), "电话核实异议")
	for _, login := range []string{"market1", "super"} {
		lacks(t, b.as(login, "POST", home(key)+"/reveal", map[string][]string{"reason": {"想知道是谁"}}), "何建国", "13800138099")
	}
}
