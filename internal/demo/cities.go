package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/module/credit"
	"github.com/tongban/tongban/internal/module/draws"
	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// The cities of practices 04, 35 and 36: their items are offered nowhere else.
const (
	ankang   = "610900"
	yulin    = "610800"
	hanzhong = "610700"

	shaanxi = "610000" // the province that they are in
)

// CityOptions say what the two cities are filled with. All fields are needed but Log.
type CityOptions struct {
	Store     Shelf
	Catalogue hall.Catalogue
	Packs     func() []*pack.Pack
	Files     Files         // of cases
	Photos    inspect.Files // of visits
	Region    string        // the city that is served: it has companies in every tier too
	Seed      uint64
	Now       time.Time // everything ends here
	Log       *slog.Logger
}

// Shelf is a store that modules share with the hall.
type Shelf interface {
	store.Store
	store.Modules
}

// cities is one run: modules and a hall of their own on a virtual clock.
type cities struct {
	CityOptions
	rng      *rand.Rand
	now      time.Time
	cal      *workday.Calendar
	hall     *hall.Hall
	modules  []module.Module
	credit   *credit.Module
	draws    *draws.Module
	inspect  *inspect.Module
	accounts map[string]store.Account // by login

	contested *inspect.Task // whose company will object
	handed    []store.Key   // the cases of what was handed over to enforcement
}

// Officials of the two cities, the citizens who are legal representatives there, and the administrator of the province, who loads the
// calendars that count in all cities. Their logins are printed with the others.
func officials() []access.NewAccount {
	return []access.NewAccount{
		officialOf("province", "秦正平", shaanxi, "office", caseflow.RoleAdmin),
		officialOf(mainInspector, "李建平", hanzhong, "market", caseflow.RoleClerk), officialOf("fire", "王磊", hanzhong, "fire", caseflow.RoleClerk),
		officialOf("enforcer", "周明", hanzhong, "enforcement", caseflow.RoleClerk, caseflow.RoleReviewer),
		officialOf("planner", "马文静", hanzhong, "market", caseflow.RoleReviewer), officialOf("planner2", "刘国平", hanzhong, "market", caseflow.RoleHead),
		officialOf("credit", "杜丽", yulin, "credit", caseflow.RoleReviewer, caseflow.RoleClerk), officialOf("credit2", "高原", yulin, "credit", caseflow.RoleHead),
		bosses[hanzhong].account(hanzhong), bosses[yulin].account(yulin),
	}
}

// doors are the officials of what only Ankang has (practice 04): of the hotline, of a village's station, and of the authority whose permits
// come with the licence. They are in the region of the demo if that is in Ankang, and else in Ankang, where they have something to do: with
// clerks who call at the windows of its lobby, and with who handles and who checks what could not be done.
func doors(region string) []access.NewAccount {
	var list []access.NewAccount
	if !ident.Within(region, ankang) {
		region = ankang
		list = append(list, officialOf("counter", "唐慧", region, "market", caseflow.RoleClerk), officialOf("counter2", "邓洁", region, "market", caseflow.RoleClerk),
			officialOf("handler", "方志远", region, "market", caseflow.RoleReviewer), officialOf("checker", "姚敏华", region, "market", caseflow.RoleSupervisor))
	}
	return append(list, officialOf("health", "罗思远", region, "health", caseflow.RoleReviewer), officialOf("hotline", "郭雨桐", region, "hotline", caseflow.RoleClerk),
		officialOf("station", "黄海燕", region, "station", caseflow.RoleClerk), officialOf("station2", "纪春生", region, "station", caseflow.RoleClerk))
}

// mainInspector is the inspector whose page shows a task in every state.
const mainInspector = "inspector"

// bosses are the legal representatives of a company in each of the cities.
var bosses = map[string]person{
	hanzhong: {name: "张汉生", id: string(ident.MakeCitizenID("610702", 1979, 5, 6, 71)), phone: "13800000004"},
	yulin:    {name: "白玉梅", id: string(ident.MakeCitizenID("610802", 1984, 9, 18, 28)), phone: "13800000005"},
}

// FillCities shows credit and inspections at work (practices 35, 36) in the cities whose packs have them, through the doors of the modules
// and the hall: a year of inspections with a draw to come, a joint one under way, results, a penalty, an objection; records in every tier, a
// repair and objections. Where a city has lists already nothing is done.
func FillCities(ctx context.Context, o CityOptions) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := &cities{CityOptions: o, rng: rand.New(rand.NewPCG(o.Seed, 36)), cal: workday.National(), now: o.Now.AddDate(0, 0, -inspectDays), accounts: map[string]store.Account{}} // #nosec G404 -- invented people, no secret
	clock := func() time.Time { return t.now }
	var err error
	if t.hall, err = hall.New(hall.Options{Store: o.Store, Catalogue: o.Catalogue, Files: o.Files, Now: clock, Log: o.Log}); err != nil {
		return err
	}
	if t.modules, err = module.Open(module.Parts{Store: o.Store, Hall: t.hall, Now: clock, Packs: o.Packs, Files: o.Photos, Log: o.Log}); err != nil {
		return err
	}
	for _, m := range t.modules {
		switch m := m.(type) {
		case *credit.Module:
			t.credit = m
		case *draws.Module:
			t.draws = m
		case *inspect.Module:
			t.inspect = m
		}
	}
	for _, a := range officials() {
		there, err := o.Store.AccountByLogin(ctx, a.Login)
		if errors.Is(err, store.ErrNotFound) {
			return nil // the demo has been made without these cities
		}
		if err != nil {
			return err
		}
		t.accounts[a.Login] = *there
	}
	for _, fill := range []struct {
		what string
		do   func(context.Context) error
	}{{"inspections", t.inspections}, {"credit", t.credits}, {"the city", t.served}, {"Ankang", t.ankang}} {
		if err := fill.do(ctx); err != nil {
			return fmt.Errorf("demo of %s: %w", fill.what, err)
		}
	}
	return nil
}

// ankang gives the doors of practice 04 something to do where the demo is of another city: see [doors].
func (t *cities) ankang(ctx context.Context) error {
	if ident.Within(t.Region, ankang) || t.Catalogue.Current("ankang-company-open") == nil {
		return nil
	}
	_, err := Fill(ctx, Options{Store: t.Store, Catalogue: t.Catalogue, Files: t.Files, Region: ankang, Seed: t.Seed, Now: t.Now, Cases: 2, Log: t.Log})
	return err
}

// work lets the modules do what is due.
func (t *cities) work(ctx context.Context) error {
	for _, m := range t.modules {
		if w, ok := m.(module.Worker); ok {
			if err := w.Work(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// by is an official: the account with that login if there is one.
func (t *cities) by(login, region, department, role string) caseflow.Actor {
	by := caseflow.Actor{ID: "demo-" + login, Kind: caseflow.ActorOfficial, Region: region, Department: department, Roles: []string{role}}
	if a, ok := t.accounts[login]; ok {
		by.ID, by.Name, by.Roles = a.ID, a.Name, a.Roles
	}
	return by
}

// boss is the legal representative of a company in a city: a window has seen the papers.
func (t *cities) boss(ctx context.Context, region string, window caseflow.Actor, company firm) (caseflow.Actor, error) {
	p := bosses[region]
	a := t.accounts[p.phone]
	by := caseflow.Actor{ID: a.ID, Kind: caseflow.ActorCitizen, Name: p.name, Region: region, Document: p.party().Document, Verified: true}
	_, err := t.hall.RecordLegal(ctx, window, region, &a, hall.Company{Name: company.name, Code: company.code}, "核验营业执照正本和法定代表人身份证原件")
	return by, err
}

// at is office hours of a day so many calendar days before the end.
func (t *cities) at(days, hour int) {
	y, m, d := t.Now.In(workday.Shanghai).AddDate(0, 0, -days).Date()
	t.now = time.Date(y, m, d, hour, 0, 0, 0, workday.Shanghai).UTC()
}

// do gives a command in a case; here a refusal is a mistake of the demo.
func (t *cities) do(ctx context.Context, by caseflow.Actor, key store.Key, commands ...caseflow.Command) (store.Key, error) {
	for _, cmd := range commands {
		if by.Kind == caseflow.ActorOfficial && key.Case != "" {
			if _, err := t.hall.View(ctx, by, key, "case:overview", ""); err != nil && !errors.Is(err, hall.ErrNotFound) {
				return key, err
			}
		}
		r, err := t.hall.Do(ctx, by, "", key, cmd)
		if err != nil {
			return key, fmt.Errorf("%s: %w", cmd.Verb(), err)
		}
		key.Case = r.Case
	}
	return key, nil
}

// task is the number of the task of a step that waits.
func (t *cities) task(ctx context.Context, key store.Key, step caseflow.StepID) (int, error) {
	v, err := t.hall.View(ctx, hall.System, key, "", "")
	if err != nil {
		return 0, err
	}
	for i := range v.Case.Tasks {
		if x := &v.Case.Tasks[i]; x.Step == step && x.Live() {
			return x.ID, nil
		}
	}
	return 0, fmt.Errorf("case %s has no task at %s", key.Case, step)
}

// proof attaches a small picture in the place of a document.
func (t *cities) proof(ctx context.Context, by caseflow.Actor, key store.Key, name string) error {
	b, err := picture(t.rng.IntN(256))
	if err != nil {
		return err
	}
	f, err := t.Files.Put(ctx, by.ID, b, 1<<20)
	if err != nil {
		return err
	}
	f.Name = name + ".png"
	_, err = t.do(ctx, by, key, caseflow.Attach{Material: "proof", File: f})
	return err
}

// firm is an invented company.
type firm struct{ code, name, area, address, industry string }

// firms invents companies of a city, each name once.
func (t *cities) firms(region string, n int) []firm {
	city, _ := ident.Service().ByCode(region)
	areas := ident.Service().Children(region)
	names := cityBrands[region]
	if names == nil {
		names = brands
	}
	list := make([]firm, n)
	seen := map[string]bool{}
	for i := range list {
		area := areas[i%len(areas)]
		trade := pick(t.rng, cityTrades)
		name := ""
		for name == "" || seen[name] {
			name = strings.TrimSuffix(city.Name, "市") + pick(t.rng, names) + pick(t.rng, cityEndings) + trade[0] + "有限公司"
		}
		seen[name] = true
		list[i] = firm{code: string(ident.MakeCreditCode('9', '1', region, fmt.Sprintf("DEM0%04d", i))), name: name, area: area.Code,
			address: fmt.Sprintf("%s%s%d号", area.Name, pick(t.rng, cityStreets), 1+t.rng.IntN(200)), industry: trade[1]}
	}
	return list
}

// The words from which names of companies are made. None of them is meant to be a real one.
var (
	cityBrands = map[string][]string{
		hanzhong: {"天汉", "定军", "褒河", "石门", "汉水", "朱鹮", "油菜", "栈道", "兴汉", "龙岗", "南湖", "巴山"},
		yulin:    {"塞上", "驼城", "无定", "红石", "统万", "榆溪", "镇北", "横山", "神木", "靖边", "桃花", "古长"},
	}
	cityEndings = []string{"源", "泰", "丰", "和", "盛", "安", "达", "隆"}
	cityTrades  = [][2]string{{"餐饮管理", "餐饮"}, {"食品", "食品生产"}, {"商贸", "批发零售"}, {"大药房", "药品零售"}, {"物流", "道路运输"}, {"建材", "批发零售"}, {"酒店管理", "住宿"}}
	cityStreets = []string{"民主街", "滨江路", "兴汉路", "人民路", "建设路", "文化街"}
)

// tell sends the companies of a city as a list, and what departments know of them.
func (t *cities) tell(ctx context.Context, region string, list []firm) error {
	companies := make([]credit.Subject, len(list))
	for i, f := range list {
		companies[i] = credit.Subject{Party: f.code, Name: f.name}
	}
	return t.credit.Demo(ctx, region, companies)
}
