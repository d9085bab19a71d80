package credit

import (
	"context"
	"slices"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
)

// OfCase shows the party of a case, with its tier explained, to an official who may look at parties (credit.see) and has looked by the
// command consult at a step of the case whose pack demands it. The look is recorded with the case as its reason. ErrNotFound for
// everybody else, and if nothing is known of the party.
func (m *Module) OfCase(ctx context.Context, by caseflow.Actor, no string) (*Dossier, error) {
	key, err := hall.KeyOf(no)
	if err != nil {
		return nil, err
	}
	v, err := m.hall.View(ctx, by, key, "credit", "")
	if err != nil {
		return nil, err
	}
	return m.dossierOf(ctx, by, v)
}

func (m *Module) dossierOf(ctx context.Context, by caseflow.Actor, v *hall.View) (*Dossier, error) {
	party := partyOf(v.Case)
	if party == "" || !consulted(v, by) || ident.Service().City(by.Region) != ident.Service().City(v.Case.Region) {
		return nil, hall.ErrNotFound
	}
	return m.See(ctx, by, party, string(v.Case.No)+" "+v.Item.Name.ZH)
}

// consulted reports whether an official has looked at a step of a case that demands it.
func consulted(v *hall.View, by caseflow.Actor) bool {
	return by.ID != "" && slices.ContainsFunc(v.Case.Steps, func(st caseflow.StepState) bool {
		def := v.Item.StepByID(st.ID)
		return def != nil && def.Consults == caseflow.ConsultCredit && slices.Contains(st.Consulted, by.ID)
	})
}

// standing is the tier in a line, for the history of a party beside a case; nil if the official is not told.
func (m *Module) standing(ctx context.Context, lang string, by caseflow.Actor, v *hall.View) (*page.Standing, error) {
	d, err := m.dossierOf(ctx, by, v)
	if missing(err) || err == nil && d.Standard == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &page.Standing{Text: i18n.T(lang, "credit.standing", i18n.T(lang, "credit.tier."+string(d.Stands.Tier)), points(d.Stands.Points)), Note: i18n.T(lang, "credit.standing-note"),
		Why: checkHome + "/" + string(v.Case.No) + "/party"}, nil
}
