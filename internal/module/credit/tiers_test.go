package credit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// tier is the tier that is kept of a party, and how often it has changed.
func (b *bench) tier(party string) (t Tier, fields string, changes int) {
	b.t.Helper()
	must(b.t, b.st.Read(b.t.Context(), store.Into(&t, &fields), "SELECT tier, fields FROM credit_tier WHERE region = ? AND party = ?", yulin, party))
	list, err := b.changes(b.t.Context(), yulin, party)
	must(b.t, err)
	return t, tiersOf(fields), len(list)
}

// penalties is a list with ordinary penalties of parties.
func penalties(from, to int, day string) []byte {
	var text strings.Builder
	text.WriteString(head)
	for i := from; i < to; i++ {
		fmt.Fprintf(&text, "%s,%s,行政处罚,一般,%s,,,能源,事项,\n", code(i), day, day)
	}
	return []byte(text.String())
}

// Tiers follow a list once it is taken, on every server, each change once; they follow time without anybody; and of another index.
func TestTiers_follow_records_time_and_index(t *testing.T) {
	t.Parallel()
	index := standard35(t)
	both(t, func(t *testing.T, b *bench) {
		b.index = index
		ctx := t.Context()
		const parties = 120
		_, err := b.trySend("market", Parties, Whole, []byte("统一社会信用代码,名称,成立日期,领域\n"+code(1)+",甲公司,2015-01-01,能源、食品药品\n"))
		must(t, err)
		b.send(Whole, penalties(1, parties, "2026-08-31"))
		work := func() {
			t.Helper()
			var servers sync.WaitGroup
			for range 3 {
				servers.Go(func() {
					for range 20 { // a server that is turned away tries again
						if err := b.recompute(ctx, yulin); err == nil {
							return
						}
					}
					t.Error("tiers were not computed")
				})
			}
			servers.Wait()
		}
		work()
		counts, err := b.counts(ctx, yulin)
		must(t, err)
		if counts[B] != parties-1 || counts[C] != 0 || counts[A] != 0 {
			t.Errorf("%v", counts)
		}
		if tier, _, n := b.tier(code(2)); tier != B || n != 1 {
			t.Errorf("%s after %d changes", tier, n)
		}
		if tier, fields, n := b.tier(code(1)); tier != B || n != 1 || fields != "energy=C food-drug=B" {
			t.Errorf("%s %q after %d changes", tier, fields, n)
		}
		work()                                                   // nothing is due
		b.clock = time.Date(2027, 8, 30, 15, 59, 0, 0, time.UTC) // 23:59 of the day before
		work()
		if tier, _, n := b.tier(code(2)); tier != B || n != 1 {
			t.Errorf("before its day %s after %d changes", tier, n)
		}
		b.pass(time.Minute)
		work()
		if tier, _, n := b.tier(code(2)); tier != A || n != 2 {
			t.Errorf("on its day %s after %d changes", tier, n)
		}
		left := 0
		must(t, b.st.Read(ctx, store.Into(&left), "SELECT COUNT(*) FROM credit_due"))
		if left != 0 {
			t.Errorf("%d parties are still due", left)
		}
		stricter := *index.General
		stricter.Cuts.A = 990
		b.index = NewStandard("another", []*Index{&stricter})
		work()
		if tier, _, n := b.tier(code(2)); tier != B || n != 3 {
			t.Errorf("by the stricter index %s after %d changes", tier, n)
		}
		list, err := b.changes(ctx, yulin, code(2))
		must(t, err)
		if len(list) != 3 || list[0].Why != whyIndex || list[1].Why != whyTime || list[0].Was != A {
			t.Errorf("%+v", list)
		}
	})
}

// All tiers are computed from the same records as those of one party, whatever versions, marks and lists that are not taken there are.
func TestDense_rows_are_the_records(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		b.send(Whole, penalties(1, 9, "1949-10-02"))
		b.send(Whole, []byte(head+code(1)+",1949-10-02,行政处罚,严重,2026-11-27,2999-12-31,,食品药品,事项,\n"+code(2)+",新 号,公用事业,欠费,2020-02-29,,,,事项,\n"))
		b.send(Whole, []byte(head[:len(head)-1]+",是否撤回\n"+code(3)+",1949-10-02,行政处罚,一般,1949-10-02,,,能源,事项,,是\n"))
		left := &incoming{Batch: Batch{Region: yulin, Source: "market", List: Records, By: "me", State: staging}, rows: many(3), accept: Whole, today: today}
		must(t, b.open(ctx, left))
		must(t, b.stage(ctx, left))
		must(t, b.st.Update(ctx, func(w store.Writer) error {
			return w.Put("credit_mark", []any{yulin, code(4), "market", "1949-10-02", int64(Repaired), int64(1), "me", "", ""})
		}))
		var plain, fromDense []string
		collect := func(to *[]string) func(string, Record) {
			return func(party string, r Record) {
				r.Title, r.Basis, r.Published, r.Fen = "", "", 0, 0
				*to = append(*to, fmt.Sprintf("%s %+v", party, r))
			}
		}
		var parties []string
		for i := range 10 {
			parties = append(parties, code(i))
		}
		slices.Sort(parties)
		must(t, b.st.View(ctx, func(r store.Reader) error {
			pending, err := pendingIn(r, yulin)
			one := collect(&fromDense)
			return errors.Join(err, eachRecord(r, pending, yulin, parties, collect(&plain)), eachDense(r, pending, yulin, parties, func(party string, list []Record) {
				for _, rec := range list {
					one(party, rec)
				}
			}))
		}))
		slices.Sort(plain)
		slices.Sort(fromDense)
		if len(plain) != 9 || !slices.Equal(plain, fromDense) {
			t.Errorf("one by one\n%s\ntogether\n%s", strings.Join(plain, "\n"), strings.Join(fromDense, "\n"))
		}
	})
}

// A list that is staged and not taken yet changes no tier, and is computed once it is taken.
func TestTiers_do_not_follow_what_is_not_taken(t *testing.T) {
	t.Parallel()
	index := standard35(t)
	both(t, func(t *testing.T, b *bench) {
		b.index = index
		in := &incoming{Batch: Batch{Region: yulin, Source: "market", List: Records, By: "me", State: staging}, rows: many(3), accept: Whole, today: today}
		must(t, b.open(t.Context(), in))
		must(t, b.stage(t.Context(), in))
		must(t, b.recompute(t.Context(), yulin))
		if tier, _, _ := b.tier(code(1)); tier != "" {
			t.Errorf("a tier %s of what is not there", tier)
		}
		must(t, b.flip(t.Context(), in))
		must(t, b.recompute(t.Context(), yulin))
		if tier, _, n := b.tier(code(1)); tier != A || n != 1 {
			t.Errorf("%s after %d changes", tier, n)
		}
	})
}

// counts counts the parties of each tier.
func (g *Register) counts(ctx context.Context, region string) (map[Tier]int64, error) {
	out := map[Tier]int64{}
	return out, g.st.Read(ctx, func(sc store.Scan) error {
		var t Tier
		var n int64
		err := sc(&t, &n)
		out[t] = n
		return err
	}, "SELECT tier, COUNT(*) FROM credit_tier WHERE region = ? GROUP BY tier", region)
}
