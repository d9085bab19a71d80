package courier

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Hook is a program of somebody else that is told what happens: its address and the secrets that sign what it gets. While a
// secret is being changed there are two, and two signatures.
type Hook struct {
	ID      string   `yaml:"id"`
	URL     string   `yaml:"url"`
	Secrets []Secret `yaml:"secrets"` // whsec_ and base64 of 24 to 64 bytes
}

// Webhooks carries events to programs: a CloudEvent (1.0.2, structured JSON), signed as Standard Webhooks 1.0 asks. The id is
// the same for every attempt: whoever receives it knows a repeat.
type Webhooks struct {
	hooks  map[string]hook
	client *http.Client
	source string
	now    func() time.Time
}

type hook struct {
	url  string
	keys [][]byte
}

// NewWebhooks checks addresses and secrets. source is what the events name as their origin, such as https://zwfw.example.cn.
func NewWebhooks(list []Hook, source string, reach Reach, now func() time.Time) (*Webhooks, error) {
	w := &Webhooks{hooks: map[string]hook{}, client: reach.client(), source: strings.TrimSuffix(source, "/"), now: now}
	for _, h := range list {
		u, err := url.Parse(h.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return nil, fmt.Errorf("webhook %q: url is not an address such as https://host/path", h.ID)
		}
		if _, twice := w.hooks[h.ID]; h.ID == "" || twice {
			return nil, fmt.Errorf("webhook %q: each needs an id of its own", h.ID)
		}
		made := hook{url: h.URL}
		for _, s := range h.Secrets {
			key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(s), "whsec_"))
			if err != nil || len(key) < 24 || len(key) > 64 {
				return nil, fmt.Errorf("webhook %q: a secret is not whsec_ and base64 of 24 to 64 bytes", h.ID)
			}
			made.keys = append(made.keys, key)
		}
		if len(made.keys) == 0 || len(made.keys) > 2 {
			return nil, fmt.Errorf("webhook %q: one secret is needed, two while it is changed", h.ID)
		}
		w.hooks[h.ID] = made
	}
	return w, nil
}

// cloudEvent is the envelope of CloudEvents 1.0.2.
type cloudEvent struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// eventType begins the type of every event; the name that the core knows it by follows.
const eventType = "cn.tongban.case."

// Deliver sends one event.
func (w *Webhooks) Deliver(ctx context.Context, p Parcel) error {
	h, ok := w.hooks[p.To]
	if !ok {
		return Permanent{errors.New("the subscription is no longer set up")}
	}
	id := "msg_" + base64.RawURLEncoding.EncodeToString([]byte(p.Key)) // a full stop would make the signed text ambiguous
	body, err := json.Marshal(cloudEvent{SpecVersion: "1.0", ID: p.Key, Source: w.source + "/regions/" + p.Region, Type: eventType + p.Kind,
		Subject: p.Case, Time: p.Made, DataContentType: "application/json", Data: json.RawMessage(p.Text)})
	if err != nil {
		return Permanent{errors.New("the event is no JSON")}
	}
	head := http.Header{}
	at := strconv.FormatInt(w.now().Unix(), 10)
	head.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	head.Set("User-Agent", "Tongban")
	head.Set("Webhook-Id", id)
	head.Set("Webhook-Timestamp", at)
	head.Set("Webhook-Signature", signatures(h.keys, id, at, body))
	a, err := exchange(ctx, w.client, http.MethodPost, h.url, head, body, w.now())
	switch {
	case err != nil:
		return err
	case a.status >= 200 && a.status <= 299:
		return nil
	case a.status == http.StatusGone:
		return Permanent{errors.New("answered 410: nobody listens there any more")}
	}
	return a.notYet()
}

// signatures signs id.timestamp.body with each key.
func signatures(keys [][]byte, id, at string, body []byte) string {
	all := make([]string, len(keys))
	for i, key := range keys {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + at + "."))
		h.Write(body)
		all[i] = "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return strings.Join(all, " ")
}
