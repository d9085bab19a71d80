package caseflow

import (
	"encoding/json"
	"time"

	"github.com/tongban/tongban/workday"
)

// Event is something that happened to a case. Names are only ever added, never renamed or reused. An event carries all
// that Apply needs, so a case replays without its item, calendar or clock.
type Event interface {
	// Name is the event's stable name in the journal.
	Name() string
	apply(c *Case, m Meta)
}

// Meta is what all events of one command share.
type Meta struct {
	At time.Time
	By Stamp
}

// The events, in the order of a case's life.
type (
	// Opened starts the case.
	Opened struct {
		No        CaseNo   `json:"no"`
		Region    string   `json:"region"`
		Serial    int64    `json:"serial"`
		Item      ItemID   `json:"item"`
		Pack      string   `json:"pack"`
		Version   string   `json:"version"`
		Applicant Party    `json:"applicant"`
		Agent     *Party   `json:"agent,omitempty"`
		Owner     string   `json:"owner"`
		Channel   string   `json:"channel"`
		Parent    *Parent  `json:"parent,omitempty"` // that ordered it
		Turn      *Turn    `json:"turn,omitempty"`
		Materials []string `json:"materials,omitempty"`
		Steps     []StepID `json:"steps"`
		Parts     []PartID `json:"parts,omitempty"`
	}
	// DraftSaved holds the merged form.
	DraftSaved struct {
		Form json.RawMessage `json:"form"`
	}
	// Attached adds a file, or puts it elsewhere among those of its material.
	Attached struct {
		Material string `json:"material"`
		File     File   `json:"file"`
		Before   string `json:"before,omitempty"`
		Replaces string `json:"replaces,omitempty"`
		// Joins are the files that it stands for from now on.
		Joins []string `json:"joins,omitempty"`
	}
	// Detached removes a file.
	Detached struct {
		Material string `json:"material"`
		Hash     string `json:"hash"`
	}
	// PaperSeen records that the original was seen.
	PaperSeen struct {
		Material string `json:"material"`
	}
	// Deferred puts a material off against a commitment.
	Deferred struct {
		Commitment Commitment `json:"commitment"`
	}
	// Submitted is the receipt of the request.
	Submitted struct{}
	// AppliedLate says that the request came after the last day to apply, so that silence will not grant it.
	AppliedLate struct {
		Due time.Time `json:"due"`
	}
	// RenewalChecked is the licence that the request renews, as the store knows it.
	RenewalChecked struct {
		No      string       `json:"no"`
		Expires workday.Date `json:"expires"`
	}
	// CorrectionRequested is the one-time notice.
	CorrectionRequested struct {
		Points []CorrectionPoint `json:"points"`
	}
	// Corrected is the return of the mended request.
	Corrected struct{}
	// Accepted is acceptance, from an instant that the law may set before now.
	Accepted struct {
		From   time.Time `json:"from"`
		Silent bool      `json:"silent,omitempty"` // by lapse of the acceptance clock
	}
	// Declined is a refused acceptance.
	Declined struct {
		Ground GroundUsed `json:"ground"`
	}
	// PartLeftOut leaves a bundled item out, by the applicant's own answers.
	PartLeftOut struct {
		Part PartID `json:"part"`
	}
	// StepBegun makes a step ready.
	StepBegun struct {
		Step    StepID   `json:"step"`
		Round   int      `json:"round"`
		Signers []Signer `json:"signers,omitempty"`
	}
	// StepPassedOver skips a step: its condition is false, or its part is refused or unwanted.
	StepPassedOver struct {
		Step StepID `json:"step"`
		Why  string `json:"why"` // when, refused, unwanted, silence
	}
	// StepStuck makes a step wait for a judgement: a condition of it, or its licence, could not be made out (see Stuck).
	StepStuck struct {
		Step  StepID `json:"step"`
		Round int    `json:"round"`
		What  Stuck  `json:"what"`
		Code  string `json:"code"` // of the refusal that it would have been
	}
	// PartInDoubt says that the condition of a part could not be evaluated, so that the part counts as wanted.
	PartInDoubt struct {
		Part PartID `json:"part"`
	}
	// StepEnded completes a step.
	StepEnded struct {
		Step    StepID          `json:"step"`
		Outcome string          `json:"outcome"`
		Data    json.RawMessage `json:"data,omitempty"`
	}
	// StepReset puts a step back to pending, to be done again.
	StepReset struct {
		Step StepID `json:"step"`
	}
	// TaskOpened adds a task.
	TaskOpened struct {
		Task Task `json:"task"`
	}
	// TaskTurn opens a task whose turn has come, or makes one wait again.
	TaskTurn struct {
		Task  int  `json:"task"`
		After int  `json:"after,omitempty"`
		Wait  bool `json:"wait,omitempty"`
	}
	// TaskTaken gives a task to a holder.
	TaskTaken struct {
		Task   int    `json:"task"`
		Holder string `json:"holder"`
	}
	// TaskReleased puts it back.
	TaskReleased struct {
		Task int `json:"task"`
	}
	// TaskEnded completes a task.
	TaskEnded struct {
		Task    int             `json:"task"`
		Outcome string          `json:"outcome,omitempty"`
		Words   string          `json:"words,omitempty"`
		Data    json.RawMessage `json:"data,omitempty"`
	}
	// TaskDropped ends a task that is no longer needed.
	TaskDropped struct {
		Task int    `json:"task"`
		Why  string `json:"why"` // sent-back, taken-back, outcome, removed, ended, handed-over
	}
	// TaskHandedOver changes for whom the task is.
	TaskHandedOver struct {
		Task   int    `json:"task"`
		To     Post   `json:"to"`
		Reason string `json:"reason"`
	}
	// TaskDelegated lends the task to somebody who prepares it.
	TaskDelegated struct {
		Task int    `json:"task"`
		To   Post   `json:"to"`
		Ask  string `json:"ask,omitempty"`
	}
	// TaskReturned brings a delegated task back with what the delegate says.
	TaskReturned struct {
		Task  int    `json:"task"`
		Words string `json:"words"`
	}
	// QuestionWithdrawn says why an opinion is not wanted any more. The task is dropped by an event of its own.
	QuestionWithdrawn struct {
		Task   int    `json:"task"`
		Reason string `json:"reason"`
	}
	// TaskReopened gives a signature back to who gave it.
	TaskReopened struct {
		Task int `json:"task"`
	}
	// SignersChanged replaces the places of a step's countersign.
	SignersChanged struct {
		Step    StepID   `json:"step"`
		Signers []Signer `json:"signers"`
	}
	// SentBack records who returned the work, from where to where and why. Resets follow as events of their own.
	SentBack struct {
		From   StepID `json:"from"`
		To     StepID `json:"to"`
		Reason string `json:"reason"`
	}
	// TakenBack records that somebody undid their own completion.
	TakenBack struct {
		Step   StepID `json:"step"`
		Reason string `json:"reason"`
	}
	// ClockStarted adds a clock.
	ClockStarted struct {
		Clock Clock `json:"clock"`
	}
	// ClockEnded stops counting for good.
	ClockEnded struct {
		Clock string    `json:"clock"`
		State string    `json:"state"` // met, missed, cancelled
		At    time.Time `json:"at"`
		// Used is what the statutory clock had used then, by the calendar of that day: how long the decision took.
		Used *workday.Elapsed `json:"used,omitempty"`
	}
	// ClockHeld lets a clock stand still.
	ClockHeld struct {
		Clock string `json:"clock"`
	}
	// ClockFreed lets it run again, with its new due instant.
	ClockFreed struct {
		Clock string    `json:"clock"`
		At    time.Time `json:"at"`
		Times Times     `json:"times"`
	}
	// ClockMoved gives a running clock another due instant: an extension, an outage, a corrected calendar, a changed rule.
	ClockMoved struct {
		Clock    string         `json:"clock"`
		Why      string         `json:"why"` // extension, outage, calendar, rule
		Was      time.Time      `json:"was"`
		Rule     *Rule          `json:"rule,omitempty"`
		Stops    []workday.Span `json:"stops,omitempty"` // all of them, when they changed
		Extended *ExtensionUsed `json:"extended,omitempty"`
		Times    Times          `json:"times"`
	}
	// ClockWarned is one warning. Planned is when it should have been given; Late is set when it came later than a minute.
	ClockWarned struct {
		Clock   string    `json:"clock"`
		Level   Level     `json:"level"`
		Planned time.Time `json:"planned"`
		Late    bool      `json:"late,omitempty"`
	}
	// ClockLapsed is silence taking its effect.
	ClockLapsed struct {
		Clock  string    `json:"clock"`
		Effect Effect    `json:"effect"`
		Due    time.Time `json:"due"`
		Late   bool      `json:"late,omitempty"`
	}
	// StopBegun starts a special procedure.
	StopBegun struct {
		Stop Stop `json:"stop"`
	}
	// StopEnded ends it.
	StopEnded struct {
		Stop int       `json:"stop"`
		At   time.Time `json:"at"`
	}
	// MaterialReceived records a material handed in after acceptance.
	MaterialReceived struct {
		Material string `json:"material"`
		Files    []File `json:"files,omitempty"`
		Paper    bool   `json:"paper,omitempty"`
	}
	// Assisted says who helps the applicant from now on, or that help is wanted.
	Assisted struct {
		Assistance Assistance `json:"assistance"`
	}
	// AssistanceEnded says that nobody needs to help any more.
	AssistanceEnded struct{}
	// Recounted says why limits were counted again, and which limits hold from now on if they changed; with From, only if
	// the case is accepted then or later. Each clock that moved follows as an event of its own.
	Recounted struct {
		Reason string          `json:"reason"`
		Limits *Limits         `json:"limits,omitempty"`
		Steps  map[StepID]Rule `json:"steps,omitempty"`
		From   time.Time       `json:"from,omitzero"`
		// Calendar is the version of the stored calendar that is the reason; 0 if it is not.
		Calendar int `json:"calendar,omitempty"`
	}
	// PromiseKept and PromiseBroken end a commitment.
	PromiseKept struct {
		Material string `json:"material"`
	}
	// PromiseBroken says why; what follows comes as events of its own.
	PromiseBroken struct {
		Material string `json:"material"`
		Reason   string `json:"reason"`
	}
	// PromiseReleased lets go of a promise whose material the accepted request does not need.
	PromiseReleased struct {
		Material string `json:"material"`
	}
	// PartDecided sets a part's state.
	PartDecided struct {
		Part   PartID      `json:"part"`
		State  string      `json:"state"`
		Ground *GroundUsed `json:"ground,omitempty"`
	}
	// LicenceReminded tells the holder that a licence expires in so many days, or fewer if nobody served meanwhile.
	LicenceReminded struct {
		No   string `json:"no"`
		Days int    `json:"days"`
	}
	// LicenceRenewed says by which licence one that is to expire was renewed: its holder is not reminded of it.
	LicenceRenewed struct {
		No string `json:"no"`
		By string `json:"by"`
	}
	// LicenceIssued adds a licence.
	LicenceIssued struct {
		Licence Licence `json:"licence"`
	}
	// Decided ends the work on a request that is granted, wholly or in part.
	Decided struct{}
	// Rejected is the decision against the applicant.
	Rejected struct {
		Ground GroundUsed `json:"ground"`
	}
	// Delivered records results handed out.
	Delivered struct {
		Delivery Delivery `json:"delivery"`
	}
	// Ended closes a case whose results are handed out (办结).
	Ended struct{}
	// TakenOut is the withdrawal by the applicant, or by lapse of the correction clock.
	TakenOut struct {
		Reason string `json:"reason,omitempty"`
		Silent bool   `json:"silent,omitempty"`
	}
	// LicencesRevoked takes back all that the case granted.
	LicencesRevoked struct {
		Ground GroundUsed `json:"ground"`
	}
	// Rated adds a rating.
	Rated struct {
		Rating Rating `json:"rating"`
	}
	// Noted adds a remark to the timeline.
	Noted struct {
		Words string `json:"words"`
	}
	// Consulted says that who does a step has looked at what it has to look at.
	Consulted struct {
		Step StepID `json:"step"`
		What string `json:"what"`
	}
	// OutageRecorded notes that the service was down.
	OutageRecorded struct {
		Outage workday.Span `json:"outage"`
	}
)

// Times are the instants of a clock that depend on the calendar.
type Times struct {
	Due         time.Time `json:"due"`
	Soon        time.Time `json:"soon,omitzero"`
	Today       time.Time `json:"today,omitzero"`
	Provisional bool      `json:"provisional,omitempty"`
	Calendar    string    `json:"calendar,omitempty"`
}
