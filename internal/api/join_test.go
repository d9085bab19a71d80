package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// Photos become one PDF that stands for them; only who may read a photo gets it into one, and only what is a photo.
func TestJoin_by_REST(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	first, second, loose := h.upload("owner", "1.png", image(21, 30)), h.upload("owner", "2.png", image(22, 30)), h.upload("owner", "3.png", image(23, 30))
	for _, f := range []caseflow.File{first, second} {
		h.give("owner", no, "attach", map[string]any{"material": "address", "file": f})
	}
	join := func(status int, who string, hashes ...string) reply {
		t.Helper()
		return h.must(status, who, "POST", "/cases/"+no+"/materials/address/joined", map[string]any{"files": hashes, "name": "身份证.pdf"})
	}
	var made caseflow.File
	h.into(&made, join(http.StatusCreated, "owner", second.Hash, first.Hash, loose.Hash))
	if made.Name != "身份证.pdf" || made.Type != "application/pdf" {
		t.Fatalf("%+v", made)
	}
	h.give("owner", no, "attach", map[string]any{"material": "address", "file": made, "joins": []string{first.Hash, second.Hash}})
	if seen := string(h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil).body); !strings.Contains(seen, made.Hash) || strings.Contains(seen, first.Hash) || strings.Contains(seen, second.Hash) {
		t.Errorf("the PDF does not stand for its pages: %s", seen)
	}
	got := string(h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/files/"+made.Hash, nil).body)
	if strings.Count(got, "/Type/Page/") != 3 || strings.Index(got, "/Width 22/") > strings.Index(got, "/Width 21/") {
		t.Error("not the pages in the order that was asked for")
	}
	join(http.StatusNotFound, "neighbour", loose.Hash)
	theirs := h.upload("neighbour", "4.png", image(24, 30))
	if r := join(http.StatusUnprocessableEntity, "owner", theirs.Hash); r.code() != "file-unknown" {
		t.Errorf("%s", r.body)
	}
	if r := join(http.StatusUnprocessableEntity, "owner", made.Hash); r.code() != "file.type" {
		t.Errorf("a PDF: %s", r.body)
	}
	join(http.StatusUnprocessableEntity, "owner")
	picture := h.upload("owner", "5.png", image(25, 30))
	h.give("owner", no, "attach", map[string]any{"material": "identity", "file": picture})
	for _, hash := range []string{picture.Hash, loose.Hash} { // takes pictures and no PDF: said before one is made, attached or not
		r := h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases/"+no+"/materials/identity/joined", map[string]any{"files": []string{hash}})
		if r.code() != caseflow.CodeFile || strings.Contains(string(r.body), "application/pdf") {
			t.Errorf("%s", r.body)
		}
	}
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/cases/"+no+"/materials/nothing/joined", map[string]any{"files": []string{loose.Hash}})
}
