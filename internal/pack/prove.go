package pack

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
)

// prover collects what a pack fails to show.
type prover struct {
	*Pack
	problems []Problem
}

func (p *prover) add(doc *document, code, what, mend string, at ...string) {
	p.problems = append(p.problems, doc.problem(code, what, mend, at...))
}

// Prove shows what must hold of a loaded pack before any case runs on it, and returns what does not. The same pack gives
// the same problems in the same order.
func Prove(pack *Pack) []Problem {
	p := &prover{Pack: pack}
	p.manifest()
	p.texts()
	p.bases()
	for _, it := range p.Items {
		b := p.items[it.ID]
		p.item(b)
		p.flow(b)
		p.times(b)
	}
	p.subcases()
	p.forms()
	p.templatesPrint()
	p.tables()
	if p.Walk != nil {
		p.walk()
	}
	return sorted(p.problems)
}

// manifest proves what pack.yaml names.
func (p *prover) manifest() {
	doc := p.documents["pack.yaml"]
	p.unique(doc, "departments", "roles", "licences", "templates", "facts", "limits", "lobbies")
	if _, ok := ident.RegionByCode(p.Region); !ok {
		p.add(doc, "region", fmt.Sprintf("no region %s is known: all provinces are, and the cities and counties of Shaanxi", p.Region), "write the six digits of the city", "region")
	}
	for i, r := range p.Roles {
		if slices.Contains(caseflow.Roles, r.ID) {
			p.add(doc, "role.known", fmt.Sprintf("the kernel knows the role %q already", r.ID), "remove it here", "roles", index(i))
		}
	}
	for i, f := range p.Facts {
		p.fact(doc, i, f)
	}
	for i := range p.Lobbies {
		p.lobby(doc, i)
	}
}

// fact proves that an item keeps what the practice states.
func (p *prover) fact(doc *document, i int, f Fact) {
	if f.Measure == "none" {
		return
	}
	b := p.items[f.Item]
	if b == nil {
		p.add(doc, "fact.item", fmt.Sprintf("the fact %s is measured on the item %q, which the pack does not have", f.ID, f.Item),
			"write the id of one of the items, or measure: none", "facts", index(i))
		return
	}
	var got float64
	switch f.Measure {
	case "case-workdays":
		l := b.item.Limits.Promised.Limit
		if got = float64(l.N); l.Unit.String() != "workday" {
			p.add(doc, "fact.unit", fmt.Sprintf("the fact %s counts working days, but the item promises %s", f.ID, l), "promise working days, or measure something else", "facts", index(i))
			return
		}
	case "fee":
		got = float64(b.item.Fee.Fen)
	case "visits":
		got = float64(b.item.Visits)
	default:
		return
	}
	if f.Limit == nil {
		p.add(doc, "fact.limit", fmt.Sprintf("the fact %s says no limit", f.ID), "add limit: …", "facts", index(i))
	} else if got > *f.Limit {
		p.add(doc, "fact.broken", fmt.Sprintf("the fact %s allows %v, but the item %s says %v", f.ID, *f.Limit, f.Item, got),
			"correct the item, or what the practice promises", "facts", index(i), "limit")
	}
}

func (p *prover) hasDepartment(id string) bool {
	return slices.ContainsFunc(p.Departments, func(d Department) bool { return d.ID == id })
}

func (p *prover) hasRole(id string) bool {
	return slices.Contains(caseflow.Roles, id) || slices.ContainsFunc(p.Roles, func(r Role) bool { return r.ID == id })
}

// department proves that a department exists.
func (p *prover) department(doc *document, id string, at ...string) {
	if !p.hasDepartment(id) {
		p.add(doc, "department.unknown", fmt.Sprintf("pack.yaml has no department %q", id), "add it under departments in pack.yaml, or correct the id", at...)
	}
}

// unique proves that no id stands twice in any of the lists of a document.
func (p *prover) unique(doc *document, lists ...string) {
	root, _ := doc.value.(map[string]any)
	for _, list := range lists {
		seen := map[any]bool{}
		rows, _ := root[list].([]any)
		for i, v := range rows {
			row, _ := v.(map[string]any)
			if id := row["id"]; id != nil && seen[id] {
				p.add(doc, "duplicate", fmt.Sprintf("the id %q stands a second time under %s", id, list), "give one of them another id", list, index(i), "id")
			}
			seen[row["id"]] = true
		}
	}
}

// texts proves that every text is there in both languages and is not the same language twice.
func (p *prover) texts() {
	for _, name := range slices.Sorted(maps.Keys(p.documents)) {
		doc := p.documents[name]
		p.text(doc, doc.value)
	}
}

func (p *prover) text(doc *document, v any, at ...string) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			p.text(doc, e, append(slices.Clone(at), strconv.Itoa(i))...)
		}
	case map[string]any:
		zh, ok1 := v["zh"].(string)
		en, ok2 := v["en"].(string)
		if !ok1 || !ok2 || len(v) != 2 {
			for _, key := range slices.Sorted(maps.Keys(v)) {
				p.text(doc, v[key], append(slices.Clone(at), key)...)
			}
			return
		}
		if !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			p.add(doc, "text.zh", "the Chinese text holds no Chinese", "write it in Chinese", append(slices.Clone(at), "zh")...)
		}
		if found := halfWidth.FindString(zh); found != "" {
			p.add(doc, "text.punctuation", fmt.Sprintf("%q stands half-width between Chinese characters", found), "write ， ； ： ？ ！ full-width in Chinese", append(slices.Clone(at), "zh")...)
		}
		if !strings.ContainsFunc(en, func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }) {
			p.add(doc, "text.en", "the English text holds no English", "write it in English", append(slices.Clone(at), "en")...)
		}
	}
}

// halfWidth finds a half-width mark between Chinese characters.
var halfWidth = regexp.MustCompile(`\p{Han}[,;:?!]\p{Han}`)

// tables proves the decision tables as far as that is decidable.
func (p *prover) tables() {
	for _, t := range p.Tables {
		doc := p.documents["rules/"+t.ID+".yaml"]
		p.unique(doc, "rows", "outputs")
		for _, f := range t.CanFail() {
			p.problems = append(p.problems, fallible(doc, f.Fault, "rows", index(f.Row), "when"))
		}
		findings, _ := t.Analyse()
		for _, f := range findings {
			switch f.Kind {
			case "gap":
				p.add(doc, "table.gap", "no row holds when "+f.Example, "add a row for it, or a last row without when", "rows")
			case "overlap":
				p.add(doc, "table.overlap", fmt.Sprintf("the rows %s both hold when %s", rowNames(t, f.Rows), f.Example),
					"narrow one of them, or use hit: first", "rows", index(f.Rows[1]))
			case "shadowed":
				p.add(doc, "table.shadowed", fmt.Sprintf("no case reaches the row %s", rowNames(t, f.Rows)),
					"remove it, move it up, or correct its condition", "rows", index(f.Rows[0]))
			}
		}
	}
}

func rowNames(t *Table, rows []int) string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = t.Rows[r].ID
	}
	return strings.Join(names, " and ")
}

// templatesPrint proves that every template prints in both languages, with the data that its results show.
func (p *prover) templatesPrint() {
	used := map[string]bool{}
	for _, it := range p.Items {
		for i := range it.Steps {
			if r := it.Steps[i].Result; r != nil {
				used[r.Template] = true
			}
		}
	}
	doc := p.documents["pack.yaml"]
	for i, def := range p.Templates {
		if def.Kind == "licence" && !used[def.ID] {
			p.add(doc, "template.unused", fmt.Sprintf("no result is printed with the template %q", def.ID), "name it in a result, or remove it", "templates", index(i))
			continue
		}
		t := p.papers[def.ID]
		for _, lang := range languages {
			var out strings.Builder
			if err := p.Render(&out, def.ID, lang, samplePaper()); err != nil {
				p.problems = append(p.problems, templateProblem(t.file[lang], err))
			} else if n := len([]rune(out.String())); def.Kind == "message" && n > maxMessage {
				p.problems = append(p.problems, Problem{t.file[lang], 1, 0, "template.long",
					fmt.Sprintf("the message has %d characters", n), fmt.Sprintf("shorten it to %d", maxMessage)})
			}
		}
	}
}

// maxMessage is how long an SMS may be, in characters: five parts.
const maxMessage = 335

func samplePaper() Paper {
	return Paper{
		CaseNo: "610500-2026-000001", Item: "示例", Applicant: "张三", Department: "示例局", Phone: "12345", Date: "2026年11月23日",
		Due: "2026年11月25日", Stage: "办理中", No: "〔2026〕1号", Holder: "示例有限公司", Verify: "SAMPLE", Link: "/case",
		Reason: "示例", Basis: "《行政许可法》第32条", Relief: "示例", Receiver: "张三", Waybill: "1", Points: []string{"示例"},
	}
}
