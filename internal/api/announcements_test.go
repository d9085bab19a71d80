package api_test

import (
	"net/http"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// announcement is one to be made, to officials or to everybody.
func announcement(desk bool) map[string]any {
	return map[string]any{"request": "r", "title": map[string]any{"zh": "系统维护"}, "text": map[string]any{"zh": "周日维护。"}, "desk": desk, "public": !desk, "to": "2026-12-31"}
}

// Programs announce, read and withdraw as pages do. A district's announcement is not its neighbour's.
func TestAnnouncements_by_programs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var made api.ManagedAnnouncement
	h.into(&made, h.must(http.StatusCreated, "admin", "POST", "/console/announcements", announcement(true)))
	told := func(who, region string) (list struct{ Announcements []api.AnnouncementView }) {
		t.Helper()
		h.into(&list, h.must(http.StatusOK, who, "GET", "/announcements?region="+region, nil))
		return list
	}
	if list := told("clerk", linwei).Announcements; len(list) != 1 || !list[0].Unread || list[0].Text.ZH != "周日维护。" {
		t.Errorf("%+v", list)
	}
	for _, who := range []string{"", "owner", "other-clerk"} {
		if list := told(who, linwei).Announcements; len(list) != 0 {
			t.Errorf("%q is told what is for officials of the district: %+v", who, list)
		}
	}
	at := "/console/announcements/" + made.ID
	h.must(http.StatusNoContent, "clerk", "POST", "/announcements/"+made.ID+"/read", nil)
	h.must(http.StatusNotFound, "other-clerk", "POST", "/announcements/"+made.ID+"/read", nil)
	if list := told("clerk", linwei).Announcements; list[0].Unread {
		t.Error("it is unread though it was read")
	}
	var seen api.ManagedAnnouncement
	if h.into(&seen, h.must(http.StatusOK, "audit", "GET", at, nil)); len(seen.Reads) != 1 {
		t.Errorf("%+v", seen)
	}
	contains(t, h.must(http.StatusUnprocessableEntity, "admin", "POST", at+"/withdraw", map[string]any{"why": ""}).body, "announcement.why")
	h.must(http.StatusOK, "admin", "POST", at+"/withdraw", map[string]any{"why": "改期"})
	if list := told("clerk", linwei).Announcements; len(list) != 0 {
		t.Errorf("withdrawn and shown: %+v", list)
	}
	open := announcement(false)
	open["request"] = "another"
	h.must(http.StatusCreated, "admin", "POST", "/console/announcements", open)
	if list := told("", linwei).Announcements; len(list) != 1 || list[0].Unread {
		t.Errorf("%+v", list)
	}
}
