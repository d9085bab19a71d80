package credit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Why a tier was looked at.
const (
	whyNew   = "new"   // its records changed
	whyTime  = "time"  // a record has grown older, or dropped out
	whyIndex = "index" // the index is another
)

// round is how many parties are computed at one time.
const round = 500

// recompute brings all tiers of a register up to the day: those of parties whose records changed, whose day has come, and, when
// the index is another, all. Any number of servers may do it at once: a tier is a function of records, index and day, and its
// change is written by the one transaction that finds it changed.
func (g *Register) recompute(ctx context.Context, region string) error {
	s := g.standard(region)
	if s == nil {
		return nil
	}
	if err := g.all(ctx, region, s); err != nil {
		return err
	}
	if err := g.rounds(ctx, region, s, whyNew, "SELECT party FROM credit_due WHERE region = ? AND party > ? AND batch IN "+
		"(SELECT batch FROM credit_batch WHERE region = credit_due.region AND state = '"+Taken+"' UNION ALL SELECT 0) GROUP BY party ORDER BY party LIMIT ?"); err != nil {
		return err
	}
	today := int64(workday.DateOf(g.now()))
	return g.rounds(ctx, region, s, whyTime, "SELECT party FROM credit_tier WHERE region = ? AND party > ? AND next > 0 AND next <= ? ORDER BY party LIMIT ?", today)
}

// rounds asks for parties, some at a time in the order of their codes, and brings their tiers up to the day.
func (g *Register) rounds(ctx context.Context, region string, s *Standard, why, query string, args ...any) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	last := ""
	for {
		var parties []string
		err := g.st.Read(ctx, texts(&parties), query, append(append([]any{region, last}, args...), round)...)
		if err != nil || len(parties) == 0 {
			return cmp.Or(group.Wait(), err) // what failed in the group ends the reading too, and is the cause
		}
		group.Go(func() error { return g.bring(ctx, region, s, why, parties) })
		last = parties[len(parties)-1]
	}
}

// all computes every tier of a register if the index is another than that by which they were computed.
func (g *Register) all(ctx context.Context, region string, s *Standard) error {
	had := ""
	if err := g.st.Read(ctx, func(sc store.Scan) error { return sc(&had) }, "SELECT standard FROM credit_register WHERE region = ?", region); err != nil || had == s.Digest {
		return err
	}
	for _, parties := range []string{
		"SELECT DISTINCT party FROM credit_record WHERE region = ? AND party > ? ORDER BY party LIMIT ?",
		"SELECT DISTINCT party FROM credit_subject WHERE region = ? AND party > ? ORDER BY party LIMIT ?",
	} {
		if err := g.rounds(ctx, region, s, whyIndex, parties); err != nil {
			return err
		}
	}
	return g.st.Update(ctx, func(w store.Writer) error {
		_, err := w.Exec("UPDATE credit_register SET standard = ? WHERE region = ?", s.Digest, region)
		return err
	})
}

// tierRow is a tier as it is kept.
type tierRow struct {
	party, standard string
	day             workday.Date
	st              Standing
	fields          string
}

// same reports whether the tiers are the same, whatever the points.
func (r *tierRow) same(o *tierRow) bool {
	return r.st.Tier == o.st.Tier && tiersOf(r.fields) == tiersOf(o.fields)
}

// fieldText writes tiers by field: "food=B:812000000 energy=A:1000000000".
func fieldText(list []FieldTier) string {
	var out []string
	for _, f := range list {
		out = append(out, fmt.Sprintf("%s=%s:%d", f.Field, f.Tier, f.Points))
	}
	return strings.Join(out, " ")
}

// tiersOf leaves the points away.
func tiersOf(fields string) string {
	list := strings.Fields(fields)
	for i, f := range list {
		list[i], _, _ = strings.Cut(f, ":")
	}
	return strings.Join(list, " ")
}

// maxAgain bounds how often a round is computed again because a list was taken meanwhile.
const maxAgain = 20

// errMoved: something from which tiers follow has changed since it was read.
var errMoved = errors.New("credit: records changed while tiers were computed")

// bring reads the records of some parties, computes their tiers outside of any writing transaction, and writes what is another, if
// nothing has changed meanwhile; else it begins again.
func (g *Register) bring(ctx context.Context, region string, s *Standard, why string, parties []string) error {
	for range maxAgain {
		rows, due, taken, err := g.compute(ctx, region, s, why, parties)
		if err != nil {
			return err
		}
		err = g.st.Update(ctx, func(w store.Writer) error {
			now, err := takenOf(w, region)
			if err == nil && now != taken {
				err = errMoved
			}
			if err != nil {
				return err
			}
			return g.write(w, region, why, parties, rows, due)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

func takenOf(r store.Reader, region string) (n int64, err error) {
	err = r.Read(func(sc store.Scan) error { return sc(&n) }, "SELECT taken FROM credit_register WHERE region = ?", region)
	return n, err
}

// compute gives the tiers of some parties from one state of the register, and which rows of what is due that settles.
func (g *Register) compute(ctx context.Context, region string, s *Standard, why string, parties []string) (rows []*tierRow, due [][]any, taken int64, err error) {
	day := workday.DateOf(g.now())
	err = g.st.View(ctx, func(r store.Reader) error {
		rows, due = nil, nil
		var err error
		if taken, err = takenOf(r, region); err != nil {
			return err
		}
		pending, err := pendingIn(r, region)
		if err != nil {
			return err
		}
		of := func(do func(string, Record)) error { return eachRecord(r, pending, region, parties, do) }
		if why == whyIndex { // every party of the range
			of = func(do func(string, Record)) error {
				return denseRecords(r, pending, region, parties[0], parties[len(parties)-1], do)
			}
		}
		subjects := make(map[string]*Subject, len(parties))
		records := make(map[string][]Record, len(parties))
		err = errors.Join(
			eachSubject(r, pending, region, parties, func(sub Subject) { subjects[sub.Party] = &sub }),
			of(func(party string, rec Record) { records[party] = append(records[party], rec) }),
			inPieces(parties, []any{region}, func(args []any) error {
				return r.Read(func(sc store.Scan) error {
					var batch int64
					var party string
					err := sc(&batch, &party)
					if !pending[batch] {
						due = append(due, []any{region, party, batch})
					}
					return err
				}, "SELECT batch, party FROM credit_due WHERE region = ? AND party IN "+places, args...)
			}))
		for _, p := range parties {
			if subjects[p] == nil && records[p] == nil {
				continue // only a list that is not taken yet tells of it
			}
			if subjects[p] == nil {
				subjects[p] = &Subject{Party: p}
			}
			st := s.Assess(subjects[p], records[p], day)
			rows = append(rows, &tierRow{p, s.Digest, day, st, fieldText(st.Fields)})
		}
		return err
	})
	return rows, due, taken, err
}

// write writes the tiers that are other than what is kept, each change with its reason, and settles what was due.
func (g *Register) write(w store.Writer, region, why string, parties []string, rows []*tierRow, due [][]any) error {
	kept := map[string]*tierRow{}
	last := map[string]int64{}
	err := inPieces(parties, []any{region}, func(args []any) error {
		return errors.Join(w.Read(func(sc store.Scan) error {
			k := &tierRow{}
			var day, next int64
			err := sc(&k.party, &k.standard, &day, &k.st.Points, &k.st.Tier, &k.fields, &next)
			k.day, k.st.Next = workday.Date(day), workday.Date(next)
			kept[k.party] = k
			return err
		}, "SELECT party, standard, day, points, tier, fields, next FROM credit_tier WHERE region = ? AND party IN "+places, args...),
			w.Read(func(sc store.Scan) error {
				var party string
				var no int64
				err := sc(&party, &no)
				last[party] = no
				return err
			}, "SELECT party, MAX(no) FROM credit_change WHERE region = ? AND party IN "+places+" GROUP BY party", args...))
	})
	if err != nil {
		return err
	}
	var tiers, changes [][]any
	for _, r := range rows {
		k, was := kept[r.party], ""
		if k != nil {
			was = string(k.st.Tier)
			if k.standard == r.standard && k.st.Points == r.st.Points && k.st.Next == r.st.Next && k.fields == r.fields && k.st.Tier == r.st.Tier {
				continue
			}
		}
		tiers = append(tiers, []any{region, r.party, r.standard, int64(r.day), r.st.Points, string(r.st.Tier), r.fields, int64(r.st.Next)})
		if k == nil || !k.same(r) {
			changes = append(changes, []any{region, r.party, last[r.party] + 1, g.now().UnixMicro(), was, string(r.st.Tier), r.fields, why})
		}
	}
	return errors.Join(w.Put("credit_tier", tiers...), w.Add("credit_change", changes...), w.Drop("credit_due", due...))
}

// Counted is how many parties of a register are in each tier.
type Counted map[Tier]int64

// counts counts the parties of each tier.
func (g *Register) counts(ctx context.Context, region string) (Counted, error) {
	out := Counted{}
	return out, g.st.Read(ctx, func(sc store.Scan) error {
		var t Tier
		var n int64
		err := sc(&t, &n)
		out[t] = n
		return err
	}, "SELECT tier, COUNT(*) FROM credit_tier WHERE region = ? GROUP BY tier", region)
}

// EachTier calls each for every party of a register that has a tier, for the module that inspects by it. What it learns it does not show.
func (g *Register) EachTier(ctx context.Context, region string, each func(party, tier string)) error {
	return g.st.Read(ctx, func(sc store.Scan) error {
		var party, tier string
		err := sc(&party, &tier)
		each(party, tier)
		return err
	}, "SELECT party, tier FROM credit_tier WHERE region = ?", region)
}
