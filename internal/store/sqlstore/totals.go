package sqlstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// totalKey is one total, whatever its slots.
type totalKey struct {
	region              string
	month               int64 // 1: of the month that begins with day
	item                caseflow.ItemID
	day                 workday.Date
	department, channel string
	measure             string
	bucket              int
}

// totals are sums, or by how much sums change.
type totals map[totalKey]int64

// marks adds n times each mark under its day and under its month, of its item and of all.
func (t totals) marks(region string, item caseflow.ItemID, marks []stat.Mark, n int64) {
	for _, m := range marks {
		k := totalKey{region: region, day: m.Day, department: m.Department, channel: m.Channel, measure: m.Measure, bucket: m.Bucket}
		for month, day := range []workday.Date{m.Day, stat.FirstOf(m.Day)} {
			for _, it := range []caseflow.ItemID{"", item} {
				k.month, k.day, k.item = int64(month), day, it
				t.one(k, n)
			}
		}
	}
}

func (t totals) one(k totalKey, n int64) {
	if t[k] += n; t[k] == 0 {
		delete(t, k)
	}
}

// rows are the totals as rows, in the same order in every transaction: nobody waits in a circle.
func (t totals) rows(slot int64) [][]any {
	keys := slices.SortedFunc(maps.Keys(t), func(a, b totalKey) int {
		return cmp.Or(strings.Compare(a.region, b.region), cmp.Compare(a.month, b.month), cmp.Compare(a.item, b.item), cmp.Compare(a.day, b.day),
			strings.Compare(a.department, b.department), strings.Compare(a.channel, b.channel), strings.Compare(a.measure, b.measure),
			cmp.Compare(a.bucket, b.bucket))
	})
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{k.region, k.month, string(k.item), int64(k.day), k.department, k.channel, k.measure, int64(k.bucket), slot, t[k]}
	}
	return rows
}

// addTotals adds to totals.
var addTotals = tTotal.adding(" ON CONFLICT (" + strings.Join(tTotal.cols[:tTotal.key], ", ") + ") DO UPDATE SET n = total.n + excluded.n")

// Totals sums totals.
func (s *Store) Totals(ctx context.Context, q store.TotalQuery) ([]store.Total, error) {
	if len(q.Regions) == 0 {
		return nil, nil
	}
	query, args := totalsQuery(q)
	var all []store.Total
	err := s.each(ctx, func(sc scan) error {
		var t store.Total
		err := sc(&t.Region, &t.Day, &t.Item, &t.Department, &t.Channel, &t.Measure, &t.Bucket, &t.N)
		all = append(all, t)
		return err
	}, query, args...)
	return all, err
}

// totalsQuery reads one range of the key for each region and item, or one for all items of a region together.
func totalsQuery(q store.TotalQuery) (string, []any) {
	var w where
	in(&w, "region", q.Regions)
	w.add("month = ?", truth(q.Stretch.Months))
	if q.ByItem && q.Item == "" {
		w.add("item > ''")
	} else {
		w.add("item = ?", string(q.Item))
	}
	w.add("day BETWEEN ? AND ?", int64(q.Stretch.From), int64(q.Stretch.To))
	in(&w, "department", together(q.Department, q.Succeeds))
	w.equal("channel", q.Channel)
	in(&w, "measure", q.Measures)
	cols, group := []string{"''", "0", "''", "''", "''", "measure", "bucket"}, []string{"measure", "bucket"}
	for i, by := range []bool{q.ByRegion, q.ByDay, q.ByItem, q.ByDepartment, q.ByChannel} {
		if by {
			cols[i] = []string{"region", "day", "item", "department", "channel"}[i]
			group = append(group, cols[i])
		}
	}
	return "SELECT " + strings.Join(cols, ", ") + ", CAST(SUM(n) AS BIGINT) FROM total WHERE " + strings.Join(w.conds, " AND ") +
		" GROUP BY " + strings.Join(group, ", ") + " HAVING SUM(n) <> 0", w.args
}

const writtenQuery = "SELECT CAST(COALESCE(SUM(entry), 0) AS BIGINT) FROM cases WHERE region = ?"

// Written counts the entries of a region.
func (s *Store) Written(ctx context.Context, region string) (int64, error) {
	var n int64
	err := s.one(ctx, store.Into(&n), writtenQuery, region)
	return n, err
}

// Retotal replaces the totals of a region, once nobody else writes.
func (s *Store) Retotal(ctx context.Context, region string, written int64, marks []store.ItemMark) error {
	sums := totals{}
	for _, m := range marks {
		sums.marks(region, m.Item, []stat.Mark{m.Mark}, m.N)
	}
	return s.tx(ctx, func(w *writer) error {
		if alone := w.s.d.alone; alone != "" {
			if err := w.exec(alone); err != nil {
				return err
			}
		}
		now := int64(0)
		if err := w.query(store.Into(&now), writtenQuery, region); err != nil {
			return err
		}
		if now != written {
			return store.ErrConflict
		}
		return w.together(step{shape: wipeTotals, rows: [][]any{{region}}}, step{shape: addTotals, rows: sums.rows(0)})
	})
}

var wipeTotals = tTotal.removing(1)
