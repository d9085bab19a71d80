package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// CasePage is one page of a list of cases.
type CasePage struct {
	Body struct {
		Cases []CaseSummary `json:"cases" nullable:"false"`
		Next  string        `json:"next,omitempty" doc:"Cursor of the next page; missing on the last"`
	}
}

type casesInput struct {
	caller
	PageQuery
	ForQuery
	Department string   `query:"department" maxLength:"100" doc:"That takes part; for those who may see more than one"`
	Phase      []string `query:"phase" maxItems:"10" enum:"draft,received,correcting,running,granted,closed,refused,declined,withdrawn,revoked"`
	Item       string   `query:"item" maxLength:"100"`
	Search     string   `query:"search" maxLength:"100" doc:"The beginning of a case number, or a part of the applicant's name or of the subject"`
}

// CaseAnswer is one case.
type CaseAnswer struct{ Body CaseDetail }

type caseInput struct {
	caller
	CasePath
	Reason string `query:"reason" maxLength:"200" doc:"Of an official: why personal data are needed in full. It is recorded, and the applicant can read it."`
}

type lookInput struct {
	caller
	CasePath
}

func (a *API) registerCases() {
	tags := []string{"cases"}
	huma.Register(a.huma, huma.Operation{OperationID: "list-cases", Method: http.MethodGet, Path: "/cases", Tags: tags,
		Summary: "Your own cases, or those of your post, newest first"}, a.cases)
	huma.Register(a.huma, huma.Operation{OperationID: "see-case", Method: http.MethodGet, Path: "/cases/{case}", Tags: tags,
		Summary: "One case as it stands; each look of an official is recorded"}, a.seeCase)
	huma.Register(a.huma, huma.Operation{OperationID: "see-timeline", Method: http.MethodGet, Path: "/cases/{case}/timeline", Tags: tags,
		Summary: "What has happened, newest first"}, a.timeline)
	huma.Register(a.huma, huma.Operation{OperationID: "see-clocks", Method: http.MethodGet, Path: "/cases/{case}/clocks", Tags: tags,
		Summary: "What is due when, under which rule, and how it is counted"}, a.clocks)
	huma.Register(a.huma, huma.Operation{OperationID: "see-shares", Method: http.MethodGet, Path: "/cases/{case}/shares", Tags: tags,
		Summary: "Whose time was used"}, a.shares)
	huma.Register(a.huma, huma.Operation{OperationID: "list-looks", Method: http.MethodGet, Path: "/cases/{case}/looks", Tags: tags,
		Summary: "Who has looked at the case: for its owner and for supervisors"}, a.looks)
	huma.Register(a.huma, huma.Operation{OperationID: "list-own-looks", Method: http.MethodGet, Path: "/my/looks", Tags: tags,
		Summary: "Who has looked at any of your cases, or of a company that you represent by law, newest first"}, a.ownLooks)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "see-progress", Method: http.MethodGet, Path: "/receipts/{case}/{digits}", Tags: tags,
		Summary: "How far a case is, for who holds a receipt of it"}), a.progress)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "rate-by-receipt", Method: http.MethodPost, Path: "/receipts/{case}/{digits}/rate", Tags: tags,
		Summary:     "Rate the service at a window, for who was served without an account (好差评)",
		Description: "Once for each channel that the case came through. 404 if receipt and phone do not fit, or if the case has an owner, who rates signed in."}), a.rateByReceipt)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "prove-by-receipt", Method: http.MethodPost, Path: "/receipts/{case}/{digits}/proof", Tags: tags,
		Summary:     "The receipt of a case with its proofs, for who was served at a window without an account",
		Description: "As prove-case. 404 if number, digits, code and phone do not fit, which counts as a guess, or if the case has an owner, who asks signed in.",
		Responses:   provedResponse()}), a.proveByReceipt)
}

// Progress is how far a case is: nothing of what was asked or answered, and nobody's name.
type Progress struct {
	Case   caseflow.CaseNo `json:"case"`
	Item   caseflow.ItemID `json:"item"`
	Name   caseflow.Text   `json:"name"`
	Phase  caseflow.Phase  `json:"phase"`
	Steps  []StepView      `json:"steps" nullable:"false"`
	Clocks []ClockView     `json:"clocks" nullable:"false"`
	Entry  int             `json:"entry" doc:"That the receipt acknowledges"`
	At     time.Time       `json:"at" doc:"When it was acknowledged"`
}

// ProgressAnswer is the progress of one case.
type ProgressAnswer struct{ Body Progress }

type receiptInput struct {
	CasePath
	Digits string `path:"digits" maxLength:"64" doc:"The code (查询码) on the receipt, as see-paper has it"`
}

type receiptRating struct {
	CasePath
	Digits string `path:"digits" maxLength:"64" doc:"The code (查询码) on the receipt, as see-paper has it"`
	Key    string `header:"Idempotency-Key" doc:"See the commands on a case"`
	Body   struct {
		Phone string `json:"phone,omitempty" maxLength:"4" doc:"The last four digits of the phone that was given with the request; left out if none was"`
		caseflow.Rate
	}
}

func (a *API) rateByReceipt(ctx context.Context, in *receiptRating) (*Receipted, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	if in.Key == "" {
		in.Key = rand.Text()
	}
	receipt, err := a.o.Hall.RateByReceipt(ctx, in.Key, key, in.Digits, in.Body.Phone, in.Body.Rate)
	if err != nil {
		return nil, err
	}
	return &Receipted{Key: in.Key, Body: receipt}, nil
}

type receiptProof struct {
	CasePath
	Digits string `path:"digits" maxLength:"64" doc:"The code (查询码) on the receipt, as see-paper has it"`
	Body   struct {
		Code  string `json:"code" maxLength:"60" doc:"By which the receipt is verified, printed under its QR code"`
		Phone string `json:"phone,omitempty" maxLength:"4" doc:"The last four digits of the phone that was given with the request; left out if none was"`
	}
}

func (a *API) proveByReceipt(ctx context.Context, in *receiptProof) (*Download, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	r, err := a.o.Hall.ProveByReceipt(ctx, key, in.Digits, strings.ToUpper(in.Body.Code), in.Body.Phone)
	return proved(in.Case, r, err)
}

func (a *API) progress(ctx context.Context, in *receiptInput) (*ProgressAnswer, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	v, entry, err := a.o.Hall.ByReceipt(ctx, key, in.Digits)
	if err != nil {
		return nil, err
	}
	return &ProgressAnswer{Progress{Case: v.Case.No, Item: v.Case.Item, Name: v.Item.Name, Phase: v.Case.Phase, Steps: steps(v),
		Clocks: clocks(v.Case), Entry: entry.No, At: entry.At.UTC()}}, nil
}

func (a *API) cases(ctx context.Context, in *casesInput) (*CasePage, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	q := store.CaseQuery{Region: region, Department: in.Department, Item: caseflow.ItemID(in.Item), Search: in.Search,
		Cursor: in.Cursor, Limit: in.Limit}
	if in.by.Kind == caseflow.ActorCitizen {
		q.Owner = in.For
	}
	for _, p := range in.Phase {
		q.Phases = append(q.Phases, caseflow.Phase(p))
	}
	rows, next, err := a.o.Hall.Cases(ctx, in.by, q)
	if err != nil {
		return nil, err
	}
	out := &CasePage{}
	out.Body.Cases, out.Body.Next = make([]CaseSummary, len(rows)), next
	for i := range rows {
		out.Body.Cases[i] = a.summary(in.by, &rows[i])
	}
	return out, nil
}

func (a *API) seeCase(ctx context.Context, in *caseInput) (*CaseAnswer, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	what, reason := "case", strings.TrimSpace(in.Reason)
	if reason != "" {
		what = "case in full"
	}
	v, err := a.o.Hall.View(ctx, in.by, key, what, reason)
	if err != nil {
		return nil, err
	}
	open := v.Own() || reason != ""
	d := detail(in.by, v, open)
	env := caseflow.Env{Now: a.o.Hall.Now(), Calendar: a.o.Hall.Calendar(v.Case.Region)}
	d.Next = filled(v.Next(env))
	return &CaseAnswer{d}, nil
}

// TimelineEntry is one command that was carried out: by which post, and what came of it.
type TimelineEntry struct {
	Entry      int             `json:"entry"`
	At         time.Time       `json:"at"`
	Verb       string          `json:"verb"`
	Kind       string          `json:"kind" enum:"citizen,official,system,bearer" doc:"bearer: an applicant without an account, with a receipt"`
	Department string          `json:"department,omitempty"`
	Mine       bool            `json:"mine,omitempty" doc:"You gave it"`
	For        string          `json:"for,omitempty" doc:"Owner of the case in whose name an agent gave it"`
	Agent      string          `json:"agent,omitempty" doc:"Name of that agent; officials see it masked"`
	Events     []TimelineEvent `json:"events" nullable:"false"`
	Leaf       string          `json:"leaf" doc:"Hash of the entry in the evidence log, hexadecimal"`
}

// TimelineEvent is one thing that happened.
type TimelineEvent struct {
	Name  string `json:"name"`
	Step  string `json:"step,omitempty"`
	Clock string `json:"clock,omitempty"`
	Part  string `json:"part,omitempty"`
	Words string `json:"words,omitempty" doc:"The reason given; remarks among officials are shown to officials"`
}

// Timeline is the history of a case.
type Timeline struct {
	Body struct {
		Entries []TimelineEntry `json:"entries" nullable:"false"`
	}
}

func (a *API) timeline(ctx context.Context, in *lookInput) (*Timeline, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.History(ctx, in.by, key)
	if err != nil {
		return nil, err
	}
	out := &Timeline{}
	out.Body.Entries = make([]TimelineEntry, 0, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		out.Body.Entries = append(out.Body.Entries, timelineEntry(in.by, &list[i]))
	}
	return out, nil
}

// ClockList is the clocks of a case.
type ClockList struct {
	Body struct {
		Clocks []ClockView `json:"clocks" nullable:"false"`
	}
}

type clocksInput struct {
	caller
	CasePath
	Explain bool `query:"explain" doc:"With the list of days"`
}

func (a *API) clocks(ctx context.Context, in *clocksInput) (*ClockList, error) {
	v, err := a.look(ctx, &in.caller, in.CasePath, "clocks")
	if err != nil {
		return nil, err
	}
	out := &ClockList{}
	out.Body.Clocks = clocks(v.Case)
	if !in.Explain {
		return out, nil
	}
	for i := range out.Body.Clocks {
		k := &v.Case.Clocks[i]
		out.Body.Clocks[i].Explained = k.Explain(a.o.Hall.CountedBy(v.Case.Region, k))
	}
	return out, nil
}

// look is a view of a case by which no personal data are shown.
func (a *API) look(ctx context.Context, c *caller, at CasePath, what string) (*hall.View, error) {
	key, err := at.key()
	if err != nil {
		return nil, err
	}
	return a.o.Hall.View(ctx, c.by, key, what, "")
}

// ShareView is the time that one bearer had the case.
type ShareView struct {
	Bearer   string          `json:"bearer" doc:"Department, or applicant"`
	Clock    string          `json:"clock"`
	Step     caseflow.StepID `json:"step,omitempty"`
	From     time.Time       `json:"from"`
	To       time.Time       `json:"to" doc:"Now, if it still runs"`
	Stopped  int64           `json:"stopped" doc:"Seconds in between that did not count"`
	Workdays int             `json:"workdays" doc:"Working days in between"`
	Running  bool            `json:"running,omitempty"`
}

// ShareList tells whose time was used.
type ShareList struct {
	Body struct {
		Shares []ShareView `json:"shares" nullable:"false"`
	}
}

func (a *API) shares(ctx context.Context, in *lookInput) (*ShareList, error) {
	v, err := a.look(ctx, &in.caller, in.CasePath, "shares")
	if err != nil {
		return nil, err
	}
	out := &ShareList{}
	out.Body.Shares = []ShareView{}
	for _, s := range v.Case.Shares(a.o.Hall.Calendar(v.Case.Region), a.o.Hall.Now()) {
		out.Body.Shares = append(out.Body.Shares, ShareView{s.Bearer, s.Clock, s.Step, s.From, s.To, int64(s.Stopped.Seconds()), s.Workdays, s.Running})
	}
	return out, nil
}

// LookView is one look at a case.
type LookView struct {
	At         time.Time `json:"at"`
	Department string    `json:"department"`
	What       string    `json:"what"`
	Reason     string    `json:"reason,omitempty"`
}

// LookList is who has looked at a case.
type LookList struct {
	Body struct {
		Looks []LookView `json:"looks" nullable:"false"`
	}
}

func (a *API) looks(ctx context.Context, in *lookInput) (*LookList, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.Looks(ctx, in.by, key)
	if err != nil {
		return nil, err
	}
	out := &LookList{}
	out.Body.Looks = make([]LookView, len(list))
	for i, l := range list {
		out.Body.Looks[i] = LookView{l.At, l.Department, l.What, l.Reason}
	}
	return out, nil
}

// OwnLookView is one look at a case of yours.
type OwnLookView struct {
	Case caseflow.CaseNo `json:"case"`
	Item caseflow.ItemID `json:"item"`
	Name caseflow.Text   `json:"name"`
	LookView
}

// OwnLookList is a page of them.
type OwnLookList struct {
	Body struct {
		Looks []OwnLookView `json:"looks" nullable:"false"`
		Next  string        `json:"next,omitempty" doc:"Cursor of the next page; missing on the last"`
	}
}

type ownLooksInput struct {
	caller
	ForQuery
	Cursor string `query:"cursor" maxLength:"500" doc:"The next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (a *API) ownLooks(ctx context.Context, in *ownLooksInput) (*OwnLookList, error) {
	list, next, err := a.o.Hall.OwnLooks(ctx, in.by, in.For, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &OwnLookList{}
	out.Body.Looks, out.Body.Next = make([]OwnLookView, len(list)), next
	for i := range list {
		l := &list[i]
		out.Body.Looks[i] = OwnLookView{l.Case, l.Item.ID, l.Item.Name, LookView{l.At, l.Department, l.What, l.Reason}}
	}
	return out, nil
}
