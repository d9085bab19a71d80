package store

import (
	"context"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/workday"
)

// Totals are the marks of all cases, added up by day and by month in the transaction of the command that makes them, so that no
// page has to look at cases.
type Totals interface {
	// Totals returns the sums that a query asks for, in no particular order; a sum of nothing is left out. What it costs depends on
	// the days or months, items, departments and doors, not on how many cases there are.
	Totals(ctx context.Context, q TotalQuery) ([]Total, error)
	// Written is how many entries the cases of a region have, a number that grows with each command.
	Written(ctx context.Context, region string) (int64, error)
	// Retotal replaces the totals of a region by those of the marks, which were computed from the journal when Written gave that
	// number. ErrConflict, and nothing is changed, if something was written since.
	Retotal(ctx context.Context, region string, written int64, marks []ItemMark) error
}

// ItemMark is a number of marks of cases of an item.
type ItemMark struct {
	Item caseflow.ItemID
	stat.Mark
	N int64
}

// TotalQuery asks for totals of regions in a stretch of days or months. Empty fields do not filter. The answer is one sum for each
// measure and bucket and, if asked for, for each region, day (of months the first), item, department or door.
type TotalQuery struct {
	Regions    []string // none: nothing
	Stretch    stat.Stretch
	Item       caseflow.ItemID
	Department string
	Succeeds   []string // departments that count as Department
	Channel    string
	Measures   []string // exactly these; nil: all

	ByRegion, ByDay, ByItem, ByDepartment, ByChannel bool
}

// Total is one sum. What the query did not ask for is empty.
type Total struct {
	Region     string
	Day        workday.Date
	Item       caseflow.ItemID
	Department string
	Channel    string
	Measure    string
	Bucket     int
	N          int64
}
