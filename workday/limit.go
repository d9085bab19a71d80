package workday

import (
	"fmt"
	"strconv"
	"strings"
)

// Unit is what a limit counts. Which unit a "day" of the law means is a property of each rule: the licensing
// law (行政许可法 art. 82) counts working days, the bankruptcy law calendar days.
type Unit uint8

// The units.
const (
	WorkDay  Unit = iota // 工作日
	Day                  // 自然日
	Month                // 月
	Year                 // 年
	Hour                 // 小时, by the wall clock, day and night
	WorkHour             // 工作小时, office hours only
)

var unitNames = [...]string{"workday", "day", "month", "year", "hour", "workhour"}

// String gives the unit's text name: workday, day, month, year, hour or workhour.
func (u Unit) String() string {
	if int(u) < len(unitNames) {
		return unitNames[u]
	}
	return "unit(" + strconv.Itoa(int(u)) + ")"
}

// ParseUnit reads a unit's text name; calendar_day is another name for day.
func ParseUnit(s string) (Unit, error) {
	for u, name := range unitNames {
		if s == name {
			return Unit(u), nil
		}
	}
	if s == "calendar_day" {
		return Day, nil
	}
	return 0, fmt.Errorf("unit %.20q is none of %s", s, strings.Join(unitNames[:], ", "))
}

// MarshalText writes the text name; it fails for a value that is not a unit.
func (u Unit) MarshalText() ([]byte, error) {
	if int(u) >= len(unitNames) {
		return nil, fmt.Errorf("%v is not a unit", u)
	}
	return []byte(unitNames[u]), nil
}

// UnmarshalText reads what ParseUnit reads.
func (u *Unit) UnmarshalText(b []byte) error {
	v, err := ParseUnit(string(b))
	if err != nil {
		return err
	}
	*u = v
	return nil
}

// EndOfDay says when a limit that ends on a day ends on that day (Civil Code art. 203, second paragraph).
type EndOfDay uint8

// Midnight is 24:00; ClosingTime is when the office stops business, 24:00 on a day when it has none.
const (
	Midnight EndOfDay = iota
	ClosingTime
)

// LastDay says what happens to a limit in days, months or years whose last day is a day off.
type LastDay uint8

// RollForward moves it to the next working day (Civil Code art. 203, first paragraph); NoRoll leaves it, for rules and
// contracts that say so (art. 204).
const (
	RollForward LastDay = iota
	NoRoll
)

// StartDay says on which day something counts as received that comes in after closing time or on a day off.
type StartDay uint8

// EventDay is the day it came in, which is what the law counts; WindowDay is the next working day, which is
// what a window's own promise may count.
const (
	EventDay StartDay = iota
	WindowDay
)

// MaxN is the largest number of units in a Limit.
const MaxN = 100_000

// Limit is a length of time as a rule states it. Limits compare with ==.
//
// Its text form is the number and the unit, a minus sign if it counts back from a future event, and then the words
// closing, noroll, window where Close, Last and From differ from the default: "5 workday", "-15 day", "2 workday closing window".
type Limit struct {
	N        int // 0..MaxN; zero means on the same day (当场办结)
	Unit     Unit
	Backward bool // counts back from a future event ("15 days before the meeting")
	Close    EndOfDay
	Last     LastDay
	From     StartDay
}

// ParseLimit reads the text form of a Limit.
func ParseLimit(s string) (Limit, error) {
	if len(s) > 60 {
		return Limit{}, fmt.Errorf("limit %.20q… is too long", s)
	}
	words := strings.Fields(s)
	if len(words) < 2 {
		return Limit{}, fmt.Errorf("limit %q is not a number and a unit, like \"5 workday\"", s)
	}
	var l Limit
	number, backward := strings.CutPrefix(words[0], "-")
	n, ok := digits(number)
	if !ok || number == "" || len(number) > 6 || n > MaxN {
		return Limit{}, fmt.Errorf("limit %q: %q is not a whole number from 0 to %d", s, words[0], MaxN)
	}
	l.N, l.Backward = n, backward
	unit, err := ParseUnit(words[1])
	if err != nil {
		return Limit{}, fmt.Errorf("limit %q: %w", s, err)
	}
	l.Unit = unit
	for _, w := range words[2:] {
		was := l
		switch w {
		case "closing":
			l.Close = ClosingTime
		case "noroll":
			l.Last = NoRoll
		case "window":
			l.From = WindowDay
		}
		if l == was {
			return Limit{}, fmt.Errorf("limit %q: %q is unknown here or given twice (closing, noroll, window)", s, w)
		}
	}
	return l, nil
}

// Valid reports why the limit cannot be counted: N outside 0..MaxN, or a value that is none of the named ones.
func (l Limit) Valid() error {
	switch {
	case l.N < 0 || l.N > MaxN:
		return fmt.Errorf("limit of %d units is outside 0..%d", l.N, MaxN)
	case int(l.Unit) >= len(unitNames):
		return fmt.Errorf("%v is not a unit", l.Unit)
	case l.Close > ClosingTime, l.Last > NoRoll, l.From > WindowDay:
		return fmt.Errorf("limit %v has an unknown option", l)
	}
	return nil
}

// String writes the text form.
func (l Limit) String() string {
	var b strings.Builder
	if l.Backward {
		b.WriteByte('-')
	}
	b.WriteString(strconv.Itoa(l.N) + " " + l.Unit.String())
	if l.Close == ClosingTime {
		b.WriteString(" closing")
	}
	if l.Last == NoRoll {
		b.WriteString(" noroll")
	}
	if l.From == WindowDay {
		b.WriteString(" window")
	}
	return b.String()
}

// MarshalText writes the text form; it fails where Valid does.
func (l Limit) MarshalText() ([]byte, error) {
	if err := l.Valid(); err != nil {
		return nil, err
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads what ParseLimit reads.
func (l *Limit) UnmarshalText(b []byte) error {
	v, err := ParseLimit(string(b))
	if err != nil {
		return err
	}
	*l = v
	return nil
}
