package hall

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Dispatch is a message to the outside that has not arrived, as who keeps the program running sees it: where it stands, and
// neither what it says nor to whom in full.
type Dispatch struct {
	store.MessageKey
	Channel   string
	Recipient string // masked
	Template  string
	State     string
	Attempts  int
	Next      time.Time // of one that waits
	Made      time.Time
	Error     string // of the last attempt, in the words of the courier
	Cause     string // what kind of error that is: one of Causes; "" without an error
}

// causes are the kinds of errors by what the courier's words hold; the first that fits is it.
var causes = []struct{ words, cause string }{
	{"not set up on the server", "channel"}, {"no longer set up", "subscription"}, {"nobody listens there", "subscription"},
	{"server stopped while", "stopped"}, {"its address is malformed", "recipient"}, {"settings are wrong", "settings"},
	{"request cannot be written", "settings"}, {"of the request is malformed", "settings"}, {"address is not public", "settings"},
	{"template ", "text"}, {"the event is no JSON", "text"}, {"after the mail was handed over", "silent"}, {"words that do not tell", "silent"},
	{"no answer in time", "silent"}, {"does not resolve", "unreached"}, {"line broke", "unreached"}, {"dial: ", "unreached"},
	{"read: ", "unreached"}, {"write: ", "unreached"}, {"could not be spoken to", "unreached"}, {"refused it for good", "refused"},
	{"answered ", "answered"}, {"", "other"},
}

// Causes lists the kinds of errors of attempts.
func Causes() (list []string) {
	for _, c := range causes {
		if !slices.Contains(list, c.cause) {
			list = append(list, c.cause)
		}
	}
	return list
}

// CauseOf is the kind of the error of an attempt in the courier's words; "" without one.
func CauseOf(words string) string {
	if words == "" {
		return ""
	}
	return causes[slices.IndexFunc(causes, func(c struct{ words, cause string }) bool { return strings.Contains(words, c.words) })].cause
}

// Dispatches lists the messages of a region that are in a state other than sent, and counts all that are not sent.
// ErrNotFound for who may not see the system.
func (h *Hall) Dispatches(ctx context.Context, by caseflow.Actor, q store.DispatchQuery) ([]Dispatch, []store.DispatchCount, string, error) {
	if !access.May(by, access.SystemSee, access.Resource{Region: q.Region}).Allow {
		return nil, nil, "", ErrNotFound
	}
	list, next, err := h.store.Dispatches(ctx, q)
	if err != nil {
		return nil, nil, "", err
	}
	counts, err := h.store.CountDispatches(ctx, q.Region)
	if err != nil {
		return nil, nil, "", err
	}
	all := make([]Dispatch, len(list))
	for i, m := range list {
		all[i] = Dispatch{MessageKey: m.MessageKey, Channel: m.Channel, Recipient: maskRecipient(m.Channel, m.Recipient), Template: m.Template,
			State: m.State, Attempts: m.Attempts, Next: m.Next, Made: m.Made, Error: m.Error, Cause: CauseOf(m.Error)}
	}
	return all, counts, next, nil
}

// maskRecipient leaves of a phone and of a mail address what tells two apart.
func maskRecipient(channel, to string) string {
	switch channel {
	case ChannelSMS:
		return ident.MaskPhone(to)
	case ChannelEmail:
		return MaskEmail(to)
	}
	return to
}

// MaskEmail leaves the first character and the domain.
func MaskEmail(s string) string {
	name, domain, ok := strings.Cut(s, "@")
	if !ok || name == "" {
		return "***"
	}
	_, n := utf8.DecodeRuneInString(name)
	return name[:n] + "***@" + domain
}

// Settle is what a person decides about a message that is dead or unclear: to send it again, or that it has arrived. An
// unclear message that is sent again may come twice: that is what the person takes upon themself, and it stands in the operation log who did.
// ErrNotFound if it is neither, or the actor may not.
func (h *Hall) Settle(ctx context.Context, by caseflow.Actor, key store.MessageKey, again bool) error {
	if !access.May(by, access.SystemManage, access.Resource{Region: key.Region}).Allow {
		return ErrNotFound
	}
	state, kind := store.MessageSent, access.MessageSettled
	if again {
		state, kind = store.MessageWaiting, access.MessageResent
	}
	t, err := h.noted(by, key.Region, kind, fmt.Sprintf("%s.%d.%d", key.Case, key.Entry, key.Index))
	if err != nil {
		return err
	}
	if err := h.store.SettleMessage(ctx, key, state, t.At, t); err != nil {
		return err
	}
	poke(h.sent)
	return nil
}
