package access

import (
	"errors"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

func TestEverySignInIsANewSession(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	first, second := s.signIn("li.clerk", good), s.signIn("li.clerk", good)
	if first == second {
		t.Fatal("two sign-ins share a token")
	}
	s.mustLive("first", first)
	s.mustLive("second beside it", second)
	if err := s.SignOut(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("after sign-out", first)
	s.mustLive("the parallel session after the other's sign-out", second)
	if err := s.SignOut(t.Context(), first); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
	var made Token
	made.secret[0] = 1
	s.mustBeGone("a token that nobody was given", made)
	s.mustBeGone("no token", Token{})
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, login string
		idle        time.Duration
	}{{"official", "li.clerk", 30 * time.Minute}, {"citizen", "13800000001", 2 * time.Hour}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, Limits{})
			s.official("li.clerk", caseflow.RoleClerk)
			s.citizen("13800000001")
			idle, used := s.signIn(c.login, good), s.signIn(c.login, good)
			s.pass(c.idle - time.Second)
			s.mustLive("used just before its idle limit", used)
			s.pass(time.Second)
			s.mustBeGone("idle at its limit", idle)
			s.mustLive("in use", used)
			for began := s.now().Add(-c.idle); s.now().Sub(began) < 12*time.Hour-2*time.Minute; {
				s.pass(time.Minute)
				s.mustLive("in use before its end", used)
			}
			s.pass(2 * time.Minute)
			s.mustBeGone("in use at its end", used)
		})
	}
}

func TestClockThatGoesBackEndsNoSession(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.citizen("13800000001")
	token := s.signIn("13800000001", good)
	s.pass(-time.Hour)
	s.mustLive("an hour earlier", token)
}

func TestOldestSessionEndsWhenThereAreTooMany(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{Officials: 3})
	s.official("li.clerk", caseflow.RoleClerk)
	var tokens []Token
	for range 4 {
		tokens = append(tokens, s.signIn("li.clerk", good))
		s.pass(time.Second)
	}
	s.mustBeGone("the oldest", tokens[0])
	for _, token := range tokens[1:] {
		s.mustLive("a newer one", token)
	}
}

func TestPeopleSeeAndEndTheirOwnSessions(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	s.official("wang.clerk", caseflow.RoleClerk)
	other := s.signIn("wang.clerk", good)
	old := s.signIn("li.clerk", good)
	s.pass(time.Minute)
	current := s.signIn("li.clerk", good)

	list, err := s.Sittings(t.Context(), current)
	if err != nil || len(list) != 2 || !list[0].Current || list[1].Current || list[0].Address != clientA.Address {
		t.Fatalf("Sittings = %+v, %v", list, err)
	}
	foreign, err := s.Sittings(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EndSitting(t.Context(), current, foreign[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("ending somebody else's session: %v, want not found", err)
	}
	s.mustLive("the session of the other person", other)
	if err := s.EndSitting(t.Context(), current, list[1].ID); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the ended one", old)
	s.mustLive("the current one", current)
}

func TestAccountDisabledByAnotherServerIsOutAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	token := s.signIn("li.clerk", good)
	stored, err := s.store.AccountByID(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	stored.Disabled = true
	if err := s.store.UpdateAccount(t.Context(), *stored); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the running session", token)
}

func TestAllOtherSessionsEndAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	s.official("wang.head", caseflow.RoleHead)
	mine, one, two, another := s.signIn("li.clerk", good), s.signIn("li.clerk", good), s.signIn("li.clerk", good), s.signIn("wang.head", good)
	if n, err := s.EndOthers(t.Context(), mine); n != 2 || err != nil {
		t.Errorf("EndOthers = %d, %v", n, err)
	}
	s.mustBeGone("one", one)
	s.mustBeGone("two", two)
	for _, stays := range []Token{mine, another} {
		if _, _, err := s.Who(t.Context(), stays); err != nil {
			t.Errorf("a session that should stay: %v", err)
		}
	}
	if _, err := s.EndOthers(t.Context(), one); !errors.Is(err, ErrNoSession) {
		t.Errorf("by an ended session: %v", err)
	}
}

func TestOneSessionTooManyIsRefusedWhereThatIsAsked(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{Officials: 1, Citizens: 2, Refuse: true})
	s.official("li.clerk", caseflow.RoleClerk)
	s.citizen("13900000001")
	first := s.signIn("li.clerk", good)
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); code(err) != CodeSessions {
		t.Errorf("a second session: %v", err)
	}
	if _, _, err := s.SignIn(t.Context(), "li.clerk", "wrong", clientA); code(err) != CodeSignIn {
		t.Errorf("who does not know the password learns about sessions: %v", err)
	}
	if list, err := s.Sittings(t.Context(), first); err != nil || len(list) != 1 || s.count(SignInRefused, WhySessions) != 1 {
		t.Errorf("sessions = %+v, %v", list, err)
	}
	s.signIn("13900000001", good)
	s.signIn("13900000001", good)
	if _, _, err := s.SignIn(t.Context(), "13900000001", good, clientA); code(err) != CodeSessions {
		t.Errorf("a citizen's third session: %v", err)
	}
	s.pass(31 * time.Minute) // one that is not used makes room
	s.mustBeGone("the first", first)
	second := s.signIn("li.clerk", good)
	fresh, err := s.ChangePassword(t.Context(), second, good, "另一个春天 2027", clientA) // no session too many: the old one ends first
	if err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("before the password", second)
	if _, _, err := s.Who(t.Context(), fresh); err != nil {
		t.Error(err)
	}
}

// R22, in one place: whatever is proved anew makes a new session, and the old one is dead.
func TestTheSessionChangesWheneverSomethingIsProved(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{}, false)
	s.official("li.clerk", caseflow.RoleClerk)
	c := s.browser()
	var seen []string
	next := func(what, path string, form map[string][]string) {
		t.Helper()
		before := s.cookie(c)
		s.do(c, "POST", path, form)
		after := s.cookie(c)
		if after == "" || after == before {
			t.Errorf("%s: the session did not change", what)
		}
		seen = append(seen, after)
	}
	next("signing in", "/sign-in", credentials("li.clerk", good))
	next("signing in again", "/sign-in", credentials("li.clerk", good))
	next("a new password", "/password", map[string][]string{"old": {good}, "password": {"另一个春天 2027"}})
	phone, _, strong := s.withApp("li.clerk", "另一个春天 2027")
	s.mustBeGone("all before the factor", mustToken(t, seen[len(seen)-1]))
	s.do(c, "POST", "/sign-in", credentials("li.clerk", "另一个春天 2027"))
	next("the second factor", "/factor", map[string][]string{"code": {phone.code(0)}})
	if _, _, err := s.Who(t.Context(), strong); err != nil {
		t.Errorf("another browser was signed out: %v", err)
	}
	for i, old := range seen[:len(seen)-1] {
		s.mustBeGone("session "+string(rune('1'+i)), mustToken(t, old))
	}
	last := mustToken(t, seen[len(seen)-1])
	s.do(c, "POST", "/sign-out", nil)
	s.mustBeGone("after signing out", last)
}

func mustToken(t *testing.T, text string) Token {
	t.Helper()
	token, err := ParseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestANewSessionIsNotTheOneTooMany(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{Officials: 1})
	s.official("li.clerk", caseflow.RoleClerk)
	for range 20 { // all in one instant
		if _, _, err := s.Who(t.Context(), s.signIn("li.clerk", good)); err != nil {
			t.Fatalf("the session that just began: %v", err)
		}
	}
}
