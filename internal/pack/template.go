package pack

import (
	"errors"
	"fmt"
	html "html/template"
	"io"
	"regexp"
	"strconv"
	"strings"
	text "text/template"

	"github.com/tongban/tongban/internal/caseflow"
)

// Template is a paper or message of the pack: files templates/<id>.zh.html and .en.html, or .txt for a message.
type Template struct {
	ID    string        `json:"id"`
	Kind  string        `json:"kind"` // licence, notice, decision, message
	Title caseflow.Text `json:"title"`
}

// Paper is what a template can print. Dates and amounts come already written for people.
type Paper struct {
	CaseNo     string
	Item       string
	Applicant  string // name of who asked
	Department string // official full name of who issues or writes
	Phone      string // of that department
	Date       string // of the paper
	Due        string // by when
	Stage      string // where the case stands
	No         string // of the licence or document
	Holder     string // of the licence
	Expires    string // of the licence; empty without expiry
	Verify     string // code that proves the licence
	Link       string // where the case can be seen
	Reason     string
	Basis      string // 《行政许可法》第32条
	Relief     string // ways to have it reviewed
	Receiver   string
	Waybill    string
	Points     []string          // what is to be mended or brought
	Data       map[string]string // what a licence shows, by the key of the result
}

// paper is a parsed template in both languages.
type paper struct {
	def  Template
	file map[string]string // by language
	html map[string]*html.Template
	text map[string]*text.Template
	keys []string // of Data, as the results that use it show them
}

// maxPaper bounds what one template may print, in bytes.
const maxPaper = 1 << 20

var languages = []string{"zh", "en"}

// templates parses every template that the manifest names.
func (l *loader) templates() {
	doc := l.pack.documents["pack.yaml"]
	named := map[string]bool{}
	for i, def := range l.pack.Templates {
		p := &paper{def: def, file: map[string]string{}, html: map[string]*html.Template{}, text: map[string]*text.Template{}}
		for _, lang := range languages {
			name := "templates/" + def.ID + "." + lang + map[bool]string{true: ".txt", false: ".html"}[def.Kind == "message"]
			named[name], p.file[lang] = true, name
			content, ok := l.pack.files[name]
			if !ok {
				l.add(doc.problem("template.missing", fmt.Sprintf("the template %q has no file %s", def.ID, name), "write the file, or remove the template", "templates", index(i)))
				continue
			}
			l.add(p.parse(lang, name, string(content))...)
		}
		if _, twice := l.pack.papers[def.ID]; twice {
			l.add(doc.problem("template.duplicate", fmt.Sprintf("the template %q stands here a second time", def.ID), "keep one of the two", "templates", index(i)))
		}
		p.keys = l.keys(def.ID)
		l.pack.papers[def.ID] = p
	}
	for name := range l.pack.files {
		if strings.HasPrefix(name, "templates/") && !named[name] {
			l.add(Problem{name, 0, 0, "template.unnamed", "no template of pack.yaml has this file", "name it under templates in pack.yaml, or remove it"})
		}
	}
}

// keys collects what the results that are printed with a template show.
func (l *loader) keys(template string) []string {
	var out []string
	for _, it := range l.pack.Items {
		for i := range it.Steps {
			if r := it.Steps[i].Result; r != nil && r.Template == template {
				for _, s := range r.Shows {
					out = append(out, s.Key)
				}
			}
		}
	}
	return out
}

// foreign finds what a page that prints official papers must not hold: scripts, and anything from elsewhere.
var foreign = regexp.MustCompile(`(?i)<\s*(script|iframe|object|embed|link|base|meta|form)\b|\bon[a-z]+\s*=|javascript:|\bhttps?:|src\s*=\s*["']?//|@import|url\s*\(`)

func (p *paper) parse(lang, name, content string) []Problem {
	var err error
	if p.def.Kind == "message" {
		p.text[lang], err = text.New(name).Option("missingkey=error").Parse(content)
	} else {
		for i, line := range strings.Split(content, "\n") {
			if found := foreign.FindString(line); found != "" {
				return []Problem{{name, i + 1, 0, "template.foreign", fmt.Sprintf("%q has no place on an official paper", strings.TrimSpace(found)),
					"remove scripts, forms and everything that is loaded from elsewhere; style with a style attribute or element"}}
			}
		}
		p.html[lang], err = html.New(name).Option("missingkey=error").Parse(content)
	}
	if err != nil {
		return []Problem{templateProblem(name, err)}
	}
	return nil
}

var templateLine = regexp.MustCompile(`:(\d+)(?::(\d+))?:`)

func templateProblem(name string, err error) Problem {
	p := Problem{File: name, Code: "template.fault", What: "the template cannot be printed: " + clip(lastPart(err.Error())),
		Mend: "use only the fields that a paper has, and of Data only the keys that the result shows"}
	if m := templateLine.FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Column, _ = strconv.Atoi(m[2])
	}
	return p
}

func lastPart(s string) string {
	if i := strings.LastIndex(s, ": "); i >= 0 {
		return s[i+2:]
	}
	return s
}

// Render prints a template in a language ("zh" or "en"). It fails with ErrNoSuch if the pack has none of that id.
func (p *Pack) Render(w io.Writer, id, lang string, what Paper) error {
	t := p.papers[id]
	if t == nil {
		return fmt.Errorf("template %q of pack %s: %w", id, p.ID, ErrNoSuch)
	}
	if lang != "en" {
		lang = "zh"
	}
	data := make(map[string]string, len(t.keys))
	for _, key := range t.keys {
		data[key] = what.Data[key] // a key without a value prints as nothing, an unknown one is a mistake of the template
	}
	what.Data = data
	out := &bounded{w: w, left: maxPaper}
	if t.def.Kind == "message" {
		return t.text[lang].Execute(out, what)
	}
	return t.html[lang].Execute(out, what)
}

// bounded refuses to write more than is left.
type bounded struct {
	w    io.Writer
	left int
}

var errTooLong = errors.New("the template prints too much")

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, errTooLong
	}
	b.left -= len(p)
	return b.w.Write(p)
}
