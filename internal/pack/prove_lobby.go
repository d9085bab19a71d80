package pack

import (
	"fmt"

	"github.com/tongban/tongban/ident"
)

// lobby proves that a lobby can be used: it is somewhere, of a department, no letter, window or class stands twice, each item is
// one of the pack, and each number that can be taken is called at some window.
func (p *prover) lobby(doc *document, i int) {
	l := &p.Lobbies[i]
	at := func(path ...string) []string { return append([]string{"lobbies", index(i)}, path...) }
	if _, ok := ident.RegionByCode(l.Region); l.Region != "" && !ok {
		p.add(doc, "region", fmt.Sprintf("no region %s is known", l.Region), "write the six digits of the city or county, or leave it out", at("region")...)
	}
	p.department(doc, l.Department, at("department")...)
	seen := map[string]bool{}
	once := func(kind, id string, path ...string) {
		if seen[kind+id] {
			p.add(doc, "duplicate", fmt.Sprintf("the %s %q stands twice in the lobby", kind, id), "give one of them another", at(path...)...)
		}
		seen[kind+id] = true
	}
	for j, g := range l.Groups {
		once("letter", g.Letter, "groups", index(j))
		for k, it := range g.Items {
			if p.items[it] == nil {
				p.add(doc, "lobby.item", fmt.Sprintf("the pack has no item %q", it), "write the id of one of its items", at("groups", index(j), "items", index(k))...)
			}
		}
		served := false
		for k := range l.Windows {
			served = served || l.Windows[k].Serves(g.Letter)
		}
		if !served {
			p.add(doc, "lobby.unserved", fmt.Sprintf("no window calls the numbers of %s", g.Letter), "name the letter at a window", at("groups", index(j))...)
		}
	}
	for j, w := range l.Windows {
		once("window", w.ID, "windows", index(j))
		for k, letter := range w.Groups {
			if l.Group(letter) == nil {
				p.add(doc, "lobby.letter", fmt.Sprintf("the lobby has no group %q", letter), "write the letter of one of its groups", at("windows", index(j), "groups", index(k))...)
			}
		}
	}
	for j, c := range l.Classes {
		once("class", c.ID, "classes", index(j))
	}
}
