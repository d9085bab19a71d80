package witness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

var (
	// ErrUnknown: the witness does not watch that log.
	ErrUnknown = errors.New("witness: a log that is not watched here")
	// ErrUnsigned: no key of the log has signed the checkpoint.
	ErrUnsigned = errors.New("witness: no known key of the log has signed the checkpoint")
	// ErrForked: of the same size another checkpoint was signed.
	ErrForked = errors.New("witness: of this size another root was signed: the log has forked")
	// ErrUnproven: the proof that the log has only grown does not hold.
	ErrUnproven = errors.New("witness: the checkpoint does not continue the one that was signed last")
)

// Elsewhere is the answer to a log that does not say rightly how much of it was signed last.
type Elsewhere struct {
	Size   int64
	Forked bool // what it has shown is a fork besides
}

// Error says it.
func (e Elsewhere) Error() string {
	return fmt.Sprintf("witness: the checkpoint that was signed last has %d leaves", e.Size)
}

// Options wire a witness. Store, Seal, Now and Rand are needed.
type Options struct {
	Store store.Modules
	Seal  *seal.Ring
	Name  string // of the witness; once it has a key it keeps its name, and another one is refused
	Logs  []evidence.PolicyLog
	Now   func() time.Time
	Rand  io.Reader
	Log   *slog.Logger // nil: slog.Default
}

// Witness signs checkpoints of other logs. It is safe for concurrent use, and for several servers of one store.
type Witness struct {
	o    Options
	logs map[string][]note.Verifier // by the log's name
}

// Open makes or finds the witness's key.
func Open(ctx context.Context, o Options) (*Witness, error) {
	o.Log = cmp.Or(o.Log, slog.Default())
	w := &Witness{o: o, logs: map[string][]note.Verifier{}}
	for _, l := range o.Logs {
		w.logs[l.Key.Name()] = append(w.logs[l.Key.Name()], l.Key)
	}
	if err := firstKey(ctx, o); err != nil {
		return nil, err
	}
	_, err := w.Keys(ctx) // whoever cannot sign is told so at once
	return w, err
}

// Keys are the public keys of the witness, the newest first.
func (w *Witness) Keys(ctx context.Context) ([]evidence.WitnessKey, error) {
	return Keys(ctx, w.o.Store, w.o.Seal)
}

// Add signs the checkpoint of a log that is watched, if it continues the one that was signed last, and returns the signature lines: one of each
// key that the witness has by now, the oldest first. What was signed is on the disk by then. evidence.ErrSubmission, ErrUnknown, ErrUnsigned, Elsewhere, ErrForked, ErrUnproven.
func (w *Witness) Add(ctx context.Context, body []byte) ([]byte, error) {
	sub, err := evidence.ParseSubmission(body)
	if err != nil {
		return nil, err
	}
	c, err := evidence.ReadCheckpoint(sub.Checkpoint)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", evidence.ErrSubmission, err)
	}
	keys, ok := w.logs[c.Origin]
	if !ok {
		return nil, ErrUnknown
	}
	if c, err = evidence.OpenCheckpoint(sub.Checkpoint, keys...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	signed, err := evidence.KeepSignatures(sub.Checkpoint, keys...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	if sub.Old > c.Size {
		return nil, fmt.Errorf("%w: it is shorter than what is said to have been signed before", evidence.ErrSubmission)
	}
	known, at, err := w.record(ctx, sub, c, signed)
	var elsewhere Elsewhere
	if forked := errors.Is(err, ErrForked) || errors.As(err, &elsewhere) && elsewhere.Forked; forked || errors.Is(err, ErrUnproven) && !same(known, c) {
		return nil, errors.Join(err, w.alarm(ctx, forked, c, known, signed))
	}
	if err != nil {
		return nil, err
	}
	return w.cosign(ctx, signed, at)
}

// cosign signs with each key. They are read anew: one may have been made or ended since.
func (w *Witness) cosign(ctx context.Context, checkpoint []byte, at time.Time) ([]byte, error) {
	keys, err := ownKeys(ctx, w.o.Store, w.o.Seal)
	if err != nil {
		return nil, err
	}
	var lines []byte
	for _, k := range keys {
		line, err := evidence.Cosign(checkpoint, k.public.Name(), k.secret, at)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line...)
	}
	return lines, nil
}

// same reports whether a checkpoint is of the same tree as one that was signed: then nothing is wrong but the proof.
func same(known []byte, c evidence.Checkpoint) bool {
	last, err := evidence.ReadCheckpoint(known)
	return err == nil && last == c
}

// record judges a checkpoint and puts it in the place of the one that was signed last, in one transaction: of two that come at one time
// the second is judged by the first. It returns what was signed before, and the instant at which nothing longer was.
func (w *Witness) record(ctx context.Context, sub evidence.Submission, c evidence.Checkpoint, signed []byte) (known []byte, at time.Time, err error) {
	var verdict error
	err = w.o.Store.Update(ctx, func(tx store.Writer) error {
		known = nil
		if err := tx.Read(store.Into(&known), "SELECT checkpoint FROM witness_log WHERE origin = ?", c.Origin); err != nil {
			return err
		}
		last := evidence.Checkpoint{Origin: c.Origin, Tree: evidence.EmptyTree()}
		if known != nil {
			var err error
			if last, err = evidence.ReadCheckpoint(known); err != nil {
				return fmt.Errorf("the checkpoint of %s that was signed last: %w", c.Origin, err)
			}
		}
		if verdict = judge(last.Tree, c.Tree, sub); verdict != nil {
			return nil
		}
		at = w.o.Now()
		if err := tx.Put("witness_log", []any{c.Origin, c.Size, signed, at.UnixMicro()}); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM witness_alarm WHERE kind = ? AND origin = ? AND given = ?", Unproven, c.Origin, signed) // now it is proved
		return err
	})
	if err != nil {
		return nil, at, fmt.Errorf("keep the checkpoint of %s: %w", c.Origin, err)
	}
	return known, at, verdict
}

// judge tells whether a tree may be signed after the last one.
func judge(last, tree evidence.Tree, sub evidence.Submission) error {
	forked := tree.Size == last.Size && tree.Root != last.Root
	switch {
	case sub.Old != last.Size:
		return Elsewhere{last.Size, forked}
	case forked:
		return ErrForked
	case sub.Old == 0 && len(sub.Proof) > 0:
		return ErrUnproven
	case sub.Old == 0:
		return nil
	case evidence.CheckGrowth(last, tree, sub.Proof) != nil:
		return ErrUnproven
	}
	return nil
}

// alarm keeps what does not fit.
func (w *Witness) alarm(ctx context.Context, forked bool, c evidence.Checkpoint, known, given []byte) error {
	a := Alarm{Kind: Unproven, Origin: c.Origin, At: w.o.Now(), Known: known, Given: given}
	if forked {
		a.Kind = Forked
	}
	fresh, err := raise(ctx, w.o.Store, a, string(known), string(given))
	if fresh {
		w.o.Log.Error("a log does not fit what was signed of it before", "kind", a.Kind, "log", c.Origin, "size", c.Size)
	}
	return err
}

// Watched is a log that the witness watches, and what it has signed of it last.
type Watched struct {
	Origin     string
	Size       int64
	Checkpoint []byte // nil: nothing yet
	At         time.Time
}

// Watched lists the logs.
func (w *Witness) Watched(ctx context.Context) ([]Watched, error) {
	var all []Watched
	seen := map[string]bool{}
	err := w.o.Store.Read(ctx, func(sc store.Scan) error {
		var l Watched
		err := sc(&l.Origin, &l.Size, &l.Checkpoint, store.At(&l.At))
		if w.logs[l.Origin] != nil {
			seen[l.Origin] = true
			all = append(all, l)
		}
		return err
	}, "SELECT origin, size, checkpoint, at FROM witness_log ORDER BY origin")
	for _, l := range w.o.Logs {
		if name := l.Key.Name(); !seen[name] {
			seen[name] = true
			all = append(all, Watched{Origin: name})
		}
	}
	return all, err
}

// Signed returns the checkpoint of a log that was signed last. store.ErrNotFound.
func (w *Witness) Signed(ctx context.Context, origin string) ([]byte, error) {
	list, err := w.Watched(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Origin == origin && list[i].Checkpoint != nil {
			return list[i].Checkpoint, nil
		}
	}
	return nil, store.ErrNotFound
}
