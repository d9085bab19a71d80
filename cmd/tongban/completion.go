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
	paths, values := map[string][]string{}, map[string][]string{}
	collect(w.parser.Model.Node, "", paths, values)
	var b strings.Builder
	switch c.Shell {
	case "fish":
		fishScript(&b, paths, values)
	case "zsh":
		b.WriteString("#compdef tongban\nautoload -U +X bashcompinit && bashcompinit\n")
		bashScript(&b, paths, values)
	default:
		bashScript(&b, paths, values)
	}
	_, err := fmt.Fprint(w.out, b.String())
	return err
}

// collect lists, for each command path, the words that may follow it, and for each flag the values that it can have.
func collect(n *kong.Node, path string, into, values map[string][]string) {
	var words []string
	for _, p := range n.Positional {
		words = append(words, choices(p)...)
	}
	for _, child := range n.Children {
		if child.Hidden {
			continue
		}
		words = append(words, child.Name)
		collect(child, strings.TrimSpace(path+" "+child.Name), into, values)
	}
	for _, f := range n.Flags {
		if !f.Hidden {
			words = append(words, "--"+f.Name)
			if v := choices(f.Value); len(v) > 0 {
				values[f.Name] = v
			}
		}
	}
	into[path] = words
}

// choices are the values that an argument or flag can have; nil if it can have any.
func choices(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return strings.Split(v.Enum, ",")
}

func bashScript(b *strings.Builder, paths, values map[string][]string) {
	b.WriteString("_tongban() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" w\n")
	b.WriteString("  case \"${COMP_WORDS[COMP_CWORD-1]}\" in\n")
	for _, flag := range sortedPaths(values) {
		fmt.Fprintf(b, "    --%s) COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n", flag, strings.Join(values[flag], " "))
	}
	b.WriteString("  esac\n")
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

func fishScript(b *strings.Builder, paths, values map[string][]string) {
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
				fmt.Fprintf(b, "complete -c tongban -n %q -l %s", cond, flag)
				if len(values[flag]) > 0 {
					fmt.Fprintf(b, " -x -a %q", strings.Join(values[flag], " "))
				}
				b.WriteString("\n")
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
