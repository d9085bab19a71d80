package public

import (
	"net/http"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// standingView is how far a case is.
type standingView struct {
	ui.Page
	Panel     *ui.Panel // just handed in
	Item      string
	Subject   string
	No        ui.Copy
	State     string
	Clocks    []clockView
	Progress  ui.Progress
	Timeline  ui.Timeline
	Licences  []ui.Licence
	Decisions []decisionView
	Promises  []promiseView
	Papers    []ui.Link
	Receipt   string // address of the paper that acknowledges the request; "" of a draft that was deleted
	Proof     string // address of the receipt with proofs
	Looks     string
	Withdraw  string
	Rate      string
	Rated     string
	Callback  string // who answers a bad rating by when, or did
	Contact   caseflow.Contact
	Address   string
	Hours     string
	Delivered []string
	Helper    *helperView
	Charge    *caseflow.Charge // who answers for the case
	ChargeOf  string           // that person's department
	Related   []page.Related
	Benefit   *benefitView
	Notices   []postedView
	Cancelled string // what was granted is ended
	Done      bool   // decided: the results come first
}

// clockView is a limit of the whole case with how it is counted.
type clockView struct {
	Lamp  ui.Lamp
	Count *ui.Count
}

// promiseView is a material that was promised for later.
type promiseView struct {
	Name, State, Words, Href string
	Open                     bool
	Lamp                     *ui.Lamp
}

// standing is the page of a case that was handed in: first its confirmation, later its progress, at one address.
func (s *Site) standing(w http.ResponseWriter, r *http.Request, o *own) {
	history, err := s.hall.History(r.Context(), o.by, o.key)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &standingView{
		Page: s.frame(r, o.Item.Name.In(o.lang)), Item: o.Item.Name.In(o.lang), Subject: o.subject(), No: o.number(),
		State: page.PhaseName(o.lang, "case.phase.", o.Case.Phase, o.Case.Discarded()), Clocks: s.clocks(o.Case, o.lang),
		Progress: s.plan(o.Case, o.Item, o.lang), Timeline: s.timeline(o, history), Promises: s.promises(o),
		Proof: o.path("/receipt.json"), Papers: o.papers(), Looks: o.path("/looks"), Contact: o.Item.Contact,
		Address: o.Item.Contact.Address.In(o.lang), Hours: o.Item.Contact.Hours.In(o.lang), Decisions: s.decisions(o), Done: !o.Case.Decided.IsZero() || !o.Case.Phase.Open(),
	}
	if !o.Case.Submitted.IsZero() {
		v.Receipt = o.path("/papers/" + hall.PaperReceipt)
	}
	v.Back = &ui.Link{Text: v.T("public.my"), Href: o.space()}
	v.Helper = s.helper(o)
	if k := o.Case.Charge; k != nil {
		v.Charge, v.ChargeOf = k, s.departmentOf(o)(k.Department)
	}
	if v.Related, err = s.related(r, o); err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range o.Case.Licences {
		v.Licences = append(v.Licences, o.licence(&o.Case.Licences[i], s.departmentOf(o)))
	}
	for _, d := range o.Case.Deliveries {
		v.Delivered = append(v.Delivered, v.T("public.delivered", v.T("case.deliver."+d.How), i18n.Moment(o.lang, d.At), d.Receiver))
	}
	if o.Case.Phase == caseflow.PhaseReceived {
		v.Panel = s.panel(o)
		v.Title = v.Panel.Title
	}
	s.offers(v, o)
	v.Benefit, v.Notices, v.Cancelled = o.benefit(v.Withdraw != ""), o.posted(), o.cancelled()
	s.kit.Show(w, http.StatusOK, "public/standing", v)
}

// related are the other cases that the case is tied to.
func (s *Site) related(r *http.Request, o *own) ([]page.Related, error) {
	list, err := s.hall.Related(r.Context(), o.by, o.View)
	return page.RelatedOf(list, o.lang, caseAddress), err
}

// offers are what the applicant may do now, as the core says it.
func (s *Site) offers(v *standingView, o *own) {
	may := func(cmd caseflow.Command) bool {
		_, refusal := caseflow.Decide(o.Case, o.Item, o.by, cmd, caseflow.Env{Now: s.hall.Now(), Calendar: s.hall.Calendar(o.key.Region)})
		return refusal == nil
	}
	if may(caseflow.Withdraw{}) {
		v.Withdraw = o.path("/withdraw")
	}
	if o.experienced() && may(caseflow.Rate{Channel: o.Case.Channel, Level: 5}) {
		v.Rate = o.path("/rate")
	}
	for _, rating := range o.Case.Ratings {
		v.Rated = v.T("ui.rating-" + string(rune('0'+rating.Level)))
	}
	v.Callback = s.callback(o)
}

// callback says of a bad rating who contacts the applicant by when, and afterwards that they have, so that who was not contacted can
// say so; empty if none is due.
func (s *Site) callback(o *own) (says string) {
	for i := range o.Case.Tasks {
		t := &o.Case.Tasks[i]
		if t.Kind != caseflow.TaskCallback {
			continue
		}
		who := s.departmentOf(o)(t.By.Department)
		if k := o.Case.Clock(caseflow.TaskClock(t.ID)); t.Done.IsZero() && k != nil {
			says = i18n.T(o.lang, "public.callback-open", who, i18n.Due(o.lang, k.Due))
		} else if !t.Done.IsZero() {
			says = i18n.T(o.lang, "public.callback-done", who, i18n.Moment(o.lang, t.Done), o.Item.Contact.Complain)
		}
	}
	return says
}

// experienced reports whether there is a service to rate: the one rating is not offered before anybody has answered.
func (o *own) experienced() bool {
	return !o.Case.Accepted.IsZero() || o.Case.Correction != nil || !o.Case.Phase.Open()
}

// panel confirms what was handed in: the number, what happens next and when.
func (s *Site) panel(o *own) *ui.Panel {
	t := func(key string, args ...any) string { return i18n.T(o.lang, key, args...) }
	lead := s.departmentOf(o)(o.Item.Department)
	p := &ui.Panel{Title: t("public.done-title"), Label: t("public.case-no"), Number: string(o.key.Case), Text: t("public.done-text")}
	if k := o.Case.Clock(caseflow.ClockAcceptance); k != nil {
		p.Next = append(p.Next, ui.NextStep{Text: t("public.next-accept", lead), When: t("public.by-when", i18n.Due(o.lang, k.Due))})
	}
	decide, parts := "public.next-decide-one", 0
	for id, wanted := range o.asked.Parts {
		if id != "" && wanted {
			parts++
		}
	}
	if parts > 1 {
		decide = "public.next-decide"
	}
	p.Next = append(p.Next, ui.NextStep{Text: t(decide, o.Item.Limits.Promised.Limit.Text(o.lang))})
	for _, limit := range publishing(o.Item, o.lang) {
		p.Next = append(p.Next, ui.NextStep{Text: t("public.next-publish", limit)})
	}
	result := "public.next-told"
	if slices.ContainsFunc(o.Item.Steps, func(d caseflow.Step) bool { return d.Kind == caseflow.KindIssue }) {
		result = "public.next-result"
	}
	p.Next = append(p.Next, ui.NextStep{Text: t(result)})
	return p
}

// clocks are the limits of the whole case.
func (s *Site) clocks(c *caseflow.Case, lang string) []clockView {
	var list []clockView
	for i := range c.Clocks {
		k := &c.Clocks[i]
		switch k.Kind {
		case caseflow.ClockAcceptance, caseflow.ClockStatutory, caseflow.ClockPromised, caseflow.ClockDelivery, caseflow.ClockStop:
			if k.State == caseflow.ClockCancelled || k.Kind == caseflow.ClockAcceptance && !c.Accepted.IsZero() {
				continue
			}
			list = append(list, clockView{s.lamp(c, k, lang), page.Count(k, s.hall.CountedBy(c.Region, k), lang)})
		}
	}
	return list
}

func (s *Site) lamp(c *caseflow.Case, k *caseflow.Clock, lang string) ui.Lamp {
	l := page.Lamp(k, s.hall.Calendar(c.Region), s.hall.Now(), lang)
	if stop := c.Stopped(); stop != nil && k.State == caseflow.ClockStopped {
		l.Why = stop.Reason
	}
	return l
}

// plan lays the item's steps out as stages: steps that do not wait for one another stand side by side.
func (s *Site) plan(c *caseflow.Case, it *caseflow.Item, lang string) ui.Progress {
	name := s.department(it, lang)
	p := ui.Progress{Stages: []ui.Stage{{Steps: []ui.ProgressStep{s.intake(c, it, lang)}}}}
	asked, refusal := caseflow.Ask(c, it)
	if refusal != nil { // a form that cannot be read: show every step
		asked = nil
	}
	depth := map[caseflow.StepID]int{}
	var levels [][]ui.ProgressStep
	for i := range it.Steps {
		def := &it.Steps[i]
		d := 0
		for _, need := range def.Needs {
			d = max(d, depth[need]+1)
		}
		if quiet(def) || !wanted(c, asked, def.Part) {
			depth[def.ID] = d - 1
			continue
		}
		depth[def.ID] = d
		for len(levels) <= d {
			levels = append(levels, nil)
		}
		if p := s.step(c, it, def, name, lang); !c.Ended.IsZero() && p.State == ui.StagePending {
			continue // the case has ended before it came to this
		} else {
			levels[d] = append(levels[d], p)
		}
	}
	for _, steps := range levels {
		if len(steps) > 0 {
			p.Stages = append(p.Stages, ui.Stage{Steps: steps})
		}
	}
	return p
}

// quiet steps are no work that anybody waits for: a message goes out, a result is made and then shown among the licences.
func quiet(def *caseflow.Step) bool {
	return def.Kind == caseflow.KindNotify || def.Kind == caseflow.KindIssue
}

// wanted reports whether a bundled item is part of this case: by its state once accepted, by the answers before. A guide
// has no case yet (nil asked) and shows all.
func wanted(c *caseflow.Case, asked *caseflow.Asked, id caseflow.PartID) bool {
	if p := partOf(c, id); p != nil && !c.Accepted.IsZero() {
		return p.State != caseflow.PartUnwanted
	}
	return asked == nil || len(c.Parts) == 0 || asked.Parts[id]
}

// intake is the stage before the flow: the papers came in and are looked at.
func (s *Site) intake(c *caseflow.Case, it *caseflow.Item, lang string) ui.ProgressStep {
	p := ui.ProgressStep{Name: i18n.T(lang, "public.intake"), Who: s.department(it, lang)(it.Department), State: ui.StageNow}
	k := c.Clock(caseflow.ClockAcceptance)
	switch {
	case !c.Accepted.IsZero():
		p.State, p.Ended = ui.StageDone, c.Accepted
	case c.Phase == caseflow.PhaseDeclined:
		p.State, p.Ended = ui.StageRefused, c.Ended
	case c.Phase == caseflow.PhaseCorrecting:
		p.State, p.Waits, k = ui.StageWaiting, i18n.T(lang, "case.actor.citizen"), c.Clock(caseflow.ClockCorrection)
	case !c.Phase.Open():
		p.State = ui.StageSkipped
	}
	if k != nil && k.State != caseflow.ClockCancelled {
		lamp := s.lamp(c, k, lang)
		p.Lamp, p.Count = &lamp, page.Count(k, s.hall.CountedBy(c.Region, k), lang)
	}
	return p
}

func (s *Site) step(c *caseflow.Case, it *caseflow.Item, def *caseflow.Step, name func(string) string, lang string) ui.ProgressStep {
	p := ui.ProgressStep{Name: def.Name.In(lang), Who: name(def.By.Department), State: ui.StagePending}
	if def.Auto() {
		p.Who = i18n.T(lang, "case.actor.system")
	}
	if def.Kind == caseflow.KindWait || def.Kind == caseflow.KindCancel {
		p.Who = i18n.T(lang, "case.actor.system")
	}
	if def.Kind == caseflow.KindSubcase {
		p.Who = i18n.T(lang, "case.subcase")
	}
	i := slices.IndexFunc(c.Steps, func(st caseflow.StepState) bool { return st.ID == def.ID })
	if i < 0 {
		return p
	}
	st := &c.Steps[i]
	switch st.State {
	case caseflow.StepReady:
		p.State, p.Waits = ui.StageNow, waits(c, def.ID, name, lang)
	case caseflow.StepDone:
		p.State, p.Ended = ui.StageDone, st.Done
	case caseflow.StepSkipped:
		p.State = ui.StageSkipped
	}
	if def.Kind == caseflow.KindCheck && st.Outcome == caseflow.OutcomeFail {
		p.State, p.Why = ui.StageRefused, i18n.T(lang, "public.check-failed")
	}
	if part := partOf(c, def.Part); part != nil && part.State == caseflow.PartRefused && st.State == caseflow.StepDone && refuses(def, st.Outcome) {
		p.State, p.Why = ui.StageRefused, part.Ground.Text
	}
	if !c.Phase.Open() && p.State == ui.StageNow {
		p.State, p.Waits = ui.StageSkipped, ""
	}
	if k := c.Clock(caseflow.StepClock(def.ID, st.Round)); k != nil && k.State != caseflow.ClockCancelled {
		lamp := s.lamp(c, k, lang)
		lamp.Clock = ""
		p.Lamp = &lamp
		p.Count = page.Count(k, s.hall.CountedBy(c.Region, k), lang)
		if k.State == caseflow.ClockStopped {
			p.State = ui.StagePaused
		}
	}
	return p
}

func partOf(c *caseflow.Case, id caseflow.PartID) *caseflow.PartState {
	for i := range c.Parts {
		if c.Parts[i].ID == id {
			return &c.Parts[i]
		}
	}
	return nil
}

func refuses(def *caseflow.Step, outcome string) bool {
	if outcome == caseflow.OutcomeRefuse || outcome == caseflow.OutcomeDisagree || outcome == caseflow.OutcomeFail {
		return true
	}
	return slices.ContainsFunc(def.Outcomes, func(o caseflow.Outcome) bool { return o.ID == outcome && o.Refuse })
}

// waits names the posts that a step waits for, by department, each once.
func waits(c *caseflow.Case, step caseflow.StepID, name func(string) string, lang string) string {
	var names []string
	for i := range c.Tasks {
		t := &c.Tasks[i]
		if t.Step != step || t.State != caseflow.TaskOpen && t.State != caseflow.TaskClaimed {
			continue
		}
		if n := name(t.By.Department); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return i18n.Joined(lang, names)
}

// promises are the materials that were promised for later.
func (s *Site) promises(o *own) []promiseView {
	var list []promiseView
	for _, c := range o.Case.Commitments {
		p := promiseView{State: i18n.T(o.lang, "case.commitment."+c.State), Words: c.Words, Open: c.State == caseflow.CommitmentOpen}
		if m := o.Item.MaterialByID(c.Material); m != nil {
			p.Name = m.Name.In(o.lang)
		}
		if p.Open {
			p.Href = o.path("/materials/" + c.Material)
		}
		if k := o.Case.Clock("commitment:" + c.Material); k != nil && p.Open {
			lamp := s.lamp(o.Case, k, o.lang)
			p.Lamp = &lamp
		}
		list = append(list, p)
	}
	return list
}

// clock is the page that answers 怎么算的? for one limit.
func (s *Site) clock(w http.ResponseWriter, r *http.Request, o *own) {
	s.showClock(w, r, o.View, r.PathValue("clock"), o.path(""))
}

// clockPage is one limit and how it is counted.
type clockPage struct {
	ui.Page
	Lamp  ui.Lamp
	Count *ui.Count
}

func (s *Site) showClock(w http.ResponseWriter, r *http.Request, v *hall.View, id, back string) {
	k := v.Case.Clock(id)
	if k == nil {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	p := &clockPage{Page: s.narrow(r, "", back)}
	p.Title = p.T("public.clock-title", p.T("case.clock."+k.Kind))
	p.Lamp = s.lamp(v.Case, k, p.Lang)
	p.Count = page.Count(k, s.hall.CountedBy(v.Case.Region, k), p.Lang)
	s.kit.Show(w, http.StatusOK, "public/clock", p)
}
