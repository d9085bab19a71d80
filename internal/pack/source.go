package pack

import (
	"encoding/json"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/workday"
)

// The sources are the files of a pack as written, decoded after they conform to their schema.

// Manifest is pack.yaml.
type Manifest struct {
	ID          string        `json:"id"`
	Version     string        `json:"version"`
	Name        caseflow.Text `json:"name"`
	Summary     caseflow.Text `json:"summary"`
	Practice    string        `json:"practice"` // number of the practice in the source
	City        caseflow.Text `json:"city"`
	Region      string        `json:"region"` // GB/T 2260 code of the city
	Field       caseflow.Text `json:"field"`  // one of the 19 fields of business environment
	Batch       int           `json:"batch"`
	Sources     []Source      `json:"sources"`
	Departments []Department  `json:"departments"`
	Roles       []Role        `json:"roles,omitempty"`
	Limits      []LimitSource `json:"limits"`
	Licences    []LicenceKind `json:"licences,omitempty"`
	Templates   []Template    `json:"templates,omitempty"`
	Facts       []Fact        `json:"facts,omitempty"`
	Lobbies     []line.Lobby  `json:"lobbies,omitempty"`
}

// Source is what a pack was written from.
type Source struct {
	Title string `json:"title"`
	Where string `json:"where,omitempty"`
}

// Department is who acts.
type Department struct {
	ID    string        `json:"id"`
	Name  caseflow.Text `json:"name"` // official full name
	Short caseflow.Text `json:"short"`
	Kind  string        `json:"kind"` // government, public-body, bank, utility, court, enterprise, association
	Phone string        `json:"phone,omitempty"`
}

// Role is what somebody is in a department.
type Role struct {
	ID   string        `json:"id"`
	Name caseflow.Text `json:"name"`
}

// LimitSource is a limit that items name by its id. One that stands in the statutory catalogue takes its length and its
// clause from there.
type LimitSource struct {
	ID    string          `json:"id"`
	Name  caseflow.Text   `json:"name"`
	Limit *workday.Limit  `json:"limit,omitempty"`
	Basis *caseflow.Basis `json:"basis,omitempty"`
	Soon  workday.Limit   `json:"soon"`
}

// LicenceKind is a kind of result.
type LicenceKind struct {
	ID   string        `json:"id"`
	Name caseflow.Text `json:"name"`
	Kind string        `json:"kind"` // licence, approval, certificate, notice, confirmation
}

// Fact is something that the practice promises, and how it is measured on live cases.
type Fact struct {
	ID      string          `json:"id"` // P03-R1
	Text    caseflow.Text   `json:"text"`
	Item    caseflow.ItemID `json:"item,omitempty"`
	Measure string          `json:"measure"`
	Limit   *float64        `json:"limit,omitempty"` // what the figure must not exceed; for shares, not fall below
	How     caseflow.Text   `json:"how"`
}

// ruleSource names a limit of the manifest.
type ruleSource struct {
	Rule   string          `json:"rule"`
	Soon   *workday.Limit  `json:"soon"`
	Effect caseflow.Effect `json:"effect"`
	Anchor string          `json:"anchor"`
}

// itemSource is items/*.yaml: an item, except that limits are named and the form stands in a file of its own. A field
// here hides the one of the same key below it.
type itemSource struct {
	caseflow.Item
	Form      string           `json:"form"`
	Limits    limitsSource     `json:"limits"`
	Materials []materialSource `json:"materials"`
	Steps     []stepSource     `json:"steps"`
}

type limitsSource struct {
	Acceptance ruleSource  `json:"acceptance"`
	Statutory  ruleSource  `json:"statutory"`
	Promised   ruleSource  `json:"promised"`
	Correction ruleSource  `json:"correction"`
	Delivery   *ruleSource `json:"delivery"`
	Expiry     *ruleSource `json:"expiry"`
	Apply      *ruleSource `json:"apply"`
}

type materialSource struct {
	caseflow.Material
	Deferral *deferralSource `json:"deferral"`
}

type deferralSource struct {
	Rule        ruleSource           `json:"rule"`
	Consequence caseflow.Consequence `json:"consequence"`
	Promise     caseflow.Text        `json:"promise"`
}

type stepSource struct {
	caseflow.Step
	Within  *ruleSource    `json:"within"`
	Publish *publishSource `json:"publish"`
	Checks  []checkSource  `json:"checks"`
}

type publishSource struct {
	caseflow.Publish
	Answer ruleSource `json:"answer"`
}

// formSource is forms/*.yaml.
type formSource struct {
	ID      string            `json:"id"`
	Title   caseflow.Text     `json:"title"`
	Schema  json.RawMessage   `json:"schema"`
	Pages   []caseflow.Page   `json:"pages"`
	Checks  []checkSource     `json:"checks"`
	Persons []caseflow.Person `json:"persons"`
}

type checkSource struct {
	ID    string         `json:"id"`
	Field string         `json:"field"`
	Holds string         `json:"holds"`
	Text  caseflow.Text  `json:"text"`
	Basis caseflow.Basis `json:"basis"`
}

// tableSource is rules/*.yaml.
type tableSource struct {
	ID       string          `json:"id"`
	Name     caseflow.Text   `json:"name"`
	Item     caseflow.ItemID `json:"item"`
	Hit      string          `json:"hit"`
	Complete bool            `json:"complete"`
	Outputs  []outputSource  `json:"outputs"`
	Rows     []rowSource     `json:"rows"`
}

type outputSource struct {
	Name  string        `json:"name"`
	Label caseflow.Text `json:"label"`
	Kind  string        `json:"kind"`
	Enum  []string      `json:"enum"`
}

type rowSource struct {
	ID    string         `json:"id"`
	Name  caseflow.Text  `json:"name"`
	When  string         `json:"when"`
	Then  map[string]any `json:"then"`
	Basis caseflow.Basis `json:"basis"`
}
