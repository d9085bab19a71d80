package hall_test

import (
	"errors"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// employ adds an official's account.
func employ(t testing.TB, st store.Store, a caseflow.Actor, region string) {
	t.Helper()
	err := st.AddAccount(t.Context(), store.Account{ID: a.ID, Login: a.ID + "@" + region, Kind: a.Kind, Name: a.Name, Region: region,
		Department: a.Department, Roles: a.Roles})
	if err != nil {
		t.Fatal(err)
	}
}

func refusedWith(t testing.TB, code string, err error) {
	t.Helper()
	if r := new(caseflow.Refusal); !errors.As(err, &r) || r.Code != code {
		t.Fatalf("%v, want refusal %s", err, code)
	}
}

// Who works at a post is looked up when the command comes: an account that was closed gets nothing, and what it holds is
// given to somebody else.
func TestTasksGoToOfficialsOfTheRegionWhoseAccountIsOpen(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		zhao := official("o-zhao", "market", caseflow.RoleReviewer)
		employ(t, st, zhao, region)
		employ(t, st, official("o-far", "market", caseflow.RoleReviewer), "610802")
		overseer := official("o-super", "office", caseflow.RoleSupervisor)
		key := submitted(t, h, region)
		do(t, h, clerk, key, caseflow.Accept{})
		id := task(t, h, key, "register")
		hand := func(by caseflow.Actor, to caseflow.Post) error {
			_, err := h.Do(t.Context(), by, "", key, caseflow.HandOver{Task: id, To: to, Reason: "转办"})
			return err
		}
		at := func(person string) caseflow.Post {
			return caseflow.Post{Department: "market", Role: caseflow.RoleReviewer, Person: person}
		}
		refusedWith(t, caseflow.CodeNoSuchPost, hand(market, caseflow.Post{Department: "nowhere", Role: "nobody"}))
		refusedWith(t, caseflow.CodeNoSuchPost, hand(market, at("nosuch")))
		refusedWith(t, caseflow.CodeNoSuchPost, hand(market, at("o-far")))
		if err := hand(market, at(zhao.ID)); err != nil {
			t.Fatal(err)
		}
		do(t, h, zhao, key, caseflow.Claim{Task: id})
		a, err := st.AccountByID(t.Context(), zhao.ID)
		if err != nil {
			t.Fatal(err)
		}
		a.Disabled = true
		if err := st.UpdateAccount(t.Context(), *a); err != nil {
			t.Fatal(err)
		}
		if err := hand(overseer, at("")); err != nil {
			t.Fatalf("a supervisor takes the task of somebody who has left: %v", err)
		}
		refusedWith(t, caseflow.CodeNoSuchPost, hand(market, at(zhao.ID)))
		do(t, h, market, key, caseflow.Grant{Task: id})
		if env, err := h.Env(t.Context(), region, caseflow.Note{}); err != nil || env.Staff != nil {
			t.Fatalf("staff %v was looked up for nothing (%v)", env.Staff, err)
		}
	})
}
