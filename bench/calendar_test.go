package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// BenchmarkCalendar loads a calendar that takes a working day out of limits that run, and measures until every case is counted
// again, stored, and its messages with it. "spans=all": every one of the eight limits of each case moves, the worst that can
// happen; "spans=law": the day lies a week off, so that only the limit of the law moves, as when the year's holidays are
// published. "untouched" is the same for a day that none of them spans: what a pass costs that changes nothing.
func BenchmarkCalendar(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { calendars(b, func() string { return filepath.Join(b.TempDir(), "calendar.db") }) })
	b.Run("postgres", func(b *testing.B) {
		server := pgtest.New(b, pgtest.Options{})
		calendars(b, func() string { return server.Database(b) })
	})
}

func calendars(b *testing.B, address func() string) {
	b.Run("spans=law", func(b *testing.B) { calendar(b, "2026-12-01", address) })
	b.Run("spans=all", func(b *testing.B) { calendar(b, "2026-11-24", address) })
}

const dayOff = `{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai","region":%q,
	"coverage":{"from":"2026-01-01","to":"2026-12-31"},"days":[{"date":%q,"name":"临时放假","kind":"off"}]}`

func calendar(b *testing.B, day string, address func() string) {
	clocks := 20_000
	if os.Getenv("TONGBAN_BENCH_LONG") != "" {
		clocks = 1_000_000
	}
	b.Run(fmt.Sprintf("clocks=%d", clocks), func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: address(), Ring: newRing(b)})
			if err != nil {
				b.Fatal(err)
			}
			f := &filler{b: b, st: st}
			f.record()
			running := 0
			for _, k := range f.open.Clocks {
				if k.State == caseflow.ClockRunning {
					running++
				}
			}
			cases := clocks / running
			if err := spread(128, cases, func(i int) error {
				change, err := f.copy(f.open, i)
				if err != nil {
					return err
				}
				return st.Commit(b.Context(), change)
			}); err != nil {
				b.Fatal(err)
			}
			h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{company()}, Now: func() time.Time { return hallTime.Add(time.Hour) }})
			if err != nil {
				b.Fatal(err)
			}
			missed := counted(b, h, "2026-10-20")
			b.StartTimer()
			all := counted(b, h, day)
			b.StopTimer()
			b.ReportMetric(all.Seconds(), "s")
			b.ReportMetric(float64(cases)/all.Seconds(), "cases/s")
			b.ReportMetric(float64(cases*running)/all.Seconds(), "clocks/s")
			b.ReportMetric(missed.Seconds(), "untouched-s")
			if err := st.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// counted loads a day off and returns how long it took until all was counted again.
func counted(b *testing.B, h *hall.Hall, day string) time.Duration {
	b.Helper()
	began := time.Now()
	_, err := h.LoadCalendar(b.Context(), hall.System, hall.NewCalendar{Name: day, Text: fmt.Appendf(nil, dayOff, region, day), Source: day, Reason: "临时放假"})
	if err != nil {
		b.Fatal(err)
	}
	for err = store.ErrBusy; errors.Is(err, store.ErrBusy); { // as a server does: it goes on where it was turned away
		if _, err = h.ApplyCalendars(b.Context()); err != nil && !errors.Is(err, store.ErrBusy) {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}
