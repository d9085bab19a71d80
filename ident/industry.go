package ident

import (
	_ "embed" // industries
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Industry is a section or a division of GB/T 4754-2017.
type Industry struct {
	Code    string `json:"code"`    // "C" for a section, "C13" for a division
	Section string `json:"section"` // the letter, A to T
	Name    string `json:"name"`
}

// Division is the two-digit code, as the standard writes it; "" for a section.
func (i Industry) Division() string { return strings.TrimPrefix(i.Code, i.Section) }

// FullName is the industry as lists show it: its code and name, of a division also that of its section.
func (i Industry) FullName() string {
	section, ok := IndustryByCode(i.Section)
	if !ok || i.Division() == "" {
		return i.Code + " " + i.Name
	}
	return i.Code + " " + i.Name + "（" + section.Name + "）"
}

//go:embed data/gbt4754-2017-sections-divisions.json
var industriesJSON []byte

type industryData struct {
	all    []Industry // in the order of the standard, each section before its divisions
	byCode map[string]int
}

var industries = sync.OnceValue(func() industryData {
	var source struct {
		Sections []struct {
			Code, Name string
			Divisions  []struct{ Code, Name string }
		}
	}
	if err := json.Unmarshal(industriesJSON, &source); err != nil {
		panic(fmt.Errorf("embedded industries: %w", err))
	}
	data := industryData{byCode: map[string]int{}}
	for _, s := range source.Sections {
		data.byCode[s.Code] = len(data.all)
		data.all = append(data.all, Industry{Code: s.Code, Section: s.Code, Name: s.Name})
		for _, d := range s.Divisions {
			data.byCode[d.Code] = len(data.all)
			data.byCode[s.Code+d.Code] = len(data.all)
			data.all = append(data.all, Industry{Code: s.Code + d.Code, Section: s.Code, Name: d.Name})
		}
	}
	return data
})

// Industries lists the 20 sections and 97 divisions, each section before its divisions.
func Industries() []Industry { return slices.Clone(industries().all) }

// IndustryByCode finds a section ("C") or a division ("C13" or "13"). A section letter that does not fit the division
// finds nothing.
func IndustryByCode(code string) (Industry, bool) {
	data := industries()
	i, ok := data.byCode[bare(code)]
	if !ok {
		return Industry{}, false
	}
	return data.all[i], true
}

// IndustryOfClass finds the division of a group or class code as a licence carries it: "C1311", "1311", "131". The
// names of groups and classes are not held here, so only the division is proved.
func IndustryOfClass(code string) (Industry, bool) {
	code = bare(code)
	digits := strings.TrimLeft(code, "ABCDEFGHIJKLMNOPQRST")
	letters := len(code) - len(digits)
	if letters > 1 || len(digits) < 2 || len(digits) > 4 || !allDigits(digits) {
		return Industry{}, false
	}
	return IndustryByCode(code[:letters+2])
}

// SearchIndustries finds industries by the words of a query, parted by spaces: best first, then in the order of the
// standard. A word counts if the code is it, or the name contains it; if the names of no industry contain all words,
// those that share the most pairs of neighbouring characters with the query are returned, so that 软件开发 finds
// 软件和信息技术服务业. A division is also found by the words of its section, behind.
func SearchIndustries(query string) []Industry {
	if len(query) > maxInput || !utf8.ValidString(query) {
		return nil
	}
	words := strings.Fields(query)
	if len(words) == 0 {
		return nil
	}
	all := industries().all
	sections := map[string]string{}
	for _, in := range all {
		if in.Code == in.Section {
			sections[in.Section] = in.Name
		}
	}
	found := best(all, func(in Industry) int { return wordScore(in, sections[in.Section], words) })
	if len(found) == 0 {
		found = best(all, func(in Industry) int { return pairScore(in, words) })
	}
	return found
}

// SearchDivisions finds the divisions that the words of a query name, best first: a section that SearchIndustries finds
// stands for its divisions, the code of a class for its own. No words find all.
func SearchDivisions(query string) []Industry {
	found := SearchIndustries(query)
	if in, ok := IndustryOfClass(query); ok {
		found = []Industry{in}
	}
	all := Industries()
	if strings.TrimSpace(query) == "" {
		found = all
	}
	var divisions []Industry
	add := func(in Industry) {
		if in.Division() != "" && !slices.Contains(divisions, in) {
			divisions = append(divisions, in)
		}
	}
	for _, in := range found {
		add(in)
	}
	for _, in := range found {
		for _, below := range all {
			if in.Division() == "" && below.Section == in.Code {
				add(below)
			}
		}
	}
	return divisions
}

// best keeps what scores above 0, highest first.
func best[T any](all []T, score func(T) int) []T {
	type scored struct {
		one   T
		score int
	}
	var found []scored
	for _, one := range all {
		if n := score(one); n > 0 {
			found = append(found, scored{one, n})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return b.score - a.score })
	result := make([]T, len(found))
	for i, f := range found {
		result[i] = f.one
	}
	return result
}

// wordScore is 0 unless every word is in the code, the name or the section's name; a hit in the own name weighs more.
func wordScore(in Industry, section string, words []string) int {
	score := 0
	for _, w := range words {
		code := bare(w)
		switch {
		case code == in.Code || code != "" && code == in.Division():
			score += 100
		case strings.HasPrefix(in.Name, w):
			score += 20
		case strings.Contains(in.Name, w):
			score += 10
		case strings.Contains(section, w):
			score++
		default:
			return 0
		}
	}
	return score
}

// pairScore counts the pairs of neighbouring characters of the words that the name contains; of equals a division, being
// closer to the business, comes before a section.
func pairScore(in Industry, words []string) int {
	score := 0
	for _, w := range words {
		runes := []rune(w)
		for i := range max(len(runes)-1, 0) {
			if strings.Contains(in.Name, string(runes[i:i+2])) {
				score += 2
			}
		}
	}
	if score > 0 && in.Division() != "" {
		score++
	}
	return score
}
