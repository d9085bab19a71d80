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
// does b.N cases with 16 clients that wait for the end of their case. Tongban checks rights, keeps clocks, lists and
// messages, and logs evidence with each command.
//
// by=rules is the same on both sides: steps that a program decides by itself. DBOS commits nine records (the workflow, seven
// steps, its result); Tongban three entries (open, submit, accept), since steps that need nobody are decided with the
// command that makes them due. by=people is what DBOS has no like of: five officials and a clerk give a command each, so Tongban
// commits nine entries, while DBOS still runs its steps in the same process.
func BenchmarkFiveInParallel(b *testing.B) {
	for _, by := range []struct {
		name string
		item *caseflow.Item
		one  func(ctx context.Context, h *hall.Hall) error
	}{{"rules", byRules(), alone}, {"people", byPeople(), together}} {
		b.Run("by="+by.name+"/clients=16", func(b *testing.B) {
			b.StopTimer()
			theirs := rate(b, startDBOS(b))
			ours := rate(b, startTongban(b, by.item, by.one))
			b.ReportMetric(0, "ns/op") // of both together: says nothing
			b.ReportMetric(ours, "tongban-cases/s")
			b.ReportMetric(theirs, "dbos-cases/s")
			b.ReportMetric(ours/theirs, "times-dbos")
		})
	}
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

// five is a service of a first step, five in parallel and one that needs them all; mend says who does them.
func five(mend func(*caseflow.Step)) *caseflow.Item {
	rule := func(n int) caseflow.Rule { return caseflow.Rule{ID: "bench", Limit: workday.Limit{N: n}} }
	it := &caseflow.Item{
		ID: "five", Pack: "bench", Version: "1", Name: caseflow.Text{ZH: "五部门并联", EN: "Five in parallel"}, Department: "hall",
		Limits: caseflow.Limits{Acceptance: rule(5), Statutory: rule(20), Promised: rule(2), Correction: rule(15)},
	}
	end := caseflow.Step{ID: "end"}
	for i := range tasks {
		st := caseflow.Step{ID: caseflow.StepID(fmt.Sprintf("task%d", i))}
		end.Needs = append(end.Needs, st.ID)
		mend(&st)
		it.Steps = append(it.Steps, st)
	}
	mend(&end)
	it.Steps = append(it.Steps, end)
	return it
}

// byPeople: five departments decide, the window ends it.
func byPeople() *caseflow.Item {
	return five(func(st *caseflow.Step) {
		st.Kind, st.By = caseflow.KindDecide, caseflow.Post{Department: string(st.ID), Role: caseflow.RoleReviewer}
		if st.ID == "end" {
			st.Kind, st.By = caseflow.KindReview, caseflow.Post{Department: "hall", Role: caseflow.RoleClerk}
		}
	})
}

// byRules: rules decide all of it.
func byRules() *caseflow.Item {
	return five(func(st *caseflow.Step) {
		st.Kind = caseflow.KindCheck
		st.Check = byPerson{}
	})
}

// byPerson holds if a person applies.
type byPerson struct{}

func (byPerson) Holds(f caseflow.Facts) (bool, error) { return f.Applicant["kind"] == "person", nil }

// shelf is a catalogue of one item.
type shelf struct{ it *caseflow.Item }

func (s shelf) Current(caseflow.ItemID) *caseflow.Item             { return s.it }
func (s shelf) Item(_, _ string, _ caseflow.ItemID) *caseflow.Item { return s.it }

func startTongban(b *testing.B, it *caseflow.Item, one func(context.Context, *hall.Hall) error) func() error {
	b.Helper()
	st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: filepath.Join(b.TempDir(), "cases.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		left, _, err := st.Cases(context.Background(), store.CaseQuery{Region: region, Phases: []caseflow.Phase{caseflow.PhaseReceived, caseflow.PhaseRunning}})
		if err = errors.Join(err, st.Close()); err != nil || len(left) > 0 {
			b.Errorf("%d cases did not come to an end, error %v", len(left), err)
		}
	})
	h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{it}})
	if err != nil {
		b.Fatal(err)
	}
	return func() error { return one(b.Context(), h) }
}

var opening = caseflow.Open{Item: "five", Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{
	Kind: "person", Name: "王秀英", Document: ident.Document{Type: "resident-id", No: "610502199001010011"}}}

var citizen = caseflow.Actor{ID: "u-wang", Kind: caseflow.ActorCitizen, Name: opening.Applicant.Name, Document: opening.Applicant.Document}

func official(department, role string) caseflow.Actor {
	return caseflow.Actor{ID: "o-" + department, Kind: caseflow.ActorOfficial, Department: department, Region: region, Roles: []string{role}}
}

var clerk = official("hall", caseflow.RoleClerk)

// alone opens a case, submits and accepts it; the rest happens by itself.
func alone(ctx context.Context, h *hall.Hall) error {
	_, err := accepted(ctx, h)
	return err
}

// together has five officials decide at the same moment, and a clerk end the case.
func together(ctx context.Context, h *hall.Hall) error {
	key, err := accepted(ctx, h)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make([]error, tasks)
	for i := range tasks { // tasks 2 to 6; the first was to accept
		wg.Go(func() {
			_, errs[i] = h.Do(ctx, official(fmt.Sprintf("task%d", i), caseflow.RoleReviewer), "", key, caseflow.Grant{Task: 2 + i})
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err = h.Do(ctx, clerk, "", key, caseflow.Complete{Task: 2 + tasks, Outcome: caseflow.OutcomeAgree})
	return err
}

// accepted opens a case, submits and accepts it.
func accepted(ctx context.Context, h *hall.Hall) (store.Key, error) {
	key := store.Key{Region: region}
	for _, act := range []struct {
		by  caseflow.Actor
		cmd caseflow.Command
	}{{citizen, opening}, {citizen, caseflow.Submit{}}, {clerk, caseflow.Accept{}}} {
		r, err := h.Do(ctx, act.by, "", key, act.cmd)
		if err != nil {
			return key, fmt.Errorf("%s: %w", act.cmd.Verb(), err)
		}
		key.Case = r.Case
	}
	return key, nil
}
