package inspect

import (
	"errors"
	"strconv"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/sheet"
)

// The refusals of the module; their sentences are in the catalogue.
const (
	CodeFile     = "inspect-file"     // not a table of a kind that is read
	CodeEncoding = "inspect-encoding" // neither UTF-8 nor GB18030
	CodeLarge    = "inspect-large"    // too many bytes or rows
	CodeBusy     = "inspect-busy"     // the same list comes in from somewhere else
	CodeTerms    = "inspect-terms"    // the plan lacks something
	CodeEmpty    = "inspect-empty"    // there is nothing, or nobody, to draw from
	CodeDrawn    = "inspect-drawn"    // there is a draw already
	CodeDone     = "inspect-done"     // the task has its result
	CodeState    = "inspect-state"    // not in this state of the task
	CodeResult   = "inspect-result"   // the result lacks something
	CodeSign     = "inspect-sign"     // a signature is missing, or signed already
	CodePhoto    = "inspect-photo"    // too many photos, or a place that cannot be
	CodeFollow   = "inspect-follow"   // what follows lacks something
	CodeSame     = "inspect-same"     // who went does not publish
)

func refuse(code string, args ...string) error { return &caseflow.Refusal{Code: code, Args: args} }

// at refuses a field.
func at(code, field, why string) error {
	return &caseflow.Refusal{Code: code, Fields: []caseflow.FieldFault{{Field: field, Code: why}}}
}

// refused words what is wrong with a list as a whole.
func refused(err error) error {
	switch {
	case errors.Is(err, sheet.ErrFile):
		return refuse(CodeFile)
	case errors.Is(err, sheet.ErrEncoding):
		return refuse(CodeEncoding)
	case errors.Is(err, sheet.ErrLarge):
		return refuse(CodeLarge, strconv.Itoa(sheet.MaxFile>>20))
	}
	return err
}
