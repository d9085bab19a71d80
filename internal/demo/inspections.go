package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

const (
	// inspectDays is how far back the inspections go, in calendar days.
	inspectDays = 75
	// inspectFirms is how many companies may be inspected.
	inspectFirms = 66
)

// inspections fills practice 36, in the order of time: lists, the plan of a year, two months that are over but for what was left, what was
// handed over and punished, a joint inspection under way, an objection, and draws to come.
func (t *cities) inspections(ctx context.Context) error {
	t.at(inspectDays, 9)
	list := t.firms(hanzhong, inspectFirms)
	if err := t.tell(ctx, hanzhong, list); err != nil {
		return err
	}
	if err := t.work(ctx); err != nil {
		return err
	}
	if err := t.libraries(ctx, list); err != nil {
		return err
	}
	year, _, _ := workday.DateOf(t.Now).Civil()
	if err := t.inspect.Announce(ctx, t.planner(), inspect.Year{Year: int64(year), Title: fmt.Sprintf("%d年度“双随机、一公开”抽查工作计划", year), Rounds: 12,
		Ratios: map[string]int64{"A": 500, "B": 1000, "C": 4000, "D": 8000}, Visits: 2}); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{t.firstMonth, t.filed, t.secondMonth, t.investigated, t.jointly, t.punished, t.everybody, t.toCome} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *cities) planner() caseflow.Actor {
	return t.by("planner", hanzhong, "market", caseflow.RoleReviewer)
}

func (t *cities) second() caseflow.Actor {
	return t.by("planner2", hanzhong, "market", caseflow.RoleHead)
}

// units are the departments that inspect, each with its inspectors; the first of the market's and of the fire service's have accounts.
var units = []struct {
	department, prefix string
	names              []string
}{
	{"market", "陕F01", []string{"李建平", "周敏", "何志远", "孙晓梅", "郭强", "罗海燕", "唐文博", "邓丽"}},
	{"fire", "陕F02", []string{"王磊", "冯凯", "贺军"}},
	{"labour", "陕F03", []string{"谢静", "曹伟", "袁梅"}},
}

// loginOf is whose tasks an inspector gets.
func loginOf(department string, i int) string {
	switch {
	case department == "market" && i == 0:
		return mainInspector
	case department == "fire" && i == 0:
		return "fire"
	}
	return fmt.Sprintf("%s-inspector-%d", department, i+1)
}

// checks are the check items, by department.
var checks = map[string][]sheet.Row{
	"market": {
		{"id": "SJ01", "name": "登记事项检查", "kind": "一般", "method": "现场检查", "basis": "《中华人民共和国市场主体登记管理条例》", "subject": "企业"},
		{"id": "SJ02", "name": "公示信息检查", "kind": "一般", "method": "书面检查", "basis": "《企业信息公示暂行条例》", "subject": "企业"},
		{"id": "SJ03", "name": "食品经营检查", "kind": "重点", "method": "现场检查", "basis": "《中华人民共和国食品安全法》", "subject": "食品经营者"},
	},
	"fire":   {{"id": "XF01", "name": "消防安全检查", "kind": "重点", "method": "现场检查", "basis": "《中华人民共和国消防法》", "subject": "公众聚集场所"}},
	"labour": {{"id": "RS01", "name": "劳动用工检查", "kind": "一般", "method": "现场检查", "basis": "《劳动保障监察条例》", "subject": "用人单位"}},
}

// libraries sends the one list and the two libraries of each department.
func (t *cities) libraries(ctx context.Context, list []firm) error {
	send := func(department, what, library, name string, rows sheet.List) error {
		e, err := t.inspect.Send(ctx, t.by("lists-"+department, hanzhong, department, caseflow.RoleClerk), what, library, name, rows)
		if err == nil && e.State != inspect.Taken {
			err = fmt.Errorf("%s of %s: %v", what, department, e.Faults)
		}
		return err
	}
	until := workday.DateOf(t.Now.AddDate(3, 0, 0)).String()
	for _, u := range units {
		var people sheet.List
		for i, name := range u.names {
			people = append(people, sheet.Row{"id": fmt.Sprintf("%s%04d", u.prefix, i+1), "name": name, "login": loginOf(u.department, i), "until": until})
		}
		if err := send(u.department, inspect.Items, "", "抽查事项清单.csv", checks[u.department]); err != nil {
			return err
		}
		if err := send(u.department, inspect.Inspectors, "", "检查人员名录库.csv", people); err != nil {
			return err
		}
	}
	var objects sheet.List
	for _, f := range list {
		objects = append(objects, sheet.Row{"party": f.code, "name": f.name, "area": f.area, "address": f.address, "industry": f.industry})
	}
	return send("market", inspect.Objects, "市场主体库", "检查对象名录库.csv", objects)
}

// monthly are the terms of a month: the market's own inspectors, by tier.
func monthly() inspect.Terms {
	return inspect.Terms{Items: []string{"market/SJ01", "market/SJ02"}, Ratios: map[string]int64{"A": 500, "B": 1000, "C": 2000, "D": 4000}, Team: 2, Cap: 6, Together: 4}
}

// planned makes a plan and proposes its draw for ten o'clock of the next day; of the last ones that is still to come.
func (t *cities) planned(ctx context.Context, title string, due int, terms inspect.Terms) (*inspect.Plan, error) {
	year, _, _ := workday.DateOf(t.Now).Civil()
	p, err := t.inspect.MakePlan(ctx, t.planner(), inspect.Plan{Title: title, Year: int64(year), Due: workday.DateOf(t.Now.AddDate(0, 0, -due)), Terms: terms})
	if err != nil {
		return nil, err
	}
	return t.inspect.ProposeDraw(ctx, t.planner(), p.No, t.tomorrow(), []draw.Source{{Kind: draw.Dice, Name: "市场监管局", Rolls: 8, Faces: 6}, {Kind: draw.Dice, Name: "企业代表", Rolls: 8, Faces: 6}})
}

func (t *cities) tomorrow() time.Time {
	y, m, d := t.now.In(workday.Shanghai).AddDate(0, 0, t.ahead()).Date()
	return time.Date(y, m, d, 10, 0, 0, 0, workday.Shanghai).UTC()
}

// ahead is how many days before a draw it is proposed: one, but for those that are to come.
func (t *cities) ahead() int {
	if t.Now.Sub(t.now) < 48*time.Hour {
		return 3
	}
	return 1
}

func drawOf(p *inspect.Plan) string { return fmt.Sprintf("%s-%d", p.Region, p.Draw) }

// drawn confirms and makes the draw of a plan that was proposed, and lists its tasks.
func (t *cities) drawn(ctx context.Context, p *inspect.Plan) ([]inspect.Task, error) {
	t.now = t.now.Add(2 * time.Hour)
	if err := t.draws.Confirm(ctx, t.second(), drawOf(p)); err != nil {
		return nil, err
	}
	t.now = t.tomorrow()
	for i, by := range []caseflow.Actor{t.planner(), t.second()} {
		t.now = t.now.Add(time.Minute)
		if err := t.draws.Give(ctx, by, drawOf(p), i, t.dice()); err != nil {
			return nil, err
		}
	}
	if err := t.work(ctx); err != nil {
		return nil, err
	}
	list, err := t.inspect.TasksOf(ctx, t.planner(), p.No, 100)
	for i := range list {
		whole, e := t.inspect.TaskOf(ctx, t.planner(), list[i].No)
		if e != nil {
			return nil, e
		}
		list[i] = *whole
	}
	// Those of the inspector whose login is printed come first, so that there is one in every state.
	slices.SortStableFunc(list, func(a, b inspect.Task) int { return cmp.Compare(goes(&b), goes(&a)) })
	return list, err
}

// goes is 1 if the inspector whose login is printed goes there.
func goes(x *inspect.Task) int {
	if slices.ContainsFunc(x.Members, func(m inspect.Member) bool { return m.Login == mainInspector }) {
		return 1
	}
	return 0
}

// dice rolls eight of them.
func (t *cities) dice() string {
	rolls := make([]string, 8)
	for i := range rolls {
		rolls[i] = fmt.Sprint(1 + t.rng.IntN(6))
	}
	return strings.Join(rolls, ",")
}

// said is what inspectors write, by kind of result.
var said = map[inspect.Kind]string{
	inspect.NoProblem: "经现场查看和查阅资料，未发现问题。",
	inspect.Ordered:   "营业执照未置于住所醒目位置，已责令当场改正。",
	inspect.NotShown:  "股权变更信息未在二十个工作日内公示，责令限期公示。",
	inspect.NotFound:  "到登记住所查找，无此企业，电话无人接听。",
	inspect.Pending:   "涉嫌擅自改变主要登记事项，待进一步调查。",
}

// visit hands a result in; all sign on the spot, or only who hands it in.
func (t *cities) visit(ctx context.Context, x *inspect.Task, kind inspect.Kind, all bool) error {
	res := inspect.Result{Request: fmt.Sprintf("demo-%d", x.No), Kind: kind, Words: said[kind], Signatures: map[string]string{}}
	if kind != inspect.NotFound {
		for i, it := range x.Items {
			m := inspect.Mark{Department: it.Department, Item: it.ID, Kind: inspect.NoProblem}
			if i == 0 {
				m.Kind, m.Words = kind, said[kind]
			}
			res.Marks = append(res.Marks, m)
		}
	}
	first := x.Members[0]
	if i := slices.IndexFunc(x.Members, func(m inspect.Member) bool { return m.Login == mainInspector }); i >= 0 {
		first = x.Members[i]
	}
	for i, m := range x.Members {
		if all && m.Inspector != first.Inspector {
			res.Signatures[m.Inspector] = fmt.Sprintf("M20 %dL60 40L90 %dL150 50L210 %dL260 70", 60+i, 80-i, 30+i)
		}
	}
	by := t.by(first.Login, hanzhong, first.Department, caseflow.RoleClerk)
	b, err := picture(int(x.No))
	if err != nil {
		return err
	}
	if _, err := t.inspect.TakePhoto(ctx, by, first.Login, x.No, inspect.Photo{Name: "门头.png", Lat: 33_067_480, Lon: 107_023_010, Located: true}, fmt.Sprintf("demo-photo-%d", x.No), b); err != nil {
		return err
	}
	_, err = t.inspect.HandIn(ctx, by, first.Login, x.No, res)
	return err
}

// publish shows a result, by somebody who did not go.
func (t *cities) publish(ctx context.Context, x *inspect.Task) error {
	_, err := t.inspect.Publish(ctx, t.second(), "planner2", x.No)
	return err
}

// firstMonth is over: its first draw was given up, all visits are made and published, a problem was looked at again, another handed over.
func (t *cities) firstMonth(ctx context.Context) error {
	t.at(72, 9)
	p, err := t.planned(ctx, t.month(-70)+"企业登记和公示信息抽查", 40, monthly())
	if err != nil {
		return err
	}
	t.now = t.now.Add(time.Hour)
	if err := t.draws.Confirm(ctx, t.second(), drawOf(p)); err != nil {
		return err
	}
	for _, by := range []caseflow.Actor{t.planner(), t.second()} {
		t.now = t.now.Add(time.Hour)
		if err := t.draws.Abandon(ctx, by, drawOf(p), "名录库里有一户已经注销的企业，更新后重新抽取"); err != nil {
			return err
		}
	}
	t.at(70, 9)
	if p, err = t.inspect.ProposeDraw(ctx, t.planner(), p.No, t.tomorrow(), []draw.Source{{Kind: draw.Dice, Name: "市场监管局", Rolls: 8, Faces: 6}, {Kind: draw.Dice, Name: "企业代表", Rolls: 8, Faces: 6}}); err != nil {
		return err
	}
	list, err := t.drawn(ctx, p)
	if err != nil {
		return err
	}
	kinds := []inspect.Kind{inspect.NoProblem, inspect.Ordered, inspect.NoProblem, inspect.Pending, inspect.NotFound, inspect.NoProblem, inspect.NotShown}
	for i := range list {
		t.at(66-i, 10)
		if err := t.visit(ctx, &list[i], kinds[i%len(kinds)], true); err != nil {
			return err
		}
	}
	t.at(44, 16)
	for i := range list {
		if err := t.follow(ctx, &list[i], kinds[i%len(kinds)]); err != nil {
			return err
		}
		if err := t.publish(ctx, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// follow is what follows a result: looked at again and found mended, or handed over.
func (t *cities) follow(ctx context.Context, x *inspect.Task, kind inspect.Kind) error {
	switch kind.Duty() {
	case inspect.Recheck:
		if _, err := t.inspect.StartFollow(ctx, t.planner(), x.No, inspect.Follow{Kind: inspect.Recheck, Due: workday.DateOf(t.now) + 10, Words: "限期改正后复查。"}); err != nil {
			return err
		}
		t.now = t.now.Add(time.Hour)
		_, err := t.inspect.EndFollow(ctx, t.planner(), x.No, 1, "已经改正。")
		return err
	case inspect.HandOver:
		return t.handOver(ctx, x)
	}
	return nil
}

// secondMonth is past its last day: one visit is overdue, one waits for a signature, one to be published, the others are public; one company
// objects to its result. All inspectors went equally often, so that the one whose login is printed has a visit in each of these states.
func (t *cities) secondMonth(ctx context.Context) error {
	t.at(35, 9)
	p, err := t.planned(ctx, t.month(-35)+"企业登记和公示信息抽查", 4, evenly())
	if err != nil {
		return err
	}
	list, err := t.drawn(ctx, p)
	if err != nil {
		return err
	}
	for i := range list {
		t.at(30-i, 10)
		kind := inspect.NoProblem
		switch i {
		case 0: // nobody has gone there
			continue
		case 1, 4:
			kind = inspect.Ordered
		case 5:
			kind = inspect.NotShown
		}
		if err := t.visit(ctx, &list[i], kind, i != 3); err != nil {
			return err
		}
		if i == 1 || i == 3 {
			continue
		}
		t.now = t.now.Add(6 * time.Hour)
		if err := t.publish(ctx, &list[i]); err != nil {
			return err
		}
		if kind.Problem() {
			t.contested = &list[i]
		}
	}
	return nil
}

// joint are the terms of a joint inspection (部门联合抽查): one visit, with an inspector of each department.
func joint() inspect.Terms {
	return inspect.Terms{Items: []string{"market/SJ01", "fire/XF01", "labour/RS01"}, Units: []string{hanzhong + "/market", hanzhong + "/fire", hanzhong + "/labour"},
		Libraries: []string{hanzhong + "/market/市场主体库"}, Ratios: map[string]int64{"A": 300, "B": 700, "C": 1500, "D": 3000}, Team: 3, Cap: 6, Together: 6}
}

// jointly is a joint inspection that is being carried out: some visits are made, the others have time.
func (t *cities) jointly(ctx context.Context) error {
	t.at(13, 9)
	p, err := t.planned(ctx, "市场监管、消防、人社部门联合抽查", -17, joint())
	if err != nil {
		return err
	}
	list, err := t.drawn(ctx, p)
	if err != nil {
		return err
	}
	for i := range list {
		if i%2 == 0 || i > 5 {
			continue
		}
		t.at(10-i, 11)
		if err := t.visit(ctx, &list[i], []inspect.Kind{inspect.NoProblem, inspect.Ordered}[i/2%2], true); err != nil {
			return err
		}
	}
	return t.objection(ctx)
}

// objection is a company that holds that its result is not as it was; the desk is verifying.
func (t *cities) objection(ctx context.Context) error {
	x := t.contested
	if x == nil {
		return nil
	}
	t.at(3, 9)
	clerk := t.by(mainInspector, hanzhong, "market", caseflow.RoleClerk)
	boss, err := t.boss(ctx, hanzhong, clerk, firm{code: x.Party, name: x.Name})
	if err != nil {
		return err
	}
	self := bosses[hanzhong].party()
	key, err := t.do(ctx, boss, store.Key{Region: hanzhong}, caseflow.Open{Item: "inspection-objection", Channel: caseflow.ChannelOnline, Applicant: self, Agent: &self, Owner: caseflow.CompanyOwner(x.Party)},
		caseflow.SaveDraft{Data: encode(map[string]string{"task": fmt.Sprint(x.No), "words": "检查当天营业执照就挂在大厅，照片可以证明。"})})
	if err == nil {
		err = t.proof(ctx, boss, key, "大厅照片")
	}
	if err != nil {
		return err
	}
	if _, err := t.do(ctx, boss, key, caseflow.Submit{}); err != nil {
		return err
	}
	t.at(3, 15)
	_, err = t.do(ctx, clerk, key, caseflow.Accept{})
	return err
}

// evenly are the terms of a round in which each inspector of the market goes as often as one may: with eight of them, twelve visits by two take
// three of each, whatever the dice say.
func evenly() inspect.Terms {
	const each, team = 3, 2
	terms := monthly()
	terms.Ratios, terms.Total, terms.Team, terms.Cap, terms.Together = nil, int64(len(units[0].names)*each/team), team, each, each
	return terms
}

// everybody is a round of all inspectors in which nobody has gone yet, so that whoever signs in as one has something to do.
func (t *cities) everybody(ctx context.Context) error {
	t.at(6, 9)
	p, err := t.planned(ctx, "重点企业公示信息专项抽查", -12, evenly())
	if err == nil {
		_, err = t.drawn(ctx, p)
	}
	return err
}

// toCome are two draws that are not made yet: one is published and waits for its dice, one waits to be confirmed by somebody else.
func (t *cities) toCome(ctx context.Context) error {
	t.at(1, 9)
	special := monthly()
	special.Items = []string{"market/SJ03"}
	for i, title := range []string{t.month(20) + "企业登记和公示信息抽查", "节前食品经营专项抽查"} {
		terms := monthly()
		if i == 1 {
			terms = special
		}
		p, err := t.planned(ctx, title, -25, terms)
		if err != nil {
			return err
		}
		if i == 0 {
			if err := t.draws.Confirm(ctx, t.second(), drawOf(p)); err != nil {
				return err
			}
		}
	}
	return nil
}

// month names the month so many days from the end.
func (t *cities) month(days int) string {
	y, m, _ := workday.DateOf(t.Now.AddDate(0, 0, days)).Civil()
	return fmt.Sprintf("%d年%d月", y, m)
}
