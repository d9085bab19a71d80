package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// reads counts what is read of cases: each is one query, or, of Load, two.
type reads struct {
	store.Store
	lists, cases atomic.Int64
}

func (r *reads) Case(ctx context.Context, key store.Key) (*store.CaseRow, error) {
	r.cases.Add(1)
	return r.Store.Case(ctx, key)
}

func (r *reads) Load(ctx context.Context, key store.Key) (*store.Loaded, error) {
	r.cases.Add(1)
	return r.Store.Load(ctx, key)
}

func (r *reads) Entries(ctx context.Context, key store.Key, after, limit int) ([]store.Entry, error) {
	r.cases.Add(1)
	return r.Store.Entries(ctx, key, after, limit)
}

func (r *reads) Cases(ctx context.Context, q store.CaseQuery) ([]store.CaseRow, string, error) {
	r.lists.Add(1)
	return r.Store.Cases(ctx, q)
}

func (r *reads) LiveClocks(ctx context.Context, region string, cases []caseflow.CaseNo) ([]store.ClockRow, error) {
	r.lists.Add(1)
	return r.Store.LiveClocks(ctx, region, cases)
}

func (r *reads) Messages(ctx context.Context, q store.MessageQuery) ([]store.Message, string, error) {
	r.lists.Add(1)
	return r.Store.Messages(ctx, q)
}

func (r *reads) LicencesOf(ctx context.Context, regions []string, holder string) ([]store.LicenceRow, error) {
	r.lists.Add(1)
	return r.Store.LicencesOf(ctx, regions, holder)
}

// lampAfter is the markup of the first lamp below a mark in a page.
func lampAfter(page, mark string) string {
	_, rest, _ := strings.Cut(page, mark)
	rest, _, _ = strings.Cut(rest, "</li>")
	m := regexp.MustCompile(`(?s)<span class="lamp .*?</span></span>`).FindString(rest)
	return regexp.MustCompile(`\s+`).ReplaceAllString(m, " ")
}

// The list shows of each case what the case's own page shows, from rows alone.
func TestMy_shows_the_lamps_of_the_cases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.states()
	stopped := b.signedIn(wang).handIn()
	b.official("clerk1", keyOf(stopped), caseflow.Accept{})
	for _, task := range b.view(wang, keyOf(stopped)).Case.Tasks {
		if task.Live() && task.Step == "register" {
			b.official("market1", keyOf(stopped), caseflow.StopClock{Task: task.ID, Cause: "expert-review", Need: workday.Limit{N: 5}, Reason: "名称近似，请专家评审"})
		}
	}
	v := b.signedIn(wang)
	for _, passed := range []time.Duration{0, 26 * time.Hour, 24 * time.Hour, 24 * time.Hour, 5 * 24 * time.Hour, 20 * 24 * time.Hour} {
		b.pass(passed)
		v = b.signedIn(wang)
		list := v.get("/my").is(http.StatusOK).body
		seen := map[string]bool{}
		for _, no := range []string{s.correcting, s.received, s.running, stopped} {
			lamp := lampAfter(list, ">"+no+" · ")
			page := v.get("/my/cases/" + no).is(http.StatusOK).body
			if lamp == "" || !strings.Contains(regexp.MustCompile(`\s+`).ReplaceAllString(page, " "), lamp) {
				t.Errorf("%s after %s: the list shows\n%s\nand its page has no such lamp", no, passed, lamp)
			}
			seen[lamp] = true
		}
		if len(seen) < 3 {
			t.Errorf("only %d different lamps after %s", len(seen), passed)
		}
		for _, no := range []string{s.draft, s.closed, s.refused} {
			if lamp := lampAfter(list, ">"+no+" · "); lamp != "" {
				t.Errorf("%s, which has no limit running, shows %s", no, lamp)
			}
		}
	}
	v.get("/my").has("需要补正 2 处", "名称近似，请专家评审")
	b.signedIn(li).get("/my").is(http.StatusOK).lacks(s.running, "名称近似")
}

// However many cases somebody has, the page asks the store the same few times and loads none of them.
func TestMy_asks_the_store_equally_often_for_one_case_and_for_many(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	asked := func(v *visitor, page string) (lists, cases int64) {
		v.get(page).is(http.StatusOK)
		lists, cases = b.reads.lists.Load(), b.reads.cases.Load()
		v.get(page).is(http.StatusOK)
		return b.reads.lists.Load() - lists, b.reads.cases.Load() - cases
	}
	v := b.signedIn(wang)
	b.run(v.handIn())
	pages := []string{"/my", "/my/licences"}
	few := map[string]int64{}
	for _, page := range pages {
		lists, cases := asked(v, page)
		if few[page] = lists; cases != 0 {
			t.Errorf("%s reads %d cases", page, cases)
		}
	}
	for range 12 {
		b.run(v.handIn())
	}
	for _, page := range pages {
		if lists, cases := asked(v, page); lists != few[page] || cases != 0 {
			t.Errorf("%s reads %d lists and %d cases for thirteen cases, %d lists for one; want the same lists, and no case", page, lists, cases, few[page])
		}
	}
}

// Of a draft with all that is asked for, handing it in is the one thing left to do: what may be left out is not counted.
func TestDraft_counts_what_must_be_done(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	counts := func(p shown) (total, done int) {
		t.Helper()
		m := regexp.MustCompile(`共 (\d+) 项，已完成 (\d+) 项`).FindStringSubmatch(p.body)
		if m == nil {
			t.Fatalf("no count:\n%s", text(p.body))
		}
		total, _ = strconv.Atoi(m[1]) // digits
		done, _ = strconv.Atoi(m[2])
		return total, done
	}
	if total, done := counts(v.get("/my/cases/"+v.begin()).is(http.StatusOK).has("选填", "未开始", "暂不能填")); done != 0 || total < 20 {
		t.Errorf("a new draft has %d of %d done", done, total)
	}
	no := v.ready()
	p := v.get("/my/cases/"+no).is(http.StatusOK).has("选填", `href="/my/cases/`+no+`/check"`)
	if total, done := counts(p); done != total-1 {
		t.Errorf("%d of %d done, and only handing in is left", done, total)
	}
}

// Who looked at any case of one's own stands in one list with pages, grouped by official, case and day; nobody else's looks do.
func TestMy_looks_over_all_cases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := b.signedIn(wang)
	v.get("/my/looks").is(http.StatusOK).has("还没有人看过")
	first, second := v.handIn(), v.handIn()
	clerk := b.signedIn("clerk1")
	for _, no := range []string{first, second} {
		clerk.get("/desk/cases/" + no).is(http.StatusOK)
	}
	clerk.post("/desk/cases/"+first+"/reveal", url.Values{"reason": {"电话核对"}}).is(http.StatusOK)
	v.get("/my").has("/my/looks")
	v.get("/my/looks").is(http.StatusOK).has("/my/cases/"+first, "/my/cases/"+second, "电话核对", "企业开办一件事").lacks("查看更早的记录")
	v.get("/my/looks?lang=en").has("Who looked at my data")
	b.signedIn(li).get("/my/looks").is(http.StatusOK).lacks(first)
	v.get("/my/looks?after=x").is(http.StatusBadRequest)
	var looks []store.Look
	for n := range 100 {
		looks = append(looks, store.Look{Key: keyOf(first), Account: fmt.Sprint("somebody", n), Department: "market", At: b.hall.Now(), What: "case"})
	}
	b.must(b.store.AddLook(t.Context(), looks...))
	more := regexp.MustCompile(`href="(/my/looks\?after=[^"]+)"`).FindStringSubmatch(v.get("/my/looks?lang=zh").has("查看更早的记录").body)
	if more == nil {
		t.Fatal("no further page")
	}
	v.get(strings.ReplaceAll(more[1], "&amp;", "&")).is(http.StatusOK).lacks("查看更早的记录")
}
