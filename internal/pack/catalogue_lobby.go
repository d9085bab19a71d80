package pack

import "github.com/tongban/tongban/internal/line"

// Lobbies lists the lobbies of the newest version of every pack, each with its region. Of two packs that name the same one of a
// region the first stands.
func (c *Catalogue) Lobbies() []line.Lobby {
	var all []line.Lobby
	seen := map[[2]string]bool{}
	for _, p := range c.Packs() {
		for _, l := range p.Lobbies {
			if l.Region == "" {
				l.Region = p.Region
			}
			if at := [2]string{l.Region, l.ID}; !seen[at] {
				seen[at] = true
				all = append(all, l)
			}
		}
	}
	return all
}
