package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// demos are data folders with a demo, which tests that begin with one copy; TestMain removes them.
var demos struct {
	sync.Mutex
	root string
	made map[int]*madeDemo // by the number of cases
}

// madeDemo is a data folder with a demo and what the command printed when it made it.
type madeDemo struct {
	sync.Once
	dir, logins string
}

// demoOf makes a demo of so many cases by the command, with flags that say where, and returns the logins. In a data folder alone, which may not be
// there yet, it is a copy of one that the command made once: a demo takes seconds, and tests begin with some thirty.
func demoOf(t testing.TB, cases int, at ...string) (logins string) {
	t.Helper()
	args := []string{"demo", "--cases", strconv.Itoa(cases)}
	if len(at) != 2 || at[0] != "--data" {
		return does(t, append(args, at...)...)
	}
	demos.Lock()
	if demos.root == "" {
		root, err := os.MkdirTemp("", "demos")
		must(t, err)
		demos.root, demos.made = root, map[int]*madeDemo{}
	}
	m := demos.made[cases]
	if m == nil {
		m = &madeDemo{dir: filepath.Join(demos.root, strconv.Itoa(cases))}
		demos.made[cases] = m
	}
	demos.Unlock()
	m.Do(func() { m.logins = does(t, append(args, "--data", m.dir)...) })
	if m.logins == "" {
		t.Fatalf("the demo of %d cases was not made", cases)
	}
	copyFolder(t, m.dir, at[1])
	return m.logins
}

// copyFolder copies files with the permissions that they have.
func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(to, 0o700))
	must(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		within, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		switch {
		case err != nil || path == from:
			return err
		case d.IsDir():
			return os.Mkdir(filepath.Join(to, within), info.Mode().Perm())
		}
		data, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, within), data, info.Mode().Perm())
	}))
}
