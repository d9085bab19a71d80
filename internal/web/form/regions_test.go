package form_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/hanzi"
)

// The English names of regions are the readings of the Chinese ones, without the kind of unit; one syllable keeps it.
func TestRegions_are_spelled_as_they_are_read(t *testing.T) {
	t.Parallel()
	official := []string{"150000", "540000", "610000", "810000", "820000", "450000", "640000", "650000", "yangling", "xixian"} // as they are officially written
	tree := ident.Service()
	var all func(code string)
	all = func(code string) {
		for _, r := range tree.Children(code) {
			all(r.Code)
			if slices.Contains(official, r.Code) {
				continue
			}
			name, kind := []rune(r.Name), 1
			if len(name) == 2 {
				kind = 0
			}
			read := strings.ReplaceAll(strings.Join(hanzi.Syllables(name[:len(name)-kind]), ""), "v", "ü")
			first, _, _ := strings.Cut(r.English, " ")
			if got := strings.ToLower(strings.ReplaceAll(first, "'", "")); got != read {
				t.Errorf("%s %s is %s, and read %s", r.Code, r.Name, r.English, read)
			}
		}
	}
	all("")
}
