package credit

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/tongban/tongban/ident"
)

// A demo shows every tier, something published, something late and measures of both kinds, of companies that can be; sent again it changes nothing.
func TestDemo_shows_every_tier(t *testing.T) {
	t.Parallel()
	b := newBench(t, filepath.Join(t.TempDir(), "t.db"))
	b.index = standard35(t)
	m := &Module{Register: b.Register}
	companies := make([]Subject, 40)
	for n := range companies {
		companies[n] = Subject{Party: string(ident.MakeCreditCode('9', '1', yulin, fmt.Sprintf("DEM0%04d", n))), Name: fmt.Sprintf("榆林市第%d公司", n)}
	}
	for range 2 {
		must(t, m.Demo(t.Context(), yulin, companies))
		must(t, b.recompute(t.Context(), yulin))
		must(t, b.publish(t.Context(), yulin))
	}
	counts, err := b.counts(t.Context(), yulin)
	must(t, err)
	for _, tier := range Tiers {
		if counts[tier] == 0 {
			t.Errorf("nobody is in %s: %v", tier, counts)
		}
	}
	if n := len(b.shown(Licence, "")); n != len(companies) {
		t.Errorf("%d licences are shown", n)
	}
	kinds := map[string]bool{}
	for _, c := range companies {
		for _, a := range b.index.Joint.Apply(b.records(c.Party), today) {
			kinds[a.Kind] = true
		}
	}
	if !kinds[Incentive] || !kinds[Punishment] {
		t.Errorf("%v", kinds)
	}
}
