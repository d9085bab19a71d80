package caseflow

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/workday"
)

// Naming says that a request claims the name of a firm when it is handed in (企业名称登记管理规定 art. 16 to 18): nobody else gets a
// name with the same trade name in the same industry from the same region from then on. It is held while the case runs, and for
// good once it has been granted. With Keeps it is only kept, from the day of handing in.
type Naming struct {
	Name     string         `json:"name"`               // dotted path of the text field: form.company.name
	Industry string         `json:"industry,omitempty"` // of the field with the main business
	Region   string         `json:"region,omitempty"`   // of the field with the place; empty: the case's region
	Keeps    *workday.Limit `json:"keeps,omitempty"`    // art. 18: two months
	// Longer takes the place of Keeps where LongerWhen holds; art. 18: a year, if the firm needs an approval first.
	Longer     *workday.Limit `json:"longer,omitempty"`
	LongerWhen Condition      `json:"-"`
	WhenText   string         `json:"longerWhen,omitempty"`
}

// Field is the name of the form's field that holds the name.
func (n *Naming) Field() string { return strings.TrimPrefix(n.Name, "form.") }

// PageOf is the id of the page that asks for a field; empty if none does.
func (it *Item) PageOf(field string) string {
	for i := range it.Pages {
		if slices.ContainsFunc(it.Pages[i].Fields, func(f Field) bool { return f.Name == field }) {
			return it.Pages[i].ID
		}
	}
	return ""
}

// NameAsked is what a form says of the name: the name itself, the main business, the place.
type NameAsked struct{ Name, Industry, Region string }

// Asks reads from a form what name it asks for; false if it asks for none.
func (n *Naming) Asks(form json.RawMessage, region string) (NameAsked, bool) {
	if n == nil || len(form) == 0 {
		return NameAsked{}, false
	}
	data, err := decodeObject(form)
	if err != nil {
		return NameAsked{}, false
	}
	text := func(path string) string {
		v, _ := dotted.At(map[string]any{"form": data}, path)
		s, _ := v.(string)
		return s
	}
	asked := NameAsked{Name: text(n.Name), Industry: text(n.Industry), Region: text(n.Region)}
	if asked.Region == "" {
		asked.Region = region
	}
	return asked, asked.Name != ""
}

// NameFacts are what is known of the name that a request asks for, for a command that hands it in (see ClaimsName). They are
// facts: who else has which name changes by the second.
type NameFacts struct {
	Asked  NameAsked
	Held   NameHeld     // without Until
	Faults []FieldFault // why it cannot be had
	Warned []string     // what else was told: codes
}

// NameHeld (企业名称保留) is a name that a case has claimed.
type NameHeld struct {
	Name     string    `json:"name"`
	Trade    string    `json:"trade"`
	Division string    `json:"division,omitempty"`
	Sound    string    `json:"sound,omitempty"`
	Until    time.Time `json:"until,omitzero"` // of one that is only kept
}

// NameClaimed records the claim, and what the applicant was warned of and answers for (art. 16).
type NameClaimed struct {
	Held   NameHeld `json:"held"`
	Warned []string `json:"warned,omitempty"`
}

func (NameClaimed) Name() string { return "name-claimed" }

func (e NameClaimed) apply(c *Case, _ Meta) { c.Name = &e.Held }

// ClaimsName reports whether a command may claim a name, so that Env.Name is needed to judge it.
func ClaimsName(cmd Command) bool {
	switch cmd.(type) {
	case Submit, Correct, OpenSubcase:
		return true
	}
	return false
}

// claimName claims the name that the form asks for. Two who claim one name at the same instant are told apart by the store.
func (d *decider) claimName() *Refusal {
	n := d.it.Naming
	if n == nil || d.trying {
		return nil
	}
	asked, ok := n.Asks(d.c.Form, d.c.Region)
	known := d.env.Name
	if !ok || known == nil || known.Asked != asked {
		return refuse(CodeForm, n.Name)
	}
	if len(known.Faults) > 0 {
		return &Refusal{Code: CodeForm, Fields: known.Faults}
	}
	held := known.Held
	keeps := n.Keeps
	if n.Longer != nil {
		longer, r := d.holdsTrue(n.LongerWhen, n.Name)
		if r != nil {
			return r
		}
		if longer {
			keeps = n.Longer
		}
	}
	if keeps != nil {
		held.Until = d.env.Calendar.Due(d.env.Now, *keeps).At
	}
	if was := d.c.Name; was != nil && was.Name == held.Name && was.Division == held.Division {
		return nil // corrected, but not in its name: it is kept from the first day
	}
	d.emit(NameClaimed{Held: held, Warned: known.Warned})
	return nil
}

// NameStands tells whether a case has a name, and until when; zero: for good, or as long as it runs. Art. 17: of a firm whose
// registration was revoked the name stays taken for a year.
func (c *Case) NameStands(n *Naming) (until time.Time, stands bool) {
	if c.Name == nil || n == nil {
		return time.Time{}, false
	}
	if c.Cancelled != nil { // art. 17: as of one that was deregistered
		return c.Cancelled.At.AddDate(1, 0, 0), true
	}
	switch c.Phase {
	case PhaseDraft, PhaseDeclined, PhaseRefused, PhaseWithdrawn:
		return time.Time{}, false
	case PhaseRevoked:
		return c.Ended.AddDate(1, 0, 0), true
	}
	return c.Name.Until, true
}
