package web

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// begun knows whether part of an answer is gone.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) WriteHeader(status int) {
	b.yes = true
	b.ResponseWriter.WriteHeader(status)
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// survive answers a panic with the page that says so, which is logged once under the number that the page shows. If part of an answer is
// gone the connection is cut, so that nobody takes the part for the whole.
func survive(kit *page.Kit, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &begun{ResponseWriter: w}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				mustCut()
			}
			err := fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			if out.yes {
				kit.Broken(r, err)
				mustCut()
			}
			kit.Fail(out, r, ui.Public, err)
		}()
		next.ServeHTTP(out, r)
	})
}

// mustCut ends the connection: a panic with this value is net/http's own way, for every version of HTTP.
func mustCut() { panic(http.ErrAbortHandler) }
