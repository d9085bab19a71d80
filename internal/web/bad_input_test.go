package web_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"html"
	"image"
	"image/png"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
)

const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{.}}`

func TestBadInput_markup_comes_back_as_text_in_every_field(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	item := b.view(wang, keyOf(no)).Item
	yes := known() // opens every conditional page and question
	for name, value := range map[string]string{"bank.wanted": "yes", "staff.insured": "yes", "fund.wanted": "yes", "tax.invoice": "yes", "delivery.how": "post"} {
		yes.Set(name, value)
	}
	fields := 0
	for _, p := range item.Pages {
		form := url.Values{}
		for _, f := range p.Fields {
			form.Add("asked", f.Name)
			if f.Widget == "radio" {
				form[f.Name] = yes[f.Name]
				continue
			}
			form.Set(f.Name, evil)
			if f.Widget == "list" {
				form.Set(f.Name+".rows", "1")
				for _, g := range f.Fields {
					form.Set(f.Name+".0."+g.Name, evil)
				}
			}
			fields++
		}
		answer := v.post("/my/cases/"+no+"/form/"+p.ID, form)
		if answer.status >= 500 {
			t.Fatalf("page %s: %d", p.ID, answer.status)
		}
		answer.lacks("<script>alert", "<img src=x")
		v.get("/my/cases/"+no+"/form/"+p.ID+"?faults").is(http.StatusOK).lacks("<script>alert", "<img src=x")
	}
	if fields < 20 {
		t.Fatalf("only %d fields were tried", fields)
	}
	check := v.get("/my/cases/"+no+"/check").is(http.StatusOK).lacks("<script>alert", "<img src=x")
	check.has(html.EscapeString("<script>alert(1)</script>"))
	v.get("/?q=" + url.QueryEscape(evil)).is(http.StatusOK).lacks("<script>alert")
	v.get("/progress?no=" + url.QueryEscape(evil) + "&digits=x").is(http.StatusOK).lacks("<script>alert")
	v.get("/verify/" + url.PathEscape(evil)).is(http.StatusNotFound).lacks("<script>alert")
	v.post("/services/company-open/start", url.Values{"for": {"other"}, "name": {evil}, "docType": {evil}, "document": {evil}}).is(http.StatusUnprocessableEntity).lacks("<script>alert")
	if csp := check.header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "script-src 'self'") {
		t.Errorf("policy: %s", csp)
	}
}

func TestBadInput_somebody_elses_case_is_not_found(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	owner := b.signedIn(wang)
	draft, received := owner.begin(), owner.handIn()
	closed := owner.handIn()
	b.run(closed)
	file := b.view(wang, keyOf(received)).Case.Material("articles").Files[0].Hash
	licence := b.view(wang, keyOf(closed)).Case.Licences[0].No
	before := map[string]int{}
	for _, no := range []string{draft, received, closed} {
		before[no] = b.view(wang, keyOf(no)).Entry
	}
	other, clerk, nobody := b.signedIn(li), b.signedIn("clerk1"), b.visitor()
	for _, no := range []string{draft, received, closed, "610500-20261124-999999", "x", "610500-1';DROP TABLE cases;--"} {
		for _, sub := range []string{"", "/form/name", "/materials/articles", "/check", "/receipt.json", "/papers/receipt", "/clocks/acceptance", "/withdraw", "/help", "/rate", "/looks", "/files/" + file, "/licences/" + licence} {
			path := "/my/cases/" + url.PathEscape(no) + sub
			other.get(path).is(http.StatusNotFound).lacks("王秀英", "秦东")
			clerk.get(path).is(http.StatusNotFound)
			nobody.get(path).is(http.StatusUnauthorized).lacks("王秀英", "秦东")
		}
		for _, sub := range []string{"/form/name", "/check", "/withdraw", "/help", "/rate"} {
			other.post("/my/cases/"+url.PathEscape(no)+sub, url.Values{"asked": {"company.name"}, "company.name": {"偷改"}, "level": {"1"}}).is(http.StatusNotFound)
		}
		other.upload("/my/cases/"+url.PathEscape(no)+"/materials/articles", "a.pdf", pdf("x"), url.Values{"act": {"upload"}}).is(http.StatusNotFound)
	}
	for no, entry := range before {
		if now := b.view(wang, keyOf(no)).Entry; now != entry {
			t.Errorf("%s moved from entry %d to %d", no, entry, now)
		}
	}
}

func TestBadInput_another_site_cannot_send_forms(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.handIn()
	entry := b.view(wang, keyOf(no)).Entry
	foreign := func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }
	fetched := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	for _, from := range []func(*http.Request){foreign, fetched} {
		v.post("/my/cases/"+no+"/withdraw", url.Values{}, from).is(http.StatusForbidden).has("其他网站")
		v.post("/signout", url.Values{}, from).is(http.StatusForbidden)
	}
	if now := b.view(wang, keyOf(no)).Entry; now != entry {
		t.Error("a foreign site moved the case")
	}
	v.get("/my").is(http.StatusOK) // still signed in
}

func TestBadInput_an_ended_session_loses_nothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	b.pass(3 * time.Hour)
	path := "/my/cases/" + no + "/form/name"
	p := v.post(path, url.Values{"asked": {"company.name"}, "company.name": {"渭南市早市面馆有限公司"}}).is(http.StatusUnauthorized).has("登录已过期", `value="渭南市早市面馆有限公司"`)
	form := hiddenFields(p.body)
	form.Set("login", wang)
	form.Set("password", "wrong password 1")
	p = v.post("/signin", form).is(http.StatusUnauthorized).has(`value="渭南市早市面馆有限公司"`).lacks("wrong password 1")
	form = hiddenFields(p.body)
	form.Set("login", wang)
	form.Set("password", b.passwords[wang])
	p = v.post("/signin", form).is(http.StatusOK).has("请继续", "渭南市早市面馆有限公司")
	v.post(path, hiddenFields(p.body)).is(http.StatusOK)
	v.get(path).has("渭南市早市面馆有限公司")
	for _, away := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)"} {
		w := b.visitor()
		p := w.post("/signin", url.Values{"login": {li}, "password": {b.passwords[li]}, "return": {away}})
		if p.path != "/my" {
			t.Errorf("return %q led to %s", away, p.path)
		}
	}
}

// signInAgain signs in with what the interrupted form carries, and presses Continue as a browser would.
func (v *visitor) signInAgain(p shown, login string) shown {
	v.b.t.Helper()
	form := hiddenFields(p.body)
	form.Set("login", login)
	form.Set("password", v.b.passwords[login])
	p = v.post("/signin", form).is(http.StatusOK).has("请继续")
	_, rest, _ := strings.Cut(p.body, `<form method="post" action="/my/`)
	action, rest, _ := strings.Cut(rest, `"`)
	head, _, _ := strings.Cut(rest, ">")
	if strings.Contains(head, "multipart/form-data") {
		return v.upload("/my/"+action, "", nil, hiddenFields(p.body))
	}
	return v.post("/my/"+action, hiddenFields(p.body))
}

func TestBadInput_an_ended_session_loses_no_signature(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	path := "/my/cases/" + no + "/materials/address-proof"
	form := url.Values{"request": {"r-1"}, "act": {"defer"}, "signed": {"王秀英"}}
	b.pass(3 * time.Hour)
	v.signInAgain(v.upload(path, "", nil, form).is(http.StatusUnauthorized).has(`value="王秀英"`), wang).is(http.StatusOK)
	if k := b.view(wang, keyOf(no)).Case.Commitments; len(k) != 1 || k[0].Signed != "王秀英" {
		t.Errorf("signed: %+v", k)
	}
	other := b.signedIn(wang)
	second := other.begin()
	other.upload("/my/cases/"+second+"/materials/address-proof", "", nil, url.Values{"act": {"defer"}, "signed": {"张三"}}).
		is(http.StatusUnprocessableEntity).has("请由申请人、法定代表人或者您本人签名", `value="张三"`)
	b.pass(3 * time.Hour)
	path = "/my/cases/" + no + "/materials/articles"
	p := v.upload(path, "章程.pdf", append(pdf("x"), bytes.Repeat([]byte("0"), 40<<20)...), url.Values{"request": {"r-2"}, "act": {"upload"}})
	p.is(http.StatusUnauthorized).has("需要登录后重新选择").lacks("没有全部保留")
	v.signInAgain(p, wang).is(http.StatusUnprocessableEntity).has("请选择要上传的文件")
	b.pass(3 * time.Hour)
	v.upload(path, "章程.pdf", pdf("x"), url.Values{"act": {"upload"}, "signed": {strings.Repeat("长", 1<<19)}}).is(http.StatusUnauthorized).has("没有全部保留", "重新选择文件")
}

// hiddenFields are the hidden inputs of the first form in <main>, as a browser would send them.
func hiddenFields(body string) url.Values {
	_, body, _ = strings.Cut(body, "<main")
	_, body, _ = strings.Cut(body, "<form")
	body, _, _ = strings.Cut(body, "</form>")
	form := url.Values{}
	for _, part := range strings.Split(body, `<input type="hidden" name="`)[1:] {
		name, rest, _ := strings.Cut(part, `"`)
		_, rest, _ = strings.Cut(rest, `value="`)
		value, _, _ := strings.Cut(rest, `"`)
		form.Add(html.UnescapeString(name), html.UnescapeString(value))
	}
	return form
}

func TestBadInput_a_form_sent_twice_acts_once(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	p := v.get("/services/company-open/start")
	start := url.Values{"request": {p.hidden()}, "for": {"self"}}
	first := v.post("/services/company-open/start", start)
	if again := v.post("/services/company-open/start", start); again.path != first.path {
		t.Errorf("two cases: %s and %s", first.path, again.path)
	}
	start.Set("for", "other")
	start["name"], start["docType"], start["document"] = []string{"李志强"}, []string{"resident-id"}, []string{citizen(2).No}
	start.Set("basis", caseflow.BasisLetter)
	v.post("/services/company-open/start", start).is(http.StatusConflict).has("已经提交过一次")

	no := strings.TrimPrefix(first.path, "/my/cases/")
	page := url.Values{"asked": {"company.name"}, "company.name": {"渭南市早市面馆有限公司"}}
	v.post("/my/cases/"+no+"/form/name", page)
	entry := b.view(wang, keyOf(no)).Entry
	v.post("/my/cases/"+no+"/form/name", page)
	if now := b.view(wang, keyOf(no)).Entry; now != entry {
		t.Errorf("saving the same again wrote entry %d", now)
	}

	done := v.handIn()
	p = v.get("/my/cases/" + done + "/withdraw")
	form := url.Values{"request": {p.hidden()}, "reason": {"不办了"}}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r, err := http.NewRequest(http.MethodPost, b.server.URL+"/my/cases/"+done+"/withdraw", strings.NewReader(form.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := v.client.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close() //nolint:errcheck // read only
			if resp.StatusCode != http.StatusOK {
				t.Errorf("a repeat got %d", resp.StatusCode)
			}
		})
	}
	all.Wait()
	history, err := b.hall.History(t.Context(), caseflow.Actor{ID: b.view(wang, keyOf(done)).Case.Owner, Kind: caseflow.ActorCitizen}, keyOf(done))
	b.must(err)
	n := 0
	for _, e := range history {
		if e.Verb == "withdraw" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("withdrawn %d times", n)
	}
}

func TestBadInput_uploads(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	path := "/my/cases/" + no + "/materials/articles"
	send := func(name string, content []byte) shown {
		return v.upload(path, name, content, url.Values{"act": {"upload"}})
	}
	send("", nil).is(http.StatusUnprocessableEntity).has("请选择要上传的文件")
	send("empty.pdf", nil).is(http.StatusUnprocessableEntity).has("文件是空的")
	send("program.pdf", []byte("MZ\x90\x00 this is a program")).is(http.StatusUnprocessableEntity).has("不能使用")
	send("page.pdf", []byte("<html><script>alert(1)</script></html>")).is(http.StatusUnprocessableEntity).has("不能使用")
	send("bomb.docx", packedBomb()).is(http.StatusUnprocessableEntity).has("文件解压后过大", "另存为 PDF")
	send("flood.png", pixelFlood()).is(http.StatusUnprocessableEntity).has("图片尺寸过大")
	send("big.pdf", append(pdf("x"), bytes.Repeat([]byte("0"), 11<<20)...)).is(http.StatusUnprocessableEntity).has("文件太大", "10 MB")
	send("huge.pdf", append(pdf("x"), bytes.Repeat([]byte("0"), 200<<20)...)).is(http.StatusUnprocessableEntity).has("文件太大")
	if files := b.view(wang, keyOf(no)).Case.Material("articles").Files; len(files) != 0 {
		t.Fatalf("kept %v", files)
	}
	send("../../../etc/passwd", pdf("1")).is(http.StatusOK).has("passwd").lacks("../")
	send("C：\\Users\\王\\章程.pdf", pdf("2")).is(http.StatusOK).has("章程.pdf")
	send("a\u0000b.pdf", pdf("3")).is(http.StatusBadRequest) // no browser sends this
	send("a\r\nX-Evil: 1.pdf", pdf("3")).is(http.StatusOK)
	send(strings.Repeat("长", 300)+".pdf", pdf("4")).is(http.StatusOK)
	send(`<script>alert(1)</script>".pdf`, pdf("5")).is(http.StatusOK).lacks("<script>alert")
	files := b.view(wang, keyOf(no)).Case.Material("articles").Files
	if len(files) != 5 {
		t.Fatalf("kept %d files: %v", len(files), files)
	}
	for _, f := range files {
		if strings.ContainsAny(f.Name, "/\\\r\n\x00") || len([]rune(f.Name)) > caseflow.MaxFileName {
			t.Errorf("name %q", f.Name)
		}
		got := v.get("/my/cases/" + no + "/files/" + f.Hash).is(http.StatusOK)
		if d := got.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || strings.ContainsAny(d, "\r\n") {
			t.Errorf("disposition %q", d)
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Error("a browser may guess the type")
		}
	}
	send("again.pdf", pdf("1")).is(http.StatusOK) // the same content once more changes nothing
	v.upload(path, "", nil, url.Values{"_remove-file": {files[0].Hash}}).is(http.StatusOK)
	if n := len(b.view(wang, keyOf(no)).Case.Material("articles").Files); n != 4 {
		t.Errorf("%d files after removing one of five", n)
	}
	v.post(path, url.Values{"act": {"upload"}}).is(http.StatusBadRequest) // not a file form at all
}

func TestBadInput_one_bad_file_keeps_no_other_out(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	path := "/my/cases/" + no + "/materials/articles"
	names := func() (list []string) {
		for _, f := range b.view(wang, keyOf(no)).Case.Material("articles").Files {
			list = append(list, f.Name)
		}
		return list
	}
	act := url.Values{"act": {"continue"}}
	v.uploads(path, act, chosen{"一.pdf", pdf("1")}, chosen{"坏.pdf", []byte("MZ\x90 program")}, chosen{"空.pdf", nil}, chosen{"三.pdf", pdf("3")}).
		is(http.StatusUnprocessableEntity).has("坏.pdf：这种文件不能使用", "空.pdf：文件是空的", "提交前需要修改 2 处").lacks("三.pdf：")
	if got := strings.Join(names(), " "); got != "一.pdf 三.pdf" {
		t.Errorf("kept %s", got)
	}
	var many []chosen
	for i := range 25 {
		many = append(many, chosen{fmt.Sprintf("页%d.pdf", i), pdf(fmt.Sprint("page ", i))})
	}
	v.uploads(path, act, many...).is(http.StatusUnprocessableEntity).has("最多 20 个文件", "页18.pdf、页19.pdf、页20.pdf、页21.pdf、页22.pdf、页23.pdf、页24.pdf").lacks("页17.pdf、")
	if n := len(names()); n != caseflow.MaxFiles {
		t.Errorf("%d files kept", n)
	}
	v.uploads(path, act, chosen{"再来.pdf", pdf("more")}).is(http.StatusUnprocessableEntity).has("再来.pdf")
}

func TestBadInput_answers_that_cannot_be_true_together(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	v.fill(no)
	form := "/my/cases/" + no + "/form/"
	v.post(form+"name", url.Values{"asked": {"company.name"}, "company.name": {"渭南市早市面馆"}}).is(http.StatusUnprocessableEntity).has("名称要以“有限公司”或者“有限责任公司”结尾")
	v.post(form+"address", url.Values{"asked": {"company.region"}, "company.region": {"610500"}}).is(http.StatusUnprocessableEntity).has("请选择具体的县（市、区）")
	people := url.Values{"asked": {"people"}}
	for k, values := range known() {
		if strings.HasPrefix(k, "people.") {
			people[k] = values
		}
	}
	people.Set("people.0.docNo", citizen(5).No)
	v.post(form+"people", people).is(http.StatusUnprocessableEntity).has("证件号码与法定代表人的不一样")
	v.post(form+"contact", url.Values{"asked": {"contact.docNo"}, "contact.docNo": {citizen(5).No}}).is(http.StatusUnprocessableEntity).has("联络员与法定代表人同名")
}

func TestBadInput_wrong_answers_are_kept_and_named(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	path := "/my/cases/" + no + "/form/legal"
	p := v.post(path, url.Values{"asked": {"legal.name", "legal.docType", "legal.docNo", "legal.phone", "legal.post"},
		"legal.name": {"王秀英"}, "legal.docType": {"resident-id"}, "legal.docNo": {"610502199001010112"}, "legal.phone": {"1234"}, "legal.post": {"director"}})
	p.is(http.StatusUnprocessableEntity).has("提交前需要修改 2 处", `href="#f-legal-docNo"`, `value="610502199001010112"`, `value="1234"`, "<title>错误")
	v.get("/my/cases/" + no).has("有问题")
	v.get(path).has(`value="610502199001010112"`)
	v.get("/my/cases/" + no + "/check").lacks("提交“企业开办一件事”申请")
	v.post("/my/cases/"+no+"/check", url.Values{}).is(http.StatusUnprocessableEntity).has("需要填写或修改")
	if phase := b.view(wang, keyOf(no)).Case.Phase; phase != caseflow.PhaseDraft {
		t.Errorf("phase %s", phase)
	}
	v.post(path, url.Values{"asked": {"legal.name"}, "legal.name": {strings.Repeat("长", 100_000)}}).is(http.StatusUnprocessableEntity)
	v.post(path, url.Values{"asked": {"legal.name"}, "legal.name": {strings.Repeat("x", 2<<20)}}).is(http.StatusRequestEntityTooLarge).has("太大")
}

func TestBadInput_old_pages_and_late_acts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.handIn()
	home := "/my/cases/" + no
	v.get(home + "/form/name").is(http.StatusNotFound)
	v.post(home+"/form/name", url.Values{"asked": {"company.name"}, "company.name": {"改名有限公司"}}).is(http.StatusConflict).has("改名有限公司", "状态已经变化")
	v.post(home+"/check", url.Values{"request": {"other"}}).is(http.StatusOK).has("提交成功") // handed in already
	b.run(no)
	v.get(home + "/withdraw").is(http.StatusConflict).has("不能进行")
	v.get(home + "/clocks/nothing").is(http.StatusNotFound)
}

func TestBadInput_passwords_and_logs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.visitor()
	wrong := v.post("/signin", url.Values{"login": {wang}, "password": {"canary-wrong-pass"}}).is(http.StatusUnauthorized)
	unknown := v.post("/signin", url.Values{"login": {"13800000000"}, "password": {"canary-wrong-pass"}}).is(http.StatusUnauthorized)
	strip := func(s string) string {
		s = strings.NewReplacer(wang, "", "13800000000", "").Replace(s)
		return s
	}
	if strip(wrong.body) != strip(unknown.body) {
		t.Error("a wrong password and an unknown account can be told apart")
	}
	form := url.Values{"name": {"张三"}, "docType": {"resident-id"}, "document": {"123"}, "phone": {"1"}, "password": {"short"}}
	v.post("/register", form).is(http.StatusUnprocessableEntity).has("提交前需要修改", "张三").lacks(`value="short"`)
	form = url.Values{"name": {"张三"}, "docType": {"resident-id"}, "document": {citizen(9).No}, "phone": {"１３８-９１３０-０００９"}, "password": {"秦岭 2026 下雪了吗"}, "return": {"/my/messages"}}
	if p := v.post("/register", form).is(http.StatusOK); p.path != "/my/messages" {
		t.Errorf("registered at %s", p.path)
	}
	for _, secret := range []string{"canary-wrong-pass", citizen(9).No, citizen(1).No, "13891300009", "秦岭"} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestReceipt_shows_progress_to_its_holder_without_names(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.handIn()
	receipt := v.get("/my/cases/" + no + "/papers/receipt").is(http.StatusOK)
	_, rest, ok := strings.Cut(receipt.body, "/progress/"+no+"/")
	if !ok {
		t.Fatal("no address of the progress on the receipt")
	}
	digits := rest[:20]
	receipt.has("<code>" + digits + "</code>")
	stranger := b.visitor()
	stranger.get("/progress/"+no+"/"+digits).is(http.StatusOK).has("收件与受理", "不显示姓名").lacks("王秀英", "秦东", wang)
	stranger.get("/progress?no=" + no + "&digits=" + strings.ToUpper(digits)).is(http.StatusOK).has("收件与受理")
	wrong := strings.Repeat("0", 20)
	stranger.get("/progress/"+no+"/"+wrong).is(http.StatusNotFound).has("编号或查询码不正确", `value="`+no+`"`, `value="`+wrong+`"`) // to be mended, not typed anew
	stranger.get("/progress/610500-20261124-999999/"+digits).is(http.StatusNotFound).has("编号或查询码不正确", `value="`+digits+`"`)
	stranger.get("/verify?code=ABC-1").is(http.StatusUnprocessableEntity).has("请填写完整的核验码", `value="ABC-1"`)
	stranger.get("/verify?no=1&code="+strings.Repeat("A", 26)).is(http.StatusUnprocessableEntity).has("办件编号不完整", `value="1"`, strings.Repeat("A", 26))
}

func TestAccount_first_password_sessions_and_change(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, first, err := b.gate.AddAccount(t.Context(), access.System, access.NewAccount{
		Login: "newcomer", Kind: caseflow.ActorOfficial, Name: "钱进", Region: weinan, Department: "market", Roles: []string{caseflow.RoleClerk}})
	b.must(err)
	b.passwords["newcomer"] = first
	v := b.visitor()
	p := v.post("/signin", url.Values{"login": {"newcomer"}, "password": {first}})
	p.is(http.StatusOK).has("初始密码")
	if p.path != "/account" {
		t.Errorf("led to %s", p.path)
	}
	v.get("/desk").has("初始密码") // nothing else is open before
	v.post("/account/password", url.Values{"old": {"not the password"}, "password": {"秦岭 2026 下雪了吗"}}).is(http.StatusUnprocessableEntity).has("原密码不正确")
	v.post("/account/password", url.Values{"old": {first}, "password": {"短"}}).is(http.StatusUnprocessableEntity).has("至少 10 个字符")
	v.post("/account/password", url.Values{"old": {first}, "password": {"秦岭 2026 下雪了吗"}}).is(http.StatusOK).has("密码已修改")
	if p := v.get("/desk").is(http.StatusOK); p.path != "/desk" {
		t.Errorf("the desk is at %s", p.path)
	}

	one, two := b.signedIn(wang), b.signedIn(wang)
	p = two.get("/account").is(http.StatusOK).has("本次登录", "退出这个登录")
	_, rest, _ := strings.Cut(p.body, "/account/sessions/")
	id, _, _ := strings.Cut(rest, "/")
	b.signedIn(li).post("/account/sessions/"+id+"/end", nil).is(http.StatusNotFound)
	one.get("/my").is(http.StatusOK)
	two.post("/account/sessions/"+id+"/end", nil).is(http.StatusOK)
	one.get("/my").is(http.StatusUnauthorized)
	two.post("/signout", nil).is(http.StatusOK)
	two.get("/my").is(http.StatusUnauthorized)
}

// A file that is not there, such as the style sheet of an older release, is answered like any other address.
func TestStatic_that_is_missing_is_the_page_that_nothing_is_there(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.visitor()
	for _, path := range []string{"/_static/tongban-000000000000.css", "/_static/", "/nowhere"} {
		v.get(path).is(http.StatusNotFound).has(`<html lang="zh-CN"`, "没有找到", `href="/"`).lacks("404 page not found")
	}
	v.get("/_static/none.js?lang=en").is(http.StatusNotFound).has(`<html lang="en"`)
	v.post("/_static/none.js", url.Values{}).is(http.StatusNotFound).has("<main")
}

// A form in GBK is refused in words, whatever page it is sent to; nothing of it is kept, and no page repeats its bytes.
func TestBadInput_a_form_in_GBK_is_told_and_changes_nothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	home := "/my/cases/" + v.begin()
	const gbk = "\xce\xbc\xc4\xcf\xc7\xd8\xb6\xab" // 渭南秦东
	kept := func() string { return string(b.view(wang, keyOf(strings.TrimPrefix(home, "/my/cases/"))).Case.Form) }
	before := kept()
	for _, at := range []string{home + "/form/name", home + "/withdraw", "/signin", "/my/mandates", "/desk/cases/x/reveal", "/console/accounts"} {
		for _, form := range []url.Values{{"company.name": {gbk}, "login": {gbk}}, {gbk: {"x"}}} {
			p := v.post(at, form).is(http.StatusBadRequest).has("不是 UTF-8 编码")
			if !utf8.ValidString(p.body) {
				t.Errorf("%s answers with what is no UTF-8", at)
			}
		}
	}
	promise := url.Values{"act": {"defer"}, "signed": {gbk}}
	for _, who := range []*visitor{v, b.visitor()} { // a form with files, also of somebody who has to sign in first
		who.upload(home+"/materials/address-proof", "", nil, promise).is(http.StatusBadRequest).has("不是 UTF-8 编码")
	}
	if now := kept(); now != before {
		t.Errorf("kept %s, had %s", now, before)
	}
}

// packedBomb is a document of a few hundred bytes that says it unpacks to 10 GB.
func packedBomb() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "word/document.xml"} {
		_, _ = z.Create(name)
	}
	w, _ := z.CreateRaw(&zip.FileHeader{Name: "word/media/a.png", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: 10 << 30})
	_, _ = w.Write([]byte("abcd"))
	_ = z.Close()
	return b.Bytes()
}

// pixelFlood is a picture whose head says 50,000 by 50,000.
func pixelFlood() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2)))
	content := b.Bytes()
	binary.BigEndian.PutUint32(content[16:], 50_000)
	binary.BigEndian.PutUint32(content[20:], 50_000)
	binary.BigEndian.PutUint32(content[29:], crc32.ChecksumIEEE(content[12:29]))
	return content
}

// Officials open a file in the window beside its case, under the name it was sent by: the name makes no header, and the file is shown as
// what it is, in a frame of nobody's, without the rights of the page.
func TestBadInput_file_names_at_the_desk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.ready()
	names := []string{"a\r\nSet-Cookie: x=1.pdf", `"; filename="evil.exe`, "../../etc/passwd", "营业执照（副本）100%.pdf"}
	for i, name := range names {
		v.upload("/my/cases/"+no+"/materials/articles", name, pdf(fmt.Sprint("named ", i)), url.Values{"act": {"upload"}}).is(http.StatusOK)
	}
	p := v.get("/my/cases/" + no + "/check")
	v.post("/my/cases/"+no+"/check", url.Values{"request": {p.hidden()}}).is(http.StatusOK).has("提交成功")
	clerk, seen := b.signedIn("clerk1"), 0
	for _, f := range b.view(wang, keyOf(no)).Case.Material("articles").Files {
		got := clerk.get("/desk/cases/" + no + "/files/articles/" + f.Hash).is(http.StatusOK)
		kind, more, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
		if err != nil || kind != "inline" || more["filename"] != f.Name || len(more) != 1 || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%q: disposition %q, %v", f.Name, got.header.Get("Content-Disposition"), err)
		}
		policy := got.header.Get("Content-Security-Policy")
		for _, part := range []string{"sandbox;", "default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%q: policy %q", f.Name, policy)
			}
		}
		if h := got.header; h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Cache-Control"), "no-store") || h.Get("Content-Type") != "application/pdf" {
			t.Errorf("%q: %v", f.Name, h)
		}
		seen++
	}
	if seen != len(names)+1 {
		t.Errorf("%d files", seen)
	}
}

// A form of a million names is cut off; one of as many as fit is refused or answered like any other. Neither leaves anything.
func TestBadInput_a_form_of_a_million_names(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	before := string(b.view(wang, keyOf(no)).Case.Form)
	keys := func(n int) url.Values {
		form := url.Values{}
		for i := range n {
			form.Set(fmt.Sprint(i), "")
		}
		return form
	}
	for _, at := range []string{"/my/cases/" + no + "/form/name", "/signin", "/register", "/my/cases/" + no + "/check"} {
		v.post(at, keys(1_000_000)).is(http.StatusRequestEntityTooLarge).has("太大", "返回")
		if p := v.post(at, keys(100_000)); p.status >= http.StatusInternalServerError || len(p.body) > 1<<20 {
			t.Errorf("%s: %d, %d bytes", at, p.status, len(p.body))
		}
	}
	if now := string(b.view(wang, keyOf(no)).Case.Form); now != before {
		t.Errorf("kept %.300s, had %s", now, before)
	}
}

// Who guesses passwords at the page is let wait, and told so, with what was typed but the password; after the window it is open again.
func TestBadInput_guessed_passwords_wait(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.visitor()
	guess := func(login string) shown {
		return v.post("/signin", url.Values{"login": {login}, "password": {"wrong guess 1"}, "return": {"/my/licences"}})
	}
	for i := range 50 {
		guess(fmt.Sprint("user", i)).is(http.StatusUnauthorized)
	}
	p := v.post("/signin", url.Values{"login": {wang}, "password": {b.passwords[wang]}, "return": {"/my/licences"}})
	p.is(http.StatusTooManyRequests).has("稍后", wang, "/my/licences").lacks(b.passwords[wang])
	if p.header.Get("Retry-After") != "900" {
		t.Errorf("Retry-After %q", p.header.Get("Retry-After"))
	}
	v.get("/my").is(http.StatusUnauthorized)
	b.pass(16 * time.Minute)
	v.post("/signin", url.Values{"login": {wang}, "password": {b.passwords[wang]}, "return": {"/my/licences"}}).is(http.StatusOK).at("/my/licences")
}

// A session that somebody has planted in a browser is not the one that its owner signs in to, and is over with that; one that was signed
// out is over for whoever has kept it.
func TestBadInput_a_planted_session_is_not_taken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	at, err := url.Parse(b.server.URL)
	b.must(err)
	session := func(v *visitor) string {
		for _, c := range v.client.Jar.Cookies(at) {
			if c.Name == "tongban" {
				return c.Value
			}
		}
		return ""
	}
	with := func(token string) *visitor {
		v := b.visitor()
		v.client.Jar.SetCookies(at, []*http.Cookie{{Name: "tongban", Value: token, Path: "/"}})
		return v
	}
	planted := session(b.signedIn(li))
	victim := with(planted)
	victim.post("/signin", url.Values{"login": {wang}, "password": {b.passwords[wang]}}).is(http.StatusOK)
	own := session(victim)
	if own == "" || own == planted {
		t.Fatal("the planted session is the one that is signed in")
	}
	with(planted).get("/my").is(http.StatusUnauthorized)
	with(own).get("/account").is(http.StatusOK).has("王秀英")
	victim.post("/signout", nil).is(http.StatusOK)
	with(own).get("/my").is(http.StatusUnauthorized)
}

var passwordInput = regexp.MustCompile(`<input[^>]*name="(?:password|old)"[^>]*>`)

// A password is masked wherever it is typed, browsers and password managers may fill it in, and nothing keeps it from being pasted (ASVS
// 6.2.6, 6.2.7).
func TestPasswords_are_masked_and_may_be_filled_in(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pages := map[string]*visitor{"/signin": b.visitor(), "/register": b.visitor(), "/my": b.visitor()}
	for _, at := range []string{"/account", "/account/passkeys", "/account/factor"} {
		pages[at] = b.signedIn(wang)
	}
	for at, v := range pages {
		inputs := passwordInput.FindAllString(v.get(at).body, -1)
		if len(inputs) == 0 {
			t.Errorf("%s asks for no password", at)
		}
		for _, in := range inputs {
			if !strings.Contains(in, `type="password"`) || !strings.Contains(in, `autocomplete="current-password"`) && !strings.Contains(in, `autocomplete="new-password"`) || strings.Contains(in, "readonly") || strings.Contains(in, "onpaste") {
				t.Errorf("%s: %s", at, in)
			}
		}
	}
}
