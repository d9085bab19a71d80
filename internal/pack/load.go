package pack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/rule"
	"github.com/tongban/tongban/workday"
)

// Pack is a loaded pack. It never changes; any number of goroutines may read it.
type Pack struct {
	Manifest
	Items  []*caseflow.Item // by file name
	Tables []*Table         // by file name
	Walk   *Walk            // nil if the pack has none

	// LimitsOn is the day whose law the limits of the catalogue were taken from; zero: the newest versions.
	LimitsOn workday.Date

	laws      *workday.Catalogue
	files     map[string][]byte
	documents map[string]*document
	items     map[caseflow.ItemID]*itemBuild
	papers    map[string]*paper
	rules     map[string]caseflow.Rule // limits by id
	parts     map[string][]*PartFile   // by folder
}

// Table is a decision table with the words for its answers.
type Table struct {
	*rule.Table
	Name   caseflow.Text
	Item   caseflow.ItemID
	Labels map[string]caseflow.Text // of the outputs
}

// itemBuild is what the prover knows about an item beyond the item itself.
type itemBuild struct {
	item   *caseflow.Item
	doc    *document
	form   *formBuild
	place  map[caseflow.StepID]int // of each step in its file
	cyclic []caseflow.StepID       // steps on a cycle, in the file's order
}

// formBuild is a form that is ready to check data.
type formBuild struct {
	source formSource
	doc    *document
	typ    *rule.Type
	check  *formCheck
	id     string
}

// loader collects what it finds wrong while it reads a pack.
type loader struct {
	pack     *Pack
	forms    map[string]*formBuild
	problems []Problem
}

func (l *loader) add(p ...Problem) { l.problems = append(l.problems, p...) }

// Options say by which law a pack is read. The zero value takes the newest version of every limit in the embedded catalogue.
type Options struct {
	Laws *workday.Catalogue // nil: workday.StatutoryLimits
	On   workday.Date       // the version of each limit that is in force on this day: that of the acceptances to come

	Parts []Part // folders that modules read
}

// Load is Options.Load with the zero Options.
func Load(fsys fs.FS) (*Pack, []Problem) { return Options{}.Load(fsys) }

// Check is Options.Check with the zero Options.
func Check(fsys fs.FS) (*Pack, []Problem) { return Options{}.Check(fsys) }

// law finds a limit of the catalogue as it is in force on the pack's day.
func (p *Pack) law(id string) (workday.Rule, bool) {
	if p.LimitsOn.IsZero() {
		return p.laws.Lookup(id)
	}
	return p.laws.At(id, p.LimitsOn)
}

// otherwise reports whether a limit that the pack takes from the catalogue of law is another by the options.
func (p *Pack) otherwise(o Options) bool {
	if o.Laws == nil {
		o.Laws = workday.StatutoryLimits()
	}
	other := &Pack{LimitsOn: o.On, laws: o.Laws}
	for id := range p.rules {
		was, known := p.law(id)
		is, still := other.law(id)
		if was != is || known != still {
			return true
		}
	}
	return false
}

// readAgain reads the same files by another law.
func (p *Pack) readAgain(o Options) (*Pack, error) {
	archive, err := p.Archive()
	if err != nil {
		return nil, err
	}
	fsys, err := Open(archive)
	if err != nil {
		return nil, err
	}
	again, problems := o.Load(fsys)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	return again, nil
}

// Load reads a pack, checks its files against their schemas and compiles what stands in them. On any problem the pack is
// nil. A pack that loads still has to be proved: see Prove and Check.
func (o Options) Load(fsys fs.FS) (*Pack, []Problem) {
	if o.Laws == nil {
		o.Laws = workday.StatutoryLimits()
	}
	l := &loader{
		pack: &Pack{
			LimitsOn: o.On, laws: o.Laws,
			files: map[string][]byte{}, documents: map[string]*document{}, items: map[caseflow.ItemID]*itemBuild{},
			papers: map[string]*paper{}, rules: map[string]caseflow.Rule{}, parts: map[string][]*PartFile{},
		},
		forms: map[string]*formBuild{},
	}
	l.read(fsys)
	for name, text := range l.pack.files {
		if strings.HasSuffix(name, ".yaml") {
			l.pack.documents[name] = readDocument(name, text)
		}
	}
	l.manifest()
	if len(l.problems) > 0 {
		return nil, sorted(l.problems)
	}
	for _, name := range l.names("forms/") {
		l.form(name)
	}
	for _, name := range l.names("items/") {
		l.item(name)
	}
	if len(l.names("items/")) == 0 {
		l.add(Problem{"items", 0, 0, "file.missing", "the pack has no item", "write items/<id>.yaml"})
	}
	for _, name := range l.names("rules/") {
		l.table(name)
	}
	l.templates()
	l.walk()
	l.partsOf(o.Parts)
	if len(l.problems) > 0 {
		return nil, sorted(l.problems)
	}
	return l.pack, nil
}

// Check loads and proves a pack: a pack that is returned may be run.
func (o Options) Check(fsys fs.FS) (*Pack, []Problem) {
	s, problems := Seal(fsys)
	if len(problems) > 0 {
		return nil, problems
	}
	return s.Check(o)
}

// names lists the YAML files of a folder in alphabetical order.
func (l *loader) names(folder string) []string {
	var out []string
	for name := range l.pack.documents {
		if strings.HasPrefix(name, folder) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// read takes in every file of the pack.
func (l *loader) read(fsys fs.FS) {
	total := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			l.add(Problem{name, 0, 0, "file.kind", "this is no regular file", "put the file itself into the pack, not a link"})
			return nil
		case !belongs(name) && !aside(name):
			l.add(unknownFile(name))
			return nil
		case len(l.pack.files) >= MaxFiles:
			return fmt.Errorf("more than %d files", MaxFiles)
		}
		text, err := readBounded(fsys, name)
		if err != nil {
			l.add(Problem{name, 0, 0, "file.read", err.Error(), "make the file smaller, or mend its permissions"})
			return nil
		}
		if total += len(text); total > MaxTotal {
			return fmt.Errorf("more than %d bytes in all", MaxTotal)
		}
		l.pack.files[name] = text
		return nil
	})
	if err != nil {
		l.add(Problem{"pack.yaml", 0, 0, "file.read", "the pack cannot be read: " + err.Error(), "check the folder, its size and its permissions"})
	}
}

// belongs reports whether a pack may hold a file of that name.
func belongs(name string) bool {
	folder, file := path.Split(name)
	if strings.HasPrefix(file, ".") || strings.ContainsAny(file, "\\:\x00") {
		return false
	}
	ext := path.Ext(file)
	switch folder {
	case "":
		return file == "pack.yaml" || file == "walk.yaml" || file == "README.md"
	case "items/", "forms/", "rules/":
		return ext == ".yaml"
	case "templates/":
		return ext == ".html" || ext == ".txt"
	case "samples/":
		return slices.Contains([]string{".pdf", ".png", ".jpg", ".txt", ".docx", ".xlsx"}, ext)
	}
	return false
}

func readBounded(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxFile {
		return nil, fmt.Errorf("the file is larger than %d bytes", MaxFile)
	}
	return text, nil
}

// manifest reads pack.yaml and its limits.
func (l *loader) manifest() {
	doc := l.pack.documents["pack.yaml"]
	if doc == nil {
		l.add(Problem{"pack.yaml", 0, 0, "file.missing", "the pack has no pack.yaml", "write it: id, version, name, departments, limits and what its schema asks for"})
		return
	}
	ok := doc.conform("pack", &l.pack.Manifest)
	l.add(doc.faults...)
	if !ok {
		return
	}
	for i, src := range l.pack.Limits {
		if _, twice := l.pack.rules[src.ID]; twice {
			l.add(doc.problem("limit.duplicate", fmt.Sprintf("the limit %q stands here a second time", src.ID), "keep one of the two", "limits", index(i)))
			continue
		}
		l.pack.rules[src.ID] = l.limit(doc, i, src)
	}
}

// limit takes a limit from the statutory catalogue, or from the pack with its own clause.
func (l *loader) limit(doc *document, i int, src LimitSource) caseflow.Rule {
	r := caseflow.Rule{ID: src.ID, Name: src.Name, Soon: src.Soon}
	at := func(code, what, mend string) {
		l.add(doc.problem(code, what, mend, "limits", index(i)))
	}
	law, found := l.pack.law(src.ID)
	switch {
	case !found && len(l.pack.laws.Versions(src.ID)) > 0:
		at("limit.repealed", fmt.Sprintf("no version of %q is in force on %v", src.ID, l.pack.LimitsOn), "name the limit that took its place, or wait with the pack until it is in force")
	case found && src.Limit != nil && *src.Limit != law.Limit:
		at("limit.differs", fmt.Sprintf("the catalogue of limits says %s for %q, not %s", law.Limit, src.ID, *src.Limit),
			"remove limit here, or give the pack's own limit another id")
	case found && src.Basis != nil && !strings.HasPrefix(law.Basis, "source"):
		at("limit.basis", fmt.Sprintf("%q takes its clause from the catalogue of limits", src.ID), "remove basis here")
	case !found && (src.Limit == nil || src.Basis == nil):
		at("limit.basis", fmt.Sprintf("%q is not in the catalogue of limits, and says no length or no clause of its own", src.ID),
			"correct the id, or add limit and basis")
	}
	if found {
		r.Limit, r.Basis = law.Limit, caseflow.Basis{Law: law.Basis, Article: law.Article}
	} else if src.Limit != nil {
		r.Limit = *src.Limit
	}
	if src.Basis != nil {
		r.Basis = *src.Basis
	}
	return r
}

// rule finds a limit that an item names, which runs forward from what starts it.
func (l *loader) rule(doc *document, src ruleSource, at ...string) caseflow.Rule {
	r := l.find(doc, src, at...)
	if r.Limit.Backward || src.Anchor != "" {
		l.add(doc.problem("limit.backward", fmt.Sprintf("the limit %q is counted back from a date, which nothing here has", src.Rule), "name a limit that runs forward, or use it under expiry or apply",
			append(slices.Clone(at), "rule")...))
	}
	return r
}

// find finds a limit of the pack.
func (l *loader) find(doc *document, src ruleSource, at ...string) caseflow.Rule {
	r, ok := l.pack.rules[src.Rule]
	if !ok {
		l.add(doc.problem("limit.unknown", fmt.Sprintf("pack.yaml has no limit %q", src.Rule), "add it under limits in pack.yaml, or correct the id",
			append(slices.Clone(at), "rule")...))
		return r
	}
	if src.Soon != nil {
		r.Soon = *src.Soon
	}
	r.Effect = src.Effect
	return r
}

// conforms checks a document against its schema, and that its id is its file's name.
func (l *loader) conforms(name, schema string, v any, id *string) *document {
	doc := l.pack.documents[name]
	ok := doc.conform(schema, v)
	l.add(doc.faults...)
	if !ok {
		return nil
	}
	if want := strings.TrimSuffix(path.Base(name), ".yaml"); *id != want {
		l.add(doc.problem("file.name", fmt.Sprintf("the id %q is not the file's name", *id), fmt.Sprintf("write id: %s, or rename the file", want), "id"))
		return nil
	}
	return doc
}

// condition is a compiled expression over the facts of a case.
type condition struct{ *rule.Condition }

// Holds reports whether the condition is true of the facts; what is not known does not hold.
func (c condition) Holds(f caseflow.Facts) (bool, error) { return c.Condition.Holds(factsOf(f)) }

// factsOf are the facts of a case as conditions see them, on no day: only checks know one.
func factsOf(f caseflow.Facts) rule.Facts {
	return rule.Facts{Form: f.Form, Applicant: f.Applicant, Steps: f.Steps, Data: f.Data}
}

// compile compiles an expression that stands at a path; nil if there is none or it is wrong.
func (l *loader) compile(env *rule.Env, text string, doc *document, at ...string) caseflow.Condition {
	if text == "" || env == nil {
		return nil
	}
	c, fault := env.Compile(text)
	if fault != nil {
		l.add(expressionProblem(doc, fault, at...))
		return nil
	}
	return condition{c}
}

// expressionProblem places the fault of an expression in its file.
func expressionProblem(doc *document, fault *rule.Fault, at ...string) Problem {
	return placed(doc, fault, Problem{Code: "expression", What: "this condition cannot be used: " + clip(fault.What),
		Mend: "name only fields of the form's schema, steps and data of this item, and compare like with like"}, at...)
}

// fallible places what can fail in an expression in its file; what it says holds the remedy.
func fallible(doc *document, fault *rule.Fault, at ...string) Problem {
	what, mend, _ := strings.Cut(fault.What, ": ")
	return placed(doc, fault, Problem{Code: "condition", What: "this condition can fail while a case runs: " + what, Mend: mend}, at...)
}

func placed(doc *document, fault *rule.Fault, p Problem, at ...string) Problem {
	m := doc.at(at...)
	p.File, p.Line, p.Column = doc.file, m.line+fault.Line-1, fault.Column
	switch {
	case m.block:
		p.Line++
	case fault.Line == 1:
		p.Column += m.col - 1
		if m.quoted {
			p.Column++
		}
	}
	return p
}

// ErrNoSuch is what looking for an unknown pack, version, item or template gives.
var ErrNoSuch = errors.New("pack: no such thing")

func index(i int) string { return fmt.Sprint(i) }

// CheckAll loads and proves the packs of a folder that holds one folder for each, in the order of their names. Files of
// problems begin with the folder's name. Packs without a problem are returned even if others have some.
func (o Options) CheckAll(fsys fs.FS) ([]*Pack, []Problem) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, []Problem{{".", 0, 0, "file.read", "the packs cannot be read: " + err.Error(), "check the folder and its permissions"}}
	}
	found := make([]*Pack, len(entries))
	wrong := make([][]Problem, len(entries))
	var wg sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			found[i], wrong[i] = o.checkFolder(fsys, e.Name())
		})
	}
	wg.Wait()
	packs := slices.DeleteFunc(found, func(p *Pack) bool { return p == nil })
	return packs, slices.Concat(wrong...)
}

func (o Options) checkFolder(fsys fs.FS, name string) (*Pack, []Problem) {
	sub, err := fs.Sub(fsys, name)
	if err != nil {
		return nil, []Problem{{name, 0, 0, "file.read", err.Error(), "check the name of the folder"}}
	}
	p, problems := o.Check(sub)
	if p != nil && p.ID != name {
		p, problems = nil, []Problem{{"pack.yaml", 0, 0, "file.folder", fmt.Sprintf("the pack %q stands in the folder %q", p.ID, name), "give both the same name"}}
	}
	for i := range problems {
		problems[i].File = path.Join(name, problems[i].File)
	}
	return p, problems
}

// Table finds a decision table of the pack; nil if there is none of that id.
func (p *Pack) Table(id string) *Table {
	i := slices.IndexFunc(p.Tables, func(t *Table) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return p.Tables[i]
}

// Decide evaluates a decision table on the facts of a case, with the rows that hold, their clauses, and the facts used.
func (t *Table) Decide(f caseflow.Facts) (rule.Outcome, error) { return t.Table.Decide(factsOf(f)) }
