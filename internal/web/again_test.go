package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/hall"
)

var againButton = regexp.MustCompile(`name="_again" value="([^"]+)"`)

// What somebody handed in once need not be uploaded again, by a page that posts without script; nobody else is offered it, and its hash
// opens nothing.
func TestAgain_uses_what_was_given_before(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	first := v.begin()
	v.upload("/my/cases/"+first+"/materials/articles", "旧章程.pdf", pdf("old"), url.Values{"act": {"upload"}}).is(http.StatusOK)
	second := v.begin()
	path := "/my/cases/" + second + "/materials/articles"
	v.get(path).is(http.StatusOK).lacks("再次使用") // the other is a draft: nothing was handed in yet

	given := v.handIn()
	page := v.get(path).is(http.StatusOK).has("再次使用以前交过的材料", "articles.pdf", given, "2026年").lacks("旧章程", "legal-identity.pdf")
	v.get(path+"?lang=en").has("Use again what was given before", "Use again", "given on")
	v.get(path + "?lang=zh")
	value := againButton.FindStringSubmatch(page.body)
	if len(value) == 0 {
		t.Fatalf("no button:\n%s", page.body)
	}
	v.upload(path, "", nil, url.Values{"_again": {value[1]}}).is(http.StatusOK).has("articles.pdf").lacks("再次使用")
	v.upload(path, "", nil, url.Values{"_again": {value[1]}}).is(http.StatusOK) // sent twice
	files := b.view(wang, keyOf(second)).Case.Material("articles").Files
	if len(files) != 1 || string(files[0].From) != given || files[0].Given.IsZero() || files[0].Hash != value[1][strings.Index(value[1], "/")+1:] {
		t.Fatalf("the case has %+v", files)
	}
	v.get("/my/cases/" + second + "/files/" + files[0].Hash).is(http.StatusOK).has("%PDF")

	for what, wrong := range map[string]string{
		"another material": given + "/" + b.view(wang, keyOf(given)).Case.Material("legal-identity").Files[0].Hash,
		"a draft":          first + "/" + b.view(wang, keyOf(first)).Case.Material("articles").Files[0].Hash,
		"no case":          "610500-20260101-999999/" + files[0].Hash,
		"itself":           second + "/" + files[0].Hash,
		"no hash":          given + "/",
	} {
		if got := v.upload(path, "", nil, url.Values{"_again": {wrong}}).status; got != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", what, got)
		}
	}
	stranger := b.signedIn(li)
	third := stranger.begin()
	stranger.get("/my/cases/" + third + "/materials/articles").is(http.StatusOK).lacks("再次使用")
	stranger.upload("/my/cases/"+third+"/materials/articles", "", nil, url.Values{"_again": {value[1]}}).is(http.StatusNotFound)
	if n := len(b.view(li, keyOf(third)).Case.Material("articles").Files); n != 0 {
		t.Errorf("a stranger's case took %d files", n)
	}
}

// At the window the same is offered for somebody who comes in person, with the buttons of a scan page.
func TestAgain_at_the_window(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	given := b.signedIn(wang).handIn()
	v := b.signedIn("clerk1")
	takesIn := func(n int, name string) string {
		p := v.get("/desk/new").is(http.StatusOK)
		p = v.post("/desk/new", url.Values{"request": {p.hidden()}, "item": {"company-open"}, "docType": {"resident-id"}, "docNo": {citizen(n).No},
			"party": {name}, "phone": {wang}, "channel": {"window"}, "again": {"yes"}}).is(http.StatusOK)
		return strings.TrimSuffix(strings.TrimPrefix(p.path, "/desk/cases/"), "/intake")
	}
	no := takesIn(1, "王秀英")
	scan := "/desk/cases/" + no + "/intake/materials/articles"
	page := v.get(scan).is(http.StatusOK).has("再次使用以前交过的材料", "articles.pdf", given)
	value := againButton.FindStringSubmatch(page.body)
	if len(value) == 0 {
		t.Fatalf("no button:\n%s", page.body)
	}
	v.uploads(scan, url.Values{"_again": {value[1]}}).is(http.StatusOK).has("articles.pdf").lacks("再次使用")
	taken, err := b.hall.View(t.Context(), hall.System, keyOf(no), "", "")
	b.must(err)
	if files := taken.Case.Material("articles").Files; len(files) != 1 || string(files[0].From) != given {
		t.Errorf("%+v", files)
	}
	other := "/desk/cases/" + takesIn(2, "李志强") + "/intake/materials/articles"
	v.get(other).is(http.StatusOK).lacks("再次使用")
	v.uploads(other, url.Values{"_again": {value[1]}}).is(http.StatusNotFound)
}
