package sqlstore

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tongban/tongban/internal/store"
)

// Reserve hands out n numbers of a counter, from 1.
func (s *Store) Reserve(ctx context.Context, region, counter string, n int) (int64, error) {
	if n < 1 {
		return 0, fmt.Errorf("store: cannot reserve %d numbers", n)
	}
	if err := checkText([]any{region, counter}); err != nil {
		return 0, err
	}
	var next int64
	err := s.tx(ctx, func(w *writer) error {
		return w.query(store.Into(&next),
			`INSERT INTO counter (region, name, next) VALUES (?, ?, ?)
			ON CONFLICT (region, name) DO UPDATE SET next = counter.next + CAST(? AS BIGINT) RETURNING next`,
			region, counter, int64(n)+1, int64(n))
	})
	return next - int64(n), err
}

// PutPack stores a pack version once.
func (s *Store) PutPack(ctx context.Context, p store.PackRow) error {
	if err := checkText([]any{p.ID, p.Version, p.Proved, p.Loaded}); err != nil {
		return err
	}
	leaf, err := p.Leaf(s.Suite())
	if err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		n, err := w.count(tPack.one(), p.ID, p.Version, blob(p.Digest), blob(p.Archive), store.Micros(p.Added), p.Proved, p.Loaded)
		if err != nil {
			return err
		}
		if n == 1 {
			return w.many(tWaiting.add, [][]any{leafRow(&leaf)}, nil)
		}
		var digest []byte
		err = w.query(store.Into(&digest), "SELECT digest FROM pack WHERE id = ? AND version = ?", p.ID, p.Version)
		if err == nil && !bytes.Equal(digest, p.Digest) {
			err = store.ErrConflict
		}
		return err
	})
}

// VouchPack records which builds proved and loaded a stored version. ErrNotFound if it is not stored with that digest.
func (s *Store) VouchPack(ctx context.Context, p store.PackRow) error {
	if err := checkText([]any{p.Proved, p.Loaded}); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		n, err := w.count("UPDATE pack SET proved = ?, loaded = ? WHERE id = ? AND version = ? AND digest = ?",
			p.Proved, p.Loaded, p.ID, p.Version, blob(p.Digest))
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		return err
	})
}

// Packs lists the stored pack versions, oldest first.
func (s *Store) Packs(ctx context.Context) ([]store.PackRow, error) {
	var all []store.PackRow
	err := s.each(ctx, store.List(&all, scanPack), "SELECT "+tPack.list("")+" FROM pack ORDER BY added, id, version")
	return all, err
}

func scanPack(sc scan) (store.PackRow, error) {
	var p store.PackRow
	err := sc(&p.ID, &p.Version, &p.Digest, &p.Archive, store.At(&p.Added), &p.Proved, &p.Loaded)
	return p, err
}

// PackVersions lists the stored pack versions without their files, oldest first.
func (s *Store) PackVersions(ctx context.Context) ([]store.PackRow, error) {
	var all []store.PackRow
	err := s.each(ctx, func(sc scan) error {
		var p store.PackRow
		err := sc(&p.ID, &p.Version, &p.Digest, store.At(&p.Added), &p.Proved, &p.Loaded)
		all = append(all, p)
		return err
	}, "SELECT id, version, digest, added, proved, loaded FROM pack ORDER BY added, id, version")
	return all, err
}

// Pack finds one stored pack version.
func (s *Store) Pack(ctx context.Context, id, version string) (store.PackRow, error) {
	var p store.PackRow
	err := s.one(ctx, func(sc scan) (err error) {
		p, err = scanPack(sc)
		return err
	}, "SELECT "+tPack.list("")+" FROM pack WHERE id = ? AND version = ?", id, version)
	return p, err
}

// Looks lists the looks at a case, newest first.
func (s *Store) Looks(ctx context.Context, key store.Key) ([]store.Look, error) {
	var all []store.Look
	err := s.each(ctx, func(sc scan) error {
		l := store.Look{Key: key}
		err := sc(store.At(&l.At), &l.Account, &l.What, &l.Department, &l.Reason)
		all = append(all, l)
		return err
	}, `SELECT at, account, what, department, reason FROM look WHERE region = ? AND case_no = ?
		ORDER BY at DESC, account DESC, what DESC`, key.Region, string(key.Case))
	return all, err
}

// Setting returns a small value.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := s.one(ctx, store.Into(&value), settingQuery, name)
	return value, err
}

const settingQuery = "SELECT value FROM setting WHERE name = ?"

// PutSetting stores a value unless the name is taken, and returns the one that stands.
func (s *Store) PutSetting(ctx context.Context, name string, value []byte) ([]byte, error) {
	if err := checkText([]any{name}); err != nil {
		return nil, err
	}
	var stands []byte
	err := s.tx(ctx, func(w *writer) error {
		if err := w.many(tSetting.keep, [][]any{{name, blob(value)}}, nil); err != nil {
			return err
		}
		return w.query(store.Into(&stands), settingQuery, name)
	})
	return stands, err
}
