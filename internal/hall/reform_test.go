package hall_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

var (
	sysAdmin = official("o-sys", "office", caseflow.RoleAdmin)
	security = official("o-sec", "office", caseflow.RoleSecurity)
	overseer = official("o-super", "office", caseflow.RoleSupervisor)
	left     = official("o-left", "market", caseflow.RoleReviewer)
)

// bureau is a town whose departments are about to be reformed.
type bureau struct {
	*hall.Hall
	t  *testing.T
	st store.Store
	c  *clock
}

func newBureau(t *testing.T, st store.Store) *bureau {
	b := &bureau{t: t, st: st, c: monday()}
	b.Hall = b.server()
	for _, a := range []caseflow.Actor{clerk, market, tax, police, sysAdmin, security, overseer, left} {
		employ(t, st, a, region)
	}
	return b
}

// server is one more server over the same store.
func (b *bureau) server() *hall.Hall {
	h, err := hall.New(hall.Options{Store: b.st, Catalogue: shelf{sample()}, Now: b.c.Now, Departments: func(string) []store.Office {
		return []store.Office{{ID: "hall", Name: zh("政务大厅")}, {ID: "market", Name: zh("市场局")}, {ID: "tax", Name: zh("税务局")}, {ID: "police", Name: zh("公安局")}}
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	return h
}

func zh(s string) caseflow.Text { return caseflow.Text{ZH: s} }

// who is the actor of an account as it stands, as the gate makes it.
func (b *bureau) who(h *hall.Hall, id string) caseflow.Actor {
	b.t.Helper()
	a, err := b.st.AccountByID(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	by := caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Department: a.Department, Region: a.Region, Roles: a.Roles}
	gone := false
	if by.Succeeds, gone = h.Duties(a.Region, a.Department); gone {
		by.Department, by.Roles = "", nil
	}
	return by
}

// reform proposes a reform and agrees to it.
func (b *bureau) reform(n hall.NewReform) *store.Reform {
	b.t.Helper()
	n.Region, n.Basis = region, "渭编发〔2026〕1号"
	r, err := b.ProposeReform(b.t.Context(), sysAdmin, fmt.Sprintf("%x", sha256.Sum256([]byte(fmt.Sprint(n)))), n)
	if err != nil {
		b.t.Fatal(err)
	}
	if r, err = b.AgreeReform(b.t.Context(), security, r.ID); err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bureau) queue(h *hall.Hall, by caseflow.Actor) []caseflow.CaseNo {
	b.t.Helper()
	list, _, err := h.Queue(b.t.Context(), by, store.TaskQuery{Region: region})
	if err != nil {
		b.t.Fatalf("queue of %s: %v", by.ID, err)
	}
	var all []caseflow.CaseNo
	for i := range list {
		all = append(all, list[i].TaskRow.Case)
	}
	return all
}

func (b *bureau) is(what string, got, want any) {
	b.t.Helper()
	if g, w := strings.TrimSpace(sprint(got)), strings.TrimSpace(sprint(want)); g != w {
		b.t.Errorf("%s: %s, want %s", what, g, w)
	}
}

// waiting is a case that waits for the market authority.
func (b *bureau) waiting() store.Key {
	b.t.Helper()
	key := submitted(b.t, b.Hall, region)
	do(b.t, b.Hall, clerk, key, caseflow.Accept{})
	return key
}

// A merger: open work is the successor's from that moment, on every server, and nobody else's.
func TestReform_gives_the_work_of_a_merged_department_to_its_successor(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		b := newBureau(t, st)
		key := b.waiting()
		b.is("the tax authority waits for nothing", len(b.queue(b.Hall, b.who(b.Hall, tax.ID))), 0)
		second := b.server()
		before := entriesOf(t, st, key)
		n := hall.NewReform{Region: region, Gone: []string{"market"}, Target: "tax", Name: zh("综合局"), Basis: "x", Stay: []string{left.ID}}
		plan, err := b.TryReform(t.Context(), sysAdmin, n)
		if err != nil {
			t.Fatal(err)
		}
		b.is("planned", []any{plan.Total, len(plan.Tasks), plan.Tasks[0].TaskRow.Case, plan.Moves[0].ID, plan.Stay[0].ID}, []any{1, 1, key.Case, market.ID, left.ID})
		r := b.reform(n)
		b.is("applied", []any{r.State, r.Moved, r.Tasks}, []any{store.ReformApplied, []string{market.ID}, 1})
		b.is("entries", entriesOf(t, st, key), before)
		for _, h := range []*hall.Hall{b.Hall, second} {
			if err := h.FollowReforms(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{tax.ID, market.ID} {
				b.is("queue of "+id, b.queue(h, b.who(h, id)), []caseflow.CaseNo{key.Case})
			}
			b.is("queue of an unrelated department", len(b.queue(h, b.who(h, police.ID))), 0)
			b.unmoved(h, key)
		}
		_, err = second.Do(t.Context(), b.who(second, police.ID), "", key, caseflow.Grant{Task: task(t, second, key, "register")})
		if err == nil {
			t.Error("an unrelated department decided")
		}
		do(t, second, b.who(second, tax.ID), key, caseflow.Grant{Task: task(t, second, key, "register")})
		stored, rebuilt := projected(t, st, key), func() any { must0(t, second.Rebuild(t.Context(), key)); return projected(t, st, key) }()
		b.is("rows rebuilt from the journal", rebuilt, stored)
	})
}

// unmoved shows that an official who was not taken over reaches nothing, whatever roles they are given by mistake.
func (b *bureau) unmoved(h *hall.Hall, key store.Key) {
	b.t.Helper()
	by := b.who(h, left.ID)
	b.is("roles of who stayed", len(by.Roles), 0)
	for _, roles := range [][]string{nil, {caseflow.RoleReviewer}, {caseflow.RoleHead}} {
		by.Roles = roles
		if _, err := h.View(b.t.Context(), by, key, "case", ""); !errors.Is(err, hall.ErrNotFound) {
			b.t.Errorf("%v of a department that has gone saw a case: %v", roles, err)
		}
		if list, _, err := h.Queue(b.t.Context(), by, store.TaskQuery{Region: region, Department: "tax"}); err == nil {
			b.t.Errorf("%v of a department that has gone lists the successor's work: %v", roles, list)
		}
	}
}

// A chain of mergers and a renaming: duties go all the way, names are those of their day, figures and lists hold the past.
func TestReform_chains_keep_names_figures_and_lists(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		b := newBureau(t, st)
		key := b.waiting()
		day0 := b.c.Now()
		b.c.Add(24 * time.Hour)
		b.is("short name of the pack", b.Short(region, "tax", zh("税务")), zh("税务"))
		b.reform(hall.NewReform{Gone: []string{"market"}, Target: "tax"})
		b.is("under the name that it had", b.Short(region, "tax", zh("税务")), zh("税务"))
		b.is("of one that has gone", b.Short(region, "market", zh("市监")), zh(""))
		day1 := b.c.Now()
		b.c.Add(24 * time.Hour)
		b.reform(hall.NewReform{Gone: []string{"tax", "hall"}, Target: "approval", Name: zh("审批局")})
		day2 := b.c.Now()
		b.c.Add(24 * time.Hour)
		b.is("another name without a short one", b.Short(region, "tax", zh("税务")), zh(""))
		b.reform(hall.NewReform{Target: "approval", Name: zh("行政审批局"), Short: zh("审批")})
		for _, id := range []string{"approval", "tax", "market"} {
			b.is("short name of "+id, b.Short(region, id, zh("own")), zh("审批"))
		}
		b.is("of one that no reform touched", b.Short(region, "police", zh("公安")), zh("公安"))
		for _, c := range []struct {
			id   string
			at   time.Time
			want string
		}{{"market", day0, "市场局 "}, {"market", day1, "税务局 市场局"}, {"market", day2, "审批局 市场局"}, {"market", time.Time{}, "行政审批局 市场局"},
			{"tax", day1, "税务局 "}, {"tax", time.Time{}, "行政审批局 税务局"}, {"approval", time.Time{}, "行政审批局 审批局"}, {"police", time.Time{}, "own "}} {
			name, former := b.Called(region, c.id, zh("own"), c.at)
			b.is(c.id+c.at.String(), name.ZH+" "+former.ZH, c.want)
		}
		succeeds, _ := b.Duties(region, "approval")
		b.is("duties", succeeds, []string{"hall", "market", "tax"})
		by := b.who(b.Hall, market.ID)
		b.is("department", by.Department, "approval")
		b.is("queue", b.queue(b.Hall, by), []caseflow.CaseNo{key.Case})
		list, _, err := b.Cases(t.Context(), by, store.CaseQuery{Region: region})
		if err != nil || len(list) != 1 {
			t.Errorf("the case is listed %d times, once is right (%v)", len(list), err)
		}
		today := workday.DateOf(b.c.Now())
		s, err := b.Statistics(t.Context(), overseer, hall.StatQuery{Region: region, Period: stat.Period{From: today - 7, To: today}, Group: hall.ByDepartment})
		if err != nil {
			t.Fatal(err)
		}
		b.is("figures", []any{len(s.Groups), s.Groups[0].Key, s.Groups[0].Figures.Received, s.Succeeds}, []any{1, "approval", 1, succeeds})
		screen, err := b.Overview(t.Context(), overseer, hall.OverviewQuery{Region: region, Month: stat.Period{From: 20000, To: 20001}, Days: 1})
		if err != nil {
			t.Fatal(err)
		}
		if tallies := screen.Tallies; len(tallies) != 1 || tallies[0].Department != "approval" || tallies[0].Open != 1 {
			t.Errorf("open work %+v", tallies)
		}
		if !slices.Contains(b.FormerNames("market"), zh("市场局")) || !slices.Contains(b.FormerNames("market"), zh("行政审批局")) {
			t.Errorf("names to search by: %v", b.FormerNames("market"))
		}
	})
}

// What contradicts itself is refused, with the field; what is not one's to do is not there.
func TestReform_refuses_what_cannot_be(t *testing.T) {
	t.Parallel()
	b := newBureau(t, openStore(t))
	b.reform(hall.NewReform{Gone: []string{"police"}, Target: "market"})
	if _, err := b.ProposeReform(t.Context(), sysAdmin, "waits", hall.NewReform{Region: region, Target: "hall", Name: zh("新大厅"), Basis: "x"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		n    hall.NewReform
		want string
	}{
		"a cycle":                              {hall.NewReform{Gone: []string{"market"}, Target: "police"}, "target office.gone"},
		"what has gone goes again":             {hall.NewReform{Gone: []string{"police"}, Target: "tax"}, "gone office.gone"},
		"into itself":                          {hall.NewReform{Gone: []string{"tax"}, Target: "tax"}, "gone office.self"},
		"twice":                                {hall.NewReform{Gone: []string{"tax", "tax"}, Target: "market"}, "gone office.many"},
		"a department of another region":       {hall.NewReform{Gone: []string{"tax"}, Target: "harbour"}, "target office.unknown"},
		"from another region":                  {hall.NewReform{Gone: []string{"harbour"}, Target: "tax"}, "gone office.unknown"},
		"a new one without a good id":          {hall.NewReform{Gone: []string{"tax"}, Target: "新局", Name: zh("新局")}, "target office.id"},
		"a renaming that renames nothing":      {hall.NewReform{Target: "tax"}, "name office.same"},
		"somebody else's name":                 {hall.NewReform{Target: "tax", Name: zh("市场局")}, "name office.taken"},
		"one that waits for another reform":    {hall.NewReform{Gone: []string{"hall"}, Target: "tax"}, "gone office.pending"},
		"a day that is past":                   {hall.NewReform{Target: "tax", Name: zh("新税务局"), From: 1}, "from reform.day"},
		"somebody who is not of those that go": {hall.NewReform{Gone: []string{"tax"}, Target: "market", Stay: []string{market.ID}}, "stay reform.stay"},
	} {
		c.n.Region, c.n.Basis = region, "x"
		_, err := b.TryReform(t.Context(), sysAdmin, c.n)
		var r *caseflow.Refusal
		if !errors.As(err, &r) || len(r.Fields) != 1 || r.Fields[0].Field+" "+r.Fields[0].Code != c.want || r.Fields[0].Text.ZH == "" || r.Fields[0].Text.EN == "" {
			t.Errorf("%s: %v %+v, want %s", name, err, r, c.want)
		}
	}
	ok := hall.NewReform{Region: region, Gone: []string{"tax"}, Target: "market", Basis: "x"}
	for _, by := range []caseflow.Actor{security, overseer, market, citizen, {}} {
		if _, err := b.ProposeReform(t.Context(), by, "r", ok); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("%s proposed: %v", by.ID, err)
		}
	}
	far := ok
	far.Region = "610802"
	if _, err := b.ProposeReform(t.Context(), sysAdmin, "r", far); !errors.Is(err, hall.ErrNotFound) {
		t.Errorf("an administrator proposed in another region: %v", err)
	}
}

// Two administrators, one answer each, on the day and not before, whoever asks twice.
func TestReform_takes_two_administrators_and_its_day(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		b := newBureau(t, st)
		n := hall.NewReform{Region: region, Gone: []string{"market"}, Target: "tax", Basis: "x", From: workday.DateOf(b.c.Now()) + 3}
		r, err := b.ProposeReform(t.Context(), sysAdmin, "once", n)
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.ProposeReform(t.Context(), sysAdmin, "once", n)
		if err != nil || again.ID != r.ID {
			t.Fatalf("the same request made %+v (%v)", again, err)
		}
		for _, by := range []caseflow.Actor{sysAdmin, overseer, market} {
			if _, err := b.AgreeReform(t.Context(), by, r.ID); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%s agreed: %v", by.ID, err)
			}
		}
		if _, err := b.AgreeReform(t.Context(), security, r.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.DeclineReform(t.Context(), security, r.ID); err == nil {
			t.Error("what was agreed to was declined")
		}
		applies := func(want int) {
			t.Helper()
			if got, err := b.ApplyReforms(t.Context()); err != nil || got != want {
				t.Errorf("applied %d, want %d (%v)", got, want, err)
			}
		}
		applies(0)
		b.is("department before the day", b.who(b.Hall, market.ID).Department, "market")
		b.c.Add(72 * time.Hour)
		errs := []error{}
		for _, h := range []*hall.Hall{b.Hall, b.server(), b.server()} {
			_, err := h.ApplyReforms(t.Context())
			errs = append(errs, err)
		}
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		applies(0)
		b.is("department on the day", b.who(b.Hall, market.ID).Department, "tax")
		if _, err := b.WithdrawReform(t.Context(), sysAdmin, r.ID); err == nil {
			t.Error("what counts was withdrawn")
		}
		traces, _, err := st.FindTraces(t.Context(), store.TraceQuery{Log: store.OperationLog, Regions: []string{region}})
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, x := range traces {
			kinds = append(kinds, x.Kind)
		}
		slices.Sort(kinds)
		b.is("operation log", kinds, []string{"account-changed", "account-changed", "reform-agreed", "reform-applied", "reform-proposed"})
	})
}

func sprint(v any) string { return strings.ReplaceAll(fmt.Sprint(v), "[]", "") }

func must0(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// entriesOf is the journal of a case, byte for byte.
func entriesOf(t *testing.T, st store.Store, key store.Key) []store.Entry {
	t.Helper()
	list, err := st.Entries(t.Context(), key, 0, 0)
	must0(t, err)
	return list
}

// projected is the rows of a case.
func projected(t *testing.T, st store.Store, key store.Key) any {
	t.Helper()
	row, err := st.Case(t.Context(), key)
	must0(t, err)
	tasks, _, err := st.Tasks(t.Context(), store.TaskQuery{Region: key.Region})
	must0(t, err)
	return []any{*row, tasks}
}
