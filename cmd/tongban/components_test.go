package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Every module that the program is built of has its licence in the list, and nothing else stands there.
func TestComponents_have_their_licences(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	built := strings.Fields(string(out))
	slices.Sort(built)
	built = slices.Compact(built)
	var listed []string
	for line := range strings.Lines(licencesText) {
		module, licence, _ := strings.Cut(strings.TrimSpace(line), " ")
		if licence == "" || licence == "?" {
			t.Errorf("%s has no licence", module)
		}
		listed = append(listed, module)
	}
	if !slices.Equal(built, listed) {
		t.Errorf("the program is built of\n%q\nand licences.txt lists\n%q", built, listed)
	}
}
