package ident

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawCreditCode makes any lawful credit code.
func drawCreditCode(t *rapid.T) CreditCode {
	letter := rapid.SampledFrom([]byte(creditAlphabet))
	return MakeCreditCode(letter.Draw(t, "authority"), letter.Draw(t, "category"),
		rapid.StringMatching(`[0-9]{6}`).Draw(t, "region"),
		string(rapid.SliceOfN(letter, 8, 8).Draw(t, "serial")))
}

func drawCitizenID(t *rapid.T) CitizenID {
	y, m := rapid.IntRange(1900, 2025).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")
	d := rapid.IntRange(1, daysIn(y, m)).Draw(t, "day")
	return MakeCitizenID(rapid.StringMatching(`[1-9][0-9]{5}`).Draw(t, "region"), y, m, d,
		rapid.IntRange(0, 999).Draw(t, "serial"))
}

// everyError calls f with every change of one character of s to another of symbols, and with every exchange of two
// different neighbours.
func everyError(s, symbols string, f func(wrong string)) {
	for i := range len(s) {
		for _, r := range symbols {
			if byte(r) != s[i] {
				f(s[:i] + string(r) + s[i+1:])
			}
		}
		if i > 0 && s[i-1] != s[i] {
			f(s[:i-1] + s[i:i+1] + s[i-1:i] + s[i+1:])
		}
	}
}

func TestEveryErrorInACreditCodeIsCaught(t *testing.T) {
	const typed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	rapid.Check(t, func(t *rapid.T) {
		code := drawCreditCode(t)
		if _, err := ParseCreditCode(string(code)); err != nil {
			t.Fatalf("%s is refused: %v", code, err)
		}
		everyError(string(code), typed, func(wrong string) {
			if _, err := ParseCreditCode(wrong); err == nil {
				t.Fatalf("%s passes for %s", wrong, code)
			}
		})
	})
}

func TestEveryErrorInACitizenIDIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawCitizenID(t)
		if _, err := ParseCitizenID(id.Reveal(), today); err != nil {
			t.Fatalf("%s is refused: %v", id.Reveal(), err)
		}
		everyError(id.Reveal(), "0123456789X", func(wrong string) {
			if _, err := ParseCitizenID(wrong, today); err == nil {
				t.Fatalf("%s passes for %s", wrong, id.Reveal())
			}
		})
	})
}

// What modulus 11 over 36 symbols lets pass, counted for every place and every pair of symbols. The figure stands in
// the package documentation.
func TestErrorsThatAnOrganisationCodeCannotCatch(t *testing.T) {
	const symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	const passing = 84 // of 36 * 35 pairs
	for i := range 8 {
		changes, swaps := 0, 0
		for _, a := range symbols {
			for _, b := range symbols {
				if a == b {
					continue
				}
				body := []byte("MA6W0001")
				body[i] = byte(a)
				code := []byte(MakeOrgCode(string(body)))
				code[i] = byte(b)
				if OrgCode(code).Valid() {
					changes++
				}
				if i == 7 {
					continue
				}
				body[i+1] = byte(b)
				code = []byte(MakeOrgCode(string(body)))
				code[i], code[i+1] = code[i+1], code[i]
				if OrgCode(code).Valid() {
					swaps++
				}
			}
		}
		if changes != passing || i < 7 && swaps != passing {
			t.Errorf("character %d: %d changes and %d exchanges pass, want %d", i+1, changes, swaps, passing)
		}
	}
}

// A change of the check character itself is always caught.
func TestCheckCharacterOfAnOrganisationCode(t *testing.T) {
	for _, c := range "0123456789X" {
		if want := c == 'X'; OrgCode("D2143569"+string(c)).Valid() != want {
			t.Errorf("check character %c: valid is %v", c, !want)
		}
	}
}

// When two neighbours were exchanged, the hint never names a pair that does not mend the code.
func TestSwapHintMends(t *testing.T) {
	hints := 0
	rapid.Check(t, func(t *rapid.T) {
		code := string(drawCreditCode(t))
		i := rapid.IntRange(8, 15).Draw(t, "at")
		wrong := code[:i] + code[i+1:i+2] + code[i:i+1] + code[i+2:]
		_, err := ParseCreditCode(wrong)
		f, _ := err.(*Fault)
		if f == nil || f.Swap == 0 {
			return
		}
		hints++
		at := f.Swap - 1
		mended := wrong[:at] + wrong[at+1:at+2] + wrong[at:at+1] + wrong[at+2:]
		if !CreditCode(mended).Valid() {
			t.Fatalf("%s: exchanging %d does not mend it", wrong, f.Swap)
		}
	})
	if hints == 0 {
		t.Error("no hint was ever given")
	}
}

func TestSyntheticArguments(t *testing.T) {
	for _, c := range []CreditCode{
		MakeCreditCode('9', '1', "61010", "MA6W0001"), MakeCreditCode('9', '1', "61010A", "MA6W0001"),
		MakeCreditCode('9', '1', "610104", "MA6W000"), MakeCreditCode('9', 'O', "610104", "MA6W0001"),
		MakeCreditCode('9', '1', "610104", "MA6W000S"),
	} {
		if c != "" {
			t.Errorf("made %s from wrong arguments", c)
		}
	}
	for _, id := range []CitizenID{
		MakeCitizenID("61010", 1990, 1, 1, 1), MakeCitizenID("61010X", 1990, 1, 1, 1),
		MakeCitizenID("610104", 1990, 2, 29, 1), MakeCitizenID("610104", 1990, 13, 1, 1),
		MakeCitizenID("610104", 1990, 1, 1, 1000), MakeCitizenID("610104", 1990, 1, 1, -1),
		MakeCitizenID("610104", 199, 1, 1, 1),
	} {
		if id != "" {
			t.Errorf("made %s from wrong arguments", id.Reveal())
		}
	}
	if c := MakeOrgCode("d2143569"); c != "" {
		t.Errorf("made %s from lower case", c)
	}
	if got := MakeCreditCode('9', '1', "350100", "M000100Y"); got != "91350100M000100Y43" {
		t.Errorf("the example of the standard becomes %s", got)
	}
	if got := MakeCitizenID("110105", 1949, 12, 31, 2); got != "11010519491231002X" {
		t.Errorf("the example of the standard becomes %s", got.Reveal())
	}
}

func BenchmarkParseCreditCode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCreditCode("91350100M000100Y43"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCreditCodeTypedBadly(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCreditCode(" ９１350100 m000100y43"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCitizenID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCitizenID("11010519491231002X", today); err != nil {
			b.Fatal(err)
		}
	}
}

func TestParsingCanonicalFormAllocatesNothing(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		_, _ = ParseCreditCode("91350100M000100Y43")
		_, _ = ParseCitizenID("11010519491231002X", today)
		_, _ = ParseOrgCode("D2143569X")
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"91350100M000100Y43":             "91350100M000100Y43",
		" ９１350100\u3000m000100y43\r\n": "91350100M000100Y43",
		"11010519491231002ⅹ":             "11010519491231002X",
		"D2143569－x":                     "D2143569-X",
		"D2143569—X":                     "D2143569-X",
		"\ufeff1\u200b2\u00a03":          "123",
		"（029）":                          "(029)",
	} {
		if got := Normalise(in); got != want {
			t.Errorf("Normalise(%q) = %q, want %q", in, got, want)
		}
	}
	if _, err := ParseCreditCode("91350100M000100Y43" + strings.Repeat(" ", 300) + "junk"); err == nil {
		t.Error("junk behind 300 spaces is accepted")
	}
}
