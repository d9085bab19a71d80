package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/packs"
)

// ankang is the region of practice 04.
const ankang = "610900"

// fiveDoors is the site of practice 04.
func fiveDoors(t testing.TB, change ...func(*web.Deps)) *bench {
	t.Helper()
	return newBenchAt(t, practice(t, "04-ankang-open-company"), ankang, change...)
}

// takesIn opens a case at a door for 张桂兰 and returns its number.
func (v *visitor) takesIn(item, channel string) string {
	v.b.t.Helper()
	p := v.get("/desk/new").is(http.StatusOK)
	p = v.post("/desk/new", url.Values{"request": {p.hidden()}, "item": {item}, "docType": {"resident-id"}, "docNo": {citizen(3).No},
		"party": {"张桂兰"}, "phone": {"13891300003"}, "channel": {channel}}).is(http.StatusOK)
	no, ok := strings.CutSuffix(strings.TrimPrefix(p.path, "/desk/cases/"), "/intake")
	if !ok {
		v.b.t.Fatalf("no intake, but %s\n%s", p.path, p.body)
	}
	return no
}

func ankangKey(no string) store.Key { return store.Key{Region: ankang, Case: caseflow.CaseNo(no)} }

// stored is a case as it is.
func (b *bench) stored(no string) *caseflow.Case {
	b.t.Helper()
	v, err := b.hall.View(b.t.Context(), caseflow.Actor{ID: "system", Kind: caseflow.ActorSystem}, ankangKey(no), "", "")
	b.must(err)
	return v.Case
}

// Paper that somebody brings is scanned at the window: what was typed stays, and one comes back to the same place.
func TestWindow_takes_scans(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn("clerk1")
	no := v.takesIn("ankang-company-open", "window")
	intake := "/desk/cases/" + no + "/intake"
	p := v.get(intake).is(http.StatusOK).has("扫描上传")
	scan := intake + "/materials/articles"
	p = v.post(intake, url.Values{"request": {p.hidden()}, "asked": {"company.name"}, "company.name": {"安康桂兰餐饮有限公司"}, "act": {"scan:articles"}}).is(http.StatusOK)
	if p.path != scan {
		t.Fatalf("at %s\n%s", p.path, p.body)
	}
	p.has("公司章程", "张**").lacks("张桂兰")
	send := func(act string, files ...chosen) shown {
		return v.uploads(scan, url.Values{"act": {act}}, files...)
	}
	send("upload").is(http.StatusUnprocessableEntity).has("错误")
	p = send("upload", chosen{"第1页.pdf", pdf("1")}, chosen{"脚本.pdf", []byte("#!/bin/sh")}, chosen{"第2页.pdf", pdf("2")}).is(http.StatusUnprocessableEntity)
	p.has("第1页.pdf", "第2页.pdf", "脚本.pdf")
	files := b.stored(no).Material("articles").Files
	if len(files) != 2 {
		t.Fatalf("files: %+v", files)
	}
	v.uploads(scan, url.Values{"_remove-file": {files[0].Hash}}).is(http.StatusOK).has("第2页.pdf").lacks("第1页.pdf")
	p = send("back", chosen{"第3页.pdf", pdf("3")}).is(http.StatusOK)
	if p.path != intake {
		t.Errorf("back at %s", p.path)
	}
	p.has("第2页.pdf", "第3页.pdf", "安康桂兰餐饮有限公司", "增加或者删除扫描件")
	v.get("/desk/cases/" + no + "/files/articles/" + files[1].Hash).is(http.StatusOK)
	v.get(intake + "/materials/nothing").is(http.StatusNotFound)
	for _, other := range []string{"hotline1", "market1", "station1"} { // another door, and who may see the case but not fill it in
		o := b.signedIn(other)
		o.get(scan).is(http.StatusNotFound)
		o.uploads(scan, url.Values{"act": {"upload"}}, chosen{"x.pdf", pdf("x")}).is(http.StatusNotFound)
	}
	if n := len(b.stored(no).Material("articles").Files); n != 2 {
		t.Errorf("%d files", n)
	}
}

// Photos are turned, made black and white and put in order by buttons that post; what was done to them is said.
func TestWindow_turns_and_orders_photos(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn("clerk1")
	no := v.takesIn("ankang-company-open", "window")
	scan := "/desk/cases/" + no + "/intake/materials/articles"
	files := func() []caseflow.File { return b.stored(no).Material("articles").Files }
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 60, 20)), nil); err != nil {
		t.Fatal(err)
	}
	noted := slices.Concat(photo.Bytes()[:2], []byte("\xff\xfe\x00\x0734.49"), photo.Bytes()[2:]) // a comment: where it was taken
	v.uploads(scan, url.Values{"act": {"upload"}}, chosen{"第1页.pdf", pdf("1")}, chosen{"第2页.jpg", noted}).is(http.StatusOK).has("去掉拍摄地点", "左转", "上移")
	held := files()
	if len(held) != 2 || held[1].Original == "" {
		t.Fatalf("%+v", held)
	}
	press := func(how, hash string) shown { return v.uploads(scan, url.Values{"_turn-file": {how + "/" + hash}}) }
	press("up", held[1].Hash).is(http.StatusOK)
	if now := files(); now[0] != held[1] || now[1] != held[0] {
		t.Errorf("not in the other order: %+v", now)
	}
	press("right", held[1].Hash).is(http.StatusOK)
	now := files()
	if len(now) != 2 || now[0].Hash == held[1].Hash || now[0].Original != held[1].Original || now[0].Name != "第2页.jpg" {
		t.Fatalf("%+v", now)
	}
	c, err := jpeg.DecodeConfig(strings.NewReader(v.get("/desk/cases/" + no + "/files/articles/" + now[0].Hash).is(http.StatusOK).body))
	if err != nil || c.Width != 20 || c.Height != 60 {
		t.Errorf("%+v %v", c, err)
	}
	press("black", now[0].Hash).is(http.StatusOK)
	press("up", files()[0].Hash).is(http.StatusOK)                 // nothing is above it
	press("left", held[1].Hash).is(http.StatusOK)                  // not there any more: the form was sent twice
	press("left", held[0].Hash).is(http.StatusUnprocessableEntity) // no picture
	if n := len(files()); n != 2 {
		t.Errorf("%d files", n)
	}
	b.signedIn("station1").uploads(scan, url.Values{"_turn-file": {"left/" + files()[0].Hash}}).is(http.StatusNotFound)
}

// A door offers what it takes in and by which channel, and nothing else.
func TestNew_offers_the_channels_of_the_door(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	for login, channel := range map[string]string{"hotline1": "hotline", "station1": "station"} {
		v := b.signedIn(login)
		p := v.get("/desk/new").is(http.StatusOK).has(`value="`+channel+`"`, "开办企业", "一共 4 项").lacks("现在选的").lacks(`value="window"`, `value="terminal"`, `value="online"`)
		v.post("/desk/new", url.Values{"request": {p.hidden()}, "item": {"ankang-company-open"}, "docType": {"resident-id"}, "docNo": {citizen(3).No},
			"party": {"张桂兰"}, "channel": {"window"}}).is(http.StatusUnprocessableEntity).has("由您收件的渠道", `href="#f-channel"`)
		no := v.takesIn("ankang-company-open", channel)
		v.get("/desk/cases/" + no + "/intake").is(http.StatusOK).has("提交申请").lacks("提交并受理") // the department accepts
		if got := b.stored(no).Channel; got != channel {
			t.Errorf("%s: %s", login, got)
		}
	}
	b.signedIn("clerk1").get("/desk/new").has(`value="window"`, `value="station"`, `value="hotline"`).lacks(`value="terminal"`)
}

// Who takes nothing in where they are reads so, and where a door like theirs takes something in; nothing can be opened.
func TestNew_says_where_nothing_is_taken_in(t *testing.T) {
	t.Parallel()
	b := newBenchAt(t, practice(t, "04-ankang-open-company"), weinan)
	v := b.signedIn("station1")
	v.get("/desk/new").is(http.StatusOK).has("您所在的部门在本地没有收件的事项", "镇村便民服务站不是渭南市任何事项的收件部门", "<li>安康市：", "开办企业").lacks("<form method=\"post\" action=\"/desk/new\"")
	v.post("/desk/new", url.Values{"request": {"r1"}, "item": {"ankang-company-open"}, "docType": {"resident-id"}, "docNo": {citizen(3).No},
		"party": {"张桂兰"}, "channel": {"station"}}).is(http.StatusUnprocessableEntity).has("没有收件的事项")
	v.get("/desk/new?lang=en").is(http.StatusOK).has("Your department takes nothing in here")
}

// reports tells the 办不成事 window of a case, as its owner, and returns the number.
func (v *visitor) reports(about string) string {
	v.b.t.Helper()
	p := v.get("/services/ankang-stuck/start").is(http.StatusOK)
	p = v.post("/services/ankang-stuck/start", url.Values{"request": {p.hidden()}, "for": {"self"}}).is(http.StatusOK)
	home := p.path
	v.post(home+"/form/about", url.Values{"asked": {"about.what", "about.case", "about.why", "about.story"}, "about.what": {"开办企业"},
		"about.case": {about}, "about.why": {"asked-again"}, "about.story": {"窗口三次要我补材料，每次说的都不一样。"}}).is(http.StatusOK)
	p = v.get(home + "/check").is(http.StatusOK)
	v.post(home+"/check", url.Values{"request": {p.hidden()}}).is(http.StatusOK).has("提交成功")
	return strings.TrimPrefix(home, "/my/cases/")
}

// What could not be done is linked to the report about it, both ways, for whoever may see both. A number that is wrong, and one
// of somebody else's case, read the same.
func TestStuck_is_linked_with_the_case_that_failed(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn(wang)
	p := v.get("/services/ankang-company-open/start").is(http.StatusOK)
	p = v.post("/services/ankang-company-open/start", url.Values{"request": {p.hidden()}, "for": {"self"}}).is(http.StatusOK)
	failed := strings.TrimPrefix(p.path, "/my/cases/")
	report := v.reports(failed)
	v.get("/my/cases/"+report).has("/my/cases/"+failed, "本办件反映的是它", "里告诉您结果").lacks("电子证照同时存入")
	v.get("/my/cases/"+failed).has("/my/cases/"+report, "它反映的是本办件")
	b.signedIn("market1").get("/desk/cases/" + report).is(http.StatusOK).has(failed).lacks("/desk/cases/" + failed + `"`) // a draft is its applicant's alone

	window := b.signedIn("clerk1").takesIn("ankang-company-open", "window")
	other := b.signedIn(li)
	theirs, nobodys := other.reports(window), other.reports("610900-20261124-009999")
	for _, no := range []string{theirs, nobodys} {
		other.get("/my/cases/"+no).has("没有找到您可以查看的办件").lacks("本办件反映的是它", "/my/cases/"+window)
	}
	clerk := b.signedIn("clerk1")
	clerk.get("/desk/cases/"+theirs).has("/desk/cases/"+window, "本办件反映的是它")
	clerk.get("/desk/cases/" + nobodys).has("没有找到您可以查看的办件")
	clerk.get("/desk/cases/"+window).has("/desk/cases/"+theirs, "它反映的是本办件").lacks(nobodys)
	b.signedIn("hotline1").get("/desk/cases/" + window).is(http.StatusNotFound)
}

// Six things are the same at each door: the rows of the page differ in nothing but the door and who keeps it, for every service of
// every pack; and what is asked for online is asked for at each other door too.
func TestDoors_do_not_differ(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.visitor()
	v.get("/services/ankang-company-open").has(`href="/services/ankang-company-open/doors"`, "办理食品经营许可、公共场所卫生许可时提交")
	p := v.get("/services/ankang-company-open/doors").is(http.StatusOK).has("六统一", "统一标识", "12345", "便民服务站", "委托书")
	_, body, _ := strings.Cut(p.body, "<tbody>")
	body, _, _ = strings.Cut(body, "</tbody>")
	rows := strings.Split(body, "<tr")[1:]
	if len(rows) != 5 {
		t.Fatalf("%d doors", len(rows))
	}
	same := func(row string) string { return strings.Join(strings.Split(row, "<td")[2:], "<td") } // behind the door and who keeps it
	for _, row := range rows {
		if got := same(row); got != same(rows[0]) || !strings.Contains(got, "2 个") {
			t.Errorf("one door differs:\n%s\n%s", got, same(rows[0]))
		}
	}
	v.get("/services/nothing/doors").is(http.StatusNotFound)

	folders, err := packs.FS.ReadDir(".")
	b.must(err)
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		for _, it := range practice(t, folder.Name()).Items {
			asked := func(channel string) map[string]bool {
				a, refusal := caseflow.Ask(&caseflow.Case{Item: it.ID, Channel: channel, Phase: caseflow.PhaseDraft}, it)
				if refusal != nil {
					t.Fatal(refusal)
				}
				all := map[string]bool{}
				for _, m := range a.Materials {
					all[m.ID] = true
				}
				for _, pg := range a.Pages {
					for _, f := range pg.Fields {
						all[f.Name] = true
					}
				}
				return all
			}
			for _, channel := range it.Channels {
				for what := range asked(caseflow.ChannelOnline) {
					if !asked(channel)[what] {
						t.Errorf("%s: %s is not asked for by %s", it.ID, what, channel)
					}
				}
			}
		}
	}
}

// A hotline's clerk says how far somebody's cases are, of the services whose door the hotline is; each look is recorded with its
// reason, and the person sees it. A case is then opened for the caller without typing the name again.
func TestCallers_are_told_how_far_their_cases_are(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	report := b.signedIn(wang).reports("")
	window := b.signedIn("clerk1").takesIn("ankang-company-open", "window")
	v := b.signedIn("hotline1")
	ask := func(who, reason string) shown {
		return v.post("/desk/callers", url.Values{"who": {who}, "reason": {reason}})
	}
	v.get("/desk").has(`href="/desk/callers"`)
	v.get("/desk/callers").is(http.StatusOK).lacks(report)
	ask(wang, "").is(http.StatusUnprocessableEntity).has("为什么查", wang).lacks(report)
	ask("王", "本人来电").is(http.StatusUnprocessableEntity)
	ask("13891300009", "本人来电").is(http.StatusOK).has("没有找到")
	p := ask(wang, "本人来电询问进度").is(http.StatusOK).has(report, "办不成事", "王**", "还没有").lacks("王秀英", window, "/desk/cases/"+report)
	p.has(`name="phone" value="` + wang + `"`)
	ask("13891300003", "本人来电").is(http.StatusOK).has(window)
	b.signedIn(wang).get("/my/cases/" + report + "/looks").has("本人来电询问进度")
	v.post("/desk/new", url.Values{"act": {"begin"}, "party": {""}, "phone": {wang}}).is(http.StatusOK).has(`value="` + wang + `"`).lacks("错误")

	b.official("clerk1", ankangKey(report), caseflow.Accept{})
	ask(wang, "再次来电").is(http.StatusOK).has("赵明").lacks("还没有")
	for _, other := range []string{"tax1", "head1"} { // who keeps no door
		o := b.signedIn(other)
		o.get("/desk/callers").is(http.StatusNotFound)
		o.post("/desk/callers", url.Values{"who": {wang}, "reason": {"好奇"}}).is(http.StatusNotFound)
	}
	looks, err := b.store.Looks(t.Context(), ankangKey(report))
	b.must(err)
	for _, l := range looks {
		if l.What == "caller" && l.Reason == "" || l.Reason == "好奇" {
			t.Errorf("look %+v", l)
		}
	}
}

// Who asks an official for help with what they write online alone reads who was told; the department's message leads to the search by case number, where
// the telephone is shown for a reason that the person then reads. The draft itself stays closed.
func TestHelp_with_a_draft_is_told_to_who_can_call(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn(wang)
	p := v.get("/services/ankang-company-open/start").is(http.StatusOK)
	p = v.post("/services/ankang-company-open/start", url.Values{"request": {p.hidden()}, "for": {"self"}}).is(http.StatusOK)
	no := strings.TrimPrefix(p.path, "/my/cases/")
	p = v.get("/my/cases/" + no + "/help").is(http.StatusOK).has("受理部门会收到通知")
	v.post("/my/cases/"+no+"/help", url.Values{"request": {p.hidden()}, "how": {"asked"}, "why": {"elderly"}}).is(http.StatusOK).has("已通知", "着急的")

	clerk := b.signedIn("clerk1")
	clerk.get("/desk/messages").is(http.StatusOK).has("请工作人员帮办", `href="/desk/callers?case=`+no+`"`).lacks("王秀英", wang)
	clerk.get("/desk/callers?case=" + no).is(http.StatusOK).has(`value="` + no + `"`).lacks("tel:" + wang)
	ask := url.Values{"who": {no}, "reason": {"请人帮办，回电"}}
	clerk.post("/desk/callers", ask).is(http.StatusOK).has("请人帮办，联系电话", "tel:"+wang, "王**", `name="party" value=""`).lacks("王秀英", `href="/desk/cases/`+no)
	clerk.get("/desk/cases/" + no).is(http.StatusNotFound)
	v.get("/my/cases/" + no + "/looks").is(http.StatusOK).has("请人帮办，回电")
	v.post("/my/cases/"+no+"/help", url.Values{"request": {"r2"}, "how": {"none"}}).is(http.StatusOK)
	clerk.post("/desk/callers", ask).is(http.StatusOK).has("没有找到").lacks("tel:" + wang)
}

// A station helps several people a day: its list says what each lacks, and goes to a colleague at the end of a shift.
func TestStation_lists_whom_it_helps_and_hands_them_over(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn("station1")
	v.get("/desk/today").is(http.StatusOK).has("现在没有您帮办的办件")
	no := v.takesIn("ankang-company-open", "station")
	if a := b.stored(no).Assistance; a == nil || a.Post.Person == "" {
		t.Fatalf("assistance %+v", a)
	}
	v.get("/desk/today").is(http.StatusOK).has(no, "张**", "请填写", "还有", "/desk/cases/"+no+"/intake").lacks("张桂兰")
	second := b.signedIn("station2")
	second.get("/desk/today").lacks(no)
	p := v.get("/desk/today")
	v.post("/desk/today", url.Values{"request": {p.hidden()}, "to": {"market|clerk"}}).is(http.StatusUnprocessableEntity)
	p = v.get("/desk/today")
	_, rest, _ := strings.Cut(p.body, `<option value="station`)
	to, _, _ := strings.Cut(rest, `"`)
	v.post("/desk/today", url.Values{"request": {p.hidden()}, "to": {"station" + to}}).is(http.StatusOK).has("现在没有您帮办的办件")
	second.get("/desk/today").has(no)
	b.signedIn("tax1").get("/desk/today").is(http.StatusNotFound)
}

// What a clerk at a station has saved stands there again: they write for the applicant, though the answers are meant for others. So
// the page does not clash with what it saved itself. What was handed in is read by those it is meant for.
func TestStation_finds_what_it_saved_until_it_is_handed_in(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn("station1")
	no := v.takesIn("ankang-stuck", "station")
	intake := "/desk/cases/" + no + "/intake"
	p := v.get(intake)
	typed := url.Values{"request": {p.hidden()}, "version": {p.version()}, "asked": {"about.what", "about.case", "about.why", "about.story", "about.wish"},
		"about.what": {"办老年证"}, "about.why": {"no-answer"}, "act": {"save"}}
	v.post(intake, typed).is(http.StatusOK)
	p = v.get(intake).is(http.StatusOK).has(`value="办老年证"`)
	typed["request"], typed["version"], typed["act"] = []string{p.hidden()}, []string{p.version()}, []string{"submit"}
	typed.Set("about.story", "打了几次电话没有人接，去了也没有人。")
	v.post(intake, typed).is(http.StatusOK).lacks("在别处改过了")
	if b.stored(no).Submitted.IsZero() {
		t.Error("it is not handed in")
	}
	v.get("/desk/cases/" + no).is(http.StatusOK).lacks("打了几次电话")
}

// Photos of several pages become one PDF: those that come together, by a box that needs no script, and those that are there, by a
// button. If one is not taken the others stay apart, and nothing is lost.
func TestWindow_joins_photos_into_one_PDF(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn("clerk1")
	no := v.takesIn("ankang-company-open", "window")
	scan := "/desk/cases/" + no + "/intake/materials/articles"
	v.joinsPhotos(scan, "/desk/cases/"+no+"/files/articles/", func() []caseflow.File { return b.stored(no).Material("articles").Files })
	b.signedIn("station1").uploads(scan, url.Values{"_turn-file": {"join/"}}).is(http.StatusNotFound)
}

// The applicant's own page does the same.
func TestMaterial_joins_photos_of_the_applicant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.begin()
	v.joinsPhotos("/my/cases/"+no+"/materials/articles", "/my/cases/"+no+"/files/", func() []caseflow.File { return b.view(wang, keyOf(no)).Case.Material("articles").Files })
}

// joinsPhotos makes PDFs of photos on a page for files of the articles of association, whose files can be read below an address.
func (v *visitor) joinsPhotos(scan, below string, files func() []caseflow.File) {
	b, t := v.b, v.b.t
	t.Helper()
	photo := func(w int) chosen {
		var photo bytes.Buffer
		b.must(jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, w, 20)), nil))
		return chosen{fmt.Sprintf("%d.jpg", w), photo.Bytes()}
	}
	together := url.Values{"act": {"upload"}, "_join": {"1"}}
	v.get(scan).is(http.StatusOK).has(`name="_join"`).lacks("把以上照片合成")
	v.uploads(scan, together, photo(11), photo(12), chosen{"附件.pdf", pdf("1")}).is(http.StatusOK).has("公司章程.pdf", "附件.pdf")
	held := files()
	if len(held) != 2 || held[0].Type != "application/pdf" || held[0].Name != "公司章程.pdf" || held[1].Name != "附件.pdf" {
		t.Fatalf("%+v", held)
	}
	whole := v.get(below + held[0].Hash).is(http.StatusOK).body
	if n := strings.Count(whole, "/Type/Page/"); n != 2 || strings.Index(whole, "/Width 11/") > strings.Index(whole, "/Width 12/") {
		t.Errorf("%d pages, or not in order", n)
	}
	p := v.uploads(scan, together, photo(13), chosen{"脚本.jpg", []byte("#!/bin/sh")}, photo(14)).is(http.StatusUnprocessableEntity)
	p.has("脚本.jpg", "照片没有合成 PDF", "13.jpg", "14.jpg", "把以上照片合成")
	if n := len(files()); n != 4 {
		t.Fatalf("%d files", n)
	}
	v.uploads(scan, url.Values{"_turn-file": {"join/"}}).is(http.StatusOK).lacks("13.jpg", "把以上照片合成")
	v.uploads(scan, url.Values{"_turn-file": {"join/"}}).is(http.StatusOK) // sent twice
	if now := files(); len(now) != 3 || now[0] != held[0] || now[1] != held[1] || now[2].Type != "application/pdf" {
		t.Errorf("%+v", now)
	}
	v.uploads(scan, together, photo(15)).is(http.StatusOK).has("15.jpg") // one photo stays a photo
	many := make([]chosen, 51)
	for i := range many {
		many[i] = photo(20 + i)
	}
	v.uploads(scan, together, many...).is(http.StatusUnprocessableEntity).has("一次最多把 50 张照片", "70.jpg")
	if n := len(files()); n != caseflow.MaxFiles {
		t.Errorf("%d files, want as many as there is room for", n)
	}
}

// The gallery of components is part of the program, for whoever writes a page.
func TestGallery_is_served(t *testing.T) {
	t.Parallel()
	v := newBench(t).visitor()
	v.get("/_gallery").is(http.StatusOK).has(`href="/_gallery/notice"`)
	v.get("/_gallery/notice?layout=console&lang=en").is(http.StatusOK).has("notice")
	v.get("/_gallery/none").is(http.StatusNotFound)
	v.post("/_gallery", nil).is(http.StatusNotFound)
}
