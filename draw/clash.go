package draw

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Clash says which constraints of a pairing cannot hold together, and where.
type Clash struct {
	// Constraints is a smallest set of region, speciality, conflict, cap, group and together that clashes; empty if there are fewer inspectors
	// than a team.
	Constraints []string `json:"constraints"`
	// Objects are some that cannot all have a team under these constraints: none of them can be left out of the explanation, as far as
	// a bounded number of tries tells.
	Objects []string `json:"objects"`
	// Places is how many inspectors these objects need, counting one who goes to two of them twice.
	Places int64 `json:"places"`
	// Inspectors is how many may be sent to at least one of these objects, and Room to how many objects they may be sent at most.
	Inspectors int   `json:"inspectors"`
	Room       int64 `json:"room"`
	// Proved is false if no pairing was found and none was proved impossible, which only happens with "together".
	Proved bool `json:"proved"`
}

// words of the constraints: Chinese, English.
var constraintWords = map[string][2]string{
	"region": {"区域", "region"}, "speciality": {"专长", "speciality"}, "conflict": {"回避", "conflict of interest"},
	"cap": {"工作量上限", "workload cap"}, "group": {"每个部门都有人", "somebody of each group"}, "together": {"同两人不再同组", "the same two not again"},
}

// Text says in "zh" (any other language: English) what clashes and what to do.
func (c *Clash) Text(lang string) string {
	at, between, none, sentence, unsure := 1, ", ", "the size of a team",
		"under %s, %d objects (such as %s) need %d places; %d inspectors may go to some of them, to %d in all. Add inspectors, raise a limit or draw fewer",
		"no pairing was found in %d rounds, and it is not proved that there is none: %s"
	if lang == "zh" {
		at, between, none, sentence, unsure = 0, "、", "每组人数",
			"受%s约束，%d 个对象（如 %s）需要 %d 人次；可去其中某些对象的检查人员有 %d 名，合计至多 %d 人次。请增加人员、放宽上限或减少抽取数量",
			"试了 %d 轮没有找到配对，也未证明不存在：%s"
	}
	var names []string
	for _, k := range c.Constraints {
		names = append(names, constraintWords[k][at])
	}
	if len(names) == 0 {
		names = []string{none}
	}
	text := fmt.Sprintf(sentence, strings.Join(names, between), len(c.Objects), strings.Join(c.Objects[:min(3, len(c.Objects))], between), c.Places, c.Inspectors, c.Room)
	if !c.Proved {
		text = fmt.Sprintf(unsure, rounds, text)
	}
	return text
}

// flowRules are the constraints that a search decides exactly, in the order in which they are named; the last only where there are groups.
var flowRules = []struct {
	name string
	set  func(*rules)
}{
	{"region", func(r *rules) { r.region = true }},
	{"speciality", func(r *rules) { r.speciality = true }},
	{"conflict", func(r *rules) { r.conflict = true }},
	{"cap", func(r *rules) { r.cap = true }},
	{"group", func(r *rules) { r.group = true }},
}

// flows is how many of these rules a plan has.
func (c *Commitment) flows() int {
	if len(c.plan.Pairing.Groups) == 0 {
		return len(flowRules) - 1
	}
	return len(flowRules)
}

// subsets lists all sets of the first n of them, the smallest first.
func subsets(n int) (all []int) {
	for s := range 1 << n {
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b int) int { return bits.OnesCount(uint(a)) - bits.OnesCount(uint(b)) })
	return all
}

func of(subset int) (r rules, names []string) {
	for i, f := range flowRules {
		if subset>>i&1 == 1 {
			f.set(&r)
			names = append(names, f.name)
		}
	}
	return r, names
}

// explain finds a smallest set of constraints that clashes. All but "together" are decided exactly; "together" by counting how many pairs there
// are, and if that does not settle it, the clash is not proved.
func explain(c *Commitment, seed Hash, order []int32, gone []bool) error {
	for _, subset := range subsets(c.flows()) {
		r, names := of(subset)
		t := newTeams(c, seed, 0, r, gone)
		if !t.fill(order) {
			return clash(t, names, t.fewest(t.stuck), true)
		}
	}
	for _, subset := range subsets(c.flows()) {
		r, names := of(subset)
		t := newTeams(c, seed, 0, r, gone)
		if objects := t.crowded(order); objects != nil {
			return clash(t, append(names, "together"), objects, true)
		}
	}
	r, names := of(1<<c.flows() - 1)
	return clash(newTeams(c, seed, 0, r, gone), append(names, "together"), order, false)
}

// fewest leaves out objects as long as the others still cannot all have a team: halves first, then smaller parts.
func (t *teams) fewest(objects []int32) []int32 {
	tries := 200
	for size := len(objects) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(objects) && tries > 0; tries-- {
			fewer := slices.Delete(slices.Clone(objects), at, at+size)
			if len(fewer) > 0 && !newTeams(t.c, t.seed, 0, t.rules, t.gone).fill(fewer) {
				objects = fewer
			} else {
				at += size
			}
		}
	}
	return objects
}

// crowded returns objects that ask for more pairs than the inspectors who may be sent to them can form; nil if there are none.
func (t *teams) crowded(order []int32) []int32 {
	pairs := func(n int64) int64 { return n * (n - 1) / 2 }
	same := map[class][]int32{}
	var classes []class // in the order of the objects, unlike the map's
	for _, o := range order {
		k := class{}
		if t.rules.region {
			k.region = t.c.plan.Candidates[o].Region
		}
		if t.rules.speciality {
			k.field = t.c.plan.Candidates[o].Field
		}
		if same[k] == nil {
			classes = append(classes, k)
		}
		same[k] = append(same[k], o)
	}
	for _, k := range classes {
		able := int64(0)
		for _, i := range t.eligible(same[k][0]) {
			if !t.gone[i] {
				able++
			}
		}
		if int64(len(same[k]))*pairs(t.c.plan.Pairing.Team) > t.c.plan.Pairing.Together*pairs(able) {
			return same[k]
		}
	}
	return nil
}

// clash words what was found.
func clash(t *teams, names []string, objects []int32, proved bool) error {
	t = newTeams(t.c, t.seed, 0, t.rules, t.gone)
	found := &Clash{Constraints: append([]string{}, names...), Places: int64(len(objects)) * t.c.plan.Pairing.Team, Proved: proved}
	able := map[int32]bool{}
	for _, o := range objects {
		found.Objects = append(found.Objects, t.c.plan.Candidates[o].ID)
		for _, i := range t.eligible(o) {
			if !t.gone[i] && !able[i] && t.joins(o, i, nobody) {
				able[i] = true
			}
		}
	}
	found.Inspectors = len(able)
	for i := range able {
		room := int64(len(objects))
		if t.rules.cap {
			room = min(room, t.limit(i))
		}
		found.Room += room
	}
	slices.Sort(found.Objects)
	return &Fault{Code: "pairing.clash", Clash: found}
}
