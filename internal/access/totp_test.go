package access

import (
	"strings"
	"testing"
	"time"
)

// RFC 6238 appendix B, the rows of SHA-1, and RFC 4226 appendix D.
func TestOneTimePasswordsAreThoseOfTheRFCs(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := hotp(secret, unix/30, 8); got != want {
			t.Errorf("at %d: %s, want %s", unix, got, want)
		}
		step, ok := totpStep(secret, want[2:], time.Unix(unix, 0))
		if !ok || step != unix/30 {
			t.Errorf("at %d: step %d, %v", unix, step, ok)
		}
	}
	for counter, want := range strings.Fields("755224 287082 359152 969429 338314 254676 287922 162583 399871 520489") {
		if got := hotp(secret, int64(counter), 6); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
}

func TestACodeIsGoodOneStepAwayAndNoFurther(t *testing.T) {
	t.Parallel()
	secret, at := []byte("12345678901234567890"), time.Unix(1_800_000_000, 0)
	code := hotp(secret, at.Unix()/30, 6)
	for off, want := range map[time.Duration]bool{-60 * time.Second: false, -30 * time.Second: true, 0: true, 59 * time.Second: true, 60 * time.Second: false} {
		if _, ok := totpStep(secret, code, at.Add(off)); ok != want {
			t.Errorf("%s later: %v, want %v", off, ok, want)
		}
	}
	for _, bad := range []string{"", code[:5], code + "0", "abcdef", strings.Repeat("9", 4000)} {
		if _, ok := totpStep(secret, bad, at); ok {
			t.Errorf("%q is taken for a code", bad)
		}
	}
}

func TestAnAppIsToldWhomTheSecretIsFor(t *testing.T) {
	t.Parallel()
	e := enrolment([]byte("12345678901234567890"), "渭南 政务", "li@hall")
	if want := "otpauth://totp/%E6%B8%AD%E5%8D%97%20%E6%94%BF%E5%8A%A1:li@hall?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E6%B8%AD%E5%8D%97%20%E6%94%BF%E5%8A%A1"; e.URI != want {
		t.Errorf("URI = %s\nwant  %s", e.URI, want)
	}
}
