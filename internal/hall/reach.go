package hall

import (
	"context"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Subscription is a program outside that is told what happens to cases: those that a department takes part in, those of one
// applicant, or all. It is told what happened to which case, and no more: names and answers it asks for through the API, where
// its rights are judged.
type Subscription struct {
	ID         string
	Region     string // "" all
	Department string
	Document   string // type:number of the applicant
	Items      []caseflow.ItemID
	Events     []string // names of events; none: all

	succeeds []string // departments that count as Department in the region of the case
}

// wants reports whether an event of a case is for the subscriber. Nobody is told of a draft that its applicant fills in alone.
func (s *Subscription) wants(row *store.CaseRow, region, event string) bool {
	return !row.Private() && (s.Region == "" || s.Region == region) &&
		(s.Department == "" || slices.Contains(row.Departments, s.Department) || slices.ContainsFunc(s.succeeds, func(d string) bool { return slices.Contains(row.Departments, d) })) &&
		(s.Document == "" || s.Document == row.Document) &&
		(len(s.Items) == 0 || slices.Contains(s.Items, row.Item)) &&
		(len(s.Events) == 0 || slices.Contains(s.Events, event))
}

// Happening is what a subscriber is told: the data of a CloudEvent.
type Happening struct {
	Case  caseflow.CaseNo `json:"case"`
	Item  caseflow.ItemID `json:"item"`
	Phase caseflow.Phase  `json:"phase"` // after the entry
	Entry int             `json:"entry"` // of the journal
	Seq   int             `json:"seq"`   // of the event within the case
	At    time.Time       `json:"at"`
}

// outside is what messages need to know of the world outside.
type outside struct {
	reached  func() store.Contact // how the owner of the case wants to be reached
	channels []string
	told     []Subscription
	offices  *offices // of the region of the case
}

// programs tells subscribers of each event.
func (m *mailbag) programs(events []caseflow.Event) {
	for i := range m.told {
		s := m.told[i]
		if s.Department != "" {
			s.succeeds = m.offices.succeeds(s.Department)
		}
		for n, e := range events {
			if s.wants(&m.ch.Row, m.ch.Region, e.Name()) {
				m.put(ChannelWebhook, s.ID, e.Name(), Happening{Case: m.ch.Case, Item: m.ch.Row.Item, Phase: m.ch.Row.Phase,
					Entry: m.ch.Entry.No, Seq: m.ch.Entry.Seq + n, At: m.ch.Entry.At})
			}
		}
	}
}

// legal are the messages by which an authority tells what the law obliges it to tell (行政许可法 art. 32, 37, 38, 42, 44, 69):
// neither quiet hours nor a wish for fewer messages hold them back.
var legal = []string{"correction", "accepted", "accepted-by-silence", "declined", "stopped", "extended", "outage", "recounted", "decided",
	"granted-by-silence", "part-refused", "rejected", "delivered", "revoked", "promise-broken", "withdrawn-by-silence"}

// applicant writes to the applicant's account; to the phone that was given; and to the mail address that the account has
// confirmed. Who fills in for somebody else at a window has no account there: then the phone alone.
func (m *mailbag) applicant(template string, n Notice) {
	phone := m.c.Applicant.Phone
	if m.c.Agent != nil && m.c.Agent.Phone != "" {
		phone = m.c.Agent.Phone
	}
	sms, mail := phone != "" && slices.Contains(m.channels, ChannelSMS), m.c.Owner != "" && slices.Contains(m.channels, ChannelEmail)
	var wish store.Contact
	if m.c.Owner != "" {
		m.add(ChannelInApp, m.c.Owner, template, n)
		if sms || mail {
			wish = m.reached()
		}
	}
	n.Subject = "" // what leaves the house says no more than it must
	from := len(m.list)
	if sms && !wish.NoSMS {
		m.add(ChannelSMS, phone, template, n)
	}
	if mail && !wish.Confirmed.IsZero() && !wish.NoEmail {
		m.add(ChannelEmail, wish.Email, template, n)
	}
	if slices.Contains(legal, template) {
		return
	}
	for i := range m.list[from:] {
		m.list[from+i].Next = afterQuiet(wish, m.ch.Entry.At)
	}
}

// afterQuiet is the instant, or the end of the quiet hours that it falls into.
func afterQuiet(wish store.Contact, at time.Time) time.Time {
	const day = 24 * 60
	span := (wish.QuietTo - wish.QuietFrom + day) % day
	local := at.In(workday.Shanghai)
	since := (local.Hour()*60 + local.Minute() - wish.QuietFrom + day) % day
	if since >= span {
		return at
	}
	return local.Truncate(time.Minute).Add(time.Duration(span-since) * time.Minute).UTC()
}

// messagesOf makes the messages of a change. How the owner wants to be reached is read when there is something to tell, unless that
// is among what is known.
func (h *Hall) messagesOf(ctx context.Context, ch *store.Change, it *caseflow.Item, dec *caseflow.Decision, known map[string]store.Contact) ([]store.Message, error) {
	var failed error
	var wish *store.Contact
	reached := func() store.Contact {
		if n, ok := known[dec.Case.Owner]; ok {
			return n
		}
		if wish == nil {
			n, err := h.store.Contact(ctx, dec.Case.Owner)
			wish, failed = &n, err
		}
		return *wish
	}
	return messages(ch, it, dec, outside{reached, h.channels, h.told, h.offices.Load().regions[ch.Region]}), failed
}
