package main

import (
	"crypto/rand"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
)

// placed is a store with a demo, all of which stands in the log.
func placed(t *testing.T, cases int) (a *app, data string) {
	t.Helper()
	data = t.TempDir()
	demoOf(t, cases, "--data", data)
	a, err := storeFlags{placeFlags: placeFlags{Data: data}}.open(t.Context(), slog.New(slog.DiscardHandler), time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, a.close()) })
	place(t, a)
	return a, data
}

// place gives all entries their place in the log.
func place(t *testing.T, a *app) {
	t.Helper()
	s, err := sequencer.Open(t.Context(), sequencer.Options{Store: a.store, Seal: a.ring, Origin: "city.example/log", Now: time.Now, Rand: rand.Reader, Log: a.log})
	must(t, err)
	_, err = s.Place(t.Context())
	must(t, err)
}

// receipts makes the receipts of all cases of a store that somebody owns, by the case's number.
func receipts(t *testing.T, a *app) map[caseflow.CaseNo]*receipt.Receipt {
	t.Helper()
	all := map[caseflow.CaseNo]*receipt.Receipt{}
	keys, err := a.store.Keys(t.Context(), weinan, "", 1000)
	must(t, err)
	for _, key := range keys {
		row, err := a.store.Case(t.Context(), key)
		must(t, err)
		if row.Owner == "" {
			continue // handed in at a window by somebody without an account
		}
		r, err := a.hall.Prove(t.Context(), caseflow.Actor{ID: row.Owner, Kind: caseflow.ActorCitizen}, key)
		must(t, err)
		if len(r.Entries) != row.Entry {
			t.Errorf("case %s: %d entries of %d", key.Case, len(r.Entries), row.Entry)
		}
		all[key.Case] = r
		_, err = a.hall.Prove(t.Context(), caseflow.Actor{ID: "stranger", Kind: caseflow.ActorCitizen}, store.Key{Region: key.Region, Case: key.Case})
		if err == nil {
			t.Errorf("case %s: a stranger gets a receipt", key.Case)
		}
	}
	return all
}

// The receipts of all that a fortnight brings hold, without asking anybody, and tell of each step.
func TestReceipts_of_a_fortnight_hold(t *testing.T) {
	t.Parallel()
	a, _ := placed(t, 60)
	all := receipts(t, a)
	dir, deadlines := t.TempDir(), 0
	for no, r := range all {
		report, err := receipt.Verify(r, evidence.Policy{})
		if err != nil {
			t.Errorf("case %s: %v", no, err)
			continue
		}
		for _, s := range report.Steps {
			deadlines += len(s.Deadlines)
		}
		text, err := r.Encode()
		must(t, err)
		file := filepath.Join(dir, string(no))
		must(t, os.WriteFile(file, text, 0o600))
		out, errs, code := cli(t, "verify", "receipt", file)
		if code != 0 || !strings.HasSuffix(out, "凭证成立。\n") {
			t.Errorf("case %s: exit %d, %s", no, code, errs)
		}
	}
	if len(all) < 20 || deadlines < 100 {
		t.Errorf("%d receipts with %d deadlines", len(all), deadlines)
	}
}

// Nothing but the file is needed to see what is wrong with it, or with the log from which it came.
func TestVerify_receipt_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	const good = "../../internal/receipt/testdata/case.json"
	text, err := os.ReadFile(good)
	must(t, err)
	r, err := receipt.Parse(text)
	must(t, err)
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "file")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	key := r.Log.Keys[0]
	name, _, _ := strings.Cut(key, "+")
	bad := file(strings.Replace(string(text), `"verb":"submit"`, `"verb":"accept"`, 1))
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"it holds":             {[]string{good, "--trust", file(key)}, 0, ""},
		"in English":           {[]string{good, "--trust", file(key), "--lang", "en"}, 0, ""},
		"by a policy":          {[]string{good, "--trust", file("log " + key + "\nquorum none\n")}, 0, ""},
		"believing its key":    {[]string{good}, 0, ""},
		"another log":          {[]string{good, "--trust", file(newLog(t, name).key)}, 1, "可能来自另一份日志"},
		"changed":              {[]string{bad}, 1, "内容与存证日志不符"},
		"changed, in English":  {[]string{bad, "--lang", "en"}, 1, "somebody has changed it"},
		"cut":                  {[]string{file(string(text[:1000]))}, 1, "不是凭证"},
		"a key that is none":   {[]string{good, "--trust", file("x")}, 2, "--trust"},
		"no key":               {[]string{good, "--trust", file("")}, 2, "no log"},
		"no such file of keys": {[]string{good, "--trust", "none"}, 2, "--trust"},
		"no such file":         {[]string{"none.json"}, 2, "none.json"},
		"a folder":             {[]string{t.TempDir()}, 2, "directory"},
		"no file":              {nil, 2, "file"},
	} {
		out, errs, code := cli(t, append([]string{"verify", "receipt"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.says) || (code == 0) != strings.Contains(out, "610500-20261118-000007") {
			t.Errorf("%s: exit %d, %s%s", name, code, out, errs)
		}
	}
}

// What is printed on the paper is held against the receipt, and against the log, by the command alone: a character that is another, another paper, and a
// log that was replaced are noticed.
func TestVerify_what_is_printed(t *testing.T) {
	t.Parallel()
	a, data := placed(t, 12)
	all := receipts(t, a)
	var texts, files []string
	for no, r := range all {
		row, err := a.store.Case(t.Context(), store.Key{Region: weinan, Case: no})
		must(t, err)
		given, err := a.hall.Acknowledged(t.Context(), caseflow.Actor{ID: row.Owner, Kind: caseflow.ActorCitizen}, store.Key{Region: weinan, Case: no}, row.Entry)
		must(t, err)
		if given.Printed == nil {
			continue // never handed in
		}
		text, err := r.Encode()
		must(t, err)
		texts, files = append(texts, given.Printed.String()), append(files, fileOf(t, string(text)))
	}
	if len(texts) < 2 {
		t.Fatalf("%d cases were handed in", len(texts))
	}
	log := t.TempDir()
	does(t, "log", "export", "--data", data, log)
	other := newLog(t, "city.example/log")
	other.grow("other", 2000)
	back := newLog(t, "city.example/log")
	back.grow("one", 1)
	bent := strings.Replace(texts[0], ".", "-", 1)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"the receipt":            {[]string{"verify", "receipt", files[0], "--printed", texts[0]}, 0, ""},
		"as the code has it":     {[]string{"verify", "receipt", files[0], "--printed", "https://zwfw.example.cn/verify/receipt#" + texts[0]}, 0, ""},
		"another paper":          {[]string{"verify", "receipt", files[0], "--printed", texts[1]}, 1, "不是同一办件"},
		"a character is another": {[]string{"verify", "receipt", files[0], "--printed", bent}, 1, "识别错误"},
		"the log":                {[]string{"log", "check", log, "--printed", texts[0]}, 0, "it agrees with the printed receipt"},
		"another log":            {[]string{"log", "check", other.dir, "--printed", texts[0]}, 1, "is not the one of the paper"},
		"a log that is shorter":  {[]string{"log", "check", back.dir, "--printed", texts[0]}, 1, "the log has 1 entries and had"},
		"a log of another name":  {[]string{"log", "check", newDir(t, "town.example/log"), "--printed", texts[0]}, 1, "the paper is of city.example/log"},
		"misread, for the log":   {[]string{"log", "check", log, "--printed", bent}, 1, "is not printed on a receipt"},
	} {
		out, errs, code := cli(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, %s%s", name, code, out, errs)
		}
		if code == 0 && c.args[0] == "verify" && !strings.Contains(out, "与纸质凭证一致") {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// R29: who holds a receipt sees that the log was set back, or that another is shown, whoever says that all is well.
func TestReceipt_detects_a_log_that_was_set_back(t *testing.T) {
	t.Parallel()
	log := newLog(t, "city.example/log")
	r := receipt.Receipt{Format: receipt.Format, Log: receipt.Log{Checkpoint: string(log.grow("one", 300)), Keys: []string{log.key}}, Entries: make([]receipt.Entry, 1)}
	r.Entries[0].Head = []byte("{}")
	text, err := r.Encode()
	must(t, err)
	file := filepath.Join(t.TempDir(), "receipt.json")
	must(t, os.WriteFile(file, text, 0o600))
	log.grow("two", 100)
	back := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
	back.grow("one", 299)
	fork := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
	fork.grow("other", 400)
	for want, dir := range map[string]string{"it holds": log.dir, "rolled back": back.dir, "forked": fork.dir} {
		_, errs, code := cli(t, "log", "check", dir, "--since", file, "--trust", log.key)
		if (code == 0) != (want == "it holds") || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %s", want, code, errs)
		}
	}
}

// What is erased of one case, with its salts, leaves the receipts of all others as they were, old ones and new ones.
func TestReceipt_holds_when_others_are_erased(t *testing.T) {
	t.Parallel()
	a, data := placed(t, 6)
	all := receipts(t, a)
	var gone, kept caseflow.CaseNo
	for no := range all {
		gone, kept = kept, no
	}
	db, err := sql.Open("sqlite", placeFlags{Data: data}.address())
	must(t, err)
	for _, table := range []string{"journal", "case_snapshot", "cases"} {
		_, err = db.Exec("DELETE FROM "+table+" WHERE case_no = ?", string(gone)) // #nosec G202 -- names of tables
		must(t, err)
	}
	must(t, db.Close())
	again := receipts(t, a)
	if again[gone] != nil || again[kept] == nil {
		t.Fatalf("%d receipts", len(again))
	}
	for _, r := range []*receipt.Receipt{all[kept], again[kept]} {
		if _, err := receipt.Verify(r, evidence.Policy{}); err != nil {
			t.Error(err)
		}
	}
}

// A sealed export of what was done is checked by the program alone; one that is changed in a bit, or sealed by a stranger, is not
// believed.
func TestVerify_export(t *testing.T) {
	t.Parallel()
	a, _ := placed(t, 3)
	s, err := sequencer.Open(t.Context(), sequencer.Options{Store: a.store, Seal: a.ring, Origin: "city.example/log", Now: time.Now, Rand: rand.Reader, Log: a.log})
	must(t, err)
	by := caseflow.Actor{ID: "aud", Kind: caseflow.ActorOfficial, Region: weinan, Roles: []string{caseflow.RoleAudit}}
	must(t, a.gate.Note(t.Context(), by, access.ListExported, "accounts")) // the demo's own traces are of its own time
	f, err := export.New(a.gate, a.store, s.Seal, time.Now).Make(t.Context(), by, export.Query{Log: export.Operations, From: time.Now().AddDate(0, -2, 0), Until: time.Now().AddDate(0, 1, 0)})
	must(t, err)
	if f.Rows == 0 {
		t.Fatal("nothing was exported")
	}
	keys, err := a.store.LogKeys(t.Context())
	must(t, err)
	file := func(text []byte) string {
		path := filepath.Join(t.TempDir(), "file")
		must(t, os.WriteFile(path, text, 0o600))
		return path
	}
	bad := append([]byte{}, f.Body...)
	bad[len(bad)/2] ^= 1
	good, key, stranger := file(f.Body), file([]byte(keys[0].Public+"\n")), file([]byte("other.example+c9b4c8dd+AdcHwUIbLoQtGCFSVV8YlRvFHMUzKHnH42uAgjTUCfMJ\n"))
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"it holds": {[]string{good}, 0}, "by a key that is trusted": {[]string{good, "--trust", key}, 0},
		"a bit": {[]string{file(bad)}, 1}, "no file": {[]string{good + "-none"}, 2}, "no keys": {[]string{good, "--trust", stranger}, 2},
	} {
		if out, errs, code := cli(t, append([]string{"verify", "export"}, c.args...)...); code != c.code {
			t.Errorf("%s: exit %d: %s%s", name, code, out, errs)
		}
	}
}
