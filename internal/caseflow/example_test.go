package caseflow_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// A permit is asked for, accepted, and granted in time. Each command is judged on the case as it stands; its events are
// what a journal keeps, and they give the same case again.
func Example() {
	lead := caseflow.Post{Department: "market", Role: caseflow.RoleReviewer}
	limit := func(days int) caseflow.Rule {
		return caseflow.Rule{Limit: workday.Limit{N: days, Unit: workday.WorkDay}, Basis: caseflow.Basis{Law: "行政许可法", Article: "42"}}
	}
	item := &caseflow.Item{
		ID: "food-permit", Name: caseflow.Text{ZH: "食品经营许可", EN: "Food permit"}, Department: "market",
		Steps: []caseflow.Step{
			{ID: "visit", Kind: caseflow.KindReview, By: lead},
			{ID: "decide", Kind: caseflow.KindDecide, By: lead, Needs: []caseflow.StepID{"visit"}},
			{ID: "permit", Kind: caseflow.KindIssue, Needs: []caseflow.StepID{"decide"},
				Result: &caseflow.Result{Licence: "food-permit", Prefix: "JY"}},
		},
		Limits: caseflow.Limits{Acceptance: limit(5), Statutory: limit(20), Promised: limit(3)},
	}
	var (
		citizen = caseflow.Actor{ID: "wang", Kind: caseflow.ActorCitizen, Name: "王秀英",
			Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}}
		clerk    = caseflow.Actor{ID: "li", Kind: caseflow.ActorOfficial, Department: "market", Roles: []string{caseflow.RoleClerk}}
		reviewer = caseflow.Actor{ID: "zhao", Kind: caseflow.ActorOfficial, Department: "market", Roles: []string{caseflow.RoleReviewer}}
		now      = time.Date(2026, 11, 23, 9, 0, 0, 0, workday.Shanghai).UTC()
		c        *caseflow.Case
		again    = &caseflow.Case{}
	)
	give := func(by caseflow.Actor, cmd caseflow.Command) {
		now = now.Add(time.Hour)
		env := caseflow.Env{Now: now, Calendar: workday.National(), No: "610502-20261123-000001", Region: "610502", Serial: 1}
		dec, refusal := caseflow.Decide(c, item, by, cmd, env)
		if refusal != nil {
			fmt.Printf("%-9s refused: %s\n", cmd.Verb(), refusal.Code)
			return
		}
		var names []string
		for _, e := range dec.Events {
			names = append(names, e.Name())
			caseflow.Apply(again, e, caseflow.Meta{At: now, By: by.Stamp()})
		}
		fmt.Printf("%-9s %s\n", cmd.Verb(), strings.Join(names, ", "))
		c = dec.Case
	}

	give(citizen, caseflow.Open{Item: item.ID, Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{
		Kind: "person", Name: "王秀英", Document: ident.Document{Type: ident.DocResidentID, No: "610502199001010011"}}})
	give(citizen, caseflow.Submit{})
	give(citizen, caseflow.Accept{})
	give(clerk, caseflow.Accept{})
	give(reviewer, caseflow.Complete{Task: 2, Outcome: caseflow.OutcomeAgree})
	give(reviewer, caseflow.Grant{Task: 3, Words: "符合条件"})

	stored, _ := c.Encode()
	replayed, _ := again.Encode()
	fmt.Println(c.Phase, c.Licences[0].No, c.Clock(caseflow.ClockPromised).State, string(stored) == string(replayed))
	// Output:
	// open      opened
	// submit    submitted, clock-started, task-opened
	// accept    refused: not-yours
	// accept    task-claimed, task-ended, clock-ended, accepted, clock-started, clock-started, step-begun, task-opened
	// complete  task-claimed, task-ended, step-ended, step-begun, task-opened
	// grant     task-claimed, task-ended, step-ended, licence-issued, step-ended, decided, clock-ended, clock-ended, ended
	// closed JY〔2026〕610502-1-1号 met true
}

// The next steps that a page offers as buttons.
func ExampleAvailable() {
	item := &caseflow.Item{Department: "market"}
	draft := &caseflow.Case{Phase: caseflow.PhaseDraft, Owner: "wang", Channel: caseflow.ChannelOnline}
	env := caseflow.Env{Now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC), Calendar: workday.National()}
	fmt.Println(caseflow.Available(draft, item, caseflow.Actor{ID: "wang", Kind: caseflow.ActorCitizen}, env))
	fmt.Println(caseflow.Available(draft, item, caseflow.Actor{ID: "li", Kind: caseflow.ActorCitizen}, env))
	// Output:
	// [save-draft submit withdraw assist]
	// []
}
