package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/workday"
)

// Problem is the answer to a request that was not carried out (RFC 9457). Nothing has changed. It never repeats what was
// sent, but for the names of fields that there are not, see caseflow.UnknownField.
type Problem struct {
	Type    string       `json:"type" doc:"urn:tongban:problem: and the code"`
	Title   string       `json:"title" doc:"The kind of problem, in the language asked for"`
	Status  int          `json:"status"`
	Detail  string       `json:"detail" doc:"What is wrong and what to do next, in the language asked for"`
	Code    string       `json:"code" doc:"Stable: for programs"`
	Fields  []FieldFault `json:"fields,omitempty" doc:"Everything that is to be mended, at once"`
	Basis   string       `json:"basis,omitempty" doc:"The clause that a refusal rests on"`
	Request string       `json:"request" doc:"Reference number of the request, to quote when asking for help"`
}

// FieldFault is one mistake, addressed to its field.
type FieldFault struct {
	Field string `json:"field" doc:"Dotted path; rows of lists by number"`
	Code  string `json:"code"`
	Text  string `json:"text"`
}

// Error is for logs.
func (p *Problem) Error() string { return p.Code }

// GetStatus is huma.StatusError's.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is huma.ContentTypeFilter's.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem makes a problem of this package's own codes.
func (ex *exchange) problem(status int, code string) *Problem {
	return ex.refused(status, &caseflow.Refusal{Code: code})
}

// refused puts a refusal into words.
func (ex *exchange) refused(status int, why *caseflow.Refusal) *Problem {
	p := &Problem{
		Type: "urn:tongban:problem:" + why.Code, Title: title(ex.lang, status), Status: status, Code: why.Code,
		Detail: ex.sentence(why.Code, why.ArgsIn(ex.lang)...), Basis: why.Basis.String(), Request: ex.id,
	}
	for _, f := range why.Fields {
		text := f.Text.In(ex.lang)
		if text == "" {
			text = ex.sentence("field." + f.Code)
		}
		p.Fields = append(p.Fields, FieldFault{Field: f.Field, Code: f.Code, Text: text})
	}
	if (why.Code == caseflow.CodeForm || why.Code == caseflow.CodeWords) && len(why.Fields) == 0 && len(why.Args) > 0 { // the core names one field by itself
		p.Fields = append(p.Fields, FieldFault{Field: why.Args[0], Code: "invalid", Text: ex.sentence("field.invalid")})
	}
	if p.Detail == "" {
		p.Detail = p.Title
	}
	return p
}

// sentence finds the words of a code: the catalogue's, else those of the package that gives it.
func (ex *exchange) sentence(code string, args ...string) string {
	for i, a := range args {
		if l, err := workday.ParseLimit(a); err == nil { // 20 workday, as people say it
			args = slices.Clone(args)
			args[i] = l.Text(ex.lang)
		}
	}
	if ex.words != nil {
		if s := ex.words(ex.lang, code, args...); s != "" {
			return s
		}
	}
	if t, ok := words[code]; ok {
		return t.In(ex.lang)
	}
	for _, words := range []map[string]caseflow.Text{backup.Words(), quarantine.Words()} {
		if t, ok := words[code]; ok {
			return t.In(ex.lang)
		}
	}
	if t, ok := hall.Words()[code]; ok {
		return t.In(ex.lang)
	}
	return access.Words()[code].In(ex.lang)
}

// answer turns errors into a problem, and says after how long it may be tried again (zero: nothing to say). It is the
// one place where a failure of ours is logged.
func (ex *exchange) answer(status int, errs []error) (*Problem, time.Duration) {
	if len(errs) == 1 {
		if p, retry := ex.known(errs[0]); p != nil {
			return p, retry
		}
	}
	switch {
	case status >= http.StatusInternalServerError && len(errs) > 0:
		ex.failed(errs)
		return ex.problem(http.StatusInternalServerError, codeInternal), 0
	case status == http.StatusUnprocessableEntity:
		return ex.refused(status, &caseflow.Refusal{Code: codeFields, Fields: faults(errs)}), 0
	}
	code, ok := codes[status]
	if !ok {
		code = codeInternal
	}
	return ex.problem(status, code), 0
}

func (ex *exchange) failed(errs []error) {
	if ex.log != nil {
		ex.log.Error("request failed", "req", ex.id, "route", ex.route, "err", errors.Join(errs...))
	}
}

// known finds the status of what the packages below say. It returns nil for a failure.
func (ex *exchange) known(err error) (*Problem, time.Duration) {
	var own *Problem
	var refusal *caseflow.Refusal
	var unfit *filestore.Unfit
	var calendar *hall.CalendarFault
	switch {
	case errors.As(err, &own):
		return own, 0
	case errors.Is(err, hall.ErrNotFound), errors.Is(err, store.ErrNotFound), errors.Is(err, filestore.ErrNotFound):
		return ex.problem(http.StatusNotFound, codeNotFound), 0
	case errors.Is(err, hall.ErrOtherBody):
		return ex.problem(http.StatusUnprocessableEntity, codeReused), 0
	case errors.Is(err, hall.ErrBadRequest):
		return ex.problem(http.StatusUnprocessableEntity, codeKey), 0
	case errors.Is(err, hall.ErrCounting):
		return ex.problem(http.StatusConflict, codeCounting), 5 * time.Second
	case errors.As(err, &calendar):
		return ex.refused(http.StatusUnprocessableEntity, &caseflow.Refusal{Code: codeCalendar, Fields: []caseflow.FieldFault{
			{Field: "text", Code: codeCalendar, Text: calendar.Reason}}}), 0
	case errors.Is(err, store.ErrFull):
		return ex.problem(http.StatusInsufficientStorage, codeFull), time.Minute
	case errors.Is(err, store.ErrBusy):
		return ex.problem(http.StatusServiceUnavailable, codeBusy), 5 * time.Second
	case errors.Is(err, hall.ErrBehind):
		return ex.problem(http.StatusServiceUnavailable, codeBehind), 30 * time.Second
	case errors.Is(err, store.ErrCursor):
		return ex.refused(http.StatusUnprocessableEntity, &caseflow.Refusal{Code: codeFields,
			Fields: []caseflow.FieldFault{{Field: "cursor", Code: "invalid"}}}), 0
	case errors.Is(err, store.ErrAway):
		ex.failed([]error{err})
		return ex.problem(http.StatusServiceUnavailable, codeAway), 5 * time.Second
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ex.problem(http.StatusServiceUnavailable, codeUnsure), 5 * time.Second
	case errors.Is(err, filestore.ErrTooLarge):
		return ex.problem(http.StatusRequestEntityTooLarge, codeTooLarge), 0
	case errors.As(err, &unfit):
		return ex.problem(http.StatusUnprocessableEntity, unfit.Code), 0
	}
	if errors.As(err, &refusal) {
		if status, ok := statuses[refusal.Code]; ok {
			return ex.refused(status, refusal), 0
		}
	}
	if status, show, retry := access.Status(err); show != nil {
		return ex.refused(status, show), retry
	}
	return nil, 0
}

// write answers with a problem outside of huma.
func (ex *exchange) write(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // the client is gone; nothing is left to be done
}

func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// statuses are the refusals of the core that are not faults of what was sent (422): the state of the case stands
// against it (409), or the person's post does (403; the case itself is one that they may see).
var statuses = func() map[string]int {
	m := map[string]int{caseflow.CodeNotYours: http.StatusForbidden, caseflow.CodeOtherRegion: http.StatusForbidden}
	for _, code := range []string{
		caseflow.CodePhase, caseflow.CodeTaskTaken, caseflow.CodeTaskEnded, caseflow.CodeNotClaimed, caseflow.CodeNotYourTurn,
		caseflow.CodeTakenUp, caseflow.CodeCorrectedOnce, caseflow.CodeTooLate, caseflow.CodeNotExtendable,
		caseflow.CodeExtendedOnce, caseflow.CodeStopTooOften, caseflow.CodeStopped, caseflow.CodeNotStopped,
		caseflow.CodeCommitted, caseflow.CodeOpinionPending, caseflow.CodeLastSigner, caseflow.CodeRated,
		caseflow.CodeNothingDue, caseflow.CodeExists, caseflow.CodeNoLicence, caseflow.CodeNotDeferrable, caseflow.CodeNumber, caseflow.CodeHeld,
		caseflow.CodeSignsAlready, caseflow.CodeFourEyes, caseflow.CodeConsultFirst, caseflow.CodeNothingToConsult, caseflow.CodeLineTurn, caseflow.CodeLineEmpty, caseflow.CodeLineClosed, caseflow.CodeNotCalled, caseflow.CodeShiftSettled, backup.CodeRunning, backup.CodeSpace, backup.CodeUnfit, backup.CodeKey, quarantine.CodeState, quarantine.CodeSame, quarantine.CodeGone, hall.CodeReformMoved, hall.CodeQuicker,
	} {
		m[code] = http.StatusConflict
	}
	return m
}()

// codes are for statuses that huma gives by itself.
var codes = map[int]string{
	http.StatusBadRequest:            codeJSON,
	http.StatusUnauthorized:          access.CodeNoSession,
	http.StatusNotFound:              codeNotFound,
	http.StatusMethodNotAllowed:      codeMethod,
	http.StatusNotAcceptable:         codeMediaType,
	http.StatusRequestTimeout:        codeTimeout,
	http.StatusRequestEntityTooLarge: codeTooLarge,
	http.StatusUnsupportedMediaType:  codeMediaType,
}

// faults reads what validation found. It takes where and what kind, never the value; of a field that there is not, its name.
func faults(errs []error) []caseflow.FieldFault {
	var list []caseflow.FieldFault
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		part, field, _ := strings.Cut(d.Location, ".") // body., query., path., header.
		code := "invalid"
		for _, k := range kinds {
			if rest, ok := strings.CutPrefix(d.Message, k.says); ok {
				code = k.code
				if name, _, ok := strings.Cut(rest, " to be present"); ok && k.code == "required" && name != "" {
					field = strings.TrimPrefix(field+"."+name, ".")
				}
				break
			}
		}
		fault := caseflow.FieldFault{Field: field, Code: code}
		if code == "unknown" {
			if !caseflow.MoreUnknown(list) {
				continue
			}
			fault = caseflow.UnknownField(cmp.Or(field, part)) // a key may be empty
		}
		if !slices.ContainsFunc(list, func(f caseflow.FieldFault) bool { return f.Field == fault.Field && f.Code == fault.Code }) {
			list = append(list, fault)
		}
	}
	return list
}

// kinds recognises huma's messages by how they begin; the first that fits counts. See its package validation.
var kinds = []struct{ says, code string }{
	{"expected required property ", "required"},
	{"required ", "required"},
	{"unexpected property", "unknown"},
	{"unknown query parameter", "unknown"},
	{"expected value to be one of", "enum"},
	{"expected length", "length"},
	{"expected array length", "length"},
	{"expected number ", "range"},
	{"expected string to", "pattern"},
	{"expected ", "type"},
	{"invalid ", "type"},
}
