package sqlstore

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Case returns the row of one case.
func (s *Store) Case(ctx context.Context, key store.Key) (*store.CaseRow, error) {
	var r store.CaseRow
	err := s.one(ctx, func(sc scan) error { return scanCase(sc, &r) },
		"SELECT "+caseCols("")+" FROM cases WHERE region = ? AND case_no = ?", key.Region, string(key.Case))
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// Cases lists cases, newest first; a search for a number lists the highest number first.
func (s *Store) Cases(ctx context.Context, q store.CaseQuery) ([]store.CaseRow, string, error) {
	query, args, err := s.casesQuery(ctx, q)
	if err != nil {
		return nil, "", err
	}
	limit := limitOf(q.Limit)
	rows := make([]store.CaseRow, 0, min(limit, 50))
	err = s.each(ctx, func(sc scan) error {
		var r store.CaseRow
		var more []any
		if q.When != "" {
			more = []any{store.At(&r.Happened)}
		}
		err := scanCase(sc, &r, more...)
		rows = append(rows, r)
		return err
	}, query, args...)
	if err != nil || len(rows) <= limit {
		return rows, "", err
	}
	rows = rows[:limit]
	last := rows[limit-1]
	next := cursor{List: caseList(q), At: atOf(&last), Case: string(last.Case)}
	return rows, next.String(), nil
}

// atOf is by which instant a case stands in its list.
func atOf(r *store.CaseRow) int64 {
	if r.Happened.IsZero() {
		return store.Micros(r.Opened)
	}
	return store.Micros(r.Happened)
}

// caseList names the order in which a query lists cases.
func caseList(q store.CaseQuery) string {
	if q.When != "" {
		return string(q.When)
	}
	if _, is := caseNumber(q.Search); is {
		return "number"
	}
	return "case"
}

// happenings are the indexes that say when something happened to a case: a table joined to cases, and what it must hold. A limit that
// ends at 24:00 belongs to the day that ends. A promise is broken once; of several bad ratings, each of which opens a
// callback at that instant, the last one before the end of the period counts.
var happenings = map[store.Happening]struct{ from, alias, col, cond, later string }{
	store.WhenBroken: {"case_clock", "k", "k.due", fmt.Sprintf("k.kind = 'promised' AND k.level = %d AND k.state <> 'met' AND k.state <> 'cancelled' AND k.due > ? AND k.due <= ?", caseflow.LevelOver), ""},
	store.WhenPoor: {"case_task", "t", "t.opened", "t.kind = 'callback' AND t.opened >= ? AND t.opened < ?",
		"NOT EXISTS (SELECT 1 FROM case_task o WHERE o.region = t.region AND o.case_no = t.case_no AND o.kind = 'callback' AND o.id > t.id AND o.opened < ?)"},
}

// happeningBranch is a range of the index of what happened.
func happeningBranch(q store.CaseQuery, at cursor) (b branch, col string) {
	from, until := store.Micros(q.From), dueMicros(q.To)
	if x, is := happenings[q.When]; is {
		b.from = x.from + " " + x.alias + " JOIN cases c ON c.region = " + x.alias + ".region AND c.case_no = " + x.alias + ".case_no"
		b.add(x.alias+".region = ? AND "+x.cond+" AND ("+x.col+", "+x.alias+".case_no) < (?, ?)", q.Region, from, until, at.At, at.Case)
		if x.later != "" {
			b.add(x.later, until)
		}
		b.filter(q)
		b.party(q)
		return b, x.col
	}
	b.from, col = "cases c", "c."+string(q.When)
	b.add("c.region = ? AND "+col+" > 0 AND "+col+" >= ? AND "+col+" < ? AND ("+col+", c.case_no) < (?, ?)",
		q.Region, from, until, at.At, at.Case)
	b.filter(q)
	b.party(q)
	return b, col
}

// casesQuery builds the statement for a page and one row more.
func (s *Store) casesQuery(ctx context.Context, q store.CaseQuery) (string, []any, error) {
	list := caseList(q)
	q.Document = s.asked(q.Document)
	at, err := readCursor(q.Cursor, list, cursor{At: math.MaxInt64})
	if err != nil {
		return "", nil, err
	}
	limit := limitOf(q.Limit) + 1
	if q.When != "" {
		if !slices.Contains(store.Happenings(), q.When) {
			return "", nil, fmt.Errorf("store: nothing called %q happens to a case", q.When)
		}
		b, col := happeningBranch(q, at)
		query, args := union([]branch{b}, col+", "+caseCols("c."), "", col+" DESC, "+col[:1]+".case_no DESC", "", limit)
		return query, args, nil
	}
	if list == "number" {
		b := numberBranch(q, at)
		query, args := union([]branch{b}, caseCols("c."), "", "c.region DESC, c.case_no DESC", "", limit)
		return query, args, nil
	}
	branches, alias, err := s.caseBranches(ctx, q, at)
	if err != nil {
		return "", nil, err
	}
	query, args := union(branches, caseCols("c."), caseCols(""), alias+".opened DESC, "+alias+".case_no DESC", "opened DESC, case_no DESC", limit)
	return query, args, nil
}

// numberBranch is the range of case numbers that begin with the search.
func numberBranch(q store.CaseQuery, at cursor) branch {
	number, _ := caseNumber(q.Search)
	end := number + "\U0010FFFF"
	if at.Case != "" {
		end = min(end, at.Case)
	}
	b := branch{from: "cases c"}
	b.add("c.region = ? AND c.case_no >= ? AND c.case_no < ?", q.Region, number, end)
	b.filter(q)
	b.party(q)
	return b
}

// party asks that a department takes part, where it is not its list that leads.
func (b *branch) party(q store.CaseQuery) {
	if all := together(q.Department, q.Succeeds); all != nil {
		b.takesPart("EXISTS", all)
	}
}

// takesPart asks that one of the departments does, or that none does.
func (b *branch) takesPart(exists string, departments []string) {
	var p where
	p.add("p.region = c.region AND p.stage = c.stage AND p.opened = c.opened AND p.case_no = c.case_no")
	in(&p, "p.department", departments)
	b.add(exists+" (SELECT 1 FROM case_party p WHERE "+strings.Join(p.conds, " AND ")+")", p.args...)
}

// filter adds what a query asks of a case besides where it is listed.
func (b *branch) filter(q store.CaseQuery) {
	b.equal("c.owner", q.Owner)
	b.equal("c.document", q.Document)
	b.equal("c.item", string(q.Item))
	in(&b.where, "c.department", together(q.Lead, q.LeadSucceeds))
	b.equal("c.channel", q.Channel)
	in(&b.where, "c.item", q.Items)
	in(&b.where, "c.phase", q.Phases)
}

// caseBranches chooses the index that leads: an applicant, an owner, a name, or, for each stage, a department, an item or the region.
// It returns the alias of the table whose index that is; the case itself is c. A name of an owner's case is looked for among
// the owner's cases, which are few, because a draft stands under no pair.
func (s *Store) caseBranches(ctx context.Context, q store.CaseQuery, at cursor) (all []branch, alias string, err error) {
	word := s.wanted(q.Search)
	switch {
	case q.Document != "":
		b := s.caseBranch(q, at, "cases c", "c.document = ?", q.Document)
		s.named(&b, word)
		return []branch{b}, "c", nil
	case q.Owner != "":
		b := s.caseBranch(q, at, "cases c", "c.owner = ?", q.Owner)
		s.named(&b, word)
		return []branch{b}, "c", nil
	case word != "":
		gram, err := s.rarest(ctx, q.Region, probes(word))
		b := s.caseBranch(q, at, "case_gram x", "x.gram = ?", gram)
		s.named(&b, word)
		return []branch{b}, "x", err
	}
	alias = "c"
	for _, st := range stages(q.Phases) {
		switch {
		case q.Department != "":
			alias = "x"
			departments := together(q.Department, q.Succeeds)
			for i, department := range departments { // a case in which several take part stands in the list of the first
				b := s.caseBranch(q, at, "case_party x", "x.department = ? AND x.stage = ?", department, st)
				if i > 0 {
					b.takesPart("NOT EXISTS", departments[:i])
				}
				all = append(all, b)
			}
		case q.Item != "":
			all = append(all, s.caseBranch(q, at, "cases c", "c.item = ? AND c.stage = ?", string(q.Item), st))
		default:
			all = append(all, s.caseBranch(q, at, "cases c", "c.stage = ?", st))
		}
	}
	return all, alias, nil
}

// named asks that one of the case's names contains the folded word, if there is one.
func (s *Store) named(b *branch, word string) {
	if word != "" {
		b.add(fmt.Sprintf(s.d.holds, "c.find"), needle(word))
	}
}

// caseBranch is the range of an index in which the cases of a list stand, from the cursor on.
func (s *Store) caseBranch(q store.CaseQuery, at cursor, table, cond string, args ...any) branch {
	name, alias, _ := strings.Cut(table, " ")
	b := branch{from: table}
	if alias != "c" {
		b.from += " JOIN cases c ON c.region = " + alias + ".region AND c.case_no = " + alias + ".case_no"
	}
	b.add(alias+".region = ?", q.Region)
	b.add(cond, args...)
	b.add("("+alias+".opened, "+alias+".case_no) < (?, ?)", at.At, at.Case)
	b.filter(q)
	if name != "case_party" {
		b.party(q)
	}
	return b
}

// stages are the lists in which cases of the phases stand.
func stages(phases []caseflow.Phase) []string {
	if len(phases) == 0 {
		phases = []caseflow.Phase{
			caseflow.PhaseRunning, caseflow.PhaseClosed, caseflow.PhaseRefused, caseflow.PhaseDeclined, caseflow.PhaseWithdrawn,
			caseflow.PhaseRevoked,
		}
	}
	var all []string
	for _, p := range phases {
		if st := stage(p); !slices.Contains(all, st) {
			all = append(all, st)
		}
	}
	return all
}

// rareEnough is how many names under a pair are counted, and maxProbes how many pairs are: after that it does not matter.
const (
	rareEnough = 500
	maxProbes  = 12
)

// rarest returns the pair under which the fewest names stand.
func (s *Store) rarest(ctx context.Context, region string, probes []string) (string, error) {
	probes = probes[:min(len(probes), maxProbes)]
	best, least := probes[0], int64(math.MaxInt64)
	for _, g := range probes {
		if len(probes) == 1 {
			break
		}
		var n int64
		err := s.one(ctx, store.Into(&n),
			"SELECT count(*) FROM (SELECT 1 FROM case_gram WHERE region = ? AND gram = ? LIMIT ?) AS counted", region, g, int64(rareEnough))
		if err != nil {
			return "", err
		}
		if n < least {
			best, least = g, n
		}
	}
	return best, nil
}

// LicenceByVerify finds a licence by its printed code.
func (s *Store) LicenceByVerify(ctx context.Context, code string) (*store.LicenceRow, error) {
	if code == "" {
		return nil, store.ErrNotFound
	}
	var l store.LicenceRow
	err := s.one(ctx, func(sc scan) (err error) {
		l, err = scanLicence(sc)
		return err
	}, "SELECT "+tLicence.list("")+" FROM licence WHERE verify = ? LIMIT 1", code)
	if err != nil {
		return nil, err
	}
	return &l, nil
}

// LicencesOf lists a holder's licences, newest first.
func (s *Store) LicencesOf(ctx context.Context, regions []string, holder string) ([]store.LicenceRow, error) {
	if len(regions) == 0 {
		return nil, nil
	}
	b := branch{from: "licence"}
	in(&b.where, "region", regions)
	b.add("document = ?", s.asked(holder))
	return s.licences(ctx, b, 1000)
}

// LicencesIn lists the licences of cases, newest first.
func (s *Store) LicencesIn(ctx context.Context, region string, cases []caseflow.CaseNo) ([]store.LicenceRow, error) {
	if len(cases) == 0 {
		return nil, nil
	}
	b := branch{from: "licence"}
	b.add("region = ?", region)
	in(&b.where, "case_no", cases)
	return s.licences(ctx, b, 1000)
}

// LicencesNaming lists the valid licences of companies with this legal representative.
func (s *Store) LicencesNaming(ctx context.Context, region, document string) ([]store.LicenceRow, error) {
	if document == "" {
		return nil, nil
	}
	b := branch{from: "licence"}
	b.add("region = ? AND legal = ? AND legal <> '' AND state = 'valid'", region, s.asked(document))
	return s.licences(ctx, b, 200)
}

func (s *Store) licences(ctx context.Context, b branch, limit int) ([]store.LicenceRow, error) {
	query, args := union([]branch{b}, tLicence.list(""), "", "issued DESC, case_no DESC, no DESC", "", limit)
	var all []store.LicenceRow
	err := s.each(ctx, store.List(&all, scanLicence), query, args...)
	return all, err
}

// Reproject replaces what is derived from a case's journal; messages stay, because what became of them is nowhere else.
func (s *Store) Reproject(ctx context.Context, change *store.Change) error {
	rows, err := s.check(change)
	if err != nil {
		return err
	}
	rows.more[messagesAt], rows.counts = nil, nil
	key := []any{change.Region, string(change.Case)}
	return s.tx(ctx, func(w *writer) error {
		old := map[store.Key]caseState{}
		lock := step{shape: lockCases, rows: [][]any{key}, each: scanOldCase(old)}
		if err := w.together(lock); err != nil { // a commit on the case waits for this row
			return err
		}
		last := 0
		err := w.query(store.Into(&last),
			"SELECT COALESCE(max(no), 0) FROM journal WHERE region = ? AND case_no = ?", key...)
		if err != nil {
			return err
		}
		if last != change.Entry.No {
			return store.ErrConflict
		}
		steps := []step{{shape: dropNames, rows: [][]any{key}}, {shape: tName.keep, rows: rows.more[namesAt]}}
		rows.more[namesAt] = nil // one that had run out may be somebody else's by now: that one stays
		for _, t := range []*table{tTask, tClock, tLicence, tNotice, tSnapshot} {
			steps = append(steps, step{shape: t.wipe, rows: [][]any{key}})
		}
		return w.together(append(steps, w.project([]*changeRows{rows}, old)...)...)
	})
}
