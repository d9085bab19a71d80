package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// nameOf is a name that the n-th case claims for a holder until an instant.
func nameOf(n int, trade, sound, holder string, until time.Time) store.NameRow {
	return store.NameRow{Key: KeyOf(n), Trade: trade, Division: "65", Name: "安康" + trade + "软件有限公司", Sound: sound, Holder: holder, Since: At(n), Until: until}
}

func claiming(n int, names ...store.NameRow) *store.Change {
	c := Opening(n)
	c.Names = names
	return c
}

var names = group{
	"a name has one holder at a time, and what claims it besides is not written at all": func(t *testing.T, s store.Store) {
		first := nameOf(1, "汉水", "han shui", "id:1", time.Time{})
		commit(t, s, claiming(1, first))
		if err := s.Commit(t.Context(), claiming(2, nameOf(2, "汉水", "han shui", "id:2", time.Time{}))); !errors.Is(err, store.ErrTaken) {
			t.Fatalf("a second holder: %v", err)
		}
		if _, err := s.Case(t.Context(), KeyOf(2)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the case was written: %v", err)
		}
		other := nameOf(3, "汉水", "han shui", "id:2", time.Time{})
		other.Division = "62"
		commit(t, s, claiming(3, other)) // another industry
		commit(t, s, claiming(4, nameOf(4, "汉水", "han shui", "id:1", time.Time{})))
		same(t, "the holder's later case has it", got(s.Names(t.Context(), store.NameQuery{Region: Region, Trade: "汉水", At: At(9)})).must(t)[1].Case, No(4))
	},
	"a name whose time is over is free, and the time is counted to the microsecond": func(t *testing.T, s store.Store) {
		commit(t, s, claiming(1, nameOf(1, "汉水", "han shui", "id:1", At(5).Add(time.Microsecond))))
		if err := s.Commit(t.Context(), claiming(5, nameOf(5, "汉水", "han shui", "id:2", time.Time{}))); !errors.Is(err, store.ErrTaken) {
			t.Errorf("a microsecond before: %v", err)
		}
		commit(t, s, claiming(6, nameOf(6, "汉水", "han shui", "id:2", time.Time{})))
		c := Next(1, 2) // the first case gives up what it has no more
		c.FreedNames = []store.NameRow{nameOf(1, "汉水", "han shui", "id:1", time.Time{})}
		commit(t, s, c)
		same(t, "the new holder keeps it", len(got(s.Names(t.Context(), store.NameQuery{Region: Region, Trade: "汉水", At: At(9)})).must(t)), 1)
	},
	"a name that is given up is free, also when it is claimed again in the same breath": func(t *testing.T, s store.Store) {
		commit(t, s, claiming(1, nameOf(1, "汉水", "han shui", "id:1", time.Time{})))
		c := Next(1, 2)
		c.FreedNames, c.Names = []store.NameRow{nameOf(1, "汉水", "han shui", "id:1", time.Time{})}, []store.NameRow{nameOf(1, "秦巴", "qin ba", "id:1", time.Time{})}
		commit(t, s, c)
		same(t, "given up", len(got(s.Names(t.Context(), store.NameQuery{Region: Region, Trade: "汉水", At: At(9)})).must(t)), 0)
		a, b := Next(1, 3), Next(1, 4)
		a.FreedNames = []store.NameRow{nameOf(1, "秦巴", "qin ba", "id:1", time.Time{})}
		b.Names = []store.NameRow{nameOf(1, "秦巴", "qin ba", "id:1", time.Time{})}
		waitA, waitB := s.Propose(t.Context(), a), s.Propose(t.Context(), b)
		if errA, errB := waitA(), waitB(); errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		same(t, "claimed again", len(got(s.Names(t.Context(), store.NameQuery{Region: Region, Trade: "秦巴", At: At(9)})).must(t)), 1)
	},
	"a name without an industry is its holder's in every one": func(t *testing.T, s store.Store) {
		whole := func(n int, holder string) store.NameRow {
			r := nameOf(n, "汉水", "han shui", holder, time.Time{})
			r.Division, r.Name = "", "安康汉水有限公司"
			return r
		}
		listed := func() int {
			return len(got(s.Names(t.Context(), store.NameQuery{Region: Region, Trade: "汉水", Sound: "han shui", At: At(50)})).must(t))
		}
		commit(t, s, claiming(1, whole(1, "id:1")))
		same(t, "listed once", listed(), 1)
		for i, division := range []string{"", "01", "65", "97"} {
			r := nameOf(2, "汉水", "han shui", "id:2", time.Time{})
			if r.Division = division; !errors.Is(s.Commit(t.Context(), claiming(2+i, r)), store.ErrTaken) {
				t.Errorf("another holder has it in division %q", division)
			}
		}
		commit(t, s, claiming(10, nameOf(10, "汉水", "han shui", "id:1", time.Time{}))) // the holder's own, with an industry
		commit(t, s, claiming(11, whole(11, "id:1")))
		same(t, "both of the holder", listed(), 2)
		c := Next(11, 2)
		c.FreedNames = []store.NameRow{whole(11, "id:1")}
		commit(t, s, c)
		same(t, "the other stays", listed(), 1)
		if err := s.Commit(t.Context(), claiming(20, whole(20, "id:2"))); !errors.Is(err, store.ErrTaken) {
			t.Errorf("without an industry beside one with it: %v", err)
		}
		c = Next(10, 2)
		c.FreedNames = []store.NameRow{nameOf(10, "汉水", "han shui", "id:1", time.Time{})}
		commit(t, s, c)
		commit(t, s, claiming(21, whole(21, "id:2")))
		c = Next(21, 2) // the industry is added to the name
		c.FreedNames, c.Names = []store.NameRow{whole(21, "id:2")}, []store.NameRow{nameOf(21, "汉水", "han shui", "id:2", time.Time{})}
		commit(t, s, c)
		if err := s.Commit(t.Context(), claiming(22, nameOf(22, "汉水", "han shui", "id:3", time.Time{}))); !errors.Is(err, store.ErrTaken) {
			t.Errorf("in that industry: %v", err)
		}
		other := nameOf(23, "汉水", "han shui", "id:3", time.Time{})
		other.Division = "62"
		commit(t, s, claiming(23, other))
	},
	"of all who claim a name at one instant exactly one has it": func(t *testing.T, s store.Store) {
		const many = 40
		var wg sync.WaitGroup
		outcomes := make([]error, many)
		for i := range many {
			wg.Go(func() {
				outcomes[i] = s.Commit(t.Context(), claiming(i, store.NameRow{Key: KeyOf(i), Trade: "汉水", Division: []string{"65", ""}[i%2], Name: "安康汉水软件有限公司",
					Sound: "han shui", Holder: fmt.Sprint("id:", i), Since: At(0), Until: At(100)}))
			})
		}
		wg.Wait()
		won := 0
		for i, err := range outcomes {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, store.ErrTaken):
				t.Errorf("claim %d: %v", i, err)
			}
		}
		same(t, "winners", won, 1)
		cases, _, err := s.Cases(t.Context(), store.CaseQuery{Region: Region, Limit: 100})
		same(t, "cases", len(cases), 1)
		if err != nil {
			t.Error(err)
		}
	},
	"names that come near one are found: the same, of the same sound, longer and shorter": func(t *testing.T, s store.Store) {
		for i, n := range []struct{ trade, sound string }{{"汉水", "han shui"}, {"翰水", "han shui"}, {"汉水源", "han shui yuan"}, {"汉", "han"}, {"秦巴", "qin ba"}} {
			commit(t, s, claiming(i, nameOf(i, n.trade, n.sound, fmt.Sprint("id:", i), At(50))))
		}
		q := store.NameQuery{Region: Region, Trade: "汉水", Sound: "han shui", Prefixes: []string{"汉"}, At: At(9)}
		var trades []string
		for _, n := range got(s.Names(t.Context(), q)).must(t) {
			trades = append(trades, n.Trade)
		}
		same(t, "near", trades, []string{"汉水", "汉", "汉水源", "翰水"})
		q.At = At(50)
		same(t, "when their time is over", len(got(s.Names(t.Context(), q)).must(t)), 0)
		q.At, q.Region = At(9), "610600"
		same(t, "in another region", len(got(s.Names(t.Context(), q)).must(t)), 0)
	},
	"a rebuild writes the names of a case again, and takes none from its new holder": func(t *testing.T, s store.Store) {
		commit(t, s, claiming(1, nameOf(1, "汉水", "han shui", "id:1", At(3)), nameOf(1, "秦巴", "qin ba", "id:1", time.Time{})))
		commit(t, s, claiming(5, nameOf(5, "汉水", "han shui", "id:5", time.Time{})))
		must(t, s.Reproject(t.Context(), claiming(1, nameOf(1, "汉水", "han shui", "id:1", At(3)), nameOf(1, "秦巴", "qin ba", "id:1", time.Time{}))))
		for trade, holder := range map[string]string{"汉水": "id:5", "秦巴": "id:1"} {
			list := got(s.Names(t.Context(), store.NameQuery{Region: Region, Trade: trade, At: At(9)})).must(t)
			if len(list) != 1 || list[0].Holder != holder {
				t.Errorf("%s: %+v", trade, list)
			}
		}
	},
}
