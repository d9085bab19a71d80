package receipt

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
)

// bound is what is printed on the receipt of the n-th entry of a receipt.
func bound(t *testing.T, r *Receipt, report *Report, n int) *Printed {
	t.Helper()
	hash, err := r.Entries[n].hash(report.Log.Suite)
	must(t, err)
	p, err := Bind(report.Case.No, report.Log.Origin, report.Log.Tree, hash.Leaf(), r.Entries[n].Place)
	must(t, err)
	return p
}

// What is printed fits the receipt of the case, and no other; a phone reads it with the address before it.
func TestPrinted_fits_the_receipt_of_its_case_alone(t *testing.T) {
	t.Parallel()
	r := parsed(t, sample(t))
	report, err := Verify(r, evidence.Policy{})
	must(t, err)
	for n := range r.Entries {
		p := bound(t, r, report, n)
		text := p.String()
		if len(text) > 200 {
			t.Errorf("%d characters are too many for a phone: %s", len(text), text)
		}
		for _, shown := range []string{text, "https://zwfw.example.cn" + PrintedPage + "#" + text, " " + text + "\n"} {
			got, err := ParsePrinted(shown)
			if err != nil || *got != *p {
				t.Errorf("%s: %+v, %v", shown, got, err)
			}
		}
		must(t, p.Matches(r, report))
		if n > 0 {
			continue
		}
		said, err := Tell("en", sample(t), "", text)
		if err != nil || !strings.Contains(said, "agrees with the printed receipt") {
			t.Errorf("%v: %s", err, said)
		}
	}
	for _, origin := range []string{"渭南.example/log", "a b%c#d/log:8080", "%", "100%/"} {
		p := bound(t, r, report, 1)
		p.Origin = origin
		got, err := ParsePrinted(p.String())
		if valid := evidence.ValidOrigin(origin); valid != (err == nil) || valid && *got != *p {
			t.Errorf("%q is written as %s: %v", origin, p, err)
		}
	}
	for code, lie := range map[string]func(p *Printed){
		FaultOrigin:   func(p *Printed) { p.Origin = "other.example/log" },
		FaultReplaced: func(p *Printed) { p.Root[3] ^= 1 },
		FaultPaper:    func(p *Printed) { p.Index += 1000 },
	} {
		p := bound(t, r, report, 1)
		lie(p)
		_, err := Tell("zh", sample(t), "", p.String()) // with a checksum that fits
		fails(t, err, code)
	}
	p := bound(t, r, report, 1)
	p.Leaf[0] ^= 1
	fails(t, p.Matches(r, report), FaultReplaced)
	p = bound(t, r, report, 1)
	p.Case = "610500-20261118-000008"
	fails(t, p.Matches(r, report), FaultPaper)
}

// Any character that is another, missing, or too much is noticed, whatever the log says.
func TestPrinted_with_a_character_changed_is_refused(t *testing.T) {
	t.Parallel()
	r := parsed(t, sample(t))
	report, err := Verify(r, evidence.Policy{})
	must(t, err)
	text := bound(t, r, report, 1).String()
	for i := range text {
		for _, c := range "0aZ-._/" {
			bent := text[:i] + string(c) + text[i+1:]
			if bent == text {
				continue
			}
			_, err := ParsePrinted(bent)
			fails(t, err, FaultPrinted)
		}
		for _, bent := range []string{text[:i] + text[i+1:], text[:i] + "x" + text[i:], text[:i]} {
			if _, err := ParsePrinted(bent); err == nil {
				t.Errorf("%s is believed", bent)
			}
		}
	}
	for _, bad := range []string{"", "#", "https://zwfw.example.cn/verify/receipt", strings.Repeat("1.", 600), "2" + text[1:], strings.Replace(text, ".", ".../", 1)} {
		_, err := ParsePrinted(bad)
		fails(t, err, FaultPrinted)
	}
}

// shown is a log as its files, by their names.
type shown struct {
	tiles
	checkpoint, key string
}

func (s shown) read(path string) ([]byte, error) {
	switch path {
	case "checkpoint":
		return []byte(s.checkpoint), nil
	case "key":
		return []byte(s.key + "\n"), nil
	}
	t, err := evidence.ParseTilePath(path)
	if err != nil {
		return nil, err
	}
	wide := t
	for wide.Width = t.Width; wide.Width <= evidence.Width; wide.Width++ {
		if body, err := s.ReadTile(wide); err == nil && body != nil {
			return evidence.Narrow(t, body)
		}
	}
	return nil, fmt.Errorf("%s is not there", path)
}

// logOf is a log of the size, whose entries follow from the words.
func (f *forger) logOf(words string, size int) (shown, evidence.Tree) {
	f.t.Helper()
	all := tiles{}
	entries := make([]evidence.Hash, size)
	for i := range entries {
		entries[i] = evidence.Standard.Entry([evidence.SaltBytes]byte{}, fmt.Append(nil, words, i))
	}
	tree, made, err := evidence.Grow(evidence.EmptyTree(), all, entries)
	must(f.t, err)
	for _, m := range made {
		all[m.Tile] = m.Body
	}
	msg, err := evidence.Checkpoint{Origin: f.signer.Name(), Tree: tree}.Sign([]note.Signer{f.signer}...)
	must(f.t, err)
	return shown{all, string(msg), f.key}, tree
}

// A log that goes on is what the paper says it was; one that was set back, replaced, changed before the entry, or is another is not.
func TestPrinted_binds_the_log(t *testing.T) {
	t.Parallel()
	f := newForger(t, "city.example/log")
	const index = 300
	print := func(from shown, tree evidence.Tree, at int64) *Printed {
		proof, err := evidence.ProveInclusion(tree, from, at)
		must(t, err)
		leaf := evidence.Standard.Entry([evidence.SaltBytes]byte{}, fmt.Append(nil, "one", at)).Leaf()
		p, err := Bind("610500-20261118-000007", f.signer.Name(), tree, leaf, At(at, proof))
		must(t, err)
		return p
	}
	short, tree := f.logOf("one", index+1)
	p := print(short, tree, index)
	long, later := f.logOf("one", 1000)
	if again := print(long, later, index); *again != *p {
		t.Errorf("printed later it says %s, first %s", again, p)
	}
	if p.Root != tree.Root {
		t.Error("the root is not the one of the log that ends with the entry")
	}
	other, _ := f.logOf("other", 1000)
	back, _ := f.logOf("one", index)
	stranger, _ := newForger(t, "town.example/log").logOf("one", 1000)
	torn := long
	torn.tiles = other.tiles
	for name, c := range map[string]struct {
		log  shown
		code string
	}{
		"as it was": {short, ""}, "grown": {long, ""}, "replaced": {other, FaultReplaced}, "set back": {back, FaultBack},
		"of another city": {stranger, FaultOrigin}, "with files of another": {torn, FaultRead},
	} {
		_, said, err := TellPrinted("zh", p.String(), "", c.log.read)
		switch {
		case c.code != "":
			fails(t, err, c.code)
		case err != nil || !strings.HasSuffix(said, "纸质凭证成立：到这一条为止，存证日志与打印时完全相同。\n"):
			t.Errorf("%s: %v: %s", name, err, said)
		}
	}
	_, said, err := TellPrinted("en", p.String(), f.key, long.read)
	if err != nil || !strings.Contains(said, "a key that you trust") {
		t.Errorf("%v: %s", err, said)
	}
	_, _, err = TellPrinted("en", p.String(), newForger(t, "city.example/log").key, long.read)
	fails(t, err, FaultLog)
}
