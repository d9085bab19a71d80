package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// ManagedAccount is an account as administrators see it. A citizen's name and login are masked.
type ManagedAccount struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind" enum:"citizen,official"`
	Login      string    `json:"login"`
	Name       string    `json:"name"`
	Region     string    `json:"region"`
	Department string    `json:"department,omitempty"`
	Roles      []string  `json:"roles" nullable:"false" doc:"None: it waits for the security administrator, and may do nothing"`
	Closed     bool      `json:"closed,omitempty"`
	MustChange bool      `json:"mustChange,omitempty" doc:"It still has a first password"`
	Document   string    `json:"document,omitempty" doc:"Of an official: the number, masked"`
	Added      time.Time `json:"added"`
	Version    int       `json:"version" doc:"Send it back with a change: if another administrator was quicker the answer is 409"`
}

func managedAccount(a *store.Account) ManagedAccount {
	v := ManagedAccount{ID: a.ID, Kind: a.Kind, Login: a.Login, Name: a.Name, Region: a.Region, Department: a.Department, Roles: filled(a.Roles),
		Closed: a.Disabled, MustChange: a.MustChange, Added: a.Added, Version: a.Version}
	if a.Kind == caseflow.ActorCitizen {
		v.Name, v.Login = maskedCitizen(a)
	} else if a.DocNo != "" {
		v.Document = ident.Document{Type: ident.DocType(a.DocType), No: a.DocNo}.Masked()
	}
	return v
}

// AccountPage is a page of accounts.
type AccountPage struct {
	Body struct {
		Accounts []ManagedAccount `json:"accounts" nullable:"false"`
		Next     string           `json:"next,omitempty" doc:"Cursor of the next page"`
		Total    *Total           `json:"total,omitempty"`
	}
}

// ManagedAnswer is one account.
type ManagedAnswer struct{ Body ManagedAccount }

// SecretAnswer is an account with its new first password, which is told once.
type SecretAnswer struct {
	Body struct {
		Account  ManagedAccount `json:"account"`
		Password string         `json:"password" doc:"Hand it over in person; its owner must choose another"`
	}
}

type accountsInput struct {
	caller
	LogPage
	CountQuery
	Q          string `query:"q" maxLength:"100" doc:"Part of the name or login of an official, or the pinyin of the name, in full or by initials (wxy); the whole mobile number of a citizen"`
	Kind       string `query:"kind" enum:"official,citizen" default:"official"`
	Department string `query:"department" maxLength:"100"`
	Role       string `query:"role" maxLength:"40"`
	State      string `query:"state" enum:"open,closed" doc:"All if left out"`
}

// LogPage is where a list of the console begins, how long it is, and of which region.
type LogPage struct {
	Region string `query:"region" maxLength:"20" doc:"Region code; all that you may see if left out"`
	Cursor string `query:"cursor" maxLength:"1000" doc:"The next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// NewOfficial is an account of an official to be made. It has no role until the security administrator gives one.
type NewOfficial struct {
	Login      string       `json:"login" maxLength:"64" example:"li.clerk"`
	Name       string       `json:"name" maxLength:"100"`
	Region     string       `json:"region" maxLength:"20"`
	Department string       `json:"department" maxLength:"100"`
	Phone      string       `json:"phone,omitempty" maxLength:"40"`
	Document   *OwnDocument `json:"document,omitempty" doc:"Of the person: they are kept out of cases that are theirs"`
}

// OwnDocument is the document of a person.
type OwnDocument struct {
	Type string `json:"type" maxLength:"40" example:"resident-id"`
	No   string `json:"no" maxLength:"64"`
}

// ident is the document; the zero one if there is none.
func (d *OwnDocument) ident() ident.Document {
	if d == nil || d.No == "" {
		return ident.Document{}
	}
	return ident.Document{Type: ident.DocType(d.Type), No: d.No}
}

// DocumentChange is the document that an official gets.
type DocumentChange struct {
	OnVersion
	Document *OwnDocument `json:"document,omitempty" doc:"None: it is taken away"`
}

type documentInput struct {
	caller
	AccountPath
	Body DocumentChange
}

type addOfficialInput struct {
	caller
	Body NewOfficial
}

// AccountPath is the id of an account in a path.
type AccountPath struct {
	Account string `path:"account" maxLength:"40"`
}

type accountInput struct {
	caller
	AccountPath
}

// OnVersion names the version that a change was decided on.
type OnVersion struct {
	Version int `json:"version" minimum:"0" doc:"Of the account as you saw it"`
}

type versionInput struct {
	caller
	AccountPath
	Body OnVersion
}

func (in *versionInput) at() access.At { return access.At{ID: in.Account, Version: in.Body.Version} }

// Assignment is where an official works and what they may do there.
type Assignment struct {
	OnVersion
	Region     string   `json:"region,omitempty" maxLength:"20" doc:"As it is if left out"`
	Department string   `json:"department" maxLength:"100"`
	Roles      []string `json:"roles" maxItems:"20" nullable:"false"`
}

type assignInput struct {
	caller
	AccountPath
	Body Assignment
}

type signOutInput struct {
	caller
	AccountPath
	Session string `query:"session" maxLength:"40" doc:"Id of one of the account's sessions; all if left out"`
}

// OnlineView is a session that is in use.
type OnlineView struct {
	Session string         `json:"session"`
	Started time.Time      `json:"started"`
	Seen    time.Time      `json:"seen"`
	Address string         `json:"address"`
	Agent   string         `json:"agent"`
	Account ManagedAccount `json:"account"`
}

// OnlinePage is a page of who is online.
type OnlinePage struct {
	Body struct {
		Sessions []OnlineView `json:"sessions" nullable:"false"`
		Next     string       `json:"next,omitempty"`
		Total    *Total       `json:"total,omitempty"`
	}
}

type onlineInput struct {
	caller
	LogPage
	CountQuery
	Kind    string `query:"kind" enum:"official,citizen" doc:"All if left out"`
	Account string `query:"account" maxLength:"40" doc:"Id"`
}

func (a *API) registerConsole() {
	op := func(id, method, path, summary, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/console" + path, Tags: []string{"console"}, Summary: summary,
			Description: "For administrators; 404 for others. " + more}
	}
	made := op("add-official", http.MethodPost, "/accounts", "Make the account of an official, without a role", "The system administrator's.")
	made.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, op("list-accounts", http.MethodGet, "/accounts", "Accounts, by login", "Of all three."), a.accounts)
	huma.Register(a.huma, made, a.addOfficial)
	huma.Register(a.huma, op("see-account", http.MethodGet, "/accounts/{account}", "One account", "Of all three."), a.seeAccount)
	huma.Register(a.huma, op("assign-account", http.MethodPost, "/accounts/{account}/assign", "Give an official roles, a department, a region; it holds at once", "The security administrator's; not the own account."), a.assign)
	huma.Register(a.huma, op("close-account", http.MethodPost, "/accounts/{account}/close", "Close an account and end its sessions", "The security administrator's; not the own account."), a.closeAccount)
	huma.Register(a.huma, op("open-account", http.MethodPost, "/accounts/{account}/open", "Open an account again", "The security administrator's."), a.openAccount)
	huma.Register(a.huma, op("reset-password", http.MethodPost, "/accounts/{account}/password", "Give an account a new first password",
		"The system administrator's; not the own account. An account that may do something is closed by it until the security administrator opens it."), a.resetPassword)
	huma.Register(a.huma, op("set-document", http.MethodPost, "/accounts/{account}/document", "Say by which document a person an official is, so that they are kept out of cases that are theirs",
		"The system administrator's; not the own account. An account that may do something is closed by it until the security administrator opens it."), a.setDocument)
	huma.Register(a.huma, op("sign-out-other", http.MethodPost, "/accounts/{account}/sign-out", "End somebody's sessions", "The security administrator's."), a.signOutOther)
	huma.Register(a.huma, op("list-online", http.MethodGet, "/online", "Who is signed in, newest first", "The security and the audit administrator's."), a.online)
	a.registerLogs(op)
	a.registerDictionaries(op)
	a.registerExports(op)
	a.registerBackups(op)
	a.registerQuarantine(op)
	a.registerDepartments(op)
	a.registerParameters(op)
	a.registerJobs(op)
	a.registerManagedAnnouncements(op)
}

func (a *API) accounts(ctx context.Context, in *accountsInput) (*AccountPage, error) {
	q := store.AccountQuery{Kind: in.Kind, Search: in.Q, Department: in.Department, Role: in.Role, Cursor: in.Cursor, Limit: in.Limit,
		Named: func(name string) bool { return find.Named(in.Q, name) }}
	if in.State != "" {
		closed := in.State == "closed"
		q.Disabled = &closed
	}
	list, next, err := a.o.Gate.Find(ctx, in.by, in.Region, q)
	if err != nil {
		return nil, err
	}
	out := &AccountPage{}
	out.Body.Next, out.Body.Accounts = next, make([]ManagedAccount, len(list))
	for i := range list {
		out.Body.Accounts[i] = managedAccount(&list[i])
	}
	out.Body.Total, err = in.total(func() (store.Count, error) { return a.o.Gate.CountAccounts(ctx, in.by, in.Region, q) })
	return out, err
}

func (a *API) addOfficial(ctx context.Context, in *addOfficialInput) (*SecretAnswer, error) {
	b := in.Body
	if b.Region == "" {
		b.Region = in.by.Region
	}
	account, password, err := a.o.Gate.AddAccount(ctx, in.by, access.NewAccount{Login: b.Login, Kind: caseflow.ActorOfficial, Name: b.Name, Region: b.Region,
		Department: b.Department, Phone: b.Phone, Document: b.Document.ident()})
	if err != nil {
		return nil, err
	}
	out := &SecretAnswer{}
	out.Body.Account, out.Body.Password = managedAccount(account), password
	return out, nil
}

func (a *API) seeAccount(ctx context.Context, in *accountInput) (*ManagedAnswer, error) {
	return a.managed(ctx, in.by, in.Account, nil)
}

// managed is an account after an act on it.
func (a *API) managed(ctx context.Context, by caseflow.Actor, id string, err error) (*ManagedAnswer, error) {
	if err != nil {
		return nil, err
	}
	account, err := a.o.Gate.Account(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return &ManagedAnswer{managedAccount(account)}, nil
}

func (a *API) assign(ctx context.Context, in *assignInput) (*ManagedAnswer, error) {
	err := a.o.Gate.Assign(ctx, in.by, access.At{ID: in.Account, Version: in.Body.Version},
		access.Place{Region: in.Body.Region, Department: in.Body.Department, Roles: in.Body.Roles})
	return a.managed(ctx, in.by, in.Account, err)
}

func (a *API) closeAccount(ctx context.Context, in *versionInput) (*ManagedAnswer, error) {
	return a.managed(ctx, in.by, in.Account, a.o.Gate.Disable(ctx, in.by, in.at()))
}

func (a *API) openAccount(ctx context.Context, in *versionInput) (*ManagedAnswer, error) {
	return a.managed(ctx, in.by, in.Account, a.o.Gate.Enable(ctx, in.by, in.at()))
}

func (a *API) resetPassword(ctx context.Context, in *versionInput) (*SecretAnswer, error) {
	password, err := a.o.Gate.ResetPassword(ctx, in.by, in.at())
	if err != nil {
		return nil, err
	}
	account, err := a.managed(ctx, in.by, in.Account, nil)
	if err != nil {
		return nil, err
	}
	out := &SecretAnswer{}
	out.Body.Account, out.Body.Password = account.Body, password
	return out, nil
}

func (a *API) setDocument(ctx context.Context, in *documentInput) (*ManagedAnswer, error) {
	return a.managed(ctx, in.by, in.Account, a.o.Gate.SetDocument(ctx, in.by, access.At{ID: in.Account, Version: in.Body.Version}, in.Body.Document.ident()))
}

func (a *API) signOutOther(ctx context.Context, in *signOutInput) (*struct{}, error) {
	return nil, a.o.Gate.SignOutOther(ctx, in.by, in.Account, in.Session)
}

func (a *API) online(ctx context.Context, in *onlineInput) (*OnlinePage, error) {
	q := store.SessionQuery{Account: in.Account, Kind: in.Kind, Cursor: in.Cursor, Limit: in.Limit}
	list, next, err := a.o.Gate.Online(ctx, in.by, in.Region, q)
	if err != nil {
		return nil, err
	}
	out := &OnlinePage{}
	out.Body.Next, out.Body.Sessions = next, make([]OnlineView, len(list))
	for i := range list {
		s := &list[i]
		out.Body.Sessions[i] = OnlineView{s.ID, s.Started, s.Seen, s.Address, s.Agent, managedAccount(&s.Owner)}
	}
	out.Body.Total, err = in.total(func() (store.Count, error) { return a.o.Gate.CountOnline(ctx, in.by, in.Region, q) })
	return out, err
}

type monitorInput struct{ caller }

// MonitorAnswer is how the system stands.
type MonitorAnswer struct {
	Body struct {
		Version  string    `json:"version"`
		Database string    `json:"database" enum:"SQLite,PostgreSQL"`
		Started  time.Time `json:"started" doc:"This server"`
		LastBeat time.Time `json:"lastBeat,omitzero" doc:"When any server last said that it serves"`
		At       time.Time `json:"at" doc:"When the figures were counted"`
		Waking   int       `json:"waking" doc:"Cases with a clock that is due and not yet taken up"`
		Waiting  int       `json:"waiting" doc:"Messages that wait to be sent"`
		Oldest   time.Time `json:"oldest,omitzero" doc:"Since when the first of them could have been sent"`
		Dead     int       `json:"dead" doc:"Messages that are given up"`
		Open     int       `json:"open" doc:"Sessions that have neither ended nor expired"`
		Bytes    int64     `json:"bytes" doc:"Of the database"`
	}
}

func (a *API) system(ctx context.Context, in *monitorInput) (*MonitorAnswer, error) {
	m, err := a.o.Hall.Monitor(ctx, in.by)
	if err != nil {
		return nil, err
	}
	out := &MonitorAnswer{}
	b := &out.Body
	b.Version, b.Database, b.Started, b.LastBeat, b.At = m.Version, m.Database, m.Started, m.LastBeat, m.At
	b.Waking, b.Waiting, b.Oldest, b.Dead, b.Open, b.Bytes = m.Load.Waking, m.Load.Waiting, m.Load.Oldest, m.Load.Dead, m.Load.Open, m.Load.Bytes
	return out, nil
}

// maySee reports whether somebody may see packs with their proofs; who may not is told that there is no such thing.
func (a *API) maySee(by caseflow.Actor) error {
	if a.o.Packs == nil || !access.May(by, access.SystemSee, access.Resource{}).Allow {
		return hall.ErrNotFound
	}
	return nil
}
