package access

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/store"
)

// vector stands in src/test.c of the reference implementation phc-winner-argon2: hashtest(0x13, 2, 16, 1, "password",
// "somesalt", …, Argon2_id).
const vector = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

func TestMatchesTheReferenceVector(t *testing.T) {
	t.Parallel()
	h, err := newHasher(1, 0, Cost{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"password": true, "Password": false, "": false} {
		if got, err := h.matches(vector, password); err != nil || got != want {
			t.Errorf("matches(%q) = %v, %v, want %v", password, got, err, want)
		}
	}
	if got, err := h.matches("", "password"); err != nil || got {
		t.Errorf("no account: %v, %v, want no", got, err)
	}
}

func TestNewHashesHaveTheDocumentedCostAndTheirOwnSalt(t *testing.T) {
	t.Parallel()
	h, err := newHasher(1, 0, Cost{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	one, err := h.hash("渭南的春天 2026")
	if err != nil {
		t.Fatal(err)
	}
	two, err := h.hash("渭南的春天 2026")
	if err != nil {
		t.Fatal(err)
	}
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hashes %s and %s", one, two)
	}
	if got, err := h.matches(one, "渭南的春天 2026"); err != nil || !got {
		t.Errorf("the password does not match its own hash: %v, %v", got, err)
	}
}

func TestParsePHCRefuses(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"empty":                "",
		"argon2i":              strings.Replace(vector, "argon2id", "argon2i", 1),
		"another version":      strings.Replace(vector, "v=19", "v=16", 1),
		"memory of 4 GiB":      strings.Replace(vector, "m=65536", "m=4194304", 1),
		"memory below lanes":   strings.Replace(vector, "m=65536", "m=7", 1),
		"no passes":            strings.Replace(vector, "t=2", "t=0", 1),
		"many passes":          strings.Replace(vector, "t=2", "t=1000000", 1),
		"many lanes":           strings.Replace(vector, "p=1", "p=257", 1),
		"leading zero":         strings.Replace(vector, "t=2", "t=02", 1),
		"sign":                 strings.Replace(vector, "t=2", "t=+2", 1),
		"padding":              vector + "=",
		"line break in salt":   strings.Replace(vector, "c29tZXNhbHQ", "c29tZX\nNhbHQ", 1),
		"short salt":           strings.Replace(vector, "c29tZXNhbHQ", "c29t", 1),
		"short key":            vector[:len(vector)-30],
		"one part more":        vector + "$",
		"text before":          "x" + vector,
		"costs in other order": strings.Replace(vector, "m=65536,t=2", "t=2,m=65536", 1),
	} {
		if _, err := parsePHC(s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(vector)
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parsePHC(s)
		if err != nil {
			return
		}
		if h.String() != s {
			t.Errorf("%q has another spelling %q", s, h.String())
		}
		if h.memory > 256*1024 || h.passes > 16 || h.lanes > 4 || h.lanes == 0 || len(h.key) < 16 {
			t.Errorf("%q costs too much or is too weak", s)
		}
	})
}

func FuzzParseToken(f *testing.F) {
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("A", 42) + "B") // bits that a token does not have
	f.Add("AAAA\nAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		token, err := ParseToken(s)
		if err != nil {
			if !token.IsZero() {
				t.Error("a refused token is not zero")
			}
			return
		}
		if token.Reveal() != s {
			t.Errorf("%q has another spelling %q", s, token.Reveal())
		}
	})
}

func TestTokenRoundTrip(t *testing.T) {
	t.Parallel()
	token, err := newToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseToken(token.Reveal())
	if err != nil || again != token {
		t.Errorf("ParseToken(Reveal) = %v, %v", again == token, err)
	}
	if len(token.Hash()) != 32 || bytes.Contains(token.Hash(), token.secret[:8]) {
		t.Error("the hash is not a digest")
	}
	if _, err := token.MarshalText(); err == nil {
		t.Error("a token was marshalled")
	}
	if _, err := newToken(bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("a token was made without enough randomness")
	}
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	who := &store.Account{Login: "li.clerk", Name: "李晓梅", Phone: "+8613800001234", DocNo: "E12345678"}
	for _, c := range []struct{ name, password, want string }{
		{"a sentence", "渭南的春天很短 2026", ""},
		{"a sentence of Latin letters with spaces", "correct horse battery", ""},
		{"letters and digits", "kx7mw2qpz9", ""},
		{"nine characters", "kx7mw2qpz", "password.short"},
		{"nine Chinese characters of three bytes", "渭南的春天很短暂啊", "password.short"},
		{"128 characters", strings.Repeat("kx7mw2qpz9 ", 12)[:128], ""},
		{"128 characters of three bytes", strings.Repeat("渭南的春天很短", 18) + "26", ""},
		{"129 characters", strings.Repeat("kx7mw2qpz9 ", 12)[:129], "password.long"},
		{"a megabyte", strings.Repeat("x", 1<<20), "password.long"},
		{"letters only", "kxamwbqpzc", "password.kinds"},
		{"digits only", "8302756194", "password.kinds"},
		{"a list entry", "qwerty123456", "password.easy"},
		{"a list entry in capitals", "QWERTY123456", "password.easy"},
		{"a common word with a year", "Password2026!", "password.easy"},
		{"the alphabet", "abcdefghij", "password.easy"},
		{"the alphabet backwards", "jihgfedcba", "password.easy"},
		{"the keyboard's columns", "1qaz2wsx3edc", "password.easy"},
		{"one character", "aaaaaaaaaaaa", "password.easy"},
		{"a short piece again and again", "a1b2ca1b2ca1", "password.easy"},
		{"full-width digits in order", "1234567890", "password.easy"},
		{"the login", "x9 Li.Clerk x9", "password.name"},
		{"the name", "我叫李晓梅 2026", "password.name"},
		{"the phone number", "tel 13800001234", "password.name"},
		{"the document number", "pass e12345678", "password.name"},
	} {
		if got := weakness(c.password, who); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzPasswordRules(f *testing.F) {
	f.Add("渭南的春天 2026")
	f.Add("\xff\xfe\xfd")
	f.Add("aaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, password string) {
		code := weakness(password, &store.Account{Login: "li.clerk"})
		if _, ok := words[code]; code != "" && !ok {
			t.Errorf("%q: code %s has no words", password, code)
		}
		if code == "" && len([]rune(folded(password))) < minPassword {
			t.Errorf("%q is accepted and short", password)
		}
	})
}

func BenchmarkRealCost(b *testing.B) {
	h, err := newHasher(1, 0, Cost{}, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.matches("", "渭南的春天 2026"); err != nil {
			b.Fatal(err)
		}
	}
}
