package access

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// FactorPasskey is a passkey (WebAuthn): it stands for the password and the second factor together, because the device asks who
// holds it before it signs.
const FactorPasskey = "passkey"

const (
	ticketNewPasskey = "passkey-new"
	ticketPasskey    = "passkey"
	passkeys         = 10 // of an account
	passkeyName      = 40 // characters
	passkeyAsks      = 200
)

// Origin is where a browser sees this site, scheme://host[:port]. Passkeys belong to the host.
type Origin struct{ Scheme, Host string }

// relying is the library's side of a ceremony.
func (g *Gate) relying(o Origin) (*webauthn.WebAuthn, error) {
	host := o.Host
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	w, err := webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: g.issuer, RPOrigins: []string{o.Scheme + "://" + o.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
	})
	if err != nil { // a Host that is none, or an address by numbers
		return nil, refuse(CodePasskeyHost)
	}
	return w, nil
}

// holder is an account with its passkeys, as the library asks for it.
type holder struct {
	account *store.Account
	rows    []store.Factor
	keys    []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return []byte(h.account.ID) }
func (h *holder) WebAuthnName() string                       { return h.account.Login }
func (h *holder) WebAuthnDisplayName() string                { return h.account.Name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (g *Gate) holder(ctx context.Context, a *store.Account) (*holder, error) {
	list, err := g.confirmed(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	h := &holder{account: a}
	for _, f := range list {
		if f.Kind != FactorPasskey {
			continue
		}
		data, err := g.unsealed(f)
		if err != nil {
			return nil, err
		}
		var key webauthn.Credential
		if err := json.Unmarshal(data, &key); err != nil {
			return nil, fmt.Errorf("read a passkey of account %s: %w", a.ID, err)
		}
		h.rows, h.keys = append(h.rows, f), append(h.keys, key)
	}
	return h, nil
}

func passkeyID(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// StartPasskey begins to add a passkey, for the holder of the token who gives the password again. It returns what the browser needs
// (PublicKeyCredentialCreationOptions) and a ticket for AddPasskey.
func (g *Gate) StartPasskey(ctx context.Context, t Token, password string, at Origin, from Client) (json.RawMessage, Token, error) {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return nil, Token{}, err
	}
	if err := g.again(ctx, s, a, password, from); err != nil {
		return nil, Token{}, err
	}
	h, err := g.holder(ctx, a)
	if err != nil {
		return nil, Token{}, err
	}
	if len(h.keys) >= passkeys {
		return nil, Token{}, refuse(CodePasskeyMany)
	}
	w, err := g.relying(at)
	if err != nil {
		return nil, Token{}, err
	}
	var known []protocol.CredentialDescriptor
	for i := range h.keys {
		known = append(known, h.keys[i].Descriptor())
	}
	options, session, err := w.BeginRegistration(h, webauthn.WithExclusions(known))
	if err != nil {
		return nil, Token{}, fmt.Errorf("begin a passkey: %w", err)
	}
	return g.ceremony(ctx, ticketNewPasskey, a.ID, options.Response, session)
}

// ceremony keeps what the library has to know when the answer comes.
func (g *Gate) ceremony(ctx context.Context, kind, account string, options any, session *webauthn.SessionData) (json.RawMessage, Token, error) {
	text, err1 := json.Marshal(options)
	body, err2 := json.Marshal(session)
	if err := errors.Join(err1, err2); err != nil {
		return nil, Token{}, fmt.Errorf("begin a passkey: %w", err)
	}
	ticket, err := g.issue(ctx, kind, account, body)
	return text, ticket, err
}

// answered takes the ticket of a ceremony: each answer is looked at once.
func (g *Gate) answered(ctx context.Context, kind string, ticket Token) (*store.Ticket, *webauthn.SessionData, error) {
	t, err := g.ticket(ctx, kind, ticket)
	if err != nil {
		return nil, nil, err
	}
	if err := g.take(ctx, ticket); err != nil {
		return nil, nil, err
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(t.Body, &session); err != nil {
		return nil, nil, fmt.Errorf("read a ceremony: %w", err)
	}
	session.Expires = time.Time{} // the ticket says when, by our clock
	return t, &session, nil
}

// AddPasskey puts a passkey into use by the browser's answer. All sessions end, and the caller gets the token of a new one, and
// recovery codes in clear if the account had none. CodePasskey if the answer is not right.
func (g *Gate) AddPasskey(ctx context.Context, t, ticket Token, name string, answer []byte, at Origin, from Client) (Token, []string, error) {
	_, a, err := g.find(ctx, t)
	if err != nil {
		return Token{}, nil, err
	}
	name = strings.TrimSpace(strings.Map(printableRune, strings.ToValidUTF8(name, "")))
	if name == "" || utf8.RuneCountInString(name) > passkeyName {
		return Token{}, nil, fieldFault("name", codePasskeyName)
	}
	waits, session, err := g.answered(ctx, ticketNewPasskey, ticket)
	if err != nil {
		return Token{}, nil, err
	}
	w, err := g.relying(at)
	if err != nil {
		return Token{}, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil || waits.Account != a.ID {
		return Token{}, nil, refuse(CodePasskey)
	}
	h, err := g.holder(ctx, a)
	if err != nil {
		return Token{}, nil, err
	}
	key, err := w.CreateCredential(h, *session, parsed)
	if err != nil {
		return Token{}, nil, refuse(CodePasskey)
	}
	f := store.Factor{Account: a.ID, ID: passkeyID(key.ID), Kind: FactorPasskey, Name: name, Added: g.now(), Used: g.now()}
	if err := g.keepPasskey(ctx, f, key); err != nil {
		return Token{}, nil, err
	}
	codes, err := g.firstRecovery(ctx, a.ID)
	if err != nil {
		return Token{}, nil, err
	}
	if err := g.record(ctx, Event{Kind: FactorAdded, At: g.now(), Account: a.ID, Address: from.Address, Reason: FactorPasskey}, a.Region); err != nil {
		return Token{}, nil, err
	}
	token, err := g.renew(ctx, a, FactorPasskey, from)
	return token, codes, err
}

func (g *Gate) keepPasskey(ctx context.Context, f store.Factor, key *webauthn.Credential) error {
	data, err := json.Marshal(key)
	if err == nil {
		f, err = g.sealed(f, data)
	}
	if err == nil {
		err = g.accounts.PutFactor(ctx, f)
	}
	if err != nil {
		return fmt.Errorf("store a passkey: %w", err)
	}
	return nil
}

// firstRecovery makes recovery codes for an account that has none.
func (g *Gate) firstRecovery(ctx context.Context, account string) ([]string, error) {
	have, err := g.confirmed(ctx, account)
	if err != nil || slices.ContainsFunc(have, func(f store.Factor) bool { return f.Kind == FactorRecovery }) {
		return nil, err
	}
	return g.recovery(ctx, account)
}

// AskPasskey begins a sign-in with a passkey that the browser knows: nobody has said yet who signs in. It returns what the browser
// needs (PublicKeyCredentialRequestOptions) and a ticket for SignInPasskey. *Throttled after too many from one address.
func (g *Gate) AskPasskey(ctx context.Context, at Origin, from Client) (json.RawMessage, Token, error) {
	now, key := g.now(), addressKey("passkey", from.Address)
	asks, err := g.accounts.CountAttempt(ctx, key, now, now.Add(-g.limits.Window))
	if err != nil {
		return nil, Token{}, fmt.Errorf("count passkeys: %w", err)
	}
	if asks > passkeyAsks {
		return nil, Token{}, &Throttled{After: g.limits.Window}
	}
	w, err := g.relying(at)
	if err != nil {
		return nil, Token{}, err
	}
	options, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, Token{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return g.ceremony(ctx, ticketPasskey, "", options.Response, session)
}

// SignInPasskey makes a session by the browser's answer. One refusal, CodePasskey, for whatever is not right: an unknown key, a
// removed one, a closed account, a signature of another site, a count of signatures that did not rise (there may be a copy of the
// device). CodeLate if the ticket was answered before or has run out. Each is recorded and counts as a failed sign-in of the address.
func (g *Gate) SignInPasskey(ctx context.Context, ticket Token, answer []byte, at Origin, from Client) (Token, *store.Account, error) {
	if err := g.throttle(ctx, from); err != nil {
		return Token{}, nil, err
	}
	_, session, err := g.answered(ctx, ticketPasskey, ticket)
	if refusal := new(caseflow.Refusal); errors.As(err, &refusal) {
		return Token{}, nil, g.refusedPasskey(ctx, nil, refusal.Code, from)
	}
	if err != nil {
		return Token{}, nil, err
	}
	w, err := g.relying(at)
	if err != nil {
		return Token{}, nil, err
	}
	a, copied, err := g.signedBy(ctx, w, session, answer)
	if err != nil {
		return Token{}, nil, err
	}
	if a == nil || copied || a.Disabled || g.now().Before(a.Locked) {
		return Token{}, nil, g.refusedPasskey(ctx, a, CodePasskey, from)
	}
	return g.enter(ctx, a, FactorPasskey, from)
}

// signedBy is whose passkey has signed; nil if none has. It is copied if its count of signatures did not rise.
func (g *Gate) signedBy(ctx context.Context, w *webauthn.WebAuthn, session *webauthn.SessionData, answer []byte) (a *store.Account, copied bool, err error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, false, nil //nolint:nilerr // not right, not a failure
	}
	var h *holder
	var failed error
	_, key, err := w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		a, err := g.accounts.AccountByID(ctx, string(handle))
		if err == nil {
			h, err = g.holder(ctx, a)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			failed = err
		}
		return h, err
	}, *session, parsed)
	switch {
	case failed != nil:
		return nil, false, fmt.Errorf("find the holder of a passkey: %w", failed)
	case err != nil:
		return nil, false, nil //nolint:nilerr // not right, not a failure
	case key.Authenticator.CloneWarning:
		return h.account, true, nil
	}
	return h.account, false, g.usedPasskey(ctx, h, key)
}

// usedPasskey keeps the new count of signatures. A key that was removed meanwhile stays removed.
func (g *Gate) usedPasskey(ctx context.Context, h *holder, key *webauthn.Credential) error {
	id := passkeyID(key.ID)
	for _, f := range h.rows {
		if f.ID != id {
			continue
		}
		data, err := json.Marshal(key)
		if err != nil {
			return fmt.Errorf("keep a passkey: %w", err)
		}
		fresh, err := g.sealed(f, data)
		if err != nil {
			return err
		}
		err = g.accounts.ResealFactor(ctx, f, fresh.Secret)
		if errors.Is(err, store.ErrConflict) {
			return refuse(CodePasskey)
		}
		if err == nil {
			err = g.accounts.UseFactor(ctx, f.Account, f.ID, g.now().UnixMicro(), g.now())
		}
		if err != nil && !errors.Is(err, store.ErrConflict) { // used twice in one instant: it is noted already
			return fmt.Errorf("keep a passkey: %w", err)
		}
		return nil
	}
	return refuse(CodePasskey)
}

// refusedPasskey counts and records a sign-in that is refused with a code; a is nil if nobody has signed.
func (g *Gate) refusedPasskey(ctx context.Context, a *store.Account, code string, from Client) error {
	now := g.now()
	key := addressKey("sign-in", from.Address)
	if _, err := g.accounts.CountAttempt(context.WithoutCancel(ctx), key, now, now.Add(-g.limits.Window)); err != nil {
		return fmt.Errorf("count a failed sign-in: %w", err)
	}
	e := Event{Kind: SignInRefused, At: now, Address: from.Address, Reason: WhyPasskey}
	region := ""
	if a != nil {
		e.Account, region = a.ID, a.Region
	}
	if err := g.record(context.WithoutCancel(ctx), e, region); err != nil {
		return err
	}
	return refuse(code)
}
