package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

const region = "610502"

// offices are the six departments that work in parallel on the opening of a company.
var offices = []string{"market", "tax", "police", "bank", "insurance", "fund"}

var (
	citizen = caseflow.Actor{ID: "u-wang", Kind: caseflow.ActorCitizen, Name: "王秀英",
		Document: ident.Document{Type: "resident-id", No: "610502199001010011"}}
	clerk = official("hall", caseflow.RoleClerk)
)

func official(department, role string) caseflow.Actor {
	return caseflow.Actor{ID: "o-" + department, Kind: caseflow.ActorOfficial, Department: department, Region: region, Roles: []string{role}}
}

func rule(n int) caseflow.Rule {
	return caseflow.Rule{ID: "bench", Limit: workday.Limit{N: n}, Soon: workday.Limit{N: 1},
		Basis: caseflow.Basis{Law: "行政许可法", Article: "42"}}
}

// company is the opening of a company: six departments decide in parallel, each under its own clock, one makes a licence;
// the window collects all results and hands them out.
func company() *caseflow.Item {
	it := &caseflow.Item{
		ID: "company-open", Pack: "bench", Version: "1", Name: caseflow.Text{ZH: "企业开办", EN: "Open a company"}, Department: "hall", Subject: "form.company.name",
		Limits: caseflow.Limits{Acceptance: rule(5), Statutory: rule(20), Promised: rule(2), Correction: rule(15)},
	}
	it.Limits.Acceptance.Effect = caseflow.EffectAccept
	within := rule(1)
	results := []caseflow.StepID{"licence"}
	for _, o := range offices {
		id := caseflow.StepID(o)
		it.Parts = append(it.Parts, caseflow.Part{ID: caseflow.PartID(o), Department: o, Core: o == "market"})
		it.Steps = append(it.Steps, caseflow.Step{ID: id, Kind: caseflow.KindDecide, Part: caseflow.PartID(o), Within: &within,
			By: caseflow.Post{Department: o, Role: caseflow.RoleReviewer}})
		results = append(results, id)
	}
	window := caseflow.Post{Department: "hall", Role: caseflow.RoleClerk}
	it.Steps = append(it.Steps,
		caseflow.Step{ID: "licence", Kind: caseflow.KindIssue, Part: "market", Needs: []caseflow.StepID{"market"}, Result: &caseflow.Result{
			Licence: "business-licence", Numbering: caseflow.NumberCreditCode, Holder: "form.company.name",
			Shows: []caseflow.Datum{{Key: "scope", From: "form.company.scope"}}}},
		caseflow.Step{ID: "collect", Kind: caseflow.KindReview, Needs: results, By: window},
		caseflow.Step{ID: "deliver", Kind: caseflow.KindDeliver, Needs: []caseflow.StepID{"collect"}, By: window})
	return it
}

// shelf is a catalogue of one item.
type shelf struct{ it *caseflow.Item }

func (s shelf) Current(caseflow.ItemID) *caseflow.Item             { return s.it }
func (s shelf) Item(_, _ string, _ caseflow.ItemID) *caseflow.Item { return s.it }

var opening = caseflow.Open{Item: "company-open", Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{
	Kind: "person", Name: "王秀英", Document: ident.Document{Type: "resident-id", No: "610502199001010011"}, Phone: "13800138000"}}

var form = json.RawMessage(`{"company":{"name":"渭南市临渭区秦岭风华商贸有限公司","scope":"日用百货销售;农副产品销售;` +
	`食品销售(仅销售预包装食品);信息咨询服务(不含许可类信息咨询服务);组织文化艺术交流活动","capital":100000000,` +
	`"address":"陕西省渭南市临渭区东风大街中段58号","term":"长期","employees":8},"people":[` +
	`{"name":"王秀英","post":"执行董事","phone":"13800138000","share":6000},{"name":"李建国","post":"监事","phone":"13900139000","share":4000}],` +
	`"tax":{"kind":"small","invoice":"electronic"},"seal":{"wanted":true,"count":4},"bank":{"branch":"临渭支行"}}`)

// act is one command of a complete case.
type act struct {
	by  caseflow.Actor
	cmd caseflow.Command
}

// life is a complete case: 20 commands of eight people.
func life() []act {
	acts := []act{
		{citizen, opening}, {citizen, caseflow.SaveDraft{Data: form}}, {citizen, caseflow.Submit{}}, {clerk, caseflow.Accept{}},
	}
	task := 2 // the first was to accept
	for _, o := range offices {
		by := official(o, caseflow.RoleReviewer)
		acts = append(acts, act{by, caseflow.Claim{Task: task}}, act{by, caseflow.Grant{Task: task}})
		task++
	}
	return append(acts,
		act{clerk, caseflow.Claim{Task: task}}, act{clerk, caseflow.Complete{Task: task, Outcome: caseflow.OutcomeAgree}},
		act{clerk, caseflow.Claim{Task: task + 1}},
		act{clerk, caseflow.Deliver{Task: task + 1, How: "window", Receiver: "王秀英"}})
}

// run gives the commands to a new case, one after the other.
func run(ctx context.Context, h *hall.Hall, acts []act) (store.Key, error) {
	key := store.Key{Region: region}
	for _, a := range acts {
		r, err := h.Do(ctx, a.by, "", key, a.cmd)
		if err != nil {
			return key, fmt.Errorf("%s by %s: %w", a.cmd.Verb(), a.by.ID, err)
		}
		key.Case = r.Case
	}
	return key, nil
}

// spread does n jobs with some clients, each of which waits for its own.
func spread(clients, n int, job func(i int) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, clients)
	for c := range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[c] == nil; i = int(next.Add(1)) - 1 {
				errs[c] = job(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func newHall(b *testing.B, st store.Store) *hall.Hall {
	b.Helper()
	h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{company()}})
	if err != nil {
		b.Fatal(err)
	}
	return h
}

// TestLife makes sure that what is measured is a whole case.
func TestLife(t *testing.T) {
	t.Parallel()
	var c *caseflow.Case
	it := company()
	for i, a := range life() {
		env := caseflow.Env{Now: hallTime, Calendar: workday.National(), No: "610502-20261123-000001", Region: region, Serial: 1}
		dec, refusal := caseflow.Decide(c, it, a.by, a.cmd, env)
		if refusal != nil {
			t.Fatalf("command %d, %s: %v", i+1, a.cmd.Verb(), refusal)
		}
		c = dec.Case
	}
	if c.Phase != caseflow.PhaseClosed || len(c.Licences) != 1 || len(c.Deliveries) != 1 {
		t.Errorf("the case ends %s with %d licences and %d deliveries", c.Phase, len(c.Licences), len(c.Deliveries))
	}
}
