// Package ui is what every page of Tongban is made of: the tokens and the style sheet, the layouts of the public hall, the
// clerk's desk and the console, and the components, each a template with a typed Go view and examples.
//
// A page is an html/template file of its own that holds what stands inside <main>; the layout around it, the language and
// the large-print view come from its view, which embeds Page. A component is shown with {{template "field" .Name}}, where
// the value is its view struct. The gallery (/_gallery) shows every component with its examples; the same examples are the
// golden tests and what the accessibility check sees.
//
// Pages carry no inline script or style and load nothing from elsewhere, so the strict Policy holds. Everything works without
// script; tongban.js only improves. The package shows values, it computes no deadline and fetches nothing.
package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/tongban/tongban/internal/web/i18n"
)

//go:embed layout components static
var files embed.FS

// Policy is the Content-Security-Policy of every page.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// policy is the page's own: one that runs WebAssembly says so, and may still run no other text as code.
func (p *Page) policy() string {
	if p.Wasm {
		return strings.Replace(Policy, "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", 1)
	}
	return Policy
}

// Options say what a Renderer shows beside its own components.
type Options struct {
	Site Site
	// Pages hold page templates, *.html at any depth. A page's name is its path without .html. Its text is what stands inside
	// <main>; what it defines besides must have a name that begins with the page's folder.
	Pages []fs.FS
	// Static hold further files to serve, by name, such as a map's script.
	Static []fs.FS
}

// Renderer turns views into pages. It is immutable and safe for use by several goroutines.
type Renderer struct {
	site   Site
	assets *assets
	sets   map[string]*template.Template // by language
}

// New parses all templates, once for each language. It fails on a template that does not parse or a name that comes twice.
func New(o Options) (*Renderer, error) {
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	r := &Renderer{site: o.Site, sets: map[string]*template.Template{}}
	if r.assets, err = loadAssets(append([]fs.FS{static}, o.Static...)); err != nil {
		return nil, err
	}
	for _, lang := range []string{i18n.Chinese, i18n.English} {
		if r.sets[lang], err = r.parse(lang, o.Pages); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// parse makes the template set of one language, with functions that know it.
func (r *Renderer) parse(lang string, pages []fs.FS) (*template.Template, error) {
	set := template.New("").Funcs(r.funcs(lang))
	err := eachTemplate(files, func(name, text string) error {
		_, err := set.Parse(text)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, fsys := range pages {
		err := eachTemplate(fsys, func(name, text string) error {
			if set.Lookup(name) != nil {
				return fmt.Errorf("there are two pages of this name")
			}
			_, err := set.New(name).Parse(`{{template "top" .Frame}}` + text + `{{template "end" .Frame}}`)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	fold(set, lang)
	return set, nil
}

// eachTemplate calls do with the name (path without .html) and text of every template below fsys.
func eachTemplate(fsys fs.FS, do func(name, text string) error) error {
	return fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".html" {
			return err
		}
		text, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		if err := do(strings.TrimSuffix(p, ".html"), string(text)); err != nil {
			return fmt.Errorf("template %s: %w", p, err)
		}
		return nil
	})
}

// View is what a page template gets: a struct that embeds Page.
type View interface{ Frame() *Page }

// drawing are buffers that pages are made in, of at most largePage bytes.
var drawing = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const largePage = 256 << 10

// Render writes a page with its headers. The page is made whole before the first byte goes out; if that fails, the answer is
// a plain 500 page with a reference number, and the cause is logged under that number.
func (r *Renderer) Render(w http.ResponseWriter, status int, page string, view View) {
	b := drawing.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= largePage {
			drawing.Put(b)
		}
	}()
	status = r.draw(b, status, page, view)
	send(w, status, view.Frame(), b.Bytes())
}

// Draw makes a page that is the same for many, and returns what writes it. If it could not be made, that writes what Render would, which is
// for nobody else.
func (r *Renderer) Draw(status int, page string, view View) (write func(w http.ResponseWriter), made bool) {
	var b bytes.Buffer
	shown := r.draw(&b, status, page, view)
	frame := *view.Frame()
	return func(w http.ResponseWriter) { send(w, shown, &frame, b.Bytes()) }, shown == status
}

// draw makes a page and returns its status.
func (r *Renderer) draw(b *bytes.Buffer, status int, page string, view View) int {
	frame := view.Frame()
	frame.dress(r.site)
	set := r.sets[frame.Lang]
	err := set.ExecuteTemplate(b, page, view)
	if err == nil {
		return status
	}
	ref := frame.reference()
	slog.Error("page failed", "page", page, "req", ref, "err", err)
	b.Reset()
	status = http.StatusInternalServerError
	if err := set.ExecuteTemplate(b, "problem", problemView(*frame, status, ref)); err != nil {
		slog.Error("problem page failed", "req", ref, "err", err)
		b.Reset()
		b.WriteString(template.HTMLEscapeString(i18n.T(frame.Lang, "problem.500-title")))
	}
	return status
}

func send(w http.ResponseWriter, status int, frame *Page, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", htmlLang(frame.Lang))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Security-Policy", frame.policy())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone: nobody to tell
}

// Problem writes the page for an HTTP status that is not a success: what happened, what to do, and the reference number.
func (r *Renderer) Problem(w http.ResponseWriter, status int, frame Page) {
	ref := ""
	if status >= 500 {
		ref = frame.reference()
	}
	r.Render(w, status, "problem", problemView(frame, status, ref))
}

// Static serves the assets below /_static/, compressed, for ever: their names change with their content. What is not there
// is missing's to say.
func (r *Renderer) Static(missing http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if file, ok := r.assets.byAddress[req.URL.Path]; ok && (req.Method == http.MethodGet || req.Method == http.MethodHead) {
			file.serve(w, req)
			return
		}
		missing.ServeHTTP(w, req)
	})
}

// Asset gives the address of a static file by its plain name, or "" if there is none.
func (r *Renderer) Asset(name string) string { return r.assets.address(name) }
