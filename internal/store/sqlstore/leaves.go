package sqlstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// newSalt is the salt of a leaf. Those of entries come with them.
func newSalt() (salt [evidence.SaltBytes]byte) {
	_, _ = rand.Read(salt[:]) // it never fails
	return salt
}

func leafRow(l *store.Leaf) []any {
	return []any{l.Region, l.Kind, l.Name, l.No, l.Entry[:], store.Micros(l.Made)}
}

func entryLeafRow(c *store.Change) []any {
	return leafRow(&store.Leaf{LeafID: store.EntryLeaf(c.Key, c.Entry.No), Entry: c.Entry.Hash, Made: c.Entry.At})
}

// leafTx is tx for what may write leaves: it tells who waits for them.
func (s *Store) leafTx(ctx context.Context, do func(w *writer) error) error {
	err := s.tx(ctx, do)
	if err == nil {
		s.pokeLeaves()
	}
	return err
}

func (s *Store) pokeLeaves() {
	select {
	case s.leaves <- struct{}{}:
	default:
	}
}

// Leaves is signalled when this process has written leaves.
func (s *Store) Leaves() <-chan struct{} { return s.leaves }

// keepWithLeaves adds rows that are not there, which the statement returns by their keys, and their leaves, which have the
// same places.
func (w *writer) keepWithLeaves(keep *shape, t *table, rows, leaves [][]any) error {
	added := map[string]bool{}
	key := t.dest()[:t.key]
	err := w.many(keep, rows, func(sc scan) error {
		err := sc(key...)
		added[fmt.Sprintf("%q", values(key))] = true
		return err
	})
	if err != nil {
		return err
	}
	var kept [][]any
	for i, r := range rows {
		if k := fmt.Sprintf("%q", r[:t.key]); added[k] {
			added[k] = false // one that is given twice counts once
			kept = append(kept, leaves[i])
		}
	}
	return w.many(tWaiting.add, kept, nil)
}

// values are what places for columns hold.
func values(dest []any) []any {
	out := make([]any, len(dest))
	for i, d := range dest {
		switch v := d.(type) {
		case *string:
			out[i] = *v
		case *int64:
			out[i] = *v
		}
	}
	return out
}

// leafSource is rows that leaves prove.
type leafSource struct {
	table *table
	cols  string
	// leaf reads the columns of a row and computes its leaf. last is the entry before it.
	leaf func(suite evidence.Suite, sc scan, last *lastEntry) (store.Leaf, error)
}

// lastEntry is the entry before the one that is read, whose leaf the next one of its case covers.
type lastEntry struct {
	store.Key
	no   int
	leaf []byte
}

var leafSources = []leafSource{
	{tJournal, "region, case_no, " + entryCols, entryLeaf},
	{tLook, tLook.list(""), lookLeaf},
	{tTrace, tTrace.list(""), traceLeaf},
	{tPack, "id, version, digest, added", packLeaf},
	{tCalendar, tCalendar.list(""), calendarLeaf},
	{tModule, tModule.list(""), moduleLeaf},
}

func entryLeaf(suite evidence.Suite, sc scan, last *lastEntry) (store.Leaf, error) {
	var key store.Key
	e, err := scanEntry(sc, &key.Region, &key.Case)
	if err != nil {
		return store.Leaf{}, err
	}
	if key != last.Key {
		*last = lastEntry{Key: key}
	}
	if e.No != last.no+1 {
		return store.Leaf{}, fmt.Errorf("case %s: entry %d follows entry %d", key.Case, e.No, last.no)
	}
	hash, err := store.EntryHash(suite, key, last.leaf, &e)
	if leaf := hash.Leaf(); err == nil && string(leaf[:]) != string(e.Leaf) {
		err = fmt.Errorf("case %s: entry %d is not what its leaf says", key.Case, e.No)
	}
	last.no, last.leaf = e.No, e.Leaf
	return store.Leaf{LeafID: store.EntryLeaf(key, e.No), Entry: hash, Made: e.At}, err
}

func lookLeaf(suite evidence.Suite, sc scan, _ *lastEntry) (store.Leaf, error) {
	l, salt, err := scanSaltedLook(sc)
	if err != nil || len(salt) != evidence.SaltBytes {
		return store.Leaf{}, errors.Join(err, errSalt)
	}
	return l.Leaf(suite, [evidence.SaltBytes]byte(salt))
}

func traceLeaf(suite evidence.Suite, sc scan, _ *lastEntry) (store.Leaf, error) {
	t, salt, err := scanSaltedTrace(sc)
	if err != nil || len(salt) != evidence.SaltBytes {
		return store.Leaf{}, errors.Join(err, errSalt)
	}
	return t.Leaf(suite, [evidence.SaltBytes]byte(salt))
}

var errSalt = errors.New("a row has no salt")

func packLeaf(suite evidence.Suite, sc scan, _ *lastEntry) (store.Leaf, error) {
	var p store.PackRow
	var added int64
	if err := sc(&p.ID, &p.Version, &p.Digest, &added); err != nil {
		return store.Leaf{}, err
	}
	p.Added = store.FromMicros(added)
	return p.Leaf(suite)
}

func calendarLeaf(suite evidence.Suite, sc scan, _ *lastEntry) (store.Leaf, error) {
	c, err := scanCalendar(sc)
	if err != nil {
		return store.Leaf{}, err
	}
	return c.Leaf(suite)
}

func moduleLeaf(suite evidence.Suite, sc scan, _ *lastEntry) (store.Leaf, error) {
	l, err := scanModuleLeaf(sc)
	if err != nil {
		return store.Leaf{}, err
	}
	return l.Leaf(suite)
}

// asker runs a query and calls each for every row.
type asker func(each func(scan) error, query string, args ...any) error

// leavesAtOnce is how many rows are read, and looked up, at once: a power of two.
const leavesAtOnce = 512

// eachLeaf computes the leaves of all rows that leaves prove, and visits them in pages.
func eachLeaf(suite evidence.Suite, ask asker, visit func([]store.Leaf) error) error {
	for i := range leafSources {
		if err := leafSources[i].each(suite, ask, visit); err != nil {
			return fmt.Errorf("leaves of %s: %w", leafSources[i].table.name, err)
		}
	}
	return nil
}

// each pages through the rows by their key.
func (src *leafSource) each(suite evidence.Suite, ask asker, visit func([]store.Leaf) error) error {
	key := strings.Join(src.table.cols[:src.table.key], ", ")
	query, where := "SELECT "+key+", "+src.cols+" FROM "+src.table.name, ""
	order := fmt.Sprintf(" ORDER BY %s LIMIT %d", key, leavesAtOnce)
	at := src.table.dest()[:src.table.key]
	var last lastEntry
	var args []any
	for {
		var page []store.Leaf
		err := ask(func(sc scan) error {
			l, err := src.leaf(suite, func(dest ...any) error { return sc(append(at[:len(at):len(at)], dest...)...) }, &last)
			page = append(page, l)
			return err
		}, query+where+order, args...)
		if err == nil && len(page) > 0 {
			err = visit(page)
		}
		if err != nil || len(page) < leavesAtOnce {
			return err
		}
		where, args = " WHERE ("+key+") > "+tuples(1, src.table.key), values(at)
	}
}
