package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/tongban/tongban/internal/web/browsertest"
)

// screen is the browser that the people of the opening use one after another.
type screen struct {
	*browsertest.Browser
	t    *testing.T
	base string
}

func (s *screen) at(path string) {
	s.t.Helper()
	s.Goto(s.base + path)
	s.Axe(s.t)
}

// signIn signs somebody in by the page, after whoever was there has left.
func (s *screen) signIn(login, password string) {
	s.t.Helper()
	s.at("/signin")
	s.Fill("#f-login", login)
	s.Fill("#f-password", password)
	s.Follow("main form button")
	s.Axe(s.t)
}

func (s *screen) signOut() {
	s.t.Helper()
	s.FollowText("退出登录")
}

// focus is what has the focus.
type focus struct {
	Tag, Type, Name, Value, Text string
	Checked                      bool
}

func (s *screen) focus() (f focus) {
	s.t.Helper()
	s.Eval(`(e => ({tag: e.tagName, type: e.type || "", name: e.name || "", value: e.value || "", checked: !!e.checked,
		text: (e.innerText || "").trim()}))(document.activeElement)`, &f)
	return f
}

// fillPage answers a page of the form with the keyboard alone: Tab from field to field, keys, and Enter on 继续.
func (s *screen) fillPage(answers url.Values) {
	s.t.Helper()
	placed := false // a new row has the focus already
	for range 200 {
		if !placed {
			s.Tab()
		}
		placed = false
		f := s.focus()
		list, looksUp := strings.CutSuffix(f.Name, ".find") // a long list takes a code as well
		want := answers[list]
		switch {
		case f.Tag == "BUTTON" && f.Text == "继续":
			s.FollowKey("\r")
			return
		case f.Tag == "BUTTON" && f.Text == "再添加一项" && !s.Has(`[name="people.1.name"]`) && s.Has(`[name="people.0.name"]`):
			s.FollowKey("\r") // a second member of the board
			placed = s.focus().Name != ""
		case looksUp && len(want) == 1 && !strings.Contains(f.Value, want[0]):
			s.Press(want[0])
		case looksUp:
		case f.Tag == "SELECT", f.Type == "radio":
			s.pick(f, want)
		case f.Type == "checkbox":
			if slices.Contains(want, f.Value) != f.Checked {
				s.Press(" ")
			}
		case (f.Tag == "INPUT" || f.Tag == "TEXTAREA") && len(want) == 1 && f.Value != want[0]:
			s.Press(want[0]) // what stood there is selected by Tab
		}
	}
	s.t.Fatalf("the button 继续 is not reached on %s; the focus is on %+v", s.URL(), s.focus())
}

// pick moves through the options of a list or of radio buttons with the arrow key.
func (s *screen) pick(f focus, want []string) {
	s.t.Helper()
	if len(want) == 0 {
		return
	}
	if f.Type == "radio" && f.Value == want[0] && !f.Checked {
		s.Press(" ")
		return
	}
	for range 150 {
		if f.Value == want[0] {
			return
		}
		s.Press(kb.ArrowDown)
		f = s.focus()
	}
	s.t.Fatalf("%s cannot be set to %s by the arrow keys; it is %s", f.Name, want[0], f.Value)
}

// flat names answers as the fields of the pages do: company.name, people.0.name.
func flat(prefix string, v any, into url.Values) url.Values {
	switch x := v.(type) {
	case map[string]any:
		for k, e := range x {
			flat(strings.TrimPrefix(prefix+"."+k, "."), e, into)
		}
	case []any:
		for i, e := range x {
			if row, ok := e.(map[string]any); ok {
				flat(fmt.Sprintf("%s.%d", prefix, i), row, into)
				continue
			}
			into.Add(prefix, fmt.Sprint(e))
		}
	default:
		into.Set(prefix, fmt.Sprint(x))
	}
	return into
}

// act does an act on the case that is offered to whoever is signed in, through its form and its confirmation.
func (s *screen) act(no, verb string, data map[string]string) {
	s.t.Helper()
	s.at("/desk")
	s.at("/desk/cases/" + no)
	s.Follow(`main a[href*="/acts/` + verb + `"]`)
	s.Axe(s.t)
	for name, value := range data {
		s.Fill(`[name="`+name+`"]`, value)
	}
	for range 3 {
		if !strings.Contains(s.URL(), "/acts/") {
			return
		}
		s.Follow(`section.narrow form button`)
		s.Axe(s.t)
		if s.Has(".errors") {
			s.t.Fatalf("%s: %s", verb, s.Text("main"))
		}
	}
	s.t.Fatalf("%s is not done: %s", verb, s.Text("main"))
}

// A company is opened in Chromium through the served program: by its founder, the window, the registrar, and the police and
// tax reviewers, on the real clock.
func TestOpening_in_a_browser_by_everyone(t *testing.T) {
	t.Parallel()
	w := browsertest.Start(t)
	data := t.TempDir()
	passwords := map[string]string{}
	for _, line := range strings.Split(demoOf(t, 1, "--data", data), "\n") {
		if login, rest, ok := strings.Cut(line, "\t"); ok {
			passwords[login], _, _ = strings.Cut(rest, "\t")
		}
	}
	p := serve(t, "--data", data)
	s := &screen{w, t, p.address}
	no := s.apply(1)
	s.signOut()

	for _, x := range []struct {
		login, verb string
		data        map[string]string
	}{
		{"window", "accept", nil},
		{"market", "grant", map[string]string{"data.approvedName": "渭南秦东小麦食品有限公司"}},
		{"police", "grant", map[string]string{"data.codes": "6105020000001"}},
		{"tax", "grant", map[string]string{"data.office": "临渭区税务所"}},
		{"window", "deliver", nil},
	} {
		s.signIn(x.login, passwords[x.login])
		s.act(no, x.verb, x.data)
		s.signOut()
	}

	s.signIn(phone(1), password)
	s.receive(no)
	if code := p.end(); code != 0 {
		t.Errorf("exit %d: %s", code, p.err)
	}
}

// apply registers the n-th citizen, fills in the one form by keyboard, and hands it in; it returns the number.
func (s *screen) apply(n int) string {
	s.t.Helper()
	s.at("/")
	s.FollowText("企业开办一件事")
	s.Axe(s.t)
	s.at("/register")
	for name, value := range map[string]string{"name": "王秀英", "document": citizenNo(n).No, "phone": phone(n), "password": password} {
		s.Fill("#f-"+name, value)
	}
	s.Follow("main form button")
	s.at("/services/company-open/start")
	s.Click("#f-for")
	s.FollowText("继续")
	s.Axe(s.t)
	no := strings.TrimPrefix(s.URL(), s.base+"/my/cases/")

	list, err := readPacks(nil, time.Now)
	must(s.t, err)
	answers := flat("", form(n), url.Values{})
	answers.Set("shareholders.0.by", time.Now().AddDate(4, 0, 0).Format("2006-01-02"))
	for _, page := range list[0].Items[0].Pages {
		s.Goto(s.base + "/my/cases/" + no + "/form/" + page.ID)
		if !s.Has("main form") {
			continue // not asked of this founder
		}
		s.Axe(s.t)
		s.fillPage(answers)
		if s.Has(".errors") {
			s.t.Errorf("page %s: %s", page.ID, s.Text(".errors"))
		}
	}
	file := filepath.Join(s.t.TempDir(), "章程.pdf")
	must(s.t, os.WriteFile(file, []byte("%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"), 0o600))
	for _, m := range []string{"articles", "legal-identity", "owner-identity"} {
		s.at("/my/cases/" + no + "/materials/" + m)
		s.Upload("#f-files", file)
		s.FollowText("上传并继续")
	}
	s.at("/my/cases/" + no + "/materials/address-proof")
	s.Fill("#f-signed", "王秀英")
	s.FollowText("签署承诺，以后补交")
	s.at("/my/cases/" + no + "/check")
	s.FollowText("提交“企业开办一件事”申请")
	s.Axe(s.t)
	if got := s.Text("main"); !strings.Contains(got, "提交成功") || !strings.Contains(got, no) {
		s.t.Fatalf("no confirmation:\n%s", got)
	}
	return no
}

// receive is the founder's last visit: progress, the licence, the address of its QR code, the rating.
func (s *screen) receive(no string) {
	s.t.Helper()
	home := "/my/cases/" + no
	s.at(home)
	for _, want := range []string{"已办结", "营业执照", "印章刻制备案证明", "涉税事项确认通知书"} {
		if got := s.Text("main"); !strings.Contains(got, want) {
			s.t.Errorf("the progress lacks %s:\n%s", want, got)
		}
	}
	s.Follow(`main a[href*="/licences/"]`)
	s.Axe(s.t)
	var qr string
	s.Eval(`document.querySelector('img[src$="/qr.png"]').getAttribute("src")`, &qr)
	s.at(home + "/rate")
	s.Click(`input[name="level"][value="5"]`)
	s.FollowText("提交评价")
	s.Axe(s.t)
	if got := s.Text("main"); !strings.Contains(got, "非常满意") {
		s.t.Errorf("the rating is not shown:\n%s", got)
	}
	s.signOut()
	s.at(strings.TrimSuffix(qr, "/qr.png")) // anybody may verify
	if got := s.Text("main"); !strings.Contains(got, "有效的证照") || !strings.Contains(got, "渭南秦东小麦食品有限公司") || strings.Contains(got, "王秀英") {
		s.t.Errorf("verifying shows:\n%s", got)
	}
}
