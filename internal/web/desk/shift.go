package desk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

const shiftAddress = "/desk/shift"

// shiftPage is the change of shifts (交接班): what is offered to the person, what they have in hand and may hand over, and what they
// gave and took before.
type shiftPage struct {
	*page
	ID     string
	Offers []shiftView // that wait for this person
	Given  []shiftView // that wait for a colleague
	Past   []shiftView
	Next   string // address of older ones
	Hands  []handLine
	More   string // that more is in hand than one hand-over takes
	To     ui.Field
	Words  ui.Field
	Papers ui.Field
}

// handLine is one piece of work that somebody has in hand.
type handLine struct {
	caseLine
	ID     string
	Href   string
	What   []string // what of it is in hand
	Turn   string   // number and window
	Chosen bool
	Cannot string // why the colleague cannot take it
}

// shiftView is a hand-over as a page tells it.
type shiftView struct {
	store.Shift
	Giver, Taker string
	Look         string // of its state
	Lines        []handLine
}

func (d *Desk) shift(p *page, _ *http.Request) error { return p.showShift(http.StatusOK, nil) }

// showShift shows the page, with why pieces cannot be handed over, by their ids.
func (p *page) showShift(status int, cannot map[string]string) error {
	ctx := p.r.Context()
	hands, more, err := p.desk.hall.InHand(ctx, p.Actor)
	if err != nil {
		return err
	}
	list, next, err := p.desk.hall.Shifts(ctx, p.Actor, "", p.r.URL.Query().Get("cursor"), 20)
	if err != nil {
		return err
	}
	p.Title = p.T("desk.nav.shift")
	if p.r.Method == http.MethodPost {
		p.Here = shiftAddress // what was sent to has no page
	}
	if done := p.r.URL.Query().Get("done"); slices.Contains([]string{"give", "take", "decline", "back"}, done) {
		p.Notice = &ui.Notice{Kind: ui.Success, Text: p.T("desk.shift.done-" + done)}
	}
	v := &shiftPage{page: p, ID: kit.NewRequestID()}
	if next != "" {
		v.Next = p.With("cursor", next)
	}
	for i := range list {
		one, err := p.shiftView(&list[i], cannot)
		if err != nil {
			return err
		}
		switch {
		case list[i].State != store.ShiftOffered:
			v.Past = append(v.Past, one)
		case list[i].Taker == p.Actor.ID:
			v.Offers = append(v.Offers, one)
		default:
			v.Given = append(v.Given, one)
		}
	}
	typed := p.r.PostForm
	waits := func(id string) bool { // it is offered already
		return slices.ContainsFunc(v.Given, func(s shiftView) bool {
			return slices.ContainsFunc(s.Lines, func(l handLine) bool { return l.ID == id })
		})
	}
	for i := range hands {
		line := p.handLine(&hands[i], cannot)
		if line.Chosen = !waits(line.ID); typed.Has("to") {
			line.Chosen = slices.Contains(typed["piece"], line.ID)
		}
		v.Hands = append(v.Hands, line)
	}
	if more {
		v.More = p.T("desk.shift.more", hall.MaxPieces)
	}
	v.To = ui.Field{Kind: ui.KindSelect, Name: "to", Label: p.T("desk.today.to"), Error: p.Errors.Of("to"), Value: typed.Get("to"), Options: p.relievers()}
	form.Narrow(&v.To, typed, p.Lang)
	v.Words = ui.Field{Kind: ui.KindTextarea, Name: "words", Label: p.T("desk.shift.words"), Hint: p.T("desk.shift.words-hint"), Optional: true, Value: typed.Get("words"), Error: p.Errors.Of("words")}
	v.Papers = ui.Field{Kind: ui.KindTextarea, Name: "papers", Label: p.T("desk.shift.papers"), Hint: p.T("desk.shift.papers-hint"), Optional: true, Value: typed.Get("papers"), Error: p.Errors.Of("papers")}
	return p.write(status, "shift", v)
}

// relievers are the colleagues of the own department who have a post.
func (p *page) relievers() []ui.Option {
	var list []ui.Option
	people, err := p.desk.accounts.ListOfficials(p.r.Context(), p.Actor.Region)
	if err != nil {
		p.desk.log.Error("people of the region", "region", p.Actor.Region, "err", err)
	}
	for _, a := range people {
		if p.desk.hall.Relieves(p.Actor, &a) {
			list = append(list, ui.Option{Value: a.ID, Label: a.Name})
		}
	}
	return list
}

func (p *page) handLine(h *hall.Hand, cannot map[string]string) handLine {
	line := handLine{ID: h.ID(), Cannot: cannot[h.ID()]}
	if h.Turn != nil {
		line.Turn, line.Href = h.Turn.Label(), lineAddress
		line.What = []string{p.T("desk.shift.at-window", h.Turn.Window)}
		return line
	}
	return p.caseInHand(line, h.View, h.Tasks, h.Assist)
}

// caseInHand fills in what a line tells of a case.
func (p *page) caseInHand(line handLine, v *hall.View, tasks []int, assist bool) handLine {
	c := v.Case
	line.Href = caseAddress(c.No)
	line.caseLine = caseLine{No: c.No, Service: v.Item.Name.In(p.Lang),
		about: aboutOf(v.Item.SubjectOf(c.Form), c.Applicant.Name, string(c.Applicant.Document.Type))}
	for _, id := range tasks {
		if t := c.Task(id); t != nil {
			what := p.T("case.task-kind." + t.Kind)
			if def := v.Item.StepByID(t.Step); def != nil && t.Kind == caseflow.TaskStep {
				what = def.Name.In(p.Lang)
			}
			line.What = append(line.What, what)
		}
	}
	if assist {
		line.What = append(line.What, p.T("case.assist-mark."+caseflow.AssistOfficial))
	}
	return line
}

func (p *page) shiftView(s *store.Shift, cannot map[string]string) (shiftView, error) {
	v := shiftView{Shift: *s, Giver: p.colleague(s.Giver), Taker: p.colleague(s.Taker),
		Look: map[string]string{store.ShiftOffered: "blue"}[s.State]}
	if s.State != store.ShiftOffered { // a number tells enough of what is past
		return v, nil
	}
	hands, err := p.desk.hall.Offered(p.r.Context(), p.Actor, s)
	for i := range hands {
		h := &hands[i]
		line := handLine{ID: h.ID(), Cannot: cannot[h.ID()]}
		switch {
		case h.View != nil || h.Turn != nil:
			line = p.handLine(h, cannot)
		default: // done meanwhile, or somebody else's
			line.caseLine.No, line.What = h.Case, []string{p.T("desk.shift.over")}
		}
		v.Lines = append(v.Lines, line)
	}
	return v, err
}

// offerShift offers what was chosen to a colleague.
func (d *Desk) offerShift(p *page, r *http.Request) error {
	if form.Narrows(r.PostForm, "to") {
		return p.showShift(http.StatusOK, nil)
	}
	typed := answers(r.PostForm)
	pieces := r.PostForm["piece"]
	if pieces == nil {
		pieces = []string{}
	}
	_, err := d.hall.OfferShift(r.Context(), p.Actor, kit.RequestID(r), hall.NewShift{To: typed.get("to"), Words: typed.get("words"), Papers: typed.get("papers"), Pieces: pieces})
	return p.afterShift("give", err)
}

// actShift answers an offer, or takes it back.
func (d *Desk) actShift(p *page, r *http.Request) error {
	id, how, ctx := r.PathValue("shift"), r.PathValue("how"), r.Context()
	var err error
	switch how {
	case "take":
		_, err = d.hall.TakeShift(ctx, p.Actor, id)
	case "decline":
		_, err = d.hall.DeclineShift(ctx, p.Actor, id, answers(r.PostForm).get("reply"))
	case "back":
		_, err = d.hall.BackShift(ctx, p.Actor, id)
	default:
		return hall.ErrNotFound
	}
	return p.afterShift(how, err)
}

// afterShift shows the page again: with what was done, or with what stands in the way.
func (p *page) afterShift(how string, err error) error {
	refusal, refused := kit.Refusal(err)
	if !refused {
		if err != nil {
			return err
		}
		return p.back(shiftAddress + "?done=" + how)
	}
	cannot := map[string]string{}
	p.Errors = &ui.Errors{}
	for _, f := range refusal.Fields {
		piece, of := strings.CutPrefix(f.Field, "pieces.")
		switch {
		case of:
			why := p.sentence(refusal)
			if f.Code == caseflow.CodeNotYours && how == "give" {
				why = p.T("desk.shift.not-theirs")
			}
			cannot[piece] = why
			p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: "piece-" + piece, Text: p.labelled(piece, why)})
		case f.Field == "to":
			p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: "to", Text: p.T("case.fault.choose", p.T("desk.today.to"))})
		case f.Field == "pieces":
			p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Text: p.T("desk.shift.fault-" + f.Code)})
		default:
			p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: f.Field, Text: p.T("case.fault.length", p.T("desk.shift."+f.Field))})
		}
	}
	if len(refusal.Fields) == 0 {
		p.Errors.Faults = []ui.Fault{{Text: p.sentence(refusal)}}
	}
	return p.showShift(http.StatusUnprocessableEntity, cannot)
}

// sentence is a refusal in words.
func (p *page) sentence(r *caseflow.Refusal) string { return kit.Sentence(p.Lang, r) }

// When is when a hand-over was made or settled.
func (v shiftView) When(lang string) string {
	if v.Settled.IsZero() {
		return i18n.Moment(lang, v.Made)
	}
	return i18n.Moment(lang, v.Settled)
}
