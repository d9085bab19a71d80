package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// What somebody proves beside the password. Values are stored: only ever add.
const (
	FactorTOTP     = "totp"     // a code by time, from an authenticator app
	FactorRecovery = "recovery" // a code from the list that was shown once
)

const (
	recoveryCodes = 10
	ticketFor     = 10 * time.Minute // the second step of a sign-in, or setting up a factor, takes no longer
	ticketFactor  = "factor"
)

// Step is the answer to a right password where a second factor is due: no session yet.
type Step struct {
	Ticket Token
	Kinds  []string // of factors that the account has, recovery codes left out
}

// Error is for logs.
func (s *Step) Error() string { return "access: a second factor is due" }

// OwnFactor is a factor as its owner sees it.
type OwnFactor struct {
	ID    string
	Kind  string
	Name  string
	Added time.Time
	Used  time.Time
}

// Factors are what an account proves beside the password.
type Factors struct {
	List     []OwnFactor // without recovery codes
	Recovery int         // codes left
	Must     bool        // the account must have one and this session began without: nothing else is open to it
	Strong   bool        // this session began with one
	Taken    time.Time   // see FactorsTaken
}

// strong reports whether a session began with a second factor.
func strong(s *store.Session) bool {
	return slices.Contains([]string{FactorTOTP, FactorRecovery, FactorPasskey}, s.Factor)
}

// mustFactor reports whether an account has to set up a second factor before it goes on.
func (g *Gate) mustFactor(s *store.Session, a *store.Account) bool {
	return !strong(s) && a.Kind == caseflow.ActorOfficial && slices.ContainsFunc(a.Roles, func(r string) bool { return slices.Contains(g.factorRoles, r) })
}

func secretPlace(f store.Factor) string { return "factor.secret/" + f.Account + "/" + f.ID }

// sealed puts a secret into a factor.
func (g *Gate) sealed(f store.Factor, secret []byte) (store.Factor, error) {
	if g.seal == nil {
		return f, errors.New("access: no keys to seal the secret of a factor")
	}
	var err error
	f.Secret, err = g.seal.Seal(secretPlace(f), secret)
	return f, err
}

func (g *Gate) unsealed(f store.Factor) ([]byte, error) {
	if g.seal == nil {
		return nil, errors.New("access: no keys to open the secret of a factor")
	}
	secret, err := g.seal.Open(secretPlace(f), f.Secret)
	if err != nil {
		return nil, fmt.Errorf("open the factor %s of account %s: %w", f.Kind, f.Account, err)
	}
	return secret, nil
}

// admit makes a session for who has shown who they are, or a Step if the account has a second factor.
func (g *Gate) admit(ctx context.Context, a *store.Account, how string, from Client) (Token, *store.Account, error) {
	factors, err := g.confirmed(ctx, a.ID)
	if err != nil {
		return Token{}, nil, err
	}
	if kinds := secondKinds(factors); len(kinds) > 0 {
		ticket, err := g.issue(ctx, ticketFactor, a.ID, passwordMark(a))
		if err != nil {
			return Token{}, nil, err
		}
		return Token{}, nil, &Step{Ticket: ticket, Kinds: kinds}
	}
	return g.enter(ctx, a, how, from)
}

// enter makes the session.
func (g *Gate) enter(ctx context.Context, a *store.Account, how string, from Client) (Token, *store.Account, error) {
	token, err := g.begin(ctx, a, how, from)
	if err != nil {
		return Token{}, nil, err
	}
	if err := g.confirm(ctx, a, token); err != nil {
		return Token{}, nil, err
	}
	return token, shown(a), nil
}

// confirmed lists the factors of an account that are in use.
func (g *Gate) confirmed(ctx context.Context, account string) ([]store.Factor, error) {
	all, err := g.accounts.Factors(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("list factors: %w", err)
	}
	return slices.DeleteFunc(all, func(f store.Factor) bool { return f.Added.IsZero() }), nil
}

// secondKinds are the kinds of factor that an account has to show one of.
func secondKinds(factors []store.Factor) []string {
	var kinds []string
	for _, f := range factors {
		if f.Kind != FactorRecovery && !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

// issue stores a ticket and returns its token.
func (g *Gate) issue(ctx context.Context, kind, account string, body []byte) (Token, error) {
	token, err := newToken(g.random)
	if err != nil {
		return Token{}, err
	}
	t := store.Ticket{Hash: token.Hash(), Kind: kind, Account: account, Body: body, Expires: g.now().Add(ticketFor)}
	if kind == ticketNew { // who a provider says that somebody is, with the number of a document
		if g.seal == nil {
			return Token{}, errors.New("access: no keys to seal who has arrived")
		}
		sealed, err := g.seal.Seal(ticketPlace(t.Hash), body)
		if err != nil {
			return Token{}, err
		}
		t.Body = []byte(sealed)
	}
	if err := g.accounts.AddTicket(ctx, t); err != nil {
		return Token{}, fmt.Errorf("store a ticket: %w", err)
	}
	return token, nil
}

func ticketPlace(hash []byte) string { return "ticket.body/" + hex.EncodeToString(hash) }

// good ticket or nil: the token must be of a ticket of the kind that has not run out.
func (g *Gate) ticket(ctx context.Context, kind string, token Token) (*store.Ticket, error) {
	t, err := g.accounts.Ticket(ctx, token.Hash())
	if errors.Is(err, store.ErrNotFound) {
		return nil, refuse(CodeLate)
	}
	if err != nil {
		return nil, fmt.Errorf("find a ticket: %w", err)
	}
	if t.Kind != kind || !g.now().Before(t.Expires) {
		return nil, refuse(CodeLate)
	}
	return t, nil
}

// take takes a ticket away, so that what it stands for happens once.
func (g *Gate) take(ctx context.Context, token Token) error {
	_, err := g.accounts.TakeTicket(ctx, token.Hash())
	if errors.Is(err, store.ErrNotFound) {
		return refuse(CodeLate)
	}
	if err != nil {
		return fmt.Errorf("take a ticket: %w", err)
	}
	return nil
}

// passwordMark changes with the password: a sign-in that began with an old one does not go on.
func passwordMark(a *store.Account) []byte {
	sum := sha256.Sum256([]byte(a.Password))
	return sum[:]
}

// PassFactor ends a sign-in that waits for a second factor, with a code of the app or a recovery code. Each works once. Wrong
// ones are counted per account and address like passwords: *Throttled after too many. A refusal with CodeFactor if the code is
// wrong or was used, CodeLate if the sign-in has to begin again.
func (g *Gate) PassFactor(ctx context.Context, ticket Token, code string, from Client) (Token, *store.Account, error) {
	if err := g.throttle(ctx, from); err != nil {
		return Token{}, nil, err
	}
	t, err := g.ticket(ctx, ticketFactor, ticket)
	if err != nil {
		return Token{}, nil, err
	}
	a, err := g.accounts.AccountByID(ctx, t.Account)
	if err != nil {
		return Token{}, nil, fmt.Errorf("find the account of a ticket: %w", err)
	}
	if a.Disabled || subtle.ConstantTimeCompare(passwordMark(a), t.Body) != 1 {
		return Token{}, nil, refuse(CodeLate)
	}
	how, err := g.checkCode(ctx, a, code, from)
	if err != nil {
		return Token{}, nil, err
	}
	if err := g.take(ctx, ticket); err != nil {
		return Token{}, nil, err
	}
	return g.enter(ctx, a, how, from)
}

// checkCode uses up a code, and returns of which kind it was.
func (g *Gate) checkCode(ctx context.Context, a *store.Account, code string, from Client) (string, error) {
	factors, err := g.confirmed(ctx, a.ID)
	if err != nil {
		return "", err
	}
	return g.guarded(ctx, a, from, func() (string, string, error) {
		for _, f := range factors {
			if f.Kind != FactorTOTP {
				continue
			}
			if why, err := g.useTOTP(ctx, f, code); why != WhyWrong || err != nil {
				return FactorTOTP, why, err
			}
		}
		n, err := g.accounts.DropFactors(ctx, a.ID, recoveryDigest(a.ID, code))
		if err != nil {
			return "", "", fmt.Errorf("use a recovery code: %w", err)
		}
		if n == 0 {
			return "", WhyWrong, nil
		}
		return FactorRecovery, "", nil
	})
}

// guarded counts a try before it is looked at, so that many at once are no way around the limit, and forgets the count when the
// try was right. try returns why not, or "".
func (g *Gate) guarded(ctx context.Context, a *store.Account, from Client, try func() (kind, why string, err error)) (string, error) {
	ctx = context.WithoutCancel(ctx) // hanging up must not save a wrong code from being counted
	now, key := g.now(), factorKey(a.ID)
	since := now.Add(-g.limits.Window)
	tries, err := g.accounts.Attempts(ctx, key, since)
	if err == nil && tries < g.limits.AccountTries { // a lock is not prolonged
		tries, err = g.accounts.CountAttempt(ctx, key, now, since)
		tries--
	}
	if err != nil {
		return "", fmt.Errorf("count codes: %w", err)
	}
	if tries >= g.limits.AccountTries {
		g.notify(Event{Kind: FactorRefused, At: now, Account: a.ID, Address: from.Address, Reason: WhyLocked})
		return "", &Throttled{After: g.limits.Window}
	}
	kind, why, err := try()
	if err != nil {
		return "", err
	}
	if why != "" {
		if _, err := g.accounts.CountAttempt(ctx, addressKey("sign-in", from.Address), now, since); err != nil {
			return "", fmt.Errorf("count codes: %w", err)
		}
		e := Event{Kind: FactorRefused, At: now, Account: a.ID, Address: from.Address, Reason: why}
		if err := g.record(context.WithoutCancel(ctx), e, a.Region); err != nil {
			return "", err
		}
		return "", refuse(CodeFactor)
	}
	if err := g.accounts.ClearAttempts(ctx, key); err != nil {
		return "", fmt.Errorf("forget codes: %w", err)
	}
	return kind, nil
}

func factorKey(account string) string { return "factor:" + account }

// useTOTP uses up a code of an app: WhyWrong, WhyReplayed, or "".
func (g *Gate) useTOTP(ctx context.Context, f store.Factor, code string) (string, error) {
	secret, err := g.unsealed(f)
	if err != nil {
		return "", err
	}
	now := g.now()
	step, ok := totpStep(secret, digits(code), now)
	if !ok {
		return WhyWrong, nil
	}
	err = g.accounts.UseFactor(ctx, f.Account, f.ID, step, now)
	if errors.Is(err, store.ErrConflict) {
		return WhyReplayed, nil
	}
	if err != nil {
		return "", fmt.Errorf("use a code: %w", err)
	}
	return "", nil
}

// digits takes a code as people type it: "123 456", full-width.
func digits(code string) string {
	if len(code) > 64 {
		return ""
	}
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(folded(code)))
}

// recoveryDigest is the id under which a recovery code is kept. A code has 118 random bits: a plain digest cannot be
// guessed backwards (OWASP ASVS 6.5.2 asks for 112).
func recoveryDigest(account, code string) string {
	sum := sha256.Sum256([]byte(account + "/" + strings.ToLower(digits(code))))
	return hex.EncodeToString(sum[:])
}

// Factors lists what the holder of the token proves beside the password.
func (g *Gate) Factors(ctx context.Context, t Token) (*Factors, error) {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return nil, err
	}
	list, err := g.confirmed(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	own := &Factors{Must: g.mustFactor(s, a), Strong: strong(s), List: []OwnFactor{}}
	if own.Taken, err = g.FactorsTaken(ctx, a); err != nil {
		return nil, err
	}
	for _, f := range list {
		if f.Kind == FactorRecovery {
			own.Recovery++
		} else {
			own.List = append(own.List, OwnFactor{f.ID, f.Kind, f.Name, f.Added, f.Used})
		}
	}
	return own, nil
}

// StartTOTP makes the secret for an authenticator app, for the holder of the token who gives the password again. It is not in
// use before ConfirmTOTP; starting again makes another. A refusal if the password is wrong or an app is in use already.
func (g *Gate) StartTOTP(ctx context.Context, t Token, password string, from Client) (*Enrolment, error) {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := g.again(ctx, s, a, password, from); err != nil {
		return nil, err
	}
	have, err := g.confirmed(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	if slices.Contains(secondKinds(have), FactorTOTP) {
		return nil, refuse(CodeFactorThere)
	}
	secret := make([]byte, totpSecret)
	if _, err := io.ReadFull(g.random, secret); err != nil {
		return nil, fmt.Errorf("draw a secret: %w", err)
	}
	f, err := g.sealed(store.Factor{Account: a.ID, ID: FactorTOTP, Kind: FactorTOTP, Used: g.now()}, secret)
	if err == nil {
		err = g.accounts.PutFactor(ctx, f)
	}
	if err != nil {
		return nil, fmt.Errorf("store a factor: %w", err)
	}
	return enrolment(secret, g.issuer, a.Login), nil
}

// pending finds the app that the account is setting up. store.ErrNotFound if there is none, or it has taken too long.
func (g *Gate) pending(ctx context.Context, a *store.Account) (store.Factor, []byte, error) {
	all, err := g.accounts.Factors(ctx, a.ID)
	if err != nil {
		return store.Factor{}, nil, fmt.Errorf("list factors: %w", err)
	}
	for _, f := range all {
		if f.Kind == FactorTOTP && f.Added.IsZero() && g.now().Sub(f.Used) < ticketFor {
			secret, err := g.unsealed(f)
			return f, secret, err
		}
	}
	return store.Factor{}, nil, store.ErrNotFound
}

// PendingTOTP shows again what StartTOTP made, until it is confirmed. store.ErrNotFound if nothing is being set up.
func (g *Gate) PendingTOTP(ctx context.Context, t Token) (*Enrolment, error) {
	_, a, err := g.find(ctx, t)
	if err != nil {
		return nil, err
	}
	_, secret, err := g.pending(ctx, a)
	if err != nil {
		return nil, err
	}
	return enrolment(secret, g.issuer, a.Login), nil
}

// ConfirmTOTP puts the app into use by a code of it. All sessions end, and the caller gets the token of a new one, and recovery
// codes in clear, once. A refusal at the field code if it is wrong; store.ErrNotFound if nothing is being set up.
func (g *Gate) ConfirmTOTP(ctx context.Context, t Token, code string, from Client) (Token, []string, error) {
	_, a, err := g.find(ctx, t)
	if err != nil {
		return Token{}, nil, err
	}
	f, secret, err := g.pending(ctx, a)
	if err != nil {
		return Token{}, nil, err
	}
	_, err = g.guarded(ctx, a, from, func() (string, string, error) {
		step, ok := totpStep(secret, digits(code), g.now())
		if !ok {
			return "", WhyWrong, nil
		}
		f.Step, f.Added, f.Used = step, g.now(), g.now()
		return FactorTOTP, "", nil
	})
	var refused *caseflow.Refusal
	if errors.As(err, &refused) {
		return Token{}, nil, fieldFault("code", CodeFactor)
	}
	if err != nil {
		return Token{}, nil, err
	}
	if err := g.accounts.PutFactor(ctx, f); err != nil {
		return Token{}, nil, fmt.Errorf("store a factor: %w", err)
	}
	codes, err := g.recovery(ctx, a.ID)
	if err != nil {
		return Token{}, nil, err
	}
	token, err := g.renew(ctx, a, FactorTOTP, from)
	if err != nil {
		return Token{}, nil, err
	}
	err = g.record(ctx, Event{Kind: FactorAdded, At: g.now(), Account: a.ID, Address: from.Address, Reason: FactorTOTP}, a.Region)
	return token, codes, err
}

// renew ends all sessions of an account and begins one.
func (g *Gate) renew(ctx context.Context, a *store.Account, how string, from Client) (Token, error) {
	if err := g.endAll(ctx, a); err != nil {
		return Token{}, err
	}
	return g.begin(ctx, a, how, from)
}

// recovery replaces the recovery codes of an account and returns them in clear.
func (g *Gate) recovery(ctx context.Context, account string) ([]string, error) {
	if err := g.dropRecovery(ctx, account); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var err error
		if codes[i], err = g.generate(6); err != nil {
			return nil, err
		}
		f := store.Factor{Account: account, ID: recoveryDigest(account, codes[i]), Kind: FactorRecovery, Added: g.now()}
		if err := g.accounts.PutFactor(ctx, f); err != nil {
			return nil, fmt.Errorf("store a recovery code: %w", err)
		}
	}
	return codes, nil
}

func (g *Gate) dropRecovery(ctx context.Context, account string) error {
	list, err := g.confirmed(ctx, account)
	if err != nil {
		return err
	}
	var ids []string
	for _, f := range list {
		if f.Kind == FactorRecovery {
			ids = append(ids, f.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if _, err := g.accounts.DropFactors(ctx, account, ids...); err != nil {
		return fmt.Errorf("drop recovery codes: %w", err)
	}
	return nil
}

// NewRecovery replaces the recovery codes of who holds the token and gives the password again. CodeFactorNone if the account has no
// second factor that they could stand in for.
func (g *Gate) NewRecovery(ctx context.Context, t Token, password string, from Client) ([]string, error) {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := g.again(ctx, s, a, password, from); err != nil {
		return nil, err
	}
	have, err := g.confirmed(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	if len(secondKinds(have)) == 0 {
		return nil, refuse(CodeFactorNone)
	}
	codes, err := g.recovery(ctx, a.ID)
	if err == nil {
		err = g.record(ctx, Event{Kind: FactorAdded, At: g.now(), Account: a.ID, Address: from.Address, Reason: FactorRecovery}, a.Region)
	}
	return codes, err
}

// RemoveFactor takes away one of the own factors, for who gives the password again. All sessions end, and the caller gets the token of
// a new one; with the last factor the recovery codes go. store.ErrNotFound if there is none.
func (g *Gate) RemoveFactor(ctx context.Context, t Token, id, password string, from Client) (Token, error) {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return Token{}, err
	}
	if err := g.again(ctx, s, a, password, from); err != nil {
		return Token{}, err
	}
	have, err := g.confirmed(ctx, a.ID)
	if err != nil {
		return Token{}, err
	}
	i := slices.IndexFunc(have, func(f store.Factor) bool { return f.ID == id && f.Kind != FactorRecovery })
	if i < 0 {
		return Token{}, store.ErrNotFound
	}
	kind := have[i].Kind
	if _, err := g.accounts.DropFactors(ctx, a.ID, id); err != nil {
		return Token{}, fmt.Errorf("drop a factor: %w", err)
	}
	how := s.Factor
	if len(secondKinds(slices.Delete(have, i, i+1))) == 0 {
		how = ""
		if err := g.dropRecovery(ctx, a.ID); err != nil {
			return Token{}, err
		}
	}
	token, err := g.renew(ctx, a, how, from)
	if err != nil {
		return Token{}, err
	}
	return token, g.record(ctx, Event{Kind: FactorRemoved, At: g.now(), Account: a.ID, Address: from.Address, Reason: kind}, a.Region)
}

// takenTold is for how long somebody is told that their factors were taken away, if they set up no other.
const takenTold = 7 * 24 * time.Hour

// FactorsTaken is when somebody else took the factors of an account away, for takenTold and until it has another; else zero.
func (g *Gate) FactorsTaken(ctx context.Context, a *store.Account) (time.Time, error) {
	q := store.TraceQuery{Log: store.OperationLog, Regions: []string{a.Region}, Account: a.ID, Kinds: []string{string(FactorRemoved)}, From: g.now().Add(-takenTold), Limit: 1}
	taken, _, err := g.accounts.FindTraces(ctx, q)
	if err != nil || len(taken) == 0 {
		return time.Time{}, err
	}
	q.Log, q.Kinds, q.From = store.SignInLog, []string{string(FactorAdded)}, taken[0].At
	added, _, err := g.accounts.FindTraces(ctx, q)
	if err != nil || len(added) > 0 {
		return time.Time{}, err
	}
	return taken[0].At, nil
}

// TakeFactors takes all second factors of an account away, for who has lost them: it signs in with the password alone, and sets up
// another if it must have one. Its sessions end. For who may (FactorTake); others get store.ErrNotFound. Not from oneself.
func (g *Gate) TakeFactors(ctx context.Context, by caseflow.Actor, id string) error {
	if by.ID == id {
		return refuse(CodeNotAllowed)
	}
	a, err := g.accounts.AccountByID(ctx, id)
	if err != nil {
		return err
	}
	if !May(by, FactorTake, Resource{Region: a.Region}).Allow {
		return store.ErrNotFound
	}
	n, err := g.accounts.DropFactors(ctx, id)
	if err != nil {
		return fmt.Errorf("drop factors: %w", err)
	}
	if n == 0 {
		return refuse(CodeFactorNone)
	}
	if err := g.accounts.ClearAttempts(ctx, factorKey(id)); err != nil {
		return fmt.Errorf("forget codes: %w", err)
	}
	e := Event{Kind: FactorRemoved, At: g.now(), Account: id, By: by.ID, Reason: "taken"}
	return errors.Join(g.record(ctx, e, a.Region), g.endAll(ctx, a))
}
