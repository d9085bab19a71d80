package draw_test

import (
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/draw"
	"pgregory.net/rapid"
)

// holds says which rule of the plan a record breaks; "" if none.
func holds(p draw.Plan, r *draw.Record, gone string) string {
	drawn := map[string]bool{}
	load, met := map[string]int{}, map[string]int{}
	for _, id := range r.Drawn() {
		if drawn[id] {
			return id + " is drawn twice"
		}
		drawn[id] = true
		if slices.ContainsFunc(p.Excluded, func(e draw.Exclusion) bool { return e.ID == id }) {
			return id + " is excluded and drawn"
		}
		if p.Pairing == nil {
			continue
		}
		if why := teamHolds(p, r, id, gone); why != "" {
			return why
		}
		team := r.Team(id)
		for i, a := range team {
			load[a]++
			for _, b := range team[i+1:] {
				if met[a+b]++; met[a+b] > int(max(p.Pairing.Together, 1)) {
					return a + " and " + b + " meet too often"
				}
			}
		}
	}
	for _, i := range p.Inspectors {
		limit := int(i.Cap)
		if limit == 0 {
			limit = int(p.Pairing.Cap)
		}
		if load[i.ID] > limit {
			return i.ID + " has too much"
		}
	}
	return ""
}

func teamHolds(p draw.Plan, r *draw.Record, id, gone string) string {
	o := p.Candidates[slices.IndexFunc(p.Candidates, func(c draw.Candidate) bool { return c.ID == id })]
	team := r.Team(id)
	if len(team) != int(p.Pairing.Team) || len(slices.Compact(slices.Clone(team))) != len(team) {
		return fmt.Sprint(id, " has the team ", team)
	}
	certified, lacking := 0, slices.Clone(p.Pairing.Groups)
	for _, name := range team {
		i := p.Inspectors[slices.IndexFunc(p.Inspectors, func(i draw.Inspector) bool { return i.ID == name })]
		if name == gone || slices.Contains(i.Barred, id) || o.Region != "" && !slices.Contains(i.Regions, o.Region) {
			return name + " must not go to " + id
		}
		if slices.Contains(i.Fields, o.Field) {
			certified++
		}
		lacking = slices.DeleteFunc(lacking, func(g string) bool { return g == i.Group })
	}
	if len(lacking) > 0 {
		return fmt.Sprint(id, " has nobody of ", lacking)
	}
	if o.Field != "" && certified < int(p.Pairing.Specialists) {
		return id + " has too few who are certified"
	}
	return ""
}

// No rule is ever broken: exact quotas, nobody excluded, all constraints of the pairing, also after withdrawals.
func TestRules_areNeverBroken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "plan")
		p := randomPlan(rand.New(rand.NewPCG(seed, 5)))
		c, err := draw.Commit(p)
		if err != nil {
			return
		}
		r, err := c.Reveal(later, value(fmt.Sprint(seed)))
		if err != nil {
			return
		}
		n := 0
		for _, s := range p.Strata {
			want := quota(p, s)
			if got := len(r.Stratum(s.ID)); p.Total == 0 && got != want {
				t.Fatalf("%d drawn of %s, %d wanted", got, s.ID, want)
			}
			n += len(r.Stratum(s.ID))
		}
		if p.Total > 0 && n != int(p.Total) {
			t.Fatalf("%d drawn, %d wanted", n, p.Total)
		}
		if why := holds(p, r, ""); why != "" {
			t.Fatal(why)
		}
		if p.Pairing == nil {
			return
		}
		gone := r.Team(r.Drawn()[0])[0]
		if next, err := r.Withdraw(draw.Withdrawal{At: later, From: draw.Inspectors, ID: gone, Reason: "病假"}); err == nil {
			if why := holds(p, next, gone); why != "" {
				t.Fatal("after a withdrawal:", why)
			}
		}
	})
}

// quota is what the plan asks of a stratum without a total.
func quota(p draw.Plan, s draw.Stratum) int {
	size := 0
	for _, c := range p.Candidates {
		if c.Stratum == s.ID && !slices.ContainsFunc(p.Excluded, func(e draw.Exclusion) bool { return e.ID == c.ID }) {
			size++
		}
	}
	return int(s.Count) + (size*int(s.Per10000)+9999)/10000
}

func TestShares_followTheLargestRemainder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sizes map[string]int
		total int64
		want  string
	}{
		{map[string]int{"A": 412, "B": 14, "C": 19, "D": 8}, 30, "A27 B1 C1 D1"}, // remainders 0.28, 0.93, 0.26, 0.53
		{map[string]int{"A": 1, "B": 1, "C": 1}, 2, "A1 B1 C0"},                  // equal remainders: by id
		{map[string]int{"A": 3, "B": 1}, 4, "A3 B1"},                             // everybody
		{map[string]int{"A": 999, "B": 1}, 1, "A1 B0"},
	} {
		p := draw.Plan{Title: "试", Opens: opens, Sources: text, Total: c.total}
		for _, id := range []string{"D", "C", "B", "A"} {
			if c.sizes[id] > 0 {
				p.Strata = append(p.Strata, draw.Stratum{ID: id})
				p.Candidates = append(p.Candidates, people(id, c.sizes[id])...)
			}
		}
		r := reveal(t, p, value("一"))
		var got []string
		for _, id := range []string{"A", "B", "C", "D"} {
			if c.sizes[id] > 0 {
				got = append(got, fmt.Sprint(id, len(r.Stratum(id))))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v: %v, want %s", c.sizes, got, c.want)
		}
	}
}

// solvable finds out by trying everything whether the objects can all have teams under some of the constraints.
func solvable(p draw.Plan, objects []string, under map[string]bool) bool {
	load, met := map[string]int64{}, map[[2]string]int64{}
	may := func(o draw.Candidate, i draw.Inspector) bool {
		limit := i.Cap
		if limit == 0 {
			limit = p.Pairing.Cap
		}
		return !(under["region"] && o.Region != "" && !slices.Contains(i.Regions, o.Region) || under["conflict"] && slices.Contains(i.Barred, o.ID) ||
			under["cap"] && load[i.ID] >= limit)
	}
	var try func(at, from int, team []draw.Inspector) bool
	try = func(at, from int, team []draw.Inspector) bool {
		if at == len(objects) {
			return true
		}
		o := p.Candidates[slices.IndexFunc(p.Candidates, func(c draw.Candidate) bool { return c.ID == objects[at] })]
		if len(team) == int(p.Pairing.Team) {
			certified, lacking := 0, slices.Clone(p.Pairing.Groups)
			for _, i := range team {
				if slices.Contains(i.Fields, o.Field) {
					certified++
				}
				lacking = slices.DeleteFunc(lacking, func(g string) bool { return g == i.Group })
			}
			if under["group"] && len(lacking) > 0 {
				return false
			}
			return !(under["speciality"] && o.Field != "" && certified < int(p.Pairing.Specialists)) && try(at+1, 0, nil)
		}
		for n := from; n < len(p.Inspectors); n++ {
			i := p.Inspectors[n]
			if !may(o, i) || under["together"] && slices.ContainsFunc(team, func(m draw.Inspector) bool { return met[[2]string{m.ID, i.ID}] >= max(p.Pairing.Together, 1) }) {
				continue
			}
			load[i.ID]++
			for _, m := range team {
				met[[2]string{m.ID, i.ID}]++
			}
			done := try(at, n+1, append(team[:len(team):len(team)], i))
			load[i.ID]--
			for _, m := range team {
				met[[2]string{m.ID, i.ID}]--
			}
			if done {
				return true
			}
		}
		return false
	}
	return try(0, 0, nil)
}

var constraints = []string{"region", "speciality", "conflict", "cap", "group", "together"}

// set is one of the 64 sets of constraints.
func set(n int) map[string]bool {
	s := map[string]bool{}
	for i, name := range constraints {
		s[name] = n>>i&1 == 1
	}
	return s
}

// A pairing is refused only if there is none, and then with a smallest set of constraints that clashes; beside "together", where the refusal says
// whether it is proved.
func TestPairing_isRefusedOnlyIfItIsImpossible(t *testing.T) {
	t.Parallel()
	refusedOnlyIfImpossible(t, tightPlan)
}

// With somebody of each group on every team the search stays exact: whatever is refused is proved impossible, unless no two may meet too often.
func TestPairing_withGroupsIsRefusedOnlyIfItIsImpossible(t *testing.T) {
	t.Parallel()
	refusedOnlyIfImpossible(t, func(r *rand.Rand) draw.Plan {
		p := tightPlan(r)
		p.Pairing.Team, p.Pairing.Specialists, p.Pairing.Together = int64(2+r.IntN(2)), 0, 100
		p.Pairing.Groups = []string{"g", "h"}[:1+r.IntN(2)]
		for i := range p.Inspectors {
			p.Inspectors[i].Group = []string{"g", "h", "", "g"}[i%4]
		}
		return p
	})
}

func refusedOnlyIfImpossible(t *testing.T, plan func(*rand.Rand) draw.Plan) {
	t.Helper()
	refused, unproved, wrong, possible := 0, 0, 0, 0
	for n := range uint64(1500) {
		p := plan(rand.New(rand.NewPCG(n, 9)))
		objects := []string{}
		for _, c := range p.Candidates {
			objects = append(objects, c.ID)
		}
		c := commit(t, p)
		_, err := c.Reveal(later, value(fmt.Sprint(n)))
		if err == nil {
			possible++
			continue
		}
		refused++
		var fault *draw.Fault
		if !errors.As(err, &fault) || fault.Clash == nil {
			t.Fatal(err)
		}
		clash := fault.Clash
		if !clash.Proved {
			if unproved++; solvable(p, objects, set(63)) {
				wrong++
			}
			continue
		}
		under := map[string]bool{}
		for _, name := range clash.Constraints {
			under[name] = true
		}
		if solvable(p, clash.Objects, under) {
			t.Fatalf("plan %d: %v do not clash for %v", n, clash.Constraints, clash.Objects)
		}
		for s := range 32 { // those that are decided exactly
			if bits.OnesCount(uint(s)) < len(clash.Constraints) && !solvable(p, objects, set(s)) {
				t.Fatalf("plan %d: %v clash already, and %v are named", n, set(s), clash.Constraints)
			}
		}
		for i := range clash.Objects {
			if fewer := slices.Delete(slices.Clone(clash.Objects), i, i+1); len(fewer) > 0 && !solvable(p, fewer, under) && !under["together"] {
				t.Fatalf("plan %d: %s is named for nothing", n, clash.Objects[i])
			}
		}
		if clash.Text("zh") == clash.Text("en") {
			t.Fatal("not worded")
		}
	}
	t.Logf("%d possible, %d refused, of these %d without proof, %d of which were possible", possible, refused, unproved, wrong)
	if refused < 100 || possible < 100 {
		t.Errorf("the plans are too easy or too hard")
	}
	if wrong*50 > possible {
		t.Errorf("%d of %d possible pairings were not found", wrong, wrong+possible)
	}
}

// tightPlan has few objects, all drawn, and hardly enough inspectors.
func tightPlan(r *rand.Rand) draw.Plan {
	p := draw.Plan{Title: "试", Opens: opens, Sources: text, Candidates: people("A", 2+r.IntN(5))}
	p.Strata = []draw.Stratum{{ID: "A", Count: int64(len(p.Candidates))}}
	p.Pairing = &draw.Pairing{Team: 2, Specialists: int64(r.IntN(3)), Cap: int64(2 + r.IntN(2)), Together: int64(1 + r.IntN(2))}
	for i := range p.Candidates {
		p.Candidates[i].Region, p.Candidates[i].Field = []string{"", "x", "y"}[r.IntN(3)], []string{"", "f"}[r.IntN(2)]
	}
	for i := range 3 + r.IntN(4) {
		in := draw.Inspector{ID: fmt.Sprint("i", i), Regions: [][]string{{"x"}, {"y"}, {"x", "y"}, {"x", "y"}}[r.IntN(4)]}
		if r.IntN(3) > 0 {
			in.Fields = []string{"f"}
		}
		if r.IntN(2) == 0 {
			in.Barred = []string{p.Candidates[r.IntN(len(p.Candidates))].ID}
		}
		p.Inspectors = append(p.Inspectors, in)
	}
	return p
}

// The answer to an impossible pairing says which constraints clash, where, and by how much.
func TestPairing_saysWhatClashes(t *testing.T) {
	t.Parallel()
	base := func() draw.Plan {
		p := draw.Plan{Title: "试", Opens: opens, Sources: text, Candidates: people("A", 6), Strata: []draw.Stratum{{ID: "A", Count: 6}}, Pairing: &draw.Pairing{Team: 2, Cap: 6, Together: 6, Specialists: 2}}
		for i := range 6 {
			p.Candidates[i].Region, p.Candidates[i].Field = []string{"x", "y"}[i%2], "f"
			p.Inspectors = append(p.Inspectors, draw.Inspector{ID: fmt.Sprint("i", i), Regions: []string{"x", "y"}[i%2 : i%2+1], Fields: []string{"f"}})
		}
		return p
	}
	for want, change := range map[string]func(*draw.Plan){
		"[]":           func(p *draw.Plan) { p.Inspectors = p.Inspectors[:1] },
		"[region]":     func(p *draw.Plan) { p.Candidates[3].Region = "z" },
		"[speciality]": func(p *draw.Plan) { p.Candidates[3].Field = "g" },
		"[cap]":        func(p *draw.Plan) { p.Pairing.Cap = 1 },
		"[region cap]": func(p *draw.Plan) { p.Pairing.Cap = 2; p.Candidates[3].Region = "x" },
		"[together]": func(p *draw.Plan) {
			p.Pairing.Together = 1
			p.Inspectors = p.Inspectors[:3]
			for i := range p.Inspectors {
				p.Inspectors[i].Regions = []string{"x", "y"}
			}
		},
		"[region together]": func(p *draw.Plan) { p.Pairing.Together = 1; p.Candidates[3].Region = "x" },
		"[region conflict]": func(p *draw.Plan) {
			p.Inspectors[0].Barred, p.Inspectors[2].Barred = []string{"A0004"}, []string{"A0004"}
		},
		"[conflict]": func(p *draw.Plan) {
			for i := range 5 {
				p.Inspectors[i].Barred = []string{"A0004"}
			}
		},
		"[region speciality]": func(p *draw.Plan) { p.Inspectors[0].Fields, p.Inspectors[2].Fields = nil, nil },
	} {
		p := base()
		change(&p)
		c := commit(t, p)
		_, err := c.Reveal(later, value("一"))
		var fault *draw.Fault
		if !errors.As(err, &fault) || fault.Clash == nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if got := fmt.Sprint(fault.Clash.Constraints); got != want || !fault.Clash.Proved || len(fault.Clash.Objects) == 0 {
			t.Errorf("got %s, want %s: %v", got, want, err)
		}
	}
	if _, err := commit(t, base()).Reveal(later, value("一")); err != nil {
		t.Error(err)
	}
}

// Where there is just enough, inspectors who were sent elsewhere first are exchanged.
func TestPairing_exchangesInspectors(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		p := draw.Plan{Title: "试", Opens: opens, Sources: text, Candidates: people("A", 4), Strata: []draw.Stratum{{ID: "A", Count: 4}}, Pairing: &draw.Pairing{Team: 2, Cap: 1}}
		p.Candidates[3].Region = "x" // for which only two are left if nobody took them
		for i := range 8 {
			in := draw.Inspector{ID: fmt.Sprint("i", i)}
			if i < 2 {
				in.Regions = []string{"x"}
			}
			p.Inspectors = append(p.Inspectors, in)
		}
		r := reveal(t, p, value(fmt.Sprint(n)))
		if got := fmt.Sprint(r.Team("A0003")); got != "[i0 i1]" {
			t.Fatal(got)
		}
		if why := holds(p, r, ""); why != "" {
			t.Fatal(why)
		}
	}
}
