package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// Rows of log_head: theLog is that of the one log of an installation, shown what outsiders are shown of it unless that is the newest.
const (
	theLog = "log"
	shown  = "shown"
)

// BeginLog makes the log unless there is one. Nobody writes leaves meanwhile, so that each row has one that waits, and none two.
func (s *Store) BeginLog(ctx context.Context, fresh store.LogHead) (store.LogHead, error) {
	if _, err := s.LogHead(ctx); !errors.Is(err, store.ErrNotFound) {
		return s.LogHead(ctx)
	}
	err := s.leafTx(ctx, func(w *writer) error {
		if s.d.still != "" {
			if err := w.exec(s.d.still); err != nil {
				return err
			}
		}
		n, err := w.count(tLogHead.one(), theLog, fresh.Size, blob(fresh.Checkpoint), store.Micros(fresh.At))
		if err != nil || n == 0 {
			return err
		}
		if err := w.exec("DELETE FROM leaf_waiting"); err != nil {
			return err
		}
		return eachLeaf(s.Suite(), w.query, func(page []store.Leaf) error {
			rows := make([][]any, len(page))
			for i := range page {
				rows[i] = leafRow(&page[i])
			}
			return w.many(tWaiting.add, rows, nil)
		})
	})
	if err != nil {
		return store.LogHead{}, err
	}
	return s.LogHead(ctx)
}

// LogHead returns the newest head. The transaction that wrote it may not have been flushed yet when it is read: then this waits for
// that, lest a checkpoint is shown that a power loss takes back.
func (s *Store) LogHead(ctx context.Context) (store.LogHead, error) {
	return s.logHead(ctx, "SELECT size, checkpoint, at FROM log_head WHERE name = ?", theLog)
}

// ShownLog returns the head that outsiders are shown.
func (s *Store) ShownLog(ctx context.Context) (store.LogHead, error) {
	return s.logHead(ctx, "SELECT size, checkpoint, at FROM log_head WHERE name IN (?, ?) ORDER BY name DESC LIMIT 1", theLog, shown)
}

func (s *Store) logHead(ctx context.Context, query string, args ...any) (store.LogHead, error) {
	var h store.LogHead
	if err := s.one(ctx, store.Into(&h.Size, &h.Checkpoint, store.At(&h.At)), query, args...); err != nil {
		return store.LogHead{}, err
	}
	return h, s.flush()
}

// ShowLog shows a head, unless a longer one is shown.
func (s *Store) ShowLog(ctx context.Context, h store.LogHead) error {
	if h.Checkpoint == nil {
		return s.tx(ctx, func(w *writer) error { return w.exec("DELETE FROM log_head WHERE name = ?", shown) })
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(tLogHead.one(), shown, h.Size, blob(h.Checkpoint), store.Micros(h.At))
		if err != nil || n > 0 {
			return err
		}
		return w.exec("UPDATE log_head SET size = ?, checkpoint = ?, at = ? WHERE name = ? AND size <= ?", h.Size, blob(h.Checkpoint), store.Micros(h.At), shown, h.Size)
	})
}

// WaitingLeaves lists leaves without a place in the order in which they were written.
func (s *Store) WaitingLeaves(ctx context.Context, limit int) ([]store.Leaf, error) {
	var all []store.Leaf
	err := s.each(ctx, func(sc scan) error {
		var l store.Leaf
		var entry []byte
		err := sc(&l.ID, &l.Region, &l.Kind, &l.Name, &l.No, &entry, store.At(&l.Made))
		if err == nil && len(entry) != len(l.Entry) {
			err = fmt.Errorf("the leaf of %s %s %d is no hash", l.Kind, l.Name, l.No)
		}
		copy(l.Entry[:], entry)
		all = append(all, l)
		return err
	}, "SELECT id, "+tWaiting.list("")+" FROM leaf_waiting ORDER BY id LIMIT ?", int64(limit))
	return all, err
}

// dropWaiting deletes leaves that wait, and tells which were there.
var dropWaiting = &shape{[]kind{num}, func(d *dialect, n int) string {
	return "DELETE FROM leaf_waiting WHERE " + among(d, []string{"id"}, []kind{num}, n) + " RETURNING id"
}}

// GrowLog places leaves. The head's row is the lock: of those who grow one head, the first does.
func (s *Store) GrowLog(ctx context.Context, was store.LogHead, g store.Growth) error {
	places, ids := make([][]any, len(g.Leaves)), make([][]any, len(g.Leaves))
	for i := range g.Leaves {
		l := &g.Leaves[i]
		places[i] = []any{l.Region, l.Kind, l.Name, l.No, was.Size + int64(i)}
		ids[i] = []any{l.ID}
	}
	tiles := make([][]any, len(g.Tiles))
	for i, t := range g.Tiles {
		tiles[i] = []any{int64(t.Level), t.N, blob(t.Body)}
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count("UPDATE log_head SET size = ?, checkpoint = ?, at = ? WHERE name = ? AND size = ? AND checkpoint = ?",
			g.Head.Size, blob(g.Head.Checkpoint), store.Micros(g.Head.At), theLog, was.Size, blob(was.Checkpoint))
		switch {
		case err != nil:
			return err
		case n == 0:
			return store.ErrConflict
		}
		if err := w.placed(ids); err != nil {
			return err
		}
		return w.together(step{shape: tPlace.add, rows: places}, step{shape: tLogTile.put, rows: tiles})
	})
}

// placed deletes leaves that wait, in the order of their ids; ErrConflict if one is not there any more.
func (w *writer) placed(ids [][]any) error {
	if len(ids) == 0 {
		return nil
	}
	first, _ := ids[0][0].(int64)
	last, _ := ids[len(ids)-1][0].(int64)
	var gone int64
	var err error
	if last-first == int64(len(ids)-1) { // no others are among them
		gone, err = w.count("DELETE FROM leaf_waiting WHERE id >= ? AND id <= ?", first, last)
	} else {
		err = w.many(dropWaiting, ids, func(sc scan) error {
			gone++
			return sc(new(int64))
		})
	}
	if err == nil && gone != int64(len(ids)) {
		err = store.ErrConflict
	}
	return err
}

// LogTile returns a tile as wide as it is by now.
func (s *Store) LogTile(ctx context.Context, level int, n int64) ([]byte, error) {
	var body []byte
	err := s.one(ctx, store.Into(&body), "SELECT body FROM log_tile WHERE level = ? AND n = ?", int64(level), n)
	return body, err
}

// LeafPlace tells the place of a leaf.
func (s *Store) LeafPlace(ctx context.Context, id store.LeafID) (int64, error) {
	var place int64
	err := s.one(ctx, store.Into(&place),
		"SELECT place FROM leaf_place WHERE region = ? AND kind = ? AND name = ? AND no = ?", id.Region, id.Kind, id.Name, id.No)
	return place, err
}

var placedQuery = "SELECT p.place, j.region, j.case_no, j." + strings.ReplaceAll(entryCols, ", ", ", j.") + ` FROM leaf_place p
	JOIN journal j ON j.region = p.region AND j.case_no = p.name AND j.no = p.no
	WHERE p.place >= ? AND p.place < ? AND p.kind = ? ORDER BY p.place`

// PlacedEntries lists entries by their places in the log.
func (s *Store) PlacedEntries(ctx context.Context, from int64, places int) ([]store.PlacedEntry, int64, error) {
	head, err := s.LogHead(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, from, nil
	}
	if err != nil {
		return nil, from, err
	}
	next := max(from, min(from+int64(places), head.Size))
	var all []store.PlacedEntry
	if next == from {
		return nil, from, nil
	}
	err = s.each(ctx, func(sc scan) (err error) {
		var p store.PlacedEntry
		p.Entry, err = scanEntry(sc, &p.Place, &p.Region, &p.Case)
		all = append(all, p)
		return err
	}, placedQuery, from, next, store.LeafEntry)
	return all, next, err
}

// placesOf finds the places of leaves.
var placesOf = &shape{tPlace.kinds[:4], func(d *dialect, n int) string {
	return "SELECT region, kind, name, no, place FROM leaf_place WHERE " + among(d, tPlace.cols[:4], tPlace.kinds[:4], n)
}}

// EachLeaf visits the leaves of one state of the database.
func (s *Store) EachLeaf(ctx context.Context, visit func(store.Leaf, int64) error) error {
	return s.View(ctx, func(r store.Reader) error {
		return eachLeaf(s.Suite(), r.Read, func(page []store.Leaf) error {
			places, err := s.findPlaces(r.Read, page)
			if err != nil {
				return err
			}
			for _, l := range page {
				place, ok := places[l.LeafID]
				if !ok {
					place = -1
				}
				if err := visit(l, place); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// findPlaces finds the places of up to leavesAtOnce leaves.
func (s *Store) findPlaces(ask asker, page []store.Leaf) (map[store.LeafID]int64, error) {
	keys := make([][]any, leavesAtOnce) // of one length, so that there is one statement
	for i := range keys {
		l := page[min(i, len(page)-1)]
		keys[i] = []any{l.Region, l.Kind, l.Name, l.No}
	}
	found := make(map[store.LeafID]int64, len(page))
	err := ask(func(sc scan) error {
		var id store.LeafID
		var place int64
		err := sc(&id.Region, &id.Kind, &id.Name, &id.No, &place)
		found[id] = place
		return err
	}, placesOf.text(s.d, leavesAtOnce), s.d.args(placesOf.kinds, keys)...)
	return found, err
}

// LogKeys lists the keys of the log, the oldest first.
func (s *Store) LogKeys(ctx context.Context) ([]store.LogKey, error) {
	var all []store.LogKey
	err := s.each(ctx, func(sc scan) error {
		var k store.LogKey
		err := sc(&k.ID, &k.Public, &k.Secret, store.At(&k.Began), store.At(&k.Ended))
		all = append(all, k)
		return err
	}, "SELECT "+tLogKey.list("")+" FROM log_key ORDER BY began, id")
	return all, err
}

// AddLogKey adds keys. Of those who add at one time the first does, and the others are told to look again.
func (s *Store) AddLogKey(ctx context.Context, keys ...store.LogKey) error {
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{k.ID, k.Public, k.Secret, store.Micros(k.Began), store.Micros(k.Ended)}
		if err := checkText(rows[i]); err != nil {
			return err
		}
	}
	return s.tx(ctx, func(w *writer) error {
		if s.d.alone != "" {
			if err := w.exec(s.d.alone); err != nil {
				return err
			}
		}
		taken := false
		for _, k := range keys {
			err := w.query(func(scan) error { taken = true; return nil }, "SELECT 1 FROM log_key WHERE began >= ? OR id = ? LIMIT 1", store.Micros(k.Began), k.ID)
			if err != nil {
				return err
			}
		}
		if taken {
			return store.ErrConflict
		}
		return w.many(tLogKey.add, rows, nil)
	})
}

// EndLogKey records until when a key signs, and drops its secret.
func (s *Store) EndLogKey(ctx context.Context, id string, at time.Time) error {
	return s.changeKey(ctx, "UPDATE log_key SET secret = '', ended = ? WHERE id = ? AND ended = 0", store.Micros(at), id)
}

// ResealLogKey replaces a sealed secret.
func (s *Store) ResealLogKey(ctx context.Context, id, was, secret string) error {
	return s.changeKey(ctx, "UPDATE log_key SET secret = ? WHERE id = ? AND secret = ?", secret, id, was)
}

func (s *Store) changeKey(ctx context.Context, query string, args ...any) error {
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count(query, args...)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		return err
	})
}
