package workday

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// doc writes a calendar document of a stretch; each day is "2026-12-31 off 元旦".
func doc(coverage, status string, days ...string) []byte {
	from, to, _ := strings.Cut(coverage, "..")
	rows := make([]string, len(days))
	for i, d := range days {
		f := strings.Fields(d)
		rows[i] = fmt.Sprintf(`{"date":%q,"kind":%q,"name":%q}`, f[0], f[1], f[2])
	}
	return fmt.Appendf(nil, `{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai","coverage":{"from":%q,"to":%q},"status":%q,"days":[%s]}`,
		from, to, status, strings.Join(rows, ","))
}

func date(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err) // a mistake in a test table
	}
	return d
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const year = "2026-01-01..2026-12-31"
	good := string(doc(year, "published", "2026-10-01 off 国庆节"))
	replaced := func(old, with string) []byte {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the document", old)
		}
		return []byte(strings.Replace(good, old, with, 1))
	}
	for _, test := range []struct {
		name, want string
		docs       [][]byte
	}{
		{"nothing", "0 calendar documents", nil},
		{"a_day_off_and_worked", "contradicts itself: 2026-10-10 is both", [][]byte{doc(year, "", "2026-10-10 off 国庆节", "2026-10-10 work 国庆节")}},
		{"a_day_twice", "lists 2026-10-01 twice", [][]byte{doc(year, "", "2026-10-01 off 国庆节", "2026-10-01 off 国庆节")}},
		{"a_make_up_day_on_a_weekday", "2026-10-12 is a Monday and not a day off", [][]byte{doc(year, "", "2026-10-12 work 国庆节")}},
		{"a_day_far_outside", "far outside its coverage", [][]byte{doc(year, "", "2027-03-01 off 国庆节")}},
		{"a_gap_between_years", "no calendar document covers 2027-01-01 to 2027-12-31", [][]byte{doc(year, ""), doc("2028-01-01..2028-12-31", "")}},
		{"coverage_turned_round", "not a stretch", [][]byte{doc("2026-12-31..2026-01-01", "")}},
		{"coverage_before_1990", "not a stretch", [][]byte{doc("1989-01-01..2026-01-01", "")}},
		{"coverage_after_2100", "not a stretch", [][]byte{doc("2026-01-01..2101-01-01", "")}},
		{"no_coverage", "not a stretch", [][]byte{[]byte(`{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai","days":[]}`)}},
		{"an_impossible_date", "does not exist", [][]byte{replaced("2026-10-01", "2026-02-29")}},
		{"another_schema", `schema "tongban.holidays/2"`, [][]byte{replaced("holidays/1", "holidays/2")}},
		{"another_country", `country "TW"`, [][]byte{replaced(`"CN"`, `"TW"`)}},
		{"another_zone", `time zone "Asia/Tokyo"`, [][]byte{replaced("Asia/Shanghai", "Asia/Tokyo")}},
		{"another_status", `status "draft"`, [][]byte{doc(year, "draft")}},
		{"another_kind", `kind "half"`, [][]byte{replaced(`"off"`, `"half"`)}},
		{"no_name", "has 0 characters", [][]byte{replaced("国庆节", "")}},
		{"a_long_name", "has 61 characters", [][]byte{replaced("国庆节", strings.Repeat("国", 61))}},
		{"a_control_character", "unprintable character U+202E", [][]byte{replaced("国庆节", "国\u202e庆")}},
		{"an_unknown_field", `unknown field "holidays"`, [][]byte{replaced(`"days"`, `"holidays":[],"days"`)}},
		{"a_field_twice", `the name "days" twice`, [][]byte{replaced(`"days"`, `"days":[],"days"`)}},
		{"a_day_field_twice", `the name "kind" twice`, [][]byte{replaced(`"kind":"off"`, `"kind":"off","kind":"work"`)}},
		{"something_behind", "something after its end", [][]byte{[]byte(good + "{}")}},
		{"half_a_document", "is not readable", [][]byte{[]byte(good[:len(good)-2])}},
		{"another_shape", "is not readable", [][]byte{[]byte(`[]`)}},
		{"depth", "nested too deep", [][]byte{[]byte(strings.Repeat("[", 100_000))}},
		{"size", "larger than", [][]byte{make([]byte, maxDocument+1)}},
		{"another_encoding", "not UTF-8", [][]byte{replaced("国庆节", "\xb9\xfa")}},
		{"a_regional_document", `region "650000" only`, [][]byte{replaced(`"days"`, `"region":"650000","days"`)}},
		{"the_second_of_two", "calendar document 2:", [][]byte{[]byte(good), []byte(`{}`)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := Parse(test.docs...)
			if err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
			if _, zh, _ := strings.Cut(FaultText(Chinese, err), "："); english.MatchString(zh) {
				t.Errorf("who reads Chinese is told %q", zh)
			}
			if en := FaultText(English, err); err != nil && en != err.Error() {
				t.Errorf("in English %q", en)
			}
		})
	}
}

// english is a sentence, not a word of the document's format.
var english = regexp.MustCompile(`[a-z]{2,} [a-z]{2,}`)

func TestFaultsAreToldInChinese(t *testing.T) {
	t.Parallel()
	good := string(doc("2026-01-01..2026-12-31", "", "2026-10-01 off 国庆节"))
	for want, text := range map[string]string{
		"渭南：无法读取：没有名为 \"holidays\" 的字段":                 strings.Replace(good, `"days"`, `"holidays":[],"days"`, 1),
		"渭南：第 1 行：无法读取：没有 2026-02-29 这一天":               strings.Replace(good, "2026-10-01", "2026-02-29", 1),
		"渭南：第 1 行：无法读取：这里不是正确的 JSON，请检查引号、逗号和括号":        strings.Replace(good, `"days"`, `days`, 1),
		"渭南：无法读取：内容不完整，后面缺少引号或者括号":                      good[:len(good)-2],
		"渭南：第 1 行：无法读取：字段 \"schema\" 的值不能是这种类型（number）": strings.Replace(good, `"tongban.holidays/1"`, `1`, 1),
		"渭南：第 1 行：2026-10-01 的名称：有 0 个字，应为 1 至 60 个":    strings.Replace(good, "国庆节", "", 1),
	} {
		if _, err := NewSet(Document{"渭南", []byte(text)}); err == nil || FaultText(Chinese, err) != want {
			t.Errorf("got %q, want %q (%v)", FaultText(Chinese, err), want, err)
		}
	}
}

func TestParseMergesByDate(t *testing.T) {
	t.Parallel()
	parse := func(docs ...[]byte) *Calendar {
		t.Helper()
		c, err := Parse(docs...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	y2022 := doc("2022-01-01..2022-12-31", "published", "2022-10-01 off 国庆节")
	y2023 := doc("2023-01-01..2023-12-31", "published", "2022-12-31 off 元旦", "2023-01-02 off 元旦")
	for _, c := range []*Calendar{parse(y2022, y2023), parse(y2023, y2022)} {
		if c.IsWorkday(date("2022-12-31")) || c.Add(date("2022-12-30"), 1, WorkDay) != date("2023-01-03") {
			t.Error("a holiday that lies in the year before its notice is lost")
		}
		if from, to := c.Coverage(); from != date("2022-01-01") || to != date("2023-12-31") {
			t.Errorf("covers %v to %v", from, to)
		}
	}

	first := doc("2020-01-01..2020-12-31", "", "2020-01-31 off 春节", "2020-02-01 work 春节")
	second := doc("2020-01-01..2020-12-31", "", "2020-02-01 off 春节", "2020-01-31 work 春节")
	if c := parse(first, second); c.IsWorkday(date("2020-02-01")) || !c.IsWorkday(date("2020-01-31")) {
		t.Error("a second notice does not win over the first")
	}

	guess := doc("2027-01-01..2027-12-31", "provisional", "2027-02-08 off 春节")
	notice := doc("2027-01-01..2027-12-31", "published", "2027-02-05 off 春节")
	if c := parse(guess); c.Known(date("2027-02-08")) || c.IsWorkday(date("2027-02-08")) {
		t.Error("a provisional day is not used, or taken for known")
	}
	for _, c := range []*Calendar{parse(guess, notice), parse(notice, guess)} {
		if !c.IsWorkday(date("2027-02-08")) || c.IsWorkday(date("2027-02-05")) || !c.Known(date("2027-02-08")) {
			t.Error("a provisional document speaks about a published year")
		}
	}
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	eid := []byte(strings.Replace(string(doc("2026-01-01..2026-12-31", "published", "2026-05-27 off 古尔邦节")), `"days"`, `"region":"650000","days"`, 1))
	c, err := National().Overlay("650000", eid)
	if err != nil {
		t.Fatal(err)
	}
	d := date("2026-05-26")
	if c.Add(d, 1, WorkDay) != d+2 || National().Add(d, 1, WorkDay) != d+1 {
		t.Error("the overlay does not act, or acts on the nation")
	}
	if kind, name := c.DayKind(d + 1); kind != Holiday || name != "古尔邦节" {
		t.Errorf("it is %v %s", kind, name)
	}
	if c.ID() == National().ID() || len(c.Regions()) != 1 || len(National().Regions()) != 0 {
		t.Error("the overlay does not show in ID and Regions")
	}
	emergency := doc("2026-10-10..2026-10-12", "", "2026-10-10 off 防汛", "2026-10-12 off 防汛")
	twice, err := c.Overlay("650100", emergency)
	if err != nil {
		t.Fatal(err)
	}
	if twice.IsWorkday(date("2026-10-10")) || twice.IsWorkday(date("2026-05-27")) {
		t.Error("overlays do not lie on one another")
	}
	for _, test := range []struct {
		region, want string
		doc          []byte
	}{
		{"640000", `is for region "650000"`, eid},
		{"", "has 0 characters", emergency},
		{"650000", "not a day off", doc("2026-01-01..2026-12-31", "", "2026-05-27 work 古尔邦节")},
		{"650000", "schema", []byte(`{}`)},
	} {
		if c, err := National().Overlay(test.region, test.doc); err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("overlay for %q: %v, want %q", test.region, err, test.want)
		}
	}
	if _, err := National().Overlay("650000", doc("2026-10-01..2026-10-07", "", "2026-10-07 work 值班")); err != nil {
		t.Errorf("a national day off cannot be worked in a region: %v", err)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	guess := doc("2027-01-01..2027-12-31", "provisional", "2027-02-05 off 春节", "2027-02-08 off 春节", "2027-05-01 off 劳动节")
	notice := doc("2027-01-01..2027-12-31", "published", "2027-02-05 off 春节", "2027-02-09 off 春节", "2027-02-20 work 春节", "2027-05-01 off 劳动节")
	before, errB := Parse(guess)
	after, errA := Parse(guess, notice)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	want := []Date{date("2027-02-08"), date("2027-02-09"), date("2027-02-20")}
	if got := before.Diff(after); !slices.Equal(got, want) {
		t.Errorf("the notice changes %v, want %v", got, want)
	}
	if got := after.Diff(before); !slices.Equal(got, want) {
		t.Errorf("the other way it changes %v, want %v", got, want)
	}
	if got := National().Diff(National()); got != nil {
		t.Errorf("a calendar differs from itself on %v", got)
	}
}

func TestIDIsStable(t *testing.T) {
	t.Parallel()
	const want = "db4db9bf5d0bd1964b752574fcee3f4f" // receipts name it: it changes only with the data
	if got := National().ID(); got != want {
		t.Errorf("the national calendar is %s, was %s", got, want)
	}
	a, errA := Parse(doc("2026-01-01..2026-12-31", "", "2026-10-01 off 国庆节", "2026-10-02 off 国庆节"))
	b, errB := Parse(doc("2026-01-01..2026-12-31", "", "2026-10-02 off 国庆节", "2026-10-01 off 国庆节"))
	c, errC := Parse(doc("2026-01-01..2026-12-31", "", "2026-10-01 off 国庆节"))
	if errA != nil || errB != nil || errC != nil {
		t.Fatal(errA, errB, errC)
	}
	if a.ID() != b.ID() || a.ID() == c.ID() {
		t.Error("the ID does not follow the content")
	}
}

func FuzzParse(f *testing.F) {
	b, err := os.ReadFile("data/cn-holidays-2027-provisional.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(doc("2026-01-01..2026-12-31", "published", "2026-10-10 work 国庆节", "2025-12-31 off 元旦"))
	f.Add(doc("1990-01-01..2100-12-31", ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			return
		}
		from, to := c.Coverage()
		for d := firstDay - 40; d <= lastDay+40; d += 397 {
			due := c.Add(d, 9, WorkDay)
			if c.Between(d, due, WorkDay) != 9 || !c.IsWorkday(due) || c.Known(d) != (from <= d && d <= to) {
				t.Fatalf("9 working days from %v are %v", d, due)
			}
		}
		if _, err := National().Overlay("test", b); err != nil && !strings.Contains(err.Error(), "overlay for test") {
			t.Fatal(err)
		}
	})
}
