package pack

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"runtime"
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
	packs   map[string]map[string]*slot // by id and version
	current map[string]*slot            // newest version of each id
	owner   map[caseflow.ItemID]string  // which pack has the item
}

// slot is the place of one version of a pack, which may still have to be loaded.
type slot struct {
	id, version string
	digest      [sha256.Size]byte
	items       []caseflow.ItemID
	load        func() (*Pack, error)
	read        func(o Options) (*Pack, error) // again, by another law
}

// Add lets a proved pack run beside those that are there. Adding the same files again changes nothing.
func (c *Catalogue) Add(p *Pack) error {
	return c.add(slotOf(p))
}

// Accepts reports why Add would refuse the pack now; nil if it would not.
func (c *Catalogue) Accepts(p *Pack) error {
	return c.shelf().accepts(slotOf(p))
}

func slotOf(p *Pack) *slot {
	s := &slot{id: p.ID, version: p.Version, digest: p.Digest(), load: func() (*Pack, error) { return p, nil }, read: p.readAgain}
	for _, it := range p.Items {
		s.items = append(s.items, it.ID)
	}
	return s
}

// AddSealed lets a pack run that this program has loaded before, under an id and version known from then. It is loaded
// when somebody first asks for it, or by Warm.
func (c *Catalogue) AddSealed(sealed *Sealed, o Options, id, version string) error {
	s := &slot{id: id, version: version, digest: sealed.Digest, items: sealed.items}
	s.read = func(o Options) (*Pack, error) {
		p, problems := sealed.Load(o)
		switch {
		case len(problems) > 0:
			return nil, fmt.Errorf("pack %s %s, which was loaded before: %w", id, version, problems[0])
		case p.ID != id || p.Version != version:
			return nil, fmt.Errorf("pack %s %s says that it is %s %s: %w", id, version, p.ID, p.Version, ErrVersionTaken)
		}
		return p, nil
	}
	s.load = sync.OnceValues(func() (*Pack, error) { return s.read(o) })
	return c.add(s)
}

func (c *Catalogue) add(s *slot) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.shelf()
	if err := old.accepts(s); err != nil || old.packs[s.id][s.version] != nil {
		return err
	}
	c.state.Store(old.with(s))
	return nil
}

func (s *shelf) accepts(one *slot) error {
	if there := s.packs[one.id][one.version]; there != nil {
		if there.digest != one.digest {
			return fmt.Errorf("pack %s %s: %w", one.id, one.version, ErrVersionTaken)
		}
		return nil
	}
	for _, it := range one.items {
		if owner, taken := s.owner[it]; taken && owner != one.id {
			return fmt.Errorf("pack %s: item %s of pack %s: %w", one.id, it, owner, ErrItemTaken)
		}
	}
	return nil
}

// Warm loads every pack that has not been, the newest versions first and as many at once as there are processors, until ctx
// ends. It returns the first one's fault.
func (c *Catalogue) Warm(ctx context.Context) error {
	s := c.shelf()
	var all []*slot
	for _, id := range slices.Sorted(maps.Keys(s.packs)) {
		all = append(all, s.current[id])
	}
	for _, id := range slices.Sorted(maps.Keys(s.packs)) {
		all = slices.AppendSeq(all, maps.Values(s.packs[id]))
	}
	faults := make([]error, len(all))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(all) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				_, faults[i] = all[i].load()
			}
		})
	}
	workers.Wait()
	return cmp.Or(faults...)
}

// Turn reads again, by the law of another day, each version that names a limit which is another on that day, and lets the new
// readings stand together. It returns which versions they are, as "id version". One that cannot be read by that law keeps the
// law that it has, and the error says so.
func (c *Catalogue) Turn(o Options) (turned []string, err error) {
	var errs []error
	fresh := map[*slot]*slot{}
	for id, versions := range c.shelf().packs {
		for version, s := range versions {
			p, err := s.load()
			if err != nil || !p.otherwise(o) {
				continue // what could not be loaded is Warm's to tell
			}
			if p, err = s.read(o); err != nil {
				errs = append(errs, fmt.Errorf("pack %s %s keeps the limits of another day: %w", id, version, err))
				continue
			}
			next := *s
			next.load = func() (*Pack, error) { return p, nil }
			fresh[s] = &next
			turned = append(turned, id+" "+version)
		}
	}
	slices.Sort(turned)
	if len(fresh) > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.state.Store(c.shelf().replacing(fresh))
	}
	return turned, errors.Join(errs...)
}

// replacing copies the shelf with other slots in the place of some.
func (s *shelf) replacing(fresh map[*slot]*slot) *shelf {
	next := &shelf{packs: map[string]map[string]*slot{}, current: map[string]*slot{}, owner: s.owner}
	of := func(old *slot) *slot {
		if f := fresh[old]; f != nil {
			return f
		}
		return old
	}
	for id, versions := range s.packs {
		next.packs[id] = map[string]*slot{}
		for version, old := range versions {
			next.packs[id][version] = of(old)
		}
		next.current[id] = of(s.current[id])
	}
	return next
}

func (c *Catalogue) shelf() *shelf {
	if s := c.state.Load(); s != nil {
		return s
	}
	return &shelf{}
}

// with copies the shelf and puts a pack on it.
func (s *shelf) with(p *slot) *shelf {
	next := &shelf{packs: map[string]map[string]*slot{}, current: map[string]*slot{}, owner: map[caseflow.ItemID]string{}}
	maps.Copy(next.packs, s.packs)
	maps.Copy(next.current, s.current)
	maps.Copy(next.owner, s.owner)
	versions := map[string]*slot{p.version: p}
	maps.Copy(versions, s.packs[p.id])
	next.packs[p.id] = versions
	if now := next.current[p.id]; now == nil || compareVersions(p.version, now.version) > 0 {
		next.current[p.id] = p
	}
	for _, it := range p.items {
		next.owner[it] = p.id
	}
	return next
}

// compareVersions compares versions a.b.c by their numbers.
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
	at := s.current[s.owner[id]]
	if at == nil {
		return nil, fmt.Errorf("item %s: %w", id, ErrNoSuch)
	}
	p, err := at.load()
	if err != nil {
		return nil, err
	}
	if p.items[id] == nil {
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
	return p.load()
}

// Packs lists the newest version of every pack, by id. One that cannot be loaded is left out; Warm says why.
func (c *Catalogue) Packs() []*Pack {
	s := c.shelf()
	out := make([]*Pack, 0, len(s.current))
	for _, id := range slices.Sorted(maps.Keys(s.current)) {
		if p, err := s.current[id].load(); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// Has reports whether the catalogue holds a version of a pack, loaded or not.
func (c *Catalogue) Has(id, version string) bool { return c.shelf().packs[id][version] != nil }

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
