package web_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/web/browsertest"
)

// In a real browser, with script and without: the policy of the pages lets nobody be led away by a form, and yet the way to the
// provider and back, and out of it, works by itself.
func TestProvider_in_a_browser(t *testing.T) {
	t.Parallel()
	national, staff := newOP(t), newOP(t)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	b := providersAt(t, base, providerList(t, national, staff), national, staff, &http.Client{Timeout: 3 * time.Second})
	site := &httptest.Server{Listener: l, Config: &http.Server{Handler: b.server.Config.Handler, ReadHeaderTimeout: time.Second}}
	site.Start()
	t.Cleanup(site.Close)
	b.server.URL = base
	national.person("n-wang", "王秀英", citizen(1).No, "")

	w := browsertest.Start(t)
	w.Goto(base + "/signin?return=/account/identities")
	w.Look(t, "signin-providers")
	w.Click("form[action='/signin/national'] button") // two pages come, one of them at the provider: wait for where it ends
	w.WaitFor("form[action='/signin/new/join']")
	w.Look(t, "newcomer")
	w.Fill("#f-login", wang)
	w.Fill("#f-password", b.passwords[wang])
	w.FollowText("登录并关联")
	w.WaitFor("form[action='/account/identities/remove']")
	w.Look(t, "identities")
	w.Click("header form button") // out, there too, and back
	w.WaitFor("form[action='/']")
	if len(national.left) != 1 || national.left[0].Get("post_logout_redirect_uri") != base+"/" {
		t.Errorf("signed out at the provider: %v", national.left)
	}
	clerk, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	b.signedIn("sys1").post("/console/accounts/"+clerk.ID+"/link", url.Values{"version": {"0"}, "provider": {"staff"}, "subject": {"s-77"}}).is(http.StatusOK)
	b.signIn(w, "sys1")
	w.Goto(base + "/console/accounts/" + clerk.ID)
	w.Look(t, "console-account-linked")

	national.person("n-1", newName, newDoc, "")
	x := browsertest.Start(t)
	x.WithoutScript()
	x.Goto(base + "/signin?return=/my/mandates")
	x.Click("form[action='/signin/national'] button")
	x.WaitFor("form[action='/signin/new/join']")
	x.FollowText("建立账号并登录")
	if got := x.URL(); got != base+"/my/mandates" {
		t.Errorf("signed in to %s", got)
	}
}
