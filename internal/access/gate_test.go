package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

const (
	weinan = "610500"
	linwei = "610502" // a district of Weinan
	ankang = "610900"
	good   = "渭南的春天 2026"
)

var clientA = Client{Address: "192.0.2.7", Agent: "Firefox"}

// scene is a gate on virtual time with everything that it told.
type scene struct {
	*Gate
	t      *testing.T
	store  *memory
	mu     sync.Mutex
	time   time.Time
	events []Event
	hashes int
}

func newScene(t *testing.T, limits Limits) *scene {
	t.Helper()
	s := &scene{t: t, store: newMemory(), time: time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)}
	gate, err := NewGate(s.store, Options{Now: s.now, Limits: limits, Notify: func(e Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.events = append(s.events, e)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := gate.hasher.price(64, 1, 1); err != nil { // the real cost is measured by TestRealCost
		t.Fatal(err)
	}
	gate.hasher.worked = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hashes++
	}
	s.Gate = gate
	return s
}

func (s *scene) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.time
}

func (s *scene) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.time = s.time.Add(d)
}

// count counts events of a kind, and of a reason unless it is "".
func (s *scene) count(kind EventKind, reason string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.events {
		if e.Kind == kind && (reason == "" || e.Reason == reason) {
			n++
		}
	}
	return n
}

// official adds an official with a known password.
func (s *scene) official(login string, roles ...string) *store.Account {
	s.t.Helper()
	seeded, err := s.Seed(s.t.Context(), []NewAccount{{Login: login, Kind: caseflow.ActorOfficial, Name: "李晓梅",
		Region: weinan, Department: "market", Roles: roles}})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.withPassword(login, seeded[0].Password)
}

func (s *scene) withPassword(login, generated string) *store.Account {
	s.t.Helper()
	token := s.signIn(login, generated)
	token, err := s.ChangePassword(s.t.Context(), token, generated, good, clientA)
	if err != nil {
		s.t.Fatal(err)
	}
	_, a, err := s.Who(s.t.Context(), token)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.SignOut(s.t.Context(), token); err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *scene) citizen(phone string) *store.Account {
	s.t.Helper()
	a, err := s.Register(s.t.Context(), NewCitizen{Name: "张伟", Document: ident.Document{Type: ident.DocPassport, No: "E12345678"},
		Phone: phone, Password: good, Region: weinan}, clientA)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *scene) signIn(login, password string) Token {
	s.t.Helper()
	token, _, err := s.SignIn(s.t.Context(), login, password, clientA)
	if err != nil {
		s.t.Fatalf("sign-in of %s: %v", login, err)
	}
	return token
}

func (s *scene) mustBeGone(what string, t Token) {
	s.t.Helper()
	if _, _, err := s.Who(s.t.Context(), t); !errors.Is(err, ErrNoSession) {
		s.t.Errorf("%s: Who = %v, want ErrNoSession", what, err)
	}
}

func (s *scene) mustLive(what string, t Token) {
	s.t.Helper()
	if _, _, err := s.Who(s.t.Context(), t); err != nil {
		s.t.Errorf("%s: Who = %v, want a live session", what, err)
	}
}

func code(err error) string {
	var r *caseflow.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return fmt.Sprint(err)
}

func fieldCodes(err error) string {
	var r *caseflow.Refusal
	if !errors.As(err, &r) {
		return fmt.Sprint(err)
	}
	var out []string
	for _, f := range r.Fields {
		if f.Text.ZH == "" || f.Text.EN == "" {
			out = append(out, f.Code+" WITHOUT WORDS")
			continue
		}
		out = append(out, f.Field+"="+f.Code)
	}
	return strings.Join(out, " ")
}

func TestSignInTellsWhoActs(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	official := s.official("li.clerk", caseflow.RoleClerk)
	citizen := s.citizen("13800000001")

	actor, account, err := s.Who(t.Context(), s.signIn(" Li.Clerk ", good))
	want := caseflow.Actor{ID: official.ID, Kind: caseflow.ActorOfficial, Name: "李晓梅", Department: "market", Region: weinan,
		Roles: []string{caseflow.RoleClerk}}
	if err != nil || !reflect.DeepEqual(actor, want) {
		t.Errorf("official: %+v, %v, want %+v", actor, err, want)
	}
	if account.Password != "" {
		t.Error("the password hash left the gate")
	}
	for _, spelling := range []string{"13800000001", "+86 138-0000-0001", "138 0000 0001"} {
		actor, _, err := s.Who(t.Context(), s.signIn(spelling, good))
		if err != nil || actor.ID != citizen.ID || actor.Kind != caseflow.ActorCitizen || actor.Region != "" || actor.Roles != nil {
			t.Errorf("citizen by %q: %+v, %v", spelling, actor, err)
		}
	}
	if _, _, err := s.SignIn(t.Context(), "li.clerk", strings.Map(fullWidth, good), clientA); err != nil {
		t.Errorf("the password typed in full-width mode: %v", err)
	}
}

func fullWidth(r rune) rune {
	if r > ' ' && r < 0x7f {
		return r - '!' + '!'
	}
	return r
}

func TestEverySignInIsANewSession(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	first, second := s.signIn("li.clerk", good), s.signIn("li.clerk", good)
	if first == second {
		t.Fatal("two sign-ins share a token")
	}
	s.mustLive("first", first)
	s.mustLive("second beside it", second)
	if err := s.SignOut(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("after sign-out", first)
	s.mustLive("the parallel session after the other's sign-out", second)
	if err := s.SignOut(t.Context(), first); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
	var made Token
	made.secret[0] = 1
	s.mustBeGone("a token that nobody was given", made)
	s.mustBeGone("no token", Token{})
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, login string
		idle        time.Duration
	}{{"official", "li.clerk", 30 * time.Minute}, {"citizen", "13800000001", 2 * time.Hour}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, Limits{})
			s.official("li.clerk", caseflow.RoleClerk)
			s.citizen("13800000001")
			idle, used := s.signIn(c.login, good), s.signIn(c.login, good)
			s.pass(c.idle - time.Second)
			s.mustLive("used just before its idle limit", used)
			s.pass(time.Second)
			s.mustBeGone("idle at its limit", idle)
			s.mustLive("in use", used)
			for began := s.now().Add(-c.idle); s.now().Sub(began) < 12*time.Hour-2*time.Minute; {
				s.pass(time.Minute)
				s.mustLive("in use before its end", used)
			}
			s.pass(2 * time.Minute)
			s.mustBeGone("in use at its end", used)
		})
	}
}

func TestClockThatGoesBackEndsNoSession(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.citizen("13800000001")
	token := s.signIn("13800000001", good)
	s.pass(-time.Hour)
	s.mustLive("an hour earlier", token)
}

func TestOldestSessionEndsWhenThereAreTooMany(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{Sessions: 3})
	s.official("li.clerk", caseflow.RoleClerk)
	var tokens []Token
	for range 4 {
		tokens = append(tokens, s.signIn("li.clerk", good))
		s.pass(time.Second)
	}
	s.mustBeGone("the oldest", tokens[0])
	for _, token := range tokens[1:] {
		s.mustLive("a newer one", token)
	}
}

func TestPeopleSeeAndEndTheirOwnSessions(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	s.official("wang.clerk", caseflow.RoleClerk)
	other := s.signIn("wang.clerk", good)
	old := s.signIn("li.clerk", good)
	s.pass(time.Minute)
	current := s.signIn("li.clerk", good)

	list, err := s.Sittings(t.Context(), current)
	if err != nil || len(list) != 2 || !list[0].Current || list[1].Current || list[0].Address != clientA.Address {
		t.Fatalf("Sittings = %+v, %v", list, err)
	}
	foreign, err := s.Sittings(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EndSitting(t.Context(), current, foreign[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("ending somebody else's session: %v, want not found", err)
	}
	s.mustLive("the session of the other person", other)
	if err := s.EndSitting(t.Context(), current, list[1].ID); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the ended one", old)
	s.mustLive("the current one", current)
}

func TestChangedPasswordEndsAllOtherSessions(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	elsewhere, here := s.signIn("li.clerk", good), s.signIn("li.clerk", good)
	const fresh = "new words for 2027"
	next, err := s.ChangePassword(t.Context(), here, good, fresh, clientA)
	if err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the other session", elsewhere)
	s.mustBeGone("the old token of this one", here)
	s.mustLive("the new token", next)
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); code(err) != CodeSignIn {
		t.Errorf("the old password still signs in: %v", err)
	}
	s.signIn("li.clerk", fresh)
}

func TestChangePasswordRefuses(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{AccountTries: 3})
	s.official("li.clerk", caseflow.RoleClerk)
	token := s.signIn("li.clerk", good)
	for _, c := range []struct{ name, old, fresh, want string }{
		{"a wrong old one", "not the old one", "new words for 2027", "old=password.old"},
		{"a short new one", good, "short1", "password=password.short"},
		{"the same again", good, good, "password=password.same"},
		{"the login in it", good, "my li.clerk words", "password=password.name"},
	} {
		if _, err := s.ChangePassword(t.Context(), token, c.old, c.fresh, clientA); fieldCodes(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, fieldCodes(err), c.want)
		}
	}
	for range 2 {
		_, _ = s.ChangePassword(t.Context(), token, "guess after guess", "new words for 2027", clientA)
	}
	if _, err := s.ChangePassword(t.Context(), token, good, "new words for 2027", clientA); fieldCodes(err) != "old=password.old" {
		t.Errorf("a stolen session guesses on after three wrong ones: %v", err)
	}
	s.mustLive("the session after refusals", token)
}

// racing ends all sessions of an account and changes its password just when a session is being stored.
type racing struct {
	*memory
	once sync.Once
	race func()
}

func (r *racing) AddSession(ctx context.Context, s store.Session) error {
	r.once.Do(r.race)
	return r.memory.AddSession(ctx, s)
}

func TestSessionOfAnOldPasswordDoesNotSurviveItsChange(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	s.accounts = &racing{memory: s.store, race: func() {
		if _, err := s.ResetPassword(t.Context(), System, a.ID); err != nil {
			t.Error(err)
		}
	}}
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); code(err) != CodeSignIn {
		t.Errorf("SignIn = %v, want the refusal", err)
	}
	if live, err := s.live(t.Context(), a); err != nil || len(live) != 0 {
		t.Errorf("live sessions: %v, %v", live, err)
	}
}

// counting notes the calls that a sign-in makes.
type counting struct {
	store.Accounts
	calls []string
}

func (c *counting) AccountByLogin(ctx context.Context, login string) (*store.Account, error) {
	c.calls = append(c.calls, "AccountByLogin")
	return c.Accounts.AccountByLogin(ctx, login)
}

func (c *counting) Attempts(ctx context.Context, key string, since time.Time) (int, error) {
	c.calls = append(c.calls, "Attempts")
	return c.Accounts.Attempts(ctx, key, since)
}

func (c *counting) CountAttempt(ctx context.Context, key string, at, since time.Time) (int, error) {
	c.calls = append(c.calls, "CountAttempt")
	return c.Accounts.CountAttempt(ctx, key, at, since)
}

func TestSignInDoesNotTellWhichAccountsExist(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	s.official("locked", caseflow.RoleClerk)
	disabled := s.official("disabled", caseflow.RoleClerk)
	if err := s.Disable(t.Context(), System, disabled.ID); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, _, _ = s.SignIn(t.Context(), "locked", "wrong", Client{Address: "198.51.100.1"})
	}
	type answer struct {
		err    string
		hashes int
		calls  string
	}
	try := func(login, password string) answer {
		calls := &counting{Accounts: s.store}
		s.accounts = calls
		before := s.hashes
		_, _, err := s.SignIn(t.Context(), login, password, clientA)
		return answer{fmt.Sprintf("%#v", *err.(*caseflow.Refusal)), s.hashes - before, strings.Join(calls.calls, " ")}
	}
	want := try("li.clerk", "wrong")
	if want.hashes != 1 {
		t.Fatalf("a wrong password cost %d hashes, want 1", want.hashes)
	}
	for _, c := range []struct{ name, login, password string }{
		{"unknown login", "nobody", "wrong"},
		{"unknown login of strange form", "'; DROP TABLE accounts; --", "wrong"},
		{"empty login", "", ""},
		{"right password of a disabled account", "disabled", good},
		{"huge password", "li.clerk", strings.Repeat("x", 1<<20)},
		{"huge login", strings.Repeat("x", 1<<20), "wrong"},
		{"login that is no UTF-8", "\xff\xfe", "\xff"},
	} {
		if got := try(c.login, c.password); got != want {
			t.Errorf("%s: %+v, want as for a wrong password %+v", c.name, got, want)
		}
	}
	got := try("locked", good) // makes one count less, which comes after all work
	if got.err != want.err || got.hashes != want.hashes {
		t.Errorf("right password of a locked account: %+v, want %+v", got, want)
	}
}

func TestLockoutSlides(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	s.official("wang.clerk", caseflow.RoleClerk)
	wrong := func() { _, _, _ = s.SignIn(t.Context(), "li.clerk", "wrong", clientA) }
	refused := func(when string) {
		t.Helper()
		if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); code(err) != CodeSignIn {
			t.Errorf("%s: %v, want a refusal", when, err)
		}
	}
	for range 4 {
		wrong()
		s.pass(time.Minute)
	}
	s.signIn("li.clerk", good) // the fifth is right: all is forgotten
	for range 5 {
		wrong()
		s.pass(time.Minute)
	}
	refused("right password after five wrong ones")
	s.signIn("wang.clerk", good) // nobody else is locked
	s.pass(9 * time.Minute)
	refused("fourteen minutes after the first wrong one")
	s.pass(time.Minute + time.Second)
	s.signIn("li.clerk", good)
}

func TestAdministratorUnlocksAndLocks(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	admin := actorOf(s.official("admin.one", caseflow.RoleAdmin))
	a := s.official("li.clerk", caseflow.RoleClerk)
	for range 5 {
		_, _, _ = s.SignIn(t.Context(), "li.clerk", "wrong", clientA)
	}
	if err := s.Enable(t.Context(), admin, a.ID); err != nil {
		t.Fatal(err)
	}
	token := s.signIn("li.clerk", good)
	if err := s.Disable(t.Context(), admin, a.ID); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the session of a disabled account", token)
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); code(err) != CodeSignIn {
		t.Errorf("a disabled account signs in: %v", err)
	}
	if err := s.Enable(t.Context(), admin, a.ID); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the old session after enabling again", token)
	generated, err := s.ResetPassword(t.Context(), admin, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, account, err := s.SignIn(t.Context(), "li.clerk", generated, clientA); err != nil || !account.MustChange {
		t.Errorf("after a reset: %+v, %v, want a session that must change the password", account, err)
	}
}

// TestTenThousandTries is R23: on virtual time, one try a second for nearly three hours.
func TestTenThousandTries(t *testing.T) {
	t.Parallel()
	const tries = 10_000
	windows := tries/int((15*time.Minute).Seconds()) + 1
	for _, c := range []struct {
		name    string
		login   func(i int) string
		address func(i int) string
		looked  int // at most this many passwords were compared with a real hash or counted as unknown
	}{
		{"one account from one address", func(int) string { return "li.clerk" }, func(int) string { return "203.0.113.9" }, windows * 5},
		{"one account from many addresses", func(int) string { return "li.clerk" },
			func(i int) string { return fmt.Sprintf("203.0.%d.%d", i/250, i%250) }, windows * 5},
		{"many accounts from one address", func(i int) string { return fmt.Sprintf("user%d", i) },
			func(int) string { return "203.0.113.9" }, windows * 50},
		{"many accounts from one IPv6 subscriber", func(i int) string { return fmt.Sprintf("user%d", i) },
			func(i int) string { return fmt.Sprintf("2001:db8:1:2::%x", i+1) }, windows * 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, Limits{})
			s.official("li.clerk", caseflow.RoleClerk)
			before := s.hashes
			for i := range tries {
				_, _, err := s.SignIn(t.Context(), c.login(i), fmt.Sprintf("guess %d", i), Client{Address: c.address(i)})
				var throttled *Throttled
				if errors.As(err, &throttled) {
					if throttled.After <= 0 || throttled.After > 15*time.Minute {
						t.Fatalf("Retry-After %s", throttled.After)
					}
				} else if code(err) != CodeSignIn {
					t.Fatalf("try %d: %v", i, err)
				}
				s.pass(time.Second)
			}
			looked := s.count(SignInRefused, WhyWrong) + s.count(SignInRefused, WhyUnknown)
			if looked == 0 || looked > c.looked {
				t.Errorf("%d guesses were looked at, want 1 to %d", looked, c.looked)
			}
			t.Logf("%d tries: %d looked at, %d locked, %d throttled, %d hashes", tries, looked,
				s.count(SignInRefused, WhyLocked), s.count(SignInRefused, WhyThrottled), s.hashes-before)
			s.pass(15 * time.Minute)
			s.signIn("li.clerk", good) // the owner is not shut out for longer
		})
	}
}

func TestParallelGuessesOvershootByTheSlotsAtMost(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{Hashing: 4, Waiting: 200})
	s.official("li.clerk", caseflow.RoleClerk)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			_, _, err := s.SignIn(context.Background(), "li.clerk", "wrong", Client{Address: fmt.Sprintf("198.51.100.%d", i)})
			if code(err) != CodeSignIn {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	if looked := s.count(SignInRefused, WhyWrong); looked < 5 || looked > 5+3 {
		t.Errorf("%d of 100 parallel guesses were looked at, want 5 to 8", looked)
	}
}

func TestFloodIsTurnedAwayNotQueuedForEver(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{Hashing: 1, Waiting: 2})
	s.official("li.clerk", caseflow.RoleClerk)
	release, err := s.hasher.take(t.Context()) // somebody's hash is being computed
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.hasher.waiting <- struct{}{} // and two more wait for theirs
	s.hasher.waiting <- struct{}{}
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); !errors.Is(err, ErrBusy) {
		t.Errorf("with a full queue: %v, want ErrBusy", err)
	}
	<-s.hasher.waiting
	cancel()
	if _, _, err := s.SignIn(ctx, "li.clerk", good, clientA); !errors.Is(err, context.Canceled) {
		t.Errorf("a waiting sign-in that hangs up: %v, want context.Canceled", err)
	}
	<-s.hasher.waiting
	if len(s.hasher.waiting) != 1 {
		t.Errorf("%d places taken, want that of the running hash", len(s.hasher.waiting))
	}
	release()
	s.signIn("li.clerk", good)
}

func TestRegister(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{Registrations: 3})
	a := s.citizen("+86 138 0000 0001")
	if a.Login != "13800000001" || a.Phone != "+8613800000001" || a.Kind != caseflow.ActorCitizen || a.DocNo != "E12345678" || a.Password != "" {
		t.Errorf("registered %+v", a)
	}
	ok := NewCitizen{Name: "张伟", Document: ident.Document{Type: ident.DocPassport, No: "E12345678"}, Phone: "13800000002",
		Password: good, Region: weinan}
	for _, c := range []struct {
		name string
		mend func(*NewCitizen)
		want string
	}{
		{"everything wrong at once", func(n *NewCitizen) {
			*n = NewCitizen{Name: "<b>", Document: ident.Document{Type: ident.DocResidentID, No: "11010519491231002Y"}, Phone: "1", Password: "x", Region: "0"}
		}, "name=name.char region=region.unknown document=citizen.char phone=phone.length password=password.short"},
		{"a taken number", func(n *NewCitizen) { n.Phone = "13800000001" }, "phone=login.taken"},
		{"a landline", func(n *NewCitizen) { n.Phone = "0913-2126543" }, "phone=phone.mobile"},
		{"an organisation", func(n *NewCitizen) {
			n.Document = ident.Document{Type: ident.DocCreditCode, No: "91350100M000100Y43"}
		}, "document=doc.type"},
		{"the document number as password", func(n *NewCitizen) { n.Password = "my e12345678 card" }, "password=password.name"},
	} {
		n := ok
		c.mend(&n)
		if _, err := s.Register(t.Context(), n, clientA); fieldCodes(err) != c.want {
			t.Errorf("%s: %q, want %q", c.name, fieldCodes(err), c.want)
		}
	}
	if _, err := s.Register(t.Context(), ok, clientA); err != nil {
		t.Error(err)
	}
	ok.Phone = "13800000003"
	var throttled *Throttled
	if _, err := s.Register(t.Context(), ok, clientA); !errors.As(err, &throttled) {
		t.Errorf("a fourth registration from the address: %v, want it throttled", err)
	}
	if _, err := s.Register(t.Context(), ok, Client{Address: "198.51.100.9"}); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

func TestAccountsAreManagedByAdministratorsOfTheRegionOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	admin := actorOf(s.official("admin.one", caseflow.RoleAdmin))
	victim := s.official("li.clerk", caseflow.RoleClerk)
	foreign := admin
	foreign.ID, foreign.Region = "other", ankang
	clerk := actorOf(victim)
	n := NewAccount{Login: "new.clerk", Kind: caseflow.ActorOfficial, Name: "赵新", Region: weinan, Department: "tax", Roles: []string{"clerk"}}
	for _, by := range []caseflow.Actor{{}, clerk, foreign, {ID: "c", Kind: caseflow.ActorCitizen, Roles: []string{"admin"}, Region: weinan}} {
		for name, err := range map[string]error{
			"AddAccount":    second(s.AddAccount(t.Context(), by, n)),
			"ResetPassword": last(s.ResetPassword(t.Context(), by, victim.ID)),
			"Disable":       s.Disable(t.Context(), by, "none"),
			"Assign":        s.Assign(t.Context(), by, admin.ID, "tax", []string{"admin"}),
			"Accounts":      last(s.Accounts(t.Context(), by, weinan)),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s by %+v: %v, want not found", name, by, err)
			}
		}
	}
	s.signIn("li.clerk", good) // nothing has changed

	n.Region = linwei
	added, password, err := s.AddAccount(t.Context(), admin, n)
	if err != nil || !added.MustChange || added.Region != linwei {
		t.Fatalf("AddAccount = %+v, %v", added, err)
	}
	token := s.signIn("new.clerk", password)
	if err := s.Assign(t.Context(), admin, added.ID, "tax", []string{"reviewer", "head", "reviewer"}); err != nil {
		t.Fatal(err)
	}
	actor, _, err := s.Who(t.Context(), token)
	if err != nil || !slices.Equal(actor.Roles, []string{"head", "reviewer"}) {
		t.Errorf("roles in the running session: %v, %v", actor.Roles, err)
	}
	if err := s.Assign(t.Context(), admin, admin.ID, "market", []string{"admin", "supervisor"}); code(err) != CodeNotAllowed {
		t.Errorf("an administrator gave themselves a role: %v", err)
	}
	if err := s.Disable(t.Context(), admin, admin.ID); code(err) != CodeNotAllowed {
		t.Errorf("an administrator disabled the own account: %v", err)
	}
	list, err := s.Accounts(t.Context(), admin, weinan)
	if err != nil || len(list) != 2 || list[0].Password != "" {
		t.Errorf("Accounts = %d, %v", len(list), err)
	}
}

func last[T any](_ T, err error) error { return err }

func second[T, U any](_ T, _ U, err error) error { return err }

func TestAddAccountRefuses(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	ok := NewAccount{Login: "new.clerk", Kind: caseflow.ActorOfficial, Name: "赵新", Region: weinan, Department: "tax", Roles: []string{"clerk"}}
	for _, c := range []struct {
		name string
		mend func(*NewAccount)
		want string
	}{
		{"login with a space", func(n *NewAccount) { n.Login = "new clerk" }, "login=login.form"},
		{"no department", func(n *NewAccount) { n.Department = " " }, "department=department.none"},
		{"no role", func(n *NewAccount) { n.Roles = nil }, "roles=roles.form"},
		{"applicant's role", func(n *NewAccount) { n.Roles = []string{"applicant"} }, "roles=roles.form"},
		{"a row of the table as role", func(n *NewAccount) { n.Roles = []string{"(system)"} }, "roles=roles.form"},
		{"system account", func(n *NewAccount) { n.Kind = caseflow.ActorSystem }, "kind=kind.unknown"},
		{"citizen with a role", func(n *NewAccount) {
			n.Kind, n.Phone, n.Login = caseflow.ActorCitizen, "13800000002", "13800000002"
			n.Document = ident.Document{Type: ident.DocPassport, No: "E12345678"}
		}, "roles=roles.form"},
	} {
		n := ok
		c.mend(&n)
		if _, _, err := s.AddAccount(t.Context(), System, n); fieldCodes(err) != c.want {
			t.Errorf("%s: %q, want %q", c.name, fieldCodes(err), c.want)
		}
	}
}

func TestSeedAddsOnceAndGeneratesPasswords(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	demo := []NewAccount{
		{Login: "clerk", Kind: caseflow.ActorOfficial, Name: "窗口", Region: weinan, Department: "hall", Roles: []string{"clerk"}},
		{Login: "13800000001", Kind: caseflow.ActorCitizen, Name: "张伟", Region: weinan, Phone: "13800000001",
			Document: ident.Document{Type: ident.DocPassport, No: "E12345678"}},
	}
	added, err := s.Seed(t.Context(), demo)
	if err != nil || len(added) != 2 || added[0].Password == added[1].Password {
		t.Fatalf("Seed = %+v, %v", added, err)
	}
	for _, a := range added {
		if why := weakness(a.Password, &store.Account{}); why != "" {
			t.Errorf("generated password: %s", why)
		}
		if _, account, err := s.SignIn(t.Context(), a.Login, a.Password, clientA); err != nil || account.MustChange {
			t.Errorf("%s: %+v, %v", a.Login, account, err)
		}
	}
	if again, err := s.Seed(t.Context(), demo); err != nil || len(again) != 0 {
		t.Errorf("second Seed = %+v, %v, want nothing", again, err)
	}
}

func TestStoreThatIsDownLetsNobodyIn(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	token := s.signIn("li.clerk", good)
	s.store.down = errors.New("disk on fire")
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); err == nil || code(err) == CodeSignIn {
		t.Errorf("SignIn = %v, want a failure", err)
	}
	if _, _, err := s.Who(t.Context(), token); err == nil || errors.Is(err, ErrNoSession) {
		t.Errorf("Who = %v, want a failure", err)
	}
	if _, _, err := s.SignIn(t.Context(), "nobody", good, clientA); err == nil || code(err) == CodeSignIn {
		t.Errorf("SignIn of nobody = %v, want a failure", err)
	}
}

// TestNothingSecretIsLogged is R26: canaries in every field, everything that the gate tells goes to a log.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	const password, name, phone, passport = "canary-Password-77", "金丝雀", "13911112222", "CANARY7788"
	_, err := s.Register(t.Context(), NewCitizen{Name: name, Document: ident.Document{Type: ident.DocPassport, No: passport},
		Phone: phone, Password: password, Region: weinan}, clientA)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	fail := func(err error) { logger.Error("failed", "err", err) }
	token, _, err := s.SignIn(t.Context(), phone, password, clientA)
	fail(err)
	logger.Info("token", "token", token, "text", fmt.Sprintf("%v %s %q %x %d %+v %#v", token, token, token, token, token, token, token))
	_, _, err = s.SignIn(t.Context(), password, password, clientA) // typed into the wrong field
	fail(err)
	_, err = s.ChangePassword(t.Context(), token, "wrong "+password, password+" 2", clientA)
	fail(err)
	_, err = s.ChangePassword(t.Context(), token, password, phone+" x", clientA)
	fail(err)
	fail(s.SignOut(t.Context(), token))
	for _, e := range s.events {
		logger.Info("access", "event", e)
	}
	for key := range s.store.attempts {
		if strings.Contains(key, password) || strings.Contains(key, phone) {
			t.Errorf("the counter %q holds what was typed", key)
		}
	}
	text := log.String()
	for _, canary := range []string{"canary-Password", "anary", name, phone, passport, token.Reveal(), fmt.Sprintf("%x", token.secret),
		fmt.Sprint(token.secret), clientA.Address, "argon2"} {
		if strings.Contains(text, canary) {
			t.Errorf("%q is in the log", canary)
		}
	}
	for _, kind := range []EventKind{AccountAdded, SignedIn, SignInRefused, PasswordRefused, SignedOut} {
		if !strings.Contains(text, string(kind)) {
			t.Errorf("no event %s", kind)
		}
	}
}

func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	for _, c := range []string{CodeSignIn, CodeThrottled, CodeMustChange, CodeNoSession, CodeCrossSite, CodeNotAllowed, CodeBusy, CodeNoAnswer} {
		if w := Words()[c]; w.ZH == "" || w.EN == "" {
			t.Errorf("%s has no words", c)
		}
	}
	for c, w := range Words() {
		if w.ZH == "" || w.EN == "" {
			t.Errorf("%s lacks a language", c)
		}
	}
}
