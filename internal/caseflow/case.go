package caseflow

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
)

// Phase is where a case stands as a whole.
type Phase string

const (
	PhaseDraft      Phase = "draft"      // 填写中
	PhaseReceived   Phase = "received"   // 已收件, waiting to be accepted
	PhaseCorrecting Phase = "correcting" // 补正中, the applicant's turn
	PhaseRunning    Phase = "running"    // 办理中
	PhaseGranted    Phase = "granted"    // 准予, results not yet all handed out
	PhaseClosed     Phase = "closed"     // 办结: granted and delivered
	PhaseRefused    Phase = "refused"    // 不予许可
	PhaseDeclined   Phase = "declined"   // 不予受理
	PhaseWithdrawn  Phase = "withdrawn"  // 撤回
	PhaseRevoked    Phase = "revoked"    // 撤销
)

// Phases lists all phases; the draft stands first.
func Phases() []Phase {
	return []Phase{PhaseDraft, PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted, PhaseClosed, PhaseRefused,
		PhaseDeclined, PhaseWithdrawn, PhaseRevoked}
}

// Open reports whether anybody still has something to do.
func (p Phase) Open() bool {
	switch p {
	case PhaseDraft, PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted:
		return true
	}
	return false
}

// Case is one request and all that happened to it, as far as deciding needs it. It is a plain value that encodes to the
// same bytes however often its events are replayed.
type Case struct {
	No        CaseNo    `json:"no"`
	Region    string    `json:"region"`
	Item      ItemID    `json:"item"`
	Pack      string    `json:"pack"`
	Version   string    `json:"version"` // of the pack
	Seq       int       `json:"seq"`     // number of events applied
	Serial    int64     `json:"serial"`  // unique number within the region, from which result numbers are made
	Phase     Phase     `json:"phase"`
	Applicant Party     `json:"applicant"`
	Owner     string    `json:"owner"`           // account that may act for the applicant, or a company (see CompanyOwner)
	Agent     *Party    `json:"agent,omitempty"` // who acts for the applicant
	Channel   string    `json:"channel"`         // online, window, station, terminal, hotline
	Turn      *Turn     `json:"turn,omitempty"`  // by which the applicant was called to the window
	Opened    time.Time `json:"opened"`
	Submitted time.Time `json:"submitted,omitzero"`
	Accepted  time.Time `json:"accepted,omitzero"`
	Decided   time.Time `json:"decided,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	Updated   time.Time `json:"updated"` // of the last event

	Form        json.RawMessage `json:"form,omitempty"` // as typed, valid once submitted
	Materials   []MaterialState `json:"materials,omitempty"`
	Steps       []StepState     `json:"steps,omitempty"` // in the item's order
	Parts       []PartState     `json:"parts,omitempty"`
	Tasks       []Task          `json:"tasks,omitempty"`
	Clocks      []Clock         `json:"clocks,omitempty"`
	Stops       []Stop          `json:"stops,omitempty"`
	Correction  *Correction     `json:"correction,omitempty"`
	Commitments []Commitment    `json:"commitments,omitempty"`
	Licences    []Licence       `json:"licences,omitempty"`
	Deliveries  []Delivery      `json:"deliveries,omitempty"`
	Ratings     []Rating        `json:"ratings,omitempty"`
	Outages     []workday.Span  `json:"outages,omitempty"`
	Assistance  *Assistance     `json:"assistance,omitempty"`
	Limits      *Limits         `json:"limits,omitempty"`     // that replaced the item's on the running case
	StepLimits  map[StepID]Rule `json:"stepLimits,omitempty"` // as well
	Coming      *Coming         `json:"coming,omitempty"`     // limits that hold if it is accepted late enough
	Ground      *GroundUsed     `json:"ground,omitempty"`     // of a refusal, a refused acceptance or a revocation
	LastTask    int             `json:"lastTask,omitempty"`
	Children    []Child         `json:"children,omitempty"` // cases of its own that do the work of its steps
	Charge      *Charge         `json:"charge,omitempty"`   // who is in charge, of an item whose first asked is
	Recusals    []Recusal       `json:"recusals,omitempty"` // who has stepped aside
	Name        *NameHeld       `json:"name,omitempty"`     // of a firm, claimed
	Parent      *Parent         `json:"parent,omitempty"`   // the step of another case that it does the work of

	Publications []Publication `json:"publications,omitempty"`
	Cancels      *Cancelling   `json:"cancels,omitempty"`   // the licence that it ends
	Cancelled    *Cancelled    `json:"cancelled,omitempty"` // what it granted was ended
}

// Coming are limits that a case takes if it is accepted at or after an instant, and not otherwise.
type Coming struct {
	From   time.Time       `json:"from"`
	Limits *Limits         `json:"limits,omitempty"`
	Steps  map[StepID]Rule `json:"steps,omitempty"`
}

// Party is who asks: a person or an organisation, known by its document.
type Party struct {
	Kind     string         `json:"kind"` // person or organisation
	Name     string         `json:"name"`
	Document ident.Document `json:"document"`
	Phone    string         `json:"phone,omitempty"`
	Basis    string         `json:"basis,omitempty"` // of an agent: one of AgentBases
}

// KindOrganisation is the kind of a party that is no person.
const KindOrganisation = "organisation"

// CompanyOwner is the owner of the cases of a company, by its unified social credit code: they are the company's, whoever acts
// for it.
func CompanyOwner(code string) string { return companyPrefix + code }

// CompanyOf is the credit code of an owner that is a company; "" of an account.
func CompanyOf(owner string) string {
	code, ok := strings.CutPrefix(owner, companyPrefix)
	if !ok {
		return ""
	}
	return code
}

const companyPrefix = "company:"

// What an agent acts on (民法典 art. 163: agency by mandate or by law).
const (
	BasisLetter         = "letter"         // 授权委托书
	BasisRepresentative = "representative" // 法定代表人或者负责人
	BasisGuardian       = "guardian"       // 监护人
)

// AgentBases lists what an agent may act on.
func AgentBases() []string { return []string{BasisLetter, BasisRepresentative, BasisGuardian} }

// MaterialState is one material of the case.
type MaterialState struct {
	ID    string `json:"id"`
	State string `json:"state"`           // missing, given, deferred, late (given after deferral)
	Paper bool   `json:"paper,omitempty"` // the original was seen at a window
	Files []File `json:"files,omitempty"`
	// OnFile is the licence that stands for it, if one does.
	OnFile *OnFile `json:"licence,omitempty"`
}

// Material states.
const (
	MaterialMissing  = "missing"
	MaterialGiven    = "given"
	MaterialDeferred = "deferred"
)

// File is an uploaded document, addressed by the SHA-256 of its content.
type File struct {
	Hash string `json:"hash"` // lower-case hexadecimal
	// Digest names how Hash and Original are made. Missing in what was recorded before it was named, by FileDigest too.
	Digest string `json:"digest,omitempty"`
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	Type   string `json:"type"` // sniffed media type
	// Original is the hash of what was sent, where a photo was turned upright, made smaller, or freed from where it was taken.
	Original string `json:"original,omitempty"`
	// From is the earlier case of the same applicant in which it was given, if it is used again, and Given the day of that.
	From  CaseNo       `json:"from,omitempty"`
	Given workday.Date `json:"given,omitzero"`
}

// FileDigest is the digest by which files are known (FIPS 180-4).
const FileDigest = "SHA-256"

// StepState is a step of this case.
type StepState struct {
	ID      StepID          `json:"id"`
	State   string          `json:"state"`
	Round   int             `json:"round,omitempty"` // how often it was made ready
	Outcome string          `json:"outcome,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	Signers []Signer        `json:"signers,omitempty"` // as changed by adding and taking away; kept over rounds
	Ready   time.Time       `json:"ready,omitzero"`
	Done    time.Time       `json:"done,omitzero"`
	By      string          `json:"by,omitempty"` // account that completed it
	Stuck   Stuck           `json:"stuck,omitempty"`
	// Consulted are the accounts that have looked, in this round, at what the step has to look at.
	Consulted []string `json:"consulted,omitempty"`
}

// Signer is one place in a step's countersign. Places are only added or marked removed, so a slot number is stable.
type Signer struct {
	Post    Post   `json:"post"`
	After   int    `json:"after,omitempty"` // slot number plus one that signs first; 0: nobody
	Removed bool   `json:"removed,omitempty"`
	AddedBy string `json:"addedBy,omitempty"`
}

// Step states.
const (
	StepPending = "pending"
	StepReady   = "ready"
	StepDone    = "done"
	StepSkipped = "skipped"
)

// PartState is a bundled item of this case.
type PartState struct {
	ID     PartID      `json:"id"`
	State  string      `json:"state"` // open, granted, refused, unwanted
	Ground *GroundUsed `json:"ground,omitempty"`
}

// Part states.
const (
	PartOpen     = "open"
	PartGranted  = "granted"
	PartRefused  = "refused"
	PartUnwanted = "unwanted"
)

// GroundUsed is why something was refused: the words, the clause, how to have it reviewed.
type GroundUsed struct {
	ID     string `json:"id,omitempty"`
	Text   string `json:"text"`
	Basis  Basis  `json:"basis"`
	Relief Text   `json:"relief"`
}

// Task (待办) waits for somebody.
type Task struct {
	ID        int             `json:"id"` // unique within the case
	Kind      string          `json:"kind"`
	Step      StepID          `json:"step,omitempty"`
	Slot      int             `json:"slot,omitempty"` // which signer of the step, 0-based
	Round     int             `json:"round,omitempty"`
	By        Post            `json:"by"`
	State     string          `json:"state"`
	Holder    string          `json:"holder,omitempty"` // account that claimed it
	From      string          `json:"from,omitempty"`   // account that asked, delegated, copied or instructed
	Opened    time.Time       `json:"opened"`
	Claimed   time.Time       `json:"claimed,omitzero"`
	Done      time.Time       `json:"done,omitzero"`
	DoneBy    string          `json:"doneBy,omitempty"`
	Outcome   string          `json:"outcome,omitempty"`
	Words     string          `json:"words,omitempty"`     // the opinion given
	Ask       string          `json:"ask,omitempty"`       // the question or instruction
	Blocks    bool            `json:"blocks,omitempty"`    // an opinion that must come before the step is completed
	Parent    int             `json:"parent,omitempty"`    // task that an opinion belongs to
	After     int             `json:"after,omitempty"`     // task that must be done first (依次审批, 加签)
	Delegator string          `json:"delegator,omitempty"` // gets the task back when the delegate is done
	Lender    Post            `json:"lender,omitzero"`     // the post it returns to then
	Prepared  []string        `json:"prepared,omitempty"`  // accounts of the delegates who gave it back
	Data      json.RawMessage `json:"data,omitempty"`      // filled in by the signer
	Closer    Post            `json:"closer,omitzero"`     // of an instruction: who closes it
	Signed    int             `json:"signed,omitempty"`    // number of the event that ended it: the order of signing
	Since     time.Time       `json:"since,omitzero"`      // when its department began to have it; zero while it waits or is over
	Past      []Tenure        `json:"past,omitempty"`      // who had it before
}

// Tenure is time during which a department had a task.
type Tenure struct {
	Department string    `json:"department"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
}

// Task kinds.
const (
	TaskAccept    = "accept"    // a window looks at what came in
	TaskStep      = "step"      // a signer of a step
	TaskOpinion   = "opinion"   // 征求意见
	TaskCopy      = "copy"      // 抄送: to be read
	TaskOrder     = "order"     // 督办: an instruction to be answered
	TaskClose     = "close"     // 销号: whether the answer to an instruction is enough
	TaskCallback  = "callback"  // 回访 after a bad rating
	TaskJudge     = "judge"     // 人工判断: a step is stuck
	TaskObjection = "objection" // 异议 to a public notice
)

// Task states.
const (
	TaskOpen      = "open"
	TaskClaimed   = "claimed"
	TaskDone      = "done"
	TaskCancelled = "cancelled"
	TaskWaiting   = "waiting" // its turn has not come (依次审批)
)

// Live reports whether the task still waits for somebody.
func (t *Task) Live() bool {
	return t.State == TaskOpen || t.State == TaskClaimed || t.State == TaskWaiting
}

// Clock is one running, stopped or ended limit.
type Clock struct {
	ID     string    `json:"id"` // unique within the case: acceptance, statutory, step:register#1 …
	Kind   string    `json:"kind"`
	Step   StepID    `json:"step,omitempty"`
	Bearer string    `json:"bearer"` // department that must act, or BearerApplicant
	Rule   Rule      `json:"rule"`
	From   time.Time `json:"from"`
	Times
	Stops    []workday.Span `json:"stops,omitempty"`
	State    string         `json:"state"`
	Level    Level          `json:"level,omitempty"` // highest warning given
	Ended    time.Time      `json:"ended,omitzero"`
	Extended *ExtensionUsed `json:"extended,omitempty"`
	// Used is what the statutory clock had used when it ended; nil of the others.
	Used *workday.Elapsed `json:"used,omitempty"`
}

// Limit is the clock's limit with its extension, where both count in the same unit.
func (k *Clock) Limit() workday.Limit {
	l := k.Rule.Limit
	if k.Extended != nil && k.Extended.Limit.Unit == l.Unit {
		l.N += k.Extended.Limit.N
	}
	return l
}

// BearerApplicant bears the clocks that run against the applicant.
const BearerApplicant = "applicant"

// BearerPublic bears the time during which everybody may object.
const BearerPublic = "public"

// Clock kinds.
const (
	ClockAcceptance = "acceptance"
	ClockStatutory  = "statutory"
	ClockPromised   = "promised"
	ClockStep       = "step"
	ClockCorrection = "correction"
	ClockCommitment = "commitment"
	ClockStop       = "stop" // the told length of a special procedure
	ClockDelivery   = "delivery"
	ClockExpiry     = "expiry" // the licence to be renewed expires
	ClockOrder      = "order"  // of an instruction, an opinion, a callback or a judgement
)

// Clock states.
const (
	ClockRunning   = "running"
	ClockStopped   = "stopped"
	ClockMet       = "met"
	ClockMissed    = "missed" // ended after its due instant
	ClockCancelled = "cancelled"
)

// Level is how urgent a running clock is.
type Level int

const (
	LevelNone  Level = iota
	LevelSoon        // 临期
	LevelToday       // 今日到期
	LevelOver        // 超期
)

// ExtensionUsed is the one extension a clock got.
type ExtensionUsed struct {
	Limit  workday.Limit `json:"limit"`
	By     string        `json:"by"`
	Reason string        `json:"reason"`
	At     time.Time     `json:"at"`
	Basis  Basis         `json:"basis,omitzero"`
}

// Stop is a special procedure during which the case's own clocks, and that of its step, stand still.
type Stop struct {
	ID     int           `json:"id"`
	Cause  string        `json:"cause"`
	Step   StepID        `json:"step,omitempty"`
	By     string        `json:"by,omitempty"` // department that stopped the clocks
	Reason string        `json:"reason"`
	Need   workday.Limit `json:"need"` // the time needed, told in writing
	From   time.Time     `json:"from"`
	To     time.Time     `json:"to,omitzero"`
}

// Correction is the one-time notice of all that is missing, and how it ended.
type Correction struct {
	Points []CorrectionPoint `json:"points"`
	At     time.Time         `json:"at"`
	By     string            `json:"by"`
	Done   time.Time         `json:"done,omitzero"`
}

// CorrectionPoint is one thing to mend.
type CorrectionPoint struct {
	Field    string `json:"field,omitempty"`
	Material string `json:"material,omitempty"`
	Ground   string `json:"ground,omitempty"` // ticked reason of the item
	Words    string `json:"words"`
}

// Commitment (告知承诺) is a signed promise to bring a deferred material.
type Commitment struct {
	Material    string      `json:"material"`
	Words       string      `json:"words"`
	Signed      string      `json:"signed"` // name as signed
	At          time.Time   `json:"at"`
	State       string      `json:"state"` // open, kept, broken, released
	Ended       time.Time   `json:"ended,omitzero"`
	Consequence Consequence `json:"consequence"`
}

// Commitment states.
const (
	CommitmentOpen   = "open"
	CommitmentKept   = "kept"
	CommitmentBroken = "broken"
	// CommitmentReleased ends a promise whose case was declined, refused, withdrawn or revoked.
	CommitmentReleased = "released"
)

// Licence (证照) is what the case grants.
type Licence struct {
	No       string          `json:"no"`
	Kind     string          `json:"kind"`
	Step     StepID          `json:"step"`
	Part     PartID          `json:"part,omitempty"`
	Name     Text            `json:"name"`
	Template string          `json:"template"`
	Holder   string          `json:"holder"`
	Data     json.RawMessage `json:"data,omitempty"`
	Verify   string          `json:"verify"` // unguessable code printed as QR
	Issued   time.Time       `json:"issued"`
	Expires  workday.Date    `json:"expires,omitempty"`
	State    string          `json:"state"`         // valid, revoked, cancelled
	Fen      int64           `json:"fen,omitempty"` // of a benefit: what is paid
	// Reminded is how many days before it expires its holder was told last; 0: not yet.
	Reminded int `json:"reminded,omitempty"`
	// Renewed is the number of the licence that took its place, so that nobody is told that it expires; "": none is known.
	Renewed string `json:"renewed,omitempty"`
}

// Licence states.
const (
	LicenceValid   = "valid"
	LicenceRevoked = "revoked"
	// LicenceCancelled (注销): its holder asked for its end.
	LicenceCancelled = "cancelled"
)

// Delivery is results handed over.
type Delivery struct {
	Step     StepID    `json:"step"`
	How      string    `json:"how"` // window, post, online
	Receiver string    `json:"receiver"`
	Waybill  string    `json:"waybill,omitempty"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
}

// Rating is 好差评: 5 very satisfied … 1 very dissatisfied; 2 and 1 are bad and start a callback.
type Rating struct {
	Channel string    `json:"channel"`
	Level   int       `json:"level"`
	Tags    []string  `json:"tags,omitempty"`
	Words   string    `json:"words,omitempty"`
	At      time.Time `json:"at"`
}

func (c *Case) step(id StepID) *StepState {
	for i := range c.Steps {
		if c.Steps[i].ID == id {
			return &c.Steps[i]
		}
	}
	return nil
}

// Task returns the task with the id, or nil.
func (c *Case) Task(id int) *Task {
	for i := range c.Tasks {
		if c.Tasks[i].ID == id {
			return &c.Tasks[i]
		}
	}
	return nil
}

// Clock returns the clock with the id, or nil.
func (c *Case) Clock(id string) *Clock {
	for i := range c.Clocks {
		if c.Clocks[i].ID == id {
			return &c.Clocks[i]
		}
	}
	return nil
}

func (c *Case) part(id PartID) *PartState {
	for i := range c.Parts {
		if c.Parts[i].ID == id {
			return &c.Parts[i]
		}
	}
	return nil
}

// Material returns the state of a material, or nil.
func (c *Case) Material(id string) *MaterialState {
	for i := range c.Materials {
		if c.Materials[i].ID == id {
			return &c.Materials[i]
		}
	}
	return nil
}

// Discarded reports whether the case is a draft that was deleted: it was taken back before it was ever handed in.
func (c *Case) Discarded() bool {
	return c.Phase == PhaseWithdrawn && c.Submitted.IsZero() && c.Accepted.IsZero()
}

// complete is when all that was asked for had come in: submission, or the return of what was to be mended.
func (c *Case) complete() time.Time {
	if c.Correction != nil && !c.Correction.Done.IsZero() {
		return c.Correction.Done
	}
	return c.Submitted
}

// Stopped returns the first stop that is running, or nil. In a bundle each department may stop its own step.
func (c *Case) Stopped() *Stop { return c.openStop(func(*Stop) bool { return true }) }

// StoppedAt returns the stop that is running for a step, or nil.
func (c *Case) StoppedAt(step StepID) *Stop {
	return c.openStop(func(s *Stop) bool { return s.Step == step })
}

func (c *Case) openStop(such func(*Stop) bool) *Stop {
	for i := range c.Stops {
		if s := &c.Stops[i]; s.To.IsZero() && such(s) {
			return s
		}
	}
	return nil
}
