package filestore_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/store/filestore"
)

// objects packs text into an object stream.
func objects(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("3 0 obj <</Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d>>\nstream\r\n%s\nendstream endobj\n", b.Len(), b.Bytes())
}

// What of a PDF could run, cannot be read, or never ends does not come in, also packed or with its name written in another way.
func TestPut_looks_into_PDFs(t *testing.T) {
	t.Parallel()
	page := "<</Type /Page /Parent 2 0 R>>\n"
	zeros := make([]byte, 100<<20)
	for name, c := range map[string]struct{ body, code string }{
		"pages":                         {strings.Repeat(page, filestore.MaxPages), ""},
		"packed pages":                  {objects(t, strings.Repeat(page, filestore.MaxPages)), ""},
		"a list of pages":               {strings.Repeat("<</Type /Pages /Kids []>>", filestore.MaxPages+1), ""},
		"words about scripts":           {objects(t, "(JavaScript and Launch)"), ""},
		"a plain object stream":         {"<</Type /ObjStm /N 1>> stream\n1 0 <</Type/Page>> endstream", ""},
		"too many pages":                {strings.Repeat(page, filestore.MaxPages+1), filestore.UnfitPages},
		"too many in all":               {page + objects(t, strings.Repeat(page, filestore.MaxPages)), filestore.UnfitPages},
		"a script":                      {"<</OpenAction <</S /JavaScript /JS (app.alert(1))>>>>", filestore.UnfitActive},
		"a script by another name":      {"<</S /J#61va#53cript /JS 7 0 R>>", filestore.UnfitActive},
		"a packed script":               {objects(t, "1 0 <</S/JavaScript/JS(app.alert(1))>>"), filestore.UnfitActive},
		"a packed one, hidden":          {strings.Replace(objects(t, "<</S /JavaScript>>"), "/ObjStm", "/Obj#53tm", 1), filestore.UnfitActive},
		"behind a stream that never is": {"% >> stream\n<</S /JavaScript>> endstream", filestore.UnfitActive},
		"a program":                     {"<</S /Launch /F (cmd.exe)>>", filestore.UnfitActive},
		"objects packed otherwise":      {"<</Type /ObjStm /Filter /ASCII85Decode>> stream\n<~87cURD]i,\"Ebo80~> endstream", filestore.UnfitActive},
		"a password":                    {"trailer <</Root 1 0 R /Encrypt 5 0 R>>", filestore.UnfitLocked},
		"a bomb":                        {objects(t, string(zeros)), filestore.UnfitPacked},
		"many streams":                  {strings.Repeat(objects(t, "x"), 2_001), filestore.UnfitPacked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir())
			_, err := s.Put(t.Context(), "u1", strings.NewReader("%PDF-1.7\n"+c.body+"\n%%EOF"), filestore.MaxBytes)
			var unfit *filestore.Unfit
			if got := errors.As(err, &unfit); got != (c.code != "") || got && unfit.Code != c.code || !got && err != nil {
				t.Errorf("%v, want %q", err, c.code)
			}
		})
	}
}

// A bomb of 20 files is unpacked no further than it is looked at.
func TestPut_unpacks_PDFs_in_little_memory(t *testing.T) {
	bomb := "%PDF-1.7\n" + objects(t, string(make([]byte, 300<<20)))
	s := open(t, t.TempDir())
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, err := s.Put(t.Context(), "u1", strings.NewReader(bomb), filestore.MaxBytes)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("it was taken")
	}
	if n := after.Sys - before.Sys; n > 64<<20 && after.Sys > before.Sys {
		t.Errorf("it took %d MiB", n>>20)
	}
}
