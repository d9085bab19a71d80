package access

import (
	_ "embed" // common passwords
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/store"
)

// Bounds of a password, in characters after folding. Ten characters and two kinds are what MLPS assessors look for;
// nothing further is demanded about its make-up (NIST SP 800-63B 5.1.1.2), and it never expires by itself.
const (
	minPassword      = 10
	maxPassword      = 128
	maxPasswordBytes = 1024 // before folding; longer input is wrong without being looked at
	minDistinct      = 5    // different characters
	minKinds         = 2    // of letters, digits and others
)

// common holds passwords that are tried first, lower case, one a line: well-known lists, and what people in China
// type because the keyboard or the language suggests it.
//
//go:embed common.txt
var commonText string

var common = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			set[line] = true
		}
	}
	return set
})

// weakness returns the field code of what is wrong with a new password for the account, "" if it will do.
func weakness(password string, a *store.Account) string {
	if len(password) > maxPasswordBytes {
		return "password.long"
	}
	p := folded(password)
	n := utf8.RuneCountInString(p)
	lower := strings.ToLower(p)
	switch {
	case n < minPassword:
		return "password.short"
	case n > maxPassword:
		return "password.long"
	case holdsPersonal(lower, a):
		return "password.name"
	case distinct(lower) < minDistinct, regular(lower), common()[lower], common()[stem(lower)]:
		return "password.easy"
	case kinds(p) < minKinds:
		return "password.kinds"
	}
	return ""
}

// kinds counts letters, digits and others. A letter of any script is a letter.
func kinds(p string) int {
	var letter, digit, other int
	for _, r := range p {
		switch {
		case unicode.IsLetter(r):
			letter = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return letter + digit + other
}

func distinct(p string) int {
	seen := map[rune]bool{}
	for _, r := range p {
		seen[r] = true
	}
	return len(seen)
}

// regular finds what a finger draws: one run up or down the alphabet, the digits or a row of the keyboard, or a short
// piece repeated.
func regular(p string) bool {
	const rows = "01234567890 abcdefghijklmnopqrstuvwxyz qwertyuiop asdfghjkl zxcvbnm 1qaz2wsx3edc4rfv5tgb6yhn7ujm"
	backwards := []rune(rows)
	for i, j := 0, len(backwards)-1; i < j; i, j = i+1, j-1 {
		backwards[i], backwards[j] = backwards[j], backwards[i]
	}
	if strings.Contains(rows, p) || strings.Contains(string(backwards), p) {
		return true
	}
	for size := 1; size <= 5 && size < len(p); size++ {
		if strings.HasPrefix(strings.Repeat(p[:size], len(p)/size+1), p) {
			return true
		}
	}
	return false
}

// stem takes away the digits and signs that people put behind a common word: password2026! is password.
func stem(p string) string {
	return strings.TrimRightFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
}

// holdsPersonal finds login, name, phone or document number in the password; parts under four bytes count for nothing.
func holdsPersonal(lower string, a *store.Account) bool {
	phone := a.Phone
	if len(phone) > 11 {
		phone = phone[len(phone)-11:] // without the country
	}
	for _, part := range []string{a.Login, a.Name, phone, a.DocNo} {
		if part = strings.ToLower(part); len(part) >= 4 && strings.Contains(lower, part) {
			return true
		}
	}
	return false
}
