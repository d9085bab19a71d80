package ui

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"reflect"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tongban/tongban/internal/web/i18n"
)

// GalleryPath is where the gallery of components is served.
const GalleryPath = "/_gallery"

// views are the components' view structs, by component; examples are read into them.
var views = map[string]reflect.Type{
	"back": reflect.TypeFor[Link](), "bars": reflect.TypeFor[Bars](), "button": reflect.TypeFor[Button](),
	"confirm": reflect.TypeFor[Confirm](), "copy": reflect.TypeFor[Copy](), "count": reflect.TypeFor[Count](),
	"crumbs": reflect.TypeFor[[]Link](), "empty": reflect.TypeFor[Empty](), "errors": reflect.TypeFor[Errors](),
	"field": reflect.TypeFor[Field](), "filters": reflect.TypeFor[Filters](), "lamp": reflect.TypeFor[Lamp](),
	"licence": reflect.TypeFor[Licence](), "notice": reflect.TypeFor[Notice](), "onfile": reflect.TypeFor[OnFile](),
	"panel": reflect.TypeFor[Panel](), "progress": reflect.TypeFor[Progress](), "rating": reflect.TypeFor[Rating](),
	"summary": reflect.TypeFor[Summary](), "table": reflect.TypeFor[Table](), "tabs": reflect.TypeFor[Tabs](),
	"tag": reflect.TypeFor[Tag](), "tasklist": reflect.TypeFor[TaskList](), "tiles": reflect.TypeFor[Tiles](),
	"timeline": reflect.TypeFor[Timeline](), "trend": reflect.TypeFor[Trend](), "turn": reflect.TypeFor[Turn](),
}

// Example is one way to use a component.
type Example struct {
	Component string
	Name      string
	Note      string // when to use it
	View      any    // the component's view struct
}

// Components lists the names of all components, sorted.
func Components() []string {
	var names []string
	for name := range views {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Examples reads the examples of a component from its examples.yaml.
func Examples(component string) ([]Example, error) {
	kind, ok := views[component]
	if !ok {
		return nil, fmt.Errorf("there is no component %q", component)
	}
	text, err := fs.ReadFile(files, path.Join("components", component, "examples.yaml"))
	if err != nil {
		return nil, fmt.Errorf("examples of %s: %w", component, err)
	}
	var raw []struct {
		Name string
		Note string
		View yaml.Node
	}
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("examples of %s: %w", component, err)
	}
	var list []Example
	for _, r := range raw {
		v := reflect.New(kind)
		if err := strict(&r.View, v.Interface()); err != nil {
			return nil, fmt.Errorf("example %q of %s: %w", r.Name, component, err)
		}
		list = append(list, Example{component, r.Name, r.Note, v.Elem().Interface()})
	}
	return list, nil
}

// strict decodes a node and fails on a key that the struct does not have.
func strict(node *yaml.Node, into any) error {
	text, err := yaml.Marshal(node)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	return d.Decode(into)
}

// Component renders one component alone, in a language.
func (r *Renderer) Component(lang, name string, view any) (template.HTML, error) {
	set, ok := r.sets[lang]
	if !ok {
		set = r.sets[i18n.Chinese]
	}
	var b bytes.Buffer
	if err := set.ExecuteTemplate(&b, name, view); err != nil {
		return "", fmt.Errorf("component %s: %w", name, err)
	}
	return template.HTML(b.String()), nil // #nosec G203 -- escaped by html/template just above
}

// galleryView is the gallery's list of components, or one component with its examples.
type galleryView struct {
	Page
	Components []Link
	Component  string
	Examples   []shownExample
}

type shownExample struct {
	Example
	HTML template.HTML
}

// Gallery shows every component with its examples, for developers and for the accessibility check: the list at /_gallery, a
// component at /_gallery/name, in the layout given by ?layout=.
func (r *Renderer) Gallery() http.Handler {
	return Preferences(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		name := strings.Trim(strings.TrimPrefix(req.URL.Path, GalleryPath), "/")
		if name == "sample.svg" { // stands for a picture in examples
			http.Redirect(w, req, r.Asset("icon.svg"), http.StatusFound)
			return
		}
		layout := Public
		if l := req.URL.Query().Get("layout"); l == Desk || l == Console {
			layout = l
		}
		v := &galleryView{Page: NewPage(req, layout), Component: name}
		v.Title = v.T("gallery.title")
		for _, c := range Components() {
			v.Components = append(v.Components, Link{Text: c, Href: GalleryPath + "/" + c, Current: c == name})
		}
		v.Nav = []Link{{Text: v.Title, Href: GalleryPath, Current: true}}
		if layout == Console {
			v.Menu = []LinkGroup{{Title: v.Title, Links: v.Components}}
		}
		if name == "" {
			r.Render(w, http.StatusOK, "gallery", v)
			return
		}
		examples, err := Examples(name)
		if err != nil {
			r.Problem(w, http.StatusNotFound, v.Page)
			return
		}
		v.Title, v.Back = name, &Link{Text: v.Title, Href: GalleryPath}
		for _, e := range examples {
			html, err := r.Component(v.Lang, name, e.View)
			if err != nil {
				r.Problem(w, http.StatusInternalServerError, v.Page)
				return
			}
			v.Examples = append(v.Examples, shownExample{e, html})
		}
		r.Render(w, http.StatusOK, "gallery", v)
	}))
}
