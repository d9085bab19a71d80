package workday

import (
	"cmp"
	"slices"
	"time"
)

// Span is a stretch during which a limit stands still (行政许可法 art. 45: hearing, inspection, testing, appraisal, expert
// review …). A zero To means that it still stands still.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
}

// Due is where a limit ends.
type Due struct {
	At   time.Time `json:"at"`   // the first instant that is too late, UTC: 24:00 or closing time of Date, or the end of the hours
	Date Date      `json:"date"` // the last day
	// Provisional: the result rests on days outside the published years, and may change with the next notice.
	Provisional bool `json:"provisional,omitempty"`
	Rolled      bool `json:"rolled,omitempty"` // the last day was a day off, so Date is the next working day
	// Open: the limit stands still and nobody knows until when. At is then the end of year 9999: a clock set to it
	// does not fire.
	Open bool `json:"open,omitempty"`
}

// never is the Due of a limit whose end is not known: no calendar is to blame for that.
func never() Due {
	return Due{At: MaxDate.End().UTC(), Date: MaxDate, Open: true}
}

// Due gives the end of a limit that starts with an event at the instant start.
//
// Days, months and years count as in Calendar.Add and end at 24:00 or at closing time (Civil Code art. 203). Hours run
// from start by the wall clock, and do not move off a day off; working hours run only during office hours.
//
// Stops postpone the end, in any order and also where they overlap; a stop that begins after the limit has
// ended changes nothing. For working and calendar days, the day on which a stop begins counts as used; the
// days after it up to and including the day of resumption do not count (that day is itself an event, art. 201).
// If the stop begins on the last day, the limit ends on the day of resumption. Months and years move by the
// calendar days stopped. Hours lose exactly the time stopped.
//
// A backward limit counts from a future event and knows no stops; see Calendar.Sub.
//
// l must be Valid: an N outside 0..MaxN counts as the nearer end, an unknown unit never ends (Open).
func (c *Calendar) Due(start time.Time, l Limit, stops ...Span) Due {
	start, l.N = bounded(start), clamp(l.N, 0, MaxN)
	if int(l.Unit) >= len(unitNames) {
		return never()
	}
	if l.Backward {
		return c.dueBefore(start, l)
	}
	begin := c.begin(start, l)
	merged := mergeStops(stops)
	var due Due
	if l.Unit == Hour || l.Unit == WorkHour {
		due = c.dueHours(begin, l, merged)
	} else {
		due, _ = c.dueDays(begin, l, merged)
	}
	if l.From == WindowDay && !c.knows(DateOf(start), DateOf(begin)) {
		due.Provisional = true
	}
	return due
}

// begin is the instant from which a limit counts: start, or the next opening for a limit From WindowDay and a start out
// of hours (but not in a break at noon).
func (c *Calendar) begin(start time.Time, l Limit) time.Time {
	if l.From != WindowDay {
		return start
	}
	d := DateOf(start)
	if c.IsWorkday(d) && start.Before(d.Start().Add(c.hours.closing())) {
		return latest(start, d.Start().Add(c.hours.opening()))
	}
	return c.roll(d + 1).Start().Add(c.hours.opening())
}

// dueDays also gives the last day before it moved off a day off.
func (c *Calendar) dueDays(begin time.Time, l Limit, stops []Span) (Due, Date) {
	day, left := DateOf(begin), l.N // left units count from the day after day
	raw := c.unrolled(day, left, l.Unit)
	date := c.settle(raw, l)
	if !begin.Before(c.endOf(date, l)) { // zero units, begun after closing time
		date = c.settle(date+1, l)
	}
	for _, s := range stops {
		if !s.From.Before(c.endOf(date, l)) {
			break
		}
		if s.To.IsZero() {
			return never(), raw
		}
		from, to := max(DateOf(s.From), day), DateOf(s.To)
		switch {
		case to <= from: // resumed on the same day: nothing lost
		case from >= raw: // every unit was used
			raw = to
		case l.Unit == WorkDay:
			left -= c.Between(day, from, WorkDay)
			day = to
			raw = c.unrolled(day, left, WorkDay)
		default:
			raw = raw.plus(int(to - from))
		}
		date = max(date, c.settle(raw, l))
		if s.To.After(begin) && !s.To.Before(c.endOf(date, l)) { // resumed after closing time of the last day
			date = c.settle(date+1, l)
		}
	}
	due := Due{At: c.endOf(date, l).UTC(), Date: date, Rolled: date != raw}
	switch {
	case l.Unit == WorkDay:
		due.Provisional = !c.knows(min(DateOf(begin)+1, date), date)
	case l.Last == RollForward || l.Close == ClosingTime:
		due.Provisional = !c.knows(raw, date)
	}
	return due, raw
}

// settle moves a last day that is a day off, if the limit wants it.
func (c *Calendar) settle(d Date, l Limit) Date {
	if l.Last == NoRoll {
		return saturate(int(d))
	}
	return c.roll(d)
}

// endOf is when the limit ends on its last day d.
func (c *Calendar) endOf(d Date, l Limit) time.Time {
	if l.Close == ClosingTime && c.IsWorkday(d) {
		return d.Start().Add(c.hours.closing())
	}
	return d.End()
}

func (c *Calendar) dueHours(begin time.Time, l Limit, stops []Span) Due {
	length := time.Duration(l.N) * time.Hour
	end := begin.Add(length)
	if l.Unit == WorkHour {
		end = c.afterBusiness(begin, length)
	}
	for _, s := range stops {
		if !s.From.Before(end) {
			break
		}
		if s.To.IsZero() {
			return never()
		}
		from := latest(s.From, begin)
		switch {
		case !s.To.After(from):
		case l.Unit == Hour:
			end = s.To.Add(end.Sub(from))
		default:
			end = c.afterBusiness(s.To, c.business(from, end))
		}
	}
	end = bounded(end)
	due := Due{At: end.UTC(), Date: DateOf(end)}
	if end.Equal(due.Date.Start()) && end.After(begin) {
		due.Date-- // 00:00 is 24:00 of the day before
	}
	if l.Unit == WorkHour {
		due.Provisional = !c.knows(DateOf(begin), due.Date)
	}
	return due
}

// dueBefore is the Due of a backward limit.
func (c *Calendar) dueBefore(event time.Time, l Limit) Due {
	length := time.Duration(l.N) * time.Hour
	switch l.Unit {
	case Hour:
		at := bounded(event.Add(-length))
		return Due{At: at.UTC(), Date: DateOf(at)}
	case WorkHour:
		at := c.beforeBusiness(event, length)
		return Due{At: at.UTC(), Date: DateOf(at), Provisional: !c.knows(DateOf(at), DateOf(event))}
	}
	day := DateOf(event)
	date := c.Sub(day, l.N, l.Unit)
	due := Due{At: c.endOf(date, l).UTC(), Date: date}
	switch {
	case l.Unit == WorkDay:
		due.Provisional = !c.knows(date, max(day-1, date))
	case l.Close == ClosingTime:
		due.Provisional = !c.knows(date, date)
	}
	return due
}

// OfficeTime is the office time between two instants, in either order.
func (c *Calendar) OfficeTime(a, b time.Time) time.Duration {
	if b.Before(a) {
		a, b = b, a
	}
	return c.business(a, b)
}

// business is the office time from a to b, where a is not after b.
func (c *Calendar) business(a, b time.Time) time.Duration {
	da, db := DateOf(a), DateOf(b)
	days := time.Duration(c.rank(db) - c.rank(da))
	return days*c.hours.PerDay() + c.today(b, db) - c.today(a, da)
}

// today is the office time of day d until t, which lies on d or is its end.
func (c *Calendar) today(t time.Time, d Date) time.Duration {
	if !c.IsWorkday(d) {
		return 0
	}
	return c.hours.elapsed(t.Sub(d.Start()))
}

// afterBusiness is the earliest instant from t on by which length of office time has passed.
func (c *Calendar) afterBusiness(t time.Time, length time.Duration) time.Time {
	if length <= 0 {
		return t
	}
	d := DateOf(t)
	length += c.today(t, d)
	perDay := c.hours.PerDay()
	whole := (length - 1) / perDay // days before the one on which it ends
	day := c.workday(c.rank(d) + int(whole))
	return day.Start().Add(c.hours.clock(length - whole*perDay))
}

// beforeBusiness is the latest instant from which length of office time lies before t.
func (c *Calendar) beforeBusiness(t time.Time, length time.Duration) time.Time {
	if length <= 0 {
		return t
	}
	d := DateOf(t)
	perDay := c.hours.PerDay()
	length -= c.today(t, d)
	if length <= 0 {
		return d.Start().Add(c.hours.clockFrom(-length))
	}
	whole := (length - 1) / perDay
	day := c.workday(c.rank(d) - 1 - int(whole))
	return day.Start().Add(c.hours.clockFrom(perDay - (length - whole*perDay)))
}

// mergeStops sorts and joins stops that touch or overlap, and drops those that end before they begin. Only the
// last may be open.
func mergeStops(stops []Span) []Span {
	if len(stops) == 0 {
		return nil
	}
	sorted := make([]Span, 0, len(stops))
	for _, s := range stops {
		s.From = bounded(s.From)
		if !s.To.IsZero() {
			if s.To = bounded(s.To); s.To.Before(s.From) {
				continue
			}
		}
		sorted = append(sorted, s)
	}
	slices.SortFunc(sorted, func(a, b Span) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To))
	})
	merged := sorted[:0]
	for _, s := range sorted {
		last := len(merged) - 1
		switch {
		case last < 0:
			merged = append(merged, s)
		case merged[last].To.IsZero(): // open: swallows the rest
		case s.From.After(merged[last].To):
			merged = append(merged, s)
		case s.To.IsZero():
			merged[last].To = time.Time{}
		default:
			merged[last].To = latest(merged[last].To, s.To)
		}
	}
	return merged
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// bounded keeps an instant within MinDate..MaxDate.
func bounded(t time.Time) time.Time {
	if lo := MinDate.Start(); t.Before(lo) {
		return lo
	}
	if hi := MaxDate.End(); t.After(hi) {
		return hi
	}
	return t
}
