package workday

import "time"

// Remaining is what is left of a limit at some instant.
type Remaining struct {
	// N is the number of units left, today not counted: 0 on the last day. Once the limit has ended it is the number
	// of units overdue, negative, or 0 on the same day. Hours are whole hours, towards zero.
	N       int  `json:"n"`
	Unit    Unit `json:"unit"` // the limit's unit; days for months and years
	Overdue bool `json:"overdue,omitempty"`
	Stopped bool `json:"stopped,omitempty"` // the limit stands still now
	Due     Due  `json:"due"`
}

// Remaining gives what is left of a limit at now. While it stands still, N is what would be left if it went on at once.
func (c *Calendar) Remaining(start time.Time, l Limit, now time.Time, stops ...Span) Remaining {
	start, now = bounded(start), bounded(now)
	r := Remaining{Unit: l.Unit, Due: c.Due(start, l, stops...)}
	if l.Unit == Month || l.Unit == Year {
		r.Unit = Day
	}
	if int(l.Unit) >= len(unitNames) {
		return r
	}
	if r.Overdue = !now.Before(r.Due.At); r.Overdue {
		r.N = -c.units(r.Due.At, r.Due.Date, now, DateOf(now), r.Unit)
		return r
	}
	var past []Span // what of the stops lies before now
	for _, s := range stops {
		covers := !now.Before(s.From) && (s.To.IsZero() || now.Before(s.To))
		r.Stopped = r.Stopped || covers && !l.Backward
		if covers {
			s.To = now
		}
		if !s.From.After(now) {
			past = append(past, s)
		}
	}
	due := c.Due(start, l, past...)
	from := now
	if !l.Backward {
		from = latest(now, c.begin(start, l))
	}
	r.N = c.units(from, DateOf(from), due.At, due.Date, r.Unit)
	return r
}

// units counts from instant a on day da to instant b on day db.
func (c *Calendar) units(a time.Time, da Date, b time.Time, db Date, u Unit) int {
	switch u {
	case Hour:
		return int(b.Sub(a) / time.Hour)
	case WorkHour:
		// In whole seconds: a Duration ends after 292 years.
		seconds := (c.rank(db)-c.rank(da))*int(c.hours.PerDay()/time.Second) + floorDiv(int(c.today(b, db)-c.today(a, da)), int(time.Second))
		return seconds / 3600
	}
	return max(0, c.Between(da, db, u))
}
