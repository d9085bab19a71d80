// Package courier carries messages outside: it takes what commands have put into the outbox, hands each message to its
// channel, and records how it went. One file a channel.
//
// A message is sent at most once as far as the channel can tell: its place in the journal is its idempotency key, and a
// claim keeps other servers away. A channel that fails is tried again with growing pauses; after Attempts tries, or
// when the channel says that it never will work, the message is dead and waits for a person to send it again.
package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// Attempts is how often a message is tried before it is dead.
const Attempts = 8

const (
	claim = 100              // messages taken at once
	lease = time.Minute      // how long a claim keeps other servers away
	first = 10 * time.Second // pause after the first failure; doubles each time
)

// Parcel is one message, ready to go: rendered, addressed, with the key under which the channel may know it already.
type Parcel struct {
	Key  string // idempotency key
	To   string
	Text string
}

// Channel carries parcels. Deliver returns nil when the other side has taken the parcel over, a Permanent error when it
// never will, and any other error when it may later. A parcel with a Key that was taken before must not be sent again.
type Channel interface {
	Deliver(ctx context.Context, p Parcel) error
}

// Permanent marks an error that trying again will not mend, such as an address that does not exist.
type Permanent struct{ Err error }

func (p Permanent) Error() string { return p.Err.Error() }
func (p Permanent) Unwrap() error { return p.Err }

// Courier empties the outbox.
type Courier struct {
	store    store.Store
	channels map[string]Channel
	render   func(template string, body []byte) (string, error)
	now      func() time.Time
	log      *slog.Logger
}

// New makes a courier. render fills a template with a message's body.
func New(s store.Store, channels map[string]Channel, render func(string, []byte) (string, error), now func() time.Time, log *slog.Logger) *Courier {
	return &Courier{store: s, channels: channels, render: render, now: now, log: log}
}

// Run sends what is due in all regions and returns how many messages were taken over.
func (c *Courier) Run(ctx context.Context) (int, error) {
	regions, err := c.store.Regions(ctx)
	if err != nil {
		return 0, fmt.Errorf("regions: %w", err)
	}
	sent := 0
	for _, region := range regions {
		for {
			now := c.now().UTC()
			list, err := c.store.ClaimMessages(ctx, region, now, now.Add(lease), claim)
			if err != nil {
				return sent, fmt.Errorf("claim messages of %s: %w", region, err)
			}
			if len(list) == 0 {
				break
			}
			for i := range list {
				if c.carry(ctx, &list[i]) {
					sent++
				}
			}
			if err := c.store.FinishMessages(ctx, list); err != nil {
				return sent, fmt.Errorf("record deliveries of %s: %w", region, err)
			}
		}
	}
	return sent, nil
}

// carry tries one message and notes the outcome in it.
func (c *Courier) carry(ctx context.Context, m *store.Message) bool {
	err := c.deliver(ctx, m)
	now := c.now().UTC()
	m.Attempts++
	if err == nil {
		m.State, m.Sent, m.Error = store.MessageSent, now, ""
		return true
	}
	m.Error = clip(err.Error())
	if m.Attempts >= Attempts || errors.As(err, new(Permanent)) {
		m.State = store.MessageDead
		c.log.Error("message is dead", "case", m.Case, "entry", m.Entry, "channel", m.Channel, "attempts", m.Attempts, "err", m.Error)
		return false
	}
	m.Next = now.Add(first << (m.Attempts - 1))
	return false
}

func (c *Courier) deliver(ctx context.Context, m *store.Message) error {
	ch, ok := c.channels[m.Channel]
	if !ok {
		return Permanent{fmt.Errorf("no channel %q is set up", m.Channel)}
	}
	text, err := c.render(m.Template, m.Body)
	if err != nil {
		return Permanent{fmt.Errorf("template %s: %w", m.Template, err)}
	}
	return ch.Deliver(ctx, Parcel{
		Key: fmt.Sprintf("%s/%d/%d", m.Case, m.Entry, m.Index), To: m.Recipient, Text: text,
	})
}

// clip keeps the start of a gateway's words: they are shown to operators, not trusted in size.
func clip(s string) string {
	if len(s) > 300 {
		return s[:300]
	}
	return s
}

// Serve runs whenever wake is signalled, and every two seconds for what became due, until ctx ends.
func (c *Courier) Serve(ctx context.Context, wake <-chan struct{}) {
	ticker := time.NewTicker(2 * time.Second)
	defer ticker.Stop()
	for {
		if _, err := c.Run(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("courier", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-wake:
		}
	}
}
