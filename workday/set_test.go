package workday

import (
	"strings"
	"testing"
	"time"
)

func notice(more string) Document {
	return Document{"notice.json", []byte(`{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai",` + more + `}`)}
}

var (
	year2027 = notice(`"coverage":{"from":"2027-01-01","to":"2027-12-31"},"days":[
		{"date":"2027-01-01","name":"元旦","kind":"off"},{"date":"2027-01-04","name":"元旦","kind":"off"},{"date":"2027-01-09","name":"元旦","kind":"work"}]`)
	weinanOff = notice(`"region":"610500","office_hours":"08:30-12:00, 14:00-17:30","coverage":{"from":"2026-06-01","to":"2026-06-30"},
		"days":[{"date":"2026-06-03","name":"试验","kind":"off"}]`)
	linweiOff = notice(`"region":"610502","coverage":{"from":"2026-06-01","to":"2026-06-30"},"days":[{"date":"2026-06-04","name":"试验","kind":"off"}]`)
)

func day(y int, m time.Month, d int) Date { return NewDate(y, m, d) }

// A year that is published later comes as a file, and is law then.
func TestSetTakesAPublishedYear(t *testing.T) {
	s, err := NewSet(year2027)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Region("610500")
	if !c.Known(day(2027, 6, 1)) || c.IsWorkday(day(2027, 1, 4)) || !c.IsWorkday(day(2027, 1, 9)) {
		t.Error("the notice of 2027 is not what counts")
	}
	if due := c.Due(day(2026, 12, 31).Start(), Limit{N: 3}); due.Provisional || due.Date != day(2027, 1, 7) {
		t.Errorf("three working days after 2026-12-31 end %v", due)
	}
	if National().Known(day(2027, 6, 1)) {
		t.Error("the embedded calendar has changed")
	}
}

// A region has its own days and hours and those of the city and province that it lies in; others have the national ones.
func TestSetGivesEachRegionItsCalendar(t *testing.T) {
	for _, docs := range [][]Document{{weinanOff, linweiOff}, {linweiOff, weinanOff}} {
		s, err := NewSet(docs...)
		if err != nil {
			t.Fatal(err)
		}
		for region, want := range map[string][2]bool{ // worked on June 3 and 4
			"610502": {false, false}, "610500": {false, true}, "610503": {false, true}, "610000": {true, true}, "610100": {true, true}, "yangling": {true, true},
		} {
			c := s.Region(region)
			if got := [2]bool{c.IsWorkday(day(2026, 6, 3)), c.IsWorkday(day(2026, 6, 4))}; got != want {
				t.Errorf("%s works %v, want %v", region, got, want)
			}
		}
		if h := s.Region("610502").OfficeHours().String(); h != "08:30-12:00, 14:00-17:30" {
			t.Errorf("the district has the hours %s", h)
		}
		if h := s.Region("610100").OfficeHours().String(); h != "09:00-12:00, 13:30-17:00" {
			t.Errorf("another city has the hours %s", h)
		}
		if own := strings.Join(s.Own(), " "); own != "610500 610502" {
			t.Errorf("own calendars: %s", own)
		}
	}
}

func TestSetRefusesWhatContradictsItself(t *testing.T) {
	for name, c := range map[string]struct {
		doc  Document
		want string
	}{
		"a day that is both":     {notice(`"coverage":{"from":"2027-01-01","to":"2027-12-31"},"days":[{"date":"2027-01-01","name":"a","kind":"off"},{"date":"2027-01-01","name":"a","kind":"work"}]`), "contradicts itself: 2027-01-01"},
		"a make-up Monday":       {notice(`"coverage":{"from":"2027-01-01","to":"2027-12-31"},"days":[{"date":"2027-01-04","name":"a","kind":"work"}]`), "2027-01-04 is a Monday"},
		"a gap between years":    {notice(`"coverage":{"from":"2028-01-01","to":"2028-12-31"},"days":[]`), "no calendar document covers 2027-01-01"},
		"hours that overlap":     {notice(`"region":"610500","office_hours":"09:00-12:00, 11:00-17:00","coverage":{"from":"2026-01-01","to":"2026-12-31"},"days":[]`), "office hours"},
		"hours that are no time": {notice(`"office_hours":"early","coverage":{"from":"2027-01-01","to":"2027-12-31"},"days":[]`), "office hours"},
		"no calendar":            {Document{"notice.json", []byte(`{}`)}, "schema"},
	} {
		if _, err := NewSet(c.doc); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "notice.json: ") && name != "a gap between years" {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	other := notice(`"office_hours":"08:00-12:00","coverage":{"from":"2028-01-01","to":"2028-12-31"},"days":[]`)
	first := notice(`"office_hours":"09:00-12:00","coverage":{"from":"2027-01-01","to":"2027-12-31"},"days":[]`)
	if _, err := NewSet(first, other); err == nil || !strings.Contains(err.Error(), "an earlier one 09:00-12:00") {
		t.Errorf("two hours for the whole country: %v", err)
	}
}

func TestBetweenIsProvisionalOnlyWhereUnknownDaysCount(t *testing.T) {
	c := National()
	for _, x := range []struct {
		a, b Date
		u    Unit
		want bool
	}{
		{day(2030, 1, 1), day(2030, 2, 1), Day, false},
		{day(2030, 1, 1), day(2030, 2, 1), Month, false},
		{day(2030, 1, 1), day(2030, 2, 1), Hour, false},
		{day(2030, 1, 1), day(2030, 2, 1), WorkDay, true},
		{day(2030, 1, 1), day(2030, 2, 1), WorkHour, true},
		{day(2030, 1, 1), day(2030, 1, 1), WorkDay, false},
		{day(2017, 12, 31), day(2018, 1, 5), WorkDay, false},
		{day(2018, 1, 5), day(2017, 12, 31), WorkDay, false},
		{day(2017, 12, 30), day(2018, 1, 5), WorkDay, true},
		{day(2026, 12, 30), day(2026, 12, 31), WorkDay, false},
		{day(2026, 12, 31), day(2027, 1, 1), WorkDay, true},
	} {
		if got := c.BetweenProvisional(x.a, x.b, x.u); got != x.want {
			t.Errorf("between %v and %v in %v: provisional is %v", x.a, x.b, x.u, got)
		}
	}
}
