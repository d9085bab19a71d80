package web_test

import (
	"net/http"
	"net/url"
	"testing"
)

// A number fills in what licences and cases here say, with source and day; what is not known is said; what was typed stays.
func TestFill_from_what_is_known(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	v := b.signedIn("clerk1")
	fill := func(v *visitor, status int, kind, no, party string) shown {
		t.Helper()
		return v.post("/desk/new", url.Values{"request": {"f"}, "act": {"fill"}, "docType": {kind}, "docNo": {no}, "party": {party}}).is(status)
	}
	full := "６" + citizen(3).No[1:10] + " " + citizen(3).No[10:] // as somebody types it
	fill(v, http.StatusOK, "resident-id", full, "").has("没有这个号码的证照", "出生", `value="`+citizen(3).No+`"`)
	no := v.takesIn("ankang-stuck", "window")
	fill(v, http.StatusOK, "resident-id", full, "").has(`value="张桂兰"`, `value="13891300003"`, "”取自办件 "+no)
	if b.opened() != 1 {
		t.Errorf("%d cases", b.opened())
	}
	fill(v, http.StatusOK, "resident-id", full, "张桂英").has(`value="张桂英"`, "登记的不同")
	fill(v, http.StatusUnprocessableEntity, "resident-id", "610502199001010012", "").has("错误")
	fill(b.signedIn("hotline1"), http.StatusOK, "resident-id", full, "").lacks("张桂兰", "13891300003").has("没有您可以查看的办件")
	b.signedIn("tax1").post("/desk/new", url.Values{"request": {"f"}, "act": {"fill"}}).is(http.StatusNotFound)
	looks, err := b.store.Looks(t.Context(), ankangKey(no))
	b.must(err)
	found := 0
	for _, l := range looks {
		if l.What == "known" {
			found++
		}
	}
	if found != 1 { // those of one account at one instant are one; hotline1 was shown nothing
		t.Errorf("%d looks of %+v", found, looks)
	}
}
