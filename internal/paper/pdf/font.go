package pdf

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// The font is Noto Serif SC Regular (思源宋体), under the SIL Open Font License that stands beside it, unchanged but for
// Zstandard: 6.6 MB in the program, 14.8 MB in memory once the first paper is printed.
//
//go:embed font/NotoSerifSC-Regular.ttf.zst
var packed []byte

// loadFace unpacks the font when it is first needed.
var loadFace = sync.OnceValues(func() (*face, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("font: %w", err)
	}
	defer dec.Close()
	data, err := dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("font: %w", err)
	}
	return parseFace(data)
})

// face is a TrueType font: which glyph draws a character, and how wide it is.
type face struct {
	table   map[string][]byte
	groups  []group // of the character map, in order
	metrics int     // how many glyphs have a width of their own
	glyphs  int
	em      int // units of the square that a Chinese character fills
}

// group is a run of characters with glyphs one after the other (cmap format 12).
type group struct{ first, last, glyph uint32 }

var errFont = errors.New("not a TrueType font that papers can be printed with")

var be = binary.BigEndian

// parseFace reads the tables that printing needs. The font is the program's own: a test reads it whole.
func parseFace(data []byte) (*face, error) {
	f := &face{table: map[string][]byte{}}
	if len(data) < 12 || be.Uint32(data) != 0x00010000 {
		return nil, errFont
	}
	for i := range int(be.Uint16(data[4:])) {
		row := data[12+16*i:]
		at, size := be.Uint32(row[8:]), be.Uint32(row[12:])
		f.table[string(row[:4])] = data[at : at+size]
	}
	for _, name := range []string{"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"} {
		if f.table[name] == nil {
			return nil, fmt.Errorf("%w: no table %s", errFont, name)
		}
	}
	if be.Uint16(f.table["head"][50:]) != 1 {
		return nil, fmt.Errorf("%w: short offsets", errFont)
	}
	f.em = int(be.Uint16(f.table["head"][18:]))
	f.metrics = int(be.Uint16(f.table["hhea"][34:]))
	f.glyphs = int(be.Uint16(f.table["maxp"][4:]))
	return f, f.readMap()
}

// readMap finds the character map that reaches beyond U+FFFF, where rare names are.
func (f *face) readMap() error {
	cmap := f.table["cmap"]
	for i := range int(be.Uint16(cmap[2:])) {
		sub := cmap[be.Uint32(cmap[8+8*i:]):]
		if be.Uint16(sub) != 12 {
			continue
		}
		for n := range int(be.Uint32(sub[12:])) {
			g := sub[16+12*n:]
			f.groups = append(f.groups, group{be.Uint32(g), be.Uint32(g[4:]), be.Uint32(g[8:])})
		}
		return nil
	}
	return fmt.Errorf("%w: no map of all characters", errFont)
}

// glyph is the number of the glyph that draws a character; 0 if the font has none.
func (f *face) glyph(r rune) int {
	c := uint32(r)
	i := sort.Search(len(f.groups), func(i int) bool { return f.groups[i].last >= c })
	if i == len(f.groups) || f.groups[i].first > c {
		return 0
	}
	return int(f.groups[i].glyph + c - f.groups[i].first)
}

// advance is the width of a glyph in units of the font.
func (f *face) advance(glyph int) int {
	return int(be.Uint16(f.table["hmtx"][4*min(glyph, f.metrics-1):]))
}

// outline is the drawing of a glyph, as the font holds it; empty for a space.
func (f *face) outline(glyph int) []byte {
	loca := f.table["loca"][4*glyph:]
	return f.table["glyf"][be.Uint32(loca):be.Uint32(loca[4:])]
}

// Flags of a part of a glyph that is put together (glyf table, composite glyph).
const (
	partWords  = 1 << 0
	partScale  = 1 << 3
	partMore   = 1 << 5
	partScales = 1 << 6
	partMatrix = 1 << 7
)

// parts calls do with the place of each number of another glyph in a glyph that is put together of several.
func parts(outline []byte, do func(at int)) {
	if len(outline) < 10 || be.Uint16(outline)>>15 == 0 {
		return
	}
	for at := 10; ; {
		flags := be.Uint16(outline[at:])
		do(at + 2)
		at += 6
		if flags&partWords != 0 {
			at += 2
		}
		switch {
		case flags&partScale != 0:
			at += 2
		case flags&partScales != 0:
			at += 4
		case flags&partMatrix != 0:
			at += 8
		}
		if flags&partMore == 0 {
			return
		}
	}
}

// cut makes a font of the glyphs that are asked for and their parts, in this order, behind the glyph for what is missing:
// as small as a paper needs it.
func (f *face) cut(glyphs []int) []byte {
	list := append([]int{0}, glyphs...)
	known := map[int]int{}
	for i, g := range list {
		if _, twice := known[g]; !twice {
			known[g] = i
		}
	}
	var glyf, loca, hmtx []byte
	for i := 0; i < len(list); i++ { // list grows with the parts
		loca = be.AppendUint32(loca, uint32(len(glyf)))
		outline := append([]byte(nil), f.outline(list[i])...)
		parts(outline, func(at int) {
			part := int(be.Uint16(outline[at:]))
			if _, ok := known[part]; !ok {
				known[part] = len(list)
				list = append(list, part)
			}
			be.PutUint16(outline[at:], uint16(known[part]))
		})
		glyf = append(glyf, outline...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		hmtx = be.AppendUint16(hmtx, uint16(f.advance(list[i])))
		hmtx = be.AppendUint16(hmtx, f.bearing(list[i]))
	}
	loca = be.AppendUint32(loca, uint32(len(glyf)))
	n := uint16(len(list))
	return assemble(map[string][]byte{
		"glyf": glyf, "loca": loca, "hmtx": hmtx, "prep": f.table["prep"],
		"head": with16(f.table["head"], 8, 0, 0), "hhea": with16(f.table["hhea"], 34, n), "maxp": with16(f.table["maxp"], 4, n),
	})
}

// bearing is the space at the left of a glyph, as the font holds it.
func (f *face) bearing(glyph int) uint16 {
	if glyph < f.metrics {
		return be.Uint16(f.table["hmtx"][4*glyph+2:])
	}
	return be.Uint16(f.table["hmtx"][4*f.metrics+2*(glyph-f.metrics):])
}

// with16 is a copy of a table with other 16-bit numbers from a place on.
func with16(table []byte, at int, values ...uint16) []byte {
	out := append([]byte(nil), table...)
	for i, v := range values {
		be.PutUint16(out[at+2*i:], v)
	}
	return out
}

// assemble writes a font file of its tables, with their checksums.
func assemble(tables map[string][]byte) []byte {
	var names []string
	for name, data := range tables {
		if data != nil {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	n := len(names)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	out := be.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, 16 * power, log, 16 * (n - power)} {
		out = be.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*n
	var body []byte
	for _, name := range names {
		data := tables[name]
		out = append(out, name...)
		for _, v := range []uint32{checksum(data), uint32(at + len(body)), uint32(len(data))} {
			out = be.AppendUint32(out, v)
		}
		body = append(body, data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(out, body...)
}

func checksum(data []byte) (sum uint32) {
	for len(data) >= 4 {
		sum += be.Uint32(data)
		data = data[4:]
	}
	var rest [4]byte
	copy(rest[:], data)
	return sum + be.Uint32(rest[:])
}
