package storetest

import (
	"errors"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// mergerOf is a proposal that merges the market authority into the tax authority.
func mergerOf(id string, minute int) store.Reform {
	return store.Reform{ID: id, Region: Region, State: store.ReformProposed, Target: "tax", Was: caseflow.Text{ZH: "税务局", EN: "Taxes"},
		Gone: []store.Office{{ID: "market", Name: caseflow.Text{ZH: "市场监督管理局"}}}, Name: caseflow.Text{ZH: "综合局", EN: "Joint Office"},
		Basis: "渭编发〔2026〕1号", From: At(60), By: "sys", At: At(minute), Stay: []string{"u9"}}
}

// agreed stores a proposal and agrees to it.
func agreed(t *testing.T, s store.Store, r store.Reform) store.Reform {
	t.Helper()
	must(t, s.AddReform(t.Context(), r))
	r.State, r.Decider, r.Decided = store.ReformAgreed, "sec", At(2)
	must(t, s.SettleReform(t.Context(), r, store.ReformProposed))
	return r
}

func applied(r store.Reform, version int) store.Reform {
	r.State, r.Version, r.Applied, r.Moved, r.Tasks = store.ReformApplied, version, At(61), []string{"u1"}, 7
	return r
}

func moved(a store.Account) store.Account {
	a.Department = "tax"
	return a
}

var reforms = group{
	"reforms are read back as stored, in the order of their proposals, with their traces": func(t *testing.T, s store.Store) {
		one, two := mergerOf("b", 2), mergerOf("a", 1)
		must(t, s.AddReform(t.Context(), one, trace(1, store.OperationLog, Region)))
		must(t, s.AddReform(t.Context(), two))
		same(t, "reforms", got(s.Reforms(t.Context())).must(t), []store.Reform{two, one})
		wantErr(t, s.AddReform(t.Context(), one, trace(2, store.OperationLog, Region)), store.ErrConflict)
		same(t, "traces", len(operationsOf(t, s)), 1)
		same(t, "version", got(s.ReformVersion(t.Context())).must(t), 0)
	},
	"a reform is settled once": func(t *testing.T, s store.Store) {
		r := agreed(t, s, mergerOf("a", 1))
		wantErr(t, s.SettleReform(t.Context(), r, store.ReformProposed, trace(1, store.OperationLog, Region)), store.ErrConflict)
		r.ID = "none"
		wantErr(t, s.SettleReform(t.Context(), r, store.ReformProposed), store.ErrNotFound)
		same(t, "traces", len(operationsOf(t, s)), 0)
	},
	"an applied reform counts, moves its officials, and stays as it is": func(t *testing.T, s store.Store) {
		must(t, s.AddAccount(t.Context(), account("u1", "li")))
		r := applied(agreed(t, s, mergerOf("a", 1)), 1)
		must(t, s.ApplyReform(t.Context(), r, []store.Account{moved(account("u1", "li"))}, trace(1, store.OperationLog, Region)))
		same(t, "reforms", got(s.Reforms(t.Context())).must(t), []store.Reform{r})
		same(t, "version", got(s.ReformVersion(t.Context())).must(t), 1)
		a := got(s.AccountByID(t.Context(), "u1")).must(t)
		same(t, "department and version", []any{a.Department, a.Version}, []any{"tax", 1})
		wantErr(t, s.SettleReform(t.Context(), r, store.ReformApplied), store.ErrConflict)
		wantErr(t, s.ApplyReform(t.Context(), r, nil), store.ErrConflict)
		same(t, "traces", len(operationsOf(t, s)), 1)
	},
	"a reform is not applied before it is agreed, nor on what does not stand any more": func(t *testing.T, s store.Store) {
		must(t, s.AddAccount(t.Context(), account("u1", "li")))
		must(t, s.AddAccount(t.Context(), account("u2", "wu")))
		must(t, s.AddReform(t.Context(), mergerOf("early", 1)))
		wantErr(t, s.ApplyReform(t.Context(), applied(mergerOf("early", 1), 1), nil), store.ErrConflict)
		r := applied(agreed(t, s, mergerOf("a", 2)), 1)
		one, two := moved(account("u1", "li")), moved(account("u2", "wu"))
		wantErr(t, s.ApplyReform(t.Context(), r, []store.Account{one}, trace(1, store.OperationLog, Region)), store.ErrConflict) // somebody is left
		two.Version = 4
		wantErr(t, s.ApplyReform(t.Context(), r, []store.Account{one, two}, trace(1, store.OperationLog, Region)), store.ErrConflict)
		same(t, "department", got(s.AccountByID(t.Context(), "u1")).must(t).Department, "market")
		same(t, "version", got(s.ReformVersion(t.Context())).must(t), 0)
		two.Version, two.Roles = 0, nil // stays behind, without a role
		two.Department = "market"
		must(t, s.ApplyReform(t.Context(), r, []store.Account{one, two}))
		same(t, "roles", len(got(s.AccountByID(t.Context(), "u2")).must(t).Roles), 0)
		same(t, "traces", len(operationsOf(t, s)), 0)
	},
	"of many servers that apply a reform one does, and two reforms have two versions": func(t *testing.T, s store.Store) {
		r, other := applied(agreed(t, s, mergerOf("a", 1)), 1), applied(agreed(t, s, mergerOf("b", 2)), 1)
		done := 0
		for _, err := range together(8, func(i int) error {
			if i%2 == 0 {
				return s.ApplyReform(t.Context(), other, nil)
			}
			return s.ApplyReform(t.Context(), r, nil)
		}) {
			switch {
			case err == nil:
				done++
			case !errors.Is(err, store.ErrConflict):
				t.Error(err)
			}
		}
		same(t, "applied", done, 1)
		same(t, "version", got(s.ReformVersion(t.Context())).must(t), 1)
	},
}

// operationsOf is the operation log.
func operationsOf(t *testing.T, s store.Store) []store.Trace {
	t.Helper()
	return all(t, func(cursor string) ([]store.Trace, string, error) {
		return s.FindTraces(t.Context(), store.TraceQuery{Log: store.OperationLog, Regions: []string{Region}, Cursor: cursor})
	})
}
