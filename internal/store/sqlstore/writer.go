package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tongban/tongban/internal/store"
)

// writer is one connection that writes, with its prepared statements. One goroutine uses it at a time.
//
// It runs without the caller's context: a transaction that has begun is ended by its outcome, never half-way.
type writer struct {
	s     *Store
	conn  *sql.Conn
	stmts map[any]*sql.Stmt // by text, or by shape and number of rows
	plain map[sized]driver.Stmt
	args  []driver.NamedValue // of the plain statement that runs
	texts map[*shape]string
	// puttings are the statements of puts.
	puttings map[masked]*shape
	slot     int64 // of totals
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
	if slot := w.s.d.slot; slot != "" {
		if err := conn.QueryRowContext(ctx, slot).Scan(&w.slot); err != nil {
			return errors.Join(fmt.Errorf("connect: %w", err), conn.Close())
		}
	}
	w.conn, w.stmts, w.plain, w.texts, w.puttings = conn, map[any]*sql.Stmt{}, map[sized]driver.Stmt{}, map[*shape]string{}, map[masked]*shape{}
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
	for _, st := range w.plain {
		_ = st.Close()
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = w.conn.Close()
	w.conn, w.stmts, w.plain = nil, nil, nil
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
	return w.s.drain(rows, each)
}

// scan reads the columns of a row.
type scan = store.Scan

// drain calls each for every row, whose values are opened.
func (s *Store) drain(rows *sql.Rows, each func(scan) error) error {
	opening := s.opening(rows.Scan)
	return drain(rows, func(scan) error { return each(opening) })
}

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

// step is one statement of several: a text, or a shape for rows. each, if it is not nil, is called for every row that it
// returns.
type step struct {
	text  string
	shape *shape
	rows  [][]any
	each  func(scan) error
}

// together runs statements one after another; PostgreSQL gets all of them at once and answers once. Steps without rows
// are left out.
func (w *writer) together(steps ...step) error {
	if w.s.d.arrays {
		return w.pipeline(steps)
	}
	for _, st := range steps {
		var err error
		if st.shape == nil {
			err = w.exec(st.text)
		} else {
			err = w.many(st.shape, st.rows, st.each)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pipeline sends statements as one batch of pgx, beneath database/sql, which knows none.
func (w *writer) pipeline(steps []step) error {
	d := w.s.d
	batch := &pgx.Batch{}
	for _, st := range steps {
		if st.shape == nil {
			batch.Queue(st.text)
			continue
		}
		for rows := range slices.Chunk(st.rows, d.chunk) {
			q := batch.Queue(w.text(st.shape), d.args(st.shape.kinds, rows)...)
			if st.each != nil {
				q.Query(func(rows pgx.Rows) error {
					opening := w.s.opening(rows.Scan)
					for rows.Next() {
						if err := st.each(opening); err != nil {
							return err
						}
					}
					return rows.Err()
				})
			}
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeLimit)
	defer cancel()
	var err error
	raw := w.conn.Raw(func(c any) error {
		err = c.(*stdlib.Conn).Conn().SendBatch(ctx, batch).Close()
		return nil
	})
	if raw != nil {
		err = raw
	}
	if err != nil {
		return fmt.Errorf("%.60s …: %w", batch.QueuedQueries[0].SQL, err)
	}
	return nil
}

// writeLimit bounds the wait for a server that is gone.
const writeLimit = 10 * time.Second

// text is the statement of a shape where it does not depend on the number of rows.
func (w *writer) text(sh *shape) string {
	q, ok := w.texts[sh]
	if !ok {
		q = w.s.d.bind(sh.text(w.s.d, 1))
		w.texts[sh] = q
	}
	return q
}

// many runs a statement for rows. Rows that travel one by one go in pieces whose sizes are powers of two, so that few
// statements are prepared.
func (w *writer) many(sh *shape, rows [][]any, each func(scan) error) error {
	d := w.s.d
	if d.arrays {
		return w.pipeline([]step{{shape: sh, rows: rows, each: each}})
	}
	for size := d.chunk; len(rows) > 0; rows = rows[size:] {
		for size > len(rows) {
			size /= 2
		}
		if err := w.some(sized{sh, size}, rows[:size], each); err != nil {
			return fmt.Errorf("%.60s: %w", sh.text(d, 1), err)
		}
	}
	return nil
}

// some runs a statement for as many rows as it takes.
func (w *writer) some(of sized, rows [][]any, each func(scan) error) error {
	d := w.s.d
	if each == nil {
		return w.put(of, rows)
	}
	st, err := w.stmt(of, func() string { return of.shape.text(d, of.n) })
	if err != nil {
		return err
	}
	found, err := st.QueryContext(context.Background(), d.args(of.shape.kinds, rows)...)
	if err != nil {
		return err
	}
	return w.s.drain(found, each)
}

// put runs a statement that returns no rows, beneath database/sql, which would copy and look at every value twice more.
func (w *writer) put(of sized, rows [][]any) error {
	w.args = w.args[:0]
	for _, r := range rows {
		for _, v := range r {
			w.args = append(w.args, driver.NamedValue{Ordinal: len(w.args) + 1, Value: v})
		}
	}
	defer clear(w.args)
	return w.conn.Raw(func(c any) error {
		st := w.plain[of]
		if st == nil {
			var err error
			if st, err = c.(driver.Conn).Prepare(of.shape.text(w.s.d, of.n)); err != nil {
				return err
			}
			w.plain[of] = st
		}
		_, err := st.(driver.StmtExecContext).ExecContext(context.Background(), w.args)
		return err
	})
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
	if v == broken {
		w.s.stop(err)
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
	return s.within(ctx, s.d.begin, do)
}

// within is tx in a transaction that begin opens.
func (s *Store) within(ctx context.Context, begin string, do func(w *writer) error) error {
	if s.stopped.Load() {
		return errStopped
	}
	var w *writer
	select {
	case <-ctx.Done():
		return ctx.Err()
	case w = <-s.idle:
	}
	err := func() error {
		defer func() { s.idle <- w }() // before the flush, so that others write meanwhile
		return w.tryTransact(ctx, begin, do)
	}()
	return s.ended(err)
}

// tryTransact is transact, tried again while that may help.
func (w *writer) tryTransact(ctx context.Context, begin string, do func(w *writer) error) error {
	var err error
	for try := range 4 {
		if try > 0 && !pause(ctx, time.Duration(try*try)*20*time.Millisecond) {
			break
		}
		err = w.transact(begin, func() error { return do(w) })
		if err == nil {
			return nil
		}
		if v := w.s.d.verdict(err); v != retry && v != offline {
			break
		}
	}
	return err
}

// ended is the outcome of a transaction, once it is on the disk.
func (s *Store) ended(err error) error {
	if err != nil {
		return s.sentinel(err)
	}
	return s.flush()
}

// flush waits until all that was committed is on the disk. If the disk fails, the store stops.
func (s *Store) flush() error {
	err := s.flusher.wait()
	if err == nil {
		return nil
	}
	s.stop(err)
	return errors.Join(errStopped, err)
}

// stop ends writing for good.
func (s *Store) stop(err error) {
	if !s.stopped.Swap(true) {
		s.log.Error("the disk failed: nothing more is written until the store is opened again", "error", err)
	}
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
	case denied:
		return store.ErrTaken
	case broken:
		return errors.Join(errStopped, err)
	case offline:
		return s.away(err)
	}
	return err
}

// away names an error by which nothing can be read or written now. A context that ended is the caller's own.
func (s *Store) away(err error) error {
	if err == nil {
		return nil
	}
	v := s.d.verdict(err)
	if v != offline && v != broken || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrAway, err)
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
	if s.told != nil {
		s.told(query)
	}
	st, kept, err := s.stmts.get(ctx, query)
	if err != nil {
		return fmt.Errorf("prepare %.60s: %w", query, s.away(err))
	}
	if !kept {
		defer st.Close()
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return fmt.Errorf("%.60s: %w", query, s.away(err))
	}
	return s.away(s.drain(rows, do))
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
