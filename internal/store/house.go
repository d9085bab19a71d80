package store

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// House keeps what administrators say while the program runs, and what its background work did.
type House interface {
	// Parameters lists what was ever set. ParameterVersion grows with each change: cheap enough to ask every second.
	Parameters(ctx context.Context) ([]Parameter, error)
	ParameterVersion(ctx context.Context) (int, error)
	// PutParameter replaces the value of a parameter in a region that is at p.Version, 0 of one that was never set, and counts it up.
	// ErrConflict, and nothing is changed, if it is at another. Traces are written in the same transaction, or not at all, here
	// and below.
	PutParameter(ctx context.Context, p Parameter, traces ...Trace) error
	// Announcements lists all, those that begin last first; AnnouncementVersion grows with each change.
	Announcements(ctx context.Context) ([]Announcement, error)
	AnnouncementVersion(ctx context.Context) (int, error)
	// AddAnnouncement stores a new one, at Version 1. ErrConflict if the id is taken.
	AddAnnouncement(ctx context.Context, a Announcement, traces ...Trace) error
	// ChangeAnnouncement replaces one that is at a.Version, and counts that up. ErrConflict.
	ChangeAnnouncement(ctx context.Context, a Announcement, traces ...Trace) error
	// ReadAnnouncement records when an account read an announcement first; AnnouncementReads lists who has, the first one first;
	// ReadBy lists which an account has read.
	ReadAnnouncement(ctx context.Context, id, account string, at time.Time) error
	AnnouncementReads(ctx context.Context, id string) ([]AnnouncementRead, error)
	ReadBy(ctx context.Context, account string) ([]string, error)
	// SwitchBenefits records that an owner wants nothing that nobody asked for, or wants it again; doing so again does nothing.
	// BenefitsOff tells since when an owner wants none, and who said so; zero if that is not so.
	SwitchBenefits(ctx context.Context, owner string, off bool, account string, at time.Time) error
	BenefitsOff(ctx context.Context, owner string) (since time.Time, account string, err error)
	// PutJobs replaces what a server says of its background work; Jobs lists what all servers say, by name and server. What a
	// server last said before the instant is deleted.
	PutJobs(ctx context.Context, server string, jobs []Job, forget time.Time) error
	Jobs(ctx context.Context) ([]Job, error)
}

// Parameter is a value that an administrator has set for a region and what lies in it.
type Parameter struct {
	Name    string
	Region  string
	Value   string // "": as it was before anybody set it
	Version int    // how often it was changed
	At      time.Time
	By      string // account
	Reason  string
}

// Announcement (公告) is something that the hall tells: everybody on its first page, officials at their desk, or both.
type Announcement struct {
	ID        string        `json:"-"`
	Region    string        `json:"-"`
	Since     time.Time     `json:"-"`
	Until     time.Time     `json:"-"` // shown before it
	Version   int           `json:"-"`
	Title     caseflow.Text `json:"title"`
	Text      caseflow.Text `json:"text"` // paragraphs, one a line; no markup
	Public    bool          `json:"public,omitempty"`
	Desk      bool          `json:"desk,omitempty"`
	By        string        `json:"by"` // account
	At        time.Time     `json:"at"`
	Withdrawn time.Time     `json:"withdrawn,omitzero"`
	Withdrew  string        `json:"withdrew,omitempty"` // account
	Why       string        `json:"why,omitempty"`      // it was withdrawn
}

// AnnouncementRead is an official who has read an announcement.
type AnnouncementRead struct {
	Account string
	At      time.Time
}

// Job is what a kind of background work of a server did last.
type Job struct {
	Server string
	Name   string
	Began  time.Time
	Ended  time.Time // zero: it runs
	Next   time.Time // when it runs again; zero: when something happens
	N      int       // things that it did then
	Fault  string    // of the last run that failed
	Failed time.Time // when that was; zero: none did
}
