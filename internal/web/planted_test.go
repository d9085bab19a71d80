package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// planted runs in whatever would take it for anything but text; the mark tells a page that shows it.
const (
	mark    = "xss7mark"
	planted = mark + `"><img src=x onerror=ran=1><script>ran=2</script>'{{.}}${ran=3}<a href="javascript:ran=4" onclick=ran=5>x</a><svg/onload=ran=6>`
	short   = mark + `"><script>ran=7</script>`
)

var linked = regexp.MustCompile(`href="(/[^"#]*)`)

// showing crawls the site as somebody, by the links of its pages, and returns those that show the mark, each kind of page twice at most.
// Whoever is signed in finds the way out on each of them (ASVS 7.4.4).
func (v *visitor) showing(who string, from ...string) (pages []browsertest.Recorded) {
	v.b.t.Helper()
	seen, kinds := map[string]bool{}, map[string]int{}
	for len(from) > 0 {
		at := from[0]
		from = from[1:]
		kind := regexp.MustCompile(`[0-9]{6,}[-0-9]*|[0-9a-f]{16,}`).ReplaceAllString(strings.Split(at, "?")[0], "*")
		if seen[at] || kinds[kind] >= 2 || strings.HasPrefix(at, "/static") || strings.Contains(at, "/lookup/") || strings.HasPrefix(at, "/_gallery") || strings.Contains(at, ".csv") || strings.Contains(at, ".xlsx") {
			continue
		}
		seen[at] = true
		kinds[kind]++
		p := v.get(at)
		if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
			continue
		}
		if p.status >= http.StatusInternalServerError {
			v.b.t.Errorf("%s: %d", at, p.status)
		}
		if who != "" && p.status == http.StatusOK && !strings.Contains(p.body, `action="/signout"`) {
			v.b.t.Errorf("%s as %s: no way to sign out", at, who)
		}
		p.lacks("<script>ran", "<img src=x onerror", "<svg/onload", `href="javascript:`)
		if strings.Contains(p.body, mark) {
			pages = append(pages, browsertest.Recorded{Name: at + " as " + who, Policy: p.header.Get("Content-Security-Policy"), Body: p.body})
		}
		for _, m := range linked.FindAllStringSubmatch(p.body, -1) {
			from = append(from, html.UnescapeString(m[1]))
		}
	}
	return pages
}

// plant puts the markup into each free text of a form that takes it, one field at a time, and hands the rest in as it was.
func (v *visitor) plant(no string) (taken int) {
	v.b.t.Helper()
	for _, p := range v.b.view(wang, keyOf(no)).Item.Pages {
		for _, f := range p.Fields {
			for _, text := range []string{planted, short} {
				form := url.Values{"asked": {f.Name}, f.Name: {text}}
				if a := v.post("/my/cases/"+no+"/form/"+p.ID, form); a.status == http.StatusOK && f.Widget != "radio" && f.Widget != "list" && strings.Contains(string(v.b.view(wang, keyOf(no)).Case.Form), mark) && !strings.Contains(a.body, "提交前需要修改") {
					taken++
					break
				}
				v.page(no, &p) // as it was
			}
		}
	}
	return taken
}

// TestPlanted_scripts_run_for_nobody: R20, ASVS 1.2.1 and 1.2.3. Markup and scripts stand wherever a person can type: answers, file names, notes,
// opinions, corrections, ratings, reasons, names of officials. Every page that shows them to somebody who may
// see it is opened in a browser: nothing runs, and the browser reports no breach of the content policy (browsertest fails on one).
func TestPlanted_scripts_run_for_nobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	no := v.ready()
	if n := v.plant(no); n == 0 {
		t.Error("no field of the form takes the markup")
	}
	home := "/my/cases/" + no
	v.upload(home+"/materials/articles", planted+".pdf", pdf("planted"), url.Values{"act": {"upload"}})
	p := v.get(home + "/check").is(http.StatusOK)
	v.post(home+"/check", url.Values{"request": {p.hidden()}}).is(http.StatusOK).has("提交成功")
	key := keyOf(no)
	b.run(no)
	b.official("clerk1", key, caseflow.Note{Words: planted})
	v.post(home+"/rate", url.Values{"request": {v.get(home + "/rate").hidden()}, "level": {"5"}, "words": {planted}})
	b.rated(key)
	sys := b.signedIn("sys1")
	sys.post("/console/accounts/new", url.Values{"login": {"planted.one"}, "name": {short}, "region": {weinan}, "department": {"market"}})
	quarantined := b.quarantinedFile()
	held, err := b.store.QuarantinedFile(t.Context(), weinan, "ASKED")
	b.must(err)
	held.Reason = planted
	b.must(b.store.ChangeQuarantined(t.Context(), *held, store.Trace{ID: "planted", At: b.clock(), Log: store.OperationLog, Kind: "quarantine-asked", Region: weinan, By: "x", Reason: planted,
		Changes: []store.FieldChange{{Field: "reason", New: planted}}}))
	refused := v.handIn()
	b.official("clerk1", keyOf(refused), caseflow.Decline{Ground: "region", Words: planted})
	correcting := v.handIn()
	b.official("clerk1", keyOf(correcting), caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Field: "company.address", Ground: "address-incomplete", Words: planted}}})
	draft := v.begin()
	v.upload("/my/cases/"+draft+"/materials/articles", planted+".pdf", pdf("planted"), url.Values{"act": {"upload"}})

	seeded, err := b.gate.Seed(t.Context(), []access.NewAccount{{Login: "supervisor1", Kind: caseflow.ActorOfficial, Name: "雷督查", Region: weinan, Department: "market", Roles: []string{caseflow.RoleSupervisor}}})
	b.must(err)
	b.passwords["supervisor1"] = seeded[0].Password

	_, err = b.sequencer.Place(t.Context()) // or no receipt could be proved
	b.must(err)
	shown, pages := map[string]int{}, []browsertest.Recorded{}
	for who, from := range map[string][]string{
		wang: {"/my", home, home + "/looks", "/my/cases/" + draft, "/my/cases/" + refused, "/my/cases/" + correcting}, "clerk1": {"/desk", "/desk/cases/" + no, "/desk/cases/" + refused, "/desk/cases/" + correcting, "/desk/find?q=" + mark}, "market1": {"/desk", "/desk/cases/" + no},
		"head1": {"/desk/overview", "/desk/cases/" + no}, "hotline1": {"/desk"}, "supervisor1": {"/desk/overview", "/desk/cases/" + no},
		"sys1": {"/console", quarantined}, "sec1": {"/console", quarantined}, "aud1": {"/console"}, "": {"/", "/?q=" + url.QueryEscape(planted), "/verify?code=" + url.QueryEscape(planted)},
	} {
		visitor := b.visitor()
		if who != "" {
			visitor = b.signedIn(who)
		}
		list := visitor.showing(who, from...)
		pages, shown[who] = append(pages, list...), len(list)
	}
	for _, page := range browsertest.Ran(t, b.server.Config.Handler, pages, mark) {
		t.Errorf("the markup at %s became more than text", page)
	}
	t.Logf("pages that show it: %v", shown)
	for who, least := range map[string]int{wang: 5, "clerk1": 5, "market1": 3, "supervisor1": 3, "sys1": 1, "sec1": 1, "aud1": 1, "": 1} {
		if shown[who] < least {
			t.Errorf("%q saw it on %d pages, want %d at least", who, shown[who], least)
		}
	}
}

// rated checks that the words of a rating are kept.
func (b *bench) rated(key store.Key) {
	b.t.Helper()
	c, err := json.Marshal(b.view(wang, key).Case)
	b.must(err)
	if !strings.Contains(string(c), `"ratings"`) {
		b.t.Errorf("the rating was not taken: %.300s", c)
	}
}
