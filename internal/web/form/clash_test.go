package form_test

import (
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
)

// A question that is saved empty while its page is open is no answer of somebody else; one that is emptied is.
func TestClashes_are_answers(t *testing.T) {
	t.Parallel()
	fields := []caseflow.Field{{Name: "what"}}
	opened := form.Versions(fields, form.Answers{})
	mine := form.Answers{"what": "开办企业"}
	if list := form.Clashes(fields, opened, form.Answers{"what": ""}, mine); len(list) > 0 {
		t.Errorf("saved empty: %d clashes", len(list))
	}
	if list := form.Clashes(fields, opened, form.Answers{"what": "注销"}, mine); len(list) != 1 {
		t.Errorf("answered elsewhere: %d clashes", len(list))
	}
	filled := form.Versions(fields, form.Answers{"what": "注销"})
	if list := form.Clashes(fields, filled, form.Answers{"what": ""}, mine); len(list) != 1 {
		t.Errorf("emptied elsewhere: %d clashes", len(list))
	}
}
