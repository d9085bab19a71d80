package filestore

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// An upload waits until a case is known to hold it. When the wait is over, the journals of the cases that asked for it are asked.
// Either what was noted of the wait goes and the file stays for good, or both go. A file that does not wait is never looked at.
// What waited when a backup was made waits anew where it is restored.

const (
	// KeepUploads is how long an upload waits for a case, from the last upload of its content or the last command that named it.
	KeepUploads = 7 * 24 * time.Hour

	pruneEvery = time.Hour
)

// Holds reports whether a case refers to a file, by its journal: also one that was detached again.
type Holds func(ctx context.Context, key store.Key, hash string) (bool, error)

// keyOf is the case that asked for a file under a name of nameOf.
func keyOf(name string) store.Key {
	region, no, _ := strings.Cut(name, ".")
	return store.Key{Region: region, Case: caseflow.CaseNo(no)}
}

// servePrune prunes at once and every hour.
func servePrune(ctx context.Context, s Store, now func() time.Time, holds Holds, jobs *chore.Board, log *slog.Logger) {
	every := time.NewTicker(pruneEvery)
	defer every.Stop()
	for {
		n, err := jobs.Do(chore.Uploads, pruneEvery, func() (int, error) { return s.Prune(ctx, now().Add(-KeepUploads), holds) })
		switch {
		case err != nil && ctx.Err() == nil:
			log.Error("prune uploads", "err", err)
		case n > 0:
			log.Info("uploads that no case took pruned", "files", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		case <-jobs.Bell(chore.Uploads):
		}
	}
}
