package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Two copies of the source, in two places, give the same program: nobody need believe who built it.
func TestRelease_is_reproducible_and_static(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	must(t, err)
	elsewhere := filepath.Join(t.TempDir(), "another", "place")
	list, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "-co", "--exclude-standard").Output()
	must(t, err)
	for name := range strings.Lines(string(list)) {
		copyFile(t, filepath.Join(root, strings.TrimSpace(name)), filepath.Join(elsewhere, strings.TrimSpace(name)))
	}
	var sums []string
	for _, source := range []string{root, elsewhere} {
		to := t.TempDir()
		build := exec.CommandContext(t.Context(), "bash", filepath.Join(source, "scripts", "release.sh"), "v0.0.0-test", to, runtime.GOARCH) // #nosec G204 -- our own script
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		sum, err := os.ReadFile(filepath.Join(to, "SHA256SUMS"))
		must(t, err)
		sums = append(sums, string(sum))
		program, err := elf.Open(filepath.Join(to, "tongban-linux-"+runtime.GOARCH))
		must(t, err)
		for _, p := range program.Progs {
			if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
				t.Errorf("the program needs libraries of its machine: %v", p.Type)
			}
		}
		must(t, program.Close())
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds of one source differ:\n%s%s", sums[0], sums[1])
	}
}

// copyFile copies a file with its mode; one that was deleted and not committed is left out.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if os.IsNotExist(err) {
		return
	}
	must(t, err)
	data, err := os.ReadFile(from) // #nosec G304 -- a file of the source
	must(t, err)
	must(t, os.MkdirAll(filepath.Dir(to), 0o700))
	must(t, os.WriteFile(to, data, info.Mode().Perm()))
}
