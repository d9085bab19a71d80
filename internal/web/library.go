package web

import (
	"mime"
	"path"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
)

// Library is a set of loaded packs as the hall and the doors read it. It never changes.
type Library struct {
	packs   []*pack.Pack
	current map[caseflow.ItemID]*caseflow.Item
	all     map[edition]*caseflow.Item
	of      map[[2]string]*pack.Pack // by id and version
	order   []caseflow.ItemID
}

// edition names an item at one version of its pack.
type edition struct {
	pack, version string
	id            caseflow.ItemID
}

// NewLibrary makes a library. Of two versions of a pack the later one in the list is current.
func NewLibrary(packs ...*pack.Pack) *Library {
	l := &Library{packs: packs, current: map[caseflow.ItemID]*caseflow.Item{}, all: map[edition]*caseflow.Item{}, of: map[[2]string]*pack.Pack{}}
	for _, p := range packs {
		l.of[[2]string{p.ID, p.Version}] = p
		for _, it := range p.Items {
			if l.current[it.ID] == nil {
				l.order = append(l.order, it.ID)
			}
			l.current[it.ID] = it
			l.all[edition{it.Pack, it.Version, it.ID}] = it
		}
	}
	return l
}

// Current returns the newest version of an item, or nil.
func (l *Library) Current(id caseflow.ItemID) *caseflow.Item { return l.current[id] }

// Item returns the version that a case began with, or nil.
func (l *Library) Item(pack, version string, id caseflow.ItemID) *caseflow.Item {
	return l.all[edition{pack, version, id}]
}

// Items lists the newest version of every item, in the order of the packs.
func (l *Library) Items() []*caseflow.Item {
	list := make([]*caseflow.Item, len(l.order))
	for i, id := range l.order {
		list[i] = l.current[id]
	}
	return list
}

// Department names a department of an item's pack; empty if it has none of this id.
func (l *Library) Department(it *caseflow.Item, id string) caseflow.Text {
	if p := l.of[[2]string{it.Pack, it.Version}]; p != nil {
		if d, ok := p.DepartmentByID(id); ok {
			return d.Name
		}
	}
	return caseflow.Text{}
}

// department names a department of any pack, for the header of an official's page.
func department(g Guides, id string) caseflow.Text {
	for _, it := range g.Items() {
		if name := g.Department(it, id); name.ZH != "" {
			return name
		}
	}
	return caseflow.Text{}
}

// Sample returns a sample file of an item's pack and its media type.
func (l *Library) Sample(it *caseflow.Item, name string) (data []byte, mediaType string, ok bool) {
	p := l.of[[2]string{it.Pack, it.Version}]
	if p == nil {
		return nil, "", false
	}
	if data, ok = p.File(name); !ok {
		return nil, "", false
	}
	if mediaType = mime.TypeByExtension(path.Ext(name)); mediaType == "" {
		mediaType = "application/octet-stream"
	}
	return data, mediaType, true
}
