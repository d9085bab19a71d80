package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// shared is the Chromium of this test binary, from the first test that wants one: starting it takes longer than most tests.
var shared struct {
	sync.Mutex
	ctx  context.Context
	dir  string
	life *os.File // what the guard of its folder waits for; kept, since a collected file is closed
}

// chromium is the browser in which each test opens a window of its own, started if it does not run: also if a test before has brought it down.
func chromium(t testing.TB) context.Context {
	t.Helper()
	path := find(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.ctx != nil && shared.ctx.Err() == nil {
		return shared.ctx
	}
	dir, life, err := guarded()
	if err != nil {
		t.Fatalf("cannot start Chromium: %v", err)
	}
	shared.dir = dir
	alloc, _ := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.WindowSize(320, 200), chromedp.Flag("lang", "zh-CN"), chromedp.UserDataDir(dir), chromedp.WSURLReadTimeout(patience),
		// The window is small, since drawing it is half the work of a page: pages are laid out, shown and clicked on as large as Size says.
		chromedp.Flag("force-prefers-reduced-motion", true), // what is being scrolled to smoothly is not where a click aims
		// It ends when its pipe to this process does; its folder goes after it.
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) { cmd.ExtraFiles = append(cmd.ExtraFiles, life) }))...)
	ctx, _ := chromedp.NewContext(alloc)
	// The first use starts the browser, so it must not carry a deadline that would end the browser later.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("cannot start Chromium: %v", err)
	}
	shared.ctx, shared.life = ctx, life
	return ctx
}

// guarded makes a folder that a shell removes when nobody holds life open any more, however those who do end.
func guarded() (dir string, life *os.File, err error) {
	if dir, err = os.MkdirTemp("", "tbweb"); err != nil {
		return "", nil, fmt.Errorf("make a folder: %w", err)
	}
	r, life, err := os.Pipe()
	if err != nil {
		return "", nil, fmt.Errorf("guard %s: %w", dir, err)
	}
	defer r.Close()
	guard := exec.Command("/bin/sh", "-c", `cat >/dev/null; rm -rf "$1"`, "sh", dir) // #nosec G204 -- test only; the script is constant
	guard.Stdin, guard.Dir = r, "/"
	if err := guard.Start(); err != nil {
		return "", nil, fmt.Errorf("guard %s: %w", dir, err)
	}
	return dir, life, nil
}
