package filestore_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"github.com/tongban/tongban/internal/store/filestore"
)

// arrow is a picture that shows how it lies: its upper left corner is red, its upper right green, the rest white.
func arrow(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case x < w/4 && y < h/4:
				c = color.RGBA{255, 0, 0, 255}
			case x >= w-w/4 && y < h/4:
				c = color.RGBA{0, 255, 0, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

const secretPlace = "34.4996N 109.5098E" // where a photo was taken

// exif is an EXIF block with an orientation, and a place behind it.
func exif(orientation uint16, order binary.AppendByteOrder, mark string) []byte {
	b := []byte("Exif\x00\x00" + mark)
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	b = append(b, 0, 0, 0, 0, 0, 0)
	return append(b, secretPlace...)
}

// photo is a JPEG as a phone writes it.
func photo(t testing.TB, img image.Image, block []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	out := append([]byte{}, raw[:2]...)
	if block != nil {
		out = append(out, 0xff, 0xe1)
		out = binary.BigEndian.AppendUint16(out, uint16(len(block)+2)) // #nosec G115 -- a short block
		out = append(out, block...)
	}
	return append(out, raw[2:]...)
}

func chunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data))) // #nosec G115 -- short
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func read(t testing.TB, s filestore.Store, hash string) []byte {
	t.Helper()
	f, err := s.Open(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// corners says which corners are red and green, going round from the upper left.
func corners(img image.Image) string {
	b := img.Bounds()
	out := ""
	for _, at := range []image.Point{{b.Min.X + 2, b.Min.Y + 2}, {b.Max.X - 3, b.Min.Y + 2}, {b.Max.X - 3, b.Max.Y - 3}, {b.Min.X + 2, b.Max.Y - 3}} {
		r, g, bl, _ := img.At(at.X, at.Y).RGBA()
		switch {
		case r > 0xc000 && g < 0x5000 && bl < 0x5000:
			out += "r"
		case g > 0xc000 && r < 0x5000 && bl < 0x5000:
			out += "g"
		default:
			out += "."
		}
	}
	return out
}

// A phone's photo is kept upright and without where it was taken, however the phone was held and wrote that down.
func TestPut_turns_photos_upright_and_forgets_where_they_were_taken(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		s := at().open(t)
		for orientation := uint16(1); orientation <= 8; orientation++ {
			for mark, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {
				// What the camera stores is the scene turned the other way round: it is made by hand for two, and by law for all.
				raw := photo(t, camera(arrow(48, 32), int(orientation)), exif(orientation, order, mark))
				sum := sha256.Sum256(raw)
				info, err := s.Put(t.Context(), "u1", bytes.NewReader(raw), filestore.MaxBytes)
				if err != nil {
					t.Fatal(err)
				}
				kept := read(t, s, info.Hash)
				if info.Original != hex.EncodeToString(sum[:]) || info.Original == info.Hash || info.Bytes != int64(len(kept)) || info.Type != filestore.JPEG {
					t.Errorf("%d %s: %+v", orientation, mark, info)
				}
				if bytes.Contains(kept, []byte(secretPlace)) || bytes.Contains(kept, []byte("Exif")) {
					t.Errorf("%d %s: it still says where it was taken", orientation, mark)
				}
				img, err := jpeg.Decode(bytes.NewReader(kept))
				if err != nil {
					t.Fatal(err)
				}
				if got := corners(img); got != "rg.." || img.Bounds().Dx() != 48 || img.Bounds().Dy() != 32 {
					t.Errorf("%d %s: corners %s of %v", orientation, mark, got, img.Bounds())
				}
			}
		}
	})
}

// camera lays an upright picture as a camera held in that orientation stores it: the table of EXIF 4.6.5, where row 0 and column 0
// of what is stored lie in the picture.
func camera(img *image.RGBA, orientation int) image.Image {
	row0 := []string{"", "top", "top", "bottom", "bottom", "left", "right", "right", "left"}[orientation]
	col0 := []string{"", "left", "right", "right", "left", "top", "top", "bottom", "bottom"}[orientation]
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	sw, sh := w, h
	if row0 == "left" || row0 == "right" {
		sw, sh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, sw, sh))
	for sy := range sh {
		for sx := range sw {
			var x, y int
			for _, side := range []struct {
				name string
				at   int
			}{{row0, sy}, {col0, sx}} {
				switch side.name {
				case "top":
					y = side.at
				case "bottom":
					y = h - 1 - side.at
				case "left":
					x = side.at
				case "right":
					x = w - 1 - side.at
				}
			}
			out.Set(sx, sy, img.At(x, y))
		}
	}
	return out
}

func TestPut_shrinks_large_photos_and_leaves_others_alone(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	large := photo(t, arrow(4032, 3024), nil)
	info, err := s.Put(t.Context(), "u1", bytes.NewReader(large), filestore.MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(read(t, s, info.Hash)))
	if err != nil || img.Bounds().Dx() != filestore.MaxSide || img.Bounds().Dy() != 2631 || corners(img) != "rg.." {
		t.Errorf("%v %s %v", img.Bounds(), corners(img), err)
	}
	var flat bytes.Buffer
	if err := png.Encode(&flat, arrow(60, 40)); err != nil {
		t.Fatal(err)
	}
	noted := append(append(bytes.Clone(flat.Bytes()[:33]), chunk("tEXt", []byte("place\x00"+secretPlace))...), flat.Bytes()[33:]...)
	for name, raw := range map[string][]byte{"a scan": photo(t, arrow(600, 400), nil), "a drawing": flat.Bytes()} {
		info, err := s.Put(t.Context(), "u1", bytes.NewReader(raw), filestore.MaxBytes)
		if err != nil || info.Original != "" || !bytes.Equal(read(t, s, info.Hash), raw) {
			t.Errorf("%s did not stay as it was: %+v %v", name, info, err)
		}
	}
	for name, raw := range map[string][]byte{
		"notes of a PNG": noted, "behind a PNG": append(bytes.Clone(flat.Bytes()), "<script>"+secretPlace...),
		"behind a JPEG": append(photo(t, arrow(60, 40), nil), "PK\x03\x04 "+secretPlace...),
	} {
		info, err := s.Put(t.Context(), "u1", bytes.NewReader(raw), filestore.MaxBytes)
		if err != nil || info.Original == "" || bytes.Contains(read(t, s, info.Hash), []byte(secretPlace)) {
			t.Errorf("%s: %+v %v", name, info, err)
		}
	}
}

func TestPut_says_what_to_do_with_photos_it_cannot_read(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	deep := aPNG() // 8,900 by 8,900 pixels of 16 bits: 630 MB in memory
	binary.BigEndian.PutUint32(deep[16:], 8_900)
	binary.BigEndian.PutUint32(deep[20:], 8_900)
	deep[24], deep[25] = 16, 6
	binary.BigEndian.PutUint32(deep[29:], crc32.ChecksumIEEE(deep[12:29]))
	for name, c := range map[string]struct {
		raw  []byte
		code string
	}{
		"HEIC":        {append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 200)...), filestore.UnfitHEIC},
		"deep pixels": {deep, filestore.UnfitPixels},
		"half a JPEG": {photo(t, arrow(5000, 100), nil)[:3000], filestore.UnfitType},
	} {
		_, err := s.Put(t.Context(), "u1", bytes.NewReader(c.raw), filestore.MaxBytes)
		var unfit *filestore.Unfit
		if !errors.As(err, &unfit) || unfit.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// A page is turned, or made black on white although half of it lies in the shadow; the old content stays.
func TestTurn_makes_another_content(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		s := at().open(t)
		first, err := s.Put(t.Context(), "u1", bytes.NewReader(photo(t, arrow(48, 32), nil)), filestore.MaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		for how, want := range map[string]string{filestore.TurnLeft: "g..r", filestore.TurnRight: ".rg."} {
			info, err := filestore.Turn(t.Context(), s, "u2", first.Hash, how)
			if err != nil {
				t.Fatal(err)
			}
			img, err := jpeg.Decode(bytes.NewReader(read(t, s, info.Hash)))
			if err != nil || corners(img) != want || img.Bounds().Dx() != 32 {
				t.Errorf("%s: %s %v %v", how, corners(img), img.Bounds(), err)
			}
			if by, err := s.PutBy(t.Context(), info.Hash, "u2"); !by || err != nil {
				t.Errorf("%v %v", by, err)
			}
		}
		page := image.NewGray(image.Rect(0, 0, 200, 200))
		for i := range page.Pix {
			x, y := i%200, i/200
			page.Pix[i] = uint8(250 - 150*y/200) // #nosec G115 -- a shadow that grows downwards
			if x%40 < 3 {
				page.Pix[i] /= 3 // strokes
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, page); err != nil {
			t.Fatal(err)
		}
		scan, err := s.Put(t.Context(), "u1", &b, filestore.MaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		info, err := filestore.Turn(t.Context(), s, "u1", scan.Hash, filestore.TurnBlack)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(read(t, s, info.Hash)))
		if err != nil {
			t.Fatal(err)
		}
		for y := range 200 {
			for x := range 200 {
				if r, _, _, _ := img.At(x, y).RGBA(); (r == 0) != (x%40 < 3) || r != 0 && r != 0xffff {
					t.Fatalf("%d, %d is %x", x, y, r)
				}
			}
		}
		doc, err := s.Put(t.Context(), "u1", bytes.NewReader(pdf(1)), filestore.MaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		for hash, how := range map[string]string{doc.Hash: filestore.TurnLeft, first.Hash: "upside down"} {
			var unfit *filestore.Unfit
			if _, err := filestore.Turn(t.Context(), s, "u1", hash, how); !errors.As(err, &unfit) {
				t.Errorf("%v", err)
			}
		}
	})
}
