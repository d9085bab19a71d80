package ui

import (
	"net/url"
	"strconv"
	"time"
)

// Table is rows with headings; on a phone each row becomes a card. Lists come with filters, applied ones as chips, and pages.
type Table struct {
	Caption     string
	HideCaption bool // when the page's heading says the same
	Columns     []Column
	Rows        []TableRow
	Select      string // name of the checkboxes for acts on several rows; empty: none
	Empty       *Empty
	Pager       *Pager
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

// Pager leads through a long list.
type Pager struct {
	Path  string
	Query url.Values // of the list, without page and size
	Page  int        // from 1
	Size  int
	Total int
	Of    string // which list, where a page has several
}

// NewPager reads page and size from the address of a list of total rows, and corrects what is out of range.
func NewPager(u *url.URL, total int) *Pager {
	q := u.Query()
	p := &Pager{Path: u.Path, Page: atLeastOne(q.Get("page")), Size: 20, Total: total}
	p.Size = RowsOf(q, p.Size)
	q.Del("page")
	q.Del("size")
	p.Query = q
	p.Page = min(p.Page, p.Pages())
	return p
}

func atLeastOne(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// Pages is the number of pages, at least one.
func (p Pager) Pages() int { return max(1, (p.Total+p.size()-1)/p.size()) }

// Offset is the number of rows before this page.
func (p Pager) Offset() int { return (p.Page - 1) * p.size() }

func (p Pager) size() int { return max(1, p.Size) }

// First is the number of the first row on this page, from 1.
func (p Pager) First() int { return min(p.Total, p.Offset()+1) }

// Last is the number of the last row on this page.
func (p Pager) Last() int { return min(p.Total, p.Offset()+p.size()) }

// At is the address of a page.
func (p Pager) At(page int) string { return p.address(page, p.Size) }

// Sized is the address of the first page with another size.
func (p Pager) Sized(size int) string { return p.address(1, size) }

func (p Pager) address(page, size int) string {
	q := url.Values{}
	for k, v := range p.Query {
		q[k] = v
	}
	q.Set("page", strconv.Itoa(page))
	q.Set("size", strconv.Itoa(size))
	return (&url.URL{Path: p.Path, RawQuery: q.Encode()}).String()
}

// Previous is the address of the page before, or "".
func (p Pager) Previous() string {
	if p.Page <= 1 {
		return ""
	}
	return p.At(p.Page - 1)
}

// Next is the address of the page after, or "".
func (p Pager) Next() string {
	if p.Page >= p.Pages() {
		return ""
	}
	return p.At(p.Page + 1)
}

// Near are the page numbers to show: the first, the last, and those around this one; 0 stands for a gap.
func (p Pager) Near() []int {
	var list []int
	last := 0
	for _, n := range []int{1, p.Page - 1, p.Page, p.Page + 1, p.Pages()} {
		if n <= last || n > p.Pages() {
			continue
		}
		if n > last+1 {
			list = append(list, 0)
		}
		list = append(list, n)
		last = n
	}
	return list
}

// Sizes are the sizes to choose from.
func (p Pager) Sizes() []int { return PageSizes }

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
