package access

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tongban/tongban/internal/chore"
)

const (
	// KeepSessions is how long the row of a session stays after the session's last possible moment: who signed in when and
	// from where. 网络安全法 art. 23(3) (art. 21(3) before 2026) asks for logs of six months.
	KeepSessions = 190 * 24 * time.Hour
	// KeepAttempts is how long a failed sign-in stays beyond the window in which it counts. Sign-ins are logged besides.
	KeepAttempts = 24 * time.Hour

	pruneEvery = time.Hour
	pruneBatch = 200 // rows of a kind in one transaction, so that others who write wait milliseconds
)

// Prune deletes failed sign-ins and sessions that are older than they are kept, and returns how many rows went.
func (g *Gate) Prune(ctx context.Context) (int, error) {
	now, all := g.now(), 0
	for {
		n, err := g.accounts.Prune(ctx, now.Add(-g.limits.Window-KeepAttempts), now.Add(-KeepSessions), pruneBatch)
		if err != nil {
			return all, fmt.Errorf("prune sign-ins: %w", err)
		}
		if all += n; n == 0 {
			return all, nil
		}
	}
}

// Serve prunes at once and every hour until ctx ends. Any number of servers may. Errors are logged and tried again.
func (g *Gate) Serve(ctx context.Context, log *slog.Logger) {
	every := time.NewTicker(pruneEvery)
	defer every.Stop()
	for {
		n, err := g.jobs.Do(chore.SignIns, pruneEvery, func() (int, error) { return g.Prune(ctx) })
		switch {
		case err != nil && ctx.Err() == nil:
			log.Error("prune sign-ins", "err", err)
		case n > 0:
			log.Info("old sign-ins pruned", "rows", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		case <-g.jobs.Bell(chore.SignIns):
		}
	}
}
