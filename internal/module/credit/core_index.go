package credit

import (
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Whole numbers only: points are whole, shares and weights are thousandths, and a sum is kept in millionths of a point, so that
// nothing is ever rounded before it is compared with a cut-off.
const (
	thousandth = 1000
	millionth  = thousandth * thousandth
)

// Index is a file of indicators (指标体系): the general one, which says cut-offs and fields, or that of one field, which adds to it.
type Index struct {
	ID         string         `json:"id"`
	Name       caseflow.Text  `json:"name"`
	Basis      caseflow.Basis `json:"basis"`
	Field      string         `json:"field"`  // whose index this is; "": the general one
	Start      int64          `json:"start"`  // points that every party begins with; of the general one
	Cuts       Cuts           `json:"cuts"`   // of the general one
	Fields     []Field        `json:"fields"` // of the general one
	Indicators []Indicator    `json:"indicators"`
	Publish    *Publish       `json:"publish"` // of the general one; nil: nothing is published here
}

// Field is one of the fields in which tiers are given.
type Field struct {
	ID   string        `json:"id"`
	Name caseflow.Text `json:"name"`
}

// Cuts are how many points a tier needs at least; what has less than C is D.
type Cuts struct {
	A int64 `json:"A"`
	B int64 `json:"B"`
	C int64 `json:"C"`
}

// Indicator says what records of a kind count, how much, and for how long.
type Indicator struct {
	ID      string         `json:"id"`
	Name    caseflow.Text  `json:"name"`
	Basis   caseflow.Basis `json:"basis"`
	Record  string         `json:"record"`  // kind
	Results []string       `json:"results"` // that count
	Points  int64          `json:"points"`  // for each record, above or below zero
	Most    int64          `json:"most"`    // that all records together may give, of the same sign; 0: no bound
	Weight  int64          `json:"weight"`  // thousandths
	Fade    []Share        `json:"fade"`    // how long a record counts, and how much; the last one ends it
	Stands  bool           `json:"stands"`  // a record counts in full while it stands (until), and fades after
	Floor   Tier           `json:"floor"`   // no better tier while one counts in full; "": none
	Missing *Missing       `json:"missing"` // what it means that there is none
	Repair  *Repair        `json:"repair"`  // when a record may be repaired; nil: never
}

// Share is what a record counts for up to so many calendar months after its day.
type Share struct {
	Months int   `json:"months"`
	Share  int64 `json:"share"` // thousandths
}

// Missing is what it means that a party has no record of the indicator in so many months. A party that is younger than that, or whose
// age nobody knows, lacks nothing.
type Missing struct {
	Points int64 `json:"points"`
	Months int   `json:"months"`
}

// Repair is when a record may be repaired (信用修复): at the earliest so many months after its day, under conditions.
type Repair struct {
	Months     int             `json:"months"`
	Conditions []caseflow.Text `json:"conditions"`
	Basis      caseflow.Basis  `json:"basis"`
}

// Standard is the whole index in force: the general one, and those of fields.
type Standard struct {
	Digest  string // changes with any of its files
	General *Index
	Special map[string]*Index // by field
	Joint   *Joint            // nil: the pack has none
	Score   *Score            // of citizens; nil: the pack has none

	general *rater
	special map[string]*rater
}

// rater finds the indicators of an index that a record touches.
type rater struct {
	index *Index
	by    [128][]int // result, whose number tells the kind: numbers of indicators
}

// NewStandard joins the files of an index that has been proved.
func NewStandard(digest string, files []*Index) *Standard {
	s := &Standard{Digest: digest, Special: map[string]*Index{}, special: map[string]*rater{}}
	for _, x := range files {
		if x.Field == "" {
			s.General, s.general = x, newRater(x)
			continue
		}
		s.Special[x.Field], s.special[x.Field] = x, newRater(x)
	}
	return s
}

func newRater(x *Index) *rater {
	r := &rater{index: x}
	for i := range x.Indicators {
		kind := KindOf(x.Indicators[i].Record)
		for _, name := range x.Indicators[i].Results {
			result := ResultOf(kind, name)
			r.by[result] = append(r.by[result], i)
		}
	}
	return r
}

// of are the indicators that a record touches; none if there is no such index.
func (r *rater) of(rec *Record) []int {
	if r == nil || rec.Result < 0 || int(rec.Result) >= len(r.by) {
		return nil
	}
	return r.by[rec.Result]
}

// field finds a field by its id or one of its names.
func (s *Standard) field(text string) (string, bool) {
	i := slices.IndexFunc(s.General.Fields, func(f Field) bool { return f.ID == text || f.Name.ZH == text || f.Name.EN == text })
	if i < 0 {
		return "", false
	}
	return s.General.Fields[i].ID, true
}

// FieldName is what people call a field.
func (s *Standard) FieldName(id string) caseflow.Text {
	i := slices.IndexFunc(s.General.Fields, func(f Field) bool { return f.ID == id })
	if i < 0 {
		return caseflow.Text{ZH: id, EN: id}
	}
	return s.General.Fields[i].Name
}

// tier is the one that points, in millionths, are enough for.
func (c Cuts) tier(points int64) Tier {
	switch {
	case points >= c.A*millionth:
		return A
	case points >= c.B*millionth:
		return B
	case points >= c.C*millionth:
		return C
	}
	return D
}

// RepairOf is when a record may be repaired at the earliest and under which conditions, by the strictest of the indicators that it
// counts in; nil if none of them lets it be.
func (s *Standard) RepairOf(rec *Record) (*Repair, workday.Date) {
	var found *Repair
	var from workday.Date
	for _, r := range []*rater{s.general, s.special[rec.Field]} {
		for _, k := range r.of(rec) {
			if x := r.index.Indicators[k].Repair; x != nil && (found == nil || afterMonths(rec.Day, x.Months) > from) {
				found, from = x, afterMonths(rec.Day, x.Months)
			}
		}
	}
	return found, from
}
