// Package courier carries messages outside: it takes what commands have put into the outbox, hands each message to its
// channel, and records how it went. One file a channel: sms.go, email.go, webhook.go, recorder.go; reach.go says which
// addresses any of them may connect to, config.go reads how they are set up.
//
// What is promised: an attempt is recorded, durably and under a lease, before anything leaves the house. So no two servers
// send one message, and what a server was sending when it died is known. An attempt ends in one of four ways: it was taken
// over (sent), it surely was not (tried again with growing pauses, at last dead), it never will be (dead), or nobody can
// tell (unclear), as when the line breaks after the text was handed over. What is unclear is sent again only where the other
// side knows a repeat by its key (webhooks: at least once, under one id). Text messages and mails go out at most once by
// themselves; a person looks at the list and decides.
package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// Attempts is how often a message is tried before it is dead: with doubling pauses that is most of a working day.
const Attempts = 12

const (
	claim   = 100              // messages taken at once
	hands   = 8                // of one channel that are being sent at once
	lease   = time.Minute      // how long a claim keeps other servers away
	within  = 20 * time.Second // how long one attempt may take
	first   = 10 * time.Second // pause after the first failure; doubles each time
	longest = 2 * time.Hour    // pause
	patient = 24 * time.Hour   // the longest pause that the other side may ask for
)

// Parcel is one message, ready to go.
type Parcel struct {
	Key     string // idempotency key: the message's place in the journal; the same for every attempt
	To      string // telephone, address or subscription
	Subject string // of a mail
	Text    string
	Kind    string // what happened
	Region  string
	Case    string
	Made    time.Time
}

// Channel carries parcels. Deliver returns nil when the other side has taken the parcel over; Permanent when it never will;
// Unclear when it may have done so; Later when it asked for a pause; and any other error when it surely has not.
type Channel interface {
	Deliver(ctx context.Context, p Parcel) error
}

// Line is a channel as it is used.
type Line struct {
	Channel
	// Repeats: the other side knows a parcel again by its key, so that one whose outcome is unclear is sent once more.
	Repeats bool
}

// Permanent marks an error that trying again will not mend, such as a number that does not exist.
type Permanent struct{ Err error }

func (p Permanent) Error() string { return p.Err.Error() }
func (p Permanent) Unwrap() error { return p.Err }

// Unclear marks an error after which nobody can tell whether the parcel was taken over.
type Unclear struct{ Err error }

func (u Unclear) Error() string { return u.Err.Error() }
func (u Unclear) Unwrap() error { return u.Err }

// Later marks an error of somebody who said when to come again.
type Later struct {
	Err   error
	After time.Duration
}

func (l Later) Error() string { return l.Err.Error() }
func (l Later) Unwrap() error { return l.Err }

// Closed is a channel that is not set up.
type Closed struct{}

// Deliver refuses.
func (Closed) Deliver(context.Context, Parcel) error {
	return Permanent{errors.New("this channel is not set up on the server")}
}

// Options wire a courier.
type Options struct {
	Jobs  *chore.Board // nil: nobody is told
	Store store.Store
	Lines map[string]Line // by channel; messages of others are left alone
	// Render fills a message's template: a subject, for mails, and a text.
	Render func(m *store.Message) (subject, text string, err error)
	Now    func() time.Time
	Random func() float64 // in [0, 1): spreads what failed together
	Log    *slog.Logger
	// Observe, if set, is told how each attempt ended: sent, failed, unclear, dead.
	Observe func(channel, outcome string)
}

// Courier empties the outbox.
type Courier struct{ o Options }

// New makes a courier.
func New(o Options) *Courier {
	if o.Observe == nil {
		o.Observe = func(string, string) {}
	}
	return &Courier{o}
}

// Run sends what is due in all regions on all channels, each channel for itself, and returns how many messages were taken over.
func (c *Courier) Run(ctx context.Context) (int, error) {
	var mu sync.Mutex
	var all []error
	var wg sync.WaitGroup
	sent := 0
	for name := range c.o.Lines {
		wg.Go(func() {
			n, err := c.run(ctx, name)
			mu.Lock()
			defer mu.Unlock()
			sent, all = sent+n, append(all, err)
		})
	}
	wg.Wait()
	return sent, errors.Join(all...)
}

// run sends what is due on one channel.
func (c *Courier) run(ctx context.Context, channel string) (int, error) {
	regions, err := c.o.Store.Regions(ctx)
	if err != nil {
		return 0, fmt.Errorf("regions: %w", err)
	}
	sent := 0
	for _, region := range regions {
		for {
			now := c.now()
			list, err := c.o.Store.ClaimMessages(ctx, region, channel, now, now.Add(lease), claim)
			if err != nil {
				return sent, fmt.Errorf("claim %s messages of %s: %w", channel, region, err)
			}
			if len(list) == 0 {
				break
			}
			n, err := c.carryAll(ctx, c.o.Lines[channel], list)
			if sent += n; err != nil {
				return sent, err
			}
		}
	}
	return sent, nil
}

// carryAll tries messages of one channel, some at once: one slow answer does not hold up the rest.
func (c *Courier) carryAll(ctx context.Context, line Line, list []store.Message) (int, error) {
	var mu sync.Mutex
	var all []error
	var wg sync.WaitGroup
	sent := 0
	next := make(chan *store.Message)
	for range min(hands, len(list)) {
		wg.Go(func() {
			for m := range next {
				ok, err := c.carry(ctx, line, m)
				mu.Lock()
				if ok {
					sent++
				}
				all = append(all, err)
				mu.Unlock()
			}
		})
	}
	for i := range list {
		next <- &list[i]
	}
	close(next)
	wg.Wait()
	return sent, errors.Join(all...)
}

// carry tries one message and records the outcome.
func (c *Courier) carry(ctx context.Context, line Line, m *store.Message) (bool, error) {
	if m.State == store.MessageSending && !line.Repeats {
		c.unclear(m, errors.New("a server stopped while it was sending this"))
		return false, c.finish(ctx, m)
	}
	if ctx.Err() != nil || m.Lease.Sub(c.now()) < within {
		return false, nil // its lease ends, then somebody takes it up
	}
	err := c.o.Store.BeginMessage(ctx, *m)
	if errors.Is(err, store.ErrConflict) {
		return false, nil // somebody else has it
	}
	if err != nil {
		return false, fmt.Errorf("begin message: %w", err)
	}
	m.Attempts++
	// A server that is told to stop lets what it is sending end: to cut the line would make it unclear.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	err = c.deliver(sending, line, m)
	cancel()
	c.outcome(line, m, err)
	return m.State == store.MessageSent, c.finish(ctx, m)
}

func (c *Courier) finish(ctx context.Context, m *store.Message) error {
	if err := c.o.Store.FinishMessages(context.WithoutCancel(ctx), []store.Message{*m}); err != nil {
		return fmt.Errorf("record a delivery: %w", err)
	}
	return nil
}

func (c *Courier) deliver(ctx context.Context, line Line, m *store.Message) error {
	subject, text, err := c.o.Render(m)
	if err != nil {
		return Permanent{fmt.Errorf("template %s: %w", m.Template, err)}
	}
	return line.Deliver(ctx, Parcel{
		Key: fmt.Sprintf("%s/%d/%d", m.Case, m.Entry, m.Index), To: m.Recipient, Subject: subject, Text: text,
		Kind: m.Template, Region: m.Region, Case: string(m.Case), Made: m.Made,
	})
}

// outcome notes in the message how an attempt ended.
func (c *Courier) outcome(line Line, m *store.Message, err error) {
	now := c.now()
	var later Later
	switch {
	case err == nil:
		m.State, m.Sent, m.Error = store.MessageSent, now, ""
		c.o.Observe(m.Channel, "sent")
	case errors.As(err, new(Unclear)) && !line.Repeats:
		c.unclear(m, err)
	case errors.As(err, new(Permanent)), m.Attempts >= Attempts:
		m.State, m.Error = store.MessageDead, clip(err.Error())
		c.o.Log.Error("message is dead", "case", m.Case, "entry", m.Entry, "channel", m.Channel, "attempts", m.Attempts, "err", m.Error)
		c.o.Observe(m.Channel, "dead")
	default:
		errors.As(err, &later)
		m.State, m.Error, m.Next = store.MessageWaiting, clip(err.Error()), now.Add(max(pause(m.Attempts, c.o.Random()), min(later.After, patient)))
		c.o.Observe(m.Channel, "failed")
	}
}

func (c *Courier) unclear(m *store.Message, err error) {
	m.State, m.Error = store.MessageUnclear, clip(err.Error())
	c.o.Log.Error("message is unclear: it may have arrived, so it is not sent again by itself", "case", m.Case, "entry", m.Entry,
		"channel", m.Channel, "err", m.Error)
	c.o.Observe(m.Channel, "unclear")
}

// pause is how long to wait after the nth failure: between half and all of a span that doubles.
func pause(n int, random float64) time.Duration {
	span := min(first<<min(n-1, 20), longest)
	return span/2 + time.Duration(random*float64(span/2))
}

func (c *Courier) now() time.Time { return c.o.Now().UTC() }

// clip keeps the start of an error: it is shown to operators.
func clip(s string) string {
	const most = 300
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "")
}

// Serve sends whenever wake is signalled, and every two seconds what became due, until ctx ends. Each channel has its own
// loop: a gateway that hangs holds up no other.
func (c *Courier) Serve(ctx context.Context, wake <-chan struct{}) {
	var wg sync.WaitGroup
	defer wg.Wait()
	var loops []chan struct{}
	for name := range c.o.Lines {
		nudge := make(chan struct{}, 1)
		nudge <- struct{}{}
		loops = append(loops, nudge)
		wg.Go(func() { c.loop(ctx, name, nudge) })
	}
	bell := c.o.Jobs.Bell(chore.Courier)
	ticker := time.NewTicker(2 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-wake:
		case <-bell:
		}
		for _, nudge := range loops {
			select {
			case nudge <- struct{}{}:
			default: // it is nudged already
			}
		}
	}
}

func (c *Courier) loop(ctx context.Context, channel string, nudge <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-nudge:
		}
		if _, err := c.o.Jobs.Do(chore.Courier, 0, func() (int, error) { return c.run(ctx, channel) }); err != nil && ctx.Err() == nil {
			c.o.Log.Error("courier", "channel", channel, "err", err)
		}
	}
}
