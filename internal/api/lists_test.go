package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// listing is how an operation that lists by pages is tried.
type listing struct {
	who    string   // sees the rows
	also   []string // see some of them, or all
	query  string   // that all requests have
	filter string   // that leaves some of the rows, and not all
}

// listings are all operations of the document that list by pages; a test fails while one is missing.
var listings = map[string]listing{
	"list-cases":        {who: "owner", also: []string{"clerk", "head", "supervisor", "market", "tax", "police"}, filter: "item=school-place"},
	"list-tasks":        {who: "market", also: []string{"market-left", "supervisor"}, filter: "state=claimed"},
	"list-messages":     {who: "owner", filter: "unread=true"},
	"list-own-looks":    {who: "owner"},
	"list-mandates":     {who: "neighbour", query: "for=" + url.QueryEscape(caseflow.CompanyOwner(string(ident.MakeCreditCode('9', '1', linwei, "MA6TE1TA"))))},
	"list-notices":      {query: "region=" + linwei, filter: "running=true"},
	"list-shifts":       {who: "market", also: []string{"market-left"}, filter: "state=offered"},
	"list-cases-behind": {who: "supervisor", also: []string{"head", "clerk", "market", "market-left", "tax", "police"}, query: "from=2026-11-01&to=2026-11-30", filter: "item=school-place"},
	"list-dispatches":   {who: "admin", also: []string{"audit"}, query: "state=unclear"},
	"list-quarantine":   {who: "audit", also: []string{"admin", "security"}, filter: "state=held"},
	"list-accounts":     {who: "admin", also: []string{"security", "audit"}, filter: "q=sl"}, // by the sound of a name
	"list-online":       {who: "audit", also: []string{"security"}, filter: "kind=citizen"},
	"list-sign-ins":     {who: "audit", also: []string{"security"}, filter: "kind=signed-out"},
	"list-operations":   {who: "audit", filter: "kind=announced"},
	"list-all-looks":    {who: "audit", filter: "until=2026-11-24T02:00:01Z"},
}

// unpaged are the lists that have no pages, by why they need none.
var unpaged = map[string]string{
	"of one case": "see-case see-asked see-beside see-clocks see-party-history list-known-answers list-looks given-before on-file list-papers see-paper " +
		"list-quarantined-of-case see-shares see-timeline see-progress get-notice",
	"of one account or thing": "see-account list-account-identities see-announcement list-licences list-spaces list-factors list-identities list-providers list-sessions me list-in-hand see-shift see-reform",
	"as many as are set up": "list-announced list-announcements list-calendars list-backups list-departments list-dictionaries see-dictionary list-jobs list-parameters see-witnesses list-recorded-texts get-log list-lobbies list-packs list-people " +
		"list-proofs compare-packs list-promises list-promises-kept see-kept see-protection list-components list-items see-item see-situation search-list check-name",
	"of one day or period": "see-line statistics tally list-orders",
}

// rowsOf are the rows of a page: its one list, as texts that can be compared.
func (h *house) rowsOf(r reply) (rows []string, next string, total *api.Total) {
	h.t.Helper()
	var page map[string]json.RawMessage
	h.into(&page, r)
	for key, text := range page {
		var list []json.RawMessage
		if key != "counts" && json.Unmarshal(text, &list) == nil {
			for _, row := range list {
				rows = append(rows, string(row))
			}
		}
	}
	if text, ok := page["next"]; ok {
		h.into(&next, reply{body: text})
	}
	if text, ok := page["total"]; ok {
		h.into(&total, reply{body: text})
	}
	return rows, next, total
}

// listed reads a list to its end by pages of a size.
func (h *house) listed(who, at, query string, size int) (all []string) {
	h.t.Helper()
	cursor := ""
	for range 300 {
		rows, next, _ := h.rowsOf(h.must(http.StatusOK, who, "GET", fmt.Sprintf("%s?%s&limit=%d&cursor=%s", at, query, size, url.QueryEscape(cursor)), nil))
		if len(rows) > size {
			h.t.Fatalf("%s: a page of %d has %d rows", at, size, len(rows))
		}
		all = append(all, rows...)
		if cursor = next; cursor == "" {
			return all
		}
	}
	h.t.Fatalf("%s has no end", at)
	return nil
}

// fillLists does what every list of the table tells of, at least three times, and differently.
func (h *house) fillLists() {
	h.t.Helper()
	var cases []string
	for range 3 {
		cases = append(cases, h.running())
		h.must(http.StatusOK, "clerk", "GET", "/cases/"+cases[0]+"?reason=核对", nil)
		h.must(http.StatusNoContent, "owner", "POST", "/messages/read", nil)
		h.pass(time.Minute)
	}
	ended := h.posted()
	for range 2 {
		h.pass(time.Minute)
		h.posted()
	}
	h.give("owner", ended, "withdraw", map[string]any{"reason": "x"})
	for who := range people {
		h.token(who)
	}
	for range 3 {
		h.give("market", cases[0], "claim", map[string]any{"task": h.task("market", cases[0], "register")})
		s := h.offered()
		h.must(http.StatusOK, "market-left", "POST", "/shifts/"+s+"/decline", map[string]any{})
		h.give("market", cases[0], "release", map[string]any{"task": h.task("market", cases[0], "register")})
		h.pass(time.Minute)
	}
	h.give("market", cases[0], "claim", map[string]any{"task": h.task("market", cases[0], "register")})
	h.offered()
	firm := h.legal("neighbour", "MA6TE1TA", "华山客栈")
	for i := range 3 {
		var given struct{ Code string }
		h.into(&given, h.must(http.StatusOK, "neighbour", "POST", "/mandates", map[string]any{"for": firm, "agent": "王秀英", "items": []string{"company-open"}, "until": "2027-06-30"}, "Idempotency-Key", path("m-%d", i)))
	}
	for i, state := range []string{store.QuarantineHeld, store.QuarantineHeld, store.QuarantineAsked} {
		must(h.t, h.store.AddQuarantined(h.t.Context(), store.Quarantined{Region: linwei, ID: path("Q%d", i), Material: "identity", Name: "a.png", Bytes: 3, Type: filestore.PNG, SHA256: "ab",
			Finding: "Test.Virus", Account: "nobody", At: h.time(), State: state, Asked: "nobody", Changed: h.time()}))
	}
	h.must(http.StatusCreated, "admin", "POST", "/console/announcements", announcement(true))
	h.must(http.StatusNoContent, "neighbour", "DELETE", "/sessions/current", nil)
	h.signOut("neighbour")
	h.token("neighbour")
	h.fail(store.MessageUnclear)
}

// Every operation that lists by pages, of the document: its pages, of whatever size, are the whole list in its order, filtered or not; what it
// counts is what it lists; a wrong size, cursor or count is refused at its name; nobody else finds or counts a row of it. A list that is not
// in the tables fails the test.
func TestLists_have_pages_totals_and_limits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fillLists()
	tried := map[string]bool{}
	because := strings.Join(slices.Collect(maps.Values(unpaged)), " ")
	for _, o := range h.rules.operations(t, "610502-20261124-000001", "0") {
		if o.method != http.MethodGet || !h.rules.lists(o) {
			continue
		}
		l, ok := listings[o.id]
		if asks := h.rules.asks(o); asks["cursor"] || asks["limit"] {
			if !ok {
				t.Errorf("how is %s tried?", o.id)
				continue
			}
			tried[o.id] = true
			t.Run(o.id, func(t *testing.T) {
				whole := h.t
				h.t = t
				defer func() { h.t = whole }()
				h.pages(o.path, l, asks)
			})
		} else if !slices.Contains(strings.Fields(because), o.id) {
			t.Errorf("%s lists without pages: why?", o.id)
		}
	}
	for id := range listings {
		if !tried[id] {
			t.Errorf("%s lists nothing by pages", id)
		}
	}
}

// lists reports whether an operation answers with a list.
func (c *contract) lists(o operation) bool {
	schema := dig(c.doc, "paths", o.path, "get", "responses", "200", "content", "application/json", "schema")
	if ref, ok := dig(schema, "$ref").(string); ok {
		schema = dig(c.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	properties, _ := dig(schema, "properties").(map[string]any)
	for _, p := range properties {
		if dig(p, "type") == "array" {
			return true
		}
	}
	return false
}

// asks are the parameters that an operation has in its query.
func (c *contract) asks(o operation) map[string]bool {
	names := map[string]bool{}
	parameters, _ := dig(c.doc, "paths", o.path, strings.ToLower(o.method), "parameters").([]any)
	for _, p := range parameters {
		if dig(p, "in") == "query" {
			names[dig(p, "name").(string)] = true
		}
	}
	return names
}

// pages tries one list.
func (h *house) pages(at string, l listing, asks map[string]bool) {
	t, counts := h.t, asks["count"]
	whole := h.listed(l.who, at, l.query, 200)
	if len(whole) < 3 {
		t.Fatalf("only %d rows: the test has to make more", len(whole))
	}
	for size := range 2 {
		if got := h.listed(l.who, at, l.query, size+1); !slices.Equal(got, whole) {
			t.Errorf("by %d: %d rows, want %d in their order\n%s", size+1, len(got), len(whole), strings.Join(got, "\n"))
		}
	}
	if got, _, _ := h.rowsOf(h.must(http.StatusOK, l.who, "GET", at+"?"+l.query, nil)); !slices.Equal(got, whole[:min(50, len(whole))]) {
		t.Errorf("without a limit: %d rows", len(got))
	}
	queries := map[string]int{l.query: len(whole)}
	if l.filter != "" {
		some := h.listed(l.who, at, l.query+"&"+l.filter, 200)
		queries[l.query+"&"+l.filter] = len(some)
		if len(some) == 0 || len(some) >= len(whole) {
			t.Errorf("%s leaves %d of %d rows", l.filter, len(some), len(whole))
		}
		if got := h.listed(l.who, at, l.query+"&"+l.filter, 1); !slices.Equal(got, some) {
			t.Errorf("%s, one by one: %d rows, want %d", l.filter, len(got), len(some))
		}
	}
	for query, n := range queries {
		if !counts {
			contains(t, h.must(http.StatusUnprocessableEntity, l.who, "GET", at+"?"+query+"&count=true", nil).body, `"field":"count"`)
			continue
		}
		_, next, total := h.rowsOf(h.must(http.StatusOK, l.who, "GET", at+"?"+query+"&limit=1&count=true", nil))
		if total == nil || *total != (api.Total{Count: n}) {
			t.Errorf("%s counts %+v, want %d", query, total, n)
		}
		if next != "" {
			if _, _, total = h.rowsOf(h.must(http.StatusOK, l.who, "GET", at+"?"+query+"&count=true&cursor="+url.QueryEscape(next), nil)); total == nil || total.Count != n {
				t.Errorf("%s counts %+v on the next page, want %d", query, total, n)
			}
		}
		if _, _, total = h.rowsOf(h.must(http.StatusOK, l.who, "GET", at+"?"+query, nil)); total != nil {
			t.Errorf("%s counts unasked: %+v", query, total)
		}
	}
	h.wrongPages(at, l, counts)
	of := "" // by region, which the own one is not for everybody
	if asks["region"] {
		of = linwei
	}
	h.othersPages(at, of, l, counts, whole)
}

// wrongPages asks for pages that are none.
func (h *house) wrongPages(at string, l listing, counts bool) {
	wrong := map[string][]string{"limit": {"0", "-1", "201", "x", "1e2", "99999999999999999999"}, "cursor": {"x", "AAAA", strings.Repeat("x", 1001)}}
	if counts {
		wrong["count"] = []string{"x", "2", "1 or 1=1"}
	}
	for name, values := range wrong {
		for _, v := range values {
			r := h.call(l.who, "GET", at+"?"+l.query+"&"+name+"="+url.QueryEscape(v), nil)
			if r.status != http.StatusUnprocessableEntity || !strings.Contains(string(r.body), `"field":"`+name+`"`) {
				h.t.Errorf("%s=%.20s: %d %s", name, v, r.status, r.body)
			}
		}
	}
}

// othersPages asks as everybody else: they are told nothing of the rows, and what they count is what they list.
func (h *house) othersPages(at, of string, l listing, counts bool, whole []string) {
	if l.who == "" {
		return // for everybody
	}
	for _, who := range append(slices.Sorted(maps.Keys(people)), "") {
		if who == l.who || slices.Contains(l.also, who) {
			continue
		}
		query := at + "?" + l.query + "&limit=200"
		if of != "" {
			query += "&region=" + of
		}
		if counts {
			query += "&count=true"
		}
		r := h.call(who, "GET", query, nil)
		if r.status == http.StatusNotFound || who == "" && r.status == http.StatusUnauthorized {
			continue
		}
		rows, _, total := h.rowsOf(r)
		if r.status != http.StatusOK || slices.ContainsFunc(rows, func(row string) bool { return slices.Contains(whole, row) }) {
			h.t.Errorf("as %q: %d %s", who, r.status, r.body)
		}
		if counts && (total == nil || total.Count != len(rows)) {
			h.t.Errorf("%q counts %+v of %d rows", who, total, len(rows))
		}
	}
}
