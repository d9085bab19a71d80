package credit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Register is what the module keeps about parties, and the only writer of its tables. It is safe for concurrent use, also by any
// number of servers on one database.
type Register struct {
	st       store.Modules
	now      func() time.Time
	standard func(region string) *Standard // the index in force; nil while no pack has one
	calendar func(region string) *workday.Calendar
}

// field finds a field by its id or name. Without an index all are taken as they are.
func (g *Register) field(region, text string) (string, bool) {
	s := g.standard(region)
	if s == nil || text == "" {
		return text, true
	}
	return s.field(text)
}

// pendingIn are the batches that do not count.
func pendingIn(r store.Reader, region string) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := r.Read(func(sc store.Scan) error {
		var no int64
		err := sc(&no)
		out[no] = true
		return err
	}, "SELECT batch FROM credit_batch WHERE region = ? AND state IN (?, ?)", region, staging, dropping)
	return out, err
}

// atOnce is how many parties one query asks for.
const atOnce = 100

var places = "(?" + strings.Repeat(", ?", atOnce-1) + ")"

// inPieces asks for parties, some at once; what is left over of a piece is filled up with the last one.
func inPieces(parties []string, before []any, ask func(args []any) error) error {
	for len(parties) > 0 {
		n := min(len(parties), atOnce)
		args := append([]any{}, before...)
		for i := range atOnce {
			args = append(args, parties[min(i, n-1)])
		}
		if err := ask(args); err != nil {
			return err
		}
		parties = parties[n:]
	}
	return nil
}

const recordColumns = "SELECT party, source, id, batch, kind, result, day, until, published, fen, field, title, basis, withdrawn "

// Constant statements; package store asks for nothing else.
var (
	subjectsOf = "SELECT party, batch, name, since, fields FROM credit_subject WHERE region = ? AND party IN " + places + " ORDER BY party, batch"
	recordsOf  = recordColumns + "FROM credit_record WHERE region = ? AND party IN " + places + " ORDER BY party, source, id, batch"
	marksOf    = "SELECT party, source, id, mark FROM credit_mark WHERE region = ? AND party IN " + places
)

// eachSubject calls do for each of the parties that a batch which counts tells of, in the order of their codes.
func eachSubject(r store.Reader, pending map[int64]bool, region string, parties []string, do func(Subject)) error {
	return inPieces(parties, []any{region}, func(args []any) error {
		var last *Subject
		err := r.Read(func(sc store.Scan) error {
			var s Subject
			var batch, since int64
			var fields string
			if err := sc(&s.Party, &batch, &s.Name, &since, &fields); err != nil || pending[batch] {
				return err
			}
			s.Since, s.Fields = workday.Date(since), strings.Fields(fields)
			if last != nil && last.Party != s.Party {
				do(*last)
			}
			last = &s
			return nil
		}, subjectsOf, args...)
		if err == nil && last != nil {
			do(*last)
		}
		return err
	})
}

// key names a record of a party.
type key struct {
	party string
	Ref
}

// eachKey calls do for each record that a query finds, with the number that it gives.
func eachKey(r store.Reader, do func(k key, n int64), query string, args []any) error {
	return r.Read(func(sc store.Scan) error {
		var k key
		var n int64
		err := sc(&k.party, &k.Source, &k.ID, &n)
		do(k, n)
		return err
	}, query, args...)
}

// marked are the marks that a query finds, by record.
func marked(r store.Reader, query string, args []any) (map[key]Mark, error) {
	marks := map[key]Mark{}
	return marks, eachKey(r, func(k key, n int64) { marks[k] = Mark(n) }, query, args)
}

// eachRecord calls do for every record of the parties as it stands: of each the newest version of a batch that counts, with what
// was decided about it.
func eachRecord(r store.Reader, pending map[int64]bool, region string, parties []string, do func(party string, rec Record)) error {
	return inPieces(parties, []any{region}, func(args []any) error {
		marks, err := marked(r, marksOf, args)
		if err != nil {
			return err
		}
		return newest(r, pending, func(k key, rec Record) {
			rec.Mark = marks[k]
			do(k.party, rec)
		}, recordsOf, args)
	})
}

// newest calls do for the newest version that counts of each record that a query of whole records gives, in the order of their keys.
func newest(r store.Reader, pending map[int64]bool, do func(key, Record), query string, args []any) error {
	var last key
	var rec Record
	there := false
	err := r.Read(func(sc store.Scan) error {
		var k key
		var n Record
		var batch, kind, result, day, until, published, withdrawn int64
		err := sc(&k.party, &k.Source, &k.ID, &batch, &kind, &result, &day, &until, &published, &n.Fen, &n.Field, &n.Title, &n.Basis, &withdrawn)
		if err != nil || pending[batch] {
			return err
		}
		n.Ref, n.Kind, n.Result, n.Withdrawn = k.Ref, Kind(kind), Result(result), withdrawn != 0
		n.Day, n.Until, n.Published = workday.Date(day), workday.Date(until), workday.Date(published)
		if there && k != last {
			do(last, rec)
		}
		last, rec, there = k, n, true
		return nil
	}, query, args...)
	if err == nil && there {
		do(last, rec)
	}
	return err
}

// theseAtOnce is how many records one query looks up by their keys.
const theseAtOnce = 100

// keyed is a table of keys of records: its columns column1, column2, column3 are party, source and number.
var keyed = "(VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))" + strings.Repeat(", (?, ?, ?)", theseAtOnce-1) + ")"

// theseKeys begins with the keys. A cross join, because SQLite keeps the order of that: else it reads the whole register for each query.
var theseKeys = "FROM " + keyed + " AS k CROSS JOIN "

// ofThese are the conditions that join a table with the keys.
const ofThese = "WHERE region = ? AND party = column1 AND source = column2 AND id = column3 "

// Statements about records that are named by their keys: whole parties would be read again and again while a list comes in.
var (
	theseRecords = recordColumns + theseKeys + "credit_record " + ofThese + "ORDER BY party, source, id, batch"
	theseMarks   = "SELECT party, source, id, mark " + theseKeys + "credit_mark " + ofThese
	thesePublic  = "SELECT party, source, id, published " + theseKeys + "credit_public " + ofThese
	hideThese    = "UPDATE credit_public SET hidden = 1 WHERE (party, source, id) IN " + keyed + " AND region = ? AND last BETWEEN 1 AND ? - 1"
)

// inKeys asks for records by their keys, some at once; what is left over of a piece is filled up with the last one.
func inKeys(keys []key, region string, ask func(args []any) error) error {
	for len(keys) > 0 {
		n := min(len(keys), theseAtOnce)
		args := make([]any, 0, 3*theseAtOnce+1)
		for i := range theseAtOnce {
			k := &keys[min(i, n-1)]
			args = append(args, k.party, k.Source, k.ID)
		}
		if err := ask(append(args, region)); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// theirs calls do for each of the records of a source that is known, as it was said, whatever was decided about it.
func theirs(r store.Reader, pending map[int64]bool, region, source string, part []entry, do func(key, Record)) error {
	keys := make([]key, len(part))
	for i := range part {
		keys[i] = key{part[i].party, Ref{source, part[i].record.ID}}
	}
	return these(r, pending, region, keys, do)
}

// these is theirs by key.
func these(r store.Reader, pending map[int64]bool, region string, keys []key, do func(key, Record)) error {
	return inKeys(keys, region, func(args []any) error { return newest(r, pending, do, theseRecords, args) })
}

// dense gives the records of parties in one row each, for computing tiers: a row for each record would spend most of its time on the
// way out of the database. What only people read is left out. The marks of control cannot be in any text. Days and result are packed
// into one number, see fact: each piece of a text costs.
var dense = "SELECT party, string_agg(CAST(batch AS TEXT), ' '), string_agg(CAST(((day + 10000) * 524288 + until + 10000) * 256 + result + 128 * withdrawn AS TEXT), ' '), " +
	"string_agg(field, '\x1e'), string_agg(source, '\x1e'), string_agg(id, '\x1e') FROM credit_record WHERE region = ? AND party IN " + places + " GROUP BY party"

// eachDense calls do for each of the parties that has records, with these as they stand, in no order. They are do's only until it returns.
func eachDense(r store.Reader, pending map[int64]bool, region string, parties []string, do func(party string, records []Record)) error {
	var records []Record
	d := denseRow{pending: pending, newest: map[Ref]version{}}
	return inPieces(parties, []any{region}, func(args []any) error {
		marks, err := marked(r, marksOf, args)
		if err != nil {
			return err
		}
		return r.Read(func(sc store.Scan) error {
			if err := sc(&d.party, &d.batches, &d.facts, &d.fields, &d.sources, &d.ids); err != nil {
				return err
			}
			if records, err = d.read(records[:0]); err != nil {
				return fmt.Errorf("a record of %s: %w", d.party, err)
			}
			for i := range records {
				if len(marks) > 0 {
					records[i].Mark = marks[key{d.party, records[i].Ref}]
				}
			}
			if len(records) > 0 {
				do(d.party, records)
			}
			return nil
		}, dense, args...)
	})
}

// denseRow is the records of a party as they come out of the database: of each column, the values of all.
type denseRow struct {
	party                                string
	batches, facts, fields, sources, ids string

	pending map[int64]bool
	newest  map[Ref]version // scratch
}

// version is which one of a record was found, and where it was put.
type version struct {
	batch int64
	at    int
}

// read appends the newest version that counts of each record.
func (d *denseRow) read(to []Record) ([]Record, error) {
	clear(d.newest)
	for more := true; more; {
		var batch, fact, field, source, id string
		batch, d.batches, more = strings.Cut(d.batches, " ")
		fact, d.facts, _ = strings.Cut(d.facts, " ")
		field, d.fields, _ = strings.Cut(d.fields, "")
		source, d.sources, _ = strings.Cut(d.sources, "")
		id, d.ids, _ = strings.Cut(d.ids, "")
		no, err1 := strconv.ParseInt(batch, 10, 64)
		n, err2 := strconv.ParseInt(fact, 10, 64)
		if err1 != nil || err2 != nil {
			return nil, errDense
		}
		if d.pending[no] {
			continue
		}
		result := Result(n & 127)
		rec := Record{Ref: Ref{source, id}, Kind: result.kind(), Result: result, Day: workday.Date(n>>27 - 10000), Until: workday.Date(n>>8&(1<<19-1) - 10000),
			Withdrawn: n&128 != 0, Field: field}
		was, there := d.newest[rec.Ref]
		switch {
		case !there:
			d.newest[rec.Ref] = version{no, len(to)}
			to = append(to, rec)
		case was.batch < no:
			d.newest[rec.Ref] = version{no, was.at}
			to[was.at] = rec
		}
	}
	return to, nil
}

var errDense = errors.New("credit: a row is not as it was written")

// File is everything about a party: who it is, and its records as they stand.
type File struct {
	Subject
	Records []Record
}

// file reads everything about a party; ErrNotFound if nothing is known of it.
func (g *Register) file(ctx context.Context, region, party string) (*File, error) {
	f := &File{Subject: Subject{Party: party}}
	known := false
	err := g.st.View(ctx, func(r store.Reader) error {
		f.Records, known = nil, false
		pending, err := pendingIn(r, region)
		if err != nil {
			return err
		}
		one := []string{party}
		return errors.Join(eachSubject(r, pending, region, one, func(s Subject) { f.Subject, known = s, true }),
			eachRecord(r, pending, region, one, func(_ string, rec Record) { f.Records = append(f.Records, rec) }), f.asked(r, region))
	})
	if err == nil && !known && len(f.Records) == 0 {
		err = store.ErrNotFound
	}
	return f, err
}

// asked says of each record what is asked about it.
func (f *File) asked(r store.Reader, region string) error {
	return r.Read(func(sc store.Scan) error {
		var ref Ref
		var no caseflow.CaseNo
		var item caseflow.ItemID
		err := sc(&ref.Source, &ref.ID, &no, &item)
		for i := range f.Records {
			if f.Records[i].Ref != ref {
				continue
			}
			if item == itemObjection {
				f.Records[i].Asked.Objection = no
			} else {
				f.Records[i].Asked.Repair = no
			}
		}
		return err
	}, "SELECT source, id, case_no, item FROM credit_request WHERE region = ? AND party = ? AND state = ?", region, f.Party, requestOpen)
}

const batchColumns = "batch, source, list, name, by_id, state, begun, taken, lines, added, same, wrong"

func scanBatch(region string, sc store.Scan) (Batch, error) {
	b := Batch{Region: region}
	var begun, ended int64
	err := sc(&b.No, &b.Source, &b.List, &b.Name, &b.By, &b.State, &begun, &ended, &b.Lines, &b.Added, &b.Same, &b.Wrong)
	b.Begun, b.Ended = store.FromMicros(begun), store.FromMicros(ended)
	return b, err
}

// batches lists the newest batches of a source.
func (g *Register) batches(ctx context.Context, region, source string, most int) (list []Batch, err error) {
	err = g.st.Read(ctx, func(sc store.Scan) error {
		b, err := scanBatch(region, sc)
		list = append(list, b)
		return err
	}, "SELECT "+batchColumns+" FROM credit_batch WHERE region = ? AND source = ? ORDER BY batch DESC LIMIT ?", region, source, most)
	return list, err
}

// batch reads one batch of a source with its faults. ErrNotFound.
func (g *Register) batch(ctx context.Context, region, source string, no int64) (*Batch, error) {
	var found *Batch
	err := g.st.Read(ctx, func(sc store.Scan) error {
		b, err := scanBatch(region, sc)
		found = &b
		return err
	}, "SELECT "+batchColumns+" FROM credit_batch WHERE region = ? AND batch = ? AND source = ?", region, no, source)
	if err == nil && found == nil {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return found, g.st.Read(ctx, func(sc store.Scan) error {
		var f sheet.Fault
		err := sc(&f.Row, &f.Column, &f.Code)
		found.Faults = append(found.Faults, f)
		return err
	}, "SELECT line, field, code FROM credit_fault WHERE region = ? AND batch = ? ORDER BY line, field, code", region, no)
}

// Change is one change of a tier.
type Change struct {
	At     time.Time
	Was    Tier // "": it had none
	Tier   Tier
	Fields string // as they are from then on: "food=B energy=A"
	Why    string // new, time, index
}

// changes are those of a party, newest first.
func (g *Register) changes(ctx context.Context, region, party string) (list []Change, err error) {
	err = g.st.Read(ctx, func(sc store.Scan) error {
		var c Change
		var at int64
		err := sc(&at, &c.Was, &c.Tier, &c.Fields, &c.Why)
		c.At = store.FromMicros(at)
		list = append(list, c)
		return err
	}, "SELECT at, was, tier, fields, why FROM credit_change WHERE region = ? AND party = ? ORDER BY no DESC LIMIT 100", region, party)
	return list, err
}

// regions are the regions that have a register.
func (g *Register) regions(ctx context.Context) (list []string, err error) {
	err = g.st.Read(ctx, texts(&list), "SELECT DISTINCT region FROM credit_batch ORDER BY region")
	return list, err
}
