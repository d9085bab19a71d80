package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// cover is how the values of a column are sealed.
type cover byte

const (
	asPacked cover = iota
	asFound
	asListed
	asLogin // asFound if it is a number
)

// covering is columns of a table whose values are sealed.
type covering struct {
	table   *table
	columns []string
	as      []cover
	where   string // of which rows; "": all
}

// covers are all columns whose values are sealed.
var covers = []covering{
	{tJournal, []string{"events"}, []cover{asPacked}, ""},
	{tSnapshot, []string{"body"}, []cover{asPacked}, ""},
	{tCase, []string{"find", "document"}, []cover{asListed, asFound}, ""},
	{tGram, []string{"gram"}, []cover{asListed}, "gram < ' '"}, // numbers, not pairs of names
	{tLicence, []string{"document", "legal", "body"}, []cover{asFound, asFound, asPacked}, ""},
	{tNotice, []string{"shown"}, []cover{asPacked}, ""},
	{tName, []string{"holder"}, []cover{asFound}, ""},
	{tMessage, []string{"recipient", "body"}, []cover{asFound, asPacked}, ""},
	{tModule, []string{"data"}, []cover{asPacked}, ""},
	{tAccount, []string{"login"}, []cover{asLogin}, ""},
	{tMandate, []string{"document"}, []cover{asFound}, ""},
}

// resealRows is how many rows are read, and sealed in one transaction.
const resealRows = 512

// Reseal seals what stands in the clear, or was sealed with another key than the present ones, and returns how many rows it wrote. It
// may be stopped and run again. Servers may run meanwhile, unless it is the finder that is another: they would find nothing. seen is told
// how many rows of a table were looked at.
func (s *Store) Reseal(ctx context.Context, seen func(table string, rows int)) (int, error) {
	if s.ring == nil {
		return 0, fmt.Errorf("%w: no keys", ErrKeys)
	}
	key, err := s.ring.Newest()
	if err != nil {
		return 0, err
	}
	finder, err := s.ring.Finder() // it may have changed since the store was opened
	if err != nil {
		return 0, err
	}
	c := sealer{key, finder}
	n := 0
	for i := range covers {
		p := resealing{s: s, c: c, covering: covers[i], seen: seen}
		if err := p.run(ctx); err != nil {
			return n, fmt.Errorf("seal %s anew: %w", p.table.name, err)
		}
		n += p.n
	}
	return n, s.tx(ctx, func(w *writer) error { return w.sealedWith(finder.ID) })
}

// resealing goes over the rows of a table.
type resealing struct {
	covering
	s     *Store
	c     sealer
	seen  func(table string, rows int)
	shape *shape
	n     int
}

var kindOf = map[cover]kind{asPacked: zip, asFound: text, asListed: text, asLogin: text}

func (p *resealing) run(ctx context.Context) error {
	key := p.table.cols[:p.table.key]
	cond := "(" + strings.Join(key, ", ") + ") > " + tuples(1, len(key))
	if p.where != "" {
		cond += " AND " + p.where
	}
	query := "SELECT " + strings.Join(append(key[:len(key):len(key)], p.columns...), ", ") + " FROM " + p.table.name +
		" WHERE " + cond + " ORDER BY " + strings.Join(key, ", ") + " LIMIT ?"
	last := make([]any, len(key))
	for i := range key {
		if last[i] = any(""); p.table.kinds[i] == num {
			last[i] = int64(math.MinInt64)
		}
	}
	for {
		var rows [][]any
		seen := 0
		err := p.s.each(ctx, func(sc scan) error {
			row, err := p.read(sc)
			if err != nil {
				return err
			}
			seen++
			last = row[:len(key)]
			fresh, err := p.fresh(row[len(key):])
			if fresh != nil {
				rows = append(rows, append(append(last[:len(key):len(key)], fresh...), row[len(key):]...))
			}
			return err
		}, query, append(last[:len(key):len(key)], int64(resealRows))...)
		if err == nil && len(rows) > 0 {
			err = p.s.tx(ctx, func(w *writer) error { return p.write(w, rows) })
		}
		if err != nil {
			return err
		}
		if p.seen(p.table.name, seen); seen < resealRows {
			return nil
		}
	}
}

// read reads the key of a row and its columns as they are stored.
func (p *resealing) read(sc scan) ([]any, error) {
	dest := make([]any, 0, p.table.key+len(p.columns))
	for _, k := range p.table.kinds[:p.table.key] {
		if k == num {
			dest = append(dest, new(int64))
			continue
		}
		dest = append(dest, new(string))
	}
	for _, as := range p.as {
		if as == asPacked {
			dest = append(dest, new([]byte))
			continue
		}
		dest = append(dest, new(string))
	}
	if err := sc(dest...); err != nil {
		return nil, err
	}
	for i, d := range dest {
		switch v := d.(type) {
		case *int64:
			dest[i] = *v
		case *string:
			dest[i] = *v
		case *[]byte:
			dest[i] = *v
		}
	}
	return dest, nil
}

// fresh is what is to be stored instead; nil if all is as it should be.
func (p *resealing) fresh(was []any) ([]any, error) {
	now := make([]any, len(was))
	changed := false
	for i, v := range was {
		var err error
		switch v := v.(type) {
		case []byte:
			var b []byte
			b, err = p.packed(v)
			changed, now[i] = changed || !bytes.Equal(b, v), b
		case string:
			var text string
			text, err = p.text(p.as[i], v)
			changed, now[i] = changed || text != v, text
		}
		if err != nil {
			return nil, err
		}
	}
	if !changed {
		return nil, nil
	}
	return now, nil
}

// packed is a value of bytes under the present key.
func (p *resealing) packed(stored []byte) ([]byte, error) {
	switch keyOf(stored) {
	case "":
		return p.c.cover(stored), nil
	case p.c.key.ID:
		return stored, nil
	}
	small, err := p.s.ring.OpenBytes(packedPlace, stored[1:])
	if err != nil {
		return nil, err
	}
	return p.c.cover(small), nil
}

// text is a text under the present keys.
func (p *resealing) text(as cover, stored string) (string, error) {
	if as == asListed {
		names := strings.Split(stored, begin)
		for i, name := range names {
			number, is := strings.CutPrefix(name, exact)
			if !is {
				continue
			}
			fresh, err := p.text(asFound, number)
			if err != nil {
				return "", err
			}
			names[i] = exact + fresh
		}
		return strings.Join(names, begin), nil
	}
	if keyOf(stored) == p.c.finder.ID {
		return stored, nil
	}
	plain, err := uncover(p.s.ring, stored)
	switch {
	case err != nil:
		return "", err
	case as == asLogin && store.FoundBy(plain) == "":
		return plain, nil
	}
	return p.c.found(plain), nil
}

// write replaces rows: each is its key, its fresh values, and those that it had when it was read. One that has changed since is
// sealed by who changed it.
func (p *resealing) write(w *writer, rows [][]any) error {
	if p.shape == nil {
		p.shape = p.replacing()
	}
	p.n += len(rows)
	return w.many(p.shape, rows, nil)
}

func (p *resealing) replacing() *shape {
	kinds := p.table.kinds[:p.table.key:p.table.key]
	for range 2 {
		for _, as := range p.as {
			kinds = append(kinds, kindOf[as])
		}
	}
	var set, where []string
	for i, col := range p.table.cols[:p.table.key] {
		where = append(where, fmt.Sprintf("%s.%s = v.column%d", p.table.name, col, i+1))
	}
	for i, col := range p.columns {
		set = append(set, fmt.Sprintf("%s = v.column%d", col, p.table.key+i+1))
		where = append(where, fmt.Sprintf("%s.%s = v.column%d", p.table.name, col, p.table.key+len(p.columns)+i+1))
	}
	return &shape{kinds, func(d *dialect, n int) string {
		return "UPDATE " + p.table.name + " SET " + strings.Join(set, ", ") + " FROM (" + d.rows(kinds, n) + ") AS v WHERE " + strings.Join(where, " AND ")
	}}
}

// Sealed counts the sealed values by the id of their key; "" of those that stand in the clear. It reads every row.
func (s *Store) Sealed(ctx context.Context) (map[string]int, error) {
	count := map[string]int{}
	for _, c := range covers {
		for i, col := range c.columns {
			var err error
			switch c.as[i] {
			case asPacked:
				err = s.countKeys(ctx, count, c.table, col, "", []byte(marks[seal.AES256GCM]), []byte(marks[seal.SM4GCM]))
			case asListed:
				if c.table == tGram { // each number of a case stands there
					err = s.countKeys(ctx, count, c.table, "substr(gram, 2)", "WHERE substr(gram, 1, 1) = '"+exact+"'", marks[seal.AES256SIV], marks[seal.SM4SIV])
				}
			case asFound:
				err = s.countKeys(ctx, count, c.table, col, "WHERE "+col+" <> ''", marks[seal.AES256SIV], marks[seal.SM4SIV])
			case asLogin:
				err = s.countKeys(ctx, count, c.table, col, "WHERE "+col+" < ' '", marks[seal.AES256SIV], marks[seal.SM4SIV])
			}
			if err != nil {
				return nil, fmt.Errorf("count sealed values of %s: %w", c.table.name, err)
			}
		}
	}
	return count, nil
}

func (s *Store) countKeys(ctx context.Context, count map[string]int, t *table, value, where string, marks ...any) error {
	return s.each(ctx, func(sc scan) error {
		var id []byte
		var n int
		err := sc(&id, &n)
		count[string(id)] += n
		return err
	}, fmt.Sprintf("SELECT CASE WHEN substr(%[1]s, 1, 1) IN (?, ?) THEN substr(%[1]s, 2, %[2]d) END, count(*) FROM %[3]s %[4]s GROUP BY 1", value, seal.IDLength, t.name, where), marks...)
}

// sealedWith says by which finder the rows of the store are found.
func (w *writer) sealedWith(finder string) error {
	return w.exec("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", sealedBy, []byte(finder))
}

// restoredWith refuses what was restored if it was sealed with other keys.
func (w *writer) restoredWith() error {
	var by []byte
	err := w.query(store.Into(&by), settingQuery, sealedBy)
	switch {
	case err != nil || w.s.finder == nil:
		return err
	case by == nil: // it stands in the clear, or is empty
		if err := w.settleSealed(w.s.finder.ID); !errors.Is(err, ErrKeys) {
			return err
		}
		return nil
	case string(by) != w.s.finder.ID:
		return ErrKeys
	}
	return nil
}

// settleSealed says so of a store without cases and accounts, and refuses another one that does not.
func (w *writer) settleSealed(finder string) error {
	filled := false
	for _, t := range []*table{tJournal, tAccount} {
		if err := w.query(func(scan) error { filled = true; return nil }, "SELECT 1 FROM "+t.name+" LIMIT 1"); err != nil {
			return err
		}
	}
	if filled {
		return ErrKeys
	}
	return w.sealedWith(finder)
}
