package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tongban/tongban/workday"
)

func day(t *testing.T, s string) workday.Date {
	t.Helper()
	d, err := workday.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The middle of a bucket is near every value in it, as the documents say.
func TestBuckets_are_as_fine_as_promised(t *testing.T) {
	last := -1
	for m := range 1 << 20 {
		b := Bucket(m)
		if b < last {
			t.Fatalf("minute %d falls into bucket %d, the one before into %d", m, b, last)
		}
		last = b
		off := math.Abs(float64(Middle(b) - m))
		if m < 64 && off != 0 || off > .016*float64(m) {
			t.Fatalf("%d minutes are shown as %d", m, Middle(b))
		}
	}
	if Bucket(-5) != 0 || Bucket(math.MaxInt) != Bucket(maxMinutes) {
		t.Error("what is out of range falls nowhere")
	}
}

// A quantile of a histogram is that of the values themselves, as fine as the buckets are.
func TestQuantile_agrees_with_sorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 100_000), 1, 60).Draw(t, "minutes")
		h := Histogram{}
		for _, v := range values {
			h[Bucket(v)]++
		}
		slices.Sort(values)
		for _, q := range []float64{.5, .9, .99, 1} {
			rank := int(math.Ceil(q*float64(len(values)) - 1e-9))
			got, ok := h.Quantile(q)
			if !ok || got != Bucket(values[max(rank, 1)-1]) {
				t.Fatalf("q %v of %v: bucket %d of about %d minutes", q, values, got, Middle(got))
			}
		}
	})
	if _, ok := (Histogram{3: 0}).Quantile(.5); ok {
		t.Error("there is a median of nothing")
	}
}

func TestPeriods_are_compared_with_the_right_ones(t *testing.T) {
	for _, c := range []struct{ from, to, before, beforeTo, year, yearTo string }{
		{"2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31", "2025-11-01", "2025-11-30"}, // a whole month
		{"2026-11-01", "2026-11-27", "2026-10-01", "2026-10-27", "2025-11-01", "2025-11-27"}, // one that is not over
		{"2026-03-01", "2026-03-30", "2026-02-01", "2026-02-28", "2025-03-01", "2025-03-30"}, // February has no 30th
		{"2026-01-01", "2026-06-30", "2025-07-01", "2025-12-31", "2025-01-01", "2025-06-30"}, // half a year
		{"2026-11-27", "2026-11-27", "2026-11-26", "2026-11-26", "2025-11-27", "2025-11-27"}, // a day
		{"2026-11-10", "2026-11-16", "2026-11-03", "2026-11-09", "2025-11-10", "2025-11-16"}, // a week
		{"2024-02-01", "2024-02-29", "2024-01-01", "2024-01-31", "2023-02-01", "2023-02-28"}, // a leap month
		{"2024-02-29", "2024-02-29", "2024-02-28", "2024-02-28", "2023-02-28", "2023-02-28"}, // a leap day
	} {
		p := Period{day(t, c.from), day(t, c.to)}
		if got, want := p.Before(), (Period{day(t, c.before), day(t, c.beforeTo)}); got != want {
			t.Errorf("before %s to %s: %s to %s", c.from, c.to, got.From, got.To)
		}
		if got, want := p.YearBefore(), (Period{day(t, c.year), day(t, c.yearTo)}); got != want {
			t.Errorf("a year before %s to %s: %s to %s", c.from, c.to, got.From, got.To)
		}
	}
}

// The stretches of a period hold each of its days once, and months are whole.
func TestStretches_cover_each_day_once(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := workday.Date(rapid.IntRange(20_000, 21_000).Draw(t, "from"))
		p := Period{from, from + workday.Date(rapid.IntRange(-1, 800).Draw(t, "days"))}
		next := p.From
		for _, s := range p.Stretches() {
			if s.From != next || s.To < s.From || s.Months && !s.whole() {
				t.Fatalf("%s to %s: %+v", p.From, p.To, p.Stretches())
			}
			next = s.To + 1
		}
		if next != max(p.From, p.To+1) || len(p.Stretches()) > 3 {
			t.Fatalf("%s to %s: %+v", p.From, p.To, p.Stretches())
		}
	})
}

func TestFigures_say_what_cannot_be_had(t *testing.T) {
	if _, ok := Change(5, 0); ok {
		t.Error("growth over nothing")
	}
	if v, ok := Change(5, 4); !ok || v != .25 {
		t.Errorf("%v", v)
	}
	var f Figures
	if _, ok := f.Satisfied(); ok {
		t.Error("nobody has rated")
	}
	if _, ok := f.Ended("promised").Share(); ok {
		t.Error("no limit has ended")
	}
	three, five := workday.Limit{N: 3}, workday.Limit{N: 5}
	f.Add(LimitOf("promised", "", three), Kept, 3)
	f.Add(LimitOf("promised", "", five), Broken, 1)
	f.Add(LimitOf("step", "check", three), Broken, 9)
	if o := f.Ended("promised"); o != (Outcome{3, 1}) {
		t.Errorf("%+v", o)
	}
	for level := 1; level <= 5; level++ {
		f.Add(Rated, level, 1)
	}
	if v, _ := f.Satisfied(); v != .6 {
		t.Errorf("satisfied %v", v)
	}
}
