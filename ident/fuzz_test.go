package ident

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// seedFuzz adds every vector and some hostile text.
func seedFuzz(f *testing.F, more ...string) {
	for _, s := range append(more, "", "91350100M000100Y43", "９１350100M000100Y43", "91350100m000100y4Z", "D2143569-X",
		"11010519491231002x", "610104209912310012", "110105491231002", "+86 138 1234 1234", "029-87654321转801",
		"买买提•艾力", "𠮷田\U000E0100", "<script>", "\x00\xff", "¥1,234,567.00", "120万元", "ﷺ", "\u202e91") {
		f.Add(s)
	}
}

// refusedWell checks a refusal: a Fault with words, that repeats no more than a few characters of the input.
func refusedWell(t *testing.T, err error) {
	t.Helper()
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("no Fault: %v", err)
	}
	if f.Text("zh") == f.Code || f.Text("en") == f.Code || !utf8.ValidString(f.Text("zh")) {
		t.Fatalf("no words for %s", f.Code)
	}
	if utf8.RuneCountInString(f.Got) > 8 {
		t.Fatalf("%s echoes %q", f.Code, f.Got)
	}
}

func FuzzNormalise(f *testing.F) {
	seedFuzz(f)
	f.Fuzz(func(t *testing.T, s string) {
		once := Normalise(s)
		if twice := Normalise(once); twice != once {
			t.Fatalf("%q becomes %q becomes %q", s, once, twice)
		}
	})
}

func FuzzCreditCode(f *testing.F) {
	seedFuzz(f)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCreditCode(s)
		if err != nil {
			refusedWell(t, err)
			return
		}
		if again, err := ParseCreditCode(string(c)); err != nil || again != c || !c.Valid() || len(c) != 18 {
			t.Fatalf("%q gives %q, again %q, %v", s, c, again, err)
		}
		made := MakeCreditCode(c[0], c[1], c.Region(), string(c.OrgCode()[:8]))
		if c.Category() != "2" && made != c {
			t.Fatalf("%q is accepted but the standard gives %q", c, made)
		}
	})
}

func FuzzOrgCode(f *testing.F) {
	seedFuzz(f)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseOrgCode(s)
		if err != nil {
			refusedWell(t, err)
			return
		}
		if again, err := ParseOrgCode(c.Format()); err != nil || again != c || c != MakeOrgCode(string(c[:8])) {
			t.Fatalf("%q gives %q, again %q, %v", s, c, again, err)
		}
	})
}

func FuzzCitizenID(f *testing.F) {
	seedFuzz(f)
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseCitizenID(s, today)
		if err != nil {
			refusedWell(t, err)
		} else {
			b := id.Birth()
			made := MakeCitizenID(id.Region(), b.Year(), int(b.Month()), b.Day(), number(string(id[14:17])))
			if again, err := ParseCitizenID(id.Reveal(), today); err != nil || again != id || made != id || b.After(today) {
				t.Fatalf("%q gives %q, again %q, made %q, %v", s, id.Reveal(), again.Reveal(), made.Reveal(), err)
			}
		}
		old, err := UpgradeCitizenID(s, today)
		if err != nil {
			refusedWell(t, err)
		} else if !old.Valid() {
			t.Fatalf("%q is upgraded to %q", s, old.Reveal())
		}
	})
}

func FuzzDocument(f *testing.F) {
	for _, d := range DocTypes() {
		for _, no := range []string{"", "E12345678", "H1234567890", "1234567890B", "CAN310081080302", "810000198507010239"} {
			f.Add(string(d), no)
		}
	}
	f.Fuzz(func(t *testing.T, kind, no string) {
		d, err := Check(Document{DocType(kind), no}, today)
		if err != nil {
			refusedWell(t, err)
			return
		}
		if again, err := Check(d, today); err != nil || again != d || !canonicalASCII(d.No) {
			t.Fatalf("%s %q gives %q, again %q, %v", kind, no, d.No, again.No, err)
		}
		if d.Type != DocCreditCode && strings.Contains(d.String(), d.No) {
			t.Fatalf("%s is not masked", d)
		}
	})
}

func FuzzPhone(f *testing.F) {
	seedFuzz(f, "+852 2123 4567", "400-123-4567", "12345", "0913-2112345 ext 12", "+", "0", "+86", "00860", "0-00000000-0")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePhone(s)
		if err != nil {
			refusedWell(t, err)
			return
		}
		again, err := ParsePhone(p.Reveal())
		if err != nil || again.E164 != p.E164 || again.Kind != p.Kind {
			t.Fatalf("%q gives %+v, again %+v, %v", s, p.Reveal(), again.Reveal(), err)
		}
		if p.Kind != PhoneService && (strings.Contains(p.String(), p.E164[3:]) || !strings.Contains(p.String(), "*")) {
			t.Fatalf("%q prints %s", s, p)
		}
	})
}

func FuzzName(f *testing.F) {
	seedFuzz(f, "J. Smith", "张 三", "· ·", "李.", ". 李", "a . 李", "李 ' 李", "A.李.B")
	f.Fuzz(func(t *testing.T, s string) {
		name, err := Name(s)
		if err != nil {
			refusedWell(t, err)
			return
		}
		if again, err := Name(name); err != nil || again != name {
			t.Fatalf("%q gives %q, again %q, %v", s, name, again, err)
		}
		if strings.ContainsAny(name, "<>&\"\n\r\x00") || strings.TrimSpace(name) != name || !utf8.ValidString(name) {
			t.Fatalf("%q gives %q", s, name)
		}
		if n := utf8.RuneCountInString(name); n > 1 && MaskName(name) == name && strings.Trim(name, "*· ") != name {
			t.Fatalf("%q is not masked", name)
		}
	})
}

func FuzzMask(f *testing.F) {
	seedFuzz(f, "陕西省西安市莲湖区北大街 9 号", "市区县", "0-1", "029-")
	f.Fuzz(func(t *testing.T, s string) {
		for _, mask := range []func(string) string{MaskName, MaskID, MaskPhone, MaskCard, MaskAddress} {
			mask(s)
		}
		if n := len(s); n >= 15 && utf8.ValidString(s) && utf8.RuneCountInString(s) == n && !strings.Contains(s, "*") {
			if strings.Count(MaskID(s), "*") != n-10 {
				t.Fatalf("%q is masked %q", s, MaskID(s))
			}
		}
	})
}

func FuzzYuan(f *testing.F) {
	seedFuzz(f, "-¥0.05", "1.5亿元", "1,2", "-9223372036854775808", "-92233720368547758.08", "人民币-1")
	f.Fuzz(func(t *testing.T, s string) {
		fen, err := ParseYuan(s)
		if err != nil {
			refusedWell(t, err)
			return
		}
		if again, err := ParseYuan(FormatYuan(fen)); err != nil || again != fen || CapitalAmount(fen) == "" {
			t.Fatalf("%q gives %d, again %d, %v", s, fen, again, err)
		}
	})
}
