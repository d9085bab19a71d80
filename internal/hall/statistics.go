package hall

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// What figures may be grouped by.
const (
	ByItem       = "item"
	ByDepartment = "department"
	ByRegion     = "region"
	ByDoor       = "door"
)

// Groupings lists what figures may be grouped by.
func Groupings() []string { return []string{ByItem, ByDepartment, ByRegion, ByDoor} }

// StatQuery asks for figures. Empty fields do not filter; an empty Region is the actor's own. Regions below are counted in.
type StatQuery struct {
	Region     string
	Period     stat.Period
	Item       caseflow.ItemID
	Department string
	Door       string // channel
	Group      string // one of Groupings, or ""
}

// MaxPeriod bounds a period: ten years and a leap day or three.
const MaxPeriod = 3653

// ErrPeriod: a period ends before it begins, or is longer than MaxPeriod days.
var ErrPeriod = errors.New("hall: no such period")

// Group is the figures of one item, department, region or door.
type Group struct {
	Key     string
	Figures stat.Figures
}

// Point is what happened on a day, or in the month that begins with it.
type Point struct {
	Day                          workday.Date
	Received, Decided, Delivered int64
}

// Statistics are the figures of a query, as they stood at an instant.
type Statistics struct {
	Query   StatQuery // as it was answered: with region and department, where the actor's right sets them
	At      time.Time
	Regions []string // counted in
	// Succeeds are departments that have gone and whose figures are counted in: with the department that was asked for, or with
	// those that bear their duties now.
	Succeeds []string
	Now      stat.Figures
	Before   stat.Figures // of stat.Period.Before
	Year     stat.Figures // of stat.Period.YearBefore
	Groups   []Group      // by the number received, most first
	Trend    []Point      // of each day or, of a period of more than MaxDays, of each month; none is left out
	Monthly  bool         // the trend is by month
}

// MaxDays is the longest period of which the trend is by day.
const MaxDays = 62

// Statistics returns figures to those who may see them: they are sums of what the store keeps, and no case is looked at. ErrNotFound.
func (h *Hall) Statistics(ctx context.Context, by caseflow.Actor, q StatQuery) (*Statistics, error) {
	if q.Period.To < q.Period.From || q.Period.Days() > MaxPeriod {
		return nil, ErrPeriod
	}
	q.Region = cmp.Or(q.Region, by.Region)
	var ok bool
	if q.Department, ok = narrow(by, access.StatsSee, q.Region, q.Department); !ok {
		return nil, ErrNotFound
	}
	regions, err := h.regionsIn(ctx, q.Region)
	if err != nil {
		return nil, err
	}
	s := &Statistics{Query: q, At: h.Now(), Regions: regions, Monthly: q.Period.Days() > MaxDays}
	if s.Succeeds = h.succeeded(by, q.Region, q.Department); q.Department == "" && q.Group == ByDepartment {
		s.Succeeds = h.offices.Load().regions[q.Region].left()
	}
	groups := map[string]*stat.Figures{}
	if err := h.sum(ctx, s, q.Period, q.Group, func(key string, t *store.Total) {
		s.Now.Add(t.Measure, t.Bucket, t.N)
		if q.Group != "" {
			if groups[key] == nil {
				groups[key] = &stat.Figures{}
			}
			groups[key].Add(t.Measure, t.Bucket, t.N)
		}
	}); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		of   stat.Period
		into *stat.Figures
	}{{q.Period.Before(), &s.Before}, {q.Period.YearBefore(), &s.Year}} {
		if err := h.sum(ctx, s, c.of, "", func(_ string, t *store.Total) { c.into.Add(t.Measure, t.Bucket, t.N) }); err != nil {
			return nil, err
		}
	}
	s.Groups = ranked(groups)
	return s, h.trend(ctx, s)
}

// ranked is the groups, those with most received first.
func ranked(groups map[string]*stat.Figures) []Group {
	var all []Group
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		all = append(all, Group{key, *groups[key]})
	}
	slices.SortStableFunc(all, func(a, b Group) int { return cmp.Compare(b.Figures.Received, a.Figures.Received) })
	return all
}

// regionsIn are the regions with cases or accounts that are the given one or lie below it, in the tree of who handles services.
func (h *Hall) regionsIn(ctx context.Context, top string) ([]string, error) {
	all, err := h.store.Regions(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(code string) bool { return !ident.Service().Within(code, top) }), nil
}

// sum calls each for the totals of a period, with the key of its group.
func (h *Hall) sum(ctx context.Context, s *Statistics, p stat.Period, group string, each func(key string, t *store.Total)) error {
	o := h.offices.Load().regions[s.Query.Region]
	for _, stretch := range p.Stretches() {
		list, err := h.store.Totals(ctx, store.TotalQuery{Regions: s.Regions, Stretch: stretch, Item: s.Query.Item, Department: s.Query.Department, Succeeds: s.Succeeds,
			Channel: s.Query.Door, ByRegion: group == ByRegion, ByItem: group == ByItem, ByDepartment: group == ByDepartment, ByChannel: group == ByDoor})
		if err != nil {
			return err
		}
		for i := range list {
			t := &list[i] // what the query did not ask for is empty: one of these is the key
			t.Department = o.heir(t.Department, forever)
			each(t.Region+string(t.Item)+t.Department+t.Channel, t)
		}
	}
	return nil
}

// trend fills in what happened day by day, or month by month.
func (h *Hall) trend(ctx context.Context, s *Statistics) error {
	stretch := stat.Stretch{Period: s.Query.Period, Months: s.Monthly}
	if s.Monthly {
		stretch.From = stat.FirstOf(stretch.From)
	}
	at := map[workday.Date]int{}
	for d := stretch.From; d <= stretch.To; d = next(d, s.Monthly) {
		at[d] = len(s.Trend)
		s.Trend = append(s.Trend, Point{Day: d})
	}
	list, err := h.store.Totals(ctx, store.TotalQuery{Regions: s.Regions, Stretch: stretch, Item: s.Query.Item, Department: s.Query.Department, Succeeds: s.Succeeds,
		Channel: s.Query.Door, Measures: []string{stat.Received, stat.Decided, stat.Delivered}, ByDay: true})
	if err != nil {
		return err
	}
	for _, t := range list {
		s.Trend[at[t.Day]].add(&t)
	}
	return nil
}

func next(d workday.Date, month bool) workday.Date {
	if month {
		return stat.MonthOf(d).To + 1
	}
	return d + 1
}

// KeptDays is the span over which Kept looks back.
const KeptDays = 365

// Kept tells how the cases of each item of a region and below kept their limits in the last KeptDays days, by the measures of
// stat.Promise. For those who may see the figures of all departments. ErrNotFound.
func (h *Hall) Kept(ctx context.Context, by caseflow.Actor, region string) (map[caseflow.ItemID]map[string]stat.Outcome, stat.Period, error) {
	today := workday.DateOf(h.Now())
	p := stat.Period{From: today - KeptDays + 1, To: today}
	s, err := h.Statistics(ctx, by, StatQuery{Region: region, Period: p, Group: ByItem})
	if err != nil {
		return nil, p, err
	}
	kept := map[caseflow.ItemID]map[string]stat.Outcome{}
	for i := range s.Groups {
		kept[caseflow.ItemID(s.Groups[i].Key)] = s.Groups[i].Figures.Limits
	}
	return kept, p, nil
}
