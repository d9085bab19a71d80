package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// fate is what becomes of an invented case.
type fate int

const (
	smooth fate = iota
	draftOnly
	correctedOnce
	slowDepartment
	deferredKept
	deferredBroken
	refusedAtReview
	declined
	withdrawn
	stopped
	neglected // nobody looks at it: the acceptance clock runs
	unhappy
	waiting // a department has not come to it yet
)

// fates in their shares.
var fates = []fate{
	smooth, smooth, smooth, smooth, smooth, smooth, smooth, smooth, draftOnly, correctedOnce, correctedOnce, slowDepartment,
	slowDepartment, deferredKept, deferredBroken, refusedAtReview, declined, withdrawn, stopped, neglected, unhappy,
}

// plan is one case: who it is for, and when somebody next does something about it.
type plan struct {
	t     *traffic
	no    int
	fate  fate
	who   person
	owner caseflow.Actor
	form  map[string]any
	key   store.Key
	next  time.Time
	stage int
	slow  string         // department that takes its time
	door  string         // channel
	filer caseflow.Actor // who fills in and hands in there
	close *closing       // nil: the company is opened
}

// salon is a case of practice 04 that waits for the health authority: a hairdresser who asks for the hygiene permit with the licence.
func (t *traffic) salon() *plan {
	p := t.plan(len(t.plans))
	p.fate, p.slow, p.next = waiting, "health", t.later(t.Now.AddDate(0, 0, -5), 0)
	company, _ := p.form["company"].(map[string]any)
	company["name"], company["industry"], company["scope"] = t.town.prefix+"青丝理发有限公司", "O80", []any{"理发服务"}
	p.form["permits"] = map[string]any{"wanted": []any{"hygiene"}, "place": 60, "promise": "agreed"}
	return p
}

var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// plan invents the i-th case. Cases come in evenly; the last ones are still fresh when the traffic ends.
func (t *traffic) plan(i int) *plan {
	span := time.Duration(Days) * 24 * time.Hour
	begin := t.Now.Add(-span + span*time.Duration(i)/time.Duration(t.Cases))
	p := &plan{t: t, no: i, fate: fates[(i*5+t.rng.IntN(3))%len(fates)], who: newPerson(t.rng, t.Now), next: t.later(begin, t.rng.IntN(300))}
	p.owner = caseflow.Actor{ID: fmt.Sprintf("demo-citizen-%d", i), Kind: caseflow.ActorCitizen}
	if i%9 == 4 {
		p.who, p.owner.ID = applicant, t.Citizen
	}
	p.owner.Name, p.owner.Document = p.who.name, p.who.party().Document
	p.form = t.town.answers(t.rng, p.who, t.Now)
	p.door, p.filer = t.town.doors[i%len(t.town.doors)], p.owner
	if p.door != caseflow.ChannelOnline && p.door != caseflow.ChannelTerminal {
		p.filer = t.official(doorOf(p.door), caseflow.RoleClerk)
	}
	p.slow = pick(t.rng, []string{"police", "tax", "bank", "insurance"})
	return p
}

// act does the next thing and sets the time of the one after it.
func (p *plan) act(ctx context.Context) error {
	p.stage++
	if p.close != nil {
		return p.shut(ctx)
	}
	switch p.stage {
	case 1:
		return p.open(ctx)
	case 2:
		return p.submit(ctx)
	case 3:
		return p.intake(ctx)
	}
	return p.work(ctx)
}

func (p *plan) wait(minutes int) { p.next = p.t.later(p.t.now, minutes) }

func (p *plan) open(ctx context.Context) error {
	open := caseflow.Open{Item: p.t.town.item, Applicant: p.who.party(), Channel: p.door}
	if p.filer.Kind == caseflow.ActorOfficial {
		open.Owner = p.owner.ID
	}
	r, err := p.t.do(ctx, p.filer, store.Key{Region: p.t.Region}, open)
	if err != nil {
		return err
	}
	p.key = store.Key{Region: r.Region, Case: r.Case}
	if p.no%8 == 3 {
		if _, err := p.t.do(ctx, p.owner, p.key, caseflow.Assist{How: caseflow.AssistAsked, Why: "elderly"}); err != nil {
			return err
		}
	}
	for _, page := range [][]string{{"company"}, {"legal", "people", "contact"}, {"shareholders", "tax", "seals"}, {"bank", "staff", "fund", "delivery", "permits"}} {
		part := map[string]any{}
		for _, k := range page {
			if p.form[k] != nil {
				part[k] = p.form[k]
			}
		}
		if _, err := p.t.do(ctx, p.filer, p.key, caseflow.SaveDraft{Data: encode(part)}); err != nil {
			return err
		}
		if p.fate == draftOnly {
			p.next = never
			return nil
		}
	}
	p.next = p.t.now.Add(time.Duration(5+p.t.rng.IntN(40)) * time.Minute)
	return nil
}

func (p *plan) submit(ctx context.Context) error {
	v, err := p.t.hall.View(ctx, p.owner, p.key, "", "")
	if err != nil {
		return err
	}
	asked, refusal := caseflow.Ask(v.Case, v.Item)
	if refusal != nil {
		return refusal
	}
	for _, m := range asked.Materials {
		late := p.fate == deferredKept || p.fate == deferredBroken
		switch {
		case m.Need == caseflow.Deferrable && late:
			if _, err := p.t.do(ctx, p.filer, p.key, caseflow.Defer{Material: m.ID, Signed: p.who.name}); err != nil {
				return err
			}
		case m.Need != caseflow.Optional:
			f, err := p.photo(ctx, m.Name.ZH)
			if err != nil {
				return err
			}
			if _, err := p.t.do(ctx, p.filer, p.key, caseflow.Attach{Material: m.ID, File: f}); err != nil {
				return err
			}
		}
	}
	if _, err := p.t.do(ctx, p.filer, p.key, caseflow.Submit{}); err != nil {
		return err
	}
	p.wait(20 + p.t.rng.IntN(160))
	switch p.fate {
	case neglected:
		p.next = never
	case withdrawn:
		_, err := p.t.do(ctx, p.owner, p.key, caseflow.Withdraw{Reason: "股东之间还没有商量好"})
		p.next = never
		return err
	}
	return nil
}

// picture is a small picture, another for each number.
func picture(no int) (*bytes.Buffer, error) {
	img := image.NewGray(image.Rect(0, 0, 120, 80))
	for i := range img.Pix {
		img.Pix[i] = uint8(200 + (i*7+no)%50) // #nosec G115 -- below 256
	}
	img.SetGray(1, 1, color.Gray{Y: uint8(no)}) // #nosec G115 -- any byte will do
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return &b, nil
}

// photo uploads a small picture in the place of a scanned document.
func (p *plan) photo(ctx context.Context, name string) (caseflow.File, error) {
	b, err := picture(p.no)
	if err != nil {
		return caseflow.File{}, err
	}
	f, err := p.t.Files.Put(ctx, p.owner.ID, b, 1<<20)
	f.Name = name + ".png"
	return f, err
}

// intake is the window: accept, ask once for corrections, or decline.
func (p *plan) intake(ctx context.Context) error {
	clerk := p.t.official("market", caseflow.RoleClerk)
	if p.no%16 == 3 {
		if _, err := p.t.do(ctx, clerk, p.key, caseflow.Assist{How: caseflow.AssistOfficial, Why: "elderly",
			Post: caseflow.Post{Department: "market", Role: caseflow.RoleClerk, Person: clerk.ID}}); err != nil {
			return err
		}
	}
	var cmd caseflow.Command = caseflow.Accept{}
	switch p.fate {
	case correctedOnce:
		if p.slow == "bank" || p.slow == "tax" {
			p.next = never // the applicant's turn
		} else {
			p.wait(300)
			p.fate, p.stage = smooth, 10
		}
		cmd = caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{
			{Material: "articles", Ground: "articles-unsigned", Words: "章程没有全体股东签名，请补签后重新上传。"},
			{Field: "company.address", Ground: "address-incomplete", Words: "住所没有写到门牌号，请写完整。"},
		}}
	case declined:
		p.next = never
		cmd = caseflow.Decline{Ground: "scope", Words: "申请的事项不属于本机关职权范围，请向住所所在地登记机关申请。"}
	default:
		p.wait(30 + p.t.rng.IntN(120))
	}
	_, err := p.t.do(ctx, clerk, p.key, cmd)
	return err
}

// work does one open task of the case, or what the applicant has to do.
func (p *plan) work(ctx context.Context) error {
	v, err := p.t.hall.View(ctx, hall.System, p.key, "", "")
	if err != nil {
		return err
	}
	switch v.Case.Phase {
	case caseflow.PhaseCorrecting:
		p.wait(60)
		_, err := p.t.do(ctx, p.owner, p.key, caseflow.Correct{})
		return err
	case caseflow.PhaseReceived:
		p.wait(60)
		_, err := p.t.do(ctx, p.t.official("market", caseflow.RoleClerk), p.key, caseflow.Accept{})
		return err
	case caseflow.PhaseRunning, caseflow.PhaseGranted:
	default:
		p.next = never
		p.t.closes(p, v.Case)
		p.t.benefits(p, v.Case)
		return p.rate(ctx, v.Case)
	}
	if p.fate == deferredKept && p.stage > 6 {
		p.fate = smooth
		_, err := p.t.do(ctx, p.t.official("market", caseflow.RoleClerk), p.key, caseflow.FulfilCommitment{Material: "address-proof", Paper: true})
		return err
	}
	for i := range v.Case.Tasks {
		if t := &v.Case.Tasks[i]; t.Kind == caseflow.TaskStep && t.Live() && (p.fate != slowDepartment && p.fate != waiting || t.By.Department != p.slow) {
			p.wait(15 + p.t.rng.IntN(90))
			return p.task(ctx, v, t)
		}
	}
	if p.fate == slowDepartment {
		p.fate, p.next = smooth, p.t.later(p.t.now, 60*(12+p.t.rng.IntN(24)))
		return nil
	}
	p.next = never
	return nil
}

// task gives the outcome of one task.
func (p *plan) task(ctx context.Context, v *hall.View, t *caseflow.Task) error {
	by := p.t.official(t.By.Department, t.By.Role)
	step := v.Item.StepByID(t.Step)
	var cmd caseflow.Command
	switch {
	case step.Kind == caseflow.KindDeliver:
		d := caseflow.Deliver{Task: t.ID, How: "window", Receiver: p.who.name}
		if how, _ := p.form["delivery"].(map[string]any); how["how"] == "post" {
			d.How, d.Waybill = "post", fmt.Sprintf("EMS%09d", p.t.rng.IntN(1_000_000_000))
		}
		cmd = d
	case p.fate == stopped && step.Kind == caseflow.KindDecide:
		p.next = never
		cmd = caseflow.StopClock{Task: t.ID, Cause: "expert-review", Need: workday.Limit{N: 10}, Reason: "名称与已登记的“" + p.t.town.prefix + "秦东贸易有限公司”近似，请专家评审"}
	case p.fate == refusedAtReview && step.Kind == caseflow.KindDecide:
		p.next = never
		cmd = caseflow.Refuse{Task: t.ID, Ground: v.Item.GroundsFor(step.Part)[0].ID, Words: "所填内容不符合登记条件。"}
	case step.Kind == caseflow.KindDecide:
		cmd = caseflow.Grant{Task: t.ID, Words: "材料齐全，符合规定。", Data: p.data(step)}
	default:
		cmd = caseflow.Complete{Task: t.ID, Outcome: caseflow.OutcomeAgree, Words: "同意", Data: p.data(step)}
	}
	_, err := p.t.do(ctx, by, p.key, cmd)
	return err
}

// data fills in what a signer notes.
func (p *plan) data(step *caseflow.Step) json.RawMessage {
	if len(step.Fields) == 0 {
		return nil
	}
	company, _ := p.form["company"].(map[string]any)
	known := map[string]any{
		"approvedName": company["name"], "codes": fmt.Sprintf("6105%09d", p.t.rng.IntN(1_000_000_000)), "office": p.t.town.office, "project": "热食类食品制售",
		"ukey": fmt.Sprintf("33%010d", p.t.rng.IntN(1_000_000_000)), "invoices": 25, "time": "次日上午 9:30", "manager": p.t.town.phone,
		"number": fmt.Sprintf("6105%06d", p.t.rng.IntN(1_000_000)), "account": fmt.Sprintf("0913%08d", p.t.rng.IntN(100_000_000)),
	}
	out := map[string]any{}
	for _, f := range step.Fields {
		if v, ok := known[f.Name]; ok {
			out[f.Name] = v
		}
	}
	return encode(out)
}

func (p *plan) rate(ctx context.Context, c *caseflow.Case) error {
	if c.Phase != caseflow.PhaseClosed || len(c.Ratings) > 0 {
		return nil
	}
	rate := caseflow.Rate{Channel: c.Channel, Level: 4 + p.t.rng.IntN(2), Words: pick(p.t.rng, []string{"很快", "一次办好，谢谢", "", "比想的简单"})}
	if p.fate == unhappy {
		rate.Level, rate.Words = 2, "印章等了一天半，没有人告诉我原因"
	}
	_, err := p.t.do(ctx, p.owner, p.key, rate)
	return err
}
