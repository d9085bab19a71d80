package draw_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tongban/tongban/draw"
)

const seeds = 10_000

// The 0.999 quantiles of the chi-square distribution by degrees of freedom: a fair draw is above them once in a thousand sets of seeds, and
// these seeds are fixed.
var quantile = map[int]float64{5: 20.515, 14: 36.123, 35: 66.619, 49: 85.351, 55: 93.168}

// chiSquare fails if what was counted does not fit what is expected; correct scales for sampling without replacement.
func chiSquare(t *testing.T, got map[string]int, want map[string]float64, correct float64) {
	t.Helper()
	sum := 0.0
	for k, e := range want {
		d := float64(got[k]) - e
		sum += d * d / e
	}
	for k := range got {
		if want[k] == 0 {
			t.Errorf("%s came up %d times and never should", k, got[k])
		}
	}
	limit, ok := quantile[len(want)-1]
	if sum *= correct; !ok || sum > limit {
		t.Errorf("chi-square %.1f with %d degrees of freedom, at most %.1f", sum, len(want)-1, limit)
	}
}

// many draws with 10,000 seeds.
func many(t *testing.T, p draw.Plan, count func(*draw.Record)) {
	t.Helper()
	p.Title, p.Opens, p.Sources = "试", opens, text
	c := commit(t, p)
	for n := range seeds {
		r, err := c.Reveal(later, value(fmt.Sprint("种子", n)))
		if err != nil {
			t.Fatal(err)
		}
		count(r)
	}
}

func TestFair_everybodyIsDrawnAsOften(t *testing.T) {
	t.Parallel()
	const n, k = 50, 10
	got, want := map[string]int{}, map[string]float64{}
	many(t, draw.Plan{Strata: []draw.Stratum{{ID: "A", Count: k}}, Candidates: people("A", n)}, func(r *draw.Record) {
		for _, id := range r.Drawn() {
			got[id]++
		}
	})
	for _, c := range people("A", n) {
		want[c.ID] = seeds * k / n
	}
	chiSquare(t, got, want, float64(n-1)/(n-k))
}

func TestFair_whoIsFirstSaysNothingOfWhoIsSecond(t *testing.T) {
	t.Parallel()
	got, want := map[string]int{}, map[string]float64{}
	pool := people("A", 8)
	many(t, draw.Plan{Strata: []draw.Stratum{{ID: "A", Count: 2}}, Candidates: pool}, func(r *draw.Record) { got[fmt.Sprint(r.Drawn())]++ })
	for _, a := range pool {
		for _, b := range pool {
			if a.ID != b.ID {
				want[fmt.Sprint([]string{a.ID, b.ID})] = seeds / 56.0
			}
		}
	}
	chiSquare(t, got, want, 1)
}

func TestFair_strataSayNothingOfEachOther(t *testing.T) {
	t.Parallel()
	got, want := map[string]int{}, map[string]float64{}
	a, b := people("A", 6), people("B", 6)
	many(t, draw.Plan{Strata: []draw.Stratum{{ID: "A", Count: 1}, {ID: "B", Count: 1}}, Candidates: append(a, b...)}, func(r *draw.Record) { got[fmt.Sprint(r.Drawn())]++ })
	for _, x := range a {
		for _, y := range b {
			want[fmt.Sprint([]string{x.ID, y.ID})] = seeds / 36.0
		}
	}
	chiSquare(t, got, want, 1)
}

// Drawing by weight without replacement: each next one in proportion to the weight among those left.
func TestFair_weights(t *testing.T) {
	t.Parallel()
	got, want := map[string]int{}, map[string]float64{}
	pool := people("A", 3)
	for i := range pool {
		pool[i].Weight = int64(i + 1)
	}
	many(t, draw.Plan{Strata: []draw.Stratum{{ID: "A", Count: 2}}, Candidates: pool}, func(r *draw.Record) { got[fmt.Sprint(r.Drawn())]++ })
	for _, a := range pool {
		for _, b := range pool {
			if a.ID != b.ID {
				want[fmt.Sprint([]string{a.ID, b.ID})] = seeds * float64(a.Weight) / 6 * float64(b.Weight) / float64(6-a.Weight)
			}
		}
	}
	chiSquare(t, got, want, 1)
}

func TestFair_everyTeamIsSentAsOften(t *testing.T) {
	t.Parallel()
	got, want := map[string]int{}, map[string]float64{}
	p := draw.Plan{Strata: []draw.Stratum{{ID: "A", Count: 1}}, Candidates: people("A", 1), Pairing: &draw.Pairing{Team: 2, Cap: 1}}
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		p.Inspectors = append(p.Inspectors, draw.Inspector{ID: id})
		for _, other := range []string{"a", "b", "c", "d", "e", "f"} {
			if id < other {
				want[fmt.Sprint([]string{id, other})] = seeds / 15.0
			}
		}
	}
	many(t, p, func(r *draw.Record) { got[fmt.Sprint(r.Team("A0000"))]++ })
	chiSquare(t, got, want, 1)
}

// The test itself must bite: a draw that prefers one of fifty by three tenths is found out.
func TestFair_aBiasIsSeen(t *testing.T) {
	t.Parallel()
	const n, k = 50, 10
	got, want := map[string]int{}, map[string]float64{}
	for _, c := range people("A", n) {
		got[c.ID], want[c.ID] = seeds*k/n, seeds*k/n
	}
	got["A0007"] += seeds * k / n / 10 * 3
	quiet := &testing.T{}
	if chiSquare(quiet, got, want, float64(n-1)/(n-k)); !quiet.Failed() {
		t.Error("the bias is not seen")
	}
}

func TestRFC3797_reproducesItsExample(t *testing.T) {
	t.Parallel()
	key := draw.KeyRFC3797([][]int64{{9319}, {2, 5, 12, 8, 10}, {9, 18, 26, 34, 41, 45}})
	if key != "9319./2.5.8.10.12./9.18.26.34.41.45./" {
		t.Fatal(key)
	}
	want := []int{17, 7, 2, 16, 25, 23, 8, 24, 19, 13} // RFC 3797 section 6, counted from 1
	got := draw.SelectRFC3797(key, 25, 10)
	for i := range got {
		got[i]++
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The example of the RFC as a draw: with a record that verifies, and that the second implementation computes as well.
func TestRFC3797_asADraw(t *testing.T) {
	t.Parallel()
	p := draw.Plan{Title: "RFC 3797 section 6", Opens: opens, Method: draw.RFC3797, Strata: []draw.Stratum{{ID: "all", Count: 10}},
		Sources: []draw.Source{{Kind: draw.Numbers, Name: "lottery 1", Count: 1}, {Kind: draw.Numbers, Name: "lottery 2", Count: 5}, {Kind: draw.Numbers, Name: "lottery 3", Count: 6}}}
	for i := range 25 {
		p.Candidates = append(p.Candidates, draw.Candidate{ID: fmt.Sprintf("%02d", i+1), Stratum: "all"})
	}
	var values []draw.Value
	for i, typed := range []string{"9319", "2, 5, 12, 8, 10", "9 18 26 34 41 45"} {
		v, err := draw.ParseValue(p.Sources[i], typed)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	r := reveal(t, p, values)
	if got := fmt.Sprint(r.Drawn()); got != "[17 07 02 16 25 23 08 24 19 13]" {
		t.Error(got)
	}
	r, err := r.Withdraw(draw.Withdrawal{At: later, From: draw.Candidates, ID: "16", Reason: "cannot serve"})
	if err != nil {
		t.Fatal(err)
	}
	if got := slowRecord(r.Bytes()); got != string(r.Bytes()) {
		t.Errorf("%s\nby the page\n%s", r.Bytes(), got)
	}
	if _, err := draw.Verify(r.Bytes()); err != nil {
		t.Error(err)
	}
}
