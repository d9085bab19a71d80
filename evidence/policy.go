package evidence

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// MaxPolicy bounds a policy, in bytes.
const MaxPolicy = 64 << 10

// most bounds the logs, the witnesses and the groups of a policy.
const most = 100

// Policy says which checkpoints are believed: those that one of the logs has signed and enough of the witnesses, as
// c2sp.org/tlog-policy writes it.
type Policy struct {
	Logs      []PolicyLog
	Witnesses []PolicyWitness
	Quorum    Quorum
}

// PolicyLog is a log that may be believed.
type PolicyLog struct {
	Key note.Verifier
	// Text is the verifier key as it was written, URL where the log is read, "" if that is not said.
	Text, URL string
}

// PolicyWitness is a witness that a policy knows. Name is the policy's own; URL is where checkpoints are handed in, "" if that is not said.
type PolicyWitness struct {
	Name string
	Key  WitnessKey
	URL  string
}

// Quorum is a witness (K is 0) or K of several; the zero value asks for nothing.
type Quorum struct {
	Name string
	K    int
	Of   []Quorum
	key  WitnessKey
}

// met reports whether those who signed are enough.
func (q Quorum) met(signed map[WitnessKey]bool) bool {
	if q.Name == "" {
		return true
	}
	if q.K == 0 {
		return signed[q.key]
	}
	n := 0
	for i := range q.Of {
		if q.Of[i].met(signed) {
			n++
		}
	}
	return n >= q.K
}

// String says what is asked for, such as "2 of (a, b, 1 of (c, d))".
func (q Quorum) String() string {
	switch {
	case q.Name == "":
		return "none"
	case q.K == 0:
		return q.Name
	}
	parts := make([]string, len(q.Of))
	for i := range q.Of {
		parts[i] = q.Of[i].String()
	}
	return fmt.Sprintf("%d of (%s)", q.K, strings.Join(parts, ", "))
}

// Keys are the keys of the witnesses.
func (p Policy) Keys() []WitnessKey {
	keys := make([]WitnessKey, len(p.Witnesses))
	for i, w := range p.Witnesses {
		keys[i] = w.Key
	}
	return keys
}

// LogKeys are the keys of the logs.
func (p Policy) LogKeys() []note.Verifier {
	keys := make([]note.Verifier, len(p.Logs))
	for i, l := range p.Logs {
		keys[i] = l.Key
	}
	return keys
}

// Met tells who of the policy's witnesses has signed the checkpoint, and whether they are enough. ErrCheckpoint.
func (p Policy) Met(checkpoint []byte) ([]Cosignature, bool, error) {
	all, err := Cosignatures(checkpoint, p.Keys()...)
	if err != nil {
		return nil, false, err
	}
	signed := make(map[WitnessKey]bool, len(all))
	for _, c := range all {
		signed[c.Witness] = true
	}
	return all, p.Quorum.met(signed), nil
}

// Open reads a checkpoint that the policy believes: one of its logs has signed it under the log's own name, and enough of its witnesses.
// ErrCheckpoint; ErrQuorum, with the checkpoint and those who have signed.
func (p Policy) Open(checkpoint []byte) (Checkpoint, []Cosignature, error) {
	c, err := OpenCheckpoint(checkpoint, p.LogKeys()...)
	if err != nil {
		return c, nil, err
	}
	all, met, err := p.Met(checkpoint)
	if err == nil && !met {
		names := make([]string, len(all))
		for i := range all {
			names[i] = all[i].Witness.name
		}
		err = fmt.Errorf("%w: asked for is %s, signed have: %s", ErrQuorum, p.Quorum, strings.Join(append(names, "nobody else"), ", "))
	}
	return c, all, err
}

// ParsePolicy reads a policy as c2sp.org/tlog-policy writes it: lines "log KEY [URL]", "witness NAME KEY [URL]", "group NAME all|any|K MEMBER…" and
// one "quorum NAME|none". ErrCheckpoint, with the line.
func ParsePolicy(text string) (Policy, error) {
	if len(text) > MaxPolicy {
		return Policy{}, fmt.Errorf("%w: a policy longer than %d bytes", ErrCheckpoint, MaxPolicy)
	}
	p := policyReader{named: map[string]Quorum{}, member: map[string]Quorum{}, keys: map[string]bool{}}
	for i, line := range strings.Split(text, "\n") {
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if err := p.line(fields); err != nil {
			return Policy{}, fmt.Errorf("%w: line %d of the policy: %w", ErrCheckpoint, i+1, err)
		}
	}
	if err := p.oneVote(); err != nil {
		return Policy{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	if !p.quorum {
		return Policy{}, fmt.Errorf("%w: the policy has no line \"quorum NAME\" (or \"quorum none\")", ErrCheckpoint)
	}
	return p.Policy, nil
}

// policyReader is a policy of which some lines are read.
type policyReader struct {
	Policy
	named  map[string]Quorum // witnesses and groups
	member map[string]Quorum // the group that a witness or group is a member of
	keys   map[string]bool   // what wraps the same key twice is one witness
	groups int
	quorum bool
}

func (p *policyReader) line(fields []string) error {
	if strings.ContainsFunc(strings.Join(fields, ""), func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("it has control characters")
	}
	switch kind, args := fields[0], fields[1:]; {
	case kind == "log" && (len(args) == 1 || len(args) == 2):
		return p.log(args)
	case kind == "witness" && (len(args) == 2 || len(args) == 3):
		return p.witness(args)
	case kind == "group" && len(args) >= 3:
		return p.group(args)
	case kind == "quorum" && len(args) == 1 && !p.quorum:
		p.quorum = true
		if args[0] == "none" {
			return nil
		}
		q, ok := p.named[args[0]]
		if !ok {
			return fmt.Errorf("%.60q is neither a witness nor a group of the lines above", args[0])
		}
		p.Quorum = q
		return nil
	}
	return fmt.Errorf("%.60q is none of: log KEY [URL], witness NAME KEY [URL], group NAME all|any|NUMBER MEMBER…, and one quorum NAME", strings.Join(fields, " "))
}

func (p *policyReader) log(args []string) error {
	key, err := ParseKey(args[0])
	if err != nil {
		return err
	}
	l := PolicyLog{Key: key, Text: args[0]}
	if len(args) == 2 {
		l.URL = args[1]
	}
	p.Logs = append(p.Logs, l)
	return p.once(args[0][strings.LastIndex(args[0], "+"):], len(p.Logs))
}

// once refuses a key that has come already, and too many of a kind.
func (p *policyReader) once(key string, n int) error {
	if p.keys[key] {
		return fmt.Errorf("the key stands in it twice")
	}
	if n > most {
		return fmt.Errorf("more than %d of a kind", most)
	}
	p.keys[key] = true
	return nil
}

func (p *policyReader) witness(args []string) error {
	key, err := ParseWitnessKey(args[1])
	if err != nil {
		return err
	}
	w := PolicyWitness{Name: args[0], Key: key}
	if len(args) == 3 {
		w.URL = args[2]
	}
	p.Witnesses = append(p.Witnesses, w)
	if err := p.once(string(key.key[:]), len(p.Witnesses)); err != nil {
		return err
	}
	return p.name(args[0], Quorum{Name: args[0], key: key})
}

func (p *policyReader) name(name string, q Quorum) error {
	if _, taken := p.named[name]; taken || name == "none" {
		return fmt.Errorf("the name %.60q is taken", name)
	}
	p.named[name] = q
	return nil
}

func (p *policyReader) group(args []string) error {
	members := args[2:]
	g := Quorum{Name: args[0]}
	switch args[1] {
	case "all":
		g.K = len(members)
	case "any":
		g.K = 1
	default:
		k, err := strconv.Atoi(args[1])
		if err != nil || strconv.Itoa(k) != args[1] || k < 1 || k > len(members) {
			return fmt.Errorf("%.20q is neither all nor any nor a number from 1 to %d", args[1], len(members))
		}
		g.K = k
	}
	for _, m := range members {
		q, ok := p.named[m]
		if _, taken := p.member[m]; !ok || taken {
			return fmt.Errorf("%.60q is not a witness or group of the lines above that is in no group yet", m)
		}
		p.member[m] = Quorum{Name: g.Name, K: g.K}
		g.Of = append(g.Of, q)
	}
	if p.groups++; p.groups > most {
		return fmt.Errorf("more than %d groups", most)
	}
	return p.name(args[0], g)
}

// oneVote refuses two keys of one witness, such as while it changes its key, that could count as two: those that are in groups must be in one group, of
// which any member is enough.
func (p *policyReader) oneVote() error {
	first := map[string]PolicyWitness{} // by the witness's own name
	for _, w := range p.Witnesses {
		in, is := p.member[w.Name]
		if !is {
			continue
		}
		other, twice := first[w.Key.name]
		if !twice {
			first[w.Key.name] = w
			continue
		}
		if group := p.member[other.Name]; group.Name != in.Name || in.K != 1 {
			return fmt.Errorf("%.60q and %.60q are keys of one witness, %.60q: put them into one group \"any\"", other.Name, w.Name, w.Key.name)
		}
	}
	return nil
}

// Trust is the policy that asks for nothing but the signature of one of the logs.
func Trust(keys ...string) (Policy, error) {
	var p Policy
	for _, text := range keys {
		key, err := ParseKey(text)
		if err != nil {
			return p, err
		}
		p.Logs = append(p.Logs, PolicyLog{Key: key, Text: strings.TrimSpace(text)})
	}
	return p, nil
}
