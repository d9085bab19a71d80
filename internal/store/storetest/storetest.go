// Package storetest is the conformance suite of package store: every promise that the contract makes in prose, as a test.
// Each implementation runs it; a new store method starts here.
//
//	func TestStore(t *testing.T) { storetest.Run(t, func(t *testing.T) store.Store { … }) }
//
// The store is opened with the tables of [Sample].
package storetest

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Open returns an empty store with the tables of Sample that is closed when the test ends.
type Open func(t *testing.T) store.Store

// group is the tests of one part of the contract, by what they show.
type group map[string]func(t *testing.T, s store.Store)

// Run runs the whole suite, each test on a store of its own.
func Run(t *testing.T, open Open) {
	for part, tests := range map[string]group{
		"commit":     commits,
		"reading":    reading,
		"lists":      lists,
		"outbox":     outbox,
		"dispatches": dispatches,
		"accounts":   accounts,
		"calendars":  calendars,
		"mandates":   mandates,
		"reforms":    reforms, "traces": traces,
		"factors": factors,
		"upkeep":  upkeep,
		"names":   names,
		"lines":   lines, "totals": totals,
		"modules":    modules,
		"house":      houses,
		"quarantine": quarantines, "evidence": evidences, "shifts": shifts,
	} {
		t.Run(part, func(t *testing.T) {
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, open(t))
				})
			}
		})
	}
}

// T0 is the instant at which the tests' time begins.
var T0 = time.Date(2025, 3, 3, 1, 2, 3, 456789000, time.UTC)

// Region is the tenant of the tests' cases.
const Region = "610500"

// At is a number of minutes after T0.
func At(minutes int) time.Time { return T0.Add(time.Duration(minutes) * time.Minute) }

// No is the n-th case number.
func No(n int) caseflow.CaseNo { return caseflow.CaseNo(fmt.Sprintf("610500-20250303-%06d", n)) }

// KeyOf is the n-th case of the region.
func KeyOf(n int) store.Key { return store.Key{Region: Region, Case: No(n)} }

// Opening is the first change of a case that is complete in every field that can be set.
func Opening(n int) *store.Change {
	key := KeyOf(n)
	at := At(n)
	c := &store.Change{Key: key, Entry: entryOf(key, 1, at), Row: rowOf(key, at)}
	c.Row.Entry = 1
	c.Tasks = []store.TaskRow{{
		Key: key, ID: 1, Kind: caseflow.TaskAccept, Step: "accept", Department: "market", Role: caseflow.RoleClerk,
		State: caseflow.TaskOpen, Opened: at, Due: at.Add(48 * time.Hour), Soon: at.Add(24 * time.Hour),
	}}
	c.Clocks = []store.ClockRow{{
		Key: key, ID: "statutory", Kind: caseflow.ClockStatutory, Bearer: "agency", From: at, Due: at.Add(72 * time.Hour),
		State: caseflow.ClockRunning, Level: 1, Provisional: true, Soon: at.Add(time.Hour), Today: at.Add(2 * time.Hour),
		Limit: workday.Limit{N: 3, Unit: workday.Day, Last: workday.NoRoll}, Stops: `[{"from":"2025-03-03T01:02:03Z"}]`, Why: "专家评审",
	}}
	return c
}

// Next is the n-th entry of a case after its opening: the first task is claimed.
func Next(of, no int) *store.Change {
	c := Opening(of)
	at := c.Row.Opened.Add(time.Duration(no) * time.Second)
	c.Entry, c.After = entryOf(c.Key, no, at), entryOf(c.Key, no-1, at).Leaf
	c.Row.Entry, c.Row.Updated = no, at
	c.Tasks[0].State, c.Tasks[0].Holder = caseflow.TaskClaimed, fmt.Sprintf("clerk%d", no)
	c.Clocks[0].Level = no
	return c
}

func entryOf(key store.Key, no int, at time.Time) store.Entry {
	id := fmt.Sprintf("%s/%d", key.Case, no)
	return store.Entry{
		No: no, Request: "req-" + id, Body: []byte("body " + id), At: at, Verb: "submit", Seq: 10 * no,
		Actor:  caseflow.Stamp{ID: "li", Kind: caseflow.ActorOfficial, Department: "market"},
		Events: []byte(`[{"n":"事件 ` + id + `"}]`), Salt: []byte("salt-" + id), Leaf: []byte("leaf-" + id),
		Hash: evidence.Standard.Entry([evidence.SaltBytes]byte{}, []byte(id)),
	}
}

// asRead is the entry as a store returns it: the hash that the log shows is not kept with it.
func asRead(e store.Entry) store.Entry {
	e.Hash = evidence.Hash{}
	return e
}

func rowOf(key store.Key, at time.Time) store.CaseRow {
	return store.CaseRow{
		Key: key, Item: "open-company", Pack: "03-weinan", Version: "1.2.3", Phase: caseflow.PhaseRunning, Channel: "web",
		Department: "market", Departments: []string{"market", "tax"}, Owner: "citizen-1", Applicant: "王小明", Document: "id:610502199001011234",
		Subject: caseflow.Subject{Text: "渭南市华山客栈有限公司", Personal: true},
		Opened:  at, Submitted: at.Add(time.Minute), Accepted: at.Add(2 * time.Minute), Statutory: at.Add(72 * time.Hour),
		Promised: at.Add(48 * time.Hour), Stopped: true, Wake: at.Add(24 * time.Hour), Updated: at, Points: 2,
	}
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// commit writes changes and fails the test on an error.
func commit(t *testing.T, s store.Store, changes ...*store.Change) {
	t.Helper()
	for _, c := range changes {
		if err := s.Commit(t.Context(), c); err != nil {
			t.Fatalf("commit %s entry %d: %v", c.Case, c.Entry.No, err)
		}
	}
}

// result is a value or an error.
type result[T any] struct {
	value T
	err   error
}

func got[T any](v T, err error) result[T] { return result[T]{v, err} }

// must fails the test on an error and returns the value.
func (r result[T]) must(t *testing.T) T {
	t.Helper()
	must(t, r.err)
	return r.value
}

// same fails the test if two values differ.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// together runs n functions at the same moment and returns their errors.
func together(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = do(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}
