package filestore

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"strings"
)

// MaxJoined is how many pictures become pages of one PDF.
const MaxJoined = 50

// The sides of A4, in points, and the pixels of a page's long side with its JPEG quality: at 200 dpi, as DA/T 31-2017 asks of ordinary
// pages; at 150 where the file would be larger than it may be.
const (
	a4Short, a4Long = 595.28, 841.89
	joinedSide      = 2339
	joinedMark      = 80
	smallerSide     = 1754
	smallerMark     = 65
)

// Join makes one PDF of pictures, a page each, in their order: on A4, upright or across as the picture lies. The same pictures give the
// same bytes. It is put nowhere. *Unfit with UnfitType if one is no picture, with UnfitPages if there are none or more than
// MaxJoined; ErrTooLarge if it is longer than max bytes even at the lower resolution; ErrNotFound; store.ErrBusy.
func Join(ctx context.Context, s Store, hashes []string, max int64) ([]byte, error) {
	if len(hashes) == 0 || len(hashes) > MaxJoined {
		return nil, unfit(UnfitPages)
	}
	content, err := joined(ctx, s, hashes, joinedSide, joinedMark, max)
	if err == nil && content == nil {
		content, err = joined(ctx, s, hashes, smallerSide, smallerMark, max)
	}
	if err == nil && content == nil {
		err = ErrTooLarge
	}
	return content, err
}

// joined is the PDF with pictures of a size; nil if it is longer than max bytes.
func joined(ctx context.Context, s Store, hashes []string, side, mark int, max int64) ([]byte, error) {
	f := &joint{}
	f.buf.WriteString("%PDF-1.7\n%\xe9\x80\x9a\xe5\x8a\x9e\n") // bytes above 127 tell programs that it is binary
	var kids strings.Builder
	for i, hash := range hashes {
		p, err := pageOf(ctx, s, hash, side, mark)
		if err != nil {
			return nil, err
		}
		f.page(i, p)
		fmt.Fprintf(&kids, "%d 0 R ", pageObject(i))
		if int64(f.buf.Len()) > max {
			return nil, nil
		}
	}
	f.object(1, "<</Type/Catalog/Pages 2 0 R>>")
	f.object(2, "<</Type/Pages/Count %d/Kids[%s]>>", len(hashes), kids.String())
	if content := f.end(); int64(len(content)) <= max {
		return content, nil
	}
	return nil, nil
}

// picture is the image of a page as PDF holds one (ISO 32000-1, 8.9.5).
type picture struct {
	width, height int
	bits          int
	space, filter string
	data          []byte
}

// pageOf reads a picture of the store. What is already as small as it has to be stays the JPEG that it is: each encoding loses a little.
func pageOf(ctx context.Context, s Store, hash string, side, mark int) (*picture, error) {
	f, err := s.Open(ctx, hash)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	if f.Type != JPEG && f.Type != PNG {
		return nil, unfit(UnfitType)
	}
	release, err := slot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	raw, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read a page: %w", err)
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(raw)); err == nil && max(c.Width, c.Height) <= side && side == joinedSide {
		switch c.ColorModel {
		case color.YCbCrModel:
			return &picture{c.Width, c.Height, 8, "DeviceRGB", "DCTDecode", raw}, nil
		case color.GrayModel:
			return &picture{c.Width, c.Height, 8, "DeviceGray", "DCTDecode", raw}, nil
		}
	}
	img, err := decode(ctx, raw, f.Type)
	if err != nil {
		return nil, err
	}
	if g, ok := img.(*image.Gray); ok && inked(g) {
		return black1(g)
	}
	return coloured(shrunk(img, side), mark)
}

// coloured is a picture as a JPEG.
func coloured(img image.Image, mark int) (*picture, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: mark}); err != nil {
		return nil, fmt.Errorf("write a page: %w", err)
	}
	return &picture{img.Bounds().Dx(), img.Bounds().Dy(), 8, "DeviceRGB", "DCTDecode", b.Bytes()}, nil
}

// inked reports whether a page is black on white and nothing between, as a page is after TurnBlack.
func inked(g *image.Gray) bool {
	for _, p := range g.Pix {
		if p != 0 && p != 255 {
			return false
		}
	}
	return true
}

// black1 is a page of black and white, a bit for each point: smaller than as a JPEG, and without rings around its strokes.
func black1(g *image.Gray) (*picture, error) {
	w, h := g.Bounds().Dx(), g.Bounds().Dy()
	row := make([]byte, (w+7)/8)
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	for y := range h {
		clear(row)
		for x := range w {
			if g.Pix[y*g.Stride+x] == 255 {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
		if _, err := z.Write(row); err != nil {
			return nil, fmt.Errorf("write a page: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write a page: %w", err)
	}
	return &picture{w, h, 1, "DeviceGray", "FlateDecode", b.Bytes()}, nil
}

// joint writes the PDF (ISO 32000-1): objects 1 and 2 are the catalogue and the list of pages, then three for each page.
type joint struct {
	buf    bytes.Buffer
	starts map[int]int
}

func pageObject(i int) int { return 3 + 3*i }

func (f *joint) object(n int, format string, args ...any) {
	if f.starts == nil {
		f.starts = map[int]int{}
	}
	f.starts[n] = f.buf.Len()
	fmt.Fprintf(&f.buf, "%d 0 obj\n", n)
	fmt.Fprintf(&f.buf, format, args...)
	f.buf.WriteString("\nendobj\n")
}

// page puts a picture on the middle of an A4 page, as large as fits.
func (f *joint) page(i int, p *picture) {
	w, h := a4Short, a4Long
	if p.width > p.height {
		w, h = h, w
	}
	scale := min(w/float64(p.width), h/float64(p.height))
	pw, ph := float64(p.width)*scale, float64(p.height)*scale
	n := pageObject(i)
	draw := fmt.Sprintf("q %.3f 0 0 %.3f %.3f %.3f cm /P Do Q", pw, ph, (w-pw)/2, (h-ph)/2)
	f.object(n, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</XObject<</P %d 0 R>>>>/Contents %d 0 R>>", w, h, n+2, n+1)
	f.object(n+1, "<</Length %d>>\nstream\n%s\nendstream", len(draw), draw)
	f.object(n+2, "<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent %d/Filter/%s/Length %d>>\nstream\n%s\nendstream",
		p.width, p.height, p.space, p.bits, p.filter, len(p.data), p.data)
}

// end writes where each object begins.
func (f *joint) end() []byte {
	at, size := f.buf.Len(), len(f.starts)+1
	fmt.Fprintf(&f.buf, "xref\n0 %d\n0000000000 65535 f \n", size)
	for n := 1; n < size; n++ {
		fmt.Fprintf(&f.buf, "%010d 00000 n \n", f.starts[n])
	}
	fmt.Fprintf(&f.buf, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", size, at)
	return f.buf.Bytes()
}
