package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// QuantilesView is how long decisions took: half, nine in ten and 99 in 100 took no longer.
type QuantilesView struct {
	P50 int `json:"p50"`
	P90 int `json:"p90"`
	P99 int `json:"p99"`
}

// OutcomeView is how limits ended; what is overdue counts as broken at once.
type OutcomeView struct {
	Kept   int64    `json:"kept"`
	Broken int64    `json:"broken"`
	Share  *float64 `json:"share,omitempty" doc:"Kept, of both; missing if there are none"`
}

// FiguresView is what is known of a group of cases in a period.
type FiguresView struct {
	Received  int64          `json:"received"`
	Accepted  int64          `json:"accepted"`
	Granted   int64          `json:"granted"`
	Refused   int64          `json:"refused"`
	Delivered int64          `json:"delivered" doc:"Granted, and all results handed out"`
	Withdrawn int64          `json:"withdrawn"`
	Declined  int64          `json:"declined" doc:"Not accepted"`
	Minutes   *QuantilesView `json:"minutes,omitempty" doc:"Office minutes from acceptance to decision, without stops; off by at most 1.6 %. Missing if nothing was decided"`
	Days      *QuantilesView `json:"days,omitempty" doc:"The same in working days"`
	Promised  OutcomeView    `json:"promised" doc:"The promised limit"`
	Statutory OutcomeView    `json:"statutory" doc:"The limit of law"`
	Ratings   int64          `json:"ratings"`
	Satisfied *float64       `json:"satisfied,omitempty" doc:"Share of ratings of level 3 and more; missing if nobody has rated"`
}

// ChangeView is how much figures differ from those of another period, as a share of these; missing where there was nothing then.
type ChangeView struct {
	Received  *float64 `json:"received,omitempty"`
	Decided   *float64 `json:"decided,omitempty"`
	Delivered *float64 `json:"delivered,omitempty"`
}

// PeriodView is another period and how the figures have changed since.
type PeriodView struct {
	From    workday.Date `json:"from"`
	To      workday.Date `json:"to"`
	Figures FiguresView  `json:"figures"`
	Change  ChangeView   `json:"change"`
}

// GroupView is the figures of one item, department, region or door.
type GroupView struct {
	Key     string      `json:"key"`
	Figures FiguresView `json:"figures"`
}

// PointView is what happened on a day, or in the month that begins with it.
type PointView struct {
	Day       workday.Date `json:"day"`
	Received  int64        `json:"received"`
	Decided   int64        `json:"decided"`
	Delivered int64        `json:"delivered"`
}

// StatisticsView are figures as they stood at an instant.
type StatisticsView struct {
	Body struct {
		Region     string       `json:"region"`
		Department string       `json:"department,omitempty" doc:"Where only those of one may be seen, that one"`
		From       workday.Date `json:"from"`
		To         workday.Date `json:"to"`
		At         time.Time    `json:"at"`
		Succeeds   []string     `json:"succeeds,omitempty" doc:"Departments that a reform has merged into others and that are counted in"`
		Figures    FiguresView  `json:"figures"`
		Before     PeriodView   `json:"before" doc:"The period before, as long (环比)"`
		Year       PeriodView   `json:"year" doc:"The same period a year ago (同比)"`
		Groups     []GroupView  `json:"groups" nullable:"false"`
		Trend      []PointView  `json:"trend" nullable:"false"`
		Monthly    bool         `json:"monthly,omitempty" doc:"The trend is by month"`
	}
}

// PeriodQuery is days, both ends included.
type PeriodQuery struct {
	From string `query:"from" maxLength:"10" doc:"First day; the first of this month if left out" example:"2026-11-01"`
	To   string `query:"to" maxLength:"10" doc:"Last day; today if left out" example:"2026-11-30"`
}

// period reads it.
func (q PeriodQuery) period(now time.Time) (stat.Period, error) {
	p := stat.Period{To: workday.DateOf(now)}
	p.From = stat.FirstOf(p.To)
	for _, x := range []struct {
		field, text string
		into        *workday.Date
	}{{"from", q.From, &p.From}, {"to", q.To, &p.To}} {
		if x.text == "" {
			continue
		}
		d, err := workday.ParseDate(x.text)
		if err != nil {
			return p, &caseflow.Refusal{Code: codeFields, Fields: []caseflow.FieldFault{{Field: x.field, Code: "pattern"}}}
		}
		*x.into = d
	}
	if p.To < p.From || p.Days() > hall.MaxPeriod {
		return p, &caseflow.Refusal{Code: codeFields, Fields: []caseflow.FieldFault{{Field: "to", Code: "period"}}}
	}
	return p, nil
}

// FiguresQuery says of which cases figures are wanted.
type FiguresQuery struct {
	Region     string `query:"region" maxLength:"20" doc:"Region code, with all below it; your own if left out"`
	Item       string `query:"item" maxLength:"100"`
	Department string `query:"department" maxLength:"100"`
	Door       string `query:"door" maxLength:"40" doc:"Channel through which the case was opened"`
}

type statisticsInput struct {
	caller
	PeriodQuery
	FiguresQuery
	Group string `query:"group" enum:"item,department,region,door"`
}

// figures reads which figures are asked for, of the own region if none is named.
func (a *API) figures(c caller, p PeriodQuery, q FiguresQuery) (hall.StatQuery, error) {
	region, err := c.home(q.Region)
	if err != nil {
		return hall.StatQuery{}, err
	}
	period, err := p.period(a.o.Hall.Now())
	return hall.StatQuery{Region: region, Period: period, Item: caseflow.ItemID(q.Item), Department: q.Department, Door: q.Door}, err
}

func (a *API) registerStatistics() {
	huma.Register(a.huma, huma.Operation{OperationID: "statistics", Method: http.MethodGet, Path: "/statistics", Tags: []string{"work"},
		Summary: "Volumes, time to decision, shares in time and satisfaction, with the periods to compare with: for those who oversee them"}, a.statistics)
	huma.Register(a.huma, huma.Operation{OperationID: "list-cases-behind", Method: http.MethodGet, Path: "/statistics/cases", Tags: []string{"work"},
		Summary: "The cases behind a figure: handed in, decided, ended, promise broken, rated badly"}, a.behind)
	huma.Register(a.huma, huma.Operation{OperationID: "list-orders", Method: http.MethodGet, Path: "/orders", Tags: []string{"work"},
		Summary: "The instructions (督办) that you follow: waiting for an answer, to be closed, closed"}, a.orders)
}

// BehindPage is a page of the cases behind a figure.
type BehindPage struct {
	Body struct {
		Cases []BehindCase `json:"cases" nullable:"false" doc:"The latest first, region by region"`
		Next  string       `json:"next,omitempty" doc:"Cursor of the next page; missing on the last"`
	}
}

// BehindCase is a case of such a list.
type BehindCase struct {
	CaseSummary
	Happened time.Time `json:"happened" doc:"When it was handed in, decided, ended or rated badly, or when its broken promise was due"`
}

type behindInput struct {
	caller
	PeriodQuery
	When       string `query:"when" enum:"submitted,decided,ended,broken,poor" default:"submitted" doc:"broken: its promise was not kept; poor: rated badly (差评)"`
	Region     string `query:"region" maxLength:"20" doc:"Region code, with all below it; your own if left out"`
	Item       string `query:"item" maxLength:"100"`
	Department string `query:"department" maxLength:"100" doc:"Leads"`
	Door       string `query:"door" maxLength:"40" doc:"Channel through which the case was opened"`
	Cursor     string `query:"cursor" maxLength:"400"`
	Limit      int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (a *API) behind(ctx context.Context, in *behindInput) (*BehindPage, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	p, err := in.period(a.o.Hall.Now())
	if err != nil {
		return nil, err
	}
	rows, next, err := a.o.Hall.CasesBelow(ctx, in.by, store.CaseQuery{Region: region, Item: caseflow.ItemID(in.Item), Lead: in.Department, Channel: in.Door,
		When: store.Happening(in.When), From: p.From.Start(), To: p.To.End(), Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &BehindPage{}
	out.Body.Cases, out.Body.Next = make([]BehindCase, len(rows)), next
	for i := range rows {
		out.Body.Cases[i] = BehindCase{a.summary(in.by, &rows[i]), rows[i].Happened}
	}
	return out, nil
}

// OrderList is the instructions that somebody follows.
type OrderList struct {
	Body struct {
		Tasks []TaskSummary `json:"tasks" nullable:"false"`
		More  bool          `json:"more,omitempty" doc:"There may be more than are listed"`
	}
}

type ordersInput struct {
	caller
	State string `query:"state" enum:"waiting,answered,closed" default:"waiting"`
}

// maxOrders is how many instructions are listed at once.
const maxOrders = 200

func (a *API) orders(ctx context.Context, in *ordersInput) (*OrderList, error) {
	rows, more, err := a.o.Hall.Orders(ctx, in.by, in.State, maxOrders)
	if err != nil {
		return nil, err
	}
	out := &OrderList{}
	out.Body.Tasks, out.Body.More = make([]TaskSummary, len(rows)), more
	for i := range rows {
		out.Body.Tasks[i] = a.taskSummary(in.by, &rows[i])
	}
	return out, nil
}

func (a *API) statistics(ctx context.Context, in *statisticsInput) (*StatisticsView, error) {
	q, err := a.figures(in.caller, in.PeriodQuery, in.FiguresQuery)
	if err != nil {
		return nil, err
	}
	q.Group = in.Group
	s, err := a.o.Hall.Statistics(ctx, in.by, q)
	if err != nil {
		return nil, err
	}
	p := q.Period
	out := &StatisticsView{}
	b := &out.Body
	b.Region, b.Department, b.From, b.To, b.At, b.Monthly = q.Region, s.Query.Department, p.From, p.To, s.At, s.Monthly
	b.Figures, b.Succeeds = figuresView(&s.Now), s.Succeeds
	b.Before, b.Year = periodView(p.Before(), &s.Now, &s.Before), periodView(p.YearBefore(), &s.Now, &s.Year)
	b.Groups, b.Trend = make([]GroupView, len(s.Groups)), make([]PointView, len(s.Trend))
	for i := range s.Groups {
		b.Groups[i] = GroupView{s.Groups[i].Key, figuresView(&s.Groups[i].Figures)}
	}
	for i, x := range s.Trend {
		b.Trend[i] = PointView(x)
	}
	return out, nil
}

func figuresView(f *stat.Figures) FiguresView {
	v := FiguresView{Received: f.Received, Accepted: f.Accepted, Granted: f.Granted, Refused: f.Refused, Delivered: f.Delivered,
		Withdrawn: f.Withdrawn, Declined: f.Declined, Ratings: f.Ratings.Count(),
		Promised: outcomeView(f.Ended(caseflow.ClockPromised)), Statutory: outcomeView(f.Ended(caseflow.ClockStatutory))}
	v.Minutes = quantiles(f.Minutes, stat.Middle)
	v.Days = quantiles(f.Days, func(days int) int { return days })
	v.Satisfied = known(f.Satisfied())
	return v
}

func outcomeView(o stat.Outcome) OutcomeView { return OutcomeView{o.Kept, o.Broken, known(o.Share())} }

// quantiles is nil if nothing was measured.
func quantiles(h stat.Histogram, value func(bucket int) int) *QuantilesView {
	p50, ok := h.Quantile(.5)
	if !ok {
		return nil
	}
	p90, _ := h.Quantile(.9)
	p99, _ := h.Quantile(.99)
	return &QuantilesView{value(p50), value(p90), value(p99)}
}

// known is nil for a figure that cannot be had.
func known(v float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &v
}

func periodView(p stat.Period, now, then *stat.Figures) PeriodView {
	return PeriodView{From: p.From, To: p.To, Figures: figuresView(then), Change: ChangeView{
		Received: known(stat.Change(now.Received, then.Received)), Decided: known(stat.Change(now.Decided(), then.Decided())),
		Delivered: known(stat.Change(now.Delivered, then.Delivered))}}
}
