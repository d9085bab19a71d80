package credit

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

const pubHead = "统一社会信用代码,记录编号,信息类别,结果,日期,截止日期,事项,公示日期,是否撤回\n"

// shown are the numbers of what everybody sees.
func (b *bench) shown(kind Kind, words string) (ids []string) {
	b.t.Helper()
	after := ""
	for {
		list, next, err := b.Public(b.t.Context(), yulin, ListQuery{Kind: kind, Words: words, After: after})
		must(b.t, err)
		for i := range list {
			ids = append(ids, list[i].ID)
		}
		if after = next; next == "" {
			return ids
		}
	}
}

// Licences and penalties are shown from the day on which they came in, newest decision first, as long as the pack says, and what was
// late is told by department. The bench begins on Friday, 27 November 2026.
func TestDecisions_are_published_for_their_time(t *testing.T) {
	t.Parallel()
	index := standard35(t)
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		_, err := b.trySend("market", Parties, Whole, []byte("统一社会信用代码,名称\n"+code(1)+",榆林市甲商贸公司\n"+code(2)+",榆林市甲建材公司\n"))
		must(t, err)
		text := pubHead +
			code(1) + ",许1,行政许可,准予,2026-11-20,2027-11-19,食品经营,,\n" + // due 1 December
			code(2) + ",许2,行政许可,准予,2026-11-18,,危化品经营,,\n" + // due 27 November, the last day
			code(1) + ",罚1,行政处罚,轻微,2026-11-17,,逾期未报,,\n" + // due 26 November: late
			code(2) + ",罚2,行政处罚,严重,2026-11-02,,超范围,2026-11-05,\n" + // published by its source in time
			code(2) + ",查2,抽查检查,发现问题,2026-11-02,,检查,,\n"
		b.index = index
		b.send(Whole, []byte(text))
		if got := b.shown(Licence, ""); len(got) != 0 {
			t.Errorf("shown before it is published: %v", got)
		}
		publish := func() {
			t.Helper()
			must(t, b.publish(ctx, yulin))
			must(t, b.publish(ctx, yulin))
		}
		publish()
		check := func(when string, kind Kind, words, want string) {
			t.Helper()
			if got := strings.Join(b.shown(kind, words), " "); got != want {
				t.Errorf("%s: %s of %q: %q, want %q", when, kind.Name(), words, got, want)
			}
		}
		check("at once", Licence, "", "许1 许2")
		check("at once", Penalty, "", "罚1 罚2")
		check("at once", Penalty, strings.ToLower(code(2)), "罚2")
		check("at once", Licence, "榆林市甲", "许1 许2")
		check("at once", Licence, "榆林市甲建", "许2")
		check("at once", Licence, "甲建", "")
		check("at once", Licence, "榆林\x00", "")
		check("at once", Licence, "\xff", "")
		shares, err := b.compliance(ctx, yulin, workday.NewDate(2026, 11, 1), workday.NewDate(2026, 11, 30))
		must(t, err)
		if fmt.Sprint(shares) != "[{ 4 1} {market 4 1}]" || shares[0].Share() != 7500 || shares[0].Reached() {
			t.Errorf("%v", shares)
		}
		late, _, err := b.late(ctx, yulin, "market", "")
		must(t, err)
		if len(late) != 1 || late[0].ID != "罚1" || late[0].Name != "榆林市甲商贸公司" || late[0].Due.String() != "2026-11-26" || late[0].Last.String() != "2027-02-26" {
			t.Errorf("%+v", late)
		}
		if other, _, err := b.late(ctx, yulin, "police", ""); err != nil || len(other) > 0 {
			t.Errorf("another department: %v, %v", other, err)
		}
		// The same list some days later: what was published stays as it was. A record that its source takes back, or that was struck, goes at once.
		b.pass(5 * 24 * time.Hour)
		b.send(Whole, []byte(strings.Replace(strings.Replace(text, "许2,行政许可,准予,2026-11-18,,危化品经营,,", "许2,行政许可,准予,2026-11-18,,危化品经营,,是", 1), "超范围", "超出范围", 1)))
		must(t, b.st.Update(ctx, func(w store.Writer) error {
			return b.keepRequests(w, yulin, []asking{{key: key{code(1), Ref{"market", "许1"}}, no: "1", item: itemObjection, state: requestGranted}})
		}))
		publish()
		check("taken back", Licence, "", "")
		check("corrected", Penalty, "", "罚1 罚2")
		list, _, err := b.Public(ctx, yulin, ListQuery{Kind: Penalty})
		must(t, err)
		if list[1].Title != "超出范围" || list[1].Published.String() != "2026-11-05" || list[0].Published.String() != "2026-11-27" {
			t.Errorf("%+v", list)
		}
		b.clock = time.Date(2027, 2, 26, 15, 59, 0, 0, time.UTC)
		check("on its last day", Penalty, "", "罚1 罚2")
		b.pass(time.Minute)
		check("after it", Penalty, "", "罚2")
		publish()
		hidden := 0
		must(t, b.st.Read(ctx, store.Into(&hidden), "SELECT COUNT(*) FROM credit_public WHERE hidden = 1"))
		if hidden != 3 {
			t.Errorf("%d are hidden", hidden)
		}
		if after, err := b.compliance(ctx, yulin, workday.NewDate(2026, 11, 1), workday.NewDate(2026, 11, 30)); err != nil || after[0] != shares[0] {
			t.Errorf("what is no longer shown counts still: %v, %v", after, err)
		}
	})
}

// A list that is long is read in pages, each decision once.
func TestPublications_come_in_pages(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.index = standard35(t)
		var text strings.Builder
		text.WriteString(pubHead)
		const n = 3*perPage + 5
		for i := range n {
			fmt.Fprintf(&text, "%s,罚%03d,行政处罚,一般,2026-11-%02d,,事项,,\n", code(i%7), i, 1+i%26)
		}
		b.send(Whole, []byte(text.String()))
		must(t, b.publish(t.Context(), yulin))
		seen := map[string]bool{}
		for _, id := range b.shown(Penalty, "") {
			seen[id] = true
		}
		if all := b.shown(Penalty, ""); len(all) != n || len(seen) != n {
			t.Errorf("%d, of which %d are different", len(all), len(seen))
		}
	})
}

// Lists of what is published are ranges of an index: none reads or sorts a table. What is due is read from the first on, and then gone.
func TestPublications_are_found_by_index(t *testing.T) {
	t.Parallel()
	b := newBench(t, filepath.Join(t.TempDir(), "t.db"))
	these := slices.Repeat([]any{code(1), "market", "1"}, theseAtOnce)
	for name, q := range map[string]struct {
		query string
		args  []any
	}{
		"all": {listPublic, []any{yulin, 1, 1, "", "", "", 1, 20}}, "late": {listLate, []any{yulin, "market", 1, "", "", 20}}, "count": {countPublic, []any{yulin, 1, 3, 1, 2}},
		"over": {isOver, []any{yulin, 1, 20}}, "hide": {hideUpTo, []any{yulin, 20, "a", "b", "c"}}, "known": {theseRecords, append([]any{yulin}, these...)},
		"due": {nextDue, []any{yulin, "a", "b", "c", 1, yulin, 20}}, "settle": {settleDue, []any{yulin, "a", "b", "c", 1, "b", "b", "c", 1, yulin}}, "named": {partiesNamed, []any{yulin, "a", "b", 20}},
	} {
		must(t, b.st.Read(t.Context(), func(sc store.Scan) error {
			var id, parent, none int64
			var detail string
			err := sc(&id, &parent, &none, &detail)
			if strings.HasPrefix(detail, "SCAN credit_") || strings.Contains(detail, "TEMP B-TREE FOR ORDER BY") || strings.HasSuffix(detail, "(region=?)") {
				t.Errorf("%s: %s", name, detail)
			}
			return err
		}, "EXPLAIN QUERY PLAN "+q.query, q.args...))
	}
}
