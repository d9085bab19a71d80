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
	if l.State != LicenceValid || l.Expires.IsZero() || l.Renewed != "" {
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

// Expiring lists the licences whose holders are to be told now that they expire, so that Env.Renewed is needed to do so.
func (c *Case) Expiring(now time.Time) []*Licence {
	var list []*Licence
	for i := range c.Licences {
		if at, _, ok := c.Licences[i].reminder(); ok && !at.After(now) {
			list = append(list, &c.Licences[i])
		}
	}
	return list
}

// remind tells the holders of licences that expire, unless they have renewed them. Who was away for both reminders gets the
// later one only.
func (d *decider) remind() {
	for i := range d.c.Licences {
		l, last := d.c.Licences[i], 0
		if at, _, ok := l.reminder(); ok && !at.After(d.env.Now) && d.env.Renewed[l.No] != "" {
			d.emit(LicenceRenewed{No: l.No, By: d.env.Renewed[l.No]})
			continue
		}
		for at, days, ok := l.reminder(); ok && !at.After(d.env.Now); at, days, ok = l.reminder() {
			l.Reminded, last = days, days
		}
		if last > 0 {
			d.emit(LicenceReminded{No: l.No, Days: last})
		}
	}
}
