package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
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
	s := &scene{t: t, store: newMemory(t), time: time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)}
	keys, err := seal.Open(t.TempDir(), s.time)
	if err != nil {
		t.Fatal(err)
	}
	gate, err := NewGate(s.store, Options{Now: s.now, Limits: limits, Hashes: Weak(), Seal: keys, Notify: func(e Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.events = append(s.events, e)
	}})
	if err != nil {
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
	if err := s.Disable(t.Context(), System, Latest(disabled.ID)); err != nil {
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
	admin := actorOf(s.official("admin.one", caseflow.RoleSecurity))
	a := s.official("li.clerk", caseflow.RoleClerk)
	for range 5 {
		_, _, _ = s.SignIn(t.Context(), "li.clerk", "wrong", clientA)
	}
	if err := s.Enable(t.Context(), admin, Latest(a.ID)); err != nil {
		t.Fatal(err)
	}
	token := s.signIn("li.clerk", good)
	if err := s.Disable(t.Context(), admin, Latest(a.ID)); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the session of a disabled account", token)
	if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); code(err) != CodeSignIn {
		t.Errorf("a disabled account signs in: %v", err)
	}
	if err := s.Enable(t.Context(), admin, Latest(a.ID)); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the old session after enabling again", token)
	generated, err := s.ResetPassword(t.Context(), System, Latest(a.ID))
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

// telling signals each count of attempts that was read, as long as there is room.
type telling struct {
	store.Accounts
	read chan struct{}
}

func (g *telling) Attempts(ctx context.Context, key string, since time.Time) (int, error) {
	n, err := g.Accounts.Attempts(ctx, key, since)
	select {
	case g.read <- struct{}{}:
	default:
	}
	return n, err
}

func TestParallelGuessesFromOneAddressOvershootByTheSlotsAtMost(t *testing.T) {
	t.Parallel()
	const guesses, slots = 100, 4
	s := newScene(t, Limits{AddressTries: 10, Hashing: slots, Waiting: 200})
	counts := &telling{Accounts: s.store, read: make(chan struct{}, guesses)}
	s.accounts = counts
	var held []func()
	for range slots {
		release, err := s.hasher.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, release)
	}
	var all sync.WaitGroup
	for i := range guesses {
		all.Go(func() {
			_, _, err := s.SignIn(context.Background(), fmt.Sprintf("user%d", i), "wrong", clientA)
			var throttled *Throttled
			if !errors.As(err, &throttled) && code(err) != CodeSignIn {
				t.Errorf("%v", err)
			}
		})
	}
	for range guesses { // all have seen that the address may still try, and wait for a slot
		<-counts.read
	}
	for _, release := range held {
		release()
	}
	all.Wait()
	if s.hashes < 10 || s.hashes > 10+slots-1 {
		t.Errorf("%d of 100 parallel guesses were looked at, want 10 to 13", s.hashes)
	}
}

func TestAddressesAreCountedPerSubscriber(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7":         "x:192.0.2.7",
		"::ffff:192.0.2.7":  "x:192.0.2.7",
		"2001:db8:1:2::1":   "x:2001:db8:1:2::/64",
		"2001:db8:1:2:ff::": "x:2001:db8:1:2::/64",
		"fe80::1%eth0":      "x:fe80::/64",
		"":                  "x:unknown",
		"nonsense":          "x:unknown",
	} {
		if got := addressKey("x", address); got != want {
			t.Errorf("addressKey(%q) = %q, want %q", address, got, want)
		}
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
	if err := s.Note(t.Context(), System, ListExported, "accounts?q="+phone+"&name="+name+"&as=csv"); err != nil { // a list as it was searched
		t.Fatal(err)
	}
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

// The operation log tells which filters a list was taken away with, and of what was typed into them only what masks leave.
func TestFilters_of_a_taken_list_are_masked(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	for what, want := range map[string]string{
		"accounts?kind=citizen&q=13812340000&as=csv":                 "accounts?as=csv&kind=citizen&q=13*******00",
		"accounts?q=" + url.QueryEscape("１３８ 1234-0000"):             "accounts?q=13********00",
		"accounts?q=" + url.QueryEscape("王秀英") + "&role=clerk":       "accounts?q=王**&role=clerk",
		"accounts?q=610502198001010012":                              "accounts?q=610502********0012",
		"signins?account=13812340000&account=wangxy&from=2026-11-01": "signins?account=13*******00&account=w*****&from=2026-11-01",
		"cases?region=" + url.QueryEscape("610502&q=王秀英") + "&%zz":   "cases?region=6***********",
		"tasks?cursor=MTM4MTIzNDAwMDA&tab=dept":                      "tasks?tab=dept",
		"packs?":                                                     "packs?",
	} {
		for _, kind := range []EventKind{ListExported, LogExported} {
			if err := s.Note(t.Context(), System, kind, what); err != nil {
				t.Fatal(err)
			}
			if got := s.store.traces[len(s.store.traces)-1].Reason; got != want {
				t.Errorf("%s is kept as %s, not %s", what, got, want)
			}
		}
	}
	sealed := "signins sealed 2026-11-01/2026-11-28 610500 sha256:1381234"
	if err := s.Note(t.Context(), System, LogExported, sealed); err != nil || s.store.traces[len(s.store.traces)-1].Reason != sealed {
		t.Errorf("%v: %+v", err, s.store.traces)
	}
}

// What left stands in the log of the region that it was of, so that its own auditor sees who took it; a region that somebody may not reach is not
// believed.
func TestWhat_left_a_region_stands_in_its_log(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	by := caseflow.Actor{ID: "aud", Region: "610500", Roles: []string{caseflow.RoleAudit}}
	for region, want := range map[string]string{"610502": "610502", "610500": "610500", "": "610500", "610900": "610500", "610000": "610500", "x": "610500"} {
		if err := s.NoteIn(t.Context(), by, region, LogExported, "looks?"); err != nil {
			t.Fatal(err)
		}
		if got := s.store.traces[len(s.store.traces)-1].Region; got != want {
			t.Errorf("an export of %q stands in the log of %s, not %s", region, got, want)
		}
	}
}
