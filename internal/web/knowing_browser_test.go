package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// What the company's own licence says stands in its request from the start. Cleared, it is offered and filled in by one press, which keeps
// what was typed; the same licence stands for the paper, and can be left and taken again.
func TestKnown_licence_fills_in_the_page_and_stands_for_the_paper(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	opening := b.stored(string(b.ankangCompany("terminal").Case))
	licence := opening.Licences[0]
	var form struct{ Company struct{ Address string } }
	b.must(json.Unmarshal(opening.Form, &form))
	address := form.Company.Address
	chen := access.NewAccount{Login: "13800138004", Kind: caseflow.ActorCitizen, Name: "陈刚", Region: b.region, Phone: "13800138004",
		Document: ident.Document{Type: ident.DocResidentID, No: "610502198501300512"}} // the legal representative
	seeded, err := b.gate.Seed(t.Context(), []access.NewAccount{chen})
	b.must(err)
	b.passwords[chen.Login] = seeded[0].Password
	boss := b.signedIn(chen.Login)
	boss.post("/my/companies", url.Values{"code": {licence.No}}).is(http.StatusOK)
	start := boss.get("/services/ankang-deregister/start").is(http.StatusOK)
	draft := boss.post("/services/ankang-deregister/start", url.Values{"request": {start.hidden()}, "for": {"space:" + caseflow.CompanyOwner(licence.No)}}).is(http.StatusOK)

	w := browsertest.Start(t)
	b.signIn(w, chen.Login)
	w.Goto(b.server.URL + draft.path + "/form/state")
	if got := w.Value(`[name="state.address"]`); got != address { // the licence that stands for the paper fills in from the start
		t.Errorf("the address is %q at first; the licence shows %q", got, address)
	}
	boss.post(draft.path+"/form/state", url.Values{"request": {"cleared"}, "asked": {"state.address"}, "state.address": {""}})
	w.Goto(b.server.URL + draft.path + "/form/state")
	offer := w.Text("form .notice")
	if address == "" || w.Value(`[name="state.address"]`) != "" || !strings.Contains(offer, address) || !strings.Contains(offer, licence.No) {
		t.Fatalf("the page offers %q; the licence %s shows the address %q", offer, licence.No, address)
	}
	w.Click(`[name="state.debts"][value=never]`)
	w.FollowText("填入空着的问题")
	if got := w.Value(`[name="state.address"]`); got != address || !w.Has(`[name="state.debts"][value=never]:checked`) {
		t.Errorf("the address is %q; what was chosen is kept: %v", got, w.Has(`[name="state.debts"][value=never]:checked`))
	}
	if w.Has("form .notice:not([hidden])") {
		t.Errorf("still offered: %q", w.Text("form .notice:not([hidden])"))
	}
	w.Goto(b.server.URL + draft.path + "/materials/licence")
	for _, press := range []string{"_leave", "_licence"} {
		if stands := w.Has(".on-file .inset"); stands != (press == "_leave") {
			t.Errorf("before %s is pressed the licence stands for the paper: %v", press, stands)
		}
		w.Follow(`button[name="` + press + `"]`)
	}
	if said := w.Text(".on-file .inset"); !strings.Contains(said, licence.No) {
		t.Errorf("the page says %q", said)
	}
}
