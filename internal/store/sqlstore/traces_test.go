package sqlstore

import (
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

// A log keeps what it has: not even somebody who speaks to the database can change or delete a row by the way.
func TestLogs_cannot_be_changed(t *testing.T) {
	both(t, func(t *testing.T, address func(testing.TB) string) {
		s := newStore(t, Options{Address: address(t)})
		fill(t, s, 1)
		for _, statement := range []string{"UPDATE trace SET reason = 'x'", "DELETE FROM trace", "UPDATE look SET reason = 'x'", "DELETE FROM look"} {
			err := s.tx(t.Context(), func(w *writer) error { return w.exec(statement) })
			if err == nil || !strings.Contains(err.Error(), "stay as they are") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		list, _, err := s.FindTraces(t.Context(), store.TraceQuery{Log: store.SignInLog, Regions: []string{storetest.Region}})
		if err != nil || len(list) != 1 || list[0].Reason != "" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
