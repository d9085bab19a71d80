package hall_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

var seeds = flag.Int("seeds", 200, "how many simulations to run")

// TestSimulation drives the real hall on a real store over virtual time with faults switched on, and checks after every
// step what must always hold. One seed is one run: `go test -run TestSimulation/seed_17 ./internal/hall`.
func TestSimulation(t *testing.T) {
	t.Parallel()
	n := *seeds
	if testing.Short() {
		n = min(n, 20)
	}
	st := openStore(t)
	var ends reached
	for seed := range n {
		t.Run(fmt.Sprintf("seed_%d", seed), func(t *testing.T) {
			s := newSim(t, st, seed)
			s.run(80)
			for _, key := range s.keys {
				ends.add(s.phase(key))
			}
		})
	}
	t.Logf("cases ended as %v", ends.phases)
	for _, p := range caseflow.Phases() {
		if ends.phases[p] == 0 && n >= 200 && p != caseflow.PhaseRevoked && p != caseflow.PhaseCorrecting {
			t.Errorf("no case of %d runs ended as %s", n, p)
		}
	}
}

// errLost is a connection that broke: the caller cannot know whether the change was written.
var errLost = errors.New("connection lost")

// flaky is a store that fails now and then: before the change is written, or after it without saying so.
type flaky struct {
	store.Store
	rng *rand.Rand
	on  bool
	mu  sync.Mutex // a pass proposes from several goroutines
}

func (f *flaky) Propose(ctx context.Context, ch *store.Change) func() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	fail := func(err error) func() error { return func() error { return err } }
	if !f.on {
		return f.Store.Propose(ctx, ch)
	}
	switch f.rng.IntN(12) {
	case 0:
		return fail(store.ErrBusy)
	case 1:
		return fail(store.ErrConflict) // as if another server had been quicker
	case 2:
		return fail(errLost)
	case 3:
		wait := f.Store.Propose(ctx, ch)
		return func() error { return cmp.Or(wait(), errLost) }
	}
	return f.Store.Propose(ctx, ch)
}

type ack struct {
	by      caseflow.Actor
	request string
	at      store.Key
	cmd     caseflow.Command
	receipt hall.Receipt
}

type sim struct {
	t      *testing.T
	rng    *rand.Rand
	seed   int
	st     *flaky
	clock  *clock
	dice   *rand.ChaCha8 // salts, nonces and request ids: one seed is one run
	halls  []*hall.Hall  // servers on the same store
	region string
	keys   []store.Key
	acked  []ack
}

// regions are the counties of Shaanxi: licences are numbered only in a region that is known.
var regions = func() []string {
	var list []string
	for _, city := range ident.Administrative().Children("610000") {
		for _, county := range ident.Administrative().Children(city.Code) {
			list = append(list, county.Code)
		}
	}
	return list
}()

func newSim(t *testing.T, st store.Store, seed int) *sim {
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	s := &sim{t: t, rng: rng, seed: seed, st: &flaky{Store: st, rng: rng}, clock: monday(), dice: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}), region: regions[seed%len(regions)]}
	for range 2 {
		s.halls = append(s.halls, newHallWith(t, s.st, s.clock, s.dice))
	}
	return s
}

func (s *sim) hall() *hall.Hall { return s.halls[s.rng.IntN(len(s.halls))] }

func (s *sim) run(steps int) {
	for i := range steps {
		s.st.on = i%20 > 4 // calm at first, so that cases get going
		s.step()
	}
	s.st.on = false
	s.wind()
	for _, a := range s.acked {
		s.repeats(a)
	}
	for _, key := range s.keys {
		s.holds(key)
	}
	s.totalsHold()
}

func (s *sim) phase(key store.Key) caseflow.Phase {
	row, err := s.st.Case(context.Background(), key)
	if err != nil {
		s.t.Fatal(err)
	}
	return row.Phase
}

func (s *sim) step() {
	switch n := s.rng.IntN(20); {
	case n == 0 && len(s.keys) < 4 || len(s.keys) == 0:
		s.send(citizen, store.Key{Region: s.region}, openCommand)
	case n == 1:
		s.clock.Add(time.Duration(s.rng.IntN(72)) * time.Hour)
		s.wind()
	case n == 2:
		s.clock.Add(-time.Duration(s.rng.IntN(90)) * time.Minute) // somebody set the clock back
	case n == 3: // a server dies and comes back with nothing in memory
		s.halls[s.rng.IntN(len(s.halls))] = newHallWith(s.t, s.st, s.clock, s.dice)
	case n == 4 && len(s.acked) > 0:
		s.repeats(s.acked[s.rng.IntN(len(s.acked))])
	default:
		key := s.keys[s.rng.IntN(len(s.keys))]
		by, cmd := s.choose(key)
		s.send(by, key, cmd)
		s.holds(key)
	}
}

// wind runs the clocks to the end; afterwards none may be behind.
func (s *sim) wind() {
	on := s.st.on
	s.st.on = false
	defer func() { s.st.on = on }()
	if _, err := s.hall().RunClocks(context.Background()); err != nil {
		s.t.Fatalf("clocks: %v", err)
	}
	for _, key := range s.keys {
		row, err := s.st.Case(context.Background(), key)
		if err != nil {
			s.t.Fatal(err)
		}
		if !row.Wake.IsZero() && !row.Wake.After(s.clock.Now()) {
			s.t.Fatalf("case %s was to wake at %v, it is %v", key.Case, row.Wake, s.clock.Now())
		}
	}
}

// send gives a command under a fresh request id, and again under the same when the answer was lost.
func (s *sim) send(by caseflow.Actor, key store.Key, cmd caseflow.Command) {
	request := fmt.Sprintf("r-%d-%d-%d", s.seed, len(s.acked), s.rng.Uint64())
	for range 8 {
		r, err := s.hall().Do(context.Background(), by, request, key, cmd)
		var refusal *caseflow.Refusal
		switch {
		case err == nil:
			if key.Case == "" {
				s.keys = append(s.keys, store.Key{Region: r.Region, Case: r.Case})
			}
			s.acked = append(s.acked, ack{by, request, key, cmd, r})
			return
		case errors.As(err, &refusal), errors.Is(err, hall.ErrNotFound):
			return
		case errors.Is(err, errLost), errors.Is(err, store.ErrBusy):
			continue // a client that got no answer sends the same request again
		default:
			s.t.Fatalf("%s: %v", cmd.Verb(), err)
		}
	}
}

// repeats checks that an acknowledged request gets its first answer again.
func (s *sim) repeats(a ack) {
	on := s.st.on
	s.st.on = false
	defer func() { s.st.on = on }()
	r, err := s.hall().Do(context.Background(), a.by, a.request, a.at, a.cmd)
	if err != nil || r != a.receipt {
		s.t.Fatalf("%s %s again: %+v (%v), first answer %+v", a.cmd.Verb(), a.request, r, err, a.receipt)
	}
}

// choose picks an actor and a command for the case, mostly sensible ones.
func (s *sim) choose(key store.Key) (caseflow.Actor, caseflow.Command) {
	v, err := s.hall().View(context.Background(), hall.System, key, "", "")
	if err != nil {
		s.t.Fatal(err)
	}
	local := func(a caseflow.Actor) caseflow.Actor { a.Region = s.region; return a }
	if s.rng.IntN(5) > 0 {
		if by, cmd := s.natural(v.Case); cmd != nil {
			if by.Kind == caseflow.ActorOfficial {
				by = local(by)
			}
			return by, cmd
		}
	}
	if n := len(v.Case.Tasks); n > 0 && s.rng.IntN(4) > 0 {
		t := v.Case.Tasks[s.rng.IntN(n)]
		by := local(map[string]caseflow.Actor{"hall": clerk, "market": market, "tax": tax, "police": police}[t.By.Department])
		return by, s.onTask(t)
	}
	simple := []struct {
		by  caseflow.Actor
		cmd caseflow.Command
	}{
		{citizen, caseflow.SaveDraft{Data: fmt.Appendf(nil, `{"child":"%d号"}`, s.rng.IntN(100))}},
		{citizen, caseflow.Defer{Material: "address", Signed: "王秀英"}},
		{citizen, caseflow.Submit{}}, {citizen, caseflow.Submit{}}, {citizen, caseflow.Correct{}},
		{citizen, caseflow.Rate{Channel: caseflow.ChannelOnline, Level: 1 + s.rng.IntN(5)}},
		{clerk, caseflow.Accept{}}, {clerk, caseflow.Accept{}},
		{clerk, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Words: "请补正"}}}},
		{clerk, caseflow.FulfilCommitment{Material: "address", Paper: true}},
		{clerk, caseflow.ResumeClock{}},
		{official("o-head", "hall", caseflow.RoleHead), caseflow.Extend{Reason: "情况复杂"}},
		{market, caseflow.TakeBack{Step: "register", Reason: "误办"}},
		{other, caseflow.Withdraw{}},
	}
	if s.rng.IntN(40) == 0 {
		return citizen, caseflow.Withdraw{Reason: "不办了"}
	}
	pick := simple[s.rng.IntN(len(simple))]
	if pick.by.Kind == caseflow.ActorOfficial {
		pick.by = local(pick.by)
	}
	return pick.by, pick.cmd
}

// natural is what most people would do next.
func (s *sim) natural(c *caseflow.Case) (caseflow.Actor, caseflow.Command) {
	switch c.Phase {
	case caseflow.PhaseDraft:
		if len(c.Commitments) == 0 {
			return citizen, caseflow.Defer{Material: "address", Signed: "王秀英"}
		}
		return citizen, caseflow.Submit{}
	case caseflow.PhaseReceived:
		if s.rng.IntN(12) == 0 {
			return clerk, caseflow.Decline{Ground: "not-eligible", Words: "不属于本机关职权"}
		}
		return clerk, caseflow.Accept{}
	case caseflow.PhaseCorrecting:
		return citizen, caseflow.Correct{}
	}
	for i := range c.Tasks {
		t := &c.Tasks[i]
		if !t.Live() || t.State == caseflow.TaskWaiting {
			continue
		}
		by := map[string]caseflow.Actor{"hall": clerk, "market": market, "tax": tax, "police": police}[t.By.Department]
		if t.Step == "deliver" {
			return by, caseflow.Deliver{Task: t.ID, How: "window", Receiver: "王秀英"}
		}
		if t.Kind == caseflow.TaskStep {
			return by, caseflow.Grant{Task: t.ID}
		}
		return by, caseflow.Complete{Task: t.ID, Words: "已阅"}
	}
	return citizen, nil
}

func (s *sim) onTask(t caseflow.Task) caseflow.Command {
	to := caseflow.Post{Department: "tax", Role: caseflow.RoleReviewer}
	list := []caseflow.Command{
		caseflow.Grant{Task: t.ID}, caseflow.Grant{Task: t.ID}, caseflow.Grant{Task: t.ID}, caseflow.Claim{Task: t.ID},
		caseflow.Release{Task: t.ID}, caseflow.Complete{Task: t.ID, Outcome: caseflow.OutcomeAgree, Words: "同意"},
		caseflow.Deliver{Task: t.ID, How: "window", Receiver: "王秀英"},
		caseflow.AddSigner{Task: t.ID, Who: to, Before: s.rng.IntN(2) == 0},
		caseflow.AskOpinion{Task: t.ID, To: to, Ask: "有无欠税", Blocks: true, Within: workday.Limit{N: 1}},
		caseflow.HandOver{Task: t.ID, To: t.By, Reason: "轮岗"},
		caseflow.SendBack{Task: t.ID, To: "register", Reason: "需重新核对"},
		caseflow.StopClock{Task: t.ID, Cause: "appraisal", Need: workday.Limit{N: 3}, Reason: "需要鉴定"},
		caseflow.RemoveSigner{Task: t.ID},
	}
	if s.rng.IntN(10) == 0 {
		return caseflow.Refuse{Task: t.ID, Ground: "not-eligible", Words: "不符合条件"}
	}
	return list[s.rng.IntN(len(list))]
}

// holds checks one case: replay equals what the servers show, rows equal what the journal gives, leaves are right, entries
// are without gaps and in order of time.
func (s *sim) holds(key store.Key) {
	ctx := context.Background()
	entries, err := s.st.Entries(ctx, key, 0, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &caseflow.Case{}
	var last time.Time
	var after []byte
	for i, e := range entries {
		if e.No != i+1 || e.At.Before(last) || e.Seq != c.Seq+1 {
			s.t.Fatalf("case %s entry %d: number %d, first event %d after %d, at %v after %v", key.Case, i+1, e.No, e.Seq, c.Seq, e.At, last)
		}
		last = e.At
		hash, err := store.EntryHash(s.st.Suite(), key, after, &e)
		if err != nil {
			s.t.Fatal(err)
		}
		if leaf := hash.Leaf(); leaf.String() != hex.EncodeToString(e.Leaf) {
			s.t.Fatalf("case %s entry %d: the leaf does not fit", key.Case, e.No)
		}
		after = e.Leaf
		events, err := caseflow.DecodeEvents(e.Events)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, ev := range events {
			caseflow.Apply(c, ev, caseflow.Meta{At: e.At.UTC(), By: e.Actor})
		}
	}
	want, err := c.Encode()
	if err != nil {
		s.t.Fatal(err)
	}
	for i, h := range s.halls {
		v, err := h.View(ctx, hall.System, key, "", "")
		if err != nil {
			s.t.Fatal(err)
		}
		if got, _ := v.Case.Encode(); !bytes.Equal(got, want) {
			s.t.Fatalf("server %d shows another case than the journal:\n got %s\nwant %s", i, got, want)
		}
	}
	if s.rng.IntN(6) == 0 || !s.st.on {
		s.rowsHold(key, c)
	}
}

// rowsHold checks that the stored row is the one that a rebuild makes.
func (s *sim) rowsHold(key store.Key, c *caseflow.Case) {
	ctx := context.Background()
	before, err := s.st.Case(ctx, key)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.hall().Rebuild(ctx, key); err != nil {
		s.t.Fatal(err)
	}
	after, err := s.st.Case(ctx, key)
	if err != nil {
		s.t.Fatal(err)
	}
	if !reflect.DeepEqual(before, after) {
		s.t.Fatalf("row of %s (%s):\nstored  %+v\nrebuilt %+v", key.Case, c.Phase, before, after)
	}
}

// reached counts how far simulated cases came: a simulation that never gets anywhere proves nothing.
type reached struct {
	mu     sync.Mutex
	phases map[caseflow.Phase]int
}

func (r *reached) add(p caseflow.Phase) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.phases == nil {
		r.phases = map[caseflow.Phase]int{}
	}
	r.phases[p]++
}
