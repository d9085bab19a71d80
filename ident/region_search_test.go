package ident

import (
	"strings"
	"testing"
)

func TestSearchRegions(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{ // the first ones, by their codes; "-" for none
		"临渭":               "610502",
		"临渭区":              "610502",
		"610502":           "610502",
		"６１０５０２":           "610502",
		"渭南":               "610500 610502",
		"6105":             "610500 610502",
		"渭南 富平":            "610528",
		"渭南市富平县":           "610528",
		"渭南富平":             "610528",
		"韩城":               "610581",
		"杨凌":               "610403", // 杨陵区 lies in 杨凌示范区
		"榆林 神木":            "610881",
		"linwei":           "610502",
		"Xi'an":            "610100",
		"xian":             "610100",
		"hanzhong lueyang": "610727",
		"'":                "-",
		"xzq":              "-",
		"北京":               "-",
		"长安大学":             "-",
		"<b>":              "-",
	} {
		var got []string
		for _, r := range SearchRegions(query) {
			got = append(got, r.Code)
		}
		all := strings.Join(got, " ")
		if want == "-" && all != "" || want != "-" && all != want && !strings.HasPrefix(all, want+" ") {
			t.Errorf("%s finds %.60q, want %s", query, all, want)
		}
	}
	if n := len(SearchRegions("")); n != 10+107 {
		t.Errorf("all are %d", n)
	}
	if SearchRegions(strings.Repeat("渭", 5000)) != nil || SearchRegions("\xff") != nil {
		t.Error("a text that is no query finds something")
	}
}
