package public

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// shownCases is how many cases /my lists at once.
const shownCases = 50

// myView is a person's own space.
type myView struct {
	ui.Page
	Mend    []caseLine // the applicant's turn, first
	Drafts  []caseLine
	Running []caseLine
	Ended   []caseLine
	Unread  int
	More    string
	None    bool
}

// Empty says why there is nothing, and what to do.
func (v *myView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.my-none"), Why: v.T("public.my-none-why"), Do: &ui.Link{Text: v.T("public.my-find"), Href: "/"}}
}

// caseLine is a case in a person's own list.
type caseLine struct {
	No, Item, State, Href string
	Subject, For          string
	At                    time.Time
	Lamp                  *ui.Lamp
	Points                int
}

func (s *Site) my(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	rows, more, err := s.hall.Cases(r.Context(), by, store.CaseQuery{Region: s.region, Cursor: r.URL.Query().Get("after"), Limit: shownCases})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &myView{Page: s.frame(r, ""), None: len(rows) == 0}
	v.Title, v.Narrow = v.T("public.my"), true
	if more != "" {
		v.More = v.With("after", more)
	}
	clocks, err := s.hall.Standings(r.Context(), by, s.region, rows)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range rows {
		line := s.line(&rows[i], clocks[rows[i].Case], v.Lang)
		list := &v.Running
		switch {
		case rows[i].Phase == caseflow.PhaseCorrecting:
			list = &v.Mend
		case rows[i].Phase == caseflow.PhaseDraft:
			list = &v.Drafts
		case !rows[i].Phase.Open():
			list = &v.Ended
		}
		*list = append(*list, line)
	}
	messages, _, err := s.hall.Messages(r.Context(), by, s.region, "", 100)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, m := range messages {
		if m.Read.IsZero() {
			v.Unread++
		}
	}
	s.kit.Show(w, http.StatusOK, "public/my", v)
}

// line is a case as its row and the rows of its clocks tell: no case is loaded for the list.
func (s *Site) line(row *store.CaseRow, clocks []hall.Standing, lang string) caseLine {
	l := caseLine{No: string(row.Case), Item: string(row.Item), State: i18n.T(lang, "case.phase."+string(row.Phase)),
		Href: "/my/cases/" + string(row.Case), Subject: row.Subject.Text, For: row.Applicant, At: row.Updated, Points: row.Points}
	if l.Subject == "" || l.Subject == l.For { // the applicant stands alone
		l.Subject, l.For = l.For, ""
	}
	if it := s.hall.Item(row.Item); it != nil {
		l.Item = it.Name.In(lang)
	}
	if row.Phase == caseflow.PhaseDraft {
		return l
	}
	for _, id := range []string{caseflow.ClockCorrection, caseflow.ClockPromised, caseflow.ClockAcceptance} {
		if i := slices.IndexFunc(clocks, func(k hall.Standing) bool { return k.ID == id }); i >= 0 {
			lamp := page.Lamp(&clocks[i].Clock, s.hall.Calendar(row.Region), s.hall.Now(), lang)
			lamp.Why = clocks[i].Why
			l.Lamp = &lamp
			break
		}
	}
	return l
}

// licencesView lists what a person's own cases have granted.
type licencesView struct {
	ui.Page
	Licences []ui.Licence
}

// Empty says why there is nothing.
func (v *licencesView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.licences-none"), Why: v.T("public.licences-none-why")}
}

func (s *Site) licences(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	v := &licencesView{Page: s.frame(r, "")}
	v.Title = v.T("public.licences")
	v.Back = &ui.Link{Text: v.T("public.my"), Href: "/my"}
	rows, _, err := s.hall.Cases(r.Context(), by, store.CaseQuery{Region: s.region, Limit: 200,
		Phases: []caseflow.Phase{caseflow.PhaseRunning, caseflow.PhaseGranted, caseflow.PhaseClosed, caseflow.PhaseRevoked}})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	granted, err := s.hall.Granted(r.Context(), by, s.region, rows)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range granted {
		g := &granted[i]
		card := licenceCard(&g.Licence, v.Lang)
		card.Href = "/my/cases/" + string(g.Case.Case) + "/licences/" + g.No
		if it := s.guides.Item(g.Case.Pack, g.Case.Version, g.Case.Item); it != nil {
			card.Issuer = s.department(it, v.Lang)(hall.Issuer(&g.Licence, it))
		}
		v.Licences = append(v.Licences, card)
	}
	s.kit.Show(w, http.StatusOK, "public/licences", v)
}

// messagesView lists the messages to a person.
type messagesView struct {
	ui.Page
	Messages []messageLine
	Unread   int
}

// Empty says why there is nothing.
func (v *messagesView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.messages-none"), Why: v.T("public.messages-none-why")}
}

// messageLine is one message.
type messageLine struct {
	Text, Case, Subject, Href string
	At                        time.Time
	New                       bool
}

func (s *Site) messages(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	list, _, err := s.hall.Messages(r.Context(), by, s.region, "", 100)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &messagesView{Page: s.frame(r, "")}
	v.Title = v.T("public.messages")
	v.Back = &ui.Link{Text: v.T("public.my"), Href: "/my"}
	for i := range list {
		v.Messages = append(v.Messages, s.messageOf(&list[i], v.Lang))
		if list[i].Read.IsZero() {
			v.Unread++
		}
	}
	s.kit.Show(w, http.StatusOK, "public/messages", v)
}

// messageOf words a message in the language of who reads it.
func (s *Site) messageOf(m *store.Message, lang string) messageLine {
	var n hall.Notice
	line := messageLine{Case: string(m.Case), Href: "/my/cases/" + string(m.Case), At: m.Sent, New: m.Read.IsZero()}
	if err := json.Unmarshal(m.Body, &n); err != nil {
		line.Text = i18n.T(lang, "public.message.other", "")
		return line
	}
	line.Text, line.Subject = s.guides.Message(m.Template, n, lang), n.Subject
	return line
}

// readMessages marks all that is shown as read.
func (s *Site) readMessages(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	list, _, err := s.hall.Messages(r.Context(), by, s.region, "", 100)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range list {
		if !list[i].Read.IsZero() {
			continue
		}
		if err := s.hall.ReadMessage(r.Context(), by, list[i].MessageKey); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, "/my/messages", http.StatusSeeOther)
}

func momentOf(v *receiptView, t time.Time) string { return i18n.Moment(v.Lang, t) }
