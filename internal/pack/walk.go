package pack

import (
	"encoding/json"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Walk is walk.yaml: the scenario that shows a practice at work on virtual time. It says who does what on which day and
// what must be true then; it is run through the public API, so it speaks of accounts, forms and commands, never of the
// store. Every number that the practice states is an expectation of some scene.
type Walk struct {
	Title caseflow.Text `json:"title"`
	// Start is the local instant in Asia/Shanghai at which the virtual clock stands first: 2026-04-03 09:00.
	Start    string             `json:"start"`
	Accounts []Account          `json:"accounts"`
	Forms    map[string]Answers `json:"forms"` // sample answers, by name
	Scenes   []Scene            `json:"scenes"`
}

// Answers is sample form data.
type Answers = map[string]any

// Account is somebody who acts in a walk.
type Account struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"` // citizen or official
	Department string         `json:"department,omitempty"`
	Roles      []string       `json:"roles,omitempty"`
	Region     string         `json:"region,omitempty"` // of an official
	Document   ident.Document `json:"document,omitzero"`
	Phone      string         `json:"phone,omitempty"`
}

// Scene is one case, or a few, from beginning to end. Scenes do not depend on each other, but share the virtual clock,
// which only moves forward.
type Scene struct {
	ID     string          `json:"id"`
	Title  caseflow.Text   `json:"title"`
	Item   caseflow.ItemID `json:"item"`
	Region string          `json:"region"`
	Proves []string        `json:"proves,omitempty"` // facts of pack.yaml
	Acts   []Act           `json:"acts"`
}

// Act is one thing that somebody does, or a look at the case, at an instant.
type Act struct {
	// At is an absolute local instant (2026-04-03 09:30) or time (14:00, on the day of the act before); After is a limit
	// from the act before, counted as the law counts ("1 workhour"). Neither: at the same instant.
	At    string         `json:"at,omitempty"`
	After *workday.Limit `json:"after,omitempty"`
	Who   string         `json:"who,omitempty"` // account; empty only for tick and look
	// Do is the verb of a command of caseflow (open, save-draft, submit, accept, complete, grant …), look for a look at
	// the case without doing anything, or tick for the clock runner.
	Do string `json:"do"`
	// Case is its name within the scene; empty is the first. name/step is the case that does the work of a step of another one.
	Case string `json:"case,omitempty"`
	// Step says which step's live task a command with a task is about; Department picks among several signers.
	Step       caseflow.StepID `json:"step,omitempty"`
	Department string          `json:"department,omitempty"`
	Form       string          `json:"form,omitempty"` // for save-draft: the name of sample answers
	File       *SampleFile     `json:"file,omitempty"` // for attach and fulfil-commitment: what is uploaded
	// With is the rest of the command, as its JSON. $<kind> in a text stands for the number of the first licence of that kind in the
	// scene: nobody knows a credit code beforehand.
	With json.RawMessage `json:"with,omitempty"`

	// Operation is the operation of the API that call calls, by its id in the document; Query fills in its path and query, With is its body,
	// or List is. Keep remembers values of the answer, by their dotted places, under names: $<name> stands for one from then on, in any scene.
	// Opens is where the answer names a case, which is Case from then on.
	Operation string            `json:"operation,omitempty"`
	Query     map[string]string `json:"query,omitempty"`
	List      *SampleList       `json:"list,omitempty"`
	Keep      map[string]string `json:"keep,omitempty"`
	Opens     string            `json:"opens,omitempty"`
	Item      caseflow.ItemID   `json:"item,omitempty"` // of the case that Opens names; that of the scene if left out

	Expect *Expect `json:"expect,omitempty"`
}

// SampleList is a list of a department as a CSV file; the runner makes its rows. In a row $n is the number of the row, counted through the
// list or from From, and $code the credit code of the company of that number in the region of the scene.
type SampleList struct {
	Head string      `json:"head"`
	Rows []SampleRow `json:"rows"`
}

// SampleRow is one row, Count times (0: once).
type SampleRow struct {
	Row   string `json:"row"`
	From  int    `json:"from,omitempty"`
	Count int    `json:"count,omitempty"`
}

// DoCall is an act that is no command: it calls an operation of the API, of a module for instance.
const DoCall = "call"

// itemOf is the item with which a case of the scene is opened; that of the scene if no act says.
func (s *Scene) itemOf(name string) caseflow.ItemID {
	for i := range s.Acts {
		var open struct{ Item caseflow.ItemID }
		a := &s.Acts[i]
		if a.Do == DoCall && a.Opens != "" && a.Case == name && a.Item != "" {
			return a.Item
		}
		if a.Do == "open" && a.Case == name && json.Unmarshal(a.With, &open) == nil && open.Item != "" {
			return open.Item
		}
	}
	return s.Item
}

// DoPapers is an act that is no command: an official notes whose papers were seen, and whose legal representative that is.
const DoPapers = "record-papers"

// Acts in the line of a lobby, which with names: somebody takes a number, a clerk calls it.
const (
	DoTurn = "take-turn"
	DoLine = "act-in-line"
)

// ChildOf takes the name of a case apart that does the work of a step: of which case, and which step.
func ChildOf(name string) (parent string, step caseflow.StepID, ok bool) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return "", "", false
	}
	return name[:i], caseflow.StepID(name[i+1:]), true
}

// SampleFile is a small valid file of a type; the runner makes its content.
type SampleFile struct {
	Name string `json:"name"`
	Type string `json:"type"` // media type
}

// Expect is what must be true right after an act. Only what is written is checked.
type Expect struct {
	Refused    string                     `json:"refused,omitempty"` // code of the refusal; the act must change nothing
	Faults     map[string]string          `json:"faults,omitempty"`  // fields of the refusal with their codes
	Phase      caseflow.Phase             `json:"phase,omitempty"`
	Steps      map[caseflow.StepID]string `json:"steps,omitempty"` // state, or done:<outcome>
	Parts      map[caseflow.PartID]string `json:"parts,omitempty"`
	Tasks      map[caseflow.StepID]string `json:"tasks,omitempty"`      // department of the live task of a step; "" for none
	Clocks     map[string]ClockExpect     `json:"clocks,omitempty"`     // by id; a step's as step:<id>
	Licences   []string                   `json:"licences,omitempty"`   // kinds, all of them, in order of issue
	Notices    []string                   `json:"notices,omitempty"`    // states of the case's public notices, in order
	Objections []string                   `json:"objections,omitempty"` // states of all objections, in order
	Standing   map[string]string          `json:"standing,omitempty"`   // state of the last licence of a kind
	Granted    *int64                     `json:"granted,omitempty"`    // fen that the case pays, of a benefit
	Messages   []string                   `json:"messages,omitempty"`   // templates of notify steps that went out since the act before, in order
	Material   map[string]string          `json:"material,omitempty"`   // state by id
	Fen        *int64                     `json:"fen,omitempty"`        // what the applicant has paid and owes
	Visits     *int                       `json:"visits,omitempty"`     // how often the applicant came to a hall so far
	Forms      *int                       `json:"forms,omitempty"`      // how many forms the applicant filled in
	Workdays   *int                       `json:"workdays,omitempty"`   // working days from acceptance to decision, at most
	Delivery   *DeliveryExpect            `json:"delivery,omitempty"`
	// Assistance is who helps the applicant.
	Assistance *AssistanceExpect `json:"assistance,omitempty"`
	// Charge is the name of who answers to the applicant for the case.
	Charge string `json:"charge,omitempty"`
	// Answer is what a call must be answered: values at dotted places; key=value picks an element of a list, # counts one, "" is nothing there.
	Answer map[string]any `json:"answer,omitempty"`
}

// AssistanceExpect is how the applicant is helped.
type AssistanceExpect struct {
	How        string `json:"how,omitempty"` // asked, official, agent
	Why        string `json:"why,omitempty"`
	Department string `json:"department,omitempty"` // of an official
	Office     string `json:"office,omitempty"`     // of an agent
}

// ClockExpect is what must be true of a clock.
type ClockExpect struct {
	State string `json:"state,omitempty"` // running, stopped, met, missed, cancelled
	Due   string `json:"due,omitempty"`   // last day, 2026-04-07, or instant, 2026-04-07 14:30
	Lamp  string `json:"lamp,omitempty"`  // normal, soon, today, over, stopped, met, missed
}

// DeliveryExpect is how results were handed out.
type DeliveryExpect struct {
	How     string `json:"how,omitempty"`
	Waybill string `json:"waybill,omitempty"`
}

// walk reads walk.yaml. What it names is proved with the rest.
func (l *loader) walk() {
	doc := l.pack.documents["walk.yaml"]
	if doc == nil {
		return
	}
	var w Walk
	ok := doc.conform("walk", &w)
	l.add(doc.faults...)
	if ok {
		l.pack.Walk = &w
	}
}
