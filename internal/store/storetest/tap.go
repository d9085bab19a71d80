package storetest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync/atomic"
	"testing"
)

// Hook is asked before each statement of a database runs, with its text and without its parameters; an error fails the statement
// instead. Many goroutines call it.
type Hook func(statement string) error

var taps atomic.Int64

// Tap registers the SQLite of a store with a hook before each statement, and returns the name for sqlstore's Options.Driver. What
// PostgreSQL is asked is seen on the wire: pgtest.Tap.
func Tap(t testing.TB, hook Hook) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprint("sqlite tapped ", taps.Add(1))
	sql.Register(name, tapped{db.Driver(), hook})
	return name
}

type tapped struct {
	driver.Driver
	hook Hook
}

func (d tapped) Open(name string) (driver.Conn, error) {
	c, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return &tappedConn{c.(conn), d.hook}, nil
}

// conn is what the driver's connections can do.
type conn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
}

type tappedConn struct {
	conn
	hook Hook
}

func (c *tappedConn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *tappedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &tappedStmt{s.(stmt), query, c.hook}, nil
}

func (c *tappedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.hook(query); err != nil {
		return nil, err
	}
	return c.conn.ExecContext(ctx, query, args)
}

func (c *tappedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.hook(query); err != nil {
		return nil, err
	}
	return c.conn.QueryContext(ctx, query, args)
}

// stmt is what the driver's statements can do.
type stmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type tappedStmt struct {
	stmt
	query string
	hook  Hook
}

func (s *tappedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.hook(s.query); err != nil {
		return nil, err
	}
	return s.stmt.ExecContext(ctx, args)
}

func (s *tappedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.hook(s.query); err != nil {
		return nil, err
	}
	return s.stmt.QueryContext(ctx, args)
}
