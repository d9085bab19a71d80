package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/store"
)

// proves checks how many acts of the module the log proves, by their kind.
func (h *creditHouse) proves(want map[string]int) {
	h.t.Helper()
	got := map[string]int{}
	err := h.app.store.EachLeaf(h.t.Context(), func(l store.Leaf, _ int64) error {
		if l.Kind == store.LeafModule {
			act, _, _ := strings.Cut(strings.TrimPrefix(l.Name, "credit "), " ")
			got[act]++
		}
		return nil
	})
	if err != nil || !maps.Equal(got, want) {
		h.t.Errorf("the log proves %v, want %v, %v", got, want, err)
	}
}

// work does what servers do without anybody asking, twice: what was carried out is not carried out again.
func (h *creditHouse) work() {
	h.t.Helper()
	for range 2 {
		if _, err := h.log.Place(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		if err := h.app.modules[0].(module.Worker).Work(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *creditHouse) post(who, path string, body any) []byte {
	h.t.Helper()
	status, text := h.ask(who, "POST", api.Prefix+path, "application/json", jsonOf(h.t, body))
	if status/100 != 2 {
		h.t.Fatalf("%s as %s: %d %s", path, who, status, text)
	}
	return text
}

// task is the live task of a step.
func (h *creditHouse) task(who, at, step string) int {
	h.t.Helper()
	var c api.CaseDetail
	if err := json.Unmarshal(h.want(http.StatusOK, who, "GET", api.Prefix+at, "", nil), &c); err != nil {
		h.t.Fatal(err)
	}
	for _, x := range c.Tasks {
		if string(x.Step) == step {
			return x.ID
		}
	}
	h.t.Fatalf("no task %s", step)
	return 0
}

const creditParty = "91350100M000100Y43"

// represented makes the citizen the legal representative of the company, and returns the company's space.
func (h *creditHouse) represented() string {
	h.t.Helper()
	citizen, err := h.app.store.AccountByLogin(h.t.Context(), "13800138001")
	if err != nil {
		h.t.Fatal(err)
	}
	clerk := caseflow.Actor{Kind: caseflow.ActorOfficial, ID: "clerk", Region: "610800", Department: "market", Roles: []string{caseflow.RoleClerk}}
	if _, err := h.app.hall.RecordLegal(h.t.Context(), clerk, "610800", citizen, hall.Company{Name: "榆林甲公司", Code: creditParty}, "核验营业执照"); err != nil {
		h.t.Fatal(err)
	}
	return caseflow.CompanyOwner(creditParty)
}

// started opens a case about the record from the party's own page, hands it in and lets it be accepted.
func (h *creditHouse) started(owner, item string, proof bool) string {
	h.t.Helper()
	const who = "13800138001"
	form := url.Values{"owner": {owner}, "item": {item}, "source": {"market"}, "id": {"罚1"}, "request": {"once-" + item}}
	page := h.want(http.StatusOK, who, "GET", "/my/credit/ask?"+form.Encode(), "", nil)
	if !bytes.Contains(page, []byte("开始办理")) || !bytes.Contains(page, []byte("&lt;b&gt;超范围经营")) {
		h.t.Fatalf("%s", page)
	}
	for range 2 { // a double click opens one case
		h.want(http.StatusOK, who, "POST", "/my/credit/ask", "application/x-www-form-urlencoded", []byte(form.Encode()))
	}
	rows, _, err := h.app.store.Cases(h.t.Context(), store.CaseQuery{Region: "610800", Item: caseflow.ItemID(item), Limit: 9})
	if err != nil || len(rows) != 1 {
		h.t.Fatalf("%d cases, %v", len(rows), err)
	}
	at := "/cases/" + string(rows[0].Case)
	if text := h.want(http.StatusOK, who, "GET", api.Prefix+at, "", nil); !bytes.Contains(text, []byte(`"recordId":"罚1"`)) || !bytes.Contains(text, []byte(`"source":"market"`)) {
		h.t.Errorf("%s", text)
	}
	h.post(who, at+"/save-draft", map[string]any{"data": map[string]string{"words": "已经缴清罚款并变更登记。"}})
	if proof {
		pdf := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
		var file caseflow.File
		if err := json.Unmarshal(h.want(http.StatusCreated, who, "POST", api.Prefix+"/files?name=a.pdf", "application/octet-stream", pdf), &file); err != nil {
			h.t.Fatal(err)
		}
		h.post(who, at+"/attach", map[string]any{"material": "proof", "file": file})
	}
	h.post(who, at+"/submit", map[string]any{})
	h.post("credit", at+"/accept", map[string]any{})
	return at
}

// see is what an official sees of the company.
func (h *creditHouse) see() []byte {
	h.t.Helper()
	return h.want(http.StatusOK, "police", "GET", api.Prefix+"/credit/parties/"+creditParty+"?reason=%E6%A3%80%E6%9F%A5", "", nil)
}

// tierIsNotTold: nobody learns the tier at a case before the look that its step demands.
func (h *creditHouse) tierIsNotTold(at string) {
	h.t.Helper()
	h.want(http.StatusNotFound, "credit", "GET", api.Prefix+"/credit"+at, "", nil) // nobody sees before the look is recorded
	h.want(http.StatusNotFound, "credit", "GET", api.Prefix+"/credit"+at+"/party", "", nil)
	if page := h.want(http.StatusOK, "credit", "GET", "/desk"+at+"/history", "", nil); bytes.Contains(page, []byte("信用等级")) {
		h.t.Errorf("the tier is told before the look: %s", page)
	}
}

// tierIsTold to who may look at parties and has looked at this case, with its reason, and to nobody else.
func (h *creditHouse) tierIsTold(at string) {
	h.t.Helper()
	check := api.Prefix + "/credit" + at + "/party"
	h.want(http.StatusNotFound, "police", "GET", api.Prefix+"/credit"+at, "", nil)
	if text := h.want(http.StatusOK, "credit", "GET", check, "", nil); !bytes.Contains(text, []byte(`"tier":"B"`)) {
		h.t.Errorf("who may look at parties and has consulted is not told the tier: %s", text)
	}
	page := h.want(http.StatusOK, "credit", "GET", "/desk"+at+"/history", "", nil)
	if !bytes.Contains(page, []byte("信用等级 B（风险一般）")) || !bytes.Contains(page, []byte("/desk/credit"+at+"/party")) {
		h.t.Errorf("the history does not say the tier and why: %s", page)
	}
	h.want(http.StatusOK, "credit", "GET", "/desk/credit"+at+"/party", "", nil)
	for _, who := range []string{"police", "market", "13800138001"} { // by right, but without the look at this case; no right
		h.want(http.StatusNotFound, who, "GET", check, "", nil)
		h.want(http.StatusNotFound, who, "GET", "/desk/credit"+at+"/party", "", nil)
	}
}

// Repair of a record and objection to it are ordinary cases that the party opens at the record; while one is open the record says
// so, and what is granted takes the record out of the tier, once, whatever its source sends later.
func TestCredit_records_are_repaired_and_struck_by_cases(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		item, open, state string
		proof, grant      bool
	}{
		"a repair is granted":     {"credit-repair", `"repair":"`, "repaired", true, true},
		"an objection is right":   {"credit-objection", `"objection":"`, "struck", false, true},
		"an objection is refused": {"credit-objection", `"objection":"`, "stands", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newCreditHouse(t)
			list := strings.Replace(creditList, "2026-08-31", "2026-08-01", 1) // may be repaired since 1 November
			h.want(http.StatusCreated, "market", "POST", api.Prefix+"/credit/batches", "application/octet-stream", []byte(list))
			owner := h.represented()
			h.work()
			page := h.want(http.StatusOK, "13800138001", "GET", "/my/credit?owner="+url.QueryEscape(owner), "", nil)
			if !bytes.Contains(page, []byte("/my/credit/ask?id=%E7%BD%9A1&amp;item=credit-objection")) || !bytes.Contains(page, []byte("item=credit-repair")) || bytes.Contains(page, []byte("处理中")) {
				t.Errorf("%s", page)
			}
			at := h.started(owner, c.item, c.proof)
			h.work()
			if text := h.see(); !bytes.Contains(text, []byte(c.open)) || !bytes.Contains(text, []byte(`"tier":"B"`)) || !bytes.Contains(text, []byte(`"state":"stands"`)) {
				t.Errorf("while it is open: %s", text)
			}
			page = h.want(http.StatusOK, "13800138001", "GET", "/my/credit?owner="+url.QueryEscape(owner), "", nil)
			if !bytes.Contains(page, []byte("处理中")) || bytes.Contains(page, []byte("item="+c.item)) {
				t.Errorf("the record does not say that it is asked about: %s", page)
			}
			again := h.want(http.StatusOK, "13800138001", "GET", "/my/credit/ask?"+url.Values{"owner": {owner}, "item": {c.item}, "source": {"market"}, "id": {"罚1"}}.Encode(), "", nil)
			if bytes.Contains(again, []byte("开始办理")) || !bytes.Contains(again, []byte("正在办理")) {
				t.Errorf("it can be asked a second time: %s", again)
			}
			verify, check := h.task("credit", at, "verify"), api.Prefix+"/credit"+at
			h.tierIsNotTold(at)
			h.want(http.StatusConflict, "credit", "POST", api.Prefix+at+"/complete", "application/json", jsonOf(t, map[string]any{"task": verify, "outcome": "agree"}))
			if page = h.want(http.StatusOK, "credit", "GET", "/desk"+at, "", nil); !bytes.Contains(page, []byte("/acts/consult?")) {
				t.Errorf("the case offers no look: %s", page)
			}
			h.post("credit", at+"/consult", map[string]any{"task": verify})
			if page = h.want(http.StatusOK, "credit", "GET", "/desk"+at, "", nil); !bytes.Contains(page, []byte("/desk/credit"+at)) {
				t.Errorf("the case does not lead to what is consulted: %s", page)
			}
			text := h.want(http.StatusOK, "credit", "GET", check, "", nil)
			if !bytes.Contains(text, []byte(`"about":{"source":"market","id":"罚1"}`)) || bytes.Contains(text, []byte("tier")) || bytes.Contains(text, []byte(`"from":"2026-11-01"`)) != (c.item == "credit-repair") {
				t.Errorf("%s", text)
			}
			h.tierIsTold(at)
			page = h.want(http.StatusOK, "credit", "GET", "/desk/credit"+at, "", nil)
			if !bytes.Contains(page, []byte("&lt;b&gt;超范围经营")) || bytes.Contains(page, []byte("风险一般")) {
				t.Errorf("%s", page)
			}
			page = h.want(http.StatusOK, "13800138001", "GET", "/my/credit?owner="+url.QueryEscape(owner), "", nil)
			if !bytes.Contains(page, []byte(strings.TrimPrefix(at, "/cases/")+" 信用")) {
				t.Errorf("the party does not read who looked for which case: %s", page)
			}
			h.post("credit", at+"/complete", map[string]any{"task": verify, "outcome": "agree"})
			if c.grant {
				h.post("credit", at+"/grant", map[string]any{"task": h.task("credit", at, "decide")})
			} else {
				h.post("credit", at+"/refuse", map[string]any{"task": h.task("credit", at, "decide"), "ground": "correct", "words": "记录无误。"})
			}
			h.work()
			text = h.see()
			tier, changes, proved := `"tier":"A"`, 2, map[string]int{"batch": 1, "look": 1, "mark": 1} // at one instant a look counts once
			if !c.grant {
				tier, changes = `"tier":"B"`, 1
				delete(proved, "mark")
			}
			if !bytes.Contains(text, []byte(`"state":"`+c.state+`"`)) || !bytes.Contains(text, []byte(tier)) || bytes.Count(text, []byte(`"why":`)) != changes || bytes.Contains(text, []byte(c.open)) {
				t.Errorf("decided: %s", text)
			}
			h.proves(proved)
			// The department sends the same record again: what was decided stays.
			h.want(http.StatusCreated, "market", "POST", api.Prefix+"/credit/batches", "application/octet-stream", []byte(strings.Replace(list, "一般", "严重", 1)))
			h.work()
			if text := h.see(); !bytes.Contains(text, []byte(`"state":"`+c.state+`"`)) || !bytes.Contains(text, []byte(`"result":"grave"`)) {
				t.Errorf("sent again: %s", text)
			}
		})
	}
}

// What cannot be asked is not offered, and is refused with its reason; of another's record nobody learns anything.
func TestCredit_nothing_is_asked_in_vain(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t)
	h.want(http.StatusCreated, "market", "POST", api.Prefix+"/credit/batches", "application/octet-stream", []byte(creditList))
	owner := h.represented()
	ask := func(status int, who, method string, change ...string) []byte {
		form := url.Values{"owner": {owner}, "item": {"credit-repair"}, "source": {"market"}, "id": {"罚1"}}
		for i := 0; i < len(change); i += 2 {
			form.Set(change[i], change[i+1])
		}
		if method == "GET" {
			return h.want(status, who, method, "/my/credit/ask?"+form.Encode(), "", nil)
		}
		return h.want(status, who, method, "/my/credit/ask", "application/x-www-form-urlencoded", []byte(form.Encode()))
	}
	if page := ask(http.StatusOK, "13800138001", "GET"); !bytes.Contains(page, []byte("从 2026-11-30 起")) || bytes.Contains(page, []byte("开始办理")) || !bytes.Contains(page, []byte("自觉履行")) {
		t.Errorf("%s", page)
	}
	if page := ask(http.StatusUnprocessableEntity, "13800138001", "POST"); !bytes.Contains(page, []byte("2026-11-30")) {
		t.Errorf("%s", page)
	}
	ask(http.StatusNotFound, "13800138001", "GET", "id", "罚2")
	ask(http.StatusNotFound, "13800138001", "GET", "item", "another")
	ask(http.StatusNotFound, "13800138001", "POST", "owner", caseflow.CompanyOwner("91610800MA70000000"))
	ask(http.StatusNotFound, "credit", "GET")
	rows, _, err := h.app.store.Cases(t.Context(), store.CaseQuery{Region: "610800", Item: "credit-repair", Limit: 9})
	if err != nil || len(rows) != 0 {
		t.Errorf("%d cases were opened, %v", len(rows), err)
	}
}

// What the hall knows itself becomes records by itself, each once: a licence that is granted and taken back, a commitment that is kept
// or broken. A person's case makes none.
func TestCredit_follows_cases(t *testing.T) {
	t.Parallel()
	h := newCreditHouse(t, filepath.FromSlash("../../internal/module/credit/testdata/permit"))
	open := func(applicant map[string]any) string {
		t.Helper()
		var opened struct{ Case string }
		if err := json.Unmarshal(h.post("credit", "/cases", map[string]any{"item": "permit", "channel": "window", "applicant": applicant}), &opened); err != nil {
			t.Fatal(err)
		}
		at := "/cases/" + opened.Case
		h.post("credit", at+"/save-draft", map[string]any{"data": map[string]string{"name": "榆林甲公司"}})
		h.post("credit", at+"/defer", map[string]any{"material": "proof", "signed": applicant["name"]})
		h.post("credit", at+"/submit", map[string]any{})
		h.post("credit", at+"/accept", map[string]any{})
		h.post("credit", at+"/grant", map[string]any{"task": h.task("credit", at, "decide")})
		return at
	}
	company := map[string]any{"kind": "organisation", "name": "榆林甲公司", "document": map[string]string{"docType": "credit-code", "docNo": creditParty}, "phone": "13800138001"}
	kept, broken := open(company), open(company)
	person := open(map[string]any{"kind": "person", "name": "李明", "document": map[string]string{"docType": "resident-id", "docNo": "610502198803120111"}, "phone": "13800138001"})
	h.work()
	see := func(want map[string]int) {
		t.Helper()
		text := h.want(http.StatusOK, "police", "GET", api.Prefix+"/credit/parties/"+creditParty+"?reason=%E6%A3%80%E6%9F%A5", "", nil)
		for part, n := range want {
			if got := bytes.Count(text, []byte(part)); got != n {
				t.Errorf("%d times %s, want %d: %s", got, part, n, text)
			}
		}
	}
	see(map[string]int{`"kind":"licence","result":"granted"`: 2, `"kind":"promise","result":"open"`: 2}) // promises are public while they are open
	if text := h.want(http.StatusOK, "", "GET", api.Prefix+"/credit/publications?region=610800&kind=promise", "", nil); bytes.Count(text, []byte(`"result":"open"`)) != 2 || bytes.Contains(text, []byte("李明")) {
		t.Errorf("%s", text)
	}
	h.post("credit", kept+"/fulfil-commitment", map[string]any{"material": "proof", "paper": true})
	for _, at := range []string{broken, person} {
		h.post("credit", at+"/break-commitment", map[string]any{"material": "proof", "reason": "查明没有场所"})
	}
	h.work()
	see(map[string]int{`"result":"kept"`: 1, `"result":"broken"`: 1, "示例许可：场所证明": 2, "没有场所": 0, `"indicator":"promise-broken"`: 1, `"measure":"broken-promise"`: 1, `"kind":"incentive"`: 0})
	h.post("credit", broken+"/revoke", map[string]any{"reason": "以欺骗手段取得", "basis": map[string]string{"law": "行政许可法", "article": "69"}})
	h.work()
	see(map[string]int{`"kind":"licence","result":"granted"`: 1, `"result":"revoked"`: 1, `"kind":"promise"`: 2})
	if text := h.want(http.StatusOK, "", "GET", api.Prefix+"/credit/publications?region=610800", "", nil); bytes.Count(text, []byte(`"party":"`)) != 2 || bytes.Contains(text, []byte("李明")) {
		t.Errorf("%s", text)
	}
	batches := 0
	err := h.app.store.Read(t.Context(), func(sc store.Scan) error { return sc(&batches) }, "SELECT COUNT(*) FROM credit_batch WHERE source = 'cases'")
	if err != nil || batches != 3 {
		t.Errorf("%d batches, %v", batches, err)
	}
}
