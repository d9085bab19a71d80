package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/store"
)

// module is the tables of a module as this store knows them.
type module struct {
	name       string
	migrations fs.FS
	tables     []*table
}

var (
	moduleName  = regexp.MustCompile(`^[a-z]{2,20}$`)
	moduleTable = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)
	moduleCols  = regexp.MustCompile(`^[a-z]+(_[a-z]+)*:[tib]$`)
)

// modulesOf reads schemas and refuses what could meet the kernel's own tables, or another module's.
func modulesOf(schemas []store.Schema) (list []module, err error) {
	list = make([]module, 0, len(schemas))
	seen := map[string]bool{}
	for _, sc := range schemas {
		if !moduleName.MatchString(sc.Module) || seen[sc.Module] {
			return nil, fmt.Errorf("store: module name %q is taken, or not lower-case letters", sc.Module)
		}
		seen[sc.Module] = true
		m := module{name: sc.Module, migrations: sc.Migrations}
		for _, t := range sc.Tables {
			if !moduleTable.MatchString(t.Name) || !strings.HasPrefix(t.Name, sc.Module+"_") || seen[t.Name] {
				return nil, fmt.Errorf("store: table %q of module %s: its name is taken or does not begin with %s_", t.Name, sc.Module, sc.Module)
			}
			seen[t.Name] = true
			cols := strings.Fields(t.Columns)
			for _, c := range cols {
				if !moduleCols.MatchString(c) {
					return nil, fmt.Errorf("store: table %s: %q is not name:t, name:i or name:b", t.Name, c)
				}
			}
			if t.Key < 1 || t.Key > len(cols) {
				return nil, fmt.Errorf("store: table %s: a key of %d of %d columns", t.Name, t.Key, len(cols))
			}
			own := newTable(t.Name, t.Key, t.Columns)
			if own.file, err = fileColumns(own, t.File); err != nil {
				return nil, err
			}
			m.tables = append(m.tables, own)
		}
		list = append(list, m)
	}
	return list, nil
}

// fileColumns are the places of the columns that describe a file.
func fileColumns(t *table, columns string) ([]int, error) {
	if columns == "" {
		return nil, nil
	}
	hash, length, _ := strings.Cut(columns, " ")
	at := []int{slices.Index(t.cols, hash), slices.Index(t.cols, length)}
	if at[0] < 0 || at[1] < 0 || t.kinds[at[0]] != text || t.kinds[at[1]] != num {
		return nil, fmt.Errorf("store: table %s: %q are no columns of a hash and a length", t.name, columns)
	}
	return at, nil
}

// tables is the whole schema with the tables of modules, in the order of a dump.
func (s *Store) tables() []*table {
	all := kernelTables[:len(kernelTables):len(kernelTables)]
	for i := range s.modules {
		all = append(all, s.modules[i].tables...)
	}
	return all
}

// tableOf finds a table of a module.
func (s *Store) tableOf(name string) (*table, error) {
	for i := range s.modules {
		for _, t := range s.modules[i].tables {
			if t.name == name {
				return t, nil
			}
		}
	}
	return nil, fmt.Errorf("store: no module has a table %q", name)
}

// Read runs a query on a reader and calls each for every row.
func (s *Store) Read(ctx context.Context, each func(store.Scan) error, query string, args ...any) error {
	return s.each(ctx, each, query, args...)
}

// view reads within one transaction.
type view struct {
	ctx  context.Context //nolint:containedctx // lives as long as the call that was given it
	s    *Store
	conn *sql.Conn
}

// Read runs a query and calls each for every row.
func (v view) Read(each func(store.Scan) error, query string, args ...any) error {
	rows, err := v.conn.QueryContext(v.ctx, v.s.d.bind(query), args...)
	if err != nil {
		return fmt.Errorf("%.60s: %w", query, err)
	}
	return v.s.drain(rows, each)
}

// View lets do read from one state.
func (s *Store) View(ctx context.Context, do func(store.Reader) error) error {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return fmt.Errorf("read: %w", s.away(err))
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, s.d.view); err != nil {
		return fmt.Errorf("read: %w", s.away(err))
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") //nolint:errcheck // it has read only
	return do(view{ctx, s, conn})
}

// Update runs do in one transaction, as if nobody else wrote meanwhile.
func (s *Store) Update(ctx context.Context, do func(store.Writer) error) error {
	leaves := false
	err := s.within(ctx, s.d.serial, func(w *writer) error { return do(moduleWriter{w, &leaves}) })
	if err == nil && leaves {
		s.pokeLeaves()
	}
	return err
}

// moduleWriter is what a module may do with a writer.
type moduleWriter struct {
	w      *writer
	leaves *bool // it has written some
}

// Read runs a query and calls each for every row.
func (m moduleWriter) Read(each func(store.Scan) error, query string, args ...any) error {
	return m.w.query(each, query, args...)
}

// Exec runs a statement.
func (m moduleWriter) Exec(query string, args ...any) (int64, error) {
	if err := checkText(args); err != nil {
		return 0, err
	}
	return m.w.count(query, args...)
}

// Add writes rows that must be new.
func (m moduleWriter) Add(name string, rows ...[]any) error {
	return m.rows(name, rows, func(t *table) *shape { return t.add })
}

// Keep writes rows; those that are there stay.
func (m moduleWriter) Keep(name string, rows ...[]any) error {
	return m.rows(name, rows, func(t *table) *shape { return t.keep })
}

// Put writes rows, in place of those with the same key.
func (m moduleWriter) Put(name string, rows ...[]any) error {
	return m.rows(name, rows, func(t *table) *shape {
		if t.put == nil { // nothing but a key
			return t.keep
		}
		return t.put
	})
}

// Drop removes rows by their key.
func (m moduleWriter) Drop(name string, keys ...[]any) error {
	return m.rows(name, keys, func(t *table) *shape { return t.drop })
}

// Leaf writes a leaf and what it proves.
func (m moduleWriter) Leaf(l store.ModuleLeaf) error {
	if !slices.ContainsFunc(m.w.s.modules, func(known module) bool { return known.name == l.Module }) {
		return fmt.Errorf("store: there is no module %q that could write a leaf", l.Module)
	}
	if l.Salt == nil {
		salt := newSalt()
		l.Salt = salt[:]
	}
	leaf, err := l.Leaf(m.w.s.Suite())
	row := []any{l.Region, l.Module, l.Name, l.No, store.Micros(l.At), blob(l.Data), l.Salt}
	if err == nil {
		err = checkText(row)
	}
	if err != nil {
		return err
	}
	row[5] = packed(l.Data)
	if err := m.w.s.sealRow(row); err != nil {
		return err
	}
	err = m.w.together(step{shape: tModule.add, rows: [][]any{row}}, step{shape: tWaiting.add, rows: [][]any{leafRow(&leaf)}})
	if err != nil && m.w.s.d.verdict(err) == taken {
		return fmt.Errorf("%w: a leaf of %s %s %d is there already", store.ErrConflict, l.Module, l.Name, l.No)
	}
	*m.leaves = true
	return err
}

func scanModuleLeaf(sc scan) (l store.ModuleLeaf, err error) {
	err = sc(&l.Region, &l.Module, &l.Name, &l.No, store.At(&l.At), (*zipped)(&l.Data), &l.Salt)
	return l, err
}

// ModuleLeaf returns what a module has written a leaf of.
func (s *Store) ModuleLeaf(ctx context.Context, region, module, name string, no int64) (l store.ModuleLeaf, err error) {
	err = s.one(ctx, func(sc scan) error {
		var err error
		l, err = scanModuleLeaf(sc)
		return err
	}, "SELECT "+tModule.list("")+" FROM module_leaf WHERE region = ? AND module = ? AND name = ? AND no = ?", region, module, name, no)
	return l, err
}

func (m moduleWriter) rows(name string, rows [][]any, how func(*table) *shape) error {
	t, err := m.w.s.tableOf(name)
	if err != nil {
		return err
	}
	sh := how(t)
	for _, row := range rows {
		if err := fits(sh.kinds, row); err != nil {
			return fmt.Errorf("store: a row of %s: %w", name, err)
		}
	}
	err = m.w.many(sh, rows, nil)
	if err != nil && m.w.s.d.verdict(err) == taken {
		return fmt.Errorf("%w: a row of %s is there already", store.ErrConflict, name)
	}
	return err
}

// fits refuses a row whose values are not of the kinds.
func fits(kinds []kind, row []any) error {
	if len(row) != len(kinds) {
		return fmt.Errorf("%d values for %d columns", len(row), len(kinds))
	}
	for i, v := range row {
		ok := false
		switch kinds[i] {
		case text:
			_, ok = v.(string)
		case num:
			_, ok = v.(int64)
		case blobKind, zip:
			b, is := v.([]byte)
			ok = is && b != nil
		}
		if !ok {
			return fmt.Errorf("value %d is a %T", i+1, v)
		}
	}
	return checkText(row)
}
