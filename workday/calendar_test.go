package workday

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type vector struct {
	Unit      Unit   `json:"unit"`
	EventDate Date   `json:"event_date"`
	N         int    `json:"n"`
	DueDate   Date   `json:"due_date"`
	Note      string `json:"note"`
	Basis     string `json:"basis"`
}

func readVectors(t *testing.T) (vectors, refuse []vector) {
	t.Helper()
	b, err := os.ReadFile("testdata/deadline-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors    []vector `json:"vectors"`
		MustRefuse []vector `json:"must_refuse"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 22 || len(file.MustRefuse) != 2 {
		t.Fatalf("%d vectors and %d refusals, want 22 and 2", len(file.Vectors), len(file.MustRefuse))
	}
	return file.Vectors, file.MustRefuse
}

func TestVectors(t *testing.T) {
	t.Parallel()
	c := National()
	vectors, refuse := readVectors(t)
	for _, v := range vectors {
		if got := c.Add(v.EventDate, v.N, v.Unit); got != v.DueDate {
			t.Errorf("%v + %d %v = %v, want %v (%s)", v.EventDate, v.N, v.Unit, got, v.DueDate, v.Note)
		}
		due := c.Due(v.EventDate.Start().Add(15*time.Hour), Limit{N: v.N, Unit: v.Unit})
		if due.Date != v.DueDate || due.Provisional || !due.At.Equal(v.DueDate.End()) {
			t.Errorf("due of %v + %d %v = %+v, want the end of %v, not provisional", v.EventDate, v.N, v.Unit, due, v.DueDate)
		}
	}
	for _, v := range refuse { // a platform cannot refuse to count a clock: it marks the result instead
		if due := c.Due(v.EventDate.Start(), Limit{N: v.N, Unit: v.Unit}); !due.Provisional {
			t.Errorf("due of %v + %d %v = %+v, want it provisional", v.EventDate, v.N, v.Unit, due)
		}
	}
}

func drawDate(t *rapid.T, label string) Date {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) Date { return Date(rapid.Int32Range(17500, 21200).Draw(t, "published")) }), // 2017 to 2028
		rapid.Custom(func(t *rapid.T) Date { return Date(rapid.Int32Range(7305, 47846).Draw(t, "supported")) }),  // 1990 to 2100
	).Draw(t, label)
}

func TestAddBetweenAndSubBelongTogether(t *testing.T) {
	t.Parallel()
	c := National()
	rapid.Check(t, func(t *rapid.T) {
		d, n := drawDate(t, "d"), rapid.IntRange(1, 3000).Draw(t, "n")
		due := c.Add(d, n, WorkDay)
		if got := c.Between(d, due, WorkDay); got != n || !c.IsWorkday(due) {
			t.Fatalf("%v + %d working days = %v (worked %t), but %d lie between", d, n, due, c.IsWorkday(due), got)
		}
		before := c.Sub(d, n, WorkDay)
		if got := c.Between(before-1, d-1, WorkDay); got != n || !c.IsWorkday(before) {
			t.Fatalf("%v - %d working days = %v (worked %t), but %d lie from it to the day before", d, n, before, c.IsWorkday(before), got)
		}
		if back := c.Sub(due, n, WorkDay); back > d && c.IsWorkday(d) || c.IsWorkday(d) != (back == d) {
			t.Fatalf("%v + %d working days = %v, and back %v", d, n, due, back)
		}
		if got := c.Sub(d, n, Day); got != d-Date(n) {
			t.Fatalf("%v - %d days = %v", d, n, got)
		}
		for u := WorkDay; u <= WorkHour; u++ {
			if c.Add(d, -n, u) != c.Sub(d, n, u) || c.Sub(d, -n, u) != c.Add(d, n, u) {
				t.Fatalf("%v: a negative number of %vs does not turn Add into Sub", d, u)
			}
		}
		for _, u := range []Unit{Day, Month, Year} {
			early := c.Sub(d, n, u)
			if got := c.Between(early, d, u); got != n && early > MinDate {
				t.Fatalf("%v - %d %v = %v, but %d lie between", d, n, u, early, got)
			}
		}
	})
}

func TestAddAndSubAreMonotone(t *testing.T) {
	t.Parallel()
	c := National()
	rapid.Check(t, func(t *rapid.T) {
		d, e := drawDate(t, "d"), drawDate(t, "e")
		u := rapid.SampledFrom(allUnits).Draw(t, "unit")
		n, more := rapid.IntRange(0, 400).Draw(t, "n"), rapid.IntRange(0, 50).Draw(t, "more")
		d, e = min(d, e), max(d, e)
		if c.Add(d, n, u) < d || c.Add(d, n+more, u) < c.Add(d, n, u) || c.Add(e, n, u) < c.Add(d, n, u) {
			t.Fatalf("Add is not monotone at %v, %v, %d, %d %v", d, e, n, more, u)
		}
		if c.Sub(d, n, u) > d || c.Sub(d, n+more, u) > c.Sub(d, n, u) || c.Sub(e, n, u) < c.Sub(d, n, u) {
			t.Fatalf("Sub is not monotone at %v, %v, %d, %d %v", d, e, n, more, u)
		}
		if a, b := c.Between(d, e, u), c.Between(e, d, u); a < 0 || a != -b {
			t.Fatalf("Between %v and %v is %d %v, and %d the other way", d, e, a, u, b)
		}
	})
}

func TestBetween(t *testing.T) {
	t.Parallel()
	c := National()
	for _, test := range []struct {
		a, b string
		unit Unit
		want int
	}{
		{"2026-02-13", "2026-02-27", WorkDay, 5},
		{"2026-02-27", "2026-02-13", WorkDay, -5},
		{"2026-02-13", "2026-02-27", Day, 14},
		{"2026-01-31", "2026-02-28", Month, 1},
		{"2026-01-31", "2026-02-27", Month, 0},
		{"2024-02-29", "2025-02-28", Year, 1},
		{"2026-02-13", "2026-02-14", Hour, 24},
		{"2026-02-13", "2026-02-27", WorkHour, 32}, // 5 days of 6.5 hours
	} {
		a, errA := ParseDate(test.a)
		b, errB := ParseDate(test.b)
		if got := c.Between(a, b, test.unit); got != test.want || errA != nil || errB != nil {
			t.Errorf("%v in (%v, %v]: %d, want %d", test.unit, a, b, got, test.want)
		}
	}
}

func TestDayKind(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"2026-02-14": "makeup 春节", "2026-02-17": "holiday 春节", "2026-11-23": "working ", "2026-11-22": "weekend ", "2020-10-01": "holiday 国庆节、中秋节",
		"2022-12-31": "holiday 元旦", "2027-02-08": "holiday 春节", "2040-10-01": "working ",
	} {
		d, err := ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		if kind, name := National().DayKind(d); kind.String()+" "+name != want {
			t.Errorf("%v is %v %s, want %s", d, kind, name, want)
		}
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	c := National()
	from, to := c.Coverage()
	if from != NewDate(2018, 1, 1) || to != NewDate(2026, 12, 31) {
		t.Errorf("covers %v to %v", from, to)
	}
	if c.Known(from-1) || !c.Known(from) || !c.Known(to) || c.Known(to+1) {
		t.Error("Known does not end with the coverage")
	}
}

// TestNothingPanics drives every operation with dates and numbers far outside any calendar.
func TestNothingPanics(t *testing.T) {
	t.Parallel()
	c := National()
	rapid.Check(t, func(t *rapid.T) {
		d, e := Date(rapid.Int32().Draw(t, "d")), Date(rapid.Int32().Draw(t, "e"))
		n := rapid.Int().Draw(t, "n")
		u := Unit(rapid.Uint8Range(0, 8).Draw(t, "unit"))
		for _, got := range []Date{c.Add(d, n, u), c.Sub(d, n, u), c.Add(e, n%100, u)} {
			if got < MinDate || got > MaxDate {
				t.Fatalf("%d %+d %v is %d, out of range", d, n, u, got)
			}
		}
		_, _, _, _ = c.Between(d, e, u), d.String(), c.IsWorkday(d), c.Known(d)
		l := Limit{N: n, Unit: u, Backward: n%2 == 0, Close: EndOfDay(n & 1), Last: LastDay(n >> 1 & 1), From: StartDay(n >> 2 & 1)}
		start, to := time.Unix(rapid.Int64().Draw(t, "start"), 0), time.Unix(rapid.Int64().Draw(t, "to"), 0)
		due := c.Due(start, l, Span{From: start, To: to}, Span{From: to, To: start})
		if due.Date < MinDate || due.Date > MaxDate {
			t.Fatalf("%v from %v is due on %d", l, start, due.Date)
		}
		c.Remaining(start, l, to, Span{From: to})
	})
}

func TestHours(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "9:00-12:00", "09:00", "12:00-09:00", "09:00-09:00", "09:00-12:00,11:00-13:00", "09:00-24:01", "09:60-12:00",
		"08:00-09:00,09:30-10:00,10:30-11:00,11:30-12:00,12:30-13:00"} {
		if h, err := ParseOfficeHours(s); err == nil {
			t.Errorf("ParseOfficeHours(%q) = %v, want an error", s, h)
		}
	}
	summer, err := ParseOfficeHours("08:00-12:00, 14:30-18:00")
	if err != nil {
		t.Fatal(err)
	}
	c := National().Hours(summer)
	if due := c.Due(at("2026-11-23 09:00"), Limit{N: 1, Close: ClosingTime}); !due.At.Equal(at("2026-11-24 18:00")) {
		t.Errorf("closing time is %v", due.At.In(Shanghai))
	}
	if due := c.Due(at("2026-11-23 11:00"), Limit{N: 2, Unit: WorkHour}); !due.At.Equal(at("2026-11-23 15:30")) {
		t.Errorf("two working hours end %v", due.At.In(Shanghai))
	}
	if c.ID() == National().ID() || c.Hours(OfficeHours{}).ID() != National().ID() {
		t.Error("the ID does not follow the office hours")
	}
	if b, err := c.OfficeHours().MarshalText(); err != nil || string(b) != "08:00-12:00, 14:30-18:00" {
		t.Errorf("office hours are written as %s, %v", b, err)
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	c, d := National(), NewDate(2026, 2, 9)
	for u := WorkDay; u <= WorkHour; u++ {
		if n := testing.AllocsPerRun(100, func() { sink = c.Add(d, 20, u) + c.Sub(d, 20, u) }); n != 0 {
			t.Errorf("Add and Sub of %vs allocate %v times", u, n)
		}
	}
	start := at("2026-02-09 10:00")
	if n := testing.AllocsPerRun(100, func() { sink = c.Due(start, Limit{N: 20}).Date }); n != 0 {
		t.Errorf("Due without stops allocates %v times", n)
	}
}

var sink Date

// BenchmarkAdd adds 20 working days, beside a loop over days and a map. The issue asks for a factor of 1,000.
func BenchmarkAdd(b *testing.B) {
	b.Run("workday", func(b *testing.B) {
		b.ReportAllocs()
		c, d := National(), NewDate(2026, 2, 9)
		for i := 0; b.Loop(); i++ {
			sink = c.Add(d+Date(i&63), 20, WorkDay)
		}
	})
	b.Run("dayloop", func(b *testing.B) {
		b.ReportAllocs()
		ref, d := readReference(b), NewDate(2026, 2, 9).Start()
		var days [64]time.Time
		for i := range days {
			days[i] = d.AddDate(0, 0, i)
		}
		for i := 0; b.Loop(); i++ {
			sink += Date(ref.add(days[i&63], 20, WorkDay).Day())
		}
	})
}
