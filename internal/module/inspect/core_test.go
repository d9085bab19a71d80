package inspect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/workday"
)

func party(n int) string {
	return string(ident.MakeCreditCode('9', '1', "610700", fmt.Sprintf("%08d", n)))
}

// town is a pool of n companies in two counties with tiers, and inspectors of both.
func town(n, inspectors int, terms Terms) *Pool {
	p := &Pool{Title: "抽查", Opens: time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC), Sources: []draw.Source{{Kind: draw.Public, Name: "甲"}, {Kind: draw.Public, Name: "乙"}},
		Terms: terms, Secret: []byte("secret"), Tiers: map[string]string{}, Visited: map[string]int64{}}
	for i := range n {
		o := Object{Party: party(i), Name: fmt.Sprintf("公司%d", i), Area: []string{"610702", "610722"}[i%2]}
		p.Objects = append(p.Objects, o)
		if tier := []string{"A", "A", "A", "A", "A", "B", "C", "D", "", "A"}[i%10]; tier != "" {
			p.Tiers[o.Party] = tier
		}
	}
	for i := range inspectors {
		one := Inspector{ID: fmt.Sprintf("Z%03d", i), Barred: []string{party(i), party(i + 1)}}
		if i%3 > 0 {
			one.Areas = []string{[]string{"610702", "610722"}[i%2]}
		}
		if i%2 == 0 {
			one.Fields = []string{"食品"}
		}
		p.Inspectors = append(p.Inspectors, one)
	}
	return p
}

func (p *Pool) draw(t *testing.T, seed string) *draw.Record {
	t.Helper()
	c, err := draw.Commit(p.Plan())
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Reveal(p.Opens, []draw.Value{{Text: seed}, {Text: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Whatever the seed: exact quotas by tier, nobody who had their visits, at least two inspectors who may go there, no conflict of interest, a
// specialist, and never the same two twice.
func TestDraws_keep_every_constraint(t *testing.T) {
	t.Parallel()
	p := town(400, 40, Terms{Items: []string{"market/A1"}, Ratios: map[string]int64{"A": 500, "B": 1000, "C": 4000, "D": 8000}, Team: 2, Cap: 8, Together: 1, Visits: 2, Specialists: 1, Field: "食品"})
	visited := party(7) // of tier D
	p.Visited[visited], p.Visited[party(17)] = 2, 1
	byToken, inspectors := map[string]*Object{}, map[string]*Inspector{}
	for i := range p.Objects {
		byToken[p.token(p.Objects[i].Party)] = &p.Objects[i]
	}
	for i := range p.Inspectors {
		inspectors[p.token(p.Inspectors[i].ID)] = &p.Inspectors[i]
	}
	for seed := range 20 {
		r := p.draw(t, fmt.Sprint(seed))
		// 240 of tier A, 40 of B, C and D, one of the latter excluded; 40 without a tier are not drawn.
		for tier, want := range map[string]int{"A": 12, "B": 4, "C": 16, "D": 32} {
			if got := len(r.Stratum(tier)); got != want {
				t.Fatalf("seed %d: %d of tier %s, want %d", seed, got, tier, want)
			}
		}
		met := map[string]bool{}
		for _, token := range r.Drawn() {
			o := byToken[token]
			if o.Party == visited {
				t.Fatalf("seed %d: a company that had its visits is drawn", seed)
			}
			var team []*Inspector
			for _, x := range r.Team(token) {
				team = append(team, inspectors[x])
			}
			if len(team) != 2 || team[0].ID == team[1].ID {
				t.Fatalf("seed %d: team %v", seed, r.Team(token))
			}
			pair := []string{team[0].ID, team[1].ID}
			slices.Sort(pair)
			if key := strings.Join(pair, "+"); met[key] {
				t.Fatalf("seed %d: %s go together twice", seed, key)
			} else {
				met[key] = true
			}
			special := false
			for _, x := range team {
				if slices.Contains(x.Barred, o.Party) || len(x.Areas) > 0 && !slices.Contains(x.Areas, o.Area) {
					t.Fatalf("seed %d: %s is sent to %s in %s", seed, x.ID, o.Name, o.Area)
				}
				special = special || slices.Contains(x.Fields, "食品")
			}
			if !special {
				t.Fatalf("seed %d: no specialist at %s", seed, o.Name)
			}
		}
	}
}

// What is published names nobody; whoever has the salt finds their token, and no other id gives it.
func TestTokens_hide_and_bind(t *testing.T) {
	t.Parallel()
	p := town(50, 10, Terms{Items: []string{"market/A1"}, Ratios: map[string]int64{"A": 500, "D": 5000}, Team: 2, Cap: 20, Together: 5})
	text := p.draw(t, "1").Bytes()
	for _, o := range p.Objects {
		if bytes.Contains(text, []byte(o.Party)) || bytes.Contains(text, []byte(o.Name)) {
			t.Fatalf("the record names %s", o.Name)
		}
		if token := Token(Salt(p.Secret, o.Party), o.Party); p.Tiers[o.Party] == "A" && !bytes.Contains(text, []byte(token)) {
			t.Errorf("the token of %s is not in the record", o.Name)
		}
		if Token(Salt(p.Secret, o.Party), o.Party) == Token(Salt([]byte("other"), o.Party), o.Party) {
			t.Error("tokens do not depend on the secret")
		}
	}
	// The vector of docs/inspect.md.
	if got := Token("00112233445566778899aabbccddeeff", "91350100M000100Y43"); got != "b2a2f7b840c8da2f52822537b96935f0" {
		t.Errorf("the vector gives %s", got)
	}
}

// someRatios are shares in ten thousand.
var someRatios = map[string]int64{"A": 300, "B": 1000, "C": 4000, "D": 8000}

// With the shares that Hanzhong published, tiered draws find more with the same number of visits, whatever the seed; and C above D stays as it was
// published.
func TestSimulation_of_Hanzhong(t *testing.T) {
	t.Parallel()
	h := Hanzhong()
	if Sum(h.Sizes) != 45_339 {
		t.Errorf("%d companies", Sum(h.Sizes))
	}
	for _, seed := range []string{"2026", "a", "b"} {
		uniform, tiered, err := h.Compare(seed, someRatios)
		if err != nil {
			t.Fatal(err)
		}
		// 3 % of A, 10 % of B, 40 % of C, 80 % of D, rounded up.
		for tier, want := range map[string]int64{"A": 1239, "B": 139, "C": 756, "D": 632} {
			if tiered.Visits[tier] != want {
				t.Errorf("%s: %d visits to tier %s, want %d", seed, tiered.Visits[tier], tier, want)
			}
		}
		if Sum(uniform.Visits) != Sum(tiered.Visits) || Sum(tiered.Visits) != 2766 {
			t.Errorf("%s: %d and %d visits", seed, Sum(uniform.Visits), Sum(tiered.Visits))
		}
		// Expected are 27.8 % and 47.7 %; ten standard deviations lie between them.
		u, v := Sum(uniform.Found)*1000/Sum(uniform.Visits), Sum(tiered.Found)*1000/Sum(tiered.Visits)
		if u < 240 || u > 320 || v < 440 || v > 520 {
			t.Errorf("%s: found in %d and %d of a thousand", seed, u, v)
		}
		if c, d := tiered.Found["C"]*1000/tiered.Visits["C"], tiered.Found["D"]*1000/tiered.Visits["D"]; c <= d || c < 740 || c > 850 || d < 520 || d > 660 {
			t.Errorf("%s: C %d, D %d of a thousand", seed, c, d)
		}
		again, _, err := h.Compare(seed, someRatios)
		if err != nil || Sum(again.Found) != Sum(uniform.Found) {
			t.Errorf("%s: the same seed gives another result", seed)
		}
	}
}

// Hanzhong at its scale (P36-S): 25 city and 223 county departments in 11 counties with 6,122 inspectors, 300,000 companies of which 45,339 are in a
// tier. The round of a whole year by tiers is drawn and paired, with exact quotas, in every county by people who may go there.
func TestHanzhong_at_its_scale(t *testing.T) {
	if testing.Short() {
		t.Skip("draws from 300,000 companies, which -short leaves out")
	}
	t.Parallel()
	counties := ident.Service().Children("610700")
	if len(counties) != 11 {
		t.Fatalf("%d counties", len(counties))
	}
	p := &Pool{Title: "汉中市2026年度", Opens: time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC), Sources: []draw.Source{{Kind: draw.Public, Name: "甲"}, {Kind: draw.Public, Name: "乙"}}, Secret: []byte("hanzhong"),
		Terms: Terms{Items: []string{"market/A1"}, Ratios: map[string]int64{"A": 300, "B": 1000, "C": 4000, "D": 8000, NoTier: 100}, Team: 2, Cap: 12, Together: 3, Visits: 2}, Tiers: map[string]string{}, Visited: map[string]int64{}}
	n := 0
	for _, tier := range []string{"A", "B", "C", "D"} {
		for range Hanzhong().Sizes[tier] {
			p.Tiers[party(n)] = tier
			n++
		}
	}
	for i := range 300_000 {
		p.Objects = append(p.Objects, Object{Party: party(i), Area: counties[i%11].Code})
	}
	units := 0
	for i := range 6122 {
		one := Inspector{ID: fmt.Sprintf("汉%05d", i), Barred: []string{party(i), party(i*40 + 1)}}
		if unit := i % 248; unit >= 25 { // of a county
			one.Areas = []string{counties[unit%11].Code}
		}
		units = max(units, i%248+1)
		p.Inspectors = append(p.Inspectors, one)
	}
	r := p.draw(t, "2026")
	for tier, want := range map[string]int{"A": 1239, "B": 139, "C": 756, "D": 632, NoTier: 2547} {
		if got := len(r.Stratum(tier)); got != want {
			t.Errorf("%d of tier %s, want %d", got, tier, want)
		}
	}
	for _, token := range r.Drawn() {
		if len(r.Team(token)) != 2 {
			t.Fatalf("%s has the team %v", token, r.Team(token))
		}
	}
	if units != 248 {
		t.Errorf("%d departments", units)
	}
}

// Rows say what is wrong, each fault at its column.
func TestRows_say_what_is_wrong(t *testing.T) {
	t.Parallel()
	has := func(faults []sheet.Fault, column, code string) {
		t.Helper()
		if !slices.Contains(faults, sheet.Fault{Row: 2, Column: column, Code: code}) {
			t.Errorf("no %s at %s: %v", code, column, faults)
		}
	}
	_, faults := readItem(2, sheet.Row{"id": "A/1", "name": "登记", "kind": "x", "method": "现场检查"})
	has(faults, "id", "characters")
	has(faults, "kind", "kind")
	has(faults, "basis", "missing")
	_, faults = readInspector(2, sheet.Row{"id": "1", "name": "甲", "login": "jia", "until": "2026-02-30", "areas": "汉台区、长安区", "barred": "91350100M000100Y44"}, "610700")
	has(faults, "until", "date")
	has(faults, "areas", "area")
	has(faults, "barred", "uscc.check")
	one, faults := readInspector(2, sheet.Row{"id": "1", "name": "甲", "login": "jia", "until": "2026/12/31", "areas": "汉台区 610722", "fields": "食品、特种设备"}, "610700")
	if len(faults) > 0 || !slices.Equal(one.Areas, []string{"610722", "610702"}) && !slices.Equal(one.Areas, []string{"610702", "610722"}) || len(one.Fields) != 2 || one.Until != workday.NewDate(2026, 12, 31) {
		t.Errorf("%+v %v", one, faults)
	}
	_, faults = readObject(2, sheet.Row{"party": "91350100M000100Y44", "name": strings.Repeat("名", 101), "area": "渭滨区", "address": "街"}, "610700")
	has(faults, "party", "uscc.check")
	has(faults, "name", "long")
	has(faults, "area", "area")
}

// Shares are written and read alike.
func TestShares_are_whole_numbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"3": 300, "12.5": 1250, "0.05": 5, "100": 10_000} {
		if got, ok := perTenThousand(text); !ok || got != want || percent(got) != text {
			t.Errorf("%s: %d %v, written %s", text, got, ok, percent(got))
		}
	}
	for _, text := range []string{"", "x", "-1", "1.x", "101"} {
		if got, ok := perTenThousand(text); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
	if Rounds(1001, 2) != 501 || Rounds(1000, 2) != 500 {
		t.Error("rounds lose a part")
	}
}
