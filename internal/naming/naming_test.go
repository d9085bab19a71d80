package naming

import (
	"slices"
	"strings"
	"testing"
)

const hanbin = "610902"

func parsed(t *testing.T, full, industry string) Name {
	t.Helper()
	n, findings := Parse(full, hanbin, industry)
	if len(findings) > 0 {
		t.Fatalf("%s: %+v", full, findings)
	}
	return n
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ full, region, trade, industry, form, division string }{
		{"安康汉水软件有限公司", "安康", "汉水", "软件", "有限公司", "65"},
		{"安康市汉滨区秦巴餐饮管理有限责任公司", "安康市汉滨区", "秦巴", "餐饮管理", "有限责任公司", "62"},
		{"汉水（安康）软件有限公司", "安康", "汉水", "软件", "有限公司", "65"},
		{"汉水软件(安康) 股份有限公司", "安康", "汉水", "软件", "股份有限公司", "65"},
		{"陕西汉水实业有限公司", "陕西", "汉水", "实业", "有限公司", ""},
		{"安康弄潮儿有限公司", "安康", "弄潮儿", "", "有限公司", ""},
	} {
		n := parsed(t, c.full, "")
		if n.Region != c.region || n.Trade != c.trade || n.Industry != c.industry || n.Form != c.form || n.Division != c.division {
			t.Errorf("%s: %+v", c.full, n)
		}
	}
	if n := parsed(t, "安康汉水软件有限公司", "H62"); n.Division != "62" {
		t.Errorf("the main business tells the industry, not the words: %s", n.Division)
	}
}

func TestParse_says_what_is_missing(t *testing.T) {
	t.Parallel()
	for full, code := range map[string]string{
		"安康汉水软件": "name.form", "渭南汉水软件有限公司": "name.region", "汉滨汉水软件有限公司": "name.region", "Hanshui Ltd": "name.characters",
		"安康A1软件有限公司": "name.characters", "": "name.characters", "安康" + strings.Repeat("水", MaxName) + "有限公司": "name.characters",
	} {
		if _, findings := Parse(full, hanbin, ""); len(findings) != 1 || findings[0].Code != code || !findings[0].Refuse {
			t.Errorf("%s: %+v, want %s", full, findings, code)
		}
	}
}

func TestJudge_the_words(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		full, code, article string
		refuse              bool
	}{
		{"安康水软件有限公司", "name.trade", "8", true},
		{"安康渭南软件有限公司", "name.trade", "8", true},
		{"安康餐饮软件有限公司", "name.trade", "8", true},
		{"安康美国软件有限公司", "name.word", "11(4)", true},
		{"安康中华商贸有限公司", "name.word", "12", true},
		{"安康共青团文化有限公司", "name.word", "11(3)", true},
		{"安康汉水期货贸易有限公司", "name.word", "11(9)", false},
		{"安康弄潮儿有限公司", "name.industry", "9", false},
		{"安康法·国软件有限公司", "name.word", "11(4)", true},
		{"安康（共）产党软件有限公司", "name.word", "11(3)", true},
		{"安康（安康）软件有限公司", "name.trade", "7", true},
		{"安康水·软件有限公司", "name.trade", "8", true},
		{"安康法轮功文化有限公司", "name.word", "11(5)", true},
		{"安康台湾独立软件有限公司", "name.word", "11(1)", true},
	} {
		got := Judge(parsed(t, c.full, ""), nil)
		if !slices.ContainsFunc(got, func(f Finding) bool { return f.Code == c.code && f.Article == c.article && f.Refuse == c.refuse }) {
			t.Errorf("%s: %+v", c.full, got)
		}
	}
	if got := Judge(parsed(t, "安康汉水软件有限公司", ""), nil); len(got) > 0 {
		t.Errorf("nothing is wrong with it: %+v", got)
	}
}

func TestJudge_beside_others(t *testing.T) {
	t.Parallel()
	n := parsed(t, "安康汉水软件有限公司", "")
	other := func(full, industry string) Taken {
		o := parsed(t, full, industry)
		return Taken{Name: full, Trade: o.Trade, Sound: o.Sound, Division: o.Division}
	}
	mine := other("安康汉水信息技术有限公司", "")
	mine.Mine = true
	for _, c := range []struct {
		other Taken
		code  string
	}{
		{other("安康汉水信息技术有限公司", ""), "name.same"},
		{other("安康汉水实业有限公司", ""), "name.same"}, // says no industry
		{other("安康汉水餐饮有限公司", ""), "name.other-industry"},
		{other("安康翰水软件有限公司", ""), "name.sound"},
		{other("安康汉水源软件有限公司", ""), "name.contains"},
		{other("安康秦巴软件有限公司", ""), ""},
		{mine, ""},
	} {
		got := Judge(n, []Taken{c.other})
		switch {
		case c.code == "" && len(got) > 0:
			t.Errorf("%s: %+v", c.other.Name, got)
		case c.code != "" && (len(got) != 1 || got[0].Code != c.code || got[0].Refuse != (c.code == "name.same")):
			t.Errorf("%s: %+v, want %s", c.other.Name, got, c.code)
		}
	}
}

// A name from anywhere is judged without panic, and each finding has words in both languages and an article.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"安康汉水软件有限公司", "（安康）有限公司", "安康有限公司", "汉水（安康）", "\xff安康"} {
		f.Add(s, "610902", "I65")
	}
	f.Fuzz(func(t *testing.T, full, region, industry string) {
		n, findings := Parse(full, region, industry)
		if len(findings) == 0 {
			findings = Judge(n, []Taken{{Name: "安康汉水软件有限公司", Trade: "汉水", Sound: "han shui", Division: "65"}})
		}
		for _, x := range findings {
			if x.Code == "" || x.Article == "" || x.ZH == "" || x.EN == "" {
				t.Errorf("%q: %+v", full, x)
			}
		}
	})
}
