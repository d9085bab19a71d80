package hall_test

import (
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// An outage lengthens the limit of every applicant, however many they are.
func TestAnOutageReachesEveryApplicant(t *testing.T) {
	c := monday()
	st := openStore(t)
	h := newHall(t, st, c)
	if _, err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	const many = 205 // more than a page of the list
	before := map[caseflow.CaseNo]time.Time{}
	for range many {
		key := submitted(t, h, region)
		do(t, h, clerk, key, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Material: "address", Words: "请补充住所证明"}}})
		before[key.Case] = due(t, h, key, caseflow.ClockCorrection)
	}
	c.Add(48 * time.Hour)
	again := newHall(t, st, c)
	if n, err := again.Start(t.Context()); err != nil || n != many {
		t.Errorf("the outage touched %d cases, want %d (%v)", n, many, err)
	}
	keys, err := st.Keys(t.Context(), region, "", many)
	if err != nil || len(keys) != many {
		t.Fatal(len(keys), err)
	}
	for _, key := range keys {
		if after := due(t, again, key, caseflow.ClockCorrection); !after.After(before[key.Case]) {
			t.Errorf("%s: the applicant's limit stays at %v", key.Case, after)
		}
	}
}
