package hall_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// editions is a catalogue of one item in two versions; new cases begin with the version that is current.
type editions struct {
	mu      sync.Mutex
	current string
	all     map[string]*caseflow.Item
}

// twoEditions has a second version that promises one day instead of two and gives the tax office three days instead of one.
func twoEditions() *editions {
	second := sample()
	second.Version = "2"
	second.Limits.Promised = limit(1, "")
	within := limit(3, "")
	for i := range second.Steps {
		if second.Steps[i].ID == "tax" {
			second.Steps[i].Within = &within
		}
	}
	return &editions{current: "1", all: map[string]*caseflow.Item{"1": sample(), "2": second}}
}

func (e *editions) Current(id caseflow.ItemID) *caseflow.Item {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.Item("test", e.current, id)
}

func (e *editions) Item(_, version string, id caseflow.ItemID) *caseflow.Item {
	if it := e.all[version]; it != nil && it.ID == id {
		return it
	}
	return nil
}

func (e *editions) use(version string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current = version
}

func recountHall(t *testing.T, st store.Store, c *clock, e *editions, cal func(string) *workday.Calendar) *hall.Hall {
	t.Helper()
	h, err := hall.New(hall.Options{Store: st, Catalogue: e, Now: c.Now, Calendar: cal})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

var admin = ofProvince(official("o-admin", "office", caseflow.RoleAdmin))

// ofProvince is an official of the whole province.
func ofProvince(a caseflow.Actor) caseflow.Actor {
	a.Region = "610000"
	return a
}

// town opens n cases in a region, hands them in, and accepts them if asked, many at a time.
func town(t *testing.T, h *hall.Hall, region string, n int, accept bool) []store.Key {
	t.Helper()
	keys := make([]store.Key, n)
	by := clerk
	by.Region = region
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < n; i += 16 {
				keys[i] = submitted(t, h, region)
				if accept {
					do(t, h, by, keys[i], caseflow.Accept{})
				}
			}
		})
	}
	wg.Wait()
	return keys
}

// whole follows a recount to its end and counts its parts.
func whole(t *testing.T, part func(cursor string) (*hall.RecountPage, error)) (all map[store.Key]hall.Recounted, kept, parts int) {
	t.Helper()
	all = map[store.Key]hall.Recounted{}
	for cursor := ""; ; {
		p, err := part(cursor)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Cases) > 100 {
			t.Fatalf("a part of %d cases", len(p.Cases))
		}
		for _, c := range p.Cases {
			if _, twice := all[c.Key]; twice {
				t.Fatalf("%s is listed twice", c.Case)
			}
			all[c.Key] = c
		}
		parts, kept = parts+1, kept+p.Kept
		if p.Next == "" {
			return all, kept, parts
		}
		cursor = p.Next
	}
}

func has(keys []store.Key, all map[store.Key]hall.Recounted) int {
	n := 0
	for _, k := range keys {
		if _, ok := all[k]; ok {
			n++
		}
	}
	return n
}

func journal(t *testing.T, h *hall.Hall, key store.Key) []hall.Entry {
	t.Helper()
	list, err := h.History(context.Background(), hall.System, key)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Hundreds of cases under an old version: those accepted from the effective date on take the new limits, once, and say
// why; all others keep what they have.
func TestChangedLimitsReachTheCasesAcceptedFromTheirDate(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, e := monday(), twoEditions()
		h := recountHall(t, st, c, e, nil)
		old := town(t, h, region, 60, true)
		c.Add(24 * time.Hour)
		young := town(t, h, region, 130, true)
		waiting := town(t, h, region, 20, false)
		below := town(t, h, "610503", 10, true)   // another district
		outside := town(t, h, "610602", 10, true) // another city
		e.use("2")
		fresh := town(t, h, region, 5, true) // began with the new version
		c.Add(time.Minute)
		change := hall.Change{Item: "company-open", Version: "2", Reason: "承诺时限压缩",
			AcceptedFrom: time.Date(2026, 11, 24, 0, 0, 0, 0, workday.Shanghai)}
		before := map[store.Key]time.Time{}
		for _, k := range slices.Concat(old, young, waiting, below, outside, fresh) {
			before[k] = promised(t, h, k)
		}

		city := admin
		city.Region = "610500"
		tried, kept, parts := whole(t, func(cursor string) (*hall.RecountPage, error) {
			return h.TryRecount(t.Context(), city, change, cursor)
		})
		if len(tried) != 160 || has(young, tried) != 130 || has(below, tried) != 10 || has(waiting, tried) != 20 || kept != 65 || parts < 3 {
			t.Fatalf("%d cases (%d, %d, %d), %d kept, in %d parts", len(tried), has(young, tried), has(below, tried), has(waiting, tried), kept, parts)
		}
		for k, r := range tried {
			if slices.Contains(waiting, k) { // see TestChangedLimitsWaitForTheDayOfAcceptance
				continue
			}
			if r.Outcome != hall.WouldChange || r.Takes != hall.TakesAccepted || len(r.Moves) != 1 || r.Moves[0].Clock != caseflow.ClockPromised || r.Moves[0].Why != "rule" {
				t.Fatalf("%s: %+v", k.Case, r)
			}
		}
		unmoved(t, h, before, slices.Collect(maps.Keys(before)))

		give := func(cursor string) (*hall.RecountPage, error) {
			return h.Recount(t.Context(), city, "r-1", change, cursor)
		}
		done, _, _ := whole(t, give)
		if len(done) != len(tried) {
			t.Fatalf("%d cases changed, the trial listed %d", len(done), len(tried))
		}
		for k, r := range done {
			if slices.Contains(waiting, k) {
				continue
			}
			if want := tried[k].Moves; r.Outcome != hall.Changed || !slices.Equal(r.Moves, want) {
				t.Fatalf("%s: %+v, the trial said %+v", k.Case, r, want)
			}
			if now := promised(t, h, k); !now.Equal(r.Moves[0].Due) || !now.Before(before[k]) {
				t.Fatalf("%s is due %v, told %v, was %v", k.Case, now, r.Moves[0].Due, before[k])
			}
		}
		unmoved(t, h, before, slices.Concat(old, waiting, outside, fresh))
		if again, _, _ := whole(t, give); len(again) != len(done) {
			t.Fatalf("the repeat answers for %d cases, want the first answer for %d", len(again), len(done))
		}
		entries := saysWhy(t, h, young[7], change.Reason)
		if n := saysWhy(t, h, young[8], change.Reason); n != entries {
			t.Fatalf("%d entries, another has %d: the repeat did something", n, entries)
		}
		if left, _, _ := whole(t, func(cursor string) (*hall.RecountPage, error) {
			return h.TryRecount(t.Context(), city, change, cursor)
		}); len(left) != 0 {
			t.Fatalf("%d cases would change again", len(left))
		}
		do(t, h, market, young[0], caseflow.Grant{Task: task(t, h, young[0], "register")})
		v, err := h.View(t.Context(), hall.System, young[0], "", "")
		if err != nil {
			t.Fatal(err)
		}
		want := workday.National().Due(c.Now(), workday.Limit{N: 3}).At
		if k := v.Case.Clock(caseflow.StepClock("tax", 1)); !k.Due.Equal(want) {
			t.Fatalf("a step that began later is due %v, by the new limits %v", k.Due, want)
		}
	})
}

// A request that came in before the day and is not accepted yet takes the new limits if it is accepted on the day or later:
// by somebody, it is; by silence it is as from when it came in.
func TestChangedLimitsWaitForTheDayOfAcceptance(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, e := monday(), twoEditions()
		h := recountHall(t, st, c, e, nil)
		keys := town(t, h, region, 3, false)
		do(t, h, clerk, keys[2], caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Material: "address", Words: "请补充住所证明"}}})
		c.Add(24 * time.Hour)
		e.all["2"].Limits.Acceptance = limit(3, caseflow.EffectAccept)
		e.all["2"].Limits.Correction = limit(20, caseflow.EffectWithdraw)
		city := admin
		city.Region = "610500"
		change := hall.Change{Item: "company-open", Version: "2", Reason: "承诺时限压缩",
			AcceptedFrom: time.Date(2026, 11, 24, 0, 0, 0, 0, workday.Shanghai)}
		was := due(t, h, keys[0], caseflow.ClockAcceptance)
		check := func(all map[store.Key]hall.Recounted) {
			for i, want := range []string{hall.TakesIfAccepted, hall.TakesIfAccepted, hall.TakesSurely} {
				if r := all[keys[i]]; r.Takes != want || (len(r.Moves) > 0) != (want == hall.TakesSurely) {
					t.Fatalf("case %d: %+v, want %s", i, r, want)
				}
			}
		}
		tried, _, _ := whole(t, func(cursor string) (*hall.RecountPage, error) { return h.TryRecount(t.Context(), city, change, cursor) })
		check(tried)
		done, _, _ := whole(t, func(cursor string) (*hall.RecountPage, error) {
			return h.Recount(t.Context(), city, "r-1", change, cursor)
		})
		check(done)
		if now := due(t, h, keys[0], caseflow.ClockAcceptance); !now.Equal(was) {
			t.Fatalf("the limit to accept moved from %v to %v", was, now)
		}
		do(t, h, clerk, keys[0], caseflow.Accept{})
		if got, want := promised(t, h, keys[0]), workday.National().Due(c.Now(), workday.Limit{N: 1}).At; !got.Equal(want) {
			t.Fatalf("accepted after the day it is due %v, want %v", got, want)
		}
		c.Set(was)
		ran(t, h)
		came := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
		if got, want := promised(t, h, keys[1]), workday.National().Due(came, workday.Limit{N: 2}).At; !got.Equal(want) {
			t.Fatalf("accepted by silence as from before the day it is due %v, want %v", got, want)
		}
		if left, _, _ := whole(t, func(cursor string) (*hall.RecountPage, error) {
			return h.TryRecount(t.Context(), city, change, cursor)
		}); len(left) != 0 {
			t.Fatalf("%d cases would change again: %v", len(left), left)
		}
	})
}

// unmoved fails if a promised limit is not what it was.
func unmoved(t *testing.T, h *hall.Hall, before map[store.Key]time.Time, keys []store.Key) {
	t.Helper()
	for _, k := range keys {
		if now := promised(t, h, k); !now.Equal(before[k]) {
			t.Fatalf("%s moved from %v to %v", k.Case, before[k], now)
		}
	}
}

// saysWhy fails unless the last entry of a case is the administrator's recount with its reason, and counts the entries.
func saysWhy(t *testing.T, h *hall.Hall, key store.Key, reason string) int {
	t.Helper()
	list := journal(t, h, key)
	last := list[len(list)-1]
	said := slices.ContainsFunc(last.Decoded, func(ev caseflow.Event) bool {
		r, ok := ev.(caseflow.Recounted)
		return ok && r.Reason == reason
	})
	if last.Verb != "recount" || last.Actor.ID != admin.ID || !said {
		t.Fatalf("the last entry is %s by %s: %+v", last.Verb, last.Actor.ID, last.Decoded)
	}
	return len(list)
}

func promised(t *testing.T, h *hall.Hall, key store.Key) time.Time {
	t.Helper()
	v, err := h.View(context.Background(), hall.System, key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if k := v.Case.Clock(caseflow.ClockPromised); k != nil {
		return k.Due
	}
	return time.Time{}
}

// floods is the national calendar with another day off.
func floods(t *testing.T) *workday.Calendar {
	t.Helper()
	cal, err := workday.National().Overlay("610502", []byte(`{"schema":"tongban.holidays/1","country":"CN",
		"timezone":"Asia/Shanghai","region":"610502","coverage":{"from":"2026-01-01","to":"2026-12-31"},
		"days":[{"date":"2026-11-24","name":"防汛","kind":"off"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// A published calendar moves due dates; the applicant and the departments that bear them are told, each once and nobody else.
func TestARecountTellsThoseConcerned(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, e := monday(), twoEditions()
		cal := workday.National()
		h := recountHall(t, st, c, e, func(string) *workday.Calendar { return cal })
		key := town(t, h, region, 1, true)[0]
		do(t, h, market, key, caseflow.Grant{Task: task(t, h, key, "register")})
		cal = floods(t)
		c.Add(time.Hour)
		p, err := h.Recount(t.Context(), hall.System, "flood-1", hall.Change{Reason: "防汛停工一天"}, "")
		if err != nil || len(p.Cases) != 1 || len(p.Cases[0].Moves) < 3 || p.Cases[0].Moves[0].Why != "calendar" {
			t.Fatalf("%+v %v", p, err)
		}
		told := func(by caseflow.Actor) (n int) {
			list, _, err := h.Messages(t.Context(), by, "", store.MessageQuery{Region: region})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				if m.Template != "recounted" {
					continue
				}
				n++
				if body := string(m.Body); !strings.Contains(body, "防汛停工一天") || by.Kind == caseflow.ActorOfficial && strings.Contains(body, "王秀英") {
					t.Errorf("%s reads %s", by.ID, body)
				}
			}
			return n
		}
		elsewhere := tax
		elsewhere.Region = "610503"
		for _, x := range []struct {
			by   caseflow.Actor
			want int
		}{{citizen, 1}, {clerk, 1}, {tax, 1}, {police, 1}, {market, 0}, {other, 0}, {elsewhere, 0}} {
			if n := told(x.by); n != x.want {
				t.Errorf("%s was told %d times, want %d", x.by.ID, n, x.want)
			}
		}
	})
}

func TestARecountIsForAdministratorsOfTheRegion(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, e := monday(), twoEditions()
		h := recountHall(t, st, c, e, nil)
		key := town(t, h, region, 1, true)[0]
		change := hall.Change{Item: "company-open", Version: "2", AcceptedFrom: c.Now(), Reason: "新规定"}
		entries := len(journal(t, h, key))
		foreign := admin
		foreign.Region = "610602"
		for _, by := range []caseflow.Actor{citizen, clerk, market, tax, {}, official("o-head", "hall", caseflow.RoleHead),
			official("o-watch", "office", caseflow.RoleSupervisor)} {
			_, tried := h.TryRecount(t.Context(), by, change, "")
			_, done := h.Recount(t.Context(), by, "r-"+by.ID, change, "")
			_, direct := h.Do(t.Context(), by, "", key, caseflow.Recount{Reason: "新规定"})
			if !errors.Is(tried, hall.ErrNotFound) || !errors.Is(done, hall.ErrNotFound) || direct == nil {
				t.Errorf("%s: tries %v, applies %v, directly %v", by.ID, tried, done, direct)
			}
		}
		if p, err := h.Recount(t.Context(), foreign, "r-f", change, ""); err != nil || len(p.Cases)+p.Kept != 0 {
			t.Errorf("an administrator of another city finds %+v %v", p, err)
		}
		change.Region = region
		if _, err := h.Recount(t.Context(), foreign, "r-g", change, ""); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("an administrator of another city names this one: %v", err)
		}
		if n := len(journal(t, h, key)); n != entries {
			t.Fatalf("%d entries, %d before", n, entries)
		}
	})
}

func TestARecountSaysWhatIsMissing(t *testing.T) {
	c, e := monday(), twoEditions()
	h := recountHall(t, openStore(t), c, e, nil)
	good := hall.Change{Item: "company-open", Version: "2", AcceptedFrom: c.Now(), Reason: "新规定"}
	for field, spoil := range map[string]func(*hall.Change){
		"reason":       func(x *hall.Change) { x.Reason = " " },
		"item":         func(x *hall.Change) { x.Item = "no-such" },
		"version":      func(x *hall.Change) { x.Version = "9" },
		"acceptedFrom": func(x *hall.Change) { x.AcceptedFrom = time.Time{} },
	} {
		bad := good
		spoil(&bad)
		_, err := h.TryRecount(t.Context(), admin, bad, "")
		var r *caseflow.Refusal
		if !errors.As(err, &r) || len(r.Fields) != 1 || r.Fields[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, request := range []string{"", strings.Repeat("r", 61), "a b"} {
		if _, err := h.Recount(t.Context(), admin, request, good, ""); !errors.Is(err, hall.ErrBadRequest) {
			t.Errorf("request id %q: %v", request, err)
		}
	}
	if _, err := h.TryRecount(t.Context(), admin, good, region+"|nonsense"); !errors.Is(err, store.ErrCursor) && err != nil {
		t.Errorf("a bad cursor: %v", err)
	}
}

// One case that cannot be counted is told apart, and the others are counted.
func TestARecountGoesOnPastACaseThatFails(t *testing.T) {
	c, e := monday(), twoEditions()
	st := openStore(t)
	h := recountHall(t, st, c, e, nil)
	keys := town(t, h, region, 2, true)
	e.use("2")
	keys = append(keys, town(t, h, region, 1, true)...)
	lost := &editions{current: "1", all: map[string]*caseflow.Item{"1": e.all["1"]}} // the second version was never loaded here
	again := recountHall(t, st, c, lost, func(string) *workday.Calendar { return floods(t) })
	all, _, _ := whole(t, func(cursor string) (*hall.RecountPage, error) {
		return again.Recount(t.Context(), admin, "r-1", hall.Change{Reason: "防汛"}, cursor)
	})
	got := fmt.Sprint(all[keys[0]].Outcome, all[keys[1]].Outcome, all[keys[2]].Outcome)
	if got != fmt.Sprint(hall.Changed, hall.Changed, hall.Failed) {
		t.Fatalf("outcomes %s", got)
	}
}
