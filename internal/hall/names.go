package hall

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/naming"
	"github.com/tongban/tongban/internal/store"
)

// NameCheck is what is to be said of a name that somebody wants for a firm.
type NameCheck struct {
	naming.Name
	Findings []naming.Finding // refusals first
}

// Free reports whether the name could be had at that moment.
func (k *NameCheck) Free() bool { return len(k.Findings) == 0 || !k.Findings[0].Refuse }

// CheckName judges a name for a firm of a region against those that stand there (企业名称登记管理规定 art. 16: everybody may look names
// up and compare). authority is where it is registered; holder, as documentOf writes it, has names of their own that do not
// stand in the way. It keeps nothing: see caseflow.Naming.
func (h *Hall) CheckName(ctx context.Context, authority string, asked caseflow.NameAsked, holder string) (*NameCheck, error) {
	n, findings := naming.Parse(asked.Name, asked.Region, asked.Industry)
	if len(findings) > 0 {
		return &NameCheck{n, findings}, nil
	}
	rows, err := h.store.Names(ctx, store.NameQuery{Region: authority, Trade: n.Trade, Sound: n.Sound, Prefixes: n.Prefixes(), At: h.Now()})
	if err != nil {
		return nil, fmt.Errorf("names near one of %s: %w", authority, err)
	}
	others := make([]naming.Taken, len(rows))
	for i, r := range rows {
		others[i] = naming.Taken{Name: r.Name, Trade: r.Trade, Sound: r.Sound, Division: r.Division, Mine: holder != "" && r.Holder == holder}
	}
	return &NameCheck{n, naming.Judge(n, others)}, nil
}

// nameFacts are the facts about the name that a request claims; nil if it claims none.
func (h *Hall) nameFacts(ctx context.Context, it *caseflow.Item, region string, form json.RawMessage, applicant caseflow.Party) (*caseflow.NameFacts, error) {
	asked, ok := it.Naming.Asks(form, region)
	if !ok {
		return nil, nil
	}
	check, err := h.CheckName(ctx, region, asked, documentOf(applicant))
	if err != nil {
		return nil, err
	}
	facts := &caseflow.NameFacts{Asked: asked, Held: caseflow.NameHeld{Name: check.Full, Trade: check.Trade, Division: check.Division, Sound: check.Sound}}
	field := it.Naming.Field()
	for _, f := range check.Findings {
		if !f.Refuse {
			facts.Warned = append(facts.Warned, f.Code)
			continue
		}
		facts.Faults = append(facts.Faults, caseflow.FieldFault{Field: field, Page: it.PageOf(field), Code: f.Code, Text: caseflow.Text{ZH: f.ZH, EN: f.EN}})
	}
	return facts, nil
}

// named are the facts about a name for the command, if judging it needs them.
func (j *job) named(ctx context.Context, it *caseflow.Item, c *caseflow.Case) (*caseflow.NameFacts, error) {
	if it.Naming == nil || !caseflow.ClaimsName(j.cmd) {
		return nil, nil
	}
	if open, ok := j.cmd.(caseflow.OpenSubcase); ok {
		return j.h.nameFacts(ctx, it, j.key.Region, open.Form, open.Applicant)
	}
	if c == nil {
		return nil, nil
	}
	return j.h.nameFacts(ctx, it, c.Region, c.Form, c.Applicant)
}

// projectName fills the change with what became of the name that the case claims.
func projectName(ch *store.Change, it *caseflow.Item, was, c *caseflow.Case) {
	before, had := nameRow(ch.Key, it, was)
	now, has := nameRow(ch.Key, it, c)
	if had && (!has || now.Trade != before.Trade || now.Division != before.Division) {
		ch.FreedNames = []store.NameRow{before}
	}
	if has && (!had || now != before) {
		ch.Names = []store.NameRow{now}
	}
}

func nameRow(key store.Key, it *caseflow.Item, c *caseflow.Case) (store.NameRow, bool) {
	until, stands := c.NameStands(it.Naming)
	if !stands {
		return store.NameRow{}, false
	}
	return store.NameRow{Key: key, Trade: c.Name.Trade, Division: c.Name.Division, Name: c.Name.Name, Sound: c.Name.Sound, Holder: document(c), Since: c.Submitted, Until: until}, true
}
