package api

import (
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// Each event says what it concerns wherever that stands in it, and words among officials are told to officials alone.
func TestTimelineEvent_says_what_it_concerns(t *testing.T) {
	t.Parallel()
	ground := caseflow.GroundUsed{Text: "ground"}
	for _, c := range []struct {
		event      caseflow.Event
		want       TimelineEvent // to the applicant
		toOfficial string        // the words
	}{
		{caseflow.PartDecided{Part: "tax", Ground: &ground}, TimelineEvent{Name: "part-decided", Part: "tax", Words: "ground"}, "ground"},
		{caseflow.PartInDoubt{Part: "tax"}, TimelineEvent{Name: "part-in-doubt", Part: "tax"}, ""},
		{caseflow.StepBegun{Step: "seal", Signers: []caseflow.Signer{{}}}, TimelineEvent{Name: "step-begun", Step: "seal"}, ""},
		{caseflow.SubcaseAsked{Child: caseflow.Child{Step: "seal"}}, TimelineEvent{Name: "subcase-asked", Step: "seal"}, ""},
		{caseflow.SentBack{From: "a", To: "b", Reason: "why"}, TimelineEvent{Name: "sent-back", Step: "b"}, "why"},
		{caseflow.TakenBack{Step: "a", Reason: "why"}, TimelineEvent{Name: "taken-back", Step: "a"}, "why"},
		{caseflow.TaskOpened{Task: caseflow.Task{Step: "a", Ask: "why"}}, TimelineEvent{Name: "task-opened", Step: "a"}, "why"},
		{caseflow.TaskEnded{Task: 1, Words: "why"}, TimelineEvent{Name: "task-ended"}, "why"},
		{caseflow.QuestionWithdrawn{Task: 1, Reason: "why"}, TimelineEvent{Name: "question-withdrawn"}, "why"},
		{caseflow.ClockStarted{Clock: caseflow.Clock{ID: "promised", Step: "a"}}, TimelineEvent{Name: "clock-started", Clock: "promised"}, ""},
		{caseflow.ClockLapsed{Clock: "acceptance"}, TimelineEvent{Name: "clock-lapsed", Clock: "acceptance"}, ""},
		{caseflow.ClockMoved{Clock: "statutory", Extended: &caseflow.ExtensionUsed{Reason: "late"}}, TimelineEvent{Name: "clock-moved", Clock: "statutory", Words: "late"}, "late"},
		{caseflow.Rejected{Ground: ground}, TimelineEvent{Name: "rejected", Words: "ground"}, "ground"},
		{caseflow.Submitted{}, TimelineEvent{Name: "submitted"}, ""},
	} {
		if got := timelineEvent(c.event, false); got != c.want {
			t.Errorf("to the applicant %+v, want %+v", got, c.want)
		}
		c.want.Words = c.toOfficial
		if got := timelineEvent(c.event, true); got != c.want {
			t.Errorf("to an official %+v, want %+v", got, c.want)
		}
	}
}
