package credit

import (
	"slices"

	"github.com/tongban/tongban/workday"
)

// Standing is where a party stands on a day.
type Standing struct {
	Points int64 // in millionths, by the general index
	Tier   Tier
	Fields []FieldTier // of the fields in which the party works, sorted
	// Next is the first day on which all this may be another although nothing new comes; zero: never.
	Next workday.Date
}

// FieldTier is the tier in one field.
type FieldTier struct {
	Field  string `json:"field"`
	Points int64  `json:"points"`
	Tier   Tier   `json:"tier"`
}

// Explanation is a standing with all that it follows from.
type Explanation struct {
	Standing
	Day   workday.Date
	Lines []Line
}

// Line is what one indicator gives.
type Line struct {
	Indicator *Indicator
	Field     string  // whose index it stands in; "": the general one
	Counted   []Count // records that count
	Missing   bool    // there is none, and that counts
	Bounded   bool    // the records would give more
	Points    int64   // millionths, with weight
	Floor     Tier    // no better tier than this; "": none
}

// Count is one record that counts.
type Count struct {
	Record *Record
	Share  int64        // thousandths of the indicator's points
	Until  workday.Date // the first day on which it counts for less, or not any more; zero: while it stands
	Drops  workday.Date // the first day on which it does not count any more; zero: while it stands
	Repair workday.Date // the first day on which it may be repaired; zero: never
}

// Assess computes where a party stands on a day. The order of the records does not matter.
func (s *Standard) Assess(sub *Subject, records []Record, day workday.Date) Standing {
	a := assessment{s: s, sub: sub, records: records, day: day}
	return a.run()
}

// Explain is Assess with all that it follows from.
func (s *Standard) Explain(sub *Subject, records []Record, day workday.Date) Explanation {
	e := Explanation{Day: day}
	a := assessment{s: s, sub: sub, records: records, day: day, told: &e.Lines}
	e.Standing = a.run()
	return e
}

// assessment is one computation. sums is scratch, reused from index to index.
type assessment struct {
	s       *Standard
	sub     *Subject
	records []Record
	day     workday.Date
	next    workday.Date
	told    *[]Line // nil: nobody asks
	sums    []int64
	floor   Tier
}

func (a *assessment) run() Standing {
	general := a.index(a.s.general, "")
	floor := a.floor
	cuts := a.s.General.Cuts
	total := a.s.General.Start*millionth + general
	st := Standing{Points: total, Tier: worse(cuts.tier(total), floor)}
	for _, field := range a.sub.Fields {
		special, ok := a.s.special[field]
		points := total
		a.floor = A
		if ok {
			points += a.index(special, field)
		}
		st.Fields = append(st.Fields, FieldTier{field, points, worse(cuts.tier(points), worse(floor, a.floor))})
	}
	st.Next = a.next
	return st
}

// index sums up one index, in millionths.
func (a *assessment) index(r *rater, field string) int64 {
	n := len(r.index.Indicators)
	a.floor, a.sums = A, append(a.sums[:0], make([]int64, n)...)
	last := make([]workday.Date, n) // the newest record of each, for what is missing
	var lines []Line
	if a.told != nil {
		lines = make([]Line, n)
	}
	for i := range a.records {
		rec := &a.records[i]
		if !rec.counts() || field != "" && rec.Field != field || rec.Day > a.day {
			continue
		}
		for _, k := range r.of(rec) {
			x := &r.index.Indicators[k]
			last[k] = max(last[k], rec.Day)
			share, until := x.share(rec, a.day)
			if share == 0 {
				continue
			}
			a.change(until)
			a.sums[k] += x.Points * share
			full := x.Floor != "" && share == thousandth
			if full {
				a.floor = worse(a.floor, x.Floor)
			}
			if lines != nil {
				if full {
					lines[k].Floor = x.Floor
				}
				lines[k].Counted = append(lines[k].Counted, x.count(rec, share, until))
			}
		}
	}
	return a.total(r, field, last, lines)
}

// total bounds and weighs the sums.
func (a *assessment) total(r *rater, field string, last []workday.Date, lines []Line) (all int64) {
	for k := range r.index.Indicators {
		x := &r.index.Indicators[k]
		sum, bounded := x.bound(a.sums[k])
		missing := a.missing(x, last[k])
		if missing {
			sum += x.Missing.Points * thousandth
		}
		sum *= x.Weight
		all += sum
		if lines != nil && (missing || len(lines[k].Counted) > 0) {
			l := &lines[k]
			l.Indicator, l.Field, l.Missing, l.Bounded, l.Points = x, field, missing, bounded, sum
			slices.SortFunc(l.Counted, func(a, b Count) int { return compareRefs(a.Record, b.Record) })
			*a.told = append(*a.told, *l)
		}
	}
	return all
}

// share is what a record counts for on a day, and the first day on which that changes.
func (x *Indicator) share(rec *Record, day workday.Date) (int64, workday.Date) {
	from := rec.Day
	if x.Stands {
		if rec.Until == 0 {
			return thousandth, 0
		}
		if day <= rec.Until {
			return thousandth, rec.Until + 1
		}
		from = rec.Until
	}
	for _, f := range x.Fade {
		if end := afterMonths(from, f.Months); day < end {
			return f.Share, end
		}
	}
	return 0, 0
}

func (x *Indicator) count(rec *Record, share int64, until workday.Date) Count {
	c := Count{Record: rec, Share: share, Until: until}
	from := rec.Day
	if x.Stands {
		from = rec.Until
	}
	if from != 0 {
		c.Drops = from + 1
		if n := len(x.Fade); n > 0 {
			c.Drops = afterMonths(from, x.Fade[n-1].Months)
		}
	}
	if x.Repair != nil {
		c.Repair = afterMonths(rec.Day, x.Repair.Months)
	}
	return c
}

// bound keeps a sum of thousandths within the most that an indicator gives.
func (x *Indicator) bound(sum int64) (int64, bool) {
	most := x.Most * thousandth
	switch {
	case most > 0 && sum > most, most < 0 && sum < most:
		return most, true
	}
	return sum, false
}

// missing reports whether a party should have a record of an indicator and has none.
func (a *assessment) missing(x *Indicator, last workday.Date) bool {
	if x.Missing == nil || a.sub.Since == 0 {
		return false
	}
	if old := afterMonths(a.sub.Since, x.Missing.Months); a.day < old {
		a.change(old)
		return false
	}
	if last == 0 {
		return true
	}
	end := afterMonths(last, x.Missing.Months)
	if a.day < end {
		a.change(end)
		return false
	}
	return true
}

// change remembers the first day on which something is another.
func (a *assessment) change(day workday.Date) {
	if day != 0 && (a.next == 0 || day < a.next) {
		a.next = day
	}
}

func compareRefs(a, b *Record) int {
	switch {
	case a.Day != b.Day:
		return int(b.Day - a.Day) // the newest first
	case a.Source != b.Source:
		return compareTexts(a.Source, b.Source)
	}
	return compareTexts(a.ID, b.ID)
}

func compareTexts(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Better is one thing that would raise a tier, and the tier that would follow from it alone.
type Better struct {
	How    string       // time, repair, missing
	Day    workday.Date // from when on
	Record *Record      // that is repaired
	Lacks  *Indicator   // of which a record is missing
	Tier   Tier
	Points int64
}

// The ways up.
const (
	ByTime   = "time"
	ByRepair = "repair"
	ByReport = "missing"
)

// maxSteps bounds how far ahead time is looked through.
const maxSteps = 200

// Raise lists what would raise the tier or the points of an explained standing: time alone, until the next better tier; the repair of
// each record that may be repaired; what is missing. It promises nothing: new records come.
func (s *Standard) Raise(sub *Subject, records []Record, e *Explanation) []Better {
	var list []Better
	day := e.Next
	for range maxSteps {
		if day == 0 {
			break
		}
		then := s.Assess(sub, records, day)
		if then.Tier < e.Tier {
			list = append(list, Better{How: ByTime, Day: day, Tier: then.Tier, Points: then.Points})
			break
		}
		day = then.Next
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		if l.Missing && l.Indicator.Missing.Points < 0 && l.Field == "" {
			p := e.Points - l.Indicator.Missing.Points*thousandth*l.Indicator.Weight
			list = append(list, Better{How: ByReport, Day: e.Day, Lacks: l.Indicator, Tier: worse(s.General.Cuts.tier(p), s.floorOf(e)), Points: p})
		}
		for _, c := range l.Counted {
			if c.Repair == 0 || l.Points >= 0 {
				continue
			}
			then := s.Assess(sub, without(records, c.Record.Ref), e.Day)
			list = append(list, Better{How: ByRepair, Day: c.Repair, Record: c.Record, Tier: then.Tier, Points: then.Points})
		}
	}
	return list
}

// floorOf is the best tier that the records of the general index leave room for.
func (s *Standard) floorOf(e *Explanation) Tier {
	floor := A
	for i := range e.Lines {
		if l := &e.Lines[i]; l.Field == "" && l.Floor != "" {
			floor = worse(floor, l.Floor)
		}
	}
	return floor
}

func without(records []Record, ref Ref) []Record {
	return slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return r.Ref == ref })
}
