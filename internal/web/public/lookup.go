package public

import (
	"encoding/json"
	"net/http"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/page"
)

// found is one answer of a list as the page's script shows it.
type found struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Hint  string `json:"hint,omitempty"`
}

// lookup finds answers of a long list while somebody types: the same that the page's own search finds. The lists are public.
func (s *Site) lookup(w http.ResponseWriter, r *http.Request) {
	list := r.PathValue("list")
	if !form.Lists(list) {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	answers := []found{}
	for _, o := range form.Lookup(list, query(r.URL.Query().Get("q")), page.Lang(r)) {
		answers = append(answers, found{Value: o.Value, Label: o.Label})
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("Vary", "Cookie")       // which names the language
	_ = json.NewEncoder(w).Encode(answers) // the client has gone: nobody to tell
}
