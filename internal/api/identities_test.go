package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// By the API as by the pages: one administrator names the person of the sign-in service, the other one opens the account; its owner may
// only unlink.
func TestIdentities_of_an_official_take_two_administrators(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, who := range []string{"admin", "security", "audit", "clerk", "owner"} {
		h.token(who)
	}
	var services struct{ Providers []api.ProviderView }
	h.into(&services, h.must(http.StatusOK, "", "GET", "/providers", nil))
	if len(services.Providers) != 1 || services.Providers[0] != (api.ProviderView{ID: "staff", Name: api.Bilingual{ZH: "政务内网", EN: "Staff network"}, Realm: "officials"}) {
		t.Errorf("%+v", services)
	}
	var owner api.AccountView
	var made struct {
		Account  api.ManagedAccount
		Password string
	}
	h.into(&made, h.must(http.StatusCreated, "admin", "POST", "/console/accounts", map[string]any{"login": "qian.new", "name": "钱新", "region": linwei, "department": "hall"}))
	me := made.Account
	h.must(http.StatusOK, "security", "POST", "/console/accounts/"+me.ID+"/assign", map[string]any{"version": 0, "department": "hall", "roles": []string{"clerk"}})
	enter := func() {
		t.Helper()
		var in struct{ Token string }
		h.into(&in, h.must(http.StatusCreated, "", "POST", "/sessions", map[string]any{"login": "qian.new", "password": made.Password}))
		h.tokens["qian"] = in.Token
	}
	enter()
	h.into(&owner, h.must(http.StatusOK, "owner", "GET", "/me", nil))
	at := "/console/accounts/" + me.ID + "/identities"
	link := map[string]any{"version": 1, "provider": "staff", "subject": "s-77"}
	for _, who := range []string{"security", "audit", "clerk", "owner"} {
		h.must(http.StatusNotFound, who, "POST", at, link)
	}
	contains(t, h.must(http.StatusUnprocessableEntity, "admin", "POST", at, map[string]any{"version": 0, "provider": "national", "subject": " "}).body, "provider.none")
	h.must(http.StatusConflict, "admin", "POST", at, map[string]any{"version": 5, "provider": "staff", "subject": "s-77"})
	h.must(http.StatusForbidden, "admin", "POST", "/console/accounts/"+owner.ID+"/identities", map[string]any{"version": 0, "provider": "staff", "subject": "s-78"}) // no official
	h.must(http.StatusNoContent, "admin", "POST", at, link)
	h.must(http.StatusUnauthorized, "qian", "GET", "/me", nil) // closed until the other one opens it
	contains(t, h.must(http.StatusUnprocessableEntity, "admin", "POST", at, map[string]any{"version": 2, "provider": "staff", "subject": "s-77"}).body, "provider.taken")
	h.must(http.StatusOK, "security", "POST", "/console/accounts/"+me.ID+"/open", map[string]any{"version": 2})

	list := func(who, path string) (subjects []string) {
		t.Helper()
		var out struct{ Identities []api.IdentityView }
		h.into(&out, h.must(http.StatusOK, who, "GET", path, nil))
		for _, i := range out.Identities {
			subjects = append(subjects, i.Provider+" "+i.Issuer+" "+i.Subject)
		}
		return subjects
	}
	enter()
	want := []string{"staff https://id.example.cn s-77"}
	for who, path := range map[string]string{"admin": at, "security": at, "audit": at, "qian": "/me/identities"} {
		if got := list(who, path); !slices.Equal(got, want) {
			t.Errorf("%s sees %v", who, got)
		}
	}
	h.must(http.StatusNotFound, "owner", "GET", at, nil)
	name := map[string]any{"issuer": "https://id.example.cn", "subject": "s-77"}
	for _, who := range []string{"admin", "audit", "owner"} {
		h.must(http.StatusNotFound, who, "POST", at+"/remove", name)
	}
	own := map[string]any{"issuer": "https://id.example.cn", "subject": "s-77", "old": "wrong"}
	h.must(http.StatusUnprocessableEntity, "qian", "POST", "/me/identities/remove", own)
	own["old"] = made.Password
	h.must(http.StatusNoContent, "qian", "POST", "/me/identities/remove", own)
	h.must(http.StatusNotFound, "security", "POST", at+"/remove", name)
	if got := list("admin", at); got != nil {
		t.Errorf("left: %v", got)
	}
}
