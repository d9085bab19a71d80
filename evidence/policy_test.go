package evidence

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// cosigner is a witness of a test; its key follows from its name.
type cosigner struct {
	WitnessKey
	secret ed25519.PrivateKey
}

func newCosigner(t *testing.T, name string) cosigner {
	t.Helper()
	secret := ed25519.NewKeyFromSeed(bytes.Repeat([]byte(name), 32)[:32])
	k, err := NewWitnessKey(name, secret.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return cosigner{k, secret}
}

func (c cosigner) sign(t *testing.T, checkpoint []byte, at int64) string {
	t.Helper()
	line, err := Cosign(checkpoint, c.Name(), c.secret, time.Unix(at, 0))
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

// signedLog is a checkpoint and the key that has signed it.
func signedLog(t *testing.T, name string) (checkpoint, vkey string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte(name), 100)), name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := Checkpoint{Origin: name, Tree: Tree{5, Hash{7}}}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return string(msg), vkey
}

func TestPolicyAsksForEnoughWitnesses(t *testing.T) {
	t.Parallel()
	cp, vkey := signedLog(t, "city.example/log")
	a, b, c, d := newCosigner(t, "a.example"), newCosigner(t, "b.example"), newCosigner(t, "c.example"), newCosigner(t, "d.example")
	text := fmt.Sprintf("# three cities\n log\t%s https://city.example/log \nwitness A %s https://a.example/w\nwitness B %s\nwitness C %s\r\n", vkey, a, b, c)
	text = strings.ReplaceAll(text, "\r", "") + "group two 2 A B C\nquorum two\n"
	p, err := ParsePolicy(text)
	if err != nil || p.Quorum.String() != "2 of (A, B, C)" || p.Logs[0].URL != "https://city.example/log" || p.Witnesses[0].URL != "https://a.example/w" {
		t.Fatalf("%+v, %v", p, err)
	}
	sa, sb, sd := a.sign(t, []byte(cp), 1000), b.sign(t, []byte(cp), 2000), d.sign(t, []byte(cp), 3000)
	for name, try := range map[string]struct {
		msg  string
		want error
		n    int
	}{
		"nobody":                     {cp, ErrQuorum, 0},
		"one":                        {cp + sa, ErrQuorum, 1},
		"one, twice":                 {cp + sa + a.sign(t, []byte(cp), 1001), ErrQuorum, 1},
		"one, and one of others":     {cp + sa + sd, ErrQuorum, 1},
		"two":                        {cp + sd + sb + sa, nil, 2},
		"a signature moved in time":  {cp + sa + strings.Replace(sb, "AAAfQ", "AAAfR", 1), ErrCheckpoint, 0},
		"another root":               {strings.Replace(cp, "Bw", "CA", 1) + sa + sb, ErrCheckpoint, 0},
		"the witnesses, not the log": {strings.SplitAfter(cp, "\n\n")[0] + sa + sb, ErrCheckpoint, 0},
		"an empty line more":         {strings.Replace(cp, "\n\n", "\n\nmore\n\n", 1) + sa + sb, ErrCheckpoint, 0},
	} {
		got, all, err := p.Open([]byte(try.msg))
		if !errors.Is(err, try.want) || err == nil && (got.Size != 5 || !all[0].At.Equal(time.Unix(1000, 0)) || all[0].Line != sa) || len(all) != try.n {
			t.Errorf("%s: %+v, %v, %v", name, got, all, err)
		}
	}
	if _, _, err := p.Open([]byte(strings.Replace(cp+sa+sb, "city.example/log\n5", "city.example/log\n6", 1))); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("another size: %v", err)
	}
	if trust, err := Trust(vkey); err != nil {
		t.Error(err)
	} else if _, all, err := trust.Open([]byte(cp + sa)); err != nil || len(all) != 0 {
		t.Errorf("the key alone: %v, %v", all, err)
	}
}

func TestGroupsOfGroups(t *testing.T) {
	t.Parallel()
	cp, _ := signedLog(t, "city.example/log")
	var all [5]cosigner
	var b strings.Builder
	for i := range all {
		all[i] = newCosigner(t, fmt.Sprintf("w%d.example", i))
		fmt.Fprintf(&b, "witness w%d %s\n", i, all[i])
	}
	b.WriteString("group x 2 w0 w1 w2\ngroup y any w3 w4\ngroup both all x y\nquorum both")
	p, err := ParsePolicy(b.String())
	if err != nil || p.Quorum.String() != "2 of (2 of (w0, w1, w2), 1 of (w3, w4))" {
		t.Fatal(p.Quorum, err)
	}
	for bits := range 32 {
		msg, x, y := cp, 0, 0
		for i := range all {
			if bits>>i&1 == 1 {
				msg += all[i].sign(t, []byte(cp), 5)
				if i < 3 {
					x++
				} else {
					y++
				}
			}
		}
		if _, met, err := p.Met([]byte(msg)); err != nil || met != (x >= 2 && y >= 1) {
			t.Errorf("%05b: %v, %v", bits, met, err)
		}
	}
}

func TestPolicyIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	_, vkey := signedLog(t, "city.example/log")
	w := newCosigner(t, "w.example").String()
	same := newCosigner(t, "w.example")
	renamed, err := NewWitnessKey("other.example", same.secret.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	for text, says := range map[string]string{
		"":                                    "quorum",
		"witness A " + w:                      "quorum",
		"quorum A":                            "line 1",
		"quorum none\nquorum none":            "line 2",
		"\nlog x\nquorum none":                "line 2",
		"log " + w + "\nquorum none":          "line 1", // a key of a witness is none of a log
		"witness A " + vkey + "\nquorum A":    "line 1",
		"witness none " + w + "\nquorum none": "taken",
		"witness A " + w + "\nwitness B " + renamed.String() + "\nquorum A": "twice",
		"witness A " + w + "\ngroup g 0 A\nquorum g":                        "line 2",
		"witness A " + w + "\ngroup g 2 A\nquorum g":                        "line 2",
		"witness A " + w + "\ngroup g 01 A\nquorum g":                       "line 2",
		"witness A " + w + "\ngroup g any A A\nquorum g":                    "line 2",
		"witness A " + w + "\ngroup g any B\nquorum g":                      "line 2",
		"witness A " + w + "\ngroup A any A\nquorum A":                      "taken",
		"log " + vkey + "\nlog " + vkey + "\nquorum none":                   "twice",
		"quorum\x00none":                 "line 1",
		strings.Repeat("#", MaxPolicy+1): "longer",
	} {
		if p, err := ParsePolicy(text); !errors.Is(err, ErrCheckpoint) || !strings.Contains(err.Error(), says) {
			t.Errorf("%.80q: %+v, %v", text, p, err)
		}
	}
}

func TestSubmissionsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	cp, _ := signedLog(t, "city.example/log")
	s := Submission{3, []Hash{{1}, {2}}, []byte(cp)}
	got, err := ParseSubmission(s.Text())
	if err != nil || got.Old != 3 || len(got.Proof) != 2 || got.Proof[1] != (Hash{2}) || string(got.Checkpoint) != cp {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "old 3", "old 3\n", "old 03\n\n" + cp, "old -1\n\n" + cp, "old +1\n\n" + cp, "old  1\n\n" + cp, "new 3\n\n" + cp, "old 3\nx\n\n" + cp, "old 3\nAQ==\n\n" + cp,
		"old 99999999999999999\n\n" + cp, "old 1\n" + strings.Repeat(strings.Split(string(s.Text()), "\n")[1]+"\n", 64) + "\n" + cp} {
		if got, err := ParseSubmission([]byte(bad)); !errors.Is(err, ErrSubmission) {
			t.Errorf("%.60q: %+v, %v", bad, got, err)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add("log k u\nwitness a k\ngroup g any a\nquorum g")
	f.Add("quorum none")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicy(text)
		if err != nil && !errors.Is(err, ErrCheckpoint) {
			t.Error(err)
		}
		_ = p.Quorum.String()
	})
}

func FuzzSubmission(f *testing.F) {
	f.Add([]byte("old 3\n\ncity.example\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := ParseSubmission(body)
		if err == nil && !bytes.Equal(s.Text(), body) {
			t.Errorf("%q is written %q", body, s.Text())
		}
	})
}

// A witness that changes its key stands in a policy with both: any of them is its vote, and the two are never two votes.
func TestPolicy_gives_a_witness_one_vote_for_all_its_keys(t *testing.T) {
	t.Parallel()
	cp, vkey := signedLog(t, "city.example/log")
	older, press := newCosigner(t, "a.example/w"), newCosigner(t, "press.example/w")
	secret := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	key, err := NewWitnessKey("a.example/w", secret.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	newer := cosigner{key, secret}
	head := fmt.Sprintf("log %s\nwitness old %s\nwitness new %s\nwitness press %s\n", vkey, older, newer, press)
	p, err := ParsePolicy(head + "group a any old new\ngroup both 2 a press\nquorum both\n")
	if err != nil {
		t.Fatal(err)
	}
	o, n, s := older.sign(t, []byte(cp), 5), newer.sign(t, []byte(cp), 5), press.sign(t, []byte(cp), 5)
	for lines, want := range map[string]bool{o + s: true, n + s: true, o + n + s: true, o + n: false, s: false} {
		if _, met, err := p.Met([]byte(cp + lines)); err != nil || met != want {
			t.Errorf("%v, %v, want %v:\n%s", met, err, want, lines)
		}
	}
	for _, two := range []string{
		"group both 2 old new press\nquorum both\n",
		"group both all old new\nquorum both\n",
		"group x any old press\ngroup both all x new\nquorum both\n",
	} {
		if _, err := ParsePolicy(head + two); !errors.Is(err, ErrCheckpoint) || !strings.Contains(err.Error(), "keys of one witness") {
			t.Errorf("%s: %v", two, err)
		}
	}
	for _, one := range []string{"group most 2 old press\nquorum most\n", "quorum new\n", "group x any old new press\nquorum x\n"} {
		if _, err := ParsePolicy(head + one); err != nil {
			t.Errorf("%s: %v", one, err)
		}
	}
}
