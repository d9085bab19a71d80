package inspect

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tongban/tongban/draw"
)

// Town is a population whose companies have a problem with a chance that depends on their tier.
type Town struct {
	Sizes map[string]int64 // companies of each tier
	Found map[string]int64 // in a thousand
}

// Hanzhong is what practice 36 published: 45,339 companies in four tiers, found with problems in 79.6 % (C) and 59 % (D) of the checks against 25 %
// usual. For A and B nothing is published: they have the usual share here. That C is above D is as it was published.
func Hanzhong() Town {
	return Town{Sizes: map[string]int64{"A": 41_275, "B": 1_387, "C": 1_888, "D": 789}, Found: map[string]int64{"A": 250, "B": 250, "C": 796, "D": 590}}
}

// Tally is what a draw finds.
type Tally struct {
	Visits map[string]int64 `json:"visits"` // by tier
	Found  map[string]int64 `json:"found"`
}

// Sum adds up a count by tier.
func Sum(count map[string]int64) (n int64) {
	for _, k := range count {
		n += k
	}
	return n
}

// Compare draws as many companies of a town once alike and once by the ratios (in ten thousand) of tiers, with the program's own draw, and
// tells what each finds. The same seed gives the same.
func (t Town) Compare(seed string, ratios map[string]int64) (uniform, tiered Tally, err error) {
	var byTier, alike draw.Plan
	for _, tier := range Strata() {
		drawn := ratios[tier] > 0 // a tier of which nobody is drawn has no place in a plan
		if drawn && t.Sizes[tier] > 0 {
			byTier.Strata = append(byTier.Strata, draw.Stratum{ID: tier, Per10000: ratios[tier]})
		}
		for i := range t.Sizes[tier] {
			id := fmt.Sprintf("%s%06d", tier, i)
			alike.Candidates = append(alike.Candidates, draw.Candidate{ID: id, Stratum: "*"})
			if drawn {
				byTier.Candidates = append(byTier.Candidates, draw.Candidate{ID: id, Stratum: tier})
			}
		}
	}
	if tiered, err = t.visit(seed, byTier); err != nil {
		return uniform, tiered, err
	}
	alike.Strata = []draw.Stratum{{ID: "*", Count: Sum(tiered.Visits)}}
	uniform, err = t.visit(seed, alike)
	return uniform, tiered, err
}

// visit draws by a plan, whose candidates begin with the letter of their tier, and counts what is found.
func (t Town) visit(seed string, p draw.Plan) (Tally, error) {
	out := Tally{map[string]int64{}, map[string]int64{}}
	p.Title, p.Opens, p.Sources = "simulation", time.Unix(1_000_000_000, 0).UTC(), []draw.Source{{Kind: draw.Public, Name: "seed"}}
	c, err := draw.Commit(p)
	if err != nil {
		return out, err
	}
	r, err := c.Reveal(p.Opens, []draw.Value{{Text: seed}})
	if err != nil {
		return out, err
	}
	for _, id := range r.Drawn() {
		tier := id[:1]
		out.Visits[tier]++
		if t.problem(seed, id, tier) {
			out.Found[tier]++
		}
	}
	return out, nil
}

// problem reports whether a company has one: a fact of the town, whoever visits it.
func (t Town) problem(seed, id, tier string) bool {
	sum := sha256.Sum256([]byte("tongban.inspect/1 problem\n" + seed + "\n" + id))
	return int64(binary.BigEndian.Uint64(sum[:8])%1000) < t.Found[tier]
}
