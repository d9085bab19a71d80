package credit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
// those whose time is over. It goes through what is due once, in the order of the table, so that what others write to it behind this
// waits for the next time, and nothing is read twice.
func (g *Register) publish(ctx context.Context, region string) error {
	s := g.standard(region)
	if s == nil || s.General.Publish == nil {
		return nil
	}
	at := due{batch: -1}
	for {
		some := false
		if err := g.st.Read(ctx, func(store.Scan) error { some = true; return nil }, isDue, region, at.party, at.Source, at.ID, at.batch, region); err != nil {
			return err
		}
		if !some {
			return g.hideOver(ctx, region)
		}
		last := at
		if err := g.st.Update(ctx, func(w store.Writer) (err error) {
			last, err = g.publishAfter(w, region, s.General.Publish, at)
			return err
		}); err != nil {
			return err
		}
		at = last
	}
}

// hideOver hides what is shown no longer because its time is over, some at a time.
func (g *Register) hideOver(ctx context.Context, region string) error {
	today := int64(workday.DateOf(g.now()))
	for {
		var last int64
		var k key
		err := g.st.Read(ctx, store.Into(&last, &k.party, &k.Source, &k.ID), isOver, region, today, chunk)
		if err != nil || last == 0 {
			return err
		}
		err = g.st.Update(ctx, func(w store.Writer) error {
			_, err := w.Exec(hideUpTo, region, last, k.party, k.Source, k.ID)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// Statements that have to be quick at ten million records: see TestPublications_are_found_by_index.
const (
	areDue   = " FROM credit_publish p WHERE region = ? AND (party, source, id, batch) > (?, ?, ?, ?) AND batch IN " + counting
	isDue    = "SELECT 1" + areDue + " LIMIT 1"
	allOfDue = " WHERE region = p.region AND party = p.party AND source = p.source AND id = p.id), "
	nextDue  = "SELECT party, source, id, batch, COALESCE((SELECT " + versions + " FROM credit_record" + allOfDue + "''), COALESCE((SELECT mark FROM credit_mark" + allOfDue +
		"0), COALESCE((SELECT published FROM credit_public" + allOfDue + "0)" + areDue + " ORDER BY party, source, id, batch LIMIT ?"
	settleDue = "DELETE FROM credit_publish WHERE region = ? AND (party, source, id, batch) > (?, ?, ?, ?) AND (party, source, id, batch) <= (?, ?, ?, ?) AND batch IN " + counting

	isOver   = "SELECT last, party, source, id FROM credit_public WHERE region = ? AND hidden = 0 AND last > 0 AND last < ? ORDER BY last, party, source, id LIMIT ?"
	hideUpTo = "UPDATE credit_public SET hidden = 1 WHERE region = ? AND hidden = 0 AND last > 0 AND (last, party, source, id) <= (?, ?, ?, ?)"

	publicCols   = "SELECT party, source, id, kind, result, day, until, published, fen, title, basis, due, last, late FROM credit_public "
	thenOlder    = " AND kind = ? AND (day, party, source, id) < (?, ?, ?, ?) AND (last = 0 OR last >= ?) ORDER BY day DESC, party DESC, source DESC, id DESC LIMIT ?"
	listPublic   = publicCols + "WHERE region = ? AND hidden = 0 AND kind > 0" + thenOlder
	listLate     = publicCols + "WHERE region = ? AND source = ? AND late = 1 AND (published, party, id) < (?, ?, ?) ORDER BY published DESC, party DESC, id DESC LIMIT ?"
	countPublic  = "SELECT source, COUNT(*), SUM(late) FROM credit_public WHERE region = ? AND hidden IN (0, 1) AND kind > 0 AND kind IN (?, ?) AND day >= ? AND day <= ? GROUP BY source ORDER BY source"
	partiesNamed = "SELECT DISTINCT party FROM credit_subject WHERE region = ? AND name >= ? AND name < ? LIMIT ?"
)

var publicOf = publicCols + "WHERE region = ? AND hidden = 0 AND party IN " + places + thenOlder

// due is a row that says that a record is to be published, or no longer.
type due struct {
	key
	batch int64
}

// publishAfter publishes some records that are due, those after a row, and returns the last row that it has settled. All about them is read in
// the transaction that writes, so that no older version of a record takes the place of a newer one.
func (g *Register) publishAfter(w store.Writer, region string, p *Publish, from due) (last due, err error) {
	pending, err := pendingIn(w, region)
	if err != nil {
		return from, err
	}
	today, cal := workday.DateOf(g.now()), g.calendar(region)
	var rows, gone [][]any
	last = from
	err = w.Read(func(sc store.Scan) error {
		var d due
		var text string
		var mark Mark
		var was workday.Date
		if err := sc(&d.party, &d.Source, &d.ID, &d.batch, &text, &mark, &was); err != nil {
			return err
		}
		again := d.key == last.key // one record may be due by several batches
		last = d
		rec, known, err := newestOf(d.key, text, pending)
		if err != nil || !known || again {
			return err
		}
		rec.Mark = mark
		if x, ok := p.Of(&rec, was, today, cal); ok {
			rows = append(rows, x.row(region, d.party))
		} else {
			gone = append(gone, []any{region, d.party, d.Source, d.ID})
		}
		return nil
	}, nextDue, region, from.party, from.Source, from.ID, from.batch, region, publishAtOnce)
	if err != nil {
		return from, err
	}
	_, err = w.Exec(settleDue, region, from.party, from.Source, from.ID, from.batch, last.party, last.Source, last.ID, last.batch, region)
	return last, errors.Join(err, w.Put("credit_public", rows...), w.Drop("credit_public", gone...))
}

// row is the publication as it is kept.
func (p *Publication) row(region, party string) []any {
	return []any{region, party, p.Source, p.ID, int64(p.Kind), int64(p.Result), int64(p.Day), int64(p.Until), int64(p.Published), p.Fen, p.Title, p.Basis,
		int64(p.Due), int64(p.Last), truth(p.Late), truth(p.Hidden)}
}

// Published is a publication of a party.
type Published struct {
	Publication
	Party, Name string
}

// cursor is a text by which a page goes on behind a publication in a list that is sorted by a day, the newest first.
func (p *Published) cursor(day workday.Date) string {
	return fmt.Sprintf("%d %s %s %s", day, p.Party, p.Source, p.ID)
}

// readCursor reads it; "" is that of the first page. False if it is none.
func readCursor(text string) (day int64, k key, ok bool) {
	if text == "" {
		return int64(latest) + 1, k, true
	}
	first, rest, _ := strings.Cut(text, " ")
	k.party, rest, _ = strings.Cut(rest, " ")
	k.Source, k.ID, ok = strings.Cut(rest, " ")
	day, err := strconv.ParseInt(first, 10, 64)
	return day, k, ok && err == nil && sound(text)
}

// sound reports whether texts from outside can be in a database at all: PostgreSQL fails on others.
func sound(list ...string) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) })
}

// publications asks for a page of publications, with the names of their parties, and whether another one follows.
func (g *Register) publications(ctx context.Context, region string, query string, args ...any) (list []Published, more bool, err error) {
	err = g.st.View(ctx, func(r store.Reader) error {
		list, more = nil, false
		err := r.Read(store.List(&list, scanPublished), query, append(args, perPage+1)...)
		if err != nil {
			return err
		}
		if len(list) > perPage {
			list, more = list[:perPage], true
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
	return list, more, err
}

func scanPublished(sc store.Scan) (p Published, err error) {
	err = sc(&p.Party, &p.Source, &p.ID, &p.Kind, &p.Result, &p.Day, &p.Until, &p.Published, &p.Fen, &p.Title, &p.Basis, &p.Due, &p.Last, &p.Late)
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

// Public lists what everybody may see, the newest decision first, and gives the cursor of the next page.
func (g *Register) Public(ctx context.Context, region string, q ListQuery) (list []Published, next string, err error) {
	day, k, ok := readCursor(q.After)
	if !ok || !sound(region, q.Words) {
		return nil, "", nil
	}
	query, args := listPublic, []any{region}
	if q.Words != "" {
		parties := []string{strings.ToUpper(q.Words)}
		if err := g.st.Read(ctx, store.Column(&parties), partiesNamed, region, q.Words, q.Words+"\U0010ffff", atOnce-1); err != nil {
			return nil, "", err
		}
		query = publicOf
		for i := range atOnce {
			args = append(args, parties[min(i, len(parties)-1)])
		}
	}
	list, more, err := g.publications(ctx, region, query, append(args, int64(q.Kind), day, k.party, k.Source, k.ID, int64(workday.DateOf(g.now())))...)
	if more {
		last := &list[len(list)-1]
		next = last.cursor(last.Day)
	}
	return list, next, err
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

// late lists the publications of a department that came late, what was published last first, and gives the cursor of the next page.
func (g *Register) late(ctx context.Context, region, source, after string) (list []Published, next string, err error) {
	day, k, ok := readCursor(after)
	if !ok {
		return nil, "", nil
	}
	list, more, err := g.publications(ctx, region, listLate, region, source, day, k.party, k.ID)
	if more {
		last := &list[len(list)-1]
		next = last.cursor(last.Published)
	}
	return list, next, err
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
	}, countPublic, region, int64(Licence), int64(Penalty), int64(from), int64(to))
}
