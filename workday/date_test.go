package workday

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDateAgreesWithTime(t *testing.T) {
	t.Parallel()
	at := time.Date(1895, 1, 1, 0, 0, 0, 0, Shanghai)
	for at.Year() < 2210 {
		d := DateOf(at)
		y, m, day := d.Civil()
		if y != at.Year() || m != at.Month() || day != at.Day() || d.Weekday() != at.Weekday() || d.String() != at.Format(time.DateOnly) {
			t.Fatalf("%v reads as %v, %d-%d-%d, %v", at, d, y, m, day, d.Weekday())
		}
		if NewDate(y, m, day) != d || !d.Start().Equal(at) || DateOf(d.End()) != d+1 || DateOf(d.End().Add(-1)) != d {
			t.Fatalf("%v does not come back: %v, starts %v, ends %v", at, NewDate(y, m, day), d.Start(), d.End())
		}
		at = at.AddDate(0, 0, 1)
	}
}

func TestNewDateCarriesOver(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.IntRange(1, 9000).Draw(t, "y")
		m := rapid.IntRange(-500, 500).Draw(t, "m")
		d := rapid.IntRange(-5000, 5000).Draw(t, "d")
		want := time.Date(y, time.Month(m), d, 0, 0, 0, 0, Shanghai)
		got := NewDate(y, time.Month(m), d)
		if want.Before(MinDate.Start()) {
			want = MinDate.Start()
		}
		if !got.Start().Equal(want) {
			t.Fatalf("NewDate(%d, %d, %d) = %v, want %v", y, m, d, got, want)
		}
	})
}

func TestDatesOutOfRangeStopAtTheEnds(t *testing.T) {
	t.Parallel()
	const big = int(^uint(0) >> 1)
	for _, c := range []struct{ got, want Date }{
		{NewDate(big, 1, 1), MaxDate},
		{NewDate(-big, 1, 1), MinDate},
		{NewDate(2026, 1, big), MaxDate},
		{NewDate(2026, time.Month(-big), 1), MinDate},
		{DateOf(time.Unix(1<<60, 0)), MaxDate},
		{DateOf(time.Unix(-1<<60, 0)), MinDate},
		{DateOf(time.Time{}), MinDate},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"2026-11-23", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "1970-01-01"} {
		if d, err := ParseDate(s); err != nil || d.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31", "0000-01-01",
		"2026-1-1", "2026/01/01", "20260101", "2026-01-01T00:00:00Z", " 2026-01-01", "+026-01-01", "2026-0a-01", "2026-01-01\n", strings.Repeat("9", 1000)} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%.20q) = %v, want an error", s, d)
		} else if len(err.Error()) > 200 {
			t.Errorf("ParseDate(%.20q): the error is %d characters long", s, len(err.Error()))
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("2026-02-28")
	f.Add("2026-02-30")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		want, wantErr := time.ParseInLocation(time.DateOnly, s, Shanghai)
		if wantErr == nil && want.Year() == 0 {
			return // year 0 does not exist in our range
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("ParseDate(%q): %v; package time: %v", s, err, wantErr)
		}
		if err == nil && (d.String() != s || !d.Start().Equal(want)) {
			t.Fatalf("ParseDate(%q) = %v", s, d)
		}
	})
}
