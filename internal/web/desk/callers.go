package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// callersPage is where whoever keeps a door finds the cases of who calls or stands there (热线专席).
type callersPage struct {
	*page
	Fields []ui.Field
	Asked  bool
	More   string // that there are others than those listed
	Lines  []callerLine
	Who    string
	Phone  string // what was asked by, if it is a telephone: for the case that is opened for the caller
	Name   string // the same of a name
	ID     string
}

type callerLine struct {
	caseLine
	Charge string
	Region string // of the case, if it is not that of who looks
	Href   string
	Phone  string // of who asks for help with a draft
}

// keepsDoor reports whether the person takes requests in anywhere.
func (p *page) keepsDoor() bool { return p.Actor.Has(caseflow.RoleClerk) && len(p.taken()) > 0 }

// callersAddress leads to the search with a case number filled in, which may stand in an address.
func callersAddress(no caseflow.CaseNo) string {
	return "/desk/callers?case=" + url.QueryEscape(string(no))
}

func (d *Desk) callers(p *page, r *http.Request) error {
	if !p.keepsDoor() {
		return hall.ErrNotFound
	}
	return p.showCallers(http.StatusOK, &callersPage{page: p, Who: r.URL.Query().Get("case")})
}

func (p *page) showCallers(status int, v *callersPage) error {
	p.Title = p.T("desk.nav.callers")
	v.ID = kit.NewRequestID()
	v.Fields = []ui.Field{
		{Kind: ui.KindText, Name: "who", Label: p.T("desk.callers.who"), Hint: p.T("desk.callers.who-hint"), Value: v.Who, Error: p.Errors.Of("who"), Width: "medium", Autocomplete: "off"},
		{Kind: ui.KindText, Name: "reason", Label: p.T("desk.callers.reason"), Hint: p.T("desk.callers.reason-hint"), Value: p.r.PostFormValue("reason"), Error: p.Errors.Of("reason"), Width: "medium"},
	}
	return p.write(status, "callers", v)
}

// findCaller is sent by POST: whom one asks about does not belong into addresses.
func (d *Desk) findCaller(p *page, r *http.Request) error {
	v := &callersPage{page: p, Who: answers(r.PostForm).get("who"), Asked: true}
	list, more, err := d.hall.Callers(r.Context(), p.Actor, v.Who, r.PostForm.Get("reason"))
	if refusal, refused := kit.Refusal(err); refused {
		v.Asked, p.Errors = false, &ui.Errors{}
		for _, f := range refusal.Fields {
			p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: f.Field, Text: p.T("case.fault.required", p.T("desk.callers."+f.Field))})
		}
		return p.showCallers(http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	if more {
		v.More = p.T("desk.callers.more", hall.CallerCases)
	}
	v.Name = v.Who
	if store.FoundBy(v.Who) != "" {
		v.Name, v.Phone = "", v.Who
	}
	for i := range list {
		c := &list[i]
		if v.Who == string(c.Case) { // no name to begin another case with
			v.Name, v.Phone = "", c.Phone
		}
		line := callerLine{caseLine: p.caseLine(&c.CaseRow), Phone: strings.TrimPrefix(c.Phone, "+86")}
		if c.Charge != nil {
			line.Charge = c.Charge.Name + " " + p.department(c.Charge.Department)
		}
		if chain := ident.Administrative().Chain(c.Region); c.Region != p.Actor.Region && len(chain) > 0 {
			line.Region = chain[0].Name
		}
		if c.Sees {
			line.Href = caseAddress(c.Case)
		}
		v.Lines = append(v.Lines, line)
	}
	return p.showCallers(http.StatusOK, v)
}

// todayPage lists whom the person helps, with what each still lacks (便民服务站), and hands the list over at the end of a shift.
type todayPage struct {
	*page
	ID    string
	Lines []todayLine
	To    ui.Field
}

type todayLine struct {
	caseLine
	Href   string
	Lacks  []string
	Cannot string // why it was not handed over
}

func (d *Desk) today(p *page, _ *http.Request) error {
	if !p.keepsDoor() {
		return hall.ErrNotFound
	}
	return p.showToday(http.StatusOK, nil)
}

// shownLacks is how many missing answers a line names; the rest is a number.
const shownLacks = 3

func (p *page) showToday(status int, cannot map[caseflow.CaseNo]string) error {
	views, err := p.desk.hall.Helped(p.r.Context(), p.Actor)
	if err != nil {
		return err
	}
	p.Title = p.T("desk.nav.today")
	v := &todayPage{page: p, ID: kit.NewRequestID(), To: ui.Field{Kind: ui.KindSelect, Name: "to", Label: p.T("desk.today.to"), Error: p.Errors.Of("to")}}
	for _, view := range views {
		c := view.Case
		line := todayLine{Href: caseAddress(c.No), Cannot: cannot[c.No], caseLine: caseLine{No: c.No, State: p.phase(c), Service: view.Item.Name.In(p.Lang),
			about: aboutOf(view.Item.SubjectOf(c.Form), c.Applicant.Name, string(c.Applicant.Document.Type))}}
		if c.Phase == caseflow.PhaseDraft || c.Phase == caseflow.PhaseCorrecting {
			line.Href += "/intake"
		}
		if line.Lacks, err = p.lacks(view); err != nil {
			return err
		}
		v.Lines = append(v.Lines, line)
	}
	for _, o := range p.posts(p.Actor.Region, []string{caseflow.RoleClerk}) {
		if post := readPost(o.Value); post.Person != "" && post.Department == p.Actor.Department {
			v.To.Options = append(v.To.Options, o)
		}
	}
	form.Narrow(&v.To, p.r.PostForm, p.Lang)
	return p.write(status, "today", v)
}

// lacks names the first answers and materials that a request still needs, and how many more there are.
func (p *page) lacks(v *hall.View) ([]string, error) {
	env, err := p.desk.hall.Env(p.r.Context(), v.Case.Region, caseflow.Submit{})
	if err != nil {
		return nil, err
	}
	var list []string
	missing := v.Missing(env)
	for i, f := range missing {
		if i == shownLacks {
			return append(list, p.T("desk.today.more", strconv.Itoa(len(missing)-i))), nil
		}
		list = append(list, p.lackOf(v.Item, f))
	}
	return list, nil
}

// handToday gives the helped cases to a colleague, each by a command of its own, and says which could not be.
func (d *Desk) handToday(p *page, r *http.Request) error {
	if !p.keepsDoor() {
		return hall.ErrNotFound
	}
	if form.Narrows(r.PostForm, "to") {
		return p.showToday(http.StatusOK, nil)
	}
	typed := answers(r.PostForm)
	to := readPost(typed.get("to"))
	if to.Person == "" || to.Department != p.Actor.Department {
		p.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "to", Text: p.T("case.fault.choose", p.T("desk.today.to"))}}}
		return p.showToday(http.StatusUnprocessableEntity, nil)
	}
	views, err := d.hall.Helped(r.Context(), p.Actor)
	if err != nil {
		return err
	}
	cannot := map[caseflow.CaseNo]string{}
	for _, v := range views {
		a := v.Case.Assistance
		_, err := d.hall.Do(r.Context(), p.Actor, typed.get(kit.RequestField)+"."+string(v.Case.No), store.Key{Region: v.Case.Region, Case: v.Case.No},
			caseflow.Assist{How: caseflow.AssistOfficial, Why: a.Why, Post: to, Phone: a.Phone})
		if refusal, refused := kit.Refusal(err); refused {
			cannot[v.Case.No] = p.refusalText(refusal)
		} else if err != nil {
			return err
		}
	}
	if len(cannot) > 0 {
		return p.showToday(http.StatusUnprocessableEntity, cannot)
	}
	return p.back("/desk/today")
}
