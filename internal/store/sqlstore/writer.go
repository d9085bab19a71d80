package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// writer is one connection that writes, with its prepared statements. One goroutine uses it at a time.
//
// It runs without the caller's context: a transaction that has begun is ended by its outcome, never half-way.
type writer struct {
	s     *Store
	conn  *sql.Conn
	stmts map[any]*sql.Stmt // by text, or by shape and number of rows
}

// sized is a shape for n rows.
type sized struct {
	shape *shape
	n     int
}

// connect makes sure that there is a connection.
func (w *writer) connect() error {
	if w.conn != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := w.s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	w.conn, w.stmts = conn, map[any]*sql.Stmt{}
	return nil
}

// drop closes the connection for good.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	for _, st := range w.stmts {
		_ = st.Close() // the connection goes anyway
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = w.conn.Close()
	w.conn, w.stmts = nil, nil
}

// stmt returns the statement of the key, prepared once per connection.
func (w *writer) stmt(key any, query func() string) (*sql.Stmt, error) {
	if st := w.stmts[key]; st != nil {
		return st, nil
	}
	st, err := w.conn.PrepareContext(context.Background(), w.s.d.bind(query()))
	if err != nil {
		return nil, fmt.Errorf("prepare %.60s: %w", query(), err)
	}
	w.stmts[key] = st
	return st, nil
}

// exec runs a statement.
func (w *writer) exec(query string, args ...any) error {
	_, err := w.count(query, args...)
	return err
}

// count runs a statement and returns how many rows it changed.
func (w *writer) count(query string, args ...any) (int64, error) {
	st, err := w.stmt(query, func() string { return query })
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, fmt.Errorf("%.60s: %w", query, err)
	}
	return res.RowsAffected()
}

// query runs a statement that returns rows and calls each for every one of them.
func (w *writer) query(each func(scan) error, query string, args ...any) error {
	st, err := w.stmt(query, func() string { return query })
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(context.Background(), args...)
	if err != nil {
		return fmt.Errorf("%.60s: %w", query, err)
	}
	return drain(rows, each)
}

// scan reads the columns of a row.
type scan func(dest ...any) error

// drain calls each for every row.
func drain(rows *sql.Rows, each func(scan) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// many runs a statement for rows and calls each, if it is not nil, for every row that it returns. Where rows travel one by
// one it goes in pieces whose sizes are powers of two, so that few statements are prepared.
func (w *writer) many(sh *shape, rows [][]any, each func(scan) error) error {
	d := w.s.d
	for size := d.chunk; len(rows) > 0; {
		key := sized{shape: sh}
		if d.arrays {
			size = min(size, len(rows))
		} else {
			for size > len(rows) {
				size /= 2
			}
			key.n = size
		}
		st, err := w.stmt(key, func() string { return sh.text(d, size) })
		if err != nil {
			return err
		}
		if err := run(st, each, d.args(sh.kinds, rows[:size])); err != nil {
			return fmt.Errorf("%.60s: %w", sh.text(d, 1), err)
		}
		rows = rows[size:]
	}
	return nil
}

func run(st *sql.Stmt, each func(scan) error, args []any) error {
	if each == nil {
		_, err := st.ExecContext(context.Background(), args...)
		return err
	}
	rows, err := st.QueryContext(context.Background(), args...)
	if err != nil {
		return err
	}
	return drain(rows, each)
}

// transact runs do in one transaction.
func (w *writer) transact(begin string, do func() error) error {
	if err := w.connect(); err != nil {
		return err
	}
	if err := w.exec(begin); err != nil {
		return w.failed(err)
	}
	if err := do(); err != nil {
		return w.failed(err)
	}
	if err := w.exec("COMMIT"); err != nil {
		return w.failed(err)
	}
	return nil
}

// failed rolls back; a connection on which that fails too is given up.
func (w *writer) failed(err error) error {
	v := w.s.d.verdict(err)
	if v == broken && !w.s.stopped.Swap(true) {
		w.s.log.Error("the disk failed: nothing more is written until the store is opened again", "error", err)
	}
	if v == offline || v == broken {
		w.drop()
		return err
	}
	if _, e := w.conn.ExecContext(context.Background(), "ROLLBACK"); e != nil && v != full {
		w.drop()
	}
	return err
}

// tx runs do in a writing transaction of its own, again if it lost against another one or the connection broke before
// the end. do must give the same when it is run again.
func (s *Store) tx(ctx context.Context, do func(w *writer) error) error {
	if s.stopped.Load() {
		return errStopped
	}
	var w *writer
	select {
	case <-ctx.Done():
		return ctx.Err()
	case w = <-s.idle:
	}
	defer func() { s.idle <- w }()
	var err error
	for try := range 4 {
		if try > 0 && !pause(ctx, time.Duration(try*try)*20*time.Millisecond) {
			break
		}
		err = w.transact(s.d.begin, func() error { return do(w) })
		if err == nil {
			return nil
		}
		if v := s.d.verdict(err); v != retry && v != offline {
			break
		}
	}
	return s.sentinel(err)
}

// sentinel gives an error of the database the name that the contract has for it.
func (s *Store) sentinel(err error) error {
	if err == nil {
		return nil
	}
	switch s.d.verdict(err) {
	case full:
		return fmt.Errorf("%w (%v)", store.ErrFull, err)
	case retry:
		return fmt.Errorf("%w (%v)", store.ErrBusy, err)
	case broken:
		return errors.Join(errStopped, err)
	}
	return err
}

// pause waits; false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// stmts are the prepared statements of the readers.
type stmts struct {
	db  *sql.DB
	d   *dialect
	mu  sync.Mutex
	all map[string]*sql.Stmt
}

// maxStmts bounds how many statements readers keep; a shape beyond that is prepared each time.
const maxStmts = 500

func (c *stmts) get(ctx context.Context, query string) (st *sql.Stmt, kept bool, err error) {
	c.mu.Lock()
	st, room := c.all[query], len(c.all) < maxStmts
	c.mu.Unlock()
	if st != nil {
		return st, true, nil
	}
	if st, err = c.db.PrepareContext(ctx, c.d.bind(query)); err != nil || !room {
		return st, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]*sql.Stmt{}
	}
	if other := c.all[query]; other != nil {
		return other, true, st.Close()
	}
	c.all[query] = st
	return st, true, nil
}

func (c *stmts) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, st := range c.all {
		_ = st.Close() // the database is closed next
	}
	c.all = nil
}

// each runs a query on a reader and calls do for every row.
func (s *Store) each(ctx context.Context, do func(scan) error, query string, args ...any) error {
	st, kept, err := s.stmts.get(ctx, query)
	if err != nil {
		return fmt.Errorf("prepare %.60s: %w", query, err)
	}
	if !kept {
		defer st.Close()
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return fmt.Errorf("%.60s: %w", query, err)
	}
	return drain(rows, do)
}

// one runs a query on a reader that finds one row or none: ErrNotFound.
func (s *Store) one(ctx context.Context, do func(scan) error, query string, args ...any) error {
	found := false
	err := s.each(ctx, func(sc scan) error {
		found = true
		return do(sc)
	}, query, args...)
	if err == nil && !found {
		return store.ErrNotFound
	}
	return err
}
