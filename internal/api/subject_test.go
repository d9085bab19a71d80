package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/hall"
)

// list lists cases as somebody finds them by a word; "" is all.
func (h *house) list(who, search string) (all []api.CaseSummary) {
	h.t.Helper()
	var out struct{ Cases []api.CaseSummary }
	h.into(&out, h.must(http.StatusOK, who, "GET", "/cases?"+url.Values{"search": {search}}.Encode(), nil))
	return out.Cases
}

func TestSubject_is_in_lists_and_cases_and_finds_them(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	draft := h.open()
	if got := h.list("owner", "")[0]; got.Subject != "" || got.Applicant != "王秀英" {
		t.Errorf("a case of which nothing is answered: %+v", got)
	}
	h.give("owner", draft, "save-draft", map[string]any{"data": map[string]any{"company": map[string]any{"name": "渭南秦西商贸有限公司"}}})
	no := h.submitted()

	for _, search := range []string{"秦东", "商贸有限", "王秀英", no} {
		got := h.list("clerk", search)
		if len(got) != 1 || string(got[0].Case) != no || got[0].Subject != "渭南秦东商贸有限公司" || got[0].Applicant != "王**" {
			t.Errorf("the clerk finds by %q: %+v", search, got)
		}
	}
	var c api.CaseDetail
	h.into(&c, h.must(http.StatusOK, "clerk", "GET", "/cases/"+no, nil))
	var tasks struct{ Tasks []api.TaskSummary }
	h.into(&tasks, h.must(http.StatusOK, "clerk", "GET", "/tasks", nil))
	if c.Subject != "渭南秦东商贸有限公司" || len(tasks.Tasks) != 1 || tasks.Tasks[0].Case.Subject != c.Subject {
		t.Errorf("case %q, tasks %+v", c.Subject, tasks.Tasks)
	}
	var messages struct{ Messages []api.MessageView }
	h.into(&messages, h.must(http.StatusOK, "owner", "GET", "/messages", nil))
	contains(t, messages.Messages[0].Notice, `"subject":"渭南秦东商贸有限公司"`)

	// A draft that is filled in at home is found by its owner, and by nobody else.
	if got := h.list("owner", "秦西"); len(got) != 1 || string(got[0].Case) != draft {
		t.Errorf("the owner finds: %+v", got)
	}
	if got := h.list("owner", "商贸"); len(got) != 2 {
		t.Errorf("the owner finds: %+v", got)
	}
	for _, search := range []string{"秦西", "渭南秦西商贸有限公司"} {
		if got := h.list("clerk", search); len(got) != 0 {
			t.Errorf("the clerk finds somebody's draft: %+v", got)
		}
	}
}

func TestSubject_that_is_a_person_is_masked_to_others(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	open := opening()
	open["item"] = "school-place"
	var out hall.Receipt
	h.into(&out, h.must(http.StatusOK, "owner", "POST", "/cases", open))
	no := string(out.Case)
	h.give("owner", no, "save-draft", map[string]any{"data": map[string]any{"child": "欧阳小明"}})
	h.give("owner", no, "submit", nil)
	for who, want := range map[string]string{"owner": "欧阳小明", "clerk": "欧阳**"} {
		if got := h.list(who, "欧阳小"); len(got) != 1 || got[0].Subject != want {
			t.Errorf("%s finds: %+v", who, got)
		}
		var c api.CaseDetail
		h.into(&c, h.must(http.StatusOK, who, "GET", "/cases/"+no, nil))
		if c.Subject != want {
			t.Errorf("%s sees %q", who, c.Subject)
		}
	}
	lacks(t, h.must(http.StatusOK, "clerk", "GET", "/tasks", nil).body, "小明")
	contains(t, h.must(http.StatusOK, "clerk", "GET", "/cases/"+no+"?reason=x", nil).body, `"subject":"欧阳小明"`)
}

// A draft may hold anything as a name: it is kept, and neither breaks a row nor turns a line round.
func TestSubject_of_a_hostile_draft(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	for name, want := range map[string]string{
		"a\x1bb\u202ec\nd":         "abc d",
		strings.Repeat("长", 50000): strings.Repeat("长", 100),
		"<b>":                      "<b>",
	} {
		h.give("owner", no, "save-draft", map[string]any{"data": map[string]any{"company": map[string]any{"name": name}}})
		if got := h.list("owner", "")[0].Subject; got != want {
			t.Errorf("%.20q is listed as %q", name, got)
		}
	}
	h.give("owner", no, "save-draft", map[string]any{"data": map[string]any{"company": "x"}})
	if got := h.list("owner", "")[0].Subject; got != "" {
		t.Errorf("a name that is none is listed as %q", got)
	}
}
