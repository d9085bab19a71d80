package bench

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// hallTime is when the cases of a filled store were begun: Monday, 10:00 in Weinan.
var hallTime = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// BenchmarkLatency fills a store and measures, with 8 clients, how long it takes to claim a task (or put it back, once all
// are claimed) of a case that is not in memory, to look at such a case, and to list the first page of a department's queue
// and of its cases. p50 and p99 of a command should stay within a factor of 2 from the smallest store to the largest.
func BenchmarkLatency(b *testing.B) {
	sizes := []int{10_000, 100_000}
	if os.Getenv("TONGBAN_BENCH_LONG") != "" {
		sizes = append(sizes, 1_000_000)
	}
	st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: filepath.Join(b.TempDir(), "cases.db"), Ring: newRing(b)})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	full := filler{b: b, st: st}
	full.record()
	for _, size := range sizes {
		full.to(size)
		h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{company()}, Cache: 64, // so that cases come from the store
			Now: func() time.Time { return hallTime.Add(time.Hour) }})
		if err != nil {
			b.Fatal(err)
		}
		var used atomic.Int64
		by := official("tax", caseflow.RoleReviewer)
		measures := []struct {
			name string
			do   func(ctx context.Context) error
		}{
			{"claim", func(ctx context.Context) error {
				key, cmd := full.next(used.Add(1) - 1)
				_, err := h.Do(ctx, by, "", key, cmd)
				return err
			}},
			{"case", func(ctx context.Context) error {
				_, err := h.View(ctx, by, full.random(), "case", "")
				return err
			}},
			{"queue", func(ctx context.Context) error {
				_, _, err := h.Queue(ctx, by, store.TaskQuery{Region: region, States: []string{caseflow.TaskOpen}})
				return err
			}},
			{"cases", func(ctx context.Context) error {
				_, _, err := h.Cases(ctx, by, store.CaseQuery{Region: region})
				return err
			}},
		}
		for _, m := range measures {
			b.Run(fmt.Sprintf("cases=%d/%s", size, m.name), func(b *testing.B) { latency(b, m.do) })
		}
	}
}

// latency reports percentiles over b.N runs.
func latency(b *testing.B, do func(ctx context.Context) error) {
	took := make([]time.Duration, b.N)
	err := spread(8, b.N, func(i int) error {
		began := time.Now()
		err := do(b.Context())
		took[i] = time.Since(began)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// openShare is how many cases of a filled store are being worked on: one in ten. The others are done with.
const openShare = 10

// filler puts many cases into a store, fast: it lets a hall carry out one case up to its acceptance and one to its end,
// and commits what these came to, under other numbers, each as one entry that holds all events. So every case replays,
// and every list finds its rows.
type filler struct {
	b      *testing.B
	st     store.Store
	open   *store.Change
	closed *store.Change
	n      int
	before int // how many there were at the size before
}

func (f *filler) key(i int) store.Key {
	return store.Key{Region: region, Case: caseflow.CaseNo(fmt.Sprintf("%s-20261123-9%08d", region, i))}
}

// random is the key of some open case.
func (f *filler) random() store.Key { return f.key(rand.IntN(f.n/openShare) * openShare) }

// next gives the n-th claim: first of every case that is new at this size, then these are put back, and so on.
func (f *filler) next(n int64) (store.Key, caseflow.Command) {
	const tax = 3 // the task of the department
	fresh := int64(f.n-f.before) / openShare
	key := f.key(f.before + int(n%fresh)*openShare)
	if n/fresh%2 == 0 {
		return key, caseflow.Claim{Task: tax}
	}
	return key, caseflow.Release{Task: tax}
}

// record makes the two models.
func (f *filler) record() {
	rec := &recorder{Store: f.st, seen: map[store.Key]*store.Change{}}
	now := hallTime
	h, err := hall.New(hall.Options{Store: rec, Catalogue: shelf{company()}, Now: func() time.Time { return now }})
	if err != nil {
		f.b.Fatal(err)
	}
	const accepted = 4 // commands
	open, err := run(f.b.Context(), h, life()[:accepted])
	if err == nil {
		_, err = h.RunClocks(f.b.Context()) // limits of a day warn at once
	}
	if err != nil {
		f.b.Fatal(err)
	}
	closed, err := run(f.b.Context(), h, life())
	if err != nil {
		f.b.Fatal(err)
	}
	f.open, f.closed = rec.seen[open], rec.seen[closed]
}

// to brings the store to a number of cases.
func (f *filler) to(size int) {
	f.b.Helper()
	f.before = f.n
	err := spread(128, size-f.before, func(i int) error {
		i += f.before
		model := f.closed
		if i%openShare == 0 {
			model = f.open
		}
		change, err := f.copy(model, i)
		if err != nil {
			return err
		}
		return f.st.Commit(f.b.Context(), change)
	})
	if err != nil {
		f.b.Fatal(err)
	}
	f.n = size
}

// copy is the change under another number, opened a moment later than the one before.
func (f *filler) copy(model *store.Change, i int) (*store.Change, error) {
	key, was := f.key(i), model.Key
	c := *model
	c.Key = key
	c.Entry.Request = "fill:" + string(key.Case)
	c.Entry.At = c.Entry.At.Add(time.Duration(i) * time.Millisecond)
	c.Entry.Events = bytes.ReplaceAll(c.Entry.Events, []byte(was.Case), []byte(key.Case))
	var err error
	if c.Entry.Hash, err = store.EntryHash(evidence.Standard, key, nil, &c.Entry); err != nil {
		return nil, err
	}
	leaf := c.Entry.Hash.Leaf()
	c.Entry.Leaf = leaf[:]
	c.Row.Key, c.Row.Opened = key, c.Entry.At
	c.Tasks, c.Clocks, c.Licences = slices.Clone(c.Tasks), slices.Clone(c.Clocks), slices.Clone(c.Licences)
	for i := range c.Tasks {
		c.Tasks[i].Key = key
	}
	for i := range c.Clocks {
		c.Clocks[i].Key = key
	}
	for i := range c.Licences {
		c.Licences[i].Key = key
		c.Licences[i].No += string(key.Case)
		c.Licences[i].Verify += string(key.Case)
	}
	return &c, nil
}

// recorder is a store that also keeps, for each case, one change that comes to the same as all that were committed.
type recorder struct {
	store.Store
	seen map[store.Key]*store.Change
}

func (r *recorder) Propose(ctx context.Context, c *store.Change) func() error {
	r.add(c)
	return r.Store.Propose(ctx, c)
}

func (r *recorder) add(c *store.Change) {
	all := r.seen[c.Key]
	if all == nil {
		first := *c
		r.seen[c.Key] = &first
		return
	}
	events := slices.Concat(all.Entry.Events[:len(all.Entry.Events)-1], []byte(","), c.Entry.Events[1:])
	all.Entry.Events = events
	all.Row = c.Row
	all.Row.Entry = 1
	for _, t := range c.Tasks {
		all.Tasks = append(slices.DeleteFunc(all.Tasks, func(o store.TaskRow) bool { return o.ID == t.ID }), t)
	}
	for _, k := range c.Clocks {
		all.Clocks = append(slices.DeleteFunc(all.Clocks, func(o store.ClockRow) bool { return o.ID == k.ID }), k)
	}
	all.Licences = append(all.Licences, c.Licences...)
}
