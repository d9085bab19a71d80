package public

import (
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// timeline is what has happened, newest first: the turns of the case, by post, not by private name.
func (s *Site) timeline(o *own, history []hall.Entry) ui.Timeline {
	var t ui.Timeline
	for i := range history {
		name := s.departmentAt(o.key.Region, o.Item, o.lang, history[i].At)
		for _, e := range history[i].Decoded {
			entry, ok := o.entry(e)
			if !ok {
				continue
			}
			if entry.At = history[i].At; e.Name() != (caseflow.Objected{}).Name() { // who objected is not told
				entry.Post = o.post(&history[i], name)
			}
			t.Entries = append(t.Entries, entry)
		}
	}
	slices.Reverse(t.Entries)
	return t
}

// post says who acted: an official by the department, an agent by name, as it is the owner who reads it or another agent. What follows
// by law from the objection of somebody outside, such as the end of the case, is nobody's act.
func (o *own) post(e *hall.Entry, name func(string) string) string {
	by := e.Actor
	if by.Kind == caseflow.ActorVisitor || by.Kind == caseflow.ActorCitizen && by.For == "" && by.ID != o.Case.Owner {
		return i18n.T(o.lang, "case.actor.system")
	}
	if by.Kind == caseflow.ActorOfficial && by.Department != "" {
		return name(by.Department)
	}
	if by.For != "" {
		return strings.TrimSpace(i18n.T(o.lang, "case.by-agent") + " " + e.Agent)
	}
	return i18n.T(o.lang, "case.actor."+by.Kind)
}

// entry words an event for the applicant; false for one that is inner business or noise.
//
//house:long one case an event
func (o *own) entry(e caseflow.Event) (ui.Entry, bool) {
	v := ui.Entry{Text: i18n.T(o.lang, "event."+e.Name())}
	switch e := e.(type) {
	case caseflow.Submitted, caseflow.Corrected, caseflow.Decided, caseflow.Ended, caseflow.Objected:
		v.Main = true
	case caseflow.Opened:
		if e.Parent != nil {
			v.Words = i18n.T(o.lang, "case.parent", string(e.Parent.Case))
		}
	case caseflow.SubcaseOpened:
		v.Words = string(e.No)
	case caseflow.SubcaseEnded:
		v.Words = string(e.No) + " " + i18n.T(o.lang, "case.child."+e.State)
	case caseflow.Recalled:
		v.Words = string(e.Parent)
	case caseflow.StopEnded:
	case caseflow.Accepted:
		v.Main = true
		if e.Silent {
			v.Words = i18n.T(o.lang, "case.effect.accept")
		}
	case caseflow.CorrectionRequested:
		v.Main = true
		for _, p := range e.Points {
			v.Words = strings.TrimPrefix(v.Words+"\n"+p.Words, "\n")
		}
	case caseflow.Declined:
		v.Main, v.Words = true, o.ground(e.Ground)
	case caseflow.Rejected:
		v.Main, v.Words = true, o.ground(e.Ground)
	case caseflow.LicencesRevoked:
		v.Main, v.Words = true, o.ground(e.Ground)
	case caseflow.StepEnded:
		return o.stepEntry(v, e.Step, e.Outcome)
	case caseflow.SentBack:
		v.Words = e.Reason
	case caseflow.Deferred:
		v.Words = e.Commitment.Words
	case caseflow.StopBegun:
		v.Words = e.Stop.Reason
	case caseflow.ClockMoved:
		v.Words = i18n.T(o.lang, "public.moved."+e.Why, i18n.Due(o.lang, e.Was), i18n.Due(o.lang, e.Times.Due))
	case caseflow.ClockLapsed:
		if e.Effect == caseflow.EffectNone {
			return v, false
		}
		v.Words = i18n.T(o.lang, "case.effect."+string(e.Effect))
	case caseflow.MaterialReceived:
		v.Words = o.material(e.Material)
	case caseflow.PromiseKept:
		v.Words = o.material(e.Material)
	case caseflow.PromiseBroken:
		v.Words = o.material(e.Material)
	case caseflow.PartDecided:
		return o.partEntry(v, e)
	case caseflow.LicenceIssued:
		v.Words = e.Licence.Name.In(o.lang) + " " + e.Licence.No
		v.Links = []ui.Link{{Text: i18n.T(o.lang, "public.see-licence"), Href: o.path("/licences/" + e.Licence.No)}}
	case caseflow.Delivered:
		v.Main, v.Words = true, strings.TrimSpace(i18n.T(o.lang, "case.deliver."+e.Delivery.How)+" "+e.Delivery.Waybill)
	case caseflow.TakenOut:
		v.Main, v.Words = true, e.Reason
		if o.Case.Discarded() {
			v.Text = i18n.T(o.lang, "page.discarded")
		}
		if e.Silent {
			v.Words = i18n.T(o.lang, "case.effect.withdraw")
		}
	case caseflow.NameClaimed:
		v.Words = e.Held.Name
	case caseflow.ChargeTaken:
		v.Main = true
	case caseflow.Rated:
		v.Words = i18n.T(o.lang, "ui.rating-"+string(rune('0'+e.Rating.Level)))
	case caseflow.Recounted:
		v.Words = e.Reason
	case caseflow.Assisted:
		v.Words = i18n.T(o.lang, "case.assist."+e.Assistance.How)
	case caseflow.PromiseReleased:
		v.Words = o.material(e.Material)
	case caseflow.OutageRecorded, caseflow.AssistanceEnded:
	default:
		return v, false
	}
	return v, true
}

func (o *own) material(id string) string {
	if m := o.Item.MaterialByID(id); m != nil {
		return m.Name.In(o.lang)
	}
	return ""
}

func (o *own) stepEntry(v ui.Entry, id caseflow.StepID, outcome string) (ui.Entry, bool) {
	def := o.Item.StepByID(id)
	if def == nil || def.Kind == caseflow.KindNotify || def.Kind == caseflow.KindIssue {
		return v, false // the licence has an entry of its own
	}
	v.Text = i18n.T(o.lang, "public.step-ended", def.Name.In(o.lang))
	for _, out := range def.Outcomes {
		if out.ID == outcome {
			v.Words = out.Name.In(o.lang)
			return v, true
		}
	}
	key := "case.outcome." + outcome
	if def.Kind == caseflow.KindSubcase {
		key = "case.child." + outcome
	}
	if outcome != "" && outcome != caseflow.OutcomeDone && i18n.Has(key) {
		v.Words = i18n.T(o.lang, key)
	}
	return v, true
}

func (o *own) partEntry(v ui.Entry, e caseflow.PartDecided) (ui.Entry, bool) {
	part := o.Item.PartByID(e.Part)
	if part == nil {
		return v, false
	}
	v.Text = i18n.T(o.lang, "public.part-decided", part.Name.In(o.lang), i18n.T(o.lang, "case.part."+e.State))
	if e.Ground != nil {
		v.Words = o.ground(*e.Ground)
	}
	return v, true
}

// ground is why something was decided against the applicant, with its clause.
func (o *own) ground(g caseflow.GroundUsed) string {
	return i18n.Reason(o.lang, g.Text) + " " + g.Basis.String()
}
