package caseflow

import (
	"encoding/json"
	"time"

	"github.com/tongban/tongban/workday"
)

// Command is something that is asked of a case. Each command says in its comment who may give it and when.
type Command interface {
	// Verb is the command's stable name, as the API and the journal write it.
	Verb() string
}

// Open starts a case as a draft, where the item is offered. A citizen opens it for themself or, as agent, for somebody
// else; a clerk opens it at the window for the applicant.
type Open struct {
	Item      ItemID `json:"item"`
	Applicant Party  `json:"applicant"`
	Agent     *Party `json:"agent,omitempty"`
	Channel   string `json:"channel"`
	Owner     string `json:"owner,omitempty"` // of the case; for a citizen: the principal whom they act for, "" for themselves
	Turn      *Turn  `json:"turn,omitempty"`  // by which the applicant was called to the window of who opens the case
}

// Turn (排队号) is the number by which an applicant was called to a window. It says nothing about the person.
type Turn struct {
	Lobby  string       `json:"lobby"`
	Day    workday.Date `json:"day"`
	No     int          `json:"no"`
	Label  string       `json:"label,omitempty"`  // as people read it
	Origin string       `json:"origin,omitempty"` // terminal, online, hotline, walk-in
	Window string       `json:"window,omitempty"`
}

// SaveDraft merges what was typed into the form (RFC 7396 merge patch). The owner, or a clerk for a case opened at a
// window; in a draft, or while correcting. It accepts faulty values, since nothing typed is lost, but no field that the
// form does not have.
type SaveDraft struct {
	Data json.RawMessage `json:"data"`
}

// Attach adds a file to a material: at its end, before another one, or in the place of another one, such as a page that was turned, or of
// several, whose pages it has. A file that is there already goes before the other. Who may save the draft may attach.
type Attach struct {
	Material string `json:"material"`
	File     File   `json:"file"`
	Before   string `json:"before,omitempty"`   // hash of a file of the material
	Replaces string `json:"replaces,omitempty"` // likewise
	// Joins are hashes of files of the material that this one stands for from now on, each named once; without Before and Replaces.
	Joins []string `json:"joins,omitempty"`
}

// Detach removes a file again.
type Detach struct {
	Material string `json:"material"`
	Hash     string `json:"hash"`
}

// SeenPaper records that a clerk has seen the original of a material at the window.
type SeenPaper struct {
	Material string `json:"material"`
}

// Defer puts off a deferrable material against a signed commitment. The owner, or the clerk at the window, before acceptance.
type Defer struct {
	Material string `json:"material"`
	Signed   string `json:"signed"` // the name of the applicant or the agent, as a signature
}

// Submit hands the draft in. The form must be valid and every required material given, seen or deferred.
type Submit struct{}

// Accept (受理) starts the statutory and promised clocks and the flow. A clerk of the leading department.
type Accept struct{}

// Decline (不予受理) refuses acceptance on a ground of the item. A clerk of the leading department.
type Decline struct {
	Ground string `json:"ground"`
	Words  string `json:"words"`
}

// RequestCorrection (补正) tells once, with everything at once, what is to be mended, within five working days of receipt
// (行政许可法 art. 32(4)). A clerk of the leading department.
type RequestCorrection struct {
	Points []CorrectionPoint `json:"points"`
}

// Correct hands the corrected request in again. Who may submit may correct.
type Correct struct{}

// Claim takes an open task; Release puts it back.
type Claim struct {
	Task int `json:"task"`
}

// Release puts a claimed task back for the others of the post.
type Release struct {
	Task int `json:"task"`
}

// Complete gives the outcome of a task of a review or deliverless step, of an opinion, a copy, an order or a callback, or
// the judgement on a stuck step (see Stuck). The holder. Words are needed for a negative outcome and a judgement.
type Complete struct {
	Task    int             `json:"task"`
	Outcome string          `json:"outcome,omitempty"`
	Words   string          `json:"words,omitempty"`
	Ground  string          `json:"ground,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Grant decides for the applicant on a decide step. The holder of its task.
type Grant struct {
	Task  int             `json:"task"`
	Words string          `json:"words,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// Refuse decides against the applicant: with a ground of the item, its clause, and the ways to appeal. The holder.
type Refuse struct {
	Task   int    `json:"task"`
	Ground string `json:"ground"`
	Words  string `json:"words"`
}

// AskOpinion (征求意见) asks another post a question within a limit. The holder of a step's task.
type AskOpinion struct {
	Task   int           `json:"task"`
	To     Post          `json:"to"`
	Ask    string        `json:"ask"`
	Blocks bool          `json:"blocks"`
	Within workday.Limit `json:"within"`
}

// WithdrawQuestion calls back an opinion that was asked for and has not come. Who asked, whoever has the task now that it
// was asked for, a head of that task's or of the leading department, a supervisor.
type WithdrawQuestion struct {
	Task   int    `json:"task"` // of the opinion
	Reason string `json:"reason"`
}

// AddSigner (加签) adds a signer to the step before or after the holder's own signature. The holder.
type AddSigner struct {
	Task   int  `json:"task"`
	Who    Post `json:"who"`
	Before bool `json:"before"`
}

// RemoveSigner (减签) takes a signer away who has not signed. The holder of another task of the step.
type RemoveSigner struct {
	Task int `json:"task"` // the task to take away
}

// HandOver (转办) gives the task to another post for good. The holder, or a supervisor.
type HandOver struct {
	Task   int    `json:"task"`
	To     Post   `json:"to"`
	Reason string `json:"reason"`
}

// Delegate (委派) lets somebody prepare the task; it comes back to the holder for the outcome. The holder.
type Delegate struct {
	Task int    `json:"task"`
	To   Post   `json:"to"`
	Ask  string `json:"ask,omitempty"`
}

// CopyTo (抄送) shows the case to other posts. Whoever holds a task of the case.
type CopyTo struct {
	To  []Post `json:"to"`
	Ask string `json:"ask,omitempty"`
}

// SendBack (退回) returns the work to an earlier step that was done; all that built on it is done again. The holder of a
// step's task, also one signer of a countersign: signers are kept, and every step that was reset comes again.
type SendBack struct {
	Task   int    `json:"task"`
	To     StepID `json:"to"`
	Reason string `json:"reason"`
}

// TakeBack (收回) undoes one's own completion of a step while nobody has taken up what follows, or one's own signature
// while others have still to sign.
type TakeBack struct {
	Step   StepID `json:"step"`
	Reason string `json:"reason"`
}

// Extend (延期) lengthens the statutory and promised clocks once, by the item's extension. Who holds the named role.
type Extend struct {
	Reason string `json:"reason"`
}

// StopClock (特别程序) stops the case's clocks for a listed cause; the time needed is told in writing. The holder of a task.
type StopClock struct {
	Task   int           `json:"task"`
	Cause  string        `json:"cause"`
	Need   workday.Limit `json:"need"`
	Reason string        `json:"reason"`
}

// ResumeClock ends a stop before its told time. The department that stopped it, or that has a task of its step now; a
// supervisor. Without a step it is the first stop that is for the actor to end.
type ResumeClock struct {
	Step StepID `json:"step,omitempty"`
}

// FulfilCommitment hands in a deferred material within its limit: when that has run out, the promise is broken first. The
// owner, or a clerk.
type FulfilCommitment struct {
	Material string `json:"material"`
	Files    []File `json:"files,omitempty"`
	Paper    bool   `json:"paper,omitempty"` // the clerk saw the original
}

// BreakCommitment records that a promise was found false or given up, with its consequence. A clerk or head of the lead.
type BreakCommitment struct {
	Material string `json:"material"`
	Reason   string `json:"reason"`
}

// Withdraw takes the request back before a decision. The owner, or a clerk for a case opened at a window, as the applicant
// asks there.
type Withdraw struct {
	Reason string `json:"reason,omitempty"`
}

// Deliver (送达) hands results out. The holder of the task of a deliver step.
type Deliver struct {
	Task     int    `json:"task"`
	How      string `json:"how"` // window, post, online
	Receiver string `json:"receiver"`
	Waybill  string `json:"waybill,omitempty"`
}

// Revoke (撤销) takes back what was granted, with its clause. A head of the leading department.
type Revoke struct {
	Reason string `json:"reason"`
	Basis  Basis  `json:"basis"`
}

// Rate gives one of five levels, once for each channel that the case came through, after submission. The owner; of a case
// that nobody's account owns, whoever holds a receipt of it.
type Rate struct {
	Channel string   `json:"channel"`
	Level   int      `json:"level"`
	Tags    []string `json:"tags,omitempty"`
	Words   string   `json:"words,omitempty"`
}

// Supervise (批示, 督办) instructs a post, with a limit, and is followed until it is closed (销号): by the supervisor, or by the official
// of another department whom Closer names. A supervisor.
type Supervise struct {
	To     Post          `json:"to"`
	Words  string        `json:"words"`
	Within workday.Limit `json:"within"`
	Closer string        `json:"closer,omitempty"` // account
}

// Note adds a remark to the timeline. Any official who holds or held a task, or a supervisor.
type Note struct {
	Words string `json:"words"`
}

// Consult looks at what a step has to look at before it is answered (逢办必查): see Step.Consults. Whoever does the task; what was found
// decides nothing by itself.
type Consult struct {
	Task int `json:"task"`
}

// Tick lets every clock that has reached a threshold warn or act. The system only.
type Tick struct{}

// RecordOutage tells a case with a running limit that the service was down: it lengthens the applicant's limits, never the
// agency's. The system.
type RecordOutage struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Recount computes every open due date again, under a corrected calendar or (Limits) changed limits of the item, and says
// why and what moved. Steps are the changed limits of its steps. Changed limits hold for cases accepted at or after
// AcceptedFrom, if it is set. The system or an administrator, through the hall, which takes the limits from a pack: one
// case alone never gets limits of its own.
type Recount struct {
	Reason       string          `json:"reason"`
	Limits       *Limits         `json:"limits,omitempty"`
	Steps        map[StepID]Rule `json:"steps,omitempty"`
	AcceptedFrom time.Time       `json:"acceptedFrom,omitzero"`
	// Calendar is the version of a stored calendar for which the system counts again; Env.Corrected then says why.
	Calendar int `json:"calendar,omitempty"`
}

// CalendarChange is a newer calendar, and why it is newer.
type CalendarChange struct {
	Version int
	Reason  string // told to all concerned
}

func (Open) Verb() string              { return "open" }
func (SaveDraft) Verb() string         { return "save-draft" }
func (Attach) Verb() string            { return "attach" }
func (Detach) Verb() string            { return "detach" }
func (SeenPaper) Verb() string         { return "seen-paper" }
func (Defer) Verb() string             { return "defer" }
func (Submit) Verb() string            { return "submit" }
func (Accept) Verb() string            { return "accept" }
func (Decline) Verb() string           { return "decline" }
func (RequestCorrection) Verb() string { return "request-correction" }
func (Correct) Verb() string           { return "correct" }
func (Claim) Verb() string             { return "claim" }
func (Release) Verb() string           { return "release" }
func (Complete) Verb() string          { return "complete" }
func (Grant) Verb() string             { return "grant" }
func (Refuse) Verb() string            { return "refuse" }
func (AskOpinion) Verb() string        { return "ask-opinion" }
func (WithdrawQuestion) Verb() string  { return "withdraw-question" }
func (AddSigner) Verb() string         { return "add-signer" }
func (RemoveSigner) Verb() string      { return "remove-signer" }
func (HandOver) Verb() string          { return "hand-over" }
func (Delegate) Verb() string          { return "delegate" }
func (CopyTo) Verb() string            { return "copy-to" }
func (SendBack) Verb() string          { return "send-back" }
func (TakeBack) Verb() string          { return "take-back" }
func (Extend) Verb() string            { return "extend" }
func (StopClock) Verb() string         { return "stop-clock" }
func (ResumeClock) Verb() string       { return "resume-clock" }
func (FulfilCommitment) Verb() string  { return "fulfil-commitment" }
func (BreakCommitment) Verb() string   { return "break-commitment" }
func (Withdraw) Verb() string          { return "withdraw" }
func (Deliver) Verb() string           { return "deliver" }
func (Revoke) Verb() string            { return "revoke" }
func (Rate) Verb() string              { return "rate" }
func (Supervise) Verb() string         { return "supervise" }
func (Note) Verb() string              { return "note" }
func (Consult) Verb() string           { return "consult" }
func (Tick) Verb() string              { return "tick" }
func (RecordOutage) Verb() string      { return "record-outage" }
func (Recount) Verb() string           { return "recount" }
func (Assist) Verb() string            { return "assist" }
