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
	s := newScene(t, Limits{Sessions: 3})
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
