package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

var totals = group{
	"totals add up the marks of all cases":                        totalsAddUp,
	"totals change by what marks change":                          totalsChange,
	"a change that is not written counts nothing":                 totalsRefused,
	"totals add up whoever writes at the same time":               totalsTogether,
	"reprojecting leaves totals alone, retotal replaces them":     retotal,
	"retotal is refused if something was written in the meantime": retotalLate,
}

var (
	march3 = workday.NewDate(2025, time.March, 3)
	april1 = workday.NewDate(2025, time.April, 1)
)

func received(day workday.Date) stat.Mark {
	return stat.Mark{Day: day, Department: "market", Channel: "online", Measure: stat.Received}
}

// marked is an opening with marks.
func marked(n int, marks ...stat.Mark) *store.Change {
	c := Opening(n)
	c.Marks = marks
	return c
}

// sums asks for totals of days from March to the end of 2025, as lines.
func sums(t *testing.T, s store.Store, q store.TotalQuery) []string {
	t.Helper()
	if q.Regions == nil {
		q.Regions = []string{Region}
	}
	if q.Stretch.To == 0 {
		q.Stretch.From, q.Stretch.To = march3-2, march3+300
	}
	list := got(s.Totals(t.Context(), q)).must(t)
	lines := make([]string, len(list))
	for i, x := range list {
		day := ""
		if q.ByDay {
			day = x.Day.String() + " "
		}
		lines[i] = strings.Join(strings.Fields(fmt.Sprintf("%s %s%s %s %s %s/%d %d", x.Region, day, x.Item, x.Department, x.Channel, x.Measure, x.Bucket, x.N)), " ")
	}
	slices.SortFunc(lines, cmp.Compare[string])
	return lines
}

func totalsAddUp(t *testing.T, s store.Store) {
	second, third := marked(2, received(march3), stat.Mark{Day: april1, Department: "tax", Channel: "window", Measure: stat.Rated, Bucket: 5}), marked(3, received(april1))
	second.Row.Item = "bakery"
	third.Marks[0].Channel = "window"
	commit(t, s, marked(1, received(march3)), second, third)
	months := stat.Stretch{Period: stat.Period{From: march3 - 2, To: april1}, Months: true}
	for name, c := range map[string]struct {
		q    store.TotalQuery
		want string
	}{
		"all":                   {store.TotalQuery{}, "rated/5 1; received/0 3"},
		"by day":                {store.TotalQuery{ByDay: true}, "2025-03-03 received/0 2; 2025-04-01 rated/5 1; 2025-04-01 received/0 1"},
		"by month":              {store.TotalQuery{ByDay: true, Stretch: months}, "2025-03-01 received/0 2; 2025-04-01 rated/5 1; 2025-04-01 received/0 1"},
		"by item":               {store.TotalQuery{ByItem: true}, "bakery rated/5 1; bakery received/0 1; open-company received/0 2"},
		"of an item":            {store.TotalQuery{Item: "bakery", ByChannel: true}, "online received/0 1; window rated/5 1"},
		"of a department":       {store.TotalQuery{Department: "market"}, "received/0 3"},
		"of two departments":    {store.TotalQuery{Department: "tax", Succeeds: []string{"market"}}, "rated/5 1; received/0 3"},
		"by department":         {store.TotalQuery{ByDepartment: true}, "market received/0 3; tax rated/5 1"},
		"of a door":             {store.TotalQuery{Channel: "online", ByDepartment: true}, "market received/0 2"},
		"of a measure":          {store.TotalQuery{Measures: []string{stat.Rated, stat.Days}}, "rated/5 1"},
		"of a day":              {store.TotalQuery{Stretch: stat.Stretch{Period: stat.Period{From: april1, To: april1}}}, "rated/5 1; received/0 1"},
		"of an item of a month": {store.TotalQuery{Item: "open-company", Stretch: months, ByDay: true}, "2025-03-01 received/0 1; 2025-04-01 received/0 1"},
		"by region":             {store.TotalQuery{Regions: []string{"610600", Region}, ByRegion: true}, Region + " rated/5 1; " + Region + " received/0 3"},
		"of no region":          {store.TotalQuery{Regions: []string{}}, ""},
		"of another region":     {store.TotalQuery{Regions: []string{"610600"}}, ""},
	} {
		same(t, name, strings.Join(sums(t, s, c.q), "; "), c.want)
	}
}

// totalsChange takes back a mark that a case no longer has, also where several entries of the case share a transaction.
func totalsChange(t *testing.T, s store.Store) {
	broken := stat.Mark{Day: march3, Department: "market", Channel: "online", Measure: stat.LimitOf("step", "check", workday.Limit{N: 3}), Bucket: stat.Broken}
	first, second, third := marked(1, received(march3)), Next(1, 2), Next(1, 3)
	second.WasMarks, second.Marks = first.Marks, []stat.Mark{received(march3), broken}
	third.WasMarks, third.Marks = second.Marks, []stat.Mark{received(march3)}
	waits := []func() error{s.Propose(t.Context(), first), s.Propose(t.Context(), second)}
	for _, wait := range waits {
		must(t, wait())
	}
	same(t, "with the mark", len(sums(t, s, store.TotalQuery{})), 2)
	commit(t, s, third)
	same(t, "without it", sums(t, s, store.TotalQuery{}), []string{"received/0 1"})
}

func totalsRefused(t *testing.T, s store.Store) {
	commit(t, s, marked(1, received(march3)))
	again := marked(1, received(march3))
	again.Entry.Request = "another"
	wantErr(t, s.Commit(t.Context(), again), store.ErrConflict)
	wantErr(t, s.Commit(t.Context(), marked(1, received(march3))), store.ErrRepeat)
	same(t, "sum", sums(t, s, store.TotalQuery{}), []string{"received/0 1"})
}

func totalsTogether(t *testing.T, s store.Store) {
	const n = 200
	for _, err := range together(n, func(i int) error { return s.Commit(t.Context(), marked(i+1, received(march3))) }) {
		must(t, err)
	}
	same(t, "sum", sums(t, s, store.TotalQuery{}), []string{fmt.Sprintf("received/0 %d", n)})
}

func retotal(t *testing.T, s store.Store) {
	first := marked(1, received(march3))
	commit(t, s, first)
	must(t, s.Reproject(t.Context(), marked(1, received(march3))))
	same(t, "after reprojecting", sums(t, s, store.TotalQuery{}), []string{"received/0 1"})
	written := got(s.Written(t.Context(), Region)).must(t)
	must(t, s.Retotal(t.Context(), Region, written, []store.ItemMark{{Item: "bakery", Mark: received(april1), N: 7}}))
	same(t, "replaced", sums(t, s, store.TotalQuery{ByItem: true, ByDay: true}), []string{"2025-04-01 bakery received/0 7"})
	same(t, "all", sums(t, s, store.TotalQuery{}), []string{"received/0 7"})
}

func retotalLate(t *testing.T, s store.Store) {
	commit(t, s, marked(1, received(march3)))
	written := got(s.Written(t.Context(), Region)).must(t)
	commit(t, s, Next(1, 2))
	wantErr(t, s.Retotal(t.Context(), Region, written, nil), store.ErrConflict)
	same(t, "sum", sums(t, s, store.TotalQuery{}), []string{"received/0 1"})
}
