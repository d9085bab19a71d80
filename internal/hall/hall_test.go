package hall_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/workday"
)

// region is where the cases of a test live; a simulation takes one of its own.
const region = "610502"

var (
	citizen = caseflow.Actor{ID: "u-wang", Kind: caseflow.ActorCitizen, Name: "王秀英",
		Document: ident.Document{Type: "resident-id", No: "610502199001010011"}}
	other = caseflow.Actor{ID: "u-li", Kind: caseflow.ActorCitizen, Name: "李建国"}
)

func official(id, department string, roles ...string) caseflow.Actor {
	return caseflow.Actor{ID: id, Kind: caseflow.ActorOfficial, Name: id, Department: department, Region: region, Roles: roles}
}

var (
	clerk  = official("o-clerk", "hall", caseflow.RoleClerk)
	market = official("o-market", "market", caseflow.RoleReviewer)
	tax    = official("o-tax", "tax", caseflow.RoleReviewer)
	police = official("o-police", "police", caseflow.RoleReviewer)
)

func limit(n int, effect caseflow.Effect) caseflow.Rule {
	return caseflow.Rule{Limit: workday.Limit{N: n}, Soon: workday.Limit{N: 1}, Effect: effect,
		Basis: caseflow.Basis{Law: "行政许可法", Article: "42"}}
}

// sample is a bundle with departments in parallel, small enough to see whole.
func sample() *caseflow.Item {
	within := limit(1, "")
	by := func(d string) caseflow.Post { return caseflow.Post{Department: d, Role: caseflow.RoleReviewer} }
	return &caseflow.Item{
		ID: "company-open", Pack: "test", Version: "1", Name: caseflow.Text{ZH: "企业开办", EN: "Open a company"}, Department: "hall", Subject: "form.child",
		Pages: []caseflow.Page{{Fields: []caseflow.Field{{Name: "child", Widget: "text", Personal: true}}}},
		Parts: []caseflow.Part{{ID: "registration", Department: "market", Core: true}, {ID: "tax", Department: "tax"}, {ID: "seal", Department: "police"}},
		Materials: []caseflow.Material{{ID: "address", Need: caseflow.Deferrable, Deferral: &caseflow.Deferral{
			Rule: limit(2, ""), Consequence: caseflow.ConsequenceRecord}}},
		Steps: []caseflow.Step{
			{ID: "register", Kind: caseflow.KindDecide, Part: "registration", By: by("market"), Within: &within},
			{ID: "licence", Kind: caseflow.KindIssue, Part: "registration", Needs: []caseflow.StepID{"register"},
				Result: &caseflow.Result{Licence: "business-licence", Numbering: caseflow.NumberCreditCode}},
			{ID: "tax", Kind: caseflow.KindDecide, Part: "tax", Needs: []caseflow.StepID{"licence"}, By: by("tax"), Within: &within},
			{ID: "seal", Kind: caseflow.KindDecide, Part: "seal", Needs: []caseflow.StepID{"licence"}, By: by("police"), Within: &within},
			{ID: "deliver", Kind: caseflow.KindDeliver, Needs: []caseflow.StepID{"tax", "seal"},
				By: caseflow.Post{Department: "hall", Role: caseflow.RoleClerk}},
		},
		Limits: caseflow.Limits{Acceptance: limit(5, caseflow.EffectAccept), Statutory: limit(20, ""), Promised: limit(2, ""),
			Correction: limit(15, caseflow.EffectWithdraw)},
		Extension: &caseflow.Extension{Limit: workday.Limit{N: 10}, Role: caseflow.RoleHead},
		Stops:     []caseflow.StopCause{{ID: "appraisal", Max: workday.Limit{N: 10}, Times: 1}},
		Grounds:   []caseflow.Ground{{ID: "not-eligible", Basis: caseflow.Basis{Law: "公司法", Article: "29"}}},
	}
}

// shelf is a catalogue of one item.
type shelf struct{ it *caseflow.Item }

func (s shelf) Current(id caseflow.ItemID) *caseflow.Item {
	if id == s.it.ID {
		return s.it
	}
	return nil
}

func (s shelf) Item(_, _ string, id caseflow.ItemID) *caseflow.Item { return s.Current(id) }

// clock is virtual time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *clock) Add(d time.Duration) { c.Set(c.Now().Add(d)) }

func monday() *clock { return &clock{now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)} }

func openStore(t testing.TB) store.Store { return openAt(t, filepath.Join(t.TempDir(), "t.db")) }

// onBoth runs a test on the embedded store and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, st store.Store)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, openStore(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, openAt(t, pgtest.Start(t)))
	})
}

func openAt(t testing.TB, address string) store.Store {
	t.Helper()
	st, err := sqlstore.Open(t.Context(), sqlstore.Options{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func newHall(t testing.TB, st store.Store, c *clock) *hall.Hall { return newHallWith(t, st, c, nil) }

// newHallWith also takes the randomness; nil is the system's.
func newHallWith(t testing.TB, st store.Store, c *clock, random io.Reader) *hall.Hall {
	t.Helper()
	h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{sample()}, Now: c.Now, Rand: random})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

var openCommand = caseflow.Open{Item: "company-open", Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{
	Kind: "person", Name: "王秀英", Document: ident.Document{Type: "resident-id", No: "610502199001010011"}, Phone: "13800138000"}}

// begin opens a case in a region and returns its key.
func begin(t testing.TB, h *hall.Hall, region, request string) store.Key {
	t.Helper()
	r, err := h.Do(context.Background(), citizen, request, store.Key{Region: region}, openCommand)
	if err != nil {
		t.Fatal(err)
	}
	return store.Key{Region: r.Region, Case: r.Case}
}

func do(t testing.TB, h *hall.Hall, by caseflow.Actor, key store.Key, cmd caseflow.Command) hall.Receipt {
	t.Helper()
	r, err := h.Do(context.Background(), by, "", key, cmd)
	if err != nil {
		t.Fatalf("%s by %s: %v", cmd.Verb(), by.ID, err)
	}
	return r
}

// task finds the live task of a step.
func task(t testing.TB, h *hall.Hall, key store.Key, step caseflow.StepID) int {
	t.Helper()
	v, err := h.View(context.Background(), hall.System, key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range v.Case.Tasks {
		if k := &v.Case.Tasks[i]; k.Step == step && k.Live() {
			return k.ID
		}
	}
	t.Fatalf("no live task of step %s", step)
	return 0
}

func submitted(t testing.TB, h *hall.Hall, region string) store.Key {
	key := begin(t, h, region, "")
	do(t, h, citizen, key, caseflow.Defer{Material: "address", Signed: "王秀英"})
	do(t, h, citizen, key, caseflow.Submit{})
	return key
}

func TestCompanyIsOpenedThroughTheHall(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		key := submitted(t, h, region)
		do(t, h, clerk, key, caseflow.Accept{})
		do(t, h, market, key, caseflow.Grant{Task: task(t, h, key, "register")})
		do(t, h, tax, key, caseflow.Grant{Task: task(t, h, key, "tax")})
		do(t, h, police, key, caseflow.Grant{Task: task(t, h, key, "seal")})
		do(t, h, clerk, key, caseflow.Deliver{Task: task(t, h, key, "deliver"), How: "window", Receiver: "王秀英"})
		v, err := h.View(t.Context(), citizen, key, "", "")
		if err != nil || v.Case.Phase != caseflow.PhaseClosed {
			t.Fatalf("phase %v, error %v", v, err)
		}
		lic, _, err := h.Verify(t.Context(), v.Case.Licences[0].Verify)
		if err != nil || lic.State != caseflow.LicenceValid {
			t.Fatalf("verify: %v %v", lic, err)
		}
		history, err := h.History(t.Context(), citizen, key)
		if err != nil || len(history) != v.Entry {
			t.Fatalf("history has %d entries, want %d (%v)", len(history), v.Entry, err)
		}
	})
}

func TestNobodySeesTheCaseOfSomebodyElse(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		key := submitted(t, h, region)
		stranger := official("o-x", "fire", caseflow.RoleReviewer)
		far := clerk
		far.Region = "610802"
		for _, by := range []caseflow.Actor{other, stranger, far, {}, {ID: "a", Kind: caseflow.ActorOfficial, Region: region, Roles: []string{caseflow.RoleAdmin}}} {
			if _, err := h.View(t.Context(), by, key, "", ""); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%+v sees the case: %v", by, err)
			}
			if _, err := h.Do(t.Context(), by, "", key, caseflow.Withdraw{}); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%+v may act: %v", by, err)
			}
			if _, err := h.Do(t.Context(), by, "", store.Key{Region: region, Case: "610502-20261123-999999"}, caseflow.Withdraw{}); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("a missing case reads differently: %v", err)
			}
		}
	})
}

func TestSameRequestAHundredTimesIsOneCase(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		var wg sync.WaitGroup
		got := make([]hall.Receipt, 100)
		for i := range got {
			wg.Go(func() {
				r, err := h.Do(context.Background(), citizen, "once", store.Key{Region: region}, openCommand)
				if err != nil {
					t.Error(err)
				}
				got[i] = r
			})
		}
		wg.Wait()
		for _, r := range got {
			if r != got[0] {
				t.Fatalf("answers differ: %+v and %+v", r, got[0])
			}
		}
		again := newHall(t, st, monday()) // after a restart
		if r, err := again.Do(t.Context(), citizen, "once", store.Key{Region: region}, openCommand); err != nil || r != got[0] {
			t.Fatalf("after a restart: %+v %v", r, err)
		}
		different := openCommand
		different.Applicant.Name = "王秀兰"
		if _, err := again.Do(t.Context(), citizen, "once", store.Key{Region: region}, different); !errors.Is(err, hall.ErrOtherBody) {
			t.Fatalf("another body under the same id: %v", err)
		}
		if _, err := again.Do(t.Context(), other, "once", store.Key{Region: region}, openCommand); !errors.Is(err, hall.ErrOtherBody) {
			t.Fatalf("another person under the same id: %v", err)
		}
	})
}

func TestClocksActOnceAndSayWhenTheyAreLate(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		key := submitted(t, h, region)
		c.Set(time.Date(2026, 12, 7, 4, 0, 0, 0, time.UTC)) // the acceptance clock ran out a week ago, nobody served
		second := newHall(t, st, c)
		var wg sync.WaitGroup
		for _, s := range []*hall.Hall{h, second, h, second} {
			wg.Go(func() {
				if _, err := s.RunClocks(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		history, err := h.History(t.Context(), citizen, key)
		if err != nil {
			t.Fatal(err)
		}
		accepted := 0
		for _, e := range history {
			for _, ev := range e.Decoded {
				switch ev := ev.(type) {
				case caseflow.Accepted:
					accepted++
				case caseflow.ClockLapsed:
					if !ev.Late {
						t.Error("a lapse a week late does not say so")
					}
				}
			}
		}
		if accepted != 1 {
			t.Fatalf("accepted %d times, want once", accepted)
		}
		if n, err := h.RunClocks(t.Context()); err != nil || n != 0 {
			t.Fatalf("a second run moved %d cases (%v)", n, err)
		}
	})
}

func TestAnOutageLengthensTheApplicantsLimitOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		started(t, h)
		key := correcting(t, h)
		waiting := submitted(t, h, region)
		before := due(t, h, key, caseflow.ClockCorrection)
		agency := due(t, h, waiting, caseflow.ClockAcceptance)
		c.Add(48 * time.Hour)
		again := newHall(t, st, c)
		started(t, again)
		if n := toldOfOutages(t, again); n != 2 {
			t.Fatalf("outage touched %d cases, want 2", n)
		}
		for _, k := range []store.Key{key, waiting} {
			if v, err := again.View(t.Context(), hall.System, k, "", ""); err != nil || len(v.Case.Outages) != 1 {
				t.Errorf("case %s does not say that the service was down (%v)", k.Case, err)
			}
		}
		if after := due(t, again, key, caseflow.ClockCorrection); !after.After(before) {
			t.Errorf("the applicant's limit stays at %v", after)
		}
		if after := due(t, again, waiting, caseflow.ClockAcceptance); !after.Equal(agency) {
			t.Errorf("the agency's limit moved from %v to %v", agency, after)
		}
	})
}

func due(t *testing.T, h *hall.Hall, key store.Key, id string) time.Time {
	t.Helper()
	v, err := h.View(t.Context(), hall.System, key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	k := v.Case.Clock(id)
	if k == nil {
		t.Fatalf("no clock %s", id)
	}
	return k.Due
}

func TestADepartmentAskedOnOneServerMayAnswerOnAnother(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		first, second := newHall(t, st, c), newHall(t, st, c)
		key := submitted(t, first, region)
		do(t, first, clerk, key, caseflow.Accept{})
		fire := official("o-fire", "fire", caseflow.RoleReviewer)
		employ(t, st, fire, region)
		if _, err := second.Do(t.Context(), fire, "", key, caseflow.Note{Words: "路过"}); !errors.Is(err, hall.ErrNotFound) {
			t.Fatalf("a department that takes no part may act: %v", err) // the second server now has the case in memory
		}
		do(t, first, market, key, caseflow.AskOpinion{Task: task(t, first, key, "register"), Ask: "消防有无意见",
			To: caseflow.Post{Department: "fire", Role: caseflow.RoleReviewer}, Within: workday.Limit{N: 1}})
		v, err := first.View(t.Context(), hall.System, key, "", "")
		if err != nil {
			t.Fatal(err)
		}
		do(t, second, fire, key, caseflow.Complete{Task: v.Case.LastTask, Words: "无意见"})
	})
}
