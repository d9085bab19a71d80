package hall

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dotted"
)

// reader is how much of a case one actor reads. The applicant, the leading department with its window, and who oversees
// read all of it. Any other department that takes part reads what the pack says is meant for it: fields by their
// departments, materials by their parts, and what was said and filled in on its own steps. What the pack says nothing of
// is for the leading department alone. A clerk at the door through which the case came writes for the applicant, and
// reads all of it as long as it is with the applicant: who writes what they cannot read overwrites it.
type reader struct {
	it      *caseflow.Item
	c       *caseflow.Case
	by      caseflow.Actor
	limited bool // reads the part of the own department, not all
}

func readerOf(by caseflow.Actor, it *caseflow.Item, c *caseflow.Case) reader {
	r := reader{it: it, c: c, by: by}
	if by.Kind != caseflow.ActorOfficial || by.Bears(it.Department) {
		return r
	}
	if c.Phase == caseflow.PhaseDraft || c.Phase == caseflow.PhaseCorrecting {
		if slices.Contains(by.Roles, caseflow.RoleClerk) && slices.ContainsFunc(it.DoorsOf(c.Channel), by.Bears) {
			return r
		}
	}
	withoutPart := access.Resource{Region: c.Region, Phase: phaseOf(c), Channel: c.Channel}
	r.limited = !access.May(by, access.CaseSee, withoutPart).Allow
	return r
}

func (r reader) all() bool { return !r.limited }

// field reports whether a question of the form is meant for the reader; one of a row that names nobody follows its list.
func (r reader) field(f *caseflow.Field) bool {
	return r.all() || slices.ContainsFunc(f.Departments, r.by.Bears)
}

// part reports whether a part of the bundle, or a step of it, is the reader's work.
func (r reader) part(id caseflow.PartID) bool {
	if p := r.it.PartByID(id); r.all() || p != nil && r.by.Bears(p.Department) {
		return true
	}
	return id != "" && slices.ContainsFunc(r.it.Steps, func(s caseflow.Step) bool { return s.Part == id && r.signs(&s) })
}

func (r reader) signs(s *caseflow.Step) bool {
	return r.by.Bears(s.By.Department) || slices.ContainsFunc(s.Signers, func(p caseflow.Post) bool { return r.by.Bears(p.Department) })
}

// step reports whether a step is the reader's work.
func (r reader) step(id caseflow.StepID) bool {
	if def := r.it.StepByID(id); r.all() || def != nil && r.signs(def) {
		return true
	}
	return slices.ContainsFunc(r.c.Tasks, func(t caseflow.Task) bool {
		return t.Kind == caseflow.TaskStep && t.Step == id && r.by.Bears(t.By.Department)
	})
}

// material reports whether a document is meant for the reader.
func (r reader) material(id string) bool {
	m := r.it.MaterialByID(id)
	return r.all() || m != nil && slices.ContainsFunc(m.Parts, r.part)
}

// task reports whether what is said on a task is for the reader: who does it, who asked for it, and whose work it is about.
func (r reader) task(id int) bool {
	t := r.c.Task(id)
	if r.all() || t == nil {
		return r.all()
	}
	own := r.by.ID != "" && slices.Contains([]string{t.Holder, t.From, t.DoneBy, t.By.Person, t.Delegator}, r.by.ID)
	return own || r.by.Bears(t.By.Department) || r.by.Bears(t.Lender.Department) || t.Step != "" && r.step(t.Step)
}

// filledIn reports whether one field that a signer filled in is for the reader.
func (r reader) filledIn(step caseflow.StepID, name string) bool {
	if r.step(step) {
		return true
	}
	def := r.it.StepByID(step)
	return def != nil && slices.ContainsFunc(def.Fields, func(f caseflow.Field) bool { return f.Name == name && r.field(&f) })
}

// reads is the case with what the actor does not read left out. The case itself if the actor reads all of it.
func (r reader) reads() *caseflow.Case {
	if r.all() {
		return r.c
	}
	c := r.c.Clone()
	c.Form = r.form(c.Form)
	c.Materials = slices.DeleteFunc(c.Materials, func(m caseflow.MaterialState) bool { return !r.material(m.ID) })
	c.Commitments = slices.DeleteFunc(c.Commitments, func(k caseflow.Commitment) bool { return !r.material(k.Material) })
	for i := range c.Steps {
		c.Steps[i].Data = r.data(c.Steps[i].ID, c.Steps[i].Data)
	}
	for i := range c.Tasks {
		t := &c.Tasks[i]
		t.Data = r.data(t.Step, t.Data)
		if !r.task(t.ID) {
			t.Ask, t.Words = "", ""
		}
	}
	for i := range c.Parts {
		if !r.part(c.Parts[i].ID) {
			c.Parts[i].Ground = nil
		}
	}
	for i := range c.Licences {
		c.Licences[i] = r.licence(c.Licences[i])
	}
	for i := range c.Deliveries {
		if d := &c.Deliveries[i]; !r.step(d.Step) {
			d.Receiver, d.Waybill = "", ""
		}
	}
	for i := range c.Children {
		c.Children[i].Form = nil // stands in the form of the child
	}
	if a := c.Assistance; a != nil {
		cut := r.assistance(*a)
		c.Assistance = &cut
	}
	if k := c.Correction; k != nil {
		cut := *k
		cut.Points = r.points(k.Points)
		c.Correction = &cut
	}
	return c
}

// objectors leaves out who objected to a public notice of the case, for everybody but the department that answers: the
// applicant learns what is held against the request, and from which department, not from whom.
func (r reader) objectors(c *caseflow.Case) *caseflow.Case {
	desk := r.by.Kind == caseflow.ActorOfficial && r.by.Bears(r.it.Department)
	if desk || r.by.Kind == caseflow.ActorSystem || !slices.ContainsFunc(c.Publications, func(p caseflow.Publication) bool { return len(p.Objections) > 0 }) {
		return c
	}
	c = c.Clone()
	for i := range c.Publications {
		for j := range c.Publications[i].Objections {
			o := &c.Publications[i].Objections[j]
			o.By, o.Name, o.Contact = "", "", ""
		}
	}
	return c
}

// form keeps the answers that are meant for the reader.
func (r reader) form(form json.RawMessage) json.RawMessage {
	whole, ok := object(form)
	if !ok {
		return nil
	}
	kept := map[string]any{}
	for i := range r.it.Pages {
		for j := range r.it.Pages[i].Fields {
			f := &r.it.Pages[i].Fields[j]
			if v, ok := dotted.At(whole, f.Name); ok && r.field(f) {
				dotted.Set(kept, f.Name, r.rows(f, v))
			}
		}
	}
	return mustJSON(kept)
}

// rows leaves out, in the rows of a list, the questions that are meant for others.
func (r reader) rows(f *caseflow.Field, v any) any {
	list, ok := v.([]any)
	if !ok || len(f.Fields) == 0 {
		return v
	}
	out := make([]any, 0, len(list))
	for _, row := range list {
		m, _ := row.(map[string]any)
		kept := map[string]any{}
		for i := range f.Fields {
			q := &f.Fields[i]
			if v, ok := dotted.At(m, q.Name); ok && (len(q.Departments) == 0 || r.field(q)) {
				dotted.Set(kept, q.Name, v)
			}
		}
		out = append(out, kept)
	}
	return out
}

// data keeps of what was filled in at a step what is for the reader.
func (r reader) data(step caseflow.StepID, data json.RawMessage) json.RawMessage {
	if len(data) == 0 || r.step(step) {
		return data
	}
	return r.only(data, func(name string) bool { return r.filledIn(step, name) })
}

// only keeps the members of an object that the choice keeps; nil if none is left.
func (r reader) only(data json.RawMessage, keep func(name string) bool) json.RawMessage {
	m, ok := object(data)
	for name := range m {
		if !keep(name) {
			delete(m, name)
		}
	}
	if !ok || len(m) == 0 {
		return nil
	}
	return mustJSON(m)
}

// licence is a result as the reader sees it: another part's without the code that opens it, and with what the reader
// knows from the form anyway.
func (r reader) licence(l caseflow.Licence) caseflow.Licence {
	if r.all() || r.part(l.Part) {
		return l
	}
	l.Verify = ""
	def := r.it.StepByID(l.Step)
	l.Data = r.only(l.Data, func(key string) bool {
		return def != nil && def.Result != nil && slices.ContainsFunc(def.Result.Shows, func(d caseflow.Datum) bool {
			return d.Key == key && r.datum(d.From)
		})
	})
	return l
}

// datum reports whether a fact that a result shows is for the reader: form.company.name, data.register.approvedName.
func (r reader) datum(path string) bool {
	root, rest, _ := strings.Cut(path, ".")
	switch root {
	case "data":
		step, name, _ := strings.Cut(rest, ".")
		return r.filledIn(caseflow.StepID(step), name)
	case "form":
		return r.named(rest)
	}
	return false
}

// named is field for a question known by its name.
func (r reader) named(name string) bool {
	return r.all() || slices.ContainsFunc(r.it.Pages, func(p caseflow.Page) bool {
		return slices.ContainsFunc(p.Fields, func(f caseflow.Field) bool {
			return (f.Name == name || strings.HasPrefix(name, f.Name+".")) && r.field(&f)
		})
	})
}

// points keeps of a correction notice what concerns the reader's fields and materials.
func (r reader) points(list []caseflow.CorrectionPoint) []caseflow.CorrectionPoint {
	var kept []caseflow.CorrectionPoint
	for _, p := range list {
		if p.Field != "" && r.named(p.Field) || p.Material != "" && r.material(p.Material) {
			kept = append(kept, p)
		}
	}
	return kept
}

// assistance says that somebody helps and which colleague it is, and to the department that does it also why and what agent:
// that an applicant is old or disabled concerns nobody else (个人信息保护法 art. 6, 28).
func (r reader) assistance(a caseflow.Assistance) caseflow.Assistance {
	if r.all() || r.by.Bears(a.Post.Department) {
		return a
	}
	return caseflow.Assistance{How: a.How, Post: a.Post, Since: a.Since}
}

// event is what happened as the reader may know it: that it happened always, what was said and handed in only if it is
// for the reader. author is the department that gave the command.
//
//house:long one case for each event that carries words or data
func (r reader) event(e caseflow.Event, author string) caseflow.Event {
	if r.all() {
		return e
	}
	own := r.by.Bears(author)
	switch e := e.(type) {
	case caseflow.DraftSaved:
		e.Form = r.form(e.Form)
		return e
	case caseflow.Attached:
		if !r.material(e.Material) {
			e.File = caseflow.File{}
		}
		return e
	case caseflow.Detached:
		if !r.material(e.Material) {
			e.Hash = ""
		}
		return e
	case caseflow.MaterialReceived:
		if !r.material(e.Material) {
			e.Files = nil
		}
		return e
	case caseflow.Deferred:
		if !r.material(e.Commitment.Material) {
			e.Commitment.Signed, e.Commitment.Words = "", ""
		}
		return e
	case caseflow.PromiseBroken:
		if !r.material(e.Material) {
			e.Reason = ""
		}
		return e
	case caseflow.CorrectionRequested:
		e.Points = r.points(e.Points)
		return e
	case caseflow.StepEnded:
		e.Data = r.data(e.Step, e.Data)
		return e
	case caseflow.TaskOpened:
		if !own && !r.task(e.Task.ID) {
			e.Task.Ask = ""
		}
		return e
	case caseflow.TaskEnded:
		if !own && !r.task(e.Task) {
			e.Words, e.Data = "", nil
		}
		return e
	case caseflow.TaskHandedOver:
		if !own && !r.task(e.Task) {
			e.Reason = ""
		}
		return e
	case caseflow.TaskDelegated:
		if !own && !r.task(e.Task) {
			e.Ask = ""
		}
		return e
	case caseflow.TaskReturned:
		if !own && !r.task(e.Task) {
			e.Words = ""
		}
		return e
	case caseflow.QuestionWithdrawn:
		if !own && !r.task(e.Task) {
			e.Reason = ""
		}
		return e
	case caseflow.SubcaseAsked:
		e.Child.Form = nil
		return e
	case caseflow.Assisted:
		e.Assistance = r.assistance(e.Assistance)
		return e
	case caseflow.SentBack:
		if !own && !r.step(e.From) && !r.step(e.To) {
			e.Reason = ""
		}
		return e
	case caseflow.TakenBack:
		if !own && !r.step(e.Step) {
			e.Reason = ""
		}
		return e
	case caseflow.Noted:
		if !own {
			e.Words = ""
		}
		return e
	case caseflow.PartDecided:
		if !r.part(e.Part) {
			e.Ground = nil
		}
		return e
	case caseflow.LicenceIssued:
		e.Licence = r.licence(e.Licence)
		return e
	case caseflow.Delivered:
		if !r.step(e.Delivery.Step) {
			e.Delivery.Receiver, e.Delivery.Waybill = "", ""
		}
		return e
	}
	return e
}

// object reads a JSON object, without losing digits of numbers.
func object(data json.RawMessage) (map[string]any, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var m map[string]any
	return m, dec.Decode(&m) == nil && m != nil
}
