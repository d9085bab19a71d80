package hall_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

func TestSubjectIsProjectedAndToldToTheOwnerAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := newHall(t, st, c)
		key := begin(t, h, region, "")
		do(t, h, citizen, key, caseflow.SaveDraft{Data: []byte(`{"child":"欧阳明"}`)})
		do(t, h, citizen, key, caseflow.SaveDraft{Data: []byte(`{"child":"欧阳小明"}`)})
		do(t, h, citizen, key, caseflow.Defer{Material: "address", Signed: "王秀英"})
		do(t, h, citizen, key, caseflow.Submit{})
		row, err := st.Case(t.Context(), key)
		if err != nil || row.Subject != (caseflow.Subject{Text: "欧阳小明", Personal: true}) {
			t.Fatalf("row %+v, %v", row, err)
		}
		do(t, h, clerk, key, caseflow.Accept{})
		c.Add(30 * 24 * time.Hour)
		if _, err := h.RunClocks(t.Context()); err != nil { // the departments are late, and told so
			t.Fatal(err)
		}
		for recipient, want := range map[string]string{citizen.ID: "欧阳小明", openCommand.Applicant.Phone: "", hall.DepartmentBox("market"): "欧阳**"} {
			list, _, err := st.Messages(t.Context(), store.MessageQuery{Region: region, Recipients: []string{recipient}, Limit: 100})
			if err != nil || len(list) == 0 {
				t.Fatalf("messages to %s: %v, %v", recipient, list, err)
			}
			for _, m := range list {
				var n hall.Notice
				if err := json.Unmarshal(m.Body, &n); err != nil || n.Subject != want {
					t.Errorf("%s to %s is about %q, want %q (%v)", m.Template, recipient, n.Subject, want, err)
				}
			}
		}
	})
}

// A window asks whether somebody has a case already, so its own drafts are found; those that are filled in at home are not.
func TestDraftsAreFoundByThoseWhoFillThemIn(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		begin(t, h, region, "")
		atWindow := openCommand
		atWindow.Channel = caseflow.ChannelWindow
		do(t, h, clerk, store.Key{Region: region}, atWindow)
		q := store.CaseQuery{Region: region, Search: openCommand.Applicant.Name, Phases: []caseflow.Phase{caseflow.PhaseDraft}}
		for _, c := range []struct {
			by      caseflow.Actor
			channel string
		}{{clerk, caseflow.ChannelWindow}, {citizen, caseflow.ChannelOnline}} {
			rows, _, err := h.Cases(t.Context(), c.by, q)
			if err != nil || len(rows) != 1 || rows[0].Channel != c.channel {
				t.Errorf("%s finds %+v, want the draft of channel %s (%v)", c.by.ID, rows, c.channel, err)
			}
		}
	})
}
