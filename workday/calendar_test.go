package workday

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

type vector struct {
	Unit      Unit   `json:"unit"`
	EventDate Date   `json:"event_date"`
	N         int    `json:"n"`
	DueDate   Date   `json:"due_date"`
	Note      string `json:"note"`
	Basis     string `json:"basis"`
}

func readVectors(t *testing.T) (vectors, refuse []vector) {
	t.Helper()
	b, err := os.ReadFile("testdata/deadline-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors    []vector `json:"vectors"`
		MustRefuse []vector `json:"must_refuse"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 22 || len(file.MustRefuse) != 2 {
		t.Fatalf("%d vectors and %d refusals, want 22 and 2", len(file.Vectors), len(file.MustRefuse))
	}
	return file.Vectors, file.MustRefuse
}

func TestVectors(t *testing.T) {
	t.Parallel()
	c := National()
	vectors, refuse := readVectors(t)
	for _, v := range vectors {
		if got := c.Add(v.EventDate, v.N, v.Unit); got != v.DueDate {
			t.Errorf("%v + %d %v = %v, want %v (%s)", v.EventDate, v.N, v.Unit, got, v.DueDate, v.Note)
		}
		due := c.Due(v.EventDate.Start().Add(15*time.Hour), Limit{N: v.N, Unit: v.Unit})
		if due.Date != v.DueDate || due.Provisional || !due.At.Equal(v.DueDate.End()) {
			t.Errorf("due of %v + %d %v = %+v, want the end of %v, not provisional", v.EventDate, v.N, v.Unit, due, v.DueDate)
		}
	}
	for _, v := range refuse { // a platform cannot refuse to count a clock: it marks the result instead
		if due := c.Due(v.EventDate.Start(), Limit{N: v.N, Unit: v.Unit}); !due.Provisional {
			t.Errorf("due of %v + %d %v = %+v, want it provisional", v.EventDate, v.N, v.Unit, due)
		}
	}
}
