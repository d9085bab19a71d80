package desk_test

import (
	"encoding/json"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

const region = "610502" // 渭南市临渭区

func text(zh, en string) caseflow.Text { return caseflow.Text{ZH: zh, EN: en} }

func workdays(n int) workday.Limit { return workday.Limit{N: n, Unit: workday.WorkDay} }

func limit(id, zh string, n int, effect caseflow.Effect) caseflow.Rule {
	return caseflow.Rule{ID: id, Name: text(zh, id), Limit: workdays(n), Soon: workdays(1), Effect: effect,
		Basis: caseflow.Basis{Law: "行政许可法", Article: "42"}}
}

func by(dept, role string) caseflow.Post { return caseflow.Post{Department: dept, Role: role} }

// everybody are the departments that the answers are meant for.
var everybody = []string{"market", "tax", "police"}

// opening is a service on which every act of the desk can be done: a review before a decision, two decisions at the
// same time, one of them countersigned, and results at one window.
func opening() *caseflow.Item {
	step := limit("step", "环节时限", 1, caseflow.EffectNone)
	it := &caseflow.Item{
		ID: "company-open", Pack: "test", Version: "1", Name: text("企业开办一件事", "Open a company"), Department: "hall", Promise: true,
		Parts: []caseflow.Part{
			{ID: "registration", Name: text("营业执照", "Business licence"), Department: "market", Core: true},
			{ID: "tax", Name: text("税务信息确认", "Tax"), Department: "tax"},
			{ID: "seal", Name: text("公章刻制", "Seal"), Department: "police"},
		},
		Pages: []caseflow.Page{
			{ID: "company", Title: text("企业信息", "Company"), Group: text("基本信息", "Basics"), Fields: []caseflow.Field{
				{Name: "company.name", Label: text("企业名称", "Name"), Widget: "text", Required: true, Departments: everybody},
				{Name: "company.capital", Label: text("注册资本", "Capital"), Widget: "money", Departments: everybody},
				{Name: "company.address", Label: text("住所", "Address"), Widget: "text", Personal: true, Departments: everybody},
			}},
			{ID: "legal", Title: text("法定代表人", "Legal representative"), Group: text("人员信息", "People"), Fields: []caseflow.Field{
				{Name: "legal.name", Label: text("姓名", "Name"), Widget: "text", Required: true, Personal: true, Departments: everybody},
				{Name: "legal.id", Label: text("身份证号码", "Id number"), Widget: "id", Personal: true, Departments: everybody},
				{Name: "legal.phone", Label: text("手机号码", "Mobile"), Widget: "phone", Personal: true, Departments: everybody},
			}},
		},
		Subject: "form.company.name",
		Known:   []caseflow.Knowing{{Field: "form.company.address", Item: "company-open", From: "form.company.address"}, {Field: "form.legal.phone", Item: "company-open", From: "form.legal.phone"}},
		Schema: json.RawMessage(`{"type":"object","properties":{"company":{"type":"object","properties":{"name":{"type":"string"},"capital":{"type":"integer"},"address":{"type":"string"}}},
			"legal":{"type":"object","properties":{"name":{"type":"string"},"id":{"type":"string"},"phone":{"type":"string"}}}}}`),
		Materials: []caseflow.Material{
			{ID: "identity", Parts: []caseflow.PartID{"registration"}, Name: text("法定代表人身份证件", "Identity document"), Need: caseflow.Required, Accept: []string{"application/pdf", "image/png"}, MaxBytes: 10 << 20,
				Basis: caseflow.Basis{Law: "市场主体登记管理条例", Article: "16"}},
			{ID: "address", Parts: []caseflow.PartID{"registration"}, Name: text("住所使用证明", "Proof of address"), Need: caseflow.Deferrable,
				Deferral: &caseflow.Deferral{Rule: limit("deferral", "容缺补交", 2, ""), Consequence: caseflow.ConsequenceRevoke, Promise: text("我承诺按期补交。", "I will bring it.")}},
			{ID: "permit", Parts: []caseflow.PartID{"registration"}, Name: text("前置许可证明", "Prior permit"), Need: caseflow.Required, When: never{}},
		},
		Steps: []caseflow.Step{
			{ID: "check", Name: text("名称审核", "Name check"), Kind: caseflow.KindReview, Part: "registration", By: by("market", "reviewer"), Within: &step},
			{ID: "register", Name: text("设立登记", "Registration"), Kind: caseflow.KindDecide, Part: "registration", Needs: []caseflow.StepID{"check"}, By: by("market", "reviewer"), Within: &step,
				Fields: []caseflow.Field{{Name: "scope", Label: text("核定经营范围", "Scope"), Widget: "textarea", Required: true}}},
			{ID: "licence", Name: text("制发营业执照", "Issue the licence"), Kind: caseflow.KindIssue, Part: "registration", Needs: []caseflow.StepID{"register"},
				Result: &caseflow.Result{Licence: "business-licence", Name: text("营业执照", "Business licence"), Numbering: caseflow.NumberCreditCode, Holder: "form.company.name"}},
			{ID: "tax", Name: text("税务信息确认", "Tax confirmation"), Kind: caseflow.KindDecide, Part: "tax", Needs: []caseflow.StepID{"licence"}, By: by("tax", "reviewer"), Within: &step},
			{ID: "seal", Name: text("公章备案", "Seal record"), Kind: caseflow.KindReview, Part: "seal", Needs: []caseflow.StepID{"licence"}, By: by("police", "reviewer"), Within: &step,
				Sign: caseflow.SignAll, Signers: []caseflow.Post{by("police", "reviewer"), by("police", "head")}},
			{ID: "deliver", Name: text("一窗发放", "Hand out"), Kind: caseflow.KindDeliver, Needs: []caseflow.StepID{"tax", "seal"}, By: by("hall", "clerk")},
		},
		Limits: caseflow.Limits{Acceptance: limit("acceptance", "受理时限", 5, caseflow.EffectAccept), Statutory: limit("statutory", "法定办结时限", 20, ""),
			Promised: limit("promised", "承诺办结时限", 2, ""), Correction: limit("correction", "补正时限", 15, caseflow.EffectWithdraw)},
		Extension: &caseflow.Extension{Limit: workdays(10), Role: "head", Basis: caseflow.Basis{Law: "行政许可法", Article: "42"}},
		Stops:     []caseflow.StopCause{{ID: "appraisal", Name: text("鉴定", "Appraisal"), Max: workdays(10), Times: 1, Basis: caseflow.Basis{Law: "行政许可法", Article: "45"}}},
		Grounds: []caseflow.Ground{{ID: "not-eligible", Text: text("不符合法定条件", "Conditions not met"), Basis: caseflow.Basis{Law: "公司法", Article: "29"}},
			{ID: "irregular", Part: "tax", Text: text("名下有非正常户", "Irregular status"), Basis: caseflow.Basis{Law: "税务登记管理办法", Article: "40"}}},
		Corrections: []caseflow.Ground{{ID: "unclear", Text: text("材料不清晰", "Not legible"), Basis: caseflow.Basis{Law: "行政许可法", Article: "31"}},
			{ID: "unsigned", Text: text("缺少签名", "Not signed"), Basis: caseflow.Basis{Law: "行政许可法", Article: "31"}, Material: "identity"},
			{ID: "unpermitted", Text: text("缺少前置许可", "No prior permit"), Basis: caseflow.Basis{Law: "行政许可法", Article: "31"}, Material: "permit"}},
		Relief:  text("可在六十日内申请行政复议，或在六个月内提起行政诉讼。", "Reconsideration within 60 days, or suit within six months."),
		Contact: caseflow.Contact{Address: text("渭南市政务大厅", "Weinan service hall"), Ask: "0913-2000000", Complain: "12345"},
	}
	it.CheckForm = func(data json.RawMessage, _ string, _ workday.Date) []caseflow.FieldFault {
		var form struct {
			Company struct{ Name string }
		}
		if json.Unmarshal(data, &form) != nil || form.Company.Name == "" {
			return []caseflow.FieldFault{{Field: "company.name", Page: "company", Code: "required", Text: text("请填写“企业名称”", "Enter the name")}}
		}
		return nil
	}
	return it
}

// never is a condition that does not hold.
type never struct{}

func (never) Holds(caseflow.Facts) (bool, error) { return false, nil }

// catalogue holds the one service.
type catalogue struct{ it *caseflow.Item }

func (c catalogue) Current(id caseflow.ItemID) *caseflow.Item {
	if id == c.it.ID {
		return c.it
	}
	return nil
}

// Item also has a version 2, which promises four working days in the place of two.
func (c catalogue) Item(_, version string, id caseflow.ItemID) *caseflow.Item {
	it := c.Current(id)
	if it == nil || version != "2" {
		return it
	}
	later := *it
	later.Version, later.Limits.Promised = version, limit("promised", "承诺办结时限", 4, "")
	return &later
}

func (c catalogue) Items() []*caseflow.Item  { return []*caseflow.Item{c.it} }
func (c catalogue) Versions(string) []string { return []string{"1", "2"} }

func (c catalogue) Short(_ *caseflow.Item, id string) caseflow.Text {
	return map[string]caseflow.Text{"tax": text("税务", "Tax")}[id]
}

func (c catalogue) Department(_ *caseflow.Item, id string) caseflow.Text {
	return map[string]caseflow.Text{"hall": text("政务服务大厅", "Service hall"), "market": text("市场监督管理局", "Market regulator"),
		"tax": text("税务局", "Tax office"), "police": text("公安局", "Police"), "office": text("督查室", "Supervision")}[id]
}

// monday is 10:00 in Shaanxi on Monday 23 November 2026.
var monday = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
