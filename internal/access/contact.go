package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/mail"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// Bounds of the code that confirms a mail address.
const (
	codeFor    = 10 * time.Minute // how long it may come back
	codeTries  = 5                // how often it may be typed
	codeWindow = time.Hour
	codesMost  = 5 // mails with a code to one account in a window
)

// Contacts is how people say how they want to be reached outside the program: in it everything is shown anyhow. Each
// account speaks for itself alone. A mail address counts only after a code that was sent there has come back: nobody can
// have somebody else's post sent to themself, or be made to get it.
type Contacts struct {
	store  store.Store
	now    func() time.Time
	random io.Reader
	mail   func(ctx context.Context, to, code string) error
}

// NewContacts makes it. mail sends a code and returns when it is handed over; nil: no mail is set up here.
func NewContacts(s store.Store, now func() time.Time, random io.Reader, mail func(ctx context.Context, to, code string) error) *Contacts {
	if random == nil {
		random = rand.Reader
	}
	return &Contacts{store: s, now: now, random: random, mail: mail}
}

// Mails reports whether mail is set up.
func (c *Contacts) Mails() bool { return c.mail != nil }

// Wish is how somebody wants to be reached.
type Wish struct {
	Email     string
	NoEmail   bool // not for now
	NoSMS     bool
	QuietFrom string // 22:00; both empty: no quiet hours
	QuietTo   string
}

// WishOf is what a contact says.
func WishOf(n store.Contact) Wish {
	w := Wish{Email: n.Email, NoEmail: n.NoEmail, NoSMS: n.NoSMS}
	if n.QuietFrom != n.QuietTo {
		w.QuietFrom, w.QuietTo = clock(n.QuietFrom), clock(n.QuietTo)
	}
	return w
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// See returns how an account wants to be reached.
func (c *Contacts) See(ctx context.Context, account string) (store.Contact, error) {
	return c.store.Contact(ctx, account)
}

// Choose records how an account wants to be reached. Another mail address must be confirmed before anything is sent there. A
// refusal names every field that is wrong.
func (c *Contacts) Choose(ctx context.Context, account string, w Wish) error {
	var wrong faults
	email := strings.TrimSpace(w.Email)
	if email != "" && !isAddress(email) {
		wrong.add("email", codeEmail)
	}
	from, err1 := minutes(w.QuietFrom)
	to, err2 := minutes(w.QuietTo)
	if err1 != nil || err2 != nil || (strings.TrimSpace(w.QuietFrom) == "") != (strings.TrimSpace(w.QuietTo) == "") {
		wrong.add("quietFrom", codeQuiet)
	}
	if err := wrong.err(); err != nil {
		return err
	}
	return c.change(ctx, account, func(n *store.Contact) error {
		if !strings.EqualFold(n.Email, email) {
			n.Confirmed, n.Code, n.CodeUntil, n.Tries = time.Time{}, nil, time.Time{}, 0
		}
		n.Email, n.NoEmail, n.NoSMS, n.QuietFrom, n.QuietTo = email, w.NoEmail, w.NoSMS, from, to
		return nil
	})
}

// isAddress reports whether the text is a mail address and nothing more.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	_, domain, _ := strings.Cut(s, "@")
	return err == nil && a.Address == s && len(s) <= 254 && strings.Contains(domain, ".") && !strings.ContainsAny(s, "\r\n\"<>(),;: ")
}

// minutes reads a time of day; 0 for none.
func minutes(s string) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", strings.ReplaceAll(s, "：", ":"))
	return t.Hour()*60 + t.Minute(), err
}

// SendCode sends a code to the mail address of an account. *Throttled after too many.
func (c *Contacts) SendCode(ctx context.Context, account string) error {
	n, err := c.store.Contact(ctx, account)
	if err != nil {
		return err
	}
	if c.mail == nil || n.Email == "" {
		return fieldFault("email", codeEmail)
	}
	now := c.now()
	sent, err := c.store.CountAttempt(ctx, "code:"+account, now, now.Add(-codeWindow))
	if err != nil {
		return fmt.Errorf("count codes: %w", err)
	}
	if sent > codesMost {
		return &Throttled{After: codeWindow}
	}
	number, err := rand.Int(c.random, big.NewInt(1_000_000))
	if err != nil {
		return fmt.Errorf("draw a code: %w", err)
	}
	var salt [16]byte
	if _, err := io.ReadFull(c.random, salt[:]); err != nil {
		return fmt.Errorf("draw a salt: %w", err)
	}
	code := fmt.Sprintf("%06d", number)
	err = c.change(ctx, account, func(is *store.Contact) error {
		if is.Email != n.Email {
			return store.ErrConflict
		}
		is.Code, is.CodeUntil, is.Tries = hidden(salt[:], is.Email, code), now.Add(codeFor), codeTries
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.mail(ctx, n.Email, code); err != nil {
		return fieldFault("email", codeNotSent)
	}
	return nil
}

// hidden is what is kept of a code: salt, then a hash over salt, address and code.
func hidden(salt []byte, email, code string) []byte {
	sum := sha256.Sum256(append(append([]byte{}, salt...), email+"\x00"+code...))
	return append(append([]byte{}, salt...), sum[:]...)
}

// Confirm takes the code that came back. A wrong one costs a try, whoever tries at the same moment; after the last a new code
// is needed.
func (c *Contacts) Confirm(ctx context.Context, account, code string) error {
	right := false
	err := c.change(ctx, account, func(n *store.Contact) error {
		right = false
		if n.Tries <= 0 || len(n.Code) < 16 || !c.now().Before(n.CodeUntil) {
			return fieldFault("code", codeWrongCode)
		}
		n.Tries--
		if subtle.ConstantTimeCompare(hidden(n.Code[:16], n.Email, strings.TrimSpace(code)), n.Code) == 1 {
			right, n.Confirmed, n.Code, n.CodeUntil, n.Tries = true, c.now(), nil, time.Time{}, 0
		}
		return nil
	})
	if err == nil && !right {
		err = fieldFault("code", codeWrongCode)
	}
	return err
}

// change reads, changes and writes, again if somebody else was first.
func (c *Contacts) change(ctx context.Context, account string, do func(*store.Contact) error) error {
	for range 10 {
		n, err := c.store.Contact(ctx, account)
		if err != nil {
			return err
		}
		if err := do(&n); err != nil {
			return err
		}
		if err := c.store.PutContact(ctx, n); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrBusy
}
