package receipt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Bounds of the files of a pack in a receipt: as package pack has them.
const maxFile = 512 << 10

// FilesOf names the files of a pack that a receipt of an item holds.
func FilesOf(item caseflow.ItemID) []string {
	return []string{"pack.yaml", "items/" + string(item) + ".yaml"}
}

// source is what the files of a pack say about times, read without what proves a pack: that would be too much for a browser.
type source struct {
	pack struct {
		ID          string
		Version     string
		Name        caseflow.Text
		Departments []struct {
			ID   string
			Name caseflow.Text
		}
		Limits []struct {
			ID    string
			Limit *workday.Limit
		}
	}
	item struct {
		ID        caseflow.ItemID
		Name      caseflow.Text
		Limits    map[string]ruleSource
		Materials []struct {
			ID       string
			Name     caseflow.Text
			Deferral *struct{ Rule ruleSource }
		}
		Steps []struct {
			ID     caseflow.StepID
			Name   caseflow.Text
			Within *ruleSource
		}
	}
}

// ruleSource names a limit of the pack.
type ruleSource struct{ Rule string }

// readSource checks each file against the listing, and reads those that it needs.
func readSource(p *Pack) (*source, error) {
	listed := map[string]string{}
	for line := range strings.Lines(p.Listing) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if _, twice := listed[name]; !ok || twice {
			return nil, fmt.Errorf("the listing has the line %.80q", line)
		}
		listed[name] = sum
	}
	s := &source{}
	item := ""
	for name, text := range p.Files {
		if len(text) > maxFile || listed[name] != digest(text) {
			return nil, fmt.Errorf("the file %.80q is not of the pack", name)
		}
		if strings.HasPrefix(name, "items/") {
			item = name
		}
	}
	if len(p.Files) != 2 || item == "" || p.Files["pack.yaml"] == "" {
		return nil, errors.New("it has other files than pack.yaml and one item")
	}
	if err := errors.Join(yaml.Unmarshal([]byte(p.Files["pack.yaml"]), &s.pack), yaml.Unmarshal([]byte(p.Files[item]), &s.item)); err != nil {
		return nil, err
	}
	if s.pack.ID != p.ID || s.pack.Version != p.Version || item != "items/"+string(s.item.ID)+".yaml" {
		return nil, fmt.Errorf("pack.yaml is of %s %s, the item is %s", s.pack.ID, s.pack.Version, s.item.ID)
	}
	return s, nil
}

// office is the name of a department of the pack.
func (s *source) office(id string) caseflow.Text {
	for _, d := range s.pack.Departments {
		if d.ID == id {
			return d.Name
		}
	}
	return caseflow.Text{ZH: id, EN: id}
}

// find tells where the limit of a clock stands, and what the clock is of. It fails if the clock has another than the pack gives.
func (s *source) find(c *caseflow.Case, k *caseflow.Clock, at time.Time) (from string, of caseflow.Text, err error) {
	named, of, changed := s.named(c, k)
	if changed != nil {
		if changed.Limit != k.Rule.Limit {
			return "", of, fmt.Errorf("it is %s, and the recount gave the case %s", k.Rule.Limit, changed.Limit)
		}
		return FromCase, of, nil
	}
	if named == "" {
		return FromOffice, of, nil
	}
	if named != k.Rule.ID {
		return "", of, fmt.Errorf("its limit is %q, that of the pack %q", k.Rule.ID, named)
	}
	lawful := s.lawful(named, at)
	if !slices.Contains(lawful, k.Rule.Limit) {
		return "", of, fmt.Errorf("its limit %q is %s, that of the pack %v", named, k.Rule.Limit, lawful)
	}
	return FromPack, of, nil
}

// named is the limit that the pack names for a clock, "" if it names none, and the rule that a recount has put in its place.
func (s *source) named(c *caseflow.Case, k *caseflow.Clock) (name string, of caseflow.Text, changed *caseflow.Rule) {
	switch k.Kind {
	case caseflow.ClockStep:
		for _, step := range s.item.Steps {
			if step.ID == k.Step && step.Within != nil {
				name, of = step.Within.Rule, step.Name
			}
		}
		if r, ok := c.StepLimits[k.Step]; ok {
			changed = &r
		}
	case caseflow.ClockCommitment:
		for _, m := range s.item.Materials {
			if k.ID == "commitment:"+m.ID && m.Deferral != nil {
				name, of = m.Deferral.Rule.Rule, m.Name
			}
		}
	case caseflow.ClockStop, caseflow.ClockOrder:
	default:
		name, changed = s.item.Limits[k.Kind].Rule, recounted(c, k.Kind)
	}
	return name, of, changed
}

// recounted is the limit that a recount gave to the case.
func recounted(c *caseflow.Case, kind string) *caseflow.Rule {
	if c.Limits == nil {
		return nil
	}
	switch kind {
	case caseflow.ClockAcceptance:
		return &c.Limits.Acceptance
	case caseflow.ClockStatutory:
		return &c.Limits.Statutory
	case caseflow.ClockPromised:
		return &c.Limits.Promised
	case caseflow.ClockCorrection:
		return &c.Limits.Correction
	case caseflow.ClockDelivery:
		return c.Limits.Delivery
	case caseflow.ClockExpiry:
		return c.Limits.Expiry
	}
	return nil
}

// lawful lists what a limit of the pack may be at an instant: what the catalogue of law says on that day, the day before (a pack turns
// at midnight on each server), or, if it is the pack's own, what the pack says.
func (s *source) lawful(id string, at time.Time) (list []workday.Limit) {
	laws := workday.StatutoryLimits()
	for _, day := range []workday.Date{workday.DateOf(at), workday.DateOf(at.AddDate(0, 0, -1))} {
		if law, ok := laws.At(id, day); ok {
			list = append(list, law.Limit)
		}
	}
	for _, l := range s.pack.Limits {
		if l.ID == id && l.Limit != nil && len(laws.Versions(id)) == 0 {
			list = append(list, *l.Limit)
		}
	}
	return list
}
