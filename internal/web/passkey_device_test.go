package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// Flags of authenticator data (WebAuthn Level 3, 6.1).
const (
	userPresent  = 1 << 0
	userVerified = 1 << 2
	hasKey       = 1 << 6
)

// device is an authenticator in software together with its browser: what it says can be wrong in one thing at a time.
type device struct {
	origin, site string // as the browser says; the site's name, without its port
	key          *ecdsa.PrivateKey
	id           []byte // of the credential
	handle       string // of the account, base64url
	flags        byte
	count        uint32
}

func newDevice(t testing.TB, origin string) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{origin: origin, site: "localhost", key: key, id: []byte("sixteen bytes id"), flags: userPresent | userVerified, count: 5}
}

// ceremony is what the site asks of a device.
type ceremony struct {
	Options struct {
		Challenge string
		User      struct{ ID string }
	}
}

func (s shown) ceremony() (c ceremony) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.is(http.StatusOK).body), &c); err != nil || c.Options.Challenge == "" {
		s.t.Fatalf("no ceremony: %s", s.body)
	}
	return c
}

func raw(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// said is what the browser says of the ceremony.
func (d *device) said(what string, c ceremony) []byte {
	data, _ := json.Marshal(map[string]any{"type": what, "challenge": c.Options.Challenge, "origin": d.origin, "crossOrigin": false}) // of texts: cannot fail
	return data
}

// data is the authenticator data, without a key.
func (d *device) data(flags byte) []byte {
	site := sha256.Sum256([]byte(d.site))
	return binary.BigEndian.AppendUint32(append(site[:], flags), d.count)
}

// made answers what adds a passkey: format "none" and an ES256 key, as CBOR (RFC 9053, 7.1.1).
func (d *device) made(t testing.TB, c ceremony) string {
	t.Helper()
	point, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	d.handle = c.Options.User.ID
	data := append(d.data(d.flags|hasKey), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...) // #nosec G115 -- 16
	data = append(append(data, "\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"...), point[1:33]...)
	data = append(append(data, "\x22\x58\x20"...), point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data))) // #nosec G115 -- 148
	return d.answer(map[string]any{"clientDataJSON": raw(d.said("webauthn.create", c)), "attestationObject": raw(append(object, data...))})
}

// signed answers what signs in.
func (d *device) signed(t testing.TB, c ceremony) string {
	t.Helper()
	said, data := d.said("webauthn.get", c), d.data(d.flags)
	hash := sha256.Sum256(said)
	sum := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.answer(map[string]any{"clientDataJSON": raw(said), "authenticatorData": raw(data), "signature": raw(signature), "userHandle": d.handle})
}

func (d *device) answer(response map[string]any) string {
	text, _ := json.Marshal(map[string]any{"id": raw(d.id), "rawId": raw(d.id), "type": "public-key", "response": response}) // of texts: cannot fail
	return string(text)
}

// device adds a passkey to an account by the pages.
func (b *bench) device(login string) *device {
	b.t.Helper()
	d := newDevice(b.t, b.server.URL)
	v := b.signedIn(login)
	c := v.post("/account/passkeys/options", url.Values{"old": {b.passwords[login]}}).ceremony()
	v.post("/account/passkeys", url.Values{"name": {"钥匙"}, "answer": {d.made(b.t, c)}}).is(http.StatusOK).has("通行密钥已添加")
	v.get("/account/passkeys").is(http.StatusOK).has("/account/passkeys/remove")
	return d
}

// refusals are how many sign-ins with a passkey the log has as refused.
func (b *bench) refusals() (n int) {
	for _, said := range b.traces(store.SignInLog) {
		if said == "sign-in-refused passkey" {
			n++
		}
	}
	return n
}

// lastRefused is the account that the newest refusal of the log of sign-ins names.
func (b *bench) lastRefused() string {
	list, _, err := b.store.FindTraces(b.t.Context(), store.TraceQuery{Log: store.SignInLog, Regions: []string{weinan, ""}, Limit: 1})
	b.must(err)
	return list[0].Account
}

// What a real device signs is refused if one thing of it is wrong, in the same words, and stands in the log of sign-ins.
func TestPasskey_signatures_that_are_wrong_in_one_thing_are_refused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.URL = strings.Replace(b.server.URL, "127.0.0.1", "localhost", 1)
	good, other := b.device(wang), b.device("clerk1")
	ask := func(v *visitor) ceremony {
		t.Helper()
		return v.post("/signin/passkey/options", nil).ceremony()
	}
	refused := func(v *visitor, answer, words string) {
		t.Helper()
		before := b.refusals()
		v.post("/signin/passkey", url.Values{"answer": {answer}}).is(http.StatusUnauthorized).has(words)
		if n := b.refusals() - before; n != 1 {
			t.Errorf("the log has %d refusals more", n)
		}
		v.get("/account").is(http.StatusUnauthorized)
	}
	const no = "没有能用通行密钥登录"
	for name, wrong := range map[string]func(*device){
		"another origin":          func(d *device) { d.origin = "https://localhost.example" },
		"another port":            func(d *device) { d.origin = "http://localhost:1" },
		"another site":            func(d *device) { d.site = "example.com" },
		"another key":             func(d *device) { d.key = other.key },
		"another account":         func(d *device) { d.handle = other.handle },
		"no such account":         func(d *device) { d.handle = raw([]byte("nobody")) },
		"nobody was verified":     func(d *device) { d.flags = userPresent },
		"nobody was there":        func(d *device) { d.flags = userVerified },
		"a count that stands":     func(d *device) { d.count = 5 },
		"a count that went back":  func(d *device) { d.count = 4 },
		"a count that is nothing": func(d *device) { d.count = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			bad := *good
			bad.count++
			wrong(&bad)
			b.pass(time.Second) // the newest of the log is this one
			v := b.visitor()
			refused(v, bad.signed(t, ask(v)), no)
			if copied := strings.HasPrefix(name, "a count"); copied != (b.lastRefused() != "") { // who is known: the signature is right
				t.Errorf("the log names the account %q", b.lastRefused())
			}
		})
	}
	here, there := b.visitor(), b.visitor()
	good.count++
	elsewhere := good.signed(t, ask(there))
	ask(here)
	refused(here, elsewhere, no) // signed for another visitor's challenge
	made := good.signed(t, ask(here))
	site, err := url.Parse(b.server.URL)
	b.must(err)
	ticket := here.client.Jar.Cookies(site)
	here.post("/signin/passkey", url.Values{"answer": {made}}).at("/my") // what is right still signs in
	again := b.visitor()
	again.client.Jar.SetCookies(site, ticket)
	refused(again, made, "重新登录") // a challenge is answered once
}

// A device that did not ask who holds it, or that answers for another site, is not added.
func TestPasskey_a_device_that_is_wrong_in_one_thing_is_not_added(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.URL = strings.Replace(b.server.URL, "127.0.0.1", "localhost", 1)
	v := b.signedIn(wang)
	for name, wrong := range map[string]func(*device){
		"another origin":      func(d *device) { d.origin = "https://localhost.example" },
		"another site":        func(d *device) { d.site = "example.com" },
		"nobody was verified": func(d *device) { d.flags = userPresent },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t, b.server.URL)
			wrong(d)
			c := v.post("/account/passkeys/options", url.Values{"old": {b.passwords[wang]}}).ceremony()
			v.post("/account/passkeys", url.Values{"name": {"钥匙"}, "answer": {d.made(t, c)}}).is(http.StatusUnprocessableEntity).has("没有能用通行密钥登录")
		})
	}
	v.get("/account/passkeys").is(http.StatusOK).lacks("/account/passkeys/remove")
}
