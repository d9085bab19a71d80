package demo

import (
	"context"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module/credit"
	"github.com/tongban/tongban/internal/store"
)

// creditFirms is how many companies a city has in its register.
const creditFirms = 40

// credits fills the register of practice 35: companies in every tier, a repair that was granted, one under way that the company asked
// for itself, and an objection under way.
func (t *cities) credits(ctx context.Context) error {
	t.at(60, 9)
	list := t.firms(yulin, creditFirms)
	if err := t.tell(ctx, yulin, list); err != nil {
		return err
	}
	if err := t.work(ctx); err != nil {
		return err
	}
	if err := t.repaired(ctx, list[4]); err != nil {
		return err
	}
	if err := t.repairing(ctx, list[3]); err != nil {
		return err
	}
	t.at(1, 10)
	_, err := t.counter(ctx, list[6], "credit-objection", map[string]string{"title": "抽查发现标签不规范", "source": "market", "recordId": "查-06", "words": "当天抽查的是同名的另一家企业，记录归错了。"})
	return err
}

// counter is a request that a company hands in at the window of the credit office, accepted.
func (t *cities) counter(ctx context.Context, f firm, item caseflow.ItemID, form map[string]string) (store.Key, error) {
	clerk := t.by("credit", yulin, "credit", caseflow.RoleClerk)
	company := caseflow.Party{Kind: caseflow.KindOrganisation, Name: f.name, Phone: "0912-3880018", Document: ident.Document{Type: ident.DocCreditCode, No: f.code}}
	key, err := t.do(ctx, clerk, store.Key{Region: yulin}, caseflow.Open{Item: item, Channel: caseflow.ChannelWindow, Applicant: company}, caseflow.SaveDraft{Data: encode(form)})
	if err == nil {
		err = t.proof(ctx, clerk, key, "证明材料")
	}
	if err != nil {
		return key, err
	}
	return t.do(ctx, clerk, key, caseflow.Submit{}, caseflow.Accept{})
}

// repaired is a repair from the window to its grant.
func (t *cities) repaired(ctx context.Context, f firm) error {
	t.at(24, 10)
	key, err := t.counter(ctx, f, "credit-repair", map[string]string{"title": "未按规定明码标价", "source": "market", "recordId": "罚-04", "words": "罚款已经缴清，价格标签已经全部更换。"})
	if err != nil {
		return err
	}
	t.at(22, 10)
	verify, err := t.task(ctx, key, "verify")
	if err != nil {
		return err
	}
	if _, err := t.do(ctx, t.by("credit", yulin, "credit", caseflow.RoleReviewer), key, caseflow.Consult{Task: verify},
		caseflow.Complete{Task: verify, Outcome: caseflow.OutcomeAgree, Words: "缴款凭证和整改照片属实。"}); err != nil {
		return err
	}
	t.at(21, 15)
	decide, err := t.task(ctx, key, "decide")
	if err != nil {
		return err
	}
	_, err = t.do(ctx, t.by("credit2", yulin, "credit", caseflow.RoleHead), key, caseflow.Grant{Task: decide, Words: "符合修复条件。"})
	return err
}

// repairing is a repair that the company's representative has asked for at the record, and that waits to be verified.
func (t *cities) repairing(ctx context.Context, f firm) error {
	t.at(2, 9)
	clerk := t.by("credit", yulin, "credit", caseflow.RoleClerk)
	boss, err := t.boss(ctx, yulin, clerk, f)
	if err != nil {
		return err
	}
	no, err := t.credit.Ask(ctx, boss, "demo-repair", yulin, caseflow.CompanyOwner(f.code), bosses[yulin].party(), "credit-repair", credit.Ref{Source: "market", ID: "罚-03"})
	if err != nil {
		return err
	}
	key := store.Key{Region: yulin, Case: no}
	if _, err := t.do(ctx, boss, key, caseflow.SaveDraft{Data: encode(map[string]string{"words": "罚款已经缴清，门店已经明码标价。"})}); err != nil {
		return err
	}
	if err := t.proof(ctx, boss, key, "缴款凭证"); err != nil {
		return err
	}
	if _, err := t.do(ctx, boss, key, caseflow.Submit{}); err != nil {
		return err
	}
	t.at(2, 14)
	_, err = t.do(ctx, clerk, key, caseflow.Accept{})
	return err
}

// served gives the city that is served companies in every tier, too.
func (t *cities) served(ctx context.Context) error {
	t.now = t.Now
	if t.Region == yulin || t.Region == hanzhong {
		return nil
	}
	return t.tell(ctx, t.Region, t.firms(t.Region, creditFirms))
}
