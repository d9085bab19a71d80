package credit

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/workday"
)

const batchesPath = "/credit/batches"

// CreditBatch is what came in together.
type CreditBatch struct {
	Batch  int64         `json:"batch" example:"12"`
	Source string        `json:"source" doc:"The department that sends it"`
	List   string        `json:"list" enum:"records,parties"`
	Name   string        `json:"name,omitempty" doc:"Of the file"`
	State  string        `json:"state" enum:"staging,taken,refused,dropping,dropped" doc:"taken: it counts, all of it; refused: nothing of it is kept but what was wrong"`
	Begun  time.Time     `json:"begun"`
	Ended  time.Time     `json:"ended,omitzero"`
	Rows   int64         `json:"rows" doc:"Without the heading"`
	Added  int64         `json:"added" doc:"New, or other than before"`
	Same   int64         `json:"same" doc:"There already"`
	Wrong  int64         `json:"wrong"`
	Faults []CreditFault `json:"faults" nullable:"false" doc:"The first thousand; only of one batch"`
}

// CreditFault is what is wrong with one row.
type CreditFault struct {
	Row    int    `json:"row" doc:"Of a file, whose heading is row 1; of a list, counted from 1"`
	Column string `json:"column,omitempty"`
	Code   string `json:"code" example:"date"`
}

// CreditBatchAnswer is one batch.
type CreditBatchAnswer struct{ Body CreditBatch }

// CreditBatchList lists batches.
type CreditBatchList struct {
	Body struct {
		Batches []CreditBatch `json:"batches" nullable:"false"`
	}
}

// CreditRow is a record as a department sends it; empty texts are left out. Values are texts, as in a file.
type CreditRow struct {
	Party     string `json:"party" maxLength:"60" doc:"Unified social credit code" example:"91350100M000100Y43"`
	ID        string `json:"id" maxLength:"60" doc:"The number that the department gives it"`
	Kind      string `json:"kind" maxLength:"20" example:"penalty"`
	Result    string `json:"result" maxLength:"20" example:"ordinary"`
	Day       string `json:"day" maxLength:"20" example:"2026-11-23"`
	Until     string `json:"until,omitempty" maxLength:"20"`
	Fen       string `json:"fen,omitempty" maxLength:"20"`
	Field     string `json:"field,omitempty" maxLength:"60"`
	Title     string `json:"title" maxLength:"300"`
	Basis     string `json:"basis,omitempty" maxLength:"300"`
	Published string `json:"published,omitempty" maxLength:"20"`
	Withdrawn bool   `json:"withdrawn,omitempty"`
}

type creditFileInput struct {
	api.Caller
	List   string `query:"list" enum:"records,parties" default:"records"`
	Name   string `query:"name" maxLength:"200" doc:"Of the file; shown, never opened"`
	Accept string `query:"accept" enum:"whole,good" default:"whole" doc:"If a row is wrong: nothing is taken, or the good rows are"`
}

type creditRowsInput struct {
	api.Caller
	Body struct {
		Accept  string      `json:"accept,omitempty" enum:"whole,good" default:"whole"`
		Records []CreditRow `json:"records" minItems:"1" maxItems:"1000" nullable:"false"`
	}
}

type creditBatchInput struct {
	api.Caller
	Batch int64 `path:"batch" minimum:"1"`
}

type creditNone struct{ api.Caller }

type creditPartyInput struct {
	api.Caller
	Party  string `path:"party" maxLength:"40" doc:"Unified social credit code"`
	Reason string `query:"reason" required:"true" minLength:"2" maxLength:"200" doc:"Why; it is recorded, and the party can read it"`
}

type creditOwnInput struct {
	api.Caller
	Owner  string `query:"owner" required:"true" maxLength:"60" doc:"Of a space of a company whose legal representative you are; see list-spaces"`
	Region string `query:"region" maxLength:"20" doc:"Where the register is kept; your own if left out"`
}

// CreditParty is what is kept about a party, and the tier that follows, explained. The tier is no evaluation, no punishment, not
// public and never an exemption.
type CreditParty struct {
	Party    string              `json:"party"`
	Name     string              `json:"name,omitempty"`
	Since    workday.Date        `json:"since,omitzero"`
	Records  []CreditRecord      `json:"records" nullable:"false"`
	Tier     string              `json:"tier,omitempty" enum:"A,B,C,D" doc:"None while no pack has an index"`
	Points   int64               `json:"points" doc:"In millionths"`
	Fields   []CreditField       `json:"fields" nullable:"false"`
	Next     workday.Date        `json:"next,omitzero" doc:"The first day on which this may be another although nothing new comes"`
	Lines    []CreditLine        `json:"lines" nullable:"false" doc:"What counts"`
	Raise    []CreditBetter      `json:"raise" nullable:"false" doc:"What would raise it"`
	Measures []CreditMeasure     `json:"measures" nullable:"false" doc:"Joint incentives and punishments; each ends with the records that bring it about"`
	Changes  []CreditChange      `json:"changes" nullable:"false"`
	Looks    []CreditLookOfParty `json:"looks,omitempty" doc:"Of officials; told to the party"`
}

// CreditRecord is one record.
type CreditRecord struct {
	Ref
	Kind      string       `json:"kind"`
	Result    string       `json:"result"`
	Day       workday.Date `json:"day"`
	Until     workday.Date `json:"until,omitzero"`
	Published workday.Date `json:"published,omitzero"`
	Fen       int64        `json:"fen,omitempty"`
	Field     string       `json:"field,omitempty"`
	Title     string       `json:"title"`
	Basis     string       `json:"basis,omitempty"`
	State     string       `json:"state" enum:"stands,withdrawn,repaired,struck"`
	Objection string       `json:"objection,omitempty" doc:"Number of the case by which the party objects to it, while that is open"`
	Repair    string       `json:"repair,omitempty" doc:"Number of the case by which its repair is asked for, while that is open"`
}

// CreditField is the tier in a field.
type CreditField struct {
	Field  string        `json:"field"`
	Name   caseflow.Text `json:"name"`
	Tier   string        `json:"tier" enum:"A,B,C,D"`
	Points int64         `json:"points"`
}

// CreditLine is what one indicator gives.
type CreditLine struct {
	Indicator string         `json:"indicator"`
	Name      caseflow.Text  `json:"name"`
	Basis     caseflow.Basis `json:"basis"`
	Field     string         `json:"field,omitempty"`
	Points    int64          `json:"points" doc:"In millionths"`
	Missing   bool           `json:"missing,omitempty" doc:"There is no such record, and that counts"`
	Bounded   bool           `json:"bounded,omitempty" doc:"The records would give more than the indicator may"`
	Floor     string         `json:"floor,omitempty" doc:"No better tier than this"`
	Counted   []CreditCount  `json:"counted" nullable:"false"`
}

// CreditCount is a record that counts.
type CreditCount struct {
	Ref
	Share  int64        `json:"share" doc:"Thousandths"`
	Drops  workday.Date `json:"drops,omitzero" doc:"The first day on which it counts no more; none: while it stands"`
	Repair workday.Date `json:"repair,omitzero" doc:"The first day on which its repair may be asked for; none: never"`
}

// CreditBetter is one thing that would raise the tier by itself.
type CreditBetter struct {
	How    string       `json:"how" enum:"time,repair,missing"`
	Day    workday.Date `json:"day"`
	Record *Ref         `json:"record,omitempty"`
	Lacks  string       `json:"lacks,omitempty" doc:"The indicator of which a record is missing"`
	Tier   string       `json:"tier" enum:"A,B,C,D"`
	Points int64        `json:"points"`
}

// CreditChange is one change of the tier.
type CreditChange struct {
	At   time.Time `json:"at"`
	Was  string    `json:"was,omitempty"`
	Tier string    `json:"tier"`
	Why  string    `json:"why" enum:"new,time,index"`
}

// CreditLookOfParty is a look of an official.
type CreditLookOfParty struct {
	At         time.Time `json:"at"`
	Department string    `json:"department"`
	Reason     string    `json:"reason"`
}

// CreditPartyAnswer is one party.
type CreditPartyAnswer struct{ Body CreditParty }

func (m *Module) operations(a huma.API) {
	binary := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	huma.Register(a, huma.Operation{OperationID: "send-credit-file", Method: http.MethodPost, Path: batchesPath, Tags: []string{"credit"}, DefaultStatus: http.StatusCreated,
		Summary:     "Send a list of records or parties as a file: the body is its content",
		Description: "CSV in UTF-8 or GB18030, or XLSX, with a heading; at most 256 MiB and a million rows. A formula is never computed. Nothing is half taken: the batch says what came of it. The same rows again change nothing.",
		RequestBody: &huma.RequestBody{Required: true, Content: binary}}, m.apiFile)
	huma.Register(a, huma.Operation{OperationID: "send-credit-records", Method: http.MethodPost, Path: "/credit/records", Tags: []string{"credit"}, DefaultStatus: http.StatusCreated,
		Summary: "Send records"}, m.apiRows)
	huma.Register(a, huma.Operation{OperationID: "list-credit-batches", Method: http.MethodGet, Path: batchesPath, Tags: []string{"credit"},
		Summary: "The newest hundred batches of your department"}, m.apiBatches)
	huma.Register(a, huma.Operation{OperationID: "see-credit-batch", Method: http.MethodGet, Path: batchesPath + "/{batch}", Tags: []string{"credit"},
		Summary: "A batch of your department, with what was wrong"}, m.apiBatch)
	huma.Register(a, huma.Operation{OperationID: "see-credit", Method: http.MethodGet, Path: "/credit/parties/{party}", Tags: []string{"credit"},
		Summary: "What is kept about a party, its tier, and why; each look is recorded"}, m.apiSee)
	huma.Register(a, huma.Operation{OperationID: "see-own-credit", Method: http.MethodGet, Path: "/credit/own", Tags: []string{"credit"},
		Summary: "What is kept about your company, its tier, why, what would raise it, and who looked"}, m.apiOwn)
}

func (m *Module) publicOperations(a huma.API) {
	huma.Register(a, api.Anyone(huma.Operation{OperationID: "list-credit-publications", Method: http.MethodGet, Path: "/credit/publications", Tags: []string{"credit"},
		Summary: "Licences and penalties as everybody may see them (双公示), and commitments, the newest first"}), m.apiPublic)
	huma.Register(a, huma.Operation{OperationID: "see-credit-compliance", Method: http.MethodGet, Path: "/credit/compliance", Tags: []string{"credit"},
		Summary: "How many decisions of a period were published in time, in all and by department; 9999 ten thousandths is the mark"}, m.apiCompliance)
	huma.Register(a, huma.Operation{OperationID: "list-credit-late", Method: http.MethodGet, Path: "/credit/late", Tags: []string{"credit"},
		Summary: "Decisions of your department that were published late"}, m.apiLate)
}

func (m *Module) apiFile(ctx context.Context, in *creditFileInput) (*CreditBatchAnswer, error) {
	b, err := m.SendFile(ctx, in.By(), Sending{List: in.List, Name: in.Name, Accept: in.Accept}, in.Caller.Body(ctx))
	return answered(b, err)
}

func (m *Module) apiRows(ctx context.Context, in *creditRowsInput) (*CreditBatchAnswer, error) {
	list := make([]sheet.Row, len(in.Body.Records))
	for i, r := range in.Body.Records {
		list[i] = sheet.Row{"party": r.Party, "id": r.ID, "kind": r.Kind, "result": r.Result, "day": r.Day, "until": r.Until, "fen": r.Fen, "field": r.Field,
			"title": r.Title, "basis": r.Basis, "published": r.Published}
		if r.Withdrawn {
			list[i]["withdrawn"] = "true"
		}
	}
	b, err := m.SendRows(ctx, in.By(), Sending{List: Records, Accept: in.Body.Accept}, list)
	return answered(b, err)
}

func (m *Module) apiBatches(ctx context.Context, in *creditNone) (*CreditBatchList, error) {
	list, err := m.Sent(ctx, in.By())
	if err != nil {
		return nil, err
	}
	out := &CreditBatchList{}
	out.Body.Batches = api.Views(list, batchView)
	return out, nil
}

func (m *Module) apiBatch(ctx context.Context, in *creditBatchInput) (*CreditBatchAnswer, error) {
	b, err := m.SentBatch(ctx, in.By(), in.Batch)
	return answered(b, err)
}

func (m *Module) apiSee(ctx context.Context, in *creditPartyInput) (*CreditPartyAnswer, error) {
	r, err := m.See(ctx, in.By(), in.Party, in.Reason)
	if err != nil {
		return nil, err
	}
	return &CreditPartyAnswer{partyView(r)}, nil
}

func (m *Module) apiOwn(ctx context.Context, in *creditOwnInput) (*CreditPartyAnswer, error) {
	region, err := in.Home(in.Region)
	if err != nil {
		return nil, err
	}
	r, err := m.Own(ctx, in.By(), ident.Service().City(region), in.Owner)
	if err != nil {
		return nil, err
	}
	return &CreditPartyAnswer{partyView(r)}, nil
}

func answered(b *Batch, err error) (*CreditBatchAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &CreditBatchAnswer{batchView(b)}, nil
}

func batchView(b *Batch) CreditBatch {
	v := CreditBatch{Batch: b.No, Source: b.Source, List: b.List, Name: b.Name, State: b.State, Begun: b.Begun, Ended: b.Ended, Rows: b.Lines, Added: b.Added,
		Same: b.Same, Wrong: b.Wrong, Faults: []CreditFault{}}
	for _, f := range b.Faults {
		v.Faults = append(v.Faults, CreditFault(f))
	}
	return v
}

func partyView(r *Dossier) CreditParty {
	v := CreditParty{Party: r.Party, Name: r.Name, Since: r.Since, Tier: string(r.Stands.Tier), Points: r.Stands.Points, Next: r.Stands.Next,
		Records: []CreditRecord{}, Fields: []CreditField{}, Lines: []CreditLine{}, Raise: []CreditBetter{}, Changes: []CreditChange{}, Measures: measuresView(r.Standard, r.Measures)}
	for i := range r.Records {
		x := &r.Records[i]
		v.Records = append(v.Records, recordView(x))
	}
	for _, f := range r.Stands.Fields {
		v.Fields = append(v.Fields, CreditField{f.Field, r.Standard.FieldName(f.Field), string(f.Tier), f.Points})
	}
	for i := range r.Stands.Lines {
		v.Lines = append(v.Lines, lineView(&r.Stands.Lines[i]))
	}
	for _, b := range r.Raise {
		n := CreditBetter{How: b.How, Day: b.Day, Tier: string(b.Tier), Points: b.Points}
		if b.Record != nil {
			n.Record = &b.Record.Ref
		}
		if b.Lacks != nil {
			n.Lacks = b.Lacks.ID
		}
		v.Raise = append(v.Raise, n)
	}
	for _, c := range r.Changes {
		v.Changes = append(v.Changes, CreditChange{c.At, string(c.Was), string(c.Tier), c.Why})
	}
	for _, l := range r.Looks {
		v.Looks = append(v.Looks, CreditLookOfParty(l))
	}
	return v
}

func recordView(x *Record) CreditRecord {
	return CreditRecord{Ref: x.Ref, Kind: x.Kind.Name(), Result: x.Result.Name(x.Kind), Day: x.Day, Until: x.Until, Published: x.Published,
		Fen: x.Fen, Field: x.Field, Title: x.Title, Basis: x.Basis, State: x.State(), Objection: string(x.Asked.Objection), Repair: string(x.Asked.Repair)}
}

func lineView(l *Line) CreditLine {
	n := CreditLine{Indicator: l.Indicator.ID, Name: l.Indicator.Name, Basis: l.Indicator.Basis, Field: l.Field, Points: l.Points, Missing: l.Missing,
		Bounded: l.Bounded, Floor: string(l.Floor), Counted: []CreditCount{}}
	for _, c := range l.Counted {
		n.Counted = append(n.Counted, CreditCount{c.Record.Ref, c.Share, c.Drops, c.Repair})
	}
	return n
}
