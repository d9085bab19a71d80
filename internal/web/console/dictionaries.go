package console

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/dictionary"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// dictionaries are those that the address asks for, for who may see the system.
func (p *page) dictionaries() ([]dictionary.List, error) {
	if !p.may(access.SystemSee) {
		return nil, store.ErrNotFound
	}
	return dictionary.Search(dictionary.All(p.console.packs.Packs()), p.asked("source"), p.asked("q")), nil
}

// dictionaryList is the page of dictionaries (字典管理). They are read here, and written where they come from.
func (c *Console) dictionaryList(p *page) error {
	all, err := p.dictionaries()
	if err != nil {
		return err
	}
	sources := ui.Field{Kind: ui.KindSelect, Name: "source", Options: []ui.Option{{Value: dictionary.Core, Label: p.source(dictionary.Core)}}}
	for _, k := range c.packs.Packs() {
		sources.Options = append(sources.Options, ui.Option{Value: k.ID, Label: k.Name.In(p.Lang)})
	}
	v := p.list("dictionaries", ui.Field{Kind: ui.KindText, Name: "q", Label: p.T("console.dictionary-q")}, sources)
	if kind := p.wanted(); kind != "" {
		return p.exportTable(kind, "dictionaries", p.entries(all))
	}
	v.columns("list", "list-kind", "source", "version", "values")
	for i := range all {
		l := &all[i]
		at := &url.URL{Path: dictionariesAddress + "/" + l.Source + "/" + l.ID}
		v.row(ui.Cell{Text: l.Title(p.Lang), More: l.ID, Href: at.String(), Head: true}, ui.Cell{Text: p.T(l.Words())}, ui.Cell{Text: p.source(l.Source)},
			ui.Cell{Text: p.said(l.Version)}, ui.Cell{Text: i18n.Number(int64(len(l.Entries)))})
	}
	v.Exports = p.exports()
	return p.show("list", v)
}

const dictionariesAddress = "/console/dictionaries"

// source names where lists come from.
func (p *page) source(id string) string {
	if id == dictionary.Core {
		return p.T("console.dictionary-core")
	}
	for _, k := range p.console.packs.Packs() {
		if k.ID == id {
			return k.Name.In(p.Lang)
		}
	}
	return id
}

// seeDictionary shows one list, or the entries of it that are searched for.
func (c *Console) seeDictionary(p *page) error {
	all, err := p.dictionaries()
	if err != nil {
		return err
	}
	source, id := p.r.PathValue("source"), p.r.PathValue("list")
	of := func(l dictionary.List) bool { return l.Source == source && l.ID == id }
	known := dictionary.All(c.packs.Packs())
	i := slices.IndexFunc(known, of)
	if i < 0 {
		return hall.ErrNotFound
	}
	l := known[i]
	if l.Entries = nil; slices.ContainsFunc(all, of) {
		l = all[slices.IndexFunc(all, of)]
	}
	if kind := p.wanted(); kind != "" {
		return p.exportTable(kind, "dictionary", p.entries([]dictionary.List{l}))
	}
	v := p.list("dictionaries", ui.Field{Kind: ui.KindText, Name: "q", Label: p.T("console.dictionary-q")})
	p.Crumbs = []ui.Link{{Text: p.Title, Href: dictionariesAddress}}
	p.Title = l.Title(p.Lang)
	v.Lead = p.T("console.dictionary-from", p.source(l.Source), p.said(l.Version), l.ID)
	if len(l.Used) > 1 {
		v.Lead += p.T("console.dictionary-used", strings.Join(l.Used, p.T("console.and")))
	}
	v.columns("code", "words-zh", "words-en")
	for _, e := range l.Entries {
		v.row(ui.Cell{Text: e.Value, Head: true}, ui.Cell{Text: e.Label.ZH}, ui.Cell{Text: e.Label.EN})
	}
	v.Exports = p.exports()
	return p.show("list", v)
}

// entries are the entries of lists, one a row.
func (p *page) entries(all []dictionary.List) *ui.Table {
	t := &ui.Table{Columns: p.headings("source", "version", "list", "list-kind", "code", "words-zh", "words-en")}
	for i := range all {
		l := &all[i]
		for _, e := range l.Entries {
			t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: l.Source}, {Text: l.Version}, {Text: l.ID}, {Text: l.Title(p.Lang)}, {Text: e.Value}, {Text: e.Label.ZH}, {Text: e.Label.EN}}})
		}
	}
	return t
}
