package demo

import (
	"context"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// closing is a company that was opened and is closed again, with its public notice (公示).
type closing struct {
	company  caseflow.Party
	objected bool // somebody objects to it, so that it ends
}

// manyClosings is how many of the companies are closed again: of the first the notice still runs, to the second somebody objects.
const manyClosings = 2

// closes begins the closing of a company once its opening is over, where the town has the service.
func (t *traffic) closes(p *plan, c *caseflow.Case) {
	if t.town.closing == "" || t.closings >= manyClosings || c.Phase != caseflow.PhaseClosed || p.owner.ID == t.Citizen || len(c.Licences) == 0 {
		return
	}
	l := &c.Licences[0]
	if l.Kind != "business-licence" || l.State != caseflow.LicenceValid {
		return
	}
	t.closings++
	shut := *p
	shut.no, shut.stage, shut.key, shut.next = len(t.plans), 0, store.Key{}, t.later(t.now, 60)
	shut.filer = t.official("market", caseflow.RoleClerk)
	shut.close = &closing{objected: t.closings == 2,
		company: caseflow.Party{Kind: caseflow.KindOrganisation, Name: l.Holder, Document: ident.Document{Type: ident.DocCreditCode, No: l.No}}}
	t.plans = append(t.plans, &shut)
}

// benefits lets the desk decide, after the time to decline, on what nobody asked for.
func (t *traffic) benefits(p *plan, c *caseflow.Case) {
	for _, k := range c.Children {
		if !k.Detached || k.No == "" {
			continue
		}
		grant := *p
		grant.no, grant.fate, grant.key = len(t.plans), smooth, store.Key{Region: c.Region, Case: k.No}
		grant.next = t.later(t.now, benefitHours*60)
		t.plans = append(t.plans, &grant)
	}
}

// benefitHours are the office hours after which a benefit is decided: more than the five working days to decline it.
const benefitHours = 42

// shut does the next thing of a closing: asked for at a window, checked and published, objected to.
func (p *plan) shut(ctx context.Context) error {
	switch p.stage {
	case 1:
		return p.askToClose(ctx)
	case 2:
		p.wait(60)
		_, err := p.t.do(ctx, p.filer, p.key, caseflow.Accept{})
		return err
	case 3:
		p.next = never
		if p.close.objected {
			p.wait(16 * 60)
		}
		return p.publish(ctx)
	}
	p.next = never
	_, err := p.t.hall.Object(ctx, caseflow.Actor{}, "", hall.NoticeID(p.key.Case, 1), caseflow.Object{
		Reason: "debt", Words: "这家公司欠我上个月的货款 18600 元，有对账单，至今没有还。", Name: "何建国", Contact: "13800138099"})
	return err
}

func (p *plan) askToClose(ctx context.Context) error {
	agent := p.who.party()
	agent.Basis = caseflow.BasisRepresentative
	r, err := p.t.do(ctx, p.filer, store.Key{Region: p.t.Region}, caseflow.Open{Item: p.t.town.closing, Channel: caseflow.ChannelWindow,
		Owner: caseflow.CompanyOwner(p.close.company.Document.No), Applicant: p.close.company, Agent: &agent})
	if err != nil {
		return err
	}
	p.key = store.Key{Region: r.Region, Case: r.Case}
	form := map[string]any{"state": map[string]any{"reason": "idle", "debts": "settled", "bars": "none"}, "promise": map[string]any{"all": "agreed"}}
	for _, cmd := range []caseflow.Command{caseflow.SaveDraft{Data: encode(form)}, caseflow.SeenPaper{Material: "commitment"}, caseflow.Submit{}} {
		if _, err := p.t.do(ctx, p.filer, p.key, cmd); err != nil {
			return err
		}
	}
	p.wait(30)
	return nil
}

func (p *plan) publish(ctx context.Context) error {
	v, err := p.t.hall.View(ctx, hall.System, p.key, "", "")
	if err != nil {
		return err
	}
	for i := range v.Case.Tasks {
		if t := &v.Case.Tasks[i]; t.Live() && t.Step == "eligible" {
			_, err = p.t.do(ctx, p.t.official(t.By.Department, t.By.Role), p.key, caseflow.Complete{Task: t.ID, Outcome: "fit", Words: "符合条件。"})
			return err
		}
	}
	return nil
}
