// Package dictionary gathers the lists that pages, forms and rules choose from (字典), each with where it comes from and in which
// version. Nothing is kept here: the lists are those of the packs, of the published codes, and of the words of the program; a list
// that nobody wrote down in one of them does not exist. They change only with what they come from.
package dictionary

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/web/i18n"
)

// Core is the source of the lists of the program itself.
const Core = "core"

// List is one dictionary.
type List struct {
	ID      string        // within its source: what of it, such as items/company-open/form/company.kind
	Kind    string        // what it is a list of, in a word of the catalogue (console.dictionary.…)
	Source  string        // Core, or the id of a pack
	Version string        // of the pack; of a published code, its name: GB/T 2260
	Name    caseflow.Text // what the list is of, as the source says it; empty: as Kind says
	Used    []string      // where a form asks from it: paths of fields
	Entries []Entry
}

// Entry is a value with its words.
type Entry struct {
	Value string
	Label caseflow.Text
}

// All lists the dictionaries of the program, and those of packs in the version that new cases begin with.
func All(packs []*pack.Pack) []List {
	all := slices.Clone(core())
	for _, p := range packs {
		all = append(all, ofPack(p)...)
	}
	return all
}

// Search keeps of each list the entries that contain a text in their value or in either language, and of a list that contains it in its
// own name or id all; lists without any are left out. An empty text keeps all. source narrows to one source; "" to none.
func Search(all []List, source, text string) []List {
	text = strings.ToLower(strings.TrimSpace(ident.Normalise(text)))
	var found []List
	for _, l := range all {
		if source != "" && l.Source != source {
			continue
		}
		if !holds(text, l.ID, l.Name.ZH, l.Name.EN, i18n.T(i18n.Chinese, l.Words()), i18n.T(i18n.English, l.Words())) {
			l.Entries = slices.DeleteFunc(slices.Clone(l.Entries), func(e Entry) bool { return !holds(text, e.Value, e.Label.ZH, e.Label.EN) })
		}
		if len(l.Entries) > 0 {
			found = append(found, l)
		}
	}
	return found
}

// Words is the key of the words that say what the list is of.
func (l *List) Words() string { return "console.dictionary." + l.Kind }

// Title says in a language what the list is of. A file of a module may hold several lists, so that its name alone does not tell them apart.
func (l *List) Title(lang string) string {
	if name := l.Name.In(lang); name != "" && strings.HasPrefix(l.Kind, kindNamed) {
		return i18n.T(lang, "console.dictionary-of", name, i18n.T(lang, l.Words()))
	}
	return cmp.Or(l.Name.In(lang), i18n.T(lang, l.Words()))
}

// kindNamed is the kind of the lists of modules; one whose key has words of its own (console.dictionary.named.…) has the key behind it.
const kindNamed = "named"

func holds(text string, in ...string) bool {
	return slices.ContainsFunc(in, func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
}

// worded are the lists of the program whose entries are keys of the catalogue, by the beginning of the keys.
var worded = []struct{ kind, prefix string }{
	{"role", "case.role."}, {"channel", "case.channel."}, {"phase", "desk.phase."}, {"task-kind", "case.task-kind."}, {"task-state", "case.task."},
	{"phrase", "desk.phrase."}, {"record-kind", "credit.kind."}, {"record-result", "credit.result."}, {"credit-tier", "credit.tier."},
	{"draw-kind", "draws.kind."}, {"event", "console.event."},
}

// core are the lists of the program itself, which are the same as long as it runs.
var core = sync.OnceValue(programLists)

// programLists are published codes, and what the kernel and the modules tell apart.
func programLists() []List {
	regions := List{ID: "region", Kind: "region", Source: Core, Version: "GB/T 2260"}
	for _, r := range ident.SearchRegions("") {
		regions.Entries = append(regions.Entries, Entry{r.Code, caseflow.Text{ZH: ident.Service().FullName(r.Code), EN: ident.Service().FullNameIn(r.Code, i18n.English)}})
	}
	industries := List{ID: "industry", Kind: "industry", Source: Core, Version: "GB/T 4754"}
	for _, i := range ident.SearchDivisions("") {
		industries.Entries = append(industries.Entries, Entry{i.Code, caseflow.Text{ZH: i.FullName()}})
	}
	documents := List{ID: "document", Kind: "document", Source: Core}
	for _, t := range ident.DocTypes() {
		documents.Entries = append(documents.Entries, Entry{string(t), caseflow.Text{ZH: t.Text(i18n.Chinese), EN: t.Text(i18n.English)}})
	}
	all := []List{regions, industries, documents}
	for _, w := range worded {
		l := List{ID: w.kind, Kind: w.kind, Source: Core}
		for _, key := range i18n.Keys(w.prefix) {
			if value := strings.TrimPrefix(key, w.prefix); !strings.Contains(value, ".") {
				l.Entries = append(l.Entries, Entry{value, caseflow.Text{ZH: i18n.T(i18n.Chinese, key), EN: i18n.T(i18n.English, key)}})
			}
		}
		all = append(all, l)
	}
	return all
}

// reader gathers the lists of one pack.
type reader struct {
	pack *pack.Pack
	all  []List
}

func ofPack(p *pack.Pack) []List {
	r := &reader{pack: p}
	var departments, roles, limits, licences []Entry
	for _, d := range p.Departments {
		departments = append(departments, Entry{d.ID, d.Name})
	}
	for _, x := range p.Roles {
		roles = append(roles, Entry{x.ID, x.Name})
	}
	for _, l := range p.Limits {
		limits = append(limits, Entry{l.ID, l.Name})
	}
	for _, l := range p.Licences {
		licences = append(licences, Entry{l.ID, l.Name})
	}
	r.add("departments", "department", caseflow.Text{}, departments)
	r.add("roles", "role", caseflow.Text{}, roles)
	r.add("limits", "limit", caseflow.Text{}, limits)
	r.add("licences", "licence", caseflow.Text{}, licences)
	for _, l := range p.Lobbies {
		var groups []Entry
		for _, g := range l.Groups {
			groups = append(groups, Entry{g.Letter, g.Name})
		}
		r.add("lobbies/"+l.ID, "group", l.Name, groups)
	}
	for _, it := range p.Items {
		r.item(it)
	}
	for _, folder := range p.Folders() {
		for _, f := range p.Part(folder) {
			var data any
			if json.Unmarshal(f.Data, &data) == nil { // it was read once before, when the pack was proved
				r.named(strings.TrimSuffix(f.Name, ".yaml"), caseflow.Text{}, data)
			}
		}
	}
	return r.all
}

// add keeps a list that has entries.
func (r *reader) add(id, kind string, name caseflow.Text, entries []Entry) {
	if len(entries) > 0 {
		r.all = append(r.all, List{ID: id, Kind: kind, Source: r.pack.ID, Version: r.pack.Version, Name: name, Entries: entries})
	}
}

// item adds what an item lets choose: answers of its form and of its situations, outcomes of its steps, reasons with their words.
func (r *reader) item(it *caseflow.Item) {
	at := "items/" + string(it.ID) + "/"
	for _, p := range it.Pages {
		r.fields(at+"form/", p.Fields)
	}
	for _, s := range it.Situations {
		var answers []Entry
		for _, a := range s.Answers {
			answers = append(answers, Entry{a.ID, a.Label})
		}
		r.add(at+"situations/"+s.ID, "answer", s.Ask, answers)
	}
	for i := range it.Steps {
		s := &it.Steps[i]
		var outcomes []Entry
		for _, o := range s.Outcomes {
			outcomes = append(outcomes, Entry{o.ID, o.Name})
		}
		r.add(at+"steps/"+string(s.ID), "outcome", s.Name, outcomes)
		r.fields(at+"steps/"+string(s.ID)+"/", s.Fields)
	}
	var stops []Entry
	for _, s := range it.Stops {
		stops = append(stops, Entry{s.ID, s.Name})
	}
	r.add(at+"stops", "stop", it.Name, stops)
	r.add(at+"grounds", "ground", it.Name, grounds(it.Grounds))
	r.add(at+"corrections", "correction", it.Name, grounds(it.Corrections))
}

func grounds(of []caseflow.Ground) []Entry {
	var list []Entry
	for _, g := range of {
		list = append(list, Entry{g.ID, g.Text})
	}
	return list
}

// fields adds the choices of a form. Fields of a pack that offer the same answers ask from one list.
func (r *reader) fields(at string, fields []caseflow.Field) {
	for i := range fields {
		f := &fields[i]
		r.fields(at+f.Name+".", f.Fields)
		if len(f.Options) == 0 {
			continue
		}
		entries := make([]Entry, len(f.Options))
		for j, o := range f.Options {
			entries[j] = Entry{o.Value, o.Label}
		}
		known := slices.IndexFunc(r.all, func(l List) bool { return l.Kind == "option" && slices.Equal(l.Entries, entries) })
		if known < 0 {
			r.add(at+f.Name, "option", f.Label, entries)
			known = len(r.all) - 1
		}
		r.all[known].Used = append(r.all[known].Used, at+f.Name)
	}
}

// named adds every list of a module's file whose entries have an id and a name, wherever it stands; it is called as what it stands in is.
func (r *reader) named(at string, of caseflow.Text, data any) {
	switch data := data.(type) {
	case map[string]any:
		if e, ok := entryOf(data); ok {
			of = e.Label
		}
		keys := make([]string, 0, len(data))
		for key := range data {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			r.named(at+"/"+key, of, data[key])
		}
	case []any:
		var entries []Entry
		for _, e := range data {
			if entry, ok := entryOf(e); ok {
				entries = append(entries, entry)
			}
		}
		if len(entries) == len(data) {
			kind := kindNamed
			if own := kindNamed + "." + path.Base(at); i18n.Has("console.dictionary." + own) {
				kind = own
			}
			r.add(at, kind, of, entries)
		}
	}
}

func entryOf(data any) (Entry, bool) {
	o, _ := data.(map[string]any)
	id, _ := o["id"].(string)
	name, _ := o["name"].(map[string]any)
	zh, _ := name["zh"].(string)
	en, _ := name["en"].(string)
	return Entry{id, caseflow.Text{ZH: zh, EN: en}}, id != "" && zh != ""
}
