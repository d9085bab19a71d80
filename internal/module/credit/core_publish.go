package credit

import (
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Publish says how licences and penalties are published (双公示): within how many working days, and for how long penalties are shown; and
// whether commitments are.
type Publish struct {
	Within int            `json:"within"` // working days after the decision
	Basis  caseflow.Basis `json:"basis"`
	Ends   []Ends         `json:"ends"` // of each result of a penalty
	// Promises says for how long commitments are shown (信用承诺书公示); nil: they are not. They are no part of 双公示.
	Promises *Shown `json:"promises"`
}

// Shown is for how long something is shown.
type Shown struct {
	Months int            `json:"months"` // calendar months after its day
	Basis  caseflow.Basis `json:"basis"`
}

// Ends says when penalties with some results are no longer shown. A result that stands nowhere is not published at all.
type Ends struct {
	Results []string       `json:"results"`
	Months  int            `json:"months"` // calendar months after the day of publication
	Basis   caseflow.Basis `json:"basis"`
}

// Publication is a record as everybody may see it.
type Publication struct {
	Record
	Due    workday.Date // the last day on which it is published in time
	Last   workday.Date // the last day on which it is shown; zero: for good
	Late   bool
	Hidden bool // withdrawn, struck, repaired: no longer shown (行政处罚法 art. 48: within three days)
}

// Of is the publication of a record that is published by today at the latest; false if it is of a kind that is not published.
// The day on which it was published stays: the source's own, else was, else today.
func (p *Publish) Of(rec *Record, was, today workday.Date, cal *workday.Calendar) (Publication, bool) {
	x := Publication{Record: *rec, Hidden: !rec.counts()}
	for _, day := range []workday.Date{was, today} {
		if x.Published == 0 {
			x.Published = day
		}
	}
	x.Due = cal.Add(rec.Day, p.Within, workday.WorkDay)
	x.Late = x.Published > x.Due
	switch rec.Kind {
	case Licence:
		x.Last = rec.Until
		return x, true
	case Promise:
		if p.Promises != nil {
			x.Late, x.Last = false, afterMonths(rec.Day, p.Promises.Months)-1
			return x, true
		}
	case Penalty:
		for _, e := range p.Ends {
			for _, name := range e.Results {
				if ResultOf(Penalty, name) == rec.Result {
					x.Last = afterMonths(x.Published, e.Months) - 1
					return x, true
				}
			}
		}
	}
	return x, false
}

// Compliance is how much was published in time.
type Compliance struct {
	Source string // department; "": all
	All    int64
	Late   int64
}

// Mark of compliance: 99.99 % are published in time (榆林市).
const (
	shareWhole = 10_000
	shareMark  = 9_999
)

// Share is how much was published in time, in ten thousandths, cut off: 99.99 % is not reached by 99.989 %.
func (c Compliance) Share() int64 {
	if c.All == 0 {
		return shareWhole
	}
	return (c.All - c.Late) * shareWhole / c.All
}

// Reached reports whether the share is at the mark.
func (c Compliance) Reached() bool { return c.Share() >= shareMark }
