package draw

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
)

// rounds is how often a pairing is begun anew before it is given up.
const rounds = 8

// rules are the constraints of a pairing that are in force; to find out which of them clash, some are let go.
type rules struct{ region, speciality, conflict, cap, group, together bool }

// teams is who is sent where, while it grows. Objects and inspectors are places in the sorted lists.
type teams struct {
	c     *Commitment
	seed  Hash
	round int
	rules rules

	order   []int32           // the objects, in the order in which they were drawn
	members map[int32][]int32 // object: inspectors
	serves  [][]int32         // inspector: objects, by id
	gone    []bool            // inspectors who withdrew
	met     map[uint64]int64  // how often two are together
	may     map[class][]int32 // by id
	holds   map[string][]bool // field: who is certified
	group   []int             // inspector: place of the group among those of the pairing; -1: of none of them
	stuck   []int32           // after a failure: the objects that no exchange could help
}

// class is what inspectors must be for to be sent to an object.
type class struct{ region, field string }

// pair sends a team to everything that is drawn.
func pair(c *Commitment, seed Hash, strata []drawn) (*teams, error) {
	var order []int32
	for _, d := range strata {
		for _, s := range d.in {
			order = append(order, s.at)
		}
	}
	gone := make([]bool, len(c.plan.Inspectors))
	for round := range rounds {
		t := newTeams(c, seed, round, rules{true, true, true, true, true, true}, gone)
		if t.fill(order) {
			return t, nil
		}
		if round == 0 && !t.possible(order) {
			break // no other round will do better
		}
	}
	return nil, explain(c, seed, order, gone)
}

// possible reports whether there is a pairing without the rule that no two meet too often, so that another round may succeed.
func (t *teams) possible(order []int32) bool {
	r := t.rules
	r.together = false
	return newTeams(t.c, t.seed, 0, r, t.gone).fill(order)
}

func newTeams(c *Commitment, seed Hash, round int, r rules, gone []bool) *teams {
	n := len(c.plan.Inspectors)
	t := &teams{c: c, seed: seed, round: round, rules: r, members: map[int32][]int32{}, serves: make([][]int32, n), gone: slices.Clone(gone),
		met: map[uint64]int64{}, may: map[class][]int32{}, holds: map[string][]bool{}}
	for i := range c.plan.Inspectors {
		t.group = append(t.group, slices.Index(c.plan.Pairing.Groups, c.plan.Inspectors[i].Group))
		for _, f := range c.plan.Inspectors[i].Fields {
			if t.holds[f] == nil {
				t.holds[f] = make([]bool, n)
			}
			t.holds[f][i] = true
		}
	}
	return t
}

// fill sends a team to each object; false if one of them cannot have one.
func (t *teams) fill(order []int32) bool {
	t.order = order
	for _, o := range order {
		for int64(len(t.members[o])) < t.c.plan.Pairing.Team {
			if !t.place(o) {
				return false
			}
		}
	}
	return true
}

// eligible lists who may be sent to an object by region and, where the whole team must be certified, by field.
func (t *teams) eligible(object int32) []int32 {
	o := &t.c.plan.Candidates[object]
	k := class{o.Region, o.Field}
	if !t.rules.region {
		k.region = ""
	}
	if !t.rules.speciality || t.c.plan.Pairing.Specialists < t.c.plan.Pairing.Team {
		k.field = ""
	}
	if list, ok := t.may[k]; ok {
		return list
	}
	list := []int32{}
	for i := range t.c.plan.Inspectors {
		in := &t.c.plan.Inspectors[i]
		if k.region != "" && !sortedHas(in.Regions, k.region) || k.field != "" && !sortedHas(in.Fields, k.field) {
			continue
		}
		list = append(list, int32(i))
	}
	t.may[k] = list
	return list
}

func sortedHas(list []string, s string) bool {
	_, ok := slices.BinarySearch(list, s)
	return ok
}

// shuffle gives the eligible inspectors of an object in an order of chance, one at a time: a Fisher-Yates shuffle whose t-th step, from 0, takes
// SHA-256(seed || 0x1f || object || 0x1f || round || 0x1f || t) modulo what is left.
type shuffle struct {
	list []int32
	at   int
	text []byte
}

func (t *teams) shuffle(object int32) *shuffle {
	text := append(append(t.seed[:len(t.seed):len(t.seed)], separator), t.c.plan.Candidates[object].ID...)
	text = append(strconv.AppendInt(append(text, separator), int64(t.round), 10), separator)
	return &shuffle{list: slices.Clone(t.eligible(object)), text: text}
}

func (s *shuffle) next() (inspector int32, ok bool) {
	left := len(s.list) - s.at
	if left == 0 {
		return 0, false
	}
	h := sha256.Sum256(strconv.AppendInt(s.text, int64(s.at), 10))
	var rest uint64
	for i := 0; i < len(h); i += 8 {
		_, rest = bits.Div64(rest, binary.BigEndian.Uint64(h[i:]), uint64(left))
	}
	with := s.at + int(rest)
	s.list[s.at], s.list[with] = s.list[with], s.list[s.at]
	s.at++
	return s.list[s.at-1], true
}

// step is an object that needs somebody, because one leaves it for the object of the step before.
type step struct {
	object, leaving int32
	before          int
}

const nobody = -1

// place finds one more inspector for an object: the first in its shuffle who may join and has time, or else the shortest chain of exchanges that
// sets one free, found by searching breadth first. Without the rule on meeting, a failure proves that there is no way (Berge).
func (t *teams) place(object int32) bool {
	seen := make(map[int32]bool)
	steps := []step{{object, nobody, nobody}}
	for at := 0; at < len(steps); at++ {
		s := steps[at]
		choices := t.shuffle(s.object)
		for i, ok := choices.next(); ok; i, ok = choices.next() {
			if seen[i] || !t.joins(s.object, i, s.leaving) {
				continue
			}
			seen[i] = true
			if t.free(i) {
				if t.exchange(steps, at, i) {
					return true
				}
				continue
			}
			for _, y := range t.serves[i] {
				steps = append(steps, step{y, i, at})
			}
		}
	}
	t.stuck = nil
	for _, s := range steps {
		if !slices.Contains(t.stuck, s.object) {
			t.stuck = append(t.stuck, s.object)
		}
	}
	return false
}

// free reports whether an inspector has time for one more object.
func (t *teams) free(i int32) bool {
	return !t.rules.cap || int64(len(t.serves[i])) < t.limit(i)
}

// limit is how many objects an inspector gets at most.
func (t *teams) limit(i int32) int64 {
	return cmp.Or(t.c.plan.Inspectors[i].Cap, t.c.plan.Pairing.Cap)
}

// joins reports whether an inspector may join an object's team once somebody has left it.
func (t *teams) joins(object, inspector, leaving int32) bool {
	if t.gone[inspector] || t.rules.conflict && sortedHas(t.c.plan.Inspectors[inspector].Barred, t.c.plan.Candidates[object].ID) {
		return false
	}
	if !t.leavesRoom(object, inspector, leaving) {
		return false
	}
	special := t.special(object)
	others := int64(0)
	for _, m := range t.members[object] {
		switch {
		case m == inspector:
			return false
		case m == leaving:
			continue
		case t.rules.together && t.met[two(m, inspector)] >= t.c.plan.Pairing.Together:
			return false
		case special != nil && !special[m]:
			others++
		}
	}
	return special == nil || special[inspector] || others < t.c.plan.Pairing.Team-t.c.plan.Pairing.Specialists
}

// leavesRoom reports whether a team with one more inspector still has places enough for the groups that it lacks. The teams that can grow
// into one with every group are the independent sets of a transversal matroid, so that the search stays exact.
func (t *teams) leavesRoom(object, inspector, leaving int32) bool {
	groups := len(t.c.plan.Pairing.Groups)
	if !t.rules.group || groups == 0 {
		return true
	}
	there, places := uint(0), t.c.plan.Pairing.Team
	add := func(i int32) {
		places--
		if g := t.group[i]; g >= 0 {
			there |= 1 << g
		}
	}
	add(inspector)
	for _, m := range t.members[object] {
		if m != leaving {
			add(m)
		}
	}
	return int64(groups-bits.OnesCount(there)) <= places
}

// special tells who is certified for an object; nil if it does not matter.
func (t *teams) special(object int32) []bool {
	field := t.c.plan.Candidates[object].Field
	if !t.rules.speciality || field == "" || t.c.plan.Pairing.Specialists == 0 {
		return nil
	}
	if t.holds[field] == nil {
		t.holds[field] = make([]bool, len(t.c.plan.Inspectors))
	}
	return t.holds[field]
}

func two(a, b int32) uint64 {
	return uint64(min(a, b))<<32 | uint64(max(a, b))
}

// exchange lets an inspector join the last object of a chain, who left that one the object before, and so on. If two of these moves together break
// a rule that each of them keeps, everything is put back.
func (t *teams) exchange(steps []step, at int, inspector int32) bool {
	type move struct{ object, joins, leaves int32 }
	var moves []move
	for ; at != nobody; at = steps[at].before {
		moves = append(moves, move{steps[at].object, inspector, steps[at].leaving})
		inspector = steps[at].leaving
	}
	for _, m := range moves {
		if m.leaves != nobody {
			t.leave(m.object, m.leaves)
		}
	}
	for done, m := range moves {
		if t.joins(m.object, m.joins, nobody) {
			t.join(m.object, m.joins)
			continue
		}
		for _, back := range moves[:done] {
			t.leave(back.object, back.joins)
		}
		for _, back := range moves {
			if back.leaves != nobody {
				t.join(back.object, back.leaves)
			}
		}
		return false
	}
	return true
}

func (t *teams) join(object, inspector int32) {
	for _, m := range t.members[object] {
		t.met[two(m, inspector)]++
	}
	t.members[object] = append(t.members[object], inspector)
	at, _ := slices.BinarySearch(t.serves[inspector], object)
	t.serves[inspector] = slices.Insert(t.serves[inspector], at, object)
}

func (t *teams) leave(object, inspector int32) {
	without := func(list []int32, one int32) []int32 {
		return slices.DeleteFunc(list, func(x int32) bool { return x == one })
	}
	t.members[object] = without(t.members[object], inspector)
	t.serves[inspector] = without(t.serves[inspector], object)
	for _, m := range t.members[object] {
		t.met[two(m, inspector)]--
	}
}

// names is a team by id.
func (t *teams) names(object int32) (ids []string) {
	for _, m := range slices.Sorted(slices.Values(t.members[object])) {
		ids = append(ids, t.c.plan.Inspectors[m].ID)
	}
	return ids
}

// replace sends a team to an object that came in for another.
func (t *teams) replace(old, object int32) error {
	for _, m := range slices.Clone(t.members[old]) {
		t.leave(old, m)
	}
	delete(t.members, old)
	t.order = append(slices.DeleteFunc(slices.Clone(t.order), func(o int32) bool { return o == old }), object)
	return t.complete(object)
}

// release takes an inspector out of all teams and finds somebody else for each.
func (t *teams) release(inspector int32) error {
	if t.gone[inspector] || len(t.serves[inspector]) == 0 {
		return &Fault{Code: "draw.unknown", At: t.c.plan.Inspectors[inspector].ID}
	}
	t.gone[inspector] = true
	objects := slices.Clone(t.serves[inspector])
	for _, o := range objects {
		t.leave(o, inspector)
	}
	for _, o := range objects {
		if err := t.complete(o); err != nil {
			return err
		}
	}
	return nil
}

// complete fills the team of one object.
func (t *teams) complete(object int32) error {
	for int64(len(t.members[object])) < t.c.plan.Pairing.Team {
		if !t.place(object) {
			return explain(t.c, t.seed, t.order, t.gone)
		}
	}
	return nil
}
