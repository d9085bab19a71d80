package page

import (
	"encoding/json"
	"net/http"
)

// Clash is an answer that was saved elsewhere after a page was made, beside what was typed on it.
type Clash struct{ Label, Here, There string }

// Clashes are those of a page, and where it is shown anew with what is saved.
type Clashes struct {
	List []Clash
	Take string
}

// Saving says on a page that saves by itself what it does: when it was saved last, and when it is saved without script.
type Saving struct{ Last, Plain string }

// Saved is what the script of a page that saves by itself gets to know.
type Saved struct {
	Version string `json:"version,omitempty"`
	Text    string `json:"text"`
}

// AnswerScript tells the page's script how saving ended, in words for the page.
func AnswerScript(w http.ResponseWriter, status int, v Saved) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody to tell
}
