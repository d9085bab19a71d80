package console

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// departmentsView lists the departments of a region, and what became of them.
type departmentsView struct {
	*listView
	Reforms ui.Table
	Propose string // address where a reform is proposed
}

// departmentList is the page of departments (部门管理).
func (c *Console) departmentList(p *page) error {
	region := p.asked("region")
	if region == "" {
		region = p.Actor.Region
	}
	list, err := c.hall.Departments(p.r.Context(), p.Actor, region)
	if err != nil {
		return err
	}
	reforms, err := c.hall.Reforms(p.r.Context(), p.Actor, region)
	if err != nil {
		return err
	}
	v := &departmentsView{listView: p.list("departments", ui.Field{Kind: ui.KindText, Name: "office"}, p.regionField())}
	v.columns("office", "office-id", "state", "officials")
	for i := range list {
		if d := &list[i]; p.matches(region, d) {
			v.row(ui.Cell{Text: p.called(region, d), Head: true}, ui.Cell{Text: d.ID}, ui.Cell{Tag: p.standing(d, list)}, ui.Cell{Text: i18n.Number(int64(d.Officials))})
		}
	}
	v.Reforms = ui.Table{Caption: p.T("console.reform.list"), Columns: []ui.Column{{Text: p.T("console.field.reform")}, {Text: p.T("console.field.basis")},
		{Text: p.T("console.field.state")}, {Text: p.T("console.field.at")}}, Empty: &ui.Empty{Title: p.T("console.reform.none"), Why: p.T("console.reform.none-why")}}
	for i := range reforms {
		r := &reforms[i]
		v.Reforms.Rows = append(v.Reforms.Rows, ui.TableRow{Cells: []ui.Cell{{Text: kit.ReformText(p.Lang, r), Href: reformAddress(r.ID), Head: true}, {Text: r.Basis},
			{Tag: p.reformState(r)}, {At: r.At}}})
	}
	if access.May(p.Actor, access.DepartmentReform, access.Resource{Region: region}).Allow {
		v.Propose = "/console/reforms/new?" + url.Values{"region": {region}}.Encode()
	}
	return v.short("departments", "departments", v)
}

// called is the full name of a department, with the former one.
func (p *page) called(region string, d *hall.Department) string {
	if d.Name.ZH == d.ID { // no pack that is offered here has it: as other lists call it
		return p.office(region, d.ID)
	}
	return kit.Called(p.Lang, d.Name, d.Former)
}

func reformAddress(id string) string { return "/console/reforms/" + url.PathEscape(id) }

// matches reports whether a department is among those that are looked for, by a name that it has or had, its pinyin, or by its id.
func (p *page) matches(region string, d *hall.Department) bool {
	return find.Named(p.asked("office"), append(d.Names(), p.office(region, d.ID))...)
}

func (p *page) standing(d *hall.Department, all []hall.Department) *ui.Tag {
	if d.Into == "" {
		return &ui.Tag{Text: p.T("console.reform.stands")}
	}
	into := d.Into
	for i := range all {
		if all[i].ID == into {
			into = all[i].Name.In(p.Lang)
		}
	}
	return &ui.Tag{Text: p.T("console.reform.into", into), Look: "ink"}
}

func (p *page) reformState(r *store.Reform) *ui.Tag {
	look := map[string]string{store.ReformProposed: "blue", store.ReformAgreed: "blue"}[r.State]
	return &ui.Tag{Text: p.T("console.reform.state." + r.State), Look: look}
}

// reformView is one reform with what it moves, and what may be done with it.
type reformView struct {
	*page
	Facts            ui.Summary
	Tasks, Officials ui.Table
	More             string // that not all tasks are listed
	Action           string
	Agrees, Takes    bool // the person may agree or decline; may take it back
}

func (c *Console) seeReform(p *page) error { return p.showReform(http.StatusOK) }

func (p *page) showReform(status int) error {
	plan, err := p.console.hall.Reform(p.r.Context(), p.Actor, p.r.PathValue("reform"))
	if err != nil {
		return err
	}
	r := &plan.Reform
	p.Title = kit.ReformText(p.Lang, r)
	p.Crumbs = []ui.Link{{Text: p.T("console.menu.departments"), Href: "/console/departments?region=" + url.QueryEscape(r.Region)}}
	here := access.Resource{Region: r.Region}
	v := &reformView{page: p, Action: reformAddress(r.ID), Takes: plan.Undecided && access.May(p.Actor, access.DepartmentReform, here).Allow,
		Agrees: r.State == store.ReformProposed && access.May(p.Actor, access.DepartmentConfirm, here).Allow}
	v.plan(plan)
	return p.write(status, "reform", v)
}

// plan says what a reform is and what it moves.
func (v *reformView) plan(plan *hall.ReformPlan) {
	r := &plan.Reform
	fact := func(key, value string) {
		if value != "" {
			v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: v.T("console.field." + key), Value: value})
		}
	}
	fact("region", v.region(r.Region))
	fact("basis", r.Basis)
	from := v.T("console.reform.at-once")
	if !r.From.IsZero() {
		from = i18n.Moment(v.Lang, r.From)
	}
	fact("from-day", from)
	if r.ID != "" {
		fact("state", v.reformState(r).Text)
		fact("proposed-by", v.whole(r.By))
		fact("decided-by", v.whole(r.Decider))
	}
	if !r.Applied.IsZero() {
		fact("applied", i18n.Moment(v.Lang, r.Applied))
		fact("moved", v.T("console.reform.moved", r.Tasks, len(r.Moved), len(r.Stay)))
	}
	v.Tasks = ui.Table{Caption: v.T("console.reform.tasks", plan.Total), Columns: []ui.Column{{Text: v.T("desk.case-no")}, {Text: v.T("desk.item")}, {Text: v.T("desk.col.due")}}}
	for i := range plan.Tasks {
		t := &plan.Tasks[i]
		item := string(t.Case.Item)
		if it := v.console.hall.Item(t.Case.Item); it != nil {
			item = it.Name.In(v.Lang)
		}
		v.Tasks.Rows = append(v.Tasks.Rows, ui.TableRow{Cells: []ui.Cell{{Text: string(t.TaskRow.Case), Head: true}, {Text: item}, {At: t.Due}}})
	}
	if plan.Total > len(plan.Tasks) && plan.Undecided {
		v.More = v.T("console.reform.more", plan.Total-len(plan.Tasks))
	}
	v.Officials = ui.Table{Caption: v.T("console.reform.officials", len(plan.Moves), len(plan.Stay)), Columns: []ui.Column{{Text: v.T("console.field.login")}, {Text: v.T("console.field.name")}, {Text: v.T("console.field.state")}}}
	for i, a := range append(slices.Clone(plan.Moves), plan.Stay...) {
		tag := &ui.Tag{Text: v.T("console.reform.goes")}
		if i >= len(plan.Moves) {
			tag = &ui.Tag{Text: v.T("console.reform.stays"), Look: "ink"}
		}
		v.Officials.Rows = append(v.Officials.Rows, ui.TableRow{Cells: []ui.Cell{{Text: a.Login, Href: address(a.ID), Head: true}, {Text: a.Name}, {Tag: tag}}})
	}
}

// settleReform answers the buttons of a reform's page.
func (c *Console) settleReform(p *page) error {
	id, how := p.r.PathValue("reform"), map[string]func(*page, string) error{
		"agree":   func(p *page, id string) error { _, err := c.hall.AgreeReform(p.r.Context(), p.Actor, id); return err },
		"decline": func(p *page, id string) error { _, err := c.hall.DeclineReform(p.r.Context(), p.Actor, id); return err },
		"withdraw": func(p *page, id string) error {
			_, err := c.hall.WithdrawReform(p.r.Context(), p.Actor, id)
			return err
		},
	}[p.r.PathValue("act")]
	if how == nil {
		return hall.ErrNotFound
	}
	err := how(p, id)
	if refusal, ok := kit.Refusal(err); ok {
		p.faults(refusal)
		status, _ := kit.Status(err)
		return p.showReform(status)
	}
	if err != nil {
		return err
	}
	return p.back(reformAddress(id))
}

// askReformView asks for a reform; once it can be read it shows what would move, and offers to propose it.
type askReformView struct {
	*reformView
	Fields  []ui.Field
	Tried   bool
	Request string
}

func (c *Console) newReform(p *page) error { return p.askReform(http.StatusOK, nil) }

// tryOrPropose shows what the typed reform would move, or proposes what was shown.
func (c *Console) tryOrPropose(p *page) error {
	n := p.typedReform()
	if p.asked("step") == "propose" && kit.RequestID(p.r) != "" {
		r, err := c.hall.ProposeReform(p.r.Context(), p.Actor, kit.RequestID(p.r), n)
		if err == nil {
			return p.back(reformAddress(r.ID))
		}
		return p.wrongReform(err)
	}
	plan, err := c.hall.TryReform(p.r.Context(), p.Actor, n)
	if err != nil {
		return p.wrongReform(err)
	}
	return p.askReform(http.StatusOK, plan)
}

func (p *page) wrongReform(err error) error {
	refusal, ok := kit.Refusal(err)
	if !ok {
		return err
	}
	p.faults(refusal)
	for i := range p.Errors.Faults {
		switch f := &p.Errors.Faults[i]; { // some fields of the form have names of their own
		case f.Field == "name":
			f.Field = "new-name"
		case f.Field == "short":
			f.Field = "short-name"
		case f.Field == "from":
			f.Field = "from-day"
		case f.Field == "target" && p.asked("fresh") != "":
			f.Field = "fresh"
		}
	}
	return p.askReform(http.StatusUnprocessableEntity, nil)
}

// typedReform reads the form.
func (p *page) typedReform() hall.NewReform {
	n := hall.NewReform{Region: p.asked("region"), Gone: p.r.Form["gone"], Target: p.asked("target"), Basis: p.asked("basis"), Stay: p.r.Form["stay"],
		Name: caseflow.Text{ZH: p.asked("new-name"), EN: p.asked("english-name")}, Short: caseflow.Text{ZH: p.asked("short-name"), EN: p.asked("english-short")}}
	if fresh := p.asked("fresh"); fresh != "" {
		n.Target = fresh
	}
	if text := p.asked("from-day"); text != "" {
		var err error
		if n.From, err = ui.Day(text); err != nil {
			n.From = 1 // long past: it is refused as one that is no day
		}
	}
	return n
}

func (p *page) askReform(status int, plan *hall.ReformPlan) error {
	region := p.asked("region")
	if region == "" {
		region = p.Actor.Region
	}
	if !access.May(p.Actor, access.DepartmentReform, access.Resource{Region: region}).Allow {
		return hall.ErrNotFound
	}
	list, err := p.console.hall.Departments(p.r.Context(), p.Actor, region)
	if err != nil {
		return err
	}
	p.Title = p.T("console.reform.new")
	p.Crumbs = []ui.Link{{Text: p.T("console.menu.departments"), Href: "/console/departments"}}
	v := &askReformView{reformView: &reformView{page: p}}
	f := &formView{page: p}
	gone, target := ui.Field{Kind: ui.KindCheckbox, Name: "gone", Optional: true, Hint: p.T("console.reform.gone-hint")}, ui.Field{Kind: ui.KindSelect, Name: "target", Optional: true}
	for i := range list {
		if d := &list[i]; d.Into == "" {
			o := ui.Option{Value: d.ID, Label: p.called(region, d)}
			gone.Options, target.Options = append(gone.Options, o), append(target.Options, o)
		}
	}
	f.ask(gone, target, ui.Field{Kind: ui.KindText, Name: "fresh", Optional: true, Hint: p.T("console.reform.fresh-hint"), Max: 40, Width: "medium"},
		ui.Field{Kind: ui.KindText, Name: "new-name", Optional: true, Hint: p.T("console.reform.name-hint"), Max: 100}, ui.Field{Kind: ui.KindText, Name: "english-name", Optional: true, Max: 100},
		ui.Field{Kind: ui.KindText, Name: "short-name", Optional: true, Hint: p.T("console.reform.short-hint"), Max: 12, Width: "medium"}, ui.Field{Kind: ui.KindText, Name: "english-short", Optional: true, Max: 40, Width: "medium"},
		ui.Field{Kind: ui.KindText, Name: "basis", Max: 200}, ui.Field{Kind: ui.KindDate, Name: "from-day", Optional: true, Hint: p.T("console.reform.from-hint")})
	if plan != nil {
		v.Tried, v.Request = true, kit.NewRequestID()
		v.reformView.plan(plan)
		stay := ui.Field{Kind: ui.KindCheckbox, Name: "stay", Optional: true, Hint: p.T("console.reform.stay-hint")}
		for _, a := range append(slices.Clone(plan.Moves), plan.Stay...) {
			stay.Options = append(stay.Options, ui.Option{Value: a.ID, Label: p.T("console.name-login", a.Name, a.Login)})
		}
		if len(stay.Options) > 0 {
			f.ask(stay)
		}
	}
	v.Fields = f.Fields
	v.Action = "/console/reforms/new?region=" + url.QueryEscape(region)
	return p.write(status, "reform-new", v)
}
