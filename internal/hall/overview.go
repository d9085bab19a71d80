package hall

import (
	"context"
	"errors"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// OverviewQuery asks for the leader's one screen, of a region with all below it and, if it is named, of one department.
type OverviewQuery struct {
	Region     string
	Department string
	Month      stat.Period // of the figures
	Days       int         // of the trend, up to today
	Late       int         // rows at most
	Calls      int         // rows at most
}

// Overview is what the screen shows. It costs a statement for the regions, one for all figures, and three for each region.
type Overview struct {
	At time.Time
	// Department is the only one that the figures are of: it was asked for, or it is all that the actor may see.
	Department string
	Tallies    []RegionTally
	Late       []store.TaskItem // the most overdue; none for who sees no case
	Calls      []store.TaskItem // bad ratings that nobody has answered yet
	Today      int64            // received
	Month      stat.Figures
	Before     int64 // received in the days to compare with
	// YearBefore is what was received in the same days a year ago.
	YearBefore int64
	Trend      []Point
}

// Overview reads it, for who may see the figures. ErrNotFound.
func (h *Hall) Overview(ctx context.Context, by caseflow.Actor, q OverviewQuery) (*Overview, error) {
	department, ok := narrow(by, access.StatsSee, q.Region, q.Department)
	if !ok {
		return nil, ErrNotFound
	}
	regions, err := h.regionsIn(ctx, q.Region)
	if err != nil {
		return nil, err
	}
	o := &Overview{At: h.Now(), Department: department}
	for _, r := range regions {
		list, err := h.tally(ctx, by, q.Region, r, department)
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			o.Tallies = append(o.Tallies, RegionTally{r, t})
		}
	}
	live := []string{caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting}
	if o.Late, err = h.queueIn(ctx, by, regions, store.TaskQuery{Department: q.Department, States: live, Level: caseflow.LevelOver, Now: o.At, Limit: q.Late}); err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	if o.Calls, err = h.queueIn(ctx, by, regions, store.TaskQuery{Department: q.Department, States: live, Kinds: []string{caseflow.TaskCallback}, Limit: q.Calls}); err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return o, h.figuresOf(ctx, o, regions, department, h.succeeded(by, q.Region, department), q)
}

// figuresOf fills in all figures by one statement, which reads day by day, and one or two for the year before.
func (h *Hall) figuresOf(ctx context.Context, o *Overview, regions []string, department string, succeeds []string, q OverviewQuery) error {
	today, before := workday.DateOf(o.At), q.Month.Before()
	first := today - workday.Date(q.Days) + 1
	for d := first; d <= today; d++ {
		o.Trend = append(o.Trend, Point{Day: d})
	}
	list, err := h.store.Totals(ctx, store.TotalQuery{Regions: regions, Stretch: stat.Stretch{Period: stat.Period{From: min(first, before.From), To: today}},
		Department: department, Succeeds: succeeds, ByDay: true})
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Day >= q.Month.From && t.Day <= q.Month.To {
			o.Month.Add(t.Measure, t.Bucket, t.N)
		}
		if t.Measure == stat.Received && t.Day >= before.From && t.Day <= before.To {
			o.Before += t.N
		}
		if t.Day >= first {
			o.Trend[t.Day-first].add(&t)
		}
	}
	o.Today = o.Trend[len(o.Trend)-1].Received
	return h.yearBefore(ctx, o, q.Month.YearBefore(), store.TotalQuery{Regions: regions, Department: department, Succeeds: succeeds, Measures: []string{stat.Received}})
}

// yearBefore fills in what was received in a period of the last year, month by month where it has whole ones.
func (h *Hall) yearBefore(ctx context.Context, o *Overview, p stat.Period, q store.TotalQuery) error {
	for _, q.Stretch = range p.Stretches() {
		list, err := h.store.Totals(ctx, q)
		if err != nil {
			return err
		}
		for _, t := range list {
			o.YearBefore += t.N
		}
	}
	return nil
}

// add counts a total that belongs to the point.
func (p *Point) add(t *store.Total) {
	switch t.Measure {
	case stat.Received:
		p.Received += t.N
	case stat.Decided:
		p.Decided += t.N
	case stat.Delivered:
		p.Delivered += t.N
	}
}
