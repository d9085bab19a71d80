package desk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// again opens a case at the window for the applicant of b.received.
func (b *bench) again() store.Key {
	b.t.Helper()
	r := b.do("clerk1", store.Key{Region: region}, caseflow.Open{Item: "company-open", Channel: caseflow.ChannelWindow, Applicant: caseflow.Party{
		Kind: "person", Name: "王秀英", Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}, Phone: "13891300001"}})
	return store.Key{Region: region, Case: r.Case}
}

// What accepted cases of the same applicant say is offered with its source, and fills in what is empty and nothing else. That it is
// there is no look; filling it in is one.
func TestIntake_fills_in_what_earlier_cases_say(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	lacks(t, b.get("clerk1", home(b.again())+"/intake"), "以前的办件或证照里已有这些内容")
	first := b.running()
	b.pass(time.Hour)
	key := b.again()
	p := home(key) + "/intake"
	looks := func() (n int) {
		list, err := b.store.Looks(t.Context(), first)
		b.must(err)
		for _, l := range list {
			if l.What == "known" {
				n++
			}
		}
		return n
	}
	screen := b.get("clerk1", p)
	contains(t, screen, "以前的办件或证照里已有这些内容", "住所：取自办件 "+string(first.Case), "手机号码：取自办件 "+string(first.Case))
	lacks(t, screen, "东风大街88号")
	if n := looks(); n != 0 {
		t.Errorf("%d looks before anything was filled in", n)
	}
	contains(t, b.get("clerk1", p+"?lang=en"), "Fill in what is empty")
	a := b.as("clerk1", "POST", p, form(t, screen, p, "company.name", "渭南新店", "legal.phone", "13900000000", "_known", "1"))
	if a.Code != http.StatusSeeOther || looks() != 1 {
		t.Fatalf("%d, %d looks\n%s", a.Code, looks(), plain(a.body))
	}
	if got := string(b.state(key).Form); !strings.Contains(got, "东风大街88号") || !strings.Contains(got, "13900000000") || strings.Contains(got, "13891300001") {
		t.Errorf("the form is %s", got)
	}
	lacks(t, b.get("clerk1", p), "以前的办件或证照里已有这些内容")
	for _, who := range []string{"market1", "farclerk"} {
		if a := b.as(who, "POST", p, form(t, screen, p, "_known", "1")); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", who, a.Code)
		}
	}
}

// A card reader types the number and presses Enter: that fills in what is known under it, and opens nothing yet. A credit code is one
// whatever kind of document stands beside it.
func TestNew_number_and_enter_fill_in_what_is_known(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.running()
	page := b.get("clerk1", "/desk/new")
	contains(t, page, `name="item" value="company-open" checked`, `id="f-docNo" name="docNo" type="text" value=""`)
	if !autofocus(page, `name="docNo"`) {
		t.Errorf("the cursor is not in the number:\n%s", page.body)
	}
	open := func(answers ...string) answer {
		return b.as("clerk1", "POST", "/desk/new", form(t, page, "/desk/new", answers...))
	}
	before := b.state(b.again()).Serial
	a := open("act", "open", "item", "company-open", "docType", "resident-id", "docNo", "610502199001010011", "channel", "window")
	if a.Code != http.StatusOK || !autofocus(a, `class="btn" name="act" value="open"`) {
		t.Fatalf("%d, or the button has not the focus\n%s", a.Code, a.body)
	}
	contains(t, a, "“姓名（名称）”取自办件", `value="王秀英"`)
	a = open("act", "open", "item", "company-open", "docType", "resident-id", "docNo", "91350100M000100Y43", "channel", "window")
	if a.Code != http.StatusOK || !autofocus(a, `name="party"`) {
		t.Errorf("%d, or the cursor is not in the name\n%s", a.Code, a.body)
	}
	contains(t, a, "本平台没有这个号码的证照", `value="credit-code" selected`)
	a = open("act", "open", "item", "company-open", "docType", "resident-id", "docNo", "91350100M000100Y43", "party", "渭南新店有限公司", "channel", "window")
	if a.Code != http.StatusSeeOther {
		t.Fatalf("%d\n%s", a.Code, plain(a.body))
	}
	no, _, _ := strings.Cut(strings.TrimPrefix(a.Header().Get("Location"), "/desk/cases/"), "/")
	c := b.state(store.Key{Region: region, Case: caseflow.CaseNo(no)})
	if c.Serial != before+1 || c.Applicant.Kind != "organisation" || c.Applicant.Document.Type != ident.DocCreditCode {
		t.Errorf("serial %d after %d; of %+v", c.Serial, before, c.Applicant)
	}
}

// autofocus reports whether the tag in which attributes stand has the focus when the page is opened.
func autofocus(a answer, attributes string) bool {
	_, rest, ok := strings.Cut(a.body, attributes)
	rest, _, _ = strings.Cut(rest, ">")
	return ok && strings.Contains(rest, " autofocus")
}
