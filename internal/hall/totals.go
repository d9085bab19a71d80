package hall

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// TotalGap is a total that is not what the journals give.
type TotalGap struct {
	Total store.Total // as it is kept; N is 0 if it is missing. Item is empty for all items together
	Month bool        // of the month that begins with Day
	True  int64       // what the journals give
}

// retotalled is what the journals of a region give.
type retotalled struct {
	written int64
	marks   map[store.ItemMark]int64
}

// Regions are those that have cases, sorted.
func (h *Hall) Regions(ctx context.Context) ([]string, error) {
	list, err := h.store.Regions(ctx)
	slices.Sort(list)
	return list, err
}

// Written is how many entries the cases of a region have: how far CheckTotals and Retotal have to go.
func (h *Hall) Written(ctx context.Context, region string) (int64, error) {
	return h.store.Written(ctx, region)
}

// CheckTotals compares the totals of a region with those that the journals of all its cases give, and lists what differs. It takes as
// long as reading every journal; read is told how many entries were read. store.ErrConflict if a command was given meanwhile.
func (h *Hall) CheckTotals(ctx context.Context, region string, read func(entries int)) ([]TotalGap, error) {
	now, err := h.retotal(ctx, region, read)
	if err != nil {
		return nil, err
	}
	want := now.totals(region)
	kept, err := h.keptTotals(ctx, region)
	if err != nil {
		return nil, err
	}
	if written, err := h.store.Written(ctx, region); err != nil || written != now.written {
		return nil, cmp.Or(err, store.ErrConflict)
	}
	var gaps []TotalGap
	for k, n := range want {
		if _, ok := kept[k]; !ok {
			gaps = append(gaps, TotalGap{k.Total, k.Month, n})
		}
	}
	for k, n := range kept {
		if isTrue := want[k]; n != isTrue {
			k.N = n
			gaps = append(gaps, TotalGap{k.Total, k.Month, isTrue})
		}
	}
	slices.SortFunc(gaps, func(a, b TotalGap) int {
		return cmp.Or(cmp.Compare(a.Total.Day, b.Total.Day), strings.Compare(a.name(), b.name()), cmp.Compare(a.Total.Bucket, b.Total.Bucket))
	})
	return gaps, nil
}

func (g *TotalGap) name() string {
	return fmt.Sprint(g.Month, "|", g.Total.Item, "|", g.Total.Department, "|", g.Total.Channel, "|", g.Total.Measure)
}

// Retotal computes the totals of a region again from the journals of all its cases and replaces those that are kept. It takes as
// long as reading every journal; read, if it is not nil, is told how many entries were read. store.ErrConflict if a command was
// given meanwhile.
func (h *Hall) Retotal(ctx context.Context, region string, read func(entries int)) error {
	now, err := h.retotal(ctx, region, read)
	if err != nil {
		return err
	}
	marks := make([]store.ItemMark, 0, len(now.marks))
	for m, n := range now.marks {
		m.N = n
		marks = append(marks, m)
	}
	return h.store.Retotal(ctx, region, now.written, marks)
}

func (h *Hall) retotal(ctx context.Context, region string, read func(entries int)) (*retotalled, error) {
	written, err := h.store.Written(ctx, region)
	if err != nil {
		return nil, err
	}
	now := &retotalled{written, map[store.ItemMark]int64{}}
	return now, eachIn(ctx, h.store, region, func(key store.Key) error {
		c, entry, err := h.fromJournal(ctx, key)
		if err != nil {
			return err
		}
		it, err := h.itemOf(c)
		if err != nil {
			return err
		}
		for _, m := range stat.MarksOf(c, it.Department) {
			now.marks[store.ItemMark{Item: c.Item, Mark: m}]++
		}
		if read != nil {
			read(entry.No)
		}
		return nil
	})
}

// totalAt is a total by all that it is kept by; its N is 0.
type totalAt struct {
	store.Total
	Month bool
}

func withoutN(t store.Total) store.Total {
	t.N = 0
	return t
}

// totals are the sums that the store should keep: by day and by month, of each item and of all.
func (r *retotalled) totals(region string) map[totalAt]int64 {
	sums := map[totalAt]int64{}
	for m, n := range r.marks {
		for month, day := range map[bool]workday.Date{false: m.Day, true: stat.FirstOf(m.Day)} {
			for _, item := range []caseflow.ItemID{"", m.Item} {
				sums[totalAt{store.Total{Region: region, Day: day, Item: item, Department: m.Department, Channel: m.Channel, Measure: m.Measure, Bucket: m.Bucket}, month}] += n
			}
		}
	}
	maps.DeleteFunc(sums, func(_ totalAt, n int64) bool { return n == 0 })
	return sums
}

// Totals are looked for from 1970 to the end of the century.
var everyDay = stat.Period{From: 0, To: workday.NewDate(2100, 12, 31)}

// keptTotals are the sums that the store keeps.
func (h *Hall) keptTotals(ctx context.Context, region string) (map[totalAt]int64, error) {
	sums := map[totalAt]int64{}
	for _, month := range []bool{false, true} {
		for _, byItem := range []bool{false, true} {
			list, err := h.store.Totals(ctx, store.TotalQuery{Regions: []string{region}, Stretch: stat.Stretch{Period: everyDay, Months: month},
				ByRegion: true, ByDay: true, ByItem: byItem, ByDepartment: true, ByChannel: true})
			if err != nil {
				return nil, err
			}
			for _, t := range list {
				sums[totalAt{withoutN(t), month}] = t.N
			}
		}
	}
	return sums, nil
}
