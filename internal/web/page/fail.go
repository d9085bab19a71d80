package page

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// ErrBadInput marks a request whose body cannot be read at all.
var ErrBadInput = errors.New("page: bad input")

// ErrEncoding marks a form that was not sent in UTF-8: what was meant by it cannot be known.
var ErrEncoding = fmt.Errorf("%w: not UTF-8", ErrBadInput)

// BadInput is the error for a body that cannot be read, or is larger than allowed.
func BadInput(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBadInput, err)
}

// Refusal finds the lawful no in an error.
func Refusal(err error) (*caseflow.Refusal, bool) {
	var r *caseflow.Refusal
	return r, errors.As(err, &r)
}

// Busy reports whether nothing was written and the same may be tried again soon.
func Busy(err error) bool {
	return errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrFull) || errors.Is(err, hall.ErrBehind)
}

// moved are the refusals that say that the case has changed meanwhile, or was acted on by somebody else: 409. The others
// speak of what was sent: 422.
var moved = map[string]bool{
	caseflow.CodePhase: true, caseflow.CodeTaskTaken: true, caseflow.CodeTaskEnded: true, caseflow.CodeNotClaimed: true,
	caseflow.CodeNotYourTurn: true, caseflow.CodeTakenUp: true, caseflow.CodeTooLate: true, caseflow.CodeExists: true,
	caseflow.CodeRated: true, caseflow.CodeStopped: true, caseflow.CodeNotStopped: true, caseflow.CodeCorrectedOnce: true,
	caseflow.CodeExtendedOnce: true, caseflow.CodeOpinionPending: true, caseflow.CodeCommitted: true,
	caseflow.CodeFourEyes: true, caseflow.CodeConsultFirst: true, caseflow.CodeNothingToConsult: true, backup.CodeRunning: true, backup.CodeSpace: true, backup.CodeUnfit: true, backup.CodeKey: true, quarantine.CodeState: true, quarantine.CodeSame: true, quarantine.CodeGone: true, hall.CodeReformMoved: true, hall.CodeQuicker: true,
}

// Status is the HTTP status of an error and after how long to try again (zero: not said).
func Status(err error) (status int, retry time.Duration) {
	var large *http.MaxBytesError
	refusal, refused := Refusal(err)
	switch {
	case errors.Is(err, hall.ErrNotFound), errors.Is(err, store.ErrNotFound), refused && refusal.Code == caseflow.CodeNotYours:
		return http.StatusNotFound, 0
	case errors.Is(err, hall.ErrOtherBody):
		return http.StatusConflict, 0
	case errors.Is(err, hall.ErrBadRequest), errors.Is(err, ErrBadInput), errors.Is(err, store.ErrCursor):
		return http.StatusBadRequest, 0
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, 0
	case errors.Is(err, store.ErrFull):
		return http.StatusServiceUnavailable, time.Minute
	case errors.Is(err, hall.ErrBehind):
		return http.StatusServiceUnavailable, 30 * time.Second
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrAway), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, 5 * time.Second
	case refused && moved[refusal.Code]:
		return http.StatusConflict, 0
	}
	status, _, retry = access.Status(err)
	return status, retry
}

// Words are the status of an error and the sentence that says what to do. A failure of ours has the words of a 500.
func Words(lang string, err error) (int, string) {
	status, _ := Status(err)
	if errors.Is(err, hall.ErrOtherBody) {
		return status, i18n.T(lang, "page.other-body")
	}
	if errors.Is(err, ErrEncoding) {
		return status, i18n.T(lang, "page.encoding")
	}
	if errors.Is(err, hall.ErrBehind) {
		return status, i18n.T(lang, "page.log-behind")
	}
	if r, ok := Refusal(err); ok && status != http.StatusNotFound {
		return status, Sentence(lang, r)
	}
	if Busy(err) || errors.Is(err, store.ErrAway) { // access words it as somebody who signs in meets it
		return status, i18n.T(lang, "problem.503-text")
	}
	if _, r, _ := access.Status(err); r != nil && status != http.StatusNotFound {
		return status, access.Words()[r.Code].In(lang)
	}
	return status, i18n.T(lang, "problem."+strconv.Itoa(status)+"-text")
}

// Sentence is what a refusal says: its code in words.
func Sentence(lang string, r *caseflow.Refusal) string {
	if text, ok := access.Words()[r.Code]; ok {
		return text.In(lang)
	}
	for _, words := range []map[string]caseflow.Text{backup.Words(), export.Words(), quarantine.Words()} {
		if text, ok := words[r.Code]; ok {
			return text.In(lang)
		}
	}
	if text, ok := hall.Words()[r.Code]; ok {
		return text.In(lang)
	}
	args := make([]any, len(r.Args))
	for i, a := range r.ArgsIn(lang) {
		args[i] = a
		if l, err := workday.ParseLimit(a); err == nil { // 20 workday, as people say it
			args[i] = l.Text(lang)
		}
	}
	return i18n.T(lang, "refusal."+r.Code, args...)
}

// refused is the view of a refusal.
type refused struct {
	ui.Page
	Text   string
	Basis  string
	Faults []string
}

// Broken logs a fault of ours under the number of the request, with the kind of address: what stands in the address may open something.
func (k *Kit) Broken(r *http.Request, err error) {
	k.log.Error("request failed", "req", Reference(r), "route", cmp.Or(r.Pattern, "(none)"), "err", err)
}

// Fail answers with the page of an error.
func (k *Kit) Fail(w http.ResponseWriter, r *http.Request, layout string, err error) {
	status, retry := Status(err)
	frame := k.Frame(r, layout, "")
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	}
	if status == http.StatusInternalServerError || errors.Is(err, store.ErrAway) {
		k.Broken(r, err)
	}
	refusal, ok := Refusal(err)
	_, text := Words(frame.Lang, err)
	if status != http.StatusNotFound {
		frame.Back = back(r, frame.Lang)
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		k.busy(w, r, status, &frame, text)
		return
	}
	if !ok && !errors.Is(err, hall.ErrOtherBody) && !errors.Is(err, ErrEncoding) || status == http.StatusNotFound {
		k.ui.Problem(w, status, frame)
		return
	}
	v := &refused{Page: frame, Text: text}
	v.Title, v.Narrow = frame.T("page.refused-title"), true
	if refusal != nil {
		v.Basis = refusal.Basis.String()
		for _, f := range refusal.Fields {
			v.Faults = append(v.Faults, f.Text.In(frame.Lang))
		}
	}
	k.Show(w, status, "page/refused", v)
}

// back leads to where a form was sent from, whose address is that of its page; from any other page of a case to the case.
func back(r *http.Request, lang string) *ui.Link {
	to := Local(r.URL.Path)
	if to == "" { // another site, as browsers read it
		return nil
	}
	if r.Method == http.MethodGet {
		door, rest, ok := strings.Cut(to, "/cases/")
		if !ok {
			return nil
		}
		no, _, _ := strings.Cut(rest, "/")
		to = door + "/cases/" + no
	}
	return &ui.Link{Text: i18n.T(lang, "layout.back"), Href: to}
}
