package api

import (
	"encoding/hex"
	"reflect"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
)

// timelineEntry shows an entry by post, never by person; an agent by name.
func timelineEntry(by caseflow.Actor, e *hall.Entry) TimelineEntry {
	x := TimelineEntry{
		Entry: e.No, At: e.At.UTC(), Verb: e.Verb, Kind: e.Actor.Kind, Department: e.Actor.Department, Mine: e.Actor.ID == by.ID, For: e.Actor.For, Agent: e.Agent,
		Events: make([]TimelineEvent, len(e.Decoded)), Leaf: hex.EncodeToString(e.Leaf),
	}
	if by.Kind == caseflow.ActorOfficial {
		x.Agent = ident.MaskName(x.Agent)
	}
	for i, ev := range e.Decoded {
		x.Events[i] = timelineEvent(ev, by.Kind == caseflow.ActorOfficial)
	}
	return x
}

// timelineEvent says of an event what it concerns. official also gets the words that officials left for one another.
func timelineEvent(e caseflow.Event, official bool) TimelineEvent {
	x := TimelineEvent{Name: e.Name(), Part: named(e, "Part"), Step: named(e, "Step"), Clock: named(e, "Clock"), Words: wordsOf(e)}
	switch e := e.(type) { // where it stands elsewhere
	case caseflow.SubcaseAsked:
		x.Step = string(e.Child.Step)
	case caseflow.SentBack:
		x.Step = string(e.To)
	case caseflow.TaskOpened:
		x.Step = string(e.Task.Step)
	case caseflow.ClockStarted:
		x.Clock = e.Clock.ID
	}
	if official && x.Words == "" {
		x.Words = wordsAmongOfficials(e)
	}
	return x
}

// named is the id in a field of an event; empty if it has none. Events name alike what they concern: Part, Step, Clock.
func named(e caseflow.Event, field string) string {
	if v := reflect.ValueOf(e).FieldByName(field); v.Kind() == reflect.String {
		return v.String()
	}
	return ""
}

// wordsOf are the words of an event that whoever may see the case may read.
func wordsOf(e caseflow.Event) string {
	switch e := e.(type) {
	case caseflow.Declined:
		return e.Ground.Text
	case caseflow.Rejected:
		return e.Ground.Text
	case caseflow.LicencesRevoked:
		return e.Ground.Text
	case caseflow.PartDecided:
		if e.Ground != nil {
			return e.Ground.Text
		}
	case caseflow.ClockMoved:
		if e.Extended != nil {
			return e.Extended.Reason
		}
	case caseflow.StopBegun:
		return e.Stop.Reason
	case caseflow.Recounted:
		return e.Reason
	case caseflow.PromiseBroken:
		return e.Reason
	case caseflow.TakenOut:
		return e.Reason
	}
	return ""
}

// wordsAmongOfficials are the words that officials leave for one another.
func wordsAmongOfficials(e caseflow.Event) string {
	switch e := e.(type) {
	case caseflow.SentBack:
		return e.Reason
	case caseflow.TakenBack:
		return e.Reason
	case caseflow.TaskOpened:
		return e.Task.Ask
	case caseflow.TaskEnded:
		return e.Words
	case caseflow.TaskReturned:
		return e.Words
	case caseflow.TaskHandedOver:
		return e.Reason
	case caseflow.QuestionWithdrawn:
		return e.Reason
	case caseflow.TaskDelegated:
		return e.Ask
	case caseflow.Noted:
		return e.Words
	}
	return ""
}
