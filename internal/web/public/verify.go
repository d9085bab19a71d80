package public

import (
	"errors"
	"net/http"
	"time"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// verifiedPaper is what a stranger may know of a paper whose code was given: what it is, whose, and since when. No name and
// nothing that stands on it.
type verifiedPaper struct {
	Rows     []ui.SummaryRow
	Replaced time.Time
}

// verifying bounds how many papers are verified at one time: anybody may ask, and each answer reads a case's journal.
const verifying = 8

// verifyPaper says whether a paper with the code was given by the case, and whether a later one took its place.
func (s *Site) verifyPaper(w http.ResponseWriter, r *http.Request) {
	select {
	case s.verifies <- struct{}{}:
		defer func() { <-s.verifies }()
	default:
		s.fail(w, r, store.ErrBusy)
		return
	}
	v := &verifyView{Page: s.narrow(r, "", "/verify"), Code: canonicalCode(r.PathValue("code")), Case: r.PathValue("case"), Asked: true}
	key, err := hall.KeyOf(v.Case)
	if err != nil {
		s.showVerify(w, http.StatusNotFound, v)
		return
	}
	p, it, err := s.hall.VerifyPaper(r.Context(), key, v.Code)
	status := http.StatusOK
	switch {
	case err == nil:
		row := func(key, value string) ui.SummaryRow { return ui.SummaryRow{Label: v.T(key), Value: value} }
		v.Found = true
		v.Paper = &verifiedPaper{Replaced: p.Replaced(), Rows: []ui.SummaryRow{
			row("public.verify-paper-name", paper.Title(&p.Paper, v.Lang)), row("public.verify-paper-number", p.Number),
			row("public.verify-no", v.Case), row("public.verify-paper-office", s.paperOffice(key.Region, it, v.Lang)(p.Department, p.At)),
			row("public.verify-paper-at", i18n.Moment(v.Lang, p.At))}}
	case errors.Is(err, hall.ErrNotFound):
		status = http.StatusNotFound
	default:
		s.fail(w, r, err)
		return
	}
	s.showVerify(w, status, v)
}
