package desk_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// A decision is offered to those of its department who may decide, and whoever sends another post is told why not.
func TestHandOver_of_a_decision_stays_where_it_is_decided(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("register")(b)
	path := home(key) + "/acts/hand-over?of=register&task=" + strconv.Itoa(task)
	page := b.get("market1", path)
	contains(t, page, `value="market|reviewer"`, `value="market|reviewer|id-market2"`)
	for _, elsewhere := range []string{`value="tax|`, `value="hall|`, `value="police|`, `|clerk"`} {
		lacks(t, page, elsewhere)
	}
	for _, to := range []string{"hall|clerk", "hall|clerk|id-clerk1", "tax|reviewer"} {
		a := b.as("market1", "POST", path, form(t, page, path, "to", to, "words", "请接手"))
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", to, a.Code)
		}
		contains(t, a, "只能在本部门内转办", "请接手")
	}
	if by := b.state(key).Task(task).By; by.Department != "market" || by.Role != caseflow.RoleReviewer {
		t.Errorf("it went to %+v", by)
	}
}
