package hall

import (
	"reflect"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// Every command that hands a file in is known, also one that comes later: its upload must not be removed.
func TestEachFile_knows_every_command_that_hands_a_file_in(t *testing.T) {
	t.Parallel()
	found := 0
	for verb, zero := range caseflow.Verbs() {
		c := reflect.New(reflect.TypeOf(zero)).Elem()
		want := 0
		for i := range c.NumField() {
			switch f := c.Field(i); f.Type() {
			case reflect.TypeFor[caseflow.File]():
				f.Set(reflect.ValueOf(caseflow.File{Hash: "aa"}))
				want++
			case reflect.TypeFor[[]caseflow.File]():
				f.Set(reflect.ValueOf([]caseflow.File{{Hash: "aa"}, {Hash: "bb"}}))
				want += 2
			}
		}
		got := 0
		if _, err := eachFile(c.Interface().(caseflow.Command), func(*caseflow.File) error { got++; return nil }); err != nil || got != want {
			t.Errorf("%s: %d files, want %d (%v)", verb, got, want, err)
		}
		found += want
	}
	if found < 3 {
		t.Errorf("only %d files are handed in by all commands", found)
	}
}
