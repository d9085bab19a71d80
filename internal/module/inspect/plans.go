package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// Year is what a department announces for a year (年度抽查工作计划): which share of each tier is drawn, in how many rounds.
type Year struct {
	Region, Place, Department string
	Year                      int64
	Title                     string
	Rounds                    int64
	Ratios                    map[string]int64 // in ten thousand, of the whole year
	Visits                    int64            // of one company in the year at most
	At                        time.Time
}

// usual are the shares of a year in ten thousand that the parameters of a region say (internal/parameter).
func (m *Module) usual(region string) map[string]int64 {
	names := []parameter.Name{parameter.RatioA, parameter.RatioB, parameter.RatioC, parameter.RatioD, parameter.RatioNone}
	ratios := make(map[string]int64, len(names))
	for i, tier := range Strata() {
		if n := m.hall.Values().Int(names[i], region); n > 0 {
			ratios[tier] = int64(n) * 100
		}
	}
	return ratios
}

// Announce keeps the plan of a year of the official's department; it is public at once. A later one stands in its place. Without ratios it
// takes those of the parameters.
func (m *Module) Announce(ctx context.Context, by caseflow.Actor, y Year) error {
	if !plans(by) {
		return hall.ErrNotFound
	}
	y.Title = strings.TrimSpace(y.Title)
	if len(y.Ratios) == 0 {
		y.Ratios = m.usual(by.Region)
	}
	terms := Terms{Items: []string{"*"}, Ratios: y.Ratios, Team: 2, Cap: 1, Together: 1, Visits: y.Visits}
	field, why := terms.Fault()
	switch {
	case y.Title == "" || len(y.Title) > draw.MaxText:
		field, why = "title", "missing"
	case y.Year < 2000 || y.Year > 2999:
		field, why = "year", "number"
	case y.Rounds < 1 || y.Rounds > 366:
		field, why = "rounds", "number"
	}
	if why != "" {
		return at(CodeTerms, field, why)
	}
	ratios, err := json.Marshal(y.Ratios)
	if err != nil {
		return err
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		return w.Put("inspect_year", []any{ident.Service().City(by.Region), by.Region, by.Department, y.Year, y.Title, y.Rounds, string(ratios), y.Visits, by.ID, store.Micros(m.now())})
	})
}

// Years lists the announced plans of years, the newest first.
func (m *Module) Years(ctx context.Context, by caseflow.Actor) (list []Year, err error) {
	if !access.May(by, access.InspectSee, access.Resource{}).Allow {
		return nil, hall.ErrNotFound
	}
	err = m.st.Read(ctx, func(sc store.Scan) error {
		var y Year
		var ratios string
		err := sc(&y.Region, &y.Place, &y.Department, &y.Year, &y.Title, &y.Rounds, &ratios, &y.Visits, store.At(&y.At))
		list = append(list, y)
		return errors.Join(err, json.Unmarshal([]byte(ratios), &list[len(list)-1].Ratios))
	}, "SELECT region, place, department, year, title, rounds, ratios, visits, at FROM inspect_year ORDER BY year DESC, place, department LIMIT 500")
	return list, err
}

// Plan is one round of inspections.
type Plan struct {
	Region            string
	No                int64
	Place, Department string
	Year              int64
	Title             string
	Due               workday.Date // the visits are made until
	Terms             Terms
	Draw              int64 // 0: none yet
	By                string
	Made              time.Time
	editions          []int64
	secret            []byte
	version           int64
}

// numbers reads a list of numbers.
func numbers(text string) (list []int64) {
	for _, f := range strings.Fields(text) {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil {
			list = append(list, n)
		}
	}
	return list
}

const planColumns = "SELECT region, no, place, department, year, title, due, terms, editions, secret, draw, version, by_id, made FROM inspect_plan "

func scanPlan(sc store.Scan) (p Plan, err error) {
	var terms, editions string
	if err = sc(&p.Region, &p.No, &p.Place, &p.Department, &p.Year, &p.Title, &p.Due, &terms, &editions, &p.secret, &p.Draw, &p.version, &p.By, store.At(&p.Made)); err != nil {
		return p, err
	}
	p.editions = numbers(editions)
	return p, json.Unmarshal([]byte(terms), &p.Terms)
}

func (p *Plan) row() ([]any, error) {
	terms, err := json.Marshal(&p.Terms)
	editions := make([]string, len(p.editions))
	for i, no := range p.editions {
		editions[i] = strconv.FormatInt(no, 10)
	}
	return []any{p.Region, p.No, p.Place, p.Department, p.Year, p.Title, int64(p.Due), string(terms), strings.Join(editions, " "), p.secret, p.Draw, p.version, p.By, store.Micros(p.Made)}, err
}

// MakePlan keeps a plan of the official's department. Ratios and visits that it does not say are those of the plan of its
// year, and without one those of the parameters.
func (m *Module) MakePlan(ctx context.Context, by caseflow.Actor, p Plan) (*Plan, error) {
	if !plans(by) {
		return nil, hall.ErrNotFound
	}
	p.Region, p.Place, p.Department, p.By, p.Made, p.Draw = ident.Service().City(by.Region), by.Region, by.Department, by.ID, m.now(), 0
	p.Title = strings.TrimSpace(p.Title)
	if err := m.inherit(ctx, by, &p); err != nil {
		return nil, err
	}
	today := workday.DateOf(m.now())
	field, why := p.Terms.Fault()
	switch {
	case p.Title == "" || len(p.Title) > draw.MaxText || strings.ContainsFunc(p.Title, func(c rune) bool { return c < ' ' }):
		field, why = "title", "missing"
	case p.Due <= today || p.Due > today+366:
		field, why = "due", "date"
	}
	if why != "" {
		return nil, at(CodeTerms, field, why)
	}
	p.secret = make([]byte, 32)
	if _, err := io.ReadFull(m.rand, p.secret); err != nil {
		return nil, fmt.Errorf("secret of a plan: %w", err)
	}
	return &p, m.st.Update(ctx, func(w store.Writer) error {
		if err := m.known(w, &p); err != nil {
			return err
		}
		p.No = 0
		if err := w.Read(store.Into(&p.No), "SELECT COALESCE(MAX(no), 0) + 1 FROM inspect_plan WHERE region = ?", p.Region); err != nil {
			return err
		}
		row, err := p.row()
		return errors.Join(err, w.Add("inspect_plan", row))
	})
}

// inherit takes over from the plan of the year what the plan does not say; ratios that neither says are those of the parameters.
func (m *Module) inherit(ctx context.Context, by caseflow.Actor, p *Plan) error {
	if p.Year == 0 {
		year, _, _ := workday.DateOf(m.now()).Civil()
		p.Year = int64(year)
	}
	years, err := m.Years(ctx, by)
	for _, y := range years {
		if y.Place != p.Place || y.Department != p.Department || y.Year != p.Year {
			continue
		}
		if len(p.Terms.Ratios) == 0 && p.Terms.Total == 0 {
			p.Terms.Ratios = map[string]int64{}
			for tier, n := range y.Ratios {
				p.Terms.Ratios[tier] = Rounds(n, y.Rounds)
			}
		}
		if p.Terms.Visits == 0 {
			p.Terms.Visits = y.Visits
		}
	}
	if len(p.Terms.Ratios) == 0 && p.Terms.Total == 0 {
		p.Terms.Ratios = m.usual(p.Place)
	}
	return err
}

// known refuses items, libraries and units that nobody has sent.
func (m *Module) known(r store.Reader, p *Plan) error {
	items, err := current(r, p.Region, Items)
	if err != nil {
		return err
	}
	all := map[string]bool{}
	if err := eachItem(r, items, func(it CheckItem) { all[it.Department+"/"+it.ID] = true }); err != nil {
		return err
	}
	sends := func(department string) bool { // somebody to a visit
		if len(p.Terms.Units) == 0 {
			return department == p.Department
		}
		return slices.ContainsFunc(p.Terms.Units, func(unit string) bool { return departmentOf(unit) == department })
	}
	for _, id := range p.Terms.Items {
		department, _, _ := strings.Cut(id, "/")
		switch {
		case !all[id]:
			return at(CodeTerms, "items", "unknown")
		case !sends(department): // nobody on the team may check it
			return at(CodeTerms, "units", "lacks")
		}
	}
	return nil
}

// planOf finds a plan that somebody of the department plans. ErrNotFound.
func (m *Module) planOf(ctx context.Context, by caseflow.Actor, no int64) (*Plan, error) {
	if !plans(by) {
		return nil, hall.ErrNotFound
	}
	var found *Plan
	err := m.st.Read(ctx, store.One(&found, scanPlan), planColumns+"WHERE region = ? AND no = ? AND place = ? AND department = ?", ident.Service().City(by.Region), no, by.Region, by.Department)
	if err == nil && found == nil {
		err = hall.ErrNotFound
	}
	return found, err
}

// Plans lists the plans of the official's department, the newest first.
func (m *Module) Plans(ctx context.Context, by caseflow.Actor) (list []Plan, err error) {
	if !plans(by) {
		return nil, hall.ErrNotFound
	}
	err = m.st.Read(ctx, store.List(&list, scanPlan), planColumns+"WHERE region = ? AND place = ? AND department = ? ORDER BY no DESC LIMIT 100", ident.Service().City(by.Region), by.Region, by.Department)
	return list, err
}

// The states of a draw in which there is something to do here.
const (
	drawn     = "drawn"
	abandoned = "abandoned"
)

// purpose names a plan to the module that draws.
func (p *Plan) purpose() string { return "inspect " + strconv.FormatInt(p.No, 10) }

// ProposeDraw makes the pool of a plan as the libraries and tiers are now and proposes its draw; somebody else confirms it there. After a
// draw that was abandoned another may be proposed.
func (m *Module) ProposeDraw(ctx context.Context, by caseflow.Actor, no int64, opens time.Time, sources []draw.Source) (*Plan, error) {
	p, err := m.planOf(ctx, by, no)
	if err != nil {
		return nil, err
	}
	if p.Draw != 0 {
		state, _, err := m.draws.Stands(ctx, p.Region, p.Draw)
		if err != nil {
			return nil, err
		}
		if state != abandoned {
			return nil, refuse(CodeDrawn)
		}
	}
	pool, err := m.pool(ctx, p, nil)
	if err != nil {
		return nil, err
	}
	if len(pool.Objects) == 0 {
		return nil, at(CodeEmpty, "libraries", "empty")
	}
	if len(pool.Inspectors) == 0 {
		return nil, at(CodeEmpty, "units", "empty")
	}
	pool.Opens, pool.Sources = opens.UTC(), sources
	if p.Draw, err = m.draws.Propose(ctx, by, p.purpose(), pool.Plan()); err != nil {
		return nil, err
	}
	return p, m.st.Update(ctx, func(w store.Writer) error {
		row, err := p.row()
		return errors.Join(err, w.Put("inspect_plan", row))
	})
}

// Replace takes somebody who was drawn for an open task of the official's department's plans and cannot be: an inspector, out of all
// visits of the plan, or the company. The next of the draw takes the place; the reason is published with the draw. ErrNotFound.
func (m *Module) Replace(ctx context.Context, by caseflow.Actor, no int64, token, reason string) (*Task, error) {
	t, err := m.TaskOf(ctx, by, no)
	if err != nil {
		return nil, err
	}
	if t.State != TaskOpen {
		return nil, refuse(CodeState)
	}
	from := draw.Candidates
	if token != t.Token {
		if from = draw.Inspectors; !slices.ContainsFunc(t.Members, func(x Member) bool { return x.Token == token }) {
			return nil, at(CodeTerms, "replace", "missing")
		}
	}
	if err := m.draws.Withdraw(ctx, by, drawID(t.Region, t.draw), from, token, reason); err != nil {
		return nil, err
	}
	p, err := m.planOf(ctx, by, t.Plan)
	if err == nil {
		err = m.dispatch(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	return m.task(ctx, t.Region, t.No)
}

// pool reads what a plan draws from: the editions given, or those that count now, which the plan then remembers.
func (m *Module) pool(ctx context.Context, p *Plan, editions []int64) (*Pool, error) {
	pool := &Pool{Title: p.Title, Terms: p.Terms, Secret: p.secret, Tiers: map[string]string{}, Visited: map[string]int64{}}
	err := m.st.View(ctx, func(r store.Reader) error {
		objects, inspectors, err := m.from(r, p, editions)
		if err != nil {
			return err
		}
		if pool.Objects, err = objectsOf(r, objects, p.Terms.Areas); err != nil {
			return err
		}
		if pool.Inspectors, err = inspectorsOf(r, inspectors); err != nil {
			return err
		}
		if editions == nil {
			p.editions = nil
			for _, e := range slices.Concat(objects, inspectors) {
				p.editions = append(p.editions, e.No)
			}
		}
		// A certificate must be good on the last day of the visits.
		pool.Inspectors = slices.DeleteFunc(pool.Inspectors, func(i Inspector) bool { return i.Until < p.Due })
		return r.Read(func(sc store.Scan) error {
			var party string
			var n int64
			err := sc(&party, &n)
			pool.Visited[party] = n
			return err
		}, "SELECT party, COUNT(*) FROM inspect_task WHERE region = ? AND year = ? AND state <> ? GROUP BY party", p.Region, p.Year, TaskDropped)
	})
	if err != nil || len(p.Terms.Ratios) == 0 {
		return pool, err
	}
	return pool, m.tiers(ctx, p.Region, func(party, tier string) { pool.Tiers[party] = tier })
}

// from are the editions that a plan draws from.
func (m *Module) from(r store.Reader, p *Plan, editions []int64) (objects, inspectors []Edition, err error) {
	chosen := func(list string, wanted []string, name func(*Edition) string) ([]Edition, error) {
		if editions != nil {
			var those []Edition
			err := r.Read(func(sc store.Scan) error {
				e, err := scanEdition(sc)
				if slices.Contains(editions, e.No) {
					those = append(those, e)
				}
				return err
			}, editionColumns+"WHERE region = ? AND list = ? AND state = ? ORDER BY no DESC", p.Region, list, Taken)
			return those, err
		}
		all, err := current(r, p.Region, list)
		return slices.DeleteFunc(all, func(e Edition) bool {
			if len(wanted) == 0 {
				return e.Place != p.Place || e.Department != p.Department
			}
			return !slices.Contains(wanted, name(&e))
		}), err
	}
	if objects, err = chosen(Objects, p.Terms.Libraries, func(e *Edition) string { return e.Place + "/" + e.Department + "/" + e.Library }); err != nil {
		return nil, nil, err
	}
	inspectors, err = chosen(Inspectors, p.Terms.Units, func(e *Edition) string { return e.Place + "/" + e.Department })
	return objects, inspectors, err
}

// dispatch makes tasks of what was drawn for a plan, and follows when somebody was replaced. Doing it twice changes nothing.
func (m *Module) dispatch(ctx context.Context, p *Plan) error {
	state, version, err := m.draws.Stands(ctx, p.Region, p.Draw)
	if err != nil || version == p.version || state != drawn && state != abandoned {
		return err
	}
	r, err := m.draws.Record(ctx, p.Region, p.Draw)
	if err != nil {
		return err
	}
	pool, err := m.pool(ctx, p, p.editions)
	if err != nil {
		return err
	}
	objects, inspectors := map[string]*Object{}, map[string]*Inspector{}
	for i := range pool.Objects {
		objects[pool.token(pool.Objects[i].Party)] = &pool.Objects[i]
	}
	for i := range pool.Inspectors {
		inspectors[pool.token(pool.Inspectors[i].ID)] = &pool.Inspectors[i]
	}
	wanted := map[string]visit{}
	if state == drawn {
		for _, s := range r.Commitment().Plan().Strata {
			for _, token := range r.Stratum(s.ID) {
				v := visit{object: objects[token], stratum: s.ID}
				for _, one := range r.Team(token) {
					v.team = append(v.team, member{inspectors[one], one})
				}
				if v.object == nil || slices.ContainsFunc(v.team, func(t member) bool { return t.Inspector == nil }) {
					return fmt.Errorf("plan %d: the draw names somebody who is not in the editions that it was made from", p.No)
				}
				wanted[token] = v
			}
		}
	}
	return m.assign(ctx, p, version, wanted)
}

// visit is what becomes a task.
type visit struct {
	object  *Object
	stratum string
	team    []member
}

type member struct {
	*Inspector
	token string
}

// atOnce is how many tasks are written in one transaction.
const atOnce = 200

// assign writes the tasks of a plan, piece by piece, and last that all of them are there.
func (m *Module) assign(ctx context.Context, p *Plan, version int64, wanted map[string]visit) error {
	tokens := slices.Sorted(maps.Keys(wanted))
	for part := range slices.Chunk(tokens, atOnce) {
		if err := m.st.Update(ctx, func(w store.Writer) error {
			for _, token := range part {
				if err := p.assign(w, token, wanted[token]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		var gone []int64
		err := w.Read(func(sc store.Scan) error {
			var no int64
			var token string
			err := sc(&no, &token)
			if _, ok := wanted[token]; !ok {
				gone = append(gone, no)
			}
			return err
		}, "SELECT no, token FROM inspect_task WHERE region = ? AND plan = ? AND state = ?", p.Region, p.No, TaskOpen)
		for _, no := range gone {
			_, e := w.Exec("UPDATE inspect_task SET state = ? WHERE region = ? AND no = ?", TaskDropped, p.Region, no)
			err = errors.Join(err, e)
		}
		_, e := w.Exec("UPDATE inspect_plan SET version = ? WHERE region = ? AND no = ?", version, p.Region, p.No)
		return errors.Join(err, e)
	})
}

// assign writes one task with its team; of one that is there and open only the team may change.
func (p *Plan) assign(w store.Writer, token string, v visit) error {
	var no int64
	state := ""
	if err := w.Read(store.Into(&no, &state), "SELECT no, state FROM inspect_task WHERE region = ? AND plan = ? AND token = ?", p.Region, p.No, token); err != nil {
		return err
	}
	if state != "" && state != TaskOpen {
		return nil
	}
	if no == 0 {
		if err := w.Read(store.Into(&no), "SELECT COALESCE(MAX(no), 0) + 1 FROM inspect_task WHERE region = ?", p.Region); err != nil {
			return err
		}
		if err := w.Add("inspect_task", []any{p.Region, no, p.No, token, v.object.Party, v.object.Name, v.object.Area, v.object.Address, v.stratum, p.Year, int64(p.Due), TaskOpen,
			int64(0), "", "", "", "", int64(0), int64(0), "", ""}); err != nil {
			return err
		}
	}
	if _, err := w.Exec("DELETE FROM inspect_member WHERE region = ? AND task = ?", p.Region, no); err != nil {
		return err
	}
	rows := make([][]any, len(v.team))
	for i, t := range v.team {
		rows[i] = []any{p.Region, no, t.ID, t.Name, t.Login, t.token, t.Place, t.Department, int64(0), ""}
	}
	return w.Add("inspect_member", rows...)
}
