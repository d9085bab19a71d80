package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// bench runs a walk on the core alone: no store, no server. It shows that the pack and the core agree; the walk runner
// proper goes in by the public API.
type bench struct {
	t      *testing.T
	pack   *Pack
	now    time.Time
	serial int64
	cases  map[string]*caseflow.Case
	visits map[string]int
	sent   []string
}

func TestWalkOfPractice03HoldsOnTheCore(t *testing.T) {
	p := practice03(t)
	now, err := p.Walk.Begin()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{pack: p, now: now}
	for i := range p.Walk.Scenes {
		s := &p.Walk.Scenes[i]
		t.Run(s.ID, func(t *testing.T) {
			b.t, b.cases, b.visits = t, map[string]*caseflow.Case{}, map[string]int{}
			for j := range s.Acts {
				b.act(s, j)
			}
		})
	}
}

func (b *bench) act(s *Scene, j int) {
	b.t.Helper()
	a := &s.Acts[j]
	now, err := a.When(b.now, workday.National())
	if err != nil {
		b.t.Fatal(err)
	}
	b.now = now
	it := b.pack.items[s.Item].item
	c := b.cases[a.Case]
	what := fmt.Sprintf("act %d, %s %s %s", j+1, a.Who, a.Do, a.Step)
	if a.Do != "look" {
		cmd, err := b.pack.Walk.Command(a, liveTask(c, a), sampleFile(a))
		if err != nil {
			b.t.Fatalf("%s: %v", what, err)
		}
		b.serial++
		d, refusal := caseflow.Decide(c, it, b.actor(a.Who), cmd, caseflow.Env{
			Now: now, Calendar: workday.National(), No: caseflow.CaseNo(fmt.Sprint("T", b.serial)), Region: s.Region, Serial: b.serial, Nonce: [16]byte{byte(b.serial)}, Staff: b.staff(),
		})
		want := ""
		if a.Expect != nil {
			want = a.Expect.Refused
		}
		switch {
		case refusal != nil && refusal.Code != want:
			b.t.Fatalf("%s: refused with %s %v %+v", what, refusal.Code, refusal.Args, refusal.Fields)
		case refusal == nil && want != "":
			b.t.Fatalf("%s: was done, want it refused with %s", what, want)
		case refusal != nil:
			for field, code := range a.Expect.Faults {
				if !slices.ContainsFunc(refusal.Fields, func(f caseflow.FieldFault) bool { return f.Field == field && f.Code == code }) {
					b.t.Errorf("%s: no fault %s at %s in %+v", what, code, field, refusal.Fields)
				}
			}
		default:
			c = d.Case
			b.cases[a.Case] = c
			b.note(a, it, d.Events)
		}
	}
	if a.Expect != nil {
		b.expect(what, a, c)
	}
}

// staff is everybody of the scenario who is an official.
func (b *bench) staff() []caseflow.Colleague {
	var list []caseflow.Colleague
	for _, a := range b.pack.Walk.Accounts {
		if a.Kind == caseflow.ActorOfficial {
			list = append(list, caseflow.Colleague{ID: a.ID, Department: a.Department, Roles: a.Roles})
		}
	}
	return list
}

func (b *bench) actor(id string) caseflow.Actor {
	a := b.pack.Walk.Account(id)
	if a == nil {
		return caseflow.Actor{Kind: caseflow.ActorSystem}
	}
	return caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Department: a.Department, Region: a.Region, Roles: a.Roles, Document: a.Document}
}

func liveTask(c *caseflow.Case, a *Act) int {
	if c == nil || a.Step == "" {
		return 0
	}
	for i := range c.Tasks {
		if t := &c.Tasks[i]; t.Step == a.Step && t.Live() && (a.Department == "" || t.By.Department == a.Department) {
			return t.ID
		}
	}
	return 0
}

func sampleFile(a *Act) *caseflow.File {
	if a.File == nil {
		return nil
	}
	sum := sha256.Sum256([]byte(a.File.Name))
	return &caseflow.File{Hash: hex.EncodeToString(sum[:]), Name: a.File.Name, Bytes: 1000, Type: a.File.Type}
}

// note counts what the applicant had to do and what went out.
func (b *bench) note(a *Act, it *caseflow.Item, events []caseflow.Event) {
	b.sent = nil
	for _, e := range events {
		switch e := e.(type) {
		case caseflow.Opened:
			if e.Channel != caseflow.ChannelOnline {
				b.visits[a.Case]++
			}
		case caseflow.Delivered:
			if e.Delivery.How == "window" {
				b.visits[a.Case]++
			}
		case caseflow.StepEnded:
			if s := it.StepByID(e.Step); s.Kind == caseflow.KindNotify {
				b.sent = append(b.sent, s.Message)
			}
		}
	}
}

func (b *bench) expect(what string, a *Act, c *caseflow.Case) {
	b.t.Helper()
	e := a.Expect
	check := func(name string, got, want any) {
		b.t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			b.t.Errorf("%s: %s is %v, want %v", what, name, got, want)
		}
	}
	if e.Phase != "" {
		check("phase", c.Phase, e.Phase)
	}
	for id, want := range e.Steps {
		i := slices.IndexFunc(c.Steps, func(s caseflow.StepState) bool { return s.ID == id })
		state, outcome, exact := strings.Cut(want, ":")
		check("step "+string(id), c.Steps[i].State, state)
		if exact {
			check("outcome of "+string(id), c.Steps[i].Outcome, outcome)
		}
	}
	for id, want := range e.Parts {
		i := slices.IndexFunc(c.Parts, func(s caseflow.PartState) bool { return s.ID == id })
		check("part "+string(id), c.Parts[i].State, want)
	}
	for id, want := range e.Tasks {
		got := ""
		if n := liveTask(c, &Act{Step: id}); n > 0 {
			got = c.Task(n).By.Department
		}
		check("task of "+string(id), got, want)
	}
	for id, want := range e.Material {
		check("material "+id, c.Material(id).State, want)
	}
	if e.Licences != nil {
		var got []string
		for _, l := range c.Licences {
			got = append(got, l.Kind)
		}
		check("licences", got, e.Licences)
	}
	if e.Messages != nil {
		check("messages", b.sent, e.Messages)
	}
	if e.Workdays != nil {
		if n := workday.National().Between(workday.DateOf(c.Accepted), workday.DateOf(c.Decided), workday.WorkDay); n > *e.Workdays {
			b.t.Errorf("%s: took %d working days, want at most %d", what, n, *e.Workdays)
		}
	}
	if e.Visits != nil {
		check("visits", b.visits[a.Case], *e.Visits)
	}
	if e.Fen != nil {
		check("fee", b.pack.items[c.Item].item.Fee.Fen, *e.Fen)
	}
	if d := e.Delivery; d != nil {
		last := c.Deliveries[len(c.Deliveries)-1]
		check("delivery", last.How+" "+last.Waybill, d.How+" "+d.Waybill)
	}
	for _, id := range slices.Sorted(maps.Keys(e.Clocks)) {
		b.clock(what, c, id, e.Clocks[id])
	}
}

func (b *bench) clock(what string, c *caseflow.Case, id string, want ClockExpect) {
	b.t.Helper()
	i := -1
	for j := range c.Clocks {
		if c.Clocks[j].ID == id || strings.HasPrefix(c.Clocks[j].ID, id+"#") {
			i = j
		}
	}
	if i < 0 {
		b.t.Errorf("%s: there is no clock %s", what, id)
		return
	}
	k := &c.Clocks[i]
	if want.State != "" && k.State != want.State {
		b.t.Errorf("%s: clock %s is %s, want %s", what, id, k.State, want.State)
	}
	if want.Due != "" {
		got := k.Due.In(workday.Shanghai).Format("2006-01-02 15:04")
		if len(want.Due) == len("2006-01-02") {
			got = workday.DateOf(k.Due.Add(-time.Nanosecond)).String()
		}
		if got != want.Due {
			b.t.Errorf("%s: clock %s is due %s, want %s", what, id, got, want.Due)
		}
	}
}
