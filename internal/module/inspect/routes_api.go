package inspect

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/workday"
)

const (
	listsPath  = "/inspect/lists"
	photosPath = "/inspect/photos"
)

// InspectEdition is a list that a department sent as a whole.
type InspectEdition struct {
	Edition    int64         `json:"edition"`
	List       string        `json:"list" enum:"items,inspectors,objects"`
	Library    string        `json:"library,omitempty"`
	Place      string        `json:"place"`
	Department string        `json:"department"`
	Name       string        `json:"name,omitempty" doc:"Of the file"`
	State      string        `json:"state" enum:"staging,taken,refused,dropping,dropped" doc:"taken: it counts, all of it, in place of the one before; refused: nothing of it"`
	Begun      time.Time     `json:"begun"`
	Ended      time.Time     `json:"ended,omitzero"`
	Rows       int64         `json:"rows"`
	Wrong      int64         `json:"wrong"`
	Faults     []sheet.Fault `json:"faults" nullable:"false" doc:"The first thousand; only of one edition"`
}

// InspectEditionAnswer is one edition.
type InspectEditionAnswer struct{ Body InspectEdition }

// InspectEditionList lists editions.
type InspectEditionList struct {
	Body struct {
		Editions []InspectEdition `json:"editions" nullable:"false"`
	}
}

// InspectYear is what a department announces for a year.
type InspectYear struct {
	Place      string           `json:"place,omitempty" readOnly:"true"`
	Department string           `json:"department,omitempty" readOnly:"true"`
	Year       int64            `json:"year" minimum:"2000" maximum:"2999"`
	Title      string           `json:"title" maxLength:"200"`
	Rounds     int64            `json:"rounds" minimum:"1" maximum:"366" doc:"How many rounds draw what the year says"`
	Ratios     map[string]int64 `json:"ratios,omitempty" doc:"In ten thousand of the objects of each tier: A, B, C, D, N (none); left out: those of the parameters inspect-a to inspect-none"`
	Visits     int64            `json:"visits,omitempty" minimum:"0" maximum:"366" doc:"Of one company in the year at most, by all departments; 0: no limit"`
	At         time.Time        `json:"at,omitzero" readOnly:"true"`
}

// InspectYearList lists years.
type InspectYearList struct {
	Body struct {
		Years []InspectYear `json:"years" nullable:"false"`
	}
}

// InspectPlan is one round of inspections.
type InspectPlan struct {
	Plan  int64        `json:"plan,omitempty" readOnly:"true"`
	Title string       `json:"title" maxLength:"200"`
	Year  int64        `json:"year,omitempty" doc:"The current one if left out"`
	Due   workday.Date `json:"due" doc:"The visits are made until"`
	Draw  string       `json:"draw,omitempty" readOnly:"true" doc:"Its draw"`
	Made  time.Time    `json:"made,omitzero" readOnly:"true"`
	Terms Terms        `json:"terms"`
}

// InspectPlanAnswer is one plan.
type InspectPlanAnswer struct{ Body InspectPlan }

// InspectPlanList lists plans.
type InspectPlanList struct {
	Body struct {
		Plans []InspectPlan `json:"plans" nullable:"false"`
	}
}

// InspectSource is a source of randomness to announce (docs/draw.md).
type InspectSource struct {
	Kind    string `json:"kind" enum:"dice,numbers,public,checkpoint,vrf,beacon"`
	Name    string `json:"name" maxLength:"120"`
	Rolls   int64  `json:"rolls,omitempty"`
	Faces   int64  `json:"faces,omitempty"`
	Count   int64  `json:"count,omitempty"`
	Origin  string `json:"origin,omitempty" maxLength:"120"`
	After   int64  `json:"after,omitempty"`
	Key     string `json:"key,omitempty" maxLength:"200"`
	Round   int64  `json:"round,omitempty"`
	Genesis int64  `json:"genesis,omitempty"`
	Period  int64  `json:"period,omitempty"`
}

type inspectFileInput struct {
	api.Caller
	List    string `query:"list" required:"true" enum:"items,inspectors,objects"`
	Library string `query:"library" maxLength:"60" doc:"Of objects: a department may keep several"`
	Name    string `query:"name" maxLength:"200" doc:"Of the file; shown, never opened"`
}

type inspectNone struct{ api.Caller }

type inspectEditionInput struct {
	api.Caller
	Edition int64 `path:"edition" minimum:"1"`
}

type inspectYearInput struct {
	api.Caller
	Body InspectYear
}

type inspectPlanInput struct {
	api.Caller
	Body InspectPlan
}

// InspectPlanPath names a plan.
type InspectPlanPath struct {
	api.Caller
	Plan int64 `path:"plan" minimum:"1"`
}

type inspectDrawInput struct {
	InspectPlanPath
	Body struct {
		Opens   time.Time       `json:"opens" doc:"From then on the randomness may be known; whole seconds"`
		Sources []InspectSource `json:"sources" minItems:"2" maxItems:"16" nullable:"false"`
	}
}

func (m *Module) operations(a huma.API) {
	op := func(id, method, path, summary, more string) huma.Operation {
		o := huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"inspections"}, Summary: summary, Description: more}
		if method == http.MethodPost {
			o.DefaultStatus = http.StatusCreated
		}
		return o
	}
	binary := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	send := op("send-inspect-list", http.MethodPost, listsPath, "Send your department's whole list of check items, inspectors or objects: the body is the file",
		"CSV in UTF-8 or GB18030, or XLSX, with a heading. It stands in place of the one before; with one wrong row nothing is taken.")
	send.RequestBody = binary
	huma.Register(a, send, m.apiSend)
	huma.Register(a, op("list-inspect-lists", http.MethodGet, listsPath, "The newest hundred lists of your department", ""), m.apiLists)
	huma.Register(a, op("see-inspect-list", http.MethodGet, listsPath+"/{edition}", "A list of your department, with what was wrong", ""), m.apiEdition)
	huma.Register(a, op("announce-inspect-year", http.MethodPost, "/inspect/years", "Announce your department's plan of a year", "Public at once. A later one stands in its place."), m.apiAnnounce)
	huma.Register(a, api.Anyone(op("list-inspect-years", http.MethodGet, "/inspect/years", "Plans of years", "")), m.apiYears)
	huma.Register(a, op("make-inspect-plan", http.MethodPost, "/inspect/plans", "Plan a round of inspections", "Ratios and visits that it leaves out are those of the plan of its year, else those of the parameters inspect-a to inspect-none."), m.apiMakePlan)
	huma.Register(a, op("list-inspect-plans", http.MethodGet, "/inspect/plans", "The newest hundred plans of your department", ""), m.apiPlans)
	huma.Register(a, op("see-inspect-plan", http.MethodGet, "/inspect/plans/{plan}", "A plan of your department", ""), m.apiPlan)
	huma.Register(a, op("draw-inspect-plan", http.MethodPost, "/inspect/plans/{plan}/draw", "Propose the draw of a plan", "By the libraries and tiers as they are now. Somebody else confirms it: confirm-draw."), m.apiDraw)
	m.visits(a, op, binary)
}

func editionView(e *Edition) InspectEdition {
	v := InspectEdition{Edition: e.No, List: e.List, Library: e.Library, Place: e.Place, Department: e.Department, Name: e.Name, State: e.State, Begun: e.Begun, Ended: e.Ended,
		Rows: e.Lines, Wrong: e.Wrong, Faults: []sheet.Fault{}}
	v.Faults = append(v.Faults, e.Faults...)
	return v
}

func (m *Module) apiSend(ctx context.Context, in *inspectFileInput) (*InspectEditionAnswer, error) {
	e, err := m.SendFile(ctx, in.By(), in.List, in.Library, in.Name, in.Caller.Body(ctx))
	if err != nil {
		return nil, err
	}
	return &InspectEditionAnswer{editionView(e)}, nil
}

func (m *Module) apiLists(ctx context.Context, in *inspectNone) (*InspectEditionList, error) {
	list, err := m.Sent(ctx, in.By())
	if err != nil {
		return nil, err
	}
	out := &InspectEditionList{}
	out.Body.Editions = api.Views(list, editionView)
	return out, nil
}

func (m *Module) apiEdition(ctx context.Context, in *inspectEditionInput) (*InspectEditionAnswer, error) {
	e, err := m.SentEdition(ctx, in.By(), in.Edition)
	if err != nil {
		return nil, err
	}
	return &InspectEditionAnswer{editionView(e)}, nil
}

func (m *Module) apiAnnounce(ctx context.Context, in *inspectYearInput) (*InspectYearList, error) {
	b := in.Body
	if err := m.Announce(ctx, in.By(), Year{Year: b.Year, Title: b.Title, Rounds: b.Rounds, Ratios: b.Ratios, Visits: b.Visits}); err != nil {
		return nil, err
	}
	return m.years(ctx, &in.Caller)
}

func (m *Module) apiYears(ctx context.Context, in *inspectNone) (*InspectYearList, error) {
	return m.years(ctx, &in.Caller)
}

func (m *Module) years(ctx context.Context, in *api.Caller) (*InspectYearList, error) {
	list, err := m.Years(ctx, in.By())
	out := &InspectYearList{}
	out.Body.Years = make([]InspectYear, len(list))
	for i, y := range list {
		out.Body.Years[i] = InspectYear{y.Place, y.Department, y.Year, y.Title, y.Rounds, y.Ratios, y.Visits, y.At}
	}
	return out, err
}

func planView(p *Plan) InspectPlan {
	v := InspectPlan{Plan: p.No, Title: p.Title, Year: p.Year, Due: p.Due, Made: p.Made, Terms: p.Terms}
	if p.Draw != 0 {
		v.Draw = drawID(p.Region, p.Draw)
	}
	return v
}

func planned(p *Plan, err error) (*InspectPlanAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &InspectPlanAnswer{planView(p)}, nil
}

func (m *Module) apiMakePlan(ctx context.Context, in *inspectPlanInput) (*InspectPlanAnswer, error) {
	return planned(m.MakePlan(ctx, in.By(), Plan{Title: in.Body.Title, Year: in.Body.Year, Due: in.Body.Due, Terms: in.Body.Terms}))
}

func (m *Module) apiPlans(ctx context.Context, in *inspectNone) (*InspectPlanList, error) {
	list, err := m.Plans(ctx, in.By())
	if err != nil {
		return nil, err
	}
	out := &InspectPlanList{}
	out.Body.Plans = api.Views(list, planView)
	return out, nil
}

func (m *Module) apiPlan(ctx context.Context, in *InspectPlanPath) (*InspectPlanAnswer, error) {
	return planned(m.planOf(ctx, in.By(), in.Plan))
}

func (m *Module) apiDraw(ctx context.Context, in *inspectDrawInput) (*InspectPlanAnswer, error) {
	sources := make([]draw.Source, len(in.Body.Sources))
	for i, s := range in.Body.Sources {
		sources[i] = draw.Source{Kind: s.Kind, Name: s.Name, Rolls: s.Rolls, Faces: s.Faces, Count: s.Count, Origin: s.Origin, After: s.After, Key: s.Key, Round: s.Round, Genesis: s.Genesis, Period: s.Period}
	}
	return planned(m.ProposeDraw(ctx, in.By(), in.Plan, in.Body.Opens, sources))
}
