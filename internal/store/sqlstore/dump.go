package sqlstore

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// A dump is the whole database as lines of JSON, the same for both databases:
//
//	{"tongban":1,"version":1,"modules":{…}}     format, migration, migrations of modules
//	{"table":"journal","columns":["region",…]}
//	["610500","610500-20250102-000001",1,…]     a row; bytes as base64; what is sealed stays sealed
//	{"end":12345,"sha256":"…"}                  number of rows; digest of every line before
//
// All rows come from one state of the database. A dump that was cut off or changed is refused whole.

// dumpFormat is the version of the format.
const dumpFormat = 1

// ErrDump: what is to be restored is not a whole dump.
var ErrDump = errors.New("sqlstore: not a whole backup")

// ErrNotEmpty: a dump is only restored into a database without cases and accounts.
var ErrNotEmpty = errors.New("sqlstore: the database is not empty")

type dumpLine struct {
	Tongban int      `json:"tongban,omitempty"`
	Version int64    `json:"version,omitempty"`
	Modules versions `json:"modules,omitempty"`
	Table   string   `json:"table,omitempty"`
	Columns []string `json:"columns,omitempty"`
	End     *int64   `json:"end,omitempty"`
	SHA256  string   `json:"sha256,omitempty"`
}

// dumper writes lines and digests them.
type dumper struct {
	w    *bufio.Writer
	sum  hash.Hash
	rows int64
	file func(caseflow.File) error
	ring *seal.Ring
}

func (d *dumper) line(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	b = append(b, '\n')
	d.sum.Write(b)
	if _, err := d.w.Write(b); err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	return nil
}

// Backup writes a dump of one state to w while the store is in use, and tells file of each file that an entry, or a row of a module, refers to.
func (s *Store) Backup(ctx context.Context, w io.Writer, file func(caseflow.File) error) error {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, s.d.view); err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") //nolint:errcheck // it has read only
	version, modules, err := s.versions()
	if err != nil {
		return err
	}
	d := &dumper{w: bufio.NewWriterSize(w, 1<<16), sum: sha256.New(), file: file, ring: s.ring}
	if err := d.line(dumpLine{Tongban: dumpFormat, Version: version, Modules: modules}); err != nil {
		return err
	}
	for _, t := range s.tables() {
		if err := d.table(ctx, conn, t); err != nil {
			return fmt.Errorf("dump %s: %w", t.name, err)
		}
	}
	if err := d.line(dumpLine{End: &d.rows, SHA256: hex.EncodeToString(d.sum.Sum(nil))}); err != nil {
		return err
	}
	if err := d.w.Flush(); err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	return nil
}

// versions are those of the tables of modules.
type versions map[string]int64

// versions are those that this program knows.
func (s *Store) versions() (kernel int64, modules versions, err error) {
	all, err := s.migrators()
	if err != nil {
		return 0, nil, err
	}
	modules = versions{}
	for _, m := range all {
		sources := m.ListSources()
		last := sources[len(sources)-1].Version
		if m.module == "" {
			kernel = last
			continue
		}
		modules[m.module] = last
	}
	return kernel, modules, nil
}

// refuse says why a dump is none for this program: it was made by one at another version, or with another module. What a
// module that is new here will keep, an older dump lacks, and that is no fault.
func (l *loader) refuse(head dumpLine) error {
	kernel, modules, err := l.w.s.versions()
	if err != nil {
		return err
	}
	if head.Version != kernel {
		return fmt.Errorf("%w: made by a program at version %d, this one is at %d (restore with that program, then migrate)",
			store.ErrNewer, head.Version, kernel)
	}
	for name, v := range head.Modules {
		if modules[name] != v {
			return fmt.Errorf("%w: made with module %.40s at version %d, here it is at %d (0: it is not there; restore with that program, then migrate)",
				store.ErrNewer, name, v, modules[name])
		}
	}
	return nil
}

// table dumps the rows of a table in the order of its key.
func (d *dumper) table(ctx context.Context, conn *sql.Conn, t *table) error {
	if err := d.line(dumpLine{Table: t.name, Columns: t.cols}); err != nil {
		return err
	}
	rows, err := conn.QueryContext(ctx, t.all())
	if err != nil {
		return err
	}
	dest := t.dest()
	return drain(rows, func(sc scan) error {
		if err := sc(dest...); err != nil {
			return err
		}
		d.rows++
		if d.file != nil {
			if err := t.files(d.ring, dest, d.file); err != nil {
				return err
			}
		}
		return d.line(dest)
	})
}

// eventsAt is the place of an entry's events in its row.
var eventsAt = slices.Index(tJournal.cols, "events")

// files tells of each file that a row refers to: an entry by its events, what a module keeps by its columns.
func (t *table) files(r *seal.Ring, row []any, file func(caseflow.File) error) error {
	if t.file != nil {
		return file(caseflow.File{Hash: *row[t.file[0]].(*string), Bytes: *row[t.file[1]].(*int64)})
	}
	if t != tJournal {
		return nil
	}
	events, err := unpack(r, *row[eventsAt].(*zipped))
	if err != nil {
		return fmt.Errorf("open a sealed value: %w", err)
	}
	files, err := caseflow.FilesIn(events)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := file(f); err != nil {
			return err
		}
	}
	return nil
}

// all is the statement that reads every row in the order of the key.
func (t *table) all() string {
	return "SELECT " + t.list("") + " FROM " + t.name + " ORDER BY " + strings.Join(t.cols[:t.key], ", ")
}

// dest is a place for each column of a row.
func (t *table) dest() []any {
	dest := make([]any, len(t.cols))
	for i, k := range t.kinds {
		switch k {
		case text:
			dest[i] = new(string)
		case num:
			dest[i] = new(int64)
		case blobKind:
			dest[i] = new([]byte)
		case zip:
			dest[i] = new(zipped)
		}
	}
	return dest
}

// Rest takes in what belongs to a dump besides: the uploaded files. files tells of each file that an entry, or a row of a module, refers to.
type Rest func(files func(file func(caseflow.File) error) error) error

// Restore reads a dump into the database at o.Address, which must not have any cases or accounts, in one transaction. rest,
// if it is not nil, is called when all rows are in and none is committed yet: its error leaves the database as it was. If r
// is a *bufio.Reader of 64 KiB, it then stands behind the dump.
func Restore(ctx context.Context, o Options, r io.Reader, rest Rest) error {
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	err = s.restore(ctx, r, rest)
	return errors.Join(err, s.Close())
}

// Copy moves all rows of one store into another, which must be empty, and returns when they are durable there.
func Copy(ctx context.Context, from, to *Store) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(from.Backup(ctx, w, nil)) }()
	err := to.restore(ctx, r, nil)
	r.CloseWithError(err) // stops the other side
	return err
}

func (s *Store) restore(ctx context.Context, r io.Reader, rest Rest) error {
	w := <-s.idle
	defer func() { s.idle <- w }()
	err := w.transact(s.d.begin, func() error {
		if err := w.checkEmpty(); err != nil {
			return err
		}
		in := &loader{ctx: ctx, w: w, lines: bufio.NewReaderSize(r, 1<<16), sum: sha256.New()}
		err := in.load()
		if err == nil {
			err = w.restoredWith()
		}
		if err != nil || rest == nil {
			return err
		}
		return rest(func(file func(caseflow.File) error) error {
			for _, t := range s.tables() {
				if t != tJournal && t.file == nil {
					continue
				}
				row := t.dest()
				err := w.query(func(sc scan) error {
					if err := sc(row...); err != nil {
						return err
					}
					return t.files(s.ring, row, file)
				}, t.all())
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err = s.ended(err); err != nil {
		return err
	}
	return s.readSuite(ctx, s.Setting)
}

// checkEmpty refuses a database with cases or accounts, and clears what a fresh one may hold besides.
func (w *writer) checkEmpty() error {
	for _, t := range []*table{tJournal, tAccount} {
		found := false
		err := w.query(func(scan) error { found = true; return nil }, "SELECT 1 FROM "+t.name+" LIMIT 1")
		if err != nil {
			return err
		}
		if found {
			return ErrNotEmpty
		}
	}
	for _, t := range w.s.tables() {
		if err := w.exec("DELETE FROM " + t.name); err != nil {
			return err
		}
	}
	return nil
}

// loader reads a dump into tables.
type loader struct {
	ctx     context.Context
	w       *writer
	lines   *bufio.Reader
	sum     hash.Hash
	rows    int64
	table   *table
	pending [][]any
	only    map[*table]*shape // the tables whose rows are taken, and how; nil: all, as new
}

func (l *loader) load() error {
	var head dumpLine
	if _, err := l.next(&head); err != nil {
		return err
	}
	if head.Tongban != dumpFormat {
		return fmt.Errorf("%w: unknown format", ErrDump)
	}
	if err := l.refuse(head); err != nil {
		return err
	}
	for {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		sum := l.sum.Sum(nil)
		var head dumpLine
		row, err := l.next(&head)
		switch {
		case err != nil:
			return err
		case row != nil:
			err = l.row(row)
		case head.End != nil:
			if *head.End != l.rows || head.SHA256 != hex.EncodeToString(sum) {
				return fmt.Errorf("%w: rows or digest differ", ErrDump)
			}
			return l.flush()
		default:
			err = l.begin(head)
		}
		if err != nil {
			return err
		}
	}
}

// next reads a line: a row, or something about rows.
func (l *loader) next(head *dumpLine) (row []byte, err error) {
	line, err := l.line()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: it ends too early", ErrDump)
	}
	if err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	l.sum.Write(line)
	if bytes.HasPrefix(line, []byte("[")) {
		return line, nil
	}
	if err := json.Unmarshal(line, head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDump, err)
	}
	if again, err := json.Marshal(head); err != nil || string(again)+"\n" != string(line) { // JSON reads more than a dump has
		return nil, fmt.Errorf("%w: a line is not as it was written", ErrDump)
	}
	return nil, nil
}

// maxLine bounds a line of a dump, so that a damaged one does not fill the memory. The longest are packs.
const maxLine = 32 << 20

// line reads a line to its end.
func (l *loader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := l.lines.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		case len(line) > maxLine:
			return nil, fmt.Errorf("%w: a line is longer than %d bytes", ErrDump, maxLine)
		}
	}
}

func (l *loader) begin(head dumpLine) error {
	if err := l.flush(); err != nil {
		return err
	}
	all := l.w.s.tables()
	i := slices.IndexFunc(all, func(t *table) bool { return t.name == head.Table })
	if i < 0 || !slices.Equal(all[i].cols, head.Columns) {
		return fmt.Errorf("%w: unknown table %.40q", ErrDump, head.Table)
	}
	l.table = all[i]
	return nil
}

func (l *loader) row(line []byte) error {
	if l.table == nil {
		return fmt.Errorf("%w: a row without a table", ErrDump)
	}
	dest := l.table.dest()
	if err := json.Unmarshal(line, &dest); err != nil || len(dest) != len(l.table.cols) {
		return fmt.Errorf("%w: a row of %s: %w", ErrDump, l.table.name, err)
	}
	for i, d := range dest {
		switch v := d.(type) {
		case *string:
			dest[i] = *v
		case *int64:
			dest[i] = *v
		case *[]byte:
			dest[i] = blob(*v)
		case *zipped:
			dest[i] = repack(*v)
		default:
			return fmt.Errorf("%w: a row of %s lacks %s", ErrDump, l.table.name, l.table.cols[i])
		}
	}
	l.rows++
	l.pending = append(l.pending, dest)
	if len(l.pending) < l.w.s.d.chunk {
		return nil
	}
	return l.flush()
}

func (l *loader) flush() error {
	if len(l.pending) == 0 {
		return nil
	}
	how := l.table.add
	if l.only != nil {
		if how = l.only[l.table]; l.table == tWaiting {
			l.pending = ofCases(l.pending)
		}
	}
	var err error
	if how != nil {
		err = l.w.many(how, l.pending, nil)
	}
	l.pending = l.pending[:0]
	return err
}
