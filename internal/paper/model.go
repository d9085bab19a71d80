package paper

import "time"

// Doc is one paper: what stands on it, in order, ready to be shown as a page or written as PDF. It holds words only; how
// they look is the business of whoever draws it.
type Doc struct {
	Kind   string    // of package hall
	Lang   string    // zh or en
	Office string    // who gives it and whose seal it bears
	Title  string    // 受理通知书
	Number string    // 渭南市受〔2026〕7号; empty on what a party signs
	To     string    // with its colon
	Blocks []Block   // the text
	Sign   []string  // lines that somebody signs by hand
	Seal   bool      // leaves room for the office's seal
	Date   string    // as it is written under the seal
	At     time.Time // the instant that it was given
	Foot   []string  // where to ask and to complain
	Verify *Mark     // how a stranger finds out that it is genuine
	Follow *Mark     // how its bearer follows the case
	Proof  *Mark     // of a receipt: what binds the evidence log to it; its code is long
	Draft  bool      // not given yet: it says so on every page
}

// Block is a part of the text: a paragraph, facts with their labels, a list of points or a table. Only one is set.
type Block struct {
	Text   string
	Rows   []Row
	Points []string
	Table  *Table
}

// Row is a fact with its label.
type Row struct{ Label, Value string }

// Table has a head that stands again on every page it runs over.
type Table struct {
	Head  []string
	Wide  int // the column that takes the room that the others leave
	Cells [][]string
}

// Mark is an address as a QR code, with the code that can be typed instead.
type Mark struct {
	Address string
	Code    string
	Words   string // what the code is for
}
