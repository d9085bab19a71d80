package web

import (
	"mime"
	"path"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
)

// Library is a catalogue of packs as the hall and the doors read it: what is not there is nil, not an error.
type Library struct{ *pack.Catalogue }

// Current returns the newest version of an item, or nil.
func (l Library) Current(id caseflow.ItemID) *caseflow.Item {
	it, err := l.Catalogue.Current(id)
	if err != nil {
		return nil
	}
	return it
}

// Item returns the version that a case began with, or nil.
func (l Library) Item(pack, version string, id caseflow.ItemID) *caseflow.Item {
	it, err := l.Catalogue.Item(pack, version, id)
	if err != nil {
		return nil
	}
	return it
}

// Department names a department of an item's pack; empty if it has none of this id.
func (l Library) Department(it *caseflow.Item, id string) caseflow.Text {
	p, err := l.Pack(it.Pack, it.Version)
	if err != nil {
		return caseflow.Text{}
	}
	for i := range p.Departments {
		if p.Departments[i].ID == id {
			return p.Departments[i].Name
		}
	}
	return caseflow.Text{}
}

// Sample returns a sample file of an item's pack and its media type.
func (l Library) Sample(it *caseflow.Item, name string) (data []byte, mediaType string, ok bool) {
	p, err := l.Pack(it.Pack, it.Version)
	if err != nil {
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

// department names a department of any pack, for the header of an official's page.
func department(g Guides, id string) caseflow.Text {
	for _, it := range g.Items() {
		if name := g.Department(it, id); name.ZH != "" {
			return name
		}
	}
	return caseflow.Text{}
}
