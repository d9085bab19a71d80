package draw_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/tongban/tongban/draw"
)

// R30: no byte of a record can be changed, left out or put in.
func TestTamper_everyByteCounts(t *testing.T) {
	t.Parallel()
	everyByteCounts(t, reveal(t, bare(), value("一")).Bytes())
	p := randomPlan(rand.New(rand.NewPCG(4, 1)))
	p.Sources = append(p.Sources, draw.Source{Kind: draw.Dice, Name: "企业", Rolls: 8, Faces: 6})
	p.Total, p.Strata[0].Per10000, p.Strata[1].Per10000 = 3, 0, 0
	r := reveal(t, p, []draw.Value{{Text: "一"}, {Numbers: []int64{1, 2, 3, 4, 5, 6, 1, 2}}})
	r, err := r.Withdraw(draw.Withdrawal{At: later, From: draw.Candidates, ID: r.Drawn()[0], Reason: "停业"})
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.Abandon(later, "名单有误"); err != nil {
		t.Fatal(err)
	}
	everyByteCounts(t, r.Bytes())
}

// bare is a plan of candidates with nothing but id and stratum, whose lines are read and checked in a way of their own.
func bare() draw.Plan {
	return draw.Plan{Title: "试", Opens: opens, Sources: text, Strata: []draw.Stratum{{ID: "A", Count: 3}}, Candidates: people("A", 9)}
}

func everyByteCounts(t *testing.T, text []byte) {
	t.Helper()
	if _, err := draw.Verify(text); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		for _, change := range []byte{text[i] ^ 1, text[i] ^ 0x20, '0', ' '} {
			bad := bytes.Clone(text)
			if bad[i] = change; change == text[i] {
				continue
			}
			if _, err := draw.Verify(bad); err == nil {
				t.Errorf("byte %d may be %q instead of %q", i, change, text[i])
			}
		}
		if _, err := draw.Verify(append(bytes.Clone(text[:i]), text[i+1:]...)); err == nil {
			t.Errorf("byte %d may be missing", i)
		}
		if _, err := draw.Verify(text[:i]); err == nil {
			t.Errorf("the record may end after %d bytes", i)
		}
		if _, err := draw.Verify(append(append(bytes.Clone(text[:i]), ' '), text[i:]...)); err == nil {
			t.Errorf("a space may stand before byte %d", i)
		}
	}
}

// A forger who computes the digest again is found out by what the record says, and one who computes everything again by the commitment in the log.
func TestTamper_withTheDigestComputedAgain(t *testing.T) {
	t.Parallel()
	r := reveal(t, bare(), value("一"))
	record := string(r.Bytes())
	in, out := r.Drawn()[0], ""
	for _, c := range people("A", 9) {
		if !strings.Contains(fmt.Sprint(r.Drawn()), c.ID) {
			out = c.ID
		}
	}
	result := record[strings.Index(record, `"result"`):]
	for name, bad := range map[string]string{
		"somebody else is drawn":      strings.Replace(record, result, strings.Replace(result, in, out, 1), 1),
		"one less is drawn":           strings.Replace(record, result, strings.Replace(result, `"`+in+`",`, "", 1), 1),
		"the quota is larger":         strings.Replace(record, `"quota":3`, `"quota":4`, 1),
		"another seed":                strings.Replace(record, `"seed":"`, `"seed":"0`, 1),
		"another source's value":      strings.Replace(record, `"values":["一"]`, `"values":["二"]`, 1),
		"a candidate more":            strings.Replace(record, `"candidates":[`, `"candidates":[{"id":"A","stratum":"A"},`, 1),
		"another title":               strings.Replace(record, `"title":"试"`, `"title":"试试"`, 1),
		"another root":                regexp.MustCompile(`"root":"..`).ReplaceAllString(record, `"root":"00`),
		"an escape nobody needs":      strings.Replace(record, `"一"`, `"\u4e00"`, 1),
		"candidates in another order": strings.Replace(record, `{"id":"A0000","stratum":"A"},{"id":"A0001","stratum":"A"}`, `{"id":"A0001","stratum":"A"},{"id":"A0000","stratum":"A"}`, 1),
		"a candidate twice":           strings.Replace(record, `{"id":"A0000","stratum":"A"}`, `{"id":"A0000","stratum":"A"},{"id":"A0000","stratum":"A"}`, 1),
		"a space between candidates":  strings.Replace(record, `"},{"id":"A0001"`, `"}, {"id":"A0001"`, 1),
		"a weight of one":             strings.Replace(record, `{"id":"A0000","stratum":"A"}`, `{"id":"A0000","stratum":"A","weight":1}`, 1),
		"a letter escaped":            strings.Replace(record, `{"id":"A0000"`, `{"id":"\u00410000"`, 1),
		"members in another order":    strings.Replace(record, `{"id":"A0000","stratum":"A"}`, `{"stratum":"A","id":"A0000"}`, 1),
	} {
		if bad == record {
			t.Fatalf("%s: nothing is changed", name)
		}
		if _, err := draw.Verify(forged(bad)); err == nil {
			t.Errorf("%s is believed", name)
		}
	}
	if _, err := draw.Verify(forged(record)); err != nil {
		t.Errorf("the forger does not know the digest: %v", err)
	}
}

// forged is a record with its digest computed again.
func forged(record string) []byte {
	member := regexp.MustCompile(`,"digest":"[0-9a-f]{64}"`)
	bare := strings.TrimSuffix(member.ReplaceAllString(record, ""), "\n")
	sum := sha256.Sum256([]byte("tongban.draw/1 record\n" + bare))
	return []byte(member.ReplaceAllString(record, `,"digest":"`+hex.EncodeToString(sum[:])+`"`))
}

// Whatever is changed in the pool or the terms, the commitment is another.
func TestTamper_anyChangeChangesTheCommitment(t *testing.T) {
	t.Parallel()
	p, _ := everything(t)
	base := commit(t, p)
	for name, change := range map[string]func(*draw.Plan){
		"an id":           func(p *draw.Plan) { p.Candidates[6].ID += "x" },
		"a weight":        func(p *draw.Plan) { p.Candidates[6].Weight += 5 },
		"a region":        func(p *draw.Plan) { p.Candidates[6].Region = "610503" },
		"a field":         func(p *draw.Plan) { p.Candidates[6].Field = "药品" },
		"a stratum":       func(p *draw.Plan) { p.Candidates[6].Stratum = "A" },
		"a count":         func(p *draw.Plan) { p.Strata[1].Count++ },
		"a share":         func(p *draw.Plan) { p.Strata[0].Per10000++ },
		"a reason":        func(p *draw.Plan) { p.Excluded[0].Reason += "。" },
		"an exclusion":    func(p *draw.Plan) { p.Excluded = p.Excluded[:1] },
		"a source":        func(p *draw.Plan) { p.Sources = p.Sources[1:] },
		"their order":     func(p *draw.Plan) { p.Sources[0], p.Sources[1] = p.Sources[1], p.Sources[0] },
		"the instant":     func(p *draw.Plan) { p.Opens = p.Opens.Add(-1e9) },
		"the title":       func(p *draw.Plan) { p.Title += "！" },
		"the predecessor": func(p *draw.Plan) { p.Predecessor = "" },
		"a cap":           func(p *draw.Plan) { p.Inspectors[3].Cap++ },
		"a conflict":      func(p *draw.Plan) { p.Inspectors[3].Barred = []string{"A0000"} },
		"a certificate":   func(p *draw.Plan) { p.Inspectors[3].Fields = []string{"药品"} },
		"the team":        func(p *draw.Plan) { p.Pairing.Team++ },
	} {
		changed, _ := everything(t)
		change(&changed)
		if commit(t, changed).Hash() == base.Hash() {
			t.Errorf("%s does not matter", name)
		}
	}
	base2, _ := everything(t)
	if commit(t, base2).Hash() != base.Hash() {
		t.Error("the same plan has two commitments")
	}
}

func TestMember_isProvedToBeInThePool(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 40; n++ {
		p := draw.Plan{Title: "试", Opens: opens, Sources: text, Strata: []draw.Stratum{{ID: "A", Count: 1}}, Candidates: people("A", n)}
		c := commit(t, p)
		for i := range n {
			m, err := c.Member(draw.Candidates, p.Candidates[i].ID)
			if err != nil || !m.Holds(c.Pool()) || m.Index != i {
				t.Fatalf("%d of %d: %v %+v", i, n, err, m)
			}
			for name, bad := range map[string]draw.Membership{
				"another line": {Line: m.Line + " ", Index: m.Index, Size: m.Size, Path: m.Path}, "another place": {Line: m.Line, Index: m.Index ^ 1, Size: m.Size, Path: m.Path},
				"no path": {Line: m.Line, Index: m.Index, Size: m.Size}, "beyond": {Line: m.Line, Index: n, Size: n, Path: m.Path}, "before": {Line: m.Line, Index: -1, Size: n, Path: m.Path},
				"a longer path": {Line: m.Line, Index: m.Index, Size: m.Size, Path: append(m.Path[:len(m.Path):len(m.Path)], c.Pool())},
			} {
				if bad.Holds(c.Pool()) && n > 1 || n == 1 && name != "no path" && bad.Holds(c.Pool()) {
					t.Errorf("%d of %d: %s holds", i, n, name)
				}
			}
		}
	}
	p, _ := everything(t)
	c := commit(t, p)
	m, err := c.Member(draw.Inspectors, "i03")
	var body struct{ Inspectors struct{ Root string } }
	if err != nil || json.Unmarshal(c.Body(), &body) != nil {
		t.Fatal(err)
	}
	if root, err := hex.DecodeString(body.Inspectors.Root); err != nil || !m.Holds(draw.Hash(root)) {
		t.Error("an inspector is not proved to be in the list", err)
	}
	if _, err := c.Member(draw.Candidates, "nobody"); code(err) != "member.unknown" {
		t.Error(err)
	}
}

// Nor does a record hold whose list is in another order, everything else of it being computed from that list.
func TestTamper_anotherOrderThroughout(t *testing.T) {
	t.Parallel()
	c := commit(t, bare())
	record := string(c.Record().Bytes())
	lines := make([]string, 9)
	for i, p := range people("A", 9) {
		lines[i] = fmt.Sprintf(`{"id":%q,"stratum":"A"}`, p.ID)
	}
	forge := func() []byte {
		all := regexp.MustCompile(`"candidates":\[.*?\],`).ReplaceAllString(record, `"candidates":[`+strings.Join(lines, ",")+`],`)
		body := strings.Replace(string(c.Body()), c.Pool().String(), hexed(merkle(lines)), 1)
		all = strings.Replace(all, string(c.Body()), body, 1)
		return forged(strings.Replace(all, c.Hash().String(), hexed(sha("tongban.draw/1 commitment\n", body)), 1))
	}
	if _, err := draw.Verify(forge()); err != nil {
		t.Fatalf("the forger does not know how: %v", err)
	}
	lines[3], lines[4] = lines[4], lines[3]
	if _, err := draw.Verify(forge()); code(err) != "record.commitment" {
		t.Errorf("a list in another order is believed: %v", err)
	}
}
