package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// fail makes the text messages that wait fail for good, or end unclear.
func (h *house) fail(state string) {
	h.t.Helper()
	list, err := h.store.ClaimMessages(h.t.Context(), linwei, hall.ChannelSMS, h.time(), h.time().Add(time.Minute), 100)
	must(h.t, err)
	for i := range list {
		list[i].State, list[i].Attempts, list[i].Error = state, 1, "answered 500"
	}
	must(h.t, h.store.FinishMessages(h.t.Context(), list))
}

// Who keeps the house sees what did not arrive, masked, and decides; nobody else does either.
func TestDispatches_are_decided_by_the_system_administrator(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.running()
	h.fail(store.MessageUnclear)
	list := func(who, state string) (out struct {
		Dispatches []api.DispatchView
		Counts     []api.DispatchCountView
	}) {
		t.Helper()
		h.into(&out, h.must(http.StatusOK, who, "GET", "/dispatches?state="+state, nil))
		return out
	}
	got := list("admin", "unclear")
	if len(got.Dispatches) < 2 || got.Dispatches[0].Recipient != "138****0001" || got.Counts[0].N != len(got.Dispatches) || got.Counts[0].State != "unclear" || got.Dispatches[0].Cause != "answered" {
		t.Fatalf("%+v", got)
	}
	if len(list("audit", "unclear").Dispatches) != len(got.Dispatches) || len(list("admin", "dead").Dispatches) != 0 {
		t.Error("the auditor sees others, or an unclear one is also dead")
	}
	body := h.must(http.StatusOK, "admin", "GET", "/dispatches", nil).body
	lacks(t, body, "13892300001")
	lacks(t, body, "王秀英")
	for _, who := range []string{"admin", "audit"} { // what waits in another city is that city's
		h.must(http.StatusNotFound, who, "GET", "/dispatches?region=610900", nil)
	}
	first, second := got.Dispatches[0].ID, got.Dispatches[1].ID
	for _, who := range []string{"owner", "clerk", "supervisor", "security", "audit"} {
		if who != "audit" {
			h.must(http.StatusNotFound, who, "GET", "/dispatches", nil)
		}
		h.must(http.StatusNotFound, who, "POST", path("/dispatches/%s/resend", first), nil)
		h.must(http.StatusNotFound, who, "POST", path("/dispatches/%s/settle", first), nil)
	}
	h.must(http.StatusNoContent, "admin", "POST", path("/dispatches/%s/resend", first), nil)
	h.must(http.StatusNoContent, "admin", "POST", path("/dispatches/%s/settle", second), nil)
	h.must(http.StatusNotFound, "admin", "POST", path("/dispatches/%s/resend", first), nil) // it waits now
	h.must(http.StatusNotFound, "admin", "POST", path("/dispatches/%s/resend", second), nil)
	h.must(http.StatusNotFound, "admin", "POST", "/dispatches/nonsense/resend", nil)
	claimed, err := h.store.ClaimMessages(t.Context(), linwei, hall.ChannelSMS, h.time(), h.time().Add(time.Minute), 100)
	must(t, err)
	if len(claimed) != 1 || fmt.Sprintf("%s.%d.%d", claimed[0].Case, claimed[0].Entry, claimed[0].Index) != first {
		t.Errorf("%d messages wait, want the one that is sent again", len(claimed))
	}
	var log struct{ Traces []api.TraceView }
	h.into(&log, h.must(http.StatusOK, "audit", "GET", "/console/operations", nil))
	said := map[string]string{}
	for _, e := range log.Traces {
		said[e.Kind] += e.Reason + ";"
	}
	if said["message-resent"] != first+";" || said["message-settled"] != second+";" {
		t.Errorf("the operation log tells %v", said)
	}
}

// What a demonstration would have sent is shown to who manages its system, the newest first, and to nobody else.
func TestRecorded_texts_are_the_system_administrators(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 60 {
		h.texts = append(h.texts, hall.RecordedText{Region: linwei, Case: caseflow.CaseNo(fmt.Sprint(i)), Made: h.time(), Recipient: "13800000001", Text: "办件已受理"})
	}
	h.texts = append(h.texts, hall.RecordedText{Region: huazhou, Recipient: "13800000002", Text: "别区的"})
	var out struct{ Texts []api.RecordedTextView }
	h.into(&out, h.must(http.StatusOK, "admin", "GET", "/dispatches/recorded", nil))
	if len(out.Texts) != 50 || out.Texts[0].Case != "59" || out.Texts[49].Case != "10" || out.Texts[0].Recipient != "138****0001" || out.Texts[0].Text != "办件已受理" {
		t.Errorf("%d: %+v", len(out.Texts), out.Texts)
	}
	h.must(http.StatusNotFound, "admin", "GET", "/dispatches/recorded?region="+huazhou, nil)
	for _, who := range []string{"owner", "clerk", "supervisor", "security", "audit"} {
		h.must(http.StatusNotFound, who, "GET", "/dispatches/recorded", nil)
	}
}
