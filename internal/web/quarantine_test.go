package web_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/web"
)

// warner is a scanner that warns of what says so.
type warner struct{}

func (warner) Scan(_ context.Context, r io.Reader) error {
	content, err := io.ReadAll(r)
	switch {
	case err != nil:
		return err
	case bytes.Contains(content, []byte("infected")):
		return &filestore.Suspect{Finding: "Test.Virus"}
	case bytes.Contains(content, []byte("puzzling")):
		return &filestore.Suspect{}
	}
	return nil
}

var quarantineLink = regexp.MustCompile(`/console/quarantine/[0-9]+\.[0-9A-Z]+`)

// A file that the scanner warns of is read by nobody; its sender, the desk and the administrators see where it stands; the case goes on
// without it. Two people release it, and then its sender hands it in; both are in the operation log.
func TestQuarantine_is_left_by_two_people(t *testing.T) {
	t.Parallel()
	b := newBenchAt(t, practice03(t), weinan, func(d *web.Deps) { d.Files.ScanWith(warner{}) })
	v, clerk := b.signedIn(wang), b.signedIn("clerk1")
	no := v.begin()
	at := "/my/cases/" + no + "/materials/articles"
	v.upload(at, "章程\"<b>.pdf", pdf("infected"), url.Values{"act": {"upload"}}).is(http.StatusUnprocessableEntity).has("已经单独隔离", "请换一份没有问题的文件", "被隔离的文件", "章程&#34;&lt;b&gt;.pdf")
	v.upload(at, "难懂.pdf", pdf("puzzling"), url.Values{"act": {"upload"}}).is(http.StatusUnprocessableEntity).has("查不了这份文件", "难懂.pdf")
	v.get(at+"?lang=en").has("Files kept apart", "Quarantined")
	v.get(at + "?lang=zh")
	if files := b.view(wang, keyOf(no)).Case.Material("articles").Files; len(files) != 0 {
		t.Fatalf("the case has %v", files)
	}
	rows, _, err := b.store.FindQuarantined(t.Context(), store.QuarantineQuery{Regions: []string{weinan}, Case: caseflow.CaseNo(no)})
	b.must(err)
	if len(rows) == 2 && rows[0].Finding != "" { // both came at one instant of the tests' time
		rows[0], rows[1] = rows[1], rows[0]
	}
	if len(rows) != 2 || rows[1].Finding != "Test.Virus" || rows[0].Finding != "" || rows[1].Material != "articles" {
		t.Fatalf("quarantined: %+v", rows)
	}
	bad := rows[1]
	v.get("/my/cases/" + no + "/files/" + bad.SHA256).is(http.StatusNotFound)
	v.upload(at, "", nil, url.Values{"_take": {bad.ID}}).is(http.StatusNotFound) // not released

	sec, sys, aud := b.signedIn("sec1"), b.signedIn("sys1"), b.signedIn("aud1")
	link := "/console/quarantine/" + weinan + "." + bad.ID
	sec.get("/console/quarantine").is(http.StatusOK).has("Test.Virus", "无法扫描", link, no).lacks("章程")
	sec.get(link).is(http.StatusOK).has(bad.SHA256, "提出解除隔离", "永久删除").lacks("章程", "同意解除隔离</button>")
	sys.get(link).is(http.StatusOK).lacks("提出解除隔离</button>", "永久删除", "同意解除隔离</button>")
	aud.get(link).is(http.StatusOK).lacks("<button class=\"btn grave")
	for who, p := range map[string]*visitor{"clerk1": clerk, wang: v} {
		for _, path := range []string{"/console/quarantine", link} {
			if got := p.get(path).status; got != http.StatusNotFound {
				t.Errorf("%s opens %s: %d", who, path, got)
			}
		}
		p.post(link+"/release", nil).is(http.StatusNotFound)
	}
	why := url.Values{"reason": {"厂商确认误报"}}
	sys.post(link+"/ask", why).is(http.StatusNotFound)
	sys.post(link+"/release", nil).is(http.StatusConflict).has("状态已经变化")
	aud.post(link+"/release", nil).is(http.StatusNotFound)
	sec.post(link+"/ask", url.Values{"reason": {" "}}).is(http.StatusUnprocessableEntity).has("请写明理由")
	sec.post(link+"/ask", why).is(http.StatusOK).has("等待另一位管理员同意", "厂商确认误报")
	sec.post(link+"/release", nil).is(http.StatusConflict).has("不能自己同意")
	v.get(at).has("复核中").lacks("使用这份文件")
	sys.post(link+"/refuse", url.Values{"reason": {"请先更新病毒库"}}).is(http.StatusOK).has("文件继续隔离")
	sec.post(link+"/ask", why).is(http.StatusOK)
	sys.post(link+"/release", nil).is(http.StatusOK).has("文件已解除隔离")
	sys.post(link+"/release", nil).is(http.StatusConflict)

	b.signedIn(li).upload(at, "", nil, url.Values{"_take": {bad.ID}}).is(http.StatusNotFound)
	v.get(at).has("已解除隔离", "使用这份文件")
	v.upload(at, "", nil, url.Values{"_take": {bad.ID}}).is(http.StatusOK).has("章程&#34;&lt;b&gt;.pdf").lacks("使用这份文件")
	v.upload(at, "", nil, url.Values{"_take": {bad.ID}}).is(http.StatusOK) // sent twice
	if files := b.view(wang, keyOf(no)).Case.Material("articles").Files; len(files) != 1 || files[0].Hash != bad.SHA256 {
		t.Fatalf("the case has %+v", files)
	}
	v.get("/my/cases/" + no + "/files/" + bad.SHA256).is(http.StatusOK).has("infected")

	other := "/console/quarantine/" + weinan + "." + rows[0].ID
	sec.post(other+"/delete", url.Values{"reason": {"确有病毒"}}).is(http.StatusOK).has("文件已永久删除")
	sec.post(other+"/ask", why).is(http.StatusConflict)
	v.get(at).has("已删除")
	aud.get("/console/operations").has("提出解除隔离", "不同意解除隔离", "同意解除隔离", "删除隔离文件", bad.ID, rows[0].ID, "厂商确认误报", "确有病毒")
	if ids := quarantineLink.FindAllString(aud.get("/console/quarantine?state=deleted").body, -1); len(ids) == 0 || ids[0] != other {
		t.Errorf("deleted: %v", ids)
	}
}

// The desk sees that a file is kept apart, and acts on the case as it stands.
func TestQuarantine_holds_no_case_up(t *testing.T) {
	t.Parallel()
	b := newBenchAt(t, practice03(t), weinan, func(d *web.Deps) { d.Files.ScanWith(warner{}) })
	v := b.signedIn(wang)
	no := v.ready()
	home := "/my/cases/" + no
	v.upload(home+"/materials/articles", "旧章程.pdf", pdf("infected"), url.Values{"act": {"upload"}}).is(http.StatusUnprocessableEntity)
	p := v.get(home + "/check").is(http.StatusOK)
	v.post(home+"/check", url.Values{"request": {p.hidden()}}).is(http.StatusOK).has("提交成功")
	clerk := b.signedIn("clerk1")
	clerk.get("/desk/cases/"+no+"?tab=materials").is(http.StatusOK).has("旧章程.pdf", "已隔离", "articles.pdf")
	if phase := b.view(wang, keyOf(no)).Case.Phase; phase == caseflow.PhaseDraft {
		t.Errorf("the case is still a %s", phase)
	}
}

// One account fills the quarantine up to a bound; beyond it files are turned away and nothing of them is kept.
func TestQuarantine_of_one_account_has_an_end(t *testing.T) {
	t.Parallel()
	var files filestore.Store
	b := newBenchAt(t, practice03(t), weinan, func(d *web.Deps) { files = d.Files; files.ScanWith(warner{}) })
	v := b.signedIn(wang)
	at := "/my/cases/" + v.begin() + "/materials/articles"
	for range 22 {
		v.upload(at, "a.pdf", pdf("infected"), url.Values{"act": {"upload"}}).is(http.StatusUnprocessableEntity)
	}
	kept := 0
	b.must(files.Apart(t.Context(), func(string, time.Time) error { kept++; return nil }))
	if kept != 20 {
		t.Errorf("%d files are kept apart", kept)
	}
	if n := strings.Count(v.get(at).body, "请换一份没有问题的文件。"); n != 20 {
		t.Errorf("the page lists %d", n)
	}
}

// quarantinedFile is the page of a file whose release is asked for.
func (b *bench) quarantinedFile() string {
	b.t.Helper()
	b.must(b.store.AddQuarantined(b.t.Context(), store.Quarantined{Region: weinan, ID: "ASKED", Bytes: 1 << 20, Type: filestore.PDF, SHA256: strings.Repeat("ab", 32),
		Finding: "Test.Virus", Account: "nobody", At: b.clock(), State: store.QuarantineAsked, Asked: "somebody", Reason: "厂商确认误报", Changed: b.clock()}))
	return "/console/quarantine/" + weinan + ".ASKED"
}
