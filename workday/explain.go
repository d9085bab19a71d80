package workday

import "time"

// Explanation shows how a Due came about, day by day.
type Explanation struct {
	Start    time.Time   `json:"start"`
	Begin    time.Time   `json:"begin"` // differs from Start where a limit counts from the window's next working day
	Limit    Limit       `json:"limit"`
	Stops    []Span      `json:"stops,omitempty"` // sorted and joined
	Due      Due         `json:"due"`
	Days     []Line      `json:"days"`
	Omitted  int         `json:"omitted,omitempty"` // lines left out in the middle of a long list
	Calendar string      `json:"calendar"`          // Calendar.ID
	Regions  []string    `json:"regions,omitempty"`
	Hours    OfficeHours `json:"hours"`
}

// Line is one day of an explanation, or a stretch of days of which the same is to be said.
type Line struct {
	Date     Date   `json:"date"`
	To       Date   `json:"to,omitzero"`   // last day of a stretch
	Kind     Kind   `json:"kind,omitzero"` // none for a stretch
	Festival string `json:"festival,omitempty"`
	Why      Why    `json:"why"`
	Counted  bool   `json:"counted"`
	N        int    `json:"n,omitempty"`       // units used up by the end of this day, where it counts
	Minutes  int    `json:"minutes,omitempty"` // for hours: minutes used on this day
	// Stops: a stop begins on this day, which nevertheless counts as used.
	Stops       bool `json:"stops,omitempty"`
	Provisional bool `json:"provisional,omitempty"` // outside the published years
	Last        bool `json:"last,omitempty"`        // the limit ends on this day
}

// Why is the reason why a day counted or not. Reasons are only ever added.
type Why string

// The reasons. A test checks that each has a Chinese and an English sentence.
const (
	WhyEvent         Why = "event"         // the day of the event does not count
	WhyWindow        Why = "window"        // came in after closing time or on a day off: the limit begins later
	WhyCounted       Why = "counted"       // counts
	WhyDayOff        Why = "day_off"       // a day off among working days
	WhyStopped       Why = "stopped"       // the limit stands still
	WhyResumed       Why = "resumed"       // the day of resumption does not count
	WhyResumedLast   Why = "resumed_last"  // every unit was used before: ends on the day of resumption
	WhyOpen          Why = "open"          // stands still, end unknown
	WhyRunning       Why = "running"       // a stretch within months or years
	WhyCorresponding Why = "corresponding" // the corresponding day of the last month
	WhyMonthEnd      Why = "month_end"     // no corresponding day: the month's last day
	WhyShifted       Why = "shifted"       // months or years, moved by the days stopped
	WhyRolled        Why = "rolled"        // after the last unit, a day off: the end moves on
	WhyMoved         Why = "moved"         // the day to which the end moved
	WhySameDay       Why = "same_day"      // zero units: ends on the day of the event
	WhyBack          Why = "back"          // counts back; the last of them is not moved to a later day
	WhyHours         Why = "hours"         // hours run on this day
	WhyNoHours       Why = "no_hours"      // no hour runs on this day
)

// A longer list keeps its first and last lines.
const (
	maxLines  = 800
	keepLines = maxLines / 2
)

// Explain gives Due with the days that led to it. Its last line is the last day of the limit, unless the limit
// stands still with no known end.
func (c *Calendar) Explain(start time.Time, l Limit, stops ...Span) Explanation {
	start = bounded(start)
	e := Explanation{
		Start: start, Begin: start, Limit: l, Stops: mergeStops(stops), Due: c.Due(start, l, stops...),
		Calendar: c.id, Regions: c.Regions(), Hours: c.hours,
	}
	l.N = clamp(l.N, 0, MaxN)
	x := explainer{c: c, e: &e, l: l}
	switch {
	case int(l.Unit) >= len(unitNames):
	case l.Backward:
		e.Stops = nil
		x.backward()
	default:
		e.Begin = c.begin(start, l)
		if DateOf(e.Begin) != DateOf(start) {
			x.line(Line{Date: DateOf(start), Why: WhyWindow})
		}
		switch l.Unit {
		case Hour, WorkHour:
			x.hours()
		case Month, Year:
			x.months()
		default:
			x.days()
		}
	}
	if n := len(e.Days); n > 0 && !e.Due.Open {
		e.Days[n-1].Last = true
	}
	return e
}

type explainer struct {
	c *Calendar
	e *Explanation
	l Limit
}

// line adds a line; of a long list it drops the middle.
func (x *explainer) line(n Line) {
	n.Kind, n.Festival = x.c.DayKind(n.Date)
	n.Provisional = !x.c.Known(n.Date)
	if !n.To.IsZero() {
		n.Kind, n.Festival = 0, ""
		n.Provisional = !x.c.knows(n.Date, n.To)
	}
	days := x.e.Days
	if len(days) == maxLines {
		copy(days[keepLines:], days[keepLines+1:])
		days = days[:maxLines-1]
		x.e.Omitted++
	}
	x.e.Days = append(days, n)
}

// end is the day up to which the list goes: the due day, or the day on which an endless stop begins.
func (x *explainer) end() Date {
	if !x.e.Due.Open {
		return x.e.Due.Date
	}
	last := x.e.Stops[len(x.e.Stops)-1]
	return max(DateOf(last.From), DateOf(x.e.Begin))
}

// stop finds the stop to which day d is lost: d lies after the day on which it began.
func (x *explainer) stop(d Date) (s Span, lost bool) {
	for _, s := range x.e.Stops {
		if !s.To.IsZero() && max(DateOf(s.From), DateOf(x.e.Begin)) < d && d <= DateOf(s.To) {
			return s, true
		}
	}
	return Span{}, false
}

// stopsOn reports whether a stop that goes on past d begins on d.
func (x *explainer) stopsOn(d Date) bool {
	for _, s := range x.e.Stops {
		if DateOf(s.From) == d && (s.To.IsZero() || DateOf(s.To) > d) && s.From.Before(x.e.Due.At) {
			return true
		}
	}
	return false
}

// days lists working or calendar days one by one.
func (x *explainer) days() {
	begin, end, used := DateOf(x.e.Begin), x.end(), 0
	for d := begin; d <= end; d++ {
		n := Line{Date: d, Stops: x.stopsOn(d)}
		s, lost := x.stop(d)
		switch {
		case d == begin && x.l.N == 0 && d == end && !x.e.Due.Open:
			n.Why = WhySameDay
		case d == begin:
			n.Why = WhyEvent
		case lost && d == DateOf(s.To) && used == x.l.N && d == x.e.Due.Date:
			n.Why = WhyResumedLast
		case lost && d == DateOf(s.To):
			n.Why = WhyResumed
		case lost:
			n.Why = WhyStopped
		case used == x.l.N && d < x.e.Due.Date:
			n.Why = WhyRolled
		case used == x.l.N:
			n.Why = WhyMoved
		case x.l.Unit == WorkDay && !x.c.IsWorkday(d):
			n.Why = WhyDayOff
		default:
			used++
			n.Why, n.Counted, n.N = WhyCounted, true, used
		}
		x.line(n)
	}
	x.open(end)
}

// open adds the line of a stop without end.
func (x *explainer) open(end Date) {
	if x.e.Due.Open {
		x.line(Line{Date: end + 1, Why: WhyOpen})
	}
}

// months lists stretches: what runs, what stood still, the last day and where it moved.
func (x *explainer) months() {
	begin, end := DateOf(x.e.Begin), x.end()
	x.line(Line{Date: begin, Why: WhyEvent, Stops: x.stopsOn(begin)})
	if x.e.Due.Open {
		x.stretches(begin+1, end)
		x.open(end)
		return
	}
	_, raw := x.c.dueDays(x.e.Begin, x.l, x.e.Stops)
	if raw > begin {
		x.stretches(begin+1, raw-1)
		n := Line{Date: raw, Why: WhyCorresponding, Counted: true, N: x.l.N, Stops: x.stopsOn(raw)}
		_, _, day := begin.Civil()
		if _, _, last := raw.Civil(); last != day {
			n.Why = WhyMonthEnd
		}
		if raw != x.c.unrolled(begin, x.l.N, x.l.Unit) {
			n.Why = WhyShifted
		}
		x.line(n)
	}
	for d := raw + 1; d <= end; d++ {
		why := WhyRolled
		if d == end {
			why = WhyMoved
		}
		x.line(Line{Date: d, Why: why})
	}
}

// stretches lists from..to, parted where a stop begins or ends.
func (x *explainer) stretches(from, to Date) {
	for d := from; d <= to; {
		n := Line{Date: d, Why: WhyRunning, Counted: true}
		last := to
		if s, lost := x.stop(d); lost {
			n.Why, n.Counted = WhyStopped, false
			last = min(to, DateOf(s.To))
		} else {
			for _, s := range x.e.Stops {
				if f := DateOf(s.From); f >= d && f < last && (s.To.IsZero() || DateOf(s.To) > f) {
					last, n.Stops = f, true
				}
			}
		}
		if last > d {
			n.To = last
		}
		x.line(n)
		d = last + 1
	}
}

// hours lists how much of each day was used.
func (x *explainer) hours() {
	end := x.e.Due.At
	if x.e.Due.Open {
		end = latest(x.e.Stops[len(x.e.Stops)-1].From, x.e.Begin)
	}
	lastDay := x.end()
	for d := DateOf(x.e.Begin); d <= lastDay; d++ {
		n := Line{Date: d, Why: WhyNoHours, Stops: x.stopsOn(d)}
		from, to := latest(d.Start(), x.e.Begin), d.End()
		if end.Before(to) {
			to = end
		}
		used := x.running(from, to)
		for _, s := range x.e.Stops {
			a, b := latest(s.From, from), to
			if !s.To.IsZero() && s.To.Before(to) {
				b = s.To
			}
			if a.Before(b) {
				used -= x.running(a, b)
				n.Why = WhyStopped
			}
		}
		if used > 0 {
			n.Why, n.Counted, n.Minutes = WhyHours, true, int(used/time.Minute)
		}
		x.line(n)
	}
	x.open(lastDay)
}

// running is the time that counts from a to b on one day.
func (x *explainer) running(a, b time.Time) time.Duration {
	if !a.Before(b) {
		return 0
	}
	if x.l.Unit == Hour {
		return b.Sub(a)
	}
	d := DateOf(a)
	return x.c.today(b, d) - x.c.today(a, d)
}

// backward lists the days from the event back to the last day.
func (x *explainer) backward() {
	event, due := DateOf(x.e.Start), x.e.Due.Date
	if x.l.Unit == Hour || x.l.Unit == WorkHour {
		x.hoursBack(event, due)
		return
	}
	first := Line{Date: event, Why: WhyEvent}
	if event == due {
		first.Why = WhySameDay
	}
	x.line(first)
	if x.l.Unit != WorkDay && x.l.Unit != Day {
		if due < event {
			if due+1 < event {
				x.line(Line{Date: due + 1, To: event - 1, Why: WhyRunning, Counted: true})
			}
			x.line(Line{Date: due, Why: WhyBack, Counted: true, N: x.l.N})
		}
		return
	}
	used := 0
	for d := event - 1; d >= due; d-- {
		if x.l.Unit == WorkDay && !x.c.IsWorkday(d) {
			x.line(Line{Date: d, Why: WhyDayOff})
			continue
		}
		used++
		x.line(Line{Date: d, Why: WhyBack, Counted: true, N: used})
	}
}

func (x *explainer) hoursBack(event, due Date) {
	for d := event; d >= due; d-- {
		to := d.End()
		if x.e.Start.Before(to) {
			to = x.e.Start
		}
		n := Line{Date: d, Why: WhyNoHours}
		if used := x.running(latest(d.Start(), x.e.Due.At), to); used > 0 {
			n.Why, n.Counted, n.Minutes = WhyHours, true, int(used/time.Minute)
		}
		x.line(n)
	}
}
