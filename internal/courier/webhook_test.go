package courier_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/courier"
)

const (
	oldSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
	newSecret = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
)

func newHook(t *testing.T, url string, secrets ...courier.Secret) *courier.Webhooks {
	t.Helper()
	w, err := courier.NewWebhooks([]courier.Hook{{ID: "tax", URL: url, Secrets: secrets}}, "https://zwfw.example.cn/", loopback,
		func() time.Time { return time.Unix(1_795_000_000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func happened() courier.Parcel {
	p := parcel
	p.To, p.Text, p.Subject = "tax", `{"case":"610502-20261123-000001","item":"try","seq":3}`, ""
	return p
}

// verified checks a signature as a receiver would who knows Standard Webhooks.
func verified(h http.Header, body, secret string) bool {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "." + body))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, s := range strings.Fields(h.Get("webhook-signature")) {
		if version, sum, _ := strings.Cut(s, ","); version == "v1" && sum == want {
			return true
		}
	}
	return false
}

func TestWebhook_is_a_signed_CloudEvent_with_one_id(t *testing.T) {
	t.Parallel()
	g := newGateway(t, says(204, ""))
	w := newHook(t, g.URL, newSecret, oldSecret)
	for range 2 {
		if err := w.Deliver(t.Context(), happened()); err != nil {
			t.Fatal(err)
		}
	}
	h, body := g.heads[0], g.given()[0]
	if !verified(h, body, oldSecret) || !verified(h, body, newSecret) || verified(h, body+" ", newSecret) {
		t.Errorf("signature %q", h.Get("webhook-signature"))
	}
	if h.Get("webhook-timestamp") != "1795000000" || h.Get("Content-Type") != "application/cloudevents+json; charset=utf-8" {
		t.Errorf("%v", h)
	}
	if id := h.Get("webhook-id"); id == "" || strings.Contains(id, ".") || g.heads[1].Get("webhook-id") != id || g.given()[1] != body {
		t.Errorf("a repeat cannot be recognised: %q, %q", id, g.heads[1].Get("webhook-id"))
	}
	var e map[string]any
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{"specversion": "1.0", "id": parcel.Key, "source": "https://zwfw.example.cn/regions/610502",
		"type": "cn.tongban.case.accepted", "subject": parcel.Case, "time": "2026-11-23T02:00:00Z", "datacontenttype": "application/json"} {
		if e[k] != want {
			t.Errorf("%s is %v, want %s", k, e[k], want)
		}
	}
	if data, _ := e["data"].(map[string]any); data["seq"] != 3.0 {
		t.Errorf("data %v", e["data"])
	}
}

func TestWebhook_answers(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{200: "sent", 202: "sent", 302: "again", 400: "again", 429: "again", 500: "again", 503: "again", 410: "dead"} {
		g := newGateway(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(status)
		})
		err := newHook(t, g.URL, newSecret).Deliver(t.Context(), happened())
		var later courier.Later
		got := "sent"
		switch {
		case errors.As(err, new(courier.Permanent)):
			got = "dead"
		case errors.As(err, &later) && later.After == 30*time.Second:
			got = "again"
		case err != nil:
			got = err.Error()
		}
		if got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
}

// A webhook is sent to no address that is not public, however it is written, and to none that the receiver names instead.
func TestWebhook_reaches_nothing_private_and_follows_nobody(t *testing.T) {
	t.Parallel()
	inside := newGateway(t, says(200, ""))
	_, port, _ := strings.Cut(strings.TrimPrefix(inside.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1"} {
		w, err := courier.NewWebhooks([]courier.Hook{{ID: "tax", URL: "http://" + host + ":" + port, Secrets: []courier.Secret{newSecret}}}, "", courier.Reach{}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Deliver(t.Context(), happened()); err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	away := newGateway(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", inside.URL)
		w.WriteHeader(307)
	})
	if err := newHook(t, away.URL, newSecret).Deliver(t.Context(), happened()); err == nil || len(away.given()) != 1 {
		t.Errorf("a redirect: %v", err)
	}
	sealed := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came through") }))
	sealed.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(sealed.Close)
	if err := newHook(t, sealed.URL, newSecret).Deliver(t.Context(), happened()); err == nil {
		t.Error("a certificate that nobody vouches for was believed")
	}
	if n := len(inside.given()); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

func TestWebhook_settings_are_checked_at_the_start(t *testing.T) {
	t.Parallel()
	short := courier.Secret("whsec_" + base64.StdEncoding.EncodeToString([]byte("kurz")))
	for name, h := range map[string]courier.Hook{
		"no id": {URL: "https://a.cn", Secrets: []courier.Secret{newSecret}}, "no secret": {ID: "a", URL: "https://a.cn"},
		"short secret": {ID: "a", URL: "https://a.cn", Secrets: []courier.Secret{short}},
		"three":        {ID: "a", URL: "https://a.cn", Secrets: []courier.Secret{newSecret, newSecret, newSecret}},
		"file":         {ID: "a", URL: "file:///etc/passwd", Secrets: []courier.Secret{newSecret}},
		"password":     {ID: "a", URL: "https://u:p@a.cn", Secrets: []courier.Secret{newSecret}},
	} {
		if _, err := courier.NewWebhooks([]courier.Hook{h}, "", loopback, time.Now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
