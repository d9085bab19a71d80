package courier_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/courier"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/workday"
)

const region = "610502"

var citizen = caseflow.Actor{ID: "u1", Kind: caseflow.ActorCitizen, Name: "王秀英",
	Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}}

// shelf is a catalogue of one item that can be asked for and does nothing further.
type shelf struct{}

func (shelf) Current(id caseflow.ItemID) *caseflow.Item {
	limit := caseflow.Rule{Limit: workday.Limit{N: 5}}
	return &caseflow.Item{ID: id, Pack: "t", Version: "1", Name: caseflow.Text{ZH: "试办"}, Department: "hall",
		Limits: caseflow.Limits{Acceptance: limit, Statutory: limit, Promised: limit, Correction: limit}}
}

func (s shelf) Item(_, _ string, id caseflow.ItemID) *caseflow.Item { return s.Current(id) }

// office is a store with messages that wait, on virtual time.
type office struct {
	t     *testing.T
	store store.Store
	hall  *hall.Hall
	mu    sync.Mutex
	now   time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	st, err := sqlstore.Open(t.Context(), sqlstore.Options{Address: filepath.Join(t.TempDir(), "t.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	o.store = st
	if o.hall, err = hall.New(hall.Options{Store: st, Catalogue: shelf{}, Now: o.clock}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// submit hands in a request, which sends the applicant one SMS.
func (o *office) submit(phone string) {
	o.t.Helper()
	r, err := o.hall.Do(o.t.Context(), citizen, "", store.Key{Region: region}, caseflow.Open{Item: "try", Channel: caseflow.ChannelOnline,
		Applicant: caseflow.Party{Kind: "person", Name: "王秀英", Phone: phone, Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}}})
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.hall.Do(o.t.Context(), citizen, "", store.Key{Region: region, Case: r.Case}, caseflow.Submit{}); err != nil {
		o.t.Fatal(err)
	}
}

// courier carries text messages through ch and spreads nothing: every pause is as long as it can be.
func (o *office) courier(ch courier.Channel) *courier.Courier {
	return o.carrier(courier.Line{Channel: ch})
}

func (o *office) carrier(line courier.Line) *courier.Courier {
	return courier.New(courier.Options{Store: o.store, Lines: map[string]courier.Line{hall.ChannelSMS: line}, Now: o.clock,
		Random: func() float64 { return 1 }, Log: slog.New(slog.DiscardHandler),
		Render: func(m *store.Message) (string, string, error) { return "", m.Template, nil }})
}

func (o *office) run(c *courier.Courier) int {
	o.t.Helper()
	n, err := c.Run(context.Background())
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

// state is where the message to a phone stands.
func (o *office) state(phone string) store.Message {
	o.t.Helper()
	list, _, err := o.store.Messages(o.t.Context(), store.MessageQuery{Region: region, Recipients: []string{phone}, Limit: 10})
	if err != nil || len(list) != 1 {
		o.t.Fatalf("%d messages to %s: %v", len(list), phone, err)
	}
	return list[0]
}

// gateway fails as told and counts what it was given.
type gateway struct {
	mu    sync.Mutex
	fail  []error // of the next tries
	given []courier.Parcel
}

func (g *gateway) Deliver(_ context.Context, p courier.Parcel) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.given = append(g.given, p)
	if len(g.fail) == 0 {
		return nil
	}
	err := g.fail[0]
	g.fail = g.fail[1:]
	return err
}

func TestEachMessageIsSentOnceByAnyNumberOfCouriers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for range 30 {
		o.submit("13800138000")
	}
	rec := &courier.Recorder{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := o.courier(rec).Run(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	keys := map[string]bool{}
	for _, p := range rec.Parcels() {
		if keys[p.Key] || p.To != "13800138000" || p.Text != "submitted" {
			t.Errorf("parcel %+v", p)
		}
		keys[p.Key] = true
	}
	if len(keys) != 30 {
		t.Fatalf("%d messages were sent, want 30", len(keys))
	}
	o.wait(24 * time.Hour)
	if n := o.run(o.courier(rec)); n != 0 {
		t.Fatalf("%d messages went out a second time", n)
	}
}

func TestAFailedMessageIsTriedAgainWithGrowingPauses(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.submit("13800138000")
	g := &gateway{fail: []error{errors.New("gateway is down"), errors.New("gateway is down")}}
	c := o.courier(g)
	o.run(c)
	if n := o.run(c); n != 0 || len(g.given) != 1 {
		t.Fatalf("tried %d times without a pause", len(g.given))
	}
	o.wait(9 * time.Second)
	o.run(c)
	if len(g.given) != 1 {
		t.Fatal("tried again before its time")
	}
	o.wait(2 * time.Second)
	o.run(c) // fails again; the next pause is twice as long
	o.wait(11 * time.Second)
	o.run(c)
	if len(g.given) != 2 {
		t.Fatalf("%d tries, want 2: the pause must grow", len(g.given))
	}
	o.wait(10 * time.Second)
	if n := o.run(c); n != 1 {
		t.Fatal("the third try did not go through")
	}
	if m := o.state("13800138000"); m.State != store.MessageSent || m.Attempts != 3 {
		t.Fatalf("%+v", m)
	}
	if g.given[0].Key != g.given[2].Key {
		t.Fatal("the key changed between tries: a gateway could not tell a repeat")
	}
}

func TestAMessageThatCannotBeDeliveredIsDeadAndStaysSo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.submit("13800138000")
	o.submit("13900139000")
	g := &gateway{fail: []error{courier.Permanent{Err: errors.New("no such number")}}}
	c := o.courier(g)
	if n := o.run(c); n != 1 {
		t.Fatalf("%d messages were sent, want the other one", n)
	}
	o.wait(48 * time.Hour)
	if n := o.run(c); n != 0 || len(g.given) != 2 {
		t.Fatalf("a dead message was tried again: %d tries", len(g.given))
	}
	dead := 0
	for _, phone := range []string{"13800138000", "13900139000"} {
		if o.state(phone).State == store.MessageDead {
			dead++
		}
	}
	if dead != 1 {
		t.Fatalf("%d messages are dead, want 1", dead)
	}
}

func TestAfterTwelveTriesAMessageIsDead(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.submit("13800138000")
	g := &gateway{}
	for range 20 {
		g.fail = append(g.fail, errors.New("gateway is down"))
	}
	c := o.courier(g)
	for range 20 {
		o.run(c)
		o.wait(2 * time.Hour)
	}
	if m := o.state("13800138000"); m.State != store.MessageDead || len(g.given) != courier.Attempts {
		t.Fatalf("%d tries, state %s", len(g.given), m.State)
	}
}
