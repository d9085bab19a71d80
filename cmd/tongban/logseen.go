package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/witness"
)

// compare holds a log against what others have of it: a printed receipt, and what its witnesses have signed.
func (c logCheckCommand) compare(w *world, from *logSource, trust evidence.Policy, now evidence.Checkpoint) error {
	if c.Printed != "" {
		p, err := receipt.ParsePrinted(c.Printed)
		if err == nil {
			err = p.Holds(now, from)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(w.err, "it agrees with the printed receipt of case %s\n", p.Case)
	}
	for _, at := range c.Witness {
		if u, err := url.Parse(at); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return usageError(fmt.Sprintf("--witness %.80q is not the address of a witness, such as https://host/witness", at))
		}
		if err := seen(w, from, trust, now, at, at); err != nil {
			return err
		}
	}
	asked := map[string]bool{} // a witness that changes its key stands in a policy twice
	for _, p := range trust.Witnesses {
		if p.URL == "" || asked[p.URL] {
			continue
		}
		asked[p.URL] = true
		err := seen(w, from, trust, now, p.Key.Name(), p.URL)
		if errors.Is(err, errUnseen) { // witnesses of others need not tell
			fmt.Fprintln(w.err, err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errUnseen: a witness does not tell what it has signed.
var errUnseen = errors.New("does not tell what it has signed of the log")

// seen asks a witness what it has signed of a log, and fails if that is of another history than is shown here.
func seen(w *world, from *logSource, trust evidence.Policy, now evidence.Checkpoint, name, address string) error {
	msg := witness.Seen(w.ctx, &from.client, address, now.Origin)
	if msg == nil {
		return fmt.Errorf("the witness %s %w", name, errUnseen)
	}
	theirs, err := evidence.OpenCheckpoint(msg, trust.LogKeys()...)
	if err != nil {
		return fmt.Errorf("the witness %s %w with a trusted key: %w", name, errUnseen, err)
	}
	if err := sameHistory(from, now, theirs); err != nil {
		return fmt.Errorf("the witness %s has signed %d entries of it: %w", name, theirs.Size, err)
	}
	fmt.Fprintf(w.err, "it agrees with the %d entries that the witness %s has signed\n", theirs.Size, name)
	return nil
}

// sameHistory fails if of two checkpoints of a log neither continues the other. The log may be behind what a witness has seen for a moment: it shows
// a checkpoint when witnesses have signed it, and the tiles before.
func sameHistory(from *logSource, now, theirs evidence.Checkpoint) error {
	if theirs.Origin != now.Origin || theirs.Size <= now.Size {
		return continues(from, theirs, now)
	}
	back := fmt.Errorf("rolled back: the log shows %d", now.Size)
	if now.Size == 0 {
		return back
	}
	proof, err := evidence.ProveGrowth(theirs.Tree, from, now.Size)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return back
	case err == nil:
		err = evidence.CheckGrowth(now.Tree, theirs.Tree, proof)
	}
	if err != nil {
		return fmt.Errorf("forked: the %d entries that the log shows here are not their beginning (%w)", now.Size, err)
	}
	return nil
}
