package hall_test

import (
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// bareShelf has no item at all: what a running program has when a pack is gone from it.
type bareShelf struct{}

func (bareShelf) Current(caseflow.ItemID) *caseflow.Item             { return nil }
func (bareShelf) Item(_, _ string, _ caseflow.ItemID) *caseflow.Item { return nil }

// A public notice stays public, with all that it shows, when the version of the pack that published it is not loaded any more.
func TestNoticesStayWithoutTheirPack(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, it := monday(), sample()
		within := caseflow.Rule{ID: "notice", Limit: workday.Limit{N: 20, Unit: workday.Day}}
		it.Steps = append([]caseflow.Step{{ID: "publish", Name: caseflow.Text{ZH: "公示", EN: "Notice"}, Kind: caseflow.KindPublish, By: caseflow.Post{Department: "market", Role: caseflow.RoleReviewer}, Within: &within,
			Publish: &caseflow.Publish{Objection: caseflow.ObjectionWaits, Answer: caseflow.Rule{ID: "answer", Limit: workday.Limit{N: 3}},
				Shows: []caseflow.Datum{{Key: "name", Label: caseflow.Text{ZH: "名称", EN: "Name"}, From: "applicant.kind"}}}}}, it.Steps...)
		it.Steps[1].Needs = []caseflow.StepID{"publish"}
		h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{it}, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		key := submitted(t, h, "610502")
		do(t, h, clerk, key, caseflow.Accept{})
		bare, err := hall.New(hall.Options{Store: st, Catalogue: bareShelf{}, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			hall  *hall.Hall
			title string
			label string
		}{"loaded": {h, "公示", "名称"}, "not loaded": {bare, "publish", "name"}} {
			list, _, err := c.hall.Notices(t.Context(), caseflow.Actor{}, "610502", true, "", 10)
			if err != nil || len(list) != 1 {
				t.Fatalf("%s: %d notices, %v", name, len(list), err)
			}
			one, err := c.hall.Notice(t.Context(), caseflow.Actor{}, hall.NoticeID(key.Case, 1))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, p := range []hall.Posted{list[0], *one} {
				if p.Name.ZH != c.title || len(p.List) != 1 || p.List[0].Label.ZH != c.label || p.List[0].Value != "person" {
					t.Errorf("%s: %q shows %+v", name, p.Name.ZH, p.List)
				}
			}
		}
	})
}
