package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// What a page shows before a request is handed in, a program can ask for: what is asked, what is missing, what is wrong.
func TestAsked_tells_what_is_missing_before_handing_in(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	var got api.AskedView
	ask := func(who string) {
		t.Helper()
		got = api.AskedView{}
		h.into(&got, h.must(http.StatusOK, who, "GET", path("/cases/%s/asked", no), nil))
	}
	ask("owner")
	if !slices.Equal(got.Materials, []string{"identity", "address"}) || !slices.Equal(got.Missing, got.Materials) || len(got.Parts) != 3 || !slices.Equal(got.Pages, []string{"who"}) {
		t.Errorf("%+v", got)
	}
	h.give("owner", no, "defer", map[string]any{"material": "address", "signed": "王秀英"})
	h.give("owner", no, "attach", map[string]any{"material": "identity", "file": h.upload("owner", "id.png", image(20, 20))})
	if ask("owner"); len(got.Missing) != 0 {
		t.Errorf("missing %v", got.Missing)
	}
	h.must(http.StatusNotFound, "neighbour", "GET", path("/cases/%s/asked", no), nil)
	h.give("owner", no, "submit", nil)
	ask("clerk")
	h.must(http.StatusNotFound, "tax", "GET", path("/cases/%s/asked", no), nil) // speaks of answers that are not for it
}

// Colleagues are told who holds a task and to whom work can be given; the applicant is told neither.
func TestPeople_are_named_to_colleagues(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	for _, who := range []string{"tax", "supervisor", "assessor", "admin", "security", "audit"} {
		h.token(who)
	}
	h.give("market", no, "claim", map[string]any{"task": h.task("market", no, "register")})
	var list struct{ People []api.PersonView }
	h.into(&list, h.must(http.StatusOK, "clerk", "GET", "/people", nil))
	name := map[string]string{}
	for _, p := range list.People {
		name[p.ID] = p.Name
		if p.Department == "" || len(p.Roles) == 0 {
			t.Errorf("%+v is no official", p)
		}
	}
	there := slices.Collect(maps.Values(name))
	for _, who := range []string{"clerk", "market", "tax", "supervisor"} {
		if !slices.Contains(there, people[who].name) {
			t.Errorf("%s is not offered, of %v", who, there)
		}
	}
	for _, who := range []string{"assessor", "admin", "security", "audit"} { // they may see no case
		if slices.Contains(there, people[who].name) {
			t.Errorf("work may be given to %s", who)
		}
	}
	found := func(q string) (names []string) {
		t.Helper()
		var some struct{ People []api.PersonView }
		h.into(&some, h.must(http.StatusOK, "clerk", "GET", "/people?q="+url.QueryEscape(q), nil))
		for _, p := range some.People {
			names = append(names, p.Name)
		}
		return names
	}
	for _, q := range []string{"sl", "sunli", "孙"} {
		if got := found(q); len(got) != 1 || got[0] != "孙立" {
			t.Errorf("%s finds %v", q, got)
		}
	}
	if got := found("nobody"); len(got) != 0 {
		t.Errorf("%v", got)
	}
	holder := func(who string) string {
		t.Helper()
		var c api.CaseDetail
		h.into(&c, h.must(http.StatusOK, who, "GET", "/cases/"+no, nil))
		for _, x := range c.Tasks {
			if x.Step == "register" {
				return x.Holder
			}
		}
		t.Fatal("no task")
		return ""
	}
	if got := name[holder("head")]; got != "孙立" {
		t.Errorf("the holder is %q, of %v", got, name)
	}
	if got := holder("owner"); got != "" {
		t.Errorf("the owner is told %s", got)
	}
	h.must(http.StatusNotFound, "owner", "GET", "/people", nil)
	h.must(http.StatusNotFound, "other-clerk", "GET", "/people?region="+linwei, nil)
	h.must(http.StatusNotFound, "clerk", "GET", "/licences", nil)
}

// All messages are read at once, and nobody else's.
func TestMessages_are_read_at_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.running()
	unread := func() (n int) {
		t.Helper()
		var list struct{ Messages []api.MessageView }
		h.into(&list, h.must(http.StatusOK, "owner", "GET", "/messages", nil))
		for _, m := range list.Messages {
			if m.Read.IsZero() {
				n++
			}
		}
		return n
	}
	if unread() == 0 {
		t.Fatal("nothing was sent")
	}
	h.must(http.StatusNoContent, "neighbour", "POST", "/messages/read", nil)
	if unread() == 0 {
		t.Error("a neighbour read them")
	}
	h.must(http.StatusNoContent, "owner", "POST", "/messages/read", nil)
	if n := unread(); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// A parameter that does not exist is named; one fault stands once.
func TestFaults_name_what_is_wrong_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	contains(t, h.must(http.StatusUnprocessableEntity, "clerk", "GET", "/tasks?due=x", nil).body, `"field":"due","code":"unknown"`)
	open := opening()
	open["applicant"].(map[string]any)["document"] = map[string]any{"docType": "resident-id", "docNo": document.No, "a": 1, "b": 2}
	r := h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", open)
	var p struct {
		Fields []struct{ Field, Code string }
	}
	h.into(&p, r)
	seen := map[string]bool{}
	for _, f := range p.Fields {
		if f.Field == "" || seen[f.Field+f.Code] {
			t.Errorf("%+v in %s", f, r.body)
		}
		seen[f.Field+f.Code] = true
	}
}

// Who applies is checked: a name of markup, a phone of letters.
func TestOpen_checks_who_applies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for field, value := range map[string]string{"name": "<script>alert(1)</script>", "phone": "abc"} {
		open := opening()
		open["applicant"].(map[string]any)[field] = value
		r := h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases", open)
		contains(t, r.body, `"field":"applicant.`+field+`"`)
		lacks(t, r.body, value)
	}
}
