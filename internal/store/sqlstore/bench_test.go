//go:build unix

package sqlstore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/storetest"
	"github.com/tongban/tongban/workday"
)

// addresses are the databases that benchmarks run on, with full durability.
func addresses(b *testing.B) map[string]func() string {
	return map[string]func() string{
		"SQLite":     func() string { return liteFile(b) },
		"PostgreSQL": func() string { return pgtest.New(b, pgtest.Options{}).Database(b) },
	}
}

// clients splits b.N among n goroutines.
func clients(b *testing.B, n int, do func(client, i int) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	before := cpu(b)
	b.ResetTimer()
	for c := range n {
		wg.Go(func() {
			for {
				i := int(next.Add(1))
				if i > b.N {
					return
				}
				if err := do(c, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
	b.ReportMetric(float64(cpu(b)-before)/1e3/float64(b.N), "cpu-µs/op")
}

// cpu is the processor time that this process has used: on a busy machine a better measure than the clock's.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkBareTx is the yardstick: one row in one durable transaction, by the same driver and connections.
func BenchmarkBareTx(b *testing.B) {
	for name, address := range addresses(b) {
		for _, n := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/clients=%d", name, n), func(b *testing.B) {
				s := newStore(b, Options{Address: address(), Readers: 64})
				ctx := context.Background()
				if _, err := s.write.ExecContext(ctx, "CREATE TABLE bare (n BIGINT PRIMARY KEY, v TEXT NOT NULL)"); err != nil {
					b.Fatal(err)
				}
				st, err := s.write.PrepareContext(ctx, s.d.bind("INSERT INTO bare (n, v) VALUES (?, ?)"))
				if err != nil {
					b.Fatal(err)
				}
				clients(b, n, func(_, i int) error {
					_, err := st.ExecContext(ctx, int64(i), "value")
					return err
				})
			})
		}
	}
}

// BenchmarkCommit writes the changes of cases of about 20 commands each.
func BenchmarkCommit(b *testing.B) {
	for name, address := range addresses(b) {
		for _, n := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/clients=%d", name, n), func(b *testing.B) {
				s := newStore(b, Options{Address: address()})
				benchCommit(b, s, n, 0)
			})
		}
	}
}

// BenchmarkCommitAmong is the same with a store that already holds many cases: the cost of a commit, a list and a search
// must not grow with them.
func BenchmarkCommitAmong(b *testing.B) {
	for name, address := range addresses(b) {
		for _, n := range []int{1_000, 100_000} {
			s := newStore(b, Options{Address: address()})
			many(b, s, n)
			ctx := context.Background()
			b.Run(fmt.Sprintf("%s/cases=%d/commit", name, n), func(b *testing.B) { benchCommit(b, s, 64, 10_000_000+b.N) })
			for what, q := range map[string]store.CaseQuery{
				"department": {Department: "tax"}, "search": {Search: "77号商贸"},
			} {
				q.Region = storetest.Region
				b.Run(fmt.Sprintf("%s/cases=%d/%s", name, n, what), func(b *testing.B) {
					for b.Loop() {
						if _, _, err := s.Cases(ctx, q); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			b.Run(fmt.Sprintf("%s/cases=%d/queue", name, n), func(b *testing.B) {
				q := store.TaskQuery{Region: storetest.Region, Department: "tax", Roles: []string{"clerk"}, States: []string{caseflow.TaskOpen, caseflow.TaskClaimed}}
				for b.Loop() {
					if _, _, err := s.Tasks(ctx, q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func benchCommit(b *testing.B, s store.Store, n, first int) {
	works := make([]caseWork, n)
	var cases atomic.Int64
	cases.Store(int64(first))
	clients(b, n, func(c, _ int) error {
		w := &works[c]
		if w.entry == 0 || w.entry == caseEntries {
			*w = caseWork{no: int(cases.Add(1))}
		}
		return s.Commit(context.Background(), w.next())
	})
}

// caseWork makes the changes of one case, shaped like those of the kernel: drafts, submission, acceptance, six departments
// in parallel that each claim and complete, handing out.
type caseWork struct{ no, entry int }

const caseEntries = 20

var departments = []string{"market", "tax", "seal", "bank", "social", "housing"}

func (w *caseWork) next() *store.Change {
	w.entry++
	c := storetest.Opening(w.no)
	if w.entry > 1 {
		next := storetest.Next(w.no, w.entry)
		c.Entry, c.After = next.Entry, next.After
	}
	c.Row.Entry, c.Row.Departments, c.Row.Applicant = w.entry, departments, fmt.Sprintf("渭南市%d号科技有限公司", w.no)
	c.Entry.Events = fmt.Appendf(nil, `[{"name":"x","data":"%0400d"}]`, w.entry)
	clock := c.Clocks[0]
	task := c.Tasks[0]
	c.Tasks, c.Clocks = nil, nil
	step := (w.entry - 6) / 2 % 6
	switch {
	case w.entry == 1: // opened
		c.Clocks = append(c.Clocks, clock)
	case w.entry < 4: // saved
	case w.entry == 4: // submitted
		c.Marks = []stat.Mark{{Day: workday.DateOf(c.Row.Opened), Department: "market", Channel: "online", Measure: stat.Received}}
		c.Tasks = append(c.Tasks, task)
		c.Messages = []store.Message{{Channel: "inapp", Recipient: "citizen", Template: "received", Body: []byte(`{}`)}}
	case w.entry == 5: // accepted
		task.State, task.Done = caseflow.TaskDone, c.Row.Opened
		c.Tasks = append(c.Tasks, task)
		for i, d := range departments {
			t, k := task, clock
			t.ID, t.State, t.Department = i+2, caseflow.TaskOpen, d
			k.ID = "step-" + d
			c.Tasks, c.Clocks = append(c.Tasks, t), append(c.Clocks, k)
		}
	case w.entry < 18: // claimed, completed
		task.ID, task.Department, task.State, task.Holder = step+2, departments[step], caseflow.TaskClaimed, "clerk"
		if w.entry%2 == 1 {
			task.State, task.DoneBy, task.Done = caseflow.TaskDone, "clerk", c.Row.Opened
			clock.ID, clock.State = "step-"+departments[step], caseflow.ClockMet
			c.Clocks = append(c.Clocks, clock)
		}
		c.Tasks = append(c.Tasks, task)
	case w.entry == 19: // granted
		c.Row.Phase = caseflow.PhaseGranted
		clock.State = caseflow.ClockMet
		c.Clocks = append(c.Clocks, clock)
		c.Licences = []store.LicenceRow{{No: "L" + string(c.Case), Verify: string(c.Case), Document: c.Row.Document, Body: []byte(`{}`)}}
		c.Notices = []store.NoticeRow{{Key: c.Key, No: 1, Item: c.Row.Item, Pack: c.Row.Pack, Version: c.Row.Version, Step: "publish", State: caseflow.PublicationRunning,
			From: c.Entry.At, Until: c.Entry.At.AddDate(0, 0, 20), Shown: []byte(`{"name":"秦岭"}`)}}
		c.Names = []store.NameRow{{Key: c.Key, Trade: "Z" + string(c.Case), Division: "65", Name: "N" + string(c.Case), Sound: "s", Holder: string(c.Case), Since: c.Entry.At}}
	default: // delivered
		c.Row.Phase = caseflow.PhaseClosed
	}
	if w.entry > 18 {
		c.Row.Wake = c.Row.Opened.AddDate(1, 0, 0)
	}
	if w.entry == 16 || w.entry == caseEntries {
		c.Snapshot = fmt.Appendf(nil, `{"snapshot":"%04000d"}`, w.entry)
	}
	if w.entry == caseEntries {
		c.Row.Phase = caseflow.PhaseClosed
	}
	return c
}
