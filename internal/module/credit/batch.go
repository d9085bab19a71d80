package credit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// The lists that come in.
const (
	Records = "records"
	Parties = "parties"
)

// What happens to a list with a wrong row. Whole is the default: a department that sends its month sees at once that something is
// wrong with it, and no figure is built on a part that nobody chose. Good suits a source whose old rows cannot be mended.
const (
	Whole = "whole" // nothing is taken
	Good  = "good"  // the good rows are taken, the others listed
)

// The states of a batch.
const (
	staging  = "staging"
	Taken    = "taken"
	Refused  = "refused"
	dropping = "dropping" // its server died; what it has left is being removed
	dropped  = "dropped"
)

const (
	// chunk is how many rows are written in one transaction: others wait that long, some tens of milliseconds.
	chunk = 500
	// keptFaults is how many faults of a list are kept; all are counted.
	keptFaults = 1000
	// lost is after how long a batch whose server has not been heard of is given up.
	lost = 10 * time.Minute
)

// Batch is what came in together (归集批次).
type Batch struct {
	Region string
	No     int64
	Source string // the department that sends it
	List   string // Records, Parties
	Name   string // of the file; "": by the API
	By     string // account
	State  string
	Begun  time.Time
	Ended  time.Time
	Lines  int64 // rows, without the heading
	Added  int64 // new, or other than before
	Same   int64 // there already
	Wrong  int64
	Faults []sheet.Fault
}

// incoming is a list that comes in.
type incoming struct {
	Batch
	rows   sheet.Rows
	accept string // Whole, Good
	today  workday.Date
	sum    string       // SHA-256 over the rows as they came, hexadecimal
	wrong  map[int]bool // the numbers of the rows that are
}

// entry is a good row: a party, or a record of one.
type entry struct {
	party   string
	subject Subject
	record  Record
}

// take takes a list in: it reads it once to see what is wrong, then stages it piece by piece, then makes all of it count at one
// moment. The batch that is returned says what came of it; an error is a refusal of the list as a whole, or a failure.
func (g *Register) take(ctx context.Context, in *incoming) (*Batch, error) {
	in.today = workday.DateOf(g.now())
	err := g.judge(in)
	var heading sheet.Faults
	if errors.As(err, &heading) {
		in.Faults, in.Wrong, in.accept, err = heading, int64(len(heading)), Whole, nil
	}
	if err != nil {
		return nil, err
	}
	if in.Wrong > 0 && in.accept != Good || in.Wrong == in.Lines {
		in.State = Refused
		return &in.Batch, g.open(ctx, in)
	}
	in.State = staging
	if err := g.open(ctx, in); err != nil {
		return nil, err
	}
	if err := g.stage(ctx, in); err != nil {
		return nil, errors.Join(err, g.drop(context.WithoutCancel(ctx), in.Region, in.No))
	}
	return &in.Batch, g.flip(ctx, in)
}

// judge reads the list, counts, and keeps what is wrong.
func (g *Register) judge(in *incoming) error {
	keys := sheet.Keys{}
	in.wrong = map[int]bool{}
	sum := sha256.New()
	lines := json.NewEncoder(sum)
	err := in.rows.Each(func(no int, row sheet.Row) error {
		e, faults := g.read(in, no, row)
		if len(faults) == 0 && !keys.Add(e.party, e.record.ID) {
			faults = []sheet.Fault{{Row: no, Code: "twice"}}
		}
		in.Lines++
		if len(faults) > 0 {
			in.Wrong++
			if in.accept == Good { // else none is taken
				in.wrong[no] = true
			}
			in.Faults = append(in.Faults, faults...)[:min(len(in.Faults)+len(faults), keptFaults)]
		}
		return lines.Encode(row)
	})
	in.sum = hex.EncodeToString(sum.Sum(nil))
	return err
}

func (g *Register) read(in *incoming, no int, row sheet.Row) (e entry, faults []sheet.Fault) {
	fields := func(column string, list ...*string) {
		for _, f := range list {
			id, ok := g.field(in.Region, *f)
			if !ok {
				faults = append(faults, sheet.Fault{Row: no, Column: column, Code: "field"})
			}
			*f = id
		}
	}
	if in.List == Parties {
		e.subject, faults = ReadSubject(row, no, in.today)
		e.party = e.subject.Party
		for i := range e.subject.Fields {
			fields("fields", &e.subject.Fields[i])
		}
		return e, faults
	}
	e.party, e.record, faults = ReadRecord(row, no, in.Source, in.today)
	fields("field", &e.record.Field)
	return e, faults
}

// open writes the batch with its faults. Only one list of a source is staged at a time, so that of two the later one counts.
func (g *Register) open(ctx context.Context, in *incoming) error {
	now := g.now()
	in.Begun = now
	if in.State == Refused {
		in.Ended = now
	}
	return g.st.Update(ctx, func(w store.Writer) error {
		in.No = 1
		busy := false
		err := w.Read(func(sc store.Scan) error {
			var no, seen int64
			var source, list, state string
			if err := sc(&no, &seen, &source, &list, &state); err != nil {
				return err
			}
			in.No = max(in.No, no+1)
			busy = busy || state == staging && source == in.Source && list == in.List && now.Sub(time.UnixMicro(seen)) < lost
			return nil
		}, "SELECT batch, seen, source, list, state FROM credit_batch WHERE region = ? AND (state = ? OR batch = (SELECT MAX(batch) FROM credit_batch WHERE region = ?))", in.Region, staging, in.Region)
		switch {
		case err != nil:
			return err
		case busy && in.State == staging:
			return refuse(CodeBusy)
		}
		faults := make([][]any, len(in.Faults))
		for i, f := range in.Faults {
			faults[i] = []any{in.Region, in.No, int64(f.Row), f.Column, f.Code}
		}
		return errors.Join(w.Add("credit_batch", in.row()), w.Keep("credit_fault", faults...))
	})
}

func (b *Batch) row() []any {
	return []any{b.Region, b.No, b.Source, b.List, b.Name, b.By, b.State, b.Begun.UnixMicro(), b.Begun.UnixMicro(), store.Micros(b.Ended), b.Lines, b.Added, b.Same, b.Wrong}
}

// stage writes the good rows that say something new, a piece in each transaction. Nobody sees them yet.
func (g *Register) stage(ctx context.Context, in *incoming) error {
	var part []entry
	write := func() error {
		err := g.piece(ctx, in, part)
		part = part[:0]
		return err
	}
	err := in.rows.Each(func(no int, row sheet.Row) error {
		if in.wrong[no] {
			return nil
		}
		e, faults := g.read(in, no, row)
		if len(faults) > 0 { // good by an index that was replaced meanwhile
			return refuse(CodeBusy)
		}
		if part = append(part, e); len(part) < chunk {
			return nil
		}
		return write()
	})
	if err == nil && len(part) > 0 {
		err = write()
	}
	return err
}

func (g *Register) piece(ctx context.Context, in *incoming, part []entry) error {
	before, err := g.known(ctx, in, part)
	if err != nil {
		return err
	}
	table := "credit_record"
	if in.List == Parties {
		table = "credit_subject"
	}
	var rows, due, publish [][]any
	for _, e := range part {
		if before[e.key()] == e.said() {
			in.Same++
			continue
		}
		in.Added++
		rows = append(rows, e.row(in))
		due = append(due, []any{in.Region, e.party, in.No})
		if publishable(e.record.Kind) {
			publish = append(publish, []any{in.Region, e.party, in.Source, e.record.ID, in.No})
		}
	}
	return g.st.Update(ctx, func(w store.Writer) error {
		n, err := w.Exec("UPDATE credit_batch SET seen = ? WHERE region = ? AND batch = ? AND state = ?", g.now().UnixMicro(), in.Region, in.No, staging)
		if err == nil && n == 0 {
			err = refuse(CodeBusy) // it was given up for dead meanwhile
		}
		if err != nil {
			return err
		}
		return errors.Join(w.Put(table, rows...), w.Keep("credit_due", due...), w.Keep("credit_publish", publish...))
	})
}

func (e *entry) key() [2]string { return [2]string{e.party, e.record.ID} }

func (e *entry) row(in *incoming) []any {
	if in.List == Parties {
		s := &e.subject
		return []any{in.Region, s.Party, in.No, s.Name, int64(s.Since), strings.Join(s.Fields, " ")}
	}
	r := &e.record
	return []any{in.Region, e.party, r.Source, r.ID, in.No, int64(r.Kind), int64(r.Result), int64(r.Day), int64(r.Until), int64(r.Published), r.Fen, r.Field,
		r.Title, r.Basis, truth(r.Withdrawn)}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// said is everything that a row says, to compare.
func (e *entry) said() said {
	e.record.Mark = Stands
	return said{e.subject.Name, e.subject.Since, strings.Join(e.subject.Fields, " "), e.record}
}

type said struct {
	name   string
	since  workday.Date
	fields string
	record Record
}

// known is what counts now of the rows of a piece.
func (g *Register) known(ctx context.Context, in *incoming, part []entry) (map[[2]string]said, error) {
	out := make(map[[2]string]said, len(part))
	parties := make([]string, len(part))
	for i := range part {
		parties[i] = part[i].party
	}
	err := g.st.View(ctx, func(r store.Reader) error {
		pending, err := pendingIn(r, in.Region)
		if err != nil {
			return err
		}
		if in.List == Parties {
			return eachSubject(r, pending, in.Region, parties, func(s Subject) {
				e := entry{party: s.Party, subject: s}
				out[e.key()] = e.said()
			})
		}
		keys := make([]key, len(part))
		for i := range part {
			keys[i] = key{part[i].party, Ref{in.Source, part[i].record.ID}}
		}
		records, err := these(r, pending, in.Region, keys)
		for k, rec := range records {
			e := entry{party: k.party, record: rec}
			out[e.key()] = e.said()
		}
		return err
	})
	return out, err
}

// flip makes a staged batch count, at one moment.
func (g *Register) flip(ctx context.Context, in *incoming) error {
	in.State, in.Ended = Taken, g.now()
	return g.st.Update(ctx, func(w store.Writer) error {
		n, err := w.Exec("UPDATE credit_batch SET state = ?, taken = ?, added = ?, same = ? WHERE region = ? AND batch = ? AND state = ?",
			Taken, in.Ended.UnixMicro(), in.Added, in.Same, in.Region, in.No, staging)
		if err == nil && n == 0 {
			err = refuse(CodeBusy)
		}
		if err != nil {
			return err
		}
		return errors.Join(moved(w, in.Region), in.leaf(w))
	})
}

// leaf makes provable that the list was taken, and which rows it had.
func (in *incoming) leaf(w store.Writer) error {
	return leaf(w, in.Region, "batch", in.No, in.Ended, struct {
		Source string `json:"source"`
		List   string `json:"list"`
		File   string `json:"file"`
		By     string `json:"by"`
		Lines  int64  `json:"lines"`
		Added  int64  `json:"added"`
		Same   int64  `json:"same"`
		Rows   string `json:"rows"`
	}{in.Source, in.List, in.Name, in.By, in.Lines, in.Added, in.Same, in.sum})
}

// leaf makes something provable that the module does in the transaction.
func leaf(w store.Writer, region, name string, no int64, at time.Time, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return w.Leaf(store.ModuleLeaf{Region: region, Module: "credit", Name: name, No: no, At: at, Data: text})
}

// moved says that something has changed from which tiers follow: what was computed meanwhile is computed again.
func moved(w store.Writer, region string) error {
	if err := w.Keep("credit_register", []any{region, int64(0), ""}); err != nil {
		return err
	}
	_, err := w.Exec("UPDATE credit_register SET taken = taken + 1 WHERE region = ?", region)
	return err
}

// drop removes what a batch has staged, piece by piece.
func (g *Register) drop(ctx context.Context, region string, no int64) error {
	for {
		left := 0
		err := g.st.Update(ctx, func(w store.Writer) error {
			left = 0
			n, err := w.Exec("UPDATE credit_batch SET state = ? WHERE region = ? AND batch = ? AND state <> ? AND state <> ?", dropping, region, no, Taken, Refused)
			if err != nil || n == 0 {
				return err
			}
			var parties []string
			if err := w.Read(store.Column(&parties), "SELECT party FROM credit_due WHERE region = ? AND batch = ? ORDER BY party LIMIT ?", region, no, chunk); err != nil {
				return err
			}
			for _, party := range parties {
				for _, statement := range []string{"DELETE FROM credit_record WHERE region = ? AND party = ? AND batch = ?",
					"DELETE FROM credit_subject WHERE region = ? AND party = ? AND batch = ?", "DELETE FROM credit_publish WHERE region = ? AND party = ? AND batch = ?",
					"DELETE FROM credit_due WHERE region = ? AND party = ? AND batch = ?"} {
					if _, err := w.Exec(statement, region, party, no); err != nil {
						return err
					}
				}
			}
			if left = len(parties); left == 0 {
				_, err = w.Exec("UPDATE credit_batch SET state = ?, taken = ? WHERE region = ? AND batch = ?", dropped, g.now().UnixMicro(), region, no)
			}
			return err
		})
		if err != nil || left == 0 {
			return err
		}
	}
}

// sweep gives up batches whose server has not been heard of.
func (g *Register) sweep(ctx context.Context, region string) error {
	type found struct {
		no, seen int64
		state    string
	}
	var list []found
	err := g.st.Read(ctx, func(sc store.Scan) error {
		var f found
		err := sc(&f.no, &f.seen, &f.state)
		list = append(list, f)
		return err
	}, "SELECT batch, seen, state FROM credit_batch WHERE region = ? AND state IN (?, ?)", region, staging, dropping)
	for _, f := range list {
		if f.state == dropping || g.now().Sub(time.UnixMicro(f.seen)) >= lost {
			err = errors.Join(err, g.drop(ctx, region, f.no))
		}
	}
	return err
}
