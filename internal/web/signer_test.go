package web_test

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// openTask is the live task of a step.
func (b *bench) openTask(key store.Key, step caseflow.StepID) int {
	b.t.Helper()
	for _, t := range b.view(wang, key).Case.Tasks {
		if t.Step == step && t.Live() {
			return t.ID
		}
	}
	b.t.Fatalf("no task of %s", step)
	return 0
}

// What officials fill in is checked like what applicants do: by the widget, and by what the pack says beyond it.
func TestSigners_data_is_checked_like_a_form(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.handedIn(full())
	b.official("clerk1", key, caseflow.Accept{})
	refused := func(who string, step caseflow.StepID, data, field string) {
		t.Helper()
		a, err := b.store.AccountByLogin(t.Context(), who)
		b.must(err)
		by := caseflow.Actor{ID: a.ID, Kind: a.Kind, Department: a.Department, Region: a.Region, Roles: a.Roles}
		_, err = b.hall.Do(t.Context(), by, "", key, caseflow.Grant{Task: b.openTask(key, step), Data: []byte(data)})
		r := new(caseflow.Refusal)
		if !errors.As(err, &r) || r.Code != caseflow.CodeData || len(r.Fields) != 1 || r.Fields[0].Field != field || r.Fields[0].Text.ZH == "" || r.Fields[0].Text.EN == "" {
			t.Errorf("%s %s: %+v", step, data, err)
		}
	}
	b.official("bank1", key, caseflow.Complete{Task: b.openTask(key, "bankCheck"), Outcome: "agree"})
	for _, name := range []string{"渭南别家有限公司", "<script>alert(1)</script>", "", "渭南秦东小麦食品"} {
		refused("market1", "register", `{"approvedName":"`+name+`"}`, "approvedName")
	}
	refused("market1", "register", `{"approvedName":"渭南秦东小麦食品有限公司","more":"x"}`, "more")
	b.official("market1", key, caseflow.Grant{Task: b.openTask(key, "register"), Data: []byte(`{"approvedName":"渭南沙苑小麦食品有限公司"}`)}) // the second choice
	refused("police1", "sealReview", `{"codes":"不是数字<script>"}`, "codes")
	refused("police1", "sealReview", `{"codes":"12345"}`, "codes")
	refused("tax1", "taxReview", `{"office":"一所","invoices":-5}`, "invoices")
	refused("tax1", "taxReview", `{"office":"一所","invoices":"25"}`, "invoices")
	refused("tax1", "taxReview", `{"invoices":25}`, "office")
	refused("bank1", "bankReview", `{"time":"上午","manager":"abc"}`, "manager")
	refused("insurance1", "insuranceReview", `{"number":"<b>"}`, "number")
}

// At the desk numbers are typed as text, the first name stands in its field, and what is wrong is said at the field.
func TestSigners_form_at_the_desk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.doors()
	key := b.handedIn(full())
	b.official("clerk1", key, caseflow.Accept{})
	act := func(step caseflow.StepID) string {
		return "/desk/cases/" + string(key.Case) + "/acts/grant?of=" + string(step) + "&task=" + strconv.Itoa(b.openTask(key, step))
	}
	send := func(who string, step caseflow.StepID, data url.Values) shown {
		p := d.page(who).get(act(step))
		data.Set("request", p.hidden())
		data.Set("entry", strconv.Itoa(b.view(wang, key).Entry))
		return d.page(who).post(act(step), data)
	}
	d.page("market1").get(act("register")).has(`value="渭南秦东小麦食品有限公司"`)
	send("market1", "register", url.Values{"data.approvedName": {"渭南别家有限公司"}}).is(422).has("核准名称应是申请的拟用名称或者备用名称", `href="#f-data-approvedName"`, `value="渭南别家有限公司"`)
	p := send("market1", "register", url.Values{"data.approvedName": {"渭南秦东小麦食品有限公司"}}).is(200).has("核准名称", "渭南秦东小麦食品有限公司", `name="confirmed"`)
	if strings.Contains(p.body, "<script>alert") {
		t.Error("markup")
	}
	b.official("market1", key, caseflow.Grant{Task: b.openTask(key, "register"), Data: []byte(`{"approvedName":"渭南秦东小麦食品有限公司"}`)})
	send("tax1", "taxReview", url.Values{"data.office": {"临渭区税务所"}, "data.invoices": {"-5"}}).is(422).has("核定发票份数不能小于 1")
	send("tax1", "taxReview", url.Values{"data.office": {"临渭区税务所"}, "data.invoices": {"２５"}}).is(200).has(`name="confirmed"`, "核定发票份数")
}

// The hand-out runs under the limit of delivery, and its form begins with what the applicant asked for.
func TestHandOut_knows_its_limit_and_whom_it_goes_to(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.doors()
	answers := full()
	for part, no := range map[string]string{"bank": "wanted", "staff": "insured", "fund": "wanted"} {
		answers[part] = map[string]any{no: "no"}
	}
	key := b.handedIn(answers)
	b.official("clerk1", key, caseflow.Accept{})
	b.official("market1", key, caseflow.Grant{Task: b.openTask(key, "register"), Data: []byte(`{"approvedName":"渭南秦东小麦食品有限公司"}`)})
	b.official("police1", key, caseflow.Grant{Task: b.openTask(key, "sealReview"), Data: []byte(`{"codes":"6105020000001"}`)})
	b.official("tax1", key, caseflow.Grant{Task: b.openTask(key, "taxReview"), Data: []byte(`{"office":"临渭区税务所"}`)})
	d.page("clerk1").get("/desk?tab=open").has("一窗出件", "11-24").lacks("不计时限")
	act := "/desk/cases/" + string(key.Case) + "/acts/deliver?task=" + strconv.Itoa(b.openTask(key, "handOut"))
	p := d.page("clerk1").get(act).has(`value="陈九章"`, "华州区解放路19号", "13891300009")
	if !strings.Contains(p.body, `value="post" checked`) {
		t.Errorf("posting is not chosen:\n%s", text(p.body))
	}
	looks, _, err := b.store.FindLooks(t.Context(), store.LookQuery{Regions: []string{key.Region}, Case: key.Case})
	b.must(err)
	if looks[0].What != "act:deliver" || looks[0].Reason != "交付结果，需要收件人的姓名、电话和地址" {
		t.Errorf("name, telephone and address were shown, and the look says %+v", looks[0])
	}
	_, list := d.get("clerk1", "/tasks?limit=200")
	if !strings.Contains(string(list), `"due":"2026-11-24T`) {
		t.Errorf("the API's queue does not tell when: %s", list)
	}
}

// A draft keeps what is typed, wrong or not, but has no room for what the form does not ask.
func TestDraft_takes_only_what_the_form_has(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	key := keyOf(v.begin())
	a, err := b.store.AccountByLogin(t.Context(), wang)
	b.must(err)
	by := caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Region: a.Region, Document: citizen(1)}
	save := func(data string) error {
		_, err := b.hall.Do(t.Context(), by, "", key, caseflow.SaveDraft{Data: []byte(data)})
		return err
	}
	for data, field := range map[string]string{
		`{"company":"x"}`: "company", `{"evil":{}}`: "evil", `{"company":{"name":{"a":1}}}`: "company.name", `{"people":{"0":{}}}`: "people",
		`{"people":[{"evil":1}]}`: "people.0.evil", `{"seals":"official"}`: "seals", `{"company":{"name":["x"]}}`: "company.name",
	} {
		r := new(caseflow.Refusal)
		if err := save(data); !errors.As(err, &r) || r.Code != caseflow.CodeForm || len(r.Fields) != 1 || r.Fields[0].Field != field {
			t.Errorf("%s: %+v", data, err)
		}
	}
	for _, data := range []string{`{}`, `{"company":{"capital":"a lot","name":5}}`, `{"people":[{}]}`, `{"people":null,"company":{"name":null}}`, `{"fund":{"ratio":"?"}}`} {
		if err := save(data); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
}
