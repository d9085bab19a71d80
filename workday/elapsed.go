package workday

import "time"

// Elapsed is how much of a limit has been used.
type Elapsed struct {
	Days    int `json:"days"`    // working days after the day it began, up to today
	Minutes int `json:"minutes"` // whole minutes of office time
}

// Elapsed gives what has been used between an event at the instant start and now, as limits count it: the day of the event does not
// count (Civil Code art. 201); of a stop the days after the one on which it begins, up to and including that of resumption, do
// not count, and no office time within it. Nothing if now is before start.
func (c *Calendar) Elapsed(start, now time.Time, stops ...Span) Elapsed {
	start, now = bounded(start), bounded(now)
	if now.Before(start) {
		return Elapsed{}
	}
	days, office := c.Between(DateOf(start), DateOf(now), WorkDay), c.business(start, now)
	for _, s := range mergeStops(stops) {
		from, to := latest(s.From, start), now
		if !s.To.IsZero() && s.To.Before(now) {
			to = s.To
		}
		if from.Before(to) {
			days -= c.Between(DateOf(from), DateOf(to), WorkDay)
			office -= c.business(from, to)
		}
	}
	return Elapsed{Days: max(0, days), Minutes: int(office / time.Minute)}
}
