package workday

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Catalogue holds rules of law (and promises) that set time limits, by id. It never changes once made; the zero
// value is empty and ready for With.
type Catalogue struct {
	asOf  string
	rules map[string][]Rule // versions in order of ValidFrom, without overlap
}

// Rule is one version of a rule that sets a limit.
type Rule struct {
	ID        string    `json:"id"` // such as licence.decision
	Name      string    `json:"name"`
	Limit     Limit     `json:"limit"`
	Bound     Bound     `json:"bound"`
	Starts    string    `json:"starts"` // the event it starts with, in words; for a backward limit the one it counts back from
	Extension Extension `json:"extension,omitzero"`
	Effect    string    `json:"effect,omitempty"` // what the law attaches to its end, in words
	Basis     string    `json:"basis"`            // the law, or the document that promises
	Article   string    `json:"article"`
	Source    string    `json:"source"`   // where the text was read
	Verified  bool      `json:"verified"` // false: from memory, no text was read
	ValidFrom Date      `json:"validFrom,omitzero"`
	ValidTo   Date      `json:"validTo,omitzero"` // the last day in force; zero: still in force
}

// Bound says what a rule's limit limits.
type Bound uint8

// The bounds.
const (
	AtMost  Bound = iota // to be done by then
	AtLeast              // not before then: the shortest time that somebody must be given
	NoLimit              // the rule sets no length; it says which time does not count
)

var boundNames = [...]string{"at_most", "at_least", "none"}

// String gives at_most, at_least or none.
func (b Bound) String() string {
	if int(b) < len(boundNames) {
		return boundNames[b]
	}
	return "bound(" + strconv.Itoa(int(b)) + ")"
}

// MarshalText writes what String gives.
func (b Bound) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads what String gives.
func (b *Bound) UnmarshalText(text []byte) error {
	i := slices.Index(boundNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("bound %.20q is none of %v", text, boundNames)
	}
	*b = Bound(i)
	return nil
}

// Extension is how a limit may be lengthened.
type Extension struct {
	By       Limit  `json:"by,omitzero"` // N is 0 where the rule names no fixed length
	Approver string `json:"approver,omitempty"`
	Text     string `json:"text"` // all that the source says
}

// In reports whether the version is in force on d.
func (r Rule) In(d Date) bool {
	return (r.ValidFrom.IsZero() || r.ValidFrom <= d) && (r.ValidTo.IsZero() || d <= r.ValidTo)
}

// String gives basis, article and limit on one line.
func (r Rule) String() string {
	return fmt.Sprintf("%s %s (%s %s): %v", r.ID, r.Name, r.Basis, r.Article, r.Limit)
}

var statutory = sync.OnceValue(func() *Catalogue {
	c, err := (&Catalogue{}).With(mustRead("data/cn-time-limits.json"))
	if err != nil {
		panic(fmt.Sprintf("embedded time limits: %v", err)) // a broken build; a test loads it
	}
	return c
})

// StatutoryLimits is the catalogue of time limits of Chinese law that is embedded in the program. AsOf says when its
// texts were read; laws change, so a person should compare before relying on a row, and Verified marks rows for which no
// text was read.
func StatutoryLimits() *Catalogue { return statutory() }

// AsOf says when the texts of the newest document were read.
func (c *Catalogue) AsOf() string { return c.asOf }

// Lookup gives the newest version of a rule.
func (c *Catalogue) Lookup(id string) (Rule, bool) {
	versions := c.rules[id]
	if len(versions) == 0 {
		return Rule{}, false
	}
	return versions[len(versions)-1], true
}

// At gives the version of a rule that is in force on d.
func (c *Catalogue) At(id string, d Date) (Rule, bool) {
	for _, r := range c.rules[id] {
		if r.In(d) {
			return r, true
		}
	}
	return Rule{}, false
}

// Versions gives all versions of a rule, the oldest first.
func (c *Catalogue) Versions(id string) []Rule { return slices.Clone(c.rules[id]) }

// IDs lists the ids in alphabetical order.
func (c *Catalogue) IDs() []string { return slices.Sorted(maps.Keys(c.rules)) }

const timelimitSchema = "tongban.timelimits/1"

// ruleRow is the file format of one rule.
type ruleRow struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	N         int     `json:"n"`
	Unit      Unit    `json:"unit"`
	Starts    string  `json:"starts"`
	Extension *string `json:"extension"`
	Effect    *string `json:"effect"`
	Basis     string  `json:"basis"`
	Article   string  `json:"article"`
	Source    string  `json:"source"`
	Verified  bool    `json:"verified"`
	ValidFrom Date    `json:"valid_from"`
	ValidTo   Date    `json:"valid_to"`
}

// With adds a document in the format tongban.timelimits/1 to a copy of the catalogue: rules of a city, or a new version of
// one that is there. A version without valid_to ends the day before the next one begins. It refuses unknown fields,
// incomplete rows, and two versions that begin on the same day or overlap.
func (c *Catalogue) With(doc []byte) (*Catalogue, error) {
	var file struct {
		Schema   string    `json:"schema"`
		TextAsOf string    `json:"text_as_of"`
		Note     string    `json:"note"`
		Limits   []ruleRow `json:"limits"`
	}
	if err := decodeStrict(doc, maxDocument, &file); err != nil {
		return nil, fmt.Errorf("time limits: %w", err)
	}
	if file.Schema != timelimitSchema {
		return nil, fmt.Errorf("time limits: has schema %.40q, not %q", file.Schema, timelimitSchema)
	}
	merged := &Catalogue{asOf: file.TextAsOf, rules: maps.Clone(c.rules)}
	if merged.rules == nil {
		merged.rules = map[string][]Rule{}
	}
	for i, row := range file.Limits {
		r, err := row.rule()
		if err == nil {
			merged.rules[r.ID], err = insert(merged.rules[r.ID], r)
		}
		if err != nil {
			return nil, fmt.Errorf("time limits: row %d (%.60q): %w", i+1, row.ID, err)
		}
	}
	return merged, nil
}

// insert gives a new list of versions with r in its place.
func insert(versions []Rule, r Rule) ([]Rule, error) {
	versions = append(slices.Clone(versions), r)
	slices.SortStableFunc(versions, func(a, b Rule) int { return int(a.ValidFrom - b.ValidFrom) })
	for i := range versions[1:] {
		earlier, later := &versions[i], versions[i+1]
		if earlier.ValidFrom == later.ValidFrom {
			return nil, errors.New("two versions are valid from the same day")
		}
		if earlier.ValidTo.IsZero() {
			earlier.ValidTo = later.ValidFrom - 1
		}
		if earlier.ValidTo >= later.ValidFrom {
			return nil, fmt.Errorf("two versions are in force on %v", later.ValidFrom)
		}
	}
	return versions, nil
}

var ruleID = regexp.MustCompile(`^[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){1,4}$`)

// The source marks a backward limit in the words of its start, and a shortest time in its effect or its name.
const backwardMark = " (backwards)"

func (row ruleRow) rule() (Rule, error) {
	r := Rule{
		ID: row.ID, Name: row.Name, Basis: row.Basis, Article: row.Article, Source: row.Source, Verified: row.Verified,
		Limit: Limit{N: row.N, Unit: row.Unit}, ValidFrom: row.ValidFrom, ValidTo: row.ValidTo,
	}
	r.Starts, r.Limit.Backward = strings.CutSuffix(row.Starts, backwardMark)
	if row.Effect != nil {
		r.Effect = *row.Effect
	}
	switch {
	case row.Starts == "-":
		r.Bound = NoLimit
	case r.Effect == "minimum":
		r.Bound, r.Effect = AtLeast, ""
	case strings.HasSuffix(r.Name, "最短"):
		r.Bound = AtLeast
	case r.Effect == "maximum":
		r.Effect = ""
	}
	if row.Extension != nil {
		r.Extension = parseExtension(*row.Extension)
	}
	switch {
	case !ruleID.MatchString(r.ID):
		return r, errors.New("the id is not of the form licence.decision")
	case r.Name == "" || r.Starts == "" || r.Basis == "" && r.Verified:
		return r, errors.New("name, starts or basis is missing")
	case !r.ValidTo.IsZero() && r.ValidTo < r.ValidFrom:
		return r, fmt.Errorf("is valid to %v but only from %v", r.ValidTo, r.ValidFrom)
	}
	return r, r.Limit.Valid()
}

// extensionText is "10 workdays, head of the agency; tell the applicant why".
var extensionText = regexp.MustCompile(`^(\d{1,4}) (workday|day|month|year|hour)s?(?: \([^)]*\))?(?:, ([^;]+))?(?:;.*)?$`)

func parseExtension(s string) Extension {
	e := Extension{Text: s}
	m := extensionText.FindStringSubmatch(s)
	if m == nil {
		return e
	}
	// The pattern admits only what ParseLimit reads.
	if l, err := ParseLimit(m[1] + " " + m[2]); err == nil {
		e.By, e.Approver = l, m[3]
	}
	return e
}
