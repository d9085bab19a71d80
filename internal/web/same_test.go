package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
)

// answers are what the draft of a case holds.
func (b *bench) answers(no string) form.Answers {
	b.t.Helper()
	data, err := form.Decode(b.view(wang, keyOf(no)).Case.Form)
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

func (b *bench) holds(no, path string, want any) {
	b.t.Helper()
	if got := b.answers(no).At(path); got != want {
		b.t.Errorf("%s is %v, want %v", path, got, want)
	}
}

// Who is known already is filled in with one press, without script: from the account, and from other people of the form.
func TestSame_person_is_typed_once(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	home := "/my/cases/" + no
	v.get(home+"/form/legal").is(http.StatusOK).has(`name="_same" value="legal=applicant"`, "填入我的信息（王秀英）").lacks("legal=agent")
	v.get(home + "/form/contact").lacks("contact=legal") // not known yet

	typed := url.Values{"asked": {"legal.name", "legal.docType", "legal.docNo", "legal.phone", "legal.post"}, "legal.post": {"manager"}, "legal.name": {"王"}, "_same": {"legal=applicant"}}
	p := v.post(home+"/form/legal", typed).is(http.StatusOK).has(`value="王秀英"`, citizen(1).No).lacks("需要修改")
	if p.path != home+"/form/legal" {
		t.Errorf("leads to %s", p.path)
	}
	b.holds(no, "legal.docType", "resident-id")
	b.holds(no, "legal.phone", wang)
	b.holds(no, "legal.post", "manager") // what was typed beside it stays

	// One person under two names is offered once.
	v.get(home+"/form/contact").has("contact=legal", "与法定代表人（王秀英）相同").lacks("contact=applicant")
	rows := url.Values{"asked": {"people"}, "people.rows": {"2"}, "people.0.post": {"director"}, "people.1.name": {"李志强"}, "_same": {"officer.0=legal"}}
	v.post(home+"/form/people", rows).is(http.StatusOK).has("officer.0=legal", "officer.1=legal")
	b.holds(no, "people.0.name", "王秀英")
	b.holds(no, "people.0.docNo", citizen(1).No)
	b.holds(no, "people.0.post", "director")
	b.holds(no, "people.1.name", "李志强")

	// A person of whom the form asks less.
	v.post(home+"/form/tax", url.Values{"asked": {"tax.financeName", "tax.financePhone"}, "_same": {"finance=legal"}}).is(http.StatusOK)
	b.holds(no, "tax.financePhone", wang)

	// A button that the form does not have fills in nothing, and loses nothing.
	for _, none := range []string{"officer.7=legal", "officer=legal", "officer.x=legal", "contact.0=legal", "contact=finance", "nobody=legal", "contact", "=", "officer.0=shareholder"} {
		form := url.Values{"asked": {"contact.name"}, "contact.name": {"周敏"}, "_same": {none}}
		v.post(home+"/form/contact", form).is(http.StatusOK)
		b.holds(no, "contact.name", "周敏")
		b.holds(no, "contact.docNo", nil)
	}
}

// Who asks for a company acts for it: "me" is the person, not the company; the clerk at the window is never meant.
func TestSame_person_of_who_asks_for_another(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	p := v.get("/services/company-open/start")
	p = v.post("/services/company-open/start", url.Values{"request": {p.hidden()}, "for": {"other"}, "name": {"李志强"}, "docType": {"resident-id"},
		"document": {citizen(2).No}, "basis": {caseflow.BasisGuardian}}).is(http.StatusOK)
	v.get(p.path+"/form/legal").has("填入我的信息（王秀英）", "legal=agent", "与申请人（李志强）相同", "legal=applicant")
}

// At the window the clerk takes over the applicant's details, and what was typed further up on the same screen.
func TestSame_person_at_the_window(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	clerk := b.signedIn("clerk1")
	p := clerk.get("/desk/new").is(http.StatusOK)
	p = clerk.post("/desk/new", url.Values{"request": {p.hidden()}, "item": {"company-open"}, "docType": {"resident-id"}, "docNo": {citizen(1).No},
		"party": {"王秀英"}, "phone": {wang}, "channel": {caseflow.ChannelWindow}}).is(http.StatusOK)
	p.has("与申请人（王秀英）相同").lacks("填入我的信息")
	form := url.Values{"request": {p.hidden()}, "asked": {"legal.name", "legal.docType", "legal.docNo", "people"}, "people.rows": {"1"},
		"legal.name": {"李志强"}, "legal.docType": {"passport"}, "legal.docNo": {"E12345678"}, "_same": {"officer.0=legal"}}
	p = clerk.post(p.path, form).is(http.StatusOK).has(`name="people.0.name" type="text" value="李志强"`, `name="people.0.docNo" type="text" value="E12345678"`)
	form = url.Values{"request": {p.hidden()}, "asked": {"legal.name", "legal.docType", "legal.docNo"}, "_same": {"legal=applicant"}}
	clerk.post(p.path, form).is(http.StatusOK).has(`name="legal.docNo" type="text" value="`+citizen(1).No+`"`, `name="people.0.name" type="text" value="李志强"`)
}
