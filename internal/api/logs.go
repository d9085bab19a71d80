package api

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
)

func maskedCitizen(a *store.Account) (name, login string) {
	return ident.MaskName(a.Name), ident.MaskPhone(a.Login)
}

// TraceView is one line of a log.
type TraceView struct {
	ID      string              `json:"id"`
	At      time.Time           `json:"at"`
	Kind    string              `json:"kind" example:"sign-in-refused"`
	Region  string              `json:"region,omitempty"`
	Account string              `json:"account,omitempty" doc:"Id of whom it is about; missing for a login that nobody has"`
	By      string              `json:"by,omitempty" doc:"Id of who did it; missing for the account itself"`
	Session string              `json:"session,omitempty"`
	Address string              `json:"address,omitempty"`
	Reason  string              `json:"reason,omitempty"`
	Changes []store.FieldChange `json:"changes,omitempty" doc:"What was and what is"`
}

// TracePage is a page of a log.
type TracePage struct {
	Body struct {
		Traces []TraceView `json:"traces" nullable:"false"`
		Next   string      `json:"next,omitempty"`
		Total  *Total      `json:"total,omitempty"`
	}
}

type tracesInput struct {
	caller
	LogPage
	CountQuery
	Account string    `query:"account" maxLength:"40" doc:"Id of whom it is about"`
	By      string    `query:"by" maxLength:"40" doc:"Id of who did it"`
	Kind    string    `query:"kind" maxLength:"40"`
	Address string    `query:"address" maxLength:"60"`
	From    time.Time `query:"from"`
	Until   time.Time `query:"until" doc:"Before this instant"`
}

// LookLine is one look at personal data.
type LookLine struct {
	At         time.Time       `json:"at"`
	Case       caseflow.CaseNo `json:"case" doc:"Stands for the person who was looked at"`
	By         string          `json:"by" doc:"Id of who looked"`
	Department string          `json:"department,omitempty"`
	What       string          `json:"what"`
	Reason     string          `json:"reason,omitempty"`
}

// LookPage is a page of looks.
type LookPage struct {
	Body struct {
		Looks []LookLine `json:"looks" nullable:"false"`
		Next  string     `json:"next,omitempty"`
		Total *Total     `json:"total,omitempty"`
	}
}

type looksInput struct {
	caller
	LogPage
	CountQuery
	By    string    `query:"by" maxLength:"40" doc:"Id of who looked"`
	Of    string    `query:"of" maxLength:"60" doc:"Case number"`
	From  time.Time `query:"from"`
	Until time.Time `query:"until" doc:"Before this instant"`
}

// ProofView is a stored version of a pack with who vouches for it.
type ProofView struct {
	Version string    `json:"version"`
	Digest  string    `json:"digest,omitempty" doc:"SHA-256 of its files"`
	Added   time.Time `json:"added,omitzero"`
	Proof   string    `json:"proof" enum:"here,before,loading,unknown" doc:"here: proved by this very program; before: by an earlier one; loading: when it was loaded; unknown: not stored"`
}

// ProofList is the versions of a pack, the oldest first.
type ProofList struct {
	Body struct {
		Versions []ProofView `json:"versions" nullable:"false"`
	}
}

// ChangeList is what differs between two versions of a pack.
type ChangeList struct {
	Body struct {
		Changes []pack.Change `json:"changes" nullable:"false"`
	}
}

// PromiseView is what an item of a pack promises.
type PromiseView struct {
	Item      caseflow.ItemID `json:"item"`
	Name      caseflow.Text   `json:"name"`
	Statutory string          `json:"statutory,omitempty" example:"15 workday"`
	Promised  string          `json:"promised,omitempty" example:"2 workday"`
	Basis     string          `json:"basis,omitempty" doc:"Of the promise"`
	Visits    int             `json:"visits"`
	Fee       int64           `json:"fee" doc:"In fen"`
	Steps     int             `json:"steps"`
}

// PromiseList is what each item of a version promises.
type PromiseList struct {
	Body struct {
		Items []PromiseView `json:"items" nullable:"false"`
	}
}

// PackPath is the id of a pack in a path.
type PackPath struct {
	Pack string `path:"pack" maxLength:"100"`
}

type packInput struct {
	caller
	PackPath
}

type promisesInput struct {
	caller
	PackPath
	Version string `path:"version" maxLength:"40"`
}

type compareInput struct {
	caller
	PackPath
	Old string `query:"old" required:"true" maxLength:"40"`
	New string `query:"new" required:"true" maxLength:"40"`
}

func (a *API) registerLogs(op func(id, method, path, summary, more string) huma.Operation) {
	get := http.MethodGet
	huma.Register(a.huma, op("list-sign-ins", get, "/sign-ins", "The sign-in log, newest first", "The security and the audit administrator's."), a.signIns)
	huma.Register(a.huma, op("list-operations", get, "/operations", "The operation log: what administrators did, newest first", "The audit administrator's."), a.operations)
	huma.Register(a.huma, op("list-all-looks", get, "/looks", "Who looked at personal data, newest first", "The audit administrator's."), a.allLooks)
	huma.Register(a.huma, op("settle-alarm", http.MethodPost, "/alarms/{alarm}/settle", "Say what an alarm about a log was", "The security administrator's. The alarm stays with its evidence; the reason is published and has a leaf in the evidence log."), a.settleAlarm)
	huma.Register(a.huma, op("see-witnesses", get, "/witnesses", "What the witnesses of the log have answered, and which logs are witnessed here", "The three administrators'."), a.witnesses)
	huma.Register(a.huma, op("see-system", get, "/system", "How the system stands", "The system and the audit administrator's."), a.system)
	huma.Register(a.huma, op("list-proofs", get, "/packs/{pack}", "The versions of a pack with their proofs", "The system and the audit administrator's."), a.proofs)
	huma.Register(a.huma, op("compare-packs", get, "/packs/{pack}/changes", "What differs between two versions of a pack", "The system and the audit administrator's."), a.comparePacks)
	huma.Register(a.huma, op("list-promises", get, "/packs/{pack}/versions/{version}", "What each item of a version promises", "The system and the audit administrator's."), a.promises)
}

func (a *API) signIns(ctx context.Context, in *tracesInput) (*TracePage, error) {
	return a.traces(ctx, in, store.SignInLog)
}

func (a *API) operations(ctx context.Context, in *tracesInput) (*TracePage, error) {
	return a.traces(ctx, in, store.OperationLog)
}

func (a *API) traces(ctx context.Context, in *tracesInput, log string) (*TracePage, error) {
	q := store.TraceQuery{Log: log, Account: in.Account, By: in.By, Address: in.Address, From: in.From, Until: in.Until, Cursor: in.Cursor, Limit: in.Limit}
	if in.Kind != "" {
		q.Kinds = []string{in.Kind}
	}
	list, next, err := a.o.Gate.Traces(ctx, in.by, in.Region, q)
	if err != nil {
		return nil, err
	}
	out := &TracePage{}
	out.Body.Next, out.Body.Traces = next, make([]TraceView, len(list))
	for i, t := range list {
		out.Body.Traces[i] = TraceView{ID: t.ID, At: t.At, Kind: t.Kind, Region: t.Region, Account: t.Account, By: t.By, Session: t.Session, Address: t.Address,
			Reason: t.Reason, Changes: t.Changes}
	}
	out.Body.Total, err = in.total(func() (store.Count, error) { return a.o.Gate.CountTraces(ctx, in.by, in.Region, q) })
	return out, err
}

func (a *API) allLooks(ctx context.Context, in *looksInput) (*LookPage, error) {
	q := store.LookQuery{Account: in.By, Case: caseflow.CaseNo(in.Of), From: in.From, Until: in.Until, Cursor: in.Cursor, Limit: in.Limit}
	list, next, err := a.o.Gate.Looks(ctx, in.by, in.Region, q)
	if err != nil {
		return nil, err
	}
	out := &LookPage{}
	out.Body.Next, out.Body.Looks = next, make([]LookLine, len(list))
	for i, l := range list {
		out.Body.Looks[i] = LookLine{l.At, l.Case, l.Account, l.Department, l.What, l.Reason}
	}
	out.Body.Total, err = in.total(func() (store.Count, error) { return a.o.Gate.CountLooks(ctx, in.by, in.Region, q) })
	return out, err
}

func (a *API) proofs(ctx context.Context, in *packInput) (*ProofList, error) {
	if err := a.maySee(in.by); err != nil {
		return nil, err
	}
	versions := a.o.Packs.Versions(in.Pack)
	if len(versions) == 0 {
		return nil, hall.ErrNotFound
	}
	rows, err := a.o.Packs.Proofs(ctx)
	if err != nil {
		return nil, err
	}
	out := &ProofList{}
	for _, version := range versions {
		v := ProofView{Version: version, Proof: "unknown"}
		for _, row := range rows {
			if row.ID != in.Pack || row.Version != version {
				continue
			}
			v.Digest, v.Added, v.Proof = hex.EncodeToString(row.Digest), row.Added, "loading"
			if row.Proved != "" {
				v.Proof = "before"
			}
			if row.Proved != "" && row.Proved == a.o.Packs.Build() {
				v.Proof = "here"
			}
		}
		out.Body.Versions = append(out.Body.Versions, v)
	}
	return out, nil
}

// packAt finds a version for who may see packs.
func (a *API) packAt(by caseflow.Actor, id, version string) (*pack.Pack, error) {
	if err := a.maySee(by); err != nil {
		return nil, err
	}
	p, err := a.o.Packs.Pack(id, version)
	if errors.Is(err, pack.ErrNoSuch) || version == "" {
		return nil, hall.ErrNotFound
	}
	return p, err
}

func (a *API) comparePacks(_ context.Context, in *compareInput) (*ChangeList, error) {
	old, err := a.packAt(in.by, in.Pack, in.Old)
	if err != nil {
		return nil, err
	}
	now, err := a.packAt(in.by, in.Pack, in.New)
	if err != nil {
		return nil, err
	}
	out := &ChangeList{}
	out.Body.Changes = filled(pack.Compare(old, now))
	return out, nil
}

func (a *API) promises(_ context.Context, in *promisesInput) (*PromiseList, error) {
	p, err := a.packAt(in.by, in.Pack, in.Version)
	if err != nil {
		return nil, err
	}
	out := &PromiseList{}
	out.Body.Items = make([]PromiseView, len(p.Items))
	for i, it := range p.Items {
		v := PromiseView{Item: it.ID, Name: it.Name, Basis: it.Limits.Promised.Basis.String(), Visits: it.Visits, Fee: it.Fee.Fen, Steps: len(it.Steps)}
		v.Statutory, v.Promised = written(it.Limits.Statutory), written(it.Limits.Promised)
		out.Body.Items[i] = v
	}
	return out, nil
}

// written is the length of a limit, "" if there is none.
func written(r caseflow.Rule) string {
	if r.Limit.N == 0 {
		return ""
	}
	return r.Limit.String()
}
