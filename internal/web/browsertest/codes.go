package browsertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Codes are the texts of the QR codes in a picture (PNG), as zbar reads them. Where zbar is not installed it skips the test; where
// TONGBAN_TEST_FULL=1 demands that everything runs it fails it.
func Codes(t testing.TB, picture []byte) []string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(name, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(tool(t, "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", name))), "\n")
}

// Pages are the pages of a PDF as pictures (PNG) of 200 points an inch, as an office's printer sees them, made by poppler. Where poppler is not
// installed it does as Codes.
func Pages(t testing.TB, pdf []byte) (pages [][]byte) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "paper.pdf")
	if err := os.WriteFile(name, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, "pdftoppm", "-png", "-gray", "-r", "200", name, filepath.Join(dir, "page"))
	made, err := filepath.Glob(filepath.Join(dir, "page-*.png"))
	if err != nil || len(made) == 0 {
		t.Fatalf("the file has no page: %v", err)
	}
	for _, page := range made {
		picture, err := os.ReadFile(page) // #nosec G304 -- a test's own file
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, picture)
	}
	return pages
}

// tool runs a program of somebody else and returns what it says.
func tool(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("TONGBAN_TEST_FULL") == "1" {
			t.Fatal(name + " is not on the PATH (run: make deps)")
		}
		t.Skip("needs " + name + " on the PATH (run: make deps)")
	}
	out, err := exec.CommandContext(t.Context(), path, args...).Output() // #nosec G204 -- a test's tool
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}
