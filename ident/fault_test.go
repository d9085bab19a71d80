package ident

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Every code has a Chinese and an English sentence with no placeholder or bracket left over, and no sentence is without
// a code.
func TestEveryFaultHasWords(t *testing.T) {
	codes := FaultCodes()
	if !slices.IsSorted(codes) || len(codes) < 50 {
		t.Fatalf("%d codes", len(codes))
	}
	for _, code := range codes {
		for _, f := range []*Fault{{Code: code}, {Code: code, Pos: 3, Got: "O", Want: "0", Swap: 5, Near: "9-17"}} {
			zh, en := f.Text("zh"), f.Text("en")
			if strings.ContainsAny(zh+en, "{}[]") || zh == code || en == code {
				t.Errorf("%s: %q, %q", code, zh, en)
			}
			if !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || !strings.HasSuffix(zh, "。") {
				t.Errorf("%s has no Chinese sentence: %q", code, zh)
			}
			if !strings.HasSuffix(en, ".") || f.Error() != en {
				t.Errorf("%s has no English sentence: %q", code, en)
			}
		}
	}
	for code := range special {
		if !slices.Contains(codes, code) {
			t.Errorf("a sentence for %s, which is not a code", code)
		}
	}
	if got := (&Fault{Code: "other.thing"}).Text("zh-CN"); got != "other.thing" {
		t.Errorf("unknown code: %q", got)
	}
}

func TestFaultText(t *testing.T) {
	_, err := ParseCreditCode("9135O100M000100Y43")
	f := fault(t, err, "uscc.digit")
	if got := f.Text("zh-Hans"); got != "统一社会信用代码第 5 位应为数字，现在是“O”，可能应为“0”。请对照证件改正这一位。" {
		t.Error(got)
	}
	_, err = ParseCreditCode("91350100M000010Y43")
	if got := err.Error(); got != "The unified social credit code contains an error: its last character (18) is “3”, but the others give “J”."+
		" Characters 13 and 14 may have changed places. Look at characters 9-17 first. Compare every character with the document." {
		t.Error(got)
	}
	_, err = ParseCreditCode("91350100M000100Y4/")
	if got := fault(t, err, "uscc.char").Text("en"); strings.Contains(got, "may be") {
		t.Errorf("no likely character is known, but: %s", got)
	}
}

// No refusal repeats what was typed, beyond one character or a short part.
func TestFaultsDoNotEchoTheNumber(t *testing.T) {
	for _, typed := range []string{"610104199001010013", "61010419900101OO12", "610104199013010011", "6101041990010100", "6101049001010"} {
		for _, doc := range DocTypes() {
			_, err := Check(Document{Type: doc, No: typed}, today)
			if err == nil {
				continue
			}
			for n := 5; n <= len(typed); n++ {
				if strings.Contains(err.Error(), typed[len(typed)-n:]) || strings.Contains(err.Error(), typed[:n]) {
					t.Errorf("%s: %s", doc, err)
				}
			}
		}
	}
}

// A fault of which only the code was kept, as of a row of a list, says no sentence with holes in it.
func TestFaults_by_their_code_alone_have_no_holes(t *testing.T) {
	t.Parallel()
	for _, code := range FaultCodes() {
		for _, lang := range []string{"zh", "en"} {
			text := (&Fault{Code: code}).Text(lang)
			if text == code || strings.Contains(text, "“”") || strings.Contains(text, " 0 ") || strings.Contains(text, "  ") || strings.Contains(text, "character 0") || strings.Contains(text, "(0)") {
				t.Errorf("%s: %s", code, text)
			}
		}
	}
}
