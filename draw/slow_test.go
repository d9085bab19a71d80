package draw_test

// A second implementation of docs/draw.md: short, slow, over plain JSON values and big numbers, written from that page alone. It takes what a
// record was made from and gives the whole record again.

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"
)

type object = map[string]any

// canonical is RFC 8785 for texts, whole numbers, lists and objects.
func canonical(v any) string {
	switch v := v.(type) {
	case string:
		out := `"`
		for _, r := range v {
			if short, ok := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`}[r]; ok {
				out += short
			} else if r < 0x20 {
				out += fmt.Sprintf(`\u%04x`, r)
			} else {
				out += string(r)
			}
		}
		return out + `"`
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, canonical(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case object:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, canonical(k)+":"+canonical(v[k]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return fmt.Sprint(v)
}

func sha(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "")))
	return string(h[:])
}

func hexed(s string) string { return hex.EncodeToString([]byte(s)) }

func unhexed(s any) string {
	b, err := hex.DecodeString(s.(string))
	if err != nil {
		panic(err)
	}
	return string(b)
}

func num(v any) int {
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		return 0 // left out
	}
	return n
}

func list(v any) []any { l, _ := v.([]any); return l }

func str(v any) string { s, _ := v.(string); return s }

func merkle(lines []string) string {
	switch n := len(lines); n {
	case 0:
		return sha()
	case 1:
		return sha("\x00", lines[0])
	default:
		k := 1
		for 2*k < n {
			k *= 2
		}
		return sha("\x01", merkle(lines[:k]), merkle(lines[k:]))
	}
}

func rootOf(all []any) object {
	var lines []string
	for _, c := range all {
		lines = append(lines, canonical(c))
	}
	return object{"root": hexed(merkle(lines)), "size": len(all)}
}

func modulo(hash string, n int) int {
	return int(new(big.Int).Mod(new(big.Int).SetBytes([]byte(hash)), big.NewInt(int64(n))).Int64())
}

// slow is a draw while it is computed again.
type slow struct {
	rec, com   object
	seed       string
	inspectors []any
	byID       map[string]object // candidates and inspectors, "o" or "i" before the id
	team       map[string][]string
	round      int
	gone       map[string]bool
}

// slowRecord computes a record again from its lists, terms, values and reasons.
func slowRecord(data []byte) string {
	s := &slow{byID: map[string]object{}, gone: map[string]bool{}}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&s.rec); err != nil {
		panic(err)
	}
	s.com = s.rec["committed"].(object)
	s.inspectors = list(s.rec["inspectors"])
	for _, c := range list(s.rec["candidates"]) {
		s.byID["o"+str(c.(object)["id"])] = c.(object)
	}
	for _, i := range s.inspectors {
		s.byID["i"+str(i.(object)["id"])] = i.(object)
	}
	s.commit()
	if r, ok := s.rec["revealed"].(object); ok {
		s.reveal(list(r["values"]))
	}
	delete(s.rec, "digest")
	s.rec["digest"] = hexed(sha("tongban.draw/1 record\n", canonical(s.rec)))
	return canonical(s.rec) + "\n"
}

// members are the ids of a stratum that are not excluded, by id.
func (s *slow) members(stratum string) (ids []string) {
	out := map[string]bool{}
	for _, e := range list(s.com["excluded"]) {
		out[str(e.(object)["id"])] = true
	}
	for _, c := range list(s.rec["candidates"]) {
		if id := str(c.(object)["id"]); str(c.(object)["stratum"]) == stratum && !out[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// commit is steps 2 to 4.
func (s *slow) commit() {
	s.com["pool"] = rootOf(list(s.rec["candidates"]))
	if len(s.inspectors) > 0 {
		s.com["inspectors"] = rootOf(s.inspectors)
	}
	var strata []object
	all := 0
	for _, v := range list(s.com["strata"]) {
		st := v.(object)
		size := len(s.members(str(st["id"])))
		st["size"], st["quota"] = size, num(st["count"])+(size*num(st["per10000"])+9999)/10000
		all += size
		strata = append(strata, st)
	}
	if total := num(s.com["total"]); total > 0 {
		missing := total
		for _, st := range strata {
			st["quota"] = total * num(st["size"]) / all
			missing -= num(st["quota"])
		}
		sort.SliceStable(strata, func(a, b int) bool { return total*num(strata[a]["size"])%all > total*num(strata[b]["size"])%all })
		for _, st := range strata[:missing] {
			st["quota"] = num(st["quota"]) + 1
		}
	}
	s.rec["commitment"] = hexed(sha("tongban.draw/1 commitment\n", canonical(s.com)))
}

// reveal is steps 5 to 9.
func (s *slow) reveal(values []any) {
	text, key := "tongban.draw/1 seed\n"+str(s.rec["commitment"])+"\n", ""
	for i, v := range values {
		source := list(s.com["sources"])[i].(object)
		text += str(source["kind"]) + " " + s.contribution(source, v) + "\n"
		for _, n := range list(v) {
			key += fmt.Sprint(n) + "."
		}
		key += "/"
	}
	s.seed = sha(text)
	orders, in := map[string][]string{}, map[string][]string{}
	var objects []string
	for _, v := range list(s.com["strata"]) {
		id, quota := str(v.(object)["id"]), num(v.(object)["quota"])
		orders[id] = s.order(s.members(id), key)
		in[id] = slices.Clone(orders[id][:quota])
		orders[id] = orders[id][quota:]
		objects = append(objects, in[id]...)
	}
	for s.round = 0; s.com["pairing"] != nil; s.round++ {
		if s.team = map[string][]string{}; s.fill(objects) {
			break
		}
	}
	for _, v := range list(s.rec["withdrawals"]) {
		s.withdraw(v.(object), orders, in)
	}
	strata, teams := []any{}, []any{}
	for _, v := range list(s.com["strata"]) {
		st := object{"id": v.(object)["id"], "drawn": []any{}}
		for _, id := range in[str(st["id"])] {
			st["drawn"] = append(list(st["drawn"]), id)
			if st["cut"] = hexed(s.ticket(id)); s.com["method"] != "tickets" {
				delete(st, "cut")
			}
			members := []any{}
			for _, m := range slices.Sorted(slices.Values(s.team[id])) {
				members = append(members, m)
			}
			teams = append(teams, object{"object": id, "inspectors": members})
		}
		strata = append(strata, st)
	}
	result := object{"seed": hexed(s.seed), "strata": strata}
	if s.com["pairing"] != nil {
		result["round"], result["teams"] = s.round, teams
	}
	s.rec["result"] = result
}

func (s *slow) contribution(source object, v any) string {
	switch source["kind"] {
	case "public":
		return hexed(sha(str(v)))
	case "checkpoint":
		body, _, _ := strings.Cut(str(v), "\n\n")
		return hexed(sha(body, "\n"))
	case "vrf":
		return hexed(slowVRF(unhexed(source["key"]), unhexed(s.rec["commitment"]), unhexed(v)))
	case "beacon":
		return hexed(sha(unhexed(v)))
	}
	var parts []string
	for _, n := range list(v) {
		parts = append(parts, fmt.Sprint(n))
	}
	return strings.Join(parts, ",")
}

func (s *slow) ticket(id string) string {
	low := sha(s.seed, "\x1f", id)
	for n := 2; n <= num(s.byID["o"+id]["weight"]); n++ {
		low = min(low, sha(s.seed, "\x1f", id, "\x1f", strconv.Itoa(n)))
	}
	return low
}

// order is steps 6 and 7.
func (s *slow) order(ids []string, key string) (order []string) {
	if s.com["method"] == "tickets" {
		sort.SliceStable(ids, func(a, b int) bool { return s.ticket(ids[a]) < s.ticket(ids[b]) })
		return ids
	}
	for i := 0; len(ids) > 0; i++ {
		index := string(binary.BigEndian.AppendUint16(nil, uint16(i)))
		h := md5.Sum([]byte(index + key + index))
		at := modulo(string(h[:]), len(ids))
		order = append(order, ids[at])
		ids = append(slices.Clone(ids[:at]), ids[at+1:]...)
	}
	return order
}

func has(v any, s string) bool { return slices.Contains(list(v), any(s)) }

// choices are the inspectors of an object in the order of chance.
func (s *slow) choices(id string) (all []string) {
	o, p := s.byID["o"+id], s.com["pairing"].(object)
	for _, v := range s.inspectors {
		i := v.(object)
		if o["region"] != nil && !has(i["regions"], str(o["region"])) ||
			num(p["specialists"]) == num(p["team"]) && o["field"] != nil && !has(i["fields"], str(o["field"])) {
			continue
		}
		all = append(all, str(i["id"]))
	}
	for t := range all {
		with := t + modulo(sha(s.seed, "\x1f", id, "\x1f", strconv.Itoa(s.round), "\x1f", strconv.Itoa(t)), len(all)-t)
		all[t], all[with] = all[with], all[t]
	}
	return all
}

func (s *slow) canJoin(id, i, leaving string) bool {
	o, p := s.byID["o"+id], s.com["pairing"].(object)
	if s.gone[i] || has(s.byID["i"+i]["barred"], id) || slices.Contains(s.team[id], i) {
		return false
	}
	lacking, places := map[string]bool{}, num(p["team"])-1
	for _, g := range list(p["groups"]) {
		lacking[str(g)] = true
	}
	delete(lacking, str(s.byID["i"+i]["group"]))
	uncertified := 0
	for _, m := range s.team[id] {
		if m == leaving {
			continue
		}
		delete(lacking, str(s.byID["i"+m]["group"]))
		places--
		together := 0
		for _, team := range s.team {
			if slices.Contains(team, m) && slices.Contains(team, i) {
				together++
			}
		}
		if together >= num(p["together"]) {
			return false
		}
		if !has(s.byID["i"+m]["fields"], str(o["field"])) {
			uncertified++
		}
	}
	if len(lacking) > places {
		return false
	}
	return o["field"] == nil || num(p["specialists"]) == 0 || has(s.byID["i"+i]["fields"], str(o["field"])) || uncertified < num(p["team"])-num(p["specialists"])
}

// objectsOf are the objects of an inspector, by id.
func (s *slow) objectsOf(i string) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(s.team)) {
		if slices.Contains(s.team[id], i) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (s *slow) free(i string) bool {
	limit := num(s.byID["i"+i]["cap"])
	if limit == 0 {
		limit = num(s.com["pairing"].(object)["cap"])
	}
	return len(s.objectsOf(i)) < limit
}

type slowStep struct {
	id, leaving string
	from        *slowStep
}

func (s *slow) place(id string) bool {
	seen := map[string]bool{}
	for queue := []*slowStep{{id: id}}; len(queue) > 0; queue = queue[1:] {
		step := queue[0]
		for _, i := range s.choices(step.id) {
			if seen[i] || !s.canJoin(step.id, i, step.leaving) {
				continue
			}
			seen[i] = true
			if !s.free(i) {
				for _, o := range s.objectsOf(i) {
					queue = append(queue, &slowStep{o, i, step})
				}
			} else if s.carryOut(step, i) {
				return true
			}
		}
	}
	return false
}

func (s *slow) carryOut(step *slowStep, i string) bool {
	before := map[string][]string{}
	for id, team := range s.team {
		before[id] = slices.Clone(team)
	}
	for at := step; at != nil; at = at.from {
		s.team[at.id] = slices.DeleteFunc(slices.Clone(s.team[at.id]), func(m string) bool { return m == at.leaving })
	}
	for at := step; at != nil; at = at.from {
		if !s.canJoin(at.id, i, "") {
			s.team = before
			return false
		}
		s.team[at.id] = append(s.team[at.id], i)
		i = at.leaving
	}
	return true
}

func (s *slow) fill(ids []string) bool {
	for _, id := range ids {
		for len(s.team[id]) < num(s.com["pairing"].(object)["team"]) {
			if !s.place(id) {
				return false
			}
		}
	}
	return true
}

// withdraw is step 9.
func (s *slow) withdraw(w object, orders, in map[string][]string) {
	id := str(w["id"])
	vacant := []string{}
	if w["from"] == "inspectors" {
		vacant = s.objectsOf(id)
		s.gone[id] = true
		for _, o := range vacant {
			s.team[o] = slices.DeleteFunc(s.team[o], func(m string) bool { return m == id })
		}
	} else {
		stratum := str(s.byID["o"+id]["stratum"])
		next := orders[stratum][0]
		orders[stratum] = orders[stratum][1:]
		in[stratum] = append(slices.DeleteFunc(in[stratum], func(x string) bool { return x == id }), next)
		w["replacement"] = next
		if delete(s.team, id); s.com["pairing"] != nil {
			vacant = []string{next}
		}
	}
	if !s.fill(vacant) {
		panic("nobody can come in")
	}
}

// RFC 9381 and RFC 8032 with big numbers.
var (
	edP    = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	edL, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	edD    = mul(big.NewInt(-121665), inv(big.NewInt(121666)))
)

type point struct{ x, y *big.Int }

func mod(n *big.Int) *big.Int    { return new(big.Int).Mod(n, edP) }
func mul(a, b *big.Int) *big.Int { return mod(new(big.Int).Mul(a, b)) }
func inv(n *big.Int) *big.Int    { return new(big.Int).ModInverse(mod(n), edP) }

func plus(a, b point) point {
	xx, yy := mul(a.x, b.x), mul(a.y, b.y)
	k := mul(edD, mul(xx, yy))
	one := big.NewInt(1)
	return point{mul(new(big.Int).Add(mul(a.x, b.y), mul(a.y, b.x)), inv(new(big.Int).Add(one, k))),
		mul(new(big.Int).Add(yy, xx), inv(new(big.Int).Sub(one, k)))}
}

func times(n *big.Int, p point) point {
	sum := point{big.NewInt(0), big.NewInt(1)}
	for i := n.BitLen() - 1; i >= 0; i-- {
		sum = plus(sum, sum)
		if n.Bit(i) == 1 {
			sum = plus(sum, p)
		}
	}
	return sum
}

func reversed(s string) []byte {
	b := []byte(s)
	slices.Reverse(b)
	return b
}

func encode(p point) string {
	b := p.y.FillBytes(make([]byte, 32))
	b[0] |= byte(p.x.Bit(0)) << 7
	return string(reversed(string(b)))
}

func decode(s string) (point, bool) {
	b := reversed(s)
	sign := uint(b[0] >> 7)
	b[0] &= 0x7f
	y := new(big.Int).SetBytes(b)
	yy := mul(y, y)
	one := big.NewInt(1)
	x := new(big.Int).ModSqrt(mul(new(big.Int).Sub(yy, one), inv(new(big.Int).Add(mul(edD, yy), one))), edP)
	if x == nil || y.Cmp(edP) >= 0 || x.Sign() == 0 && sign == 1 {
		return point{}, false
	}
	if x.Bit(0) != sign {
		x = mod(new(big.Int).Neg(x))
	}
	return point{x, y}, true
}

func sha512of(parts ...string) string {
	h := sha512.Sum512([]byte(strings.Join(parts, "")))
	return string(h[:])
}

// slowVRF is the hash of a proof that holds.
func slowVRF(key, alpha, proof string) string {
	eight := big.NewInt(8)
	y, _ := decode(key)
	gamma, _ := decode(proof[:32])
	c, s := new(big.Int).SetBytes(reversed(proof[32:48])), new(big.Int).SetBytes(reversed(proof[48:]))
	var h point
	for n, ok := 0, false; !ok; n++ {
		if h, ok = decode(sha512of("\x03\x01", key, alpha, string([]byte{byte(n), 0}))[:32]); ok {
			h = times(eight, h)
		}
	}
	base, _ := decode("\x58" + strings.Repeat("\x66", 31))
	minus := new(big.Int).Sub(edL, c)
	u, v := plus(times(s, base), times(minus, y)), plus(times(s, h), times(minus, gamma))
	if sha512of("\x03\x02", encode(y), encode(h), encode(gamma), encode(u), encode(v), "\x00")[:16] != proof[32:48] {
		panic("the proof does not hold")
	}
	return sha512of("\x03\x03", encode(times(eight, gamma)), "\x00")
}
