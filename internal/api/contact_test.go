package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// written are the messages that wait on a channel.
func (h *house) written(channel string) []store.Message {
	h.t.Helper()
	list, err := h.store.ClaimMessages(h.t.Context(), linwei, channel, h.time().Add(24*time.Hour), h.time().Add(25*time.Hour), 100)
	must(h.t, err)
	return list
}

func (h *house) choose(who string, body map[string]any) {
	h.t.Helper()
	h.must(http.StatusOK, who, "POST", "/me/contact", body)
}

// A mail address counts once its code has come back, and not before; another one must be confirmed anew.
func TestContact_mail_goes_to_a_confirmed_address_only(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/me/contact/code", nil) // there is no address
	h.choose("owner", map[string]any{"email": "wang@example.cn"})
	h.give("owner", h.open(), "withdraw", nil)
	h.running()
	if n := len(h.written(hall.ChannelEmail)); n != 0 {
		t.Fatalf("%d mails to an address that nobody confirmed", n)
	}
	h.must(http.StatusNoContent, "owner", "POST", "/me/contact/code", nil)
	code := h.codes[0]
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	for range 5 {
		h.must(http.StatusUnprocessableEntity, "owner", "POST", "/me/contact/confirm", map[string]any{"code": wrong})
	}
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/me/contact/confirm", map[string]any{"code": code}) // too many tries
	h.must(http.StatusNoContent, "owner", "POST", "/me/contact/code", nil)
	h.must(http.StatusUnprocessableEntity, "neighbour", "POST", "/me/contact/confirm", map[string]any{"code": h.codes[1]})
	h.pass(10 * time.Minute)
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/me/contact/confirm", map[string]any{"code": h.codes[1]}) // too late
	h.must(http.StatusNoContent, "owner", "POST", "/me/contact/code", nil)
	h.must(http.StatusNoContent, "owner", "POST", "/me/contact/confirm", map[string]any{"code": " " + h.codes[2] + " "})
	var seen api.ContactView
	h.into(&seen, h.must(http.StatusOK, "owner", "GET", "/me/contact", nil))
	if seen.Email != "wang@example.cn" || seen.Confirmed.IsZero() {
		t.Fatalf("%+v", seen)
	}
	h.running()
	mails, texts := h.written(hall.ChannelEmail), h.written(hall.ChannelSMS)
	if len(mails) < 2 || mails[0].Recipient != "wang@example.cn" || len(texts) <= len(mails) {
		t.Fatalf("%d mails and %d texts", len(mails), len(texts))
	}
	h.choose("owner", map[string]any{"email": "other@example.cn", "noSMS": true})
	h.running()
	if m, s := h.written(hall.ChannelEmail), h.written(hall.ChannelSMS); len(m)+len(s) != 0 {
		t.Errorf("%d mails to an address that is not confirmed, %d texts to who wants none", len(m), len(s))
	}
	for range 3 {
		h.call("owner", "POST", "/me/contact/code", nil)
	}
	if r := h.call("owner", "POST", "/me/contact/code", nil); r.status != http.StatusTooManyRequests || len(h.codes) > 5 {
		t.Errorf("%d after %d codes", r.status, len(h.codes))
	}
}

func TestContact_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, bad := range []map[string]any{
		{"email": "wang"}, {"email": "wang@localhost"}, {"email": "a@b.cn\r\nBcc: c@d.cn"}, {"email": "王 <a@b.cn>"}, {"email": "a@b.cn,c@d.cn"},
		{"quietFrom": "22:00"}, {"quietFrom": "25:00", "quietTo": "07:00"}, {"quietFrom": "evening", "quietTo": "night"},
	} {
		r := h.call("owner", "POST", "/me/contact", bad)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", bad, r.status)
		}
	}
}

// In quiet hours what the law demands goes out at once; the rest waits for their end.
func TestContact_quiet_hours_hold_back_no_legal_notice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.choose("owner", map[string]any{"quietFrom": "09:30", "quietTo": "12:00"}) // it is ten in the morning
	h.running()
	found := 0
	for _, m := range h.written(hall.ChannelSMS) {
		want := h.time()
		if m.Template == "submitted" {
			want = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
		}
		if m.Template == "submitted" || m.Template == "accepted" {
			found++
			if m.Next.After(want) || m.Template == "submitted" && !m.Next.Equal(want) {
				t.Errorf("%s goes out at %v, want %v", m.Template, m.Next, want)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d of the two messages", found)
	}
}
