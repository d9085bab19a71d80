package api

import (
	"encoding/hex"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
)

// timelineEntry shows an entry by post, never by person.
func timelineEntry(by caseflow.Actor, e *hall.Entry) TimelineEntry {
	x := TimelineEntry{
		Entry: e.No, At: e.At.UTC(), Verb: e.Verb, Kind: e.Actor.Kind, Department: e.Actor.Department, Mine: e.Actor.ID == by.ID,
		Events: make([]TimelineEvent, len(e.Decoded)), Leaf: hex.EncodeToString(e.Leaf),
	}
	for i, ev := range e.Decoded {
		x.Events[i] = timelineEvent(ev, by.Kind == caseflow.ActorOfficial)
	}
	return x
}

// timelineEvent says of an event what it concerns. official also gets the words that officials left for one another.
//
//house:long one case for each event that has something to say
func timelineEvent(e caseflow.Event, official bool) TimelineEvent {
	x := TimelineEvent{Name: e.Name()}
	private := func(s string) {
		if official {
			x.Words = s
		}
	}
	switch e := e.(type) {
	case caseflow.Declined:
		x.Words = e.Ground.Text
	case caseflow.Rejected:
		x.Words = e.Ground.Text
	case caseflow.LicencesRevoked:
		x.Words = e.Ground.Text
	case caseflow.PartLeftOut:
		x.Part = string(e.Part)
	case caseflow.PartDecided:
		x.Part = string(e.Part)
		if e.Ground != nil {
			x.Words = e.Ground.Text
		}
	case caseflow.StepBegun:
		x.Step = string(e.Step)
	case caseflow.StepPassedOver:
		x.Step = string(e.Step)
	case caseflow.StepEnded:
		x.Step = string(e.Step)
	case caseflow.StepReset:
		x.Step = string(e.Step)
	case caseflow.SubcaseAsked:
		x.Step = string(e.Child.Step)
	case caseflow.SubcaseOpened:
		x.Step = string(e.Step)
	case caseflow.SubcaseFailed:
		x.Step = string(e.Step)
	case caseflow.SubcaseEnded:
		x.Step = string(e.Step)
	case caseflow.SubcaseRecalled:
		x.Step = string(e.Step)
	case caseflow.SubcaseLeft:
		x.Step = string(e.Step)
	case caseflow.SentBack:
		x.Step = string(e.To)
		private(e.Reason)
	case caseflow.TakenBack:
		x.Step = string(e.Step)
		private(e.Reason)
	case caseflow.TaskOpened:
		x.Step = string(e.Task.Step)
		private(e.Task.Ask)
	case caseflow.TaskEnded:
		private(e.Words)
	case caseflow.TaskReturned:
		private(e.Words)
	case caseflow.TaskHandedOver:
		private(e.Reason)
	case caseflow.TaskDelegated:
		private(e.Ask)
	case caseflow.Noted:
		private(e.Words)
	case caseflow.ClockStarted:
		x.Clock = e.Clock.ID
	case caseflow.ClockEnded:
		x.Clock = e.Clock
	case caseflow.ClockHeld:
		x.Clock = e.Clock
	case caseflow.ClockFreed:
		x.Clock = e.Clock
	case caseflow.ClockMoved:
		x.Clock = e.Clock
		if e.Extended != nil {
			x.Words = e.Extended.Reason
		}
	case caseflow.ClockWarned:
		x.Clock = e.Clock
	case caseflow.ClockLapsed:
		x.Clock = e.Clock
	case caseflow.StopBegun:
		x.Words = e.Stop.Reason
	case caseflow.Recounted:
		x.Words = e.Reason
	case caseflow.PromiseBroken:
		x.Words = e.Reason
	case caseflow.TakenOut:
		x.Words = e.Reason
	}
	return x
}
