package dotted

import (
	"reflect"
	"testing"
)

func TestSetIsFoundAgain(t *testing.T) {
	t.Parallel()
	m := map[string]any{"plain": "text", "company": map[string]any{"name": "a"}}
	Set(m, "company.name", "b")
	Set(m, "company.region.code", "610502")
	Set(m, "plain.now", 1.0) // text on the way becomes an object
	Set(m, "top", nil)
	want := map[string]any{"plain": map[string]any{"now": 1.0}, "top": nil,
		"company": map[string]any{"name": "b", "region": map[string]any{"code": "610502"}}}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("%v, want %v", m, want)
	}
	for name, want := range map[string]any{"company.name": "b", "company.region.code": "610502", "plain.now": 1.0, "top": nil} {
		if got, ok := At(m, name); !ok || got != want {
			t.Errorf("%s is %v, %t; want %v", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "none", "none.name", "company.none", "company.name.first", "top.deeper", "company."} {
		if got, ok := At(m, name); ok {
			t.Errorf("%q finds %v", name, got)
		}
	}
}
