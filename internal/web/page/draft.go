package page

import (
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
)

// PhaseName is the phase of a case in the words of a door, "desk.phase." or "case.phase."; a draft that was deleted is not
// called withdrawn.
func PhaseName(lang, words string, phase caseflow.Phase, discarded bool) string {
	if discarded {
		return i18n.T(lang, "page.discarded")
	}
	return i18n.T(lang, words+string(phase))
}

// CommandName is what a command on the case is called: nobody withdraws what was never handed in, it is deleted.
func CommandName(lang string, c *caseflow.Case, verb string) string {
	if verb == (caseflow.Withdraw{}).Verb() && (c.Phase == caseflow.PhaseDraft || c.Discarded()) {
		return i18n.T(lang, "page.discard")
	}
	return i18n.T(lang, "command."+verb)
}
