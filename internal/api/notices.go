package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
)

// NoticeView is a public notice (公示): what its pack names as public, and nothing else of the case.
type NoticeView struct {
	ID         string            `json:"id" example:"610902-20260316-000001-1"`
	Region     string            `json:"region"`
	Item       caseflow.ItemID   `json:"item"`
	Name       caseflow.Text     `json:"name" doc:"Of the service"`
	Title      caseflow.Text     `json:"title"`
	State      string            `json:"state" enum:"running,over,objected,dropped" doc:"over: its time is over; objected: an objection has ended it; dropped: the case ended otherwise"`
	From       time.Time         `json:"from"`
	Until      time.Time         `json:"until" doc:"The first instant that is too late to object"`
	Ended      time.Time         `json:"ended,omitzero"`
	Shown      []NoticeFact      `json:"shown" nullable:"false"`
	Department string            `json:"department" doc:"Answers objections"`
	Who        caseflow.Text     `json:"who" doc:"Who may object, and with what"`
	Ends       bool              `json:"ends" doc:"An objection ends the case at once; else the case waits until it is answered"`
	Reasons    []caseflow.Option `json:"reasons" nullable:"false" doc:"An objection names one of them, if there are any"`
}

// NoticeFact is one fact of a notice.
type NoticeFact struct {
	Key   string        `json:"key"`
	Label caseflow.Text `json:"label"`
	Value any           `json:"value"`
}

// NoticeList is a page of public notices.
type NoticeList struct {
	Body struct {
		Notices []NoticeView `json:"notices" nullable:"false"`
		Next    string       `json:"next,omitempty" doc:"Cursor of the next page"`
	}
}

// NoticeAnswer is one public notice.
type NoticeAnswer struct{ Body NoticeView }

// NoticePath names a public notice.
type NoticePath struct {
	Notice string `path:"notice" maxLength:"60" doc:"Id of the notice" example:"610902-20260316-000001-1"`
}

type noticesInput struct {
	caller
	Region  string `query:"region" required:"true" maxLength:"20" doc:"With all that lies in it"`
	Running bool   `query:"running" doc:"Only those that run"`
	Cursor  string `query:"cursor" maxLength:"1000" doc:"The next of the page before"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type noticeInput struct {
	caller
	NoticePath
}

type objectInput struct {
	caller
	NoticePath
	Key  string `header:"Idempotency-Key" doc:"See the commands on a case"`
	Body struct {
		Reason  string `json:"reason,omitempty" maxLength:"60" doc:"One of the notice's reasons"`
		Words   string `json:"words" minLength:"1" maxLength:"2000" doc:"The grounds"`
		Name    string `json:"name,omitempty" maxLength:"100" doc:"Of who has not signed in"`
		Contact string `json:"contact,omitempty" maxLength:"100" doc:"A telephone number or an address of mail; needed of who has not signed in"`
	}
}

func (a *API) registerNotices() {
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "list-notices", Method: http.MethodGet, Path: "/notices", Tags: []string{"guide"},
		Summary: "Public notices (公示) of a region, those that began last first"}), a.listNotices)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "get-notice", Method: http.MethodGet, Path: "/notices/{notice}", Tags: []string{"guide"},
		Summary: "One public notice"}), a.notice)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: caseflow.Object{}.Verb(), Method: http.MethodPost, Path: "/notices/{notice}/objections", Tags: []string{"guide"},
		Summary:     "Object to a public notice while it runs (异议)",
		Description: "Anybody may but who asked for what is published: who has not signed in gives a name and a way to be reached. The desk of the notice answers."}), a.object)
}

func (a *API) listNotices(ctx context.Context, in *noticesInput) (*NoticeList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, next, err := a.o.Hall.Notices(ctx, in.by, region, in.Running, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &NoticeList{}
	out.Body.Notices, out.Body.Next = Views(list, noticeView), next
	return out, nil
}

func (a *API) notice(ctx context.Context, in *noticeInput) (*NoticeAnswer, error) {
	p, err := a.o.Hall.Notice(ctx, in.by, in.Notice)
	if err != nil {
		return nil, err
	}
	return &NoticeAnswer{noticeView(p)}, nil
}

// object files an objection. The answer names the case and the entry, and nothing of the case.
func (a *API) object(ctx context.Context, in *objectInput) (*Receipted, error) {
	request := in.Key
	if request == "" {
		request = rand.Text()
	}
	receipt, err := a.o.Hall.Object(ctx, in.by, request, in.Notice, caseflow.Object{
		Reason: in.Body.Reason, Words: in.Body.Words, Name: in.Body.Name, Contact: in.Body.Contact,
	})
	if err != nil {
		return nil, err
	}
	return &Receipted{Key: request, Body: receipt}, nil
}

func noticeView(p *hall.Posted) NoticeView {
	v := NoticeView{ID: hall.NoticeID(p.Case, p.No), Region: p.Region, Item: p.Item, Name: p.Of, Title: p.Name, State: p.State, From: p.From,
		Until: p.Until, Ended: p.Ended, Department: p.Desk, Who: p.Who, Ends: p.Ends, Reasons: filled(p.Ask), Shown: make([]NoticeFact, len(p.List))}
	for i, f := range p.List {
		v.Shown[i] = NoticeFact{f.Key, f.Label, f.Value}
	}
	return v
}

// CaseNotice is a public notice as those see it who see its case. Who objected is told to the desk alone.
type CaseNotice struct {
	ID         string               `json:"id"`
	Step       caseflow.StepID      `json:"step"`
	State      string               `json:"state" enum:"running,over,objected,dropped"`
	From       time.Time            `json:"from"`
	Until      time.Time            `json:"until"`
	Ended      time.Time            `json:"ended,omitzero"`
	Objections []caseflow.Objection `json:"objections" nullable:"false"`
}

func caseNotices(v *hall.View, open bool) []CaseNotice {
	var list []CaseNotice
	for i := range v.Case.Publications {
		p := &v.Case.Publications[i]
		n := CaseNotice{ID: hall.NoticeID(v.Case.No, p.No), Step: p.Step, State: p.State, From: p.From, Until: v.Case.Until(p), Ended: p.Ended,
			Objections: []caseflow.Objection{}}
		for _, o := range p.Objections {
			if o.By = ""; !open {
				o.Name, o.Contact = ident.MaskName(o.Name), ident.MaskPhone(o.Contact)
			}
			n.Objections = append(n.Objections, o)
		}
		list = append(list, n)
	}
	return list
}
