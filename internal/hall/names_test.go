package hall_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/naming"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// nameItem keeps the name of a firm for two months, at once.
func nameItem() *caseflow.Item {
	return &caseflow.Item{
		ID: "name", Pack: "test", Version: "1", Name: caseflow.Text{ZH: "名称申报", EN: "Declare a name"}, Department: "hall", Instant: true,
		Pages:  []caseflow.Page{{ID: "name", Fields: []caseflow.Field{{Name: "name", Widget: "text"}}}},
		Naming: &caseflow.Naming{Name: "form.name", Keeps: &workday.Limit{N: 2, Unit: workday.Month}},
		Steps:  []caseflow.Step{{ID: "notice", Kind: caseflow.KindIssue, Result: &caseflow.Result{Licence: "name-notice", Numbering: "serial", Prefix: "名"}}},
		Limits: caseflow.Limits{Acceptance: limit(5, caseflow.EffectAccept), Statutory: limit(20, ""), Promised: limit(2, ""),
			Correction: limit(15, caseflow.EffectWithdraw)},
	}
}

// declarant is the n-th of those who want a name.
func declarant(n int) caseflow.Actor {
	a := citizen
	a.ID, a.Document = fmt.Sprint("u-", n), ident.Document{Type: "passport", No: fmt.Sprintf("E%08d", n)}
	return a
}

// asksFor is a draft of the declarant for a name.
func asksFor(t *testing.T, h *hall.Hall, by caseflow.Actor, name string) store.Key {
	t.Helper()
	r := do(t, h, by, store.Key{Region: region}, caseflow.Open{Item: "name", Channel: caseflow.ChannelOnline,
		Applicant: caseflow.Party{Kind: "person", Name: by.Name, Document: by.Document}})
	key := store.Key{Region: r.Region, Case: r.Case}
	do(t, h, by, key, caseflow.SaveDraft{Data: []byte(`{"name":"` + name + `"}`)})
	return key
}

func nameHall(t *testing.T, st store.Store, c *clock) *hall.Hall {
	t.Helper()
	h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{nameItem()}, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Of all who declare one name at the same instant, through two servers, one has it; each of the others is told so as a fault
// at the field, and may choose another name in the same draft.
func TestOneOfAllWhoDeclareANameHasIt(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		const many = 12
		c := monday()
		halls := []*hall.Hall{nameHall(t, st, c), nameHall(t, st, c)}
		keys := make([]store.Key, many)
		for i := range many {
			keys[i] = asksFor(t, halls[i%2], declarant(i), "渭南华岳软件有限公司")
		}
		outcomes := make([]error, many)
		var wg sync.WaitGroup
		for i := range many {
			wg.Go(func() { _, outcomes[i] = halls[i%2].Do(t.Context(), declarant(i), "", keys[i], caseflow.Submit{}) })
		}
		wg.Wait()
		won := -1
		for i, err := range outcomes {
			var refusal *caseflow.Refusal
			switch {
			case err == nil && won < 0:
				won = i
			case err == nil:
				t.Errorf("%d and %d both have the name", won, i)
			case !errors.As(err, &refusal) || len(refusal.Fields) != 1 || refusal.Fields[0].Code != "name.same" || refusal.Fields[0].Page != "name":
				t.Errorf("%d: %v", i, err)
			}
		}
		if won < 0 {
			t.Fatal("nobody has the name")
		}
		lost := (won + 1) % many
		do(t, halls[0], declarant(lost), keys[lost], caseflow.SaveDraft{Data: []byte(`{"name":"渭南秦东软件有限公司"}`)})
		do(t, halls[0], declarant(lost), keys[lost], caseflow.Submit{})
	})
}

// A name is kept for two months to the day, for its own declarant also beyond; it is looked up as it stands at that moment.
func TestANameIsKeptForTwoMonths(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday() // 23 November; two months end on Monday 25 January, the 23rd being a Saturday
		h := nameHall(t, st, c)
		do(t, h, declarant(1), asksFor(t, h, declarant(1), "渭南华岳软件有限公司"), caseflow.Submit{})
		free := func(holder string) bool {
			t.Helper()
			check, err := h.CheckName(t.Context(), region, caseflow.NameAsked{Name: "渭南华岳软件有限公司", Region: region}, holder)
			if err != nil {
				t.Fatal(err)
			}
			return check.Free()
		}
		end := workday.NewDate(2027, 1, 25).End()
		c.Set(end.Add(-1))
		if free("") || !free("passport:E00000001") {
			t.Error("the name is free for others, or taken for its own declarant, before its time is over")
		}
		c.Set(end)
		if !free("") {
			t.Error("the name is not free when its time is over")
		}
		do(t, h, declarant(2), asksFor(t, h, declarant(2), "渭南华岳软件有限公司"), caseflow.Submit{})
		if free("passport:E00000001") {
			t.Error("who had it before still has it")
		}
	})
}

func TestANameNearAnotherIsWarnedOfAndKept(t *testing.T) {
	h := nameHall(t, openStore(t), monday())
	do(t, h, declarant(1), asksFor(t, h, declarant(1), "渭南华岳软件有限公司"), caseflow.Submit{})
	key := asksFor(t, h, declarant(2), "渭南华悦软件有限公司")
	check, err := h.CheckName(t.Context(), region, caseflow.NameAsked{Name: "渭南华悦软件有限公司", Region: region}, "")
	if err != nil || !check.Free() || !slices.ContainsFunc(check.Findings, func(f naming.Finding) bool { return f.Code == "name.sound" }) {
		t.Errorf("%+v %v", check, err)
	}
	do(t, h, declarant(2), key, caseflow.Submit{})
	v, err := h.View(t.Context(), declarant(2), key, "", "")
	if err != nil || v.Case.Name == nil || v.Case.Name.Trade != "华悦" || v.Case.Phase != caseflow.PhaseClosed {
		t.Errorf("%+v %v", v, err)
	}
}
