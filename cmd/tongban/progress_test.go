//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/tongban/tongban/internal/store/filestore"
)

// terminal is a pair of ends: what is written to the one as to a terminal is read from the other.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { _ = screen.Close() })
	unlock, n := int32(0), uint32(0)
	for request, value := range map[uintptr]unsafe.Pointer{syscall.TIOCSPTLCK: unsafe.Pointer(&unlock), syscall.TIOCGPTN: unsafe.Pointer(&n)} { // #nosec G103 -- what the call takes
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), request, uintptr(value)); errno != 0 {
			t.Fatal(errno)
		}
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { _ = tty.Close() })
	return screen, tty
}

// A person who watches sees a bar; a pipe gets nothing.
func TestProgress_is_for_people_who_watch(t *testing.T) {
	t.Parallel()
	data, dir := t.TempDir(), t.TempDir()
	demoOf(t, 1, "--data", data)
	files, err := filestore.Open(filesFolder(data), time.Now())
	must(t, err)
	for i := range 3 {
		_, err := files.Put(t.Context(), "u1", strings.NewReader("%PDF-1.7\n"+strings.Repeat(fmt.Sprint(i), 3<<20)), filestore.MaxBytes)
		must(t, err)
	}
	must(t, files.Close())
	work := func(errw *os.File, name string) {
		t.Helper()
		var at time.Time
		now := func() time.Time { at = at.Add(time.Second); return at } // time enough passes between any two writes
		for _, args := range [][]string{{"backup", "--data", data, filepath.Join(dir, name)}, {"restore", "--data", filepath.Join(dir, name+"-data"), "--keys", filepath.Join(data, "seal.keys"), filepath.Join(dir, name)}} {
			w := &world{ctx: t.Context(), in: bytes.NewReader(nil), out: io.Discard, err: errw, now: now}
			if code := w.run(args); code != 0 {
				t.Errorf("%v: exit %d", args, code)
			}
		}
	}
	screen, tty := terminal(t)
	seen := make(chan string)
	go func() {
		var b bytes.Buffer
		_, _ = io.Copy(&b, screen) // ends with an error when the other end is closed
		seen <- b.String()
	}()
	work(tty, "watched")
	must(t, tty.Close())
	if got := <-seen; !regexp.MustCompile(`\rfiles +\[#+ +\] +\d+ % of 9 MiB`).MatchString(got) || !regexp.MustCompile(`\rrestore +\[#+ +\] +\d+ %`).MatchString(got) || !strings.Contains(got, "["+strings.Repeat("#", 30)+"] 100 %") || !regexp.MustCompile(`\rrows +\d+ MiB`).MatchString(got) {
		t.Errorf("a terminal shows %q", got)
	}
	r, w, err := os.Pipe()
	must(t, err)
	work(w, "unwatched")
	must(t, w.Close())
	if got, err := io.ReadAll(r); err != nil || len(got) != 0 {
		t.Errorf("a pipe gets %q, %v", got, err)
	}
}
