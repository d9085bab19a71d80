package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// quarantined puts a file of the case into quarantine, without a content.
func (h *house) quarantined(no, state string) {
	h.t.Helper()
	must(h.t, h.store.AddQuarantined(h.t.Context(), store.Quarantined{Region: linwei, ID: "QUARANTINED", Case: caseflow.CaseNo(no), Material: "identity", Name: "a.png",
		Bytes: 3, Type: filestore.PNG, SHA256: "ab", Finding: "Test.Virus", Account: "nobody", At: h.time(), State: state, Asked: "nobody", Changed: h.time()}))
}

// alarm is a scanner that warns of everything.
type alarm struct{}

func (alarm) Scan(_ context.Context, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	if err == nil {
		err = &filestore.Suspect{Finding: "Test.Virus"}
	}
	return err
}

// By the API a file is quarantined, listed, released by two, taken and attached; its hash opens nothing before.
func TestQuarantine_by_API(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	h.files.ScanWith(alarm{})
	upload := "/files?name=a.png&case=" + no + "&material=identity"
	for _, at := range []string{upload, "/files?name=b.png"} {
		var p api.Problem
		if h.into(&p, h.must(http.StatusUnprocessableEntity, "owner", "POST", at, bytes.NewReader(image(3, 3)))); p.Code != filestore.UnfitVirus {
			t.Errorf("%s: %+v", at, p)
		}
	}
	var list struct{ Files []api.ApartView }
	h.into(&list, h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/quarantine", nil))
	if len(list.Files) != 1 || list.Files[0].Name != "a.png" || list.Files[0].State != "held" || !list.Files[0].Yours {
		t.Fatalf("of the case: %+v", list)
	}
	take := "/cases/" + no + "/quarantine/" + list.Files[0].ID + "/take"
	h.must(http.StatusNotFound, "owner", "POST", take, nil)
	var all struct{ Files []api.QuarantinedView }
	h.into(&all, h.must(http.StatusOK, "audit", "GET", "/console/quarantine", nil))
	if len(all.Files) != 2 {
		t.Fatalf("all: %+v", all)
	}
	id := linwei + "." + list.Files[0].ID
	reason := map[string]any{"reason": "误报"}
	h.must(http.StatusOK, "security", "POST", "/console/quarantine/"+id+"/ask", reason)
	var p api.Problem
	if h.into(&p, h.must(http.StatusConflict, "security", "POST", "/console/quarantine/"+id+"/release", nil)); p.Code != "quarantine-same" || p.Detail == "" {
		t.Errorf("by one person: %+v", p)
	}
	h.must(http.StatusOK, "admin", "POST", "/console/quarantine/"+id+"/refuse", reason)
	h.must(http.StatusOK, "security", "POST", "/console/quarantine/"+id+"/ask", reason)
	h.must(http.StatusOK, "admin", "POST", "/console/quarantine/"+id+"/release", nil)
	h.must(http.StatusNotFound, "neighbour", "POST", take, nil)
	var file caseflow.File
	for range 2 {
		h.into(&file, h.must(http.StatusOK, "owner", "POST", take, nil))
	}
	h.give("owner", no, "attach", map[string]any{"material": "identity", "file": file})
	h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/files/"+file.Hash, nil)
	h.into(&list, h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/quarantine", nil))
	if list.Files[0].State != "taken" {
		t.Errorf("of the case: %+v", list)
	}
	for _, f := range all.Files {
		if f.ID != id {
			h.must(http.StatusOK, "security", "POST", "/console/quarantine/"+f.ID+"/delete", reason)
			h.must(http.StatusConflict, "security", "POST", "/console/quarantine/"+f.ID+"/ask", reason)
		}
	}
}
