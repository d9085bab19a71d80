package desk

import (
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// quiet are events that only say in other words what their command already said.
var quiet = map[string]bool{
	"task-opened": true, "task-ended": true, "task-dropped": true, "task-claimed": true, "clock-started": true, "clock-ended": true,
	"clock-held": true, "clock-freed": true, "step-begun": true, "draft-saved": true, "task-turn": true, "step-reset": true,
	"signers-changed": true, "task-reopened": true, "step-passed-over": true, "part-left-out": true,
}

// turning are the events that a case turns on.
var turning = map[string]bool{
	"submitted": true, "accepted": true, "declined": true, "correction-requested": true, "decided": true, "rejected": true,
	"delivered": true, "ended": true, "licences-revoked": true, "taken-out": true,
}

// entry words one command and what it led to; what clocks did in the same breath comes last. With s nil, steps are not
// named.
func (p *page) entry(s *scene, e *hall.Entry) ui.Entry {
	out := ui.Entry{At: e.At, Post: p.actor(e)}
	var lines, clocks []string
	for _, ev := range e.Decoded {
		out.Main = out.Main || turning[ev.Name()]
		if words := said(ev); words != "" {
			out.Words = i18n.Reason(p.Lang, words)
		}
		switch line := p.event(s, ev); {
		case quiet[ev.Name()]:
		case isWarning(ev):
			clocks = append(clocks, line)
		default:
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 && e.Verb != "tick" {
		lines = []string{p.T("command." + e.Verb)}
	}
	out.Text = strings.Join(append(lines, clocks...), p.either("；", "; "))
	return out
}

// event is one event in words, with the step or part that it concerns.
func (p *page) event(s *scene, e caseflow.Event) string {
	text := p.T("event." + e.Name())
	of := ""
	var step caseflow.StepID
	switch e := e.(type) {
	case caseflow.StepEnded:
		step, of = e.Step, e.Outcome
	case caseflow.LicenceIssued:
		return p.labelled(text, e.Licence.Name.In(p.Lang)+" "+e.Licence.No)
	case caseflow.SentBack:
		step = e.To
	case caseflow.TakenBack:
		step = e.Step
	case caseflow.StepStuck:
		step = e.Step
	case caseflow.Opened:
		if e.Parent != nil {
			return p.labelled(text, p.T("case.parent", string(e.Parent.Case)))
		}
	case caseflow.SubcaseOpened:
		return p.labelled(text, string(e.No))
	case caseflow.SubcaseEnded:
		return p.labelled(text, string(e.No)+" "+p.T("case.child."+e.State))
	case caseflow.TakenOut:
		if s != nil && (s.c.Phase == caseflow.PhaseDraft || s.c.Discarded()) {
			return p.T("page.discarded")
		}
	case caseflow.Recalled:
		return p.labelled(text, string(e.Parent))
	case caseflow.SubcaseFailed:
		step = e.Step
	case caseflow.ClockWarned:
		return p.labelled(text, p.T("desk.level."+string(rune('0'+int(e.Level)))))
	case caseflow.Assisted:
		how := p.T("case.assist." + e.Assistance.How)
		if why := e.Assistance.Why; why != "" { // else it is not for this reader
			how += " " + p.T("case.assist-why."+why)
		}
		return p.labelled(text, how)
	case caseflow.PartDecided:
		if s == nil {
			return text
		}
		if part := s.it.PartByID(e.Part); part != nil {
			return p.labelled(text, part.Name.In(p.Lang)+" "+p.T("case.part."+e.State))
		}
	}
	if s == nil || step == "" {
		return text
	}
	if def := s.it.StepByID(step); def != nil {
		text = p.labelled(text, def.Name.In(p.Lang))
		if of != "" {
			text += " " + p.outcomeName(def, of)
		}
	}
	return text
}

// said is the free text that an event carries.
func said(e caseflow.Event) string {
	switch e := e.(type) {
	case caseflow.TaskEnded:
		return e.Words
	case caseflow.TaskReturned:
		return e.Words
	case caseflow.TaskHandedOver:
		return e.Reason
	case caseflow.TaskDelegated:
		return e.Ask
	case caseflow.SentBack:
		return e.Reason
	case caseflow.QuestionWithdrawn:
		return e.Reason
	case caseflow.TakenBack:
		return e.Reason
	case caseflow.Declined:
		return e.Ground.Text
	case caseflow.Rejected:
		return e.Ground.Text
	case caseflow.LicencesRevoked:
		return e.Ground.Text
	case caseflow.StopBegun:
		return e.Stop.Reason
	case caseflow.PromiseBroken:
		return e.Reason
	case caseflow.TakenOut:
		return e.Reason
	case caseflow.Noted:
		return e.Words
	case caseflow.Recounted:
		return e.Reason
	case caseflow.TaskOpened:
		return e.Task.Ask
	case caseflow.ClockMoved:
		if e.Extended != nil {
			return e.Extended.Reason
		}
	case caseflow.CorrectionRequested:
		words := ""
		for i, point := range e.Points {
			if i > 0 {
				words += "\n"
			}
			words += point.Words
		}
		return words
	}
	return ""
}

// results says what a decision would do, before it is committed.
func (p *page) results(s *scene, dec *caseflow.Decision) []string {
	var list []string
	if was, is := s.c.Phase, dec.Case.Phase; was != is {
		list = append(list, p.T("desk.result.phase", p.phase(s.c), p.phase(dec.Case)))
	}
	for _, e := range dec.Events {
		switch e := e.(type) {
		case caseflow.TaskOpened:
			list = append(list, p.T("desk.result.task", p.postName(e.Task.By)))
		case caseflow.ClockStarted:
			list = append(list, p.T("desk.result.clock", p.T("case.clock."+e.Clock.Kind), i18n.Due(p.Lang, e.Clock.Due)))
		case caseflow.ClockMoved:
			list = append(list, p.T("desk.result.moved", p.T("case.clock."+clockKind(s.c, e.Clock)), i18n.Due(p.Lang, e.Was), i18n.Due(p.Lang, e.Times.Due)))
		case caseflow.TaskTaken, caseflow.TaskEnded, caseflow.ClockEnded, caseflow.TaskDropped, caseflow.StepBegun:
		default:
			if line := p.event(s, e); line != "" && !quiet[e.Name()] && !isWarning(e) {
				list = append(list, line)
			}
		}
	}
	return list
}
