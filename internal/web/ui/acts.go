package ui

import (
	"fmt"
	"time"

	"github.com/tongban/tongban/workday"
)

// Rating asks for one of five levels, nothing preselected.
type Rating struct {
	Name   string // of the radio buttons
	Legend string
	Hint   string
	Value  string // "5" … "1" after a fault; empty at first
	Error  string
}

// Levels are the five levels, best first.
func (Rating) Levels() []string { return []string{"5", "4", "3", "2", "1"} }

// ID is the id of the first level.
func (r Rating) ID() string { return FieldID(r.Name) }

// Panel confirms that something was done: the number, what happens next and when.
type Panel struct {
	Title  string
	Label  string // what the number is
	Number string
	Text   string
	Next   []NextStep
}

// NextStep is one thing that happens next, and when.
type NextStep struct {
	Text string
	When string
}

// Licence is a card of a licence with the QR code that verifies it.
type Licence struct {
	Name    string
	No      string
	Holder  string
	Issuer  string
	Issued  workday.Date
	Expires workday.Date // zero: no expiry
	State   string       // valid, revoked, expired
	Facts   []SummaryRow // what else stands on it
	QR      string       // address of the picture
	Verify  string       // address of the verify page
	Code    string       // that the verify page asks for
	Href    string       // address of the licence's own page
}

// Confirm asks before an act that cannot be undone: it names the object and the result.
type Confirm struct {
	Question string
	Object   []SummaryRow
	Result   string
	Basis    string // clause that it rests on, may be empty
	Action   string // address that the form posts to
	Keep     []Field
	Fields   []Field // asked on this page, such as a reason
	Button   string  // names the act
	Grave    bool
	Cancel   string // address to go back to
}

// Tiles are the figures of a dashboard, each leading to its rows.
type Tiles struct {
	Tiles  []Tile
	Source string
	At     time.Time
}

// Tile is one figure, already written out.
type Tile struct {
	Label  string
	Value  string
	Unit   string
	Change string // against last month or year, in words
	Href   string
	Red    bool // overdue or wrong
}

// Bars is a bar chart that is a table as well.
type Bars struct {
	Title  string
	Item   string // heading of the names; empty: 项目
	Unit   string
	Source string
	At     time.Time
	Bars   []Bar
}

// Bar is one line of the chart. Text is the value as written; empty: the number.
type Bar struct {
	Label string
	Value float64
	Text  string
	Href  string
	Red   bool
}

// Written is the value as shown.
func (b Bar) Written() string {
	if b.Text != "" {
		return b.Text
	}
	return fmt.Sprintf("%g", b.Value)
}

// Percent is the bar's length against the longest, as an SVG length.
func (b Bars) Percent(value float64) string {
	longest := 0.0
	for _, bar := range b.Bars {
		longest = max(longest, bar.Value)
	}
	if longest <= 0 || value <= 0 {
		return "0%"
	}
	return fmt.Sprintf("%.1f%%", value/longest*100)
}
