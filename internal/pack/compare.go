package pack

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
)

// Change is one difference between two versions of a pack.
type Change struct {
	Item caseflow.ItemID `json:"item,omitempty"` // empty: the pack itself
	What string          `json:"what"`           // item, limit, step, material, part, field, ground, correction, condition, subject, fee, department, table, template, fact
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
	d.all("fee", map[string]string{"fee": encoded(a.Fee)}, map[string]string{"fee": encoded(b.Fee)})
	d.all("part", byID(a.Parts, func(x caseflow.Part) string { return string(x.ID) }), byID(b.Parts, func(x caseflow.Part) string { return string(x.ID) }))
	d.all("step", byID(a.Steps, func(x caseflow.Step) string { return string(x.ID) }), byID(b.Steps, func(x caseflow.Step) string { return string(x.ID) }))
	d.all("material", byID(a.Materials, func(x caseflow.Material) string { return x.ID }), byID(b.Materials, func(x caseflow.Material) string { return x.ID }))
	d.all("ground", byID(a.Grounds, func(x caseflow.Ground) string { return x.ID }), byID(b.Grounds, func(x caseflow.Ground) string { return x.ID }))
	d.all("correction", byID(a.Corrections, func(x caseflow.Ground) string { return x.ID }), byID(b.Corrections, func(x caseflow.Ground) string { return x.ID }))
	d.all("condition", byID(a.Conditions, func(x caseflow.Criterion) string { return x.Text.ZH }), byID(b.Conditions, func(x caseflow.Criterion) string { return x.Text.ZH }))
	d.all("field", fieldsOf(a), fieldsOf(b))
	d.all("subject", map[string]string{"subject": a.Subject}, map[string]string{"subject": b.Subject})
	if encoded(a.Schema) != encoded(b.Schema) {
		d.changes = append(d.changes, Change{d.item, "field", "schema", Changed, "", ""})
	}
}

func limitsOf(it *caseflow.Item) map[string]string {
	out := map[string]string{}
	put := func(name string, r caseflow.Rule) { out[name] = r.Limit.String() + " " + r.Basis.String() }
	put("acceptance", it.Limits.Acceptance)
	put("statutory", it.Limits.Statutory)
	put("promised", it.Limits.Promised)
	put("correction", it.Limits.Correction)
	if it.Limits.Delivery != nil {
		put("delivery", *it.Limits.Delivery)
	}
	for i := range it.Steps {
		if w := it.Steps[i].Within; w != nil {
			put("step "+string(it.Steps[i].ID), *w)
		}
	}
	if it.Extension != nil {
		out["extension"] = it.Extension.Limit.String() + " " + it.Extension.Basis.String()
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

func (p *Pack) contents(folder string) map[string]string {
	out := map[string]string{}
	for name, content := range p.files {
		if len(name) > len(folder) && name[:len(folder)] == folder {
			out[name[len(folder):]] = string(content)
		}
	}
	return out
}
