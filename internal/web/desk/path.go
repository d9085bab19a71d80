package desk

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// path is the picture of the steps: what runs at the same time, who has it, who saw it, and whose time was used.
func (v *casePage) path(s *scene) error {
	for _, level := range levels(s.it) {
		stage := ui.Stage{}
		for _, id := range level {
			stage.Steps = append(stage.Steps, v.pathStep(s, id))
		}
		v.Path.Stages = append(v.Path.Stages, stage)
	}
	for _, sh := range s.c.Shares(s.cal, s.now) {
		row := share{Who: v.bearer(sh.Bearer), Clock: v.T("case.clock." + clockKind(s.c, sh.Clock)), Used: v.used(s.cal, &sh), Running: sh.Running}
		if def := s.it.StepByID(sh.Step); def != nil {
			row.Clock = def.Name.In(v.Lang)
		}
		v.Shares = append(v.Shares, row)
	}
	v.outcome(s)
	looks, err := v.desk.hall.LooksAt(v.r.Context(), s.view)
	switch {
	case err == nil:
		v.SeenAll = true
		for _, l := range looks[:min(len(looks), 50)] {
			v.Seen = append(v.Seen, seen{Who: v.person(l.Account), At: l.At, What: v.lookWords(l.What), Reason: l.Reason})
		}
	case !errors.Is(err, hall.ErrNotFound): // who may not see who looked simply does not
		return err
	}
	return nil
}

type share struct {
	Who, Clock, Used string
	Running          bool
}

// used is the time of a share in words: in office hours while it is less than a working day, which would read as no time at all.
func (v *casePage) used(cal *workday.Calendar, sh *caseflow.Share) string {
	switch office := sh.Office.Round(time.Minute); {
	case office < time.Minute:
		return v.T("desk.used-none")
	case office < time.Hour:
		return v.T("desk.used-minutes", int(office.Minutes()))
	case office < cal.OfficeHours().PerDay():
		return v.T("desk.used-hours", strconv.FormatFloat(math.Round(office.Hours()*10)/10, 'f', -1, 64))
	}
	return v.T("desk.used-days", max(sh.Workdays, 1))
}

type seen struct {
	Who, What, Reason string
	At                time.Time
}

func (v *casePage) lookWords(what string) string {
	kind, id, _ := strings.Cut(what, ":")
	if key := "desk.look." + kind; i18n.Has(key) {
		if i18n.Has("command." + id) {
			id = v.T("command." + id)
		}
		return v.T(key, id)
	}
	return what
}

func clockKind(c *caseflow.Case, id string) string {
	if k := c.Clock(id); k != nil {
		return k.Kind
	}
	return id
}

func (p *page) bearer(id string) string {
	if id == caseflow.BearerPublic {
		return p.T("desk.public")
	}
	if id == caseflow.BearerApplicant {
		return p.T("case.actor.citizen")
	}
	return p.department(id)
}

// levels puts the steps into the stages in which they become ready: what stands in one stage runs at the same time.
func levels(it *caseflow.Item) [][]caseflow.StepID {
	depth := map[caseflow.StepID]int{}
	var out [][]caseflow.StepID
	for i := range it.Steps {
		n := 0
		for _, need := range it.Steps[i].Needs {
			n = max(n, depth[need]+1)
		}
		depth[it.Steps[i].ID] = n
		for len(out) <= n {
			out = append(out, nil)
		}
		out[n] = append(out[n], it.Steps[i].ID)
	}
	return out
}

func (v *casePage) pathStep(s *scene, id caseflow.StepID) ui.ProgressStep {
	p := v.page
	def := s.it.StepByID(id)
	ps := ui.ProgressStep{Name: def.Name.In(v.Lang), State: ui.StagePending}
	if !def.Auto() {
		ps.Who = v.department(def.By.Department)
	}
	st := stepState(s.c, id)
	if st == nil || st.State == caseflow.StepPending {
		if unwanted(s, def.Part) {
			ps.State = ui.StageSkipped
		}
		return ps
	}
	switch st.State {
	case caseflow.StepReady:
		ps.State = ui.StageNow
	case caseflow.StepDone:
		ps.State, ps.Ended = ui.StageDone, st.Done
		if st.Outcome == caseflow.OutcomeRefuse {
			ps.State = ui.StageRefused
		}
	case caseflow.StepSkipped:
		ps.State = ui.StageSkipped
	}
	if k := s.c.Clock(caseflow.StepClock(id, st.Round)); k != nil {
		if ps.Lamp = p.lamp(s, k); ps.Lamp != nil {
			ps.Lamp.Clock, ps.Count = "", kit.Count(k, v.desk.hall.CountedBy(s.c.Region, k), v.Lang)
		}
		if k.State == caseflow.ClockStopped {
			ps.State = ui.StagePaused
		}
	}
	if st.State == caseflow.StepReady {
		ps.Waits = v.has(s, id)
	}
	return ps
}

// unwanted reports whether nobody asks for a part, so that nobody looks out for its steps: as acceptance found, and before it by the
// answers that were handed in.
func unwanted(s *scene, part caseflow.PartID) bool {
	if !s.c.Accepted.IsZero() {
		return slices.ContainsFunc(s.c.Parts, func(p caseflow.PartState) bool { return p.ID == part && p.State == caseflow.PartUnwanted })
	}
	if len(s.c.Parts) == 0 || s.c.Submitted.IsZero() {
		return false
	}
	asked, refusal := s.view.Asked()
	return refusal == nil && !asked.Parts[part]
}

// has says who has a step now.
func (v *casePage) has(s *scene, id caseflow.StepID) string {
	var who []string
	for i := range s.c.Tasks {
		t := &s.c.Tasks[i]
		if t.Step != id || !t.Live() {
			continue
		}
		name := v.T("desk.unclaimed", v.postName(t.By))
		if t.Holder != "" {
			name = v.person(t.Holder)
		}
		if t.Kind == caseflow.TaskOpinion {
			name = v.T("desk.asked", name)
		}
		if t.State == caseflow.TaskWaiting {
			name = v.T("desk.waits-turn", name)
		}
		who = append(who, name)
	}
	return v.joined(who)
}

func stepState(c *caseflow.Case, id caseflow.StepID) *caseflow.StepState {
	for i := range c.Steps {
		if c.Steps[i].ID == id {
			return &c.Steps[i]
		}
	}
	return nil
}
