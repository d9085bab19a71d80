package form_test

import (
	"reflect"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
)

// A form that takes only some documents gets the name and telephone of somebody with another, and keeps what was typed.
func TestFill_leaves_a_document_that_the_form_does_not_take(t *testing.T) {
	t.Parallel()
	it := &caseflow.Item{
		Pages: []caseflow.Page{{ID: "one", Fields: []caseflow.Field{{Name: "a.name"}, {Name: "a.no"},
			{Name: "a.type", Options: []caseflow.Option{{Value: "resident-id"}}}, {Name: "b.name"}, {Name: "b.no"}}}},
		Persons: []caseflow.Person{
			{ID: "a", Fields: caseflow.PersonFields{Name: "a.name", DocType: "a.type", DocNo: "a.no"}, Like: []string{caseflow.PersonApplicant}},
			{ID: "b", Fields: caseflow.PersonFields{Name: "b.name", DocNo: "b.no"}, Like: []string{caseflow.PersonApplicant, "a"}},
		},
	}
	for _, c := range []struct {
		docType ident.DocType
		same    string
		want    map[string]any
	}{
		{ident.DocPassport, "a=applicant", map[string]any{"a": map[string]any{"name": "李明", "no": "typed"}}},
		{ident.DocPassport, "b=applicant", map[string]any{"a": map[string]any{"no": "typed"}, "b": map[string]any{"name": "李明"}}},
		{ident.DocResidentID, "a=applicant", map[string]any{"a": map[string]any{"name": "李明", "no": "N1", "type": "resident-id"}}},
		{ident.DocResidentID, "b=applicant", map[string]any{"a": map[string]any{"no": "typed"}, "b": map[string]any{"name": "李明", "no": "N1"}}},
		{ident.DocResidentID, "b=a", map[string]any{"a": map[string]any{"no": "typed"}}}, // nothing is known of a yet
	} {
		asks := &caseflow.Case{Applicant: caseflow.Party{Kind: "person", Name: "李明", Document: ident.Document{Type: c.docType, No: "N1"}}}
		patch := map[string]any{"a": map[string]any{"no": "typed"}}
		form.PeopleOf(it, asks, form.Answers{}, true).Fill(c.same, patch)
		if !reflect.DeepEqual(patch, c.want) {
			t.Errorf("%s with %s: %v, want %v", c.same, c.docType, patch, c.want)
		}
	}
}
