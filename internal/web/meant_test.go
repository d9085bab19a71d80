package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// doors are both doors of an official: pages and the API over the same hall.
type doors struct {
	b    *bench
	api  http.Handler
	desk map[string]*visitor
	keys map[string]string
}

func (b *bench) doors() *doors {
	b.t.Helper()
	files, err := filestore.Open(b.t.TempDir(), b.clock())
	b.must(err)
	b.t.Cleanup(func() { b.must(files.Close()) })
	a, err := api.New(api.Options{Hall: b.hall, Gate: b.gate, Contacts: access.NewContacts(b.store, b.clock, nil, nil), Files: files, Quarantine: quarantine.New(files, b.store, b.gate, b.clock, nil), Items: func() []*caseflow.Item { return nil },
		Log: slog.New(slog.NewTextHandler(b.log, nil))})
	b.must(err)
	return &doors{b: b, api: a, desk: map[string]*visitor{}, keys: map[string]string{}}
}

// page asks the desk as somebody.
func (d *doors) page(who string) *visitor {
	d.b.t.Helper()
	if d.desk[who] == nil {
		d.desk[who] = d.b.signedIn(who)
	}
	return d.desk[who]
}

// get asks the API as somebody.
func (d *doors) get(who, path string) (int, []byte) {
	d.b.t.Helper()
	if d.keys[who] == "" {
		token, _, err := d.b.gate.SignIn(d.b.t.Context(), who, d.b.passwords[who], access.Client{Address: "127.0.0.1"})
		d.b.must(err)
		d.keys[who] = token.Reveal()
	}
	r := httptest.NewRequest(http.MethodGet, api.Prefix+path, nil)
	r.Header.Set("Authorization", "Bearer "+d.keys[who])
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Body)
	d.b.must(err)
	return w.Code, body
}

// full are the answers of a company that asks for everything, each answer a different one where that is possible.
func full() map[string]any {
	phone := func(n int) string { return fmt.Sprintf("1389130%04d", n) }
	row := func(n int, name string) map[string]any {
		return map[string]any{"name": name, "docType": "resident-id", "docNo": citizen(n).No}
	}
	with := func(m map[string]any, more ...any) map[string]any {
		for i := 0; i < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return m
	}
	return map[string]any{
		"company": map[string]any{"name": "渭南秦东小麦食品有限公司", "alternate": "渭南沙苑小麦食品有限公司", "kind": "limited", "capital": "1234500",
			"region": "610502", "address": "临渭区东风大街88号", "addressUse": "rent", "industry": "C13", "scope": "面粉、挂面生产、销售", "term": "fixed", "termYears": 37},
		"legal": with(row(1, "王秀英"), "phone", phone(11), "post", "director"),
		"people": []any{with(row(1, "王秀英"), "post", "director"), with(row(3, "钱三多"), "post", "supervisor", "phone", phone(3)),
			with(row(4, "赵四海"), "post", "manager")},
		"contact":      with(row(5, "周五常"), "phone", phone(5), "email", "zhou@example.com"),
		"shareholders": []any{with(row(1, "王秀英"), "amount", "1000000", "by", "2030-06-30"), with(row(6, "吴六顺"), "amount", "234500", "by", "2030-07-31")},
		"tax": map[string]any{"accounting": "small-enterprise", "payer": "small-scale", "financeName": "郑七巧", "financePhone": phone(7),
			"invoice": "yes", "invoiceKind": "digital-ordinary", "invoiceCount": 29, "device": "ukey"},
		"seals":    []any{"official", "invoice"},
		"bank":     map[string]any{"wanted": "yes", "branch": "linwei-centre", "date": "2026-12-08"},
		"staff":    map[string]any{"insured": "yes", "count": 31, "list": []any{with(row(8, "冯八达"), "wage", "4567.89")}},
		"fund":     map[string]any{"wanted": "yes", "ratio": 7, "base": "98765", "count": 23},
		"delivery": map[string]any{"how": "post", "receiver": "陈九章", "phone": phone(9), "address": "华州区解放路19号"},
	}
}

// handedIn is a case with these answers, its materials uploaded.
func (b *bench) handedIn(answers map[string]any) store.Key {
	b.t.Helper()
	return b.handedInBy(wang, caseflow.ChannelOnline, answers)
}

func (b *bench) handedInBy(login, channel string, answers map[string]any) store.Key {
	b.t.Helper()
	stored, err := b.store.AccountByLogin(b.t.Context(), login)
	b.must(err)
	a, err := b.gate.Account(b.t.Context(), access.System, stored.ID) // with its document in clear
	b.must(err)
	by := caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Department: a.Department, Region: a.Region, Roles: a.Roles, Document: ident.Document{Type: ident.DocType(a.DocType), No: a.DocNo}}
	key := store.Key{Region: weinan}
	do := func(cmd caseflow.Command) {
		b.t.Helper()
		r, err := b.hall.Do(b.t.Context(), by, "", key, cmd)
		if err != nil {
			b.t.Fatalf("%s: %v", cmd.Verb(), err)
		}
		key.Case = r.Case
	}
	do(caseflow.Open{Item: "company-open", Channel: channel,
		Applicant: caseflow.Party{Kind: "person", Name: "王秀英", Document: citizen(1), Phone: wang}})
	data, err := json.Marshal(answers)
	b.must(err)
	do(caseflow.SaveDraft{Data: data})
	for n, m := range []string{"articles", "legal-identity", "owner-identity", "address-proof"} {
		do(caseflow.Attach{Material: m, File: caseflow.File{Hash: hashOf(n), Name: m + ".pdf", Bytes: 8, Type: "application/pdf"}})
	}
	do(caseflow.Submit{})
	return key
}

func hashOf(n int) string { return strings.Repeat(fmt.Sprintf("%02x", 0xa0+n), 32) }

// everyone are the departments of practice 03; each has a reviewer who signs in as <department>1.
var everyone = []string{"market", "police", "tax", "bank", "insurance", "fund"}

// A department sees a case if its part is asked for and else finds nothing, at both doors and by search: all departments
// by all choices of the parts that may be left out, before acceptance and after it.
func TestOnly_departments_whose_part_is_asked_for_see_a_case(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.doors()
	wants := map[string][2]string{"bank": {"bank", "wanted"}, "insurance": {"staff", "insured"}, "fund": {"fund", "wanted"}}
	optional := []string{"bank", "insurance", "fund"}
	for choice := range 1 << len(optional) {
		answers, asked := full(), []string{"market", "police", "tax"}
		for i, part := range optional {
			if choice>>i&1 == 1 {
				asked = append(asked, part)
			} else {
				answers[wants[part][0]] = map[string]any{wants[part][1]: "no"}
			}
		}
		key := b.handedIn(answers)
		look := func(when string) {
			for _, dept := range everyone {
				who, want := dept+"1", http.StatusNotFound
				if slices.Contains(asked, dept) {
					want = http.StatusOK
				}
				if got := d.page(who).get("/desk/cases/" + string(key.Case)).status; got != want {
					t.Errorf("%s, asked for %v: %s gets %d on the page of the case, want %d", when, asked, dept, got, want)
				}
				if got, _ := d.get(who, "/cases/"+string(key.Case)+"?reason=look"); got != want {
					t.Errorf("%s, asked for %v: %s gets %d of the API, want %d", when, asked, dept, got, want)
				}
				found := strings.Contains(d.page(who).get("/desk/find?q="+url.QueryEscape("王秀英")).body, string(key.Case))
				_, list := d.get(who, "/cases?limit=200")
				if listed := strings.Contains(string(list), string(key.Case)); found != (want == http.StatusOK) || listed != found {
					t.Errorf("%s, asked for %v: %s finds it %v, lists it %v", when, asked, dept, found, listed)
				}
			}
		}
		look("handed in")
		b.official("clerk1", key, caseflow.Accept{})
		look("accepted")
	}
}

// answerAt finds the answer at a dotted name.
func answerAt(m map[string]any, name string) (any, bool) {
	key, rest, deeper := strings.Cut(name, ".")
	v, ok := m[key]
	if !deeper {
		return v, ok
	}
	sub, _ := v.(map[string]any)
	return answerAt(sub, rest)
}

// words are the texts within an answer that nobody can take for another answer.
func words(v any) []string {
	switch v := v.(type) {
	case string:
		if len(v) >= 9 && v != citizen(1).No && v != "resident-id" {
			return []string{v}
		}
	case []any:
		var list []string
		for _, x := range v {
			list = append(list, words(x)...)
		}
		return list
	case map[string]any:
		var list []string
		for _, x := range v {
			list = append(list, words(x)...)
		}
		return list
	}
	return nil
}

// What the form's page promises about who uses an answer is what the doors keep: every field by every department, with
// a reason given so that nothing is masked. The leading department reads all.
func TestAnswers_reach_the_departments_that_the_form_names(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.doors()
	key := b.handedIn(full())
	b.official("clerk1", key, caseflow.Accept{})
	home := "/desk/cases/" + string(key.Case)
	it := b.view(wang, key).Item
	for _, dept := range everyone {
		page := d.page(dept+"1").post(home+"/reveal", url.Values{"reason": {"核对"}}).is(http.StatusOK)
		history := d.page(dept+"1").get(home+"/timeline").body + d.page(dept+"1").get(home+"/opinions").body
		status, body := d.get(dept+"1", "/cases/"+string(key.Case)+"?reason=check")
		var got struct {
			Limited bool
			Form    map[string]any
		}
		b.must(json.Unmarshal(body, &got))
		if status != http.StatusOK || got.Limited != (dept != "market") {
			t.Fatalf("%s: %d, limited %v", dept, status, got.Limited)
		}
		mine := map[string]bool{"王秀英": true} // the applicant is known to all
		seen, judged := 0, 0
		for i := range it.Pages {
			for _, f := range it.Pages[i].Fields {
				want := dept == "market" || slices.Contains(f.Departments, dept)
				if _, has := answerAt(got.Form, f.Name); has != want {
					t.Errorf("%s has %s of the API: %v", dept, f.Name, has)
				}
				v, _ := answerAt(full(), f.Name)
				for _, w := range words(v) {
					if want {
						mine[w] = true
					}
				}
				judged++
				if want {
					seen++
				}
			}
		}
		for i := range it.Pages {
			for _, f := range it.Pages[i].Fields {
				v, _ := answerAt(full(), f.Name)
				for _, w := range words(v) {
					if f.Widget == "money" || strings.HasPrefix(f.Name, "company.industry") || len(f.Options) > 0 || f.Widget == "date" {
						continue // shown in other words
					}
					if !mine[w] && (strings.Contains(page.body, w) || strings.Contains(history, w) || strings.Contains(string(body), w)) {
						t.Errorf("%s finds %q of %s", dept, w, f.Name)
					}
					if mine[w] && f.Widget != "list" && !strings.Contains(page.body, w) {
						t.Errorf("%s does not find %q of %s on the page", dept, w, f.Name)
					}
				}
			}
		}
		if dept != "market" && (seen == 0 || seen == judged) {
			t.Errorf("%s reads %d of %d fields", dept, seen, judged)
		}
	}
}

// A material is open to the departments of its parts; for others there is no such file.
func TestMaterials_reach_the_departments_of_their_parts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.doors()
	key := b.handedIn(full())
	it := b.view(wang, key).Item
	for _, dept := range everyone {
		_, detail := d.get(dept+"1", "/cases/"+string(key.Case)+"?reason=check")
		page := d.page(dept + "1").get("/desk/cases/" + string(key.Case) + "/materials")
		for n, id := range []string{"articles", "legal-identity", "owner-identity", "address-proof"} {
			m := it.MaterialByID(id)
			want := dept == "market" || slices.ContainsFunc(m.Parts, func(p caseflow.PartID) bool { return it.PartByID(p).Department == dept })
			if got := strings.Contains(string(detail), hashOf(n)); got != want {
				t.Errorf("%s has %s of the API: %v", dept, id, got)
			}
			if got := strings.Contains(page.body, hashOf(n)); got != want {
				t.Errorf("%s has %s on the page: %v", dept, id, got)
			}
			if !want {
				d.page(dept + "1").get("/desk/cases/" + string(key.Case) + "/files/" + id + "/" + hashOf(n)).is(http.StatusNotFound)
				if got, _ := d.get(dept+"1", "/cases/"+string(key.Case)+"/files/"+hashOf(n)); got != http.StatusNotFound {
					t.Errorf("%s downloads %s: %d", dept, id, got)
				}
			}
		}
	}
}

// What officials write is for those whose work it is: a reason of the tax office is not for the bank.
func TestWords_of_one_department_are_not_read_by_another(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.doors()
	key := b.handedIn(full())
	home, secret := "/desk/cases/"+string(key.Case), "名下另有非正常户"
	b.official("clerk1", key, caseflow.Accept{})
	task := func(step caseflow.StepID) int {
		for _, t := range b.view(wang, key).Case.Tasks {
			if t.Step == step && t.Live() {
				return t.ID
			}
		}
		t.Fatalf("no task of %s", step)
		return 0
	}
	b.official("market1", key, caseflow.Grant{Task: task("register"), Data: []byte(`{"approvedName":"渭南秦东小麦食品有限公司"}`)})
	b.official("police1", key, caseflow.Grant{Task: task("sealReview"), Data: []byte(`{"codes":"6105020000001"}`), Words: "印模已留存"})
	b.official("tax1", key, caseflow.Refuse{Task: task("taxReview"), Ground: "tax-risk", Words: secret})
	for _, dept := range everyone {
		read := ""
		for _, tab := range []string{"", "/opinions", "/timeline", "/materials", "/evidence"} {
			read += d.page(dept + "1").get(home + tab).is(http.StatusOK).body
		}
		for _, path := range []string{"?reason=check", "/timeline"} {
			_, body := d.get(dept+"1", "/cases/"+string(key.Case)+path)
			read += string(body)
		}
		if got, want := strings.Contains(read, secret), dept == "market" || dept == "tax"; got != want {
			t.Errorf("%s reads why the tax office refused: %v", dept, got)
		}
		for _, theirs := range []string{"印模已留存", "6105020000001"} {
			if got, want := strings.Contains(read, theirs), dept == "market" || dept == "police"; got != want {
				t.Errorf("%s reads %s: %v", dept, theirs, got)
			}
		}
		if !strings.Contains(read, "渭南秦东小麦食品有限公司") {
			t.Errorf("%s does not read the approved name", dept)
		}
	}
}

// That somebody helps the applicant is for everybody to see; why, and who the helper is, is for the window alone.
func TestHelp_says_its_reason_to_the_window_alone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.doors()
	key := b.handedIn(full())
	b.official("clerk1", key, caseflow.Assist{How: caseflow.AssistAgent, Why: "elderly", Name: "秦守信", Office: "杜桥社区服务站", Phone: "09132930099", Basis: "授权委托书"})
	for _, dept := range everyone {
		read := ""
		for _, tab := range []string{"", "/timeline", "/evidence"} {
			read += d.page(dept + "1").get("/desk/cases/" + string(key.Case) + tab).is(http.StatusOK).body
		}
		for _, path := range []string{"?reason=check", "/timeline"} {
			_, body := d.get(dept+"1", "/cases/"+string(key.Case)+path)
			read += string(body)
		}
		for _, private := range []string{"elderly", "老年人", "秦守信", "杜桥社区服务站", "09132930099", "assist-why"} {
			if got := strings.Contains(read, private); got && dept != "market" {
				t.Errorf("%s reads %s", dept, private)
			}
		}
		if !strings.Contains(read, "agent") || !strings.Contains(read, "代办") {
			t.Errorf("%s does not see that somebody helps", dept)
		}
	}
}
