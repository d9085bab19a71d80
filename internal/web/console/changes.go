package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// compare lists what differs between two versions, a value a row.
func (p *page) compare(v *packsView, id, old, new string) error {
	before, err := p.console.packs.Pack(id, old)
	if err != nil {
		return err
	}
	after, err := p.console.packs.Pack(id, new)
	if err != nil {
		return err
	}
	changes := pack.Compare(before, after)
	v.Same = len(changes) == 0
	v.Diff = &ui.Table{Caption: p.T("console.packs.between", old, new), Columns: p.headings("item", "part", "kind-of-change", "point", "before", "after")}
	for i := 1; i < len(v.Diff.Columns); i++ {
		v.Diff.Columns[i].Wrap = i != 2
	}
	for i := range changes {
		c := &changes[i]
		item := cmp.Or(string(c.Item), p.T("console.packs.whole"))
		for _, k := range []*pack.Pack{after, before} {
			if it := itemOf(k, c.Item); it != nil {
				item = it.Name.In(p.Lang)
				break
			}
		}
		what := c.What
		if key := "console.part." + c.What; i18n.Has(key) {
			what = p.T(key)
		}
		head := []ui.Cell{{Text: item, Head: true}, {Text: what, More: p.thing(c, before, after)}, {Text: p.T("console.kind-of-change." + c.Kind)}}
		for _, tail := range p.edits(c, before, after) {
			v.Diff.Rows = append(v.Diff.Rows, ui.TableRow{Cells: append(slices.Clone(head), tail...)})
		}
	}
	return p.show("packs", v)
}

func itemOf(k *pack.Pack, id caseflow.ItemID) *caseflow.Item {
	if i := slices.IndexFunc(k.Items, func(it *caseflow.Item) bool { return it.ID == id }); i >= 0 {
		return k.Items[i]
	}
	return nil
}

// thing names what a change is of, with its id.
func (p *page) thing(c *pack.Change, before, after *pack.Pack) string {
	if c.What == "limit" {
		for _, k := range []*pack.Pack{after, before} {
			if it := itemOf(k, c.Item); it != nil {
				if step := it.StepByID(stepOf(c.ID)); step != nil {
					return step.Name.In(p.Lang)
				}
			}
		}
		if key := "case.clock." + c.ID; i18n.Has(key) {
			return p.T(key)
		}
	}
	for _, side := range []string{c.New, c.Old} {
		var named map[string]json.RawMessage
		if json.Unmarshal([]byte(side), &named) != nil {
			continue
		}
		for _, key := range []string{"label", "name", "title"} {
			var text caseflow.Text // the name of a field is a path and no text
			if json.Unmarshal(named[key], &text) == nil && text.ZH != "" {
				return p.T("console.name-login", text.In(p.Lang), c.ID)
			}
		}
	}
	return c.ID
}

// stepOf is the step of a limit by the name that pack.Compare gives it.
func stepOf(limit string) caseflow.StepID {
	return caseflow.StepID(strings.TrimPrefix(limit, "step "))
}

// ruleOf is the limit that pack.Compare names so; nil if the version has none.
func ruleOf(k *pack.Pack, item caseflow.ItemID, limit string) *caseflow.Rule {
	it := itemOf(k, item)
	if it == nil {
		return nil
	}
	if step := it.StepByID(stepOf(limit)); step != nil {
		return step.Within
	}
	return map[string]*caseflow.Rule{"acceptance": &it.Limits.Acceptance, "statutory": &it.Limits.Statutory, "promised": &it.Limits.Promised,
		"correction": &it.Limits.Correction, "delivery": it.Limits.Delivery, "expiry": it.Limits.Expiry, "apply": it.Limits.Apply}[limit]
}

// edits are the cells of a change behind its name, a row for each value: which value, what it was and is. What was added or removed is one
// row with all its values.
func (p *page) edits(c *pack.Change, before, after *pack.Pack) [][]ui.Cell {
	if old, now := ruleOf(before, c.Item, c.ID), ruleOf(after, c.Item, c.ID); c.What == "limit" && (old != nil || now != nil) {
		return [][]ui.Cell{{{}, {Text: p.limit(old)}, {Text: p.limit(now)}}}
	}
	edits := c.Edits()
	if c.Kind != pack.Changed {
		var was, is []string
		for _, e := range edits {
			if len(e.Path) > 0 && (e.Path[len(e.Path)-1] == other(p.Lang) || e.Path[0] == "id") {
				continue
			}
			for list, value := range map[*[]string]string{&was: e.Old, &is: e.New} {
				if value != "" {
					*list = append(*list, p.T("console.exported-filter", p.point(e.Path), value))
				}
			}
		}
		return [][]ui.Cell{{{}, {Text: strings.Join(was, p.T("console.semicolon"))}, {Text: strings.Join(is, p.T("console.semicolon"))}}}
	}
	var rows [][]ui.Cell
	for _, e := range edits {
		if c.What == "step" && len(e.Path) > 1 && e.Path[0] == "within" && e.Path[1] != "name" { // said as its limit
			continue
		}
		rows = append(rows, []ui.Cell{{Text: p.point(e.Path)}, {Text: e.Old}, {Text: e.New}})
	}
	return rows
}

// other is the language that a page is not in.
func other(lang string) string {
	if lang == i18n.English {
		return "zh"
	}
	return "en"
}

// limit says a limit with its clause, and when it is announced.
func (p *page) limit(r *caseflow.Rule) string {
	if r == nil || r.ID == "" {
		return ""
	}
	parts := []string{r.Limit.Text(p.Lang)}
	for _, more := range []string{r.Basis.String(), string(r.Effect), r.Anchor} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	if r.Soon.N > 0 {
		parts = append(parts, p.T("console.packs.soon", r.Soon.Text(p.Lang)))
	}
	return strings.Join(parts, p.T("console.semicolon"))
}

// point puts where a value stands into words, as far as there are any: ids stay.
func (p *page) point(path []string) string {
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = name
		if key := "console.point." + name; i18n.Has(key) {
			names[i] = p.T(key)
		}
	}
	return strings.Join(names, " / ")
}
