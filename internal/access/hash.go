package access

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

const (
	saltSize = 16
	keySize  = 32
)

// Cost is what computing one hash takes, in one lane.
type Cost struct {
	memory uint32 // KiB
	passes uint32
}

// owasp is the cost by the OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes.
var owasp = Cost{19 * 1024, 2}

// Weak costs next to nothing and protects nothing: for accounts that no person has, of walks and of tests about something else.
func Weak() Cost { return Cost{8, 1} }

// phc is an argon2id hash in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$salt$key.
type phc struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
	salt   []byte
	key    []byte
}

var errPHC = errors.New("access: malformed password hash")

// parsePHC reads a hash with costs that this program is willing to pay: up to 256 MiB, 16 passes, 4 lanes. It accepts
// one spelling of a hash only.
func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(s) > 300 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return phc{}, errPHC
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return phc{}, errPHC
	}
	memory, okM := cost(costs[0], "m=", 256*1024)
	passes, okT := cost(costs[1], "t=", 16)
	lanes, okP := cost(costs[2], "p=", 4)
	salt, errS := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, errK := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	h := phc{memory: uint32(memory), passes: uint32(passes), lanes: uint8(lanes), salt: salt, key: key}
	switch {
	case !okM || !okT || !okP || memory < 8*lanes,
		errS != nil || len(salt) < 8 || len(salt) > 64,
		errK != nil || len(key) < 16 || len(key) > 64,
		h.String() != s: // base64 skips line breaks, numbers may have leading zeros
		return phc{}, errPHC
	}
	return h, nil
}

func cost(s, prefix string, most uint64) (uint64, bool) {
	digits, ok := strings.CutPrefix(s, prefix)
	n, err := strconv.ParseUint(digits, 10, 32)
	return n, ok && err == nil && n >= 1 && n <= most
}

func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", h.memory, h.passes, h.lanes,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

func (h phc) derive(password string, size int) []byte {
	return argon2.IDKey([]byte(folded(password)), h.salt, h.passes, h.memory, h.lanes, uint32(size))
}

// folded makes the same password of what different keyboards send for it (NIST SP 800-63B 5.1.1.2: NFKC): a Chinese
// input method in full-width mode types "1" for "1".
func folded(password string) string { return norm.NFKC.String(password) }

// ErrBusy: more people are signing in than will be served in time. Try again in a few seconds.
var ErrBusy = errors.New("access: too many sign-ins at once")

// hasher computes few hashes at a time, so that a flood of sign-ins cannot take all memory: slots × 19 MiB.
type hasher struct {
	slots   chan struct{}
	waiting chan struct{}
	random  io.Reader
	cost    phc    // what a new hash costs
	decoy   phc    // compared with when there is no account
	worked  func() // called for each hash that is computed; tests count the work
}

func newHasher(slots, waiting int, c Cost, random io.Reader) (*hasher, error) {
	if slots == 0 {
		slots = min(runtime.NumCPU(), 8)
	}
	h := &hasher{
		slots: make(chan struct{}, slots), waiting: make(chan struct{}, slots+waiting), random: random, worked: func() {},
	}
	return h, h.price(cmp.Or(c, owasp))
}

// price sets what new hashes cost, and the decoy so that it costs the same. The decoy has a key that no password is
// known for.
func (h *hasher) price(c Cost) error {
	h.cost = phc{memory: c.memory, passes: c.passes, lanes: 1}
	var err error
	if h.decoy, err = h.salted(); err != nil {
		return err
	}
	h.decoy.key = make([]byte, keySize)
	if _, err := io.ReadFull(h.random, h.decoy.key); err != nil {
		return fmt.Errorf("draw the decoy hash: %w", err)
	}
	return nil
}

// salted is a hash of the present cost with a new salt and no key yet.
func (h *hasher) salted() (phc, error) {
	p := h.cost
	p.salt = make([]byte, saltSize)
	if _, err := io.ReadFull(h.random, p.salt); err != nil {
		return phc{}, fmt.Errorf("draw a salt: %w", err)
	}
	return p, nil
}

// take waits for a slot. The caller holds it while it counts and compares, so that at most that many guesses are
// under way at once, and gives it back with release. ErrBusy if too many wait already.
func (h *hasher) take(ctx context.Context) (release func(), err error) {
	select {
	case h.waiting <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.waiting }, nil
	case <-ctx.Done():
		<-h.waiting
		return nil, ctx.Err()
	}
}

// hash makes the stored form of a password. The caller holds a slot.
func (h *hasher) hash(password string) (string, error) {
	p, err := h.salted()
	if err != nil {
		return "", err
	}
	h.worked()
	p.key = p.derive(password, keySize)
	return p.String(), nil
}

// matches compares in constant time; with no stored hash it works as hard on the decoy and says no. The caller holds
// a slot. A stored hash that cannot be read is a failure.
func (h *hasher) matches(stored, password string) (bool, error) {
	p, known := h.decoy, stored != ""
	if known {
		var err error
		if p, err = parsePHC(stored); err != nil {
			return false, err
		}
	}
	h.worked()
	equal := subtle.ConstantTimeCompare(p.derive(password, len(p.key)), p.key) == 1
	return equal && known, nil
}
