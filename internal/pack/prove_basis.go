package pack

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// bases proves that every basis names a clause that somebody can look up: a law of the catalogue, or a title in 《…》, with its
// article (优化营商环境条例 art. 35: no condition without a legal basis).
func (p *prover) bases() {
	for _, name := range slices.Sorted(maps.Keys(p.documents)) {
		doc := p.documents[name]
		p.basesIn(doc, doc.value, false)
	}
}

// basesIn looks at a value of a document; clause says that it stands under basis.
func (p *prover) basesIn(doc *document, v any, clause bool, at ...string) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			p.basesIn(doc, e, clause, append(slices.Clone(at), strconv.Itoa(i))...)
		}
	case map[string]any:
		if clause {
			law, _ := v["law"].(string)
			article, _ := v["article"].(string)
			p.basis(doc, law, article, at)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			p.basesIn(doc, v[key], key == "basis", append(slices.Clone(at), key)...)
		}
	}
}

var (
	lawTitle = regexp.MustCompile(`^《[^《》]*\p{Han}[^《》]*\p{Han}[^《》]*》$`)
	numbered = regexp.MustCompile(`[0-9一二三四五六七八九十]`)
)

func (p *prover) basis(doc *document, law, article string, at []string) {
	title := strings.TrimSpace(law)
	if !lawTitle.MatchString(title) && !p.knows(lawName(title)) {
		p.add(doc, "basis.law", fmt.Sprintf("%q is no law that the catalogue of limits knows, and no title in 《…》", clip(law)),
			"write the title of the law or document in 《…》", append(slices.Clone(at), "law")...)
		return
	}
	if article == "" && lawTitle.MatchString(title) {
		return // a document that is a basis as a whole, or whose clause nobody has verified yet
	}
	if !numbered.MatchString(article) {
		p.add(doc, "basis.article", fmt.Sprintf("%s is named without the article that says so", title), `add article: "…", such as "32(4)"`, at...)
	}
}

// lawName is the title of a law as the catalogue writes it.
func lawName(s string) string {
	return strings.TrimPrefix(strings.Trim(strings.TrimSpace(s), "《》"), "中华人民共和国")
}

// knows reports whether the catalogue of limits was read from a law.
func (p *prover) knows(law string) bool {
	for _, id := range p.laws.IDs() {
		if r, ok := p.laws.Lookup(id); ok && r.Basis == law && lawTitle.MatchString("《"+law+"》") {
			return true
		}
	}
	return false
}
