package sequencer_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

const origin = "city.example/log"

// bench is a store with what a sequencer needs besides.
type bench struct {
	t       testing.TB
	address string
	store   *sqlstore.Store
	ring    *seal.Ring
	now     atomic.Int64 // microseconds
	shown   memory
	n       atomic.Int64 // traces written
}

// memory is a sequencer.Shown.
type memory struct {
	mu   sync.Mutex
	text []byte
}

func (m *memory) Load() ([]byte, error) { m.mu.Lock(); defer m.mu.Unlock(); return m.text, nil }
func (m *memory) Save(c []byte) error   { m.mu.Lock(); defer m.mu.Unlock(); m.text = c; return nil }

func newBench(t testing.TB, address string) *bench {
	t.Helper()
	b := &bench{t: t, address: address}
	b.now.Store(time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC).UnixMicro())
	var err error
	b.store, err = sqlstore.Open(t.Context(), sqlstore.Options{Address: address})
	b.must(err)
	t.Cleanup(func() { b.must(b.store.Close()) })
	b.ring, err = seal.Open(t.TempDir(), b.clock())
	b.must(err)
	return b
}

func onSQLite(t testing.TB) *bench { return newBench(t, filepath.Join(t.TempDir(), "tongban.db")) }

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) clock() time.Time { return time.UnixMicro(b.now.Load()).UTC() }

func (b *bench) pass(d time.Duration) { b.now.Add(d.Microseconds()) }

func (b *bench) options() sequencer.Options {
	return sequencer.Options{Store: b.store, Seal: b.ring, Origin: origin, Now: b.clock, Rand: rand.Reader, Shown: &b.shown, Log: slog.New(slog.DiscardHandler)}
}

func (b *bench) open() *sequencer.Sequencer {
	b.t.Helper()
	s, err := sequencer.Open(b.t.Context(), b.options())
	b.must(err)
	return s
}

// write writes traces, and so leaves.
func (b *bench) write(n int) {
	b.t.Helper()
	list := make([]store.Trace, n)
	for i := range list {
		no := b.n.Add(1)
		list[i] = store.Trace{ID: fmt.Sprint("t", no), At: b.clock(), Log: store.SignInLog, Kind: "signed-in"}
	}
	b.must(b.store.AddTrace(b.t.Context(), list...))
}

func (b *bench) place(s *sequencer.Sequencer) int {
	b.t.Helper()
	n, err := s.Place(b.t.Context())
	b.must(err)
	return n
}

// agrees compares store and log, and returns the size of the log.
func (b *bench) agrees() int64 {
	b.t.Helper()
	got, err := sequencer.Compare(b.t.Context(), b.store)
	b.must(err)
	return got.Size
}

func (b *bench) checkpoint() evidence.Checkpoint {
	b.t.Helper()
	head, err := b.store.LogHead(b.t.Context())
	b.must(err)
	c, err := evidence.ReadCheckpoint(head.Checkpoint)
	b.must(err)
	return c
}

// alter changes the database behind the program's back.
func (b *bench) alter(query string, args ...any) {
	b.t.Helper()
	db, err := sql.Open("sqlite", b.address)
	b.must(err)
	result, err := db.Exec(query, args...)
	b.must(err)
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		b.t.Fatalf("%s changed nothing, %v", query, err)
	}
	b.must(db.Close())
}

func TestLeavesThatWaitGetTheirPlaces(t *testing.T) {
	t.Parallel()
	b := onSQLite(t)
	b.write(3)
	s := b.open()
	b.write(300)
	if n := b.place(s); n != 303 || b.agrees() != 303 {
		t.Errorf("%d placed, the log has %d", n, b.agrees())
	}
	if n := b.place(s); n != 0 || b.checkpoint().Size != 303 {
		t.Errorf("%d placed a second time", n)
	}
	b.pass(-time.Hour) // a clock that was set back turns nothing round
	b.write(1)
	before, err := b.store.LogHead(t.Context())
	b.must(err)
	b.place(s)
	if after, err := b.store.LogHead(t.Context()); err != nil || after.At.Before(before.At) || after.Size != 304 {
		t.Errorf("signed at %v after %v, %v", after.At, before.At, err)
	}
	b.agrees()
}

// Servers that share a database place each leaf once, whoever is quicker, while others write.
func TestManyServersPlaceEachLeafOnce(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "tongban.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, address(t))
			var all sync.WaitGroup
			for range 3 {
				o := b.options()
				o.Shown, o.Batch = nil, 16
				s, err := sequencer.Open(t.Context(), o)
				b.must(err)
				all.Go(func() {
					for b.n.Load() < 400 {
						if _, err := s.Place(t.Context()); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			for range 4 {
				all.Go(func() {
					for range 50 {
						b.write(2)
					}
				})
			}
			all.Wait()
			b.place(b.open())
			if size := b.agrees(); size != 400 {
				t.Errorf("the log has %d leaves", size)
			}
		})
	}
}

// Whatever somebody changes who can write to the database is seen.
func TestCompareFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query string
		want  error
	}{
		"a row":                      {"UPDATE trace SET reason = 'another' WHERE id = 't7'", sequencer.ErrStore},
		"a row that waits":           {"UPDATE trace SET reason = 'another' WHERE id = 't601'", sequencer.ErrStore},
		"a row is deleted":           {"DELETE FROM trace WHERE id = 't8'", sequencer.ErrStore},
		"a row without a leaf":       {"INSERT INTO trace SELECT at, 'new', log, kind, region, account, actor, session, address, reason, changes, salt FROM trace WHERE id = 't9'", sequencer.ErrStore},
		"a leaf that waits is taken": {"DELETE FROM leaf_waiting", sequencer.ErrStore},
		"a place is another's":       {"UPDATE leaf_place SET place = 11 WHERE name = 't10'", sequencer.ErrStore},
		"a tile is gone":             {"DELETE FROM log_tile WHERE level = -1 AND n = 0", evidence.ErrTree},
		"a hash tile":                {"UPDATE log_tile SET body = zeroblob(64) WHERE level = 1", evidence.ErrTree},
		"an older checkpoint":        {"UPDATE log_head SET size = 5", evidence.ErrCheckpoint},
		"another key":                {"UPDATE log_key SET public = 'city.example/log+9ab52a0c+AZm4lnHPvv9sDRl5IczPpyjGPLqH8O6UvE+s1NVNJSSJ'", evidence.ErrCheckpoint},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := onSQLite(t)
			s := b.open()
			b.write(600)
			b.place(s)
			b.write(1)
			b.agrees()
			b.alter(c.query)
			if got, err := sequencer.Compare(t.Context(), b.store); !errors.Is(err, c.want) {
				t.Errorf("%+v, %v, want %v", got, err, c.want)
			}
		})
	}
}

// What was signed is never built on if it is not what stands in the store.
func TestNothingIsSignedOnAnEdgeThatWasChanged(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{
		"bundle":     "UPDATE log_tile SET body = zeroblob(length(body)) WHERE level = -1 AND n = 2",
		"hash tile":  "UPDATE log_tile SET body = zeroblob(64) WHERE level = 1",
		"checkpoint": "UPDATE log_head SET checkpoint = CAST(replace(CAST(checkpoint AS TEXT), '600', '599') AS BLOB), size = 599",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := onSQLite(t)
			s := b.open()
			b.write(600)
			b.place(s)
			b.alter(query)
			b.write(1)
			if _, err := s.Place(t.Context()); !errors.Is(err, sequencer.ErrFork) {
				t.Errorf("placed: %v", err)
			}
			if _, err := s.Place(t.Context()); !errors.Is(err, sequencer.ErrFork) || !s.Behind() {
				t.Errorf("it goes on: %v, behind %v", err, s.Behind())
			}
			if head, err := b.store.LogHead(t.Context()); err != nil || head.Size > 600 {
				t.Errorf("signed %d, %v", head.Size, err)
			}
		})
	}
}

// The store was set back: an older backup was restored.
func TestAStoreThatWasSetBackIsNotContinued(t *testing.T) {
	t.Parallel()
	b := onSQLite(t)
	s := b.open()
	b.write(10)
	b.place(s)
	var backup strings.Builder
	b.must(b.store.Backup(t.Context(), &backup, nil))
	b.pass(2 * time.Second)
	b.write(5)
	b.place(s)
	older := newBench(t, filepath.Join(t.TempDir(), "tongban.db"))
	older.ring = b.ring
	b.must(older.store.Close())
	b.must(sqlstore.Restore(t.Context(), sqlstore.Options{Address: filepath.Join(filepath.Dir(older.address), "restored.db")}, strings.NewReader(backup.String()), nil))
	older.address = filepath.Join(filepath.Dir(older.address), "restored.db")
	var err error
	older.store, err = sqlstore.Open(t.Context(), sqlstore.Options{Address: older.address})
	b.must(err)
	if size := older.agrees(); size != 10 {
		t.Errorf("the restored log has %d leaves", size)
	}
	msg, _ := b.shown.Load()
	b.must(older.shown.Save(msg))
	if _, err := sequencer.Open(t.Context(), older.options()); !errors.Is(err, sequencer.ErrFork) || !strings.Contains(err.Error(), "older") {
		t.Errorf("opened: %v", err)
	}
	b.must(older.shown.Save(nil)) // somebody takes the checkpoint away and goes on: a fork
	fork := older.open()
	older.n.Store(100)
	older.write(20)
	older.place(fork)
	b.must(older.shown.Save(msg))
	if _, err := sequencer.Open(t.Context(), older.options()); !errors.Is(err, sequencer.ErrFork) || !strings.Contains(err.Error(), "others than were shown") {
		t.Errorf("a fork opened: %v", err)
	}
	if again, err := sequencer.Open(t.Context(), b.options()); err != nil || again.Behind() {
		t.Errorf("the store that was shown: %v", err)
	}
}

// stuck is a store in which nothing gets a place.
type stuck struct {
	*sqlstore.Store
	on atomic.Bool
}

func (s *stuck) GrowLog(ctx context.Context, was store.LogHead, g store.Growth) error {
	if s.on.Load() {
		return errors.New("the disk of the tiles is full")
	}
	return s.Store.GrowLog(ctx, was, g)
}

// R28: what waits too long is reported, and no longer than it waits.
func TestALagIsReportedWhileItLasts(t *testing.T) {
	t.Parallel()
	b := onSQLite(t)
	st := &stuck{Store: b.store}
	o := b.options()
	o.Store = st
	s, err := sequencer.Open(t.Context(), o)
	b.must(err)
	st.on.Store(true)
	b.write(1)
	if _, err := s.Place(t.Context()); err == nil || s.Behind() {
		t.Errorf("at once: %v, behind %v", err, s.Behind())
	}
	b.pass(59 * time.Second)
	if s.Behind() {
		t.Error("behind before the limit")
	}
	b.pass(2 * time.Second)
	if !s.Behind() {
		t.Error("not behind after the limit")
	}
	if _, err := s.Place(t.Context()); err == nil || !s.Behind() {
		t.Error("a try that fails ends the lag")
	}
	st.on.Store(false)
	if n := b.place(s); n != 1 || s.Behind() {
		t.Errorf("%d placed, behind %v", n, s.Behind())
	}
	if lag := s.Lag(); lag != 0 {
		t.Errorf("it has caught up and lags by %v", lag)
	}
	b.pass(2 * time.Minute) // nobody looks any more
	if lag := s.Lag(); lag != 2*time.Minute {
		t.Errorf("it lags by %v", lag)
	}
	if !s.Behind() {
		t.Error("not behind although nobody has looked for two minutes")
	}
}

func TestKeysAreChangedWhileTheLogGrows(t *testing.T) {
	t.Parallel()
	b := onSQLite(t)
	s := b.open()
	b.write(1)
	b.place(s)
	b.pass(time.Second)
	b.must(sequencer.AddKey(t.Context(), b.store, b.ring, origin, b.clock(), rand.Read))
	b.write(1)
	b.place(s)
	keys, err := b.store.LogKeys(t.Context())
	b.must(err)
	opens := func(k store.LogKey) bool {
		head, err := b.store.LogHead(t.Context())
		b.must(err)
		v, err := evidence.ParseKey(k.Public)
		b.must(err)
		_, err = evidence.OpenCheckpoint(head.Checkpoint, v)
		return err == nil
	}
	if len(keys) != 2 || !opens(keys[0]) || !opens(keys[1]) {
		t.Errorf("%d keys; both must sign", len(keys))
	}
	b.must(b.store.EndLogKey(t.Context(), keys[0].ID, b.clock()))
	b.write(1)
	b.place(s)
	if opens(keys[0]) || !opens(keys[1]) || b.agrees() != 3 {
		t.Error("the key that has ended still signs, or the new one does not")
	}
	id, err := b.ring.Rotate(b.clock(), "")
	b.must(err)
	if n, err := sequencer.Reseal(t.Context(), b.store, b.ring); n != 1 || err != nil {
		t.Errorf("%d sealed anew, %v", n, err)
	}
	if count, err := sequencer.SealedWith(t.Context(), b.store); err != nil || count[id] != 1 || len(count) != 1 {
		t.Errorf("sealed with %v, %v", count, err)
	}
	b.open()
	o := b.options()
	o.Origin = "another.example/log"
	if _, err := sequencer.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), origin) {
		t.Errorf("under another name: %v", err)
	}
	o.Origin, o.Seal = origin, foreign(b)
	if _, err := sequencer.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), seal.FileName) {
		t.Errorf("without the key: %v", err)
	}
}

// foreign is a ring of another store.
func foreign(b *bench) *seal.Ring {
	ring, err := seal.Open(b.t.TempDir(), b.clock())
	b.must(err)
	return ring
}

func TestServePlacesWhatComesAndWhatWaitsAtTheEnd(t *testing.T) {
	t.Parallel()
	b := onSQLite(t)
	s := b.open()
	ctx, stop := context.WithCancel(t.Context())
	var served sync.WaitGroup
	served.Go(func() { s.Serve(ctx) })
	for size := int64(0); size < 5; size = b.checkpoint().Size {
		grown := s.Grown()
		if size == 0 {
			b.write(5)
		}
		if b.checkpoint().Size < 5 {
			<-grown
		}
	}
	b.write(2)
	stop()
	served.Wait()
	if size := b.agrees(); size != 7 || b.checkpoint().Size != 7 {
		t.Errorf("the log has %d leaves", size)
	}
}

// lines tells of each line of a program's log that has one of the words.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
	told chan string
	ask  []string
}

// Write is io.Writer's.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, word := range l.ask {
		if strings.Contains(string(p), word) {
			l.told <- word
		}
	}
	return l.text.Write(p)
}

// R28: whoever runs the server is told when the log begins to lag and when it has caught up, once each.
func TestALagIsToldOnceAndItsEndToo(t *testing.T) {
	t.Parallel()
	b := onSQLite(t)
	st := &stuck{Store: b.store}
	said := &lines{told: make(chan string, 8), ask: []string{"the log lags", "caught up"}}
	o := b.options()
	o.Store, o.Log, o.Limit = st, slog.New(slog.NewTextHandler(said, nil)), time.Second
	s, err := sequencer.Open(t.Context(), o)
	b.must(err)
	st.on.Store(true)
	b.write(1)
	ctx, stop := context.WithCancel(t.Context())
	var served sync.WaitGroup
	served.Go(func() { s.Serve(ctx) })
	b.pass(2 * time.Second)
	if word := <-said.told; word != "the log lags" {
		t.Errorf("it says %q", word)
	}
	st.on.Store(false)
	if word := <-said.told; word != "caught up" {
		t.Errorf("it says %q", word)
	}
	stop()
	served.Wait()
	said.mu.Lock()
	defer said.mu.Unlock()
	if n := strings.Count(said.text.String(), "the log lags"); n != 1 {
		t.Errorf("it says %d times that it lags", n)
	}
}
