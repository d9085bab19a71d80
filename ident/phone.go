package ident

import (
	"fmt"
	"log/slog"
	"strings"
)

// PhoneKind says what can be done with a number: an SMS goes only to a mobile.
type PhoneKind string

// The kinds of telephone number.
const (
	PhoneMobile        PhoneKind = "mobile"
	PhoneLandline      PhoneKind = "landline"
	PhoneService       PhoneKind = "service"       // 400, 800, and short numbers such as 12345
	PhoneInternational PhoneKind = "international" // "+" and another country, Hong Kong, Macao, Taiwan
)

// Phone is a telephone number. It is personal data: String, fmt and log/slog show it masked; the fields, JSON and
// [Phone.Reveal] do not.
type Phone struct {
	Typed string    `json:"typed"` // as it was typed, without outer spaces
	E164  string    `json:"e164"`  // "+8613812341234"; "" for short service numbers, which have no such form
	Ext   string    `json:"ext,omitempty"`
	Kind  PhoneKind `json:"kind"`
}

// ParsePhone reads a telephone number of mainland China with or without +86, or of another place with "+". Spaces,
// hyphens, dots and parentheses may stand anywhere. An extension follows 转, # or x, or a second hyphen
// (029-87654321-801). A landline needs its area code. The error is a [*Fault] with codes "phone.…".
func ParsePhone(s string) (Phone, error) {
	typed := strings.TrimSpace(s)
	if len(typed) > maxInput {
		return Phone{}, &Fault{Code: "phone.length"}
	}
	main, ext := splitExtension(strings.TrimPrefix(Normalise(typed), "TEL:"))
	digits := strings.NewReplacer("-", "", "(", "", ")", "", ".", "").Replace(main)
	abroad := strings.HasPrefix(digits, "+") && !strings.HasPrefix(digits, "+86")
	digits = strings.TrimPrefix(digits, "+")
	if digits == "" {
		return Phone{}, &Fault{Code: "phone.empty"}
	}
	for _, part := range []string{digits, ext} {
		if pos, r := firstNot(part, func(_ int, r rune) bool { return isDigit(r) }); pos > 0 {
			return Phone{}, &Fault{Code: "phone.char", Pos: pos, Got: shown(r), Want: likely(r, "0123456789")}
		}
	}
	kind, e164, f := PhoneInternational, "+"+digits, (*Fault)(nil)
	if abroad {
		f = abroadFault(digits)
	} else {
		kind, e164, f = national(withoutCountry(digits))
	}
	if f == nil && len(ext) > 6 {
		f = &Fault{Code: "phone.length"}
	}
	if f != nil {
		return Phone{}, f
	}
	return Phone{Typed: typed, E164: e164, Ext: ext, Kind: kind}, nil
}

// splitExtension parts a normalised number from its extension.
func splitExtension(s string) (main, ext string) {
	for _, mark := range []string{"转", "EXT.", "EXT", "#", "X"} {
		if main, ext, ok := strings.Cut(s, mark); ok && ext != "" {
			return main, ext
		}
	}
	parts := strings.Split(s, "-")
	if n := len(parts); n >= 3 && len(parts[n-2]) >= 7 && strings.HasPrefix(parts[n-3], "0") {
		return strings.Join(parts[:n-1], "-"), parts[n-1]
	}
	return s, ""
}

// withoutCountry takes away 86 or 0086; the rest is a national number, a landline with its 0.
func withoutCountry(digits string) string {
	rest, ok := strings.CutPrefix(digits, "0086")
	if !ok && len(digits) > 11 {
		rest, ok = strings.CutPrefix(digits, "86")
	}
	if !ok {
		return digits
	}
	if len(rest) >= 9 && rest[0] != '0' && !mobile(rest) && !freephone(rest) {
		return "0" + rest
	}
	return rest
}

func mobile(s string) bool { return len(s) == 11 && s[0] == '1' && s[1] >= '3' }

func freephone(s string) bool {
	return len(s) == 10 && (strings.HasPrefix(s, "400") || strings.HasPrefix(s, "800"))
}

// national reads a number of mainland China.
func national(s string) (PhoneKind, string, *Fault) {
	switch {
	case s == "":
		return "", "", &Fault{Code: "phone.empty"}
	case mobile(s):
		return PhoneMobile, "+86" + s, nil
	case freephone(s):
		return PhoneService, "+86" + s, nil
	case len(s) == 5 && (s[0] == '1' && s[1] <= '2' || s[0] == '9' && (s[1] == '5' || s[1] == '6')):
		return PhoneService, "", nil
	case s[0] == '0':
		return PhoneLandline, "+86" + s[1:], landlineFault(s)
	case s[0] == '1' && len(s) > 5 && s[1] >= '3':
		return "", "", &Fault{Code: "phone.length", Got: count(len(s)), Want: "11"}
	case strings.HasPrefix(s, "400") || strings.HasPrefix(s, "800"):
		return "", "", &Fault{Code: "phone.length", Got: count(len(s)), Want: "10"}
	case len(s) == 7 || len(s) == 8:
		return "", "", &Fault{Code: "phone.area"}
	case len(s) < 7:
		return "", "", &Fault{Code: "phone.length"}
	}
	return "", "", &Fault{Code: "phone.number", Pos: 1, Got: s[:2]}
}

// landlineFault checks area and local number: 010 and 02x have eight local digits (Xi'an is 029), other areas three
// digits after the 0 (Weinan is 0913) and seven or eight. No local number begins with 0 or 1.
func landlineFault(s string) *Fault {
	area, lengths := 4, "11/12"
	if len(s) > 1 && (s[1] == '1' || s[1] == '2') {
		area, lengths = 3, "11"
	}
	switch local := len(s) - area; {
	case local != 8 && (local != 7 || area == 3):
		return &Fault{Code: "phone.length", Got: count(len(s)), Want: lengths}
	case s[1] == '0' || area == 3 && s[1] == '1' && s[2] != '0':
		return &Fault{Code: "phone.number", Pos: 1, Got: s[:area]}
	case s[area] <= '1':
		return &Fault{Code: "phone.number", Pos: area + 1, Got: s[:area+1]}
	}
	return nil
}

// abroadFault applies ITU-T E.164: a country code that does not begin with 0, at most 15 digits.
func abroadFault(digits string) *Fault {
	switch {
	case len(digits) < 7 || len(digits) > 15:
		return &Fault{Code: "phone.length", Got: count(len(digits)), Want: "7-15"}
	case digits[0] == '0':
		return &Fault{Code: "phone.number", Pos: 1, Got: "+0"}
	}
	return nil
}

// Reveal is the real number: E.164 if it has one, else as typed.
func (p Phone) Reveal() string {
	if p.E164 != "" {
		return p.E164
	}
	return p.Typed
}

// String is the masked number: "138****1234". Service numbers are public and stay.
func (p Phone) String() string {
	no := strings.TrimPrefix(p.Reveal(), "+86")
	switch p.Kind {
	case PhoneService:
		return no
	case PhoneLandline:
		area := 3
		if strings.HasPrefix(no, "10") || strings.HasPrefix(no, "2") {
			area = 2
		}
		if len(no) > area {
			return MaskPhone("0" + no[:area] + "-" + no[area:])
		}
	}
	return MaskPhone(no)
}

// LogValue is the masked number.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Format prints the masked number whatever the verb.
func (p Phone) Format(f fmt.State, verb rune) { formatMasked(f, verb, p.String()) }
