package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/tongban/tongban/internal/pdffile"
)

// about is what a PDF file says of itself.
type about struct {
	title, author, lang string
	at                  time.Time
}

// file is a PDF file with the font of its text.
type file struct{ *pdffile.File }

// packed writes an object with data, packed. dict says more of them.
func (f file) packed(n int, dict string, data []byte) {
	f.Stream(n, "/Filter/FlateDecode"+dict, pdffile.Deflate(data))
}

// write makes the file of pages that were drawn with the characters used of a face.
func write(a about, fc *face, used *alphabet, pages []*bytes.Buffer) []byte {
	f := file{pdffile.New()}
	root, tree, info, font := f.Reserve(), f.Reserve(), f.Reserve(), f.Reserve()
	var kids strings.Builder
	for _, p := range pages {
		page, content := f.Reserve(), f.Reserve()
		f.Object(page, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.3f %.3f]/Resources<</Font<</F %d 0 R>>>>/Contents %d 0 R>>", tree, paperWidth, paperHeight, font, content)
		f.packed(content, "", p.Bytes())
		fmt.Fprintf(&kids, "%d 0 R ", page)
	}
	f.Object(root, "<</Type/Catalog/Pages %d 0 R/Lang(%s)/ViewerPreferences<</DisplayDocTitle true>>>>", tree, a.lang)
	f.Object(tree, "<</Type/Pages/Count %d/Kids[%s]>>", len(pages), kids.String())
	at := a.at.In(beijing).Format("20060102150405")
	f.Object(info, "<</Title %s/Author %s/Creator(Tongban)/Producer(Tongban)/CreationDate(D:%s+08'00')/ModDate(D:%s+08'00')>>", utf16hex(a.title, true), utf16hex(a.author, true), at, at)
	f.font(font, fc, used)
	return f.End(root, info)
}

// beijing is the time of the whole country, without summer time since 1992.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// font writes the font of the characters used. The code of a character in the file is its place in the alphabet, so that
// two characters with one glyph stay two when the text is copied.
func (f file) font(n int, fc *face, used *alphabet) {
	cid, desc, program, unicode := f.Reserve(), f.Reserve(), f.Reserve(), f.Reserve()
	glyphs := make([]int, len(used.list))
	var names, widths strings.Builder
	for i, r := range used.list {
		glyphs[i] = fc.glyph(r)
		fmt.Fprintf(&widths, "%d ", fc.advance(glyphs[i])*1000/fc.em)
		names.WriteRune(r)
	}
	tag := sha256.Sum256([]byte(names.String()))
	name := make([]byte, 6) // that it is a part of the font is told by six letters before the name
	for i := range name {
		name[i] = 'A' + tag[i]%26
	}
	full := string(name) + "+NotoSerifSC-Regular"
	f.Object(n, "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", full, cid, unicode)
	f.Object(cid, "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/FontDescriptor %d 0 R/DW 1000/W[1[%s]]>>", full, desc, widths.String())
	f.Object(desc, "<</Type/FontDescriptor/FontName/%s/Flags 6/FontBBox[-1000 -400 3000 1200]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 733/StemV 80/FontFile2 %d 0 R>>", full, program)
	data := fc.cut(glyphs)
	f.packed(program, fmt.Sprintf("/Length1 %d", len(data)), data)
	f.packed(unicode, "", toUnicode(used.list))
}

// toUnicode says which character each code is, for copying and searching.
func toUnicode(list []rune) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	for from := 0; from < len(list); from += 100 { // a hundred in a block at most
		to := min(from+100, len(list))
		fmt.Fprintf(&b, "%d beginbfchar\n", to-from)
		for i, r := range list[from:to] {
			fmt.Fprintf(&b, "<%04X>%s\n", from+i+1, utf16hex(string(r), false))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}

// utf16hex writes a text as PDF does, in hexadecimal, so that nothing in it can end the string.
func utf16hex(s string, mark bool) string {
	var b strings.Builder
	b.WriteByte('<')
	if mark {
		b.WriteString("FEFF")
	}
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteByte('>')
	return b.String()
}
