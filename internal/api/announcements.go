package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// AnnouncementView is what a hall announces (公告).
type AnnouncementView struct {
	ID     string        `json:"id"`
	Region string        `json:"region" doc:"With all that lies in it"`
	Title  caseflow.Text `json:"title"`
	Text   caseflow.Text `json:"text" doc:"A line for each paragraph; no markup"`
	Public bool          `json:"public,omitempty" doc:"Shown to everybody"`
	Desk   bool          `json:"desk,omitempty" doc:"Shown to officials"`
	Since  time.Time     `json:"since"`
	Until  time.Time     `json:"until" doc:"Shown before it"`
	Unread bool          `json:"unread,omitempty" doc:"It is for officials, and you have not read it"`
}

// AnnouncedList is what is announced now.
type AnnouncedList struct {
	Body struct {
		Announcements []AnnouncementView `json:"announcements" nullable:"false" doc:"Those that began last first"`
	}
}

// ManagedAnnouncement is an announcement as administrators see it.
type ManagedAnnouncement struct {
	AnnouncementView
	By        string                 `json:"by" doc:"Id of an account"`
	At        time.Time              `json:"at"`
	Withdrawn time.Time              `json:"withdrawn,omitzero"`
	Withdrew  string                 `json:"withdrew,omitempty" doc:"Id of an account"`
	Why       string                 `json:"why,omitempty"`
	Reads     []AnnouncementReadView `json:"reads,omitempty" doc:"Officials who have read it, of one that was asked for"`
}

// AnnouncementReadView is an official who has read an announcement.
type AnnouncementReadView struct {
	Account string    `json:"account" doc:"Id"`
	At      time.Time `json:"at"`
}

// ManagedAnnouncements is all announcements of a region.
type ManagedAnnouncements struct {
	Body struct {
		Announcements []ManagedAnnouncement `json:"announcements" nullable:"false" doc:"Those that begin last first"`
	}
}

// ManagedAnnouncementAnswer is one announcement.
type ManagedAnnouncementAnswer struct{ Body ManagedAnnouncement }

// AnnouncementPath names an announcement.
type AnnouncementPath struct {
	Announcement string `path:"announcement" maxLength:"40"`
}

type announcedInput struct {
	caller
	Region string `query:"region" required:"true" maxLength:"20" doc:"Whose announcements to everybody are asked for, with those of the regions above"`
}

type announcementInput struct {
	caller
	AnnouncementPath
}

type announcementsInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"The own if left out"`
}

type announceInput struct {
	caller
	Body struct {
		Request string        `json:"request,omitempty" maxLength:"100" doc:"The same request makes one announcement, however often it is sent"`
		Region  string        `json:"region,omitempty" maxLength:"20" doc:"And what lies in it; the own if left out"`
		Title   caseflow.Text `json:"title"`
		Text    caseflow.Text `json:"text"`
		Public  bool          `json:"public,omitempty"`
		Desk    bool          `json:"desk,omitempty"`
		From    workday.Date  `json:"from,omitzero" doc:"At once if left out"`
		To      workday.Date  `json:"to" doc:"The last day"`
	}
}

type withdrawAnnouncementInput struct {
	caller
	AnnouncementPath
	Body struct {
		Why string `json:"why" maxLength:"1000"`
	}
}

func (a *API) registerAnnouncements() {
	tags := []string{"announcements"}
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "list-announced", Method: http.MethodGet, Path: "/announcements", Tags: tags,
		Summary: "What is announced now: to everybody of a region, and to you if you are an official"}), a.announced)
	huma.Register(a.huma, huma.Operation{OperationID: "read-announcement", Method: http.MethodPost, Path: "/announcements/{announcement}/read", Tags: tags,
		Summary: "Say that you have read an announcement to officials; the first time counts"}, a.readAnnouncement)
}

func (a *API) registerManagedAnnouncements(op func(id, method, path, summary, more string) huma.Operation) {
	made := op("announce", http.MethodPost, "/announcements", "Make an announcement", "The system administrator's. It cannot be changed: withdraw it and make another.")
	made.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, op("list-announcements", http.MethodGet, "/announcements", "All announcements of a region", "The system and the audit administrator's."), a.announcements)
	huma.Register(a.huma, made, a.announce)
	huma.Register(a.huma, op("see-announcement", http.MethodGet, "/announcements/{announcement}", "An announcement with who has read it", "The system and the audit administrator's."), a.seeAnnouncement)
	huma.Register(a.huma, op("withdraw-announcement", http.MethodPost, "/announcements/{announcement}/withdraw", "Withdraw an announcement, with a reason", "The system administrator's."), a.withdrawAnnouncement)
}

func announcementView(n *store.Announcement) AnnouncementView {
	return AnnouncementView{ID: n.ID, Region: n.Region, Title: n.Title, Text: n.Text, Public: n.Public, Desk: n.Desk, Since: n.Since, Until: n.Until}
}

func managedAnnouncement(n *store.Announcement) ManagedAnnouncement {
	return ManagedAnnouncement{AnnouncementView: announcementView(n), By: n.By, At: n.At, Withdrawn: n.Withdrawn, Withdrew: n.Withdrew, Why: n.Why}
}

func (a *API) announced(ctx context.Context, in *announcedInput) (*AnnouncedList, error) {
	unread, err := a.o.Hall.Unread(ctx, in.by)
	if err != nil {
		return nil, err
	}
	list := a.o.Hall.Announced(in.Region)
	for _, n := range a.o.Hall.AnnouncedTo(in.by) {
		if !slices.ContainsFunc(list, func(o store.Announcement) bool { return o.ID == n.ID }) {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(x, y store.Announcement) int { return y.Since.Compare(x.Since) })
	out := &AnnouncedList{}
	out.Body.Announcements = make([]AnnouncementView, len(list))
	for i := range list {
		v := announcementView(&list[i])
		v.Unread = slices.ContainsFunc(unread, func(o store.Announcement) bool { return o.ID == v.ID })
		out.Body.Announcements[i] = v
	}
	return out, nil
}

func (a *API) readAnnouncement(ctx context.Context, in *announcementInput) (*struct{}, error) {
	return nil, a.o.Hall.ReadAnnouncement(ctx, in.by, in.Announcement)
}

func (a *API) announcements(ctx context.Context, in *announcementsInput) (*ManagedAnnouncements, error) {
	list, err := a.o.Hall.Announcements(ctx, in.by, in.regionOf(in.Region))
	if err != nil {
		return nil, err
	}
	out := &ManagedAnnouncements{}
	out.Body.Announcements = Views(list, managedAnnouncement)
	return out, nil
}

func (a *API) announce(ctx context.Context, in *announceInput) (*ManagedAnnouncementAnswer, error) {
	b := &in.Body
	n, err := a.o.Hall.Announce(ctx, in.by, b.Request, hall.NewAnnouncement{Region: in.regionOf(b.Region), Title: b.Title, Text: b.Text, Public: b.Public, Desk: b.Desk, From: b.From, To: b.To})
	if err != nil {
		return nil, err
	}
	return &ManagedAnnouncementAnswer{managedAnnouncement(n)}, nil
}

func (a *API) seeAnnouncement(ctx context.Context, in *announcementInput) (*ManagedAnnouncementAnswer, error) {
	n, reads, err := a.o.Hall.Announcement(ctx, in.by, in.Announcement)
	if err != nil {
		return nil, err
	}
	out := &ManagedAnnouncementAnswer{managedAnnouncement(n)}
	for _, r := range reads {
		out.Body.Reads = append(out.Body.Reads, AnnouncementReadView(r))
	}
	return out, nil
}

func (a *API) withdrawAnnouncement(ctx context.Context, in *withdrawAnnouncementInput) (*ManagedAnnouncementAnswer, error) {
	n, err := a.o.Hall.WithdrawAnnouncement(ctx, in.by, in.Announcement, in.Body.Why)
	if err != nil {
		return nil, err
	}
	return &ManagedAnnouncementAnswer{managedAnnouncement(n)}, nil
}
