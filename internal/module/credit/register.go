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

// inPieces asks for parties, some at once; what is left over of a piece is filled up with "", which nobody is.
func inPieces(parties []string, before []any, ask func(args []any) error) error {
	for len(parties) > 0 {
		n := min(len(parties), atOnce)
		args := append(make([]any, 0, len(before)+atOnce+1), before...)
		for i := range atOnce {
			args = append(args, "")
			if i < n {
				args[len(args)-1] = parties[i]
			}
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
			var batch int64
			var fields string
			if err := sc(&s.Party, &batch, &s.Name, &s.Since, &fields); err != nil || pending[batch] {
				return err
			}
			s.Fields = strings.Fields(fields)
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

// marked are the marks that a query finds, by record.
func marked(r store.Reader, query string, args []any) (map[key]Mark, error) {
	marks := map[key]Mark{}
	return marks, r.Read(func(sc store.Scan) error {
		var k key
		var mark int64
		err := sc(&k.party, &k.Source, &k.ID, &mark)
		marks[k] = Mark(mark)
		return err
	}, query, args...)
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
		var batch int64
		err := sc(&k.party, &k.Source, &k.ID, &batch, &n.Kind, &n.Result, &n.Day, &n.Until, &n.Published, &n.Fen, &n.Field, &n.Title, &n.Basis, &n.Withdrawn)
		if err != nil || pending[batch] {
			return err
		}
		n.Ref = k.Ref
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

// Statements about records that are named by their keys, party, source and number: whole parties would be read again and again while a
// list comes in. Each key is looked up by a query of its own inside of one: a join leaves it to the database, which may read the whole
// register instead while it knows no better.
var (
	keyed = " FROM (VALUES (CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))" + strings.Repeat(", (?, ?, ?)", theseAtOnce-1) + ") AS k"

	theseRecords = "SELECT column1, column2, column3, COALESCE((SELECT " + versions + " FROM credit_record WHERE region = ? AND party = column1 AND source = column2 AND id = column3), '')" + keyed
)

// versions gives all versions of a record as one text, see wholeRecord.
const versions = "string_agg(batch || '\x1f' || kind || '\x1f' || result || '\x1f' || day || '\x1f' || until || '\x1f' || " +
	"published || '\x1f' || fen || '\x1f' || withdrawn || '\x1f' || field || '\x1f' || title || '\x1f' || basis, '\x1e')"

// inKeys is inPieces by key.
func inKeys(keys []key, before []any, ask func(args []any) error) error {
	for len(keys) > 0 {
		n := min(len(keys), theseAtOnce)
		args := append(make([]any, 0, len(before)+3*theseAtOnce), before...)
		for i := range theseAtOnce {
			k := key{}
			if i < n {
				k = keys[i]
			}
			args = append(args, k.party, k.Source, k.ID)
		}
		if err := ask(args); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// these are those of some records that are known, as they were said, whatever was decided about them: the newest version that counts.
func these(r store.Reader, pending map[int64]bool, region string, keys []key) (map[key]Record, error) {
	out := make(map[key]Record, len(keys))
	return out, inKeys(keys, []any{region}, func(args []any) error {
		return r.Read(func(sc store.Scan) error {
			var k key
			var text string
			if err := sc(&k.party, &k.Source, &k.ID, &text); err != nil {
				return err
			}
			rec, known, err := newestOf(k, text, pending)
			if known {
				out[k] = rec
			}
			return err
		}, theseRecords, args...)
	})
}

// newestOf reads the newest version that counts from a text of versions; false if there is none.
func newestOf(k key, text string, pending map[int64]bool) (found Record, known bool, err error) {
	newest := int64(-1)
	for len(text) > 0 {
		var one string
		one, text, _ = strings.Cut(text, "\x1e")
		batch, rec, err := wholeRecord(one)
		if err != nil {
			return found, false, fmt.Errorf("record %s of %s: %w", k.ID, k.party, err)
		}
		if batch > newest && !pending[batch] {
			newest, found, known = batch, rec, true
		}
	}
	found.Ref = k.Ref
	return found, known, nil
}

// wholeRecord reads one version of a record as versions writes it.
func wholeRecord(text string) (batch int64, rec Record, err error) {
	parts := strings.Split(text, "\x1f")
	if len(parts) != 11 {
		return 0, rec, errDense
	}
	var n [8]int64
	for i := range n {
		if n[i], err = strconv.ParseInt(parts[i], 10, 64); err != nil {
			return 0, rec, errDense
		}
	}
	return n[0], Record{Kind: Kind(n[1]), Result: Result(n[2]), Day: workday.Date(n[3]), Until: workday.Date(n[4]), Published: workday.Date(n[5]), Fen: n[6], Withdrawn: n[7] != 0,
		Field: parts[8], Title: parts[9], Basis: parts[10]}, nil
}

// dense gives the records of parties in one row each, for computing tiers: a row for each record would spend most of its time on the
// way out of the database. What only people read is left out. The marks of control cannot be in any text. Days and result are packed
// into one number, see denseRecord: each piece of a text costs. Each party is looked up by a query of its own, as theseRecords does.
var dense = "SELECT column1, COALESCE((SELECT string_agg(batch || ' ' || (((day + 10000) * 524288 + until + 10000) * 256 + result + 128 * withdrawn) || ' ' || field || '\x1f' || source || '\x1f' || id, '\x1e') " +
	"FROM credit_record WHERE region = ? AND party = column1), '') FROM (VALUES (CAST(? AS TEXT))" + strings.Repeat(", (?)", atOnce-1) + ") AS k"

// version is which one of a record was found, and where it was put.
type version struct {
	batch int64
	at    int
}

// eachDense calls do for each of the parties that has records, with these as they stand, in no order. They are do's only until it returns.
func eachDense(r store.Reader, pending map[int64]bool, region string, parties []string, do func(party string, records []Record)) error {
	var records []Record
	newest := map[Ref]version{}
	return inPieces(parties, []any{region}, func(args []any) error {
		marks, err := marked(r, marksOf, args)
		if err != nil {
			return err
		}
		return r.Read(func(sc store.Scan) error {
			var party, text string
			if err := sc(&party, &text); err != nil || text == "" {
				return err
			}
			if records, err = denseRecords(records[:0], newest, pending, text); err != nil {
				return fmt.Errorf("a record of %s: %w", party, err)
			}
			for i := range records {
				if len(marks) > 0 {
					records[i].Mark = marks[key{party, records[i].Ref}]
				}
			}
			if len(records) > 0 {
				do(party, records)
			}
			return nil
		}, dense, args...)
	})
}

// denseRecords appends the newest version that counts of each record of a dense row.
func denseRecords(to []Record, newest map[Ref]version, pending map[int64]bool, text string) ([]Record, error) {
	clear(newest)
	for one := range strings.SplitSeq(text, "\x1e") {
		batch, rec, err := denseRecord(one)
		if err != nil {
			return nil, err
		}
		was, there := newest[rec.Ref]
		switch {
		case pending[batch]:
		case !there:
			newest[rec.Ref] = version{batch, len(to)}
			to = append(to, rec)
		case was.batch < batch:
			newest[rec.Ref] = version{batch, was.at}
			to[was.at] = rec
		}
	}
	return to, nil
}

// denseRecord reads one record of a dense row: batch, days and result, field, source, id.
func denseRecord(text string) (batch int64, rec Record, err error) {
	first, rest, _ := strings.Cut(text, " ")
	second, rest, _ := strings.Cut(rest, " ")
	field, rest, _ := strings.Cut(rest, "\x1f")
	source, id, ok := strings.Cut(rest, "\x1f")
	batch, err1 := strconv.ParseInt(first, 10, 64)
	n, err2 := strconv.ParseInt(second, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return 0, rec, errDense
	}
	result := Result(n & 127)
	return batch, Record{Ref: Ref{source, id}, Kind: result.kind(), Result: result, Day: workday.Date(n>>27 - 10000), Until: workday.Date(n>>8&(1<<19-1) - 10000),
		Withdrawn: n&128 != 0, Field: field}, nil
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
	err := sc(&b.No, &b.Source, &b.List, &b.Name, &b.By, &b.State, store.At(&b.Begun), store.At(&b.Ended), &b.Lines, &b.Added, &b.Same, &b.Wrong)
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
		err := sc(store.At(&c.At), &c.Was, &c.Tier, &c.Fields, &c.Why)
		list = append(list, c)
		return err
	}, "SELECT at, was, tier, fields, why FROM credit_change WHERE region = ? AND party = ? ORDER BY no DESC LIMIT 100", region, party)
	return list, err
}

// regions are the regions that have a register.
func (g *Register) regions(ctx context.Context) (list []string, err error) {
	err = g.st.Read(ctx, store.Column(&list), "SELECT DISTINCT region FROM credit_batch ORDER BY region")
	return list, err
}
