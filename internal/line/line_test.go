package line_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/line"
	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)

func lobby() *line.Lobby {
	return &line.Lobby{ID: "ankang", Department: "market", InRow: 2,
		Groups:  []line.Group{{Letter: "A"}, {Letter: "B"}},
		Windows: []line.Window{{ID: "1", Groups: []string{"A"}}, {ID: "2"}, {ID: "3", Groups: []string{"B"}}},
		Classes: []line.Class{{ID: "elderly"}},
	}
}

// day is a line that is written as A, B, A+ (of a class), in the order of taking, a minute apart.
func day(words string) []line.Turn {
	var turns []line.Turn
	for i, w := range strings.Fields(words) {
		t := line.Turn{No: i + 1, Letter: w[:1], State: line.Waiting, Taken: start.Add(time.Duration(i) * time.Minute)}
		if strings.HasSuffix(w, "+") {
			t.Class = "elderly"
		}
		turns = append(turns, t)
	}
	return turns
}

// hands does acts one after the other, a minute apart.
type hands struct {
	t     testing.TB
	l     *line.Lobby
	turns []line.Turn
	now   time.Time
	n     int
}

func (h *hands) do(a line.Act) (*line.Turn, line.Fault) {
	h.t.Helper()
	h.now, h.n = h.now.Add(time.Minute), h.n+1
	a.At = h.now
	if a.Request == "" {
		a.Request = fmt.Sprint("r", h.n)
	}
	changed, result, fault := h.l.Do(h.turns, a)
	for _, c := range changed {
		h.turns[c.No-1] = c
	}
	return result, fault
}

func (h *hands) next(window string) string {
	h.t.Helper()
	known := 0
	if c := line.Current(h.turns, window); c != nil {
		known = c.No
	}
	t, fault := h.do(line.Act{What: line.Next, Window: window, Turn: known})
	if fault != "" {
		return string(fault)
	}
	return t.Label()
}

func begin(t testing.TB, words string) *hands {
	return &hands{t: t, l: lobby(), turns: day(words), now: start.Add(time.Hour)}
}

func TestNext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ line, window, want string }{
		"in the order of taking":                          {"A A A", "1", "A001 A002 A003 line-empty"},
		"only groups of the window":                       {"B A B A", "1", "A002 A004 line-empty"},
		"every group at a window for all":                 {"B A B", "2", "B001 A002 B003"},
		"a class goes first":                              {"A A A+", "1", "A003 A001 A002"},
		"of a class two in a row, then one of the others": {"A A A+ A+ A+ A+", "1", "A003 A004 A001 A005 A006 A002"},
		"a class alone does not wait for others":          {"A+ A+ A+ A+", "1", "A001 A002 A003 A004"},
		"no such window":                                  {"A", "9", "line-window"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := begin(t, c.line)
			var got []string
			for range strings.Fields(c.want) {
				got = append(got, h.next(c.window))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s, want %s", s, c.want)
			}
		})
	}
}

// Who was passed over comes back behind three others; who is alone is called at once.
func TestPass_comes_back_behind_three(t *testing.T) {
	t.Parallel()
	h := begin(t, "A A A A A A")
	h.next("1")
	if _, fault := h.do(line.Act{What: line.Pass, Window: "1", Turn: 1}); fault != "" {
		t.Fatal(fault)
	}
	h.next("1")
	h.do(line.Act{What: line.Return, Turn: 1})
	if n := h.l.Ahead(h.turns, &h.turns[0]); n != 3 {
		t.Errorf("%d before who came back", n)
	}
	var got []string
	for range 5 {
		got = append(got, h.next("1"))
	}
	if s := strings.Join(got, " "); s != "A003 A004 A005 A001 A006" {
		t.Error(s)
	}
	h = begin(t, "A")
	h.next("1")
	h.do(line.Act{What: line.Pass, Window: "1", Turn: 1})
	h.do(line.Act{What: line.Return, Turn: 1})
	if got := h.next("1"); got != "A001" {
		t.Errorf("alone: %s", got)
	}
}

func TestMove_goes_first_at_the_other_window_and_nowhere_else(t *testing.T) {
	t.Parallel()
	h := begin(t, "A B A+ B")
	if got := h.next("2"); got != "A003" {
		t.Fatal(got)
	}
	for _, bad := range []line.Act{{To: "3"}, {To: "2", Note: "x"}, {To: "9", Note: "x"}, {To: "3", Note: strings.Repeat("长", 201)}} {
		bad.What, bad.Window, bad.Turn = line.Move, "2", 3
		if _, fault := h.do(bad); fault != line.NoReason {
			t.Errorf("%+v: %q", bad, fault)
		}
	}
	if _, fault := h.do(line.Act{What: line.Move, Window: "2", Turn: 3, To: "3", Note: "需要刻章"}); fault != "" {
		t.Fatal(fault)
	}
	if a, b := h.next("2"), h.next("3"); a != "A001" || b != "A003" {
		t.Errorf("%s, %s", a, b)
	}
	if last := h.turns[2].History; last[1].What != line.Move || last[1].Note != "需要刻章" || last[1].To != "3" || last[2].Window != "3" {
		t.Errorf("%+v", last)
	}
}

// An old page and a second click call nobody.
func TestNext_of_an_old_page_calls_nobody(t *testing.T) {
	t.Parallel()
	h := begin(t, "A A A")
	first, _ := h.do(line.Act{What: line.Next, Window: "1", Request: "x"})
	again, fault := h.do(line.Act{What: line.Next, Window: "1", Request: "x"})
	if fault != "" || again.No != first.No {
		t.Errorf("the same request called %v, %q", again, fault)
	}
	if _, fault := h.do(line.Act{What: line.Next, Window: "1"}); fault != line.NoTurn {
		t.Errorf("a page that knows nobody at the window: %q", fault)
	}
	for _, what := range []string{line.Again, line.Pass, line.Finish, line.Move, line.Return, "steal"} {
		if _, fault := h.do(line.Act{What: what, Window: "2", Turn: 1, To: "3", Note: "x"}); fault != line.NoTurn {
			t.Errorf("%s at another window: %q", what, fault)
		}
	}
	h.do(line.Act{What: line.Finish, Window: "1", Turn: 1})
	if _, fault := h.do(line.Act{What: line.GiveUp, Turn: 1}); fault != line.NoTurn {
		t.Errorf("who is done leaves: %q", fault)
	}
}

func TestEstimate_is_told_from_real_times_only(t *testing.T) {
	t.Parallel()
	h := begin(t, "A A A A A A A B")
	last := &h.turns[6]
	told := func(want string) {
		t.Helper()
		n, ok := h.l.Estimate(h.turns, last, h.now)
		if got := fmt.Sprint(n, ok); got != want {
			t.Errorf("estimate %s, want %s", got, want)
		}
	}
	told("0 false")
	for i := range 3 {
		h.next("1") // ends who is there
		h.now = h.now.Add(4 * time.Minute)
		if i < 2 {
			told("0 false")
		}
	}
	h.do(line.Act{What: line.Finish, Window: "1", Turn: 3})
	told("20 true") // three before, each five minutes, one window
	h.next("2")
	told("8 true") // two before, two windows: 7.5
	h.now = h.now.Add(31 * time.Minute)
	told("0 false") // no window is at work
	if n, ok := h.l.Estimate(h.turns, &h.turns[7], h.now); ok {
		t.Errorf("%d from another group", n)
	}
	f := line.Count(h.turns, line.All)
	if f.Taken != 8 || f.Done != 3 || f.Called != 1 || f.Waiting != 4 || f.Service.Median != 5 || f.Service.Most != 5 || f.Wait.N != 4 || f.Wait.Most < f.Wait.Median {
		t.Errorf("%+v", f)
	}
}

// Whatever is done in whatever order: nobody is at two windows, nobody is lost, each window has one, and who waits is called in the end.
func TestLine_random(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"A", "B", "A+", "B+"}), 1, 20).Draw(rt, "line")
		h := begin(t, strings.Join(words, " "))
		for range rapid.IntRange(0, 60).Draw(rt, "acts") {
			h.do(line.Act{What: rapid.SampledFrom(line.Acts).Draw(rt, "what"), Window: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "window"),
				Turn: rapid.IntRange(0, len(words)).Draw(rt, "turn"), To: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "to"), Note: "x"})
			at := map[string]int{}
			for _, u := range h.turns {
				if u.State == line.Called {
					at[u.Window]++
				}
			}
			for w, n := range at {
				if n > 1 {
					rt.Fatalf("%d at window %s", n, w)
				}
			}
		}
		for range words {
			for _, w := range []string{"1", "2", "3"} {
				h.next(w)
			}
		}
		if i := slices.IndexFunc(h.turns, func(u line.Turn) bool { return u.State == line.Waiting }); i >= 0 {
			rt.Fatalf("%+v waits for ever", h.turns[i])
		}
	})
}
