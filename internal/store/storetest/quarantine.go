package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tongban/tongban/internal/store"
)

// quarantined is the n-th file that is kept apart, at the n-th minute.
func quarantined(n int) store.Quarantined {
	return store.Quarantined{Region: Region, ID: fmt.Sprint("Q", n), Case: No(1), Material: "lease", Name: "租赁合同.pdf", Bytes: 1 << 33, Type: "application/pdf",
		SHA256: "ab", Finding: "Win.Test.EICAR", Account: "citizen-1", At: At(n), State: store.QuarantineHeld, Changed: At(n)}
}

var quarantines = group{
	"a quarantined file comes back as it was written, and its id is its own": func(t *testing.T, s store.Store) {
		q := quarantined(1)
		must(t, s.AddQuarantined(t.Context(), q))
		same(t, "file", *got(s.QuarantinedFile(t.Context(), Region, q.ID)).must(t), q)
		if err := s.AddQuarantined(t.Context(), q); !errors.Is(err, store.ErrConflict) {
			t.Errorf("the same id again: %v", err)
		}
		for _, at := range [][2]string{{Region, "Q2"}, {"610600", q.ID}, {"", ""}} {
			if _, err := s.QuarantinedFile(t.Context(), at[0], at[1]); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%v: %v", at, err)
			}
		}
	},
	"a quarantined file is changed together with the trace, by the first of two": func(t *testing.T, s store.Store) {
		q := quarantined(1)
		must(t, s.AddQuarantined(t.Context(), q))
		errs := together(8, func(i int) error {
			c := q
			c.State, c.Asked, c.Reason, c.Changed = store.QuarantineAsked, fmt.Sprint("sec", i), "误报", At(9)
			return s.ChangeQuarantined(t.Context(), c, trace(i, store.OperationLog, Region))
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrConflict) {
				t.Error(err)
			}
		}
		now := *got(s.QuarantinedFile(t.Context(), Region, q.ID)).must(t)
		traces := tracesOf(t, s, store.TraceQuery{Log: store.OperationLog, Regions: []string{Region}})
		if won != 1 || now.State != store.QuarantineAsked || now.Version != 1 || now.Reason != "误报" || len(traces) != 1 || "sec"+traces[0][1:] != now.Asked {
			t.Errorf("%d won; %+v; traces %v", won, now, traces)
		}
		q.ID = "nobody"
		if err := s.ChangeQuarantined(t.Context(), q, trace(9, store.OperationLog, Region)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such file: %v", err)
		}
	},
	"quarantined files are found by region, case, account and state, newest first": func(t *testing.T, s store.Store) {
		for n, change := range []func(*store.Quarantined){
			func(*store.Quarantined) {}, func(q *store.Quarantined) { q.Case = No(2) }, func(q *store.Quarantined) { q.Account = "other" },
			func(q *store.Quarantined) { q.State = store.QuarantineDeleted }, func(q *store.Quarantined) { q.Region = "610600" },
			func(q *store.Quarantined) { q.At = At(0) },
		} {
			q := quarantined(n)
			change(&q)
			must(t, s.AddQuarantined(t.Context(), q))
		}
		here, both := []string{Region}, []string{Region, "610600"}
		for name, c := range map[string]struct {
			q    store.QuarantineQuery
			want string
		}{
			"both regions": {store.QuarantineQuery{Regions: both}, "[Q4 Q3 Q2 Q1 Q5 Q0]"}, "one": {store.QuarantineQuery{Regions: here}, "[Q3 Q2 Q1 Q5 Q0]"},
			"none": {store.QuarantineQuery{}, "[]"}, "case": {store.QuarantineQuery{Regions: here, Case: No(2)}, "[Q1]"},
			"account": {store.QuarantineQuery{Regions: here, Account: "other"}, "[Q2]"},
			"states":  {store.QuarantineQuery{Regions: both, States: []string{store.QuarantineDeleted, store.QuarantineTaken}}, "[Q3]"},
		} {
			c.q.Limit = 2
			ids := []string{}
			for _, q := range all(t, func(cur string) ([]store.Quarantined, string, error) {
				c.q.Cursor = cur
				return s.FindQuarantined(t.Context(), c.q)
			}) {
				ids = append(ids, q.ID)
			}
			same(t, name, fmt.Sprint(ids), c.want)
		}
		if _, _, err := s.FindQuarantined(t.Context(), store.QuarantineQuery{Regions: here, Cursor: "nonsense"}); !errors.Is(err, store.ErrCursor) {
			t.Errorf("a cursor that is none: %v", err)
		}
	},
}
