package caseflow

import (
	"time"

	"github.com/tongban/tongban/workday"
)

// reminders are how many days before a licence expires its holder is told. 行政许可法 art. 50: who wants to go on asks thirty
// days before it expires.
var reminders = []int{60, 30}

// AskBefore is how many days before a licence expires its holder asks for another (行政许可法 art. 50).
const AskBefore = 30

// reminder is the next instant at which the holder is to be told that the licence expires; false if never. One that was
// issued for less time is not spoken of on the day on which it is handed out.
func (l *Licence) reminder() (at time.Time, days int, ok bool) {
	if l.State != LicenceValid || l.Expires.IsZero() {
		return at, 0, false
	}
	for _, days := range reminders {
		at := (l.Expires - workday.Date(days)).Start()
		if at.After(l.Issued) && (l.Reminded == 0 || days < l.Reminded) {
			return at.UTC(), days, true
		}
	}
	return at, 0, false
}

// remind tells the holders of licences that expire. Who was away for both reminders gets the later one only.
func (d *decider) remind() {
	for i := range d.c.Licences {
		l, last := d.c.Licences[i], 0
		for at, days, ok := l.reminder(); ok && !at.After(d.env.Now); at, days, ok = l.reminder() {
			l.Reminded, last = days, days
		}
		if last > 0 {
			d.emit(LicenceReminded{No: l.No, Days: last})
		}
	}
}
