package pack

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/line"
)

// Change is one difference between two versions of a pack.
type Change struct {
	Item caseflow.ItemID `json:"item,omitempty"` // empty: the pack itself
	What string          `json:"what"`           // item, limit, step, material, part, page, field, check, ground, correction, stop, condition, property (any other of the item), department, table, template, fact
	ID   string          `json:"id"`
	Kind string          `json:"kind"` // added, removed, changed
	Old  string          `json:"old,omitempty"`
	New  string          `json:"new,omitempty"`
}

// Kinds of change.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Compare lists what differs between two versions of a pack, item by item, so that an administrator sees what a later
// version would do before it is added. Old and New are short for limits, JSON for the rest.
func Compare(old, new *Pack) []Change {
	d := &differ{}
	d.all("department", byID(old.Departments, func(x Department) string { return x.ID }), byID(new.Departments, func(x Department) string { return x.ID }))
	d.all("lobby", byID(old.Lobbies, func(x line.Lobby) string { return x.ID }), byID(new.Lobbies, func(x line.Lobby) string { return x.ID }))
	d.all("fact", byID(old.Facts, func(x Fact) string { return x.ID }), byID(new.Facts, func(x Fact) string { return x.ID }))
	d.all("template", old.contents("templates/"), new.contents("templates/"))
	d.all("table", old.contents("rules/"), new.contents("rules/"))
	for _, it := range old.Items {
		if new.items[it.ID] == nil {
			d.changes = append(d.changes, Change{Item: it.ID, What: "item", ID: string(it.ID), Kind: Removed})
		}
	}
	for _, it := range new.Items {
		before := old.items[it.ID]
		if before == nil {
			d.changes = append(d.changes, Change{Item: it.ID, What: "item", ID: string(it.ID), Kind: Added})
			continue
		}
		d.item = it.ID
		d.items(before.item, it)
		d.all("check", checksOf(before), checksOf(new.items[it.ID]))
	}
	return d.changes
}

type differ struct {
	item    caseflow.ItemID
	changes []Change
}

// all compares two sets by id.
func (d *differ) all(what string, old, new map[string]string) {
	ids := slices.Collect(maps.Keys(old))
	for id := range new {
		if _, both := old[id]; !both {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		a, was := old[id]
		b, is := new[id]
		switch {
		case !was:
			d.changes = append(d.changes, Change{d.item, what, id, Added, "", b})
		case !is:
			d.changes = append(d.changes, Change{d.item, what, id, Removed, a, ""})
		case a != b:
			d.changes = append(d.changes, Change{d.item, what, id, Changed, a, b})
		}
	}
}

func (d *differ) items(a, b *caseflow.Item) {
	d.all("limit", limitsOf(a), limitsOf(b))
	d.all("part", byID(a.Parts, func(x caseflow.Part) string { return string(x.ID) }), byID(b.Parts, func(x caseflow.Part) string { return string(x.ID) }))
	d.all("step", byID(a.Steps, func(x caseflow.Step) string { return string(x.ID) }), byID(b.Steps, func(x caseflow.Step) string { return string(x.ID) }))
	d.all("material", byID(a.Materials, func(x caseflow.Material) string { return x.ID }), byID(b.Materials, func(x caseflow.Material) string { return x.ID }))
	d.all("ground", byID(a.Grounds, func(x caseflow.Ground) string { return x.ID }), byID(b.Grounds, func(x caseflow.Ground) string { return x.ID }))
	d.all("correction", byID(a.Corrections, func(x caseflow.Ground) string { return x.ID }), byID(b.Corrections, func(x caseflow.Ground) string { return x.ID }))
	d.all("stop", byID(a.Stops, func(x caseflow.StopCause) string { return x.ID }), byID(b.Stops, func(x caseflow.StopCause) string { return x.ID }))
	d.all("condition", byID(a.Conditions, func(x caseflow.Criterion) string { return x.Text.ZH }), byID(b.Conditions, func(x caseflow.Criterion) string { return x.Text.ZH }))
	d.all("page", pagesOf(a), pagesOf(b))
	d.all("field", fieldsOf(a), fieldsOf(b))
	if encoded(a.Schema) != encoded(b.Schema) {
		d.changes = append(d.changes, Change{d.item, "field", "schema", Changed, encoded(a.Schema), encoded(b.Schema)})
	}
	d.all("property", propertiesOf(a), propertiesOf(b))
}

// propertiesOf is all of an item that is not compared part by part, so that nothing that a pack can say is left out.
func propertiesOf(it *caseflow.Item) map[string]string {
	rest := *it
	rest.Pack, rest.Version = "", ""
	rest.Parts, rest.Steps, rest.Materials, rest.Grounds, rest.Corrections, rest.Conditions = nil, nil, nil, nil, nil, nil
	rest.Pages, rest.Schema, rest.Stops, rest.Limits, rest.Extension = nil, nil, nil, caseflow.Limits{}, nil
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(encoded(rest)), &all); err != nil {
		return map[string]string{"": err.Error()}
	}
	out := make(map[string]string, len(all))
	for name, value := range all {
		out[name] = string(value)
	}
	return out
}

func limitsOf(it *caseflow.Item) map[string]string {
	out := map[string]string{}
	put := func(name string, r *caseflow.Rule) {
		if r == nil {
			return
		}
		out[name] = r.Limit.String() + " " + r.Basis.String()
		for _, more := range []string{string(r.Effect), r.Anchor} {
			if more != "" {
				out[name] += ", " + more
			}
		}
		if r.Soon.N > 0 {
			out[name] += ", soon " + r.Soon.String()
		}
	}
	put("acceptance", &it.Limits.Acceptance)
	put("statutory", &it.Limits.Statutory)
	put("promised", &it.Limits.Promised)
	put("correction", &it.Limits.Correction)
	put("delivery", it.Limits.Delivery)
	put("expiry", it.Limits.Expiry)
	put("apply", it.Limits.Apply)
	for i := range it.Steps {
		put("step "+string(it.Steps[i].ID), it.Steps[i].Within)
	}
	if it.Extension != nil {
		out["extension"] = it.Extension.Limit.String() + " " + it.Extension.Basis.String() + " " + it.Extension.Role
	}
	return out
}

func fieldsOf(it *caseflow.Item) map[string]string {
	out := map[string]string{}
	for i := range it.Pages {
		for j := range it.Pages[i].Fields {
			f := &it.Pages[i].Fields[j]
			out[f.Name] = encoded(f)
		}
	}
	return out
}

// pagesOf are the pages without their fields.
func pagesOf(it *caseflow.Item) map[string]string {
	out := map[string]string{}
	for _, p := range it.Pages {
		p.Fields = nil
		out[p.ID] = encoded(p)
	}
	return out
}

func checksOf(b *itemBuild) map[string]string {
	if b.form == nil {
		return nil
	}
	return byID(b.form.source.Checks, func(c checkSource) string { return c.ID })
}

func byID[T any](list []T, id func(T) string) map[string]string {
	out := make(map[string]string, len(list))
	for _, x := range list {
		out[id(x)] = encoded(x)
	}
	return out
}

// encoded is a value as JSON; these values always encode.
func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// contents are the files of a folder, by their names below it.
func (p *Pack) contents(folder string) map[string]string {
	out := map[string]string{}
	for name, content := range p.files {
		if below, ok := strings.CutPrefix(name, folder); ok {
			out[below] = string(content)
		}
	}
	return out
}
