package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

func TestAnswer_maps_what_the_packages_below_say(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		code   string
		retry  time.Duration
	}{
		{hall.ErrNotFound, 404, "not-found", 0},
		{store.ErrNotFound, 404, "not-found", 0},
		{filestore.ErrNotFound, 404, "not-found", 0},
		{hall.ErrOtherBody, 422, "request-id-reused", 0},
		{hall.ErrBadRequest, 422, "request-id", 0},
		{store.ErrBusy, 503, "busy", 5 * time.Second},
		{store.ErrAway, 503, "away", 5 * time.Second},
		{store.ErrFull, 507, "full", time.Minute},
		{hall.ErrBehind, 503, "log-behind", 30 * time.Second},
		{store.ErrCursor, 422, "request", 0},
		{context.DeadlineExceeded, 503, "unsure", 5 * time.Second},
		{filestore.ErrTooLarge, 413, "too-large", 0},
		{&filestore.Unfit{Code: filestore.UnfitPixels}, 422, "file.pixels", 0},
		{&filestore.Unfit{Code: filestore.UnfitVirus}, 422, "file.virus", 0},
		{&access.Throttled{After: time.Minute}, 429, "throttled", time.Minute},
		{access.ErrBusy, 503, "sign-in-busy", 5 * time.Second},
		{access.ErrNoSession, 401, "no-session", 0},
		{&caseflow.Refusal{Code: access.CodeNotAllowed}, 403, "not-allowed", 0},
		{&caseflow.Refusal{Code: caseflow.CodeNotYours}, 403, "not-yours", 0},
		{&caseflow.Refusal{Code: caseflow.CodePhase}, 409, "phase", 0},
		{&caseflow.Refusal{Code: caseflow.CodeTaskTaken}, 409, "task-taken", 0},
		{&caseflow.Refusal{Code: caseflow.CodeForm}, 422, "form", 0},
		{&caseflow.Refusal{Code: caseflow.CodeGround}, 422, "ground", 0},
		{errors.New("open /secret/path: permission denied"), 500, "internal", 0},
	} {
		var log bytes.Buffer
		ex := &exchange{id: "R1", lang: "en", log: slog.New(slog.NewTextHandler(&log, nil))}
		p, retry := ex.answer(http.StatusInternalServerError, []error{fmt.Errorf("in between: %w", c.err)})
		if p.Status != c.status || p.Code != c.code || retry != c.retry || p.Request != "R1" {
			t.Errorf("%v: %+v after %s, want %d %s after %s", c.err, p, retry, c.status, c.code, c.retry)
		}
		if strings.Contains(p.Detail+p.Title, "secret") || p.Title == "" {
			t.Errorf("%v shows %q, %q", c.err, p.Title, p.Detail)
		}
		if logged := strings.Count(log.String(), "request failed"); (logged == 1) != (c.status == 500 || c.code == "away") || logged > 1 {
			t.Errorf("%v was logged %d times: %s", c.err, logged, log.String())
		}
	}
}

func TestWords_exist_in_both_languages(t *testing.T) {
	t.Parallel()
	for code, text := range words {
		if text.ZH == "" || text.EN == "" || text.ZH == text.EN {
			t.Errorf("%s: %+v", code, text)
		}
	}
	for status, text := range titles {
		if text.ZH == "" || text.EN == "" {
			t.Errorf("title of %d: %+v", status, text)
		}
	}
	for status, code := range codes {
		if (&exchange{}).sentence(code) == "" || titles[status].ZH == "" {
			t.Errorf("%d has no words for %s", status, code)
		}
	}
	for _, k := range kinds {
		if words["field."+k.code].ZH == "" {
			t.Errorf("a field fault of kind %s has no words", k.code)
		}
	}
}

// The texts of huma that faults are recognised by: should it change them, this fails and no client is told nonsense.
func TestFaults_recognise_what_validation_says(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		fmt.Sprintf(validation.MsgExpectedRequiredProperty, "name"): "required", validation.MsgUnexpectedProperty: "unknown",
		fmt.Sprintf(validation.MsgExpectedOneOf, "a"): "enum", fmt.Sprintf(validation.MsgExpectedMaxLength, 3): "length",
		fmt.Sprintf(validation.MsgExpectedMaxItems, 3): "length", fmt.Sprintf(validation.MsgExpectedMaximumNumber, 3): "range",
		fmt.Sprintf(validation.MsgExpectedMatchPattern, "x"): "pattern", validation.MsgExpectedRFC3339DateTime: "pattern",
		validation.MsgExpectedString: "type", validation.MsgExpectedInteger: "type", validation.MsgExpectedObject: "type",
		"required query parameter is missing": "required", "unknown query parameter": "unknown", "something new": "invalid",
	} {
		got := faults([]error{&huma.ErrorDetail{Message: message, Location: "body.a.b", Value: "secret"}})
		if len(got) != 1 || got[0].Code != want {
			t.Errorf("%q is %+v, want %s", message, got, want)
		}
		field := map[string]string{"required": "a.b", "unknown": "a.b"}[want]
		if strings.Contains(message, " name ") {
			field = "a.b.name"
		}
		if field != "" && got[0].Field != field {
			t.Errorf("%q is at %q, want %q", message, got[0].Field, field)
		}
	}
}

func TestPanic_is_answered_and_logged_once(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := &API{o: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	answer := httptest.NewRecorder()
	a.exchanges(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a secret") })).
		ServeHTTP(answer, httptest.NewRequest("GET", "/api/v1/me", nil))
	if body := answer.Body.String(); answer.Code != 500 || strings.Contains(body, "secret") || !strings.Contains(body, `"code":"internal"`) {
		t.Errorf("%d %s", answer.Code, body)
	}
	if n := strings.Count(log.String(), "msg=panic"); n != 1 || !strings.Contains(log.String(), answer.Header().Get("Request-Id")) {
		t.Errorf("logged %d times: %s", n, log.String())
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // net/http compares so
			t.Errorf("an answer that was begun ends with %v", v)
		}
	}()
	a.exchanges(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("later")
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/v1/me", nil))
}

func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e3,"\ud83d\ude00"]}`, `"\u0000"`, `[[[[`, `1e9`, `"\`, `"\u12`, `{"a":"\\u0000"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := testing.AllocsPerRun(1, func() { checkJSON(b) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
		if checkJSON(b) == codeText && !bytes.ContainsRune(b, 0) && !bytes.Contains(b, []byte(`\u`)) && strings.ToValidUTF8(string(b), "") == string(b) {
			t.Errorf("%q is text", b)
		}
	})
}
