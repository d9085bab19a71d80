package caseflow

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/tongban/tongban/workday"
)

// Refusal is a lawful no. It is a value that is shown to the person: a stable code (words per language stand in the
// message catalogue), what it concerns, the faults of single fields, and the clause it rests on. Nothing has changed.
type Refusal struct {
	Code   string       `json:"code"`
	Args   []string     `json:"args,omitempty"` // fill the placeholders of the code's sentence; never what the caller sent
	Fields []FieldFault `json:"fields,omitempty"`
	Basis  Basis        `json:"basis,omitzero"`
}

// Error lets a refusal travel as an error through layers that only pass it on.
func (r *Refusal) Error() string {
	if len(r.Args) > 0 {
		return "refused: " + r.Code + " " + r.Args[0]
	}
	return "refused: " + r.Code
}

// Refusal codes. Codes are only ever added. Each has a Chinese and an English sentence that says what to do next.
const (
	CodeNotYours         = "not-yours" // this actor may not do this
	CodePhase            = "phase"     // not in this state of the case
	CodeNoSuchTask       = "no-such-task"
	CodeTaskTaken        = "task-taken" // somebody else holds it
	CodeTaskEnded        = "task-ended"
	CodeNotClaimed       = "not-claimed"   // claim it first
	CodeNotYourTurn      = "not-your-turn" // the signer before has not signed
	CodeNoSuchStep       = "no-such-step"
	CodeNotEarlier       = "not-earlier" // send back goes to an earlier step that is done
	CodeTakenUp          = "taken-up"    // too late to take back: the next one has begun
	CodeOutcome          = "outcome"     // the step has no such outcome
	CodeWords            = "words"       // words are missing or too long
	CodeGround           = "ground"      // a refusal needs a ground with its clause
	CodeForm             = "form"        // the form has faults, see Fields
	CodeData             = "data"        // the data filled in by the signer has faults
	CodeMaterial         = "material"    // materials are missing
	CodeNoSuchMaterial   = "no-such-material"
	CodeFile             = "file"           // type, size or number of the file
	CodeCorrectedOnce    = "corrected-once" // a correction may be asked for once
	CodeCorrectionEmpty  = "correction-empty"
	CodeTooLate          = "too-late"
	CodeNotExtendable    = "not-extendable"
	CodeExtendedOnce     = "extended-once"
	CodeNoSuchCause      = "no-such-cause"
	CodeStopTooLong      = "stop-too-long"
	CodeStopTooOften     = "stop-too-often"
	CodeStopped          = "stopped" // the clock already stands
	CodeNotStopped       = "not-stopped"
	CodeNotDeferrable    = "not-deferrable"
	CodeCommitted        = "committed" // an open commitment stands in the way
	CodeNoSuchCommitment = "no-such-commitment"
	CodeOpinionPending   = "opinion-pending"
	CodeLastSigner       = "last-signer" // a step keeps at least one signer
	CodeNoSuchSigner     = "no-such-signer"
	CodeTooMany          = "too-many" // a bound on number was reached
	CodeRated            = "rated"
	CodeLevel            = "level"
	CodeReceiver         = "receiver"
	CodeNoLicence        = "no-licence"
	CodeNothingDue       = "nothing-due"
	CodeCondition        = "condition" // a rule could not be evaluated on these facts
	CodeExists           = "exists"
	CodeNoSuchPost       = "no-such-post"         // nobody is at the post that a task is to go to
	CodePostUnfit        = "post-unfit"           // who is there may not take this task over
	CodeBenefitsOff      = "benefits-off"         // the applicant, or the region, wants nothing that nobody asked for
	CodeNotOffered       = "not-offered"          // the item is not offered in this region
	CodeHeld             = "held"                 // the actor holds the task already
	CodeSignsAlready     = "signs-already"        // one person signs a step once
	CodeNumber           = "number"               // no number can be made for a licence
	CodeNotUsed          = "not-used"             // a channel that the case has not come through is not rated
	CodeConsultFirst     = "consult-first"        // the step has to look at something before it is answered
	CodeNothingToConsult = "nothing-to-consult"   // the step has nothing to look at
	CodeFourEyes         = "four-eyes"            // who handled a step does not check it
	CodeItem             = "item"                 // the item itself is faulty: its pack must be mended
	CodeFileGone         = "file-gone"            // the upload that a command hands in is not there any more
	CodeMandatePeriod    = "mandate-period"       // a mandate ends after it begins, and not too late
	CodeMandateItems     = "mandate-items"        // a mandate names items that there are
	CodeInvitation       = "invitation"           // no such invitation, or it is not for the one who shows it
	CodeMandateEnded     = "mandate-ended"        // there is nothing to take back any more
	CodeNoNotice         = "no-notice"            // no such public notice is running
	CodeObjected         = "objected"             // the same person has an objection that is not answered
	CodeObjectionOpen    = "objection-open"       // an objection to an earlier request is not answered
	CodeUnderWay         = "under-way"            // another request for the same is running
	CodeNotHere          = "not-here"             // the company was not opened here, or is no more
	CodeOnlyDecision     = "only-decision"        // the step is the only one left that decides: it cannot be passed over
	CodeNotLegal         = "not-legal"            // nothing known here says that the actor is the legal representative
	CodeLineWindow       = "line-window"          // the lobby has no such window
	CodeLineTurn         = "line-turn"            // the number is not, or no longer, where the act needs it
	CodeLineEmpty        = "line-empty"           // nobody waits for the window
	CodeLineReason       = "line-reason"          // sending to another window needs the window and a reason
	CodeLineGroup        = "line-group"           // the lobby has no such group or class
	CodeLineClosed       = "line-closed"          // the lobby is closed today
	CodeNotCalled        = "not-called"           // the number is not at the actor's window
	CodeOtherRegion      = "other-region"         // it counts in a region that is not the actor's to look after
	CodeConflict         = "conflict-of-interest" // the actor steps aside in this case (回避)
	CodeShiftSettled     = "shift-settled"        // the hand-over was taken, declined or taken back before
	CodePartRefused      = "part-refused"         // another step has refused the part that the step is of
	CodeLicenceGone      = "licence-gone"         // a licence that is to stand for a material is not valid, or not the applicant's
)

func refuse(code string, args ...string) *Refusal { return &Refusal{Code: code, Args: args} }

// ArgsIn gives the arguments as a sentence in a language says them: a limit in words, the rest as it is.
func (r *Refusal) ArgsIn(lang string) []string {
	out := slices.Clone(r.Args)
	for i, a := range out {
		if l, err := workday.ParseLimit(a); err == nil {
			out[i] = l.Text(lang)
		}
	}
	return out
}

const (
	maxUnknown     = 10 // unknown fields that one answer names
	maxUnknownName = 60 // characters of each that are shown
)

// longNumber may be somebody's: it stands in no answer.
var longNumber = regexp.MustCompile(`[0-9]{6,}[Xx]?`)

// UnknownField is the fault of a field that there is not. The name is the sender's word: its beginning is said back, with what
// cannot be printed escaped and without long numbers.
func UnknownField(name string) FieldFault {
	long := []rune(name)
	short := string(long[:min(len(long), maxUnknownName)])
	if len(long) > maxUnknownName {
		short += "…"
	}
	quoted := strconv.Quote(longNumber.ReplaceAllString(short, "…"))
	short = quoted[1 : len(quoted)-1]
	return FieldFault{Field: short, Code: "unknown", Text: Text{
		ZH: fmt.Sprintf("没有“%s”这一项，请去掉。", short), EN: fmt.Sprintf(`There is no field "%s". Leave it out.`, short)}}
}

// MoreUnknown reports whether the faults name fewer unknown fields than an answer may.
func MoreUnknown(faults []FieldFault) bool {
	n := 0
	for i := range faults {
		if faults[i].Code == "unknown" {
			n++
		}
	}
	return n < maxUnknown
}

func (r *Refusal) because(law, article string) *Refusal {
	r.Basis = Basis{Law: law, Article: article}
	return r
}
