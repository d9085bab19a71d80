package desk_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// busy is a city at its worst: six departments with open work, and more late cases than the red list names.
func (b *bench) busy() store.Key {
	b.t.Helper()
	key := b.running()
	for _, to := range []caseflow.Post{by("market", "reviewer"), by("tax", "reviewer"), by("police", "reviewer"), by("water", "reviewer"), by("hall", "clerk"), by("office", "supervisor")} {
		b.do("super", key, caseflow.Supervise{To: to, Words: "请核实并答复", Within: workdays(1)})
	}
	for n := range 9 {
		b.receivedAs(fmt.Sprintf("渭南秦东绿色农产品加工贸易物流第%d有限责任公司", n))
	}
	for range 5 {
		b.pass(24 * time.Hour)
		_, err := b.hall.RunClocks(b.t.Context())
		b.must(err)
	}
	return key
}

// All of the leader's screen stands on the screen of a laptop at once, on an ordinary day and on the worst.
func TestOverview_fits_on_one_screen(t *testing.T) {
	t.Parallel()
	for name, day := range map[string]func(*bench){"ordinary": func(b *bench) { b.traffic() }, "worst": func(b *bench) { b.busy() }} {
		b := newBench(t)
		day(b)
		s := sit(t, b)
		for _, lang := range []string{"zh", "en"} {
			s.Size(1366, 768)
			s.as("super", "/desk/overview?lang="+lang)
			var height, rows int
			s.Eval("document.documentElement.scrollHeight", &height)
			s.Eval("document.querySelectorAll('.leader tbody th[scope=row]').length", &rows)
			s.Screenshot("leader-" + name + "-" + lang)
			if height > 768 || rows < 3 {
				t.Errorf("%s day, %s: the screen is %d high, with %d rows", name, lang, height, rows)
			}
			s.Axe(t)
			s.Size(390, 844)
			s.Goto(s.URL())
			s.Narrow(t)
			s.Screenshot("leader-" + name + "-" + lang + "-390")
		}
	}
}

// With many departments those that are worst stand on the screen, and a link leads to all of them.
func TestOverview_of_many_departments_names_the_worst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	for n := range 14 {
		id := fmt.Sprintf("dept%02d", n)
		b.must(b.store.AddAccount(t.Context(), store.Account{ID: id, Login: id, Kind: caseflow.ActorOfficial, Name: "某人", Region: region, Department: id, Roles: []string{"reviewer"}}))
		within := workdays(1)
		if n == 13 {
			within = workdays(20)
		}
		b.do("super", key, caseflow.Supervise{To: by(id, "reviewer"), Words: "请核实并答复", Within: within})
	}
	for range 5 {
		b.pass(24 * time.Hour)
		_, err := b.hall.RunClocks(b.t.Context())
		b.must(err)
	}
	s := b.get("super", "/desk/overview")
	contains(t, s, "dept00", "个部门</a>", "同比")
	lacks(t, s, "dept13")
	all := b.get("super", "/desk/overview?departments=all")
	contains(t, all, "dept00", "dept13")
	lacks(t, all, "个部门</a>")
}

// The figures of the promise and of satisfaction lead in two clicks to the cases behind them, and to no others.
func TestOverview_leads_to_broken_promises_and_bad_ratings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	late := b.running()
	for range 3 {
		b.pass(24 * time.Hour)
		_, err := b.hall.RunClocks(b.t.Context())
		b.must(err)
	}
	good, poor := b.delivered(), b.delivered()
	b.do("wang", poor, caseflow.Rate{Channel: caseflow.ChannelOnline, Level: 1, Words: "跑了三趟"})
	b.do("wang", good, caseflow.Rate{Channel: caseflow.ChannelOnline, Level: 5})
	overview := b.get("super", "/desk/overview")
	figures := unescape.Replace(between(t, overview.body, `<a href="/desk/statistics`, `"`))
	statistics := b.get("super", "/desk/statistics"+figures)
	for when, want := range map[string]store.Key{"broken": late, "poor": poor} {
		link := regexp.MustCompile(`<a href="(/desk/cases\?[^"]*when=` + when + `[^"]*)"><span class="tile-label"`).FindStringSubmatch(statistics.body)
		if link == nil {
			t.Fatalf("no figure leads to %s", when)
		}
		list := b.get("super", unescape.Replace(link[1]))
		contains(t, list, string(want.Case))
		if n := strings.Count(list.body, `<th scope="row"`); n != 1 {
			t.Errorf("%s lists %d cases:\n%s", when, n, plain(list.body))
		}
		lacks(t, b.get("super", "/desk/cases?from=2020-01-01&to=2020-01-31&when="+when), string(want.Case))
	}
}

// Who may give instructions is offered that on the spot; to others it is not shown.
func TestOverview_offers_instructions_to_who_may_give_them(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.busy()
	contains(t, b.get("super", "/desk/overview"), `<a href="`+home(key)+`">`, home(key)+"/acts/supervise")
	chief := b.get("chief", "/desk/overview")
	contains(t, chief, `<a href="`+home(key)+`">`)
	lacks(t, chief, "/acts/supervise")
	contains(t, chief, "临渭区 · 政务服务大厅 办理情况") // whose figures these are
	lacks(t, b.get("super", "/desk/overview"), "· 政务服务大厅 办理情况")
}

// delivered is a case whose results were handed out.
func (b *bench) delivered() store.Key {
	b.t.Helper()
	key, task := at("deliver")(b)
	b.do("clerk1", key, caseflow.Deliver{Task: task, How: "window", Receiver: "王秀英"})
	return key
}

// The leader's screen costs few statements, however many cases are late and however many people hold them.
func TestOverview_costs_few_statements(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	count := func() int64 {
		b.get("super", "/desk/overview") // what is prepared or remembered once
		before := b.reads.Load()
		b.get("super", "/desk/overview")
		return b.reads.Load() - before
	}
	quiet := count()
	key := b.busy()
	for i, who := range []string{"market1", "tax1", "police1", "water1", "clerk1"} { // the instructions of busy, which are late
		b.do(who, key, caseflow.Claim{Task: len(b.state(key).Tasks) - 5 + i})
	}
	contains(t, b.get("super", "/desk/overview"), "李登记", "郑税务", "赵窗口")
	if busy := count(); busy > 10 || busy > quiet+1 {
		t.Errorf("%d statements on a quiet day, %d on the worst", quiet, busy)
	} else {
		t.Logf("%d statements on a quiet day, %d on the worst", quiet, busy)
	}
}
