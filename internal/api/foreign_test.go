package api_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

func newOfficial(login string) access.NewAccount {
	return access.NewAccount{Login: login, Kind: caseflow.ActorOfficial, Name: "新人", Region: linwei, Department: "hall", Roles: []string{caseflow.RoleClerk}}
}

// sample makes a value that a schema of the document accepts.
func (c *contract) sample(schema any) any {
	s, _ := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		return c.sample(dig(c.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
	}
	if list, ok := s["enum"].([]any); ok {
		return list[0]
	}
	if list, ok := s["examples"].([]any); ok {
		return list[0]
	}
	kind := s["type"]
	if list, ok := kind.([]any); ok {
		kind = list[0]
	}
	switch kind {
	case "object":
		out := map[string]any{}
		properties, _ := s["properties"].(map[string]any)
		for name, p := range properties {
			if required, _ := s["required"].([]any); slices.Contains(required, any(name)) {
				out[name] = c.sample(p)
			}
		}
		return out
	case "array":
		return []any{c.sample(s["items"])}
	case "integer", "number":
		return 1
	case "boolean":
		return true
	case "string":
		if s["format"] == "date-time" {
			return "2026-11-24T00:00:00Z"
		}
		return "x"
	}
	return map[string]any{}
}

// operation is one that the document names, with an address and a body that aim at a case.
type operation struct {
	id, method, at string
	path           string // as the document has it
	public         bool
	aimed          bool // names the case
	body           any
}

// operations reads the document: whatever is added to the API is tried without a line here.
func (c *contract) operations(t testing.TB, no, hash string) []operation {
	t.Helper()
	var list []operation
	for p, methods := range c.doc["paths"].(map[string]any) {
		for method, op := range methods.(map[string]any) {
			o := operation{path: p, id: dig(op, "operationId").(string), method: strings.ToUpper(method), aimed: strings.Contains(p, "{case}") || strings.Contains(p, "{message}")}
			if security, ok := dig(op, "security").([]any); ok && len(security) == 0 {
				o.public = true
			}
			at := strings.NewReplacer("{case}", no, "{hash}", hash, "{id}", "company-open", "{session}", "0123456789abcdef", "{code}", "AAAA",
				"{lobby}", "hall", "{digits}", strings.Repeat("0", 20), "{leaf}", strings.Repeat("0", 64), "{message}", no+".4.1", "{material}", "identity", "{step}", "licence", "{paper}", "receipt", "{list}", "region", "{factor}", "totp", "{account}", strings.Repeat("0", 32), "{pack}", "none", "{version}", "1", "{mandate}", "0123456789abcdef", "{archive}", "none.backup", "{file}", linwei+".QUARANTINED", "{notice}", no+"-1", "{reform}", "none", "{shift}", "none", "{parameter}", "benefits", "{announcement}", "none", "{job}", "clocks", "{source}", "core", "{log}", "operations", "{alarm}", "none").Replace(p)
			if strings.Contains(at, "{") {
				t.Fatalf("%s has a parameter that the test does not know", p)
			}
			var query []string
			parameters, _ := dig(op, "parameters").([]any)
			for _, q := range parameters {
				switch name := dig(q, "name").(string); {
				case dig(q, "in") != "query":
				case name == "region":
					query = append(query, "region="+linwei)
				case name == "case":
					query, o.aimed = append(query, "case="+no, "material=identity"), true
				case name == "name":
					query = append(query, "name=a.png")
				case name == "list":
					query = append(query, "list=document")
				case dig(q, "required") == true && (name == "from" || name == "until"):
					query = append(query, name+"="+map[string]string{"from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}[name])
				}
			}
			if len(query) > 0 {
				at += "?" + strings.Join(query, "&")
			}
			o.at = at
			if schema := dig(op, "requestBody", "content", "application/json", "schema"); schema != nil {
				o.body = c.sample(schema)
			} else if dig(op, "requestBody") != nil {
				o.body = bytes.NewReader(image(3, 3))
			}
			list = append(list, o)
		}
	}
	return list
}

// every is each role that there is, one that only a pack knows among them.
var every = []string{caseflow.RoleClerk, caseflow.RoleReviewer, caseflow.RoleHead, caseflow.RoleSupervisor, caseflow.RoleAssessor,
	caseflow.RoleAdmin, caseflow.RoleSecurity, caseflow.RoleAudit, "seal-cutter"}

// abroad makes an official of each role in the other region, in the department that works on the cases of this one.
func (h *house) abroad() (logins []string) {
	h.t.Helper()
	for _, role := range every {
		login := "abroad-" + role
		added, err := h.gate.Seed(h.t.Context(), []access.NewAccount{{Login: login, Kind: caseflow.ActorOfficial, Name: "外人", Region: huazhou, Department: "market", Roles: []string{role}}})
		must(h.t, err)
		var out struct{ Token string }
		h.into(&out, h.must(http.StatusCreated, "", "POST", "/sessions", map[string]any{"login": login, "password": added[0].Password}))
		h.tokens[login] = out.Token
		logins = append(logins, login)
	}
	return logins
}

// administers reports whether somebody is the system administrator of a region.
func administers(who string) bool {
	return people[who].role == caseflow.RoleAdmin || who == "abroad-"+caseflow.RoleAdmin
}

// R18: every operation of the document, as everybody who has no right to a case, with its number. What names the case
// is answered by 404 and nothing else, as if the case did not exist; lists never hold it.
func TestForeign_cases_cannot_be_reached_by_any_operation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(http.StatusOK, "admin", "POST", "/console/parameters/lookups", map[string]any{"value": "1000", "reason": "x", "version": 0}) // all strangers guess from one address
	no := h.running()
	hash := h.upload("owner", "id.png", image(20, 20)).Hash
	list := h.rules.operations(t, no, hash)
	if len(list) < 50 {
		t.Fatalf("the document has only %d operations", len(list))
	}
	strangers := append([]string{"neighbour", "culture", "assessor", "admin", "security", "audit", "other-clerk", "other-head"}, h.abroad()...)
	keeps := []string{"run-job", "set-parameter", "announce", "recount", "try-recount", "try-calendar", "load-calendar", "list-calendars"} // an administrator's own business: it names no case and nothing of one
	ends := []string{"sign-in", "sign-out", "register", "change-password", "upload", "read-messages", "choose-contact", "switch-benefits"} // change who asks, or are nobody's
	before := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil)
	for i, who := range strangers {
		if i == len(strangers)/2 {
			h.pass(16 * time.Minute) // so many numbers that are not found may be looked up from one address, and then some again
		}
		for _, o := range list {
			if slices.Contains(ends, o.id) && !o.aimed || slices.Contains(keeps, o.id) && administers(who) {
				continue
			}
			body := o.body
			if o.id == "upload" {
				body = bytes.NewReader(image(3, 3))
			}
			if o.id == "open" {
				body = map[string]any{"item": "company-open", "channel": "window", "applicant": opening()["applicant"]}
				if who == "neighbour" {
					continue // anybody may open a case of their own
				}
			}
			if o.id == "give-mandate" && who == "neighbour" {
				continue // anybody may let another act in their own matters
			}
			if o.id == "start-backup" && administers(who) {
				continue // it names no case; the system has no region
			}
			r := h.call(who, o.method, o.at, body)
			lacks(t, r.body, "王秀英")
			if o.aimed && r.status != http.StatusNotFound {
				t.Errorf("%s as %s: %d %s", o.id, who, r.status, r.body)
			}
			if !o.aimed {
				lacks(t, r.body, no)
				if !o.public && r.status/100 == 2 && o.method == http.MethodPost {
					t.Errorf("%s as %s did something: %s", o.id, who, r.body)
				}
			}
		}
	}
	for _, o := range list {
		if !o.public {
			h.must(http.StatusUnauthorized, "", o.method, o.at, o.body)
		}
	}
	if after := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil); !bytes.Equal(before.body, after.body) {
		t.Errorf("strangers changed the case:\n%s\n%s", before.body, after.body)
	}
}

// things makes one of everything that has an id of its own and belongs to a region or a person, and returns what stands in place of the ids of
// operations, with the words that nobody else may read.
func (h *house) things() (ids *strings.Replacer, words []string) {
	h.t.Helper()
	no := h.running()
	h.quarantined(no, store.QuarantineHeld)
	h.give("market", no, "claim", map[string]any{"task": h.task("market", no, "register")})
	firm := h.legal("owner", "MA6TE1TB", "秦东茶舍")
	h.must(http.StatusOK, "owner", "POST", "/mandates", map[string]any{"for": firm, "agent": "代理甲", "items": []string{"company-open"}, "until": "2027-06-30"})
	var given struct{ Mandates []api.MandateView }
	h.into(&given, h.must(http.StatusOK, "owner", "GET", "/mandates?for="+firm, nil))
	var told api.ManagedAnnouncement
	h.into(&told, h.must(http.StatusCreated, "admin", "POST", "/console/announcements", announcement(true)))
	h.fail(store.MessageUnclear)
	var sent struct{ Dispatches []api.DispatchView }
	h.into(&sent, h.must(http.StatusOK, "admin", "GET", "/dispatches?state=unclear", nil))
	reform := h.proposed(api.NewReform{Target: "culture", Name: caseflow.Text{ZH: "文旅广电局"}, Basis: "机构改革"}).Reform.ID
	shift, account := h.offered(), h.accounts("admin", "?q=clerk").Accounts[0].ID
	mandate := slices.IndexFunc(given.Mandates, func(m api.MandateView) bool { return m.Kind == "agent" })
	if mandate < 0 || len(sent.Dispatches) == 0 {
		h.t.Fatalf("%+v, %+v", given, sent)
	}
	return strings.NewReplacer("{account}", account, "{file}", linwei+".QUARANTINED", "{reform}", reform, "{shift}", shift, "{announcement}", told.ID,
		"{mandate}", given.Mandates[mandate].ID, "{message}", sent.Dispatches[0].ID, "{case}", no, "{parameter}", "benefits"), []string{"赵敏", "王秀英", "文旅广电局", "三点回电", "周日维护", "代理甲", "Test.Virus"}
}

// R18 for all that is no case: whatever operation of the document names an account, a file in quarantine, a reform, a shift, an
// announcement, a mandate or a message that is really there, everybody of another region is told that there is none, and nothing changes.
func TestForeign_things_cannot_be_reached_by_any_operation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids, words := h.things()
	strangers := append(h.abroad(), "neighbour")
	seen := func() (all []string) {
		for _, at := range []struct{ who, path string }{{"admin", "/console/accounts/{account}"}, {"admin", "/console/quarantine/{file}"}, {"admin", "/console/reforms/{reform}"},
			{"market", "/shifts/{shift}"}, {"admin", "/console/announcements/{announcement}"}, {"owner", "/mandates"}, {"admin", "/dispatches?state=unclear"}} {
			all = append(all, string(h.must(http.StatusOK, at.who, "GET", ids.Replace(at.path), nil).body))
		}
		return all
	}
	before, tried := seen(), map[string]int{}
	for _, o := range h.rules.operations(t, "none", strings.Repeat("0", 64)) {
		at, _, _ := strings.Cut(ids.Replace(o.path), "?")
		if at == o.path || strings.Contains(at, "{") || o.public || o.id == "set-parameter" {
			continue // names none of them; a parameter names its region in the body
		}
		for _, who := range strangers {
			tried[o.id]++
			r := h.call(who, o.method, at, o.body)
			if r.status != http.StatusNotFound {
				t.Errorf("%s as %s: %d %s", o.id, who, r.status, r.body)
			}
			for _, word := range words {
				lacks(t, r.body, word)
			}
		}
	}
	if len(tried) < 60 {
		t.Errorf("only %d operations were tried", len(tried))
	}
	if after := seen(); !slices.Equal(before, after) {
		t.Errorf("strangers changed something:\n%s\n%s", before, after)
	}
}

// Whoever may see a case but holds the wrong post is told so, and changes nothing.
func TestPosts_are_kept_apart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	task := h.task("market", no, "register")
	for _, who := range []string{"owner", "clerk", "tax", "supervisor"} {
		r := h.call(who, "POST", path("/cases/%s/grant", no), map[string]any{"task": task})
		if r.status != http.StatusForbidden || r.code() != "not-yours" {
			t.Errorf("%s grants for the market department: %d %s", who, r.status, r.body)
		}
	}
	if r := h.call("market", "POST", path("/cases/%s/extend", no), map[string]any{"reason": "复杂"}); r.status != http.StatusForbidden {
		t.Errorf("a reviewer extends: %d %s", r.status, r.body)
	}
	h.must(http.StatusOK, "head", "POST", path("/cases/%s/extend", no), map[string]any{"reason": "需要核实"})
}

// A decision is handed over to nobody who may not take it: neither to a clerk nor to another department.
func TestDecisions_are_handed_over_only_to_who_may_decide(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	hand := map[string]any{"task": h.task("market", no, "register"), "reason": "请接手"}
	for _, to := range []map[string]any{{"department": "hall", "role": "clerk"}, {"department": "tax", "role": "reviewer"}} {
		hand["to"] = to
		if r := h.call("market", "POST", path("/cases/%s/hand-over", no), hand); r.status != http.StatusConflict && r.status != http.StatusUnprocessableEntity || r.code() != "post-unfit" {
			t.Errorf("to %v: %d %s", to, r.status, r.body)
		}
	}
	hand["to"] = map[string]any{"department": "market", "role": "reviewer"}
	h.must(http.StatusOK, "market", "POST", path("/cases/%s/hand-over", no), hand)
}
