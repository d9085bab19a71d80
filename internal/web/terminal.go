package web

import (
	"net/http"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// terminalIdle is after how many seconds without a touch a public terminal forgets its user, if nothing else is said. Without
// script that counts from when the page came.
const terminalIdle = 120

// terminals makes the pages those of a public terminal where the request comes from one: nothing is stored, nobody works at the
// desk, and the case is opened through that channel. A terminal is known by its address (docs/adr/0029).
func (s *shell) terminals(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.door.AtTerminal(r) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if by, _, ok := access.FromRequest(r); ok && by.Kind != caseflow.ActorCitizen {
			s.endTerminal(w, r) // an official's desk does not belong where everybody passes
			return
		}
		next.ServeHTTP(w, page.WithTerminal(r, s.idle))
	})
}

// endTerminal forgets who used a terminal: the session is over, and the browser is told to throw away what it holds. It changes
// nothing for anybody else, so that a page without script may come here by itself.
func (s *shell) endTerminal(w http.ResponseWriter, r *http.Request) {
	if err := s.door.SignOut(w, r); err != nil {
		s.kit.Fail(w, r, ui.Public, err)
		return
	}
	w.Header().Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
