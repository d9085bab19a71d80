package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// clockEnv names a file that says by how many microseconds the clock of a child is moved. The child reads it whenever it asks
// for the time, so that its clock jumps while it runs. It is the whole program, a process of its own, whose one source of
// instants is replaced: from outside the clock of a Go program cannot be moved, because it asks the kernel without the C library
// that libfaketime stands in for.
const clockEnv = "TONGBAN_PROGRAM_CLOCK"

// runMoved is main with a clock that is moved.
func runMoved(file string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	now := func() time.Time {
		data, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			panic(err)
		}
		by, err := strconv.ParseInt(string(data), 10, 64)
		if err != nil {
			panic(err)
		}
		return time.Now().Round(0).Add(time.Duration(by) * time.Microsecond) // without the clock that only goes forward
	}
	return (&world{ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr, now: now}).run(os.Args[1:])
}

// jumping is the clock of a child.
type jumping struct {
	t    testing.TB
	file string
	by   time.Duration
}

func newJumping(t testing.TB) *jumping {
	return &jumping{t: t, file: filepath.Join(t.TempDir(), "clock")}
}

// to moves the clock to an hour of a day in Shanghai.
func (j *jumping) to(day string, hour int) {
	j.t.Helper()
	at, err := time.ParseInLocation("2006-01-02", day, workday.Shanghai)
	must(j.t, err)
	j.move(time.Until(at.Add(time.Duration(hour)*time.Hour)) - j.by)
}

// move moves the clock, all at once.
func (j *jumping) move(d time.Duration) {
	j.t.Helper()
	j.by += d
	next := j.file + ".next"
	must(j.t, os.WriteFile(next, []byte(strconv.FormatInt(j.by.Microseconds(), 10)), 0o600))
	must(j.t, os.Rename(next, j.file))
}

// lapses are the entries in which a clock lapsed.
func lapses(line []api.TimelineEntry, clock string) (list []api.TimelineEntry) {
	for _, e := range line {
		if slices.ContainsFunc(e.Events, func(x api.TimelineEvent) bool { return x.Clock == clock && x.Name == "clock-lapsed" }) {
			list = append(list, e)
		}
	}
	return list
}

// watched is a case whose deadlines the test knows.
type watched struct {
	no   caseflow.CaseNo
	due  time.Time // of acceptance
	what string
}

// jumps is the test's stage: a program under a clock that jumps, and one citizen.
type jumps struct {
	*testing.T
	clock *jumping
	flags []string
	p     *process
	c     *client
	cases []watched
}

func (j *jumps) start() {
	j.Helper()
	j.p = serveIn(j, []string{clockEnv + "=" + j.clock.file}, j.flags...)
	j.c = newClient(j.p.address)
}

func (j *jumps) clocks(no caseflow.CaseNo) (all []api.ClockView) {
	j.Helper()
	var list struct{ Clocks []api.ClockView }
	j.c.want(j, http.StatusOK, "GET", "/cases/"+string(no)+"/clocks", nil, &list)
	return list.Clocks
}

// handIn hands in a case whose acceptance must be due at 24:00 of a day.
func (j *jumps) handIn(what, lastDay string) {
	j.Helper()
	last, err := time.ParseInLocation("2006-01-02", lastDay, workday.Shanghai)
	must(j, err)
	w := watched{j.c.submitted(j, 1), last.AddDate(0, 0, 1), what}
	for _, k := range j.clocks(w.no) {
		if k.ID == caseflow.ClockAcceptance && !k.Due.Equal(w.due) {
			j.Errorf("%s: acceptance is due %s, want %s", what, k.Due, w.due)
		}
	}
	j.cases = append(j.cases, w)
}

// signIn signs the citizen in again: no session outlives the jumps forward.
func (j *jumps) signIn() { j.Helper(); j.c.signIn(j, phone(1), password) }

// acted waits until the clock of acceptance of the newest case has acted: silence is acceptance.
func (j *jumps) acted() {
	j.Helper()
	w := j.cases[len(j.cases)-1]
	until(j, func() bool { return len(lapses(j.c.timeline(j, w.no), caseflow.ClockAcceptance)) > 0 })
}

// check looks at every case: its deadlines are those of the calendar, its entries are numbered and go forward in time, and no
// clock has acted early or twice.
func (j *jumps) check(when string) {
	j.Helper()
	cal := workday.National()
	for _, w := range j.cases {
		for _, k := range j.clocks(w.no) {
			if want := cal.Due(k.From, k.Limit, k.Stops...).At; k.Extended == nil && !k.Due.Equal(want) {
				j.Errorf("%s, %s: clock %s is due %s, the calendar says %s", when, w.what, k.ID, k.Due, want)
			}
			if k.ID == caseflow.ClockAcceptance && !k.Due.Equal(w.due) {
				j.Errorf("%s, %s: acceptance is due %s, was %s", when, w.what, k.Due, w.due)
			}
		}
		line := j.c.timeline(j, w.no)
		slices.SortFunc(line, func(a, b api.TimelineEntry) int { return a.Entry - b.Entry })
		for i, e := range line {
			if e.Entry != i+1 || i > 0 && e.At.Before(line[i-1].At) {
				j.Errorf("%s, %s: entry %d at %s comes after %d at %s", when, w.what, e.Entry, e.At, line[max(i-1, 0)].Entry, line[max(i-1, 0)].At)
			}
		}
		fired := lapses(line, caseflow.ClockAcceptance)
		if len(fired) > 1 || len(fired) == 1 && fired[0].At.Before(w.due) {
			j.Errorf("%s, %s: acceptance, due %s, acted %d times: %+v", when, w.what, w.due, len(fired), fired)
		}
	}
}

// R5: the whole program while its clock jumps: a day on, an hour back, over the end of the year, to 29 February.
func TestServe_under_a_clock_that_jumps(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers, which -short leaves out")
	}
	onBoth(t, func(t *testing.T, f placeFlags, flags []string) {
		j := &jumps{T: t, clock: newJumping(t), flags: flags}
		j.clock.to("2026-11-23", 10)
		j.start()
		j.c = citizen(t, j.p.address, 1)
		j.handIn("handed in on Monday", "2026-11-30")
		draft := j.c.open(t, 1)

		j.clock.move(24 * time.Hour)
		j.signIn()
		j.handIn("handed in a day later", "2026-12-01")
		first := j.c.give(t, draft, "save-draft", map[string]any{"data": map[string]any{"seals": []string{"official"}}})
		j.check("a day on")

		j.clock.move(-time.Hour)
		second := j.c.give(t, draft, "save-draft", map[string]any{"data": map[string]any{"seals": []string{"finance"}}})
		if second.Entry != first.Entry+1 || second.At.Before(first.At) {
			t.Errorf("an hour back: entry %d at %s follows %d at %s", second.Entry, second.At, first.Entry, first.At)
		}
		j.check("an hour back")

		j.clock.to("2026-12-30", 16) // the first two lapse on the way
		j.signIn()
		j.acted()
		j.handIn("handed in before New Year", "2027-01-07") // 1 January is a holiday
		j.clock.to("2027-01-07", 23)
		j.signIn()
		j.check("on the last day")
		if n := len(lapses(j.c.timeline(t, j.cases[2].no), caseflow.ClockAcceptance)); n != 0 {
			t.Errorf("the clock acted on its last day")
		}
		j.clock.to("2027-01-08", 9)
		j.signIn()
		j.acted()
		j.clock.move(-time.Hour) // back before it acted, and over it again
		j.check("back over an act")
		j.clock.move(2 * time.Hour)
		j.check("over the end of the year")

		j.clock.to("2028-02-29", 11)
		j.signIn()
		j.handIn("handed in on 29 February", "2028-03-07")
		j.clock.to("2028-03-08", 10)
		j.signIn()
		j.acted()
		j.check("over 29 February")

		if code := j.p.end(); code != 0 {
			t.Errorf("exit %d: %s", code, j.p.err)
		}
		j.start() // what stands in the store says the same
		j.signIn()
		j.check("started again")
		for _, w := range j.cases {
			if n := len(lapses(j.c.timeline(t, w.no), caseflow.ClockAcceptance)); n != 1 {
				t.Errorf("%s: acceptance acted %d times in all", w.what, n)
			}
		}
		if code := j.p.end(); code != 0 || strings.Contains(j.p.err.String(), "level=ERROR") {
			t.Errorf("exit %d: %s", code, j.p.err)
		}
		if got := len(states(t, f)); got != len(j.cases)+1 {
			t.Errorf("%d cases in the store, want %d", got, len(j.cases)+1)
		}
	})
}

// The hook itself: the child tells the time that the file says.
func TestMovedClock_moves_the_program(t *testing.T) {
	t.Parallel()
	clock := newJumping(t)
	data := t.TempDir()
	clock.to("2028-02-29", 11)
	c := child("demo", "--data", data, "--cases", "1")
	c.Env = append(c.Env, clockEnv+"="+clock.file)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	st, err := placeFlags{Data: data}.openStore(t.Context(), time.Now)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	keys, err := st.Keys(t.Context(), weinan, "", 1)
	must(t, err)
	if len(keys) != 1 || !strings.HasPrefix(string(keys[0].Case), fmt.Sprint(weinan, "-202802")) {
		t.Errorf("cases %v, want one of February 2028", keys)
	}
}
