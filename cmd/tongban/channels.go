package main

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/courier"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
)

// readChannels reads how the channels to the outside are set up; nothing if no file is named.
func readChannels(name string) (*courier.Config, error) {
	if name == "" {
		return &courier.Config{}, nil
	}
	return courier.ReadConfig(name, os.LookupEnv)
}

// opened are the channels to the outside on which messages are written. A demonstration writes text messages and keeps them.
func opened(c *courier.Config, demo bool) []string {
	list := []string{}
	if len(c.SMS) > 0 || demo {
		list = append(list, hall.ChannelSMS)
	}
	if c.Email != nil {
		list = append(list, hall.ChannelEmail)
	}
	return list
}

// subscriptions are the programs that are told what happens.
func subscriptions(c *courier.Config) ([]hall.Subscription, error) {
	var list []hall.Subscription
	for _, s := range c.Webhooks {
		chosen := 0
		for _, given := range []bool{s.All, s.Department != "", s.Document != ""} {
			if given {
				chosen++
			}
		}
		if chosen != 1 {
			return nil, fmt.Errorf("webhook %q: say whose cases it is told of: one of all, department, document", s.ID)
		}
		if i := slices.IndexFunc(s.Events, func(e string) bool { return !caseflow.IsEvent(e) }); i >= 0 {
			return nil, fmt.Errorf("webhook %q: there is no event %q (events are named as in a case's timeline)", s.ID, s.Events[i])
		}
		if s.Region != "" {
			if err := checkRegion(s.Region); err != nil {
				return nil, fmt.Errorf("webhook %q: %w", s.ID, err)
			}
		}
		told := hall.Subscription{ID: s.ID, Region: s.Region, Department: s.Department, Document: s.Document, Events: s.Events}
		for _, id := range s.Items {
			told.Items = append(told.Items, caseflow.ItemID(id))
		}
		list = append(list, told)
	}
	return list, nil
}

// reach is where the channels may connect to.
func (c serveCommand) reach() (courier.Reach, error) {
	var r courier.Reach
	for _, s := range c.Reach {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return r, usageError(fmt.Sprintf("--reach %.40q is not a network such as 10.20.0.0/16", s))
		}
		r.Allow = append(r.Allow, p)
	}
	return r, nil
}

// lines are the channels as the courier uses them. What was written for one that is no longer set up is dead, not forgotten.
func (a *app) lines(c serveCommand) (map[string]courier.Line, error) {
	reach, err := c.reach()
	if err != nil {
		return nil, err
	}
	if reach.Roots, err = a.channels.Roots(); err != nil {
		return nil, err
	}
	lines := map[string]courier.Line{hall.ChannelSMS: {Channel: courier.Closed{}}, hall.ChannelEmail: {Channel: courier.Closed{}}}
	if c.Demo {
		lines[hall.ChannelSMS] = courier.Line{Channel: &courier.Recorder{}}
	}
	if len(a.channels.SMS) > 0 {
		sms, err := courier.NewSMS(a.channels.SMS, reach, a.hall.Now)
		if err != nil {
			return nil, err
		}
		lines[hall.ChannelSMS] = courier.Line{Channel: sms}
	}
	if a.channels.Email != nil {
		mail, err := courier.NewMail(*a.channels.Email, reach)
		if err != nil {
			return nil, err
		}
		lines[hall.ChannelEmail] = courier.Line{Channel: mail}
	}
	hooks := make([]courier.Hook, len(a.channels.Webhooks))
	for i, s := range a.channels.Webhooks {
		hooks[i] = s.Hook
	}
	programs, err := courier.NewWebhooks(hooks, c.Base, reach, a.hall.Now)
	if err != nil {
		return nil, err
	}
	lines[hall.ChannelWebhook] = courier.Line{Channel: programs, Repeats: true}
	return lines, nil
}

// recorded gives the texts that a demonstration keeps, the oldest first; nil where a gateway sends them, or nobody does.
func recorded(lines map[string]courier.Line) func() []hall.RecordedText {
	recorder, ok := lines[hall.ChannelSMS].Channel.(*courier.Recorder)
	if !ok {
		return nil
	}
	return func() []hall.RecordedText {
		parcels := recorder.Parcels()
		list := make([]hall.RecordedText, len(parcels))
		for i, p := range parcels {
			list[i] = hall.RecordedText{Region: p.Region, Case: caseflow.CaseNo(p.Case), Made: p.Made, Recipient: p.To, Text: p.Text}
		}
		return list
	}
}

// codes sends the codes that confirm mail addresses: at once and not by way of the outbox, so that none is ever kept in clear.
func (a *app) codes(lines map[string]courier.Line) func(ctx context.Context, to, code string) error {
	if a.channels.Email == nil {
		return nil
	}
	return func(ctx context.Context, to, code string) error {
		err := lines[hall.ChannelEmail].Deliver(ctx, courier.Parcel{Key: "code:" + crand.Text(), To: to, Made: a.hall.Now(),
			Subject: i18n.T(i18n.Chinese, "public.code-subject") + " / " + i18n.T(i18n.English, "public.code-subject"),
			Text:    i18n.T(i18n.Chinese, "public.code-text", code) + "\n\n" + i18n.T(i18n.English, "public.code-text", code)})
		if err != nil {
			a.log.Warn("a code could not be sent", "err", err)
		}
		return err
	}
}

// courier carries what the hall has written.
func (a *app) courier(c serveCommand, lines map[string]courier.Line) *courier.Courier {
	return courier.New(courier.Options{
		Jobs:  a.jobs,
		Store: a.store, Lines: lines, Render: renderMessage(a.items.Library, c.Base), Now: a.hall.Now, Random: rand.Float64, Log: a.log,
		Observe: func(channel, outcome string) { a.metrics.dispatches.WithLabelValues(channel, outcome).Inc() },
	})
}
