package filestore

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// MaxPages is how many pages a PDF may have.
const MaxPages = 2000

// Bounds on looking into a PDF.
const (
	pdfUnpacked = 32 << 20 // bytes of packed objects that are looked at, all together
	pdfPacked   = 2_000    // streams that hold packed objects
	pdfSmall    = 1 << 20  // larger ones wait for a slot, as photos do
)

// A PDF is looked into without being built up: its bytes are searched for names, and those of its object streams (ISO 32000-1,
// 7.5.7), in which newer writers pack objects. That bounds memory and time whatever the file says of itself, and looks into broken
// files as into whole ones, which viewers open too. What only a page or a picture draws is packed and not searched.
var (
	pdfObjects = pdfName("ObjStm")
	pdfPage    = regexp.MustCompile(pdfName("Type").String() + `\s*` + pdfName("Page").String() + `[^A-Za-z0-9]`)
	pdfLocked  = regexp.MustCompile(pdfName("Encrypt").String() + `[\s<]`)
	// A script (12.6.4.16), also of a field or a page; a program that is started (12.6.4.5).
	pdfActive = regexp.MustCompile("(?:" + pdfName("JavaScript").String() + "|" + pdfName("Launch").String() + ")[^A-Za-z0-9]")
)

// pdfName finds a name however its letters are written: each may be #xx (7.3.5).
func pdfName(name string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("/")
	for _, c := range []byte(name) {
		fmt.Fprintf(&b, "(?:%c|#(?i:%02x))", c, c)
	}
	return regexp.MustCompile(b.String())
}

// judgePDF refuses a PDF that is encrypted, active, or too long.
func judgePDF(ctx context.Context, f io.ReaderAt, n int64) error {
	if n > pdfSmall {
		release, err := slot(ctx)
		if err != nil {
			return err
		}
		defer release()
	}
	raw := make([]byte, n)
	if _, err := f.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read a file: %w", err)
	}
	pages, err := lookInto(raw, 0)
	if err != nil {
		return err
	}
	left := pdfUnpacked
	for i, at := range pdfObjects.FindAllIndex(raw, pdfPacked+1) {
		b, ok := unpacked(raw[at[1]:], left)
		left -= len(b)
		switch {
		case !ok:
			return unfit(UnfitActive) // nobody can tell
		case i == pdfPacked, left <= 0:
			return unfit(UnfitPacked)
		}
		if pages, err = lookInto(b, pages); err != nil {
			return err
		}
	}
	return nil
}

// lookInto searches some bytes of a PDF, and counts on.
func lookInto(b []byte, pages int) (int, error) {
	switch {
	case pdfLocked.Match(b):
		return 0, unfit(UnfitLocked)
	case pdfActive.Match(b):
		return 0, unfit(UnfitActive)
	}
	if pages += len(pdfPage.FindAllIndex(b, MaxPages+1)); pages > MaxPages {
		return 0, unfit(UnfitPages)
	}
	return pages, nil
}

// unpacked is the stream that begins next, up to most bytes. Not ok if it is neither plain, which begins with a number and was
// looked at with all else, nor packed by deflate, as every writer packs objects.
func unpacked(b []byte, most int) (out []byte, ok bool) {
	_, after, found := bytes.Cut(b, []byte("stream"))
	after = bytes.TrimPrefix(bytes.TrimPrefix(after, []byte("\r")), []byte("\n"))
	if plain := bytes.TrimLeft(after[:min(20, len(after))], " \r\n\t"); !found || len(plain) == 0 || plain[0] >= '0' && plain[0] <= '9' {
		return nil, true
	}
	z, err := zlib.NewReader(bytes.NewReader(after))
	if err != nil {
		return nil, false
	}
	out, _ = io.ReadAll(io.LimitReader(z, int64(most))) // what a broken stream gives is looked at all the same
	return out, true
}
