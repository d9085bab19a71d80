package filestore

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"strings"

	"github.com/tongban/tongban/internal/pdffile"
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
	f := pdffile.New()
	root, tree := f.Reserve(), f.Reserve()
	var kids strings.Builder
	for _, hash := range hashes {
		p, err := pageOf(ctx, s, hash, side, mark)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&kids, "%d 0 R ", p.write(f, tree))
		if int64(f.Len()) > max {
			return nil, nil
		}
	}
	f.Object(root, "<</Type/Catalog/Pages %d 0 R>>", tree)
	f.Object(tree, "<</Type/Pages/Count %d/Kids[%s]>>", len(hashes), kids.String())
	if content := f.End(root, 0); int64(len(content)) <= max {
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
		return black1(g), nil
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
func black1(g *image.Gray) *picture {
	w, h := g.Bounds().Dx(), g.Bounds().Dy()
	row := (w + 7) / 8 // bytes
	points := make([]byte, row*h)
	for y := range h {
		for x := range w {
			if g.Pix[y*g.Stride+x] == 255 {
				points[y*row+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return &picture{w, h, 1, "DeviceGray", "FlateDecode", pdffile.Deflate(points)}
}

// write puts the picture on the middle of an A4 page, as large as fits, and gives the number of the page. tree is that of the list of pages.
func (p *picture) write(f *pdffile.File, tree int) int {
	w, h := a4Short, a4Long
	if p.width > p.height {
		w, h = h, w
	}
	scale := min(w/float64(p.width), h/float64(p.height))
	pw, ph := float64(p.width)*scale, float64(p.height)*scale
	page, content, pixels := f.Reserve(), f.Reserve(), f.Reserve()
	f.Object(page, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</XObject<</P %d 0 R>>>>/Contents %d 0 R>>", tree, w, h, pixels, content)
	f.Stream(content, "", fmt.Appendf(nil, "q %.3f 0 0 %.3f %.3f %.3f cm /P Do Q", pw, ph, (w-pw)/2, (h-ph)/2))
	f.Stream(pixels, fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent %d/Filter/%s",
		p.width, p.height, p.space, p.bits, p.filter), p.data)
	return page
}
