package walk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/workday"
)

// subject is a case of a scene.
type subject struct {
	no     caseflow.CaseNo
	reader *person // who may see it: its owner, else who opened it
	told   int     // last entry that the act before has seen
}

// shown is a case as the API shows it.
type shown struct {
	api.CaseDetail
	raw []byte
}

// Acts that are no commands.
const (
	doLook = "look"
	doTick = "tick"
)

// doObject is given by anybody, also by nobody who is known.
var doObject = caseflow.Object{}.Verb()

// perform plays one act and checks what it expects. It reports false if the scene cannot go on.
func (p *play) perform(ctx context.Context, a *pack.Act) (bool, error) {
	then, err := a.When(p.h.time(), workday.National())
	if err != nil {
		return false, err
	}
	if then.Before(p.h.time()) {
		p.fail("time", "after the act before", a.At, "at")
		return false, nil
	}
	if err := p.h.move(ctx, then); err != nil {
		return false, err
	}
	who := p.h.people[a.Who]
	if who == nil && a.Who != "" {
		p.fail("who", "one of the accounts", a.Who, "who")
		return false, nil
	}
	s, err := p.caseNamed(ctx, a.Case)
	if err != nil {
		return false, err
	}
	if s == nil && !slices.Contains([]string{"open", pack.DoPapers, pack.DoTurn, pack.DoLine, pack.DoCall}, a.Do) {
		p.fail("case", "one that was opened", a.Case, "case")
		return false, nil
	}
	switch {
	case a.Do == pack.DoCall:
		if goOn, err := p.call(ctx, a, who); err != nil || !goOn {
			return false, err
		}
		s = p.cases[a.Case]
	case a.Do == doTick:
	case a.Do == doLook && who == nil:
	case a.Do == doLook:
		got, err := p.h.call(ctx, who, http.MethodGet, "/cases/"+string(s.no), nil)
		if err != nil || !p.outcome(a, got.problem) {
			return false, err
		}
	case a.Do == pack.DoTurn || a.Do == pack.DoLine:
		got, err := p.inLine(ctx, a, who)
		return err == nil && p.outcome(a, got.problem), err
	case a.Do == pack.DoPapers:
		got, err := p.papers(ctx, a, who)
		return err == nil && p.outcome(a, got.problem), err
	default:
		if goOn, err := p.give(ctx, a, who); err != nil || !goOn {
			return false, err
		}
		if s, err = p.caseNamed(ctx, a.Case); err != nil {
			return false, err
		}
	}
	if s == nil { // opening was refused, as expected
		return true, nil
	}
	return true, p.afterwards(ctx, a, s)
}

// inLine takes a number in a lobby, or does there what a clerk does.
func (p *play) inLine(ctx context.Context, a *pack.Act, who *person) (answer, error) {
	var body map[string]any
	if err := json.Unmarshal(a.With, &body); err != nil {
		return answer{}, err
	}
	lobby, _ := body["lobby"].(string)
	delete(body, "lobby")
	at := "/lobbies/" + url.PathEscape(lobby) + "/turns"
	if a.Do == pack.DoLine {
		at = "/lobbies/" + url.PathEscape(lobby) + "/acts"
	}
	return p.h.call(ctx, who, http.MethodPost, at+"?region="+url.QueryEscape(p.scene.Region), body)
}

// papers records that somebody's papers were seen.
func (p *play) papers(ctx context.Context, a *pack.Act, who *person) (answer, error) {
	var body map[string]any
	if err := json.Unmarshal(a.With, &body); err != nil {
		return answer{}, err
	}
	if err := p.numbers(ctx, body); err != nil {
		return answer{}, err
	}
	return p.h.call(ctx, who, http.MethodPost, "/papers-seen", body)
}

// numbers puts the numbers of licences in the place of $<kind>, those of the scene's cases and what was kept of answers in that of their
// names.
func (p *play) numbers(ctx context.Context, body map[string]any) error {
	text, err := json.Marshal(body)
	if err != nil || !bytes.Contains(text, []byte("$")) {
		return err
	}
	known, err := p.known(ctx)
	if err != nil {
		return err
	}
	known.fill(body)
	return nil
}

// fill is numbers for a text.
func (p *play) fill(ctx context.Context, text string) (string, error) {
	if !strings.Contains(text, "$") {
		return text, nil
	}
	known, err := p.known(ctx)
	if err != nil {
		return "", err
	}
	return known.fill(text).(string), nil
}

// names are what stands for what, as old and new texts for a replacer.
type names struct{ *strings.Replacer }

// known finds what names stand for now; of two that begin alike the longer one is meant.
func (p *play) known(ctx context.Context) (names, error) {
	known := maps.Clone(p.h.kept)
	for name, s := range p.cases {
		if name != "" {
			known[name] = string(s.no)
		}
	}
	for _, s := range p.opened {
		now, err := p.look(ctx, s)
		if err != nil {
			return names{}, err
		}
		for _, l := range now.Licences {
			if known[l.Kind] == "" {
				known[l.Kind] = l.No
			}
		}
	}
	order := slices.SortedFunc(maps.Keys(known), func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, name := range order {
		pairs = append(pairs, "$"+name, known[name])
	}
	return names{strings.NewReplacer(pairs...)}, nil
}

// fill replaces in all texts of a value.
func (n names) fill(v any) any {
	switch v := v.(type) {
	case string:
		return n.Replace(v)
	case map[string]any:
		for key, sub := range v {
			v[key] = n.fill(sub)
		}
	case []any:
		for i, sub := range v {
			v[i] = n.fill(sub)
		}
	}
	return v
}

// caseNamed is a case of the scene; nil if there is none of that name. One that does the work of a step is known once its
// parent shows its number.
func (p *play) caseNamed(ctx context.Context, name string) (*subject, error) {
	parent, step, child := pack.ChildOf(name)
	if s := p.cases[name]; s != nil || !child {
		return s, nil
	}
	up, err := p.caseNamed(ctx, parent)
	if up == nil || err != nil {
		return nil, err
	}
	now, err := p.look(ctx, up)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(now.Steps, func(s api.StepView) bool { return s.ID == step && s.Case != "" })
	if i < 0 {
		return nil, nil
	}
	s := &subject{no: now.Steps[i].Case, reader: up.reader}
	p.cases[name] = s
	return s, nil
}

// afterwards compares what the API shows now with what the act expects.
func (p *play) afterwards(ctx context.Context, a *pack.Act, s *subject) error {
	now, err := p.look(ctx, s)
	if err != nil {
		return err
	}
	if a.Expect != nil {
		if err := p.expect(ctx, a.Expect, s, now); err != nil {
			return err
		}
	}
	s.told = now.Entry
	return nil
}

// give gives the command of an act as somebody, and checks whether it was carried out or refused as expected.
func (p *play) give(ctx context.Context, a *pack.Act, who *person) (bool, error) {
	s, err := p.caseNamed(ctx, a.Case)
	if err != nil {
		return false, err
	}
	var before *shown
	if s != nil {
		if before, err = p.look(ctx, s); err != nil {
			return false, err
		}
	}
	upload, problem, err := p.upload(ctx, a, who)
	if err != nil || problem != nil {
		return err == nil && p.outcome(a, problem), err
	}
	body, err := p.command(a, before, upload)
	if err != nil {
		return false, err
	}
	if err := p.numbers(ctx, body); err != nil {
		return false, err
	}
	path := "/cases?region=" + url.QueryEscape(p.scene.Region)
	if a.Do != "open" {
		path = "/cases/" + string(s.no) + "/" + a.Do
	}
	if a.Do == doObject { // to what everybody reads
		path = fmt.Sprintf("/notices/%s/objections", hall.NoticeID(s.no, int(body["notice"].(float64))))
		delete(body, "notice")
		if who != nil { // a session that has run out is no reason to ask who somebody is there
			if err := p.h.signIn(ctx, who); err != nil {
				return false, err
			}
		}
	}
	got, err := p.h.call(ctx, who, http.MethodPost, path, body)
	if err != nil || !p.outcome(a, got.problem) {
		return false, err
	}
	switch {
	case got.problem != nil && s != nil:
		return true, p.unchanged(ctx, s, before)
	case got.problem == nil && a.Do == "open":
		return true, p.openedCase(a, who, body, got.body)
	}
	return true, nil
}

// outcome compares whether an act was refused, why and where, with what is expected. It reports false if the act was
// refused and should not have been, or the other way round.
func (p *play) outcome(a *pack.Act, problem *api.Problem) bool {
	want, found := "", ""
	if a.Expect != nil {
		want = a.Expect.Refused
	}
	if problem != nil {
		found = problem.Code
	}
	p.check("refusal", want, found, "expect", "refused")
	if problem != nil && want != found {
		for _, f := range problem.Fields {
			p.fail("fault at "+f.Field, "", f.Code)
		}
	}
	if problem != nil && a.Expect != nil {
		for _, field := range keys(a.Expect.Faults) {
			var codes []string
			for _, f := range problem.Fields {
				if f.Field == field {
					codes = append(codes, f.Code)
				}
			}
			if code := a.Expect.Faults[field]; slices.Contains(codes, code) {
				codes = []string{code}
			}
			p.check("fault at "+field, a.Expect.Faults[field], strings.Join(codes, ", "), "expect", "faults", field)
		}
	}
	return (want == "") == (found == "")
}

// unchanged checks that a refused act has changed nothing.
func (p *play) unchanged(ctx context.Context, s *subject, before *shown) error {
	now, err := p.look(ctx, s)
	if err != nil {
		return err
	}
	p.out.Checks++
	if !bytes.Equal(before.raw, now.raw) {
		p.fail("the case after the refusal", fmt.Sprintf("as before, at entry %d", before.Entry), fmt.Sprintf("changed, at entry %d", now.Entry))
	}
	return nil
}

// openedCase remembers a case that was opened.
func (p *play) openedCase(a *pack.Act, who *person, body map[string]any, text []byte) error {
	var receipt hall.Receipt
	if err := json.Unmarshal(text, &receipt); err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	s := &subject{no: receipt.Case, reader: who}
	for _, q := range p.h.people {
		if q.id == body["owner"] && q.Kind == caseflow.ActorCitizen {
			s.reader = q
		}
	}
	p.cases[a.Case] = s
	p.opened = append(p.opened, s)
	return nil
}

// look is the case as its owner sees it, else as who opened it does.
func (p *play) look(ctx context.Context, s *subject) (*shown, error) {
	var v shown
	got, err := p.h.call(ctx, s.reader, http.MethodGet, "/cases/"+string(s.no), nil)
	if err != nil {
		return nil, err
	}
	if got.problem != nil {
		return nil, fmt.Errorf("%s cannot see the own case: %s", s.reader.ID, got.problem.Code)
	}
	v.raw = got.body
	if err := json.Unmarshal(got.body, &v.CaseDetail); err != nil {
		return nil, fmt.Errorf("case: %w", err)
	}
	return &v, nil
}

// upload makes the file of an act and uploads it; nil if the act has none.
func (p *play) upload(ctx context.Context, a *pack.Act, who *person) (*caseflow.File, *api.Problem, error) {
	if a.File == nil {
		return nil, nil, nil
	}
	content, err := sample(a.File)
	if err != nil {
		return nil, nil, err
	}
	got, err := p.h.call(ctx, who, http.MethodPost, "/files?name="+url.QueryEscape(a.File.Name), content)
	if err != nil || got.problem != nil {
		return nil, got.problem, err
	}
	var f caseflow.File
	if err := json.Unmarshal(got.body, &f); err != nil {
		return nil, nil, fmt.Errorf("upload: %w", err)
	}
	return &f, nil, nil
}

// command is the body of the act's command: with the number of the live task of its step, and accounts in the place of
// the ids that walk.yaml gives them.
func (p *play) command(a *pack.Act, now *shown, upload *caseflow.File) (map[string]any, error) {
	task := 0
	if now != nil && a.Step != "" {
		if t := liveTask(now, a.Step, a.Department); t != nil {
			task = t.ID
		}
	}
	cmd, err := p.h.pack.Walk.Command(a, task, upload)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(cmd)
	if err != nil {
		return nil, err
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, err
	}
	p.name(body)
	return body, nil
}

// name puts accounts in the place of ids, wherever a command names a person.
func (p *play) name(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, sub := range v {
			id, ok := sub.(string)
			if q := p.h.people[id]; ok && q != nil && (key == "owner" || key == "person") {
				v[key] = q.id
			}
			if key != "data" { // of a form: not ours to change
				p.name(sub)
			}
		}
	case []any:
		for _, sub := range v {
			p.name(sub)
		}
	}
}

// liveTask is the task of a step that still waits for somebody; nil if there is none.
func liveTask(now *shown, step caseflow.StepID, department string) *api.TaskView {
	for i := range now.Tasks {
		t := &now.Tasks[i]
		live := t.State == caseflow.TaskOpen || t.State == caseflow.TaskClaimed || t.State == caseflow.TaskWaiting
		if live && (t.Kind == caseflow.TaskStep || t.Kind == caseflow.TaskObjection) && t.Step == step && (department == "" || t.Department == department) {
			return t
		}
	}
	return nil
}
