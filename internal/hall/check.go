package hall

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Checked is what Check counted.
type Checked struct {
	Cases, Entries int64
}

// ErrUnsound: what is stored is not what the journal gives.
var ErrUnsound = errors.New("hall: the store is not sound")

// Check reads a whole store and proves it against itself: the entries of each case follow one another without a gap, each has the
// leaf that its content and the leaf before it give, so that the last one vouches for all; the case that they give when they are
// applied anew is the one of the snapshot; the row of the case stands at its last entry; and its version of the pack is stored.
// ErrUnsound names the first case of which that does not hold. No pack is needed, and nothing is written.
func Check(ctx context.Context, st store.Store) (Checked, error) {
	var found Checked
	packs := map[[2]string]bool{}
	versions, err := st.PackVersions(ctx)
	if err != nil {
		return found, fmt.Errorf("check: %w", err)
	}
	for _, p := range versions {
		packs[[2]string{p.ID, p.Version}] = true
	}
	regions, err := st.Regions(ctx)
	if err != nil {
		return found, fmt.Errorf("check: %w", err)
	}
	for _, region := range regions {
		err := eachIn(ctx, st, region, func(key store.Key) error {
			c, entries, err := checkCase(ctx, st, key)
			if err == nil && !packs[[2]string{c.Pack, c.Version}] {
				err = fmt.Errorf("%w: case %s: pack %s version %s is not stored", ErrUnsound, key.Case, c.Pack, c.Version)
			}
			found.Cases++
			found.Entries += entries
			return err
		})
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// checkCase checks one case and returns it with the number of its entries.
func checkCase(ctx context.Context, st store.Store, key store.Key) (*caseflow.Case, int64, error) {
	unsound := func(what string, no int) error {
		return fmt.Errorf("%w: case %s, entry %d: %s", ErrUnsound, key.Case, no, what)
	}
	entries, err := st.Entries(ctx, key, 0, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("check: %w", err)
	}
	loaded, err := st.Load(ctx, key)
	if err != nil {
		return nil, 0, fmt.Errorf("check: %w", err)
	}
	c := &caseflow.Case{}
	var before []byte
	for i := range entries {
		e := &entries[i]
		if e.No != i+1 || e.Seq != c.Seq+1 {
			return nil, 0, unsound("it does not follow the one before", e.No)
		}
		if err := checkLeaf(st.Suite(), key, before, e); err != nil {
			return nil, 0, unsound(err.Error(), e.No)
		}
		if err := apply(c, e); err != nil {
			return nil, 0, unsound(err.Error(), e.No)
		}
		before = e.Leaf
		if e.No != loaded.SnapshotNo {
			continue
		}
		if again, err := c.Encode(); err != nil || !bytes.Equal(again, loaded.Snapshot) {
			return nil, 0, unsound("its snapshot is not what the entries give", e.No)
		}
	}
	row, err := st.Case(ctx, key)
	if err != nil || row.Entry != len(entries) || row.Pack != c.Pack || row.Version != c.Version || row.Phase != c.Phase {
		return nil, 0, unsound("the row of the case does not stand there", len(entries))
	}
	return c, int64(len(entries)), nil
}

// checkLeaf computes the leaf of an entry anew.
func checkLeaf(suite evidence.Suite, key store.Key, before []byte, e *store.Entry) error {
	hash, err := store.EntryHash(suite, key, before, e)
	if err != nil {
		return err
	}
	if leaf := hash.Leaf(); !bytes.Equal(leaf[:], e.Leaf) {
		return errors.New("its leaf does not fit what it holds")
	}
	return nil
}
