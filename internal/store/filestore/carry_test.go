package filestore_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store/filestore"
)

// filled is a store with n small files of two accounts, and what it exports.
func filled(t testing.TB, n int) (infos []filestore.Info, out []byte) {
	t.Helper()
	return filledIn(t, open(t, t.TempDir()), n)
}

func filledIn(t testing.TB, s filestore.Store, n int) (infos []filestore.Info, out []byte) {
	t.Helper()
	for i := range n {
		for _, who := range []string{"u1", "u2"}[:1+i%2] {
			info, err := s.Put(t.Context(), who, strings.NewReader(fmt.Sprintf("%%PDF-1.7\nfile %d\n%s", i, strings.Repeat("x", i*37))), filestore.MaxBytes)
			if err != nil {
				t.Fatal(err)
			}
			infos = append(infos, info)
		}
	}
	var b bytes.Buffer
	if err := s.Export(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return slices.Compact(infos), b.Bytes()
}

func take(t testing.TB, s filestore.Store, data []byte) (filestore.Staged, error) {
	t.Helper()
	return s.Import(t.Context(), bufio.NewReaderSize(bytes.NewReader(data), 64<<10))
}

func TestExport_comes_in_elsewhere_with_who_put_what(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		infos, out := filledIn(t, at().open(t), 9)
		h := at()
		to := h.open(t)
		staged, err := take(t, to, out)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range infos {
			f := caseflow.File{Hash: info.Hash, Bytes: info.Bytes}
			if err := staged.Has(t.Context(), f); err != nil {
				t.Error(err)
			}
			if by, err := to.PutBy(t.Context(), info.Hash, "u1"); by || err != nil {
				t.Errorf("%s is somebody's before it was placed: %v", info.Hash, err)
			}
			f.Bytes++
			if err := staged.Has(t.Context(), f); !errors.Is(err, filestore.ErrNotFound) {
				t.Errorf("%s of another length: %v", info.Hash, err)
			}
		}
		if err := staged.Has(t.Context(), caseflow.File{Hash: "../" + infos[0].Hash[3:], Bytes: 1}); !errors.Is(err, filestore.ErrNotFound) {
			t.Errorf("a path for a hash: %v", err)
		}
		if err := staged.Place(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, info := range infos {
			got, err := to.Stat(t.Context(), info.Hash)
			if err != nil || got != info {
				t.Errorf("%+v, %v; want %+v", got, err, info)
			}
			if err := to.Has(t.Context(), caseflow.File{Hash: info.Hash, Bytes: info.Bytes}); err != nil {
				t.Error(err)
			}
			first, err1 := to.PutBy(t.Context(), info.Hash, "u1")
			second, err2 := to.PutBy(t.Context(), info.Hash, "u2")
			if err := errors.Join(err1, err2); err != nil || !first || second != (i%2 == 1) {
				t.Errorf("file %d was put by u1: %t, by u2: %t (%v)", i, first, second, err)
			}
		}
		var again bytes.Buffer
		if err := to.Export(t.Context(), &again); err != nil || !bytes.Equal(again.Bytes(), out) {
			t.Errorf("the copy exports %d bytes, the original %d (%v)", again.Len(), len(out), err)
		}
		if left := h.names(t, "tmp"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		files, size, err := to.Size(t.Context())
		var want int64
		for _, info := range infos {
			want += info.Bytes
		}
		if err != nil || files != int64(len(infos)) || size != want {
			t.Errorf("%d files of %d bytes, %v; want %d of %d", files, size, err, len(infos), want)
		}
	})
}

// Whatever is done to what was exported, it is refused as damaged and nothing is kept.
func TestImport_refuses_what_is_damaged_and_keeps_nothing(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		infos, out := filled(t, 3)
		h := at()
		to := h.open(t)
		bad := map[string][]byte{
			"something after the end": append(slices.Clone(out), '\n'),
			"twice":                   append(slices.Clone(out), out...),
			"a long head":             append([]byte(`{"file":"`+strings.Repeat("a", 17<<20)), out...),
			"a file of a path":        bytes.Replace(out, []byte(infos[0].Hash), []byte("../../../../../../../../../../../../../../../../../../etc/passwd-"), 1),
			"a huge file":             []byte(`{"file":"` + strings.Repeat("0", 64) + `","bytes":99999999999}` + "\n"),
			"a negative file":         []byte(`{"file":"` + strings.Repeat("0", 64) + `","bytes":-1}` + "\n"),
			"a mark that is a path":   bytes.Replace(out, []byte(`"by":["`), []byte(`"by":["../../../x","`), 1),
			"a case that is a path":   bytes.Replace(out, []byte(`"waits":[`), []byte(`"waits":["../../x"`), 1),
			"a field nobody knows":    bytes.Replace(out, []byte(`{"file"`), []byte(`{"x":1,"file"`), 1),
		}
		for n := 0; n < len(out); n += 1 + n/40 { // cut
			bad[fmt.Sprint("cut at ", n)] = out[:n]
		}
		end := bytes.LastIndexByte(out[:len(out)-1], '\n')
		for n := 0; n < len(out); n++ { // one bit, anywhere: in a head, in content, in each byte of the end
			if n < end && n%7 > 0 {
				continue
			}
			flipped := slices.Clone(out)
			flipped[n] ^= 1 << (n % 8)
			bad[fmt.Sprint("bit at ", n)] = flipped
		}
		first := bytes.Index(out, []byte("\n{\"file\"")) + 1
		bad["without the first file"] = out[first:]
		bad["the first file twice"] = append(slices.Clone(out[:first]), out...)
		for name, data := range bad {
			if bytes.Equal(data, out) {
				t.Fatalf("%s: not changed", name)
			}
			staged, err := take(t, to, data)
			if !errors.Is(err, filestore.ErrDamaged) || staged != nil {
				t.Errorf("%s: %v, want it refused as damaged", name, err)
			}
		}
		if after := slices.Concat(h.names(t, "sha"), h.names(t, "by"), h.names(t, "new"), h.names(t, "tmp")); len(after) != 0 {
			t.Errorf("something was kept: %v", after)
		}
		if _, err := take(t, to, out); err != nil {
			t.Errorf("what is whole: %v", err)
		}
	})
}

// What rots on the disk does not go out as if it were whole.
func TestExport_refuses_a_file_that_is_not_what_it_was(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"changed": func(p string) error {
			return os.WriteFile(p, []byte("%PDF-1.7\nfile 1\n"+strings.Repeat("y", 37)), 0o600)
		},
		"shorter":   func(p string) error { return os.Truncate(p, 3) },
		"empty":     func(p string) error { return os.Truncate(p, 0) },
		"a link":    func(p string) error { return errors.Join(os.Remove(p), os.Symlink("/etc/passwd", p)) },
		"a folder":  func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) },
		"forbidden": func(p string) error { return errors.Join(os.Remove(p), os.Symlink(filepath.Base(p), p)) },
	} {
		dir := t.TempDir()
		s := open(t, dir)
		info, err := s.Put(t.Context(), "u1", strings.NewReader("%PDF-1.7\nfile 1\n"+strings.Repeat("x", 37)), 1000)
		if err != nil {
			t.Fatal(err)
		}
		if err := spoil(filepath.Join(dir, "sha", info.Hash[:2], info.Hash[2:4], info.Hash)); err != nil {
			t.Fatal(err)
		}
		if err := s.Export(t.Context(), io.Discard); !errors.Is(err, filestore.ErrDamaged) || !strings.Contains(err.Error(), info.Hash) {
			t.Errorf("%s: %v, want the file named as damaged", name, err)
		}
	}
}

// A file that is there already, but rotten, is healed by the copy.
func TestImport_heals_a_file_that_has_rotted(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		infos, out := filled(t, 2)
		h := at()
		to := h.open(t)
		h.rot(t, infos[1].Hash, bytes.Repeat([]byte("z"), int(infos[1].Bytes)))
		staged, err := take(t, to, out)
		if err != nil {
			t.Fatal(err)
		}
		if err := staged.Place(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := to.Export(t.Context(), io.Discard); err != nil {
			t.Error(err)
		}
	})
}

// A backup may catch a file between its name and the note of who put it, and a crash leaves it so for good.
func TestImport_takes_a_file_that_nobody_is_noted_for(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	info, err := s.Put(t.Context(), "u1", strings.NewReader("%PDF-1.7\n"), filestore.MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "by", info.Hash[:2])); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	to := open(t, t.TempDir())
	staged, err := take(t, to, out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Place(t.Context()); err != nil {
		t.Fatal(err)
	}
	if by, err := to.PutBy(t.Context(), info.Hash, "u1"); by || err != nil {
		t.Errorf("somebody is noted for it: %v, %v", by, err)
	}
	if err := to.Export(t.Context(), io.Discard); err != nil {
		t.Error(err)
	}
}

// Files of any size and number pass through little memory.
func TestExport_and_Import_in_little_memory(t *testing.T) {
	s, to := open(t, t.TempDir()), open(t, t.TempDir())
	dice := rand.NewChaCha8([32]byte{1})
	for range 5 {
		content := io.MultiReader(strings.NewReader("%PDF-1.7\n"), io.LimitReader(dice, 19<<20))
		if _, err := s.Put(t.Context(), "u1", content, filestore.MaxBytes); err != nil {
			t.Fatal(err)
		}
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(s.Export(t.Context(), w)) }()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	staged, err := to.Import(t.Context(), bufio.NewReaderSize(r, 1<<20))
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Discard(); err != nil {
		t.Error(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
		t.Errorf("95 MiB of files took %d MiB of memory", n>>20)
	}
}

// The name of a file is its digest here too: an independent look at what an export holds.
func TestExport_holds_each_file_under_its_digest(t *testing.T) {
	t.Parallel()
	infos, out := filled(t, 3)
	for _, info := range infos {
		_, rest, ok := bytes.Cut(out, []byte(`{"file":"`+info.Hash+`"`))
		_, rest, _ = bytes.Cut(rest, []byte("\n"))
		if sum := sha256.Sum256(rest[:info.Bytes]); !ok || hex.EncodeToString(sum[:]) != info.Hash {
			t.Errorf("%s is not in the export as itself", info.Hash)
		}
	}
}
