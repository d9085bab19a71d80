package stat

import (
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// Figures are what is known of a group of cases in a period.
type Figures struct {
	Received, Accepted, Granted, Refused, Delivered, Withdrawn, Declined int64

	Minutes Histogram // of what was decided: office minutes from acceptance, without stops; buckets of Bucket
	Days    Histogram // the same in working days
	Ratings Histogram // by level
	Limits  map[string]Outcome
}

// Outcome is how limits ended, or stand once they are overdue.
type Outcome struct{ Kept, Broken int64 }

// Share is the part of kept ones; false if there are none.
func (o Outcome) Share() (float64, bool) {
	if o.Kept+o.Broken == 0 {
		return 0, false
	}
	return float64(o.Kept) / float64(o.Kept+o.Broken), true
}

func (o Outcome) plus(p Outcome) Outcome { return Outcome{o.Kept + p.Kept, o.Broken + p.Broken} }

// Add counts n marks of a measure.
func (f *Figures) Add(measure string, bucket int, n int64) {
	switch measure {
	case Received:
		f.Received += n
	case Accepted:
		f.Accepted += n
	case Decided:
		if bucket == Refused {
			f.Refused += n
		} else {
			f.Granted += n
		}
	case Delivered:
		f.Delivered += n
	case Withdrawn:
		f.Withdrawn += n
	case Declined:
		f.Declined += n
	case Minutes:
		count(&f.Minutes, bucket, n)
	case Days:
		count(&f.Days, bucket, n)
	case Rated:
		count(&f.Ratings, bucket, n)
	default:
		if strings.HasPrefix(measure, limits) {
			f.limit(measure, bucket, n)
		}
	}
}

func count(h *Histogram, bucket int, n int64) {
	if *h == nil {
		*h = Histogram{}
	}
	(*h)[bucket] += n
}

func (f *Figures) limit(measure string, bucket int, n int64) {
	if f.Limits == nil {
		f.Limits = map[string]Outcome{}
	}
	o := f.Limits[measure]
	if bucket == Broken {
		o.Broken += n
	} else {
		o.Kept += n
	}
	f.Limits[measure] = o
}

// Decided is how many were decided, either way.
func (f *Figures) Decided() int64 { return f.Granted + f.Refused }

// Led counts what is known of the cases as a whole: 0 of a department that took part in steps and led none.
func (f *Figures) Led() int64 {
	whole := f.Ended(caseflow.ClockPromised).plus(f.Ended(caseflow.ClockStatutory)).plus(f.Ended(caseflow.ClockAcceptance))
	return f.Received + f.Accepted + f.Decided() + f.Delivered + f.Withdrawn + f.Declined + f.Ratings.Count() + whole.Kept + whole.Broken
}

// Ended sums the limits of a kind: caseflow.ClockPromised for the share within the promise (承诺时限内办结率), ClockStatutory within the
// law's limit. What is overdue counts as broken from that instant on, decided or not; what still runs in time counts as neither.
func (f *Figures) Ended(kind string) Outcome {
	var sum Outcome
	for measure, o := range f.Limits {
		if strings.HasPrefix(measure, LimitsOf(kind)) {
			sum = sum.plus(o)
		}
	}
	return sum
}

// Satisfied is the share of ratings of level 3 and more (好评率 counts 非常满意, 满意 and 基本满意 as good, 国办发〔2019〕51号); false if
// nobody has rated.
func (f *Figures) Satisfied() (float64, bool) {
	var good int64
	for level, n := range f.Ratings {
		if level >= 3 {
			good += n
		}
	}
	total := f.Ratings.Count()
	if total == 0 {
		return 0, false
	}
	return float64(good) / float64(total), true
}

// Change is how much a figure differs from that of another period, as a share of the other: 环比 against Period.Before, 同比 against
// Period.YearBefore. False, shown as "—", if there was nothing then: no growth can be said of nothing.
func Change(now, then int64) (float64, bool) {
	if then == 0 {
		return 0, false
	}
	return float64(now-then) / float64(then), true
}
