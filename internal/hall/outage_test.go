package hall_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// correcting opens a case whose applicant has a limit running.
func correcting(t testing.TB, h *hall.Hall) store.Key {
	t.Helper()
	key := submitted(t, h, region)
	do(t, h, clerk, key, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Material: "address", Words: "请补充住所证明"}}})
	return key
}

// killed is a store whose server dies after some more commits.
type killed struct {
	store.Store
	after atomic.Int64
}

func doomed(st store.Store, commits int) *killed {
	k := &killed{Store: st}
	k.after.Store(int64(commits))
	return k
}

func (k *killed) Propose(ctx context.Context, c *store.Change) func() error {
	if k.after.Add(-1) < 0 {
		return func() error { return store.ErrBusy }
	}
	return k.Store.Propose(ctx, c)
}

// started tells that a server serves.
func started(t testing.TB, h *hall.Hall) {
	t.Helper()
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// toldOfOutages lets a server make its passes, and returns how many cases they touched.
func toldOfOutages(t testing.TB, h *hall.Hall) int {
	t.Helper()
	n, err := h.ApplyOutages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// outages are those that the journal of a case tells of; it fails the test if the case keeps others.
func outages(t *testing.T, h *hall.Hall, key store.Key) (n int) {
	t.Helper()
	for _, e := range journal(t, h, key) {
		for _, ev := range e.Decoded {
			if _, ok := ev.(caseflow.OutageRecorded); ok {
				n++
			}
		}
	}
	if kept := caseOf(t, h, key).Outages; len(kept) != n {
		t.Fatalf("case %s keeps %v, its journal tells of %d", key.Case, kept, n)
	}
	return n
}

// A server that dies half way through its pass is followed by one that goes on, with the pause in between as a second outage: every
// case is told of both, once.
func TestOutagesAreToldWhollyAlsoIfServersDieOverIt(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		started(t, h)
		keys := []store.Key{correcting(t, h), correcting(t, h), correcting(t, h)}
		was := due(t, h, keys[0], caseflow.ClockCorrection)
		c.Add(48 * time.Hour)
		first := newHall(t, doomed(st, 1), c)
		started(t, first)
		if _, err := first.ApplyOutages(t.Context()); err == nil {
			t.Fatal("the first server did not die")
		}
		told := 0
		for _, key := range keys {
			told += outages(t, newHall(t, st, c), key)
		}
		if told != 1 {
			t.Fatalf("the first server told %d cases", told)
		}
		c.Add(24 * time.Hour) // nobody serves
		second := newHall(t, st, c)
		started(t, second)
		toldOfOutages(t, second)
		want := due(t, second, keys[0], caseflow.ClockCorrection)
		if !want.Equal(was.AddDate(0, 0, 3)) {
			t.Errorf("after three days without service a limit that was due %v is due %v", was, want)
		}
		for _, key := range keys {
			if n, at := outages(t, second, key), due(t, second, key, caseflow.ClockCorrection); n != 2 || !at.Equal(want) {
				t.Errorf("case %s has %d outages and is due %v, want %v", key.Case, n, at, want)
			}
		}
		third := newHall(t, st, c)
		started(t, third)
		if n := toldOfOutages(t, third); n != 0 {
			t.Fatalf("a third pass touched %d cases", n)
		}
		if left, err := st.Outages(t.Context()); err != nil || len(left) != 0 {
			t.Fatalf("%v are not done with (%v)", left, err)
		}
	})
}

// A case that somebody works on before the pass reaches it is told first, and not again.
func TestWhoIsQuickerThanThePassFindsTheLongerLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		started(t, h)
		worked, other := correcting(t, h), correcting(t, h)
		entries := len(journal(t, h, worked))
		c.Add(48 * time.Hour)
		again := newHall(t, st, c)
		started(t, again)
		if n := outages(t, again, worked) + outages(t, again, other); n != 0 {
			t.Fatalf("before the pass %d cases were told", n)
		}
		do(t, again, citizen, worked, caseflow.Correct{})
		entry := journal(t, again, worked)[entries]
		if _, first := entry.Decoded[0].(caseflow.OutageRecorded); !first || entry.Verb != "correct" {
			t.Fatalf("the entry begins with %+v", entry)
		}
		if n := toldOfOutages(t, again); n != 1 || outages(t, again, worked) != 1 || outages(t, again, other) != 1 {
			t.Fatalf("the pass touched %d cases", n)
		}
	})
}

// silent fails the test if the applicant of a case was told that a limit is over, or it acted.
func silent(t *testing.T, h *hall.Hall, key store.Key) {
	t.Helper()
	for _, e := range journal(t, h, key) {
		for _, ev := range e.Decoded {
			switch ev := ev.(type) {
			case caseflow.ClockLapsed:
				t.Errorf("%s lapsed", ev.Clock)
			case caseflow.ClockWarned:
				if ev.Level == caseflow.LevelOver {
					t.Errorf("%s was said to be over", ev.Clock)
				}
			}
		}
	}
	if p := caseOf(t, h, key).Phase; p != caseflow.PhaseCorrecting {
		t.Errorf("the case is %s", p)
	}
}

// A limit of the applicant that ran out while nobody served is never shown as over, nor does it act: it is told before the server is
// ready; and were the server to die before that, by whoever comes to the case first, the clocks too.
func TestALimitThatRanOutInAnOutageIsNeverOver(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		started(t, h)
		key := correcting(t, h)
		was := due(t, h, key, caseflow.ClockCorrection)
		c.Set(was.Add(-time.Minute))
		started(t, newHall(t, st, c)) // serves, but for the hours since
		c.Set(was.Add(time.Hour))
		if err := newHall(t, doomed(st, 0), c).Start(t.Context()); err == nil {
			t.Fatal("the first server did not die")
		}
		clocks := newHall(t, st, c)
		if err := clocks.FollowOutages(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := clocks.RunClocks(t.Context()); err != nil {
			t.Fatal(err)
		}
		silent(t, clocks, key)
		c.Set(due(t, clocks, key, caseflow.ClockCorrection).Add(-time.Minute))
		started(t, newHall(t, st, c))
		c.Add(time.Hour) // again, and now the server lives
		again := newHall(t, st, c)
		started(t, again)
		over, _, err := st.Clocks(t.Context(), store.ClockQuery{Region: region, Bearer: caseflow.BearerApplicant, DueBefore: c.Now()})
		if err != nil || len(over) != 0 {
			t.Errorf("a list shows %+v as over (%v)", over, err)
		}
		if _, err := again.RunClocks(t.Context()); err != nil {
			t.Fatal(err)
		}
		silent(t, again, key)
	})
}

// Who was suspended and gets a command before it has told that it serves again finds the outage first.
func TestACommandIsQuickerThanTheBeatAfterAPause(t *testing.T) {
	t.Parallel()
	st, c := openStore(t), monday()
	h := newHall(t, st, c)
	started(t, h)
	key := correcting(t, h)
	c.Set(due(t, h, key, caseflow.ClockCorrection).Add(time.Hour))
	do(t, h, citizen, key, caseflow.Correct{})
	if n := outages(t, h, key); n != 1 {
		t.Errorf("%d outages", n)
	}
}

// claiming tells of every claim of cases whose clocks are due, before it is made, as of when.
type claiming struct {
	store.Store
	claims chan time.Time
}

func (s *claiming) ClaimWaking(ctx context.Context, region string, now, lease time.Time, limit int) ([]store.Key, error) {
	select {
	case s.claims <- now:
	case <-ctx.Done():
	}
	return s.Store.ClaimWaking(ctx, region, now, lease, limit)
}

// A server that goes on after the machine was suspended records the pause before a clock of the applicant acts on it.
func TestAPauseOfTheRunningServerIsAnOutage(t *testing.T) {
	t.Parallel()
	c := monday()
	st := &claiming{openStore(t), make(chan time.Time)}
	h := newHall(t, st, c)
	key := correcting(t, h)
	was := due(t, h, key, caseflow.ClockCorrection)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go h.Serve(ctx)
	<-st.claims
	after := was.Add(time.Hour)
	c.Set(after)
	for at := range st.claims {
		if !at.Before(after) {
			break
		}
	}
	v, err := h.View(t.Context(), hall.System, key, "", "")
	if err != nil || v.Case.Phase != caseflow.PhaseCorrecting || len(v.Case.Outages) != 1 || !v.Case.Clock(caseflow.ClockCorrection).Due.After(was) {
		t.Fatalf("phase %s, outages %v (%v)", v.Case.Phase, v.Case.Outages, err)
	}
}

// An outage lengthens the limit of every applicant, however many they are.
func TestAnOutageReachesEveryApplicant(t *testing.T) {
	c := monday()
	st := openStore(t)
	h := newHall(t, st, c)
	started(t, h)
	const many = 300 // more than a chunk of the pass
	before := map[store.Key]time.Time{}
	for range many {
		key := correcting(t, h)
		before[key] = due(t, h, key, caseflow.ClockCorrection)
	}
	c.Add(48 * time.Hour)
	first := newHall(t, doomed(st, 280), c)
	started(t, first)
	if _, err := first.ApplyOutages(t.Context()); err == nil {
		t.Fatal("the first server did not die in its second chunk")
	}
	c.Add(time.Minute) // its lease is over
	again := newHall(t, st, c)
	started(t, again)
	if left, err := st.Outages(t.Context()); err != nil || len(left) != 1 || left[0].Cases != 256 || left[0].Cursor == "" {
		t.Fatalf("the first server came to %+v (%v)", left, err)
	}
	if n := toldOfOutages(t, again); n != many-256 {
		t.Errorf("the second server touched %d cases", n)
	}
	for key, was := range before {
		if n, after := outages(t, again, key), due(t, again, key, caseflow.ClockCorrection); n != 1 || !after.After(was) {
			t.Errorf("%s has %d outages, and the applicant's limit is at %v", key.Case, n, after)
		}
	}
}

// Nobody waits for the pass after an outage, so it lets people go first before each case; somebody waits for that of a calendar.
func TestOnlyThePassThatNobodyWaitsForYields(t *testing.T) {
	c := monday()
	st := openStore(t)
	var gaps atomic.Int64
	h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{sample()}, Now: c.Now, Gap: func(context.Context) { gaps.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	started(t, h)
	cases := []store.Key{correcting(t, h), correcting(t, h), correcting(t, h)}
	c.Add(48 * time.Hour)
	started(t, h)
	was := gaps.Load()
	if n := toldOfOutages(t, h); n != len(cases) || gaps.Load() < was+2*int64(n) {
		t.Errorf("the pass touched %d cases and let people go first %d times", n, gaps.Load()-was)
	}
	was = gaps.Load()
	if row := loadCalendar(t, h, notice("a.json", "", 2026, "2026-11-27 off")); row.Cases != len(cases) || gaps.Load() != was {
		t.Errorf("the pass of a calendar touched %d cases and let people go first %d times", row.Cases, gaps.Load()-was)
	}
}
