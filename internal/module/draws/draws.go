package draws

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

const (
	// listed is how many draws a list shows.
	listed = 100
	// maxPlan bounds a plan that comes as a file, in bytes.
	maxPlan = 128 << 20
)

// keeps reports whether somebody may run draws of a department at a place.
func keeps(by caseflow.Actor, place, department string) bool {
	return access.May(by, access.DrawKeep, access.Resource{Region: place, Departments: []string{department}}).Allow
}

// rehearsal is a plan with other randomness, to see whether it can be drawn at all: a clash would else show when it is too late.
func rehearsal(p draw.Plan) error {
	p.Sources, p.Method = []draw.Source{{Kind: draw.Public, Name: "rehearsal"}}, draw.Tickets
	c, err := draw.Commit(p)
	if err == nil {
		_, err = c.Reveal(p.Opens, []draw.Value{{Text: "rehearsal"}})
	}
	return err
}

// Propose keeps a plan for somebody else to confirm, for a purpose that a module knows ("": none), and returns its number. If the
// last draw for the purpose was abandoned, the plan names it as its predecessor; if it still counts, the answer is CodePurpose.
func (m *Module) Propose(ctx context.Context, by caseflow.Actor, purpose string, p draw.Plan) (int64, error) {
	if !keeps(by, by.Region, by.Department) {
		return 0, hall.ErrNotFound
	}
	d := &Draw{Region: ident.Service().City(by.Region), Place: by.Region, Department: by.Department, Purpose: purpose, State: Proposed, Made: m.now(), Proposer: by.ID}
	if purpose != "" {
		last, err := m.last(ctx, d.Region, purpose)
		switch {
		case err != nil:
			return 0, err
		case last != nil && last.State != Abandoned:
			return 0, refuse(CodePurpose)
		case last != nil && !last.Committed.IsZero():
			p.Predecessor = last.Commitment
		}
	}
	c, err := m.commit(p)
	if err != nil {
		return 0, err
	}
	plan, text := c.Plan(), c.Record().Bytes()
	d.Title, d.Opens, d.Commitment, d.Predecessor = plan.Title, plan.Opens, c.Hash().String(), plan.Predecessor
	d.Pool, d.Quota = int64(len(plan.Candidates)), quota(c)
	record, err := packed(text)
	if err != nil {
		return 0, err
	}
	err = m.st.Update(ctx, func(w store.Writer) error {
		d.No, d.version = 0, 0
		if err := w.Read(store.Into(&d.No), "SELECT COALESCE(MAX(no), 0) + 1 FROM draws_draw WHERE region = ?", d.Region); err != nil {
			return err
		}
		live := 0
		if err := w.Read(store.Into(&live), "SELECT COUNT(*) FROM draws_draw WHERE region = ? AND purpose = ? AND state <> ?", d.Region, purpose, Abandoned); err != nil {
			return err
		}
		if purpose != "" && live > 0 {
			return refuse(CodePurpose)
		}
		return d.write(w, record)
	})
	return d.No, err
}

// commit fixes a plan that can be published and drawn.
func (m *Module) commit(p draw.Plan) (*draw.Commitment, error) {
	if len(p.Sources) < 2 {
		return nil, refuse(CodeSources)
	}
	c, err := draw.Commit(p)
	if err == nil {
		err = c.Before(m.now())
	}
	if err == nil {
		err = rehearsal(p)
	}
	return c, refused("plan", err)
}

func quota(c *draw.Commitment) (n int64) {
	for _, s := range c.Strata() {
		n += s.Quota
	}
	return n
}

// last is the newest draw for a purpose; nil if there is none.
func (m *Module) last(ctx context.Context, region, purpose string) (found *Draw, err error) {
	err = m.st.Read(ctx, store.One(&found, scanDraw), drawColumns+"WHERE region = ? AND purpose = ? ORDER BY no DESC LIMIT 1", region, purpose)
	return found, err
}

// own finds a draw that somebody runs. ErrNotFound.
func (m *Module) own(ctx context.Context, by caseflow.Actor, id string) (d *Draw, err error) {
	region, no, ok := parseID(id)
	if !ok {
		return nil, hall.ErrNotFound
	}
	err = m.st.View(ctx, func(r store.Reader) error {
		d, err = find(r, region, no)
		return err
	})
	if err == nil && !keeps(by, d.Place, d.Department) {
		err = hall.ErrNotFound
	}
	return d, err
}

// change does something to a draw in one transaction, if it is still as it was seen.
func (m *Module) change(ctx context.Context, seen *Draw, do func(w store.Writer, d *Draw) error) error {
	return m.st.Update(ctx, func(w store.Writer) error {
		d, err := find(w, seen.Region, seen.No)
		if err != nil {
			return err
		}
		if d.State != seen.State || d.version != seen.version {
			return refuse(CodeState)
		}
		return do(w, d)
	})
}

// Confirm publishes the commitment of a draw that somebody else proposed.
func (m *Module) Confirm(ctx context.Context, by caseflow.Actor, id string) error {
	seen, err := m.own(ctx, by, id)
	switch {
	case err != nil:
		return err
	case seen.State != Proposed:
		return refuse(CodeState)
	case seen.Proposer == by.ID:
		return refuse(CodeSame)
	case !m.now().Before(seen.Opens):
		return refused("plan", &draw.Fault{Code: "plan.late", Want: seen.Opens.Format(time.RFC3339)})
	}
	return m.change(ctx, seen, func(w store.Writer, d *Draw) error {
		d.State, d.Committed, d.Confirmer = Committed, m.now(), by.ID
		if err := m.note(w, d, by, Event{At: d.Committed, Kind: eventCommitted, Department: by.Department, Digest: d.Commitment}); err != nil {
			return err
		}
		return d.write(w, nil)
	})
}

// Give types in what a source gave. The last value draws. The same value again, of the same person, changes nothing.
func (m *Module) Give(ctx context.Context, by caseflow.Actor, id string, source int, typed string) error {
	seen, err := m.own(ctx, by, id)
	if err != nil {
		return err
	}
	record, err := m.record(ctx, seen)
	if err != nil {
		return err
	}
	c := record.Commitment()
	sources := c.Plan().Sources
	if source < 0 || source >= len(sources) {
		return hall.ErrNotFound
	}
	var given map[int]value
	if err := m.st.View(ctx, func(r store.Reader) error { given, err = values(r, seen); return err }); err != nil {
		return err
	}
	if v, ok := given[source]; ok && v.by == by.ID && v.text == typed {
		return nil
	}
	if err := m.mayGive(by, seen, sources, given, source); err != nil {
		return err
	}
	v, err := draw.ParseValue(sources[source], typed)
	if err == nil {
		err = c.Check(source, v)
	}
	if err != nil {
		return refused("value", err)
	}
	given[source] = value{typed, by.ID, m.now()}
	drawn, err := m.reveal(c, given)
	if err != nil {
		return err
	}
	return m.given(ctx, by, seen, sources[source].Name, source, given, drawn)
}

// mayGive says whether somebody may type in what a source gave: not before the draw opens, each source once, the dice of two parties
// by two people, and never all of it by one.
func (m *Module) mayGive(by caseflow.Actor, d *Draw, sources []draw.Source, given map[int]value, source int) error {
	switch {
	case d.State != Committed:
		return refuse(CodeState)
	case m.now().Before(d.Opens):
		return refused("value", &draw.Fault{Code: "seed.early", At: sources[source].Name, Got: m.now().UTC().Format(time.RFC3339), Want: d.Opens.Format(time.RFC3339)})
	}
	if _, ok := given[source]; ok {
		return refuse(CodeGiven)
	}
	others := 0
	for at, v := range given {
		if v.by != by.ID {
			others++
		} else if sources[at].Kind == draw.Dice && sources[source].Kind == draw.Dice {
			return refuse(CodeSame)
		}
	}
	if len(given) == len(sources)-1 && others == 0 {
		return refuse(CodeSame)
	}
	return nil
}

// reveal draws if every source has its value; else it returns nil.
func (m *Module) reveal(c *draw.Commitment, given map[int]value) (*draw.Record, error) {
	sources := c.Plan().Sources
	if len(given) < len(sources) {
		return nil, nil
	}
	list := make([]draw.Value, len(sources))
	for i := range sources {
		var err error
		if list[i], err = draw.ParseValue(sources[i], given[i].text); err != nil {
			return nil, refused("value", err)
		}
	}
	r, err := c.Reveal(m.now().UTC().Truncate(time.Second), list)
	return r, refused("value", err)
}

func (m *Module) given(ctx context.Context, by caseflow.Actor, seen *Draw, name string, source int, given map[int]value, drawn *draw.Record) error {
	var text, record []byte
	if drawn != nil {
		var err error
		text = drawn.Bytes()
		if record, err = packed(text); err != nil {
			return err
		}
	}
	return m.change(ctx, seen, func(w store.Writer, d *Draw) error {
		before, err := values(w, d)
		switch {
		case err != nil:
			return err
		case len(before) != len(given)-1: // somebody was quicker: judge it again
			return refuse(CodeState)
		}
		v := given[source]
		if err := w.Add("draws_value", []any{d.Region, d.No, int64(source), v.text, v.by, store.Micros(v.at)}); err != nil {
			return err
		}
		if err := m.note(w, d, by, Event{At: v.at, Kind: eventValue, Department: by.Department, Words: name}); err != nil || drawn == nil {
			return err
		}
		d.State, d.Drawn = Drawn, v.at
		if err := m.note(w, d, by, Event{At: v.at, Kind: eventDrawn, Department: by.Department, Digest: digest(text)}); err != nil {
			return err
		}
		return d.write(w, record)
	})
}

// reasoned is a reason that may be published.
func reasoned(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > draw.MaxText || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return "", refuse(CodeWords)
	}
	return text, nil
}

// Abandon gives a draw up: the first asks with a reason, somebody else agrees. It stays in the list with the reason; one that was
// only proposed was never published, and one person is enough.
func (m *Module) Abandon(ctx context.Context, by caseflow.Actor, id, reason string) error {
	seen, err := m.own(ctx, by, id)
	switch {
	case err != nil:
		return err
	case seen.State == Abandoned:
		return refuse(CodeState)
	case seen.Ender == by.ID:
		return refuse(CodeSame)
	}
	if seen.Ender != "" {
		reason = seen.Reason // of who asked: that is what is agreed to
	}
	if reason, err = reasoned(reason); err != nil {
		return err
	}
	if seen.Ender == "" && seen.State != Proposed {
		return m.change(ctx, seen, func(w store.Writer, d *Draw) error {
			if d.Ender != "" {
				return refuse(CodeState)
			}
			d.Ender, d.Reason = by.ID, reason
			if err := m.note(w, d, by, Event{At: m.now(), Kind: eventAsked, Department: by.Department, Words: reason}); err != nil {
				return err
			}
			return d.write(w, nil)
		})
	}
	return m.end(ctx, by, seen, reason)
}

func (m *Module) end(ctx context.Context, by caseflow.Actor, seen *Draw, reason string) error {
	r, err := m.record(ctx, seen)
	if err != nil {
		return err
	}
	next, err := r.Abandon(m.now().UTC().Truncate(time.Second), reason)
	if err != nil {
		return refused("reason", err)
	}
	text := next.Bytes()
	record, err := packed(text)
	if err != nil {
		return err
	}
	return m.change(ctx, seen, func(w store.Writer, d *Draw) error {
		published := d.State != Proposed
		d.State, d.Ended, d.Reason = Abandoned, m.now(), reason
		if published {
			if err := m.note(w, d, by, Event{At: d.Ended, Kind: eventAbandoned, Department: by.Department, Digest: digest(text), Words: reason}); err != nil {
				return err
			}
		}
		return d.write(w, record)
	})
}

// Withdraw replaces a candidate or an inspector who cannot be, from the same order. The reason is published.
func (m *Module) Withdraw(ctx context.Context, by caseflow.Actor, id, from, who, reason string) error {
	seen, err := m.own(ctx, by, id)
	switch {
	case err != nil:
		return err
	case seen.State != Drawn || seen.Ender != "":
		return refuse(CodeState)
	}
	if reason, err = reasoned(reason); err != nil {
		return err
	}
	r, err := m.record(ctx, seen)
	if err != nil {
		return err
	}
	next, err := r.Withdraw(draw.Withdrawal{At: m.now().UTC().Truncate(time.Second), From: from, ID: who, Reason: reason})
	if err != nil {
		return refused("id", err)
	}
	text := next.Bytes()
	record, err := packed(text)
	if err != nil {
		return err
	}
	return m.change(ctx, seen, func(w store.Writer, d *Draw) error {
		if err := m.note(w, d, by, Event{At: m.now(), Kind: eventWithdrawn, Department: by.Department, Digest: digest(text), Words: reason}); err != nil {
			return err
		}
		return d.write(w, record)
	})
}

// ProposeFile proposes the plan that a file holds (docs/draw.md), for no module.
func (m *Module) ProposeFile(ctx context.Context, by caseflow.Actor, in io.Reader) (*Draw, error) {
	if !mayKeep(by) {
		return nil, hall.ErrNotFound
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPlan+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxPlan {
		return nil, refused("plan", &draw.Fault{Code: "json.large", Want: strconv.Itoa(maxPlan)})
	}
	p, err := draw.ReadPlan(text)
	if err != nil {
		return nil, refused("plan", err)
	}
	no, err := m.Propose(ctx, by, "", p)
	if err != nil {
		return nil, err
	}
	return m.Find(ctx, ident.Service().City(by.Region), no)
}

// sheet is a draw with everything that is shown of it.
type sheet struct {
	*Draw
	record *draw.Record
	events []Event
	given  map[int]value
}

func (m *Module) sheet(ctx context.Context, d *Draw) (*sheet, error) {
	s := &sheet{Draw: d}
	var err error
	if s.record, err = m.record(ctx, d); err != nil {
		return nil, err
	}
	if s.events, err = m.events(ctx, d); err != nil {
		return nil, err
	}
	return s, m.st.View(ctx, func(r store.Reader) error { s.given, err = values(r, d); return err })
}

// Stands tells the state of a draw and its version, which grows with the record, for the module that it is made for. ErrNotFound.
func (m *Module) Stands(ctx context.Context, region string, no int64) (state string, version int64, err error) {
	d, err := m.Find(ctx, region, no)
	if err != nil {
		return "", 0, err
	}
	return d.State, d.version, nil
}

// Record is a draw as it is published, for the module that it is made for. ErrNotFound.
func (m *Module) Record(ctx context.Context, region string, no int64) (*draw.Record, error) {
	d, err := m.Find(ctx, region, no)
	if err != nil {
		return nil, err
	}
	return m.record(ctx, d)
}

// Find is a draw by its number. ErrNotFound.
func (m *Module) Find(ctx context.Context, region string, no int64) (d *Draw, err error) {
	err = m.st.View(ctx, func(r store.Reader) error {
		d, err = find(r, region, no)
		return err
	})
	return d, err
}

// Published finds a draw that everybody may see.
func (m *Module) Published(ctx context.Context, by caseflow.Actor, id string) (*Draw, error) {
	region, no, ok := parseID(id)
	if !ok || !access.May(by, access.DrawSee, access.Resource{}).Allow {
		return nil, hall.ErrNotFound
	}
	d, err := m.Find(ctx, region, no)
	if err == nil && d.Committed.IsZero() && !keeps(by, d.Place, d.Department) {
		err = hall.ErrNotFound
	}
	return d, err
}

// Statements of lists: see TestLists_are_found_by_index. What somebody may not see is no row of them, so that a list is as long as it can be.
const (
	newestFirst    = " ORDER BY made DESC, no DESC LIMIT ?"
	listPublished  = drawColumns + "WHERE committed > 0" + newestFirst
	listOfRegion   = drawColumns + "WHERE region = ? AND committed > 0" + newestFirst
	listOwn        = drawColumns + "WHERE region = ? AND place = ? AND department = ?" + newestFirst
	listOwnPlanned = drawColumns + "WHERE region = ? AND place = ? AND department = ? AND committed = 0" + newestFirst
)

// List lists the newest draws that were published, of all regions or one; for who runs draws also those of their own that were not.
func (m *Module) List(ctx context.Context, by caseflow.Actor, region string, most int) ([]Draw, error) {
	if !access.May(by, access.DrawSee, access.Resource{}).Allow {
		return nil, hall.ErrNotFound
	}
	query, args := listPublished, []any{int64(most)}
	if region != "" {
		region = ident.Service().City(region)
		query, args = listOfRegion, []any{region, int64(most)}
	}
	list, err := m.read(ctx, query, args...)
	if err != nil || region != "" && ident.Service().City(by.Region) != region {
		return list, err
	}
	own, err := m.ofDuties(ctx, by, listOwnPlanned, most)
	return newest(append(list, own...), most), err
}

// Kept lists the newest draws of the official's own department, published or not.
func (m *Module) Kept(ctx context.Context, by caseflow.Actor, most int) ([]Draw, error) {
	list, err := m.ofDuties(ctx, by, listOwn, most)
	return newest(list, most), err
}

// ofDuties asks for the draws of all that the official's department bears.
func (m *Module) ofDuties(ctx context.Context, by caseflow.Actor, query string, most int) (list []Draw, err error) {
	for _, department := range by.Duties() {
		if !keeps(by, by.Region, department) {
			continue
		}
		some, wrong := m.read(ctx, query, ident.Service().City(by.Region), by.Region, department, int64(most))
		list, err = append(list, some...), errors.Join(err, wrong)
	}
	return list, err
}

// read asks for draws.
func (m *Module) read(ctx context.Context, query string, args ...any) (list []Draw, err error) {
	err = m.st.Read(ctx, store.List(&list, scanDraw), query, args...)
	return list, err
}

// newest are the newest of a list.
func newest(list []Draw, most int) []Draw {
	slices.SortFunc(list, func(a, b Draw) int { return cmp.Or(b.Made.Compare(a.Made), cmp.Compare(b.No, a.No)) })
	return list[:min(len(list), most)]
}

// Standing is what a draw says of one id.
type Standing struct {
	ID, List   string // List: draw.Candidates, draw.Inspectors
	Stratum    string
	Excluded   string // the reason; "" if it may be drawn
	Ticket     string // "" before the draw
	Cut        string // of its stratum: the last ticket that is in
	In         bool
	Withdrawn  string   // the reason
	With       []string // who is sent there, or where somebody is sent to
	Membership draw.Membership
	root       draw.Hash
}

// Standing finds somebody in the pool of a draw, and says what came of it and why. ErrNotFound.
func (m *Module) Standing(ctx context.Context, d *Draw, id string) (*Standing, error) {
	r, err := m.record(ctx, d)
	if err != nil {
		return nil, err
	}
	c := r.Commitment()
	plan := c.Plan()
	s := &Standing{ID: id, List: draw.Candidates}
	if s.Membership, err = c.Member(draw.Candidates, id); err != nil {
		s.List = draw.Inspectors
		if s.Membership, err = c.Member(draw.Inspectors, id); err != nil {
			return nil, hall.ErrNotFound
		}
	}
	s.root = c.Pool()
	if s.List == draw.Inspectors {
		s.root = c.Inspectors()
	}
	for _, w := range r.Withdrawals() {
		if w.ID == id {
			s.Withdrawn = w.Reason
		}
	}
	if s.List == draw.Inspectors {
		for _, object := range r.Drawn() {
			if slices.Contains(r.Team(object), id) {
				s.With = append(s.With, object)
			}
		}
		s.In = len(s.With) > 0
		return s, nil
	}
	s.candidate(r, &plan)
	return s, nil
}

// candidate says what a draw says of a candidate.
func (s *Standing) candidate(r *draw.Record, plan *draw.Plan) {
	at, _ := slices.BinarySearchFunc(plan.Candidates, s.ID, func(c draw.Candidate, id string) int { return strings.Compare(c.ID, id) })
	s.Stratum = plan.Candidates[at].Stratum
	for _, e := range plan.Excluded {
		if e.ID == s.ID {
			s.Excluded = e.Reason
		}
	}
	seed, ok := r.Seed()
	if !ok {
		return
	}
	drawn := r.Stratum(s.Stratum)
	s.In, s.With = slices.Contains(drawn, s.ID), r.Team(s.ID)
	if plan.Method == draw.Tickets {
		s.Ticket = draw.WeightedTicket(seed, s.ID, plan.Candidates[at].Weight).String()
		if n := len(drawn); n > 0 {
			last, _ := slices.BinarySearchFunc(plan.Candidates, drawn[n-1], func(c draw.Candidate, id string) int { return strings.Compare(c.ID, id) })
			s.Cut = draw.WeightedTicket(seed, drawn[n-1], plan.Candidates[last].Weight).String()
		}
	}
}
