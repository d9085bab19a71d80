package draws

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// bench is the module on a store of its own, on virtual time.
type bench struct {
	*Module
	ring  *seal.Ring
	st    store.Modules
	t     *testing.T
	mu    sync.Mutex
	clock time.Time
}

func (b *bench) time() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *bench) at(hour, minute int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = time.Date(2026, 11, 27, hour, minute, 0, 0, time.UTC)
}

// both runs a test on each database.
func both(t *testing.T, do func(t *testing.T, b *bench)) {
	for name, address := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "t.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do(t, newBench(t, sqlstore.Options{Address: address(t)}))
		})
	}
}

func newBench(t *testing.T, o sqlstore.Options) *bench {
	t.Helper()
	o.Schemas = []store.Schema{Schema()}
	st, err := sqlstore.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	b := &bench{t: t}
	b.at(2, 0)
	ring, err := seal.Open(t.TempDir(), b.time())
	must(t, err)
	b.ring, b.st = ring, st
	b.Module = New(Parts{Store: st, Seal: ring, Now: b.time, Department: func(_, id string) caseflow.Text { return caseflow.Text{ZH: id, EN: id} }})
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func official(id, region, department string) caseflow.Actor {
	return caseflow.Actor{ID: id, Kind: caseflow.ActorOfficial, Region: region, Department: department, Roles: []string{caseflow.RoleReviewer}}
}

var (
	wang  = official("wang", "610700", "market")
	li    = official("li", "610700", "market")
	zhao  = official("zhao", "610700", "market")
	other = official("other", "610700", "tax")
)

func plan(title string) draw.Plan {
	p := draw.Plan{Title: title, Opens: time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC), Strata: []draw.Stratum{{ID: "A", Count: 2}, {ID: "D", Count: 3}},
		Sources: []draw.Source{{Kind: draw.Dice, Name: "机关", Rolls: 8, Faces: 6}, {Kind: draw.Dice, Name: "企业", Rolls: 8, Faces: 6}, {Kind: draw.Public, Name: "指数"}}}
	for _, id := range strings.Split("abcdefghij", "") {
		p.Candidates = append(p.Candidates, draw.Candidate{ID: "A" + id, Stratum: "A"}, draw.Candidate{ID: "D" + id, Stratum: "D"})
	}
	return p
}

const dice = "1,2,3,4,5,6,1,2"

func code(t *testing.T, err error, want string) {
	t.Helper()
	var r *caseflow.Refusal
	if !errors.As(err, &r) || r.Code != want && (len(r.Fields) == 0 || r.Fields[0].Code != want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// A draw goes its way only through two people, in order, and not before its time; each event has a leaf.
func TestDraw_needs_two_people_and_its_time(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		no, err := b.Propose(ctx, wang, "inspect 1", plan("抽查"))
		must(t, err)
		d, err := b.Find(ctx, "610700", no)
		must(t, err)
		id := d.ID()
		if _, err := b.Published(ctx, caseflow.Actor{}, id); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("a draw that is not confirmed is shown: %v", err)
		}
		code(t, b.Confirm(ctx, wang, id), CodeSame)
		if err := b.Confirm(ctx, other, id); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("another department: %v", err)
		}
		code(t, b.Give(ctx, wang, id, 0, dice), CodeState)
		must(t, b.Confirm(ctx, li, id))
		code(t, b.Confirm(ctx, li, id), CodeState)
		code(t, b.Give(ctx, wang, id, 0, dice), "seed.early")
		b.at(3, 0)
		code(t, b.Give(ctx, wang, id, 0, "1,2,3"), "seed.value")
		must(t, b.Give(ctx, wang, id, 0, dice))
		must(t, b.Give(ctx, wang, id, 0, dice)) // sent again
		code(t, b.Give(ctx, wang, id, 0, "6,5,4,3,2,1,6,5"), CodeGiven)
		code(t, b.Give(ctx, wang, id, 1, dice), CodeSame) // the dice of two parties
		must(t, b.Give(ctx, wang, id, 2, "3870.02"))
		if text, err := b.text(ctx, d); err != nil || strings.Contains(string(text), "3870") {
			t.Errorf("a value is published before all are there: %v", err)
		}
		must(t, b.Give(ctx, li, id, 1, dice))
		r, err := b.Record(ctx, "610700", no)
		must(t, err)
		if len(r.Stratum("A")) != 2 || len(r.Stratum("D")) != 3 {
			t.Errorf("drawn: %v", r.Drawn())
		}
		if _, err := draw.Verify(r.Bytes()); err != nil {
			t.Error(err)
		}
		for seq := range int64(5) { // committed, three values, drawn
			l, err := b.st.ModuleLeaf(ctx, "610700", "draws", id, seq+1)
			if err != nil || !strings.Contains(string(l.Data), id) {
				t.Errorf("leaf %d: %s %v", seq+1, l.Data, err)
			}
		}
		code(t, errOf(b.Propose(ctx, wang, "inspect 1", plan("再抽"))), CodePurpose)
	})
}

func errOf(_ int64, err error) error { return err }

// Drawing again until it suits shows: two people give a draw up, it stays with its reason, and the next names it.
func TestAbandoned_draws_stay(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		first := b.drawn(ctx, "inspect 7")
		code(t, b.Abandon(ctx, wang, first.ID(), " "), CodeWords)
		must(t, b.Abandon(ctx, wang, first.ID(), "名单有误"))
		code(t, b.Abandon(ctx, wang, first.ID(), "名单有误"), CodeSame)
		if d, err := b.Find(ctx, first.Region, first.No); err != nil || d.State != Drawn {
			t.Errorf("one person abandoned it: %+v %v", d, err)
		}
		must(t, b.Abandon(ctx, li, first.ID(), ""))
		code(t, b.Abandon(ctx, zhao, first.ID(), "再次"), CodeState)
		b.at(2, 0)
		no, err := b.Propose(ctx, wang, "inspect 7", plan("第二次"))
		must(t, err)
		next, err := b.Find(ctx, "610700", no)
		must(t, err)
		if next.Predecessor != first.Commitment {
			t.Errorf("it stands in for %q", next.Predecessor)
		}
		list, err := b.List(ctx, caseflow.Actor{}, "", 10)
		if err != nil || len(list) != 1 || list[0].State != Abandoned || list[0].Reason != "名单有误" {
			t.Errorf("%+v %v", list, err)
		}
		was, err := b.Record(ctx, "610700", first.No)
		must(t, err)
		now, err := b.Record(ctx, "610700", no)
		must(t, err)
		if err := now.Follows(was); err != nil {
			t.Error(err)
		}
	})
}

// drawn is a draw that was made.
func (b *bench) drawn(ctx context.Context, purpose string) *Draw {
	b.t.Helper()
	no, err := b.Propose(ctx, wang, purpose, plan("第一次"))
	must(b.t, err)
	d, err := b.Find(ctx, "610700", no)
	must(b.t, err)
	must(b.t, b.Confirm(ctx, li, d.ID()))
	b.at(3, 0)
	for i, by := range []caseflow.Actor{wang, li, zhao} {
		must(b.t, b.Give(ctx, by, d.ID(), i, dice))
	}
	return d
}

// A list is cut after what its reader may not see is gone: a hundred drafts of other departments hide nothing, and the desk lists its own alone.
func TestLists_are_as_long_as_they_can_be(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		row := func(no int64, department string, committed int) []any {
			d := Draw{Region: "610700", No: no, Place: "610700", Department: department, Title: department, State: Proposed, Made: b.time().Add(time.Duration(no) * time.Minute)}
			if committed > 0 {
				d.State, d.Committed = Committed, b.time()
			}
			return d.row()
		}
		must(t, b.st.Update(t.Context(), func(w store.Writer) error {
			var rows [][]any
			for no := range int64(150) { // the oldest three are public, one draft is the reader's own
				rows = append(rows, row(no+1, map[bool]string{true: "market", false: "tax"}[no == 10], max(0, 3-int(no))))
			}
			return w.Add("draws_draw", rows...)
		}))
		numbers := func(list []Draw, err error) string {
			must(t, err)
			var out []string
			for i := range list {
				out = append(out, list[i].ID())
			}
			return strings.Join(out, " ")
		}
		for name, c := range map[string]struct{ got, want string }{
			"everybody":             {numbers(b.List(t.Context(), caseflow.Actor{}, "", 10)), "610700-3 610700-2 610700-1"},
			"cut":                   {numbers(b.List(t.Context(), caseflow.Actor{}, "610702", 2)), "610700-3 610700-2"},
			"with the own draft":    {numbers(b.List(t.Context(), wang, "", 3)), "610700-11 610700-3 610700-2"},
			"of another city":       {numbers(b.List(t.Context(), wang, "610800", 10)), ""},
			"the desk":              {numbers(b.Kept(t.Context(), wang, 10)), "610700-11"},
			"the desk of the other": {numbers(b.Kept(t.Context(), other, 2)), "610700-150 610700-149"},
			"a desk elsewhere":      {numbers(b.Kept(t.Context(), official("sun", "610702", "tax"), 10)), ""},
		} {
			if c.got != c.want {
				t.Errorf("%s: %q, want %q", name, c.got, c.want)
			}
		}
	})
}

// Lists are the end of an index: none reads or sorts the table.
func TestLists_are_found_by_index(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqlstore.Options{Address: filepath.Join(t.TempDir(), "t.db")})
	for query, args := range map[string][]any{
		listPublished: {10}, listOfRegion: {"610700", 10}, listOwn: {"610700", "610700", "market", 10}, listOwnPlanned: {"610700", "610700", "market", 10},
	} {
		must(t, b.st.Read(t.Context(), func(sc store.Scan) error {
			var id, parent, none int64
			var detail string
			err := sc(&id, &parent, &none, &detail)
			if !strings.Contains(detail, "USING INDEX draws_draw_") || strings.Contains(detail, "TEMP B-TREE") {
				t.Errorf("%s: %s", query, detail)
			}
			return err
		}, "EXPLAIN QUERY PLAN "+query, args...))
	}
}

// Whoever withdraws is replaced by the next of the same order, and everybody finds out where they stand and why.
func TestStandings_explain_themselves(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		d := b.drawn(ctx, "")
		r, err := b.Record(ctx, d.Region, d.No)
		must(t, err)
		gone := r.Stratum("D")[0]
		must(t, b.Withdraw(ctx, wang, d.ID(), draw.Candidates, gone, "停业"))
		d, err = b.Find(ctx, d.Region, d.No)
		must(t, err)
		r, err = b.Record(ctx, d.Region, d.No)
		must(t, err)
		in := 0
		for _, c := range r.Commitment().Plan().Candidates {
			s, err := b.Standing(ctx, d, c.ID)
			must(t, err)
			if s.In {
				in++
			}
			if out := s.Ticket > s.Cut; s.Stratum == "A" && s.In == out {
				t.Errorf("%s: in %v, ticket %s, cut %s", c.ID, s.In, s.Ticket, s.Cut)
			}
			if !s.Membership.Holds(r.Commitment().Pool()) {
				t.Errorf("%s is not proved to be in the pool", c.ID)
			}
			if c.ID == gone && (s.In || s.Withdrawn != "停业") {
				t.Errorf("%+v", s)
			}
		}
		if in != 5 {
			t.Errorf("%d are in", in)
		}
		if _, err := b.Standing(ctx, d, "nobody"); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// What cannot be drawn, or could be known to one person, is refused before anything is published.
func TestPlans_that_cannot_be_drawn_are_refused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		try := func(change func(*draw.Plan)) error {
			p := plan("试")
			change(&p)
			return errOf(b.Propose(ctx, wang, "", p))
		}
		code(t, try(func(p *draw.Plan) { p.Sources = p.Sources[:1] }), CodeSources)
		code(t, try(func(p *draw.Plan) { p.Opens = b.time() }), "plan.late")
		code(t, try(func(p *draw.Plan) { p.Strata[0].Count = 11 }), "plan.quota")
		code(t, try(func(p *draw.Plan) { p.Candidates[1].ID = p.Candidates[0].ID }), "plan.duplicate")
		code(t, try(func(p *draw.Plan) {
			p.Inspectors = []draw.Inspector{{ID: "i1"}, {ID: "i2"}}
			p.Pairing = &draw.Pairing{Team: 2, Cap: 2}
		}), "pairing.clash")
		clerk := wang
		clerk.Roles = []string{caseflow.RoleClerk}
		if err := errOf(b.Propose(ctx, clerk, "", plan("试"))); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("a clerk: %v", err)
		}
		must(t, errOf(b.Propose(ctx, wang, "", plan("试"))))
	})
}
