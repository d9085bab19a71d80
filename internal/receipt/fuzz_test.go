package receipt

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzParse: whatever a receipt says, it is refused with one of the codes, or what it tells can be written again and tells the same.
func FuzzParse(f *testing.F) {
	whole := sample(f)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(`{"format":"` + Format + `","entries":[{}]}`))
	trust := trusting(f, strings.Join(parsed(f, whole).Log.Keys, "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		if report, err := Verify(r, trust); err == nil && report == nil {
			t.Fatal("neither a report nor a fault")
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := Parse(again); err != nil && len(again) <= MaxBytes {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
