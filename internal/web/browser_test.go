package web_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// states are cases in every state that a citizen sees.
type states struct{ draft, received, correcting, running, closed, refused string }

// longName is the longest name that a company may have.
var longName = strings.Repeat("渭南秦东绿色农产品加工贸易", 4) + "物流有限责任公司"

func (b *bench) states() states {
	b.t.Helper()
	v := b.signedIn(wang)
	var s states
	s.closed = v.handIn()
	b.run(s.closed)
	s.refused = v.handIn()
	b.official("clerk1", keyOf(s.refused), caseflow.Decline{Ground: "region", Words: "所填住所在西安市，不在本市管辖范围。"})
	s.running = v.handIn()
	key := keyOf(s.running)
	b.official("clerk1", key, caseflow.Accept{})
	for _, t := range b.view(wang, key).Case.Tasks {
		if t.Live() && t.Step == "register" {
			b.official("market1", key, caseflow.Grant{Task: t.ID, Data: []byte(`{"approvedName":"渭南市秦东小麦食品有限公司"}`)})
		}
	}
	s.correcting = v.handIn()
	b.official("clerk1", keyOf(s.correcting), caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{
		{Field: "company.address", Ground: "address-incomplete", Words: "住所没有写到门牌号，请写完整。"},
		{Material: "articles", Ground: "articles-unsigned", Words: "章程没有全体股东签名，请补签后重新上传。"},
	}})
	s.received = v.handIn()
	s.draft = v.begin()
	for _, p := range b.view(wang, keyOf(s.draft)).Item.Pages[:4] {
		v.page(s.draft, &p)
	}
	v.post("/my/cases/"+s.draft+"/form/name", url.Values{"asked": {"company.name"}, "company.name": {longName}})
	v.post("/my/cases/"+s.draft+"/form/legal", url.Values{"asked": {"legal.name", "legal.docNo"}, "legal.name": {"王秀英"}, "legal.docNo": {"61050219900101001"}})
	return s
}

// signIn signs somebody in by the page.
func (b *bench) signIn(w *browsertest.Browser, login string) {
	w.Goto(b.server.URL + "/signin")
	w.Fill("#f-login", login)
	w.Fill("#f-password", b.passwords[login])
	w.Follow("main form button")
}

func TestPages_look_right_and_are_accessible(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.states()
	licence := b.view(wang, keyOf(s.closed)).Case.Licences[0]
	w := browsertest.Start(t)
	my := "/my/cases/"
	look := func(name, path string) {
		t.Helper()
		w.Goto(b.server.URL + path)
		w.Look(t, name)
	}
	for _, p := range [][2]string{
		{"home", "/"}, {"home-none", "/?q=xyz"}, {"guide", "/services/company-open"}, {"signin", "/signin"}, {"register", "/register"},
		{"not-found", "/nowhere"}, {"verify-form", "/verify"}, {"verify", "/verify/" + licence.Verify}, {"verify-none", "/verify/AAAAAAAAAAAAAAAAAAAAAAAAAA"},
		{"doors", "/services/company-open/doors"},
		{"names", "/names?name=渭南美国软件有限公司"}, {"notices", "/notices"},
		{"progress-form", "/progress?no=x&digits=y"}, {"signin-first", "/my"},
	} {
		look(p[0], p[1])
	}
	b.signedIn(wang).post("/account/contact", url.Values{"email": {"wang@example.cn"}, "sms": {"yes"}, "mail": {"yes"}})
	b.signIn(w, wang)
	for _, p := range [][2]string{
		{"my", "/my"}, {"licences", "/my/licences"}, {"messages", "/my/messages"}, {"account", "/account"}, {"contact", "/account/contact?saved"}, {"start", "/services/company-open/start"},
		{"draft", my + s.draft}, {"form-name", my + s.draft + "/form/" + b.view(wang, keyOf(s.draft)).Item.Pages[0].ID},
		{"form-faults", my + s.draft + "/form/legal?faults"}, {"form-shareholders", my + s.draft + "/form/shareholders"},
		{"form-invoice", my + s.draft + "/form/invoice"}, {"material", my + s.draft + "/materials/articles"},
		{"material-defer", my + s.draft + "/materials/address-proof"}, {"help", my + s.draft + "/help"}, {"check-lacking", my + s.draft + "/check"},
		{"check", my + s.correcting + "/check"}, {"received", my + s.received}, {"receipt", my + s.received + "/papers/receipt"},
		{"clock", my + s.received + "/clocks/acceptance"}, {"withdraw", my + s.received + "/withdraw"}, {"correcting", my + s.correcting},
		{"correcting-form", my + s.correcting + "/form/address"}, {"running", my + s.running}, {"running-promise", my + s.running + "/materials/address-proof"},
		{"closed", my + s.closed}, {"licence", my + s.closed + "/licences/" + url.PathEscape(licence.No)}, {"rate", my + s.closed + "/rate"},
		{"looks", my + s.closed + "/looks"}, {"refused", my + s.refused}, {"refused-paper", my + s.refused + "/papers/declined"}, {"refused-act", my + s.refused + "/withdraw"},
		{"guide-en", "/services/company-open?lang=en"}, {"running-en", my + s.running}, {"draft-en", my + s.draft},
		{"draft-elder", my + s.draft + "?lang=zh&view=elder"}, {"form-elder", my + s.draft + "/form/legal"}, {"running-elder", my + s.running},
	} {
		look(p[0], p[1])
	}
}

func TestApply_without_script(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := browsertest.Start(t)
	w.WithoutScript()
	w.Goto(b.server.URL + "/")
	w.FollowText("企业开办一件事")
	w.FollowText("开始办理")
	w.Fill("#f-login", wang) // one signs in first, and comes back
	w.Fill("#f-password", b.passwords[wang])
	w.Follow("main form button")
	w.Click("#f-for")
	w.FollowText("继续")
	no := strings.TrimPrefix(w.URL(), b.server.URL+"/my/cases/")
	answers := known()
	item := b.view(wang, keyOf(no)).Item
	for i := range item.Pages {
		w.Goto(b.server.URL + "/my/cases/" + no + "/form/" + item.Pages[i].ID)
		for j := range item.Pages[i].Fields {
			answer(w, &item.Pages[i].Fields[j], answers)
		}
		w.FollowText("继续")
		if w.Has(".errors") {
			t.Errorf("page %s: %s", item.Pages[i].ID, w.Text(".errors"))
		}
	}
	file := filepath.Join(t.TempDir(), "章程.pdf")
	b.must(os.WriteFile(file, pdf("章程"), 0o600))
	for _, m := range []string{"articles", "legal-identity", "owner-identity", "address-proof"} {
		w.Goto(b.server.URL + "/my/cases/" + no + "/materials/" + m)
		w.Upload("#f-files", file)
		w.FollowText("上传并继续")
	}
	w.FollowText("提交前核对")
	w.FollowText("提交“企业开办一件事”申请")
	if got := w.Text("main"); !strings.Contains(got, "提交成功") || !strings.Contains(got, no) {
		t.Errorf("no confirmation:\n%s", got)
	}
}

// answer fills in a field the way its widget asks.
func answer(w *browsertest.Browser, f *caseflow.Field, answers url.Values) {
	id := "#f-" + strings.ReplaceAll(f.Name, ".", "-")
	switch v := answers[f.Name]; {
	case f.Widget == "list":
		n := 0
		for ; answers.Has(f.Name + "." + string(rune('0'+n)) + "." + f.Fields[0].Name); n++ {
			if n > 0 {
				w.FollowText("再添加一项")
			}
		}
		for i := range n {
			for k := range f.Fields {
				g := f.Fields[k]
				g.Name = f.Name + "." + string(rune('0'+i)) + "." + g.Name
				answer(w, &g, answers)
			}
		}
	case len(v) == 0:
	case f.Widget == "select":
		w.Choose(id, v[0])
	case f.Widget == "radio" || f.Widget == "checkbox":
		for _, x := range v {
			w.Click(`input[name="` + f.Name + `"][value="` + x + `"]`)
		}
	default:
		w.Fill(id, v[0])
	}
}

func TestApply_by_keyboard_alone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := browsertest.Start(t)
	w.Goto(b.server.URL + "/signin")
	w.Tab()
	if got := w.Focused(); !strings.Contains(got, "跳到主要内容") {
		t.Errorf("the first stop is %q, not the skip link", got)
	}
	reach(t, w, "#f-login")
	w.Press(wang)
	w.Tab()
	w.Press(b.passwords[wang])
	w.FollowKey("\r")
	w.Goto(b.server.URL + "/services/company-open/start")
	reach(t, w, "#f-for")
	w.Press(" ")
	w.FollowKey("\r")
	no := strings.TrimPrefix(w.URL(), b.server.URL+"/my/cases/")
	w.Goto(b.server.URL + "/my/cases/" + no + "/form/name")
	reach(t, w, "#f-company-name")
	w.Press("渭南市早市面馆")
	w.FollowKey("\r") // Enter goes on, and does not press any other button of the form
	if !w.Has(".errors") {
		t.Fatal("a name without 有限公司 was taken")
	}
	if got := w.Focused(); !strings.HasPrefix(got, "提交前需要修改 1 处") {
		t.Errorf("after a fault the focus is on %s", got)
	}
	w.Tab()
	w.Press("\r") // the link of the summary leads into the field
	if got := w.Focused(); got != "#f-company-name" {
		t.Errorf("the summary leads to %s", got)
	}
	if got := w.Value("#f-company-name"); got != "渭南市早市面馆" {
		t.Errorf("what was typed is now %q", got)
	}
	w.Goto(b.server.URL + "/my/cases/" + no + "/form/shareholders")
	reach(t, w, "#f-shareholders-0-name")
	w.Press("王秀英")
	w.FollowKey("\r")
	if got := w.Value("#f-shareholders-0-name"); got != "王秀英" {
		t.Errorf("Enter in a list lost the row: %q", got)
	}
}

// reach tabs until something has the focus.
func reach(t *testing.T, w *browsertest.Browser, id string) {
	t.Helper()
	for range 40 {
		w.Tab()
		if w.Focused() == id {
			return
		}
	}
	t.Fatalf("%s cannot be reached by Tab; the focus is on %s", id, w.Focused())
}
