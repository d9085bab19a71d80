package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/storetest"
	"github.com/tongban/tongban/workday"
)

// both runs a test on either database; address gives empty ones.
func both(t *testing.T, test func(t *testing.T, address func(t testing.TB) string)) {
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); test(t, liteFile) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); test(t, pgtest.Start) })
}

// fill puts rows into every table.
func fill(t testing.TB, s *Store, cases int) {
	t.Helper()
	ctx := t.Context()
	for n := 1; n <= cases; n++ {
		w := caseWork{no: n}
		for range caseEntries {
			if err := s.Commit(ctx, w.next()); err != nil {
				t.Fatal(err)
			}
		}
	}
	at := storetest.At(1)
	_, err1 := s.Reserve(ctx, storetest.Region, "case", 5)
	_, err2 := s.CountAttempt(ctx, "li", at, at)
	_, err3 := s.Beat(ctx, "a", at, time.Hour)
	_, err6 := s.Beat(ctx, "a", at.Add(time.Hour), time.Hour) // after an outage
	_, err4 := s.PutSetting(ctx, "key", []byte{0, 1, 255})
	err := errors.Join(err1, err2, err3, err4, err6,
		s.PutContact(ctx, store.Contact{Account: "a", Email: "li@example.cn", Confirmed: at, Code: []byte("c")}),
		s.AddAccount(ctx, store.Account{ID: "a", Login: "li", Name: "<李> \u2028 &", Region: storetest.Region, Roles: []string{"clerk"}, Added: at}),
		s.AddSession(ctx, store.Session{Hash: []byte("h"), Account: "a", Started: at}, store.Trace{ID: "t", At: at, Log: store.SignInLog, Account: "a",
			Region: storetest.Region, Changes: []store.FieldChange{{Field: "roles", Old: "clerk"}}}),
		s.PutFactor(ctx, store.Factor{Account: "a", ID: "totp", Kind: "totp", Secret: "sealed", Step: 3, Added: at}),
		s.AddIdentity(ctx, store.Identity{Issuer: "https://id.example", Subject: "s", Account: "a", Added: at}, nil),
		s.AddTicket(ctx, store.Ticket{Hash: []byte("t"), Kind: "factor", Body: []byte{0, 255}, Expires: at}),
		s.PutPack(ctx, store.PackRow{ID: "p", Version: "1", Digest: []byte{1}, Archive: bytes.Repeat([]byte{7, 0}, 1000), Added: at}),
		s.AddMandate(ctx, store.Mandate{ID: "m", Kind: store.MandateAgent, Principal: "a", Agent: "b", State: store.MandateActive, Added: at}),
		s.AddLook(ctx, store.Look{Key: storetest.KeyOf(1), Account: "a", At: at, What: "x"}),
		s.PutParameter(ctx, store.Parameter{Name: "lookups", Region: storetest.Region, Value: "7", At: at, By: "a", Reason: "x"}),
		s.AddAnnouncement(ctx, store.Announcement{ID: "n", Region: storetest.Region, Since: at, Until: at.Add(time.Hour), Title: caseflow.Text{ZH: "停机", EN: "Closed"}, By: "a", At: at}),
		s.ReadAnnouncement(ctx, "n", "a", at),
		s.SwitchBenefits(ctx, "a", true, "a", at),
		s.PutJobs(ctx, "one", []store.Job{{Server: "one", Name: "clocks", Began: at, Ended: at, N: 2}}, at),
		s.AddShift(ctx, store.Shift{Region: storetest.Region, ID: "s", State: store.ShiftOffered, Giver: "a", Taker: "b", Made: at, Department: "tax", Words: "交接"}),
		s.AddReform(ctx, store.Reform{ID: "r", Region: storetest.Region, State: store.ReformProposed, Target: "tax", Basis: "渭编发〔2026〕1号", By: "a", At: at}),
		s.AddQuarantined(ctx, store.Quarantined{Region: storetest.Region, ID: "q", Case: storetest.No(1), Material: "m", Name: "a.pdf", Account: "a", At: at, State: store.QuarantineHeld}))
	_, err5 := s.AddTurn(ctx, line.Turn{Region: storetest.Region, Lobby: "hall", Day: workday.NewDate(2026, 11, 27), Code: "c", Letter: "A", Taken: at, Request: "r"})
	if err := errors.Join(err, err5); err != nil {
		t.Fatal(err)
	}
}

// beginLog begins the log of a store without rows, and place gives one of the leaves that came since its place.
func beginLog(t testing.TB, s *Store) (place func()) {
	t.Helper()
	ctx := t.Context()
	head, err := s.BeginLog(ctx, store.LogHead{Checkpoint: []byte("none"), At: storetest.At(0)})
	err = errors.Join(err, s.AddLogKey(ctx, store.LogKey{ID: "k", Public: "log+0+AA", Secret: "sealed", Began: storetest.At(0)}))
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		leaves, err := s.WaitingLeaves(ctx, 1)
		err = errors.Join(err, s.GrowLog(ctx, head, store.Growth{Head: store.LogHead{Size: 1, Checkpoint: []byte("signed"), At: storetest.At(1)},
			Leaves: leaves, Tiles: []store.LogTile{{Level: evidence.Entries, Body: []byte("bundle")}}}))
		if err != nil {
			t.Fatal(err)
		}
	}
}

func dump(t testing.TB, s *Store) string {
	t.Helper()
	var b strings.Builder
	if err := s.Backup(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBackup_restored_elsewhere_is_equal_row_by_row(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		sample := []store.Schema{storetest.Sample}
		s := newStore(t, Options{Address: address(t), Schemas: sample})
		place := beginLog(t, s)
		fill(t, s, 3)
		place()
		err := s.AddCalendar(t.Context(), store.CalendarRow{Version: 1, Name: "2027.json", Text: []byte("{}"), By: "a", Loaded: storetest.At(1)})
		err = errors.Join(err, s.Update(t.Context(), func(w store.Writer) error {
			return w.Leaf(store.ModuleLeaf{Region: storetest.Region, Module: "sample", Name: "x", At: storetest.At(1), Data: []byte("{}")})
		}))
		if err != nil {
			t.Fatal(err)
		}
		want := dump(t, s)
		for _, table := range kernelTables {
			if !strings.Contains(want, fmt.Sprintf("%q,\"columns\"", table.name)) || strings.Contains(want, fmt.Sprintf("%q,\"columns\":[\"%s\"]}\n{", table.name, strings.Join(table.cols, `","`))) {
				t.Errorf("no row of %s in the backup", table.name)
			}
		}
		to := Options{Address: address(t), Schemas: sample}
		if err := Restore(t.Context(), to, strings.NewReader(want), nil); err != nil {
			t.Fatal(err)
		}
		back := newStore(t, to)
		if got := dump(t, back); got != want {
			t.Errorf("the restored store differs (%d bytes, want %d)", len(got), len(want))
		}
		if err := back.Commit(t.Context(), storetest.Opening(1)); !errors.Is(err, store.ErrRepeat) {
			t.Errorf("a request made before the backup: %v, want a repeat", err)
		}
		next := storetest.Next(1, caseEntries+1)
		next.Calendar = 1
		if err := back.Commit(t.Context(), next); err != nil {
			t.Errorf("the next entry: %v", err)
		}
	})
}

func TestCopy_moves_SQLite_to_PostgreSQL_and_back_row_by_row(t *testing.T) {
	t.Parallel()
	from := newStore(t, Options{Address: liteFile(t)})
	fill(t, from, 20)
	big := newStore(t, Options{Address: pgtest.Start(t)})
	back := newStore(t, Options{Address: liteFile(t)})
	if err := errors.Join(Copy(t.Context(), from, big), Copy(t.Context(), big, back)); err != nil {
		t.Fatal(err)
	}
	want := dump(t, from)
	for name, s := range map[string]*Store{"PostgreSQL": big, "SQLite again": back} {
		if dump(t, s) != want {
			t.Errorf("%s differs", name)
		}
	}
	if err := Copy(t.Context(), from, big); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a second copy: %v, want %v", err, ErrNotEmpty)
	}
}

// R11: what was acknowledged before the backup began is in it, and every case in it is whole.
func TestBackup_under_load_holds_all_that_was_acknowledged_before(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		s := newStore(t, Options{Address: address(t)})
		ctx, stop := context.WithCancel(t.Context())
		var acked [8]atomic.Int64 // entries of each writer's case
		var wg sync.WaitGroup
		for c := range acked {
			wg.Go(func() {
				for n := 1; ctx.Err() == nil; n++ {
					change := storetest.Next(c, n)
					if n == 1 {
						change = storetest.Opening(c)
					}
					if err := s.Commit(t.Context(), change); err != nil {
						t.Error(err)
						return
					}
					acked[c].Store(int64(n))
				}
			})
		}
		var text strings.Builder
		var before [len(acked)]int64
		for acked[0].Load() < 20 {
			if _, err := s.Case(t.Context(), storetest.KeyOf(0)); err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Fatal(err)
			}
		}
		for c := range acked {
			before[c] = acked[c].Load()
		}
		err := s.Backup(t.Context(), &text, nil)
		stop()
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
		to := Options{Address: address(t)}
		if err := Restore(t.Context(), to, strings.NewReader(text.String()), nil); err != nil {
			t.Fatal(err)
		}
		back := newStore(t, to)
		for c := range acked {
			l, err := back.Load(t.Context(), storetest.KeyOf(c))
			if errors.Is(err, store.ErrNotFound) && before[c] == 0 {
				continue
			}
			if err != nil || int64(len(l.Entries)) < before[c] {
				t.Errorf("case %d: %d acknowledged before the backup, it has %+v, %v", c, before[c], l, err)
				continue
			}
			row, err := back.Case(t.Context(), storetest.KeyOf(c))
			if err != nil || row.Entry != len(l.Entries) {
				t.Errorf("case %d: journal of %d entries, row %+v, %v", c, len(l.Entries), row, err)
			}
		}
	})
}

func TestRestore_refuses_what_is_not_a_whole_backup_and_writes_nothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		s := newStore(t, Options{Address: address(t)})
		fill(t, s, 1)
		good := dump(t, s)
		lines := strings.SplitAfter(good, "\n")
		to := newStore(t, Options{Address: address(t)})
		for name, bad := range map[string]string{
			"nothing":         "",
			"cut off":         good[:len(good)/2],
			"without its end": strings.Join(lines[:len(lines)-2], ""),
			"a changed name":  strings.Replace(good, "渭南", "西安", 1),
			"a row less":      strings.Join(append(lines[:len(lines)/2:len(lines)/2], lines[len(lines)/2+1:]...), ""),
			"another program": strings.Replace(good, `"version":`, `"version":9`, 1),
			"another format":  strings.Replace(good, `"tongban":1`, `"tongban":2`, 1),
			"another table":   strings.Replace(good, `"table":"journal"`, `"table":"goose"`, 1),
			"a short row":     strings.Replace(good, `["610500","case",6]`, `["610500","case"]`, 1),
			"null":            strings.Replace(good, `["610500","case",6]`, `["610500",null,6]`, 1),
			"no JSON":         "SQLite format 3\x00\n",
		} {
			if bad == good {
				t.Fatalf("%s: not changed", name)
			}
			if err := to.restore(t.Context(), strings.NewReader(bad), nil); !errors.Is(err, ErrDump) && !errors.Is(err, store.ErrNewer) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if rows := strings.Count(dump(t, to), "\n["); rows != 0 {
			t.Errorf("%d rows were written", rows)
		}
		if err := to.restore(t.Context(), strings.NewReader(good), nil); err != nil {
			t.Errorf("the good one afterwards: %v", err)
		}
	})
}

func TestBackup_reports_a_writer_that_fails(t *testing.T) {
	t.Parallel()
	s := newStore(t, Options{Address: liteFile(t)})
	fill(t, s, 1)
	r, w := io.Pipe()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), w, nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	if dump(t, s) == "" {
		t.Error("no backup afterwards")
	}
}
