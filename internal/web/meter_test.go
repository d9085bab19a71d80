package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
)

// The standards of the parameters.
const missesMost, objectionsMost = 50, 20

// Who guesses at the numbers of receipts and licences is let wait, in words of their language; a right number counts for nothing, other
// pages stay open, and after the window one may ask again.
func TestLookups_that_find_nothing_are_counted_by_address(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	no := b.signedIn(wang).handIn()
	_, rest, _ := strings.Cut(b.signedIn(wang).get("/my/cases/"+no+"/papers/receipt").body, "/progress/"+no+"/")
	right := "/progress/" + no + "/" + rest[:20]
	v := b.visitor()
	for range missesMost + 10 {
		v.get(right).is(http.StatusOK)
	}
	for i := range missesMost {
		at := "/progress/" + no + "/" + strings.Repeat("0", 20)
		switch i % 3 {
		case 1:
			at = "/verify/ABCDEFGHIJKLMNOP"
		case 2:
			at = "/verify/receipt/" + no + "/" + strings.Repeat("0", 64)
		}
		v.get(at).is(http.StatusNotFound)
	}
	for _, at := range []string{right, "/verify/ABCDEFGHIJKLMNOP", "/verify/receipt/" + no + "/" + strings.Repeat("0", 64)} {
		p := v.get(at).is(http.StatusTooManyRequests).has("次数过多", "稍后再试")
		if p.header.Get("Retry-After") != "900" {
			t.Errorf("%s: Retry-After %q", at, p.header.Get("Retry-After"))
		}
	}
	v.get(right + "?lang=en").is(http.StatusTooManyRequests).has("try again later")
	v.get("/").is(http.StatusOK)
	b.pass(16 * time.Minute)
	v.get(right).is(http.StatusOK)
}

// One stranger cannot fill the hundred places of a public notice, also not with many objections at one instant.
func TestNotice_takes_so_many_objections_of_one_address(t *testing.T) {
	t.Parallel()
	b := fiveDoors(t)
	licence := b.stored(string(b.ankangCompany("terminal").Case)).Licences[0]
	company := caseflow.Party{Kind: caseflow.KindOrganisation, Name: opened, Document: ident.Document{Type: ident.DocCreditCode, No: licence.No}}
	agent := caseflow.Party{Kind: "person", Name: "王秀英", Document: citizen(1), Basis: caseflow.BasisRepresentative}
	a, err := b.store.AccountByLogin(t.Context(), wang)
	b.must(err)
	key := b.asWindow("ankang-deregister", a.ID, company, &agent, []string{"commitment"}, "clear")
	b.official("market1", key, caseflow.Complete{Task: b.openTask(key, "eligible"), Outcome: "fit"})
	one := "/notices/" + hall.NoticeID(key.Case, 1)
	answers := make(chan int, 3*objectionsMost)
	for range cap(answers) {
		go func() {
			resp, err := http.PostForm(b.server.URL+one, url.Values{"name": {"何建国"}}) // not taken, and counted all the same
			if err != nil {
				answers <- 0
				return
			}
			_ = resp.Body.Close()
			answers <- resp.StatusCode
		}()
	}
	got := map[int]int{}
	for range cap(answers) {
		got[<-answers]++
	}
	if got[http.StatusUnprocessableEntity] != objectionsMost || got[http.StatusTooManyRequests] != 2*objectionsMost {
		t.Errorf("answers: %v", got)
	}
	b.visitor().get(one).is(http.StatusOK)
	b.pass(25 * time.Hour)
	p := b.visitor().get(one)
	b.visitor().post(one, url.Values{"request": {p.hidden()}, "reason": {"debt"}, "words": {"欠我货款三万元没有还。"}, "name": {"何建国"}, "contact": {"13800138099"}}).is(http.StatusOK).has("异议已提交")
}
