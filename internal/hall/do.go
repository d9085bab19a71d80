package hall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Receipt is the answer to an accepted command. It names the case, the entry and its evidence leaf.
type Receipt struct {
	Region string          `json:"region"`
	Case   caseflow.CaseNo `json:"case"`
	Entry  int             `json:"entry"`
	Seq    int             `json:"seq"` // first event of the entry
	Verb   string          `json:"verb"`
	At     time.Time       `json:"at"`
	Leaf   string          `json:"leaf"` // hexadecimal
}

// snapshotEvery is how many entries may follow a snapshot: a load replays fewer than that.
const snapshotEvery = 16

// attempts bounds how often a command is decided again because another server was quicker.
const attempts = 16

// Do gives a command on behalf of an actor. at names the case; for Open its Case is empty and Region says where.
//
// The error is a *caseflow.Refusal for a lawful no, ErrNotFound for a case that does not exist or may not be seen,
// ErrOtherBody for a request id used before with another body, store.ErrBusy, store.ErrFull or ErrBehind when nothing was written
// and it may be tried again, and a failure otherwise. An empty request id gets a fresh one.
func (h *Hall) Do(ctx context.Context, by caseflow.Actor, request string, at store.Key, cmd caseflow.Command) (Receipt, error) {
	if h.observe == nil {
		return h.do(ctx, by, request, at, cmd)
	}
	began := time.Now()
	receipt, err := h.do(ctx, by, request, at, cmd)
	h.observe(ctx, cmd.Verb(), outcomeOf(err), time.Since(began))
	return receipt, err
}

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, new(*caseflow.Refusal)):
		return "refused"
	case errors.Is(err, ErrNotFound):
		return "not-found"
	case errors.Is(err, ErrOtherBody):
		return "repeat-differs"
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFull), errors.Is(err, ErrBehind):
		return "busy"
	}
	return "failed"
}

func (h *Hall) do(ctx context.Context, by caseflow.Actor, request string, at store.Key, cmd caseflow.Command) (Receipt, error) {
	if request == "" {
		request = h.text()
	}
	if !validRequest(request) {
		return Receipt{}, ErrBadRequest
	}
	body, err := bodyOf(by, at, cmd)
	if err != nil {
		return Receipt{}, err
	}
	job := job{h: h, by: by, request: request, body: body, key: at, cmd: cmd}
	switch cmd := cmd.(type) {
	case caseflow.Open:
		if cmd, err = h.called(ctx, by, at.Region, cmd); err != nil {
			return job.first(ctx, err) // a repeat may come when somebody else stands there
		}
		job.cmd = cmd
		return job.open(ctx, h.items.Current(cmd.Item))
	case caseflow.OpenSubcase:
		return job.open(ctx, h.items.Item(cmd.Pack, cmd.Version, cmd.Item))
	}
	if job.held, err = h.heldBy(ctx, at, cmd); err != nil { // before the case is locked
		return Receipt{}, err
	}
	if job.staff, err = h.staff(ctx, at.Region, cmd); err != nil {
		return Receipt{}, err
	}
	if cmd, err = h.again(ctx, by, at, cmd); err != nil {
		return Receipt{}, err
	}
	if job.cmd, job.gone, err = h.hold(ctx, at, cmd); err != nil {
		return Receipt{}, err
	}
	return job.run(ctx)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func validRequest(s string) bool {
	if len(s) > 100 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// bodyOf digests who asks what of which case, so that a repeat can be told from another request under the same id.
func bodyOf(by caseflow.Actor, at store.Key, cmd caseflow.Command) ([]byte, error) {
	data, err := json.Marshal(struct {
		By   string           `json:"by"`
		At   store.Key        `json:"at"`
		Verb string           `json:"verb"`
		Cmd  caseflow.Command `json:"cmd"`
	}{by.ID, at, cmd.Verb(), cmd})
	if err != nil {
		return nil, fmt.Errorf("digest of %s: %w", cmd.Verb(), err)
	}
	sum := sha256.Sum256(data)
	return sum[:], nil
}

// job is one command on its way.
type job struct {
	h       *Hall
	by      caseflow.Actor
	request string
	body    []byte
	key     store.Key
	cmd     caseflow.Command
	staff   []caseflow.Colleague     // facts, if the command names posts
	gone    *caseflow.Refusal        // if a file that it hands in is not there
	from    string                   // who gave the shift, of a command that takes it over
	held    []caseflow.Held          // facts, if the command may renew a licence
	book    *book                    // the calendars that it was decided under last
	wishes  map[string]store.Contact // of owners, for who has read those of many; nil: they are asked for one by one
	given   *held                    // the case, for who has loaded many at once; it is not kept in memory then
}

// open starts a case under a fresh number, and under another one should that be taken.
func (j *job) open(ctx context.Context, it *caseflow.Item) (Receipt, error) {
	if it == nil {
		return Receipt{}, ErrNotFound
	}
	for range attempts {
		receipt, err := j.openAs(ctx, it)
		switch {
		case errors.Is(err, store.ErrCalendar):
			if err = j.h.FollowCalendars(ctx); err != nil {
				return Receipt{}, err
			}
		case !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrTaken): // the name was free when it was asked for
			return receipt, err
		}
		j.key.Case = ""
	}
	return Receipt{}, fmt.Errorf("open a case in %s: %w after %d attempts", j.key.Region, store.ErrBusy, attempts)
}

func (j *job) openAs(ctx context.Context, it *caseflow.Item) (Receipt, error) {
	serial, err := j.h.serials.next(ctx, j.h.store, j.key.Region)
	if err != nil {
		return Receipt{}, err
	}
	now := j.h.Now()
	by, cmd, err := j.opener(ctx, it, now)
	if err != nil {
		return Receipt{}, err
	}
	if j.held, err = j.h.heldBy(ctx, j.key, cmd); err != nil { // what the applicant holds, who may be another than who acts
		return Receipt{}, err
	}
	env, err := j.env(ctx, now)
	if err != nil {
		return Receipt{}, err
	}
	y, m, d := workday.DateOf(now).Civil()
	env.Serial, env.Region = serial, j.key.Region
	if env.Name, err = j.named(ctx, it, nil); err != nil {
		return Receipt{}, err
	}
	env.No = caseflow.CaseNo(fmt.Sprintf("%s-%04d%02d%02d-%06d", j.key.Region, y, m, d, serial))
	dec, refusal := caseflow.Decide(nil, it, by.Actor, cmd, env)
	if refusal != nil {
		return j.first(ctx, refusal)
	}
	j.key.Case = env.No
	proposed, err := j.propose(ctx, by, it, held{}, dec, now)
	if err != nil {
		return Receipt{}, err
	}
	return j.await(ctx, proposed)
}

// run decides and commits a command on an existing case, again if another server was quicker.
func (j *job) run(ctx context.Context) (Receipt, error) {
	for range attempts {
		proposed, err := j.decide(ctx)
		switch {
		case errors.Is(err, errAgain):
			continue
		case err != nil && !isAnswer(err):
			return Receipt{}, err
		case err != nil: // a no; it may be the repeat of a yes
			return j.first(ctx, err)
		}
		receipt, err := j.await(ctx, proposed)
		switch {
		case errors.Is(err, store.ErrCalendar):
			if err = j.h.FollowCalendars(ctx); err != nil {
				return Receipt{}, err
			}
		case !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrTaken): // the name was free when it was asked for
			return receipt, err
		}
	}
	return Receipt{}, fmt.Errorf("case %s: %w after %d attempts", j.key.Case, store.ErrBusy, attempts)
}

// errAgain: what was decided on is not what stands.
var errAgain = errors.New("decide again")

// isAnswer reports whether an error is the core's no.
func isAnswer(err error) bool { return errors.As(err, new(*caseflow.Refusal)) }

// decide judges the command and proposes what it changes. A no is only given on what is written: errAgain if that turned
// out to be something else.
func (j *job) decide(ctx context.Context) (*proposal, error) {
	p, before, got, err := j.judge(ctx)
	switch {
	case err == nil || !isAnswer(err) && !errors.Is(err, ErrNotFound):
		return p, err
	case before != nil && before.outcome() != nil:
		return nil, errAgain
	case before == nil && j.overtaken(ctx, got): // another server may have asked the actor's department since
		return nil, errAgain
	}
	return nil, err
}

// judge decides on the case as the proposal before leaves it, or as it is written if there is none.
func (j *job) judge(ctx context.Context) (made, before *proposal, got held, err error) {
	lane := j.h.lane(j.key)
	lane.mu.Lock()
	defer lane.mu.Unlock()
	if before = lane.last[j.key]; before != nil {
		got = before.held
	} else if got, err = j.load(ctx); err != nil {
		return nil, nil, got, err
	}
	it, err := j.h.itemOf(got.c)
	if err != nil {
		return nil, before, got, err
	}
	now := later(j.h.Now(), got.c.Updated) // a clock that was set back must not turn the journal's order round
	by, err := j.h.standing(ctx, j.by, got.c.Owner, got.c.Item, now)
	if err != nil {
		return nil, before, got, err
	}
	if !may(by, actOf(j.cmd), &matter{it: it, c: got.c}) {
		return nil, before, got, ErrNotFound
	}
	if j.gone != nil {
		return nil, before, got, j.gone
	}
	env, err := j.env(ctx, now)
	if err != nil {
		return nil, before, got, err
	}
	if env.Name, err = j.named(ctx, it, got.c); err != nil {
		return nil, before, got, err
	}
	if env.Earlier, err = j.h.earlier(ctx, it, got.c, j.cmd); err != nil {
		return nil, before, got, err
	}
	if env.Renewed, err = j.h.renewals(ctx, j.key, it, got.c, now); err != nil {
		return nil, before, got, err
	}
	dec, refusal := caseflow.Decide(got.c, it, by.Actor, j.cmd, env)
	if refusal != nil {
		return nil, before, got, refusal
	}
	if made, err = j.propose(ctx, by, it, got, dec, now); err == nil {
		lane.put(j.key, made)
	}
	return made, before, got, err
}

// overtaken reports whether a no may rest on a state in memory that another server has moved on from; it then
// forgets that state.
func (j *job) overtaken(ctx context.Context, got held) bool {
	row, err := j.h.store.Case(ctx, j.key)
	if err != nil || row.Entry == got.entry {
		return false
	}
	j.h.cache.Remove(j.key)
	return true
}

// asked is where the request id must be new: in the case, or in the region if it opens one.
func (j *job) asked() store.Key {
	switch j.cmd.(type) {
	case caseflow.Open, caseflow.OpenSubcase:
		return store.Key{Region: j.key.Region}
	}
	return j.key
}

// first returns the first answer to the request id if there is one, else the error: a command that is refused may be
// the repeat of one that was accepted.
func (j *job) first(ctx context.Context, otherwise error) (Receipt, error) {
	key, e, err := j.h.store.ByRequest(ctx, j.asked(), j.request)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Receipt{}, otherwise
	case err != nil:
		return Receipt{}, err
	case string(e.Body) != string(j.body):
		return Receipt{}, ErrOtherBody
	}
	return receiptOf(key, e), nil
}

func (j *job) env(ctx context.Context, now time.Time) (caseflow.Env, error) {
	j.book = j.h.book.Load()
	env := caseflow.Env{Now: now, Calendar: j.book.region(j.key.Region), Corrected: j.book.correcting, Staff: j.staff, Held: j.held, Relieves: j.from}
	var err error
	if env.Outages, err = j.h.outagesAt(ctx, now); err != nil {
		return env, err
	}
	if _, err := io.ReadFull(j.h.rand, env.Nonce[:]); err != nil {
		return env, fmt.Errorf("randomness: %w", err)
	}
	return env, nil
}

// propose hands the decision to the store.
func (j *job) propose(ctx context.Context, by standing, it *caseflow.Item, was held, dec *caseflow.Decision, now time.Time) (*proposal, error) {
	after, change, err := j.change(ctx, by, it, was, dec, now)
	if err != nil {
		return nil, err
	}
	p := newProposal(after, change, j.h.store.Propose(ctx, change))
	p.passing = j.given != nil
	return p, nil
}

// change is what the decision writes, and the case after it.
func (j *job) change(ctx context.Context, by standing, it *caseflow.Item, was held, dec *caseflow.Decision, now time.Time) (after held, change *store.Change, err error) {
	if irrevocable(dec.Events) && j.h.behind() {
		return after, nil, ErrBehind
	}
	events, err := caseflow.EncodeEvents(dec.Events)
	if err != nil {
		return after, nil, err
	}
	entry := store.Entry{
		No: was.entry + 1, Request: j.request, Body: j.body, At: now, Actor: by.Stamp(), Verb: j.cmd.Verb(),
		Seq: dec.Case.Seq - len(dec.Events) + 1, Events: events,
	}
	if err := j.h.seal(j.key, was.leaf, &entry); err != nil {
		return after, nil, err
	}
	change = &store.Change{Key: j.key, After: was.leaf, Calendar: j.book.version, Entry: entry, Mandate: by.ref()}
	subject := was.subjectAfter(it, dec.Case)
	project(change, it, was.c, dec.Case, subject, now)
	if change.Messages, err = j.h.messagesOf(ctx, change, it, dec, j.wishes); err != nil {
		return after, nil, fmt.Errorf("messages of %s: %w", j.key.Case, err)
	}
	if entry.No%snapshotEvery == 0 {
		if change.Snapshot, err = dec.Case.Encode(); err != nil {
			return after, nil, fmt.Errorf("snapshot of %s: %w", j.key.Case, err)
		}
	}
	return held{dec.Case, entry.No, entry.Leaf, &subject}, change, nil
}

// load returns the case from memory, as it was given, or from the journal.
func (j *job) load(ctx context.Context) (held, error) {
	if j.given == nil {
		return j.h.load(ctx, j.key)
	}
	if got, ok := j.h.cache.Peek(j.key); ok {
		return got, nil
	}
	return *j.given, nil
}

// await waits until the proposal is written and answers.
func (j *job) await(ctx context.Context, p *proposal) (Receipt, error) {
	err := j.h.settle(j.key, p)
	if errors.Is(err, store.ErrRepeat) {
		return j.first(ctx, err)
	}
	if err != nil {
		return Receipt{}, err
	}
	j.h.nudge(p.change)
	return receiptOf(j.key, &p.change.Entry), nil
}

// seal salts the entry and computes its evidence leaf, which covers that of the entry before it.
func (h *Hall) seal(key store.Key, after []byte, e *store.Entry) error {
	e.Salt = make([]byte, evidence.SaltBytes)
	if _, err := io.ReadFull(h.rand, e.Salt); err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	var err error
	if e.Hash, err = store.EntryHash(h.store.Suite(), key, after, e); err != nil {
		return err
	}
	leaf := e.Hash.Leaf()
	e.Leaf = leaf[:]
	return nil
}

func receiptOf(key store.Key, e *store.Entry) Receipt {
	return Receipt{Region: key.Region, Case: key.Case, Entry: e.No, Seq: e.Seq, Verb: e.Verb, At: e.At.UTC(), Leaf: hex.EncodeToString(e.Leaf)}
}

// text is an unguessable identifier.
func (h *Hall) text() string {
	var b [16]byte
	if _, err := io.ReadFull(h.rand, b[:]); err != nil {
		return "" // refused as a bad request id
	}
	return hex.EncodeToString(b[:])
}

// nudge wakes the runners that have work from the change.
func (h *Hall) nudge(c *store.Change) {
	if !c.Row.Wake.IsZero() {
		poke(h.wake)
	}
	if len(c.Messages) > 0 {
		poke(h.sent)
	}
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// serials hands out case numbers from blocks reserved in the store, so that opening a case costs no extra write.
type serials struct {
	mu     sync.Mutex
	blocks map[string]block
}

type block struct{ next, end int64 }

// blockSize is how many numbers a server reserves at once; a restart leaves at most that many unused.
const blockSize = 200

func (s *serials) next(ctx context.Context, st store.Store, region string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.blocks[region]
	if b.next == b.end {
		first, err := st.Reserve(ctx, region, "case", blockSize)
		if err != nil {
			return 0, fmt.Errorf("reserve case numbers of %s: %w", region, err)
		}
		b = block{first, first + blockSize}
	}
	n := b.next
	b.next++
	if s.blocks == nil {
		s.blocks = map[string]block{}
	}
	s.blocks[region] = b
	return n, nil
}
