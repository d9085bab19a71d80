package public

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// rateView asks how the service was.
type rateView struct {
	ui.Page
	Item      string
	Rating    ui.Rating
	Fields    []ui.Field
	Action    string
	RequestID string
	Cancel    string
}

// rateTags are the reasons that may be ticked; their words stand in the catalogue.
var rateTags = []string{"fast", "clear", "kind", "once", "slow", "unclear", "rude", "twice"}

// mayRate is why the viewer may not rate the channel that the case came through, nil if they may.
func (s *Site) mayRate(v *hall.View) *caseflow.Refusal {
	return s.tryRate(v, caseflow.Rate{Channel: v.Case.Channel, Level: 5})
}

func (s *Site) tryRate(v *hall.View, cmd caseflow.Rate) *caseflow.Refusal {
	_, refusal := v.Try(cmd, caseflow.Env{Now: s.hall.Now(), Calendar: s.hall.Calendar(v.Case.Region)})
	return refusal
}

func (s *Site) ratePage(w http.ResponseWriter, r *http.Request, o *own) {
	if refusal := s.mayRate(o.View); refusal != nil {
		s.fail(w, r, refusal)
		return
	}
	s.showRate(w, r, o.View, o.path(""), nil)
}

// showRate asks how the service of a case was; back leads to the page of the case.
func (s *Site) showRate(w http.ResponseWriter, r *http.Request, of *hall.View, back string, errs *ui.Errors) {
	v := &rateView{Page: s.narrow(r, "", back), Action: r.URL.Path, RequestID: page.NewRequestID(), Cancel: back}
	v.Title, v.Errors, v.Item = v.T("public.rate-title"), errs, of.Item.Name.In(v.Lang)
	v.Rating = ui.Rating{Name: "level", Legend: v.T("public.rate-legend"), Value: r.PostFormValue("level"), Error: errs.Of("level")}
	tags := ui.Field{Kind: ui.KindCheckbox, Name: "tags", Label: v.T("public.rate-tags"), Optional: true, Values: r.PostForm["tags"]}
	for _, t := range rateTags {
		tags.Options = append(tags.Options, ui.Option{Value: t, Label: v.T("public.tag." + t)})
	}
	v.Fields = []ui.Field{tags, {Kind: ui.KindTextarea, Name: "words", Label: v.T("public.rate-words"), Optional: true,
		Hint: v.T("public.rate-words-hint"), Value: r.PostFormValue("words"), Error: errs.Of("words")}}
	if of.AsksPhone() && of.Case.Owner == "" {
		v.Fields = append(v.Fields, ui.Field{Kind: ui.KindNumber, Name: "phone", Label: v.T("public.rate-phone"), Hint: v.T("public.rate-phone-hint"),
			Width: "short", Value: r.PostFormValue("phone"), Error: errs.Of("phone")})
	}
	status := http.StatusOK
	if errs != nil {
		status = http.StatusUnprocessableEntity
	}
	s.kit.Show(w, status, "public/rate", v)
}

// rating reads the command that was filled in.
func rating(r *http.Request, channel string) caseflow.Rate {
	level, err := strconv.Atoi(r.PostForm.Get("level"))
	if err != nil {
		level = 0 // no level, which the core refuses
	}
	cmd := caseflow.Rate{Channel: channel, Level: level, Words: strings.TrimSpace(r.PostForm.Get("words"))}
	for _, t := range r.PostForm["tags"] {
		if slices.Contains(rateTags, t) {
			cmd.Tags = append(cmd.Tags, t)
		}
	}
	return cmd
}

// rateFault is the question that a refusal of a rating speaks of, with its words; nil if it speaks of none.
func rateFault(lang string, refusal *caseflow.Refusal) []ui.Fault {
	for code, field := range map[string]string{caseflow.CodeLevel: "level", caseflow.CodeWords: "words"} {
		if refusal != nil && refusal.Code == code {
			return []ui.Fault{{Field: field, Text: page.Sentence(lang, refusal)}}
		}
	}
	return nil
}

func (s *Site) rate(w http.ResponseWriter, r *http.Request, o *own) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	_, err := s.do(r, o, rating(r, o.Case.Channel))
	refusal, _ := page.Refusal(err)
	s.rated(w, r, o.View, o.path(""), rateFault(o.lang, refusal), err)
}

// rated leads back to the case, or to the form with what is to be mended.
func (s *Site) rated(w http.ResponseWriter, r *http.Request, of *hall.View, back string, faults []ui.Fault, err error) {
	switch {
	case len(faults) > 0:
		s.showRate(w, r, of, back, &ui.Errors{Faults: faults})
	case err != nil:
		s.fail(w, r, err)
	default:
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

// bearerRatePage asks whoever was served at a window without an account, and holds the receipt (国办发〔2019〕51号: who was
// served rates, at the window too).
func (s *Site) bearerRatePage(w http.ResponseWriter, r *http.Request) {
	v, _ := s.byReceipt(w, r)
	if v == nil {
		return
	}
	if refusal := s.mayRate(v); refusal != nil {
		s.fail(w, r, refusal)
		return
	}
	s.showRate(w, r, v, progressAddress(v.Case.No, r.PathValue("digits")), nil)
}

func (s *Site) bearerRate(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	v, _ := s.byReceipt(w, r)
	if v == nil {
		return
	}
	phone := phoneEnd(r)
	cmd, key := rating(r, v.Case.Channel), store.Key{Region: v.Case.Region, Case: v.Case.No}
	_, err := s.hall.RateByReceipt(r.Context(), page.RequestID(r), key, r.PathValue("digits"), phone, cmd)
	refusal, _ := page.Refusal(err)
	faults := rateFault(page.Lang(r), refusal)
	if errors.Is(err, hall.ErrNotFound) && v.Case.Owner == "" { // the receipt fits, so that the phone does not
		faults = append(rateFault(page.Lang(r), s.tryRate(v, cmd)), ui.Fault{Field: "phone", Text: i18n.T(page.Lang(r), "public.rate-phone-other")})
	}
	s.rated(w, r, v, progressAddress(v.Case.No, r.PathValue("digits")), faults, err)
}

// phoneEnd is the end of a phone that was typed, also of whoever types the whole number.
func phoneEnd(r *http.Request) string {
	phone := ident.Normalise(r.PostForm.Get("phone"))
	return phone[max(0, len(phone)-hall.PhoneDigits):]
}
