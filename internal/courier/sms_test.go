package courier_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/courier"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

var loopback = courier.Reach{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

// exchangeOffice is a gateway on loopback that answers as told and keeps what it was given.
type exchangeOffice struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	heads  []http.Header
}

func newGateway(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *exchangeOffice {
	t.Helper()
	g := &exchangeOffice{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.mu.Lock()
		g.bodies, g.heads = append(g.bodies, string(body)), append(g.heads, r.Header)
		g.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *exchangeOffice) given() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.bodies...)
}

func says(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hangUp takes the request and cuts the connection.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// downAt is an address where nobody listens.
func downAt(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // to be gone is what it is for
	return "http://" + l.Addr().String()
}

func provider(name, url string) courier.Provider {
	return courier.Provider{Name: name, URL: url + "/send?app={{query .Secret.app}}",
		Headers: map[string]string{"Content-Type": "application/json", "X-Sign": "{{.Signature}}"},
		Body:    `{"to":{{json .National}},"text":{{json .Text}},"id":{{json .Key}}}`,
		Sign:    &courier.Sign{Method: "hmac-sha256", Key: "key", Over: "{{.To}}|{{.Text}}"},
		Success: courier.Answer{Field: "result.code", Equals: []string{"0", "OK"}},
		Refused: courier.Answer{Field: "result.code", Equals: []string{"BAD_NUMBER"}},
		Secrets: map[string]courier.Secret{"app": "geheim&1", "key": "schluessel"},
	}
}

func newSMS(t *testing.T, providers ...courier.Provider) *courier.SMS {
	t.Helper()
	s, err := courier.NewSMS(providers, loopback, func() time.Time { return time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var parcel = courier.Parcel{Key: "610502-20261123-000001/2/2", To: "+8613800138000", Text: "您申请的“开办企业”已受理。\n</text>", Kind: "accepted",
	Region: region, Case: "610502-20261123-000001", Made: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}

func TestSMS_is_asked_for_as_the_gateway_wants_it(t *testing.T) {
	t.Parallel()
	var query string
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.Query().Get("app")
		says(200, `{"result":{"code":0}}`)(w, r)
	})
	if err := newSMS(t, provider("a", g.URL)).Deliver(t.Context(), parcel); err != nil {
		t.Fatal(err)
	}
	var body struct{ To, Text, ID string }
	if err := json.Unmarshal([]byte(g.given()[0]), &body); err != nil || body.To != "13800138000" || body.Text != parcel.Text || body.ID != parcel.Key {
		t.Errorf("%v %+v", err, body)
	}
	mac := hmac.New(sha256.New, []byte("schluessel"))
	mac.Write([]byte(parcel.To + "|" + parcel.Text))
	if got := g.heads[0].Get("X-Sign"); got != hex.EncodeToString(mac.Sum(nil)) || query != "geheim&1" {
		t.Errorf("signed %s, app %q", got, query)
	}
}

// What each way to fail means: sure not to have been sent, so that the other gateway is asked and it is tried again; never
// to be; or unclear, and then the other gateway is not asked, since the person would get it twice.
func TestSMS_failures_are_told_apart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   string // sent, other, dead, unclear
	}{
		"takes it":                   {says(200, `{"result":{"code":"OK"}}`), "sent"},
		"says no in its own words":   {says(200, `{"result":{"code":"BUSY"}}`), "other"},
		"does not know the number":   {says(200, `{"result":{"code":"BAD_NUMBER"}}`), "dead"},
		"too many":                   {says(429, ``), "other"},
		"not signed in":              {says(401, `{}`), "other"},
		"in maintenance":             {says(503, `down`), "other"},
		"fails":                      {says(500, `oops`), "unclear"},
		"a proxy before it gives up": {says(502, ``), "unclear"},
		"garbage":                    {says(200, "\x00\xff<html>"), "unclear"},
		"an empty answer":            {says(200, ``), "unclear"},
		"a list":                     {says(200, `[{"code":0}]`), "unclear"},
		"sends us elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, "other"},
		"hangs up after taking it":       {hangUp, "unclear"},
		"an answer that does not end":    {func(w http.ResponseWriter, _ *http.Request) { endless(w) }, "unclear"},
		"a head of a hundred thousand b": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<17)) }, "unclear"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := newGateway(t, says(200, `{"result":{"code":0}}`))
			g := newGateway(t, c.answer)
			err := newSMS(t, provider("a", g.URL), provider("b", other.URL)).Deliver(t.Context(), parcel)
			got := "sent"
			switch {
			case errors.As(err, new(courier.Unclear)):
				got = "unclear"
			case errors.As(err, new(courier.Permanent)):
				got = "dead"
			case err == nil && len(other.given()) == 1:
				got = "other"
			case err != nil:
				got = err.Error()
			}
			if got != c.want || len(g.given()) != 1 || got != "other" && len(other.given()) != 0 {
				t.Errorf("%s (%v), want %s; asked %d and %d times", got, err, c.want, len(g.given()), len(other.given()))
			}
			if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "13800138000") || strings.Contains(err.Error(), g.URL)) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

// endless writes until the other side has had enough.
func endless(w http.ResponseWriter) {
	for range 10_000 {
		if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
			return
		}
	}
}

func TestSMS_goes_on_to_the_other_gateway_if_one_is_down(t *testing.T) {
	t.Parallel()
	other := newGateway(t, says(200, `{"result":{"code":0}}`))
	if err := newSMS(t, provider("a", downAt(t)), provider("b", other.URL)).Deliver(t.Context(), parcel); err != nil || len(other.given()) != 1 {
		t.Fatalf("%v, %d", err, len(other.given()))
	}
	err := newSMS(t, provider("a", downAt(t)), provider("b", downAt(t))).Deliver(t.Context(), parcel)
	if err == nil || errors.As(err, new(courier.Unclear)) || errors.As(err, new(courier.Permanent)) {
		t.Errorf("both down: %v", err)
	}
	busy := newGateway(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "90"); w.WriteHeader(429) })
	var later courier.Later
	if err := newSMS(t, provider("a", busy.URL), provider("b", downAt(t))).Deliver(t.Context(), parcel); !errors.As(err, &later) || later.After != 90*time.Second {
		t.Errorf("busy and down: %v, after %v", err, later.After)
	}
	if err := newSMS(t, provider("a", "http://10.255.255.1")).Deliver(t.Context(), parcel); !errors.Is(err, courier.ErrUnreachable) {
		t.Errorf("a private address: %v", err)
	}
}

// A gateway that takes the text and does not answer: the attempt ends in time and is unclear.
func TestSMS_slow_gateway_is_unclear_in_time(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	g := newGateway(t, func(http.ResponseWriter, *http.Request) { <-hold })
	t.Cleanup(func() { close(hold) })
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := newSMS(t, provider("a", g.URL)).Deliver(ctx, parcel); !errors.As(err, new(courier.Unclear)) {
		t.Errorf("%v", err)
	}
}

func TestSMS_settings_are_checked_at_the_start(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*courier.Provider){
		"no name":          func(p *courier.Provider) { p.Name = "" },
		"template":         func(p *courier.Provider) { p.Body = "{{.Text" },
		"unknown value":    func(p *courier.Provider) { p.Body = "{{.Secret.nowhere}}" },
		"unknown field":    func(p *courier.Provider) { p.Body = "{{.Phone}}" },
		"sign method":      func(p *courier.Provider) { p.Sign.Method = "rot13" },
		"sign key":         func(p *courier.Provider) { p.Sign.Key = "nowhere" },
		"sign encoding":    func(p *courier.Provider) { p.Sign.Encoding = "ebcdic" },
		"field, no values": func(p *courier.Provider) { p.Success.Equals = nil },
	} {
		p := provider("a", "https://sms.example.cn")
		change(&p)
		_, err := courier.NewSMS([]courier.Provider{p}, loopback, time.Now)
		if err == nil || strings.Contains(err.Error(), "schluessel") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Through the courier: what is unclear stays where a person sees it, goes out again only when the person says so, and is
// counted.
func TestUnclearMessagesWaitForAPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.submit("13800138000")
	cut := true
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
		if cut {
			hangUp(w, r)
			return
		}
		says(200, `{"result":{"code":0}}`)(w, r)
	})
	c := o.courier(newSMS(t, provider("a", g.URL)))
	o.run(c)
	o.wait(48 * time.Hour)
	if n := o.run(c); n != 0 || len(g.given()) != 1 {
		t.Fatalf("an unclear message went out again by itself: asked %d times", len(g.given()))
	}
	m := o.state("13800138000")
	if m.State != store.MessageUnclear || m.Attempts != 1 {
		t.Fatalf("%+v", m)
	}
	cut = false
	if err := o.store.SettleMessage(t.Context(), m.MessageKey, store.MessageWaiting, o.clock()); err != nil {
		t.Fatal(err)
	}
	if n := o.run(c); n != 1 || len(g.given()) != 2 || g.given()[0] != g.given()[1] {
		t.Fatalf("resent %d; %v", n, g.given())
	}
}

// A server dies after it has begun to send: the next does not send again what people would get twice, and does send again
// what programs know by its key.
func TestAMessageWhoseServerDiedWhileSending(t *testing.T) {
	t.Parallel()
	for _, repeats := range []bool{false, true} {
		t.Run(fmt.Sprint("repeats ", repeats), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.submit("13800138000")
			list, err := o.store.ClaimMessages(t.Context(), region, hall.ChannelSMS, o.clock(), o.clock().Add(time.Minute), 10)
			if err != nil || len(list) != 1 {
				t.Fatal(err, len(list))
			}
			if err := o.store.BeginMessage(t.Context(), list[0]); err != nil { // and here it was killed
				t.Fatal(err)
			}
			g := &gateway{}
			c := o.carrier(courier.Line{Channel: g, Repeats: repeats})
			if o.run(c); len(g.given) != 0 {
				t.Fatal("sent while another server may still be at it")
			}
			o.wait(time.Minute)
			o.run(c)
			want := store.MessageUnclear
			if repeats {
				want = store.MessageSent
			}
			if m := o.state("13800138000"); m.State != want || repeats != (len(g.given) == 1) {
				t.Fatalf("%s, given %d times", m.State, len(g.given))
			}
		})
	}
}

// A server that is told to stop while a gateway answers waits for the answer: the message is sent, not unclear.
func TestAStoppingServerLetsWhatItSendsEnd(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.submit("13800138000")
	ctx, stop := context.WithCancel(t.Context())
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
		stop()
		says(200, `{"result":{"code":0}}`)(w, r)
	})
	var log bytes.Buffer
	c := courier.New(courier.Options{Store: o.store, Lines: map[string]courier.Line{hall.ChannelSMS: {Channel: newSMS(t, provider("a", g.URL))}},
		Now: o.clock, Random: func() float64 { return 1 }, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Render: func(m *store.Message) (string, string, error) { return "", m.Template, nil }})
	if _, err := c.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if m := o.state("13800138000"); m.State != store.MessageSent {
		t.Fatalf("%s %s", m.State, m.Error)
	}
}
