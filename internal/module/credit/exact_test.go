package credit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// drawnRows are rows about some parties as sources send them: of every kind, sent again with other words, taken back.
func drawnRows(r *rand.Rand, parties, n int) sheet.List {
	var list sheet.List
	seen := map[string]bool{}
	for range n {
		kind := KindOf(KindNames()[r.IntN(len(kinds))])
		results := ResultNames(kind)
		day := today - workday.Date(r.IntN(2000))
		row := sheet.Row{"party": code(r.IntN(parties)), "id": fmt.Sprint("号", r.IntN(6)), "kind": kind.Name(), "result": results[r.IntN(len(results))], "day": day.String(), "title": "事项",
			"field": []string{"", "energy", "food-drug"}[r.IntN(3)]}
		if r.IntN(3) == 0 {
			row["until"] = (day + workday.Date(r.IntN(2000))).String()
		}
		if r.IntN(8) == 0 {
			row["withdrawn"] = "是"
		}
		if key := row["party"] + row["id"]; !seen[key] {
			seen[key] = true
			list = append(list, row)
		}
	}
	return list
}

// drawRegister fills a register: parties, lists of three sources of which later ones say other things, marks, and a list that is not
// taken yet.
func (b *bench) drawRegister(r *rand.Rand, parties int) {
	b.t.Helper()
	ctx := b.t.Context()
	var subjects sheet.List
	for i := range parties + 5 { // of some nothing else is known
		if r.IntN(4) > 0 {
			subjects = append(subjects, sheet.Row{"party": code(i), "name": "公司", "fields": []string{"", "energy", "energy food-drug"}[r.IntN(3)],
				"since": []string{"", "2015-01-01", "2026-01-31"}[r.IntN(3)]})
		}
	}
	in := func(list, source string, rows sheet.List) *incoming {
		return &incoming{Batch: Batch{Region: yulin, Source: source, List: list, By: "me"}, rows: rows, accept: Whole}
	}
	lists := []*incoming{in(Parties, "market", subjects)}
	for range 5 {
		lists = append(lists, in(Records, []string{"market", "police", "tax"}[r.IntN(3)], drawnRows(r, parties, 3*parties)))
	}
	for _, list := range lists {
		got, err := b.take(ctx, list)
		must(b.t, err)
		if got.State != Taken {
			b.t.Fatalf("%+v", got)
		}
	}
	for i := range parties {
		if r.IntN(3) == 0 {
			must(b.t, b.st.Update(ctx, func(w store.Writer) error {
				return w.Put("credit_mark", []any{yulin, code(i), "market", "号0", int64(1 + i%2), int64(1), "me", "", ""})
			}))
		}
	}
	left := in(Records, "fire", drawnRows(r, parties, parties))
	left.today, left.State = today, staging
	must(b.t, b.open(ctx, left))
	must(b.t, b.stage(ctx, left))
}

// exact compares every tier that is kept with the explanation of that party alone.
func (b *bench) exact(when string, parties int) {
	b.t.Helper()
	for i := range parties + 5 {
		f, err := b.file(b.t.Context(), yulin, code(i))
		want := ""
		if err == nil {
			e := b.index.Explain(&f.Subject, f.Records, workday.DateOf(b.time()))
			want = fmt.Sprintf("%d %s %q %d %s", e.Points, e.Tier, fieldText(e.Fields), e.Next, b.index.Digest)
		} else if err != store.ErrNotFound {
			b.t.Fatal(err)
		}
		got := ""
		must(b.t, b.st.Read(b.t.Context(), func(sc store.Scan) error {
			var points, next int64
			var tier, fields, standard string
			err := sc(&points, &tier, &fields, &next, &standard)
			got = fmt.Sprintf("%d %s %q %d %s", points, tier, fields, next, standard)
			return err
		}, "SELECT points, tier, fields, next, standard FROM credit_tier WHERE region = ? AND party = ?", yulin, code(i)))
		if got != want {
			b.t.Errorf("%s, party %d: kept %s, explained %s", when, i, got, want)
		}
	}
}

// stricter is an index with another cut-off.
func stricter(s *Standard, a int64) *Standard {
	general := *s.General
	general.Cuts.A = a
	files := []*Index{&general}
	for _, x := range s.Special {
		files = append(files, x)
	}
	return NewStandard(fmt.Sprint("A at ", a), files)
}

// The tiers that are computed together are those that the explanation of each party gives: of whatever lists, marks and versions, on
// later days, by another index, after more lists.
func TestTiers_computed_together_are_those_explained_one_by_one(t *testing.T) {
	t.Parallel()
	index := standard35(t)
	both(t, func(t *testing.T, b *bench) {
		for seed := range uint64(2) {
			const parties = 60
			r := rand.New(rand.NewPCG(seed, 35))
			b.index = index
			b.drawRegister(r, parties)
			must(t, b.recompute(t.Context(), yulin))
			b.exact("at first", parties)
			for range 3 {
				b.pass(time.Duration(r.IntN(400)) * 24 * time.Hour)
				must(t, b.recompute(t.Context(), yulin))
				b.exact(b.time().String(), parties)
			}
			b.index = stricter(index, 960+int64(seed))
			must(t, b.recompute(t.Context(), yulin))
			b.exact("by another index", parties)
			b.pass(lost)
			must(t, b.sweep(t.Context(), yulin))
		}
	})
}

// cut is a store whose server dies after some transactions, and counts them.
type cut struct {
	store.Modules
	left, done atomic.Int64
}

var errCut = errors.New("the power is off")

func (c *cut) Update(ctx context.Context, do func(store.Writer) error) error {
	if c.left.Add(-1) < 0 {
		return errCut
	}
	c.done.Add(1)
	return c.Modules.Update(ctx, do)
}

// A pass over all tiers that was broken off goes on where it ended: no change is told twice, and if the former index comes back
// meanwhile, no tier stays that the other one gave.
func TestTiers_that_were_broken_off_go_on(t *testing.T) {
	t.Parallel()
	index := standard35(t)
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		const parties = 4*round + 7
		b.index = index
		b.send(Whole, penalties(0, parties, "2025-11-27")) // 960 points
		must(t, b.recompute(ctx, yulin))
		kept := func(when string, want Tier, standard string, changes int64) {
			t.Helper()
			var tiers, told int64
			must(t, b.st.Read(ctx, store.Into(&tiers), "SELECT COUNT(*) FROM credit_tier WHERE region = ? AND tier = ? AND standard = ?", yulin, string(want), standard))
			must(t, b.st.Read(ctx, store.Into(&told), "SELECT COUNT(*) FROM credit_change"))
			if tiers != parties || told != changes {
				t.Errorf("%s: %d of %d are %s, after %d changes, want %d", when, tiers, parties, want, told, changes)
			}
		}
		kept("at first", A, index.Digest, parties)
		whole := b.st
		with := func(transactions int64) *cut {
			c := &cut{Modules: whole}
			c.left.Store(transactions)
			b.st = c
			return c
		}
		other := stricter(index, 970)
		brokenOff := func() (written int64) {
			t.Helper()
			b.index = other
			with(3) // one says that a pass has begun, two are rounds
			if err := b.recompute(ctx, yulin); !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			must(t, b.st.Read(ctx, store.Into(&written), "SELECT COUNT(*) FROM credit_tier WHERE standard = ?", other.Digest))
			if written == 0 || written >= parties {
				t.Fatalf("%d tiers were computed before it was broken off", written)
			}
			return written
		}
		changes := parties + 2*brokenOff()
		b.index = index
		with(1000)
		must(t, b.recompute(ctx, yulin))
		kept("the former index again", A, index.Digest, changes)
		written := brokenOff()
		rest := with(1000)
		must(t, b.recompute(ctx, yulin))
		kept("gone on", B, other.Digest, changes+parties)
		if got, want := rest.done.Load(), (parties-written+round-1)/round+1; got != want { // the last one says that it is done
			t.Errorf("going on took %d transactions, want %d", got, want)
		}
	})
}
