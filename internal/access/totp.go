package access

import (
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- RFC 6238 with SHA-1 is what authenticator apps compute; HMAC does not need collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// Time-based one-time passwords (RFC 6238) as every authenticator app computes them: SHA-1, six digits, 30 seconds.
const (
	totpPeriod = 30 * time.Second
	totpDigits = 6
	totpSecret = 20 // bytes, as long as the hash (RFC 4226 section 4, R6)
	totpDrift  = 1  // steps that a clock may be off, each way (RFC 6238 section 5.2)
)

var totpText = base32.StdEncoding.WithPadding(base32.NoPadding)

// hotp is the one-time password of a counter (RFC 4226), with at most nine digits.
func hotp(secret []byte, counter int64, digits int) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, counter) // a hash does not fail
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	modulus := uint32(1)
	for range digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%modulus)
}

// totpStep is the step whose code this is, at the instant or one step from it. It always computes all of them.
func totpStep(secret []byte, code string, at time.Time) (step int64, ok bool) {
	now := at.Unix() / int64(totpPeriod/time.Second)
	for s := now - totpDrift; s <= now+totpDrift; s++ {
		if subtle.ConstantTimeCompare([]byte(hotp(secret, s, totpDigits)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// Enrolment is what an authenticator app needs once.
type Enrolment struct {
	Secret string // base32, to be typed
	URI    string // otpauth://totp/…, to be shown as a QR code
}

func enrolment(secret []byte, issuer, login string) *Enrolment {
	text := totpText.EncodeToString(secret)
	// Apps show a + as it is: spaces are %20 (github.com/google/google-authenticator/wiki/Key-Uri-Format).
	uri := "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(login) + "?secret=" + text + "&issuer=" + url.PathEscape(issuer)
	return &Enrolment{Secret: text, URI: uri}
}
