package browsertest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// CodesOf are the texts of the QR codes on all pages of a PDF, read by programs of others: poppler draws its pages with 200 dots an inch, as
// an office's printer does, and zbar looks for codes on them. Where one of them is not installed it skips the test; where
// TONGBAN_TEST_FULL=1 demands that everything runs it fails it.
func CodesOf(t testing.TB, pdf []byte) (codes []string) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "paper.pdf")
	if err := os.WriteFile(name, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tool(t, "pdftoppm", "-png", "-gray", "-r", "200", name, filepath.Join(dir, "page")); err != nil {
		t.Fatalf("pdftoppm: %v", err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "page-*.png"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("the file has no page: %v", err)
	}
	for _, page := range pages {
		said, err := tool(t, "zbarimg", "--quiet", "--nodbus", "--raw", "-Sdisable", "-Sqrcode.enable", page)
		const none = 4 // its exit status if a picture has no code
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == none {
			continue
		}
		if err != nil {
			t.Fatalf("zbarimg: %v", err)
		}
		codes = append(codes, strings.Split(strings.TrimSpace(string(said)), "\n")...)
	}
	return codes
}

// tool runs a program of somebody else and returns what it says.
func tool(t testing.TB, name string, args ...string) ([]byte, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("TONGBAN_TEST_FULL") == "1" {
			t.Fatal(name + " is not on the PATH (run: make deps)")
		}
		t.Skip("needs " + name + " on the PATH (run: make deps)")
	}
	return exec.CommandContext(t.Context(), path, args...).Output() // #nosec G204 -- a test's tool
}
