package workday

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

//go:embed data/*.json
var data embed.FS

// Calendar knows which days are worked. It never changes once made, and any number of goroutines may use it.
//
// A day that no document lists is worked from Monday to Friday, also far outside the published years; Known
// tells whether that is law or a guess.
type Calendar struct {
	// before[i] is the number of working days in [lo, lo+i); nth[k] is the offset from lo of working day k.
	// Both answer in one look-up what a loop over days would count.
	lo     Date
	before []uint16
	nth    []uint16

	listed   map[Date]entry
	from, to Date // published coverage; from is after to when nothing is published
	regions  []string
	hours    OfficeHours
	id       string
}

// entry is one listed day.
type entry struct {
	off    bool
	name   string
	region string // "" for the national notice
}

// Kind is what a day is.
type Kind uint8

// The kinds of day.
const (
	Working Kind = iota + 1 // 工作日: an ordinary working day
	Weekend                 // 周末
	Holiday                 // 节假日: off under a notice
	MakeUp                  // 调休上班: a weekend day worked under a notice
)

var kindNames = [...]string{"working", "weekend", "holiday", "makeup"}

// String gives working, weekend, holiday or makeup.
func (k Kind) String() string {
	if k >= Working && k <= MakeUp {
		return kindNames[k-1]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText writes what String gives.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what String gives.
func (k *Kind) UnmarshalText(b []byte) error {
	i := slices.Index(kindNames[:], string(b))
	if i < 0 {
		return fmt.Errorf("kind of day %.20q is none of %v", b, kindNames)
	}
	*k = Kind(i + 1)
	return nil
}

var national = sync.OnceValue(func() *Calendar {
	c, err := parse(embedded())
	if err != nil {
		panic(fmt.Sprintf("embedded calendar: %v", err)) // a broken build; a test loads it
	}
	return c
})

// embedded are the documents of the national calendar.
func embedded() []Document {
	return []Document{
		{"2018-2026", mustRead("data/cn-holidays-2018-2026.json")},
		{"2027", mustRead("data/cn-holidays-2027-provisional.json")},
	}
}

// National is the calendar of the State Council's notices from 2018 to 2026, embedded in the program, with the
// statutory days of 2027 as provisional ones.
func National() *Calendar { return national() }

func mustRead(name string) []byte {
	b, err := data.ReadFile(name)
	if err != nil {
		panic(err) // embedded at build time
	}
	return b
}

// Hours gives the same calendar with other office hours. A Calendar starts with 09:00-12:00, 13:30-17:00.
func (c *Calendar) Hours(h OfficeHours) *Calendar {
	other := *c
	other.hours = h.orDefault()
	other.id = other.digest()
	return &other
}

// OfficeHours gives the hours of business on a working day.
func (c *Calendar) OfficeHours() OfficeHours { return c.hours }

// ID is a digest of all that makes the calendar: listed days, coverage, regions, office hours. A receipt names the calendar
// it was computed with by its ID; equal IDs give equal results.
func (c *Calendar) ID() string { return c.id }

// Regions lists the overlays in the order they were laid; empty for a national calendar.
func (c *Calendar) Regions() []string { return slices.Clone(c.regions) }

// Coverage gives the first and last day of the published years. Where nothing is published, from is after to.
func (c *Calendar) Coverage() (from, to Date) { return c.from, c.to }

// Known reports whether d lies in the published years. What depends on other days is provisional.
func (c *Calendar) Known(d Date) bool { return c.knows(d, d) }

func (c *Calendar) knows(a, b Date) bool { return c.from <= min(a, b) && max(a, b) <= c.to }

// IsWorkday reports whether d is a working day: make-up Saturdays and Sundays are, festivals are not.
func (c *Calendar) IsWorkday(d Date) bool {
	d = saturate(int(d))
	return c.rank(d+1) > c.rank(d)
}

// DayKind gives what d is, and the name of the festival where a notice lists it.
func (c *Calendar) DayKind(d Date) (Kind, string) {
	e, ok := c.listed[d]
	switch {
	case ok && e.off:
		return Holiday, e.name
	case ok && !isWeekday(d):
		return MakeUp, e.name
	case !ok && !isWeekday(d):
		return Weekend, ""
	}
	return Working, e.name
}

// Diff lists the days that are worked in one of the two calendars but not in the other, in order: what a new
// notice changes. A limit whose days hold none of them, and that was not provisional, stays as it is.
func (c *Calendar) Diff(other *Calendar) []Date {
	var days []Date
	for d := range c.listed {
		if c.IsWorkday(d) != other.IsWorkday(d) {
			days = append(days, d)
		}
	}
	for d := range other.listed {
		if _, both := c.listed[d]; !both && c.IsWorkday(d) != other.IsWorkday(d) {
			days = append(days, d)
		}
	}
	slices.Sort(days)
	return days
}

// Add gives the last day of a limit of n units that starts with an event on d. The day of the event is not
// counted (Civil Code art. 201). It takes the same time for any n and allocates nothing.
//
// WorkDay: the n-th working day after d. Day: d + n. Month, Year: the corresponding day, or the last day of that
// month (art. 202). A last day that is a day off moves to the next working day (art. 203); so does zero units. Hour and
// WorkHour have no meaning for whole days: use Due. Here they count as begun days of 24 hours and of office hours.
//
// A negative n counts as Sub of -n. Results stop at MinDate and MaxDate.
func (c *Calendar) Add(d Date, n int, u Unit) Date {
	if u == WorkDay && n > 0 { // the hot path: two look-ups
		if i := uint(int(d) + 1 - int(c.lo)); i < uint(len(c.before)) {
			if k := uint(int(c.before[i]) + n - 1); k < uint(len(c.nth)) {
				return c.lo + Date(c.nth[k])
			}
		}
	}
	if n < 0 {
		return c.Sub(d, -max(n, -1<<40), u)
	}
	return c.roll(c.unrolled(d, n, u))
}

// Sub counts n units back from an event on d, as in "15 days before the meeting": the n-th working day, the day, or
// the corresponding day before d. The day of the event is not counted. The result is never moved to a later day,
// although it may be a day off: art. 203 of the Civil Code gives more time to whoever must act by the last day of a
// period, but the far end of a backward limit guards the time of somebody else, which rolling would shorten.
// A negative n counts as Add of -n.
func (c *Calendar) Sub(d Date, n int, u Unit) Date {
	n = clamp(n, -1<<40, 1<<40)
	if n < 0 {
		return c.Add(d, -n, u)
	}
	d = saturate(int(d))
	switch u {
	case WorkDay, WorkHour:
		n = c.days(n, u)
		if n == 0 {
			return d
		}
		return c.workday(c.rank(d) - n)
	case Month:
		return d.addMonths(-n)
	case Year:
		return d.addMonths(-12 * min(n, 1<<20))
	}
	return d.plus(-c.days(n, u))
}

// Between counts the units in (a, b]: working days, calendar days, whole months or years, the hours of those
// days. It is negative if b is before a, and Between(d, Add(d, n, WorkDay), WorkDay) is n for n > 0.
func (c *Calendar) Between(a, b Date, u Unit) int {
	a, b = saturate(int(a)), saturate(int(b))
	switch u {
	case WorkDay:
		return c.rank(b+1) - c.rank(a+1)
	case Month:
		return months(a, b)
	case Year:
		return months(a, b) / 12
	case Hour:
		return int(b-a) * 24
	case WorkHour:
		worked := c.rank(b+1) - c.rank(a+1)
		return int(int64(worked) * int64(c.hours.PerDay()/time.Minute) / 60)
	}
	return int(b - a)
}

// BetweenProvisional reports whether Between rests on days that no notice has fixed: of those that it counts, working
// days alone depend on one.
func (c *Calendar) BetweenProvisional(a, b Date, u Unit) bool {
	if a == b || u != WorkDay && u != WorkHour {
		return false
	}
	return !c.knows(min(a, b)+1, max(a, b))
}

// months counts whole months from a to b.
func months(a, b Date) int {
	if b < a {
		return -months(b, a)
	}
	ya, ma, _ := a.Civil()
	yb, mb, _ := b.Civil()
	n := (yb-ya)*12 + int(mb-ma)
	if a.addMonths(n) > b {
		n--
	}
	return n
}

// unrolled is the last day of a limit before it moves off a day off.
func (c *Calendar) unrolled(d Date, n int, u Unit) Date {
	d = saturate(int(d))
	switch u {
	case WorkDay, WorkHour:
		n = c.days(n, u)
		if n == 0 {
			return d
		}
		return c.workday(c.rank(d+1) + min(n, 1<<40) - 1)
	case Month:
		return d.addMonths(n)
	case Year:
		return d.addMonths(12 * min(n, 1<<20))
	}
	return d.plus(c.days(n, u))
}

// days turns hours into begun days; other units stay.
func (c *Calendar) days(n int, u Unit) int {
	n = min(n, 1<<40)
	switch u {
	case Hour:
		return (n + 23) / 24
	case WorkHour:
		perDay := int(c.hours.PerDay() / time.Minute)
		return (n*60 + perDay - 1) / perDay
	}
	return n
}

// roll gives d, or the next working day if d is a day off.
func (c *Calendar) roll(d Date) Date { return c.workday(c.rank(d)) }

// rank is the number of working days from lo to the day before d; negative if d is before lo. Outside the
// tables every Monday to Friday counts.
func (c *Calendar) rank(d Date) int {
	i := int(d) - int(c.lo)
	if i < 0 {
		return weekdaysBefore(d) - weekdaysBefore(c.lo)
	}
	if last := len(c.before) - 1; i > last {
		return int(c.before[last]) + weekdaysBefore(d) - weekdaysBefore(c.lo+Date(last))
	}
	return int(c.before[i])
}

// workday is the day whose rank is k and which is worked: the inverse of rank.
func (c *Calendar) workday(k int) Date {
	if k < 0 {
		return weekday(weekdaysBefore(c.lo) + k)
	}
	if past := k - len(c.nth); past >= 0 {
		return weekday(weekdaysBefore(c.lo+Date(len(c.before)-1)) + past)
	}
	return c.lo + Date(c.nth[k])
}

func isWeekday(d Date) bool {
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// weekdaysBefore counts Mondays to Fridays before d from Monday 1969-12-29; weekday is its inverse.
func weekdaysBefore(d Date) int {
	n := int(d) + 3
	return floorDiv(n, 7)*5 + min(floorMod(n, 7), 5)
}

func weekday(k int) Date { return saturate(floorDiv(k, 5)*7 + floorMod(k, 5) - 3) }

// newCalendar builds the tables. All days of listed, from and to lie in firstDay..lastDay, so offsets fit 16 bits.
func newCalendar(listed map[Date]entry, from, to Date, regions []string, hours OfficeHours) *Calendar {
	c := &Calendar{listed: listed, from: from, to: to, regions: regions, hours: hours}
	lo, hi := from, to
	if from > to { // nothing published
		lo, hi = lastDay, firstDay
	}
	for d := range listed {
		lo, hi = min(lo, d), max(hi, d)
	}
	c.lo = lo
	c.before = append(make([]uint16, 0, max(0, int(hi-lo)+2)), 0)
	for d := lo; d <= hi; d++ {
		if e, ok := listed[d]; ok && !e.off || !ok && isWeekday(d) {
			c.nth = append(c.nth, uint16(d-lo))
		}
		c.before = append(c.before, uint16(len(c.nth)))
	}
	c.id = c.digest()
	return c
}

func (c *Calendar) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "tongban.calendar/1\n%v %v\n%q\n%v\n", c.from, c.to, c.regions, c.hours)
	for _, d := range slices.Sorted(maps.Keys(c.listed)) {
		e := c.listed[d]
		fmt.Fprintf(h, "%v %t %q %q\n", d, e.off, e.name, e.region)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
