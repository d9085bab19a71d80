package workday

import "slices"

// Days are the days from From to To, both included.
type Days struct{ From, To Date }

// Changes lists the stretches of days about which two calendars differ: worked in one alone, published in one alone, or all
// days if the office hours differ. A limit that begins and ends outside of all of them, as the first calendar counts it, is
// counted and marked alike by both.
func (c *Calendar) Changes(other *Calendar) []Days {
	if c.id == other.id {
		return nil
	}
	if c.hours != other.hours {
		return []Days{{MinDate, MaxDate}}
	}
	var all []Days
	for _, d := range c.Diff(other) {
		all = append(all, Days{d, d})
	}
	all = append(all, c.covers(other)...)
	slices.SortFunc(all, func(a, b Days) int { return int(a.From) - int(b.From) })
	var joined []Days
	for _, d := range all {
		if n := len(joined); n > 0 && d.From <= joined[n-1].To+1 {
			joined[n-1].To = max(joined[n-1].To, d.To)
			continue
		}
		joined = append(joined, d)
	}
	return joined
}

// covers lists the days that one calendar knows and the other does not.
func (c *Calendar) covers(other *Calendar) []Days {
	switch {
	case c.from == other.from && c.to == other.to:
		return nil
	case c.from > c.to:
		return []Days{{other.from, other.to}}
	case other.from > other.to:
		return []Days{{c.from, c.to}}
	}
	var all []Days
	if c.from != other.from {
		all = append(all, Days{min(c.from, other.from), max(c.from, other.from) - 1})
	}
	if c.to != other.to {
		all = append(all, Days{min(c.to, other.to) + 1, max(c.to, other.to)})
	}
	return all
}
