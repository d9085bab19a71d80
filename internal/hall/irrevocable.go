package hall

import (
	"errors"

	"github.com/tongban/tongban/internal/caseflow"
)

// ErrBehind: the command would do what cannot be taken back while the evidence log lags behind. Nothing was written; try again
// later.
var ErrBehind = errors.New("hall: the evidence log lags: nothing is granted, refused, revoked or handed out for now")

// irrevocable reports whether one of the events is an act that somebody outside relies on from then on: a grant, a refusal, a
// revocation, a handing out. This is the one place that names them. Drafts, opinions and the like go on while the log lags: they can be
// corrected, and their leaves wait with their rows.
func irrevocable(events []caseflow.Event) bool {
	for _, e := range events {
		switch e.(type) {
		case caseflow.Decided, caseflow.PartDecided, caseflow.Rejected, caseflow.Declined, caseflow.LicenceIssued, caseflow.LicenceRenewed,
			caseflow.LicencesRevoked, caseflow.Delivered:
			return true
		}
	}
	return false
}
