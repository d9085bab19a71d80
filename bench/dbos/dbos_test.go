package dbos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/workday"
)

const (
	clients = 16
	tasks   = 5
	region  = "610502"
)

// BenchmarkFiveInParallel reports cases per second of both and, under "times-dbos", how many times ours is theirs. Each
// does b.N cases with 16 clients that wait for the end of their case.
//
// What is made durable is alike: Tongban commits nine commands (open, submit, accept, five decisions, end), DBOS nine
// records (the workflow, seven steps, its result). Tongban checks rights, keeps clocks, lists and messages, and logs
// evidence with each; DBOS runs its steps in the same process without anybody giving them, which is in its favour.
func BenchmarkFiveInParallel(b *testing.B) {
	b.Run("clients=16", func(b *testing.B) {
		b.StopTimer()
		theirs := rate(b, startDBOS(b))
		ours := rate(b, startTongban(b))
		b.ReportMetric(0, "ns/op") // of both together: says nothing
		b.ReportMetric(ours, "tongban-cases/s")
		b.ReportMetric(theirs, "dbos-cases/s")
		b.ReportMetric(ours/theirs, "times-dbos")
	})
}

// rate does b.N cases after one to warm up, and returns how many it did per second.
func rate(b *testing.B, one func() error) float64 {
	b.Helper()
	if err := one(); err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, clients)
	began := time.Now()
	b.StartTimer()
	for c := range clients {
		wg.Go(func() {
			for next.Add(1) <= int64(b.N) && errs[c] == nil {
				errs[c] = one()
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	return float64(b.N) / time.Since(began).Seconds()
}

// startDBOS sets SQLite up as DBOS itself does, but with a flush at every commit.
func startDBOS(b *testing.B) func() error {
	b.Helper()
	path := filepath.Join(b.TempDir(), "dbos.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(ON)"+
		"&_pragma=journal_mode(wal)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	ctx, err := dbos.NewContext(b.Context(), dbos.Config{AppName: "bench", SQLiteSystemDB: db, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	dbos.RegisterWorkflow(ctx, workflow)
	if err := dbos.Launch(ctx); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := dbos.Shutdown(ctx, 10*time.Second); err != nil {
			b.Error(err)
		}
	})
	return func() error {
		handle, err := dbos.RunWorkflow(ctx, workflow, "王秀英")
		if err != nil {
			return err
		}
		_, err = handle.GetResult()
		return err
	}
}

// workflow is one start, five tasks in parallel, their join, and an end.
func workflow(ctx dbos.Context, applicant string) (string, error) {
	step := func(context.Context) (string, error) { return "granted to " + applicant, nil }
	if _, err := dbos.RunAsStep(ctx, step); err != nil {
		return "", err
	}
	var parallel [tasks]<-chan dbos.StepOutcome[string]
	for i := range parallel {
		var err error
		if parallel[i], err = dbos.Go(ctx, step); err != nil {
			return "", err
		}
	}
	for _, done := range parallel {
		if outcome := <-done; outcome.Err != nil {
			return "", outcome.Err
		}
	}
	return dbos.RunAsStep(ctx, step)
}

// item is the same shape as a service: five departments decide in parallel, the window ends it.
func item() *caseflow.Item {
	rule := func(n int) caseflow.Rule { return caseflow.Rule{ID: "bench", Limit: workday.Limit{N: n}} }
	it := &caseflow.Item{
		ID: "five", Pack: "bench", Version: "1", Name: caseflow.Text{ZH: "五部门并联", EN: "Five in parallel"}, Department: "hall",
		Limits: caseflow.Limits{Acceptance: rule(5), Statutory: rule(20), Promised: rule(2), Correction: rule(15)},
	}
	end := caseflow.Step{ID: "end", Kind: caseflow.KindReview, By: caseflow.Post{Department: "hall", Role: caseflow.RoleClerk}}
	for i := range tasks {
		id := caseflow.StepID(fmt.Sprintf("task%d", i))
		end.Needs = append(end.Needs, id)
		it.Steps = append(it.Steps, caseflow.Step{ID: id, Kind: caseflow.KindDecide,
			By: caseflow.Post{Department: string(id), Role: caseflow.RoleReviewer}})
	}
	it.Steps = append(it.Steps, end)
	return it
}

// shelf is a catalogue of one item.
type shelf struct{ it *caseflow.Item }

func (s shelf) Current(caseflow.ItemID) *caseflow.Item             { return s.it }
func (s shelf) Item(_, _ string, _ caseflow.ItemID) *caseflow.Item { return s.it }

func startTongban(b *testing.B) func() error {
	b.Helper()
	st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: filepath.Join(b.TempDir(), "cases.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{item()}})
	if err != nil {
		b.Fatal(err)
	}
	return func() error { return oneCase(b.Context(), h) }
}

var opening = caseflow.Open{Item: "five", Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{
	Kind: "person", Name: "王秀英", Document: ident.Document{Type: "resident-id", No: "610502199001010011"}}}

func oneCase(ctx context.Context, h *hall.Hall) error {
	official := func(department, role string) caseflow.Actor {
		return caseflow.Actor{ID: "o-" + department, Kind: caseflow.ActorOfficial, Department: department, Region: region, Roles: []string{role}}
	}
	citizen, clerk := caseflow.Actor{ID: "u-wang", Kind: caseflow.ActorCitizen, Name: opening.Applicant.Name,
		Document: opening.Applicant.Document}, official("hall", caseflow.RoleClerk)
	key := store.Key{Region: region}
	do := func(by caseflow.Actor, cmd caseflow.Command) error {
		r, err := h.Do(ctx, by, "", key, cmd)
		if err != nil {
			return fmt.Errorf("%s: %w", cmd.Verb(), err)
		}
		key.Case = r.Case
		return nil
	}
	if err := do(citizen, opening); err != nil {
		return err
	}
	if err := do(citizen, caseflow.Submit{}); err != nil {
		return err
	}
	if err := do(clerk, caseflow.Accept{}); err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make([]error, tasks)
	for i := range tasks { // tasks 2 to 6; the first was to accept
		wg.Go(func() {
			errs[i] = do(official(fmt.Sprintf("task%d", i), caseflow.RoleReviewer), caseflow.Grant{Task: 2 + i})
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return do(clerk, caseflow.Complete{Task: 2 + tasks, Outcome: caseflow.OutcomeAgree})
}
