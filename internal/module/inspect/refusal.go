package inspect

import "github.com/tongban/tongban/internal/caseflow"

// The refusals of the module; their sentences are in the catalogue.
const (
	CodeBusy   = "inspect-busy"   // the same list comes in from somewhere else
	CodeTerms  = "inspect-terms"  // the plan lacks something
	CodeEmpty  = "inspect-empty"  // there is nothing, or nobody, to draw from
	CodeDrawn  = "inspect-drawn"  // there is a draw already
	CodeDone   = "inspect-done"   // the task has its result
	CodeState  = "inspect-state"  // not in this state of the task
	CodeResult = "inspect-result" // the result lacks something
	CodeSign   = "inspect-sign"   // a signature is missing, or signed already
	CodePhoto  = "inspect-photo"  // too many photos, or a place that cannot be
	CodeFollow = "inspect-follow" // what follows lacks something
	CodeSame   = "inspect-same"   // who went does not publish
)

func refuse(code string, args ...string) error { return &caseflow.Refusal{Code: code, Args: args} }

// at refuses a field.
func at(code, field, why string) error {
	return &caseflow.Refusal{Code: code, Fields: []caseflow.FieldFault{{Field: field, Code: why}}}
}
