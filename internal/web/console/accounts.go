package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// listView is a list with filters in its address, a page at a time.
type listView struct {
	*page
	Lead    string
	Filters ui.Filters
	Table   ui.Table
	Rows    int // of a page
	Turn    *ui.Turn
	Exports []ui.Link // the whole list as a file
	New     string    // address where one is added
	NewText string
}

// pageRows are the rows of a page where the address does not say.
const pageRows = 50

// list starts a list whose filters are the fields; those that the address sets become chips.
func (p *page) list(key string, fields ...ui.Field) *listView {
	p.Title = p.T("console.menu." + key)
	at, q := p.r.URL.Path, p.r.URL.Query()
	v := &listView{page: p, Filters: ui.Filters{Action: at}, Lead: p.T("console.lead." + key), Rows: ui.RowsOf(q, pageRows)}
	if size := q.Get("size"); size != "" {
		v.Filters.Keep = []ui.Field{{Name: "size", Value: size}}
	}
	without := func(names ...string) string {
		rest := url.Values{}
		for name, values := range q {
			if !slices.Contains(names, name) {
				rest[name] = values
			}
		}
		return strings.TrimSuffix(at+"?"+rest.Encode(), "?")
	}
	for _, f := range fields {
		f.Optional, f.Width = true, "medium"
		f.Label = cmp.Or(f.Label, p.T("console.field."+f.Name))
		if f.Value = strings.TrimSpace(q.Get(f.Name)); f.Value != "" {
			said := f.Value
			for _, o := range f.Options {
				if o.Value == f.Value {
					said = o.Label
				}
			}
			v.Filters.Chips = append(v.Filters.Chips, ui.Chip{Text: p.T("console.is", f.Label, said), Remove: without(f.Name, "cursor")})
		}
		v.Filters.Fields = append(v.Filters.Fields, f)
	}
	if len(v.Filters.Chips) > 0 {
		v.Filters.Clear = at
	}
	v.Table = ui.Table{Caption: p.Title, HideCaption: true, Empty: &ui.Empty{Title: p.T("console.none"), Why: p.T("console.none-why")}}
	if len(v.Filters.Chips) == 0 { // it is not the filters that leave nothing
		v.Table.Empty = &ui.Empty{Title: p.T("console.nothing-yet")}
	}
	return v
}

// columns are the headings, by their words.
func (v *listView) columns(names ...string) {
	for _, name := range names {
		v.Table.Columns = append(v.Table.Columns, ui.Column{Text: v.T("console.field." + name), Wrap: name == "change"})
	}
}

func (v *listView) row(cells ...ui.Cell) {
	v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: cells})
}

func (p *page) total(all store.Count) string { return kit.Total(p.Lang, all) }

func (p *page) asked(name string) string { return strings.TrimSpace(p.r.Form.Get(name)) }

// The states of an account that a list tells apart.
const (
	stateOpen   = "open"
	stateClosed = "closed"
)

func (c *Console) accounts(p *page) error {
	department, err := p.departmentField()
	if err != nil {
		return err
	}
	v := p.list("accounts", ui.Field{Kind: ui.KindText, Name: "q"}, p.choice("kind", caseflow.ActorOfficial, caseflow.ActorCitizen),
		department, p.roleField(ui.KindSelect), p.choice("state", stateOpen, stateClosed), p.regionField())
	q := store.AccountQuery{Kind: p.asked("kind"), Search: p.asked("q"), Department: p.asked("department"), Role: p.asked("role")}
	if state := p.asked("state"); state != "" {
		closed := state == stateClosed
		q.Disabled = &closed
	}
	if p.may(access.AccountAdd) {
		v.New, v.NewText = "/console/accounts/new", p.T("console.new.title")
	}
	if q.Kind == caseflow.ActorCitizen && q.Search == "" {
		v.Table.Empty.Why = p.T("console.citizens-by-number")
	}
	q.Named = func(name string) bool { return find.Named(q.Search, name) }
	return v.long("accounts", access.ListExported, []string{"login", "name", "department", "roles", "region", "state"}, func(cursor string, limit int) ([]ui.TableRow, string, error) {
		q.Cursor, q.Limit = cursor, limit
		list, next, err := c.gate.Find(p.r.Context(), p.Actor, p.asked("region"), q)
		rows := make([]ui.TableRow, len(list))
		for i := range list {
			rows[i] = p.accountRow(&list[i], p.wanted() == "")
		}
		return rows, next, err
	}, func() (store.Count, error) { return c.gate.CountAccounts(p.r.Context(), p.Actor, p.asked("region"), q) })
}

// accountRow is an account in a list, with the short name of its department, or in a file, with the full one; of a citizen, name and number
// are masked.
func (p *page) accountRow(a *store.Account, short bool) ui.TableRow {
	name, login := shownAs(a)
	department := p.department(a.Department)
	if short {
		department = p.office(a.Region, a.Department)
	}
	return ui.TableRow{Cells: []ui.Cell{{Text: login, Href: address(a.ID), Head: true}, {Text: name}, {Text: department},
		{Text: p.roles(a.Roles)}, {Text: p.region(a.Region)}, {Tag: p.state(a)}}}
}

// shownAs is how lists name an account: a citizen's name and number masked.
func shownAs(a *store.Account) (name, login string) {
	if a.Kind == caseflow.ActorCitizen {
		return ident.MaskName(a.Name), ident.MaskPhone(a.Login)
	}
	return a.Name, a.Login
}

func address(id string) string { return "/console/accounts/" + url.PathEscape(id) }

// state is how an account stands, in a word.
func (p *page) state(a *store.Account) *ui.Tag {
	switch {
	case a.Disabled:
		return &ui.Tag{Text: p.T("console.state.closed"), Look: "red"}
	case p.Now.Before(a.Locked):
		return &ui.Tag{Text: p.T("console.state.locked"), Look: "red"}
	case a.Kind == caseflow.ActorOfficial && len(a.Roles) == 0:
		return &ui.Tag{Text: p.T("console.state.no-role"), Look: "ink"}
	case a.MustChange:
		return &ui.Tag{Text: p.T("console.state.first"), Look: "blue"}
	}
	return &ui.Tag{Text: p.T("console.state.open")}
}

// choice is a question with few answers, whose words are in the catalogue.
func (p *page) choice(name string, values ...string) ui.Field {
	f := ui.Field{Kind: ui.KindSelect, Name: name}
	for _, v := range values {
		f.Options = append(f.Options, ui.Option{Value: v, Label: p.T("console.choice." + name + "." + v)})
	}
	return f
}

// departmentField offers the departments of the own region, with those outside the packs that have officials, those that only packs of
// regions below it have, and those of the program. Another city's are not among them.
func (p *page) departmentField() (ui.Field, error) {
	f := ui.Field{Kind: ui.KindSelect, Name: "department"}
	own, err := p.console.hall.Departments(p.r.Context(), p.Actor, p.Actor.Region)
	if err != nil {
		return f, err
	}
	for i := range own {
		if own[i].Into == "" {
			f.Options = append(f.Options, ui.Option{Value: own[i].ID, Label: p.called(p.Actor.Region, &own[i])})
		}
	}
	for _, k := range p.console.packs.Packs() {
		for _, d := range k.Departments {
			if ident.Service().Within(k.Region, p.Actor.Region) && !slices.ContainsFunc(own, func(o hall.Department) bool { return o.ID == d.ID }) {
				own = append(own, hall.Department{ID: d.ID})
				f.Options = append(f.Options, ui.Option{Value: d.ID, Label: d.Name.In(p.Lang)})
			}
		}
	}
	for _, key := range i18n.Keys("page.department.") { // those of the program, where the administrators are
		if id := strings.TrimPrefix(key, "page.department."); !slices.ContainsFunc(own, func(o hall.Department) bool { return o.ID == id }) {
			f.Options = append(f.Options, ui.Option{Value: id, Label: kit.Unnamed(p.Lang, id)})
		}
	}
	return f, nil
}

// roleField offers the roles of the core and of all packs.
func (p *page) roleField(kind string) ui.Field {
	f := ui.Field{Kind: kind, Name: "role"}
	ids := slices.Clone(caseflow.Roles)
	for _, k := range p.console.packs.Packs() {
		for _, r := range k.Roles {
			if !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	for _, id := range ids {
		f.Options = append(f.Options, ui.Option{Value: id, Label: p.role(id)})
	}
	return f
}

// regionField offers the own region and all below it.
func (p *page) regionField() ui.Field {
	f := ui.Field{Kind: ui.KindSelect, Name: "region"}
	var add func(code string)
	add = func(code string) {
		f.Options = append(f.Options, ui.Option{Value: code, Label: p.region(code)})
		for _, r := range ident.Service().Children(code) {
			add(r.Code)
		}
	}
	add(p.Actor.Region)
	return f
}

// formView asks something and posts the answers.
type formView struct {
	*page
	Lead   string
	Fields []ui.Field
	Button string
}

func (c *Console) newAccount(p *page) error { return p.askAccount(http.StatusOK) }

func (p *page) askAccount(status int) error {
	if !p.may(access.AccountAdd) {
		return hall.ErrNotFound
	}
	p.Title, p.Narrow = p.T("console.new.title"), true
	p.Crumbs = []ui.Link{{Text: p.T("console.menu.accounts"), Href: "/console/accounts"}}
	v := &formView{page: p, Lead: p.T("console.new.lead"), Button: p.T("console.new.button")}
	department, err := p.departmentField()
	if err != nil {
		return err
	}
	region := p.regionField()
	if region.Value = p.asked("region"); region.Value == "" {
		region.Value = p.Actor.Region
	}
	v.ask(ui.Field{Kind: ui.KindText, Name: "login", Hint: p.T("console.new.login-hint"), Max: 64, Width: "medium"},
		ui.Field{Kind: ui.KindText, Name: "name", Max: 100, Width: "medium"}, department, region,
		ui.Field{Kind: ui.KindPhone, Name: "phone", Optional: true})
	v.ask(documentFields(p)...)
	return p.write(status, "form", v)
}

// ask adds questions, with what was typed and what is wrong with it.
func (v *formView) ask(fields ...ui.Field) {
	for _, f := range fields {
		f.Label, f.Error = v.T("console.field."+f.Name), v.Errors.Of(f.Name)
		if v.r.Method == http.MethodPost {
			f.Value, f.Values = v.asked(f.Name), v.r.Form[f.Name]
		}
		v.Fields = append(v.Fields, f)
	}
}

// faults puts what is wrong at its question.
func (p *page) faults(r *caseflow.Refusal) {
	p.Errors = &ui.Errors{}
	for _, f := range r.Fields {
		name := f.Field
		if name == "roles" {
			name = "role"
		}
		p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: name, Text: f.Text.In(p.Lang)})
	}
	if len(r.Fields) == 0 {
		p.Errors.Title = kit.Sentence(p.Lang, r)
		p.Errors.Faults = []ui.Fault{{Text: p.Errors.Title}}
	}
}

func (c *Console) addAccount(p *page) error {
	a, secret, err := c.gate.AddAccount(p.r.Context(), p.Actor, access.NewAccount{Login: p.asked("login"), Kind: caseflow.ActorOfficial, Name: p.asked("name"),
		Region: p.asked("region"), Department: p.asked("department"), Phone: p.asked("phone"), Document: p.typedDocument()})
	if refusal, ok := kit.Refusal(err); ok {
		p.faults(refusal)
		return p.askAccount(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return p.secret(a, secret, p.T("console.new.done"), p.T("console.new.next"))
}

// secretView shows a first password, once: it stands nowhere else.
type secretView struct {
	*page
	Lead    string
	Facts   ui.Summary
	Account string
}

func (p *page) secret(a *store.Account, password, title, next string) error {
	p.Title, p.Narrow = title, true
	p.Crumbs = []ui.Link{{Text: p.T("console.menu.accounts"), Href: "/console/accounts"}}
	p.Notice = &ui.Notice{Kind: ui.Warning, Title: p.T("console.secret.once"), Text: p.T("console.secret.once-text")}
	v := &secretView{page: p, Lead: next, Account: address(a.ID)}
	v.Facts.Rows = []ui.SummaryRow{{Label: p.T("console.field.name"), Value: a.Name},
		{Label: p.T("console.field.login"), Copy: &ui.Copy{Code: a.Login, What: p.T("console.field.login")}},
		{Label: p.T("console.field.password"), Copy: &ui.Copy{Code: password, What: p.T("console.field.password")}}}
	p.w.Header().Set("Cache-Control", "no-store")
	return p.show("secret", v)
}

// at is the account of the address as the page showed it.
func (p *page) at() access.At {
	at := access.At{ID: p.r.PathValue("account")}
	var err error
	if at.Version, err = strconv.Atoi(p.asked("version")); err != nil || at.Version < 0 {
		at.Version = 1 << 30 // none is that: the page is asked for again
	}
	return at
}

// accountView is one account and what may be done with it.
type accountView struct {
	*page
	Facts   ui.Summary
	Version int
	Action  string // address that the acts stand behind
	Fields  []ui.Field
	Manages bool        // gives roles, closes and opens, ends sessions
	Resets  bool        // sets a first password
	Takes   bool        // takes lost second factors away
	Take    *ui.Confirm // asks whether to, instead of all else
	Closed  bool
	Sits    ui.Table
	Links   []identityLine // of an official, whom providers mean it by
	Link    []ui.Field     // names one more
	Papers  []ui.Field     // asks for the document of an official
	Log     string         // address of its part of the sign-in log
	Acts    string         // of what was done to it
}

func (c *Console) account(p *page) error { return p.showAccount(http.StatusOK) }

func (p *page) showAccount(status int) error {
	a, err := p.console.gate.Account(p.r.Context(), p.Actor, p.r.PathValue("account"))
	if err != nil {
		return err
	}
	here := access.Resource{Region: a.Region}
	own := a.ID == p.Actor.ID
	v := &accountView{page: p, Version: a.Version, Action: address(a.ID), Closed: a.Disabled,
		Manages: !own && access.May(p.Actor, access.AccountManage, here).Allow, Resets: !own && access.May(p.Actor, access.AccountAdd, here).Allow,
		Takes: !own && access.May(p.Actor, access.FactorTake, here).Allow}
	p.Title = a.Name
	if a.Kind == caseflow.ActorCitizen {
		p.Title = ident.MaskName(a.Name)
	}
	p.Crumbs = []ui.Link{{Text: p.T("console.menu.accounts"), Href: "/console/accounts"}}
	v.facts(a)
	if done := p.r.URL.Query().Get("done"); slices.Contains([]string{"assigned", "closed", "opened", "signed-out", "linked", "unlinked", "document", "factors"}, done) && p.Errors == nil {
		p.Notice = &ui.Notice{Kind: ui.Success, Title: p.T("console.done." + done)}
	}
	if v.Manages && a.Kind == caseflow.ActorOfficial {
		if err := v.places(a); err != nil {
			return err
		}
	}
	if v.Resets && a.Kind == caseflow.ActorOfficial {
		f := &formView{page: p}
		f.ask(documentFields(p)...)
		v.Papers = f.Fields
	}
	if err := v.identities(a); err != nil {
		return err
	}
	if access.May(p.Actor, access.AccountLog, here).Allow {
		v.Log = "/console/sign-ins?" + url.Values{"account": {a.Login}}.Encode()
		if err := v.sits(a); err != nil {
			return err
		}
	}
	if access.May(p.Actor, access.AuditSee, here).Allow {
		v.Acts = "/console/operations?" + url.Values{"account": {a.Login}}.Encode()
	}
	if v.Takes && p.r.URL.Query().Get("take") == "factors" {
		v.Take = &ui.Confirm{Question: p.T("console.account.factors-sure"), Object: append([]ui.SummaryRow{{Label: p.T("console.field.name"), Value: p.Title}}, v.Facts.Rows...), Result: p.T("console.account.factors-text"),
			Action: v.Action + "/factors", Button: p.T("console.account.factors-do"), Grave: true, Cancel: v.Action}
	}
	return p.write(status, "account", v)
}

func (v *accountView) facts(a *store.Account) {
	login, roles := a.Login, v.roles(a.Roles)
	if a.Kind == caseflow.ActorCitizen {
		login, roles = ident.MaskPhone(login), v.T("case.actor.citizen")
	}
	for _, f := range [][2]string{{"login", login}, {"department", v.department(a.Department)}, {"roles", roles}, {"region", v.region(a.Region)},
		{"state", v.state(a).Text}, {"document", documentText(v.Lang, a)}, {"phone", ident.MaskPhone(a.Phone)}} {
		if f[1] != "" {
			v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: v.T("console.field." + f[0]), Value: f[1]})
		}
	}
	v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: v.T("console.field.added"), Value: i18n.Moment(v.Lang, a.Added)})
}

// documentFields ask for the document of an official, which may be left out.
func documentFields(p *page) []ui.Field {
	kind := ui.Field{Kind: ui.KindSelect, Name: "docType", Optional: true}
	for _, t := range ident.DocTypes() {
		if t != ident.DocCreditCode {
			kind.Options = append(kind.Options, ui.Option{Value: string(t), Label: t.Text(p.Lang)})
		}
	}
	return []ui.Field{kind, {Kind: ui.KindID, Name: "document", Optional: true, Hint: p.T("console.account.document-hint")}}
}

// typedDocument is the document that was typed; without a number there is none.
func (p *page) typedDocument() ident.Document {
	if p.asked("document") == "" {
		return ident.Document{}
	}
	return ident.Document{Type: ident.DocType(cmp.Or(p.asked("docType"), string(ident.DocResidentID))), No: p.asked("document")}
}

// documentText is the document of an official, masked; of a citizen nothing is shown here.
func documentText(lang string, a *store.Account) string {
	if a.Kind != caseflow.ActorOfficial || a.DocNo == "" {
		return ""
	}
	d := ident.Document{Type: ident.DocType(a.DocType), No: a.DocNo}
	return d.Type.Text(lang) + " " + d.Masked()
}

// document sets the document of an official.
func (c *Console) document(p *page) error {
	return p.done(c.gate.SetDocument(p.r.Context(), p.Actor, p.at(), p.typedDocument()), "document")
}

// places asks for another place, with the present one; after a conflict with what was typed, beside what now stands above.
func (v *accountView) places(a *store.Account) error {
	department, err := v.departmentField()
	if err != nil {
		return err
	}
	region, roles := v.regionField(), v.roleField(ui.KindCheckbox)
	department.Value, region.Value, roles.Values = a.Department, a.Region, a.Roles
	if a.Department != "" && !slices.ContainsFunc(department.Options, func(o ui.Option) bool { return o.Value == a.Department }) {
		department.Options = append(department.Options, ui.Option{Value: a.Department, Label: v.office(a.Region, a.Department)})
	}
	f := &formView{page: v.page}
	f.ask(roles, department, region)
	v.Fields = f.Fields
	return nil
}

// sits lists where somebody is signed in.
func (v *accountView) sits(a *store.Account) error {
	list, _, err := v.console.gate.Online(v.r.Context(), v.Actor, a.Region, store.SessionQuery{Account: a.ID})
	if err != nil {
		return err
	}
	v.Sits = ui.Table{Caption: v.T("console.menu.online"), Columns: []ui.Column{{Text: v.T("console.field.since")}, {Text: v.T("console.field.seen")}, {Text: v.T("console.field.address")}}}
	for _, s := range list {
		v.Sits.Rows = append(v.Sits.Rows, ui.TableRow{Cells: []ui.Cell{{At: s.Started, Head: true}, {At: s.Seen}, {Text: s.Address, More: s.Agent}}})
	}
	return nil
}

// done ends an act on an account: back to its page, or to what was typed with what is wrong.
func (p *page) done(err error, what string) error {
	if refusal, ok := kit.Refusal(err); ok {
		p.faults(refusal)
		status, _ := kit.Status(err)
		return p.showAccount(status)
	}
	if err != nil {
		return err
	}
	return p.back(address(p.r.PathValue("account")) + "?done=" + what)
}

func (c *Console) assign(p *page) error {
	return p.done(c.gate.Assign(p.r.Context(), p.Actor, p.at(), access.Place{Region: p.asked("region"), Department: p.asked("department"), Roles: p.r.Form["role"]}), "assigned")
}

func (c *Console) closing(p *page) error {
	return p.done(c.gate.Disable(p.r.Context(), p.Actor, p.at()), "closed")
}

func (c *Console) opening(p *page) error {
	return p.done(c.gate.Enable(p.r.Context(), p.Actor, p.at()), "opened")
}

// identityLine is a person of a provider that means an account.
type identityLine struct{ Issuer, Subject, Text string }

// identities lists whom providers mean an official by, and asks for one more.
func (v *accountView) identities(a *store.Account) error {
	if a.Kind != caseflow.ActorOfficial {
		return nil
	}
	list, err := v.console.gate.IdentitiesOf(v.r.Context(), v.Actor, a.ID)
	if err != nil {
		return err
	}
	for _, i := range list {
		v.Links = append(v.Links, identityLine{i.Issuer, i.Subject, v.T("console.identity", v.provider(i.Provider), i.Subject, i18n.Moment(v.Lang, i.Added))})
	}
	which := ui.Field{Kind: ui.KindSelect, Name: "provider"}
	for _, p := range v.console.gate.Providers() {
		if p.Realm == access.RealmOfficials {
			which.Options = append(which.Options, ui.Option{Value: p.ID, Label: p.Name.Text().In(v.Lang)})
		}
	}
	if v.Resets && len(which.Options) > 0 {
		f := &formView{page: v.page}
		f.ask(which, ui.Field{Kind: ui.KindText, Name: "subject", Hint: v.T("console.account.subject-hint"), Max: 255, Width: "medium"})
		v.Link = f.Fields
	}
	return nil
}

// provider names a provider of sign-ins; its id if it is no longer set up.
func (p *page) provider(id string) string {
	for _, known := range p.console.gate.Providers() {
		if known.ID == id {
			return known.Name.Text().In(p.Lang)
		}
	}
	return id
}

func (c *Console) link(p *page) error {
	return p.done(c.gate.LinkOfficial(p.r.Context(), p.Actor, p.at(), p.asked("provider"), p.asked("subject")), "linked")
}

func (c *Console) unlink(p *page) error {
	return p.done(c.gate.UnlinkOfficial(p.r.Context(), p.Actor, p.at().ID, p.asked("issuer"), p.asked("subject")), "unlinked")
}

func (c *Console) takeFactors(p *page) error {
	return p.done(c.gate.TakeFactors(p.r.Context(), p.Actor, p.r.PathValue("account")), "factors")
}

func (c *Console) password(p *page) error {
	at := p.at()
	secret, err := c.gate.ResetPassword(p.r.Context(), p.Actor, at)
	if err != nil {
		return p.done(err, "")
	}
	a, err := c.gate.Account(p.r.Context(), p.Actor, at.ID)
	if err != nil {
		return err
	}
	next := p.T("console.secret.open")
	if a.Disabled {
		next = p.T("console.secret.closed")
	}
	return p.secret(a, secret, p.T("console.secret.done"), next)
}

// signOut ends one session or all of somebody, from the account's page or the list of who is online.
func (c *Console) signOut(p *page) error {
	err := c.gate.SignOutOther(p.r.Context(), p.Actor, p.r.PathValue("account"), p.asked("session"))
	if err == nil && p.asked("from") == "online" {
		return p.back("/console/online?done=signed-out")
	}
	return p.done(err, "signed-out")
}
