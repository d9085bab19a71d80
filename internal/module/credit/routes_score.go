package credit

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

const scoreHome = "/my/score"

// scoreView is the own score.
type scoreView struct {
	*asked
	Member *Member
	Number ui.Summary
	Deeds  ui.Table
	Perks  []perkLine
	Worth  ui.Table    // what deeds are worth
	Leave  *ui.Confirm // asks before everything is erased
}

// perkLine is a perk with its code, if it was drawn.
type perkLine struct {
	ID, Name, Provider, Needs, Code, Until string
	Enough                                 bool
}

func (p *pages) score(a *asked) error {
	x, s, err := p.Membership(a.R.Context(), a.By, account(a.R))
	if err != nil {
		return err
	}
	a.Title = s.Name.In(a.Lang)
	v := &scoreView{asked: a, Member: x}
	v.Worth = ui.Table{Caption: a.T("credit.score-worth"), Columns: []ui.Column{{Text: a.T("credit.deed")}, {Text: a.T("credit.score-points"), Number: true}, {Text: a.T("credit.score-most"), Number: true}, {Text: a.T("credit.score-months"), Number: true}}}
	for _, d := range s.Deeds {
		v.Worth.Rows = append(v.Worth.Rows, ui.TableRow{Cells: []ui.Cell{{Text: d.Name.In(a.Lang), Head: true}, {Text: fmt.Sprint(d.Points)}, {Text: fmt.Sprint(d.Most)}, {Text: fmt.Sprint(d.Months)}}})
	}
	if x != nil {
		v.of(x, s)
		if a.R.URL.Query().Has("leave") {
			v.Leave = &ui.Confirm{Question: a.T("credit.score-leave-sure", a.Title), Object: []ui.SummaryRow{{Label: a.T("credit.member"), Value: x.No}, {Label: a.T("credit.score-points"), Value: fmt.Sprint(x.Points)}},
				Result: a.T("credit.score-leave-lead"), Action: scoreHome, Keep: []ui.Field{{Name: "act", Value: "leave"}}, Button: a.T("credit.score-leave"), Grave: true, Cancel: scoreHome}
		}
	}
	return p.show(a, http.StatusOK, "score", v)
}

func (v *scoreView) of(x *Member, s *Score) {
	v.Number.Rows = []ui.SummaryRow{{Label: v.T("credit.member"), Copy: &ui.Copy{Code: x.No, What: v.T("credit.member")}}, {Label: v.T("credit.score-points"), Value: fmt.Sprint(x.Points)}}
	v.Deeds = ui.Table{Caption: v.T("credit.deeds"), Columns: []ui.Column{{Text: v.T("credit.deed")}, {Text: v.T("credit.column.day")}, {Text: v.T("credit.source")}},
		Empty: &ui.Empty{Title: v.T("credit.deeds-none"), Why: v.T("credit.deeds-none-why")}}
	for i := range x.Deeds {
		d := &x.Deeds[i]
		name := d.Kind
		if r := s.rule(d.Kind); r != nil {
			name = r.Name.In(v.Lang)
		}
		v.Deeds.Rows = append(v.Deeds.Rows, ui.TableRow{Cells: []ui.Cell{{Text: name, Head: true}, {Text: v.Day(d.Day)}, {Text: v.source("", d.Source), More: d.ID}}})
	}
	for i := range s.Perks {
		k := &s.Perks[i]
		l := perkLine{ID: k.ID, Name: k.Name.In(v.Lang), Provider: k.Provider.In(v.Lang), Needs: v.T("credit.perk-needs", k.Points), Enough: x.Points >= k.Points}
		for _, c := range x.Codes {
			if c.Perk == k.ID {
				l.Code, l.Until = c.Code, i18n.Moment(v.Lang, c.Until)
			}
		}
		v.Perks = append(v.Perks, l)
	}
}

// change joins, leaves, or draws a perk.
func (p *pages) change(a *asked) error {
	var err error
	switch a.R.PostFormValue("act") {
	case "join":
		err = p.Join(a.R.Context(), a.By, account(a.R))
	case "leave":
		err = p.Leave(a.R.Context(), a.By, account(a.R))
	case "draw":
		_, err = p.Draw(a.R.Context(), a.By, account(a.R), a.R.PostFormValue("perk"))
	default:
		err = hall.ErrNotFound
	}
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, scoreHome, http.StatusSeeOther)
	return nil
}

// codeView answers a provider yes or no.
type codeView struct {
	*asked
	Field        ui.Field
	Region       string
	Told, Answer string
}

// code checks a code for a provider: nothing of the member is shown.
func (p *pages) code(a *asked) error {
	region := a.R.URL.Query().Get("region")
	if regions, err := p.regions(a.R.Context()); err != nil {
		return err
	} else if region == "" && len(regions) > 0 {
		region = regions[0]
	}
	a.Title = a.T("credit.code-title")
	v := &codeView{asked: a, Region: region, Field: ui.Field{Kind: ui.KindText, Name: "code", Label: a.T("credit.perk-code"), Value: strings.TrimSpace(a.R.URL.Query().Get("code")), Max: 20}}
	if v.Field.Value != "" {
		perk, err := p.Good(a.R.Context(), region, v.Field.Value)
		if err != nil {
			return err
		}
		v.Told, v.Answer = "no", a.T("credit.code-no")
		if perk != nil {
			v.Told, v.Answer = "yes", a.T("credit.code-yes", perk.Name.In(a.Lang), perk.Provider.In(a.Lang))
		}
	}
	return p.show(a, http.StatusOK, "code", v)
}

// deedsView is where a department reports a deed.
type deedsView struct {
	*asked
	Fields []ui.Field
	Done   string
}

func (p *pages) deeds(a *asked) error { return p.showDeeds(a, http.StatusOK, "") }

func (p *pages) showDeeds(a *asked, status int, done string) error {
	s := p.scoreOf(ident.Service().City(a.By.Region))
	if !reports(a.By) || s == nil {
		return hall.ErrNotFound
	}
	a.Title = a.T("credit.deeds-title")
	a.Crumbs = []ui.Link{{Text: a.T("credit.title"), Href: deskHome}}
	v := &deedsView{asked: a, Done: done, Fields: []ui.Field{{Kind: ui.KindText, Name: "member", Label: a.T("credit.member"), Max: 20}, {Kind: ui.KindRadio, Name: "deed", Label: a.T("credit.deed")},
		{Kind: ui.KindText, Name: "id", Label: a.T("credit.column.id"), Max: 60}, {Kind: ui.KindText, Name: "day", Label: a.T("credit.column.day"), Hint: "2026-01-01", Width: "medium"}}}
	for _, d := range s.Deeds {
		v.Fields[1].Options = append(v.Fields[1].Options, ui.Option{Value: d.ID, Label: d.Name.In(a.Lang)})
	}
	for i := range v.Fields {
		f := &v.Fields[i]
		if f.Error = a.Errors.Of(f.Name); status != http.StatusOK {
			f.Value = a.Typed(f.Name)
		}
	}
	return p.show(a, status, "deeds", v)
}

func (p *pages) report(a *asked) error {
	get := a.R.PostFormValue
	err := p.Report(a.R.Context(), a.By, get("member"), get("id"), get("deed"), get("day"))
	if refusal, refused := page.Refusal(err); refused {
		field := "deed"
		if refusal.Code == CodeMember {
			field = "member"
		}
		a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: field, Text: page.Sentence(a.Lang, refusal)}}}
		return p.showDeeds(a, http.StatusUnprocessableEntity, "")
	}
	if err != nil {
		return err
	}
	return p.showDeeds(a, http.StatusOK, a.T("credit.deeds-done"))
}

// CreditMembership is the own score; without a number the citizen has not joined.
type CreditMembership struct {
	Member string       `json:"member,omitempty" doc:"Told to a department with a deed; it leads to nobody"`
	Points int64        `json:"points"`
	Deeds  []CreditDeed `json:"deeds" nullable:"false"`
	Perks  []CreditPerk `json:"perks" nullable:"false"`
}

// CreditDeed is a deed that a department has reported.
type CreditDeed struct {
	Ref
	Deed string       `json:"deed"`
	Day  workday.Date `json:"day"`
}

// CreditPerk is what members with enough points get, with the code that stands for it.
type CreditPerk struct {
	Perk     string        `json:"perk"`
	Name     caseflow.Text `json:"name"`
	Provider caseflow.Text `json:"provider"`
	Points   int64         `json:"points"`
	Code     string        `json:"code,omitempty"`
	Until    time.Time     `json:"until,omitzero"`
}

// CreditMembershipAnswer is the own score.
type CreditMembershipAnswer struct{ Body CreditMembership }

// CreditCodeAnswer tells a provider yes or no.
type CreditCodeAnswer struct {
	Body struct {
		Good bool           `json:"good"`
		Perk *caseflow.Text `json:"perk,omitempty"`
	}
}

type creditScoreInput struct {
	api.Caller
	Region string `query:"region" maxLength:"20" doc:"Your own if left out"`
}

type creditPerkInput struct {
	api.Caller
	Region string `query:"region" maxLength:"20" doc:"Your own if left out"`
	Perk   string `path:"perk" maxLength:"60"`
}

type creditCodeInput struct {
	api.Caller
	Region string `query:"region" maxLength:"20" doc:"Your own if left out"`
	Code   string `path:"code" maxLength:"20"`
}

type creditDeedInput struct {
	api.Caller
	Body struct {
		Member string `json:"member" maxLength:"20"`
		ID     string `json:"id" maxLength:"60" doc:"The number that the department gives it: the same again changes nothing"`
		Deed   string `json:"deed" maxLength:"60" example:"volunteer"`
		Day    string `json:"day" maxLength:"10" example:"2026-11-23"`
	}
}

func (m *Module) scoreOperations(a huma.API) {
	tags := []string{"credit"}
	huma.Register(a, huma.Operation{OperationID: "see-score", Method: http.MethodGet, Path: "/credit/membership", Tags: tags,
		Summary: "Your own citizens' score, deeds and perks"}, m.apiScore)
	huma.Register(a, huma.Operation{OperationID: "join-score", Method: http.MethodPost, Path: "/credit/membership", Tags: tags,
		Summary: "Join the citizens' score: it rewards, and refuses nothing to anybody"}, func(ctx context.Context, in *creditScoreInput) (*CreditMembershipAnswer, error) {
		return m.scored(ctx, in, m.Join)
	})
	huma.Register(a, huma.Operation{OperationID: "leave-score", Method: http.MethodDelete, Path: "/credit/membership", Tags: tags,
		Summary: "Leave it: deeds, codes and the number are erased"}, func(ctx context.Context, in *creditScoreInput) (*CreditMembershipAnswer, error) {
		return m.scored(ctx, in, m.Leave)
	})
	huma.Register(a, huma.Operation{OperationID: "draw-perk", Method: http.MethodPost, Path: "/credit/membership/perks/{perk}", Tags: tags,
		Summary: "Make the code of a perk that you have enough points for"}, func(ctx context.Context, in *creditPerkInput) (*CreditMembershipAnswer, error) {
		return m.scored(ctx, &creditScoreInput{in.Caller, in.Region}, func(ctx context.Context, by caseflow.Actor, region string) error {
			_, err := m.Draw(ctx, by, region, in.Perk)
			return err
		})
	})
	huma.Register(a, api.Anyone(huma.Operation{OperationID: "check-perk-code", Method: http.MethodGet, Path: "/credit/perk-codes/{code}", Tags: tags,
		Summary: "Whether a code that somebody shows stands, and for which perk; nothing else"}), m.apiCode)
	huma.Register(a, huma.Operation{OperationID: "report-deed", Method: http.MethodPost, Path: "/credit/deeds", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Report a good deed of a member by the number that they gave you"}, func(ctx context.Context, in *creditDeedInput) (*struct{}, error) {
		return nil, m.Report(ctx, in.By(), in.Body.Member, in.Body.ID, in.Body.Deed, in.Body.Day)
	})
}

// scored does something and shows the score that follows.
func (m *Module) scored(ctx context.Context, in *creditScoreInput, do func(context.Context, caseflow.Actor, string) error) (*CreditMembershipAnswer, error) {
	region, err := in.Home(in.Region)
	if err != nil {
		return nil, err
	}
	if err := do(ctx, in.By(), region); err != nil {
		return nil, err
	}
	return m.apiScore(ctx, in)
}

func (m *Module) apiScore(ctx context.Context, in *creditScoreInput) (*CreditMembershipAnswer, error) {
	region, err := in.Home(in.Region)
	if err != nil {
		return nil, err
	}
	x, s, err := m.Membership(ctx, in.By(), region)
	if err != nil {
		return nil, err
	}
	v := CreditMembership{Deeds: []CreditDeed{}, Perks: []CreditPerk{}}
	if x == nil {
		x = &Member{}
	}
	v.Member, v.Points = x.No, x.Points
	for _, d := range x.Deeds {
		v.Deeds = append(v.Deeds, CreditDeed{d.Ref, d.Kind, d.Day})
	}
	for _, k := range s.Perks {
		perk := CreditPerk{Perk: k.ID, Name: k.Name, Provider: k.Provider, Points: k.Points}
		for _, c := range x.Codes {
			if c.Perk == k.ID {
				perk.Code, perk.Until = c.Code, c.Until
			}
		}
		v.Perks = append(v.Perks, perk)
	}
	return &CreditMembershipAnswer{v}, nil
}

func (m *Module) apiCode(ctx context.Context, in *creditCodeInput) (*CreditCodeAnswer, error) {
	region, err := in.Home(in.Region)
	if err != nil {
		return nil, err
	}
	perk, err := m.Good(ctx, region, in.Code)
	out := &CreditCodeAnswer{}
	if perk != nil {
		out.Body.Good, out.Body.Perk = true, &perk.Name
	}
	return out, err
}
