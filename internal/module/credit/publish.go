package credit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// publishable reports whether a kind of record is published at all.
func publishable(k Kind) bool { return k == Licence || k == Penalty || k == Promise }

// publishAtOnce is how many records one transaction publishes: others wait that long, some tens of milliseconds.
const publishAtOnce = 500

// publish brings what everybody may see up to the records: those that came in, were corrected, withdrawn, struck or repaired, and
// those whose time is over.
func (g *Register) publish(ctx context.Context, region string) error {
	s := g.standard(region)
	if s == nil || s.General.Publish == nil {
		return nil
	}
	for {
		keys, settled, err := g.toPublish(ctx, region)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			break
		}
		if err := g.st.Update(ctx, func(w store.Writer) error {
			return errors.Join(g.publishThese(w, region, s.General.Publish, keys), w.Drop("credit_publish", settled...))
		}); err != nil {
			return err
		}
	}
	return g.hideOver(ctx, region)
}

// hideOver hides what is shown no longer because its time is over, some at a time.
func (g *Register) hideOver(ctx context.Context, region string) error {
	today := int64(workday.DateOf(g.now()))
	for {
		var last int64
		sort := ""
		err := g.st.Read(ctx, store.Into(&last, &sort), isOver, region, today, chunk)
		if err != nil || sort == "" {
			return err
		}
		err = g.st.Update(ctx, func(w store.Writer) error {
			_, err := w.Exec(hideUpTo, region, last, sort)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// Statements that have to be quick at ten million records: see TestPublications_are_found_by_index.
const (
	dueToPublish = "SELECT party, source, id, batch FROM credit_publish WHERE region = ? AND batch IN " + counting + " LIMIT ?"
	isOver       = "SELECT last, sort FROM credit_public WHERE region = ? AND hidden = 0 AND last > 0 AND last < ? ORDER BY last, sort LIMIT ?"
	hideUpTo     = "UPDATE credit_public SET hidden = 1 WHERE region = ? AND hidden = 0 AND last > 0 AND (last, sort) <= (?, ?)"
	publicCols   = "SELECT party, source, id, kind, result, day, until, published, fen, title, basis, due, last, late, sort FROM credit_public "
	listPublic   = publicCols + "WHERE region = ? AND hidden = 0 AND kind = ? AND sort > ? AND (last = 0 OR last >= ?) ORDER BY sort LIMIT ?"
	listLate     = publicCols + "WHERE region = ? AND source = ? AND late = 1 AND sort > ? ORDER BY sort LIMIT ?"
	countPublic  = "SELECT source, COUNT(*), SUM(late) FROM credit_public WHERE region = ? AND day >= ? AND day <= ? AND kind > 0 AND kind <> 7 GROUP BY source ORDER BY source"
	partiesNamed = "SELECT DISTINCT party FROM credit_subject WHERE region = ? AND name >= ? AND name < ? LIMIT ?"
)

var publicOf = publicCols + "WHERE region = ? AND hidden = 0 AND party IN " + places + " AND kind = ? AND sort > ? AND (last = 0 OR last >= ?) ORDER BY sort LIMIT ?"

// toPublish are some records that are due to be published, each once, and the rows that say so: one may be due by several batches.
func (g *Register) toPublish(ctx context.Context, region string) (keys []key, settled [][]any, err error) {
	seen := map[key]bool{}
	err = g.st.Read(ctx, func(sc store.Scan) error {
		var k key
		var batch int64
		err := sc(&k.party, &k.Source, &k.ID, &batch)
		if !seen[k] {
			keys, seen[k] = append(keys, k), true
		}
		settled = append(settled, []any{region, k.party, k.Source, k.ID, batch})
		return err
	}, dueToPublish, region, region, publishAtOnce)
	return keys, settled, err
}

// publishThese publishes records. All about them is read in the transaction that writes, so that no older version of a record takes the
// place of a newer one.
func (g *Register) publishThese(w store.Writer, region string, p *Publish, keys []key) error {
	pending, err := pendingIn(w, region)
	if err != nil {
		return err
	}
	records, err := these(w, pending, region, keys)
	if err != nil {
		return err
	}
	was := make(map[key]workday.Date, len(keys))
	err = inKeys(keys, []any{region, region}, func(args []any) error {
		return w.Read(func(sc store.Scan) error {
			var k key
			var mark, published int64
			err := sc(&k.party, &k.Source, &k.ID, &mark, &published)
			if rec, known := records[k]; known {
				rec.Mark = Mark(mark)
				records[k], was[k] = rec, workday.Date(published)
			}
			return err
		}, theseStates, args...)
	})
	today, cal := workday.DateOf(g.now()), g.calendar(region)
	var rows, gone [][]any
	for _, k := range keys { // in their order, as the table has them
		rec, known := records[k]
		if !known {
			continue
		}
		x, ok := p.Of(&rec, was[k], today, cal)
		if !ok {
			gone = append(gone, []any{region, k.party, k.Source, k.ID})
			continue
		}
		rows = append(rows, []any{region, k.party, x.Source, x.ID, int64(x.Kind), int64(x.Result), int64(x.Day), int64(x.Until), int64(x.Published), x.Fen, x.Title, x.Basis,
			int64(x.Due), int64(x.Last), truth(x.Late), truth(x.Hidden), x.sort(k.party)})
	}
	return errors.Join(err, w.Put("credit_public", rows...), w.Drop("credit_public", gone...))
}

// Published is a publication of a party.
type Published struct {
	Publication
	Party, Name string
	sort        string
}

// sound reports whether texts from outside can be in a database at all: PostgreSQL fails on others.
func sound(list ...string) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) })
}

// publications asks for a page of publications, the newest decision first, with the names of their parties, and for the cursor of
// the next one.
func (g *Register) publications(ctx context.Context, region string, limit int, query string, args ...any) (list []Published, next string, err error) {
	err = g.st.View(ctx, func(r store.Reader) error {
		list, next = nil, ""
		err := r.Read(store.List(&list, scanPublished), query, append(args, limit+1)...)
		if err != nil {
			return err
		}
		if len(list) > limit {
			list, next = list[:limit], list[limit-1].sort
		}
		pending, err := pendingIn(r, region)
		if err != nil {
			return err
		}
		names, parties := map[string]string{}, make([]string, len(list))
		for i := range list {
			parties[i] = list[i].Party
		}
		err = eachSubject(r, pending, region, parties, func(s Subject) { names[s.Party] = s.Name })
		for i := range list {
			list[i].Name = names[list[i].Party]
		}
		return err
	})
	return list, next, err
}

func scanPublished(sc store.Scan) (p Published, err error) {
	err = sc(&p.Party, &p.Source, &p.ID, &p.Kind, &p.Result, &p.Day, &p.Until, &p.Published, &p.Fen, &p.Title, &p.Basis, &p.Due, &p.Last, &p.Late, &p.sort)
	return p, err
}

// ListQuery asks for publications.
type ListQuery struct {
	Kind  Kind   // Licence, Penalty
	Words string // credit code, or how the name begins; "": all
	After string // cursor
}

// perPage is how many publications a page has.
const perPage = 20

// Public lists what everybody may see.
func (g *Register) Public(ctx context.Context, region string, q ListQuery) ([]Published, string, error) {
	today := int64(workday.DateOf(g.now()))
	if !sound(region, q.Words, q.After) {
		return nil, "", nil
	}
	if q.Words == "" {
		return g.publications(ctx, region, perPage, listPublic, region, int64(q.Kind), q.After, today)
	}
	parties := []string{strings.ToUpper(q.Words)}
	if err := g.st.Read(ctx, store.Column(&parties), partiesNamed, region, q.Words, q.Words+"\U0010ffff", atOnce-1); err != nil {
		return nil, "", err
	}
	args := []any{region}
	for i := range atOnce {
		args = append(args, parties[min(i, len(parties)-1)])
	}
	return g.publications(ctx, region, perPage, publicOf, append(args, int64(q.Kind), q.After, today)...)
}

// period reads two days; left out, they are the year so far.
func (g *Register) period(first, last string) (from, to workday.Date, err error) {
	to = workday.DateOf(g.now())
	year, _, _ := to.Civil()
	from = workday.NewDate(year, 1, 1)
	if last != "" {
		if to, err = workday.ParseDate(last); err != nil {
			return from, to, refuse(CodePeriod)
		}
	}
	if first != "" {
		from, err = workday.ParseDate(first)
	}
	if err != nil || from > to {
		err = refuse(CodePeriod)
	}
	return from, to, err
}

// late lists the publications of a department that came late.
func (g *Register) late(ctx context.Context, region, source, after string) ([]Published, string, error) {
	if !sound(after) {
		return nil, "", nil
	}
	return g.publications(ctx, region, perPage, listLate, region, source, after)
}

// compliance counts decisions of a period by department; the first is the sum of all.
func (g *Register) compliance(ctx context.Context, region string, from, to workday.Date) ([]Compliance, error) {
	list := []Compliance{{}}
	return list, g.st.Read(ctx, func(sc store.Scan) error {
		var c Compliance
		err := sc(&c.Source, &c.All, &c.Late)
		list[0].All, list[0].Late = list[0].All+c.All, list[0].Late+c.Late
		list = append(list, c)
		return err
	}, countPublic, region, int64(from), int64(to))
}
