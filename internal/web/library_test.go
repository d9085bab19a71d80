package web_test

import (
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
)

// A mail says all of it in Chinese and then in English, in the pack's own words where it is a notify step.
func TestMail_speaks_both_languages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	library := b.shelf
	it := b.shelf.Current("company-open")
	n := hall.Notice{Case: "610500-20261124-000001", Item: it.Name, Name: "王秀英", Phone: "12345"}
	for name, n := range map[string]hall.Notice{"accepted": n, "received": func() hall.Notice { n.Pack, n.Version = it.Pack, it.Version; return n }()} {
		subject, text := library.Mail(name, n, "https://www.example.cn/")
		if subject != it.Name.ZH+"（"+string(n.Case)+"） / "+it.Name.EN+" ("+string(n.Case)+")" {
			t.Errorf("%s: subject %q", name, subject)
		}
		chinese, english, ok := strings.Cut(text, "\n----------\n\n")
		if !ok || !strings.Contains(chinese, library.Text(name, n, "zh", "https://www.example.cn/")) || !strings.Contains(english, library.Text(name, n, "en", "https://www.example.cn/")) ||
			strings.ContainsFunc(english, func(r rune) bool { return r >= 0x4e00 && r < 0xa000 }) {
			t.Errorf("%s:\n%s", name, text)
		}
		for _, half := range []string{chinese, english} {
			if !strings.Contains(half, "https://www.example.cn/my/cases/"+string(n.Case)) {
				t.Errorf("%s leads nowhere: %s", name, half)
			}
		}
	}
	if a, b := library.Message("accepted", hall.Notice{Item: caseflow.Text{ZH: "甲", EN: "A"}}, "zh"), library.Message("accepted", hall.Notice{Item: caseflow.Text{ZH: "甲", EN: "A"}}, "en"); a == b {
		t.Error("one language only")
	}
}

// Where a pack's words lead to the case, the address stands in what goes out, and the name of the page in what is read there: no
// sentence ends in nothing.
func TestMessages_lead_to_the_case(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	it := b.shelf.Current("company-open")
	n := hall.Notice{Case: "610500-20261124-000001", Item: it.Name, Phone: "12345", Pack: it.Pack, Version: it.Version}
	for lang, here := range map[string]string{"zh": "“我的办件”", "en": "“My cases”"} {
		if text := b.shelf.Text("received", n, lang, "https://www.example.cn/"); !strings.HasSuffix(text, "https://www.example.cn/my/cases/610500-20261124-000001") {
			t.Errorf("a text message leads nowhere: %s", text)
		}
		for _, text := range []string{b.shelf.Message("received", n, lang), b.shelf.Text("received", n, lang, "")} {
			if !strings.HasSuffix(text, here) {
				t.Errorf("%s ends in nothing: %s", lang, text)
			}
		}
	}
}
