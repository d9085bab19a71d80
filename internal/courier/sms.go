package courier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"  // #nosec G501 -- some gateways sign no other way
	"crypto/sha1" // #nosec G505 -- likewise
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/tongban/tongban/internal/dotted"
)

// Provider is an SMS gateway as data: the request that it wants, and how its answer is read. URL, Headers and Body are
// templates (text/template) over .To, .National (without +86), .Text, .Key, .Time (Unix seconds), .Stamp (RFC 3339), .Secret.<name>
// and .Signature, with the functions json, query and base64.
type Provider struct {
	Name    string            `yaml:"name"`
	URL     string            `yaml:"url"`
	Method  string            `yaml:"method"` // POST if left out
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	Sign    *Sign             `yaml:"sign"`
	Success Answer            `yaml:"success"`
	Refused Answer            `yaml:"refused"` // that no later attempt mends: a number that does not exist
	Secrets map[string]Secret `yaml:"secrets"`
}

// Sign says how .Signature is made.
type Sign struct {
	Method   string `yaml:"method"`   // hmac-sha256, hmac-sha1, sha256, md5
	Key      string `yaml:"key"`      // of an hmac: the name of a secret
	Over     string `yaml:"over"`     // template of what is signed
	Encoding string `yaml:"encoding"` // hex if left out, upper-hex, base64
}

// Answer recognises an answer: by status, and by a field of its JSON body.
type Answer struct {
	Status []int    `yaml:"status"` // 200 to 299 if left out
	Field  string   `yaml:"field"`  // dotted; left out: the status says it all
	Equals []string `yaml:"equals"`
}

// status reports whether the status fits.
func (a Answer) status(n int) bool {
	if len(a.Status) == 0 {
		return n >= 200 && n <= 299
	}
	return slices.Contains(a.Status, n)
}

// SMS sends short messages through gateways: through the first that takes a message. It goes on to the next only if it is
// sure that the one before has not taken it, so that nobody gets a message twice.
type SMS struct {
	gateways []*gateway
	client   *http.Client
	now      func() time.Time
}

// gateway is a provider whose templates are read.
type gateway struct {
	Provider
	url, body, over *template.Template
	headers         map[string]*template.Template
}

// NewSMS reads the templates of providers and fills each in once, so that a mistake shows at the start and not at night.
func NewSMS(list []Provider, reach Reach, now func() time.Time) (*SMS, error) {
	s := &SMS{client: reach.client(), now: now}
	for i := range list {
		g, err := newGateway(list[i])
		if err == nil {
			_, err = g.write(Parcel{Key: "k", To: "+8613800138000", Text: "t"}, now())
		}
		if err != nil {
			return nil, fmt.Errorf("sms gateway %q: %w", list[i].Name, err)
		}
		s.gateways = append(s.gateways, g)
	}
	return s, nil
}

func newGateway(p Provider) (*gateway, error) {
	if p.Name == "" || p.URL == "" {
		return nil, errors.New("name and url are needed")
	}
	if p.Method == "" {
		p.Method = http.MethodPost
	}
	if p.Success.Field != "" && len(p.Success.Equals) == 0 || p.Refused.Field == "" && len(p.Refused.Equals) > 0 {
		return nil, errors.New("field and equals belong together")
	}
	g := &gateway{Provider: p, headers: map[string]*template.Template{}}
	var all []error
	read := func(s string) *template.Template {
		t, err := template.New("").Option("missingkey=error").Funcs(functions).Parse(s)
		all = append(all, err)
		return t
	}
	g.url, g.body = read(p.URL), read(p.Body)
	for name, s := range p.Headers {
		g.headers[name] = read(s)
	}
	if p.Sign != nil {
		g.over = read(p.Sign.Over)
		if _, err := p.Sign.sum(nil, ""); err != nil {
			all = append(all, err)
		}
		if _, ok := p.Secrets[p.Sign.Key]; !ok && strings.HasPrefix(p.Sign.Method, "hmac") {
			all = append(all, fmt.Errorf("sign: there is no secret %q", p.Sign.Key))
		}
	}
	return g, errors.Join(all...)
}

var functions = template.FuncMap{
	"json": func(v any) (string, error) {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		err := enc.Encode(v)
		return strings.TrimSuffix(b.String(), "\n"), err
	},
	"query":  url.QueryEscape,
	"base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
}

// letter is a request to a gateway.
type letter struct {
	url  string
	head http.Header
	body []byte
}

// write fills in the templates.
func (g *gateway) write(p Parcel, now time.Time) (letter, error) {
	secrets := map[string]string{}
	for name, s := range g.Secrets {
		secrets[name] = string(s)
	}
	data := map[string]any{
		"To": p.To, "National": strings.TrimPrefix(p.To, "+86"), "Text": p.Text, "Key": p.Key, "Time": strconv.FormatInt(now.Unix(), 10),
		"Stamp": now.UTC().Format(time.RFC3339), "Secret": secrets,
	}
	var failed error
	fill := func(t *template.Template) string {
		var b bytes.Buffer
		if err := t.Execute(&b, data); err != nil {
			failed = err
		}
		return b.String()
	}
	if g.over != nil {
		sum, err := g.Sign.sum([]byte(secrets[g.Sign.Key]), fill(g.over))
		if err != nil {
			return letter{}, err
		}
		data["Signature"] = sum
	}
	l := letter{url: fill(g.url), head: http.Header{}, body: []byte(fill(g.body))}
	for name, t := range g.headers {
		l.head.Set(name, strings.Map(printable, fill(t)))
	}
	return l, failed
}

// printable drops what could end a header.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// sum signs a text.
func (s *Sign) sum(key []byte, over string) (string, error) {
	var h hash.Hash
	switch s.Method {
	case "hmac-sha256":
		h = hmac.New(sha256.New, key)
	case "hmac-sha1":
		h = hmac.New(sha1.New, key)
	case "sha256":
		h = sha256.New()
	case "md5":
		h = md5.New() // #nosec G401 -- of the gateway's choosing
	default:
		return "", fmt.Errorf("sign: method %q is not one of hmac-sha256, hmac-sha1, sha256, md5", s.Method)
	}
	h.Write([]byte(over))
	sum := h.Sum(nil)
	switch s.Encoding {
	case "", "hex":
		return hex.EncodeToString(sum), nil
	case "upper-hex":
		return strings.ToUpper(hex.EncodeToString(sum)), nil
	case "base64":
		return base64.StdEncoding.EncodeToString(sum), nil
	}
	return "", fmt.Errorf("sign: encoding %q is not one of hex, upper-hex, base64", s.Encoding)
}

// Deliver gives the message to the first gateway that takes it.
func (s *SMS) Deliver(ctx context.Context, p Parcel) error {
	var all []error
	var after time.Duration
	for _, g := range s.gateways {
		err := s.try(ctx, g, p)
		if err == nil {
			return nil
		}
		err = fmt.Errorf("gateway %s: %w", g.Name, err)
		if errors.As(err, new(Unclear)) || errors.As(err, new(Permanent)) {
			return err
		}
		var later Later
		if errors.As(err, &later) && (after == 0 || later.After < after) {
			after = later.After
		}
		all = append(all, err)
	}
	return Later{errors.Join(all...), after}
}

func (s *SMS) try(ctx context.Context, g *gateway, p Parcel) error {
	l, err := g.write(p, s.now())
	if err != nil {
		return errors.New("the request cannot be written") // the template's error may show a secret
	}
	a, err := exchange(ctx, s.client, g.Method, l.url, l.head, l.body, s.now())
	if err != nil {
		return err
	}
	return g.judge(a)
}

// judge reads an answer. A no in the gateway's own words, and one that HTTP knows to come before any work (4xx, 503 with
// RFC 9110's meaning, a redirect), is a no; another failure, or words that nobody understands, leave open what was done.
func (g *gateway) judge(a answer) error {
	said, spoke := field(a.body, g.Success.Field)
	switch {
	case g.Success.status(a.status) && (g.Success.Field == "" || spoke && slices.Contains(g.Success.Equals, said)):
		return nil
	case g.refuses(a):
		return Permanent{fmt.Errorf("refused it for good (answered %d)", a.status)}
	case spoke && g.Success.status(a.status), a.status >= 300 && a.status <= 499, a.status == http.StatusServiceUnavailable:
		return a.notYet()
	}
	return Unclear{fmt.Errorf("answered %d with words that do not tell whether it took the message", a.status)}
}

func (g *gateway) refuses(a answer) bool {
	if g.Refused.Field == "" {
		return len(g.Refused.Status) > 0 && g.Refused.status(a.status)
	}
	said, ok := field(a.body, g.Refused.Field)
	return ok && slices.Contains(g.Refused.Equals, said) && (len(g.Refused.Status) == 0 || g.Refused.status(a.status))
}

// field finds a value in a JSON object and returns it as text.
func field(body []byte, name string) (string, bool) {
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if name == "" || dec.Decode(&m) != nil {
		return "", false
	}
	switch v, _ := dotted.At(m, name); v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
