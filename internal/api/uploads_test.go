package api_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// An upload that waits for nobody is removed, and who hands it in then is told to upload it again. What a draft took stays, also
// when it was taken out of the draft again: the journal names it.
func TestUploads_that_nobody_took_are_removed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	attach := func(f caseflow.File) map[string]any { return map[string]any{"material": "identity", "file": f} }
	taken, taken2, late := h.upload("owner", "a.png", image(1, 1)), h.upload("owner", "b.png", image(2, 2)), h.upload("owner", "c.png", image(3, 3))
	refused := h.upload("owner", "d.png", image(4, 4))
	h.give("owner", no, "attach", attach(taken))
	h.give("owner", no, "attach", attach(taken2))
	h.give("owner", no, "detach", map[string]any{"material": "identity", "hash": taken2.Hash})
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases/"+no+"/attach", map[string]any{"material": "nonsense", "file": refused})
	prune := func() int {
		t.Helper()
		n, err := h.files.Prune(t.Context(), time.Now().Add(time.Hour), h.hall.Holds)
		must(t, err)
		return n
	}
	if n := prune(); n != 2 {
		t.Errorf("%d uploads were removed, want the one that was left and the one that was refused", n)
	}
	h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/files/"+taken.Hash, nil)
	r := h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases/"+no+"/attach", attach(late))
	if r.code() != "file-unknown" {
		t.Errorf("it is answered with %s", r.body)
	}
	h.give("owner", no, "attach", attach(h.upload("owner", "c.png", image(3, 3))))
	if n := prune(); n != 0 {
		t.Errorf("%d uploads were removed that a case holds", n)
	}
	for _, f := range []caseflow.File{taken, taken2, late} {
		must(t, h.files.Has(t.Context(), f))
	}
}

// A command whose file goes between the door and the hall is refused with words of its own, and only to who may give it.
func TestUploads_that_go_on_the_way_are_asked_for_again(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	f := h.upload("owner", "a.png", image(1, 1))
	if n, err := h.files.Prune(t.Context(), time.Now().Add(time.Hour), h.hall.Holds); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	token, err := access.ParseToken(h.token("owner"))
	must(t, err)
	owner, _, err := h.gate.Who(t.Context(), token)
	must(t, err)
	key := store.Key{Region: linwei, Case: caseflow.CaseNo(no)}
	_, err = h.hall.Do(t.Context(), owner, "", key, caseflow.Attach{Material: "identity", File: f})
	if refusal, ok := err.(*caseflow.Refusal); !ok || refusal.Code != caseflow.CodeFileGone {
		t.Errorf("the owner is told %v", err)
	}
	_, err = h.hall.Do(t.Context(), caseflow.Actor{ID: "somebody", Kind: caseflow.ActorCitizen}, "", key, caseflow.Attach{Material: "identity", File: f})
	if _, ok := err.(*caseflow.Refusal); ok || err == nil {
		t.Errorf("somebody else is told %v", err)
	}
}

// What the applicant gave before is listed, and attached by its hash and case; that of others is neither.
func TestGiven_before_is_attached_without_uploading(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	from, no := h.submitted(), h.open()
	var list api.GivenList
	h.into(&list.Body, h.must(http.StatusOK, "owner", "GET", path("/cases/%s/materials/identity/given-before", no), nil))
	if len(list.Body.Files) != 1 || string(list.Body.Files[0].Case) != from || list.Body.Files[0].File.Given.IsZero() {
		t.Fatalf("%+v", list.Body)
	}
	file := list.Body.Files[0].File
	attach := func(who, no string, status int) {
		t.Helper()
		h.must(status, who, "POST", path("/cases/%s/attach", no), map[string]any{"material": "identity", "file": file})
	}
	attach("owner", no, http.StatusOK)
	h.must(http.StatusNotFound, "neighbour", "GET", path("/cases/%s/materials/identity/given-before", no), nil)
	h.must(http.StatusNotFound, "owner", "GET", path("/cases/%s/materials/nothing/given-before", no), nil)
	var theirs struct{ Case string }
	h.into(&theirs, h.must(http.StatusOK, "neighbour", "POST", "/cases", map[string]any{"item": "company-open", "channel": "online",
		"applicant": map[string]any{"kind": "person", "name": "李建国", "document": document}}))
	attach("neighbour", theirs.Case, http.StatusNotFound)
}

// What a material accepts is held against what a file is by its content, whatever a program says of it.
func TestUploads_are_what_their_content_is(t *testing.T) {
	t.Parallel()
	if kept, may := filestore.Types(), caseflow.FileTypes(); !slices.Equal(slices.Sorted(slices.Values(kept)), slices.Sorted(slices.Values(may))) {
		t.Errorf("files are kept as %v, and packs may name %v", kept, may)
	}
	h := newHouse(t)
	no := h.open()
	f := h.upload("owner", "scan.pdf", image(4, 4))
	f.Type, f.Bytes = "application/pdf", 1
	h.give("owner", no, "attach", map[string]any{"material": "identity", "file": f})
	var got api.CaseDetail
	h.into(&got, h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil))
	for _, m := range got.Materials {
		for _, held := range m.Files {
			if held.Type != filestore.PNG || held.Bytes <= 1 {
				t.Errorf("the case says that the file is %s of %d bytes", held.Type, held.Bytes)
			}
		}
	}
	wrong := h.upload("owner", "letter.pdf", []byte("%PDF-1.7\n1 0 obj\n"))
	wrong.Type = filestore.PNG
	if r := h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases/"+no+"/attach", map[string]any{"material": "identity", "file": wrong}); r.code() != "file" {
		t.Errorf("%s", r.body)
	}
}
