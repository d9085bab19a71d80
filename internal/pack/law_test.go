package pack

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

// A law that changes on a day is the law of that day's acceptances, not of those before; one that is gone is named.
func TestLimitsAreThoseInForceOnTheDay(t *testing.T) {
	laws, err := (&workday.Catalogue{}).With([]byte(`{"schema":"tongban.timelimits/1","text_as_of":"2026-11-26","note":"","limits":[
		{"id":"licence.correction_notice","name":"一次告知","n":5,"unit":"workday","starts":"收到申请材料","extension":null,"effect":"即为受理","basis":"行政许可法","article":"32","source":"t","verified":true},
		{"id":"licence.renewal_apply","name":"延续申请","n":30,"unit":"calendar_day","starts":"有效期届满前 (backwards)","extension":null,"effect":null,"basis":"行政许可法","article":"50","source":"t","verified":true},
		{"id":"licence.decision","name":"决定","n":20,"unit":"workday","starts":"受理","extension":"10 workdays, head","effect":null,"basis":"行政许可法","article":"42","source":"t","verified":true,"valid_to":"2027-12-31"},
		{"id":"licence.decision","name":"决定","n":15,"unit":"workday","starts":"受理","extension":"10 workdays, head","effect":null,"basis":"行政许可法","article":"42","source":"t","verified":true,"valid_from":"2028-01-01","valid_to":"2029-12-31"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	base := os.DirFS("testdata/base")
	for day, want := range map[workday.Date]int{
		workday.NewDate(2026, time.November, 26): 20, workday.NewDate(2027, time.December, 31): 20, workday.NewDate(2028, time.January, 1): 15, 0: 15,
	} {
		p, problems := Options{Laws: laws, On: day}.Check(base)
		if p == nil {
			t.Fatalf("%v: %v", day, problems)
		}
		if n := p.Items[0].Limits.Statutory.Limit.N; n != want {
			t.Errorf("accepted on %v, the law gives %d working days, want %d", day, n, want)
		}
		if p.LimitsOn != day {
			t.Errorf("says %v, want %v", p.LimitsOn, day)
		}
	}
	p, problems := Options{Laws: laws, On: workday.NewDate(2030, time.January, 1)}.Check(base)
	i := slices.IndexFunc(problems, func(p Problem) bool { return p.Code == "limit.repealed" })
	if p != nil || i < 0 || problems[i].File != "pack.yaml" || problems[i].Line == 0 || problems[i].Mend == "" {
		t.Errorf("a limit that is not in force any more: %v", problems)
	}
}
