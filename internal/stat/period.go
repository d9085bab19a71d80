package stat

import (
	"time"

	"github.com/tongban/tongban/workday"
)

// Period is days, both ends included.
type Period struct {
	From workday.Date `json:"from"`
	To   workday.Date `json:"to"`
}

// Days is how many.
func (p Period) Days() int { return int(p.To-p.From) + 1 }

// MonthOf is the calendar month of a day.
func MonthOf(d workday.Date) Period {
	first := FirstOf(d)
	return Period{first, nextMonth(first) - 1}
}

// FirstOf is the first day of a day's month.
func FirstOf(d workday.Date) workday.Date {
	y, m, _ := d.Civil()
	return workday.NewDate(y, m, 1)
}

func nextMonth(first workday.Date) workday.Date { return FirstOf(first + 31) }

// whole reports whether the period is whole calendar months.
func (p Period) whole() bool { return p.From == FirstOf(p.From) && p.To+1 == FirstOf(p.To+1) }

// Before is the period that 环比 compares with, the one just before and as long: of whole calendar months as many months; of a month
// that is not over, from its first day on, the same days of the month before, as far as that has them; else as many days.
func (p Period) Before() Period {
	first := FirstOf(p.From)
	switch {
	case p.whole():
		n := months(p)
		return Period{addMonths(first, -n), p.From - 1}
	case p.From == first && p.To <= MonthOf(first).To:
		before := MonthOf(first - 1)
		return Period{before.From, min(before.From+(p.To-p.From), before.To)}
	}
	return Period{p.From - workday.Date(p.Days()), p.From - 1}
}

// YearBefore is the period that 同比 compares with: the same days a year ago; the 29th of February is the 28th then, and whole months
// stay whole.
func (p Period) YearBefore() Period {
	if p.whole() {
		return Period{addMonths(p.From, -12), addMonths(p.To+1, -12) - 1}
	}
	return Period{yearBefore(p.From), yearBefore(p.To)}
}

func yearBefore(d workday.Date) workday.Date {
	y, m, day := d.Civil()
	if m == time.February && day == 29 {
		day = 28
	}
	return workday.NewDate(y-1, m, day)
}

func months(p Period) int {
	y1, m1, _ := p.From.Civil()
	y2, m2, _ := p.To.Civil()
	return (y2-y1)*12 + int(m2-m1) + 1
}

// addMonths goes from the first of a month to that of another.
func addMonths(first workday.Date, n int) workday.Date {
	y, m, _ := first.Civil()
	at := y*12 + int(m) - 1 + n
	return workday.NewDate(at/12, time.Month(at%12+1), 1)
}

// Stretch is part of a period: whole months, of which the totals of months tell, or days.
type Stretch struct {
	Period
	Months bool
}

// Stretches cuts a period so that as little as possible is read: days up to the first whole month, months, the days that remain.
func (p Period) Stretches() []Stretch {
	if p.To < p.From {
		return nil
	}
	from := p.From
	if from != FirstOf(from) {
		from = nextMonth(FirstOf(from))
	}
	to := FirstOf(p.To+1) - 1 // the last day of the last whole month
	if to < from {
		return []Stretch{{p, false}}
	}
	var all []Stretch
	if p.From < from {
		all = append(all, Stretch{Period{p.From, from - 1}, false})
	}
	all = append(all, Stretch{Period{from, to}, true})
	if to < p.To {
		all = append(all, Stretch{Period{to + 1, p.To}, false})
	}
	return all
}
