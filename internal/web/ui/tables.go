package ui

import (
	"net/url"
	"strconv"
	"time"
)

// Table is rows with headings; on a phone each row becomes a card. Lists come with filters, applied ones as chips.
type Table struct {
	Caption     string
	HideCaption bool // when the page's heading says the same
	Columns     []Column
	Rows        []TableRow
	Select      string // name of the checkboxes for acts on several rows; empty: none
	Empty       *Empty
}

// Column is the column of the n-th cell; the zero Column beyond the last.
func (t Table) Column(n int) Column {
	if n < len(t.Columns) {
		return t.Columns[n]
	}
	return Column{}
}

// Column is a heading; with Href it sorts.
type Column struct {
	Text   string
	Href   string
	Sorted string // "", ascending, descending
	Number bool   // aligned to the right
	Wrap   bool   // its texts may hold words that no screen is wide enough for, such as a digest
}

// TableRow is one row. Value is what its checkbox sends.
type TableRow struct {
	Value string
	Title string // names the row for its checkbox
	Cells []Cell
	Now   bool // the row that was just worked on
}

// Cell is one value; the first of Lamp, Tag, Copy, At, Href that is set decides how it is shown.
type Cell struct {
	Text  string
	More  string // a second, quieter line
	Href  string
	Lamp  *Lamp
	Tag   *Tag
	Copy  *Copy
	At    time.Time
	Head  bool // names the row
	Links []Link
}

// Filters is a form that narrows a list; its answers stand in the address. Chips are the filters in use.
type Filters struct {
	Action string
	Fields []Field
	Keep   []Field // hidden
	Chips  []Chip
	Clear  string // address without any filter
	Open   bool
}

// Chip is one filter in use and the address without it.
type Chip struct {
	Text   string
	Remove string
}

// PageSizes are the numbers of rows that a list may show.
var PageSizes = []int{10, 20, 50, 100}

// RowsOf is the number of rows that an address asks for, one of PageSizes; standard if it asks for none of them.
func RowsOf(q url.Values, standard int) int {
	for _, size := range PageSizes {
		if q.Get("size") == strconv.Itoa(size) {
			return size
		}
	}
	return standard
}

// Turn leads through a long list that is read on from where a page ended.
type Turn struct {
	Of          string // what the pages are of, where there is more than one such navigation
	First, Next string // addresses; "" none
	Sizes       []Link // numbers of rows
	Total       string // in words; "" not counted
}

// NewTurn makes it of the address of a page, whose rows are so many, and the cursor of the next page, "" if there is none.
func NewTurn(u *url.URL, rows int, next string) Turn {
	with := func(name, value string) string {
		q := u.Query()
		q.Del("cursor")
		if value != "" {
			q.Set(name, value)
		}
		return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
	}
	var t Turn
	if next != "" {
		t.Next = with("cursor", next)
	}
	if u.Query().Get("cursor") != "" {
		t.First = with("", "")
	}
	for _, size := range PageSizes {
		text := strconv.Itoa(size)
		t.Sizes = append(t.Sizes, Link{Text: text, Href: with("size", text), Current: size == rows})
	}
	return t
}

// Tabs are views of one thing, each with its own address.
type Tabs struct {
	Label string // names the group, such as 办件内容
	Tabs  []Link
}

// Empty says why a list is empty and what to do.
type Empty struct {
	Title string
	Why   string
	Do    *Link
}
