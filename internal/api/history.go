package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/workday"
)

// PastCase is another case of the same party, and what became of it.
type PastCase struct {
	Case        caseflow.CaseNo  `json:"case"`
	Region      string           `json:"region"`
	Item        caseflow.ItemID  `json:"item"`
	Name        caseflow.Text    `json:"name"`
	Phase       caseflow.Phase   `json:"phase"`
	Submitted   time.Time        `json:"submitted"`
	Decided     time.Time        `json:"decided,omitzero"`
	Ended       time.Time        `json:"ended,omitzero"`
	Ground      string           `json:"ground,omitempty" doc:"Of a refusal or revocation"`
	Points      int              `json:"points,omitempty" doc:"That the applicant was asked to correct"`
	Licences    []PastLicence    `json:"licences" nullable:"false"`
	Commitments []PastCommitment `json:"commitments" nullable:"false" doc:"Those that are open or were broken"`
	Last        bool             `json:"last,omitempty" doc:"The last one of the same item before this case"`
}

// PastLicence is a licence that a case granted.
type PastLicence struct {
	No      string        `json:"no"`
	Name    caseflow.Text `json:"name"`
	State   string        `json:"state" enum:"valid,revoked,cancelled"`
	Expires workday.Date  `json:"expires,omitzero"`
}

// PastCommitment is a promise to bring a material later.
type PastCommitment struct {
	Material string `json:"material"`
	State    string `json:"state" enum:"open,broken"`
}

// HistoryAnswer is the history of a party.
type HistoryAnswer struct {
	Body struct {
		Cases []PastCase `json:"cases" nullable:"false" doc:"The newest first"`
		More  bool       `json:"more,omitempty" doc:"There are older ones"`
	}
}

// BesideAnswer is two cases of one party and item.
type BesideAnswer struct {
	Body struct {
		This      caseflow.CaseNo  `json:"this"`
		Other     caseflow.CaseNo  `json:"other"`
		Answers   []BesideField    `json:"answers" nullable:"false"`
		Materials []BesideMaterial `json:"materials" nullable:"false"`
	}
}

// BesideField is one answer of both; personal data are masked, and compared in full.
type BesideField struct {
	Name    string        `json:"name"`
	Label   caseflow.Text `json:"label"`
	List    string        `json:"list,omitempty" doc:"The list whose row it is in"`
	Row     int           `json:"row,omitempty" doc:"From 1"`
	This    any           `json:"this,omitempty"`
	Other   any           `json:"other,omitempty"`
	Differs bool          `json:"differs"`
}

// BesideMaterial is one material of both.
type BesideMaterial struct {
	ID      string        `json:"id"`
	Name    caseflow.Text `json:"name"`
	This    string        `json:"this,omitempty" enum:"missing,given,deferred" doc:"None: nothing was handed in"`
	Other   string        `json:"other,omitempty" enum:"missing,given,deferred"`
	Differs bool          `json:"differs" doc:"In state, in what was handed in, or in the licence that stands for it"`
}

type besideInput struct {
	caller
	CasePath
	With string `query:"with" maxLength:"60" doc:"Another case of the same party and item; none: the last one before this case"`
}

func (a *API) registerHistory() {
	tags := []string{"cases"}
	huma.Register(a.huma, huma.Operation{OperationID: "see-party-history", Method: http.MethodGet, Path: "/cases/{case}/history", Tags: tags,
		Summary:     "The other cases of whoever applies, for officials, as far as they may see them",
		Description: "Of the case's region and the official's and those below. Each case that is listed is recorded as looked at."}, a.partyHistory)
	huma.Register(a.huma, huma.Operation{OperationID: "see-beside", Method: http.MethodGet, Path: "/cases/{case}/beside", Tags: tags,
		Summary: "The last case of the same party and item beside this one, for officials; both are recorded as looked at"}, a.beside)
}

func (a *API) partyHistory(ctx context.Context, in *lookInput) (*HistoryAnswer, error) {
	if _, err := a.look(ctx, &in.caller, in.CasePath, hall.HistoryLook); err != nil {
		return nil, err
	}
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	got, err := a.o.Hall.PartyHistory(ctx, in.by, key)
	if err != nil {
		return nil, err
	}
	out := &HistoryAnswer{}
	out.Body.Cases, out.Body.More = make([]PastCase, len(got.Cases)), got.More
	for i, v := range got.Cases {
		out.Body.Cases[i] = pastCase(v)
		out.Body.Cases[i].Last = v == got.Last
	}
	return out, nil
}

func pastCase(v *hall.View) PastCase {
	c := v.Case
	p := PastCase{Case: c.No, Region: c.Region, Item: c.Item, Name: v.Item.Name, Phase: c.Phase, Submitted: c.Submitted, Decided: c.Decided, Ended: c.Ended,
		Licences: make([]PastLicence, len(c.Licences)), Commitments: []PastCommitment{}}
	if c.Ground != nil {
		p.Ground = c.Ground.Text
	}
	if c.Correction != nil {
		p.Points = len(c.Correction.Points)
	}
	for i := range c.Licences {
		l := &c.Licences[i]
		p.Licences[i] = PastLicence{l.No, l.Name, l.State, l.Expires}
	}
	for i := range c.Commitments {
		if k := &c.Commitments[i]; k.State == caseflow.CommitmentOpen || k.State == caseflow.CommitmentBroken {
			p.Commitments = append(p.Commitments, PastCommitment{k.Material, k.State})
		}
	}
	return p
}

func (a *API) beside(ctx context.Context, in *besideInput) (*BesideAnswer, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	this, other, err := a.o.Hall.Beside(ctx, in.by, key, in.With)
	if err != nil {
		return nil, err
	}
	answers, materials := hall.Compare(this, other)
	out := &BesideAnswer{}
	out.Body.This, out.Body.Other = this.Case.No, other.Case.No
	out.Body.Answers, out.Body.Materials = make([]BesideField, len(answers)), make([]BesideMaterial, len(materials))
	for i := range answers {
		x := &answers[i]
		f := BesideField{Name: x.Field.Name, Label: x.Field.Label, Row: x.Row, This: x.This, Other: x.Other, Differs: x.Differs()}
		if x.List != nil {
			f.List = x.List.Name
		}
		if x.Field.Personal {
			f.This, f.Other = maskValue(x.Field.Widget, x.This), maskValue(x.Field.Widget, x.Other)
		}
		out.Body.Answers[i] = f
	}
	state := func(m *caseflow.MaterialState) string {
		if m == nil {
			return ""
		}
		return m.State
	}
	for i := range materials {
		m := &materials[i]
		out.Body.Materials[i] = BesideMaterial{m.Material.ID, m.Material.Name, state(m.This), state(m.Other), m.Differs()}
	}
	return out, nil
}
