package access

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// What is pruned has long lost its effect: a session that could still be used, and a failure that still counts, stay.
func TestServePrunesWhatIsOldEveryHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, Limits{})
		start := time.Now()
		s.Gate.now = func() time.Time { return s.time.Add(time.Since(start)) }
		s.official("li.clerk", caseflow.RoleClerk)
		s.signIn("li.clerk", good)
		made := len(s.store.sessions)
		over := s.Gate.now().Add(s.limits.Absolute + KeepSessions)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go s.Gate.Serve(ctx, slog.New(slog.DiscardHandler))
		if _, _, err := s.SignIn(t.Context(), "li.clerk", "wrong", clientA); code(err) != CodeSignIn {
			t.Fatal(err)
		}
		at := func(to time.Time, sessions, attempts int) {
			t.Helper()
			<-time.After(to.Sub(s.Gate.now()))
			synctest.Wait()
			s.store.mu.Lock()
			defer s.store.mu.Unlock()
			n := 0
			for _, list := range s.store.attempts {
				n += len(list)
			}
			if len(s.store.sessions) != sessions || n != attempts {
				t.Errorf("at %s: %d sessions and %d attempts, want %d and %d", to, len(s.store.sessions), n, sessions, attempts)
			}
		}
		failed := s.Gate.now()
		at(failed.Add(s.limits.Window+KeepAttempts-time.Minute), made, 2)
		at(failed.Add(s.limits.Window+KeepAttempts+pruneEvery+time.Minute), made, 0)
		at(over.Add(-time.Minute), made, 0)
		at(over.Add(pruneEvery+time.Minute), 0, 0)
	})
}
