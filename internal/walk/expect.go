package walk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/workday"
)

// keys are the keys of a map, sorted.
func keys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// expect compares a case with everything that an act expects of it, but for refusals.
func (p *play) expect(ctx context.Context, e *pack.Expect, s *subject, now *shown) error {
	if e.Phase != "" {
		p.check("phase", string(e.Phase), string(now.Phase), "expect", "phase")
	}
	p.flow(e, now)
	for _, id := range keys(e.Material) {
		p.check("material "+id, e.Material[id], materialState(now, id), "expect", "material", id)
	}
	for _, id := range keys(e.Clocks) {
		p.clock(e.Clocks[id], id, now)
	}
	if e.Licences != nil {
		var kinds []string
		for _, l := range now.Licences {
			kinds = append(kinds, l.Kind)
		}
		p.check("licences", listed(e.Licences), listed(kinds), "expect", "licences")
	}
	p.noticed(e, now)
	if e.Workdays != nil {
		p.workdays(*e.Workdays, now)
	}
	if e.Delivery != nil {
		p.delivery(e.Delivery, now)
	}
	if e.Charge != "" {
		found := ""
		if now.Charge != nil {
			found = now.Charge.Name
		}
		p.check("charge", e.Charge, found, "expect", "charge")
	}
	if e.Assistance != nil {
		p.assistance(e.Assistance, now)
	}
	return p.counts(ctx, e, s, now)
}

// noticed compares public notices with the objections to them, how licences stand, and what is paid.
func (p *play) noticed(e *pack.Expect, now *shown) {
	if e.Notices != nil {
		var states []string
		for _, n := range now.Notices {
			states = append(states, n.State)
		}
		p.check("public notices", listed(e.Notices), listed(states), "expect", "notices")
	}
	if e.Objections != nil {
		var states []string
		for _, n := range now.Notices {
			for _, o := range n.Objections {
				states = append(states, o.State)
			}
		}
		p.check("objections", listed(e.Objections), listed(states), "expect", "objections")
	}
	for _, kind := range keys(e.Standing) {
		found := ""
		for _, l := range now.Licences {
			if l.Kind == kind {
				found = l.State
			}
		}
		p.check("state of "+kind, e.Standing[kind], found, "expect", "standing", kind)
	}
	if e.Granted != nil {
		var fen int64
		for _, l := range now.Licences {
			fen += l.Fen
		}
		p.check("paid in fen", strconv.FormatInt(*e.Granted, 10), strconv.FormatInt(fen, 10), "expect", "granted")
	}
}

// flow compares steps, parts and tasks.
func (p *play) flow(e *pack.Expect, now *shown) {
	for _, id := range keys(e.Steps) {
		found := ""
		if i := slices.IndexFunc(now.Steps, func(s api.StepView) bool { return s.ID == id }); i >= 0 {
			found = now.Steps[i].State
			if strings.Contains(e.Steps[id], ":") {
				found += ":" + now.Steps[i].Outcome
			}
		}
		p.check("step "+string(id), e.Steps[id], found, "expect", "steps", string(id))
	}
	for _, id := range keys(e.Parts) {
		found := ""
		if i := slices.IndexFunc(now.Parts, func(s caseflow.PartState) bool { return s.ID == id }); i >= 0 {
			found = now.Parts[i].State
		}
		p.check("part "+string(id), e.Parts[id], found, "expect", "parts", string(id))
	}
	for _, id := range keys(e.Tasks) {
		found := ""
		if t := liveTask(now, id, ""); t != nil {
			found = t.Department
		}
		p.check("task of "+string(id), e.Tasks[id], found, "expect", "tasks", string(id))
	}
}

func materialState(now *shown, id string) string {
	i := slices.IndexFunc(now.Materials, func(m api.MaterialView) bool { return m.ID == id })
	if i < 0 {
		return ""
	}
	return now.Materials[i].State
}

// listed writes a list so that two can be compared and read.
func listed(list []string) string { return strings.Join(list, ", ") }

// clock compares a clock; the one of a step's last round for step:<id>.
func (p *play) clock(want pack.ClockExpect, id string, now *shown) {
	var k api.ClockView
	for _, c := range now.Clocks {
		if c.ID == id || strings.HasPrefix(c.ID, id+"#") {
			k = c
		}
	}
	at := []string{"expect", "clocks", id}
	if k.ID == "" {
		p.check("clock "+id, "there", "", at...)
		return
	}
	if want.State != "" {
		p.check("clock "+id, want.State, k.State, append(at, "state")...)
	}
	if want.Due != "" {
		p.check("due instant of clock "+id, want.Due, dueText(k.Due, want.Due), append(at, "due")...)
	}
	if want.Lamp != "" {
		p.check("lamp of clock "+id, want.Lamp, lamp(&k), append(at, "lamp")...)
	}
}

// dueText writes a due instant as precisely as it is expected: the last day, or the minute.
func dueText(due time.Time, like string) string {
	if len(like) == len("2006-01-02") {
		return workday.DateOf(due.Add(-time.Nanosecond)).String()
	}
	return due.In(workday.Shanghai).Format("2006-01-02 15:04")
}

// lamp is the state of the deadline lamp.
func lamp(k *api.ClockView) string {
	if k.State != caseflow.ClockRunning {
		return k.State
	}
	return map[caseflow.Level]string{caseflow.LevelNone: "normal", caseflow.LevelSoon: "soon", caseflow.LevelToday: "today",
		caseflow.LevelOver: "over"}[caseflow.Level(k.Level)]
}

// workdays checks how long the decision took, from acceptance.
func (p *play) workdays(most int, now *shown) {
	p.out.Checks++
	want := fmt.Sprintf("at most %d", most)
	switch {
	case now.Accepted.IsZero() || now.Decided.IsZero():
		p.fail("working days", want, "not decided", "expect", "workdays")
	default:
		n := workday.National().Between(workday.DateOf(now.Accepted), workday.DateOf(now.Decided), workday.WorkDay)
		if n > most {
			p.fail("working days", want, strconv.Itoa(n), "expect", "workdays")
		}
	}
}

func (p *play) delivery(want *pack.DeliveryExpect, now *shown) {
	var last api.DeliveryView
	if n := len(now.Deliveries); n > 0 {
		last = now.Deliveries[n-1]
	}
	if want.How != "" {
		p.check("delivery", want.How, last.How, "expect", "delivery", "how")
	}
	if want.Waybill != "" {
		p.check("waybill", want.Waybill, last.Waybill, "expect", "delivery", "waybill")
	}
}

func (p *play) assistance(want *pack.AssistanceExpect, now *shown) {
	var found api.AssistanceView
	if now.Assistance != nil {
		found = *now.Assistance
	}
	for _, f := range [][3]string{{"how", want.How, found.How}, {"why", want.Why, found.Why},
		{"department", want.Department, found.Department}, {"office", want.Office, found.Office}} {
		if f[1] != "" {
			p.check("assistance: "+f[0], f[1], f[2], "expect", "assistance", f[0])
		}
	}
}

// counts compares what the applicant was told, paid, filled in and walked.
func (p *play) counts(ctx context.Context, e *pack.Expect, s *subject, now *shown) error {
	if e.Messages != nil || e.Visits != nil {
		line, err := p.timeline(ctx, s)
		if err != nil {
			return err
		}
		if e.Messages != nil {
			p.check("messages", listed(e.Messages), listed(p.messages(now.Item, line, s.told)), "expect", "messages")
		}
		if e.Visits != nil {
			p.check("visits", strconv.Itoa(*e.Visits), strconv.Itoa(visits(line, now)), "expect", "visits")
		}
	}
	if e.Fen != nil {
		fen, err := p.fee(ctx)
		if err != nil {
			return err
		}
		p.check("fee in fen", strconv.FormatInt(*e.Fen, 10), strconv.FormatInt(fen, 10), "expect", "fen")
	}
	if e.Forms != nil {
		n, err := p.forms(ctx)
		if err != nil {
			return err
		}
		p.check("forms", strconv.Itoa(*e.Forms), strconv.Itoa(n), "expect", "forms")
	}
	return nil
}

// timeline is what has happened in a case, oldest first.
func (p *play) timeline(ctx context.Context, s *subject) ([]api.TimelineEntry, error) {
	got, err := p.h.call(ctx, s.reader, http.MethodGet, "/cases/"+string(s.no)+"/timeline", nil)
	if err != nil {
		return nil, err
	}
	if got.problem != nil {
		return nil, fmt.Errorf("timeline: %s", got.problem.Code)
	}
	var line api.Timeline
	if err := json.Unmarshal(got.body, &line.Body); err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	slices.Reverse(line.Body.Entries)
	return line.Body.Entries, nil
}

// messages are the templates of the notify steps that were done after an entry.
func (p *play) messages(item caseflow.ItemID, line []api.TimelineEntry, after int) []string {
	var out []string
	it := shelf(p.h.pack.Items).Current(item)
	for _, e := range line {
		for _, ev := range e.Events {
			if e.Entry <= after || ev.Name != (caseflow.StepEnded{}).Name() {
				continue
			}
			if s := it.StepByID(caseflow.StepID(ev.Step)); s != nil && s.Kind == caseflow.KindNotify {
				out = append(out, s.Message)
			}
		}
	}
	return out
}

// visits counts the days on which the applicant was at a hall or station: to open the case, to show a paper, to collect
// results.
func visits(line []api.TimelineEntry, now *shown) int {
	days := map[workday.Date]bool{}
	atHall := now.Channel == caseflow.ChannelWindow || now.Channel == caseflow.ChannelStation
	for _, e := range line {
		for _, ev := range e.Events {
			switch ev.Name {
			case (caseflow.Opened{}).Name():
				if atHall {
					days[workday.DateOf(e.At)] = true
				}
			case (caseflow.PaperSeen{}).Name():
				days[workday.DateOf(e.At)] = true
			}
		}
	}
	for _, d := range now.Deliveries {
		if d.How == "window" {
			days[workday.DateOf(d.At)] = true
		}
	}
	return len(days)
}

// fee is what the guide asks for the service.
func (p *play) fee(ctx context.Context) (int64, error) {
	got, err := p.h.call(ctx, nil, http.MethodGet, "/items/"+string(p.scene.Item), nil)
	if err != nil {
		return 0, err
	}
	if got.problem != nil {
		return 0, fmt.Errorf("guide: %s", got.problem.Code)
	}
	var guide struct {
		Fee caseflow.Fee `json:"fee"`
	}
	if err := json.Unmarshal(got.body, &guide); err != nil {
		return 0, fmt.Errorf("guide: %w", err)
	}
	return guide.Fee.Fen, nil
}

// forms counts the forms that were begun in the scene.
func (p *play) forms(ctx context.Context) (int, error) {
	n := 0
	for _, s := range p.opened {
		v, err := p.look(ctx, s)
		if err != nil {
			return n, err
		}
		if len(v.Form) > 0 && string(v.Form) != "null" {
			n++
		}
	}
	return n, nil
}
