// Package pdf writes a paper as a PDF file: A4 in the measures of GB/T 9704-2012, in the Song face of the program's own font,
// with page numbers, the place of the seal, and QR codes.
//
// The same paper gives the same bytes from the same build: nothing but the paper goes in, and the file's date is the
// paper's. Text can be copied and searched. A character that the font lacks is never dropped: it stands as a frame with its
// number in Unicode, is told at the end of the paper, and is itself when the text is copied.
//
// It writes the file itself, because the library that was chosen at first cannot write characters beyond U+FFFF, among
// which are the names of people (docs/adr/0027).
package pdf

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/web/i18n"
)

// slots bounds how many papers are written at one time: each takes a few megabytes and a processor.
var slots = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// Write gives the paper as a PDF file. It waits while many others are written, until ctx ends.
func Write(ctx context.Context, d *paper.Doc) ([]byte, error) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("print %s: %w", d.Kind, ctx.Err())
	}
	f, err := loadFace()
	if err != nil {
		return nil, err
	}
	return draw(f, d), nil
}

// Lacks lists the characters of a text that the font cannot draw.
func Lacks(text string) ([]rune, error) {
	f, err := loadFace()
	if err != nil {
		return nil, err
	}
	var list []rune
	for _, r := range text {
		if f.glyph(r) == 0 && !strings.ContainsRune(string(list), r) {
			list = append(list, r)
		}
	}
	return list, nil
}

func draw(f *face, d *paper.Doc) []byte {
	draft := ""
	if d.Draft {
		draft = i18n.T(d.Lang, "paper.draft")
	}
	c := newCanvas(f, draft)
	c.head(d)
	for i := range d.Blocks {
		c.block(&d.Blocks[i])
	}
	c.ending(d)
	c.numbers()
	lang := "zh-CN"
	if d.Lang == i18n.English {
		lang = "en"
	}
	title := strings.TrimSpace(d.Title + " " + d.Number)
	return write(about{title, d.Office, lang, d.At}, f, &c.used, c.pages)
}

var body = style{size: size3, height: lineHeight, indent: 2, align: -1}

func (c *canvas) head(d *paper.Doc) {
	title := style{size: size2, height: 1.25 * lineHeight, bold: true}
	if d.Number != "" {
		c.text(d.Office, title)
	}
	c.text(d.Title, title)
	c.y -= lineHeight / 3
	if d.Number != "" {
		c.text(d.Number, style{size: size3, height: lineHeight})
	}
	c.y -= lineHeight / 2
	if d.To != "" {
		c.text(d.To, style{size: size3, height: lineHeight, align: -1})
	}
}

func (c *canvas) block(b *paper.Block) {
	switch {
	case b.Text != "":
		c.text(b.Text, body)
	case b.Points != nil:
		for i, p := range b.Points {
			c.text(fmt.Sprintf("%d. %s", i+1, p), body)
		}
	case b.Rows != nil:
		t := &paper.Table{Wide: 1}
		for _, r := range b.Rows {
			t.Cells = append(t.Cells, []string{r.Label, r.Value})
		}
		c.table(t)
	case b.Table != nil:
		c.table(b.Table)
	}
}

// ending draws what stands below the text: lines to sign, the seal with the date, the codes, and where to ask.
func (c *canvas) ending(d *paper.Doc) {
	for _, s := range d.Sign {
		c.text(s, style{size: size3, height: 1.6 * lineHeight, align: -1, indent: 2})
	}
	c.close(d)
	if d.Proof != nil {
		c.proof(d.Proof)
	}
	small := style{size: sizeSmall, height: 1.5 * sizeSmall, align: -1}
	foot := strings.Join(d.Foot, "\u3000")
	if note := c.note(d.Lang); note != "" {
		foot = strings.TrimPrefix(foot+"\n"+note, "\n")
	}
	if foot == "" {
		return
	}
	c.room(float64(min(len(c.lines(foot, small)), 4))*small.height + 6)
	c.rule(textLeft, c.y-3, textLeft+textWidth, c.y-3, 0.5)
	c.y -= 6
	c.text(foot, small)
}

// note tells the characters that the font lacks.
func (c *canvas) note(lang string) string {
	if len(c.missing) == 0 {
		return ""
	}
	var list []string
	for _, r := range c.missing {
		list = append(list, fmt.Sprintf("U+%04X", r))
		if len(list) == 20 { // of a text in another script
			list = append(list, "…")
			break
		}
	}
	return i18n.T(lang, "paper.missing", len(c.missing), strings.Join(list, " "))
}

const (
	markSize  = 26 * mm
	proofSize = 30 * mm
	sealSize  = 42 * mm
)

// close draws office, seal and date at the right, the codes at the left. It keeps them together.
func (c *canvas) close(d *paper.Doc) {
	right := style{size: size3, height: lineHeight, align: 1, left: textLeft + textWidth - 88*mm, width: 88*mm - 2*size3}
	office := c.lines(d.Office, right)
	if len(office) > 6 { // longer than any office's name
		office = office[:6]
	}
	height := max(float64(len(office)+1)*lineHeight+lineHeight, sealSize, markSize+4*sizeSmall*1.4)
	c.y -= lineHeight / 2
	c.room(height)
	top := c.y
	x := textLeft
	for _, m := range []*paper.Mark{d.Verify, d.Follow} {
		if m != nil {
			c.mark(m, x, top)
			x += markSize + 5*mm
		}
	}
	if d.Seal {
		y := top - max(0, (sealSize-float64(len(office)+1)*lineHeight)/2)
		for _, l := range office {
			y -= lineHeight
			c.line(l, right, false, y+lineHeight/2-size3*0.36)
		}
		y -= lineHeight
		for _, l := range c.lines(d.Date, right) {
			c.line(l, right, false, y+lineHeight/2-size3*0.36)
			break
		}
		c.circle(textLeft+textWidth-2*size3-20*mm, top-sealSize/2, sealSize/2)
	}
	c.y = top - height
}

// mark draws a code, what it is for and what can be typed instead.
func (c *canvas) mark(m *paper.Mark, x, top float64) {
	c.qr(m.Address, x, top, markSize)
	s := style{size: sizeSmall, height: 1.4 * sizeSmall, left: x, width: markSize + 3*mm, align: -1}
	even := *m
	even.Code = evenly(m.Code, len(c.lines(m.Code, s)))
	c.caption(&even, s, top-markSize-2, 4)
}

// evenly breaks a code into so many lines of the same length, so that none of it stands alone on the last.
func evenly(code string, lines int) string {
	if lines < 2 {
		return code
	}
	var list []string
	for part := range slices.Chunk([]rune(code), (len([]rune(code))+lines-1)/lines) {
		list = append(list, string(part))
	}
	return strings.Join(list, "\n")
}

// proof draws the code that binds the evidence log, larger than the others since it says more, and its text beside it.
func (c *canvas) proof(m *paper.Mark) {
	c.y -= 4 * mm
	c.room(proofSize)
	c.qr(m.Address, textLeft, c.y, proofSize)
	left := proofSize + 5*mm
	c.caption(m, style{size: sizeSmall, height: 1.4 * sizeSmall, left: textLeft + left, width: textWidth - left, align: -1}, c.y, 6)
	c.y -= proofSize + 4*mm
}

// caption writes what a code is for and its text from y downwards, in so many lines at most.
func (c *canvas) caption(m *paper.Mark, s style, y float64, most int) {
	lines := append(c.lines(m.Words, s), c.lines(m.Code, s)...)
	for _, l := range lines[:min(len(lines), most)] {
		l.last = true // not spread
		c.line(l, s, false, y-s.height/2-sizeSmall*0.36)
		y -= s.height
	}
}

// numbers writes the page numbers between dashes, at the outer edge, a character from it (GB/T 9704 7.5).
func (c *canvas) numbers() {
	pages := c.pages
	for i := range pages {
		c.pages = pages[:i+1] // draw on the last
		text := fmt.Sprintf("— %d —", i+1)
		x := textLeft + size4
		if i%2 == 0 {
			x = textLeft + textWidth - size4 - c.measure(text, size4)
		}
		c.glyphs([]rune(text), size4, x, textBottom-7*mm-size4*0.36, 0, "")
	}
	c.pages = pages
}
