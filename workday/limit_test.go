package workday

import (
	"encoding/json"
	"testing"
)

func TestParseLimit(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Limit{
		"5 workday":                {N: 5},
		"-15 day":                  {N: 15, Unit: Day, Backward: true},
		"15 calendar_day":          {N: 15, Unit: Day},
		"6 month":                  {N: 6, Unit: Month},
		"1 year noroll":            {N: 1, Unit: Year, Last: NoRoll},
		"0 workday closing window": {Close: ClosingTime, From: WindowDay},
		" 24   hour ":              {N: 24, Unit: Hour},
		"100000 workhour":          {N: MaxN, Unit: WorkHour},
	} {
		got, err := ParseLimit(s)
		if err != nil || got != want {
			t.Errorf("ParseLimit(%q) = %+v, %v, want %+v", s, got, err, want)
		}
		if again, err := ParseLimit(got.String()); err != nil || again != got {
			t.Errorf("%q does not come back: %+v, %v", got, again, err)
		}
	}
	for _, s := range []string{"", "5", "workday", "5 fortnights", "+5 day", "5.5 day", "--5 day", "- day", "100001 day", "9999999999999999999 day",
		"5 day closing closing", "5 day soon", "５ day", "5 workdays", "5\x00day"} {
		if got, err := ParseLimit(s); err == nil {
			t.Errorf("ParseLimit(%q) = %+v, want an error", s, got)
		}
	}
}

func TestLimitInJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(map[string]any{"limit": Limit{N: 2, Close: ClosingTime}, "day": NewDate(2026, 11, 23)})
	if err != nil || string(b) != `{"day":"2026-11-23","limit":"2 workday closing"}` {
		t.Errorf("%s, %v", b, err)
	}
	for _, l := range []Limit{{N: -1}, {N: MaxN + 1}, {Unit: 6}, {Close: 2}, {Last: 2}, {From: 2}} {
		if _, err := json.Marshal(l); err == nil {
			t.Errorf("%+v was written", l)
		}
	}
}

func FuzzParseLimit(f *testing.F) {
	f.Add("5 workday")
	f.Add("-15 day closing noroll window")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLimit(s)
		if err != nil {
			return
		}
		if err := l.Valid(); err != nil {
			t.Fatalf("ParseLimit(%q) gave what is not valid: %v", s, err)
		}
		if again, err := ParseLimit(l.String()); err != nil || again != l {
			t.Fatalf("%q reads as %v and comes back as %v, %v", s, l, again, err)
		}
	})
}
