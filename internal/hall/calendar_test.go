package hall_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
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

// notice is a calendar document for a year, or for a region in it.
func notice(name, region string, year int, days ...string) hall.NewCalendar {
	list := make([]string, len(days))
	for i, d := range days {
		date, kind, _ := strings.Cut(d, " ")
		list[i] = fmt.Sprintf(`{"date":%q,"name":"特别放假","kind":%q}`, date, kind)
	}
	return hall.NewCalendar{Name: name, Source: "渭政办发〔2026〕9号", Reason: "市政府公布临时放假安排", Text: fmt.Appendf(nil,
		`{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai","region":%q,"coverage":{"from":"%d-01-01","to":"%[2]d-12-31"},"days":[%s]}`,
		region, year, strings.Join(list, ","))}
}

func loadCalendar(t *testing.T, h *hall.Hall, c hall.NewCalendar) store.CalendarRow {
	t.Helper()
	if _, err := h.LoadCalendar(t.Context(), admin, c); err != nil {
		t.Fatal(err)
	}
	row, err := h.ApplyCalendars(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func caseOf(t *testing.T, h *hall.Hall, key store.Key) *caseflow.Case {
	t.Helper()
	v, err := h.View(t.Context(), hall.System, key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return v.Case
}

// counted fails the test unless every running clock of a case is what the calendar gives it, or keeps more time than that.
func counted(t *testing.T, h *hall.Hall, key store.Key) {
	t.Helper()
	c := caseOf(t, h, key)
	cal := h.Calendar(key.Region)
	for i := range c.Clocks {
		k := &c.Clocks[i]
		if k.State != caseflow.ClockRunning {
			continue
		}
		if fresh, differs := k.Under(cal); differs && !k.Due.After(fresh.Due) {
			t.Errorf("%s %s has %+v, decided afresh %+v", key.Case, k.ID, k.Times, fresh)
		}
		if again := h.CountedBy(key.Region, k); again.ID() != k.Calendar {
			t.Errorf("%s %s was counted by %s, which nobody finds", key.Case, k.ID, k.Calendar)
		}
		why := k.Explain(h.CountedBy(key.Region, k))
		if end := why[len(why)-1].Due.At; !end.Equal(k.Due) {
			t.Errorf("%s %s is due %v, its explanation ends %v", key.Case, k.ID, k.Due, end)
		}
	}
}

// heard are those of the recipients who were told that the limits of a case moved.
func heard(t *testing.T, st store.Store, key store.Key, recipients ...string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, to := range recipients {
		list, _, err := st.Messages(t.Context(), store.MessageQuery{Region: key.Region, Recipients: []string{to}, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			all[to] = all[to] || m.Template == "recounted" && m.Case == key.Case
		}
	}
	return all
}

// tryInParts follows a trial of a few cases a part to its end.
func tryInParts(t *testing.T, h *hall.Hall, c hall.NewCalendar) (parts, looked int) {
	t.Helper()
	for part := (hall.Part{Most: 7}); parts == 0 || part.Cursor != ""; parts++ {
		some, err := h.TryCalendar(t.Context(), admin, c, part, nil)
		if err != nil {
			t.Fatal(err)
		}
		looked, part.Cursor = looked+some.Looked, some.Next
	}
	return parts, looked
}

// A day off that a city announces: what spans it moves, with the reason and the calendar, and those concerned are told; what does
// not span it has no new entry. The preview said exactly that.
func TestACalendarMovesWhatSpansItsDays(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, e := monday(), twoEditions()
		h := recountHall(t, st, c, e, nil)
		here := town(t, h, region, 40, true)
		done := town(t, h, region, 3, true)
		for _, k := range done {
			do(t, h, citizen, k, caseflow.Withdraw{})
		}
		outside := town(t, h, "610602", 5, true)
		claimed := task(t, h, here[0], "register")
		do(t, h, market, here[0], caseflow.Claim{Task: claimed})
		entries := map[store.Key]int{}
		for _, k := range slices.Concat(here, done, outside) {
			entries[k] = len(journal(t, h, k))
		}
		was := promised(t, h, here[0])
		off := notice("渭南.json", "610500", 2026, "2026-11-24 off")

		var moves []hall.CalendarMove
		trial, err := h.TryCalendar(t.Context(), admin, off, hall.Part{}, func(m hall.CalendarMove) error { moves = append(moves, m); return nil })
		if err != nil {
			t.Fatal(err)
		}
		if trial.Counts.Cases != 40 || trial.Touched != 40 || trial.Next != "" || trial.Counts.Later != len(moves) || trial.Counts.Earlier != 0 || len(trial.Days) != 1 || trial.Shifts[1] != len(moves) {
			t.Fatalf("%+v, %d moves", trial, len(moves))
		}
		if part, err := h.TryCalendar(t.Context(), admin, off, hall.Part{Most: 7}, nil); err != nil || part.Next == "" || part.Looked != 7 || part.Touched != 40 {
			t.Fatalf("a part: %+v, %v", part, err)
		}
		parts, looked := tryInParts(t, h, off)
		if looked != 40 || parts != 6 {
			t.Fatalf("%d cases in %d parts", looked, parts)
		}
		if n := len(journal(t, h, here[0])); n != entries[here[0]] {
			t.Fatal("the trial wrote something")
		}

		row := loadCalendar(t, h, off)
		if row.Cases != 40 || row.Clocks != len(moves) || row.Failed != 0 || row.Finished.IsZero() {
			t.Fatalf("%+v, the trial said %d clocks", row, len(moves))
		}
		for _, k := range here {
			list := journal(t, h, k)
			if len(list) != entries[k]+1 {
				t.Fatalf("%s has %d new entries", k.Case, len(list)-entries[k])
			}
			counted(t, h, k)
		}
		for _, k := range slices.Concat(done, outside) {
			if n := len(journal(t, h, k)); n != entries[k] {
				t.Fatalf("%s, which does not change, has %d new entries", k.Case, n-entries[k])
			}
		}
		for _, m := range moves {
			if k := caseOf(t, h, m.Key).Clock(m.Clock); !k.Due.Equal(m.Due) {
				t.Fatalf("%s %s is due %v, the trial said %v", m.Case, m.Clock, k.Due, m.Due)
			}
		}
		if now := promised(t, h, here[0]); !now.Equal(was.AddDate(0, 0, 1)) {
			t.Fatalf("due %v, was %v", now, was)
		}
		last := journal(t, h, here[0])[entries[here[0]]]
		if r, ok := last.Decoded[0].(caseflow.Recounted); !ok || r.Calendar != 1 || r.Reason != off.Reason {
			t.Fatalf("the entry begins with %+v", last.Decoded[0])
		}
		if m, ok := last.Decoded[1].(caseflow.ClockMoved); !ok || m.Times.Calendar != h.Calendar(region).ID() {
			t.Fatalf("the clock names %+v", last.Decoded[1])
		}
		told := heard(t, st, here[0], citizen.ID, market.ID, hall.DepartmentBox("market"))
		if !told[citizen.ID] || !told[market.ID] || !told[hall.DepartmentBox("market")] {
			t.Errorf("told: %v", told)
		}
	})
}

// Who wants no texts on their phone gets none when a calendar moves their limits, either.
func TestACalendarIsToldAsOwnersWish(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := recountHall(t, st, monday(), twoEditions(), nil)
		here := town(t, h, region, 3, true)
		texts := func(off hall.NewCalendar) int {
			if row := loadCalendar(t, h, off); row.Cases != len(here) {
				t.Fatalf("%+v", row)
			}
			list, _, err := st.Dispatches(t.Context(), store.DispatchQuery{Region: region, State: store.MessageWaiting, Limit: 200})
			if err != nil {
				t.Fatal(err)
			}
			return len(slices.DeleteFunc(list, func(m store.Message) bool { return m.Channel != hall.ChannelSMS || m.Template != "recounted" }))
		}
		if n := texts(notice("渭南.json", "610500", 2026, "2026-11-24 off")); n != len(here) {
			t.Fatalf("%d texts to who wants them, want %d", n, len(here))
		}
		if err := st.PutContact(t.Context(), store.Contact{Account: citizen.ID, NoSMS: true}); err != nil {
			t.Fatal(err)
		}
		if n := texts(notice("渭南.json", "610500", 2026, "2026-11-24 off", "2026-11-25 off")); n != len(here) {
			t.Errorf("%d more texts to who wants none", n-len(here))
		}
	})
}

// A correction that takes the day off back: the authority's limits end earlier again, but no limit of the applicant does, and
// none of anybody ends before tomorrow.
func TestACorrectionTakesNoDayFromWhoWasToldIt(t *testing.T) {
	t.Parallel()
	c, e := monday(), twoEditions()
	h := recountHall(t, openStore(t), c, e, nil)
	keys := town(t, h, region, 2, false)
	do(t, h, clerk, keys[0], caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Material: "address", Words: "请补充住所证明"}}})
	do(t, h, clerk, keys[1], caseflow.Accept{})
	loadCalendar(t, h, notice("a.json", "610500", 2026, "2026-11-24 off"))
	correction, statutory, tax := due(t, h, keys[0], caseflow.ClockCorrection), due(t, h, keys[1], caseflow.ClockStatutory), promised(t, h, keys[1])
	n := len(journal(t, h, keys[0]))
	back := notice("a.json", "610500", 2026)
	trial, err := h.TryCalendar(t.Context(), admin, back, hall.Part{}, nil)
	if err != nil || trial.Counts.KeptApplicant != 2 || trial.Counts.Earlier == 0 || trial.Counts.KeptPast != 0 {
		t.Fatalf("%+v, %v", trial, err)
	}
	loadCalendar(t, h, back)
	if now := due(t, h, keys[0], caseflow.ClockCorrection); !now.Equal(correction) || len(journal(t, h, keys[0])) != n {
		t.Errorf("the applicant's limit was due %v and is now %v", correction, now)
	}
	if now := due(t, h, keys[1], caseflow.ClockStatutory); !now.Equal(statutory.AddDate(0, 0, -1)) {
		t.Errorf("the authority's limit was due %v and is now %v", statutory, now)
	}
	for _, k := range keys {
		counted(t, h, k)
	}
	c.Set(promised(t, h, keys[1]).Add(-time.Hour)) // the last day
	loadCalendar(t, h, notice("b.json", "610502", 2026, "2026-11-25 off"))
	longer := promised(t, h, keys[1])
	c.Set(longer.Add(-time.Hour))
	loadCalendar(t, h, notice("b.json", "610502", 2026))
	if now := promised(t, h, keys[1]); !now.Equal(longer) || !tax.Before(now.Add(time.Second)) {
		t.Errorf("on the last day it was due %v, and is now %v", longer, now)
	}
}

// A command that comes before the pass counts its case by the new calendar first: no clock acts on a day that is not its own any
// more. A server that has not heard of the calendar cannot write by the old one.
func TestACommandBeforeThePassIsDecidedUnderTheNewCalendar(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, e := monday(), twoEditions()
		one, two := recountHall(t, st, c, e, nil), recountHall(t, st, c, e, nil)
		keys := town(t, two, region, 3, false)
		was := due(t, one, keys[0], caseflow.ClockAcceptance)
		if _, err := one.LoadCalendar(t.Context(), admin, notice("a.json", "610500", 2026, "2026-11-24 off", "2026-11-25 off")); err != nil {
			t.Fatal(err)
		}
		if _, err := one.LoadCalendar(t.Context(), admin, notice("b.json", "610500", 2026)); !errors.Is(err, hall.ErrCounting) {
			t.Fatalf("a second calendar at once: %v", err)
		}
		do(t, two, clerk, keys[0], caseflow.Accept{})
		list := journal(t, two, keys[0])
		if r, ok := list[len(list)-1].Decoded[0].(caseflow.Recounted); !ok || r.Calendar != 1 {
			t.Fatalf("the entry begins with %+v", list[len(list)-1].Decoded[0])
		}
		fresh := submitted(t, two, region)
		c.Set(was.Add(time.Minute)) // under the old calendar silence would accept by now
		if _, err := two.RunClocks(t.Context()); err != nil {
			t.Fatal(err)
		}
		if phase := caseOf(t, two, keys[1]).Phase; phase != caseflow.PhaseReceived {
			t.Fatalf("a case is %s on a day that is off", phase)
		}
		row, err := one.ApplyCalendars(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if row.Cases > 2 {
			t.Fatalf("%+v", row)
		}
		for _, k := range append(keys, fresh) {
			counted(t, one, k)
			n := 0
			for _, entry := range journal(t, one, k) {
				for _, ev := range entry.Decoded {
					if r, ok := ev.(caseflow.Recounted); ok && r.Calendar == 1 {
						n++
					}
				}
			}
			if want := 1; k == fresh && n != 0 || k != fresh && n != want {
				t.Errorf("%s was counted again %d times", k.Case, n)
			}
		}
	})
}

// mortal lets a number of proposals through, and then writes nothing any more.
type mortal struct {
	store.Store
	mu   sync.Mutex
	left int
}

var errDead = errors.New("the server is dead")

func (d *mortal) Propose(ctx context.Context, ch *store.Change) func() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left--; d.left < 0 {
		return func() error { return store.ErrBusy }
	}
	return d.Store.Propose(ctx, ch)
}

func (d *mortal) KeepCalendar(ctx context.Context, c store.CalendarRow, lease time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left < 0 {
		return errDead
	}
	return d.Store.KeepCalendar(ctx, c, lease)
}

// A server that dies at any point of the pass leaves it to another one, which finishes it: no case is counted twice, none is left
// out, and the numbers are those of a pass in one go.
func TestAPassThatDiesIsFinishedByAnother(t *testing.T) {
	t.Parallel()
	for _, after := range []int{0, 1, 17, 60, 119} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			t.Parallel()
			c, e := monday(), twoEditions()
			st := openAt(t, filepath.Join(t.TempDir(), "t.db"))
			h := recountHall(t, st, c, e, nil)
			keys := append(town(t, h, region, 60, true), town(t, h, "610503", 60, true)...)
			entries := map[store.Key]int{}
			for _, k := range keys {
				entries[k] = len(journal(t, h, k))
			}
			killed := recountHall(t, &mortal{Store: st, left: after}, c, e, nil)
			if _, err := killed.LoadCalendar(t.Context(), admin, notice("a.json", "", 2026, "2026-11-24 off")); err != nil {
				t.Fatal(err)
			}
			if _, err := killed.ApplyCalendars(t.Context()); err == nil {
				t.Fatal("it did not die")
			}
			if _, err := h.ApplyCalendars(t.Context()); !errors.Is(err, store.ErrBusy) {
				t.Fatalf("another server goes on at once: %v", err)
			}
			c.Add(time.Minute)
			row, err := h.ApplyCalendars(t.Context())
			if err != nil || row.Cases != 120 || row.Finished.IsZero() {
				t.Fatalf("%+v, %v", row, err)
			}
			for _, k := range keys {
				if n := len(journal(t, h, k)) - entries[k]; n != 1 {
					t.Fatalf("%s has %d new entries", k.Case, n)
				}
				counted(t, h, k)
			}
			if again, err := h.ApplyCalendars(t.Context()); err != nil || again.Cases != row.Cases {
				t.Fatalf("once more: %+v, %v", again, err)
			}
		})
	}
}

// What is refused names the document and the line; nothing is stored. Only who may load calendars hears of them.
func TestACalendarThatDoesNotHoldIsRefused(t *testing.T) {
	t.Parallel()
	c, e := monday(), twoEditions()
	h := recountHall(t, openStore(t), c, e, nil)
	var fault *hall.CalendarFault
	both := notice("a.json", "", 2027, "2027-01-04 off", "2027-01-04 work")
	if _, err := h.LoadCalendar(t.Context(), admin, both); !errors.As(err, &fault) || !strings.Contains(fault.Reason.EN, "a.json: line 1: contradicts itself: 2027-01-04") {
		t.Errorf("both off and worked: %v", err)
	}
	if _, err := h.LoadCalendar(t.Context(), admin, notice("a.json", "", 2029)); !errors.As(err, &fault) || !strings.Contains(fault.Reason.EN, "2027-01-01 to 2028-12-31") {
		t.Errorf("a gap: %v", err)
	}
	if _, err := h.LoadCalendar(t.Context(), admin, notice("a.json", "999999", 2027)); !errors.As(err, &fault) {
		t.Errorf("a region nobody knows: %v", err)
	}
	var refusal *caseflow.Refusal
	if _, err := h.LoadCalendar(t.Context(), admin, hall.NewCalendar{Text: both.Text}); !errors.As(err, &refusal) || len(refusal.Fields) != 3 {
		t.Errorf("without words: %v", err)
	}
	for _, by := range []caseflow.Actor{clerk, citizen, market} {
		if _, err := h.LoadCalendar(t.Context(), by, notice("a.json", "", 2027)); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("%s: %v", by.ID, err)
		}
		if _, err := h.TryCalendar(t.Context(), by, notice("a.json", "", 2027), hall.Part{}, nil); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("%s tries: %v", by.ID, err)
		}
		if _, err := h.CalendarsLoaded(t.Context(), by); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("%s lists: %v", by.ID, err)
		}
	}
	elsewhere := admin
	elsewhere.Region = "610400"
	for where, want := range map[string]bool{"": false, region: true, "610000": true, "610400": false, "610402": false} { // nobody has a case yet: one of the country moves nothing
		_, err := h.TryCalendar(t.Context(), elsewhere, notice("b.json", where, 2027), hall.Part{}, nil)
		if refused := errors.As(err, &refusal) && refusal.Code == caseflow.CodeOtherRegion; refused != want {
			t.Errorf("%q by the administrator of another city: %v", where, err)
		}
		refusal = nil
	}
	do(t, h, citizen, store.Key{Region: region}, openCommand)
	if _, err := h.LoadCalendar(t.Context(), elsewhere, notice("b.json", "", 2027)); !errors.As(err, &refusal) || refusal.Code != caseflow.CodeOtherRegion || refusal.Args[0] != region {
		t.Errorf("one that counts where the administrator has nothing to say: %v", err)
	}
	if rows, err := h.CalendarsLoaded(t.Context(), admin); err != nil || len(rows) != 0 {
		t.Errorf("%d calendars, %v", len(rows), err)
	}
	if last, days := h.CalendarLeft(); last != workday.NewDate(2026, 12, 31) || days != 38 {
		t.Errorf("the last day is %v, in %d days", last, days)
	}
	loadCalendar(t, h, notice("a.json", "", 2027))
	if last, _ := h.CalendarLeft(); last != workday.NewDate(2027, 12, 31) {
		t.Errorf("the last day is %v", last)
	}
}
