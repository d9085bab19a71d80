package access

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{Registrations: 3})
	a := s.citizen("+86 138 0000 0001")
	if a.Login != "13800000001" || a.Phone != "+8613800000001" || a.Kind != caseflow.ActorCitizen || a.DocNo != "E12345678" || a.Password != "" {
		t.Errorf("registered %+v", a)
	}
	ok := NewCitizen{Name: "张伟", Document: ident.Document{Type: ident.DocPassport, No: "E12345678"}, Phone: "13800000002",
		Password: good, Region: weinan}
	for _, c := range []struct {
		name string
		mend func(*NewCitizen)
		want string
	}{
		{"everything wrong at once", func(n *NewCitizen) {
			*n = NewCitizen{Name: "<b>", Document: ident.Document{Type: ident.DocResidentID, No: "11010519491231002Y"}, Phone: "1", Password: "x", Region: "0"}
		}, "name=name.char region=region.unknown document=citizen.char phone=phone.length password=password.short"},
		{"a taken number", func(n *NewCitizen) { n.Phone = "13800000001" }, "phone=login.taken"},
		{"a landline", func(n *NewCitizen) { n.Phone = "0913-2126543" }, "phone=phone.mobile"},
		{"an organisation", func(n *NewCitizen) {
			n.Document = ident.Document{Type: ident.DocCreditCode, No: "91350100M000100Y43"}
		}, "document=doc.type"},
		{"the document number as password", func(n *NewCitizen) { n.Password = "my e12345678 card" }, "password=password.name"},
	} {
		n := ok
		c.mend(&n)
		if _, err := s.Register(t.Context(), n, clientA); fieldCodes(err) != c.want {
			t.Errorf("%s: %q, want %q", c.name, fieldCodes(err), c.want)
		}
	}
	if _, err := s.Register(t.Context(), ok, clientA); err != nil {
		t.Error(err)
	}
	ok.Phone = "13800000003"
	var throttled *Throttled
	if _, err := s.Register(t.Context(), ok, clientA); !errors.As(err, &throttled) {
		t.Errorf("a fourth registration from the address: %v, want it throttled", err)
	}
	if _, err := s.Register(t.Context(), ok, Client{Address: "198.51.100.9"}); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

func TestAccountsAreManagedByAdministratorsOfTheRegionOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	admin := actorOf(s.official("admin.one", caseflow.RoleSecurity))
	victim := s.official("li.clerk", caseflow.RoleClerk)
	foreign := admin
	foreign.ID, foreign.Region = "other", ankang
	clerk := actorOf(victim)
	n := NewAccount{Login: "new.clerk", Kind: caseflow.ActorOfficial, Name: "赵新", Region: weinan, Department: "tax", Roles: []string{"clerk"}}
	for _, by := range []caseflow.Actor{{}, clerk, foreign, {ID: "c", Kind: caseflow.ActorCitizen, Roles: []string{"security"}, Region: weinan},
		{ID: "a", Kind: caseflow.ActorOfficial, Roles: []string{"audit"}, Region: weinan}} {
		for name, err := range map[string]error{
			"AddAccount":    second(s.AddAccount(t.Context(), by, n)),
			"ResetPassword": last(s.ResetPassword(t.Context(), by, Latest(victim.ID))),
			"Disable":       s.Disable(t.Context(), by, Latest(victim.ID)),
			"Assign":        s.Assign(t.Context(), by, Latest(admin.ID), Place{Department: "tax", Roles: []string{"admin"}}),
			"Enable":        s.Enable(t.Context(), by, Latest(victim.ID)),
			"SignOutOther":  s.SignOutOther(t.Context(), by, victim.ID, ""),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s by %+v: %v, want not found", name, by, err)
			}
		}
	}
	s.signIn("li.clerk", good) // nothing has changed

	n.Region = linwei
	added, password, err := s.AddAccount(t.Context(), System, n)
	if err != nil || !added.MustChange || added.Region != linwei {
		t.Fatalf("AddAccount = %+v, %v", added, err)
	}
	token := s.signIn("new.clerk", password)
	if err := s.Assign(t.Context(), admin, Latest(added.ID), Place{Department: "tax", Roles: []string{"reviewer", "head", "reviewer"}}); err != nil {
		t.Fatal(err)
	}
	actor, _, err := s.Who(t.Context(), token)
	if err != nil || !slices.Equal(actor.Roles, []string{"head", "reviewer"}) {
		t.Errorf("roles in the running session: %v, %v", actor.Roles, err)
	}
	for _, roles := range [][]string{{"admin", "security"}, {"audit", "clerk"}} {
		if err := s.Assign(t.Context(), admin, Latest(added.ID), Place{Department: "tax", Roles: roles}); fieldCodes(err) != "roles="+codeAdministers {
			t.Errorf("one person got the roles %v: %v", roles, err)
		}
	}
	if err := s.Assign(t.Context(), admin, Latest(admin.ID), Place{Department: "market", Roles: []string{"security"}}); code(err) != CodeNotAllowed {
		t.Errorf("an administrator gave themselves a role: %v", err)
	}
	if err := s.Disable(t.Context(), admin, Latest(admin.ID)); code(err) != CodeNotAllowed {
		t.Errorf("an administrator disabled the own account: %v", err)
	}
	list, _, err := s.Find(t.Context(), admin, weinan, store.AccountQuery{})
	if err != nil || len(list) != 2 || list[0].Password != "" {
		t.Errorf("Find = %d, %v", len(list), err)
	}
}

func last[T any](_ T, err error) error { return err }

func second[T, U any](_ T, _ U, err error) error { return err }

func TestAddAccountRefuses(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	ok := NewAccount{Login: "new.clerk", Kind: caseflow.ActorOfficial, Name: "赵新", Region: weinan, Department: "tax", Roles: []string{"clerk"}}
	for _, c := range []struct {
		name string
		mend func(*NewAccount)
		want string
	}{
		{"login with a space", func(n *NewAccount) { n.Login = "new clerk" }, "login=login.form"},
		{"no department", func(n *NewAccount) { n.Department = " " }, "department=department.none"},
		{"no role", func(n *NewAccount) { n.Roles = nil }, "roles=roles.form"},
		{"applicant's role", func(n *NewAccount) { n.Roles = []string{"applicant"} }, "roles=roles.form"},
		{"the program's role", func(n *NewAccount) { n.Roles = []string{"system"} }, "roles=roles.form"},
		{"the role of all administrators", func(n *NewAccount) { n.Roles = []string{"administrator"} }, "roles=roles.form"},
		{"system account", func(n *NewAccount) { n.Kind = caseflow.ActorSystem }, "kind=kind.unknown"},
		{"citizen with a role", func(n *NewAccount) {
			n.Kind, n.Phone, n.Login = caseflow.ActorCitizen, "13800000002", "13800000002"
			n.Document = ident.Document{Type: ident.DocPassport, No: "E12345678"}
		}, "roles=roles.form"},
	} {
		n := ok
		c.mend(&n)
		if _, _, err := s.AddAccount(t.Context(), System, n); fieldCodes(err) != c.want {
			t.Errorf("%s: %q, want %q", c.name, fieldCodes(err), c.want)
		}
	}
}

func TestSeedAddsOnceAndGeneratesPasswords(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	demo := []NewAccount{
		{Login: "clerk", Kind: caseflow.ActorOfficial, Name: "窗口", Region: weinan, Department: "hall", Roles: []string{"clerk"}},
		{Login: "13800000001", Kind: caseflow.ActorCitizen, Name: "张伟", Region: weinan, Phone: "13800000001",
			Document: ident.Document{Type: ident.DocPassport, No: "E12345678"}},
	}
	added, err := s.Seed(t.Context(), demo)
	if err != nil || len(added) != 2 || added[0].Password == added[1].Password {
		t.Fatalf("Seed = %+v, %v", added, err)
	}
	for _, a := range added {
		if why := weakness(a.Password, &store.Account{}); why != "" {
			t.Errorf("generated password: %s", why)
		}
		if _, account, err := s.SignIn(t.Context(), a.Login, a.Password, clientA); err != nil || account.MustChange {
			t.Errorf("%s: %+v, %v", a.Login, account, err)
		}
	}
	if again, err := s.Seed(t.Context(), demo); err != nil || len(again) != 0 {
		t.Errorf("second Seed = %+v, %v, want nothing", again, err)
	}
}

func TestChangedPasswordEndsAllOtherSessions(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	elsewhere, here := s.signIn("li.clerk", good), s.signIn("li.clerk", good)
	const fresh = "new words for 2027"
	next, err := s.ChangePassword(t.Context(), here, good, fresh, clientA)
	if err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the other session", elsewhere)
	s.mustBeGone("the old token of this one", here)
	s.mustLive("the new token", next)
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); code(err) != CodeSignIn {
		t.Errorf("the old password still signs in: %v", err)
	}
	s.signIn("li.clerk", fresh)
}

func TestChangePasswordRefuses(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{AccountTries: 3})
	s.official("li.clerk", caseflow.RoleClerk)
	token := s.signIn("li.clerk", good)
	for _, c := range []struct{ name, old, fresh, want string }{
		{"a wrong old one", "not the old one", "new words for 2027", "old=password.old"},
		{"a short new one", good, "short1", "password=password.short"},
		{"the same again", good, good, "password=password.same"},
		{"the login in it", good, "my li.clerk words", "password=password.name"},
	} {
		if _, err := s.ChangePassword(t.Context(), token, c.old, c.fresh, clientA); fieldCodes(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, fieldCodes(err), c.want)
		}
	}
	for range 2 {
		_, _ = s.ChangePassword(t.Context(), token, "guess after guess", "new words for 2027", clientA)
	}
	if _, err := s.ChangePassword(t.Context(), token, good, "new words for 2027", clientA); fieldCodes(err) != "old=password.old" {
		t.Errorf("a stolen session guesses on after three wrong ones: %v", err)
	}
	s.mustLive("the session after refusals", token)
}

// racing ends all sessions of an account and changes its password just when a session is being stored.
type racing struct {
	*memory
	once sync.Once
	race func()
}

func (r *racing) AddSession(ctx context.Context, s store.Session, traces ...store.Trace) error {
	r.once.Do(r.race)
	return r.memory.AddSession(ctx, s)
}

func TestSessionOfAnOldPasswordDoesNotSurviveItsChange(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	s.accounts = &racing{memory: s.store, race: func() {
		if _, err := s.ResetPassword(t.Context(), System, Latest(a.ID)); err != nil {
			t.Error(err)
		}
	}}
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); code(err) != CodeSignIn {
		t.Errorf("SignIn = %v, want the refusal", err)
	}
	if live, err := s.live(t.Context(), a); err != nil || len(live) != 0 {
		t.Errorf("live sessions: %v, %v", live, err)
	}
}

// overtaken lets another server change an account just before this one writes it.
type overtaken struct {
	*memory
	once sync.Once
	race func()
}

func (o *overtaken) UpdateAccount(ctx context.Context, a store.Account, traces ...store.Trace) error {
	o.once.Do(o.race)
	return o.memory.UpdateAccount(ctx, a, traces...)
}

// otherServer is a second gate over the same accounts.
func (s *scene) otherServer() *Gate {
	s.t.Helper()
	g, err := NewGate(s.store, Options{Now: s.now})
	if err != nil {
		s.t.Fatal(err)
	}
	return g
}

func TestChangesOfTwoServersBothStand(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	other := s.otherServer()
	s.accounts = &overtaken{memory: s.store, race: func() {
		if err := other.Disable(t.Context(), System, Latest(a.ID)); err != nil {
			t.Error(err)
		}
	}}
	if err := s.Assign(t.Context(), System, Latest(a.ID), Place{Department: "tax", Roles: []string{caseflow.RoleReviewer}}); err != nil {
		t.Fatal(err)
	}
	now, err := s.store.AccountByID(t.Context(), a.ID)
	if err != nil || !now.Disabled || now.Department != "tax" {
		t.Errorf("%+v, %v; want it closed by the one server and assigned by the other", now, err)
	}
}

func TestPasswordResetByAnotherServerIsNotOverwritten(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	token := s.signIn("li.clerk", good)
	other, reset := s.otherServer(), ""
	s.accounts = &overtaken{memory: s.store, race: func() {
		var err error
		if reset, err = other.ResetPassword(t.Context(), System, Latest(a.ID)); err != nil {
			t.Error(err)
		}
	}}
	if _, err := s.ChangePassword(t.Context(), token, good, "new words for 2027", clientA); fieldCodes(err) != "old=password.old" {
		t.Errorf("ChangePassword = %v; want a refusal, since the old password is no longer the one", err)
	}
	s.signIn("li.clerk", reset)
}

// An account that others change all the time gives up in the end, and says so.
func TestChangeThatIsAlwaysOvertakenIsBusy(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	s.accounts = &stubborn{s.store}
	if err := s.Enable(t.Context(), System, Latest(a.ID)); !errors.Is(err, store.ErrBusy) {
		t.Errorf("Enable = %v, want busy", err)
	}
}

type stubborn struct{ *memory }

func (s *stubborn) UpdateAccount(context.Context, store.Account, ...store.Trace) error {
	return store.ErrConflict
}
