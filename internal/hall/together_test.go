package hall_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// hold is one thing a clerk does with a task, and what came of it.
type hold struct {
	who  string
	verb string // claim, release, look
}

// Answers to a hold: a look answers with who holds the task.
const (
	gotIt   = "got it"
	taken   = "taken"
	putBack = "put back"
)

// oneHolder is what a task is: a thing that one clerk holds at a time. Everything that clerks do to it must fit into one
// order in which it behaves so.
var oneHolder = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		holder, in, out := state.(string), input.(hold), output.(string)
		switch {
		case in.verb == "look":
			return out == holder, holder
		case in.verb == "release":
			return out == putBack && holder == in.who, ""
		case out == gotIt:
			return holder == "", in.who
		}
		return out == taken && holder != "" && holder != in.who, holder
	},
	DescribeOperation: func(input, output any) string {
		in := input.(hold)
		return fmt.Sprintf("%s by %s: %s", in.verb, in.who, output)
	},
}

// The checker itself must bite: histories that no single task could have are found out.
func TestTheCheckOfClaimsBites(t *testing.T) {
	op := func(client int, verb string, call, back int64, out string) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: hold{fmt.Sprint("o-", client), verb}, Call: call, Return: back, Output: out}
	}
	for name, c := range map[string]struct {
		history []porcupine.Operation
		want    bool
	}{
		"one winner":                     {[]porcupine.Operation{op(1, "claim", 1, 4, gotIt), op(2, "claim", 2, 3, taken)}, true},
		"claimed again after a release":  {[]porcupine.Operation{op(1, "claim", 1, 2, gotIt), op(1, "release", 3, 4, putBack), op(2, "claim", 5, 6, gotIt)}, true},
		"two winners":                    {[]porcupine.Operation{op(1, "claim", 1, 4, gotIt), op(2, "claim", 2, 3, gotIt)}, false},
		"taken by nobody":                {[]porcupine.Operation{op(1, "claim", 1, 2, taken)}, false},
		"taken after it was put back":    {[]porcupine.Operation{op(1, "claim", 1, 2, gotIt), op(1, "release", 3, 4, putBack), op(2, "claim", 5, 6, taken)}, false},
		"a look at what was long before": {[]porcupine.Operation{op(1, "claim", 1, 2, gotIt), op(2, "look", 3, 4, "")}, false},
		"put back by who lost":           {[]porcupine.Operation{op(1, "claim", 1, 2, gotIt), op(2, "release", 3, 4, putBack)}, false},
	} {
		if got := porcupine.CheckOperations(oneHolder, c.history); got != c.want {
			t.Errorf("%s: linearizable %t, want %t", name, got, c.want)
		}
	}
}

// 64 clerks on two servers claim one task at once, again and again, while whoever has it puts it back. The history of all
// they did and saw is one that a single task can have.
func TestClaimsOf64ClerksAreLinearizable(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		servers := []*hall.Hall{newHall(t, st, c), newHall(t, st, c)}
		key := submitted(t, servers[0], region)
		var tick atomic.Int64 // orders calls and returns as they happened, without a clock
		clerks := make([]caseflow.Actor, 64)
		histories := make([][]porcupine.Operation, len(clerks))
		act := func(i int, verb string) string {
			op := porcupine.Operation{ClientId: i, Input: hold{clerks[i].ID, verb}, Call: tick.Add(1)}
			out := holding(t, servers[i%2], clerks[i], key, verb)
			op.Return, op.Output = tick.Add(1), out
			histories[i] = append(histories[i], op)
			return out
		}
		for i := range clerks {
			clerks[i] = official(fmt.Sprintf("o-%d", i), "hall", caseflow.RoleClerk)
		}
		winners, holder := 0, -1
		for round := range 10 {
			won := make([]bool, len(clerks))
			start := make(chan struct{})
			var wg sync.WaitGroup
			for i := range clerks {
				wg.Go(func() {
					<-start
					if i == holder {
						act(i, "release")
					} else {
						won[i] = act(i, "claim") == gotIt
					}
				})
			}
			close(start)
			wg.Wait()
			holder = slices.Index(won, true)
			if holder < 0 {
				continue
			}
			winners++
			next := (holder + 2*round + 1) % len(clerks) // on the other server, which does not know of the release
			act(next, "look")
			act(holder, "release")
			if act(next, "claim") == gotIt {
				holder = next
			}
		}
		if result := porcupine.CheckOperationsTimeout(oneHolder, slices.Concat(histories...), time.Minute); result != porcupine.Ok {
			t.Fatalf("the history of %d claims that won: %s", winners, result)
		}
		if winners == 0 {
			t.Error("nobody ever got the task")
		}
	})
}

// holding does one thing to the task and says what came of it.
func holding(t *testing.T, h *hall.Hall, by caseflow.Actor, key store.Key, verb string) string {
	const id = 1
	var err error
	switch verb {
	case "look":
		v, err := h.View(context.Background(), by, key, "", "")
		if err != nil {
			t.Error(err)
			return ""
		}
		return v.Case.Task(id).Holder
	case "claim":
		err = insist(h, by, key, caseflow.Claim{Task: id})
	case "release":
		if err = insist(h, by, key, caseflow.Release{Task: id}); err == nil {
			return putBack
		}
	}
	var r *caseflow.Refusal
	switch {
	case err == nil:
		return gotIt
	case !errors.As(err, &r) || r.Code != caseflow.CodeTaskTaken:
		t.Errorf("%s by %s: %v", verb, by.ID, err)
	}
	return taken
}

// insist gives a command, and again while the store is too busy for it: nothing was written then.
func insist(h *hall.Hall, by caseflow.Actor, key store.Key, cmd caseflow.Command) error {
	for {
		if _, err := h.Do(context.Background(), by, "", key, cmd); !errors.Is(err, store.ErrBusy) {
			return err
		}
	}
}

// crowd is a bundle in which six departments work side by side, and one certificate rests on all of them.
func crowd() *caseflow.Item {
	it := sample()
	it.Materials = nil
	it.Parts = []caseflow.Part{{ID: "whole", Department: "hall", Core: true}}
	it.Steps = nil
	last := caseflow.Step{ID: "certificate", Kind: caseflow.KindIssue, Part: "whole", Result: &caseflow.Result{Licence: "permit", Numbering: "serial"}}
	for i := range 6 {
		id := caseflow.StepID(fmt.Sprint("d", i))
		it.Steps = append(it.Steps, caseflow.Step{ID: id, Kind: caseflow.KindDecide, Part: "whole",
			By: caseflow.Post{Department: string(id), Role: caseflow.RoleReviewer}})
		last.Needs = append(last.Needs, id)
	}
	it.Steps = append(it.Steps, last)
	return it
}

// answers is how often all departments answer together: TONGBAN_TEST_ANSWERS, or some hundred times.
func answers() int {
	if n, err := strconv.Atoi(os.Getenv("TONGBAN_TEST_ANSWERS")); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 30
	}
	return 300
}

// All departments of a case answer in the same moment, on two servers: the case is completed once, with one certificate.
func TestDepartmentsThatAnswerAtTheSameMomentCompleteTheCaseOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		servers := make([]*hall.Hall, 2)
		for i := range servers {
			h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{crowd()}, Now: c.Now})
			if err != nil {
				t.Fatal(err)
			}
			servers[i] = h
		}
		var wg sync.WaitGroup
		rounds := make(chan int)
		for range 4 { // four cases at a time: the departments of each meet, the cases do not wait for one another
			wg.Go(func() {
				for range rounds {
					answerTogether(t, servers)
				}
			})
		}
		for n := range answers() {
			rounds <- n
		}
		close(rounds)
		wg.Wait()
	})
}

func answerTogether(t *testing.T, servers []*hall.Hall) {
	ctx := context.Background()
	give := func(h *hall.Hall, by caseflow.Actor, key store.Key, cmd caseflow.Command) bool {
		err := insist(h, by, key, cmd)
		if err != nil {
			t.Errorf("%s by %s: %v", cmd.Verb(), by.ID, err)
		}
		return err == nil
	}
	key := begin(t, servers[0], region, "")
	if !give(servers[0], citizen, key, caseflow.Submit{}) || !give(servers[1], clerk, key, caseflow.Accept{}) {
		return
	}
	v, err := servers[0].View(ctx, hall.System, key, "", "")
	if err != nil {
		t.Error(err)
		return
	}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for _, task := range v.Case.Tasks {
		if !strings.HasPrefix(string(task.Step), "d") {
			continue
		}
		by := official("o-"+string(task.Step), task.By.Department, caseflow.RoleReviewer)
		wg.Go(func() {
			<-start
			give(servers[task.ID%2], by, key, caseflow.Grant{Task: task.ID})
		})
	}
	close(start)
	wg.Wait()
	history, err := servers[1].History(ctx, hall.System, key)
	if err != nil {
		t.Error(err)
		return
	}
	count := map[string]int{}
	for _, e := range history {
		for _, ev := range e.Decoded {
			count[ev.Name()]++
		}
	}
	if count["decided"] != 1 || count["ended"] != 1 || count["licence-issued"] != 1 || count["step-ended"] != 7 {
		t.Errorf("case %s: %v", key.Case, count)
	}
}
