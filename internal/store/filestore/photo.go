package filestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/tongban/tongban/internal/store"
)

// What a photo becomes. The longest side is that of an A4 page at 300 dpi: DA/T 31-2017 has archives scan small print so, and
// ordinary pages at 200.
const (
	MaxSide     = 3508
	photoMark   = 85        // JPEG quality, at which print shows no rings around its strokes
	maxDecoded  = 320 << 20 // bytes of an image in memory
	photoSlots  = 2         // images in memory at once, in this process
	photoQueue  = 62        // that wait for a slot; more get store.ErrBusy
	photoWithin = 20 * time.Second
)

var (
	decoding = make(chan struct{}, photoSlots)
	queueing = make(chan struct{}, photoSlots+photoQueue)
)

// slot waits for the memory of an image. store.ErrBusy if too many wait, or too long.
func slot(ctx context.Context) (release func(), err error) {
	select {
	case queueing <- struct{}{}:
	default:
		return nil, fmt.Errorf("%w: too many photos at once", store.ErrBusy)
	}
	t := time.NewTimer(photoWithin)
	defer t.Stop()
	select {
	case decoding <- struct{}{}:
		return func() { <-decoding; <-queueing }, nil
	case <-ctx.Done():
		<-queueing
		return nil, ctx.Err()
	case <-t.C:
		<-queueing
		return nil, fmt.Errorf("%w: too many photos at once", store.ErrBusy)
	}
}

// settleImage makes of an image of n bytes what is kept: upright, not larger than MaxSide, without what the camera wrote beside
// it (where and when, with what). nil: it is that already, and stays byte by byte what it was.
func settleImage(ctx context.Context, f io.ReaderAt, n int64, kind string) (content []byte, as string, err error) {
	c, _, err := image.DecodeConfig(io.NewSectionReader(f, 0, n))
	if err != nil {
		return nil, "", unfit(UnfitType)
	}
	release, err := slot(ctx)
	if err != nil {
		return nil, "", err
	}
	defer release()
	raw := make([]byte, n)
	if _, err := f.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, "", fmt.Errorf("read a photo: %w", err)
	}
	if kind == WebP || max(c.Width, c.Height) > MaxSide || orientation(raw, kind) > 1 {
		img, err := decode(ctx, raw, kind)
		if err != nil {
			return nil, "", err
		}
		return encode(upright(shrunk(img, MaxSide), orientation(raw, kind)), kind)
	}
	content = withoutNotes(raw, kind)
	if content == nil {
		return nil, "", unfit(UnfitType)
	}
	if len(content) == len(raw) {
		return nil, kind, nil
	}
	return content, kind, nil
}

// decode reads an image whose size is known to be bearable, within bounds of memory and time. The caller has a slot.
func decode(ctx context.Context, raw []byte, kind string) (image.Image, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, unfit(UnfitType)
	}
	if c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels || c.Width*c.Height*depth(c.ColorModel) > maxDecoded {
		return nil, unfit(UnfitPixels)
	}
	ctx, cancel := context.WithTimeout(ctx, photoWithin)
	defer cancel()
	read := map[string]func(io.Reader) (image.Image, error){JPEG: jpeg.Decode, PNG: png.Decode, WebP: webp.Decode}[kind]
	img, err := read(stopping{ctx, bytes.NewReader(raw)})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, unfit(UnfitPixels)
	case err != nil:
		return nil, unfit(UnfitType)
	}
	return img, nil
}

// depth is how many bytes a pixel takes in memory at most.
func depth(m color.Model) int {
	switch m {
	case color.GrayModel:
		return 1
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	return 4
}

// shrunk is the image on white paper, at most side long.
func shrunk(img image.Image, side int) *image.RGBA {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > side {
		w, h = max(1, w*side/long), max(1, h*side/long)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	if w == b.Dx() {
		draw.Draw(out, out.Bounds(), img, b.Min, draw.Over)
	} else {
		draw.BiLinear.Scale(out, out.Bounds(), img, b, draw.Over, nil)
	}
	return out
}

// upright undoes how the camera was held: orientation 2 to 8 of EXIF (JEITA CP-3451), 4.6.5.
func upright(img *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return img
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			dx, dy := x, y
			switch orientation {
			case 2:
				dx = w - 1 - x
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dy = h - 1 - y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			copy(out.Pix[out.PixOffset(dx, dy):][:4], img.Pix[img.PixOffset(x, y):][:4])
		}
	}
	return out
}

// encode writes an image as what it came in as; a WebP becomes a JPEG, which everybody can open.
func encode(img image.Image, kind string) ([]byte, string, error) {
	var b bytes.Buffer
	var err error
	if kind == PNG {
		err = png.Encode(&b, img)
	} else {
		kind = JPEG
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: photoMark})
	}
	if err != nil {
		return nil, "", fmt.Errorf("write a photo: %w", err)
	}
	return b.Bytes(), kind, nil
}

// Turns of a scan.
const (
	TurnLeft  = "left"
	TurnRight = "right"
	TurnBlack = "black" // black on white, whatever the light was
)

// Turn makes another content of an image: turned by a quarter, or black and white. It is put for the account; the old one stays.
// *Unfit with UnfitType if it is no image, or how is none of the turns.
func Turn(ctx context.Context, s Store, account, hash, how string) (Info, error) {
	f, err := s.Open(ctx, hash)
	if err != nil {
		return Info{}, err
	}
	defer f.Close() //nolint:errcheck // read only
	if f.Type != JPEG && f.Type != PNG {
		return Info{}, unfit(UnfitType)
	}
	content, err := turned(ctx, f, how)
	if err != nil {
		return Info{}, err
	}
	return s.Put(ctx, account, bytes.NewReader(content), MaxBytes)
}

// turned is the content of an image after a turn.
func turned(ctx context.Context, f *File, how string) ([]byte, error) {
	release, err := slot(ctx)
	if err != nil {
		return nil, err
	}
	defer release() // before the result is put, which takes one again
	raw, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	img, err := decode(ctx, raw, f.Type)
	if err != nil {
		return nil, err
	}
	var out image.Image
	switch how {
	case TurnLeft:
		out = upright(shrunk(img, MaxSide), 8)
	case TurnRight:
		out = upright(shrunk(img, MaxSide), 6)
	case TurnBlack:
		out = black(shrunk(img, MaxSide))
	default:
		return nil, unfit(UnfitType)
	}
	content, _, err := encode(out, f.Type)
	return content, err
}

// black makes each pixel black that is clearly darker than what is around it (Bradley and Roth, 2007), so that a shadow over the
// page does not become a black field.
func black(img *image.RGBA) *image.Gray {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	grey := image.NewGray(img.Bounds())
	draw.Draw(grey, grey.Bounds(), img, image.Point{}, draw.Src)
	sums := make([]uint64, (w+1)*(h+1)) // of all above and to the left
	for y := range h {
		row := uint64(0)
		for x := range w {
			row += uint64(grey.Pix[y*grey.Stride+x])
			sums[(y+1)*(w+1)+x+1] = sums[y*(w+1)+x+1] + row
		}
	}
	out, reach := image.NewGray(img.Bounds()), max(w, h)/32+1
	for y := range h {
		top, end := max(0, y-reach), min(h, y+reach+1)
		for x := range w {
			left, right := max(0, x-reach), min(w, x+reach+1)
			sum := sums[end*(w+1)+right] - sums[top*(w+1)+right] - sums[end*(w+1)+left] + sums[top*(w+1)+left]
			n := uint64((right - left) * (end - top)) // #nosec G115 -- sides of an image
			if uint64(grey.Pix[y*grey.Stride+x])*n*100 >= sum*85 {
				out.Pix[y*out.Stride+x] = 255
			}
		}
	}
	return out
}
