package filestore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/store/filestore"
)

// poppler runs one of poppler's tools on a PDF: a second reader that knows nothing of ours.
func poppler(t *testing.T, tool string, content []byte, args ...string) string {
	t.Helper()
	at, err := exec.LookPath(tool)
	if err != nil {
		if os.Getenv("TONGBAN_TEST_FULL") != "" {
			t.Fatal(tool + " is missing (make deps)")
		}
		t.Skip("no " + tool + " here (make deps)")
	}
	name := filepath.Join(t.TempDir(), "joined.pdf")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), at, append(args, name)...).CombinedOutput() // #nosec G204 -- a test's tool
	if err != nil {
		t.Fatalf("%s: %v\n%s", tool, err, out)
	}
	return string(out)
}

// drawn are the pages of a PDF as poppler draws them.
func drawn(t *testing.T, content []byte, page string) image.Image {
	t.Helper()
	img, err := png.Decode(strings.NewReader(poppler(t, "pdftoppm", content, "-png", "-r", "36", "-f", page, "-l", page)))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Photos become the pages of one PDF, in their order, upright however the camera was held, at the resolution of an archive; black and
// white stays sharp. The same photos give the same file, and it comes in as any PDF does.
func TestJoin_makes_pages_of_photos(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	put := func(content []byte) string {
		t.Helper()
		info, err := s.Put(t.Context(), "u1", bytes.NewReader(content), filestore.MaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		return info.Hash
	}
	ink := image.NewGray(image.Rect(0, 0, 2480, 3508))
	for i := range ink.Pix {
		ink.Pix[i] = 255 * uint8(i/40%2) // #nosec G115 -- 0 or 1
	}
	var b bytes.Buffer
	if err := png.Encode(&b, ink); err != nil {
		t.Fatal(err)
	}
	lying := put(photo(t, arrow(3000, 2000), exif(6, binary.BigEndian, "MM"))) // held upright: the page is 2000 wide
	across := put(photo(t, arrow(400, 200), nil))
	list := []string{lying, across, put(b.Bytes()), lying}
	content, err := filestore.Join(t.Context(), s, list, filestore.MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	again, err := filestore.Join(t.Context(), s, list, filestore.MaxBytes)
	if err != nil || !bytes.Equal(content, again) {
		t.Errorf("the same photos give another file: %v", err)
	}
	if pages := regexp.MustCompile(`Pages: +4\n`); !pages.MatchString(poppler(t, "pdfinfo", content)) {
		t.Error("not four pages")
	}
	pictures := strings.Join(strings.Fields(poppler(t, "pdfimages", content, "-list")), " ")
	for _, want := range []string{"image 1559 2339 rgb 3 8 jpeg", "image 400 200 rgb 3 8 jpeg", "image 2480 3508 gray 1 1 image"} {
		if !strings.Contains(pictures, want) {
			t.Errorf("no %s in %s", want, pictures)
		}
	}
	if upright := drawn(t, content, "1"); upright.Bounds().Dx() > upright.Bounds().Dy() {
		t.Errorf("the first page lies: %v", upright.Bounds())
	}
	second := drawn(t, content, "2")
	if second.Bounds().Dx() < second.Bounds().Dy() {
		t.Errorf("the second page stands: %v", second.Bounds())
	}
	info, err := s.Put(t.Context(), "u1", bytes.NewReader(content), filestore.MaxBytes)
	if err != nil || info.Type != filestore.PDF {
		t.Errorf("%+v %v", info, err)
	}
}

// What is no picture, nothing, too many, or too large even when it is made smaller is refused by its reason.
func TestJoin_refuses(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		s := at().open(t)
		put := func(content []byte) string {
			t.Helper()
			info, err := s.Put(t.Context(), "u1", bytes.NewReader(content), filestore.MaxBytes)
			if err != nil {
				t.Fatal(err)
			}
			return info.Hash
		}
		noise := image.NewRGBA(image.Rect(0, 0, 1200, 1200))
		r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a picture that does not pack
		for i := range noise.Pix {
			noise.Pix[i] = byte(r.Uint32())
		}
		picture, doc, large := put(photo(t, arrow(40, 20), nil)), put(pdf(1)), put(photo(t, noise, nil))
		many := strings.Split(strings.Repeat(picture+" ", filestore.MaxJoined+1), " ")[:filestore.MaxJoined+1]
		for name, c := range map[string]struct {
			list []string
			max  int64
			code string
			err  error
		}{
			"nothing":        {nil, filestore.MaxBytes, filestore.UnfitPages, nil},
			"too many":       {many, filestore.MaxBytes, filestore.UnfitPages, nil},
			"a PDF":          {[]string{picture, doc}, filestore.MaxBytes, filestore.UnfitType, nil},
			"too large":      {[]string{large, large}, 100_000, "", filestore.ErrTooLarge},
			"what is absent": {[]string{strings.Repeat("0", 64)}, filestore.MaxBytes, "", filestore.ErrNotFound},
		} {
			content, err := filestore.Join(t.Context(), s, c.list, c.max)
			unfit := &filestore.Unfit{}
			if content != nil || c.err != nil && !errors.Is(err, c.err) || c.err == nil && (!errors.As(err, &unfit) || unfit.Code != c.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
		whole, err := filestore.Join(t.Context(), s, []string{large}, filestore.MaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		less, err := filestore.Join(t.Context(), s, []string{large}, int64(len(whole))-1)
		if err != nil || len(less) >= len(whole) {
			t.Errorf("at the lower resolution: %d of %d bytes, %v", len(less), len(whole), err)
		}
	})
}
