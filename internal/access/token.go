package access

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// tokenSize is the randomness of a token in bytes: 256 bits (OWASP ASVS 7.2.3 asks for 128).
const tokenSize = 32

// tokenText is the length of a token as text: base64url without padding.
const tokenText = 43

// Token is the secret that a client holds for a session. It prints itself as "token" whatever the verb; only Reveal
// gives it away, for the cookie or the answer of a sign-in.
type Token struct {
	secret [tokenSize]byte
}

var errToken = errors.New("access: malformed token")

func newToken(random io.Reader) (Token, error) {
	var t Token
	if _, err := io.ReadFull(random, t.secret[:]); err != nil {
		return Token{}, fmt.Errorf("draw a session token: %w", err)
	}
	return t, nil
}

// ParseToken reads what Reveal wrote. Each token has one spelling only.
func ParseToken(s string) (Token, error) {
	var t Token
	if len(s) != tokenText {
		return Token{}, errToken
	}
	n, err := base64.RawURLEncoding.Strict().Decode(t.secret[:], []byte(s))
	if err != nil || n != tokenSize {
		return Token{}, errToken
	}
	return t, nil
}

// Reveal is the secret as text, safe in a cookie and a header.
func (t Token) Reveal() string { return base64.RawURLEncoding.EncodeToString(t.secret[:]) }

// Hash is what the store keeps. A token has 256 random bits, so a plain digest cannot be guessed backwards.
func (t Token) Hash() []byte {
	sum := sha256.Sum256(t.secret[:])
	return sum[:]
}

// IsZero reports whether there is no token.
func (t Token) IsZero() bool { return t == Token{} }

// String, Format and LogValue keep the secret out of texts and logs.
func (t Token) String() string { return "token" }

// Format prints String whatever the verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue is String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText refuses: a token goes into an answer by Reveal, on purpose, or not at all.
func (t Token) MarshalText() ([]byte, error) {
	return nil, errors.New("access: a token is not marshalled; use Reveal")
}
