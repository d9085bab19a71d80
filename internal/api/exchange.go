package api

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// exchange is what belongs to one request and its answer, at this edge only.
type exchange struct {
	id    string // reference number, in the answer and in the log
	lang  string // zh or en
	route string // path of the operation, without what was put in for its parameters
	words func(lang, code string, args ...string) string
	log   *slog.Logger
}

type exchangeKey struct{}

// of returns the exchange of a request; an empty one outside of any.
func of(ctx context.Context) *exchange {
	if ex, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return ex
	}
	return &exchange{}
}

// exchanges gives every request its number, answers a panic, and writes one line of log.
func (a *API) exchanges(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ex := &exchange{id: rand.Text()[:13], lang: language(r.Header.Get("Accept-Language")), words: a.o.Words, log: a.o.Log}
		out := &answer{ResponseWriter: w}
		head(out.Header(), ex)
		defer func() {
			if v := recover(); v != nil {
				a.panicked(out, ex, v)
			}
			ex.log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("req", ex.id), slog.String("method", method(r)),
				slog.String("route", ex.route), slog.Int("status", out.status), slog.Int64("bytes", out.bytes),
				slog.Duration("took", time.Since(start)))
		}()
		next.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, ex)))
	})
}

// method is the request's, if it is one that HTTP knows: others are somebody's text.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// panicked logs what went wrong and answers, unless part of an answer is already gone: then the connection is cut, so
// that nobody takes the part for the whole.
func (a *API) panicked(out *answer, ex *exchange, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		mustCut()
	}
	ex.log.Error("panic", "req", ex.id, "route", ex.route, "value", v, "stack", string(debug.Stack()))
	if out.status != 0 {
		mustCut()
	}
	ex.write(out, ex.problem(http.StatusInternalServerError, codeInternal))
}

// mustCut ends the connection: a panic with this value is net/http's own way, for every version of HTTP.
func mustCut() { panic(http.ErrAbortHandler) }

// head sets the headers of every answer. An answer is data: no browser may run, frame or sniff it.
func head(h http.Header, ex *exchange) {
	h.Set("Request-Id", ex.id)
	h.Set("Content-Language", ex.lang)
	h.Set("Vary", "Accept-Language, Authorization, Cookie")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
}

// language is the first of zh and en that the client names, zh if none.
func language(accept string) string {
	for len(accept) > 0 {
		var tag string
		tag, accept, _ = strings.Cut(accept, ",")
		tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), ";")
		switch tag, _, _ = strings.Cut(tag, "-"); tag {
		case "zh", "en":
			return tag
		}
	}
	return "zh"
}

// answer remembers what was written.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader is http.ResponseWriter's.
func (w *answer) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is http.ResponseWriter's.
func (w *answer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
