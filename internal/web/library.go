package web

import (
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
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
	return l.office(it, id).Name
}

// Short is the short name of a department of an item's pack; empty if it has none.
func (l Library) Short(it *caseflow.Item, id string) caseflow.Text { return l.office(it, id).Short }

func (l Library) office(it *caseflow.Item, id string) pack.Department {
	p, err := l.Pack(it.Pack, it.Version)
	if err != nil {
		return pack.Department{}
	}
	if i := slices.IndexFunc(p.Departments, func(d pack.Department) bool { return d.ID == id }); i >= 0 {
		return p.Departments[i]
	}
	return pack.Department{}
}

// Departments lists those that the packs of a region name, each once.
func (l Library) Departments(region string) []store.Office {
	var list []store.Office
	for _, it := range page.LocalFirst(l.Items(), region) {
		p, err := l.Pack(it.Pack, it.Version)
		if err != nil || !it.OfferedIn(region) {
			continue
		}
		for i := range p.Departments {
			if d := &p.Departments[i]; !slices.ContainsFunc(list, func(o store.Office) bool { return o.ID == d.ID }) {
				list = append(list, store.Office{ID: d.ID, Name: d.Name})
			}
		}
	}
	return list
}

// Phone is the telephone of a department of an item's pack; empty if it has none.
func (l Library) Phone(it *caseflow.Item, id string) string {
	p, err := l.Pack(it.Pack, it.Version)
	if err != nil {
		return ""
	}
	for i := range p.Departments {
		if p.Departments[i].ID == id {
			return p.Departments[i].Phone
		}
	}
	return ""
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

// department names a department of any pack, of one of the region if there is such a one, for the header of an official's page.
func department(g Guides, region, id string) caseflow.Text {
	for _, it := range page.LocalFirst(g.Items(), region) {
		if name := g.Department(it, id); name.ZH != "" {
			return name
		}
	}
	return caseflow.Text{}
}

// Mail makes a mail of a message: a subject, and the text with where to go on. Who reads it may know one of the languages only and
// cannot switch, so both stand in it, Chinese first. Base is the address of the site, "" unknown.
func (l Library) Mail(template string, n hall.Notice, base string) (subject, body string) {
	var subjects, bodies []string
	for _, lang := range []string{i18n.Chinese, i18n.English} {
		subjects = append(subjects, i18n.T(lang, "public.mail-subject", n.Item.In(lang), string(n.Case)))
		text := l.Text(template, n, lang, base) + "\n\n"
		if at := caseAt(base, n.Case); base != "" && !strings.Contains(text, at) {
			text += i18n.T(lang, "public.mail-link", at) + "\n\n"
		}
		bodies = append(bodies, text+i18n.T(lang, "public.mail-end")+"\n")
	}
	return strings.Join(subjects, " / "), strings.Join(bodies, "\n----------\n\n")
}

// Message writes a message for a page in a language: by the pack's own template if it is one of a notify step, else in the words of
// the catalogue. The page itself has the link to the case.
func (l Library) Message(template string, n hall.Notice, lang string) string {
	return l.Text(template, n, lang, "")
}

// caseAt is where its owner sees a case, on a site at an address.
func caseAt(base string, no caseflow.CaseNo) string {
	return strings.TrimSuffix(base, "/") + "/my/cases/" + string(no)
}

// Text is Message as it goes outside, where people reach the site at base. Without one it names the page instead, so that no sentence of
// a template ends in nothing.
func (l Library) Text(template string, n hall.Notice, lang, base string) string {
	if p, err := l.Pack(n.Pack, n.Version); n.Pack != "" && err == nil {
		link := i18n.T(lang, "public.message-here")
		if base != "" {
			link = caseAt(base, n.Case)
		}
		var b strings.Builder
		err := p.Render(&b, template, lang, pack.Paper{CaseNo: string(n.Case), Item: n.Item.In(lang), Applicant: n.Name, Phone: n.Phone, Due: i18n.Due(lang, n.Due), Link: link})
		if err == nil {
			return strings.TrimSpace(b.String())
		}
	}
	return page.Message(template, n, lang)
}
