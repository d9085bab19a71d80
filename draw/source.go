package draw

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kinds of sources.
const (
	Dice       = "dice"       // rolled in public by a party, typed in
	Numbers    = "numbers"    // published elsewhere, such as the results of a lottery
	Public     = "public"     // a text published elsewhere, such as the close of an exchange
	Checkpoint = "checkpoint" // of a transparency log, later than the commitment, cosigned
	VRF        = "vrf"        // the office's proof (RFC 9381) over the hash of the commitment
	Beacon     = "beacon"     // a round of drand
)

// Source is announced randomness. Which fields it has depends on its kind.
type Source struct {
	Kind string
	// Name says whose or which it is: "company side", "double colour ball of 25 November, red".
	Name         string
	Rolls, Faces int64  // dice: how many rolls, of a die with how many faces
	Count        int64  // numbers: how many
	Origin       string // checkpoint: the log's name, its first line
	After        int64  // checkpoint: its tree has at least this size
	Key          string // vrf, beacon: the public key in hexadecimal
	// beacon: the round, when round 1 was (seconds since 1970), and the seconds from one to the next.
	Round, Genesis, Period int64
}

// Value is what a source gave: numbers for dice and numbers, a text for others (a signed note, a proof or a signature in hexadecimal).
type Value struct {
	Numbers []int64
	Text    string
}

func (s *scanner) source() (o Source) {
	s.object(func(key string) bool {
		texts := map[string]*string{"kind": &o.Kind, "name": &o.Name, "origin": &o.Origin, "key": &o.Key}
		numbers := map[string]*int64{"rolls": &o.Rolls, "faces": &o.Faces, "count": &o.Count, "after": &o.After, "round": &o.Round, "genesis": &o.Genesis, "period": &o.Period}
		if t, ok := texts[key]; ok {
			*t = s.text()
			return true
		}
		n, ok := numbers[key]
		if ok {
			*n = s.integer()
		}
		return ok
	})
	return o
}

func (w *writer) source(o Source) {
	w.open('{')
	w.count("after", o.After)
	w.count("count", o.Count)
	w.count("faces", o.Faces)
	w.count("genesis", o.Genesis)
	w.optional("key", o.Key)
	w.text("kind", o.Kind)
	w.text("name", o.Name)
	w.optional("origin", o.Origin)
	w.count("period", o.Period)
	w.count("rolls", o.Rolls)
	w.count("round", o.Round)
	w.close('}')
}

func (o *Source) fault(want string) error {
	return &Fault{Code: "source.field", At: o.Name, Want: want}
}

// check wants the fields of the kind, and no other.
func (o *Source) check() error {
	if err := checkText("sources.name", o.Name, MaxID); err != nil {
		return err
	}
	only := Source{Kind: o.Kind, Name: o.Name}
	switch o.Kind {
	case Dice:
		only.Rolls, only.Faces = o.Rolls, o.Faces
		if !slices.Contains([]int64{4, 6, 8, 10, 12, 20}, o.Faces) {
			return o.fault("faces: 4, 6, 8, 10, 12, 20")
		}
		if o.Rolls < 8 || o.Rolls > 100 {
			return o.fault("rolls: 8–100")
		}
	case Numbers:
		only.Count = o.Count
		if o.Count < 1 || o.Count > 100 {
			return o.fault("count: 1–100")
		}
	case Public:
	case Checkpoint:
		only.Origin, only.After = o.Origin, o.After
		if err := checkText("sources.origin", o.Origin, MaxID); err != nil {
			return err
		}
		if o.After < 1 {
			return o.fault("after: 1–")
		}
	case VRF:
		only.Key = o.Key
		if !isHex(o.Key, 32) || vrfDecode(unhexed(o.Key)) == nil {
			return o.fault("key: Ed25519, 64 hex")
		}
	case Beacon:
		only.Key, only.Round, only.Genesis, only.Period = o.Key, o.Round, o.Genesis, o.Period
		if !isHex(o.Key, beaconKeyBytes) {
			return o.fault("key: BLS12-381 G2, 192 hex")
		}
		if o.Round < 1 || o.Period < 1 || o.Genesis < 1 || o.Round > 1e11 || o.Period > 86400 || o.Genesis > 1e11 {
			return o.fault("round, genesis, period: 1–")
		}
	default:
		return &Fault{Code: "source.kind", Got: o.Kind}
	}
	if only != *o {
		return o.fault("a field that this kind does not have")
	}
	return nil
}

// unhexed decodes what isHex has seen.
func unhexed(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// narrow makes a full-width digit, as input methods type it, an ordinary one.
func narrow(r rune) rune {
	if r >= '０' && r <= '９' {
		return r - '０' + '0'
	}
	return r
}

// ParseValue reads what was typed in or read from a file for a source: "3,1,6,…" for dice and numbers; a signed note; a proof or a signature
// in hexadecimal, or the JSON in which drand publishes a round.
func ParseValue(o Source, typed string) (Value, error) {
	switch o.Kind {
	case Checkpoint:
		return Value{Text: typed}, nil
	case Dice, Numbers:
		var v Value
		for _, f := range strings.FieldsFunc(strings.Map(narrow, typed), func(r rune) bool { return strings.ContainsRune(" ,，、;；\u3000\t\r\n", r) }) {
			n, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				return v, &Fault{Code: "seed.value", At: o.Name, Want: "3,1,6,…"}
			}
			v.Numbers = append(v.Numbers, n)
		}
		if o.Kind == Numbers { // a set: RFC 3797 section 4.1 sorts it
			slices.Sort(v.Numbers)
		}
		return v, nil
	case Beacon:
		typed = strings.TrimSpace(typed)
		if strings.HasPrefix(typed, "{") {
			return parseRound(o, typed)
		}
		return Value{Text: strings.ToLower(typed)}, nil
	case VRF:
		return Value{Text: strings.ToLower(strings.TrimSpace(typed))}, nil
	}
	return Value{Text: strings.TrimSpace(typed)}, nil
}

// parseRound reads the JSON in which drand publishes a round.
func parseRound(o Source, typed string) (v Value, err error) {
	s := &scanner{data: typed}
	round := o.Round
	s.object(func(key string) bool {
		switch key {
		case "round":
			round = s.integer()
		case "signature":
			v.Text = s.text()
		default: // "randomness" is computed; chained networks have more
			s.skip()
		}
		return true
	})
	s.end()
	if s.fault == nil && round != o.Round {
		return v, &Fault{Code: "seed.value", At: o.Name, Want: "round " + strconv.FormatInt(o.Round, 10)}
	}
	return v, s.err()
}

// ready is the earliest instant at which the source's value can be known without anybody breaking their word.
func (o *Source) ready() time.Time {
	if o.Kind != Beacon {
		return time.Time{}
	}
	return time.Unix(o.Genesis+(o.Round-1)*o.Period, 0).UTC()
}

// contribution is what a value adds to the seed, if it is a proper value of the source.
func (o *Source) contribution(v Value, commitment Hash) (string, error) {
	bad := func(want string) (string, error) { return "", &Fault{Code: "seed.value", At: o.Name, Want: want} }
	numeric := o.Kind == Dice || o.Kind == Numbers
	if numeric && v.Text != "" || !numeric && v.Numbers != nil {
		return bad("wrong kind of value")
	}
	switch o.Kind {
	case Dice:
		if int64(len(v.Numbers)) != o.Rolls || slices.ContainsFunc(v.Numbers, func(n int64) bool { return n < 1 || n > o.Faces }) {
			return bad(strconv.FormatInt(o.Rolls, 10) + " × 1–" + strconv.FormatInt(o.Faces, 10))
		}
		return joined(v.Numbers, ","), nil
	case Numbers:
		if int64(len(v.Numbers)) != o.Count || slices.ContainsFunc(v.Numbers, func(n int64) bool { return n < 0 || n > maxInteger }) || !slices.IsSorted(v.Numbers) {
			return bad(strconv.FormatInt(o.Count, 10) + " × 0–9007199254740991")
		}
		return joined(v.Numbers, ","), nil
	case Public:
		if err := checkText(o.Name, v.Text, MaxText); err != nil {
			return "", err
		}
		return Hash(sha256.Sum256([]byte(v.Text))).String(), nil
	case Checkpoint:
		return o.noteBody(v.Text)
	case VRF:
		if !isHex(v.Text, VRFProofBytes) {
			return bad("160 hex")
		}
		hash, ok := VRFVerify([32]byte(unhexed(o.Key)), commitment[:], [VRFProofBytes]byte(unhexed(v.Text)))
		if !ok {
			return "", &Fault{Code: "seed.proof", At: o.Name}
		}
		return hex.EncodeToString(hash[:]), nil
	default:
		if !isHex(v.Text, beaconSignatureBytes) {
			return bad("96 hex")
		}
		if !BeaconVerify(unhexed(o.Key), uint64(o.Round), unhexed(v.Text)) {
			return "", &Fault{Code: "seed.proof", At: o.Name}
		}
		return Hash(sha256.Sum256(unhexed(v.Text))).String(), nil
	}
}

// noteBody is the hash of what the signatures of a checkpoint sign (C2SP tlog-checkpoint): not of the signatures, of which whoever publishes the
// note could choose some.
func (o *Source) noteBody(note string) (string, error) {
	bad := func(want string) (string, error) { return "", &Fault{Code: "seed.value", At: o.Name, Want: want} }
	body, signatures, ok := strings.Cut(note, "\n\n")
	if len(note) > maxNote || !ok || !strings.HasPrefix(signatures, "— ") || !strings.HasSuffix(signatures, "\n") {
		return bad("C2SP signed note")
	}
	lines := strings.Split(body, "\n")
	if len(lines) < 3 {
		return bad("C2SP tlog-checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.Strict().DecodeString(lines[2])
	switch {
	case err != nil || strconv.FormatInt(size, 10) != lines[1] || err2 != nil || len(root) != sha256.Size:
		return bad("C2SP tlog-checkpoint")
	case lines[0] != o.Origin:
		return bad(o.Origin)
	case size < o.After:
		return "", &Fault{Code: "seed.early", At: o.Name, Got: lines[1], Want: strconv.FormatInt(o.After, 10)}
	}
	return Hash(sha256.Sum256([]byte(body + "\n"))).String(), nil
}

func joined(numbers []int64, between string) string {
	var b strings.Builder
	for i, n := range numbers {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	return b.String()
}

// seed mixes what all sources gave with the commitment: whoever does not know one of them does not know the seed.
func seed(c *Commitment, values []Value) (Hash, error) {
	if len(values) != len(c.plan.Sources) {
		return Hash{}, &Fault{Code: "seed.count", Want: number(len(c.plan.Sources)), Got: number(len(values))}
	}
	text := Format + " seed\n" + c.hash.String() + "\n"
	for i := range values {
		o := &c.plan.Sources[i]
		got, err := o.contribution(values[i], c.hash)
		if err != nil {
			return Hash{}, err
		}
		text += o.Kind + " " + got + "\n"
	}
	return sha256.Sum256([]byte(text)), nil
}
