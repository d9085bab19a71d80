package hall

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// announced are the announcements as this server knows them.
type announced struct {
	version int
	rows    []store.Announcement // those that begin last first
}

// Bounds of an announcement.
const (
	maxTitle        = 60   // characters
	maxAnnouncement = 2000 // characters
	maxAnnounced    = 366  // days
)

// What may be wrong with an announcement, by its code.
var announcementFaults = map[string]caseflow.Text{
	"announcement.title": {ZH: "请填写标题，不超过 60 个字，不换行。", EN: "Give a title of at most 60 characters, in one line."},
	"announcement.text":  {ZH: "请填写正文，不超过 2000 个字；只写文字，分段用换行。", EN: "Give a text of at most 2,000 characters: words alone, a line for each paragraph."},
	"announcement.both":  {ZH: "英文标题和英文正文请同时填写，或者都不填。", EN: "Give both title and text in English, or neither."},
	"announcement.where": {ZH: "请选择显示在哪里。", EN: "Choose where it is shown."},
	"announcement.days":  {ZH: "请填写今天或者以后的起止日期，截止日期不早于开始日期，最长一年。", EN: "Give days from today on, the last not before the first, a year at most."},
	"announcement.why":   {ZH: "请写明撤下的理由，不超过 200 个字。", EN: "Say why it is withdrawn, in at most 200 characters."},
}

// NewAnnouncement is an announcement to be made.
type NewAnnouncement struct {
	Region       string
	Title, Text  caseflow.Text // the English may be left out
	Public, Desk bool
	From, To     workday.Date // the last day included; From 0: at once
}

// FollowAnnouncements reads the announcements that the store keeps, if one was changed since. A server that serves does it by
// itself, every second.
func (h *Hall) FollowAnnouncements(ctx context.Context) error {
	version, err := h.store.AnnouncementVersion(ctx)
	if err != nil {
		return fmt.Errorf("version of the announcements: %w", err)
	}
	if h.board.Load().version == version {
		return nil
	}
	h.reading.Lock()
	defer h.reading.Unlock()
	rows, err := h.store.Announcements(ctx)
	if err != nil {
		return fmt.Errorf("announcements: %w", err)
	}
	next := &announced{rows: rows}
	for i := range rows {
		next.version += rows[i].Version
	}
	h.board.Store(next)
	return nil
}

// Announced lists what is announced now to everybody of a region, those that began last first.
func (h *Hall) Announced(region string) []store.Announcement {
	return h.shown(func(a *store.Announcement) bool { return a.Public && liesIn(region, a.Region) })
}

// AnnouncedTo lists what is announced now to an official, those that began last first.
func (h *Hall) AnnouncedTo(by caseflow.Actor) []store.Announcement {
	return h.shown(func(a *store.Announcement) bool {
		return a.Desk && access.May(by, access.AnnouncementRead, access.Resource{Region: a.Region}).Allow
	})
}

// shown are those that run now.
func (h *Hall) shown(keep func(*store.Announcement) bool) []store.Announcement {
	var list []store.Announcement
	now := h.Now()
	rows := h.board.Load().rows
	for i := range rows {
		if a := &rows[i]; Stands(a, now) && keep(a) {
			list = append(list, *a)
		}
	}
	return list
}

// Stands reports whether an announcement is shown at an instant.
func Stands(a *store.Announcement, at time.Time) bool {
	return a.Withdrawn.IsZero() && !at.Before(a.Since) && at.Before(a.Until)
}

// liesIn reports whether a region is another one or lies in it.
func liesIn(region, in string) bool {
	for at := region; at != ""; {
		if at == in {
			return true
		}
		r, ok := ident.Service().ByCode(at)
		if !ok {
			return false
		}
		at = r.Parent
	}
	return false
}

// Unread lists which announcements to an official the official has not read.
func (h *Hall) Unread(ctx context.Context, by caseflow.Actor) ([]store.Announcement, error) {
	list := h.AnnouncedTo(by)
	if len(list) == 0 { // the usual case asks nobody
		return nil, nil
	}
	read, err := h.store.ReadBy(ctx, by.ID)
	return slices.DeleteFunc(list, func(a store.Announcement) bool { return slices.Contains(read, a.ID) }), err
}

// ReadAnnouncement records that an official has read an announcement; the first time counts. ErrNotFound for whom it is not shown to.
func (h *Hall) ReadAnnouncement(ctx context.Context, by caseflow.Actor, id string) error {
	if !slices.ContainsFunc(h.AnnouncedTo(by), func(a store.Announcement) bool { return a.ID == id }) {
		return ErrNotFound
	}
	return h.store.ReadAnnouncement(ctx, id, by.ID, h.Now())
}

// Announcements lists all of a region, for who may see how the system stands there. ErrNotFound.
func (h *Hall) Announcements(ctx context.Context, by caseflow.Actor, region string) ([]store.Announcement, error) {
	if !access.May(by, access.SystemSee, access.Resource{Region: region}).Allow {
		return nil, ErrNotFound
	}
	if err := h.FollowAnnouncements(ctx); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(h.board.Load().rows), func(a store.Announcement) bool { return a.Region != region }), nil
}

// Announcement finds one with who has read it. ErrNotFound.
func (h *Hall) Announcement(ctx context.Context, by caseflow.Actor, id string) (*store.Announcement, []store.AnnouncementRead, error) {
	if err := h.FollowAnnouncements(ctx); err != nil {
		return nil, nil, err
	}
	rows := h.board.Load().rows
	i := slices.IndexFunc(rows, func(a store.Announcement) bool { return a.ID == id })
	if i < 0 || !access.May(by, access.SystemSee, access.Resource{Region: rows[i].Region}).Allow {
		return nil, nil, ErrNotFound
	}
	a := rows[i]
	reads, err := h.store.AnnouncementReads(ctx, id)
	return &a, reads, err
}

// Announce makes an announcement: it cannot be changed, so that what officials have read stays what they have read. The same request
// gives the same one. ErrNotFound for who may not.
func (h *Hall) Announce(ctx context.Context, by caseflow.Actor, request string, n NewAnnouncement) (*store.Announcement, error) {
	if request = cmp.Or(request, h.text()); !validRequest(request) {
		return nil, ErrBadRequest
	}
	if !knownRegion(n.Region) || !access.May(by, access.AnnouncementWrite, access.Resource{Region: n.Region}).Allow {
		return nil, ErrNotFound
	}
	a, err := h.newAnnouncement(n)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(by.ID + "\n" + request))
	a.ID, a.By, a.At = hex.EncodeToString(sum[:12]), by.ID, h.Now()
	t, err := h.noted(by, a.Region, access.Announced, a.Title.ZH)
	if err != nil {
		return nil, err
	}
	if err = h.store.AddAnnouncement(ctx, *a, t); err != nil && !errors.Is(err, store.ErrConflict) { // a conflict: the same request, twice
		return nil, fmt.Errorf("announce: %w", err)
	}
	found, _, err := h.Announcement(ctx, by, a.ID)
	return found, err
}

// noted is what the operation log says of an act.
func (h *Hall) noted(by caseflow.Actor, region string, kind access.EventKind, reason string) (store.Trace, error) {
	id := h.text()
	if id == "" {
		return store.Trace{}, errors.New("draw the id of a trace")
	}
	return store.Trace{ID: id[:24], At: h.Now(), Log: store.OperationLog, Kind: string(kind), Region: region, By: by.ID, Reason: reason}, nil
}

// newAnnouncement reads what was typed. A refusal names every field that is wrong.
func (h *Hall) newAnnouncement(n NewAnnouncement) (*store.Announcement, error) {
	a := &store.Announcement{Region: n.Region, Public: n.Public, Desk: n.Desk}
	var wrong []caseflow.FieldFault
	fault := func(bad bool, field, code string) {
		if bad {
			wrong = append(wrong, caseflow.FieldFault{Field: field, Code: code, Text: announcementFaults[code]})
		}
	}
	a.Title = caseflow.Text{ZH: strings.TrimSpace(n.Title.ZH), EN: strings.TrimSpace(n.Title.EN)}
	a.Text = caseflow.Text{ZH: paragraphs(n.Text.ZH), EN: paragraphs(n.Text.EN)}
	fault(a.Title.ZH == "" || !plain(a.Title.ZH, maxTitle, false), "title", "announcement.title")
	fault(a.Text.ZH == "" || !plain(a.Text.ZH, maxAnnouncement, true), "text", "announcement.text")
	fault(!plain(a.Title.EN, 2*maxTitle, false), "title-en", "announcement.title")
	fault(!plain(a.Text.EN, 2*maxAnnouncement, true), "text-en", "announcement.text")
	fault((a.Title.EN == "") != (a.Text.EN == ""), "title-en", "announcement.both")
	fault(!a.Public && !a.Desk, "where", "announcement.where")
	now := h.Now()
	today := workday.DateOf(now)
	if a.Since = now; n.From > today {
		a.Since = n.From.Start()
	}
	first := max(n.From, today)
	fault(n.From != 0 && n.From < today || n.To < first || n.To > first+maxAnnounced, "to", "announcement.days")
	if wrong != nil {
		return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: wrong}
	}
	a.Until = n.To.End()
	return a, nil
}

// paragraphs are the lines of a text, without those that are empty.
func paragraphs(s string) string {
	var list []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r", "\n")) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return strings.Join(list, "\n")
}

// plain reports whether a text is not too long and holds nothing that is not seen.
func plain(s string, most int, lines bool) bool {
	n := 0
	for _, r := range s {
		if n++; !unicode.IsPrint(r) && (r != '\n' || !lines) {
			return false
		}
	}
	return n <= most
}

// WithdrawAnnouncement takes an announcement back that is not over, with a reason; one that is withdrawn stays so. ErrNotFound for who
// may not.
func (h *Hall) WithdrawAnnouncement(ctx context.Context, by caseflow.Actor, id, why string) (*store.Announcement, error) {
	a, _, err := h.Announcement(ctx, by, id)
	if err != nil || !access.May(by, access.AnnouncementWrite, access.Resource{Region: a.Region}).Allow {
		return nil, cmp.Or(err, ErrNotFound)
	}
	if why = strings.TrimSpace(why); why == "" || !plain(why, maxReason, false) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: "why", Code: "announcement.why", Text: announcementFaults["announcement.why"]}}}
	}
	if !a.Withdrawn.IsZero() {
		return a, nil
	}
	a.Withdrawn, a.Withdrew, a.Why = h.Now(), by.ID, why
	t, err := h.noted(by, a.Region, access.Unannounced, a.Title.ZH+"："+why)
	if err != nil {
		return nil, err
	}
	err = h.store.ChangeAnnouncement(ctx, *a, t)
	switch {
	case errors.Is(err, store.ErrConflict):
		return nil, &caseflow.Refusal{Code: CodeQuicker}
	case err != nil:
		return nil, fmt.Errorf("withdraw an announcement: %w", err)
	}
	return a, h.FollowAnnouncements(ctx)
}
