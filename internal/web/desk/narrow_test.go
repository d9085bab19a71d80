package desk_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
)

// Whom work goes to is found by the initials of the name, without script: the search leaves those who are meant and keeps what was
// typed, it never does the act, and one who is found alone is chosen.
func TestPeople_are_found_by_initials_where_one_is_picked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	task := b.task(key, "check")
	at := home(key) + "/acts/hand-over?of=check&task=" + strconv.Itoa(task)
	blank := b.get("market1", at)
	contains(t, blank, "周登记", "郑税务", `name="to.find"`)
	search := func(from answer, words string) answer {
		t.Helper()
		v := form(t, from, at, "words", "交接班，请接手")
		v.Set("to.find", words)
		a := b.as("market1", "POST", at, v)
		if a.Code != http.StatusOK {
			t.Fatalf("%d\n%s", a.Code, plain(a.body))
		}
		contains(t, a, "交接班，请接手")
		return a
	}
	found := search(blank, "zdj")
	contains(t, found, "找到 1 项", `|id-market2" selected`)
	lacks(t, found, "郑税务")
	other := search(found, "zhengsw")
	contains(t, other, `|id-tax1" selected`)
	lacks(t, other, "|id-market2")
	contains(t, search(other, "qqq"), "没有找到", "周登记", "郑税务")
	handed := func() (n int) {
		for _, x := range b.state(key).Tasks {
			if x.By.Person == "id-market2" {
				n++
			}
		}
		return n
	}
	if handed() != 0 {
		t.Error("a search handed the work over")
	}
	v := url.Values{}
	for name, list := range form(t, found, at, "words", "交接班，请接手") {
		v[name] = list
	}
	v.Set("to", "market|reviewer|id-market2")
	v.Set("to.find", "zdj")
	v.Set("to.was", "zdj")
	if done := b.as("market1", "POST", at, v); done.Code != http.StatusSeeOther || handed() != 1 {
		t.Fatalf("%d\n%s", done.Code, plain(done.body))
	}
}
