package web_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/internal/web/browsertest"
	"github.com/tongban/tongban/internal/web/public"
)

// proven hands in a case, about which officials then write to one another, and places everything in the log.
func (b *bench) proven() (string, store.Key) {
	b.t.Helper()
	b.keepPack()
	no := b.signedIn(wang).handIn()
	key, err := hall.KeyOf(no)
	b.must(err)
	b.official("clerk1", key, caseflow.Note{Words: "内部备注：电话核实过住所"})
	b.place()
	return no, key
}

// The owner downloads a receipt that holds; what officials wrote to one another stands in it as a hash, and nobody else gets it.
func TestProof_is_the_owners_and_keeps_notes_back(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	no, _ := b.proven()
	home := "/my/cases/" + no
	v := b.signedIn(wang)
	v.get(home).has("下载可核验凭证")
	got := v.get(home + "/receipt.json").is(http.StatusOK)
	if h := got.header.Get("Content-Disposition"); !strings.Contains(h, no+"-receipt.json") {
		t.Errorf("it is saved as %s", h)
	}
	r, err := receipt.Parse([]byte(got.body))
	b.must(err)
	report, err := receipt.Verify(r, evidence.Policy{})
	b.must(err)
	last := report.Steps[len(report.Steps)-1]
	if last.Verb != "note" || last.Withheld != 1 || len(last.Events) != 0 || strings.Contains(got.body, "电话核实") {
		t.Errorf("the note: %+v", last)
	}
	if !strings.Contains(report.Text("en"), "1 internal records that are not shown") || !strings.Contains(report.Text("zh"), "一次告知补正") {
		t.Error(report.Text("en"))
	}
	b.signedIn(li).get(home + "/receipt.json").is(http.StatusNotFound)
	b.signedIn("clerk1").get(home + "/receipt.json").is(http.StatusNotFound)
	b.visitor().get("/verify/receipt.schema.json").is(http.StatusOK).has(`"tongban"`)
}

// A receipt stands on the checkpoint that witnesses have signed, also when the log has grown since: who trusts the witness believes it.
func TestProof_is_under_what_witnesses_have_signed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	no, key := b.proven()
	head, err := b.store.LogHead(t.Context())
	b.must(err)
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	line, err := evidence.Cosign(head.Checkpoint, "witness.example/w1", private, b.clock())
	b.must(err)
	head.Checkpoint = append(bytes.Clone(head.Checkpoint), line...)
	b.must(b.store.ShowLog(t.Context(), head))
	b.official("clerk1", key, caseflow.Note{Words: "以后的备注"})
	_, err = b.sequencer.Place(t.Context())
	b.must(err)
	r, err := receipt.Parse([]byte(b.signedIn(wang).get("/my/cases/" + no + "/receipt.json").is(http.StatusOK).body))
	b.must(err)
	witness, err := evidence.NewWitnessKey("witness.example/w1", private.Public().(ed25519.PublicKey))
	b.must(err)
	trust, err := receipt.Trust(r.Log.Keys[0] + "\n" + witness.String())
	b.must(err)
	report, err := receipt.Verify(r, trust)
	b.must(err)
	if len(report.Witnesses) != 1 || report.Log.Size != head.Size || report.Steps[len(report.Steps)-1].Withheld != 1 {
		t.Errorf("%d witnesses of %d entries, want 1 of %d", len(report.Witnesses), report.Log.Size, head.Size)
	}
}

// verifier is what the page runs, built anew: with the sources as they are.
func verifier(t *testing.T) *public.Verifier {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "bash", "../../scripts/wasm.sh", dir).CombinedOutput(); err != nil { // #nosec G204 -- our own script
		t.Fatalf("%v: %s", err, out)
	}
	return public.OpenVerifier(os.DirFS(dir))
}

// drawn is the record of a draw of one shop and two inspectors, in a file.
func drawn(t *testing.T) string {
	t.Helper()
	plan := draw.Plan{Title: "抽查一家店", Opens: time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC), Sources: []draw.Source{{Kind: draw.Public, Name: "收盘指数"}},
		Strata: []draw.Stratum{{ID: "店", Count: 1}}, Candidates: []draw.Candidate{{ID: "杂货店", Stratum: "店"}},
		Inspectors: []draw.Inspector{{ID: "王力"}, {ID: "赵敏"}}, Pairing: &draw.Pairing{Team: 2, Cap: 1}}
	c, err := draw.Commit(plan)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Reveal(plan.Opens, []draw.Value{{Text: "3870.02"}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "draw.json")
	if err := os.WriteFile(name, r.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// changed is a copy of a file in which one word is another.
func changed(t *testing.T, name, old, to string) string {
	t.Helper()
	text, err := os.ReadFile(name) // #nosec G304 -- the test's own file
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "changed.json")
	if err := os.WriteFile(copied, bytes.Replace(text, []byte(old), []byte(to), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// The verify page checks a receipt, and the record of a draw, in a real browser: without the server, by keyboard, in both languages, under a policy that lets nothing
// else run.
func TestProof_is_checked_in_the_browser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds WebAssembly and drives a browser, which -short leaves out")
	}
	made := verifier(t)
	b := newBenchAt(t, practice03(t), weinan, func(d *web.Deps) { d.Verifier = made })
	no, key := b.proven()
	a, err := b.store.AccountByLogin(t.Context(), wang)
	b.must(err)
	r, err := b.hall.Prove(t.Context(), caseflow.Actor{ID: a.ID, Kind: a.Kind}, key)
	b.must(err)
	text, err := json.Marshal(r)
	b.must(err)
	good, bad, none := filepath.Join(t.TempDir(), "good.json"), filepath.Join(t.TempDir(), "bad.json"), filepath.Join(t.TempDir(), "none.json")
	b.must(os.WriteFile(good, text, 0o600))
	b.must(os.WriteFile(bad, bytes.Replace(text, []byte(`"verb":"submit"`), []byte(`"verb":"accept"`), 1), 0o600))
	b.must(os.WriteFile(none, []byte("{}"), 0o600))

	w := browsertest.Start(t)
	w.Goto(b.server.URL + "/verify/receipt")
	w.Axe(t)
	w.Narrow(t)
	check := func(file, keys, want string) {
		t.Helper()
		w.Eval(`document.querySelector("[data-verdict]").textContent = ""`, nil)
		w.Upload("#f-receipt", file)
		w.Fill("#f-keys", keys)
		w.Tab()
		w.Press("\r")
		w.WaitFor("[data-verdict]:focus:not(:empty)")
		if got := w.Text("main"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", filepath.Base(file), got)
		}
	}
	check(good, "", "您没有指定密钥")
	w.Screenshot("proof")
	check(good, r.Log.Keys[0], "由您信任的密钥签名")
	w.Axe(t)
	check(bad, "", "内容与存证日志不符")
	check(none, "", "文件不是凭证")
	check(good, strings.Replace(r.Log.Keys[0], "test.example", "evil.example", 1), "您填写的密钥无法识别")
	record := drawn(t)
	check(record, "", "杂货店 王力 赵敏\n成立：封存哈希")
	check(changed(t, record, "杂货店", "杂货铺"), "", "抽取记录不成立：记录中的封存哈希是")
	w.Offline(true) // the page needs no server any more
	check(good, "", no)
	w.Offline(false)
	w.Goto(b.server.URL + "/verify/receipt?lang=en")
	check(good, "", "The receipt holds.")
	w.Screenshot("proof-en")

	b.signIn(w, wang)
	w.Goto(b.server.URL + "/my/cases/" + no + "/papers/receipt")
	w.Axe(t)
	w.Screenshot("proof-receipt")

	v := b.visitor()
	csp := func(path string) string { return v.get(path).header.Get("Content-Security-Policy") }
	if got := csp("/verify/receipt"); !strings.Contains(got, "'wasm-unsafe-eval'") || strings.Contains(got, "'unsafe-eval'") || strings.Contains(got, "unsafe-inline") {
		t.Errorf("policy of the page: %s", got)
	}
	if got := csp("/verify"); strings.Contains(got, "unsafe") {
		t.Errorf("policy of another page: %s", got)
	}
}

// Without script, and in a program that was built without it, the page says how to use the command.
func TestProof_page_without_script(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.visitor().get("/verify").has("/verify/receipt")
	b.visitor().get("/verify/receipt").is(http.StatusOK).has("tongban verify receipt", "退出状态")
}
