package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// A licence that was granted here needs no upload: the page of the document says which, from whom and since when, and takes it
// away and back without script; the desk reads the same, a licence that was ended is refused, and a stranger learns nothing.
func TestOn_file_licences_need_no_upload(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	opening := b.ankangCompany("terminal")
	licence := b.stored(string(opening.Case)).Licences[0]
	company := caseflow.Party{Kind: caseflow.KindOrganisation, Name: opened, Document: ident.Document{Type: ident.DocCreditCode, No: licence.No}}
	agent := caseflow.Party{Kind: "person", Name: "王秀英", Document: citizen(1), Basis: caseflow.BasisRepresentative}
	window, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	clerk := caseflow.Actor{ID: window.ID, Kind: window.Kind, Department: window.Department, Region: window.Region, Roles: window.Roles}
	a, err := b.store.AccountByLogin(t.Context(), wang)
	b.must(err)
	begin := func(region string) store.Key {
		t.Helper()
		r, err := b.hall.Do(t.Context(), clerk, "", store.Key{Region: region}, caseflow.Open{Item: "ankang-deregister", Channel: caseflow.ChannelWindow, Owner: a.ID, Applicant: company, Agent: &agent})
		b.must(err)
		return store.Key{Region: region, Case: r.Case}
	}
	key := begin(ankang)
	v, scan := b.signedIn("clerk1"), "/desk/cases/"+string(key.Case)+"/intake/materials/licence"
	used := []string{"已用本平台核发的证照：营业执照 " + licence.No, "市场监督管理局", string(opening.Case), "核验有效，不用提交"}
	v.get(scan).is(http.StatusOK).has(append(used, "不用这份证照")...).lacks("可以免提交的证照")
	v.get("/desk/cases/" + string(key.Case) + "/intake").is(http.StatusOK).has(append(used, "用已有证照")...)
	v.uploads(scan, url.Values{"_leave": {"1"}}).is(http.StatusOK).has("可以免提交的证照", licence.No).lacks("已用本平台核发的证照")
	v.uploads(scan, url.Values{"_leave": {"1"}}).is(http.StatusOK) // sent twice
	v.uploads(scan, url.Values{"_licence": {"91610131MA6U00005F"}}).is(http.StatusUnprocessableEntity).has("用来免提交的证照现在不能用")
	v.uploads(scan, url.Values{"_licence": {licence.No}}).is(http.StatusOK).has(used...)
	v.uploads(scan, url.Values{"_licence": {licence.No}}).is(http.StatusOK) // sent twice
	v.get(scan + "?lang=en").has("A licence granted here stands for it")
	v.get(scan + "?lang=zh")

	own := b.signedIn(wang) // the account that the clerk named is not the company: it reads what stands there, and is offered nothing
	own.get("/my/cases/" + string(key.Case)).is(http.StatusOK)
	if list, err := b.hall.OnFile(t.Context(), actorOf(b, wang), key, "licence"); err != nil || len(list) != 0 {
		t.Errorf("an account that is not the company is offered %v, %v", list, err)
	}
	if _, err := b.hall.OnFile(t.Context(), actorOf(b, li), key, "licence"); err != hall.ErrNotFound {
		t.Errorf("a stranger: %v", err)
	}
	held, err := b.hall.OnFile(t.Context(), clerk, key, "licence")
	if err != nil || len(held) != 1 || held[0].No != licence.No || held[0].Department != "market" || held[0].Region != ankang {
		t.Errorf("the clerk is offered %+v, %v", held, err)
	}

	b.official("clerk1", key, caseflow.SaveDraft{Data: []byte(`{"state":{"reason":"idle","debts":"never","bars":"none"},"promise":{"all":"agreed"}}`)})
	b.official("clerk1", key, caseflow.SeenPaper{Material: "commitment"})
	b.official("clerk1", key, caseflow.Submit{})
	v.get("/desk/cases/" + string(key.Case) + "?tab=materials").is(http.StatusOK)
	head := caseflow.Actor{ID: "head", Kind: caseflow.ActorOfficial, Department: "market", Region: ankang, Roles: []string{caseflow.RoleHead}}
	_, err = b.hall.Do(t.Context(), head, "", opening, caseflow.Revoke{Reason: "提交虚假材料", Basis: caseflow.Basis{Law: "市场主体登记管理条例", Article: "40"}})
	b.must(err)
	_, err = b.hall.Do(t.Context(), clerk, "", key, caseflow.Accept{})
	if r, ok := err.(*caseflow.Refusal); !ok || r.Code != caseflow.CodeLicenceGone {
		t.Errorf("a licence that was revoked meanwhile is accepted: %v", err)
	}
	if c := b.stored(string(begin(ankang).Case)); c.Material("licence").OnFile != nil {
		t.Errorf("a revoked licence stands for the document: %+v", c.Material("licence").OnFile)
	}
}

func actorOf(b *bench, login string) caseflow.Actor {
	b.t.Helper()
	a, err := b.store.AccountByLogin(b.t.Context(), login)
	b.must(err)
	return caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Verified: true}
}
