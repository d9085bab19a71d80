package public

import (
	"net/http"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// noticesView lists what cases of the place show to everybody (公示).
type noticesView struct {
	ui.Page
	Running bool
	Other   ui.Link // to all of them, or only to those that run
	List    []noticeLine
	More    string
	Beside  []ui.Link // what else is public
}

// Empty says why the list is empty.
func (v *noticesView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.notices-none"), Why: v.T("public.notices-none-why"), Do: &v.Other}
}

// noticeLine is one notice in the list.
type noticeLine struct {
	Title, Subject, Href, State string
	Running                     bool
	From, Until                 string
}

func (s *Site) notices(w http.ResponseWriter, r *http.Request) {
	by, _, _ := access.FromRequest(r)
	v := &noticesView{Page: s.narrow(r, "", ""), Running: r.URL.Query().Get("all") == ""}
	v.Title, v.Beside = v.T("public.notices-title"), s.kit.Beside(r, &v.Page)
	v.Other = ui.Link{Text: v.T("public.notices-all"), Href: "/notices?all=1"}
	if !v.Running {
		v.Other = ui.Link{Text: v.T("public.notices-running"), Href: "/notices"}
	}
	list, more, err := s.hall.Notices(r.Context(), by, s.region, v.Running, r.URL.Query().Get("after"), 50)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if more != "" {
		v.More = v.With("after", more)
	}
	for i := range list {
		p := &list[i]
		line := noticeLine{Title: p.Name.In(v.Lang), Href: "/notices/" + hall.NoticeID(p.Case, p.No), State: v.T("case.publication." + p.State),
			Running: p.State == caseflow.PublicationRunning, From: i18n.Moment(v.Lang, p.From), Until: i18n.Due(v.Lang, p.Until)}
		if facts := page.Shown(p, v.Lang, form.Reading); len(facts) > 0 {
			line.Subject = facts[0].Value
		}
		v.List = append(v.List, line)
	}
	s.kit.Show(w, http.StatusOK, "public/notices", v)
}

// noticeView is one notice, with the form to object to it while it runs.
type noticeView struct {
	ui.Page
	State     ui.Notice
	Service   string
	Rows      []ui.SummaryRow
	Who, Desk string
	Ends      bool
	Running   bool
	Mine      bool // an official or a citizen is signed in: nothing of them is asked
	Fields    []ui.Field
	Action    string
	RequestID string
	Done      *ui.Panel
}

func (s *Site) notice(w http.ResponseWriter, r *http.Request) { s.showNotice(w, r, nil, false) }

// object files an objection. A double click files one.
func (s *Site) object(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	by, _, _ := access.FromRequest(r)
	text := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	_, err := s.hall.Object(r.Context(), by, page.RequestID(r), r.PathValue("notice"), caseflow.Object{
		Reason: text("reason"), Words: text("words"), Name: text("name"), Contact: text("contact")})
	refusal, no := page.Refusal(err)
	switch {
	case no && refusal.Code == caseflow.CodeForm && len(refusal.Fields) > 0:
		errs := &ui.Errors{}
		for _, f := range refusal.Fields {
			errs.Faults = append(errs.Faults, ui.Fault{Field: f.Field, Text: i18n.T(page.Lang(r), "public.object-"+f.Field+"-fault")})
		}
		s.showNotice(w, r, errs, false)
	case err != nil:
		s.fail(w, r, err)
	default:
		s.showNotice(w, r, nil, true)
	}
}

func (s *Site) showNotice(w http.ResponseWriter, r *http.Request, errs *ui.Errors, done bool) {
	by, _, signed := access.FromRequest(r)
	p, err := s.hall.Notice(r.Context(), by, r.PathValue("notice"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &noticeView{Page: s.narrow(r, "", "/notices"), Action: "/notices/" + hall.NoticeID(p.Case, p.No), RequestID: page.NewRequestID(), Mine: signed,
		Ends: p.Ends, Running: p.State == caseflow.PublicationRunning}
	it := s.guides.Item(p.Pack, p.Version, p.Item)
	v.Title, v.Service, v.Rows, v.Errors = p.Name.In(v.Lang), p.Of.In(v.Lang), page.Shown(p, v.Lang, form.Reading), errs
	v.Who, v.Desk = p.Who.In(v.Lang), s.department(it, v.Lang)(p.Desk)
	v.State = ui.Notice{Title: v.T("public.notice-state-"+p.State, i18n.Due(v.Lang, p.Until))}
	if done {
		v.Done = &ui.Panel{Title: v.T("public.objected-title"), Label: v.T("public.objected-label"), Number: hall.NoticeID(p.Case, p.No), Text: v.T("public.objected-text", v.Desk)}
		s.kit.Show(w, http.StatusOK, "public/notice", v)
		return
	}
	v.Fields = s.objectFields(r, p, v, errs)
	status := http.StatusOK
	if errs != nil {
		status = http.StatusUnprocessableEntity
	}
	s.kit.Show(w, status, "public/notice", v)
}

// objectFields asks for the grounds, and of who has not signed in for a name and a way to answer.
func (s *Site) objectFields(r *http.Request, p *hall.Posted, v *noticeView, errs *ui.Errors) []ui.Field {
	field := func(kind, name string) ui.Field {
		return ui.Field{Kind: kind, Name: name, Label: v.T("public.object-" + name), Value: r.PostFormValue(name), Error: errs.Of(name)}
	}
	var list []ui.Field
	if len(p.Ask) > 0 {
		reason := field(ui.KindRadio, "reason")
		for _, o := range p.Ask {
			reason.Options = append(reason.Options, ui.Option{Value: o.Value, Label: o.Label.In(v.Lang)})
		}
		list = append(list, reason)
	}
	words := field(ui.KindTextarea, "words")
	words.Hint, words.Max = v.T("public.object-words-hint"), caseflow.MaxWords
	list = append(list, words)
	if v.Mine {
		return list
	}
	name, contact := field(ui.KindText, "name"), field(ui.KindText, "contact")
	name.Autocomplete, contact.Autocomplete, contact.Hint = "name", "tel", v.T("public.object-contact-hint")
	return append(list, name, contact)
}
