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

// round is how many parties are computed, and written, at one time: others wait that long, some tens of milliseconds.
const round = 500

// The parties of a register whose tiers may be other than what is kept, some at a time in the order of their codes. Whoever has
// records has a tier, or is due; a tier says by which index it was computed, so that a pass that was broken off goes on where it ended.
const (
	otherIndex = "SELECT party FROM credit_tier WHERE region = ? AND party > ? AND standard <> ? ORDER BY party LIMIT ?"
	newRecords = "SELECT party FROM credit_due WHERE region = ? AND party > ? AND batch IN " + counting + " GROUP BY party ORDER BY party LIMIT ?"
	dayHasCome = "SELECT party FROM credit_tier WHERE region = ? AND party > ? AND next > 0 AND next <= ? ORDER BY party LIMIT ?"
)

// counting are the batches of the region that count; of what is due, 0 is no batch and counts at once.
const counting = "(SELECT batch FROM credit_batch WHERE region = ? AND state = '" + Taken + "' UNION ALL SELECT 0)"

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
	if err := g.rounds(ctx, region, s, whyNew, newRecords, region); err != nil {
		return err
	}
	return g.rounds(ctx, region, s, whyTime, dayHasCome, int64(workday.DateOf(g.now())))
}

// rounds asks for parties, some at a time in the order of their codes, and brings their tiers up to the day.
func (g *Register) rounds(ctx context.Context, region string, s *Standard, why, query string, args ...any) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	last := ""
	for {
		var parties []string
		err := g.st.Read(ctx, store.Column(&parties), query, append(append([]any{region, last}, args...), round)...)
		if err != nil || len(parties) == 0 {
			return cmp.Or(group.Wait(), err) // what failed in the group ends the reading too, and is the cause
		}
		group.Go(func() error { return g.bring(ctx, region, s, why, parties) })
		last = parties[len(parties)-1]
	}
}

// all computes every tier of a register if the index is another than that by which they were computed.
func (g *Register) all(ctx context.Context, region string, s *Standard) error {
	had, known := "", false
	err := g.st.Read(ctx, func(sc store.Scan) error { known = true; return sc(&had) }, "SELECT standard FROM credit_register WHERE region = ?", region)
	if err != nil || !known || had == s.Digest {
		return err
	}
	if had != "" { // until the last is computed they are by two indexes: should the former come back meanwhile, that has to be seen
		if err := g.computedBy(ctx, region, ""); err != nil {
			return err
		}
	}
	if err := g.rounds(ctx, region, s, whyIndex, otherIndex, s.Digest); err != nil {
		return err
	}
	return g.computedBy(ctx, region, s.Digest)
}

// computedBy notes by which index all tiers of a register are; "": by more than one.
func (g *Register) computedBy(ctx context.Context, region, standard string) error {
	return g.st.Update(ctx, func(w store.Writer) error {
		_, err := w.Exec("UPDATE credit_register SET standard = ? WHERE region = ?", standard, region)
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

// equal reports whether all is the same but by which index and on which day it was computed.
func (r *tierRow) equal(o *tierRow) bool {
	return r.st.Points == o.st.Points && r.st.Tier == o.st.Tier && r.st.Next == o.st.Next && r.fields == o.fields
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
		rows, taken, err := g.compute(ctx, region, s, parties)
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
			return errors.Join(g.write(w, region, why, rows), settle(w, region, parties))
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

func takenOf(r store.Reader, region string) (n int64, err error) {
	err = r.Read(store.Into(&n), "SELECT taken FROM credit_register WHERE region = ?", region)
	return n, err
}

// compute gives the tiers of some parties from one state of the register. Of whom only a list tells that is not taken yet, it gives none.
func (g *Register) compute(ctx context.Context, region string, s *Standard, parties []string) (rows []tierRow, taken int64, err error) {
	day := workday.DateOf(g.now())
	err = g.st.View(ctx, func(r store.Reader) error {
		rows = make([]tierRow, 0, len(parties))
		var err error
		if taken, err = takenOf(r, region); err != nil {
			return err
		}
		pending, err := pendingIn(r, region)
		if err != nil {
			return err
		}
		subjects := map[string]*Subject{}
		assess := func(sub *Subject, records []Record) {
			st := s.Assess(sub, records, day)
			rows = append(rows, tierRow{sub.Party, s.Digest, day, st, fieldText(st.Fields)})
		}
		err = errors.Join(
			eachSubject(r, pending, region, parties, func(sub Subject) { subjects[sub.Party] = &sub }),
			eachDense(r, pending, region, parties, func(party string, records []Record) {
				sub := cmp.Or(subjects[party], &Subject{Party: party})
				delete(subjects, party)
				assess(sub, records)
			}))
		for _, sub := range subjects { // without a record
			assess(sub, nil)
		}
		return err
	})
	return rows, taken, err
}

// write writes the tiers that are other than what is kept, each change with its reason.
func (g *Register) write(w store.Writer, region, why string, rows []tierRow) error {
	parties := make([]string, len(rows))
	for i := range rows {
		parties[i] = rows[i].party
	}
	kept, err := keptTiers(w, region, parties)
	if err != nil {
		return err
	}
	var tiers, changes [][]any
	var confirmed, changed []string
	change := map[string][]any{} // one of changes
	for i := range rows {
		r, k := &rows[i], kept[rows[i].party]
		switch {
		case k == nil || !k.equal(r):
			tiers = append(tiers, []any{region, r.party, r.standard, int64(r.day), r.st.Points, string(r.st.Tier), r.fields, int64(r.st.Next)})
		case k.standard != r.standard:
			confirmed = append(confirmed, r.party)
		}
		if k == nil || !k.same(r) {
			changed = append(changed, r.party)
			change[r.party] = []any{region, r.party, int64(1), g.now().UnixMicro(), string(cmp.Or(k, &tierRow{}).st.Tier), string(r.st.Tier), r.fields, why}
			changes = append(changes, change[r.party])
		}
	}
	err = inPieces(changed, []any{region}, func(args []any) error {
		return w.Read(func(sc store.Scan) error {
			var party string
			var no int64
			err := sc(&party, &no)
			change[party][2] = no + 1
			return err
		}, "SELECT party, MAX(no) FROM credit_change WHERE region = ? AND party IN "+places+" GROUP BY party", args...)
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	return errors.Join(w.Put("credit_tier", tiers...), w.Add("credit_change", changes...),
		inPieces(confirmed, []any{rows[0].standard, int64(rows[0].day), region}, func(args []any) error {
			_, err := w.Exec("UPDATE credit_tier SET standard = ?, day = ? WHERE region = ? AND party IN "+places, args...)
			return err
		}))
}

// keptTiers are the tiers of some parties as they are kept.
func keptTiers(r store.Reader, region string, parties []string) (map[string]*tierRow, error) {
	kept := make(map[string]*tierRow, len(parties))
	return kept, inPieces(parties, []any{region}, func(args []any) error {
		return r.Read(func(sc store.Scan) error {
			k := &tierRow{}
			err := sc(&k.party, &k.standard, &k.day, &k.st.Points, &k.st.Tier, &k.fields, &k.st.Next)
			kept[k.party] = k
			return err
		}, "SELECT party, standard, day, points, tier, fields, next FROM credit_tier WHERE region = ? AND party IN "+places, args...)
	})
}

// settle takes away what some parties were due for. Batches that do not count yet stay.
func settle(w store.Writer, region string, parties []string) error {
	return inPieces(parties, []any{region}, func(args []any) error {
		_, err := w.Exec("DELETE FROM credit_due WHERE region = ? AND party IN "+places+" AND batch IN "+counting, append(args, region)...)
		return err
	})
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
