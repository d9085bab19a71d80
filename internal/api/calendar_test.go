package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// A calendar is tried, loaded and listed by REST; only the system administrator hears of it.
func TestCalendars_are_tried_loaded_and_listed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	holds := func(body []byte, parts ...string) {
		t.Helper()
		for _, part := range parts {
			contains(t, body, part)
		}
	}
	was := h.promised(no)
	body := map[string]any{"name": "weinan.json", "source": "渭政办发〔2026〕9号", "reason": "全市临时放假",
		"text": `{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai","region":"610502",
			"coverage":{"from":"2026-01-01","to":"2026-12-31"},"days":[{"date":"2026-11-25","name":"临时放假","kind":"off"}]}`}
	for who := range people {
		if who != "admin" && who != "other-admin" {
			h.must(http.StatusNotFound, who, "GET", "/calendars", nil)
			h.must(http.StatusNotFound, who, "POST", "/calendars/try", body)
			h.must(http.StatusNotFound, who, "POST", "/calendars", body)
		}
	}
	h.must(http.StatusUnauthorized, "", "POST", "/calendars", body)
	holds(h.must(http.StatusOK, "admin", "POST", "/calendars/try", body).body, no, `"what":"later"`, `"looked":1`, `"touched":1`)
	for _, at := range []string{"/calendars/try", "/calendars"} { // the city is not theirs
		holds(h.must(http.StatusForbidden, "other-admin", "POST", at, body).body, `"code":"other-region"`, "610502")
	}
	if !h.promised(no).Equal(was) {
		t.Fatal("a trial moved a limit")
	}
	holds(h.must(http.StatusOK, "admin", "GET", "/calendars", nil).body, `"calendars":[]`, `"last":"2026-12-31"`)

	bad := map[string]any{"name": "bad.json", "source": "x", "reason": "y", "text": "{\n\"schema\": 1}"}
	holds(h.must(http.StatusUnprocessableEntity, "admin", "POST", "/calendars", bad).body, "bad.json：第 2 行", `"code":"calendar"`)

	for range 2 { // sent again it does nothing
		holds(h.must(http.StatusCreated, "admin", "POST", "/calendars", body).body, `"version":1`)
	}
	other := map[string]any{"name": "b.json", "source": "x", "reason": "y", "text": body["text"].(string) + "\n"}
	holds(h.must(http.StatusConflict, "admin", "POST", "/calendars", other).body, `"code":"counting"`)
	if log := string(h.must(http.StatusOK, "audit", "GET", "/console/operations", nil).body); strings.Count(log, `"kind":"calendar-loaded"`) != 1 { // neither the repeat nor what was refused
		t.Errorf("the operation log tells %s", log)
	}
	if _, err := h.hall.ApplyCalendars(t.Context()); err != nil {
		t.Fatal(err)
	}
	holds(h.must(http.StatusOK, "admin", "GET", "/calendars", nil).body, `"cases":1`, `"finished"`, "渭政办发〔2026〕9号")
	if now := h.promised(no); !now.Equal(was.AddDate(0, 0, 1)) {
		t.Errorf("due %v, was %v", now, was)
	}
	holds(h.must(http.StatusOK, "owner", "GET", "/messages", nil).body, `"template":"recounted"`, "全市临时放假")
}
