package browsertest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"testing"
)

// Two windows are two people's: what one keeps the other does not have, what is done to one is not done to the other, and each has the focus.
func TestWindows_share_nothing(t *testing.T) {
	t.Parallel()
	at := serve(t)
	a, b := Start(t), Start(t)
	a.Goto(at + "/")
	b.Goto(at + "/")
	a.Eval(`document.cookie = "who=a"; localStorage.who = sessionStorage.who = "a";
		return Promise.all([caches.open("a"), new Promise(done => { indexedDB.open("a").onsuccess = done; })]);`, nil)
	kept := `(async () => [document.cookie, localStorage.who, sessionStorage.who, ...await caches.keys(), ...(await indexedDB.databases()).map(d => d.name)].filter(x => x).length)()`
	for w, want := range map[*Browser]int{a: 5, b: 0} {
		w.Goto(at + "/")
		var n int
		var focus bool
		w.Eval(kept, &n)
		w.Eval("document.hasFocus()", &focus)
		if n != want || !focus {
			t.Errorf("a window keeps %d things, want %d; it has the focus: %t", n, want, focus)
		}
	}
	a.Offline(true)
	a.Unreachable(at + "/")
	a.Size(375, 800)
	b.Goto(at + "/")
	var width int
	if b.Eval("innerWidth", &width); width != 1280 {
		t.Errorf("the other window is %d wide", width)
	}
}

// A killed test binary leaves no Chromium behind. The test runs itself as a child with a pipe that the child and the guard of its Chromium hold
// open; the guard ends after Chromium, and with it the pipe.
func TestChromium_ends_with_a_killed_test_binary(t *testing.T) {
	if os.Getenv("BROWSERTEST_CHILD") == "1" {
		Start(t)
		fmt.Printf("dir=%s\n", shared.dir)
		_, _ = io.Copy(io.Discard, os.Stdin) // until killed
		return
	}
	if testing.Short() {
		t.Skip("starts Chromium, which -short leaves out")
	}
	find(t)
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$") // #nosec G204 -- the test itself
	child.Env = append(os.Environ(), "BROWSERTEST_CHILD=1")
	child.ExtraFiles = []*os.File{w}
	stdin, err := child.StdinPipe()
	must(t, err)
	defer stdin.Close()
	stdout, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	must(t, w.Close())
	var dir string
	if _, err := fmt.Fscanf(stdout, "dir=%s\n", &dir); err != nil {
		t.Fatalf("the child said no folder: %v", err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the child's Chromium has no folder: %v", err)
	}

	must(t, child.Process.Kill())
	_ = child.Wait()              // it was killed
	_, _ = io.Copy(io.Discard, r) // returns when nobody holds the pipe any more

	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", dir, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
