package credit

import "github.com/tongban/tongban/internal/caseflow"

// The refusals of the module; their sentences are in the catalogue.
const (
	CodeBusy   = "credit-busy"   // the same source sends another list at this moment
	CodeReason = "credit-reason" // a look needs a reason
	CodeRecord = "credit-record" // nothing can be asked about the record: it is not there, or counts no more
	CodeDeed   = "credit-deed"   // no deed of the pack on a day that has come, with a number
	CodeMember = "credit-member" // nobody has the number, or not any more
	CodePoints = "credit-points" // too few points for the perk
	CodePeriod = "credit-period" // no two days, the first before the last
	CodeAsked  = "credit-asked"  // a case about it is open
	CodeEarly  = "credit-early"  // it may be repaired from a later day on, or never
)

func refuse(code string, args ...string) error { return &caseflow.Refusal{Code: code, Args: args} }
