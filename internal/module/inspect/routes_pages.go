package inspect

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// The addresses of the pages.
const (
	publicHome  = "/inspections"
	ownHome     = "/my/inspections"
	deskHome    = "/desk/inspections"
	listsHome   = deskHome + "/lists"
	plansHome   = "/desk/inspection-plans"
	tasksHome   = deskHome + "/tasks/"
	compareHome = "/console/inspections"
	drawsDesk   = "/desk/draws/" // of the module that draws
)

// pages are the pages of the module.
type pages struct {
	*Module
	kit *page.Kit
}

func (p *pages) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /inspections", p.kit.Anybody(ui.Public, p.now, func(a *page.Asked) error { return p.published(&asked{a}) }))
	mux.HandleFunc("GET /my/inspections", p.handle(ui.Public, p.own))
	mux.HandleFunc("GET /desk/inspections", p.handle(ui.Desk, p.mine))
	mux.HandleFunc("GET /desk/inspections/lists", p.handle(ui.Desk, p.lists))
	mux.HandleFunc("POST /desk/inspections/lists", p.handle(ui.Desk, p.upload))
	mux.HandleFunc("GET /desk/inspections/lists/{edition}", p.handle(ui.Desk, p.edition))
	mux.HandleFunc("GET /desk/inspections/tasks/{task}", p.handle(ui.Desk, p.visit))
	mux.HandleFunc("POST /desk/inspections/tasks/{task}", p.handle(ui.Desk, p.actVisit))
	mux.HandleFunc("POST /desk/inspections/tasks/{task}/photos", p.handle(ui.Desk, p.uploadPhoto))
	mux.HandleFunc("GET /desk/inspections/tasks/{task}/photos/{hash}", p.handle(ui.Desk, p.photo))
	mux.HandleFunc("GET /desk/inspections/offline.js", p.worker)
	mux.HandleFunc("GET /desk/inspection-plans", p.handle(ui.Desk, p.plans))
	mux.HandleFunc("POST /desk/inspection-plans", p.handle(ui.Desk, p.makePlan))
	mux.HandleFunc("POST /desk/inspection-plans/years", p.handle(ui.Desk, p.announce))
	mux.HandleFunc("GET /desk/inspection-plans/{plan}", p.handle(ui.Desk, p.plan))
	mux.HandleFunc("POST /desk/inspection-plans/{plan}/draw", p.handle(ui.Desk, p.proposeDraw))
	mux.HandleFunc("GET /console/inspections", p.handle(ui.Console, p.compare))
}

// asked is one request for a page of the module.
type asked struct{ *page.Asked }

func (p *pages) handle(layout string, serve func(*asked) error) http.HandlerFunc {
	return p.kit.SignedIn(layout, p.now, func(a *page.Asked) error { return serve(&asked{a}) })
}

func (p *pages) show(a *asked, status int, name string, v ui.View) error {
	p.kit.Show(a.W, status, "inspect/"+name, v)
	return nil
}

// field is a field with what was typed, or else a value.
func (a *asked) field(kind, name, label, hint, value string) ui.Field {
	if typed := a.Typed(name); typed != "" {
		value = typed
	}
	return ui.Field{Kind: kind, Name: name, Label: label, Hint: hint, Value: value, Error: a.Errors.Of(name)}
}

// number reads a number of an address.
func (a *asked) number(name string) (int64, error) {
	n, err := strconv.ParseInt(a.R.PathValue(name), 10, 64)
	if err != nil || n < 1 {
		return 0, hall.ErrNotFound
	}
	return n, nil
}

// refusal shows a lawful no at the fields that it names, or at one. Where a page asks for a thing several times, that one has its number behind
// the field's name.
func (a *asked) refusal(err error, field string) bool {
	refusal, ok := page.Refusal(err)
	if !ok {
		return false
	}
	a.Errors = &ui.Errors{}
	text := page.Sentence(a.Lang, refusal)
	for _, f := range refusal.Fields {
		one := f.Text.In(a.Lang)
		if one == "" {
			one = a.T("inspect.why." + f.Code)
		}
		name := f.Field
		if strings.HasPrefix(field, name) {
			name = field
		}
		a.Errors.Faults = append(a.Errors.Faults, ui.Fault{Field: name, Text: one})
	}
	if len(refusal.Fields) == 0 {
		a.Errors.Faults = []ui.Fault{{Field: field, Text: text}}
	}
	return true
}

func (a *asked) taskTag(t *Task) *ui.Tag {
	if t.Unfiled {
		return &ui.Tag{Text: a.T("inspect.unfiled-tag"), Look: "red"}
	}
	look := "ink"
	switch {
	case t.State == TaskPublished:
		look = "blue"
	case t.State == TaskOpen && t.Due < workday.DateOf(a.Now):
		return &ui.Tag{Text: a.T("inspect.task-late"), Look: "red"}
	}
	return &ui.Tag{Text: a.T("inspect.task-state." + t.State), Look: look}
}

func (a *asked) area(code string) string { return ident.Service().Called(code, a.Lang) }

// tableView is a page with one or two tables.
type tableView struct {
	*asked
	Lead        string
	Years, List ui.Table
	Find        ui.Field
	Companies   []ui.Link
	Visits      []ownVisit
	None        *ui.Empty
	Planner     bool
	Own         string // address of the inspections of the own company, for whom it is offered
	Object      string // address of the guide of an objection, where there is one
	Who         string // whose unsent forms the page sends; "": it sends none
	Ahead       string // addresses of pages that are kept before the network is away
}

func (p *pages) published(a *asked) error {
	party := strings.TrimSpace(a.R.URL.Query().Get("party"))
	list, err := p.Inspections(a.R.Context(), a.By, party)
	if err != nil {
		return err
	}
	years, err := p.Years(a.R.Context(), a.By)
	if err != nil {
		return err
	}
	a.Title = a.T("inspect.public-title")
	v := &tableView{asked: a, Find: ui.Field{Kind: ui.KindCode, Name: "party", Label: a.T("inspect.party"), Value: party}}
	v.List = ui.Table{Caption: a.T("inspect.results"), Columns: []ui.Column{{Text: a.T("inspect.company")}, {Text: a.T("inspect.result")}, {Text: a.T("inspect.plan")}, {Text: a.T("inspect.done-at")}, {Text: a.T("inspect.department")}},
		Empty: &ui.Empty{Title: a.T("inspect.results-none"), Why: a.T("inspect.results-none-why")}}
	for i := range list {
		t := &list[i]
		v.List.Rows = append(v.List.Rows, ui.TableRow{Cells: []ui.Cell{{Text: t.Name, Head: true, More: t.Party, Href: publicHome + "?party=" + t.Party}, {Text: a.T("inspect.kind." + string(t.Kind)), More: a.said(t)},
			{Text: t.Title, Href: "/draws/" + drawID(t.Region, t.draw)}, {Text: i18n.Date(a.Lang, t.Done)}, {Text: p.department(t.Place, t.Department).In(a.Lang)}}})
	}
	v.Years = p.years(a, years)
	if a.By.Kind != caseflow.ActorOfficial {
		v.Own = ownHome
	}
	return p.show(a, http.StatusOK, "published", v)
}

// years is the table of announced plans of years.
func (p *pages) years(a *asked, years []Year) ui.Table {
	t := ui.Table{Caption: a.T("inspect.years"), Columns: []ui.Column{{Text: a.T("inspect.year-title")}, {Text: a.T("inspect.year"), Number: true}, {Text: a.T("inspect.rounds"), Number: true}, {Text: a.T("inspect.ratios")}, {Text: a.T("inspect.visits"), Number: true}}}
	for _, y := range years {
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: y.Title, Head: true, More: p.department(y.Place, y.Department).In(a.Lang)}, {Text: strconv.FormatInt(y.Year, 10)},
			{Text: strconv.FormatInt(y.Rounds, 10)}, {Text: a.ratios(y.Ratios)}, {Text: strconv.FormatInt(y.Visits, 10)}}})
	}
	return t
}

func (a *asked) ratios(r map[string]int64) string {
	var parts []string
	for _, tier := range Strata() {
		if n, ok := r[tier]; ok {
			parts = append(parts, a.T("inspect.tier."+tier)+" "+percent(n)+"%")
		}
	}
	return i18n.Joined(a.Lang, parts)
}

// percent writes ten-thousandths.
func percent(n int64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", n/100, n%100), "0"), ".")
}

// perTenThousand reads what percent writes.
func perTenThousand(text string) (int64, bool) {
	whole, rest, _ := strings.Cut(strings.TrimSpace(text), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	rest = (rest + "00")[:2]
	m, err2 := strconv.ParseInt(rest, 10, 64)
	return n*100 + m, err == nil && err2 == nil && n >= 0 && n <= 100
}

// ownVisit is an inspection as its company sees it.
type ownVisit struct {
	Title string
	Facts ui.Summary
	Marks ui.Table
	Draw  string
	Token string
}

func (p *pages) own(a *asked) error {
	a.Title = a.T("inspect.own-title")
	v := &tableView{asked: a, Lead: a.T("inspect.own-lead")}
	owner := a.R.URL.Query().Get("owner")
	if owner == "" {
		spaces, err := p.hall.Spaces(a.R.Context(), a.By)
		if err != nil {
			return err
		}
		for i := range spaces {
			if s := &spaces[i]; s.Legal && caseflow.CompanyOf(s.Owner) != "" {
				v.Companies = append(v.Companies, ui.Link{Text: s.Name, Href: ownHome + "?owner=" + url.QueryEscape(s.Owner)})
			}
		}
		if len(v.Companies) == 0 {
			v.None = &ui.Empty{Title: a.T("inspect.own-none"), Why: a.T("inspect.own-none-why")}
		}
		return p.show(a, http.StatusOK, "own", v)
	}
	list, err := p.Own(a.R.Context(), a.By, a.Account.Region, owner)
	if err != nil {
		return err
	}
	a.Back = &ui.Link{Text: a.T("layout.back"), Href: ownHome}
	if p.kit.Guides(p.hall.Item(itemObjection)) {
		v.Object = "/services/" + string(itemObjection)
	}
	for i := range list {
		v.Visits = append(v.Visits, p.ownVisit(a, &list[i]))
	}
	if len(list) == 0 {
		v.None = &ui.Empty{Title: a.T("inspect.own-empty"), Why: a.T("inspect.own-empty-why")}
	}
	return p.show(a, http.StatusOK, "own", v)
}

func (p *pages) ownVisit(a *asked, t *OwnTask) ownVisit {
	o := ownVisit{Title: t.Title, Draw: t.Draw, Token: t.Token}
	row := func(key, value string, lines ...string) {
		o.Facts.Rows = append(o.Facts.Rows, ui.SummaryRow{Label: a.T(key), Value: value, Lines: lines})
	}
	row("inspect.number", strconv.FormatInt(t.No, 10))
	row("inspect.state", a.T("inspect.task-state."+t.State))
	row("inspect.result", a.T("inspect.kind."+string(t.Kind)), a.said(t.Task))
	row("inspect.done-at", i18n.Moment(a.Lang, t.Done))
	row("inspect.publish-by", a.Day(t.Publish))
	var who []string
	for _, x := range t.Members {
		who = append(who, a.T("inspect.member-token", x.Name, x.Inspector, t.Salts[x.Inspector], x.Token))
	}
	row("inspect.members", "", who...)
	row("inspect.token", t.Token)
	row("inspect.salt", t.Salt)
	o.Marks = a.marks(t.Task)
	return o
}

// said is what a result says beside its kind.
func (a *asked) said(t *Task) string {
	if t.Corrected != "" {
		return a.T("inspect.corrected")
	}
	return t.Words
}

// marks is what was found about each check item.
func (a *asked) marks(t *Task) ui.Table {
	list := ui.Table{Caption: a.T("inspect.marks"), Columns: []ui.Column{{Text: a.T("inspect.item")}, {Text: a.T("inspect.result")}, {Text: a.T("inspect.words")}}}
	for _, x := range t.Marks {
		name, basis := x.Item, ""
		for _, it := range t.Items {
			if it.ID == x.Item && it.Department == x.Department {
				name, basis = it.Name, it.Basis
			}
		}
		list.Rows = append(list.Rows, ui.TableRow{Cells: []ui.Cell{{Text: name, Head: true, More: basis}, {Text: a.T("inspect.kind." + string(x.Kind))}, {Text: x.Words}}})
	}
	return list
}

// maxAhead bounds how many visits an inspector's phone keeps before they are opened: those that are due first.
const maxAhead = 30

func (p *pages) mine(a *asked) error {
	list, err := p.Mine(a.R.Context(), a.By, a.Account.Login)
	if err != nil {
		return err
	}
	a.Title = a.T("inspect.mine")
	a.Scripts = []string{"inspect.js"}
	v := &tableView{asked: a, Planner: plans(a.By), Who: a.By.ID}
	v.List = ui.Table{Caption: a.T("inspect.mine"), HideCaption: true, Columns: []ui.Column{{Text: a.T("inspect.company")}, {Text: a.T("inspect.state")}, {Text: a.T("inspect.area")}, {Text: a.T("inspect.visit-by")}, {Text: a.T("inspect.plan")}},
		Empty: &ui.Empty{Title: a.T("inspect.mine-none"), Why: a.T("inspect.mine-none-why")}}
	var ahead []string
	for i := range list {
		t := &list[i]
		to := tasksHome + strconv.FormatInt(t.No, 10)
		if t.State == TaskOpen && len(ahead) < maxAhead {
			ahead = append(ahead, to)
		}
		v.List.Rows = append(v.List.Rows, ui.TableRow{Cells: []ui.Cell{{Text: t.Name, Head: true, Href: to, More: t.Address}, {Tag: a.taskTag(t)}, {Text: a.area(t.Area)},
			{Text: a.Day(t.Due)}, {Text: t.Title}}})
	}
	v.Ahead = strings.Join(ahead, " ")
	return p.show(a, http.StatusOK, "mine", v)
}

// listsView is where a department sends its lists.
type listsView struct {
	*asked
	Send     []ui.Field
	Columns  []ui.Summary
	Editions ui.Table
}

func (p *pages) lists(a *asked) error { return p.showLists(a, http.StatusOK) }

func (p *pages) showLists(a *asked, status int) error {
	list, err := p.Sent(a.R.Context(), a.By)
	if err != nil {
		return err
	}
	a.Title = a.T("inspect.lists")
	a.Crumbs = []ui.Link{{Text: a.T("inspect.mine"), Href: deskHome}}
	v := &listsView{asked: a}
	radio := ui.Field{Kind: ui.KindRadio, Name: "list", Label: a.T("inspect.list"), Value: Items}
	for _, l := range Lists() {
		radio.Options = append(radio.Options, ui.Option{Value: l, Label: a.T("inspect.list-" + l)})
		s := ui.Summary{Title: a.T("inspect.list-" + l)}
		for _, c := range columnsOf(l) {
			row := ui.SummaryRow{Label: c.ZH, Value: a.T("inspect.column." + c.Name)}
			if !c.Must {
				row.Value = a.T("inspect.column-optional", row.Value)
			}
			s.Rows = append(s.Rows, row)
		}
		v.Columns = append(v.Columns, s)
	}
	v.Send = []ui.Field{radio, {Kind: ui.KindText, Name: "library", Label: a.T("inspect.objects-of"), Hint: a.T("inspect.objects-of-hint"), Optional: true, Error: a.Errors.Of("library")},
		{Kind: ui.KindFile, Name: "file", Label: a.T("inspect.file"), Hint: a.T("inspect.file-hint", sheet.MaxRows, sheet.MaxFile>>20), Accept: ".csv,.xlsx", Error: a.Errors.Of("file")}}
	v.Editions = ui.Table{Caption: a.T("inspect.editions"), Columns: []ui.Column{{Text: a.T("inspect.edition")}, {Text: a.T("inspect.list")}, {Text: a.T("inspect.state")}, {Text: a.T("inspect.rows"), Number: true}, {Text: a.T("inspect.wrong"), Number: true}, {Text: a.T("inspect.begun")}},
		Empty: &ui.Empty{Title: a.T("inspect.editions-none"), Why: a.T("inspect.editions-none-why")}}
	for i := range list {
		e := &list[i]
		v.Editions.Rows = append(v.Editions.Rows, ui.TableRow{Cells: []ui.Cell{{Text: strconv.FormatInt(e.No, 10), Head: true, Href: listsHome + "/" + strconv.FormatInt(e.No, 10), More: e.Name},
			{Text: a.T("inspect.list-" + e.List), More: e.Library}, {Tag: a.editionTag(e.State)}, {Text: strconv.FormatInt(e.Lines, 10)}, {Text: strconv.FormatInt(e.Wrong, 10)}, {At: e.Begun}}})
	}
	return p.show(a, status, "lists", v)
}

func (a *asked) editionTag(state string) *ui.Tag {
	look := map[string]string{Taken: "blue", Refused: "red"}[state]
	if look == "" {
		look = "ink"
	}
	return &ui.Tag{Text: a.T("inspect.edition-state." + state), Look: look}
}

// upload takes a list in. The form streams: list and library stand before the file.
func (p *pages) upload(a *asked) error {
	if !keepsLists(a.By) {
		return hall.ErrNotFound
	}
	a.R.Body = http.MaxBytesReader(a.W, a.R.Body, sheet.MaxFile+(1<<20))
	parts, err := a.R.MultipartReader()
	if err != nil {
		return page.BadInput(err)
	}
	list, library := Items, ""
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "file", Text: a.T("inspect.file-none")}}}
			return p.showLists(a, http.StatusUnprocessableEntity)
		}
		if err != nil {
			return page.BadInput(err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			e, err := p.SendFile(a.R.Context(), a.By, list, library, part.FileName(), part)
			if a.refusal(err, "file") {
				return p.showLists(a, http.StatusUnprocessableEntity)
			}
			if err != nil {
				return err
			}
			http.Redirect(a.W, a.R, listsHome+"/"+strconv.FormatInt(e.No, 10), http.StatusSeeOther)
			return nil
		}
		text, err := page.Typed(part, 400)
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "list":
			list = text
		case "library":
			library = strings.TrimSpace(text)
		}
	}
}

// editionPage is one edition.
type editionPage struct {
	*asked
	Edition *Edition
	Sum     ui.Summary
	Faults  ui.Table
}

func (p *pages) edition(a *asked) error {
	no, err := a.number("edition")
	if err != nil {
		return err
	}
	e, err := p.SentEdition(a.R.Context(), a.By, no)
	if err != nil {
		return err
	}
	a.Title = a.T("inspect.edition-title", no)
	a.Crumbs = []ui.Link{{Text: a.T("inspect.lists"), Href: listsHome}}
	v := &editionPage{asked: a, Edition: e}
	v.Sum.Rows = []ui.SummaryRow{{Label: a.T("inspect.state"), Value: a.T("inspect.edition-state." + e.State)}, {Label: a.T("inspect.list"), Value: a.T("inspect.list-" + e.List)}, {Label: a.T("inspect.objects-of"), Value: e.Library},
		{Label: a.T("inspect.file"), Value: e.Name}, {Label: a.T("inspect.rows"), Value: strconv.FormatInt(e.Lines, 10)}, {Label: a.T("inspect.wrong"), Value: strconv.FormatInt(e.Wrong, 10)}, {Label: a.T("inspect.begun"), Value: i18n.Moment(a.Lang, e.Begun)}}
	v.Faults = ui.Table{Caption: a.T("inspect.faults"), Columns: []ui.Column{{Text: a.T("inspect.row"), Number: true}, {Text: a.T("inspect.column-name")}, {Text: a.T("inspect.fault-what")}}}
	for _, f := range e.Faults {
		column := ""
		if f.Column != "" {
			column = a.T("inspect.column." + f.Column)
		}
		text := (&ident.Fault{Code: f.Code}).Text(a.Lang)
		if !strings.Contains(f.Code, ".") {
			text = a.T("inspect.fault." + f.Code)
		}
		v.Faults.Rows = append(v.Faults.Rows, ui.TableRow{Cells: []ui.Cell{{Text: strconv.Itoa(f.Row), Head: true}, {Text: column}, {Text: text}}})
	}
	return p.show(a, http.StatusOK, "edition", v)
}
