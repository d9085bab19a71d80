package api_test

import (
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
)

// shelved is a pack of the tests that ask about packs.
const shelved = "03-weinan-open-company"

// changedText is what the later version says otherwise.
const changedText = "templates/acceptance-notice.zh.html"

// shelve loads the pack and a later version of it; it returns the first version.
func (h *house) shelve() (version string) {
	h.t.Helper()
	files := fstest.MapFS{}
	dir := os.DirFS("../../packs/" + shelved)
	must(h.t, fs.WalkDir(dir, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, p)
		files[p] = &fstest.MapFile{Data: data}
		return err
	}))
	line := regexp.MustCompile(`(?m)^version: .*$`)
	for _, next := range []string{"", "9.0.0"} {
		if next != "" {
			files["pack.yaml"] = &fstest.MapFile{Data: line.ReplaceAll(files["pack.yaml"].Data, []byte("version: "+next))}
			notice := files[changedText]
			files[changedText] = &fstest.MapFile{Data: append(slices.Clone(notice.Data), "又及。\n"...)}
		}
		p, problems := pack.Load(files)
		if len(problems) > 0 {
			h.t.Fatal(problems)
		}
		must(h.t, h.packs.Add(p))
		if version == "" {
			version = p.Version
		}
	}
	return version
}

// accounts lists accounts as somebody.
func (h *house) accounts(who, query string) (page struct {
	Accounts []api.ManagedAccount
	Next     string
}) {
	h.t.Helper()
	h.into(&page, h.must(http.StatusOK, who, "GET", "/console/accounts"+query, nil))
	return page
}

// consoleOf says which of the three administrators may what.
var consoleOf = map[string]string{
	"list-accounts": "admin security audit", "add-official": "admin", "see-account": "admin security audit", "assign-account": "security",
	"close-account": "security", "open-account": "security", "reset-password": "admin", "set-document": "admin", "sign-out-other": "security", "list-online": "security audit",
	"list-sign-ins": "security audit", "list-operations": "audit", "list-all-looks": "audit", "see-system": "admin audit", "see-witnesses": "admin security audit", "settle-alarm": "security", "list-proofs": "admin audit",
	"compare-packs": "admin audit", "list-promises": "admin audit", "list-packs": "admin audit", "load-pack": "admin",
	"list-account-identities": "admin security audit", "link-official": "admin", "unlink-official": "security", "see-kept": "admin",
	"list-backups": "admin audit", "start-backup": "admin", "try-backup": "admin",
	"list-quarantine": "admin security audit", "see-quarantined": "admin security audit", "ask-release": "security", "release-quarantined": "admin security",
	"refuse-release": "admin security", "delete-quarantined": "security",
	"list-departments": "admin security audit", "see-reform": "admin security audit", "try-reform": "admin", "propose-reform": "admin",
	"list-dictionaries": "admin audit", "see-dictionary": "admin audit",
	"seal-export": "audit", // of the log that the test asks for
	"list-jobs":   "admin audit", "run-job": "admin",
	"list-parameters": "admin audit", "set-parameter": "admin",
	"list-announcements": "admin audit", "see-announcement": "admin audit", "announce": "admin", "withdraw-announcement": "admin",
	"agree-reform": "security", "decline-reform": "security", "withdraw-reform": "admin",
}

// Every operation of the console as everybody: whose it is not is told that there is no such thing, of the own region as of another.
func TestConsole_operations_are_three_peoples(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	version := h.shelve()
	no := h.running()
	h.token("clerk")
	h.quarantined(no, store.QuarantineAsked)
	id := h.accounts("admin", "?q=clerk").Accounts[0].ID
	reform := h.proposed(api.NewReform{Target: "culture", Name: caseflow.Text{ZH: "文旅局"}, Basis: "x"}).Reform.ID
	var told api.ManagedAnnouncement
	h.into(&told, h.must(http.StatusCreated, "admin", "POST", "/console/announcements", announcement(true)))
	tried := map[string]bool{}
	for who := range people {
		for _, o := range h.rules.operations(t, no, strings.Repeat("0", 64)) {
			owners, ok := consoleOf[o.id]
			if !ok {
				if strings.Contains(o.at, "/console/") {
					t.Errorf("whose is %s?", o.id)
				}
				continue
			}
			tried[o.id] = true
			may := slices.Contains(strings.Fields(owners), who)
			if o.method == http.MethodPost && may {
				continue // that they can is shown below
			}
			at := strings.NewReplacer(strings.Repeat("0", 32), id, "/packs/none/changes", "/packs/"+shelved+"/changes?old="+version+"&new=9.0.0",
				"/versions/1", "/versions/"+version, "/packs/none", "/packs/"+shelved, "/reforms/none", "/reforms/"+reform, "/announcements/none", "/announcements/"+told.ID).Replace(o.at)
			want := http.StatusNotFound
			switch {
			case may:
				want = http.StatusOK
			case who == "other-admin" && slices.Contains([]string{"see-system", "see-witnesses", "list-proofs", "compare-packs", "list-promises", "list-packs", "list-backups", "list-jobs", "list-dictionaries", "see-dictionary"}, o.id):
				want = http.StatusOK // the system has no region
			case who == "other-admin" && slices.Contains([]string{"load-pack", "start-backup", "try-reform", "propose-reform", "set-parameter", "announce", "run-job"}, o.id):
				continue
			}
			if r := h.call(who, o.method, at, o.body); r.status != want {
				t.Errorf("%s as %s: %d, want %d: %s", o.id, who, r.status, want, r.body)
			}
		}
	}
	if len(tried) != len(consoleOf) {
		t.Errorf("tried %d of %d operations", len(tried), len(consoleOf))
	}
	if list := h.accounts("admin", "?kind=official&limit=200"); slices.ContainsFunc(list.Accounts, func(a api.ManagedAccount) bool { return a.Region != linwei }) {
		t.Errorf("accounts of another region: %+v", list)
	}
}

// An account by the API: made without a role, assigned on the version that was seen, closed, opened, signed out; each act in the log.
func TestConsole_account_from_first_to_last(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, who := range []string{"admin", "security", "audit"} {
		h.token(who)
	}
	var made struct {
		Account  api.ManagedAccount
		Password string
	}
	body := map[string]any{"login": "qian.new", "name": "钱新", "region": linwei, "department": "hall"}
	h.into(&made, h.must(http.StatusCreated, "admin", "POST", "/console/accounts", body))
	if len(made.Account.Roles) != 0 || !made.Account.MustChange {
		t.Errorf("%+v", made.Account)
	}
	contains(t, h.must(http.StatusUnprocessableEntity, "admin", "POST", "/console/accounts", body).body, "login.taken")
	at := "/console/accounts/" + made.Account.ID
	var in struct{ Token string }
	h.into(&in, h.must(http.StatusCreated, "", "POST", "/sessions", map[string]any{"login": "qian.new", "password": made.Password}))
	assignment := map[string]any{"version": 0, "department": "hall", "roles": []string{"clerk"}}
	var now api.ManagedAccount
	h.into(&now, h.must(http.StatusOK, "security", "POST", at+"/assign", assignment))
	if now.Version != 1 || !slices.Equal(now.Roles, []string{"clerk"}) {
		t.Errorf("%+v", now)
	}
	if r := h.must(http.StatusConflict, "security", "POST", at+"/assign", assignment); r.code() != "account-moved" {
		t.Errorf("%s", r.body)
	}
	assignment["version"], assignment["region"] = 1, huazhou
	contains(t, h.must(http.StatusUnprocessableEntity, "security", "POST", at+"/assign", assignment).body, "region.unknown")
	h.must(http.StatusConflict, "security", "POST", at+"/close", map[string]any{"version": 0})
	h.into(&now, h.must(http.StatusOK, "security", "POST", at+"/close", map[string]any{"version": 1}))
	if h.must(http.StatusUnauthorized, "", "GET", "/me", nil, "Authorization", "Bearer "+in.Token); !now.Closed {
		t.Errorf("%+v", now)
	}
	h.must(http.StatusOK, "security", "POST", at+"/open", map[string]any{"version": 2})
	var reset struct{ Account api.ManagedAccount }
	h.into(&reset, h.must(http.StatusOK, "admin", "POST", at+"/password", map[string]any{"version": 3}))
	if !reset.Account.Closed {
		t.Error("a reset by one left the account open")
	}
	own := "/console/accounts/" + h.accounts("security", "?role=security").Accounts[0].ID
	h.must(http.StatusForbidden, "security", "POST", own+"/assign", map[string]any{"version": 0, "department": "office", "roles": []string{"audit"}})
	h.must(http.StatusNoContent, "security", "POST", at+"/sign-out", nil)

	var log struct{ Traces []api.TraceView }
	h.into(&log, h.must(http.StatusOK, "audit", "GET", "/console/operations?account="+made.Account.ID, nil))
	var told []string
	for _, x := range log.Traces {
		told = append(told, strings.TrimSpace(x.Kind+" "+x.Reason))
	}
	slices.Sort(told) // all happened in one instant of the test's time
	if want := []string{"account-added", "account-changed assigned", "account-changed disabled", "account-changed enabled", "account-changed password", "session-ended"}; !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
	h.into(&log, h.must(http.StatusOK, "security", "GET", "/console/sign-ins?kind=signed-in&account="+made.Account.ID, nil))
	if len(log.Traces) != 1 || log.Traces[0].Address == "" {
		t.Errorf("%+v", log.Traces)
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		if r := h.call("audit", method, "/console/operations", nil); r.status/100 != 4 {
			t.Errorf("%s a log: %d", method, r.status)
		}
	}
}

// Two versions of a pack are told apart, with what each promises.
func TestConsole_compares_packs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	version := h.shelve()
	base := "/console/packs/" + shelved
	contains(t, h.must(http.StatusOK, "admin", "GET", base+"/changes?old="+version+"&new=9.0.0", nil).body, `"what":"template","id":"`+strings.TrimPrefix(changedText, "templates/")+`","kind":"changed"`)
	contains(t, h.must(http.StatusOK, "audit", "GET", base+"/versions/"+version, nil).body, `"promised":"2 workday"`)
	contains(t, h.must(http.StatusOK, "admin", "GET", base, nil).body, `{"version":"9.0.0","proof":"unknown"}`)
	for _, none := range []string{"/console/packs/none", base + "/versions/7", base + "/changes?old=7&new=" + version} {
		h.must(http.StatusNotFound, "admin", "GET", none, nil)
	}
	h.must(http.StatusUnprocessableEntity, "admin", "GET", base+"/changes", nil)
}

// An official whose document the system administrator has set, and whose account the security administrator has opened again, is kept out
// of the case of which they are the applicant; nobody else may set it, and the operation log shows a part of the number only.
func TestConsole_document_keeps_an_official_out_of_their_own_case(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	for _, who := range []string{"market", "admin", "security", "audit"} {
		h.token(who)
	}
	task := h.task("market", no, "register")
	added, err := h.gate.Seed(t.Context(), []access.NewAccount{{Login: "own.case", Kind: caseflow.ActorOfficial, Name: "王秀英", Region: linwei, Department: "market", Roles: []string{caseflow.RoleReviewer}}})
	must(t, err)
	signIn := func() string {
		var in struct{ Token string }
		h.into(&in, h.must(http.StatusCreated, "", "POST", "/sessions", map[string]any{"login": "own.case", "password": added[0].Password}))
		return "Bearer " + in.Token
	}
	before := signIn()
	find := func() api.ManagedAccount { return h.accounts("admin", "?q=own.case").Accounts[0] }
	at := "/console/accounts/" + find().ID
	body := map[string]any{"version": find().Version, "document": map[string]any{"type": string(document.Type), "no": document.No}}
	for _, who := range []string{"security", "audit", "market"} {
		h.must(http.StatusNotFound, who, "POST", at+"/document", body)
	}
	wrong := map[string]any{"version": find().Version, "document": map[string]any{"type": "resident-id", "no": "123"}}
	contains(t, h.must(http.StatusUnprocessableEntity, "admin", "POST", at+"/document", wrong).body, "document")
	if now := find(); now.Document != "" || now.Closed {
		t.Fatalf("a refused change: %+v", now)
	}
	h.must(http.StatusOK, "admin", "POST", at+"/document", body)
	now := find()
	if !now.Closed || now.Document == "" || now.Document == document.No {
		t.Fatalf("by one administrator: %+v", now)
	}
	h.must(http.StatusConflict, "admin", "POST", at+"/document", body) // decided on what no longer stands
	h.must(http.StatusUnauthorized, "", "GET", "/me", nil, "Authorization", before)
	h.must(http.StatusOK, "security", "POST", at+"/open", map[string]any{"version": now.Version})
	if r := h.call("", "POST", path("/cases/%s/grant", no), map[string]any{"task": task}, "Authorization", signIn()); r.code() != "conflict-of-interest" {
		t.Errorf("the own case: %d %s", r.status, r.body)
	}
	if log := h.must(http.StatusOK, "audit", "GET", "/console/operations?account="+now.ID, nil).body; strings.Contains(string(log), document.No) || !strings.Contains(string(log), now.Document) {
		t.Errorf("the log: %s", log)
	}
}
