package pack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tongban/tongban/internal/caseflow"
)

// Why a pack cannot stand in a catalogue.
var (
	// ErrVersionTaken: other files stand there under the same id and version.
	ErrVersionTaken = errors.New("this version of the pack is there with other files: raise version in pack.yaml")
	// ErrItemTaken: another pack has an item of the same id.
	ErrItemTaken = errors.New("another pack has an item of this id: give the item another id")
)

// Catalogue holds every version of every pack that runs. A pack is added as a whole or not at all, while any number of
// goroutines read: a reader sees the catalogue before or after. Nothing is ever taken out, since a case keeps the
// version that it began with. The zero value is empty.
type Catalogue struct {
	mu    sync.Mutex // one writer at a time
	state atomic.Pointer[shelf]
}

// shelf is one state of a catalogue; it never changes.
type shelf struct {
	packs   map[string]map[string]*Pack // by id and version
	current map[string]*Pack            // newest version of each id
	owner   map[caseflow.ItemID]string  // which pack has the item
}

// Add lets a proved pack run beside those that are there. Adding the same files again changes nothing.
func (c *Catalogue) Add(p *Pack) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.shelf()
	if err := old.accepts(p); err != nil {
		return err
	}
	if old.packs[p.ID][p.Version] == nil {
		c.state.Store(old.with(p))
	}
	return nil
}

// Accepts reports why Add would refuse the pack now; nil if it would not.
func (c *Catalogue) Accepts(p *Pack) error { return c.shelf().accepts(p) }

func (s *shelf) accepts(p *Pack) error {
	digest, err := p.Digest()
	if err != nil {
		return err
	}
	if there := s.packs[p.ID][p.Version]; there != nil {
		if same, err := there.Digest(); err != nil || same != digest {
			return fmt.Errorf("pack %s %s: %w", p.ID, p.Version, errors.Join(ErrVersionTaken, err))
		}
		return nil
	}
	for _, it := range p.Items {
		if owner, taken := s.owner[it.ID]; taken && owner != p.ID {
			return fmt.Errorf("pack %s: item %s of pack %s: %w", p.ID, it.ID, owner, ErrItemTaken)
		}
	}
	return nil
}

func (c *Catalogue) shelf() *shelf {
	if s := c.state.Load(); s != nil {
		return s
	}
	return &shelf{}
}

// with copies the shelf and puts a pack on it.
func (s *shelf) with(p *Pack) *shelf {
	next := &shelf{packs: map[string]map[string]*Pack{}, current: map[string]*Pack{}, owner: map[caseflow.ItemID]string{}}
	maps.Copy(next.packs, s.packs)
	maps.Copy(next.current, s.current)
	maps.Copy(next.owner, s.owner)
	versions := map[string]*Pack{p.Version: p}
	maps.Copy(versions, s.packs[p.ID])
	next.packs[p.ID] = versions
	if now := next.current[p.ID]; now == nil || newer(p.Version, now.Version) {
		next.current[p.ID] = p
	}
	for _, it := range p.Items {
		next.owner[it.ID] = p.ID
	}
	return next
}

// newer compares versions a.b.c by their numbers.
func newer(a, b string) bool { return compareVersions(a, b) > 0 }

func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, _ := strconv.Atoi(as[i]) // the schema of pack.yaml allows digits only
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return x - y
		}
	}
	return len(as) - len(bs)
}

// Item finds an item of one version of a pack: the one that a running case began with. It fails with ErrNoSuch.
func (c *Catalogue) Item(pack, version string, id caseflow.ItemID) (*caseflow.Item, error) {
	p, err := c.Pack(pack, version)
	if err != nil {
		return nil, err
	}
	b := p.items[id]
	if b == nil {
		return nil, fmt.Errorf("item %s of pack %s %s: %w", id, pack, version, ErrNoSuch)
	}
	return b.item, nil
}

// Current finds an item as new cases begin with it: in the newest version of its pack. It fails with ErrNoSuch.
func (c *Catalogue) Current(id caseflow.ItemID) (*caseflow.Item, error) {
	s := c.shelf()
	p := s.current[s.owner[id]]
	if p == nil || p.items[id] == nil {
		return nil, fmt.Errorf("item %s: %w", id, ErrNoSuch)
	}
	return p.items[id].item, nil
}

// Pack finds one version of a pack; version "" is the newest. It fails with ErrNoSuch.
func (c *Catalogue) Pack(id, version string) (*Pack, error) {
	s := c.shelf()
	p := s.packs[id][version]
	if version == "" {
		p = s.current[id]
	}
	if p == nil {
		return nil, fmt.Errorf("pack %s %s: %w", id, version, ErrNoSuch)
	}
	return p, nil
}

// Packs lists the newest version of every pack, by id.
func (c *Catalogue) Packs() []*Pack {
	s := c.shelf()
	out := make([]*Pack, 0, len(s.current))
	for _, id := range slices.Sorted(maps.Keys(s.current)) {
		out = append(out, s.current[id])
	}
	return out
}

// Versions lists the versions of a pack, the oldest first.
func (c *Catalogue) Versions(id string) []string {
	return slices.SortedFunc(maps.Keys(c.shelf().packs[id]), compareVersions)
}

// Items lists the items that new cases can begin with, by pack and file name.
func (c *Catalogue) Items() []*caseflow.Item {
	var out []*caseflow.Item
	for _, p := range c.Packs() {
		out = append(out, p.Items...)
	}
	return out
}
