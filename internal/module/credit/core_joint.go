package credit

import (
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Joint is what departments do together for and against parties (守信联合激励和失信联合惩戒): rules of data, each with its legal ground.
// Nothing of it is stored of a party: a measure is there while its records are, and ends with them by itself.
type Joint struct {
	ID       string         `json:"id"`
	Name     caseflow.Text  `json:"name"`
	Basis    caseflow.Basis `json:"basis"`
	Promised int            `json:"promised"` // how many areas the practice counts
	Areas    []Area         `json:"areas"`
	Measures []Measure      `json:"measures"`
}

// Area is one of the areas in which departments act together, and which department acts there.
type Area struct {
	Field
	By caseflow.Text `json:"by"`
}

// The kinds of measures.
const (
	Incentive  = "incentive"
	Punishment = "punishment"
)

// Measure is one thing that is done in an area. It is advice with a legal ground to whoever decides: it decides nothing.
type Measure struct {
	ID      string         `json:"id"`
	Area    string         `json:"area"`
	Kind    string         `json:"kind"` // Incentive, Punishment
	Text    caseflow.Text  `json:"text"`
	Basis   caseflow.Basis `json:"basis"`
	Ground  Ground         `json:"ground"`
	Without []Ground       `json:"without"`
	// Compared says that basis and text were held against the text of the law; else they are from memory.
	Compared bool `json:"compared"`
}

// Ground is which records bring a measure about, and for how long: while they stand, or for so many months.
type Ground struct {
	Record  string   `json:"record"`
	Results []string `json:"results"`
	Field   string   `json:"field"`
	Sources []string `json:"sources"`
	Stands  bool     `json:"stands"`
	Months  int      `json:"months"`
}

// Applied is a measure that a party is under, and why.
type Applied struct {
	*Measure
	Because []*Record    // the newest first
	Since   workday.Date // of the oldest of them
	Until   workday.Date // the last day by what is known now; zero: while the records stand
}

// span is from when until when a record is a ground on a day; false if it is none. A zero end is open.
func (g *Ground) span(rec *Record, day workday.Date) (until workday.Date, ok bool) {
	if !rec.counts() || rec.Day > day || rec.Kind.Name() != g.Record || !slices.Contains(g.Results, rec.Result.Name(rec.Kind)) ||
		g.Field != "" && g.Field != rec.Field || len(g.Sources) > 0 && !slices.Contains(g.Sources, rec.Source) {
		return 0, false
	}
	until = rec.Until
	if !g.Stands {
		until = afterMonths(rec.Day, g.Months) - 1
	}
	return until, until == 0 || day <= until
}

// Apply computes the measures that a party is under on a day, in the order of the pack.
func (j *Joint) Apply(records []Record, day workday.Date) (list []Applied) {
	for i := range j.Measures {
		m := &j.Measures[i]
		a := Applied{Measure: m}
		open := false
		for k := range records {
			rec := &records[k]
			until, ok := m.Ground.span(rec, day)
			if !ok {
				continue
			}
			if len(a.Because) == 0 || rec.Day < a.Since {
				a.Since = rec.Day
			}
			open = open || until == 0
			a.Because, a.Until = append(a.Because, rec), max(a.Until, until)
		}
		if len(a.Because) == 0 || m.hindered(records, day) {
			continue
		}
		if open {
			a.Until = 0
		}
		slices.SortFunc(a.Because, compareRefs)
		list = append(list, a)
	}
	return list
}

// hindered reports whether a record stands without which the measure only is.
func (m *Measure) hindered(records []Record, day workday.Date) bool {
	return slices.ContainsFunc(m.Without, func(g Ground) bool {
		return slices.ContainsFunc(records, func(r Record) bool { _, ok := g.span(&r, day); return ok })
	})
}

// Area finds an area; one that is not there has its id for a name.
func (j *Joint) Area(id string) Area {
	for _, a := range j.Areas {
		if a.ID == id {
			return a
		}
	}
	return Area{Field: Field{id, caseflow.Text{ZH: id, EN: id}}}
}
