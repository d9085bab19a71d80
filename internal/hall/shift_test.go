package hall_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
)

// changing is two clerks of one department, with what the first has in hand: two tasks, an applicant who is helped, a number at the
// window.
type changing struct {
	t           *testing.T
	st          store.Store
	h           *hall.Hall
	giver, next caseflow.Actor
	cases       []store.Key
}

func changeOfShift(t *testing.T, st store.Store) *changing {
	t.Helper()
	c := monday()
	h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{sample()}, Lobbies: wide, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	w := &changing{t: t, st: st, h: h, giver: official("o-early", "hall", caseflow.RoleClerk), next: official("o-late", "hall", caseflow.RoleClerk)}
	for _, a := range []caseflow.Actor{w.giver, w.next, official("o-chief", "hall", caseflow.RoleHead), official("o-market", "market", caseflow.RoleClerk)} {
		employ(t, st, a, region)
	}
	for range 3 {
		w.cases = append(w.cases, submitted(t, h, region))
	}
	for _, key := range w.cases[:2] {
		w.do(w.giver, key, caseflow.Claim{Task: 1})
	}
	w.do(w.giver, w.cases[2], caseflow.Assist{How: caseflow.AssistOfficial, Why: "elderly", Post: caseflow.Post{Department: "hall", Role: caseflow.RoleClerk, Person: w.giver.ID}})
	if _, err := h.TakeTurn(t.Context(), w.giver, "t1", region, "hall", hall.Taking{Letter: "A", Origin: line.WalkIn}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AtWindow(t.Context(), w.giver, region, "hall", line.Act{What: line.Next, Window: "1"}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *changing) do(by caseflow.Actor, key store.Key, cmd caseflow.Command) {
	w.t.Helper()
	if _, err := w.h.Do(w.t.Context(), by, "", key, cmd); err != nil {
		w.t.Fatalf("%s: %v", cmd.Verb(), err)
	}
}

func (w *changing) inHand(by caseflow.Actor) []string {
	w.t.Helper()
	list, _, err := w.h.InHand(w.t.Context(), by)
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []string
	for i := range list {
		ids = append(ids, list[i].ID())
	}
	slices.Sort(ids)
	return ids
}

func (w *changing) offer(n hall.NewShift) *store.Shift {
	w.t.Helper()
	n.To = w.next.ID
	s, err := w.h.OfferShift(w.t.Context(), w.giver, "", n)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// All that somebody has in hand goes to the colleague who agrees, and until then nothing does.
func TestShiftGoesWholeToWhoAgrees(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		w := changeOfShift(t, st)
		all := w.inHand(w.giver)
		if len(all) != 4 {
			t.Fatalf("in hand: %v", all)
		}
		s := w.offer(hall.NewShift{Words: "张先生三点来取证", Papers: "租赁合同原件一份"})
		if got := w.inHand(w.giver); !slices.Equal(got, all) || len(w.inHand(w.next)) != 0 {
			t.Fatalf("an offer moved something: %v", got)
		}
		for _, by := range []caseflow.Actor{w.giver, official("o-chief", "hall", caseflow.RoleClerk), citizen} {
			if _, err := w.h.TakeShift(t.Context(), by, s.ID); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("%s takes it: %v", by.ID, err)
			}
		}
		for range 2 { // a double click
			if _, err := w.h.TakeShift(t.Context(), w.next, s.ID); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.inHand(w.next); !slices.Equal(got, all) || len(w.inHand(w.giver)) != 0 {
			t.Errorf("the colleague has %v, who left %v", got, w.inHand(w.giver))
		}
		for _, key := range w.cases {
			list, err := w.h.History(t.Context(), w.next, key)
			if err != nil {
				t.Fatal(err)
			}
			if last := list[len(list)-1]; last.Verb != "take-shift" || last.Actor.ID != w.next.ID {
				t.Errorf("the last entry of %s is %s by %s", key.Case, last.Verb, last.Actor.ID)
			}
		}
		w.do(w.next, w.cases[0], caseflow.Accept{})
		if _, err := w.h.DeclineShift(t.Context(), w.next, s.ID, ""); codeOf(err) != caseflow.CodeShiftSettled {
			t.Errorf("declined afterwards: %v", err)
		}
	})
}

// One case that the colleague must not do keeps all from moving, and is named; what was done meanwhile does not.
func TestShiftGoesWholeOrNotAtAll(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		w := changeOfShift(t, st)
		s := w.offer(hall.NewShift{})
		w.do(w.giver, w.cases[0], caseflow.Accept{}) // done before the colleague comes
		other := w.next
		other.Roles = []string{caseflow.RoleReviewer} // since the offer
		_, err := w.h.TakeShift(t.Context(), other, s.ID)
		refusal, ok := errors.AsType[*caseflow.Refusal](err)
		if !ok || refusal.Code != caseflow.CodeNotYours || len(refusal.Fields) != 1 || refusal.Fields[0].Field != "pieces."+string(w.cases[1].Case) {
			t.Fatalf("%v %+v", err, refusal)
		}
		if got := w.inHand(w.giver); len(got) != 3 {
			t.Fatalf("left in hand: %v", got)
		}
		if s, err = w.h.TakeShift(t.Context(), w.next, s.ID); err != nil {
			t.Fatal(err)
		}
		over := 0
		for _, p := range s.Pieces {
			if p.Over {
				over++
			}
		}
		if over != 1 || len(w.inHand(w.next)) != 3 || len(w.inHand(w.giver)) != 0 {
			t.Errorf("%d over; %v and %v", over, w.inHand(w.next), w.inHand(w.giver))
		}
	})
}

// What is chosen goes, the rest stays; what is offered wrongly is refused.
func TestShiftOfChosenWork(t *testing.T) {
	t.Parallel()
	w := changeOfShift(t, openStore(t))
	w.offer(hall.NewShift{Pieces: []string{string(w.cases[1].Case)}})
	offers, _, err := w.h.Shifts(t.Context(), w.next, store.ShiftOffered, "", 0)
	if err != nil || len(offers) != 1 {
		t.Fatalf("%v %v", offers, err)
	}
	if _, err := w.h.TakeShift(t.Context(), w.next, offers[0].ID); err != nil {
		t.Fatal(err)
	}
	if a, b := w.inHand(w.next), w.inHand(w.giver); len(a) != 1 || len(b) != 3 {
		t.Errorf("%v and %v", a, b)
	}
	for name, n := range map[string]hall.NewShift{
		"to oneself": {To: w.giver.ID}, "to nobody": {To: "nobody"}, "to another department": {To: "o-market"}, "to a head without a post": {To: "o-chief"},
		"of what is not in hand": {To: w.next.ID, Pieces: []string{string(w.cases[1].Case)}}, "of nothing": {To: w.next.ID, Pieces: []string{}},
	} {
		if _, err := w.h.OfferShift(t.Context(), w.giver, "", n); codeOf(err) != caseflow.CodeForm {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.h.OfferShift(t.Context(), citizen, "", hall.NewShift{To: w.next.ID}); !errors.Is(err, hall.ErrNotFound) {
		t.Errorf("a citizen: %v", err)
	}
	s := w.offer(hall.NewShift{Words: "只有一句话", Pieces: []string{}})
	if _, err := w.h.BackShift(t.Context(), w.next, s.ID); !errors.Is(err, hall.ErrNotFound) {
		t.Errorf("taken back by who is asked: %v", err)
	}
	if _, err := w.h.BackShift(t.Context(), w.giver, s.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.h.TakeShift(t.Context(), w.next, s.ID); codeOf(err) != caseflow.CodeShiftSettled {
		t.Errorf("taken after it was taken back: %v", err)
	}
}

// While the shift is taken over, others work on its cases: nothing is lost, and each task has one holder.
func TestShiftUnderLoad(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		w := changeOfShift(t, st)
		s := w.offer(hall.NewShift{})
		var wg sync.WaitGroup
		for i, key := range slices.Concat(w.cases, w.cases, w.cases) {
			wg.Go(func() {
				if _, err := w.h.Do(t.Context(), w.giver, "", key, caseflow.Note{Words: fmt.Sprint("备注", i)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			if _, err := w.h.TakeShift(t.Context(), w.next, s.ID); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if len(w.inHand(w.next)) != 4 || len(w.inHand(w.giver)) != 0 {
			t.Errorf("%v and %v", w.inHand(w.next), w.inHand(w.giver))
		}
		for _, key := range w.cases {
			list, err := w.h.History(t.Context(), w.next, key)
			if err != nil {
				t.Fatal(err)
			}
			notes := 0
			for _, e := range list {
				if e.Verb == "note" {
					notes++
				}
			}
			if notes != 3 {
				t.Errorf("%s has %d notes", key.Case, notes)
			}
		}
	})
}

func codeOf(err error) string {
	if r, ok := errors.AsType[*caseflow.Refusal](err); ok {
		return r.Code
	}
	return ""
}
