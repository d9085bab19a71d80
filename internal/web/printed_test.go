package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// keepPack puts the pack of the site into its store, whence receipts take it.
func (b *bench) keepPack() {
	b.t.Helper()
	p := practice03(b.t)
	digest := p.Digest()
	archive, err := p.Archive()
	b.must(err)
	b.must(b.store.PutPack(b.t.Context(), store.PackRow{ID: p.ID, Version: p.Version, Digest: digest[:], Archive: archive, Added: b.clock()}))
}

// place gives what waits its place in the log.
func (b *bench) place() {
	b.t.Helper()
	_, err := b.sequencer.Place(b.t.Context())
	b.must(err)
}

var (
	onPaper   = regexp.MustCompile(`<code>(1\.[0-9A-Z-]+\.[^<]+)</code>`)
	paperCode = regexp.MustCompile(`<code>([A-Z2-7]{26})</code>`)
)

// found is what stands at the first place that fits in a page.
func (p shown) found(what *regexp.Regexp) string {
	p.t.Helper()
	m := what.FindStringSubmatch(p.body)
	if m == nil {
		p.t.Fatalf("%s has no %s:\n%s", p.path, what, p.body)
	}
	return m[1]
}

// What is printed stands on the paper, at both doors, and beside the download without an account; it is the same everywhere and later, and it
// binds the entry that the receipt acknowledges. Before the entry is in the log there is none.
func TestPrinted_is_the_same_on_every_paper(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.keepPack()
	v := b.signedIn(wang)
	no := v.handIn()
	home := "/my/cases/" + no
	v.get(home + "/papers/receipt").is(http.StatusOK).has("几秒后刷新本页").lacks("/verify/receipt#")
	b.place()
	text := v.get(home + "/papers/receipt").is(http.StatusOK).has("扫码核对存证").lacks("几秒后刷新本页").found(onPaper)
	key, err := hall.KeyOf(no)
	b.must(err)
	b.official("clerk1", key, caseflow.Note{Words: "以后的备注"})
	b.place()
	for _, page := range []shown{v.get(home + "/papers/receipt"), b.signedIn("clerk1").get("/desk/cases/" + no + "/papers/receipt")} {
		if got := page.is(http.StatusOK).found(onPaper); got != text {
			t.Errorf("%s says %s, the receipt %s", page.path, got, text)
		}
	}
	v.get(home + "/papers/receipt").has(`aria-label="` + b.server.URL + "/verify/receipt#" + text)
	p, err := receipt.ParsePrinted(text)
	b.must(err)
	r, err := receipt.Parse([]byte(v.get(home + "/receipt.json").is(http.StatusOK).body))
	b.must(err)
	report, err := receipt.Verify(r, evidence.Policy{})
	b.must(err)
	b.must(p.Matches(r, report))
	for _, s := range report.Steps {
		if leaf := r.Entries[s.Entry-1].Index == p.Index; leaf != (s.Verb == "submit") {
			t.Errorf("entry %d, %s: printed is that of index %d", s.Entry, s.Verb, p.Index)
		}
	}
	// Who has scanned it learns whether the site has the case, and must type the code that stands beside to see how far it is.
	known := "/verify/receipt/" + no + "/" + p.Leaf.String()
	someone := b.visitor()
	if got := someone.get(known).is(http.StatusNoContent); got.body != "" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("who asks is told %q, to be kept %s", got.body, got.header.Get("Cache-Control"))
	}
	someone.get(known[:len(known)-1]).is(http.StatusNotFound)
	someone.get("/progress/" + no + "/" + p.Leaf.String()[:hall.ReceiptDigits]).is(http.StatusNotFound)
	someone.get("/progress?no=" + no).is(http.StatusOK).has(`value="` + no + `"`).lacks("编号或查询码不正确")
	someone.get("/progress?no=" + no + "&digits=").is(http.StatusOK).has("编号或查询码不正确")
	if file := v.get(home + "/papers/receipt.pdf").is(http.StatusOK); !strings.HasPrefix(file.body, "%PDF") {
		t.Errorf("the paper is %.20q", file.body)
	}
}

// Who was served at a window without an account downloads the receipt with what is printed on the paper and the phone. What does not fit counts as a
// guess, and somebody's own case is not to be had so.
func TestPrinted_receipt_is_fetched_without_an_account(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.keepPack()
	d := b.doors()
	key := b.handedInBy("clerk1", caseflow.ChannelWindow, full())
	b.place()
	progress := "/progress/" + string(key.Case) + "/" + d.printed(key.Case)
	paper := d.page("clerk1").get("/desk/cases/" + string(key.Case) + "/papers/receipt")
	code, text := paper.found(paperCode), paper.found(onPaper)
	someone := b.visitor()
	someone.get(progress).is(http.StatusOK).has(`href="`+progress+`/receipt"`, "下载可核验凭证")
	if got := someone.get(progress+"/receipt").is(http.StatusOK).has("收件凭证上的校验码", "手机号后四位").lacks("王秀英").found(onPaper); got != text {
		t.Errorf("its page says %s, the paper %s", got, text)
	}
	send := func(code, phone string) shown {
		return someone.post(progress+"/receipt", url.Values{"code": {code}, "phone": {phone}})
	}
	send("", "0001").is(http.StatusUnprocessableEntity).has("请填写收件凭证上的校验码", `value="0001"`)
	send(strings.Repeat("A", 26), "0001").is(http.StatusNotFound).has("校验码或电话不符")
	send(code, "9999").is(http.StatusNotFound).has("校验码或电话不符", code).lacks("王秀英")
	send(code, "").is(http.StatusNotFound)
	got := send(strings.ToLower(code[:13]+" "+code[13:]), "138 9130 0001").is(http.StatusOK)
	if h := got.header.Get("Content-Disposition"); !strings.Contains(h, string(key.Case)+"-receipt.json") || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("it is saved as %s, %s", h, got.header.Get("Cache-Control"))
	}
	if said, err := receipt.Tell("zh", []byte(got.body), "", text); err != nil || !strings.Contains(said, "与纸质凭证一致") {
		t.Errorf("%v: %s", err, said)
	}
	someone.post("/progress/"+string(key.Case)+"/00000000000000000000/receipt", url.Values{"code": {code}, "phone": {"0001"}}).is(http.StatusNotFound)
	own := b.handedIn(full())
	b.place()
	progress = "/progress/" + string(own.Case) + "/" + d.printed(own.Case)
	code = d.page("clerk1").get("/desk/cases/" + string(own.Case) + "/papers/receipt").found(paperCode)
	other := b.visitor()
	other.get(progress).is(http.StatusOK).lacks("/receipt\"")
	other.get(progress + "/receipt").is(http.StatusNotFound)
	other.post(progress+"/receipt", url.Values{"code": {code}, "phone": {"0001"}}).is(http.StatusNotFound).lacks(`"entries"`)

	last := http.StatusOK
	for n := 0; n < 60 && last != http.StatusTooManyRequests; n++ {
		last = someone.post(progress+"/receipt", url.Values{"code": {strings.Repeat("A", 26)}, "phone": {"9999"}}).status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("who guesses on is answered %d", last)
	}
}

// logOf serves the files of the log of the site that it points to: the real ones, as the whole program does at /log.
func logOf(of *atomic.Pointer[bench]) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b := of.Load()
		var body []byte
		var err error
		switch path := strings.TrimPrefix(r.URL.Path, "/log/"); path {
		case "checkpoint":
			var head store.LogHead
			head, err = b.store.ShownLog(r.Context())
			body = head.Checkpoint
		case "key":
			var keys []store.LogKey
			keys, err = b.store.LogKeys(r.Context())
			body = []byte(keys[0].Public)
		default:
			var t evidence.Tile
			if t, err = evidence.ParseTilePath(path); err == nil {
				body, err = sequencer.ReadTile(r.Context(), b.store, t)
			}
		}
		if err != nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body)
	}
}

// The page that the QR code of a paper opens says in a real browser that the log is what it was, also when it has grown; that it is not when another
// was put in its place, or the paper was changed; and whether the file that is chosen besides is that of the paper.
func TestPrinted_is_checked_in_the_browser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds WebAssembly and drives a browser, which -short leaves out")
	}
	made := verifier(t)
	b := newBenchAt(t, practice03(t), weinan, func(d *web.Deps) { d.Verifier = made })
	var log atomic.Pointer[bench]
	log.Store(b)
	site := b.server.Config.Handler
	mux := http.NewServeMux()
	mux.Handle("/", site)
	mux.HandleFunc("/log/", logOf(&log))
	b.server.Config.Handler = mux
	no, key := b.proven()
	home := "/my/cases/" + no
	page := b.signedIn(wang).get(home + "/papers/receipt")
	text, digits := page.found(onPaper), page.found(regexp.MustCompile(`<code>([0-9a-f]{20})</code>`))
	address := b.server.URL + "/verify/receipt?lang=zh#" + text
	file := filepath.Join(t.TempDir(), "receipt.json")
	b.must(os.WriteFile(file, []byte(b.signedIn(wang).get(home+"/receipt.json").body), 0o600))

	w := browsertest.Start(t)
	judged := func() { // a page that nobody has touched has no :focus
		t.Helper()
		w.Eval(`return new Promise(done => {
			const look = () => document.activeElement.matches("[data-verdict]:is(.success, .warning)") ? done() : requestAnimationFrame(look);
			look();
		})`, nil)
	}
	opens := func(address, want string) {
		t.Helper()
		w.Goto("about:blank")
		w.Goto(address)
		judged()
		if got := w.Text("main"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", address, got)
		}
	}
	opens(address, "纸质凭证成立")
	w.WaitFor("[data-follow]:not([hidden]) a[href='/progress?no=" + no + "']")
	w.Axe(t)
	w.Narrow(t)
	w.Screenshot("printed")
	b.official("clerk1", key, caseflow.Note{Words: "以后的备注"})
	b.place()
	opens(address, "纸质凭证成立")
	opens(b.server.URL+"/verify/receipt?lang=en#"+text, "The printed receipt holds")
	w.Upload("#f-receipt", file)
	w.Eval(`document.querySelector("[data-verdict]").className = ""`, nil)
	w.Click("form[data-verify] button")
	judged()
	if got := w.Text("main"); !strings.Contains(got, "It agrees with the printed receipt") {
		t.Error(got)
	}
	opens(strings.Replace(address, no, no[:len(no)-1]+"9", 1), "有字符识别错误")
	p, err := receipt.ParsePrinted(text)
	b.must(err)
	forged := *p
	forged.Case = caseflow.CaseNo(no[:len(no)-1] + "9") // with a checksum that fits
	opens(b.server.URL+"/verify/receipt?lang=zh#"+forged.String(), "没有与这张凭证的办件编号和存证编号相符的办件")
	forged = *p
	forged.Leaf[5] ^= 1
	opens(b.server.URL+"/verify/receipt?lang=zh#"+forged.String(), "日志被改动或更换过，或者纸质凭证是伪造的")

	other := newBench(t) // keeps a log of the same name and says it is the one
	other.proven()
	other.place()
	log.Store(other)
	opens(address, "日志被改动或更换过，或者纸质凭证是伪造的")
	w.Screenshot("printed-replaced")

	b.signIn(w, wang)
	w.Goto(b.server.URL + home + "/papers/receipt")
	w.Axe(t)
	w.Narrow(t)
	w.Screenshot("printed-receipt")
	printedPageSays(t, w, b.server.URL+"/progress/"+no+"/"+digits, b.server.URL+"/verify/"+no+"/"+page.found(paperCode), b.server.URL+"/verify/receipt#"+text)
}

// printedPageSays prints the page and has its codes read.
func printedPageSays(t *testing.T, w *browsertest.Browser, want ...string) {
	t.Helper()
	codes := browsertest.CodesOf(t, w.PDF())
	slices.Sort(codes)
	if !slices.Equal(codes, want) {
		t.Errorf("on the printed page one reads %q, not %q", codes, want)
	}
}
