package desk

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// The pages of a scope.
const (
	statisticsAddress = "/desk/statistics"
	casesAddress      = "/desk/cases"
	overviewAddress   = "/desk/overview"
	assessmentAddress = kit.AssessmentHome
)

// casesRows are the rows of a page of cases where the address does not say.
const casesRows = 50

// doors are the channels in the order of lists.
var doors = []string{caseflow.ChannelOnline, caseflow.ChannelWindow, caseflow.ChannelStation, caseflow.ChannelTerminal, caseflow.ChannelHotline}

// scope is what the address of figures, or of the cases behind them, says.
type scope struct {
	Region, Department, Item, Door, Group, When string
	Period                                      stat.Period
	Cursor                                      string
	Rows                                        int // of a page of cases; 0: casesRows
	standard                                    stat.Period
}

// readScope reads the address; what is not among the choices is left out. Without a period it is this month up to today.
func (p *page) readScope(v url.Values) scope {
	today := workday.DateOf(p.Now)
	s := scope{Region: v.Get("region"), Department: v.Get("department"), Item: v.Get("item"), Door: oneOf(v.Get("door"), doors),
		Group: oneOf(v.Get("group"), hall.Groupings()), When: oneOf(v.Get("when"), happenings()), Cursor: v.Get("cursor"), Rows: ui.RowsOf(v, casesRows)}
	s.standard = stat.Period{From: stat.FirstOf(today), To: today}
	s.Period = s.standard
	for name, into := range map[string]*workday.Date{"from": &s.Period.From, "to": &s.Period.To} {
		if d, err := ui.Day(v.Get(name)); err == nil {
			*into = d
		}
	}
	if s.Period.To < s.Period.From || s.Period.Days() > hall.MaxPeriod {
		s.Period = s.standard
	}
	return s
}

func happenings() []string {
	var list []string
	for _, h := range store.Happenings() {
		list = append(list, string(h))
	}
	return list
}

// with is the scope with one value changed.
func (s scope) with(name, value string) scope {
	s.Cursor = ""
	switch name {
	case "region":
		s.Region = value
	case "department":
		s.Department = value
	case "item":
		s.Item = value
	case "door":
		s.Door = value
	case "group":
		s.Group = value
	case "when":
		s.When = value
	case "cursor":
		s.Cursor = value
	}
	return s
}

// of is the scope in another period.
func (s scope) of(p stat.Period) scope {
	s.Period, s.Cursor = p, ""
	return s
}

// values are the scope as an address has it; what is standard is left out.
func (s scope) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"region": s.Region, "department": s.Department, "item": s.Item, "door": s.Door,
		"group": s.Group, "when": s.When, "cursor": s.Cursor} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if s.Rows != casesRows && s.Rows > 0 {
		v.Set("size", strconv.Itoa(s.Rows))
	}
	if s.Period != s.standard {
		v.Set("from", s.Period.From.String())
		v.Set("to", s.Period.To.String())
	}
	return v
}

// at is the address of a page for the scope.
func (s scope) at(path string) string {
	if v := s.values(); len(v) > 0 {
		return path + "?" + v.Encode()
	}
	return path
}

// query asks for the figures of the scope.
func (s scope) query(by caseflow.Actor) hall.StatQuery {
	return hall.StatQuery{Region: cmp.Or(s.Region, by.Region), Period: s.Period, Item: caseflow.ItemID(s.Item),
		Department: s.Department, Door: s.Door, Group: s.Group}
}

// instants are when the scope's period begins and ends.
func (s scope) instants() (from, to time.Time) { return s.Period.From.Start(), s.Period.To.End() }

// filters is the form of a scope, with chips for what is chosen. more are further fields.
func (p *page) filters(s scope, path string, more ...ui.Field) ui.Filters {
	f := ui.Filters{Action: path, Clear: path}
	pick := func(name, value, label string, options []ui.Option) {
		if len(options) == 0 {
			return
		}
		f.Fields = append(f.Fields, ui.Field{Kind: ui.KindSelect, Name: name, Label: label, Value: value, Options: options})
		i := slices.IndexFunc(options, func(o ui.Option) bool { return o.Value == value })
		if value != "" && i >= 0 {
			f.Chips = append(f.Chips, ui.Chip{Text: options[i].Label, Remove: s.with(name, "").at(path)})
		}
	}
	pick("region", s.Region, p.T("desk.statistics.region"), p.regionOptions())
	var items, departments, channels []ui.Option
	for _, it := range p.desk.guides.Items() {
		items = append(items, ui.Option{Value: string(it.ID), Label: it.Name.In(p.Lang)})
	}
	for _, d := range p.departments() {
		if !d.Gone {
			departments = append(departments, ui.Option{Value: d.ID, Label: d.Name})
		}
	}
	for _, door := range doors {
		channels = append(channels, ui.Option{Value: door, Label: p.T("case.channel." + door)})
	}
	if p.seesAllDepartments() {
		pick("department", s.Department, p.T("desk.department"), departments)
	}
	pick("item", s.Item, p.T("desk.item"), items)
	pick("door", s.Door, p.T("desk.channel"), channels)
	f.Fields = append(f.Fields, more...)
	f.Fields = append(f.Fields, ui.Field{Kind: ui.KindDate, Name: "from", Label: p.T("desk.statistics.from"), Value: s.Period.From.String()},
		ui.Field{Kind: ui.KindDate, Name: "to", Label: p.T("desk.statistics.to"), Value: s.Period.To.String()})
	if s.Period != s.standard {
		f.Chips = append(f.Chips, ui.Chip{Text: p.periodText(s.Period), Remove: s.of(s.standard).at(path)})
	}
	return f
}

// seesAllDepartments reports whether the figures of every department are the person's to see.
func (p *page) seesAllDepartments() bool {
	return access.May(p.Actor, access.StatsSee, access.Resource{Region: p.Actor.Region}).Allow
}

// seesFigures reports whether figures are the person's to see, perhaps of the own department alone.
func (p *page) seesFigures() bool {
	return p.seesAllDepartments() || access.May(p.Actor, access.StatsSee, access.Resource{Region: p.Actor.Region, Departments: []string{p.Actor.Department}}).Allow
}

// regionOptions are the regions with cases below the person's own; none if there is only that one.
func (p *page) regionOptions() []ui.Option {
	list, err := p.desk.hall.RegionsBelow(p.r.Context(), p.Actor.Region)
	if err != nil || len(list) < 2 {
		return nil
	}
	options := make([]ui.Option, len(list))
	for i, code := range list {
		options[i] = ui.Option{Value: code, Label: p.region(code)}
	}
	return options
}

// periodText writes a period as people say it.
func (p *page) periodText(of stat.Period) string {
	if of.From == of.To {
		return of.From.Text(p.Lang)
	}
	return p.T("desk.statistics.period", of.From.Text(p.Lang), of.To.Text(p.Lang))
}
