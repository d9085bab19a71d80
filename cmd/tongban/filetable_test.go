package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/packs"
)

// endings are how people call the types of file that are kept.
var endings = map[string]string{
	filestore.PDF: "PDF", filestore.JPEG: "JPEG", filestore.PNG: "PNG", filestore.DOCX: "docx", filestore.XLSX: "xlsx", filestore.OFD: "OFD",
}

// ASVS 5.1.1: docs/files.md says of each material of each pack which files it takes, how large and for how long. It is made from the packs:
// a material that is missing there, or that takes something else, fails this test. `go test ./cmd/tongban -run Files_of -update` writes it.
func TestFiles_of_every_material_are_documented(t *testing.T) {
	t.Parallel()
	folders, err := fs.ReadDir(packs.FS, ".")
	must(t, err)
	var table strings.Builder
	table.WriteString("| pack | service | material | files | at most | used again |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, folder := range folders {
		sub, err := fs.Sub(packs.FS, folder.Name())
		must(t, err)
		p, problems := pack.Options{Parts: module.PackParts()}.Load(sub)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for _, it := range p.Items {
			for i := range it.Materials {
				fmt.Fprintf(&table, "| %s | %s | %s |\n", p.ID, it.Name.ZH, fileRow(t, &it.Materials[i]))
			}
		}
	}
	path := filepath.Join("..", "..", "docs", "files.md")
	text, err := os.ReadFile(path) // #nosec G304 -- one name
	must(t, err)
	const begin = "<!-- files -->\n"
	before, found, ok := strings.Cut(string(text), begin)
	switch {
	case !ok:
		t.Errorf("docs/files.md has no place for the table after %q", begin)
	case found == table.String():
	case *update:
		must(t, os.WriteFile(path, []byte(before+begin+table.String()), 0o600)) // #nosec G703 -- as above
	default:
		t.Errorf("docs/files.md does not say what the packs take; run go test ./cmd/tongban -run Files_of -update. It should say:\n%s", table.String())
	}
}

// fileRow tells of one material. What it takes must be among what comes in at all.
func fileRow(t *testing.T, m *caseflow.Material) string {
	t.Helper()
	taken := m.Accept
	if len(taken) == 0 {
		taken = filestore.Types()
	}
	var names []string
	for _, kind := range taken {
		name, ok := endings[kind]
		if !ok {
			t.Errorf("%s takes %s, which nobody can upload", m.ID, kind)
		}
		names = append(names, name)
	}
	again := "always"
	if m.ValidDays > 0 {
		again = fmt.Sprintf("%d days", m.ValidDays)
	}
	return fmt.Sprintf("%s `%s` | %s | %d MiB | %s", m.Name.ZH, m.ID, strings.Join(names, ", "), cmp.Or(m.MaxBytes, filestore.MaxBytes)>>20, again)
}
