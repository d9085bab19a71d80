package access

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/store"
)

// Sitting is a session as its owner sees it in a list.
type Sitting struct {
	ID      string // public: it names the session and does not open it
	Started time.Time
	Seen    time.Time
	Address string
	Agent   string
	Current bool // the session that asks
}

func sittingID(hash []byte) string { return hex.EncodeToString(hash[:min(8, len(hash))]) }

// begin stores a new session, how names the factor it began with, and ends the oldest ones if there are too many.
func (g *Gate) begin(ctx context.Context, a *store.Account, how string, from Client) (Token, error) {
	token, err := newToken(g.random)
	if err != nil {
		return Token{}, err
	}
	now := g.now()
	s := store.Session{
		Hash: token.Hash(), Account: a.ID, Started: now, Seen: now, Expires: now.Add(g.limits.Absolute),
		Address: from.Address, Agent: printable(from.Agent), Factor: how,
	}
	if from.Most > 0 && from.Most < g.limits.Absolute {
		s.Expires = now.Add(from.Most)
	}
	e := Event{Kind: SignedIn, At: now, Account: a.ID, Session: sittingID(s.Hash), Address: from.Address, Reason: how}
	t, err := g.trace(e, a.Region)
	if err != nil {
		return Token{}, err
	}
	if err := g.accounts.AddSession(ctx, s, t); err != nil {
		return Token{}, fmt.Errorf("store a session: %w", err)
	}
	if err := g.endSurplus(ctx, a, s); err != nil {
		return Token{}, err
	}
	g.notify(e)
	return token, nil
}

// endSurplus ends the oldest sessions beyond the limit, or the new one, which then is refused.
func (g *Gate) endSurplus(ctx context.Context, a *store.Account, fresh store.Session) error {
	live, err := g.live(ctx, a)
	if err != nil {
		return err
	}
	most := g.limits.Officials
	if a.Kind == caseflow.ActorCitizen {
		most = g.limits.Citizens
	}
	if g.limits.Refuse && len(live) > most {
		e := Event{Kind: SignInRefused, At: g.now(), Account: a.ID, Address: fresh.Address, Reason: WhySessions}
		t, err := g.trace(e, a.Region)
		if err == nil {
			err = g.accounts.EndSessions(ctx, a.ID, fresh.Hash, e.At, t)
		}
		if err != nil {
			return fmt.Errorf("end a session: %w", err)
		}
		g.notify(e)
		return refuse(CodeSessions)
	}
	// Of sessions that began in one instant the fresh one counts as the newest.
	older := slices.DeleteFunc(live, func(s store.Session) bool { return string(s.Hash) == string(fresh.Hash) })
	for _, s := range older[min(most-1, len(older)):] {
		if err := g.end(ctx, a, s, SessionEnded); err != nil {
			return err
		}
	}
	return nil
}

// live lists the good sessions of an account, newest first.
func (g *Gate) live(ctx context.Context, a *store.Account) ([]store.Session, error) {
	sessions, err := g.accounts.Sessions(ctx, a.ID)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	live := sessions[:0]
	for _, s := range sessions {
		if g.good(&s, a) {
			live = append(live, s)
		}
	}
	return live, nil
}

func (g *Gate) good(s *store.Session, a *store.Account) bool {
	return s.Ended.IsZero() && !a.Disabled && g.left(s, a) > 0
}

// left is how long a session lasts if it is not used again.
func (g *Gate) left(s *store.Session, a *store.Account) time.Duration {
	name := parameter.IdleCitizens
	if a.Kind != caseflow.ActorCitizen {
		name = parameter.IdleOfficials
	}
	now, idle := g.now(), g.values().Time(name, a.Region)
	return min(s.Expires.Sub(now), s.Seen.Add(idle).Sub(now))
}

func (g *Gate) end(ctx context.Context, a *store.Account, s store.Session, kind EventKind) error {
	e := Event{Kind: kind, At: g.now(), Account: a.ID, Session: sittingID(s.Hash)}
	t, err := g.trace(e, a.Region)
	if err != nil {
		return err
	}
	if err := g.accounts.EndSessions(ctx, a.ID, s.Hash, e.At, t); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	g.notify(e)
	return nil
}

// find returns the session of a token and its account, or ErrNoSession.
func (g *Gate) find(ctx context.Context, t Token) (*store.Session, *store.Account, error) {
	if t.IsZero() {
		return nil, nil, ErrNoSession
	}
	s, err := g.accounts.Session(ctx, t.Hash())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, ErrNoSession
	}
	if err != nil {
		return nil, nil, fmt.Errorf("find the session: %w", err)
	}
	a, err := g.accounts.AccountByID(ctx, s.Account)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, ErrNoSession
	}
	if err != nil {
		return nil, nil, fmt.Errorf("find the account of a session: %w", err)
	}
	if !g.good(s, a) {
		return nil, nil, ErrNoSession
	}
	return s, a, nil
}

// Who returns who holds the token, and notes that the session is in use. ErrNoSession if it is over: ended, idle too
// long, past its end, or of a disabled account. The account comes without its password hash.
func (g *Gate) Who(ctx context.Context, t Token) (caseflow.Actor, *store.Account, error) {
	_, a, err := g.use(ctx, t)
	if err != nil {
		return caseflow.Actor{}, nil, err
	}
	return g.actorOf(a), shown(a), nil
}

// use finds a session and notes that it is in use.
func (g *Gate) use(ctx context.Context, t Token) (*store.Session, *store.Account, error) {
	s, a, err := g.find(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	if now := g.now(); now.Sub(s.Seen) >= touchEvery {
		if err := g.accounts.TouchSession(ctx, s.Hash, now); err != nil {
			return nil, nil, fmt.Errorf("note the use of a session: %w", err)
		}
	}
	return s, a, nil
}

// SignOut ends the session of the token, if there is one.
func (g *Gate) SignOut(ctx context.Context, t Token) error {
	s, a, err := g.find(ctx, t)
	if errors.Is(err, ErrNoSession) {
		return nil
	}
	if err != nil {
		return err
	}
	return g.end(ctx, a, *s, SignedOut)
}

// Sittings lists the good sessions of who holds the token, newest first.
func (g *Gate) Sittings(ctx context.Context, t Token) ([]Sitting, error) {
	current, a, err := g.find(ctx, t)
	if err != nil {
		return nil, err
	}
	live, err := g.live(ctx, a)
	if err != nil {
		return nil, err
	}
	list := make([]Sitting, len(live))
	for i, s := range live {
		list[i] = Sitting{ID: sittingID(s.Hash), Started: s.Started, Seen: s.Seen, Address: s.Address, Agent: s.Agent,
			Current: string(s.Hash) == string(current.Hash)}
	}
	return list, nil
}

// EndSitting ends one of the own sessions by its public id. store.ErrNotFound if there is none, also for others'.
func (g *Gate) EndSitting(ctx context.Context, t Token, id string) error {
	_, a, err := g.find(ctx, t)
	if err != nil {
		return err
	}
	live, err := g.live(ctx, a)
	if err != nil {
		return err
	}
	for _, s := range live {
		if sittingID(s.Hash) == id {
			return g.end(ctx, a, s, SessionEnded)
		}
	}
	return store.ErrNotFound
}

// EndOthers ends all own sessions but the one that asks, and returns how many there were.
func (g *Gate) EndOthers(ctx context.Context, t Token) (int, error) {
	current, a, err := g.find(ctx, t)
	if err != nil {
		return 0, err
	}
	live, err := g.live(ctx, a)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, s := range live {
		if string(s.Hash) == string(current.Hash) {
			continue
		}
		if err := g.end(ctx, a, s, SessionEnded); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// printable keeps at most 200 bytes of a browser's name, without control characters.
func printable(agent string) string {
	const most = 200
	return strings.Map(printableRune, strings.ToValidUTF8(agent[:min(most, len(agent))], ""))
}

// printableRune leaves out what does not show.
func printableRune(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}
