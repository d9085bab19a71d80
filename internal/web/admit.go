package web

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/tongban/tongban/internal/admit"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// Bounds on what is done at one time beside the work itself. What is beyond is answered at once with 503 and Retry-After.
const (
	maxReading = 4096 // forms that are read: they cost what was sent so far, and no work
	maxUploads = 128  // upload forms, which are read and kept at the same time
)

// admission lets so many requests in at one time.
type admission struct {
	pages, reading, uploads *admit.Room
	busy                    func(w http.ResponseWriter, r *http.Request)
	next                    http.Handler
}

func (s *shell) admit(work *admit.Room, next http.Handler) http.Handler {
	if work == nil {
		work = admit.Work()
	}
	return &admission{work, admit.New(maxReading, 0), admit.New(maxUploads, 0),
		s.kit.Busy, next}
}

// ServeHTTP reads a form before the request takes a place among those that are worked on, so that who sends slowly keeps
// nobody else waiting.
func (a *admission) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, ui.StaticPath): // costs nothing, and the page that says so needs it
		a.next.ServeHTTP(w, r)
	case page.IsUpload(r):
		a.within(a.uploads, w, r, a.next.ServeHTTP)
	case r.Body == nil || r.Body == http.NoBody:
		a.within(a.pages, w, r, a.next.ServeHTTP)
	default:
		if a.within(a.reading, w, r, hold) {
			a.within(a.pages, w, r, a.next.ServeHTTP)
		}
	}
}

// within does it if there is room, and says whether there was.
func (a *admission) within(room *admit.Room, w http.ResponseWriter, r *http.Request, do http.HandlerFunc) bool {
	if !room.Enter(r.Context()) {
		if room == a.reading {
			r.Body = http.NoBody // nobody waits for what is still to come
		}
		a.busy(w, r)
		return false
	}
	defer room.Leave()
	do(w, r)
	return true
}

// hold takes what was sent into memory; whoever reads it meets the error that came of it at its end.
func hold(_ http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	rest := io.Reader(bytes.NewReader(sent))
	if err != nil {
		rest = io.MultiReader(rest, failing{err})
	}
	r.Body = io.NopCloser(rest)
}

type failing struct{ err error }

// Read is io.Reader's.
func (f failing) Read([]byte) (int, error) { return 0, f.err }
