package draws

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/api"
)

const drawsPath = "/draws"

// DrawView is a draw.
type DrawView struct {
	Draw        string        `json:"draw" example:"610700-12"`
	Title       string        `json:"title"`
	Department  string        `json:"department"`
	State       string        `json:"state" enum:"proposed,committed,drawn,abandoned"`
	Opens       time.Time     `json:"opens" doc:"From then on the randomness may be known"`
	Committed   time.Time     `json:"committed,omitzero"`
	Drawn       time.Time     `json:"drawn,omitzero"`
	Ended       time.Time     `json:"ended,omitzero"`
	Commitment  string        `json:"commitment" doc:"Hash, which is in the evidence log"`
	Predecessor string        `json:"predecessor,omitempty" doc:"Commitment of the abandoned draw that this one stands in for"`
	Ending      bool          `json:"ending,omitempty" doc:"Somebody has asked that it be abandoned"`
	Reason      string        `json:"reason,omitempty" doc:"Why it was, or shall be, abandoned"`
	Pool        int64         `json:"pool" doc:"How many may be drawn or are excluded"`
	Quota       int64         `json:"quota" doc:"How many are drawn"`
	Events      []DrawEvent   `json:"events,omitempty" doc:"Only of one draw"`
	Sources     []DrawSource  `json:"sources,omitempty" doc:"Only of one draw"`
	Strata      []DrawStratum `json:"strata,omitempty" doc:"Only of one draw"`
}

// DrawEvent is something that happened to a draw; each has a leaf in the evidence log (docs/evidence.md).
type DrawEvent struct {
	No         int64     `json:"no"`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind" enum:"committed,value,drawn,withdrawn,asked,abandoned"`
	Department string    `json:"department"`
	Digest     string    `json:"digest,omitempty"`
	Words      string    `json:"words,omitempty"`
}

// DrawSource is an announced source.
type DrawSource struct {
	No    int    `json:"no" doc:"From 0"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	Given bool   `json:"given" doc:"Its value is there; it is shown in the record once all are"`
}

// DrawStratum is a part of the pool.
type DrawStratum struct {
	Stratum string `json:"stratum"`
	Size    int64  `json:"size"`
	Quota   int64  `json:"quota"`
}

// DrawAnswer is one draw.
type DrawAnswer struct{ Body DrawView }

// DrawList lists draws.
type DrawList struct {
	Body struct {
		Draws []DrawView `json:"draws" nullable:"false"`
	}
}

// DrawStanding is what a draw says of one id, with the proof that it was in the pool.
type DrawStanding struct {
	Body struct {
		ID        string   `json:"id"`
		List      string   `json:"list" enum:"candidates,inspectors"`
		Stratum   string   `json:"stratum,omitempty"`
		Excluded  string   `json:"excluded,omitempty" doc:"Why it was left out"`
		Ticket    string   `json:"ticket,omitempty" doc:"SHA-256(seed || 0x1f || id)"`
		Cut       string   `json:"cut,omitempty" doc:"The last ticket of the stratum that is in"`
		In        bool     `json:"in"`
		Withdrawn string   `json:"withdrawn,omitempty"`
		With      []string `json:"with" nullable:"false" doc:"Who is sent there, or where an inspector is sent to"`
		Line      string   `json:"line" doc:"Canonical JSON that is the leaf"`
		Index     int      `json:"index"`
		Size      int      `json:"size"`
		Path      []string `json:"path" nullable:"false" doc:"Of the Merkle tree, RFC 6962"`
		Root      string   `json:"root"`
	}
}

// DrawRecord is the record of a draw.
type DrawRecord struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// DrawPath names a draw.
type DrawPath struct {
	api.Caller
	Draw string `path:"draw" maxLength:"40" example:"610700-12"`
}

type drawListInput struct {
	api.Caller
	Region string `query:"region" maxLength:"20" doc:"Of one city; all if left out"`
}

type drawMemberInput struct {
	DrawPath
	ID string `query:"id" required:"true" maxLength:"128" doc:"Of a candidate or an inspector, as the record has it"`
}

type drawValueInput struct {
	DrawPath
	Body struct {
		Source int    `json:"source" minimum:"0" maximum:"15"`
		Value  string `json:"value" maxLength:"65536" doc:"Numbers as 3,1,6; a signed note; a proof or signature in hexadecimal, or drand's JSON"`
	}
}

type drawProveInput struct {
	DrawPath
	Body struct {
		Source int `json:"source" minimum:"0" maximum:"15"`
	}
}

// DrawKey is a key by which an office proves what it adds to a seed (RFC 9381).
type DrawKey struct {
	Key   string    `json:"key" doc:"Public key, as a source of kind vrf in a plan has it"`
	Began time.Time `json:"began"`
}

// DrawKeyList lists the keys of an office.
type DrawKeyList struct {
	Body struct {
		Keys []DrawKey `json:"keys" nullable:"false" doc:"The newest first"`
	}
}

type drawReasonInput struct {
	DrawPath
	Body struct {
		Reason string `json:"reason" maxLength:"600" doc:"Published. Who agrees to what somebody else asked for need not repeat it"`
	}
}

type drawWithdrawInput struct {
	DrawPath
	Body struct {
		From   string `json:"from" enum:"candidates,inspectors"`
		ID     string `json:"id" maxLength:"128"`
		Reason string `json:"reason" maxLength:"600" doc:"Published"`
	}
}

type drawProposeInput struct{ api.Caller }

func (m *Module) operations(a huma.API) {
	op := func(id, method, path, summary, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"draws"}, Summary: summary, Description: more}
	}
	huma.Register(a, api.Anyone(op("list-draws", http.MethodGet, drawsPath, "The newest hundred draws, to come and past", "")), m.apiList)
	huma.Register(a, api.Anyone(op("see-draw", http.MethodGet, drawsPath+"/{draw}", "A draw", "")), m.apiSee)
	huma.Register(a, api.Anyone(op("download-draw", http.MethodGet, drawsPath+"/{draw}/record", "The record of a draw, which tongban draw verify computes again", "")), m.apiRecord)
	huma.Register(a, api.Anyone(op("check-draw", http.MethodGet, drawsPath+"/{draw}/member", "Whether somebody was drawn, and why or why not", "")), m.apiMember)
	propose := op("propose-draw", http.MethodPost, drawsPath, "Propose a draw by its plan, which is the body (docs/draw.md)",
		"At least two sources. Somebody else of the department confirms it. A plan that cannot be drawn is refused.")
	propose.DefaultStatus = http.StatusCreated
	propose.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	huma.Register(a, propose, m.apiPropose)
	act := func(id, path, summary, more string) huma.Operation {
		o := op(id, http.MethodPost, drawsPath+"/{draw}/"+path, summary, more)
		o.DefaultStatus = http.StatusOK
		return o
	}
	huma.Register(a, act("confirm-draw", "confirm", "Publish the commitment of a draw that somebody else proposed", "It goes into the evidence log."), m.apiConfirm)
	huma.Register(a, act("give-draw-value", "values", "Type in what an announced source gave", "Not before the draw opens; once for each source, by at least two people. The last value draws."), m.apiGive)
	huma.Register(a, act("prove-draw-value", "prove", "Give the office's proof (RFC 9381) for a source of kind vrf that names a key of the office", "As any value: not before the draw opens, and never all of a draw by one person."), m.apiProve)
	huma.Register(a, op("list-draw-keys", http.MethodGet, drawsPath+"/keys", "The keys of the own office for proofs in draws", ""), m.apiKeys)
	key := op("make-draw-key", http.MethodPost, drawsPath+"/keys", "Make a key of the own office for proofs in draws", "The secret stays sealed in the store. Older keys go on proving what was committed to with them.")
	key.DefaultStatus = http.StatusCreated
	huma.Register(a, key, m.apiMakeKey)
	huma.Register(a, act("abandon-draw", "abandon", "Give a draw up, or agree that it be given up", "It stays published with the reason."), m.apiAbandon)
	huma.Register(a, act("withdraw-drawn", "withdraw", "Replace a candidate or an inspector from the same order", ""), m.apiWithdraw)
}

func (m *Module) apiList(ctx context.Context, in *drawListInput) (*DrawList, error) {
	list, err := m.List(ctx, in.By(), in.Region, listed)
	if err != nil {
		return nil, err
	}
	out := &DrawList{}
	out.Body.Draws = api.Views(list, drawView)
	return out, nil
}

func drawView(d *Draw) DrawView {
	return DrawView{Draw: d.ID(), Title: d.Title, Department: d.Department, State: d.State, Opens: d.Opens, Committed: d.Committed, Drawn: d.Drawn, Ended: d.Ended,
		Commitment: d.Commitment, Predecessor: d.Predecessor, Ending: d.Ender != "" && d.State != Abandoned, Reason: d.Reason, Pool: d.Pool, Quota: d.Quota}
}

func (m *Module) apiSee(ctx context.Context, in *DrawPath) (*DrawAnswer, error) {
	d, err := m.Published(ctx, in.By(), in.Draw)
	if err != nil {
		return nil, err
	}
	return m.answer(ctx, d)
}

// answer is a draw with its parts.
func (m *Module) answer(ctx context.Context, d *Draw) (*DrawAnswer, error) {
	s, err := m.sheet(ctx, d)
	if err != nil {
		return nil, err
	}
	out := &DrawAnswer{drawView(d)}
	for _, e := range s.events {
		out.Body.Events = append(out.Body.Events, DrawEvent{e.Seq, e.At, e.Kind, e.Department, e.Digest, e.Words})
	}
	for i, o := range s.record.Commitment().Plan().Sources {
		_, given := s.given[i]
		out.Body.Sources = append(out.Body.Sources, DrawSource{i, o.Kind, o.Name, given})
	}
	for _, q := range s.record.Commitment().Strata() {
		out.Body.Strata = append(out.Body.Strata, DrawStratum{q.ID, q.Size, q.Quota})
	}
	return out, nil
}

func (m *Module) apiRecord(ctx context.Context, in *DrawPath) (*DrawRecord, error) {
	d, err := m.Published(ctx, in.By(), in.Draw)
	if err != nil {
		return nil, err
	}
	text, err := m.text(ctx, d)
	return &DrawRecord{"application/json", text}, err
}

func (m *Module) apiMember(ctx context.Context, in *drawMemberInput) (*DrawStanding, error) {
	d, err := m.Published(ctx, in.By(), in.Draw)
	if err != nil {
		return nil, err
	}
	s, err := m.Standing(ctx, d, in.ID)
	if err != nil {
		return nil, err
	}
	out := &DrawStanding{}
	b := &out.Body
	b.ID, b.List, b.Stratum, b.Excluded, b.Ticket, b.Cut, b.In, b.Withdrawn = s.ID, s.List, s.Stratum, s.Excluded, s.Ticket, s.Cut, s.In, s.Withdrawn
	b.With = append([]string{}, s.With...)
	b.Line, b.Index, b.Size, b.Root, b.Path = s.Membership.Line, s.Membership.Index, s.Membership.Size, s.root.String(), []string{}
	for _, h := range s.Membership.Path {
		b.Path = append(b.Path, h.String())
	}
	return out, nil
}

func (m *Module) apiPropose(ctx context.Context, in *drawProposeInput) (*DrawAnswer, error) {
	d, err := m.ProposeFile(ctx, in.By(), in.Caller.Body(ctx))
	if err != nil {
		return nil, err
	}
	return m.answer(ctx, d)
}

// apiAct does something to a draw and answers with it.
func (m *Module) apiAct(ctx context.Context, in *DrawPath, do func() error) (*DrawAnswer, error) {
	if err := do(); err != nil {
		return nil, err
	}
	return m.apiSee(ctx, in)
}

func (m *Module) apiConfirm(ctx context.Context, in *DrawPath) (*DrawAnswer, error) {
	return m.apiAct(ctx, in, func() error { return m.Confirm(ctx, in.By(), in.Draw) })
}

func (m *Module) apiGive(ctx context.Context, in *drawValueInput) (*DrawAnswer, error) {
	return m.apiAct(ctx, &in.DrawPath, func() error { return m.Give(ctx, in.By(), in.Draw, in.Body.Source, in.Body.Value) })
}

func (m *Module) apiProve(ctx context.Context, in *drawProveInput) (*DrawAnswer, error) {
	return m.apiAct(ctx, &in.DrawPath, func() error { return m.Prove(ctx, in.By(), in.Draw, in.Body.Source) })
}

func (m *Module) apiKeys(ctx context.Context, in *api.Caller) (*DrawKeyList, error) {
	list, err := m.Keys(ctx, in.By())
	if err != nil {
		return nil, err
	}
	out := &DrawKeyList{}
	out.Body.Keys = make([]DrawKey, len(list))
	for i := range list {
		out.Body.Keys[i] = DrawKey{list[i].Public, list[i].Began}
	}
	return out, nil
}

func (m *Module) apiMakeKey(ctx context.Context, in *api.Caller) (*DrawKeyList, error) {
	if _, err := m.MakeKey(ctx, in.By()); err != nil {
		return nil, err
	}
	return m.apiKeys(ctx, in)
}

func (m *Module) apiAbandon(ctx context.Context, in *drawReasonInput) (*DrawAnswer, error) {
	return m.apiAct(ctx, &in.DrawPath, func() error { return m.Abandon(ctx, in.By(), in.Draw, in.Body.Reason) })
}

func (m *Module) apiWithdraw(ctx context.Context, in *drawWithdrawInput) (*DrawAnswer, error) {
	return m.apiAct(ctx, &in.DrawPath, func() error { return m.Withdraw(ctx, in.By(), in.Draw, in.Body.From, in.Body.ID, in.Body.Reason) })
}
