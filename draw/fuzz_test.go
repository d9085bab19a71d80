package draw_test

import (
	"bytes"
	"testing"

	"github.com/tongban/tongban/draw"
)

// A plan that is read and accepted makes a record that verifies.
func FuzzReadPlan(f *testing.F) {
	f.Add([]byte(`{"title":"试","opens":"2026-11-25T02:00:00Z","sources":[{"kind":"public","name":"x"}],"strata":[{"id":"A","count":1}],"candidates":[{"id":"a","stratum":"A","weight":2}]}`))
	f.Add([]byte(`{"inspectors":[{"id":"i","regions":["x"],"fields":[],"barred":["a"],"cap":1}],"pairing":{"team":2,"cap":1},"excluded":[{"id":"a","reason":"\ud83c\udfb2"}]}`))
	f.Add([]byte(`{"sources":[{"kind":"dice","name":"x","rolls":8,"faces":6}],"strata":[{"id":"A","per10000":1}],"total":1,"method":"rfc3797","predecessor":"00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := draw.ReadPlan(data)
		if err != nil {
			return
		}
		c, err := draw.Commit(p)
		if err != nil {
			return
		}
		if _, err := draw.Verify(c.Record().Bytes()); err != nil {
			t.Errorf("%s: %v", c.Record().Bytes(), err)
		}
		if r, err := c.Reveal(c.Plan().Opens, []draw.Value{{Text: "一"}}); err == nil {
			if _, err := draw.Verify(r.Bytes()); err != nil {
				t.Errorf("%s: %v", r.Bytes(), err)
			}
		}
	})
}

// What verifies is written exactly so, and no other bytes verify as the same.
func FuzzVerify(f *testing.F) {
	for _, r := range life(f) {
		f.Add(r.Bytes())
	}
	f.Add(commit(f, bare()).Record().Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := draw.Verify(data); err == nil && !bytes.Equal(r.Bytes(), data) {
			t.Errorf("%q is believed", data)
		}
	})
}

// Whatever is typed for a source is a value or a refusal.
func FuzzParseValue(f *testing.F) {
	f.Add(uint8(0), "3,1,6")
	f.Add(uint8(4), note)
	f.Add(uint8(6), `{"round":1000,"signature":"00"}`)
	f.Fuzz(func(t *testing.T, at uint8, typed string) {
		p, values := everything(t)
		c := commit(t, p)
		all := values(c)
		i := int(at) % len(all)
		v, err := draw.ParseValue(p.Sources[i], typed)
		if err != nil {
			return
		}
		all[i] = v
		if r, err := c.Reveal(later, all); err == nil {
			if _, err := draw.Verify(r.Bytes()); err != nil {
				t.Errorf("%q: %v", typed, err)
			}
		}
	})
}
