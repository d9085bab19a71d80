package draw

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Record is a draw as it is published: the commitment with its lists, what was revealed, what came of it, who withdrew, and why it was abandoned
// if it was. It never changes; what happens next makes another record.
type Record struct {
	commitment  *Commitment
	at          time.Time // when it was revealed; zero if it was not
	values      []Value
	seed        Hash
	strata      []drawn
	teams       *teams // nil without pairing
	withdrawals []Withdrawal
	abandoned   *Abandonment
}

// drawn is what came of a stratum: the order as far as it was read, and how many of it are in.
type drawn struct {
	order []slip
	in    []slip
	next  int
}

// Withdrawal is somebody who was drawn, or sent, and cannot be: reported and decided outside.
type Withdrawal struct {
	At     time.Time
	From   string // Candidates or Inspectors
	ID     string
	Reason string
	// Replacement is the candidate who came in for a candidate; it is computed.
	Replacement string
}

// Abandonment is why a draw does not count. It stays published.
type Abandonment struct {
	At     time.Time
	Reason string
}

// Stratum of a record: who is drawn now, in the order of the draw.
func (r *Record) Stratum(id string) []string {
	at, ok := r.commitment.plan.stratum(id)
	if !ok || r.at.IsZero() {
		return nil
	}
	var ids []string
	for _, s := range r.strata[at].in {
		ids = append(ids, r.commitment.plan.Candidates[s.at].ID)
	}
	return ids
}

// Drawn is who is drawn now, stratum by stratum in the order of their ids, each in the order of the draw.
func (r *Record) Drawn() (ids []string) {
	for _, s := range r.commitment.plan.Strata {
		ids = append(ids, r.Stratum(s.ID)...)
	}
	return ids
}

// Team is who is sent to an object, by id; nil if nobody is.
func (r *Record) Team(object string) []string {
	at, ok := r.commitment.plan.candidate(object)
	if !ok || r.teams == nil {
		return nil
	}
	return r.teams.names(int32(at))
}

// Commitment is what the draw was committed to.
func (r *Record) Commitment() *Commitment { return r.commitment }

// Seed is the mixed seed, and whether there is one yet.
func (r *Record) Seed() (Hash, bool) { return r.seed, !r.at.IsZero() }

// Withdrawals lists who withdrew, with who came in.
func (r *Record) Withdrawals() []Withdrawal { return slices.Clone(r.withdrawals) }

// Abandoned is why the draw does not count, if it does not.
func (r *Record) Abandoned() (Abandonment, bool) {
	if r.abandoned == nil {
		return Abandonment{}, false
	}
	return *r.abandoned, true
}

// Record is the draw before anything is revealed, to be published or abandoned.
func (c *Commitment) Record() *Record { return &Record{commitment: c} }

// Reveal draws. The values stand in the order of the announced sources, and at is when they were there.
func (c *Commitment) Reveal(at time.Time, values []Value) (*Record, error) {
	return c.replay(at, values, nil)
}

// Withdraw replaces somebody from the same order: a candidate by the next ticket of the stratum, an inspector by the next who may go.
func (r *Record) Withdraw(w Withdrawal) (*Record, error) {
	if err := r.open(w.At); err != nil {
		return nil, err
	}
	if r.at.IsZero() {
		return nil, &Fault{Code: "draw.open"}
	}
	return r.commitment.replay(r.at, r.values, append(slices.Clone(r.withdrawals), w))
}

// Abandon ends a draw that shall not count, before or after it was revealed.
func (r *Record) Abandon(at time.Time, reason string) (*Record, error) {
	if err := r.open(at); err != nil {
		return nil, err
	}
	if err := checkText("reason", reason, MaxText); err != nil {
		return nil, err
	}
	next := *r
	next.abandoned = &Abandonment{at.UTC(), reason}
	return &next, nil
}

// open wants a draw that still counts, and an instant that is not before what has happened.
func (r *Record) open(at time.Time) error {
	if r.abandoned != nil {
		return &Fault{Code: "draw.abandoned"}
	}
	last := r.at
	if n := len(r.withdrawals); n > 0 {
		last = r.withdrawals[n-1].At
	}
	return follows(last, at)
}

// follows wants a proper instant that is not before another.
func follows(last, at time.Time) error {
	if at.Nanosecond() != 0 || instant(at.UTC().Format(instantLayout)).IsZero() {
		return &Fault{Code: "draw.instant", At: "at"}
	}
	if at.Before(last) {
		return &Fault{Code: "draw.order", Got: at.UTC().Format(instantLayout), Want: last.Format(instantLayout)}
	}
	return nil
}

// replay does everything from the start: what is revealed, then each withdrawal.
func (c *Commitment) replay(at time.Time, values []Value, withdrawals []Withdrawal) (*Record, error) {
	at = at.UTC()
	if err := follows(time.Time{}, at); err != nil {
		return nil, err
	}
	if err := c.early(at); err != nil {
		return nil, err
	}
	mixed, err := seed(c, values)
	if err != nil {
		return nil, err
	}
	if len(withdrawals) > MaxWithdrawn {
		return nil, &Fault{Code: "plan.many", At: "withdrawals", Want: number(MaxWithdrawn)}
	}
	r := &Record{commitment: c, at: at, values: values, seed: mixed, withdrawals: withdrawals}
	for i := range c.strata {
		l := &c.strata[i]
		order := c.order(mixed, values, l, l.quota+len(withdrawals))
		in := order[:l.quota]
		r.strata = append(r.strata, drawn{order: order, in: slices.Clone(in), next: l.quota})
	}
	if c.plan.Pairing != nil {
		if r.teams, err = pair(c, mixed, r.strata); err != nil {
			return nil, err
		}
	}
	last := at
	for i := range withdrawals {
		if err := r.withdraw(&withdrawals[i], last); err != nil {
			return nil, err
		}
		last = withdrawals[i].At
	}
	return r, nil
}

// early refuses randomness from before it was to be known.
func (c *Commitment) early(at time.Time) error {
	opens := c.plan.Opens
	if at.Before(opens) {
		return &Fault{Code: "seed.early", At: "revealed", Got: at.Format(instantLayout), Want: opens.Format(instantLayout)}
	}
	for i := range c.plan.Sources {
		o := &c.plan.Sources[i]
		if ready := o.ready(); o.Kind == Beacon && ready.Before(opens) {
			return &Fault{Code: "seed.early", At: o.Name, Got: ready.Format(instantLayout), Want: opens.Format(instantLayout)}
		}
	}
	return nil
}

// order is the first k members of a stratum in the order of the draw.
func (c *Commitment) order(mixed Hash, values []Value, l *layer, k int) []slip {
	if c.plan.Method == Tickets {
		return lowest(mixed, c.plan.Candidates, l.members, k)
	}
	var sources [][]int64
	for _, v := range values {
		sources = append(sources, v.Numbers)
	}
	var all []slip
	for _, at := range SelectRFC3797(KeyRFC3797(sources), len(l.members), k) {
		all = append(all, slip{at: l.members[at]})
	}
	return all
}

func (r *Record) withdraw(w *Withdrawal, last time.Time) error {
	w.At = w.At.UTC()
	if err := follows(last, w.At); err != nil {
		return err
	}
	if err := checkText("reason", w.Reason, MaxText); err != nil {
		return err
	}
	w.Replacement = ""
	if w.From == Inspectors {
		return r.withdrawInspector(w.ID)
	}
	at, ok := r.commitment.plan.candidate(w.ID)
	if !ok || w.From != Candidates {
		return &Fault{Code: "draw.unknown", At: w.ID}
	}
	n, _ := r.commitment.plan.stratum(r.commitment.plan.Candidates[at].Stratum)
	d := &r.strata[n]
	place := slices.IndexFunc(d.in, func(s slip) bool { return int(s.at) == at })
	switch {
	case place < 0:
		return &Fault{Code: "draw.unknown", At: w.ID}
	case d.next == len(d.order):
		return &Fault{Code: "draw.exhausted", At: r.commitment.plan.Candidates[at].Stratum}
	}
	next := d.order[d.next]
	d.next++
	w.Replacement = r.commitment.plan.Candidates[next.at].ID
	d.in = append(slices.Delete(d.in, place, place+1), next)
	if r.teams == nil {
		return nil
	}
	return r.teams.replace(int32(at), next.at)
}

func (r *Record) withdrawInspector(id string) error {
	at, ok := r.commitment.plan.inspector(id)
	if !ok || r.teams == nil {
		return &Fault{Code: "draw.unknown", At: id}
	}
	return r.teams.release(int32(at))
}

// Bytes is the record as it is published: one line of canonical JSON.
func (r *Record) Bytes() []byte {
	text, _ := r.write()
	return text
}

// mark is where a member of the record begins.
type mark struct {
	name string
	at   int
}

// write writes the record, with where its members begin. The digest covers all but itself, and is put into its place last.
func (r *Record) write() ([]byte, []mark) {
	c := r.commitment
	lists := len(c.pool.text) + len(c.inspectors.text)
	w := &writer{buf: make([]byte, 0, 4096+lists+lists/4+len(c.body))}
	var marks []mark
	member := func(name string) {
		w.key(name)
		marks = append(marks, mark{name, len(w.buf)})
	}
	w.open('{')
	if r.abandoned != nil {
		member("abandoned")
		w.open('{')
		w.text("at", r.abandoned.At.Format(instantLayout))
		w.text("reason", r.abandoned.Reason)
		w.close('}')
	}
	member(Candidates)
	w.raw(c.pool.text)
	member("commitment")
	w.string(c.hash.String())
	member("committed")
	w.raw(string(c.body))
	head := len(w.buf)
	member("digest")
	w.string(Hash{}.String())
	tail := len(w.buf)
	member("format")
	w.string(Format)
	if c.plan.Pairing != nil {
		member(Inspectors)
		w.raw(c.inspectors.text)
	}
	if !r.at.IsZero() {
		member("result")
		r.writeResult(w)
		member("revealed")
		r.writeRevealed(w)
	}
	if len(r.withdrawals) > 0 {
		member("withdrawals")
		r.writeWithdrawals(w)
	}
	w.close('}')
	h := sha256.New()
	h.Write([]byte(Format + " record\n"))
	h.Write(w.buf[:head])
	h.Write(w.buf[tail:])
	hex.Encode(w.buf[tail-1-2*h.Size():], h.Sum(nil))
	return append(w.buf, '\n'), marks
}

func (r *Record) writeResult(w *writer) {
	c := r.commitment
	w.open('{')
	if r.teams != nil {
		w.integer("round", int64(r.teams.round))
	}
	w.text("seed", r.seed.String())
	w.key("strata")
	w.open('[')
	for i, s := range c.plan.Strata {
		w.comma()
		w.open('{')
		if in := r.strata[i].in; len(in) > 0 && c.plan.Method == Tickets {
			w.text("cut", in[len(in)-1].ticket.String())
		}
		w.texts("drawn", r.Stratum(s.ID))
		w.text("id", s.ID)
		w.close('}')
	}
	w.close(']')
	if r.teams != nil {
		w.key("teams")
		w.open('[')
		for _, d := range r.strata {
			for _, s := range d.in {
				w.comma()
				w.open('{')
				w.texts(Inspectors, r.teams.names(s.at))
				w.text("object", c.plan.Candidates[s.at].ID)
				w.close('}')
			}
		}
		w.close(']')
	}
	w.close('}')
}

func (r *Record) writeRevealed(w *writer) {
	w.open('{')
	w.text("at", r.at.Format(instantLayout))
	w.key("values")
	w.open('[')
	for i, v := range r.values {
		w.comma()
		if k := r.commitment.plan.Sources[i].Kind; k == Dice || k == Numbers {
			w.raw("[" + joined(v.Numbers, ",") + "]")
			continue
		}
		w.string(v.Text)
	}
	w.close(']')
	w.close('}')
}

func (r *Record) writeWithdrawals(w *writer) {
	w.open('[')
	for _, g := range r.withdrawals {
		w.comma()
		w.open('{')
		w.text("at", g.At.Format(instantLayout))
		w.text("from", g.From)
		w.text("id", g.ID)
		w.text("reason", g.Reason)
		w.optional("replacement", g.Replacement)
		w.close('}')
	}
	w.close(']')
}
