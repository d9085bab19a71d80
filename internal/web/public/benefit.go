package public

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// benefitView is what nobody asked for (免申即享): how much, why, until when it can be declined, and the one button for that.
type benefitView struct {
	Rows      []ui.SummaryRow
	Declined  string // when it was declined, and whom to ask; empty if it was not
	Decline   string // address; empty once it is too late
	RequestID string
}

// benefit is nil of a case that somebody asked for.
func (o *own) benefit(may bool) *benefitView {
	b := o.Item.Benefit
	if b == nil {
		return nil
	}
	t := func(key string, args ...any) string { return i18n.T(o.lang, key, args...) }
	v := &benefitView{Rows: []ui.SummaryRow{
		{Label: t("public.benefit-amount"), Value: ident.FormatYuan(b.Fen)},
		{Label: t("public.benefit-who"), Value: b.Who.In(o.lang)},
		{Label: t("public.benefit-why"), Value: b.Why.In(o.lang)},
	}}
	if o.Case.Phase == caseflow.PhaseWithdrawn {
		v.Declined = t("public.benefit-declined", i18n.Moment(o.lang, o.Case.Ended), o.Item.Contact.Ask)
	}
	stop := o.Case.Stopped()
	if !may || stop == nil {
		return v
	}
	if k := o.Case.Clock(caseflow.StopClockID(stop.ID)); k != nil {
		v.Rows = append(v.Rows, ui.SummaryRow{Label: t("public.benefit-until"), Value: i18n.Due(o.lang, k.Due)})
	}
	v.Decline, v.RequestID = o.path("/withdraw"), page.NewRequestID()
	return v
}

// postedView is a public notice of the case, and what was held against it. Who objected is not told.
type postedView struct {
	Name, State, Href string
	Objections        []objectionView
}

type objectionView struct {
	At, Words, State, Answer string
}

func (o *own) posted() []postedView {
	var list []postedView
	for i := range o.Case.Publications {
		p := &o.Case.Publications[i]
		v := postedView{State: i18n.T(o.lang, "case.publication."+p.State), Href: "/notices/" + hall.NoticeID(o.key.Case, p.No)}
		if def := o.Item.StepByID(p.Step); def != nil {
			v.Name = def.Name.In(o.lang)
		}
		for _, x := range p.Objections {
			v.Objections = append(v.Objections, objectionView{i18n.Moment(o.lang, x.At), x.Words, i18n.T(o.lang, "case.objection."+x.State), x.Answer})
		}
		list = append(list, v)
	}
	return list
}

// cancelled says that what the case granted was ended; empty if it was not.
func (o *own) cancelled() string {
	k := o.Case.Cancelled
	if k == nil {
		return ""
	}
	return i18n.T(o.lang, "public.cancelled-by", i18n.Moment(o.lang, k.At), string(k.By))
}

// benefitSwitch is the one switch for all that nobody asked for.
type benefitSwitch struct {
	Off  bool
	Says string
}

// benefitSwitch tells how the switch of a space stands; nil for who may not turn it.
func (s *Site) benefitSwitch(r *http.Request, by caseflow.Actor, v *myView) (*benefitSwitch, error) {
	if !slices.ContainsFunc(s.guides.Items(), func(it *caseflow.Item) bool { return it.Benefit != nil && it.OfferedIn(s.region) }) {
		return nil, nil // there is none of the kind here
	}
	b, err := s.hall.Benefits(r.Context(), by, v.Owner())
	switch {
	case errors.Is(err, hall.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case b.Off.IsZero():
		return &benefitSwitch{Says: v.T("public.benefit-is-on")}, nil
	}
	return &benefitSwitch{Off: true, Says: v.T("public.benefit-is-off", i18n.Moment(v.Lang, b.Off))}, nil
}

// switchBenefits turns the switch.
func (s *Site) switchBenefits(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	owner := r.PostFormValue(forField)
	if _, err := s.hall.SwitchBenefits(r.Context(), by, owner, r.PostFormValue("off") == "yes"); err != nil {
		s.fail(w, r, err)
		return
	}
	to := "/my"
	if owner != "" {
		to += "?" + url.Values{forField: {owner}}.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
