package credit

import (
	"context"
	"errors"
	"slices"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// CaseCheck (逢办必查) is what whoever answers a step sees of the company that asks: the records that stand and the measures that follow
// from them. The tier is not among it: it is no ground for anything that a case decides (国市监信发〔2022〕6号).
type CaseCheck struct {
	Case     caseflow.CaseNo
	Item     *caseflow.Item
	Party    string // "": no company asks, and there is nothing to see
	Name     string
	Standard *Standard
	Records  []Record // that stand
	Measures []Applied
	About    *Record      // of a case about a record
	Repair   *Repair      // of a repair: its conditions
	From     workday.Date // and the first day on which it may be
	Early    bool
}

// Check shows it to an official who has looked by the command consult, which the journal holds; each opening is recorded besides, with
// the case as its reason, and the party can read that.
func (m *Module) Check(ctx context.Context, by caseflow.Actor, no string) (*CaseCheck, error) {
	key, err := hall.KeyOf(no)
	if err != nil {
		return nil, err
	}
	v, err := m.hall.View(ctx, by, key, "credit", "")
	if err != nil {
		return nil, err
	}
	if !consulted(v, by) {
		return nil, hall.ErrNotFound
	}
	region := ident.Service().City(key.Region)
	c := &CaseCheck{Case: key.Case, Item: v.Item, Party: partyOf(v.Case), Name: v.Case.Applicant.Name, Standard: m.standard(region)}
	if c.Party == "" {
		return c, nil
	}
	f, err := m.file(ctx, region, c.Party)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	c.fill(f.Records, workday.DateOf(m.now()))
	if err := c.about(v.Case, f.Records, workday.DateOf(m.now())); err != nil {
		return nil, err
	}
	return c, m.st.Update(ctx, func(w store.Writer) error {
		return w.Keep("credit_look", []any{region, c.Party, m.now().UnixMicro(), by.ID, by.Department, string(key.Case) + " " + v.Item.Name.ZH})
	})
}

func (c *CaseCheck) fill(records []Record, today workday.Date) {
	for i := range records {
		if r := &records[i]; r.counts() && r.Day <= today {
			c.Records = append(c.Records, *r)
		}
	}
	if c.Standard != nil && c.Standard.Joint != nil {
		c.Measures = c.Standard.Joint.Apply(records, today)
	}
}

// about finds the record that a case is about, with what the index says of its repair.
func (c *CaseCheck) about(of *caseflow.Case, records []Record, today workday.Date) error {
	if _, ok := requests[of.Item]; !ok {
		return nil
	}
	a, err := askingOf(of, c.Party)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(records, func(r Record) bool { return r.Ref == a.Ref })
	if i < 0 {
		return nil
	}
	c.About = &records[i]
	if repairs(of.Item) && c.Standard != nil {
		c.Repair, c.From = c.Standard.RepairOf(c.About)
		c.Early = c.Repair == nil || today < c.From
	}
	return nil
}
