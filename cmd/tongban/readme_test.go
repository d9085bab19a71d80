package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the tables of flags into the two READMEs")

// The tables of flags in the READMEs are made from the command line's own model: a flag that is missing there, or that says
// something else, fails this test. `go test ./cmd/tongban -run README -update` writes them.
func TestREADME_lists_every_flag(t *testing.T) {
	parser, err := kong.New(&command{}, kong.Vars{"version": version})
	if err != nil {
		t.Fatal(err)
	}
	table := flagTable(parser.Model.Node)
	for _, name := range []string{"README.md", "README.zh.md"} {
		path := filepath.Join("..", "..", name)
		text, err := os.ReadFile(path) // #nosec G304 -- one of two names
		if err != nil {
			t.Fatal(err)
		}
		const begin, end = "<!-- flags -->\n", "<!-- /flags -->\n"
		before, rest, ok := strings.Cut(string(text), begin)
		found, after, ended := strings.Cut(rest, end)
		switch {
		case !ok || !ended:
			t.Errorf("%s has no place for the flags between %q and %q", name, begin, end)
		case found == table:
		case *update:
			if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o600); err != nil { // #nosec G703 -- as above
				t.Fatal(err)
			}
		default:
			t.Errorf("%s does not list the flags as they are; run go test ./cmd/tongban -run README -update. It should say:\n%s", name, table)
		}
	}
}

// flagTable is a row for each flag, in the order of the commands, with all the commands that know it.
func flagTable(root *kong.Node) string {
	var order []string
	commands := map[string][]string{}
	var walk func(n *kong.Node, path string)
	walk = func(n *kong.Node, path string) {
		for _, f := range n.Flags {
			if f.Name == "help" || f.Hidden {
				continue
			}
			row := flagRow(f)
			if commands[row] == nil {
				order = append(order, row)
			}
			commands[row] = append(commands[row], path)
		}
		for _, child := range n.Children {
			walk(child, strings.TrimSpace(path+" "+child.Name))
		}
	}
	walk(root, "")
	var b strings.Builder
	b.WriteString("| flag | environment | default | meaning | commands |\n| --- | --- | --- | --- | --- |\n")
	for _, row := range order {
		fmt.Fprintf(&b, "%s %s |\n", row, strings.Join(commands[row], ", "))
	}
	return b.String()
}

func flagRow(f *kong.Flag) string {
	env, def := "", f.Default
	if len(f.Envs) > 0 {
		env = "`" + f.Envs[0] + "`"
	}
	switch {
	case f.Required:
		def = "needed"
	case def == "" && f.IsBool():
		def = "off"
	case def == "":
		def = "none"
	}
	return fmt.Sprintf("| `--%s` | %s | %s | %s |", f.Name, env, def, f.Help)
}
