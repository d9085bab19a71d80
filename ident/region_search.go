package ident

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// SearchRegions finds the cities and counties of GB/T 2260 by the words of a query, parted by spaces: best first, then in the
// order of the standard. A word counts if the code is it or begins with it, or if the name of the region, or of one above it in
// either tree, contains it, in Chinese or in pinyin. If none contains all words, regions whose full name holds the characters of the query in their
// order are returned, so that 渭南临渭 finds 陕西省渭南市临渭区. No words find all.
func SearchRegions(query string) []Region {
	if len(query) > maxInput || !utf8.ValidString(query) {
		return nil
	}
	words := strings.Fields(query)
	all := citiesAndCounties()
	if len(words) == 0 {
		return all
	}
	found := best(all, func(r Region) int { return regionScore(r, words) })
	if len(found) == 0 {
		letters := strings.Join(words, "")
		found = best(all, func(r Region) int {
			if slices.ContainsFunc(fullNames(r), func(name string) bool { return holdsInOrder(name, letters) }) {
				return 1
			}
			return 0
		})
	}
	return found
}

// citiesAndCounties are the units below a province, each city before its counties.
func citiesAndCounties() []Region {
	tree := Administrative()
	var all []Region
	for _, province := range tree.Children("") {
		for _, city := range tree.Children(province.Code) {
			all = append(append(all, city), tree.Children(city.Code)...)
		}
	}
	return all
}

// fullNames are the region's names with all above it, in both trees.
func fullNames(r Region) []string {
	return []string{Administrative().FullName(r.Code), Service().FullName(r.Code)}
}

var spelling = strings.NewReplacer("'", "", "’", "", "ü", "u")

// spelled is a name in pinyin as people type it: Xi'an is found by xian.
func spelled(name string) string { return spelling.Replace(strings.ToLower(name)) }

// regionScore is 0 unless every word is found; a hit in the own name weighs more.
func regionScore(r Region, words []string) int {
	score := 0
	for _, w := range words {
		code, typed := bare(w), spelled(w)
		switch {
		case code == r.Code:
			score += 100
		case len(code) >= 2 && allDigits(code) && strings.HasPrefix(r.Code, code):
			score += 50
		case strings.HasPrefix(r.Name, w), typed != "" && strings.HasPrefix(spelled(r.English), typed):
			score += 20
		case strings.Contains(r.Name, w):
			score += 10
		case slices.ContainsFunc(fullNames(r), func(name string) bool { return strings.Contains(name, w) }),
			typed != "" && strings.Contains(spelled(Administrative().FullNameIn(r.Code, "en")+" "+Service().FullNameIn(r.Code, "en")), typed):
			score++
		default:
			return 0
		}
	}
	return score
}

// holdsInOrder reports whether the letters stand in the name in their order, others between them.
func holdsInOrder(name, letters string) bool {
	want := []rune(letters)
	for _, r := range name {
		if len(want) > 0 && r == want[0] {
			want = want[1:]
		}
	}
	return len(want) == 0 && letters != ""
}
