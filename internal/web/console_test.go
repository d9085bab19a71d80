package web_test

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/browsertest"
	"github.com/tongban/tongban/packs"
)

// consolePages are the pages of the console, with who of the three may open them.
var consolePages = map[string]string{
	"/console": "sys1 sec1 aud1", "/console/accounts": "sys1 sec1 aud1", "/console/accounts/new": "sys1", "/console/online": "sec1 aud1",
	"/console/sign-ins": "sec1 aud1", "/console/sign-ins?as=csv": "sec1 aud1", "/console/operations": "aud1", "/console/operations?as=csv": "aud1",
	"/console/looks": "aud1", "/console/exports": "sec1 aud1", "/console/looks?as=csv": "aud1", "/console/system": "sys1 aud1", "/console/log": "sys1 sec1 aud1", "/console/announcements": "sys1 aud1", "/console/announcements/new": "sys1", "/console/jobs": "sys1 aud1", "/console/parameters": "sys1 aud1", "/console/parameters/benefits": "sys1", "/console/backups": "sys1 aud1", "/console/quarantine": "sys1 sec1 aud1", "/console/packs": "sys1 aud1", "/console/dictionaries": "sys1 aud1", "/console/dictionaries/core/channel": "sys1 aud1",
	"/console/packs/03-weinan-open-company": "sys1 aud1", "/desk/recount": "sys1", "/desk/overview": "sys1 head1", "/desk/assessment": "sys1 sec1 aud1 head1",
	"/console/operations?account=nobody": "aud1", "/console/sign-ins?account=nobody": "sec1 aud1", "/console/accounts?region=610900": "",
}

// Each administrator opens what is theirs; what is another's, and what is anybody else's, is not there. The menu names what one may
// open and nothing more.
// Who loads calendars is told where they begin, and on every other page, that the published days end.
func TestConsole_tells_that_the_calendar_ends(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const told = "请载入下一年的放假安排"
	sys := b.signedIn("sys1")
	sys.get("/console").lacks(told)
	b.hall.WarnCalendar(45)
	for _, page := range []string{"/console", "/console/accounts"} {
		sys.get(page).is(http.StatusOK).has(told, `href="/desk/calendars"`)
		b.signedIn("aud1").get(page).is(http.StatusOK).lacks(told)
	}
}

func TestConsole_is_three_peoples(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, who := range []string{"sys1", "sec1", "aud1", "clerk1", "head1", wang} {
		v := b.signedIn(who)
		menu := v.get("/console").body
		for p, may := range consolePages {
			want := http.StatusNotFound
			if strings.Contains(" "+may+" ", " "+who+" ") {
				want = http.StatusOK
			}
			if got := v.get(p); got.status != want {
				t.Errorf("%s at %s: %d, want %d", who, p, got.status, want)
			}
			if strings.ContainsAny(p, ".?") || strings.Count(p, "/") > 2 || p == "/console" || strings.HasPrefix(p, "/desk") && who == "head1" {
				continue
			}
			if named := strings.Contains(menu, `href="`+p+`"`); named != (want == http.StatusOK) {
				t.Errorf("the menu of %s names %s: %v", who, p, named)
			}
		}
	}
	b.visitor().get("/console/accounts").is(http.StatusUnauthorized)
	for who, home := range map[string]string{"sys1": "/console", "sec1": "/console", "aud1": "/console", "clerk1": "/desk", wang: "/my"} {
		v := b.visitor()
		if p := v.post("/signin", url.Values{"login": {who}, "password": {b.passwords[who]}}); p.path != home {
			t.Errorf("%s comes to %s, want %s", who, p.path, home)
		}
	}
}

var secret = regexp.MustCompile(`[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}`)

// made makes an account by the page, as the system administrator, and returns its id and first password.
func (v *visitor) made(login string) (id, password string) {
	v.b.t.Helper()
	p := v.post("/console/accounts/new", url.Values{"login": {login}, "name": {"钱新"}, "department": {"market"}, "region": {weinan}}).is(http.StatusOK)
	a, err := v.b.store.AccountByLogin(v.b.t.Context(), login)
	v.b.must(err)
	if password = secret.FindString(text(p.body)); password == "" {
		v.b.t.Fatalf("no first password on\n%s", text(p.body))
	}
	return a.ID, password
}

// The system administrator makes an account that can do nothing; the security administrator gives it a role, which it then uses; the
// audit administrator sees both acts, with what was and what is.
func TestConsole_an_account_is_made_by_two_and_seen_by_a_third(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sys, sec, aud, fresh := b.signedIn("sys1"), b.signedIn("sec1"), b.signedIn("aud1"), b.visitor()
	sys.get("/console/accounts/new").has("渭南市市场监督管理局", `value="office"`).lacks("安康市", "榆林市", "汉中市") // whose departments are other cities'
	id, password := sys.made("qian.new")
	at := "/console/accounts/" + id
	sys.get(at).has("待授予角色", "设置新的初始密码").lacks("assign", "停用账号", password)
	if p := fresh.post("/signin", url.Values{"login": {"qian.new"}, "password": {password}}); p.path != "/account" {
		t.Errorf("a new account comes to %s", p.path)
	}
	b.passwords["qian.new"] = "my own words 7"
	fresh.post("/account/password", url.Values{"old": {password}, "password": {"my own words 7"}}).is(http.StatusOK)
	if p := fresh.get("/desk"); p.path != "/account" {
		t.Errorf("without a role the desk is at %s", p.path)
	}
	fresh.get("/account").has("还没有授予角色", "qian.new")

	assign := url.Values{"version": {"1"}, "role": {"reviewer"}, "department": {"tax"}, "region": {weinan}}
	sys.post(at+"/assign", assign).is(http.StatusNotFound)
	aud.post(at+"/assign", assign).is(http.StatusNotFound)
	sec.get(at).has(`value="reviewer"`).lacks("设置新的初始密码")
	sec.post(at+"/assign", assign).is(http.StatusOK).has("已保存", "审批人员", "国家税务总局渭南市税务局")
	fresh.get("/desk").is(http.StatusOK).has("待办")

	log := aud.get("/console/operations?account=qian.new").is(http.StatusOK)
	log.has("建立账号", "修改账号", "角色：无 → 审批人员", "sys1", "sec1", "→ 国家税务总局渭南市税务局").lacks(password)
	aud.get("/console/operations?by=sys1").has("建立账号").lacks("修改账号</span>")
	aud.get("/console/sign-ins?account=qian.new").has("登录成功", "127.0.0.1", "修改密码")

	sys.post(at+"/password", url.Values{"version": {"2"}}).is(http.StatusOK).has("账号已停用", "只显示这一次")
	fresh.get("/desk").is(http.StatusUnauthorized)
	sec.post(at+"/open", url.Values{"version": {"3"}}).is(http.StatusOK).has("账号已启用")
	sys.get("/console/accounts?state=closed").has("没有符合条件的记录")
	sys.get("/console/accounts?q=qx&role=reviewer&department=tax").has("qian.new").lacks("clerk1")
	sys.get("/console/accounts?q=qian&role=reviewer&department=tax").has("qian.new").lacks("clerk1")
}

// Of two administrators who change one account the later is told: nothing is overwritten, and what they chose is still there beside
// what now stands.
func TestConsole_does_not_overwrite_another_administrators_change(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sec := b.signedIn("sec1")
	a, err := b.store.AccountByLogin(t.Context(), "tax1")
	b.must(err)
	at := "/console/accounts/" + a.ID
	sec.post(at+"/assign", url.Values{"version": {"0"}, "role": {"head"}, "department": {"tax"}}).is(http.StatusOK)
	p := sec.post(at+"/assign", url.Values{"version": {"0"}, "role": {"clerk"}, "department": {"bank"}}).is(http.StatusConflict)
	p.has("另一位管理员改了这个账号", `value="clerk" checked`, `value="bank" selected`, "负责人", `name="version" value="1"`)
	for _, act := range []string{"close", "open"} {
		sec.post(at+"/"+act, url.Values{"version": {"0"}}).is(http.StatusConflict)
		sec.post(at+"/"+act, nil).is(http.StatusConflict)
	}
	now, err := b.store.AccountByID(t.Context(), a.ID)
	b.must(err)
	if now.Roles[0] != "head" || now.Version != 1 || now.Disabled {
		t.Errorf("%+v", now)
	}
	sec.post(at+"/assign", url.Values{"version": {"1"}, "department": {"tax"}}).is(http.StatusUnprocessableEntity).has("请至少选择一个岗位角色")
	own, err := b.store.AccountByLogin(t.Context(), "sec1")
	b.must(err)
	sec.get("/console/accounts/"+own.ID).lacks("/assign", "/close")
	sec.post("/console/accounts/"+own.ID+"/assign", url.Values{"version": {"0"}, "role": {"audit"}, "department": {"market"}}).is(http.StatusForbidden)
}

// A log leaves as a file that a spreadsheet reads in Chinese and takes for no formula; who took it stands in the log.
func TestConsole_exports_logs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	clerk, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	for i, reason := range []string{"=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "核对\"地址\",再看"} {
		b.must(b.store.AddLook(t.Context(), store.Look{Key: keyOf("610500-20261124-000001"), Account: clerk.ID, Department: "market", At: b.clock().AddDate(0, 0, -i), What: "case", Reason: reason}))
	}
	for i := range 450 {
		b.must(b.store.AddLook(t.Context(), store.Look{Key: keyOf("610500-20261124-000002"), Account: clerk.ID, At: b.clock().AddDate(-1, 0, -i), What: "case"}))
	}
	aud := b.signedIn("aud1")
	aud.get("/console/looks?by=clerk1&case=610500-20261124-000001").has("赵明（clerk1）", "=HYPERLINK(1)", "查看办件") // shown as it is
	p := aud.get("/console/looks?as=csv&by=clerk1").is(http.StatusOK)
	if !strings.HasPrefix(p.body, "\ufeff") || !strings.HasPrefix(p.header.Get("Content-Type"), "text/csv") || !strings.Contains(p.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%q %v", p.body[:8], p.header)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff"))).ReadAll()
	b.must(err)
	if len(rows) != 1+6+450 {
		t.Errorf("%d rows", len(rows))
	}
	for i, want := range []string{"理由", "'=HYPERLINK(1)", "'+1", "'-1", "'@x", "'\tx", "核对\"地址\",再看"} {
		if got := rows[i][5]; got != want {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
	aud.get("/console/operations?kind=log-exported").has("导出日志", "个人信息查看记录；操作人：c*****").lacks("looks?")
	aud.get("/console/looks?as=csv&from=2026-11-24&to=2026-11-24").has("HYPERLINK").lacks("'+1")
	aud.get("/console/looks?as=csv&from=" + url.QueryEscape("2026年11月24日") + "&to=2026.11.24").has("HYPERLINK").lacks("'+1") // as pages write days
	aud.get("/console/looks?as=csv&by=nobody").lacks("610500-")
}

// No door changes or deletes a log: there is no such address, whatever the method.
func TestConsole_logs_are_only_read(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	aud := b.signedIn("aud1")
	for _, p := range []string{"/console/sign-ins", "/console/operations", "/console/looks", "/console/operations?as=csv", "/console/online"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			r, err := http.NewRequest(method, b.server.URL+p, nil)
			b.must(err)
			if got := aud.send(r); got.status/100 != 4 {
				t.Errorf("%s %s: %d", method, p, got.status)
			}
		}
	}
}

// Who is online can be signed out, by the security administrator alone; nobody signs themselves out by this way.
func TestConsole_signs_out(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	clerk, sec, aud := b.signedIn("clerk1"), b.signedIn("sec1"), b.signedIn("aud1")
	a, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	p := sec.get("/console/online").is(http.StatusOK).has("clerk1", "强制下线", "您自己")
	aud.get("/console/online").has("clerk1").lacks("强制下线")
	session := regexp.MustCompile(`action="/console/accounts/` + a.ID + `/sign-out"><input type="hidden" name="session" value="([0-9a-f]+)"`).FindStringSubmatch(p.body)
	if session == nil {
		t.Fatal("no button")
	}
	aud.post("/console/accounts/"+a.ID+"/sign-out", url.Values{"session": {session[1]}}).is(http.StatusNotFound)
	clerk.get("/desk").is(http.StatusOK)
	if p := sec.post("/console/accounts/"+a.ID+"/sign-out", url.Values{"session": {session[1]}, "from": {"online"}}); p.path != "/console/online" {
		t.Errorf("%d at %s", p.status, p.path)
	}
	clerk.get("/desk").is(http.StatusUnauthorized)
	aud.get("/console/operations").has("登录被结束", "clerk1", "sec1")
}

// Who is online fits the window, however long the names of browsers, logins and addresses are, and whether they can be broken or not.
func TestConsole_who_is_online_fits_the_window(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	a.ID, a.Login, a.Name = "long", strings.Repeat("l", 64), strings.Repeat("长", 30)
	b.must(b.store.AddAccount(t.Context(), *a))
	for i, agent := range []string{strings.Repeat("B", 300), "Mozilla/5.0 (Linux; Android 14; ALN-AL00) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.5735.196 Mobile Safari/537.36 MicroMessenger/8.0.47.2560(0x28002F51)"} {
		b.must(b.store.AddSession(t.Context(), store.Session{Hash: bytes.Repeat([]byte{byte(i)}, 32), Account: a.ID, Address: "2001:db8:85a3:1319:8a2e:370:7334:abcd", Agent: agent,
			Started: b.clock(), Seen: b.clock(), Expires: b.clock().AddDate(0, 0, 1)}))
	}
	w := browsertest.Start(t)
	b.signIn(w, "sec1")
	for _, lang := range []string{"zh", "en"} {
		for _, width := range []int64{1366, 1024, 390} {
			w.Size(width, 800)
			w.Goto(b.server.URL + "/console/online?lang=" + lang)
			if !w.Has(`form[action$="/long/sign-out"]`) {
				t.Error("who is signed in is not listed")
			}
			w.Narrow(t)
		}
	}
}

// What the packs promise, and by whom they were proved.
func TestConsole_shows_packs_and_the_system(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := practice03(t)
	digest := p.Digest()
	b.must(b.store.PutPack(t.Context(), store.PackRow{ID: p.ID, Version: p.Version, Digest: digest[:], Archive: []byte("zip"), Added: b.clock(), Proved: "build 1"}))
	sys := b.signedIn("sys1")
	sys.get("/console/packs").has(p.ID, p.Version, p.Name.ZH).lacks("姓名")
	sys.get("/console/packs/"+p.ID).has("本程序已验证", "2026年11月24日").lacks("版本差异")
	sys.get("/console/packs/"+p.ID+"/"+p.Version).has("企业开办", "承诺时限", "2 个工作日", "不收费", "《")
	sys.get("/console/packs/none").is(http.StatusNotFound)
	sys.get("/console/packs/" + p.ID + "/9.9").is(http.StatusNotFound)
	sys.get("/console/log").has("没有告警").lacks("data-focus") // it says how things are, not what was done
	sys.get("/console/system").has("待发消息", "MB", "待处理的到期时限", "0 秒").lacks("数据来源：数据来源")
}

// Two versions are compared value by value, in words: of what stayed as it was nothing is shown, nothing as the program keeps it, and the page fits.
func TestConsole_compares_versions_in_words(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	folder, err := fs.Sub(packs.FS, "03-weinan-open-company")
	b.must(err)
	files := fstest.MapFS{}
	b.must(fs.WalkDir(folder, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	}))
	for name, changes := range map[string][]string{
		"pack.yaml":                 {"limit: 4 workhour", "limit: 3 workhour"},
		"items/company-open.yaml":   {"每个股东一份，", "每个股东一份，正反面都要，"},
		"forms/company-open.yaml":   {"不能用时使用，", "不能用时改用这个，"},
		"templates/licensed.zh.txt": {"。", "！"},
	} {
		was := string(files[name].Data)
		if files[name].Data = []byte(strings.Replace(was, changes[0], changes[1], 1)); string(files[name].Data) == was {
			t.Fatalf("%s lacks %s", name, changes[0])
		}
	}
	files["pack.yaml"].Data = regexp.MustCompile(`(?m)^version: .*$`).ReplaceAll(files["pack.yaml"].Data, []byte("version: 9.0.0"))
	later, problems := pack.Load(files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b.must(b.shelf.Add(later))
	p := b.signedIn("sys1").get("/console/packs/"+later.ID).has("企业登记审查", "3 个工作小时；", "提前 1 个工作小时提醒", "股东身份证件或者营业执照（owner-identity）", "说明 / 中文",
		"每个股东一份，正反面都要，不超过 10 MB。", "备用名称（company.alternate）", "文书模板", "licensed.zh.txt")
	if strings.Contains(p.body, "&#34;:") || strings.Contains(p.body, "workhour") || strings.Contains(p.body, "maxBytes") {
		t.Error("the page shows what the program keeps")
	}
	w := browsertest.Start(t)
	b.signIn(w, "sys1")
	w.Goto(b.server.URL + "/console/packs/" + later.ID)
	w.Look(t, "console-differences")
}

func TestConsole_by_keyboard_and_accessible(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.signedIn(wang).handIn()
	b.backedUp(b.signedIn("sys1"))
	w := browsertest.Start(t)
	b.signIn(w, "sys1")
	look := func(name, path string) {
		t.Helper()
		w.Goto(b.server.URL + path)
		w.Look(t, name)
	}
	for _, p := range [][2]string{{"console-home", "/console"}, {"console-accounts", "/console/accounts"}, {"console-packs", "/console/packs"},
		{"console-promises", "/console/packs/" + practice03(t).ID + "/" + practice03(t).Version}, {"console-system", "/console/system"}, {"console-log", "/console/log"}, {"console-backups", "/console/backups"}} {
		look(p[0], p[1])
	}
	// The system administrator makes an account, without a mouse.
	w.Goto(b.server.URL + "/console/accounts")
	tabTo(t, w, "新建账号")
	w.Press("\r")
	w.WaitFor("#f-login")
	w.Axe(t)
	w.Fill("#f-login", "qian.new")
	w.Fill("#f-name", "钱新")
	w.Choose("#f-department", "market")
	tabTo(t, w, "建立账号")
	w.Press("\r")
	w.WaitFor(".notice.warning")
	w.Axe(t)
	w.Screenshot("console-secret")
	password := secret.FindString(w.Text("main"))
	a, err := b.store.AccountByLogin(t.Context(), "qian.new")
	b.must(err)
	at := b.server.URL + "/console/accounts/" + a.ID

	w.Goto(b.server.URL + "/console")
	w.Follow(".top form button")
	b.signIn(w, "sec1")
	w.Goto(at)
	w.Axe(t)
	w.Screenshot("console-account")
	w.Click(`input[name="role"][value="reviewer"]`)
	tabTo(t, w, "保存")
	w.Press("\r")
	w.WaitFor(".notice.success")
	look("console-online", "/console/online")
	look("console-online-en", "/console/online?lang=en")
	w.Goto(b.server.URL + "/console?lang=zh")
	w.Follow(".top form button")

	b.passwords["qian.new"] = password
	b.signIn(w, "qian.new")
	w.Fill("#f-old", password)
	w.Fill("#f-password", "my own words 7")
	w.FollowText("修改密码")
	w.Goto(b.server.URL + "/desk")
	if got := w.Text("body"); !strings.Contains(got, "待办") {
		t.Errorf("the role does not work:\n%s", got)
	}
	w.Follow(".top form button")
	b.signIn(w, "aud1")
	w.Goto(b.server.URL + "/console/operations?account=qian.new")
	if got := w.Text("main"); !strings.Contains(got, "sys1") || !strings.Contains(got, "sec1") || !strings.Contains(got, "无 → 审批人员") {
		t.Errorf("the audit administrator reads:\n%s", got)
	}
	for _, p := range [][2]string{{"console-operations", "/console/operations?account=qian.new"}, {"console-sign-ins", "/console/sign-ins"}, {"console-looks", "/console/looks"}} {
		look(p[0], p[1])
	}
}

// tabTo moves the focus by the keyboard until it is on what is named.
func tabTo(t *testing.T, w *browsertest.Browser, name string) {
	t.Helper()
	for range 80 {
		if w.Focused() == name {
			return
		}
		w.Tab()
	}
	t.Fatalf("the keyboard does not reach %q; the focus is on %q", name, w.Focused())
}

// A list is as long as one asks, out of the sizes that there are; the size stays with its filters and its pages, and the list says how
// much it has in all, or that it is more than is counted.
func TestConsole_lists_have_sizes_and_totals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range store.CountMost + 1 {
		b.must(b.store.AddLook(t.Context(), store.Look{Key: keyOf("610500-20261124-000002"), Account: "x", At: b.clock().AddDate(-1, 0, -i), What: "case"}))
	}
	aud := b.signedIn("aud1")
	rows := func(p shown) int { return strings.Count(p.body, "<tr>") - 1 }
	p := aud.get("/console/looks?case=610500-20261124-000002&size=10").is(http.StatusOK)
	p.has("共 1,000 条以上", `aria-current="true">10<`, `name="size" value="10"`)
	if rows(p) != 10 {
		t.Errorf("%d rows", rows(p))
	}
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(p.body)
	if next == nil || !strings.Contains(next[1], "size=10") || !strings.Contains(next[1], "case=610500-20261124-000002") {
		t.Fatalf("the next page: %q", next)
	}
	if p := aud.get(strings.ReplaceAll(next[1], "&amp;", "&")).is(http.StatusOK).has("回到第一页"); rows(p) != 10 {
		t.Errorf("%d rows on the next page", rows(p))
	}
	for asked, want := range map[string]int{"100": 100, "7": 50, "9999": 50, "-1": 50, "x": 50} {
		if got := rows(aud.get("/console/looks?size=" + asked)); got != want {
			t.Errorf("size %s: %d rows, want %d", asked, got, want)
		}
	}
	aud.get("/console/accounts?q=sec1").has("共 1 条")
	aud.get("/console/online").has("共 1 条")
	aud.get("/console/accounts?kind=citizen").has("共 0 条")
}

// Each list of the console leaves as a file, with its filters, for who sees the list; a citizen stays masked, nothing is a formula, and
// the operation log says who took what.
func TestConsole_exports_lists(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sys, aud, clerk := b.signedIn("sys1"), b.signedIn("aud1"), b.signedIn("clerk1")
	a, err := b.store.AccountByLogin(t.Context(), "clerk1")
	b.must(err)
	a.Name = "=1+1"
	b.must(b.store.UpdateAccount(t.Context(), *a))
	read := func(at string) [][]string {
		t.Helper()
		p := sys.get(at).is(http.StatusOK)
		if !strings.HasPrefix(p.body, "\ufeff") || !strings.Contains(p.header.Get("Content-Disposition"), ".csv") {
			t.Fatalf("%s: %v", at, p.header)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff"))).ReadAll()
		b.must(err)
		return rows
	}
	rows := read("/console/accounts?q=clerk1&as=csv")
	if len(rows) != 2 || rows[0][0] != "账号" || rows[1][0] != "clerk1" || rows[1][1] != "'=1+1" {
		t.Errorf("accounts: %q", rows)
	}
	if rows := read("/console/accounts?kind=citizen&as=csv&q=" + wang); len(rows) != 2 || !strings.Contains(rows[1][0], "*") || !strings.Contains(rows[1][1], "*") {
		t.Errorf("a citizen: %q", rows)
	}
	rows = read("/console/packs?as=csv")
	if i := slices.IndexFunc(rows, func(r []string) bool {
		return r[0] == "03-weinan-open-company" && r[3] == "是" && r[4] != "" && r[5] != ""
	}); i < 1 {
		t.Errorf("packs: %q", rows[:1])
	}
	for _, at := range []string{"/console/departments", "/console/announcements", "/console/parameters", "/console/quarantine", "/console/packs", "/console/accounts"} {
		sys.get(at).has("as=xlsx", "as=csv")
		if p := sys.get(at + "?as=xlsx").is(http.StatusOK); !strings.HasPrefix(p.body, "PK") || p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", at, p.header)
		}
		clerk.get(at + "?as=csv").is(http.StatusNotFound)
	}
	if p := aud.get("/console/online?as=csv").is(http.StatusOK); !strings.Contains(p.body, "aud1") {
		t.Error("nobody is online")
	}
	aud.get("/console/operations?kind=list-exported").has("导出清单", "用户；查找：c*****", "实践包", "在线用户").lacks("clerk1", "packs?", "accounts?")
}

// The dictionaries show what is in use with where it comes from, are searched, and leave as a file.
func TestConsole_shows_dictionaries(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	aud := b.signedIn("aud1")
	aud.get("/console/dictionaries").is(http.StatusOK).has("证件类型", "GB/T 2260", "审批常用语", "表单选项")
	aud.get("/console/dictionaries?q=hk-macao").has("证件类型", "字典名称、代码或者内容").lacks("行政区划</a>")
	aud.get("/console/dictionaries/03-weinan-open-company/items/company-open/form/company.kind").is(http.StatusOK).has("limited-sole-person", "版本")
	aud.get("/console/dictionaries/core/document?q=passport").has("护照").lacks("居民身份证")
	for _, at := range []string{"/console/dictionaries/core/none", "/console/dictionaries/nobody/document", "/console/dictionaries/core/"} {
		aud.get(at).is(http.StatusNotFound)
	}
	if p := aud.get("/console/dictionaries?source=core&as=csv").is(http.StatusOK); !strings.Contains(p.body, "passport") || strings.Contains(p.body, "limited-sole-person") {
		t.Error("the file is not the list")
	}
}

// A period of a log leaves sealed, for whose the log is; the operation log keeps the hash of the file. Without a period nothing leaves and
// nothing typed is lost.
func TestConsole_seals_exports(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sys, sec, aud := b.signedIn("sys1"), b.signedIn("sec1"), b.signedIn("aud1")
	sys.made("qian.new")
	day := b.clock().Format("2006-01-02")
	period := url.Values{"log": {"operations"}, "from": {day}, "to": {day}}
	p := aud.post("/console/exports", period).is(http.StatusOK)
	head, rows, err := export.Verify([]byte(p.body))
	if err != nil || head.Log != export.Operations || rows == 0 || !strings.Contains(p.body, "account-added") || !strings.Contains(p.header.Get("Content-Disposition"), ".tongban-export") {
		t.Errorf("%+v, %d rows, %v", head, rows, err)
	}
	aud.get("/console/operations?kind=log-exported").has("操作日志；sealed", "sha256:")
	sec.post("/console/exports", period).is(http.StatusNotFound)
	sec.get("/console/exports").has("登录日志").lacks("操作日志</label>")
	sec.post("/console/exports", url.Values{"log": {"sign-ins"}, "from": {day}, "to": {day}}).is(http.StatusOK)
	aud.post("/console/exports", url.Values{"from": {day}, "to": {day}}).is(http.StatusUnprocessableEntity).has("请选择要导出的日志")
	for _, to := range []string{"", "2020-01-01", "2099-01-01", "x"} {
		aud.post("/console/exports", url.Values{"log": {"operations"}, "from": {day}, "to": {to}}).is(http.StatusUnprocessableEntity).has("起止日期", `value="`+day+`"`)
	}
}
