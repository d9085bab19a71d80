package credit

import "github.com/tongban/tongban/internal/caseflow"

// The refusals of the module; their sentences are in the catalogue.
const (
	CodeFile     = "credit-file"     // not a table of a kind that is read
	CodeEncoding = "credit-encoding" // neither UTF-8 nor GB18030
	CodeLarge    = "credit-large"    // too many bytes or rows
	CodeBusy     = "credit-busy"     // the same source sends another list at this moment
	CodeReason   = "credit-reason"   // a look needs a reason
)

func refuse(code string, args ...string) error { return &caseflow.Refusal{Code: code, Args: args} }
