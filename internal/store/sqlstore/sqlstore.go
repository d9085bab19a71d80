// Package sqlstore keeps cases in SQLite or PostgreSQL: the one implementation of the contract in package store.
//
// Deciding happens outside; a decided change is handed to Commit, which puts it in a queue. A few writers (one for SQLite)
// take whatever waits there, up to a batch, and write it in one transaction with a handful of statements of many rows
// each; then every caller gets its own answer. So one flush serves many commands, nobody waits for a batch to fill, and a
// change that conflicts fails alone. On SQLite the next transaction is written while the disk flushes the one before. Two unique
// keys decide: (region, case, entry number) and (region, request).
//
// Readers never wait for a writer: SQLite reads on connections of their own beside the write-ahead log, PostgreSQL by its
// row versions. Every list is a range of an index, walked by cursor.
//
// After a failed write to the disk an SQLite store acknowledges nothing more until it is opened again, because what the
// system then holds in memory may never reach the disk; reading goes on.
package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// Options say which database and how it is used. Address is needed; the rest has good zero values.
type Options struct {
	// Address is a postgres:// URL, or the path of an SQLite file, which is made if there is none.
	Address  string
	Log      *slog.Logger   // nil: slog.Default
	Queue    int            // changes that may wait, 0: 4096
	Batch    int            // changes in one transaction at most, 0: 128
	Patience time.Duration  // how long a change may wait before new ones are turned away, 0: 3 s
	Readers  int            // connections that read, 0: 8; on SQLite, which reads in this process, twice the processors
	Schemas  []store.Schema // tables of modules
	Ring     *seal.Ring     // seals what is personal; nil: it is stored in the clear, and what is sealed is not read
	Anew     bool           // opens also a store that was sealed with other keys of the ring, or is not sealed yet, for Reseal
	// Read is told of each statement that reads, for who counts them; nil: nobody. Many goroutines call it.
	Read func(statement string)

	// Driver is what database/sql knows SQLite by; "": sqlite. Tests that look at statements, or fail them, give their own.
	Driver string

	vfs     string   // SQLite file layer, for fault tests
	pragmas []string // further SQLite settings, for fault tests
	flusher string   // of the connection that writes, on SQLite
	copy    int      // bytes after which the log of SQLite is copied, each time at once, for fault tests; 0: copyAfter, and a rest between

	later []*goose.Migration // beyond this program's, for tests of upgrades
}

// errStopped: the disk failed under an SQLite store. It reads on but writes nothing until it is opened again.
var errStopped = fmt.Errorf("%w: writing stopped after a failure of the disk (check the disk, then start again)", store.ErrAway)

// errClosed: the store was closed.
var errClosed = errors.New("store: closed")

// Store is a store.Store on SQLite or PostgreSQL.
type Store struct {
	d       *dialect
	log     *slog.Logger
	told    func(statement string)
	write   *sql.DB
	read    *sql.DB
	idle    chan *writer // the writers that nobody uses
	flusher *flusher
	queue   *queue
	looks   looks
	leaves  chan struct{} // see Leaves
	batch   int
	loops   sync.WaitGroup
	stmts   stmts
	regions sync.Map // regions that are known to be in their table
	later   []*goose.Migration
	modules []module
	stopped atomic.Bool
	suite   atomic.Int32 // an evidence.Suite
	ring    *seal.Ring   // nil: nothing is sealed
	finder  *seal.Finder
	closing sync.Once
	closed  chan struct{}
}

var _ store.Store = (*Store)(nil)

// Open opens the database, makes or migrates its tables, and starts the writers. ErrNewer if a newer program migrated it.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.defaults()
	modules, err := modulesOf(o.Schemas)
	if err != nil {
		return nil, err
	}
	d := dialectOf(o.Address)
	flusher, name := newFlusher(cmp.Or(o.copy, copyAfter))
	o.flusher = name
	write, read, err := d.open(o)
	if err != nil {
		flusher.end()
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := &Store{
		d: d, log: o.Log, told: o.Read, write: write, read: read, flusher: flusher, batch: o.Batch, later: o.later, modules: modules,
		idle: make(chan *writer, d.writers), queue: newQueue(o.Queue, o.Patience), leaves: make(chan struct{}, 1),
		closed: make(chan struct{}),
	}
	s.stmts.db, s.stmts.d = read, d
	if err = s.seals(o); err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.closeDB())
	}
	for range d.writers {
		s.idle <- &writer{s: s}
	}
	for range d.loops {
		s.loops.Go(s.writeLoop)
	}
	rest := copyEvery
	if o.copy > 0 {
		rest = 0
	}
	s.loops.Go(func() { s.copyLog(rest) })
	if !o.Anew {
		err = s.checkSealed(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (o Options) defaults() Options {
	readers := 8
	if dialectOf(o.Address).inside {
		readers = 2 * runtime.GOMAXPROCS(0)
	}
	o.Log, o.Driver, o.Patience = cmp.Or(o.Log, slog.Default()), cmp.Or(o.Driver, "sqlite"), cmp.Or(o.Patience, 3*time.Second)
	o.Queue, o.Batch, o.Readers = cmp.Or(o.Queue, 4096), cmp.Or(o.Batch, 128), cmp.Or(o.Readers, readers)
	return o
}

// prepare makes the database ready to be written.
func (s *Store) prepare(ctx context.Context) error {
	err := s.write.PingContext(ctx)
	for try := 1; err != nil && s.d.verdict(err) == retry && try < 20; try++ { // another process makes the same file
		pause(ctx, time.Duration(try)*10*time.Millisecond)
		err = s.write.PingContext(ctx)
	}
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if err := s.d.settle(ctx, s.write); err != nil {
		return fmt.Errorf("recover database: %w", err)
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.readSuite(ctx, s.written)
}

// Ping reports whether the database answers and can be written.
func (s *Store) Ping(ctx context.Context) error {
	if s.stopped.Load() {
		return errStopped
	}
	return s.tx(ctx, func(w *writer) error {
		return w.exec("INSERT INTO beat (server, at) VALUES (?, 0) ON CONFLICT (server) DO UPDATE SET at = 0", "")
	})
}

// Close writes what was accepted and releases everything.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		close(s.closed)
		s.looks.close()
		s.queue.close()
		s.loops.Wait()
		for range s.d.writers {
			w := <-s.idle
			w.drop()
		}
		s.stmts.close()
		err = s.closeDB()
	})
	return err
}

func (s *Store) closeDB() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(s.read.Close(), err)
	}
	s.flusher.end()
	return err
}
