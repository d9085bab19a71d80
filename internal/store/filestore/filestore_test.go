package filestore_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tongban/tongban/internal/store/filestore"
)

var now = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

func open(t testing.TB, dir string) *filestore.Disk {
	t.Helper()
	s, err := filestore.Open(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// kept lists the regular files below a folder.
func kept(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			list = append(list, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func aPNG() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))) // a buffer does not fail
	return b.Bytes()
}

// packed makes a zip of names with a few bytes each.
func packed(names ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.Create(n)
		if err == nil {
			_, err = w.Write([]byte("<x/>"))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// claiming makes a docx with an entry that says it unpacks to size bytes.
func claiming(size uint64) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range []string{"[Content_Types].xml", "word/document.xml"} {
		w, _ := z.Create(n)
		_, _ = w.Write([]byte("<x/>"))
	}
	w, _ := z.CreateRaw(&zip.FileHeader{Name: "word/media/a.png", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: size})
	_, _ = w.Write([]byte("abcd"))
	_ = z.Close()
	return b.Bytes()
}

func TestPut_keeps_content_once_and_gives_it_back(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		h := at()
		s := h.open(t)
		content := aPNG()
		sum := sha256.Sum256(content)
		want := filestore.Info{Hash: hex.EncodeToString(sum[:]), Bytes: int64(len(content)), Type: filestore.PNG}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				got, err := s.Put(t.Context(), "u1", bytes.NewReader(content), filestore.MaxBytes)
				if err != nil || got != want {
					t.Errorf("%+v, %v; want %+v", got, err, want)
				}
			})
		}
		wg.Wait()
		if list := h.names(t, "sha"); len(list) != 1 {
			t.Errorf("the same content is kept as %v", list)
		}
		if list := h.names(t, "tmp"); len(list) != 0 {
			t.Errorf("temporary files are left: %v", list)
		}
		f, err := h.open(t).Open(t.Context(), want.Hash) // as after a restart
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close() //nolint:errcheck // read only
		back, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(back, content) || f.Info != want {
			t.Errorf("%d bytes of %+v came back, %v", len(back), f.Info, err)
		}
		if got, err := s.Stat(t.Context(), want.Hash); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestPutBy_knows_who_held_the_content(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		s := at().open(t)
		info, err := s.Put(t.Context(), "u1", bytes.NewReader(aPNG()), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for account, want := range map[string]bool{"u1": true, "u2": false, "": false, "../u1": false} {
			if got, err := s.PutBy(t.Context(), info.Hash, account); got != want || err != nil {
				t.Errorf("account %q: %v, %v", account, got, err)
			}
		}
		if got, err := s.PutBy(t.Context(), "../../"+info.Hash, "u1"); got || err != nil {
			t.Errorf("no hash: %v, %v", got, err)
		}
	})
}

func TestPut_refuses_and_keeps_nothing(t *testing.T) {
	t.Parallel()
	flood := aPNG()
	binary.BigEndian.PutUint32(flood[16:], 50_000)
	binary.BigEndian.PutUint32(flood[20:], 50_000)
	binary.BigEndian.PutUint32(flood[29:], crc32.ChecksumIEEE(flood[12:29]))
	docx := []string{"[Content_Types].xml", "word/document.xml"}
	many := append([]string{}, docx...)
	for i := range 2_100 {
		many = append(many, fmt.Sprintf("word/%d.xml", i))
	}
	commented := append(packed(docx...), "a comment"...)
	binary.LittleEndian.PutUint16(commented[len(commented)-11:], 9)
	hidden := packed(docx...) // the end record says that the directory is elsewhere
	binary.LittleEndian.PutUint32(hidden[len(hidden)-6:], 0)
	for name, c := range map[string]struct {
		content []byte
		code    string
	}{
		"nothing":                    {nil, filestore.UnfitEmpty},
		"a page":                     {[]byte("<!doctype html><script>alert(1)</script>"), filestore.UnfitType},
		"text":                       {[]byte("hello"), filestore.UnfitType},
		"an entity bomb":             {[]byte(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><l>&b;</l>`), filestore.UnfitType},
		"gzip":                       {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), filestore.UnfitType},
		"a zip that is no document":  {packed("a.txt"), filestore.UnfitType},
		"half a picture":             {aPNG()[:18], filestore.UnfitType},
		"a flood of pixels":          {flood, filestore.UnfitPixels},
		"a document of 10 GB":        {claiming(10 << 30), filestore.UnfitPacked},
		"a document packed too well": {claiming(100 << 20), filestore.UnfitPacked},
		"too many entries":           {packed(many...), filestore.UnfitPacked},
		"an archive in it":           {packed(append(docx, "word/embeddings/a.zip")...), filestore.UnfitPacked},
		"a program in it":            {packed(append(docx, "word/vbaProject.bin")...), filestore.UnfitMacro},
		"a path out of it":           {packed(append(docx, "../../etc/passwd")...), filestore.UnfitType},
		"an absolute path":           {packed(append(docx, "/etc/passwd")...), filestore.UnfitType},
		"a path of Windows":          {packed(append(docx, `..\evil`)...), filestore.UnfitType},
		"a device":                   {packed(append(docx, "c:evil")...), filestore.UnfitType},
		"a comment after the end":    {commented, filestore.UnfitType},
		"a hidden directory":         {hidden, filestore.UnfitType},
		"a document without types":   {packed("word/document.xml"), filestore.UnfitType},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everywhere(t, func(t *testing.T, at func() home) {
				h := at()
				_, err := h.open(t).Put(t.Context(), "u1", bytes.NewReader(c.content), filestore.MaxBytes)
				var unfit *filestore.Unfit
				if !errors.As(err, &unfit) || unfit.Code != c.code {
					t.Errorf("%v, want %s", err, c.code)
				}
				if list := slices.Concat(h.names(t, "sha"), h.names(t, "by"), h.names(t, "new"), h.names(t, "tmp")); len(list) != 0 {
					t.Errorf("kept %v", list)
				}
			})
		})
	}
}

func TestPut_takes_every_type_that_it_names(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		var photo bytes.Buffer
		if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
			t.Fatal(err)
		}
		samples := map[string][]byte{
			filestore.PDF: []byte("%PDF-1.7\n"), filestore.PNG: aPNG(), filestore.JPEG: photo.Bytes(), filestore.OFD: packed("OFD.xml", "Doc_0/Document.xml"),
			filestore.DOCX: packed("[Content_Types].xml", "_rels/.rels", "word/document.xml"), filestore.XLSX: packed("[Content_Types].xml", "xl/workbook.xml"),
		}
		s := at().open(t)
		for _, kind := range filestore.Types() {
			if got, err := s.Put(t.Context(), "u1", bytes.NewReader(samples[kind]), 10_000); err != nil || got.Type != kind {
				t.Errorf("%s: %+v, %v", kind, got, err)
			}
		}
	})
}

func TestPut_stops_where_it_should(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		h := at()
		s := h.open(t)
		content := aPNG()
		if _, err := s.Put(t.Context(), "u1", bytes.NewReader(content), int64(len(content))-1); !errors.Is(err, filestore.ErrTooLarge) {
			t.Errorf("one byte too many: %v", err)
		}
		broken := errors.New("the line is cut")
		if _, err := s.Put(t.Context(), "u1", io.MultiReader(bytes.NewReader(content), iotest.ErrReader(broken)), 1000); !errors.Is(err, broken) {
			t.Errorf("a client that hangs up: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Put(ctx, "u1", bytes.NewReader(content), 1000); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled request: %v", err)
		}
		if list := slices.Concat(h.names(t, "sha"), h.names(t, "by"), h.names(t, "new"), h.names(t, "tmp")); len(list) != 0 {
			t.Errorf("kept %v", list)
		}
	})
}

// A bomb is refused by what it says of itself: judging it takes no memory to speak of.
func TestPut_judges_in_little_memory(t *testing.T) {
	s := open(t, t.TempDir())
	var many []string
	for i := range 60_000 {
		many = append(many, fmt.Sprint(i))
	}
	for name, content := range map[string][]byte{"10 GB": claiming(10 << 30), "60,000 entries": packed(many...)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := s.Put(t.Context(), "u1", bytes.NewReader(content), filestore.MaxBytes)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s was taken", name)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
			t.Errorf("%s took %d MiB", name, n>>20)
		}
	}
}

func TestOpen_knows_only_hashes(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		s := at().open(t)
		info, err := s.Put(t.Context(), "u1", bytes.NewReader(aPNG()), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, hash := range []string{"", ".", "..", "../../../etc/passwd", strings.ToUpper(info.Hash), info.Hash + "/", info.Hash[:63], info.Hash[:63] + "\x00", strings.Repeat("0", 64)} {
			if _, err := s.Open(t.Context(), hash); !errors.Is(err, filestore.ErrNotFound) {
				t.Errorf("%q: %v", hash, err)
			}
			if there, err := s.Hold(t.Context(), hash, aCase(1)); there || err != nil {
				t.Errorf("%q was promised: %v", hash, err)
			}
		}
	})
}

// Somebody who can write the folder cannot make the store read outside of it.
func TestOpen_follows_no_link_out_of_the_folder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	info, err := s.Put(t.Context(), "u1", bytes.NewReader(aPNG()), 1000)
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret.pdf")
	if err := os.WriteFile(secret, []byte("%PDF-1.7 secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "sha", info.Hash[:2], info.Hash[2:4], info.Hash)
	if err := errors.Join(os.Remove(at), os.Symlink(secret, at)); err != nil {
		t.Fatal(err)
	}
	if f, err := s.Open(t.Context(), info.Hash); err == nil {
		f.Close()
		t.Error("a symbolic link led out of the folder")
	}
}

func TestOpen_clears_away_what_crashed_uploads_left(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	for name, age := range map[string]time.Duration{"old": 48 * time.Hour, "young": time.Hour} {
		p := filepath.Join(dir, "tmp", name)
		if err := errors.Join(os.WriteFile(p, nil, 0o600), os.Chtimes(p, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir)
	if list := kept(t, dir); len(list) != 1 || filepath.Base(list[0]) != "young" {
		t.Errorf("left: %v", list)
	}
}

func FuzzPut(f *testing.F) {
	s := open(f, f.TempDir())
	for _, seed := range [][]byte{aPNG(), packed("[Content_Types].xml", "word/document.xml"), claiming(1 << 40), []byte("%PDF-"), []byte("\xff\xd8\xff\xe0")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		info, err := s.Put(t.Context(), "u1", bytes.NewReader(content), 1<<20)
		var unfit *filestore.Unfit
		if err != nil {
			if !errors.As(err, &unfit) && !errors.Is(err, filestore.ErrTooLarge) {
				t.Fatal(err)
			}
			return
		}
		if back, err := s.Stat(t.Context(), info.Hash); err != nil || back != info {
			t.Fatalf("put %+v, found %+v, %v", info, back, err)
		}
	})
}
