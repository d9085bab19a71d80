package public

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// shownCases is how many cases /my lists at once.
const shownCases = 50

// forField names whose space a page shows; empty for one's own.
const forField = "for"

// space is what the pages of a space share: whose it is, and how to get to the others.
type space struct {
	ui.Page
	Space  *hall.Space
	Spaces []ui.Link // the own one and those of whom one may act for; none if there are no others
}

// Query is what the address of a page of the space carries.
func (v *space) Query() string {
	if v.Space.Own {
		return ""
	}
	return "?" + url.Values{forField: {v.Space.Owner}}.Encode()
}

// Owner is the owner as a form sends it; empty for oneself.
func (v *space) Owner() string {
	if v.Space.Own {
		return ""
	}
	return v.Space.Owner
}

// spacePage starts a page of the space that the request names. One that the actor may not see reads as not found.
func (s *Site) spacePage(r *http.Request, by caseflow.Actor, title, back string) (space, error) {
	v := space{Page: s.frame(r, "")}
	v.Title, v.Narrow = v.T(title), true
	var err error
	if v.Space, err = s.hall.Space(r.Context(), by, r.FormValue(forField)); err != nil {
		return v, err
	}
	if !v.Space.Own {
		v.For, v.Legal = v.Space.Name, v.Space.Legal
	}
	if back != "" {
		v.Back = &ui.Link{Text: v.T("public.my"), Href: back + v.Query()}
	}
	return v, nil
}

// myView is a person's own space, or that of somebody whom they act for.
type myView struct {
	space
	Mend    []caseLine // the applicant's turn, first
	Drafts  []caseLine
	Running []caseLine
	Ended   []caseLine
	Unread  int
	Benefit *benefitSwitch // nil: who looks may not say
	More    string
	None    bool
	Beside  []ui.Link // pages of modules that are one's own
}

// Empty says why there is nothing, and what to do.
func (v *myView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.my-none"), Why: v.T("public.my-none-why"), Do: &ui.Link{Text: v.T("public.my-find"), Href: "/"}}
}

// Whole reports whether the list holds the first cases of the space; the pages after it hold older ones.
func (v *myView) Whole() bool { return !strings.Contains(v.Here, "after=") }

// caseLine is a case in a person's own list.
type caseLine struct {
	No, Item, State, Href string
	Subject, For          string
	At                    time.Time
	Lamp                  *ui.Lamp
	Points                int
}

func (s *Site) my(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	sp, err := s.spacePage(r, by, "public.my", "")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &myView{space: sp}
	v.Beside = s.kit.Beside(r, &v.Page)
	if err := errors.Join(s.switcher(r, by, &v.space), s.myCases(r, by, v), s.unread(r, by, v)); err != nil {
		s.fail(w, r, err)
		return
	}
	if v.Benefit, err = s.benefitSwitch(r, by, v); err != nil {
		s.fail(w, r, err)
		return
	}
	s.kit.Show(w, http.StatusOK, "public/my", v)
}

// switcher lists the spaces that the actor can go to.
func (s *Site) switcher(r *http.Request, by caseflow.Actor, v *space) error {
	others, err := s.hall.Spaces(r.Context(), by)
	if err != nil || len(others) == 0 {
		return err
	}
	v.Spaces = []ui.Link{{Text: v.T("public.space-own", by.Name), Href: "/my", Current: v.Space.Own}}
	for i := range others {
		v.Spaces = append(v.Spaces, ui.Link{Text: others[i].Name, Href: "/my?" + url.Values{forField: {others[i].Owner}}.Encode(),
			Current: others[i].Owner == v.Space.Owner})
	}
	return nil
}

// pending are the phases of cases that are not to be corrected.
var pending = slices.DeleteFunc(caseflow.Phases(), func(p caseflow.Phase) bool { return p == caseflow.PhaseCorrecting })

// myCases lists what the applicant has to mend, however old it is, and then a page of the rest, from rows alone.
func (s *Site) myCases(r *http.Request, by caseflow.Actor, v *myView) error {
	q := store.CaseQuery{Region: s.region, Owner: v.Space.Owner, Limit: shownCases, Phases: []caseflow.Phase{caseflow.PhaseCorrecting}}
	mend, _, err := s.hall.Cases(r.Context(), by, q)
	if err != nil {
		return err
	}
	q.Phases, q.Cursor = pending, r.URL.Query().Get("after")
	rows, more, err := s.hall.Cases(r.Context(), by, q)
	if err != nil {
		return err
	}
	if more != "" {
		v.More = v.With("after", more)
	}
	rows = append(mend, rows...)
	v.None = len(rows) == 0
	clocks, err := s.hall.Standings(r.Context(), v.Space, s.region, rows)
	if err != nil {
		return err
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
	return nil
}

// unread counts the messages of the space that nobody has read, up to a hundred.
func (s *Site) unread(r *http.Request, by caseflow.Actor, v *myView) error {
	list, _, err := s.hall.Messages(r.Context(), by, v.Space.Owner, store.MessageQuery{Region: s.region, Unread: true, Limit: 100})
	v.Unread = len(list)
	return err
}

// line is a case as its row and the rows of its clocks tell: no case is loaded for the list.
func (s *Site) line(row *store.CaseRow, clocks []hall.Standing, lang string) caseLine {
	l := caseLine{No: string(row.Case), Item: string(row.Item), State: page.PhaseName(lang, "case.phase.", row.Phase, row.Discarded()),
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

// licencesView lists the licences of a space.
type licencesView struct {
	space
	Licences []heldLicence
}

// heldLicence is a licence with what its holder does about its end.
type heldLicence struct {
	ui.Licence
	Ask   string // by when another is asked for, "" if it never expires
	Renew *ui.Link
}

// Empty says why there is nothing.
func (v *licencesView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.licences-none"), Why: v.T("public.licences-none-why")}
}

func (s *Site) licences(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	sp, err := s.spacePage(r, by, "public.licences", "/my")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &licencesView{space: sp}
	v.Narrow = false
	list, err := s.hall.Licences(r.Context(), by, v.Space.Owner, s.region)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range list {
		v.Licences = append(v.Licences, s.held(&list[i], &v.Page))
	}
	s.kit.Show(w, http.StatusOK, "public/licences", v)
}

// held is a licence with its case, if that can be opened, and with when and where another is asked for (行政许可法 art. 50).
func (s *Site) held(l *hall.Licensed, p *ui.Page) heldLicence {
	h := heldLicence{Licence: licenceCard(&l.Licence, p.Lang, workday.DateOf(s.hall.Now()))}
	h.QR = "" // on its own page: a long list of pictures is no list
	it := s.hall.Item(l.Item)
	if l.Row != nil {
		h.Href = "/my/cases/" + string(l.Case.Case) + "/licences/" + l.No
		it = s.guides.Item(l.Row.Pack, l.Row.Version, l.Row.Item)
	} else {
		h.Href = h.Verify
	}
	if it != nil {
		h.Issuer = s.department(it, p.Lang)(hall.Issuer(&l.Licence, it))
	}
	if l.Expires.IsZero() || h.State != caseflow.LicenceValid {
		return h
	}
	h.Ask = (l.Expires - caseflow.AskBefore).Text(p.Lang)
	for _, it := range s.guides.Items() {
		if it.Renews != nil && it.Renews.Licence == l.Kind && it.OfferedIn(s.region) {
			h.Renew = &ui.Link{Text: it.Name.In(p.Lang), Href: "/services/" + string(it.ID) + "/start"}
		}
	}
	return h
}

// messagesView lists the messages of a space.
type messagesView struct {
	space
	Messages []messageLine
	Unread   int
	More     string
}

// Empty says why there is nothing.
func (v *messagesView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.messages-none"), Why: v.T("public.messages-none-why")}
}

// messageLine is one message.
type messageLine struct {
	ID                        string // to mark it as read
	Text, Case, Subject, Href string
	At                        time.Time
	New                       bool
}

// shownMessages is how many messages a page lists.
const shownMessages = 30

func (s *Site) messages(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	sp, err := s.spacePage(r, by, "public.messages", "/my")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q := store.MessageQuery{Region: s.region, Cursor: r.URL.Query().Get("after"), Limit: shownMessages}
	list, more, err := s.hall.Messages(r.Context(), by, sp.Space.Owner, q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &messagesView{space: sp}
	if more != "" {
		v.More = v.With("after", more)
	}
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
	line := messageLine{ID: fmt.Sprintf("%s.%d.%d", m.Case, m.Entry, m.Index), Case: string(m.Case), Href: "/my/cases/" + string(m.Case), At: m.Sent, New: m.Read.IsZero()}
	if err := json.Unmarshal(m.Body, &n); err != nil {
		line.Text = i18n.T(lang, "public.message.other", "")
		return line
	}
	line.Text, line.Subject = s.guides.Message(m.Template, n, lang), n.Subject
	return line
}

// readMessages marks one message as read, or all of the space.
func (s *Site) readMessages(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	sp, err := s.spacePage(r, by, "public.messages", "/my")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if id := r.PostFormValue("message"); id != "" {
		err = s.readMessage(r, by, id)
	} else {
		err = s.hall.ReadMessages(r.Context(), by, sp.Space.Owner, s.region)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/my/messages"+sp.Query(), http.StatusSeeOther)
}

// readMessage marks the message with an id as messageOf gives it.
func (s *Site) readMessage(r *http.Request, by caseflow.Actor, id string) error {
	var entry, index int
	no, rest, _ := strings.Cut(id, ".")
	if n, err := fmt.Sscanf(rest, "%d.%d", &entry, &index); n != 2 || err != nil {
		return hall.ErrNotFound
	}
	key, err := hall.KeyOf(no)
	if err != nil {
		return err
	}
	return s.hall.ReadMessage(r.Context(), by, store.MessageKey{Key: key, Entry: entry, Index: index})
}
