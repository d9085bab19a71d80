package inspect

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// plansView is where a department plans.
type plansView struct {
	*asked
	List, Years           ui.Table
	Plan, Announce        []ui.Field
	PlanWrong, YearsWrong bool // which of the forms is shown again
}

func (p *pages) plans(a *asked) error { return p.showPlans(a, http.StatusOK) }

func (p *pages) showPlans(a *asked, status int) error {
	list, err := p.Plans(a.R.Context(), a.By)
	if err != nil {
		return err
	}
	years, err := p.Years(a.R.Context(), a.By)
	if err != nil {
		return err
	}
	a.Title = a.T("inspect.plans")
	v := &plansView{asked: a, YearsWrong: a.Errors != nil && strings.HasSuffix(a.R.URL.Path, "/years")}
	v.PlanWrong = a.Errors != nil && !v.YearsWrong
	v.List = ui.Table{Caption: a.T("inspect.plans"), HideCaption: true, Columns: []ui.Column{{Text: a.T("inspect.plan")}, {Text: a.T("inspect.year"), Number: true}, {Text: a.T("inspect.visit-by")}, {Text: a.T("inspect.ratios")}, {Text: a.T("inspect.draw")}},
		Empty: &ui.Empty{Title: a.T("inspect.plans-none"), Why: a.T("inspect.plans-none-why")}}
	for i := range list {
		x := &list[i]
		drawn := ui.Cell{Text: a.T("inspect.draw-none")}
		if x.Draw != 0 {
			state, _, err := p.draws.Stands(a.R.Context(), x.Region, x.Draw)
			if err != nil {
				return err
			}
			drawn = ui.Cell{Text: a.T("draws.state." + state), Href: drawsDesk + planView(x).Draw}
		}
		v.List.Rows = append(v.List.Rows, ui.TableRow{Cells: []ui.Cell{{Text: x.Title, Head: true, Href: planAddress(x)}, {Text: strconv.FormatInt(x.Year, 10)}, {Text: a.Day(x.Due)},
			{Text: a.share(&x.Terms)}, drawn}})
	}
	v.Years = p.years(a, slices.DeleteFunc(years, func(y Year) bool { return y.Place != a.By.Region || y.Department != a.By.Department }))
	if v.Plan, err = p.planFields(a.R.Context(), a); err != nil {
		return err
	}
	v.Announce = a.yearFields(p.usual(a.By.Region))
	return p.show(a, status, "plans", v)
}

func planAddress(x *Plan) string { return plansHome + "/" + strconv.FormatInt(x.No, 10) }

// share says how many are drawn.
func (a *asked) share(t *Terms) string {
	if len(t.Ratios) == 0 {
		return a.T("inspect.total-is", t.Total)
	}
	return a.ratios(t.Ratios)
}

// ratioFields ask for a share of each tier; usual are the shares that stand there first.
func (a *asked) ratioFields(prefix string, usual map[string]int64) (list []ui.Field) {
	for _, tier := range Strata() {
		value := ""
		if n, ok := usual[tier]; ok && !a.R.PostForm.Has(prefix+tier) { // who emptied the field draws none
			value = percent(n)
		}
		f := a.field(ui.KindNumber, prefix+tier, a.T("inspect.ratio-of", a.T("inspect.tier."+tier)), "", value)
		f.Unit, f.Optional, f.Width = "%", true, "short"
		list = append(list, f)
	}
	list[0].Error, list[0].Hint = a.Errors.Of(prefix+"ratios"), a.T("inspect.ratios-hint")
	return list
}

// yearFields ask for the plan of a year.
func (a *asked) yearFields(usual map[string]int64) []ui.Field {
	year, _, _ := workday.DateOf(a.Now).Civil()
	list := []ui.Field{a.field(ui.KindText, "year-title", a.T("inspect.year-title"), "", ""), a.field(ui.KindNumber, "year", a.T("inspect.year"), "", strconv.Itoa(year)),
		a.field(ui.KindNumber, "rounds", a.T("inspect.rounds"), a.T("inspect.rounds-hint"), "2"), a.field(ui.KindNumber, "year-visits", a.T("inspect.visits"), a.T("inspect.visits-hint"), "2")}
	return append(list, a.ratioFields("year-", usual)...)
}

// planFields ask for a round: what the lists have, to choose from.
func (p *pages) planFields(ctx context.Context, a *asked) ([]ui.Field, error) {
	items := ui.Field{Kind: ui.KindCheckbox, Name: "items", Label: a.T("inspect.items"), Hint: a.T("inspect.items-hint"), Values: a.R.PostForm["items"], Error: a.Errors.Of("items")}
	libraries := ui.Field{Kind: ui.KindCheckbox, Name: "libraries", Label: a.T("inspect.libraries"), Hint: a.T("inspect.libraries-hint"), Values: a.R.PostForm["libraries"], Optional: true, Error: a.Errors.Of("libraries")}
	units := ui.Field{Kind: ui.KindCheckbox, Name: "units", Label: a.T("inspect.units"), Hint: a.T("inspect.units-hint"), Values: a.R.PostForm["units"], Optional: true, Error: a.Errors.Of("units")}
	region := ident.Service().City(a.By.Region)
	err := p.st.View(ctx, func(r store.Reader) error {
		items.Options, libraries.Options, units.Options = nil, nil, nil
		list, err := current(r, region, Items)
		if err != nil {
			return err
		}
		if err := eachItem(r, list, func(it CheckItem) {
			items.Options = append(items.Options, ui.Option{Value: it.Department + "/" + it.ID, Label: it.Name, Hint: a.T("inspect.pair", p.department(region, it.Department).In(a.Lang), it.Basis)})
		}); err != nil {
			return err
		}
		for name, f := range map[string]*ui.Field{Objects: &libraries, Inspectors: &units} {
			list, err := current(r, region, name)
			if err != nil {
				return err
			}
			for i := range list {
				e := &list[i]
				o := ui.Option{Value: e.Place + "/" + e.Department, Label: p.department(e.Place, e.Department).In(a.Lang), Hint: a.area(e.Place)}
				if name == Objects {
					o.Value, o.Label = o.Value+"/"+e.Library, o.Label+" "+e.Library
				}
				f.Options = append(f.Options, o)
			}
		}
		return nil
	})
	list := []ui.Field{a.field(ui.KindText, "title", a.T("inspect.plan-title"), "", ""), a.field(ui.KindDate, "due", a.T("inspect.visit-by"), a.T("inspect.due-hint"), ""), items}
	if len(libraries.Options) > 0 {
		list = append(list, libraries)
	}
	if len(units.Options) > 0 {
		list = append(list, units)
	}
	list = append(list, a.ratioFields("", nil)...)
	for _, f := range [][2]string{{"total", ""}, {"team", "2"}, {"cap", "20"}, {"together", "1"}, {"visits", ""}} {
		one := a.field(ui.KindNumber, f[0], a.T("inspect.field-"+f[0]), a.T("inspect.field-"+f[0]+"-hint"), f[1])
		one.Optional = f[1] == ""
		list = append(list, one)
	}
	field, special := a.field(ui.KindText, "field", a.T("inspect.speciality"), a.T("inspect.speciality-hint"), ""), a.field(ui.KindNumber, "specialists", a.T("inspect.specialists"), "", "")
	field.Optional, special.Optional = true, true
	return append(list, field, special), err
}

// ratiosOf reads the shares that were typed.
func (a *asked) ratiosOf(prefix string) (map[string]int64, bool) {
	ratios := map[string]int64{}
	for _, tier := range Strata() {
		text := strings.TrimSpace(a.R.PostFormValue(prefix + tier))
		if text == "" {
			continue
		}
		n, ok := perTenThousand(text)
		if !ok {
			return nil, false
		}
		ratios[tier] = n
	}
	return ratios, true
}

// whole reads a number that was typed; "" is 0, what is none -1.
func (a *asked) whole(name string) int64 {
	text := strings.TrimSpace(a.R.PostFormValue(name))
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (a *asked) wrongRatios(prefix string) {
	a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: prefix + "A", Text: a.T("inspect.why.ratio")}}}
}

func (p *pages) announce(a *asked) error {
	ratios, ok := a.ratiosOf("year-")
	if !ok {
		a.wrongRatios("year-")
		return p.showPlans(a, http.StatusUnprocessableEntity)
	}
	err := p.Announce(a.R.Context(), a.By, Year{Year: a.whole("year"), Title: a.R.PostFormValue("year-title"), Rounds: a.whole("rounds"), Ratios: ratios, Visits: a.whole("year-visits")})
	if a.refusal(err, "year-title") {
		for i, f := range a.Errors.Faults { // the two forms of the page have names of their own
			a.Errors.Faults[i].Field = map[string]string{"title": "year-title", "ratios": "year-A", "visits": "year-visits"}[f.Field]
			if a.Errors.Faults[i].Field == "" {
				a.Errors.Faults[i].Field = f.Field
			}
		}
		return p.showPlans(a, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, plansHome, http.StatusSeeOther)
	return nil
}

func (p *pages) makePlan(a *asked) error {
	ratios, ok := a.ratiosOf("")
	if !ok {
		a.wrongRatios("")
		return p.showPlans(a, http.StatusUnprocessableEntity)
	}
	due, err := ui.Day(a.R.PostFormValue("due"))
	if err != nil {
		due = 0
	}
	t := Terms{Items: a.R.PostForm["items"], Libraries: a.R.PostForm["libraries"], Units: a.R.PostForm["units"], Ratios: ratios, Total: a.whole("total"), Team: a.whole("team"), Cap: a.whole("cap"),
		Together: a.whole("together"), Visits: a.whole("visits"), Field: strings.TrimSpace(a.R.PostFormValue("field")), Specialists: a.whole("specialists")}
	plan, err := p.MakePlan(a.R.Context(), a.By, Plan{Title: a.R.PostFormValue("title"), Due: due, Terms: t})
	if a.refusal(err, "title") {
		for i, f := range a.Errors.Faults {
			if f.Field == "ratios" {
				a.Errors.Faults[i].Field = "A"
			}
		}
		return p.showPlans(a, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, planAddress(plan), http.StatusSeeOther)
	return nil
}

// planPage is one round.
type planPage struct {
	*asked
	Plan   *Plan
	Facts  ui.Summary
	Tasks  ui.Table
	Sheet  []ui.Field // to propose a draw; none if there is one
	Draw   string     // its number
	Action string
}

func (p *pages) plan(a *asked) error { return p.showPlan(a, http.StatusOK) }

// shownTasks is how many tasks of a plan a page lists.
const shownTasks = 500

func (p *pages) showPlan(a *asked, status int) error {
	no, err := a.number("plan")
	if err != nil {
		return err
	}
	x, err := p.planOf(a.R.Context(), a.By, no)
	if err != nil {
		return err
	}
	list, err := p.TasksOf(a.R.Context(), a.By, no, shownTasks)
	if err != nil {
		return err
	}
	a.Title = x.Title
	a.Crumbs = []ui.Link{{Text: a.T("inspect.plans"), Href: plansHome}}
	items, err := p.itemNames(a, x)
	if err != nil {
		return err
	}
	v := &planPage{asked: a, Plan: x, Action: planAddress(x) + "/draw"}
	v.Facts.Rows = []ui.SummaryRow{{Label: a.T("inspect.visit-by"), Value: a.Day(x.Due)}, {Label: a.T("inspect.items"), Lines: items}, {Label: a.T("inspect.ratios"), Value: a.share(&x.Terms)},
		{Label: a.T("inspect.field-team"), Value: strconv.FormatInt(x.Terms.Team, 10)}, {Label: a.T("inspect.field-visits"), Value: strconv.FormatInt(x.Terms.Visits, 10)}}
	state := abandoned
	if x.Draw != 0 {
		v.Draw = planView(x).Draw
		if state, _, err = p.draws.Stands(a.R.Context(), x.Region, x.Draw); err != nil {
			return err
		}
	}
	if state == abandoned {
		v.Sheet = a.drawFields()
	}
	v.Tasks = ui.Table{Caption: a.T("inspect.tasks"), Columns: []ui.Column{{Text: a.T("inspect.company")}, {Text: a.T("inspect.state")}, {Text: a.T("inspect.result")}, {Text: a.T("inspect.publish-by")}}}
	for i := range list {
		t := &list[i]
		result := ""
		if t.Kind != "" {
			result = a.T("inspect.kind." + string(t.Kind))
		}
		v.Tasks.Rows = append(v.Tasks.Rows, ui.TableRow{Cells: []ui.Cell{{Text: t.Name, Head: true, Href: tasksHome + strconv.FormatInt(t.No, 10), More: a.area(t.Area)}, {Tag: a.taskTag(t)}, {Text: result}, {Text: a.Day(t.Publish)}}})
	}
	return p.show(a, status, "plan", v)
}

// itemNames are the check items of a plan as they are called now, with their departments.
func (p *pages) itemNames(a *asked, x *Plan) (list []string, err error) {
	err = p.st.View(a.R.Context(), func(r store.Reader) error {
		editions, err := current(r, x.Region, Items)
		if err != nil {
			return err
		}
		return eachItem(r, editions, func(it CheckItem) {
			if slices.Contains(x.Terms.Items, it.Department+"/"+it.ID) {
				list = append(list, a.T("inspect.item-of", it.Name, p.department(x.Region, it.Department).In(a.Lang)))
			}
		})
	})
	return list, err
}

// drawFields ask for the opening and the two dice; other sources come by a program or as a plan's file.
func (a *asked) drawFields() []ui.Field {
	tomorrow := a.Now.Add(24 * time.Hour).In(workday.Shanghai).Format("2006-01-02 15:00")
	return []ui.Field{a.field(ui.KindText, "opens", a.T("inspect.opens"), a.T("inspect.opens-hint"), tomorrow), a.field(ui.KindText, "first", a.T("inspect.dice-first"), a.T("inspect.dice-hint"), a.T("inspect.dice-office")),
		a.field(ui.KindText, "second", a.T("inspect.dice-second"), "", a.T("inspect.dice-companies"))}
}

func (p *pages) proposeDraw(a *asked) error {
	no, err := a.number("plan")
	if err != nil {
		return err
	}
	opens, wrong := time.ParseInLocation("2006-01-02 15:04", strings.TrimSpace(a.R.PostFormValue("opens")), workday.Shanghai)
	if wrong != nil {
		if !plans(a.By) {
			return hall.ErrNotFound
		}
		a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "opens", Text: a.T("inspect.opens-hint")}}}
		return p.showPlan(a, http.StatusUnprocessableEntity)
	}
	dice := func(name string) draw.Source {
		return draw.Source{Kind: draw.Dice, Name: strings.TrimSpace(a.R.PostFormValue(name)), Rolls: 8, Faces: 6}
	}
	x, err := p.ProposeDraw(a.R.Context(), a.By, no, opens, []draw.Source{dice("first"), dice("second")})
	if a.refusal(err, "opens") {
		for i := range a.Errors.Faults {
			a.Errors.Faults[i].Field = "opens"
		}
		return p.showPlan(a, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, drawsDesk+planView(x).Draw, http.StatusSeeOther)
	return nil
}
