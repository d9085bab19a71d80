package pack

import (
	"slices"

	"github.com/tongban/tongban/internal/line"
)

// Lobbies lists the lobbies of the newest version of every pack, each with its region. Of two packs that name the same one of a
// region the first stands.
func (c *Catalogue) Lobbies() []line.Lobby {
	var all []line.Lobby
	seen := map[[2]string]bool{}
	for _, p := range c.Packs() {
		for _, l := range p.LobbiesHere() {
			if at := [2]string{l.Region, l.ID}; !seen[at] {
				seen[at] = true
				all = append(all, l)
			}
		}
	}
	return all
}

// LobbiesHere lists the lobbies of the pack, each with its region.
func (p *Pack) LobbiesHere() []line.Lobby {
	all := slices.Clone(p.Lobbies)
	for i := range all {
		if all[i].Region == "" {
			all[i].Region = p.Region
		}
	}
	return all
}
