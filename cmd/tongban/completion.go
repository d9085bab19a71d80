package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that completes sub-commands and flags, made from the command line's own model.
func (c completionCommand) Run(w *world) error {
	paths := map[string][]string{}
	collect(w.parser.Model.Node, "", paths)
	var b strings.Builder
	switch c.Shell {
	case "fish":
		fishScript(&b, paths)
	case "zsh":
		b.WriteString("#compdef tongban\nautoload -U +X bashcompinit && bashcompinit\n")
		bashScript(&b, paths)
	default:
		bashScript(&b, paths)
	}
	_, err := fmt.Fprint(w.out, b.String())
	return err
}

// collect lists, for each command path, the words that may follow it.
func collect(n *kong.Node, path string, into map[string][]string) {
	var words []string
	for _, child := range n.Children {
		if child.Hidden {
			continue
		}
		words = append(words, child.Name)
		collect(child, strings.TrimSpace(path+" "+child.Name), into)
	}
	for _, f := range n.Flags {
		if !f.Hidden {
			words = append(words, "--"+f.Name)
		}
	}
	into[path] = words
}

func bashScript(b *strings.Builder, paths map[string][]string) {
	b.WriteString("_tongban() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" w\n")
	b.WriteString("  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case \"$w\" in -*) ;; *) path=\"${path:+$path }$w\" ;; esac\n  done\n")
	b.WriteString("  case \"$path\" in\n")
	for _, path := range sortedPaths(paths) {
		pattern := fmt.Sprintf("%q", path)
		if len(paths[path]) > 0 && path != "" && !hasCommands(paths[path]) {
			pattern += fmt.Sprintf("|%q*", path+" ")
		}
		fmt.Fprintf(b, "    %s) COMPREPLY=($(compgen -W %q -- \"$cur\")) ;;\n", pattern, strings.Join(paths[path], " "))
	}
	b.WriteString("  esac\n}\ncomplete -o default -F _tongban tongban\n")
}

func hasCommands(words []string) bool { return len(words) > 0 && !strings.HasPrefix(words[0], "-") }

func fishScript(b *strings.Builder, paths map[string][]string) {
	for _, path := range sortedPaths(paths) {
		cond := "__fish_use_subcommand"
		if path != "" {
			var parts []string
			for _, p := range strings.Fields(path) {
				parts = append(parts, "__fish_seen_subcommand_from "+p)
			}
			cond = strings.Join(parts, "; and ")
		}
		for _, word := range paths[path] {
			if flag, ok := strings.CutPrefix(word, "--"); ok {
				fmt.Fprintf(b, "complete -c tongban -n %q -l %s\n", cond, flag)
			} else {
				fmt.Fprintf(b, "complete -c tongban -f -n %q -a %s\n", cond, word)
			}
		}
	}
}

func sortedPaths(paths map[string][]string) []string {
	m := make(map[string]string, len(paths))
	for p := range paths {
		m[p] = ""
	}
	return sortedKeys(m)
}
