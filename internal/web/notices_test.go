package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web"
)

const opened = "安康陈记建材有限公司"

// asWindow opens a case at a window of Ankang for an account, hands it in with the walk's sample answers, and accepts it.
func (b *bench) asWindow(item, owner string, applicant caseflow.Party, agent *caseflow.Party, seen []string, forms ...string) store.Key {
	b.t.Helper()
	a, err := b.store.AccountByLogin(b.t.Context(), "clerk1")
	b.must(err)
	by := caseflow.Actor{ID: a.ID, Kind: a.Kind, Department: a.Department, Region: a.Region, Roles: a.Roles}
	r, err := b.hall.Do(b.t.Context(), by, "", store.Key{Region: ankang}, caseflow.Open{Item: caseflow.ItemID(item), Channel: caseflow.ChannelWindow, Owner: owner, Applicant: applicant, Agent: agent})
	b.must(err)
	key := store.Key{Region: r.Region, Case: r.Case}
	samples := practice(b.t, "04-ankang-open-company").Walk.Forms
	for _, name := range forms {
		data, err := json.Marshal(samples[name])
		b.must(err)
		b.official("clerk1", key, caseflow.SaveDraft{Data: data})
	}
	for _, m := range seen {
		b.official("clerk1", key, caseflow.SeenPaper{Material: m})
	}
	b.official("clerk1", key, caseflow.Submit{})
	b.official("clerk1", key, caseflow.Accept{})
	return key
}

// company opens a company in Ankang for 王秀英 and returns the case.
func (b *bench) ankangCompany(forms ...string) store.Key {
	b.t.Helper()
	a, err := b.store.AccountByLogin(b.t.Context(), wang)
	b.must(err)
	person := caseflow.Party{Kind: "person", Name: "王秀英", Phone: wang, Document: citizen(1)}
	key := b.asWindow("ankang-company-open", a.ID, person, nil, []string{"articles", "legal-identity", "owner-identity", "address-proof"}, forms...)
	name := samplesName(b, key)
	b.official("market1", key, caseflow.Grant{Task: b.openTask(key, "register"), Data: json.RawMessage(`{"approvedName":"` + name + `"}`)})
	return key
}

func samplesName(b *bench, key store.Key) string {
	var form struct{ Company struct{ Name string } }
	b.must(json.Unmarshal(b.stored(string(key.Case)).Form, &form))
	return form.Company.Name
}

// A notice is read by everybody; somebody who has not signed in objects to it, the case ends, the desk answers, and the applicant
// is not told who it was.
func TestNotice_is_read_and_objected_to_without_signing_in(t *testing.T) {
	t.Parallel()
	var deps web.Deps
	b := fiveDoors(t, func(d *web.Deps) { deps = *d })
	licence := b.stored(string(b.ankangCompany("terminal").Case)).Licences[0]
	company := caseflow.Party{Kind: caseflow.KindOrganisation, Name: opened, Document: ident.Document{Type: ident.DocCreditCode, No: licence.No}}
	agent := caseflow.Party{Kind: "person", Name: "王秀英", Document: citizen(1), Basis: caseflow.BasisRepresentative}
	a, err := b.store.AccountByLogin(t.Context(), wang)
	b.must(err)
	key := b.asWindow("ankang-deregister", a.ID, company, &agent, []string{"commitment"}, "clear")
	b.visitor().get("/notices").is(http.StatusOK).has("现在没有正在进行的公示")
	for _, told := range []string{"/", "/services/ankang-deregister"} { // before one asks for it
		b.visitor().get(told).is(http.StatusOK).has("另须公示 20")
	}
	b.visitor().get("/notices/" + hall.NoticeID(key.Case, 1)).is(http.StatusNotFound)
	b.official("market1", key, caseflow.Complete{Task: b.openTask(key, "eligible"), Outcome: "fit"})

	v, one := b.visitor(), "/notices/"+hall.NoticeID(key.Case, 1)
	v.get("/notices").is(http.StatusOK).has(opened, "公示中", "2026年12月14日")
	p := v.get(one).is(http.StatusOK).has(opened, licence.No, "没有开展经营", "提出异议").lacks("王秀英", string(citizen(1).No))
	b.withoutPacks(deps).get(one).is(http.StatusOK).has(opened, licence.No, "name").lacks("王秀英")
	v.post(one, url.Values{"request": {p.hidden()}, "name": {"何建国"}}).is(http.StatusUnprocessableEntity).has("请选择一项异议的理由", "请写明事实和理由", `value="何建国"`)
	said := url.Values{"request": {p.hidden()}, "reason": {"debt"}, "words": {"欠我货款三万元没有还。"}, "name": {"何建国"}, "contact": {"13800138099"}}
	v.post(one, said).is(http.StatusOK).has("异议已提交")
	v.post(one, said).is(http.StatusOK) // a double click
	if c := b.stored(string(key.Case)); c.Phase != caseflow.PhaseRefused || len(c.Publications[0].Objections) != 1 {
		t.Fatalf("%s with %d objections", c.Phase, len(c.Publications[0].Objections))
	}
	v.get(one).is(http.StatusOK).has("办理已经终止").lacks("提交异议", "欠我货款")
	v.get("/notices?all=1").is(http.StatusOK).has(opened, "有异议，已终止")
	own := b.signedIn(wang)
	own.get("/my/cases/"+string(key.Case)).is(http.StatusOK).has("欠我货款三万元没有还。", "待答复", "收到一项异议", "系统自动办理").lacks("何建国", "13800138099", "没有登录的人")
	task := b.stored(string(key.Case)).Publications[0].Objections[0].Task
	b.signedIn("market1").get("/desk/cases/" + string(key.Case)).is(http.StatusOK)
	b.official("market1", key, caseflow.Complete{Task: task, Outcome: caseflow.OutcomeUpheld, Words: "属实，双方已约定还款。"})
	own.get("/my/cases/"+string(key.Case)).is(http.StatusOK).has("异议成立", "双方已约定还款。")
}

// withoutPacks is a visitor of another server on the same store, which has none of the packs.
func (b *bench) withoutPacks(deps web.Deps) *visitor {
	b.t.Helper()
	none := web.Library{Catalogue: &pack.Catalogue{}}
	h, err := hall.New(hall.Options{Store: b.store, Catalogue: none, Now: b.clock})
	b.must(err)
	deps.Hall, deps.Guides, deps.Find = h, none, nil
	site, err := web.New(deps)
	b.must(err)
	server := httptest.NewServer(site)
	b.t.Cleanup(server.Close)
	return (&bench{t: b.t, server: server, log: b.log}).visitor()
}

// What nobody asked for is shown with its amount and reason, and one click declines it.
func TestNotice_of_a_benefit_is_declined_with_one_click(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	b.visitor().get("/services/ankang-startup-grant").is(http.StatusOK).has("免申即享", "¥5,000.00").lacks(">开始办理<")
	opening := b.ankangCompany("full", "hiring")
	b.official("insurance1", opening, caseflow.Grant{Task: b.openTask(opening, "insuranceReview"), Data: json.RawMessage(`{"number":"61090200012346"}`)})
	if _, err := b.hall.RunClocks(t.Context()); err != nil {
		t.Fatal(err)
	}
	child := b.stored(string(opening.Case)).Children[0].No
	address := "/my/cases/" + string(child)
	own := b.signedIn(wang)
	p := own.get(address).is(http.StatusOK).has("免申即享", "¥5,000.00", "谢绝这项补贴", "2026年12月1日")
	own.post(address+"/withdraw", url.Values{"request": {p.hidden()}}).is(http.StatusOK).lacks(">谢绝这项补贴<").
		has("谢绝了这项补贴，不再核定", "按错了或者改变了主意的，请拨打 12345")
	b.pass(14 * 24 * time.Hour)
	if _, err := b.hall.RunClocks(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := b.stored(string(child)); c.Phase != caseflow.PhaseWithdrawn || len(c.Licences) != 0 {
		t.Errorf("%s with %d licences", c.Phase, len(c.Licences))
	}
	b.signedIn(wang).get("/my/messages").is(http.StatusOK).has("您符合“初创企业吸纳就业补贴（免申即享）”的条件")
}
