// Package hall is the only writer: every change of a case, from a page, the API, the clock runner or a walk, goes through
// Hall.Do. One command is loaded, judged by the pure core, and committed with its projections, messages and evidence
// leaf in one transaction; only then is it acknowledged.
//
// Do is idempotent by request id, also after a restart: a repeat returns the first answer. Commands on one case never
// lose one another, also when several servers share a PostgreSQL: the journal's number is the lock, and whoever comes
// second decides again on the newer state.
//
// Reading goes through the hall too, because who may see what is decided here, with package access. No right to see a
// case reads the same as no such case.
package hall

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

var (
	// ErrNotFound: there is no such case, or the actor has no right to see it.
	ErrNotFound = errors.New("hall: not found")
	// ErrOtherBody: the request id was used before for another request.
	ErrOtherBody = errors.New("hall: request id was used for something else")
	// ErrBadRequest: the request id is not 1 to 100 printable ASCII characters.
	ErrBadRequest = errors.New("hall: bad request id")
)

// Catalogue finds items. Running cases stay on the pack version they began with.
type Catalogue interface {
	// Current returns the newest version of an item, or nil.
	Current(id caseflow.ItemID) *caseflow.Item
	// Item returns the version that a case began with, or nil if it was never loaded.
	Item(pack, version string, id caseflow.ItemID) *caseflow.Item
}

// Options wire a hall. Store and Catalogue are needed; the rest has good zero values.
type Options struct {
	Store     store.Store
	Catalogue Catalogue
	// Calendar returns the working-day calendar of a region while the store keeps none; nil is the national one for all.
	Calendar func(region string) *workday.Calendar
	// Departments lists those that the packs of a region name. Nil: none.
	Departments func(region string) []store.Office
	// Files are asked to keep what a case takes; nil: files are not looked after here.
	Files  Files
	Now    func() time.Time // nil: the wall clock
	Rand   io.Reader        // nil: the system's randomness
	Log    *slog.Logger     // nil: slog.Default
	Server string           // name of this process among several; empty: random
	Cache  int              // cases kept in memory, 0: 1024
	// Channels are those to the outside that are set up (ChannelSMS, ChannelEmail): on others nothing is written. Nil: all.
	Channels []string
	// Told are the programs outside that are told what happens.
	Told []Subscription
	// Lobbies are where people wait for windows; nil: there are none.
	Lobbies func() []line.Lobby
	// Program is told by Monitor.
	Program Program
	// Jobs is the board of this server's background work; nil: nobody is told.
	Jobs *chore.Board
	// Start are the parameters with which the server begins; those that are left out have their standard.
	Start map[parameter.Name]int
	// Behind reports that the evidence log lags too far, or no longer works: what cannot be taken back is then refused (see
	// irrevocable). Nil: never.
	Behind func() bool
	// Gap waits for a moment in which people leave the processors idle, not for long; nil: not at all. See Hall.Yield.
	Gap func(ctx context.Context)
	// Observe, if set, is told, with the context of the command, how each ended (ok, refused, not-found, repeat-differs, busy, failed) and how long it took.
	Observe func(ctx context.Context, verb, outcome string, took time.Duration)
}

// Hall is the writer. It is safe for concurrent use.
type Hall struct {
	store     store.Store
	items     Catalogue
	packed    func(region string) []store.Office
	files     Files
	calendars func(region string) *workday.Calendar // the program's own, which count while the store keeps none
	book      atomic.Pointer[book]
	offices   atomic.Pointer[register]
	warnDays  atomic.Int64 // see WarnCalendar
	reading   sync.Mutex   // one reads the calendars, reforms and outages of the store
	now       func() time.Time
	rand      io.Reader
	log       *slog.Logger
	server    string
	program   Program
	started   time.Time
	start     map[parameter.Name]int
	jobs      *chore.Board
	values    atomic.Pointer[values]
	board     atomic.Pointer[announced]
	outages   atomic.Pointer[heard]
	cache     *lru.Cache[store.Key, held]
	lanes     [4096]lane // by case
	serials   serials
	channels  []string
	behind    func() bool
	gap       func(ctx context.Context)
	told      []Subscription
	observe   func(ctx context.Context, verb, outcome string, took time.Duration)
	lobbies   func() []line.Lobby
	line      sync.Mutex    // one acts in the lines of this server at a time
	wake      chan struct{} // nudges the clock runner
	sent      chan struct{} // nudges the courier
}

// held is a case in memory with the number and the leaf of its last entry. The case is shared and must not be changed.
type held struct {
	c       *caseflow.Case
	entry   int
	leaf    []byte
	subject *caseflow.Subject // nil: not derived since the case was loaded
}

// subjectAfter is the subject of the case as it is to become. It is derived again only if the form has changed: reading the
// form costs more than judging the command.
func (was held) subjectAfter(it *caseflow.Item, c *caseflow.Case) caseflow.Subject {
	if was.subject != nil && bytes.Equal(was.c.Form, c.Form) {
		return *was.subject
	}
	return it.SubjectOf(c.Form)
}

// New makes a hall.
func New(o Options) (*Hall, error) {
	if o.Calendar == nil {
		o.Calendar = func(string) *workday.Calendar { return workday.National() }
	}
	if o.Departments == nil {
		o.Departments = func(string) []store.Office { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Channels == nil {
		o.Channels = []string{ChannelSMS, ChannelEmail}
	}
	if o.Lobbies == nil {
		o.Lobbies = func() []line.Lobby { return nil }
	}
	if o.Behind == nil {
		o.Behind = func() bool { return false }
	}
	if o.Gap == nil {
		o.Gap = func(context.Context) {}
	}
	o.Rand, o.Log, o.Cache, o.Server = cmp.Or(o.Rand, rand.Reader), cmp.Or(o.Log, slog.Default()), cmp.Or(o.Cache, 1024), cmp.Or(o.Server, rand.Text())
	cache, err := lru.New[store.Key, held](o.Cache)
	if err != nil {
		return nil, fmt.Errorf("hall cache of %d cases: %w", o.Cache, err)
	}
	h := &Hall{
		store: o.Store, items: o.Catalogue, packed: o.Departments, files: o.Files, calendars: o.Calendar, now: o.Now, rand: o.Rand, log: o.Log,
		server: o.Server, program: o.Program, started: o.Now().UTC(), start: o.Start, jobs: o.Jobs, cache: cache, channels: o.Channels, behind: o.Behind, gap: o.Gap, told: o.Told, observe: o.Observe, lobbies: o.Lobbies, wake: make(chan struct{}, 1), sent: make(chan struct{}, 1),
	}
	h.offices.Store(registerOf(nil))
	h.board.Store(&announced{})
	h.outages.Store(&heard{})
	h.values.Store(&values{table: parameter.NewTable(o.Start, nil)})
	h.book.Store(&book{region: o.Calendar, older: &shelves{sets: map[int]*workday.Set{}}})
	return h, nil
}

// Now is the hall's time, UTC.
func (h *Hall) Now() time.Time { return h.now().UTC().Truncate(time.Microsecond) }

// Yield lets people go first: work that nobody waits for, a module's among it, calls it before each of its pieces.
func (h *Hall) Yield(ctx context.Context) { h.gap(ctx) }

// Calendar is the working-day calendar of a region.
func (h *Hall) Calendar(region string) *workday.Calendar { return h.book.Load().region(region) }

// Item finds the newest version of an item; nil if there is none.
func (h *Hall) Item(id caseflow.ItemID) *caseflow.Item { return h.items.Current(id) }

// itemOf finds the item of a case at the version it began with.
func (h *Hall) itemOf(c *caseflow.Case) (*caseflow.Item, error) {
	it := h.items.Item(c.Pack, c.Version, c.Item)
	if it == nil {
		return nil, fmt.Errorf("case %s: pack %s version %s is not loaded (load it again, running cases need it)", c.No, c.Pack, c.Version)
	}
	return it, nil
}

// load returns the case from memory, or from the journal.
func (h *Hall) load(ctx context.Context, key store.Key) (held, error) {
	if got, ok := h.cache.Get(key); ok {
		return got, nil
	}
	got, err := h.replay(ctx, key)
	if err != nil {
		return held{}, err
	}
	h.cache.Add(key, got)
	return got, nil
}

// replay builds a case from its newest snapshot and the entries after it.
func (h *Hall) replay(ctx context.Context, key store.Key) (held, error) {
	l, err := h.store.Load(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return held{}, ErrNotFound
	}
	if err != nil {
		return held{}, err
	}
	return replayed(key, l)
}

// replayed builds a case from what was loaded of it.
func replayed(key store.Key, l *store.Loaded) (held, error) {
	var err error
	got := held{c: &caseflow.Case{}, entry: l.SnapshotNo, leaf: l.SnapshotLeaf}
	if l.Snapshot != nil {
		if got.c, err = caseflow.DecodeCase(l.Snapshot); err != nil {
			return held{}, fmt.Errorf("case %s: snapshot %d: %w", key.Case, l.SnapshotNo, err)
		}
	}
	for i := range l.Entries {
		if err := apply(got.c, &l.Entries[i]); err != nil {
			return held{}, err
		}
		got.entry, got.leaf = l.Entries[i].No, l.Entries[i].Leaf
	}
	return got, nil
}

// apply changes a case by one entry of its journal.
func apply(c *caseflow.Case, e *store.Entry) error {
	events, err := caseflow.DecodeEvents(e.Events)
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.No, err)
	}
	m := caseflow.Meta{At: e.At.UTC(), By: e.Actor}
	for _, ev := range events {
		caseflow.Apply(c, ev, m)
	}
	return nil
}
