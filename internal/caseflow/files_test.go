package caseflow

import (
	"reflect"
	"slices"
	"testing"
)

// Every event that holds a file is known to FilesIn, also one that comes later: a backup must not leave its file out.
func TestFilesIn_knows_every_event_that_holds_a_file(t *testing.T) {
	t.Parallel()
	file := File{Hash: "aa11", Name: "\"hash\".pdf", Bytes: 3, Type: "application/pdf"}
	holders := 0
	for name, typ := range events {
		ev := reflect.New(typ).Elem()
		want := hold(ev, file)
		data, err := EncodeEvents([]Event{Noted{}, ev.Interface().(Event)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := FilesIn(data)
		if err != nil || len(got) != want || slices.ContainsFunc(got, func(f File) bool { return f != file }) {
			t.Errorf("%s: %+v, %v; want %d files", name, got, err, want)
		}
		holders += want
	}
	if holders == 0 {
		t.Error("no event holds a file")
	}
	if _, err := FilesIn([]byte(`[{"n":"attached","d":{"file":{"hash":1}}}]`)); err == nil {
		t.Error("an entry that cannot be read has no files")
	}
}

// hold puts a file wherever a value has room for one, and returns how many it holds then.
func hold(v reflect.Value, f File) (n int) {
	switch {
	case v.Type() == reflect.TypeFor[File]():
		v.Set(reflect.ValueOf(f))
		return 1
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += hold(v.Field(i), f)
			}
		}
	case v.Kind() == reflect.Slice && holds(v.Type().Elem()):
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		n = hold(v.Index(0), f)
	case v.Kind() == reflect.Pointer && holds(v.Type().Elem()):
		v.Set(reflect.New(v.Type().Elem()))
		n = hold(v.Elem(), f)
	}
	return n
}

// holds reports whether a type has room for a file.
func holds(t reflect.Type) bool {
	switch {
	case t == reflect.TypeFor[File]():
		return true
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Pointer:
		return holds(t.Elem())
	case t.Kind() != reflect.Struct:
		return false
	}
	for i := range t.NumField() {
		if holds(t.Field(i).Type) {
			return true
		}
	}
	return false
}
