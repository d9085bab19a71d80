package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// qualifies opens a company that hires, up to where a grant is opened for it that nobody asked for, and returns the case.
func (b *bench) qualifies() store.Key {
	b.t.Helper()
	opening := b.ankangCompany("full", "hiring")
	b.official("insurance1", opening, caseflow.Grant{Task: b.openTask(opening, "insuranceReview"), Data: json.RawMessage(`{"number":"61090200012346"}`)})
	if _, err := b.hall.RunClocks(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return opening
}

// Who has switched off what nobody asks for gets none opened, whatever the pack orders, and reads why; nobody else can turn the switch.
func TestBenefits_are_switched_off_by_their_owner(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	own := b.signedIn(wang)
	own.get("/my").is(http.StatusOK).has("免申即享", "全部关闭")
	own.post("/my/benefits", url.Values{"off": {"yes"}}).is(http.StatusOK).has("关闭了免申即享", "重新开启")
	own.post("/my/benefits", url.Values{"off": {"no"}, "for": {"company:91610900MA00000000"}}).is(http.StatusNotFound)
	b.signedIn("market1").post("/my/benefits", url.Values{"off": {"no"}}).is(http.StatusNotFound)
	b.visitor().post("/my/benefits", url.Values{"off": {"no"}}).is(http.StatusUnauthorized)

	opening := b.qualifies()
	if k := b.stored(string(opening.Case)).Children[0]; k.State != caseflow.ChildFailed || k.No != "" {
		t.Errorf("opened all the same: %+v", k)
	}
	own.get("/my/cases/" + string(opening.Case)).is(http.StatusOK).lacks("谢绝这项补贴")
	b.signedIn("market1").get("/desk/cases/" + string(opening.Case) + "/timeline").is(http.StatusOK).has("没有另立办件")
	own.post("/my/benefits", url.Values{"off": {"no"}}).is(http.StatusOK).has("全部关闭")
}

// An administrator switches them off for a region: none is opened there from then on.
func TestBenefits_are_switched_off_in_a_region(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	b.signedIn("sys1").set("benefits", "off", "0").is(http.StatusOK).has("关闭")
	if k := b.stored(string(b.qualifies().Case)).Children[0]; k.State != caseflow.ChildFailed {
		t.Errorf("opened all the same: %+v", k)
	}
	b.signedIn(wang).get("/my").has("全部关闭") // the own switch is another one
}
