package caseflow

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/workday"
)

// Identities have types of their own, so that one is never taken for another.
type (
	CaseNo string // 办件编号, unique within a region
	ItemID string // an item within its pack, such as "company-open"
	StepID string // a step within its item
	PartID string // a bundled item within its bundle
)

// Item is one service that can be asked for, or a bundle of them, as a pack defines it. It is immutable once loaded;
// a running case keeps the version it began with. Its fields follow the national service-item catalogue
// (政务服务事项基本目录及实施清单, GB/T 39554); local codes differ, so codes are a list.
type Item struct {
	ID      ItemID `json:"id"`
	Pack    string `json:"pack"`
	Version string `json:"version"` // of the pack
	Region  string `json:"region"`  // of the pack: where, and in all that lies in it, the item is offered; empty: everywhere
	Name    Text   `json:"name"`
	Codes   []Code `json:"codes,omitempty"`
	// Nicknames are what people call the item, or look for when they mean it, in any language.
	Nicknames []string `json:"nicknames,omitempty"`
	Kind      string   `json:"kind"` // 事项类型: licensing, confirmation, … or bundle, as the schema of items lists them
	// Promise is true for 承诺件 (promised within a limit), false for 即办件 (done on the spot).
	Promise bool `json:"promise"`
	// Instant items have nothing that anybody judges: rules check the form, and handing it in is accepted at once.
	Instant    bool     `json:"instant,omitempty"`
	For        []string `json:"for"`        // 服务对象: person, company, institution, association, other
	Department string   `json:"department"` // 实施主体, leads and accepts
	Level      string   `json:"level,omitempty"`
	Visits     int      `json:"visits"` // 到办事现场次数
	// FirstAsked (首问负责): the first official who takes the case up is in charge of it until another one agrees to be.
	FirstAsked  bool            `json:"firstAsked,omitempty"`
	Channels    []string        `json:"channels"` // through which a case may be opened; see Doors
	Doors       []Door          `json:"doors,omitempty"`
	Fee         Fee             `json:"fee"`
	Conditions  []Criterion     `json:"conditions,omitempty"` // 受理条件, each with its basis
	Basis       []Basis         `json:"basis"`
	Parts       []Part          `json:"parts,omitempty"`
	Pages       []Page          `json:"pages"`
	Persons     []Person        `json:"persons,omitempty"`    // whom the form asks for
	Known       []Knowing       `json:"known,omitempty"`      // what earlier cases and licences of the party say of the form
	Refers      string          `json:"refers,omitempty"`     // dotted path of the answer that holds the number of the case that this one is about: see RefersTo
	Subject     string          `json:"subject,omitempty"`    // dotted path of a text field, such as form.company.name: see SubjectOf; empty: cases have none
	Schema      json.RawMessage `json:"schema"`               // JSON Schema 2020-12 of the form's data
	Situations  []Situation     `json:"situations,omitempty"` // asked before the form
	Materials   []Material      `json:"materials,omitempty"`
	Steps       []Step          `json:"steps"` // in an order in which every step follows what it needs
	Limits      Limits          `json:"limits"`
	Renews      *Renews         `json:"renews,omitempty"` // of a renewal
	Naming      *Naming         `json:"naming,omitempty"` // of a firm
	Cancels     *Cancels        `json:"cancels,omitempty"`
	Benefit     *Benefit        `json:"benefit,omitempty"`
	Extension   *Extension      `json:"extension,omitempty"`
	Stops       []StopCause     `json:"stops,omitempty"`
	Grounds     []Ground        `json:"grounds,omitempty"`     // for refusing acceptance or the request
	Corrections []Ground        `json:"corrections,omitempty"` // ticked reasons of the one-time notice
	Relief      Text            `json:"relief"`                // 救济途径: how to have a refusal reviewed
	Contact     Contact         `json:"contact"`
	FAQ         []QA            `json:"faq,omitempty"`
	Listing

	// CheckDraft reports what of a draft's data has no place in the form: fields that it does not know, and a text, a list or
	// an object where another of these belongs. Whatever was typed into a field passes. Nil accepts everything.
	CheckDraft func(data json.RawMessage) []FieldFault `json:"-"`

	// CheckForm reports every fault of the form's data, on one page or (page "") on all of them; today is what birth
	// dates inside numbers are held against. The pack compiles it
	// from Schema and its cross-field rules. Nil accepts everything.
	CheckForm func(data json.RawMessage, page string, today workday.Date) []FieldFault `json:"-"`
}

// Door (窗口) says whose clerks take requests in through a channel, beside those of the leading department: the desk of the
// hotline for a caller, the station of a village for a neighbour. They fill in and hand in, and accept nothing.
type Door struct {
	Channel    string `json:"channel"`
	Department string `json:"department"`
}

// DoorsOf lists the departments whose clerks take requests in through a channel, without the leading one.
func (it *Item) DoorsOf(channel string) []string {
	var list []string
	for _, door := range it.Doors {
		if door.Channel == channel {
			list = append(list, door.Department)
		}
	}
	return list
}

// TakenBy lists the channels through which clerks of some of the departments take requests in from people who are there or on the
// line; none if they take in none. What an applicant does alone, online or at a terminal, nobody takes in.
func (it *Item) TakenBy(departments ...string) []string {
	var list []string
	for _, channel := range []string{ChannelWindow, ChannelStation, ChannelHotline} {
		offered := len(it.Channels) == 0 || slices.Contains(it.Channels, channel)
		if offered && slices.ContainsFunc(departments, func(d string) bool { return d == it.Department || slices.Contains(it.DoorsOf(channel), d) }) {
			list = append(list, channel)
		}
	}
	return list
}

// Benefit (免申即享) says that nobody asks for the item: a step of another case opens it when what is known shows that somebody
// qualifies. It is accepted as it is opened, and its applicant may decline it by withdrawing.
type Benefit struct {
	Fen int64 `json:"fen"` // what is paid
	Who Text  `json:"who"` // who qualifies, in words
	Why Text  `json:"why"` // where the money comes from
}

// Code is the item's code under one local or national scheme.
type Code struct {
	Scheme string `json:"scheme"`
	Value  string `json:"value"`
}

// Criterion is a condition for acceptance; 优化营商环境条例 art. 35: none without a legal basis.
type Criterion struct {
	Text  Text  `json:"text"`
	Basis Basis `json:"basis"`
}

// Fee says what the applicant pays, in fen; zero is free, and Why says by which rule or promise. A fee that is not zero
// has a basis.
type Fee struct {
	Fen   int64 `json:"fen"`
	Why   Text  `json:"why"`
	Basis Basis `json:"basis,omitzero"`
}

// Contact is where a person asks or complains.
type Contact struct {
	Address  Text   `json:"address"`
	Hours    Text   `json:"hours"`
	Ask      string `json:"ask"`      // 咨询电话
	Complain string `json:"complain"` // 监督投诉电话
}

// QA is one frequently asked question.
type QA struct {
	Q Text `json:"q"`
	A Text `json:"a"`
}

// Part is one item of a bundle: its department decides it, its result is handed out with the others.
type Part struct {
	ID         PartID `json:"id"`
	Name       Text   `json:"name"`
	Department string `json:"department"`
	// Kind (事项类型) is that of what the part decides, as of an item; "" is not said.
	Kind string `json:"kind,omitempty"`
	// Core parts carry the bundle: if one is refused the whole case is refused. The others are refused alone.
	Core bool `json:"core,omitempty"`
	// Relief says how to have the part's refusal reviewed, where that is not as the item says: 行政复议法 art. 24, 25, 27
	// send the decisions of different departments to different places.
	Relief Text `json:"relief,omitzero"`
	// When says whether the part is wanted at all (such as an optional seal). Nil is always.
	When     Condition `json:"-"`
	WhenText string    `json:"when,omitempty"`
}

// Page is one page of the form: one thing per page.
type Page struct {
	ID       string    `json:"id"`
	Title    Text      `json:"title"`
	Why      Text      `json:"why"` // why we ask
	Fields   []Field   `json:"fields"`
	Group    Text      `json:"group"` // the section of the task list that the page stands in
	When     Condition `json:"-"`
	WhenText string    `json:"when,omitempty"`
}

// Field is one question. Its type, length and pattern stand in the item's Schema; this is how it is asked.
type Field struct {
	Name        string    `json:"name"` // key in the data, dotted for nested objects
	Label       Text      `json:"label"`
	Hint        Text      `json:"hint"`
	Widget      string    `json:"widget"`         // text, textarea, radio, checkbox, select, date, money, phone, id, code, email, region, industry, list
	Wrong       Text      `json:"wrong,omitzero"` // what to say of a text that does not have the pattern of the schema
	Options     []Option  `json:"options,omitempty"`
	Required    bool      `json:"required"`
	Personal    bool      `json:"personal,omitempty"`    // personal data: masked in lists, exports and logs
	Fields      []Field   `json:"fields,omitempty"`      // of one row, when Widget is list
	Departments []string  `json:"departments,omitempty"` // who needs it, and besides the leading department who reads it
	Preset      string    `json:"preset,omitempty"`      // of a signer's field: the answer that stands in it at first, form.company.name
	When        Condition `json:"-"`
	WhenText    string    `json:"when,omitempty"`
}

// Option is one answer of a choice.
type Option struct {
	Value string `json:"value"`
	Label Text   `json:"label"`
	Hint  Text   `json:"hint"`
}

// Need says how far a material is needed.
type Need string

const (
	Required   Need = "required"   // 必要
	Deferrable Need = "deferrable" // 容缺后补: may come later against a commitment
	Optional   Need = "optional"   // 非必要
)

// Material is a document asked for. A catch-all ("其他材料") is refused when the pack is proved.
type Material struct {
	ID       string   `json:"id"`
	Name     Text     `json:"name"`
	Need     Need     `json:"need"`
	Source   string   `json:"source"` // applicant, government, third-party
	Form     string   `json:"form"`   // original, copy, electronic
	Copies   int      `json:"copies"`
	Accept   []string `json:"accept,omitempty"` // media types
	MaxBytes int64    `json:"maxBytes"`
	Basis    Basis    `json:"basis"`
	Hint     Text     `json:"hint"`
	Standard Text     `json:"standard,omitzero"` // 受理标准: what makes it acceptable
	Filling  Text     `json:"filling,omitzero"`  // 填报须知
	Blank    string   `json:"blank,omitempty"`   // 空白表: file in the pack
	Sample   string   `json:"sample,omitempty"`  // 样表: file in the pack
	// ValidDays is for how many days after it was handed in a file may be used again in another case; 0 is for ever.
	ValidDays int       `json:"validDays,omitempty"`
	Parts     []PartID  `json:"parts,omitempty"` // which bundled items need it
	When      Condition `json:"-"`
	WhenText  string    `json:"when,omitempty"`
	// Licences are the kinds of licence of which one that was granted here stands for it (证照免提交), and Fills the answers that
	// are filled in from it.
	Licences []string `json:"licences,omitempty"`
	Fills    []Fill   `json:"fills,omitempty"`
	// Deferral is set when Need is Deferrable.
	Deferral *Deferral `json:"deferral,omitempty"`
}

// Joins reports whether pictures of the material may become one PDF: it takes both.
func (m *Material) Joins() bool {
	takes := func(kind string) bool { return len(m.Accept) == 0 || slices.Contains(m.Accept, kind) }
	return takes("application/pdf") && (takes("image/jpeg") || takes("image/png"))
}

// Fill is an answer that a licence gives.
type Fill struct {
	Field string `json:"field"` // form.…
	From  string `json:"from"`  // one of the Fill… names, or FillShown and a key of what stands on the licence
}

// Knowing says where an answer of a party stands already: in an earlier case of the item, or on a licence of the kind.
type Knowing struct {
	Field   string `json:"field"` // form.…
	Item    ItemID `json:"item,omitempty"`
	Licence string `json:"licence,omitempty"`
	From    string `json:"from"` // of a case form.…; of a licence as Fill.From
}

// What of a licence fills an answer.
const (
	FillNo      = "no"
	FillHolder  = "holder"
	FillIssued  = "issued"
	FillExpires = "expires"
	FillShown   = "shows."
)

// Deferral (容缺) says until when a material may come later and what a broken promise leads to.
type Deferral struct {
	Rule        Rule        `json:"rule"`
	Consequence Consequence `json:"consequence"`
	Promise     Text        `json:"promise"` // the words that are signed
}

// Consequence is what follows a broken commitment. Each is recorded as breach whatever follows.
type Consequence string

const (
	ConsequenceRecord Consequence = "record" // goes to the credit file, nothing else
	ConsequenceRefuse Consequence = "refuse" // an undecided case is refused
	ConsequenceRevoke Consequence = "revoke" // what was granted is revoked
)

// Step kinds of the kernel. A step of any other kind is refused when a case is to begin with it; a module that brings one
// adds it here.
const (
	KindReview  = "review"  // somebody looks and gives an outcome
	KindDecide  = "decide"  // somebody grants or refuses a part, with its legal basis
	KindCheck   = "check"   // a rule decides by itself
	KindIssue   = "issue"   // a licence is made from its template
	KindNotify  = "notify"  // a message goes out
	KindDeliver = "deliver" // results are handed over or posted
	KindSubcase = "subcase" // a case of another item does the work
	KindPublish = "publish" // 公示: everybody reads it for a time, and may object
	KindWait    = "wait"    // time passes in which the applicant may say no
	KindCancel  = "cancel"  // the licence that the request is about is ended
)

// Kinds lists the kinds of step.
func Kinds() []string {
	return []string{KindReview, KindDecide, KindCheck, KindIssue, KindNotify, KindDeliver, KindSubcase, KindPublish, KindWait, KindCancel}
}

// Step is a node of the flow.
type Step struct {
	ID        StepID   `json:"id"`
	Name      Text     `json:"name"`
	Kind      string   `json:"kind"`
	Part      PartID   `json:"part,omitempty"`
	Needs     []StepID `json:"needs,omitempty"`
	By        Post     `json:"by"`
	Sign      Sign     `json:"sign"`
	Signers   []Post   `json:"signers,omitempty"` // of a countersign; empty means By alone
	Within    *Rule    `json:"within,omitempty"`
	OtherThan []StepID `json:"otherThan,omitempty"` // steps before it: whoever had a hand in them does not do this one
	// Consults is what whoever answers the step has to look at before (逢办必查), such as ConsultCredit; "": nothing. What is found is
	// no fact: no condition, table or ground can read it.
	Consults  string          `json:"consults,omitempty"`
	Outcomes  []Outcome       `json:"outcomes,omitempty"` // of a review; empty means agree and disagree
	Fields    []Field         `json:"fields,omitempty"`   // data that the signer fills in
	Schema    json.RawMessage `json:"schema,omitempty"`   // JSON Schema of that data
	Result    *Result         `json:"result,omitempty"`   // of an issue step
	Message   string          `json:"message,omitempty"`  // template of a notify step
	Subcase   *Subcase        `json:"subcase,omitempty"`  // of a subcase step
	Publish   *Publish        `json:"publish,omitempty"`  // of a publish step
	When      Condition       `json:"-"`                  // false skips the step; nil is always
	WhenText  string          `json:"when,omitempty"`
	Check     Condition       `json:"-"` // of a check step: true is passed
	CheckText string          `json:"check,omitempty"`
	Advice    Text            `json:"advice,omitzero"` // of a check step: what the check wants, for those whose answers will not pass

	// CheckData reports every fault of what the signer filled in, as CheckForm does of the form; f are the facts of the case
	// without it. The pack compiles it from Schema and its checks. Nil accepts known fields of plain values.
	CheckData func(data json.RawMessage, f Facts, today workday.Date) []FieldFault `json:"-"`
}

// Auto reports whether the kernel performs the step by itself.
func (s *Step) Auto() bool { return s.Kind == KindCheck || s.Kind == KindIssue || s.Kind == KindNotify }

// ConsultCredit is a look at the credit of the company that asks.
const ConsultCredit = "credit"

// Sign is the form of a countersign.
type Sign string

const (
	SignAll   Sign = "all"   // 会签: everybody signs, at the same time
	SignAny   Sign = "any"   // 或签: the first one decides
	SignOrder Sign = "order" // 依次审批: one after the other
)

// Post names who may do a task: anybody of a department with a role, or one person of it.
type Post struct {
	Department string `json:"department"`
	Role       string `json:"role"`
	Person     string `json:"person,omitempty"` // account id
}

// Outcome is one possible result of a review.
type Outcome struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
	// Refuse is true when the outcome refuses the step's part; it then needs a ground.
	Refuse bool `json:"refuse,omitempty"`
}

// Outcomes that the kernel knows for every review.
const (
	OutcomeAgree    = "agree"
	OutcomeDisagree = "disagree"
	OutcomeGrant    = "grant"
	OutcomeRefuse   = "refuse"
	OutcomePass     = "pass" // of an automatic check
	OutcomeFail     = "fail"
	OutcomeDone     = "done"      // of issue, notify, deliver
	OutcomeClosed   = "closed"    // of an instruction: the answer is enough
	OutcomeReturned = "returned"  // of an instruction: it is given again
	OutcomeSentBack = "sent-back" // the work went back to an earlier step
)

// Result is the licence that an issue step makes.
type Result struct {
	Licence   string         `json:"licence"` // kind, such as "business-licence"
	Name      Text           `json:"name"`
	Template  string         `json:"template"`
	Numbering string         `json:"numbering"`        // credit-code or serial
	Prefix    string         `json:"prefix,omitempty"` // of a serial number
	Holder    string         `json:"holder,omitempty"` // dotted path of the holder's name in the facts, such as form.company.name; empty: the applicant
	Shows     []Datum        `json:"shows,omitempty"`  // what stands on it
	Valid     *workday.Limit `json:"valid,omitempty"`  // nil: no expiry
	Sample    string         `json:"sample,omitempty"` // 结果样本: file in the pack
}

// Datum is one fact that is carried over: from a dotted path in the facts (form.… or data.<step>.…) under a key.
type Datum struct {
	Key   string `json:"key"`
	Label Text   `json:"label"`
	From  string `json:"from"`
}

// Limits are the case-level rules of an item.
type Limits struct {
	Acceptance Rule  `json:"acceptance"`         // from receipt; its effect is usually EffectAccept
	Statutory  Rule  `json:"statutory"`          // from acceptance
	Promised   Rule  `json:"promised"`           // from acceptance, never longer than Statutory
	Correction Rule  `json:"correction"`         // the applicant's time to correct
	Delivery   *Rule `json:"delivery,omitempty"` // from decision
	// Expiry is anchored at the day on which a licence that is to be renewed expires: the decision is due at its end.
	Expiry *Rule `json:"expiry,omitempty"`
	// Apply is anchored at such a day too: the last day to hand the request in. With EffectRefuse a later one is not taken;
	// else it is, but silence does not grant it (行政许可法 art. 50 protects who applied in time).
	Apply *Rule `json:"apply,omitempty"`
}

// Renews says which licence a request renews. The date in the form, at which Expiry and Apply are anchored, is taken only of
// one that the store does not know: else its own expiry is.
type Renews struct {
	Licence string `json:"licence"` // its kind
	No      string `json:"no"`      // dotted path in the facts of its number, such as form.old.no
}

// Rule is a limit with what it rests on, when it warns and what its lapse does.
type Rule struct {
	ID    string        `json:"id"` // in the catalogue of limits, or the pack's own
	Name  Text          `json:"name"`
	Limit workday.Limit `json:"limit"`
	Basis Basis         `json:"basis"`
	// Soon is how long before the due instant the lamp turns to 临期, in the same or a shorter unit; N 0 never warns.
	Soon   workday.Limit `json:"soon"`
	Effect Effect        `json:"effect,omitempty"`
	// Anchor is the dotted path in the facts of the date that a backward limit is counted from, such as form.licence.expires:
	// 0 days end with that day. Empty: the limit runs forward from what started it. Until is that date in a case.
	Anchor string       `json:"anchor,omitempty"`
	Until  workday.Date `json:"until,omitempty"`
}

// Effect is what silence does in law when a clock runs out.
type Effect string

const (
	EffectNone     Effect = ""
	EffectAccept   Effect = "accept"   // 行政许可法 art. 32(4): no notice in time counts as acceptance
	EffectGrant    Effect = "grant"    // art. 50: no decision on a renewal before expiry counts as renewal
	EffectWithdraw Effect = "withdraw" // the applicant did not correct in time: deemed withdrawn
	EffectBreach   Effect = "breach"   // a commitment was not kept
	EffectRefuse   Effect = "refuse"   // of the last day to apply: a later request is not taken
	EffectResume   Effect = "resume"   // the told time of a stop is over: the clocks run again
)

// Extension (延期) may be granted once, by a named level of approver, with a reason told to the applicant.
type Extension struct {
	Limit workday.Limit `json:"limit"`
	Role  string        `json:"role"` // who may grant it, such as "head"
	Basis Basis         `json:"basis"`
}

// StopCause (特别程序) is one lawful ground for time that does not count, 行政许可法 art. 45.
type StopCause struct {
	ID    string        `json:"id"` // hearing, inspection, testing, quarantine, appraisal, expert-review, tender, auction
	Name  Text          `json:"name"`
	Basis Basis         `json:"basis"`
	Max   workday.Limit `json:"max"`   // longest single stop
	Times int           `json:"times"` // how often per case
}

// Ground is one reason for a refusal or a correction, with its clause.
type Ground struct {
	ID       string `json:"id"`
	Text     Text   `json:"text"`
	Basis    Basis  `json:"basis"`
	Field    string `json:"field,omitempty"` // what it usually concerns
	Material string `json:"material,omitempty"`
	Part     PartID `json:"part,omitempty"` // the only part that it can be used against; empty: every part and the whole
}

// GroundsFor lists the grounds that may be used against a part; "" is the whole request, which falls with a part that
// carries it.
func (it *Item) GroundsFor(part PartID) []Ground {
	var list []Ground
	for _, g := range it.Grounds {
		p := it.PartByID(g.Part)
		if g.Part == "" || g.Part == part || part == "" && p != nil && p.Core {
			list = append(list, g)
		}
	}
	return list
}

// Condition is a compiled expression over the facts of a case.
type Condition interface {
	// Holds evaluates the condition. It is deterministic, bounded in cost, and fails only on facts of a wrong type.
	Holds(Facts) (bool, error)
}

// Facts are what conditions see.
type Facts struct {
	Form      map[string]any    // the data of the form
	Applicant map[string]any    // kind, docType, region
	Steps     map[string]string // outcome of each step that is done
	Data      map[string]any    // data filled in by signers, by step
}

// FieldFault is one mistake in a form, addressed to its field.
type FieldFault struct {
	Field string `json:"field"` // dotted, list rows as people.0.name
	Page  string `json:"page,omitempty"`
	Code  string `json:"code"` // stable: required, type, pattern, range, uscc.check …
	Text  Text   `json:"text"` // what to mend; never the rejected value
}

// OfferedIn reports whether the item can be asked for in a region: it lies in that of the pack, in either tree.
func (it *Item) OfferedIn(region string) bool {
	return it.Region == "" || ident.Within(region, it.Region) || ident.Service().Within(region, it.Region)
}

// KindPenalty is the kind of item that imposes an administrative penalty (行政处罚法 art. 2): its applicant is whom it is imposed on.
const KindPenalty = "penalty"

// Officious reports whether an office acts by itself (依职权): it imposes something that nobody asks for.
func (it *Item) Officious() bool {
	return it.Kind == KindPenalty || it.Kind == "coercion" || it.Kind == "collection"
}

// Asked reports whether somebody can ask for the item in a region.
func (it *Item) Asked(region string) bool { return it.OfferedIn(region) && !it.Officious() }

// StepByID finds a step; nil if there is none.
func (it *Item) StepByID(id StepID) *Step {
	for i := range it.Steps {
		if it.Steps[i].ID == id {
			return &it.Steps[i]
		}
	}
	return nil
}

// PartByID finds a part; nil if there is none.
func (it *Item) PartByID(id PartID) *Part {
	for i := range it.Parts {
		if it.Parts[i].ID == id {
			return &it.Parts[i]
		}
	}
	return nil
}

// MaterialByID finds a material; nil if there is none.
func (it *Item) MaterialByID(id string) *Material {
	for i := range it.Materials {
		if it.Materials[i].ID == id {
			return &it.Materials[i]
		}
	}
	return nil
}

// at finds the fact at a dotted path: form.company.name, data.register.note, applicant.kind.
func (f Facts) at(path string) (any, bool) {
	root, rest, _ := strings.Cut(path, ".")
	switch root {
	case "form":
		return dotted.At(f.Form, rest)
	case "data":
		return dotted.At(f.Data, rest)
	case "applicant":
		return dotted.At(f.Applicant, rest)
	}
	return nil, false
}
