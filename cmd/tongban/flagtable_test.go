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

var update = flag.Bool("update", false, "write the table of flags")

// docs/flags.md is made from the command line's own model: a flag that is missing there, or that says something else, fails this
// test. `go test ./cmd/tongban -run Flags -update` writes it.
func TestFlags_are_all_listed(t *testing.T) {
	parser, err := kong.New(&command{}, kong.Vars{"version": version})
	must(t, err)
	table := flagTable(parser.Model.Node)
	path := filepath.Join("..", "..", "docs", "flags.md")
	text, err := os.ReadFile(path) // #nosec G304 -- one name
	must(t, err)
	const begin = "<!-- flags -->\n"
	before, found, ok := strings.Cut(string(text), begin)
	switch {
	case !ok:
		t.Errorf("docs/flags.md has no place for the flags after %q", begin)
	case found == table:
	case *update:
		must(t, os.WriteFile(path, []byte(before+begin+table), 0o600)) // #nosec G703 -- as above
	default:
		t.Errorf("docs/flags.md does not list the flags as they are; run go test ./cmd/tongban -run Flags -update. It should say:\n%s", table)
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
