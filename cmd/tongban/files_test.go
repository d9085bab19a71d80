package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
)

const bucketTestSecret = "kept-in-no-log-8c1f" // #nosec G101 -- of a server that ends with its test

// aBucket is an S3 server with a bucket, and the flags that lead to it.
func aBucket(t testing.TB) (flags []string, asked func() string) {
	t.Helper()
	backend := s3mem.New()
	must(t, backend.CreateBucket("materials"))
	fake := gofakes3.New(backend).Server()
	var mu sync.Mutex
	var signed strings.Builder
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		signed.WriteString(r.Header.Get("Authorization") + "\n")
		mu.Unlock()
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	keys := filepath.Join(t.TempDir(), "keys")
	must(t, os.WriteFile(keys, []byte("# of the bucket\nAWS_ACCESS_KEY_ID=AKTONGBAN\nAWS_SECRET_ACCESS_KEY = "+bucketTestSecret+"\n"), 0o600))
	return []string{"--s3-bucket", "materials", "--s3-endpoint", server.URL, "--s3-credentials", keys, "--s3-region", "cn-north-1"}, func() string {
		mu.Lock()
		defer mu.Unlock()
		return signed.String()
	}
}

// with puts flags of a place before other arguments.
func with(command string, flags []string, more ...string) []string {
	return append(append(strings.Fields(command), flags...), more...)
}

// Uploads in a bucket go with the case through a backup: to a disk, and to another bucket.
func TestBucket_holds_uploads_and_its_backup_comes_in_anywhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, asked := aBucket(t)
	p := serve(t, append([]string{"--data", filepath.Join(dir, "one")}, first...)...)
	c := citizen(t, p.address, 1)
	no := c.open(t, 1)
	content := []byte("%PDF-1.7\nthe articles of association")
	var f caseflow.File
	c.want(t, http.StatusCreated, "POST", "/files?name=articles.pdf", content, &f)
	c.give(t, no, "attach", map[string]any{"material": "articles", "file": f})
	looksAt := func(c *client) {
		t.Helper()
		status, body, err := c.send("GET", "/cases/"+string(no)+"/files/"+f.Hash, "", nil)
		if err != nil || status != http.StatusOK || !bytes.Equal(body, content) {
			t.Errorf("%d %.60q %v", status, body, err)
		}
	}
	looksAt(c)
	if code := p.end(); code != 0 {
		t.Fatalf("exit %d: %s", code, p.err)
	}
	if _, err := os.Stat(filepath.Join(dir, "one", "files")); !os.IsNotExist(err) {
		t.Errorf("there is a folder of uploads beside the bucket: %v", err)
	}
	if left := kept(t, filepath.Join(dir, "one", "spool")); len(left) != 0 {
		t.Errorf("left of receiving: %v", left)
	}
	if said := p.err.String() + p.out.String(); strings.Contains(said, bucketTestSecret) || strings.Contains(asked(), bucketTestSecret) || !strings.Contains(asked(), "AKTONGBAN") {
		t.Errorf("the secret is told, or nothing was signed: %s", said)
	}
	file := filepath.Join(dir, "backup")
	does(t, with("backup --data "+filepath.Join(dir, "one"), first, file)...)
	refuses(t, "uploads are looked for in", "backup", "--data", filepath.Join(dir, "one"), filepath.Join(dir, "without"))
	second, _ := aBucket(t)
	for name, flags := range map[string][]string{"disk": nil, "bucket": second} {
		data := filepath.Join(dir, name)
		does(t, with("restore --data "+data+" --keys "+filepath.Join(dir, "one", seal.FileName), flags, file)...)
		p := serve(t, append([]string{"--data", data}, flags...)...)
		again := newClient(p.address)
		again.signIn(t, phone(1), password)
		looksAt(again)
		p.end()
	}
}

// What is wrong with the keys or the address is said with what to do about it, and without the secret.
func TestBucket_wrong_values_are_told(t *testing.T) {
	t.Parallel()
	flags, _ := aBucket(t)
	dir := t.TempDir()
	open, empty := filepath.Join(dir, "open"), filepath.Join(dir, "empty")
	must(t, os.WriteFile(open, []byte("AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY="+bucketTestSecret), 0o644)) // #nosec G306 -- what is refused
	must(t, os.WriteFile(empty, []byte("password="+bucketTestSecret), 0o600))
	for want, args := range map[string][]string{
		"chmod 600":               append(flags[:4:4], "--s3-credentials", open),
		"has no lines":            append(flags[:4:4], "--s3-credentials", empty),
		"--s3-credentials":        flags[:4:4],
		"--s3-endpoint":           flags[:2:2],
		"--s3-bucket":             flags[2:4:4],
		"there is no bucket":      append([]string{"--s3-bucket", "nothere"}, flags[2:]...),
		"such as https://s3":      append([]string{"--s3-bucket", "x", "--s3-endpoint", "s3.example.cn"}, flags[4:]...),
		"cannot reach the bucket": append([]string{"--s3-bucket", "x", "--s3-endpoint", "http://127.0.0.1:1"}, flags[4:]...),
	} {
		out, errw, code := cli(t, with("serve --listen 127.0.0.1:0 --data "+filepath.Join(dir, "data"), args)...)
		if code == 0 || !strings.Contains(errw, want) || strings.Contains(out+errw, bucketTestSecret) {
			t.Errorf("%s: exit %d: %s", want, code, errw)
		}
	}
}
