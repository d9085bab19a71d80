package access

import (
	"errors"
	"slices"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// The administrator who makes an account and its password gives it no right; the one who gives the right knows no password. The
// audit administrator sees both acts, and who signed in, and does neither.
func TestNobodyAloneMakesAnAccountThatCanDoSomething(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	admin, security, audit := actorOf(s.official("sys", caseflow.RoleAdmin)), actorOf(s.official("sec", caseflow.RoleSecurity)), actorOf(s.official("aud", caseflow.RoleAudit))
	n := NewAccount{Login: "new.clerk", Kind: caseflow.ActorOfficial, Name: "赵新", Region: linwei, Department: "tax", Roles: []string{"clerk"}}
	if _, _, err := s.AddAccount(t.Context(), admin, n); fieldCodes(err) != "roles="+codeRolesApart {
		t.Errorf("the system administrator gave a role: %v", err)
	}
	n.Roles = nil
	for _, by := range []caseflow.Actor{security, audit} {
		if _, _, err := s.AddAccount(t.Context(), by, n); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v added an account: %v", by.Roles, err)
		}
	}
	added, password, err := s.AddAccount(t.Context(), admin, n)
	if err != nil {
		t.Fatal(err)
	}
	token := s.signIn("new.clerk", password)
	if actor, _, err := s.Who(t.Context(), token); err != nil || len(actor.Roles) != 0 || May(actor, ColleagueSee, Resource{Region: linwei}).Allow {
		t.Errorf("a fresh account may do something: %+v, %v", actor, err)
	}
	to := Place{Department: "tax", Roles: []string{caseflow.RoleClerk}}
	for _, by := range []caseflow.Actor{admin, audit} {
		if err := s.Assign(t.Context(), by, Latest(added.ID), to); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v assigned: %v", by.Roles, err)
		}
	}
	if err := s.Assign(t.Context(), security, At{added.ID, 0}, to); err != nil {
		t.Fatal(err)
	}
	if err := s.Assign(t.Context(), security, At{added.ID, 0}, Place{Department: "market", Roles: []string{"head"}}); code(err) != CodeMoved {
		t.Errorf("a change that was decided on an older version: %v", err)
	}
	for _, by := range []caseflow.Actor{security, audit} {
		if _, err := s.ResetPassword(t.Context(), by, Latest(added.ID)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v reset a password: %v", by.Roles, err)
		}
	}
	secret, err := s.ResetPassword(t.Context(), admin, Latest(added.ID))
	if err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the session before the reset", token)
	if _, _, err := s.SignIn(t.Context(), "new.clerk", secret, clientA); code(err) != CodeSignIn {
		t.Errorf("with the password that the system administrator knows: %v", err)
	}
	if err := s.Enable(t.Context(), security, Latest(added.ID)); err != nil {
		t.Fatal(err)
	}
	s.signIn("new.clerk", secret)

	log, _, err := s.Traces(t.Context(), audit, "", store.TraceQuery{Log: store.OperationLog})
	log = log[:len(log)-3] // the three themselves were added by the program
	var told []string
	for _, x := range log {
		told = append(told, x.Kind+" "+x.Reason)
		if by := x.By; by != admin.ID && by != security.ID {
			t.Errorf("done by %q: %+v", by, x)
		}
	}
	if want := []string{"account-changed enabled", "account-changed password", "account-changed assigned", "account-added "}; err != nil || !slices.Equal(told, want) {
		t.Errorf("the operation log: %q, %v; want %q", told, err, want)
	}
	if want := []store.FieldChange{{Field: FieldRoles, New: "clerk"}}; !slices.Equal(log[2].Changes, want) {
		t.Errorf("changes %+v, want %+v", log[2].Changes, want)
	}
	for _, by := range []caseflow.Actor{admin, security} {
		if _, _, err := s.Traces(t.Context(), by, "", store.TraceQuery{Log: store.OperationLog}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v sees the operation log: %v", by.Roles, err)
		}
	}
}

// A citizen's account opens cases: whoever sets its password does not get in with it.
func TestPasswordOfACitizenIsSetByTwo(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	admin := actorOf(s.official("sys", caseflow.RoleAdmin))
	seeded, err := s.Seed(t.Context(), []NewAccount{{Login: "13891300001", Kind: caseflow.ActorCitizen, Name: "王秀英", Region: weinan, Phone: "13891300001", Document: ident.Document{Type: ident.DocPassport, No: "E12345678"}}})
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := s.Find(t.Context(), admin, "", store.AccountQuery{Kind: caseflow.ActorCitizen, Search: "138 9130 0001"})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, _, err := s.Find(t.Context(), admin, "", store.AccountQuery{Kind: caseflow.ActorCitizen}); err != nil || len(list) != 0 {
		t.Errorf("citizens can be browsed: %d, %v", len(list), err)
	}
	secret, err := s.ResetPassword(t.Context(), admin, Latest(list[0].ID))
	if err != nil || secret == seeded[0].Password {
		t.Fatal(err)
	}
	if _, _, err := s.SignIn(t.Context(), "13891300001", secret, clientA); code(err) != CodeSignIn {
		t.Errorf("a citizen's account opened by one administrator: %v", err)
	}
	if _, err := s.ResetPassword(t.Context(), admin, Latest(admin.ID)); code(err) != CodeNotAllowed {
		t.Errorf("an administrator reset the own password: %v", err)
	}
}

// What happens at the gate stands in the sign-in log: who came, who was refused and why, when a login began to wait.
func TestSignInLog(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{AccountTries: 2, AddressTries: 4})
	security := actorOf(s.official("sec", caseflow.RoleSecurity))
	admin := actorOf(s.official("sys", caseflow.RoleAdmin))
	s.official("li.clerk", caseflow.RoleClerk)
	token := s.signIn("li.clerk", good)
	if err := s.SignOut(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"nobody", "li.clerk", "li.clerk", "li.clerk", "li.clerk"} {
		_, _, _ = s.SignIn(t.Context(), login, "wrong", clientA)
	}
	log, _, err := s.Traces(t.Context(), security, "", store.TraceQuery{Log: store.SignInLog})
	log = log[:8] // what comes before are the first passwords of the two
	var told []string
	for _, x := range log {
		told = append(told, x.Kind+" "+x.Reason)
		if x.Address != clientA.Address && x.Kind != string(SignedOut) {
			t.Errorf("from %q: %+v", x.Address, x)
		}
	}
	want := []string{"sign-in-refused locked", "locked-out throttled", "sign-in-refused wrong", "locked-out locked", "sign-in-refused wrong",
		"sign-in-refused unknown", "signed-out ", "signed-in "}
	if err != nil || !slices.Equal(told, want) {
		t.Errorf("the sign-in log:\n%q, %v\nwant\n%q", told, err, want)
	}
	for _, x := range log {
		if x.Reason == WhyUnknown && (x.Account != "" || x.Region != "") {
			t.Errorf("a login that nobody has: %+v", x)
		}
	}
	if _, _, err := s.Traces(t.Context(), admin, "", store.TraceQuery{Log: store.SignInLog}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the system administrator sees it: %v", err)
	}
	far := security
	far.Region = ankang
	if list, _, err := s.Traces(t.Context(), far, "", store.TraceQuery{Log: store.SignInLog}); err != nil || slices.ContainsFunc(list, func(x store.Trace) bool { return x.Account != "" }) {
		t.Errorf("of another region: %+v, %v", list, err)
	}
	if _, _, err := s.Traces(t.Context(), far, weinan, store.TraceQuery{Log: store.SignInLog}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another region's: %v", err)
	}
}

// A forced sign-out ends what it names, stands in the log, and is nobody's but the security administrator's.
func TestForcedSignOut(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	security, audit := actorOf(s.official("sec", caseflow.RoleSecurity)), actorOf(s.official("aud", caseflow.RoleAudit))
	a := s.official("li.clerk", caseflow.RoleClerk)
	one, two := s.signIn("li.clerk", good), s.signIn("li.clerk", good)
	list, _, err := s.Online(t.Context(), audit, "", store.SessionQuery{})
	if err != nil || len(list) != 2 || list[0].Owner.Password != "" || list[0].Owner.Login != "li.clerk" {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := s.SignOutOther(t.Context(), audit, a.ID, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the audit administrator ends sessions: %v", err)
	}
	if err := s.SignOutOther(t.Context(), security, a.ID, "0123456789abcdef"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session that there is not: %v", err)
	}
	if err := s.SignOutOther(t.Context(), security, a.ID, sittingID(one.Hash())); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the session that was named", one)
	if _, _, err := s.Who(t.Context(), two); err != nil {
		t.Errorf("the other session: %v", err)
	}
	if err := s.SignOutOther(t.Context(), security, a.ID, ""); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("all sessions", two)
	log, _, err := s.Traces(t.Context(), audit, "", store.TraceQuery{Log: store.OperationLog})
	if err != nil || len(log) != 2+3 || log[0].Kind != string(SessionEnded) || log[0].By != security.ID || log[0].Account != a.ID {
		t.Errorf("%+v, %v", log, err)
	}
}
