package hall_test

import (
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// pair is a catalogue of two items: the look at a shop is a case of its own.
type pair map[caseflow.ItemID]*caseflow.Item

func (p pair) Current(id caseflow.ItemID) *caseflow.Item           { return p[id] }
func (p pair) Item(_, _ string, id caseflow.ItemID) *caseflow.Item { return p[id] }

func shopAndLook() pair {
	by := func(d string) caseflow.Post { return caseflow.Post{Department: d, Role: caseflow.RoleReviewer} }
	shop, look := sample(), sample()
	for _, it := range []*caseflow.Item{shop, look} {
		it.Parts, it.Materials = nil, nil
	}
	shop.ID, look.ID, look.Department = "shop", "look", "tax"
	shop.Steps = []caseflow.Step{
		{ID: "look", Kind: caseflow.KindSubcase, Subcase: &caseflow.Subcase{Item: "look", Form: []caseflow.Carry{{To: "child", From: "form.child"}}}},
		{ID: "decide", Kind: caseflow.KindDecide, Needs: []caseflow.StepID{"look"}, By: by("market")},
	}
	look.Steps = []caseflow.Step{{ID: "visit", Kind: caseflow.KindDecide, By: by("tax")}}
	return pair{"shop": shop, "look": look}
}

func serverOf(t testing.TB, st store.Store, c *clock, items pair) *hall.Hall {
	t.Helper()
	h, err := hall.New(hall.Options{Store: st, Catalogue: items, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// shopAccepted is a case that has ordered its child, which nobody has opened yet.
func shopAccepted(t testing.TB, h *hall.Hall) store.Key {
	t.Helper()
	open := openCommand
	open.Item = "shop"
	r, err := h.Do(t.Context(), citizen, "", store.Key{Region: region}, open)
	if err != nil {
		t.Fatal(err)
	}
	key := store.Key{Region: region, Case: r.Case}
	do(t, h, citizen, key, caseflow.SaveDraft{Data: []byte(`{"child":"小明"}`)})
	do(t, h, citizen, key, caseflow.Submit{})
	do(t, h, clerk, key, caseflow.Accept{})
	return key
}

func seen(t testing.TB, h *hall.Hall, key store.Key) *caseflow.Case {
	t.Helper()
	v, err := h.View(t.Context(), hall.System, key, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return v.Case
}

func ran(t testing.TB, h *hall.Hall) {
	t.Helper()
	if _, err := h.RunClocks(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// children lists the cases that were opened for a step of the case.
func children(t testing.TB, st store.Store, h *hall.Hall, parent store.Key) []*caseflow.Case {
	t.Helper()
	keys, err := st.Keys(t.Context(), region, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var list []*caseflow.Case
	for _, key := range keys {
		if c := seen(t, h, key); c.Parent != nil && c.Parent.Case == parent.Case {
			list = append(list, c)
		}
	}
	return list
}

var taxClerk = official("o-tax-clerk", "tax", caseflow.RoleClerk)

// grantLook decides a child for the applicant.
func grantLook(t testing.TB, h *hall.Hall, c *caseflow.Case) store.Key {
	t.Helper()
	key := store.Key{Region: region, Case: c.No}
	do(t, h, taxClerk, key, caseflow.Accept{})
	do(t, h, tax, key, caseflow.Grant{Task: task(t, h, key, "visit")})
	return key
}

// dying runs errands on servers that die after ever more commits, each followed by one that lives, until one of the dying
// has got through. before makes a fresh case whose errands are run.
func dying(t *testing.T, st store.Store, c *clock, before func(h *hall.Hall) store.Key, after func(h *hall.Hall, key store.Key)) {
	t.Helper()
	items := shopAndLook()
	for hops := 0; ; hops++ {
		if hops > 20 {
			t.Fatal("the errands come to no end")
		}
		h := serverOf(t, st, c, items)
		key := before(h)
		dead := doomed(st, hops)
		_, err := serverOf(t, dead, c, items).RunClocks(t.Context())
		c.Add(time.Minute) // the lease of the dead is over
		next := serverOf(t, st, c, items)
		ran(t, next)
		after(next, key)
		if err == nil && dead.after.Load() >= 0 {
			if hops == 0 {
				t.Fatal("there was nothing to carry")
			}
			return
		}
	}
}

// A child is opened once, and knows its parent as its parent knows it, wherever the server dies.
func TestAChildIsOpenedOnceAlsoIfTheServerDiesOverIt(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		dying(t, st, monday(), func(h *hall.Hall) store.Key { return shopAccepted(t, h) }, func(h *hall.Hall, key store.Key) {
			list, parent := children(t, st, h, key), seen(t, h, key)
			if len(list) != 1 || len(parent.Errands()) != 0 {
				t.Fatalf("%d children, errands left: %v", len(list), parent.Errands())
			}
			child := list[0]
			if k := parent.ChildOf("look", 1); k.No != child.No || k.State != caseflow.ChildOpen {
				t.Fatalf("the parent knows %+v, the child is %s", k, child.No)
			}
			if child.Phase != caseflow.PhaseReceived || string(child.Form) != `{"child":"小明"}` || child.Owner != citizen.ID {
				t.Fatalf("child %s is %s with %s", child.No, child.Phase, child.Form)
			}
		})
	})
}

// Its end reaches the step that waits for it, once.
func TestTheEndOfAChildReachesItsParentAlsoIfTheServerDiesOverIt(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		var child store.Key
		dying(t, st, monday(), func(h *hall.Hall) store.Key {
			key := shopAccepted(t, h)
			ran(t, h)
			child = grantLook(t, h, children(t, st, h, key)[0])
			return key
		}, func(h *hall.Hall, key store.Key) {
			parent := seen(t, h, key)
			if s := parent.Steps[0]; s.State != caseflow.StepDone || s.Outcome != caseflow.ChildGranted {
				t.Fatalf("step %+v", s)
			}
			if got := seen(t, h, child); got.Parent.Told != caseflow.ChildGranted || len(got.Errands()) != 0 {
				t.Fatalf("child told %+v, errands %v", got.Parent, got.Errands())
			}
			do(t, h, market, key, caseflow.Grant{Task: task(t, h, key, "decide")})
		})
	})
}

// A child is withdrawn with its parent, whether it was opened, or known to be, before.
func TestAChildIsRecalledAlsoIfTheServerDiesOverIt(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		gone := func(h *hall.Hall, key store.Key) {
			parent := seen(t, h, key)
			for _, c := range children(t, st, h, key) {
				if c.Phase != caseflow.PhaseWithdrawn || len(c.Errands()) != 0 {
					t.Fatalf("child %s is %s, errands %v", c.No, c.Phase, c.Errands())
				}
			}
			if len(parent.Errands()) != 0 {
				t.Fatalf("errands left: %v", parent.Errands())
			}
		}
		c := monday()
		dying(t, st, c, func(h *hall.Hall) store.Key {
			key := shopAccepted(t, h)
			ran(t, h)
			do(t, h, citizen, key, caseflow.Withdraw{})
			return key
		}, gone)
		items := shopAndLook()
		for _, hops := range []int{0, 1} { // not opened at all; opened, but the parent does not know
			key := shopAccepted(t, serverOf(t, st, c, items))
			if _, err := serverOf(t, doomed(st, hops), c, items).RunClocks(t.Context()); err == nil {
				t.Fatal("the server did not die")
			}
			h := serverOf(t, st, c, items)
			if n := len(children(t, st, h, key)); n != hops {
				t.Fatalf("%d children after %d hops", n, hops)
			}
			do(t, h, citizen, key, caseflow.Withdraw{})
			c.Add(time.Minute)
			ran(t, h)
			gone(h, key)
		}
	})
}

// Many servers open one child.
func TestManyServersOpenOneChild(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, items := monday(), shopAndLook()
		key := shopAccepted(t, serverOf(t, st, c, items))
		var wg sync.WaitGroup
		for range 6 {
			h := serverOf(t, st, c, items)
			wg.Go(func() {
				if _, err := h.RunClocks(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(children(t, st, serverOf(t, st, c, items), key)); n != 1 {
			t.Fatalf("%d children", n)
		}
	})
}

// What cannot be opened is for a person to judge, who is asked once.
func TestAChildThatCannotBeOpenedStopsNobody(t *testing.T) {
	t.Parallel()
	st, c, items := openStore(t), monday(), shopAndLook()
	h := serverOf(t, st, c, items)
	look := items["look"]
	for _, spoil := range []func(){func() { delete(items, "look") }, func() { bad := *look; bad.Region = "110000"; items["look"] = &bad }} {
		key := shopAccepted(t, h)
		spoil()
		ran(t, h)
		got := seen(t, h, key)
		if s := got.Steps[0]; s.Stuck != caseflow.StuckSubcase || len(got.Errands()) != 0 {
			t.Fatalf("step %+v, errands %v", s, got.Errands())
		}
		items["look"] = look
		do(t, h, official("o-head", "hall", caseflow.RoleHead), key, caseflow.Complete{Task: task(t, h, key, "look"), Outcome: caseflow.OutcomeAgain, Words: "已恢复"})
		ran(t, h)
		if n := len(children(t, st, h, key)); n != 1 {
			t.Fatalf("%d children", n)
		}
	}
}

// The applicant is told of a child that is left for them to complete, the department of a result that is taken back.
func TestAChildIsTold(t *testing.T) {
	t.Parallel()
	st, c, items := openStore(t), monday(), shopAndLook()
	h := serverOf(t, st, c, items)
	key := shopAccepted(t, h)
	items["look"].Materials = []caseflow.Material{{ID: "plan", Need: caseflow.Required}}
	ran(t, h)
	child := children(t, st, h, key)[0]
	at := store.Key{Region: region, Case: child.No}
	if templates, _ := told(t, st, citizen.ID, at); child.Phase != caseflow.PhaseDraft || count(templates, "subcase-draft") != 1 {
		t.Fatalf("the child is %s, the applicant was told %v", child.Phase, templates)
	}
	items["look"].Steps = append(items["look"].Steps, caseflow.Step{ID: "report", Kind: caseflow.KindIssue, Needs: []caseflow.StepID{"visit"},
		Result: &caseflow.Result{Licence: "report", Numbering: "serial"}})
	items["look"].Materials = nil
	second := shopAccepted(t, h)
	ran(t, h)
	at = grantLook(t, h, children(t, st, h, second)[0])
	ran(t, h)
	do(t, h, official("o-tax-head", "tax", caseflow.RoleHead), at, caseflow.Revoke{Reason: "弄虚作假", Basis: caseflow.Basis{Law: "行政许可法", Article: "69"}})
	ran(t, h)
	templates, notices := told(t, st, hall.DepartmentBox("hall"), second)
	if len(templates) == 0 || templates[0] != "subcase-revoked" || notices[0].Words != string(at.Case) {
		t.Fatalf("the department was told %v %+v", templates, notices)
	}
}
