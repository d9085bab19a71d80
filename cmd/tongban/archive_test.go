package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// uploading is a citizen who uploads and attaches until the server is gone.
type uploading struct {
	some chan struct{} // closed after the first ones
	wg   sync.WaitGroup
}

func pressUploads(t testing.TB, c *client, n int) *uploading {
	t.Helper()
	no := c.open(t, n)
	up := &uploading{some: make(chan struct{})}
	up.wg.Go(func() {
		for i := range 20 { // as many as a material takes
			var f caseflow.File
			status, answer, err := c.send("POST", fmt.Sprintf("/files?name=%d.pdf", i), "", fmt.Appendf(nil, "%%PDF-1.7\nupload %d of %s", i, no))
			if err == nil && status == http.StatusCreated && json.Unmarshal(answer, &f) == nil {
				status, answer, err = c.send("POST", "/cases/"+string(no)+"/attach", "", map[string]any{"material": "articles", "file": f})
			}
			if err != nil {
				break // the server is gone
			}
			if status != http.StatusOK {
				t.Errorf("upload %d: %d %s", i, status, answer)
			}
			if i == 2 {
				close(up.some)
			}
		}
	})
	return up
}

// equalUploads checks that every file to which a case refers is there as itself, and that there are some.
func equalUploads(t testing.TB, f placeFlags, least int) {
	t.Helper()
	st, err := f.openStore(t.Context(), time.Now)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	files, err := bucketFlags{}.openUploads(&world{ctx: t.Context(), now: time.Now}, f.Data)
	must(t, err)
	defer func() { must(t, files.close()) }()
	n := 0
	must(t, st.Backup(t.Context(), io.Discard, func(x caseflow.File) error { n++; return files.has(t.Context(), x) }))
	must(t, files.Export(t.Context(), io.Discard)) // each is what its hash says
	if n < least {
		t.Errorf("cases refer to %d files, want %d or more", n, least)
	}
}

// kept lists the files below a folder with their content.
func kept(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(filepath.Clean(p))
		all[p] = string(data)
		return err
	}))
	return all
}

// Whatever is done to a backup, it is refused, and where it was to be restored nothing is made.
func TestRestore_refuses_a_backup_that_is_not_whole_and_makes_nothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "backup")
	demoOf(t, 2, "--data", data)
	does(t, "backup", "--data", data, file)
	whole, err := os.ReadFile(filepath.Clean(file))
	must(t, err)
	rows, _, _ := bytes.Cut(whole, []byte("{\"file\":"))
	head := len(rows)
	second := head + bytes.Index(whole[head+1:], []byte("\n{\"file\":")) + 2
	end := bytes.LastIndex(whole[:len(whole)-1], []byte("\n")) + 1
	if !(head < second && second < end && end < len(whole)) {
		t.Fatalf("the backup has no two files: %d %d %d of %d", head, second, end, len(whole))
	}
	keys := filepath.Join(data, seal.FileName)
	empty := filepath.Join(dir, "empty-data")
	does(t, "migrate", "--new", "--data", empty)
	does(t, "user", "add", "window", "--data", empty, "--name", "李敏", "--region", weinan, "--department", "market", "--role", "clerk")
	none, errw, code := cli(t, "backup", "--data", empty, "-")
	if code != 0 || strings.Count(none, "\n{\"file") != 1 {
		t.Fatalf("a backup without files: exit %d %s, %d heads", code, errw, strings.Count(none, "\n{\"file"))
	}
	without := func(from, to int) []byte { return append(bytes.Clone(whole[:from]), whole[to:]...) }
	bad := map[string][]byte{
		"empty": nil, "a letter": []byte("hello, this is a letter\n"), "the rows alone": whole[:head],
		"without the first file": without(head, second), "without files": without(head, end), "without its end": whole[:end],
		"the files of another backup": append(bytes.Clone(whole[:head]), none[strings.LastIndex(none, "{\"files"):]...),
		"with something behind":       append(bytes.Clone(whole), '{'), "twice": append(bytes.Clone(whole), whole...),
		"no line ends": bytes.Repeat([]byte("x"), 40<<20),
	}
	dice := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a test's dice
	for i := range 12 {
		bad[fmt.Sprint("cut ", i)] = whole[:dice.IntN(len(whole))]
		for where, span := range map[string][2]int{"rows": {0, head}, "files": {head, end}, "end": {end, len(whole)}} {
			flipped := bytes.Clone(whole)
			flipped[span[0]+dice.IntN(span[1]-span[0])] ^= 1 << dice.IntN(8)
			bad[fmt.Sprint("a bit of the ", where, " ", i)] = flipped
		}
	}
	for name, content := range bad {
		from, into := filepath.Join(dir, "bad"), filepath.Join(dir, "into")
		must(t, os.WriteFile(from, content, 0o600))
		refuses(t, "restore", "restore", "--data", into, "--keys", keys, from)
		if _, err := os.Lstat(into); !os.IsNotExist(err) {
			t.Fatalf("%s: refused, but %d files are left", name, len(kept(t, into)))
		}
	}

	into := filepath.Join(dir, "in-use") // a folder of uploads that is there already stays as it is
	must(t, os.CopyFS(filepath.Join(into, "files"), os.DirFS(filepath.Join(data, "files"))))
	before := kept(t, into)
	refuses(t, "restore", "restore", "--data", into, "--keys", keys, filepath.Join(dir, "bad"))
	if after := kept(t, into); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("a refused restore changed the folder of uploads")
	}
	does(t, "restore", "--data", into, "--keys", keys, file)
	equal(t, "after the refusals", states(t, placeFlags{Data: data}), states(t, placeFlags{Data: into}))
	equalUploads(t, placeFlags{Data: into}, 2)
}

// A kill in the middle of a restore leaves neither rows nor files to be seen, and the next restore works.
func TestRestore_killed_half_way_leaves_nothing_to_be_seen(t *testing.T) {
	t.Parallel()
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	demoOf(t, 3, "--data", data)
	does(t, "backup", "--data", data, file)
	whole, err := os.ReadFile(filepath.Clean(file))
	must(t, err)
	rows, _, _ := bytes.Cut(whole, []byte("{\"file\":"))
	for name, where := range map[string]func(testing.TB) string{"SQLite": func(testing.TB) string { return "" }, "PostgreSQL": func(t testing.TB) string { return pgtest.Start(t) }} {
		into := placeFlags{Data: t.TempDir(), Store: where(t)}
		flags := []string{"restore", "--data", into.Data, "--keys", filepath.Join(data, seal.FileName), "-"}
		if into.Store != "" {
			flags = append(flags, "--store", into.Store)
		}
		for _, n := range []int{len(rows) / 2, len(rows) + (len(whole)-len(rows))*2/3, len(whole) - 10} {
			c := child(flags...)
			in, err := c.StdinPipe()
			must(t, err)
			must(t, c.Start())
			_, err = in.Write(whole[:n]) // it waits for the rest, in the middle of its transaction
			must(t, err)
			must(t, c.Process.Kill())
			_ = c.Wait()
			if seen := states(t, into); len(seen) != 0 {
				t.Errorf("%s: killed after %d of %d bytes: %d cases are seen", name, n, len(whole), len(seen))
			}
			for _, sub := range []string{"sha", "by"} {
				if left := kept(t, filepath.Join(into.Data, "files", sub)); len(left) != 0 {
					t.Errorf("%s: killed after %d of %d bytes: %d files are seen", name, n, len(whole), len(left))
				}
			}
		}
		last := child(flags...)
		last.Stdin = bytes.NewReader(whole)
		if out, err := last.CombinedOutput(); err != nil {
			t.Errorf("%s: the next restore: %v %s", name, err, out)
		}
		equal(t, name, states(t, placeFlags{Data: data}), states(t, into))
		equalUploads(t, into, 3)
	}
}

// A backup that would not be whole is not made: a file that is missing or rotten, of a case or of an inspection, is named.
func TestBackup_refuses_without_a_file_that_is_needed(t *testing.T) {
	t.Parallel()
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	demoOf(t, 2, "--data", data)
	var path string
	for p, was := range kept(t, filepath.Join(data, "files", "sha")) {
		must(t, os.Remove(p))
		refuses(t, filepath.Base(p), "backup", "--data", data, file)
		must(t, os.WriteFile(p, []byte(was), 0o600))
		path = p
	}
	content, err := os.ReadFile(filepath.Clean(path))
	must(t, err)
	for what, spoil := range map[string]func() error{
		"gone": func() error { return os.Remove(path) }, "cut": func() error { return os.Truncate(path, 5) },
		"changed": func() error { return os.WriteFile(path, bytes.ToUpper(content), 0o600) },
	} {
		must(t, spoil())
		refuses(t, filepath.Base(path), "backup", "--data", data, file)
		if _, err := os.Lstat(file); !os.IsNotExist(err) {
			t.Errorf("%s: a backup was left behind: %v", what, err)
		}
		refuses(t, filepath.Base(path), "move", data, filepath.Join(t.TempDir(), "to"))
		must(t, os.WriteFile(path, content, 0o600))
	}
	does(t, "backup", "--data", data, file)
}

// Through pipes a backup is the same, and nothing but it comes out.
func TestBackup_through_pipes(t *testing.T) {
	t.Parallel()
	data, other, file := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "backup")
	demoOf(t, 2, "--data", data)
	does(t, "backup", "--data", data, file)
	whole, err := os.ReadFile(filepath.Clean(file))
	must(t, err)
	out, errw, code := cli(t, "backup", "--data", data, "-")
	if code != 0 || errw != "" || out != string(whole) {
		t.Errorf("exit %d, %d bytes, want the %d of the file; on standard error %q", code, len(out), len(whole), errw)
	}
	c := child("restore", "--data", other, "--keys", filepath.Join(data, seal.FileName), "-")
	c.Stdin = strings.NewReader(out)
	if said, err := c.CombinedOutput(); err != nil || string(said) != "restored\n" {
		t.Errorf("%v: %q", err, said)
	}
	equal(t, "through pipes", states(t, placeFlags{Data: data}), states(t, placeFlags{Data: other}))
}

// A backup that is encrypted is restored by who has the key, and by nobody else: with another key, without one, cut or with a bit changed it
// is refused, and nothing is made. Nor is a plain one taken where an encrypted one is expected.
func TestBackup_encrypted_opens_with_its_key_only(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys := map[string]string{} // files of secret keys, by name
	var public string
	for _, name := range []string{"other", "own"} {
		k, err := age.GenerateX25519Identity()
		must(t, err)
		keys[name], public = filepath.Join(dir, name), k.Recipient().String()
		must(t, os.WriteFile(keys[name], []byte(k.String()+"\n"), 0o600))
	}
	data, plain, file := filepath.Join(dir, "data"), filepath.Join(dir, "plain"), filepath.Join(dir, "backup")
	demoOf(t, 2, "--data", data)
	does(t, "backup", "--data", data, plain)
	does(t, "backup", "--data", data, "--recipient", public, file)
	whole, err := os.ReadFile(filepath.Clean(file))
	must(t, err)
	if !bytes.HasPrefix(whole, []byte(ageHead)) || bytes.Contains(whole, []byte(weinan)) {
		t.Fatal("the backup can be read")
	}
	cut, bit, behind := filepath.Join(dir, "cut"), filepath.Join(dir, "bit"), filepath.Join(dir, "behind")
	must(t, os.WriteFile(cut, whole[:len(whole)-70_000], 0o600))
	must(t, os.WriteFile(behind, append(bytes.Clone(whole), 'x'), 0o600))
	whole[len(whole)/2] ^= 1
	must(t, os.WriteFile(bit, whole, 0o600))
	into, sealed := filepath.Join(dir, "into"), filepath.Join(data, seal.FileName)
	for name, args := range map[string][]string{
		"no key": {file}, "another key": {"--identity", keys["other"], file}, "cut": {"--identity", keys["own"], cut}, "a bit": {"--identity", keys["own"], bit},
		"something behind": {"--identity", keys["own"], behind}, "not encrypted": {"--identity", keys["own"], plain},
	} {
		refuses(t, "restore", append([]string{"restore", "--data", into, "--keys", sealed}, args...)...)
		if _, err := os.Lstat(into); !os.IsNotExist(err) {
			t.Fatalf("%s: refused, but %d files are left", name, len(kept(t, into)))
		}
	}
	refuses(t, "--identity", "verify", "backup", file)
	for _, args := range [][]string{{"backup", "--data", data, "--recipient", "age1none", filepath.Join(dir, "new")}, {"restore", "--data", into, "--identity", plain, file}} {
		if _, errw, code := cli(t, args...); code != 2 {
			t.Errorf("%v: exit %d: %s", args, code, errw)
		}
	}
	if out := does(t, "verify", "backup", "--keys", sealed, "--identity", keys["own"], file); !strings.HasPrefix(out, "sound: 16 cases") {
		t.Error(out)
	}
	does(t, "restore", "--data", into, "--keys", sealed, "--identity", keys["own"], file)
	equal(t, "restored", states(t, placeFlags{Data: data}), states(t, placeFlags{Data: into}))
	equalUploads(t, placeFlags{Data: into}, 2)
}
