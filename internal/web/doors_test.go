package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// ankang is the region of practice 04.
const ankang = "610900"

// fiveDoors is the site of practice 04.
func fiveDoors(t testing.TB) *bench {
	t.Helper()
	return newBenchAt(t, practice(t, "04-ankang-open-company"), ankang)
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
	v.uploads(scan, url.Values{"remove": {files[0].Hash}}).is(http.StatusOK).has("第2页.pdf").lacks("第1页.pdf")
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

// A door offers what it takes in and by which channel, and nothing else.
func TestNew_offers_the_channels_of_the_door(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	for login, channel := range map[string]string{"hotline1": "hotline", "station1": "station"} {
		v := b.signedIn(login)
		p := v.get("/desk/new").is(http.StatusOK).has(`value="`+channel+`"`, "开办企业").lacks(`value="window"`, `value="terminal"`, `value="online"`)
		v.post("/desk/new", url.Values{"request": {p.hidden()}, "item": {"ankang-company-open"}, "docType": {"resident-id"}, "docNo": {citizen(3).No},
			"party": {"张桂兰"}, "channel": {"window"}}).is(http.StatusUnprocessableEntity).has("由您收件的渠道", `href="#f-channel"`)
		no := v.takesIn("ankang-company-open", channel)
		if got := b.stored(no).Channel; got != channel {
			t.Errorf("%s: %s", login, got)
		}
	}
	b.signedIn("clerk1").get("/desk/new").has(`value="window"`, `value="station"`, `value="hotline"`).lacks(`value="terminal"`)
}
