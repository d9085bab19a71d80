package pdf

import "github.com/tongban/tongban/internal/paper"

const (
	cellPad    = 4.0
	cellHeight = 1.5 * sizeTable // of a line
)

// table draws a table over as many pages as it needs, its head on each. A row that does not fit is cut between its lines.
func (c *canvas) table(t *paper.Table) {
	columns := c.columns(t)
	c.y -= lineHeight / 4
	head := func() {
		if t.Head != nil {
			c.row(columns, t.Head, true, nil)
		}
	}
	c.room(4 * cellHeight)
	head()
	for _, cells := range t.Cells {
		c.row(columns, cells, false, head)
	}
	c.y -= lineHeight / 4
}

// columns are the widths in points: what each cell needs, the wide one takes what is left.
func (c *canvas) columns(t *paper.Table) []float64 {
	n := len(t.Head)
	for _, cells := range t.Cells {
		n = max(n, len(cells))
	}
	widths := make([]float64, n)
	for _, cells := range append([][]string{t.Head}, t.Cells...) {
		for i, text := range cells {
			widths[i] = max(widths[i], c.measure(text, sizeTable)+2*cellPad+0.5)
		}
	}
	if t.Wide >= n {
		return widths
	}
	// However long a word, no other column takes more than its share, or than what the wide one does not need.
	most := max(textWidth/float64(n+1), (textWidth-widths[t.Wide])/float64(max(1, n-1)))
	left := textWidth
	for i := range widths {
		if i != t.Wide {
			widths[i] = min(widths[i], most)
			left -= widths[i]
		}
	}
	widths[t.Wide] = left
	return widths
}

// row draws a row, piece by piece if it must. again draws the head on a new page.
func (c *canvas) row(columns []float64, cells []string, bold bool, again func()) {
	s := style{size: sizeTable, height: cellHeight, align: -1, bold: bold}
	set := make([][]line, len(columns))
	rest := 0
	for i := range columns {
		if i < len(cells) {
			s.width = columns[i] - 2*cellPad
			set[i] = c.lines(cells[i], s)
			rest = max(rest, len(set[i]))
		}
	}
	for from := 0; from < rest; {
		fit := func() int { return int((c.y - textBottom - 2*cellPad) / cellHeight) }
		if fit() < min(rest-from, 2) && again != nil {
			c.newPage()
			again()
		}
		to := min(rest, from+max(1, fit()))
		c.piece(columns, set, from, to, s)
		from = to
	}
}

// piece draws lines from..to of every cell of a row, with their frame.
func (c *canvas) piece(columns []float64, set [][]line, from, to int, s style) {
	height := float64(to-from)*cellHeight + 2*cellPad
	x, top := textLeft, c.y
	for i, w := range columns {
		c.op("0.5 w %.3f %.3f %.3f %.3f re S", x, top-height, w, height)
		s.left, s.width = x+cellPad, w-2*cellPad
		for n := from; n < min(to, len(set[i])); n++ {
			c.line(set[i][n], s, false, top-cellPad-float64(n-from)*cellHeight-cellHeight/2-s.size*0.36)
		}
		x += w
	}
	c.y -= height
}
