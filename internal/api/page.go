package api

import (
	"bytes"
	_ "embed" // the page
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed page.html
var pageText string

// opLine is one operation on the page for people.
type opLine struct{ Tag, Method, Path, Summary string }

// operations renders the list of operations: without script, and without anything from another host.
func operations(doc *huma.OpenAPI) ([]byte, error) {
	var lines []opLine
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Delete} {
			if op != nil {
				lines = append(lines, opLine{op.Tags[0], op.Method, Prefix + path, op.Summary})
			}
		}
	}
	slices.SortFunc(lines, func(a, b opLine) int {
		return strings.Compare(a.Tag+a.Path+a.Method, b.Tag+b.Path+b.Method)
	})
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Lines": lines, "Document": Prefix + "/openapi.json", "Version": doc.Info.Version})
	return b.Bytes(), err
}

func (a *API) servePage(w http.ResponseWriter, r *http.Request) {
	of(r.Context()).route = "/"
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	_, _ = w.Write(a.page) // the client is gone; nothing is left to be done
}
