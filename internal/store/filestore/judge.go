package filestore

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg" // formats that image.DecodeConfig knows
	_ "image/png"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	_ "golang.org/x/image/webp"
)

// The media types that come in.
const (
	PDF  = "application/pdf"
	PNG  = "image/png"
	JPEG = "image/jpeg"
	DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	WebP = "image/webp"      // comes in and is kept as JPEG
	OFD  = "application/ofd" // GB/T 33190, the fixed layout of official documents
)

// Types lists the media types that are kept. A photo as WebP comes in too.
func Types() []string { return []string{PDF, PNG, JPEG, DOCX, XLSX, OFD} }

// Bounds on what a file becomes when somebody opens it.
const (
	maxPixels    = 80_000_000 // an A4 page at 600 dpi has 35 million
	maxSide      = 30_000
	maxEntries   = 2_000
	maxDirectory = 1 << 20   // bytes of a zip's central directory
	maxUnpacked  = 200 << 20 // bytes, all entries together
	maxRatio     = 100       // unpacked to packed, beyond smallUnpacked
	// Below this, a ratio says nothing: an empty sheet of XML packs very well.
	smallUnpacked = 4 << 20
)

// Unfit is a file that may not come in. Code is stable.
type Unfit struct {
	Code string
}

// Codes of Unfit.
const (
	UnfitEmpty  = "file.empty"
	UnfitType   = "file.type"   // not one of Types, or broken
	UnfitMacro  = "file.macro"  // a document with a program in it
	UnfitPacked = "file.packed" // unpacks to too much
	UnfitPixels = "file.pixels" // too large an image
	UnfitHEIC   = "file.heic"   // a photo as iPhones keep them, which browsers and other programs cannot show
	UnfitLocked = "file.locked" // an encrypted PDF: nobody can look into it, now or in thirty years
	UnfitActive = "file.active" // a PDF with scripts, or that starts programs
	UnfitPages  = "file.pages"  // a PDF of more than MaxPages

	UnfitVirus     = "file.virus"     // the scanner found something
	UnfitUnscanned = "file.unscanned" // the scanner could not look into it
)

// Error is for logs.
func (u *Unfit) Error() string { return "filestore: unfit: " + u.Code }

func unfit(code string) error { return &Unfit{Code: code} }

// judge finds the media type of a file of n bytes by its content, and refuses what may not come in.
func judge(f io.ReaderAt, n int64) (string, error) {
	if n == 0 {
		return "", unfit(UnfitEmpty)
	}
	head := make([]byte, min(n, 3072))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return "", fmt.Errorf("read a file: %w", err)
	}
	switch kind := mimetype.Detect(head); {
	case kind.Is(PDF):
		return PDF, nil // looked into by judgePDF when it comes in
	case kind.Is(PNG):
		return PNG, judgeImage(f, n)
	case kind.Is(JPEG):
		return JPEG, judgeImage(f, n)
	case kind.Is(WebP):
		return WebP, judgeImage(f, n)
	case kind.Is("image/heic"), kind.Is("image/heif"), kind.Is("image/heic-sequence"), kind.Is("image/heif-sequence"), kind.Is("image/avif"):
		return "", unfit(UnfitHEIC)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return judgePacked(f, n)
	}
	return "", unfit(UnfitType)
}

// judgeImage reads an image's size from its head and decodes nothing.
func judgeImage(f io.ReaderAt, n int64) error {
	c, _, err := image.DecodeConfig(io.NewSectionReader(f, 0, n))
	switch {
	case err != nil || c.Width <= 0 || c.Height <= 0:
		return unfit(UnfitType)
	case c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels:
		return unfit(UnfitPixels)
	}
	return nil
}

// judgePacked finds the type of a packed document by the names in it, and bounds what it would unpack to by the sizes
// that its directory states. A reader that trusts other sizes than these unpacks another file than everybody else.
func judgePacked(f io.ReaderAt, n int64) (string, error) {
	if err := judgeDirectory(f, n); err != nil {
		return "", err
	}
	z, err := zip.NewReader(f, n)
	if err != nil {
		return "", unfit(UnfitType)
	}
	if len(z.File) > maxEntries {
		return "", unfit(UnfitPacked)
	}
	var total uint64
	kind := ""
	for _, e := range z.File {
		if e.UncompressedSize64 > maxUnpacked {
			return "", unfit(UnfitPacked)
		}
		total += e.UncompressedSize64
		if code := unfitEntry(e.Name); code != "" {
			return "", unfit(code)
		}
		switch e.Name {
		case "word/document.xml":
			kind = DOCX
		case "xl/workbook.xml":
			kind = XLSX
		case "OFD.xml":
			kind = OFD
		}
	}
	if total > maxUnpacked || total > smallUnpacked && total > uint64(n)*maxRatio {
		return "", unfit(UnfitPacked)
	}
	office := slices.ContainsFunc(z.File, func(e *zip.File) bool { return e.Name == "[Content_Types].xml" })
	if kind == "" || kind != OFD && !office {
		return "", unfit(UnfitType)
	}
	return kind, nil
}

// unfitEntry says what is wrong with the name of a packed file: a path out of the document, a program, an archive in an
// archive.
func unfitEntry(name string) string {
	switch clean := path.Clean(name); {
	case strings.ContainsAny(name, "\\\x00:"), path.IsAbs(name), clean == "..", strings.HasPrefix(clean, "../"):
		return UnfitType
	}
	base := strings.ToLower(path.Base(name))
	switch path.Ext(base) {
	case ".zip", ".gz", ".7z", ".rar", ".jar", ".tar", ".bz2", ".xz":
		return UnfitPacked
	}
	if base == "vbaproject.bin" {
		return UnfitMacro
	}
	return ""
}

// judgeDirectory bounds the central directory before archive/zip builds a list from it: the end record stands at the
// very end, without a comment, and right after the directory, so that nothing else can be read as more of it.
func judgeDirectory(f io.ReaderAt, n int64) error {
	const size = 22
	var end [size]byte
	if n < size {
		return unfit(UnfitType)
	}
	if _, err := f.ReadAt(end[:], n-size); err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	entries := binary.LittleEndian.Uint16(end[10:])
	length, offset := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	switch {
	case !bytes.HasPrefix(end[:], []byte("PK\x05\x06")), end[20] != 0, end[21] != 0, offset+length != n-size:
		return unfit(UnfitType)
	case length > maxDirectory, entries > maxEntries:
		return unfit(UnfitPacked)
	}
	return nil
}
