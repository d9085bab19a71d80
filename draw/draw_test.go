package draw_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/draw"
	"pgregory.net/rapid"
)

var (
	opens = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	later = opens.Add(time.Hour)
	text  = []draw.Source{{Kind: draw.Public, Name: "上证综指 2026-11-25 收盘"}}
)

func value(s string) []draw.Value { return []draw.Value{{Text: s}} }

// people are candidates of one stratum.
func people(stratum string, n int) (all []draw.Candidate) {
	for i := range n {
		all = append(all, draw.Candidate{ID: fmt.Sprintf("%s%04d", stratum, i), Stratum: stratum})
	}
	return all
}

func commit(t testing.TB, p draw.Plan) *draw.Commitment {
	t.Helper()
	c, err := draw.Commit(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reveal(t testing.TB, p draw.Plan, values []draw.Value) *draw.Record {
	t.Helper()
	r, err := commit(t, p).Reveal(later, values)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// code is the code of a refusal.
func code(err error) string {
	var f *draw.Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return fmt.Sprint(err)
}

const (
	quicknetKey       = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
	quicknetSignature = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
	note              = "log.example.cn/tongban\n4711\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— log.example.cn/tongban Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)

// everything is a plan that uses all there is.
func everything(t testing.TB) (draw.Plan, func(*draw.Commitment) []draw.Value) {
	t.Helper()
	secret := [32]byte{1, 2, 3}
	key := draw.VRFPublic(secret)
	p := draw.Plan{
		Title: "2026年11月双随机抽查 \"食品\"\\", Opens: time.Unix(1692806364, 0).UTC(), Predecessor: strings.Repeat("ab", 32),
		Sources: []draw.Source{
			{Kind: draw.Dice, Name: "机关", Rolls: 10, Faces: 6},
			{Kind: draw.Dice, Name: "企业代表", Rolls: 8, Faces: 20},
			{Kind: draw.Numbers, Name: "双色球", Count: 6},
			{Kind: draw.Public, Name: "上证综指"},
			{Kind: draw.Checkpoint, Name: "渭南日志", Origin: "log.example.cn/tongban", After: 4000},
			{Kind: draw.VRF, Name: "机关的证明", Key: hex.EncodeToString(key[:])},
			{Kind: draw.Beacon, Name: "quicknet", Key: quicknetKey, Round: 1000, Genesis: 1692803367, Period: 3},
		},
		Strata:   []draw.Stratum{{ID: "B", Per10000: 3333}, {ID: "A", Count: 5}, {ID: "空"}},
		Excluded: []draw.Exclusion{{ID: "B0003", Reason: "在办注销"}, {ID: "A0001", Reason: "本年已查"}},
		Pairing:  &draw.Pairing{Team: 2, Specialists: 1, Cap: 4, Together: 1},
	}
	p.Candidates = append(people("B", 20), people("A", 9)...)
	for i := range p.Candidates {
		p.Candidates[i].Region = []string{"", "610502", "610521"}[i%3]
		p.Candidates[i].Field = []string{"", "食品"}[i%2]
		p.Candidates[i].Weight = int64(i % 4)
	}
	for i := range 14 {
		in := draw.Inspector{ID: fmt.Sprintf("i%02d", i), Regions: []string{"610521", "610502"}[i%2:], Cap: int64(i % 4)}
		if i%2 == 0 {
			in.Fields = []string{"食品"}
		}
		if i%5 == 0 {
			in.Barred = []string{"B0004", "A0002"}
		}
		p.Inspectors = append(p.Inspectors, in)
	}
	return p, func(c *draw.Commitment) []draw.Value {
		hash := c.Hash()
		proof, err := draw.VRFProve(secret, hash[:])
		if err != nil {
			t.Fatal(err)
		}
		return []draw.Value{{Numbers: []int64{1, 2, 3, 4, 5, 6, 1, 2, 3, 4}}, {Numbers: []int64{20, 1, 7, 7, 3, 9, 12, 15}}, {Numbers: []int64{9, 18, 26, 34, 41, 45}},
			{Text: "3870.02"}, {Text: note}, {Text: hex.EncodeToString(proof[:])}, {Text: quicknetSignature}}
	}
}

// life is a draw with everything, of which a candidate and two inspectors withdrew, and which was then abandoned.
func life(t testing.TB) []*draw.Record {
	t.Helper()
	p, values := everything(t)
	c := commit(t, p)
	r, err := c.Reveal(later, values(c))
	if err != nil {
		t.Fatal(err)
	}
	all := []*draw.Record{c.Record(), r}
	for _, w := range []draw.Withdrawal{{From: draw.Candidates, ID: r.Stratum("B")[1]}, {From: draw.Inspectors, ID: r.Team(r.Stratum("A")[0])[0]},
		{From: draw.Inspectors, ID: r.Team(r.Stratum("A")[0])[1]}, {From: draw.Candidates, ID: r.Stratum("A")[0]}} {
		w.At, w.Reason = later, "停业"
		if r, err = r.Withdraw(w); err != nil {
			t.Fatal(w.ID, err)
		}
		all = append(all, r)
	}
	if r, err = r.Abandon(later.Add(time.Hour), "名单有误"); err != nil {
		t.Fatal(err)
	}
	return append(all, r)
}

func TestSecondImplementationAgrees(t *testing.T) {
	t.Parallel()
	for i, r := range life(t) {
		text := r.Bytes()
		if got := slowRecord(text); got != string(text) {
			t.Errorf("record %d is\n%s\nand by the page it is\n%s", i, text, got)
		}
		if _, err := draw.Verify(text); err != nil {
			t.Errorf("record %d does not verify: %v", i, err)
		}
	}
}

// Both implementations agree on plans of every kind, also where inspectors are scarce.
func TestSecondImplementationAgreesOnAnyPlan(t *testing.T) {
	t.Parallel()
	chains := 0
	for n := range uint64(300) {
		p := randomPlan(rand.New(rand.NewPCG(n, 1)))
		c, err := draw.Commit(p)
		if code(err) == "plan.empty" {
			continue
		}
		if err != nil {
			t.Fatalf("plan %d: %v", n, err)
		}
		r, err := c.Reveal(later, value(fmt.Sprint(n)))
		if code(err) == "pairing.clash" {
			chains++
			continue
		}
		if err != nil {
			t.Fatalf("plan %d: %v", n, err)
		}
		if drawn := r.Drawn(); len(drawn) > 0 {
			if next, err := r.Withdraw(draw.Withdrawal{At: later, From: draw.Candidates, ID: drawn[len(drawn)/2], Reason: "停业"}); err == nil {
				r = next
			}
		}
		if got := slowRecord(r.Bytes()); got != string(r.Bytes()) {
			t.Fatalf("plan %d: record\n%s\nand by the page\n%s", n, r.Bytes(), got)
		}
	}
	if chains == 0 || chains > 200 {
		t.Errorf("%d of 300 pairings are impossible: the plans are not tight, or too tight", chains)
	}
}

// randomPlan is a small plan, often so tight that inspectors must be exchanged.
func randomPlan(r *rand.Rand) draw.Plan {
	p := draw.Plan{Title: "试", Opens: opens, Sources: text, Strata: []draw.Stratum{{ID: "A"}, {ID: "B"}}}
	p.Candidates = append(people("A", 1+r.IntN(12)), people("B", 1+r.IntN(12))...)
	r.Shuffle(len(p.Candidates), func(i, j int) { p.Candidates[i], p.Candidates[j] = p.Candidates[j], p.Candidates[i] })
	for i := range p.Candidates {
		c := &p.Candidates[i]
		c.Weight, c.Region, c.Field = int64(1+r.IntN(3)), []string{"", "x", "y"}[r.IntN(3)], []string{"", "f"}[r.IntN(2)]
	}
	if p.Excluded = nil; r.IntN(2) == 0 {
		p.Excluded = []draw.Exclusion{{ID: p.Candidates[0].ID, Reason: "已查"}}
	}
	switch r.IntN(3) {
	case 0:
		p.Total = int64(1 + r.IntN(len(p.Candidates)-len(p.Excluded)))
	case 1:
		p.Strata[0].Per10000, p.Strata[1].Per10000 = int64(1+r.IntN(10000)), int64(1+r.IntN(10000))
	default:
		p.Strata[r.IntN(2)].Per10000 = 5000
	}
	if r.IntN(4) == 0 {
		return p
	}
	p.Pairing = &draw.Pairing{Team: int64(2 + r.IntN(2)), Cap: int64(2 + r.IntN(4)), Together: int64(1 + r.IntN(2))}
	p.Pairing.Specialists = int64(r.IntN(int(p.Pairing.Team) + 1))
	if r.IntN(3) == 0 {
		p.Pairing.Specialists, p.Pairing.Groups = 0, []string{"g", "h"}[:1+r.IntN(2)]
	}
	for i := range 3 + r.IntN(12) {
		in := draw.Inspector{ID: fmt.Sprintf("i%02d", i), Group: []string{"g", "h", ""}[i%3], Regions: [][]string{{"x"}, {"y"}, {"x", "y"}}[r.IntN(3)], Cap: int64(r.IntN(5))}
		if r.IntN(3) > 0 {
			in.Fields = []string{"f"}
		}
		if r.IntN(3) == 0 {
			in.Barred = []string{p.Candidates[r.IntN(len(p.Candidates))].ID}
		}
		p.Inspectors = append(p.Inspectors, in)
	}
	return p
}

func TestOrderOfTheListsChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		p := randomPlan(rand.New(rand.NewPCG(seed, 2)))
		a, errA := draw.Commit(p)
		r := rand.New(rand.NewPCG(seed, 3))
		p.Candidates, p.Inspectors, p.Strata = mixed(r, p.Candidates), mixed(r, p.Inspectors), mixed(r, p.Strata)
		b, errB := draw.Commit(p)
		if code(errA) != code(errB) || errA == nil && a.Hash() != b.Hash() {
			t.Fatalf("%v %v", errA, errB)
		}
	})
}

func mixed[T any](r *rand.Rand, list []T) []T {
	out := append([]T(nil), list...)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
