package draws

import (
	"errors"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/caseflow"
)

// The refusals of the module; their sentences are in the catalogue.
const (
	CodeFault   = "draws-fault"   // the plan, or a value, has a fault: package draw says which
	CodeSources = "draws-sources" // one source alone can be known to one person
	CodeState   = "draws-state"   // not in this state of the draw
	CodeSame    = "draws-same"    // somebody else has to do this
	CodeGiven   = "draws-given"   // the source has a value already
	CodeWords   = "draws-words"   // a reason is missing, or too long
	CodeKey     = "draws-key"     // the office has not the key that the plan names
	CodeKeys    = "draws-keys"    // the office has too many keys
	CodePurpose = "draws-purpose" // there is a draw for this already
)

func refuse(code string, args ...string) error { return &caseflow.Refusal{Code: code, Args: args} }

// refused words a fault of package draw, at a field of what was sent.
func refused(field string, err error) error {
	var fault *draw.Fault
	if !errors.As(err, &fault) {
		return err
	}
	return &caseflow.Refusal{Code: CodeFault, Fields: []caseflow.FieldFault{
		{Field: field, Code: fault.Code, Text: caseflow.Text{ZH: fault.Text("zh"), EN: fault.Text("en")}}}}
}
