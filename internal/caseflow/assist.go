package caseflow

import (
	"slices"
	"time"
)

// Assistance (帮办代办) is help for an applicant who finds it hard to ask alone: an official or an agent goes through the
// case with them (无障碍环境建设法 art. 39, 40: service counters serve the elderly and disabled, with people, and at a window
// of their own).
type Assistance struct {
	How    string    `json:"how"`              // asked, official, agent
	Why    string    `json:"why"`              // elderly, disabled, unfamiliar, other
	Post   Post      `json:"post,omitzero"`    // of an official
	Name   string    `json:"name,omitempty"`   // of an agent
	Office string    `json:"office,omitempty"` // of an agent: the service station, firm or family that they come from
	Phone  string    `json:"phone,omitempty"`  // where the assistant is reached; empty: the department's
	Basis  string    `json:"basis,omitempty"`  // what an agent acts on: a letter of authority, guardianship
	Since  time.Time `json:"since"`            // when it was asked for or taken on
	By     string    `json:"by"`               // account that recorded it
}

// How a case is assisted.
const (
	AssistAsked    = "asked"    // the applicant wants help, nobody gives it yet
	AssistOfficial = "official" // 帮办: an official helps
	AssistAgent    = "agent"    // 代办: an agent does
	AssistNone     = "none"     // of the command: nobody is needed any more
)

// Ways lists how a case may be assisted.
func Ways() []string { return []string{AssistAsked, AssistOfficial, AssistAgent} }

// Reasons lists why somebody is assisted.
func Reasons() []string { return []string{"elderly", "disabled", "unfamiliar", "other"} }

// Assist (帮办代办) records who helps the applicant, or that help is wanted or no longer needed. The owner while the
// request is being written, but for naming an official; a clerk at the door until the case is over.
type Assist struct {
	How    string `json:"how"`
	Why    string `json:"why,omitempty"`
	Post   Post   `json:"post,omitzero"`
	Name   string `json:"name,omitempty"`
	Office string `json:"office,omitempty"`
	Phone  string `json:"phone,omitempty"`
	Basis  string `json:"basis,omitempty"`
}

// mayAssist refuses unless the actor may say who helps now; which official does is not for the owner to say.
func (d *decider) mayAssist(how string) *Refusal {
	alone := d.c.Channel == ChannelOnline && d.c.Phase == PhaseDraft // nobody looks into what an applicant writes alone
	switch {
	case d.owns() && how != AssistOfficial:
		return d.in(PhaseDraft, PhaseCorrecting)
	case !d.atDoor(d.c.Channel) || alone:
		return refuse(CodeNotYours)
	}
	return d.in(PhaseDraft, PhaseReceived, PhaseCorrecting, PhaseRunning, PhaseGranted)
}

func (d *decider) assist(cmd Assist) *Refusal {
	if r := d.mayAssist(cmd.How); r != nil {
		return r
	}
	if cmd.How == AssistNone {
		if d.c.Assistance == nil {
			return refuse(CodeExists)
		}
		d.emit(AssistanceEnded{})
		return nil
	}
	if r := cmd.check(); r != nil {
		return r
	}
	if cmd.How == AssistOfficial {
		if r := d.staffed(cmd.Post); r != nil {
			return r
		}
	}
	a := Assistance{How: cmd.How, Why: cmd.Why, Phone: cmd.Phone}
	switch cmd.How {
	case AssistOfficial:
		a.Post = cmd.Post
	case AssistAgent:
		a.Name, a.Office, a.Basis = cmd.Name, cmd.Office, cmd.Basis
	}
	if was := d.c.Assistance; was != nil {
		same := *was
		same.Since, same.By = a.Since, a.By
		if same == a {
			return refuse(CodeExists)
		}
	}
	a.Since, a.By = d.env.Now, d.by.ID
	d.emit(Assisted{Assistance: a})
	return nil
}

// check finds what is missing: why, and who.
func (cmd Assist) check() *Refusal {
	var faults []FieldFault
	fault := func(field, code string) { faults = append(faults, FieldFault{Field: field, Code: code}) }
	if !slices.Contains(Ways(), cmd.How) {
		fault("how", "enum")
	}
	if !slices.Contains(Reasons(), cmd.Why) {
		fault("why", "enum")
	}
	if cmd.How == AssistOfficial && checkPost(cmd.Post) != nil {
		fault("post", "required")
	}
	for _, f := range []struct {
		name, value string
		needed      bool
	}{
		{"name", cmd.Name, cmd.How == AssistAgent}, {"office", cmd.Office, cmd.How == AssistAgent},
		{"phone", cmd.Phone, cmd.How == AssistAgent}, {"basis", cmd.Basis, cmd.How == AssistAgent},
	} {
		switch {
		case f.needed && f.value == "":
			fault(f.name, "required")
		case !line(f.value, MaxName):
			fault(f.name, "length")
		}
	}
	if len(faults) > 0 {
		return &Refusal{Code: CodeForm, Fields: faults}
	}
	return nil
}
