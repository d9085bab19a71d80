package pdf

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// The measures of GB/T 9704-2012 (党政机关公文格式), in points: A4, the text 156 mm by 225 mm, 37 mm from the top and 28 mm
// from the left (5.1); 22 lines of 28 characters in size 3 (5.2.2); page numbers in size 4, 7 mm below the text (7.5).
const (
	mm          = 72 / 25.4
	paperWidth  = 210 * mm
	paperHeight = 297 * mm
	textLeft    = 28 * mm
	textWidth   = 156 * mm
	textTop     = paperHeight - 37*mm
	textHeight  = 225 * mm
	textBottom  = textTop - textHeight
	lineHeight  = textHeight / 22
	size2       = 21    // 二号: the title
	size3       = 15.75 // 三号: the text
	size4       = 14    // 四号: page numbers
	sizeTable   = 12    // 小四号
	sizeSmall   = 9     // 小五号
)

// canvas draws on pages from the top down. y is the lower edge of what has been drawn.
type canvas struct {
	*face
	used    alphabet
	pages   []*bytes.Buffer
	y       float64
	draft   string
	missing []rune // that the font lacks, each once
}

func newCanvas(f *face, draft string) *canvas {
	c := &canvas{face: f, used: alphabet{code: map[rune]int{}}, draft: draft}
	c.newPage()
	return c
}

func (c *canvas) newPage() {
	c.pages, c.y = append(c.pages, &bytes.Buffer{}), textTop
	if c.draft == "" {
		return
	}
	size := 120.0
	half := c.measure(c.draft, size) / 2
	sin, cos := math.Sincos(math.Pi / 4)
	c.op("q 0.86 g")
	c.glyphs([]rune(c.draft), size, paperWidth/2-half*cos, paperHeight/2-half*sin, 0, fmt.Sprintf("%.4f %.4f %.4f %.4f", cos, sin, -sin, cos))
	c.op("Q")
}

// room begins a new page unless so much of this one is left.
func (c *canvas) room(height float64) {
	if c.y-height < textBottom-0.01 {
		c.newPage()
	}
}

func (c *canvas) op(format string, args ...any) {
	fmt.Fprintf(c.pages[len(c.pages)-1], format+"\n", args...)
}

// measure is the width of a text in points.
func (c *canvas) measure(s string, size float64) (w float64) {
	for _, r := range s {
		w += c.width(r) * size
	}
	return w
}

// glyphs writes characters from a point on, space points apart. turn is the matrix of a text that is not level.
func (c *canvas) glyphs(text []rune, size, x, y, space float64, turn string) {
	if turn == "" {
		turn = "1 0 0 1"
	}
	var hex strings.Builder
	at := x
	flush := func(next float64) {
		if hex.Len() > 0 {
			c.op("BT /F %.2f Tf %.3f Tc %s %.3f %.3f Tm <%s> Tj ET", size, space, turn, at, y, hex.String())
			hex.Reset()
		}
		at = next
	}
	for _, r := range text {
		w := c.width(r)*size + space
		if c.glyph(r) == 0 {
			flush(x)
			c.square(r, size, x, y)
			x += w
			at = x
			continue
		}
		fmt.Fprintf(&hex, "%04X", c.used.of(r))
		x += w
	}
	flush(x)
}

// square stands for a character that the font lacks: its number in a frame. A program that reads the text finds the
// character itself.
func (c *canvas) square(r rune, size, x, y float64) {
	if !strings.ContainsRune(string(c.missing), r) {
		c.missing = append(c.missing, r)
	}
	number := fmt.Sprintf("%04X", r)
	half := (len(number) + 1) / 2
	small := size * 0.36
	c.op("/Span <</ActualText %s>> BDC q 0.4 w %.3f %.3f %.3f %.3f re S", utf16hex(string(r), true), x+size*0.06, y-size*0.1, size*0.88, size*0.88)
	for i, row := range []string{number[:half], number[half:]} {
		c.glyphs([]rune(row), small, x+(size-c.measure(row, small))/2, y+size*(0.42-0.4*float64(i)), 0, "")
	}
	c.op("Q EMC")
}

// style is how lines are set.
type style struct {
	size, height float64
	indent       float64 // of a paragraph's first line, in letter sizes
	left, width  float64 // points; width 0 is the whole text
	align        int     // -1 left and right edge, 0 centre, 1 right
	bold         bool
}

func (s style) filled() style {
	if s.width == 0 {
		s.left, s.width = textLeft, textWidth
	}
	return s
}

// lines breaks a text for a style. Paragraphs after the first are indented alike.
func (c *canvas) lines(text string, s style) []line {
	s = s.filled()
	var all []line
	for _, p := range paragraphs(text) {
		all = append(all, c.wrap(p, s.width/s.size+1e-6, s.indent)...)
	}
	return all
}

// text draws a text over as many pages as it needs.
func (c *canvas) text(text string, s style) {
	s = s.filled()
	first := true
	for _, l := range c.lines(text, s) {
		c.room(s.height)
		c.line(l, s, first, c.y-s.height/2-s.size*0.36)
		c.y -= s.height
		first = l.last
	}
}

// line draws one line at its base line. What little is left at its end is spread between its characters.
func (c *canvas) line(l line, s style, first bool, y float64) {
	width, x, space := l.width*s.size, s.left, 0.0
	if s.align < 0 && first {
		x += s.indent * s.size
		width += s.indent * s.size
	}
	slack := s.width - width
	switch n := float64(len(l.text) - 1); {
	case s.align == 0:
		x += slack / 2
	case s.align > 0:
		x += slack
	case !l.last && n > 0 && slack > 0 && slack < 2*s.size:
		space = slack / n
	}
	if s.bold { // the font has one weight; the outline is drawn as well
		c.op("q 2 Tr %.2f w", s.size*0.03)
		defer c.op("Q")
	}
	c.glyphs(l.text, s.size, x, y, space, "")
}

// rule draws a straight line.
func (c *canvas) rule(x1, y1, x2, y2, thick float64) {
	c.op("%.2f w %.3f %.3f m %.3f %.3f l S", thick, x1, y1, x2, y2)
}

// circle draws where a seal goes.
func (c *canvas) circle(x, y, r float64) {
	const k = 0.5522847498 // of a quarter circle as a Bézier curve
	c.op("q 0.8 0 0 RG 0.6 w [3 3] 0 d %.3f %.3f m", x+r, y)
	for _, q := range [][4]float64{{1, 0, 0, 1}, {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0}} {
		c.op("%.3f %.3f %.3f %.3f %.3f %.3f c", x+r*(q[0]+k*q[2]), y+r*(q[1]+k*q[3]), x+r*(q[2]+k*q[0]), y+r*(q[3]+k*q[1]), x+r*q[2], y+r*q[3])
	}
	c.op("S Q")
}

// qr draws a QR code with its upper left corner at a point; an address too long for one is left out, the typed code stands
// beside it.
func (c *canvas) qr(text string, x, y, size float64) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return
	}
	code.DisableBorder = true
	bits := code.Bitmap()
	unit := size / float64(len(bits))
	c.op("q")
	for row, cells := range bits {
		for from := 0; from < len(cells); from++ {
			to := from
			for to < len(cells) && cells[to] {
				to++
			}
			if to > from { // a run of dark squares is one, so that no hair stands between them
				c.op("%.3f %.3f %.3f %.3f re", x+float64(from)*unit, y-float64(row+1)*unit, float64(to-from)*unit, unit)
				from = to
			}
		}
	}
	c.op("f Q")
}
