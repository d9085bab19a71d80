// Package naming judges the name that somebody wants for a firm (企业名称自主申报): what it is made of, words that it must not
// hold, and how near it comes to names that others have (企业名称登记管理规定, State Council decree 734, in force since
// 2021-03-01). It is pure: the names of others come in as values.
//
// A name has four parts (art. 6): region, trade name (字号), industry or line of business, and form of organisation.
// What is refused is a Finding with Refuse; the others warn, and the applicant answers for the choice (art. 16).
// It knows companies with limited liability and on shares, and the words of its own lists; what it cannot tell it leaves to
// the official who registers the firm (art. 20).
package naming

import (
	_ "embed" // lists of words
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tongban/tongban/ident"
)

// MaxName bounds a name, in characters.
const MaxName = 60

// Law is what every finding rests on.
const Law = "《企业名称登记管理规定》"

// Name is a name taken apart.
type Name struct {
	Full     string // as written, with full-width brackets
	Region   string // as it stands in the name: 安康市, 安康
	Trade    string // 字号
	Industry string // words for it, as they stand in the name; empty if none of the list was found
	Form     string // 有限公司
	Division string // of GB/T 4754-2017, two digits: of the main business if it was told, else of the words; empty: any
	Sound    string // the trade name as it is read, without tones
}

// Finding is one thing to say of a name.
type Finding struct {
	Code    string // stable: name.…
	Refuse  bool   // the name cannot be had; else it is a warning
	Article string // of Law
	ZH, EN  string
}

// Taken is a name that somebody has: registered, or kept for them.
type Taken struct {
	Name     string
	Trade    string
	Sound    string
	Division string
	Mine     bool // of the same applicant
}

// forms are the forms of organisation that a company may have, longest first.
var forms = []string{"股份有限公司", "有限责任公司", "有限公司"}

// Parse takes a name apart. region is the code of the place where the firm is registered, industry the code of its main
// business if it is known. What stands in the way of telling the parts is among the findings; the name then is not whole.
func Parse(full, region, industry string) (Name, []Finding) {
	n := Name{Full: normal(full)}
	if utf8.RuneCountInString(n.Full) > MaxName || !strings.ContainsFunc(n.Full, han) {
		return n, []Finding{{"name.characters", true, "5", "名称要用规范汉字，不超过 60 个字。", "Write the name in Chinese characters, 60 at most."}}
	}
	if strings.ContainsFunc(n.Full, func(r rune) bool { return !han(r) && r != '（' && r != '）' && r != '·' }) {
		return n, []Finding{{"name.characters", true, "5", "名称要用规范汉字；字母、数字和其他符号不能使用。", "Write the name in Chinese characters; letters, digits and other signs are not allowed."}}
	}
	rest := n.Full
	for _, f := range forms {
		if cut, ok := strings.CutSuffix(rest, f); ok {
			n.Form, rest = f, cut
			break
		}
	}
	if n.Form == "" {
		return n, []Finding{{"name.form", true, "10", "名称末尾要写组织形式，如“有限公司”“有限责任公司”“股份有限公司”。", "End the name with its form, such as 有限公司."}}
	}
	var ok bool
	if n.Region, rest, ok = cutRegion(rest, region); !ok {
		place := strings.Join(placesOf(region), "、")
		return n, []Finding{{"name.region", true, "7", fmt.Sprintf("名称要以登记地的行政区划开头，或者放在字号后面的全角括号里，可以用：%s。", place),
			"Begin the name with the region where the firm is registered, or put it in brackets behind the trade name: " + place}}
	}
	n.Trade, n.Industry, n.Division = cutIndustry(rest)
	if in, ok := ident.IndustryByCode(industry); ok && in.Division() != "" {
		n.Division = in.Division()
	}
	n.Sound = sound(n.Trade)
	return n, nil
}

// Judge lists what is to be said of a name, refusals first. others are those of the same registration authority that come
// near it.
func Judge(n Name, others []Taken) []Finding {
	findings := n.itself()
	for _, o := range others {
		if f, ok := n.beside(o); ok && !slices.Contains(findings, f) {
			findings = append(findings, f)
		}
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		switch {
		case a.Refuse == b.Refuse:
			return 0
		case a.Refuse:
			return -1
		}
		return 1
	})
	return findings
}

// itself is what the words of the name say alone.
func (n Name) itself() []Finding {
	var list []Finding
	switch {
	case utf8.RuneCountInString(strings.ReplaceAll(n.Trade, "·", "")) < 2:
		list = append(list, Finding{"name.trade", true, "8", "字号至少要有两个汉字。", "The trade name has two characters at least."})
	case strings.ContainsAny(n.Trade, "（）"):
		list = append(list, Finding{"name.trade", true, "7", "括号里只写登记地的行政区划，只写一次；字号里不能有括号。", "Brackets hold the region where the firm is registered, once, and are no part of the trade name."})
	case isPlace(n.Trade):
		list = append(list, Finding{"name.trade", true, "8", "县级以上行政区划的名称不能作字号。", "The name of a county or of what is above it is no trade name."})
	case isIndustry(n.Trade):
		list = append(list, Finding{"name.trade", true, "8", "行业或者经营特点不能作字号，请另起一个字号。", "The name of an industry is no trade name. Choose one."})
	}
	if n.Industry == "" {
		list = append(list, Finding{"name.industry", false, "9", "没有认出名称里的行业表述。按规定要标明行业或者经营特点；跨行业综合经营的可以不写。", "No industry was found in the name. It says the industry or line of business, unless the firm works across industries."})
	}
	said := strings.NewReplacer("·", "", "（", "", "）", "").Replace(n.Trade + n.Industry) // no word is hidden by a sign within it
	for _, g := range banned() {
		for _, w := range g.Words {
			if strings.Contains(said, w) {
				list = append(list, Finding{"name.word", g.Level == "refuse", g.Article, fmt.Sprintf("名称里有“%s”：%s。", w, g.ZH), fmt.Sprintf("The name holds %s: %s.", w, g.EN)})
				break
			}
		}
	}
	return list
}

// beside compares the name with one that somebody has. Art. 17: in one authority, no trade name that is the same in the same
// industry, or where one of the two says no industry. What sounds alike, contains the other or is of another industry only
// warns: whether it infringes is for a ruling (art. 21), and the applicant has promised to answer for it (art. 16).
func (n Name) beside(o Taken) (Finding, bool) {
	same := n.Division == o.Division || n.Division == "" || o.Division == ""
	switch {
	case o.Mine:
		return Finding{}, false
	case n.Trade == o.Trade && same:
		return Finding{"name.same", true, "17", fmt.Sprintf("字号“%s”与本登记机关同行业的“%s”相同，请换一个字号。", n.Trade, o.Name),
			fmt.Sprintf("The trade name is that of %s, in the same industry and registered or kept here. Choose another.", o.Name)}, true
	case n.Trade == o.Trade:
		return near("name.other-industry", fmt.Sprintf("字号与其他行业的“%s”相同", o.Name), fmt.Sprintf("%s, in another industry, has the same trade name", o.Name)), true
	case n.Sound != "" && n.Sound == o.Sound:
		return near("name.sound", fmt.Sprintf("字号与“%s”读音相同", o.Name), fmt.Sprintf("the trade name sounds like that of %s", o.Name)), true
	case strings.HasPrefix(n.Trade, o.Trade) || strings.HasPrefix(o.Trade, n.Trade):
		return near("name.contains", fmt.Sprintf("字号与“%s”的字号互相包含", o.Name), fmt.Sprintf("one of this trade name and that of %s contains the other", o.Name)), true
	}
	return Finding{}, false
}

func near(code, zh, en string) Finding {
	return Finding{code, false, "16", zh + "，可以使用，但因名称近似侵犯他人合法权益的，由申请人依法承担责任。", "You may use it, but " + en + ": if it infringes the rights of others you answer for it."}
}

// normal drops spaces, and makes brackets full-width.
func normal(s string) string {
	s = strings.NewReplacer("(", "（", ")", "）").Replace(s)
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// placesOf lists how the region may be named, longest first: county with its city, county, city, province; a district only
// behind its city (art. 7).
func placesOf(region string) []string {
	var list []string
	chain := ident.Administrative().Chain(region)
	for i, r := range chain {
		short := strings.TrimRight(r.Name, "省市县")
		switch {
		case strings.HasSuffix(r.Name, "区") && i+1 < len(chain):
			list = append(list, chain[i+1].Name+r.Name)
		default:
			if i+1 < len(chain) && r.Level == chain[0].Level {
				list = append(list, chain[i+1].Name+r.Name)
			}
			list = append(list, r.Name)
			if utf8.RuneCountInString(short) > 1 {
				list = append(list, short)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(list)
}

// cutRegion takes the region from the beginning of a name, or from the brackets behind its trade name.
func cutRegion(s, region string) (place, rest string, ok bool) {
	for _, p := range placesOf(region) {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return p, rest, true
		}
		if before, after, ok := strings.Cut(s, "（"+p+"）"); ok && before != "" {
			return p, before + after, true
		}
	}
	return "", s, false
}

//go:embed data/industries.txt
var industriesText string

var industries = sync.OnceValue(func() map[string]string {
	words := map[string]string{}
	for line := range strings.Lines(industriesText) {
		if word, division, ok := strings.Cut(strings.TrimSpace(line), " "); ok && word != "#" {
			words[word] = strings.Trim(division, "-")
		}
	}
	return words
})

// cutIndustry takes the longest words for an industry from the end.
func cutIndustry(s string) (trade, words, division string) {
	for i := range s {
		if d, ok := industries()[s[i:]]; ok {
			return s[:i], s[i:], d
		}
	}
	return s, "", ""
}

func isIndustry(s string) bool { _, ok := industries()[s]; return ok }

// isPlace reports whether a word is the name of a region that is known here, in full or short.
func isPlace(s string) bool {
	_, known := places()[s]
	return known
}

var places = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	var walk func(code string)
	walk = func(code string) {
		for _, r := range ident.Administrative().Children(code) {
			all[r.Name] = true
			if short := strings.TrimRight(r.Name, "省市县区"); utf8.RuneCountInString(short) > 1 {
				all[short] = true
			}
			walk(r.Code)
		}
	}
	walk("")
	return all
})

// group is a list of words that a name must not hold, or that need an approval, and why.
type group struct {
	Article string
	Level   string // refuse or warn
	ZH, EN  string
	Words   []string
}

//go:embed data/words.json
var wordsJSON []byte

var banned = sync.OnceValue(func() []group {
	var list []group
	if err := json.Unmarshal(wordsJSON, &list); err != nil {
		panic(fmt.Errorf("embedded words of names: %w", err))
	}
	return list
})

//go:embed data/pinyin.txt
var pinyinText string

// readings are the most usual readings of characters, without tones.
var readings = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string, 21000)
	for line := range strings.Lines(pinyinText) {
		reading, chars, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, r := range chars {
			m[r] = reading
		}
	}
	return m
})

// sound is how a trade name is read.
func sound(s string) string {
	var b strings.Builder
	for _, r := range s {
		reading, ok := readings()[r]
		if !ok {
			reading = string(r)
		}
		b.WriteString(reading + " ")
	}
	return strings.TrimSpace(b.String())
}

// Prefixes are the beginnings of a trade name that may be trade names themselves, the whole left out.
func (n Name) Prefixes() []string {
	var list []string
	runes := []rune(n.Trade)
	for i := 2; i < len(runes); i++ {
		list = append(list, string(runes[:i]))
	}
	return list
}
