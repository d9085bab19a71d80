package access

import (
	"context"
	"encoding/base32"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// app is an authenticator app.
type app struct {
	s      *scene
	secret []byte
}

func newApp(s *scene, e *Enrolment) app {
	s.t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Secret)
	if err != nil {
		s.t.Fatal(err)
	}
	return app{s, secret}
}

// code is what the app shows now, or so long from now.
func (a app) code(off time.Duration) string {
	return hotp(a.secret, a.s.now().Add(off).Unix()/30, totpDigits)
}

// wrong is a code that the app does not show about now.
func (a app) wrong() string {
	for _, c := range []string{"000000", "111111", "222222", "333333"} {
		if _, ok := totpStep(a.secret, c, a.s.now()); !ok {
			return c
		}
	}
	a.s.t.Fatal("four codes are all right about now")
	return ""
}

// withApp sets up an app for an account, and returns it with the recovery codes and the token of the new session.
func (s *scene) withApp(login, password string) (app, []string, Token) {
	s.t.Helper()
	token := s.signIn(login, password)
	e, err := s.StartTOTP(s.t.Context(), token, password, clientA)
	if err != nil {
		s.t.Fatal(err)
	}
	a := newApp(s, e)
	fresh, codes, err := s.ConfirmTOTP(s.t.Context(), token, a.code(0), clientA)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mustBeGone("the session before the factor", token)
	s.pass(time.Minute) // the code that confirmed is used up
	return a, codes, fresh
}

// step gives the password and returns the ticket for the second factor.
func (s *scene) step(login, password string) Token {
	s.t.Helper()
	token, account, err := s.SignIn(s.t.Context(), login, password, clientA)
	var step *Step
	if !errors.As(err, &step) || !token.IsZero() || account != nil {
		s.t.Fatalf("SignIn = %v, %v, want a second step and no session", account, err)
	}
	return step.Ticket
}

func (s *scene) passes(ticket Token, code string) Token {
	s.t.Helper()
	token, _, err := s.PassFactor(s.t.Context(), ticket, code, clientA)
	if err != nil {
		s.t.Fatalf("the code is refused: %v", err)
	}
	if _, _, err := s.Who(s.t.Context(), token); err != nil {
		s.t.Fatal(err)
	}
	return token
}

func (s *scene) refuses(what string, ticket Token, givenCode, want string) {
	s.t.Helper()
	if token, _, err := s.PassFactor(s.t.Context(), ticket, givenCode, clientA); code(err) != want || !token.IsZero() {
		s.t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestASecondFactorIsAskedForOnceItIsSetUp(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	phone, codes, _ := s.withApp("li.clerk", good)
	if len(codes) != recoveryCodes {
		t.Errorf("%d recovery codes", len(codes))
	}
	ticket := s.step("li.clerk", good)
	if _, _, err := s.Who(t.Context(), ticket); !errors.Is(err, ErrNoSession) {
		t.Errorf("the ticket opens the door: %v", err)
	}
	s.refuses("a wrong code", ticket, phone.wrong(), CodeFactor)
	now := phone.code(0)
	token := s.passes(ticket, " "+now[:3]+" "+wide(now[3:]))
	s.refuses("the ticket a second time", ticket, phone.code(30*time.Second), CodeLate)
	s.refuses("the session as a ticket", token, phone.code(30*time.Second), CodeLate)
	s.refuses("no ticket", Token{}, phone.code(0), CodeLate)
	if s.count(FactorAdded, FactorTOTP) != 1 || s.count(FactorRefused, WhyWrong) != 1 || s.count(SignedIn, FactorTOTP) != 2 {
		t.Errorf("events: %+v", s.events)
	}
}

func wide(digits string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '0' }, digits)
}

func TestACodeIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	phone, codes, _ := s.withApp("li.clerk", good)
	now, earlier := phone.code(0), phone.code(-30*time.Second)
	s.passes(s.step("li.clerk", good), now)
	s.refuses("again", s.step("li.clerk", good), now, CodeFactor)
	s.refuses("one from before it", s.step("li.clerk", good), earlier, CodeFactor)
	if s.count(FactorRefused, WhyReplayed) != 2 {
		t.Errorf("%d replays were noted", s.count(FactorRefused, WhyReplayed))
	}
	s.passes(s.step("li.clerk", good), strings.ToUpper(codes[3]))
	s.refuses("a recovery code again", s.step("li.clerk", good), codes[3], CodeFactor)
	var tickets []Token
	for range 8 {
		tickets = append(tickets, s.step("li.clerk", good))
	}
	s.limits.AccountTries = 20
	var through atomic.Int64
	var all sync.WaitGroup
	for _, ticket := range tickets {
		all.Go(func() {
			if _, _, err := s.PassFactor(context.Background(), ticket, codes[4], clientA); err == nil {
				through.Add(1)
			} else if code(err) != CodeFactor {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if through.Load() != 1 {
		t.Errorf("%d of 8 got in with one recovery code", through.Load())
	}
	own, err := s.Factors(t.Context(), s.passes(s.step("li.clerk", good), phone.code(30*time.Second)))
	if err != nil || own.Recovery != recoveryCodes-2 || len(own.List) != 1 {
		t.Errorf("factors = %+v, %v", own, err)
	}
}

func TestSecretsOfFactorsAreNotInTheStore(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	phone, codes, _ := s.withApp("li.clerk", good)
	list, err := s.store.Factors(t.Context(), a.ID)
	if err != nil || len(list) != 1+recoveryCodes {
		t.Fatalf("%d factors, %v", len(list), err)
	}
	for _, f := range list {
		if f.Kind == FactorTOTP && seal.KeyOf(f.Secret) == "" {
			t.Errorf("the secret is stored as %q", f.Secret)
		}
		for _, plain := range append(codes, string(phone.secret), totpText.EncodeToString(phone.secret)) {
			if strings.Contains(f.Secret+f.ID+f.Name, plain) {
				t.Errorf("%s is stored in clear", f.Kind)
			}
		}
	}
	// A secret that somebody copies to another account in the database does not open there.
	other := s.official("wang.head", caseflow.RoleHead)
	list[len(list)-1].Account = other.ID
	if err := s.store.PutFactor(t.Context(), list[len(list)-1]); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.PassFactor(t.Context(), s.step("wang.head", good), phone.code(0), clientA); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("a copied factor: %v", err)
	}
}

func TestCodesAreThrottledLikePasswords(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{AccountTries: 5, AddressTries: 1000})
	s.official("li.clerk", caseflow.RoleClerk)
	phone, _, _ := s.withApp("li.clerk", good)
	ticket, looked := s.step("li.clerk", good), 0
	var throttled *Throttled
	for range 100 {
		_, _, err := s.PassFactor(t.Context(), ticket, phone.wrong(), clientA)
		switch {
		case code(err) == CodeFactor:
			looked++
		case !errors.As(err, &throttled):
			t.Fatal(err)
		}
	}
	if looked != 5 {
		t.Errorf("%d codes were looked at", looked)
	}
	// The right code, another ticket, the right password: none is a way around.
	if _, _, err := s.PassFactor(t.Context(), s.step("li.clerk", good), phone.code(0), Client{Address: "198.51.100.1"}); !errors.As(err, &throttled) {
		t.Errorf("the right code while it waits: %v", err)
	}
	s.pass(16 * time.Minute)
	s.passes(s.step("li.clerk", good), phone.code(0))
}

func TestCodesAreThrottledPerAddress(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{AccountTries: 100, AddressTries: 7})
	s.official("li.clerk", caseflow.RoleClerk)
	phone, _, _ := s.withApp("li.clerk", good)
	ticket := s.step("li.clerk", good)
	var throttled *Throttled
	n := 0
	for ; n < 100; n++ {
		if _, _, err := s.PassFactor(t.Context(), ticket, phone.wrong(), clientA); errors.As(err, &throttled) {
			break
		}
	}
	if n != 7 {
		t.Errorf("throttled after %d codes", n)
	}
}

func TestManyCodesAtOnceAreNoWayAroundTheLimit(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{AccountTries: 5, AddressTries: 1000})
	s.official("li.clerk", caseflow.RoleClerk)
	phone, _, _ := s.withApp("li.clerk", good)
	ticket := s.step("li.clerk", good)
	var looked atomic.Int64
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			if _, _, err := s.PassFactor(context.Background(), ticket, phone.wrong(), clientA); code(err) == CodeFactor {
				looked.Add(1)
			}
		})
	}
	all.Wait()
	if looked.Load() > 5 {
		t.Errorf("%d codes were looked at", looked.Load())
	}
}

func TestASignInDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	admin, security := s.official("wang.admin", caseflow.RoleAdmin), s.official("yan.security", caseflow.RoleSecurity)
	a := s.official("li.clerk", caseflow.RoleClerk)
	phone, _, _ := s.withApp("li.clerk", good)
	late := s.step("li.clerk", good)
	s.pass(ticketFor)
	s.refuses("after ten minutes", late, phone.code(0), CodeLate)
	reset := s.step("li.clerk", good)
	password, err := s.ResetPassword(t.Context(), actorOf(admin), Latest(a.ID))
	if err != nil {
		t.Fatal(err)
	}
	s.refuses("after the password was reset", reset, phone.code(0), CodeLate)
	if err := s.Enable(t.Context(), actorOf(security), Latest(a.ID)); err != nil { // the reset closed it
		t.Fatal(err)
	}
	closed := s.step("li.clerk", password)
	if err := s.Disable(t.Context(), actorOf(security), Latest(a.ID)); err != nil {
		t.Fatal(err)
	}
	s.refuses("after the account was closed", closed, phone.code(0), CodeLate)
}

func TestALostFactorIsTakenAwayByTheSecurityAdministratorOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	_, _, session := s.withApp("li.clerk", good)
	for _, role := range []string{caseflow.RoleAdmin, caseflow.RoleAudit, caseflow.RoleHead, caseflow.RoleSupervisor} {
		by := s.official("x."+role, role)
		if err := s.TakeFactors(t.Context(), actorOf(by), a.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s takes it away: %v", role, err)
		}
	}
	security := s.official("yan.security", caseflow.RoleSecurity)
	far := actorOf(security)
	far.Region = ankang
	if err := s.TakeFactors(t.Context(), far, a.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of another region: %v", err)
	}
	if err := s.TakeFactors(t.Context(), actorOf(security), security.ID); code(err) != CodeNotAllowed {
		t.Errorf("one's own: %v", err)
	}
	if err := s.TakeFactors(t.Context(), actorOf(security), a.ID); err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the session with the lost factor", session)
	if err := s.TakeFactors(t.Context(), actorOf(security), a.ID); code(err) != CodeFactorNone {
		t.Errorf("twice: %v", err)
	}
	own, err := s.Factors(t.Context(), s.signIn("li.clerk", good))
	if err != nil || len(own.List) != 0 || own.Recovery != 0 {
		t.Errorf("what is left: %+v, %v", own, err)
	}
	if taken := own.Taken; taken.IsZero() {
		t.Error("who lost them is not told")
	}
	s.withApp("li.clerk", good)
	if at, err := s.FactorsTaken(t.Context(), a); err != nil || !at.IsZero() {
		t.Errorf("with another they are told still: %v, %v", at, err)
	}
}

// A password that two administrators have set anew is no way around the second factor (ASVS 6.4.3).
func TestANewPasswordLeavesTheSecondFactor(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a := s.official("li.clerk", caseflow.RoleClerk)
	phone, codes, _ := s.withApp("li.clerk", good)
	secret, err := s.ResetPassword(t.Context(), actorOf(s.official("sys", caseflow.RoleAdmin)), Latest(a.ID))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Enable(t.Context(), actorOf(s.official("sec", caseflow.RoleSecurity)), Latest(a.ID)); err != nil {
		t.Fatal(err)
	}
	s.refuses("no code", s.step("li.clerk", secret), "", CodeFactor)
	s.passes(s.step("li.clerk", secret), phone.code(0))
	s.passes(s.step("li.clerk", secret), codes[0])
}

// Recovery codes are stored as plain digests, which wants 112 random bits at least (ASVS 6.5.2); secrets of apps have 160. Both are drawn
// from the gate's source of randomness, without which there are none.
func TestFactorsAreDrawnAtRandom(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	phone, codes, token := s.withApp("li.clerk", good)
	seen := map[string]bool{}
	for _, c := range codes {
		letters := strings.ReplaceAll(c, "-", "")
		if seen[c] = true; float64(len(letters))*math.Log2(31) < 112 || strings.Trim(letters, "abcdefghjkmnpqrstuvwxyz23456789") != "" {
			t.Errorf("a code such as %q", c)
		}
	}
	if len(seen) != recoveryCodes || len(phone.secret) != 20 {
		t.Errorf("%d codes of %d differ, a secret of %d bytes", len(seen), recoveryCodes, len(phone.secret))
	}
	s.random = strings.NewReader("too little")
	if _, err := s.NewRecovery(t.Context(), token, good, clientA); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("codes without randomness: %v", err)
	}
}

func TestWhoIsSignedInChangesFactorsWithThePasswordOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	s.official("li.clerk", caseflow.RoleClerk)
	ctx := t.Context()
	weak := s.signIn("li.clerk", good)
	if _, err := s.StartTOTP(ctx, weak, "wrong", clientA); fieldCodes(err) != "old=password.old" {
		t.Errorf("start: %v", err)
	}
	if _, err := s.PendingTOTP(ctx, weak); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nothing is pending: %v", err)
	}
	if _, _, err := s.ConfirmTOTP(ctx, weak, "123456", clientA); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("confirm nothing: %v", err)
	}
	e, err := s.StartTOTP(ctx, weak, good, clientA)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.PendingTOTP(ctx, weak); err != nil || *again != *e {
		t.Errorf("pending = %+v, %v", again, err)
	}
	if _, _, err := s.ConfirmTOTP(ctx, weak, newApp(s, e).wrong(), clientA); fieldCodes(err) != "code=factor.wrong" {
		t.Errorf("confirm: %v", err)
	}
	s.signIn("li.clerk", good) // not asked for before it is confirmed
	s.pass(ticketFor)
	if _, _, err := s.ConfirmTOTP(ctx, weak, newApp(s, e).code(0), clientA); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("confirm too late: %v", err)
	}
	phone, _, token := s.withApp("li.clerk", good)
	if _, err := s.StartTOTP(ctx, token, good, clientA); code(err) != CodeFactorThere {
		t.Errorf("a second app: %v", err)
	}
	if _, err := s.NewRecovery(ctx, token, "wrong", clientA); fieldCodes(err) != "old=password.old" {
		t.Errorf("recovery codes: %v", err)
	}
	codes, err := s.NewRecovery(ctx, token, good, clientA)
	if err != nil || len(codes) != recoveryCodes {
		t.Errorf("%d recovery codes, %v", len(codes), err)
	}
	if _, err := s.RemoveFactor(ctx, token, FactorTOTP, "wrong", clientA); fieldCodes(err) != "old=password.old" {
		t.Errorf("remove: %v", err)
	}
	if _, err := s.RemoveFactor(ctx, token, recoveryDigest("x", "y"), good, clientA); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("remove what is not there: %v", err)
	}
	ticket := s.step("li.clerk", good)
	after, err := s.RemoveFactor(ctx, token, FactorTOTP, good, clientA)
	if err != nil {
		t.Fatal(err)
	}
	s.mustBeGone("the session before", token)
	s.refuses("a code of the removed app", ticket, phone.code(0), CodeFactor)
	s.refuses("its recovery code", ticket, codes[0], CodeFactor)
	if own, err := s.Factors(ctx, after); err != nil || len(own.List) != 0 || own.Recovery != 0 || own.Strong {
		t.Errorf("factors = %+v, %v", own, err)
	}
	if _, err := s.NewRecovery(ctx, after, good, clientA); code(err) != CodeFactorNone {
		t.Errorf("recovery codes for no factor: %v", err)
	}
}

func TestRolesThatMustHaveASecondFactorHaveIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{Free: []string{"/free"}}, false)
	s.factorRoles = []string{caseflow.RoleAdmin, caseflow.RoleSecurity}
	admin := s.official("wang.admin", caseflow.RoleAdmin)
	s.official("li.clerk", caseflow.RoleClerk)
	get := func(token Token, path string) int {
		status, _, _ := s.do(s.server.Client(), "GET", path, nil, "Authorization", "Bearer "+token.Reveal())
		return status
	}
	if token := s.signIn("li.clerk", good); get(token, "/me") != 200 {
		t.Error("a clerk is turned away")
	}
	weak := s.signIn("wang.admin", good)
	if get(weak, "/me") != 403 || get(weak, "/free/x") != 404 {
		t.Error("an administrator without a second factor gets in, or cannot set one up")
	}
	_, _, token := s.withApp("wang.admin", good)
	if get(token, "/me") != 200 {
		t.Error("an administrator with a second factor is turned away")
	}
	if own, err := s.Factors(t.Context(), token); err != nil || own.Must || !own.Strong {
		t.Errorf("factors = %+v, %v", own, err)
	}
	if err := s.TakeFactors(t.Context(), System, admin.ID); err != nil {
		t.Fatal(err)
	}
	if weak := s.signIn("wang.admin", good); get(weak, "/me") != 403 {
		t.Error("after the factor was taken away the administrator gets in without")
	}
}

func TestABrowserCarriesTheSecondStepInACookieOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t, DoorOptions{}, true)
	s.official("li.clerk", caseflow.RoleClerk)
	phone, _, _ := s.withApp("li.clerk", good)
	mine, other := s.browser(), s.browser()
	status, body, header := s.do(mine, "POST", "/sign-in", credentials("li.clerk", good))
	cookie := header.Get("Set-Cookie")
	if status != 401 || !strings.HasPrefix(body, CodeStep) || !strings.HasPrefix(cookie, "__Host-tongban-step=") ||
		!strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "Secure") || len(header.Values("Set-Cookie")) != 1 {
		t.Errorf("%d %s %s", status, body, header)
	}
	if _, body, _ := s.do(mine, "GET", "/me", nil); body != "actor " {
		t.Errorf("signed in after the first step: %s", body)
	}
	if status, body, _ := s.do(other, "POST", "/factor", map[string][]string{"code": {phone.code(0)}}); status != 401 || !strings.HasPrefix(body, CodeLate) {
		t.Errorf("from another browser: %d %s", status, body)
	}
	if status, body, _ := s.do(mine, "POST", "/factor", map[string][]string{"code": {phone.code(0)}}); status != 200 || body == "actor " {
		t.Errorf("second step: %d %s", status, body)
	}
}
