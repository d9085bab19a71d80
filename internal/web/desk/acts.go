package desk

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/workday"
)

// act is one thing that an official does on a page: what its form asks for, and the command that the answers make.
type act struct {
	rank  int  // lower is offered first; the first few are buttons, the rest stand under "more"
	quick bool // nothing is asked: one button does it
	final bool // it cannot be undone: its result is shown before it is done
	place bool // it belongs beside what it concerns (a material), not among the next steps
	asks  func(q *questions)
	makes func(o offer, v answers) caseflow.Command
}

// acts holds every act of the desk by the verb of its command.
var acts = map[string]act{
	"claim":    {rank: 10, quick: true, makes: func(o offer, _ answers) caseflow.Command { return caseflow.Claim{Task: o.Task} }},
	"consult":  {rank: 11, quick: true, makes: func(o offer, _ answers) caseflow.Command { return caseflow.Consult{Task: o.Task} }},
	"submit":   {rank: 11, quick: true, makes: func(offer, answers) caseflow.Command { return caseflow.Submit{} }},
	"correct":  {rank: 11, quick: true, makes: func(offer, answers) caseflow.Command { return caseflow.Correct{} }},
	"accept":   {rank: 12, final: true, makes: func(offer, answers) caseflow.Command { return caseflow.Accept{} }},
	"grant":    {rank: 13, final: true, asks: askGrant, makes: makeGrant},
	"deliver":  {rank: 13, final: true, asks: askDeliver, makes: makeDeliver},
	"complete": {rank: 13, asks: askComplete, makes: makeComplete},
	"request-correction": {rank: 14, final: true, asks: askCorrection, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.RequestCorrection{Points: v.points()}
	}},
	"refuse": {rank: 15, final: true, asks: askRefusal, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.Refuse{Task: o.Task, Ground: v.get("ground"), Words: v.words("words")}
	}},
	"decline": {rank: 16, final: true, asks: askRefusal, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.Decline{Ground: v.get("ground"), Words: v.words("words")}
	}},
	"send-back":    {rank: 20, asks: askSendBack, makes: makeSendBack},
	"ask-opinion":  {rank: 21, asks: askOpinion, makes: makeOpinion},
	"resume-clock": {rank: 22, final: true, makes: func(o offer, _ answers) caseflow.Command { return caseflow.ResumeClock{Step: o.Step} }},
	"withdraw-question": {rank: 24, asks: askReason, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.WithdrawQuestion{Task: o.Task, Reason: v.words("words")}
	}},
	"supervise": {rank: 23, asks: askSupervise, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.Supervise{To: v.post("to"), Words: v.words("words"), Within: v.workdays("within"), Closer: v.post("closer").Person}
	}},
	"add-signer": {rank: 30, asks: askSigner, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.AddSigner{Task: o.Task, Who: v.post("to"), Before: v.get("before") == "true"}
	}},
	"remove-signer": {rank: 31, final: true, makes: func(o offer, _ answers) caseflow.Command { return caseflow.RemoveSigner{Task: o.Task} }},
	"hand-over": {rank: 32, asks: askHandOver, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.HandOver{Task: o.Task, To: v.post("to"), Reason: v.words("words")}
	}},
	"delegate": {rank: 33, asks: askDelegate, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.Delegate{Task: o.Task, To: v.post("to"), Ask: v.words("words")}
	}},
	"stop-clock": {rank: 34, final: true, asks: askStop, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.StopClock{Task: o.Task, Cause: v.get("cause"), Need: v.workdays("need"), Reason: v.words("words")}
	}},
	"extend": {rank: 35, final: true, asks: askReason, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.Extend{Reason: v.words("words")}
	}},
	"copy-to": {rank: 36, asks: askCopy, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.CopyTo{To: v.posts(copies...), Ask: v.words("words")}
	}},
	"note": {rank: 37, asks: askNote, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.Note{Words: v.words("words")}
	}},
	"offer-charge": {rank: 38, asks: askCharge, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.OfferCharge{To: v.post("to"), Words: v.words("words")}
	}},
	"recuse": {rank: 39, final: true, asks: askRecuse, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.Recuse{Relation: v.get("relation"), Words: v.words("words")}
	}},
	"take-charge": {rank: 9, final: true, makes: func(offer, answers) caseflow.Command { return caseflow.TakeCharge{} }},
	"assist":      {rank: 37, asks: askAssist, makes: makeAssist},
	"take-back": {rank: 38, asks: askReason, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.TakeBack{Step: o.Step, Reason: v.words("words")}
	}},
	"release": {rank: 40, quick: true, makes: func(o offer, _ answers) caseflow.Command { return caseflow.Release{Task: o.Task} }},
	"withdraw": {rank: 41, final: true, asks: askWithdraw, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.Withdraw{Reason: v.words("words")}
	}},
	"revoke": {rank: 42, final: true, asks: askRevoke, makes: func(_ offer, v answers) caseflow.Command {
		return caseflow.Revoke{Reason: v.words("words"), Basis: caseflow.Basis{Law: v.get("law"), Article: v.get("article")}}
	}},
	"seen-paper": {rank: 50, quick: true, place: true, makes: func(o offer, _ answers) caseflow.Command {
		return caseflow.SeenPaper{Material: o.Material}
	}},
	"fulfil-commitment": {rank: 51, quick: true, place: true, makes: func(o offer, _ answers) caseflow.Command {
		return caseflow.FulfilCommitment{Material: o.Material, Paper: true}
	}},
	"break-commitment": {rank: 52, final: true, place: true, asks: askReason, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.BreakCommitment{Material: o.Material, Reason: v.words("words")}
	}},
	"defer": {rank: 53, place: true, asks: askDefer, makes: func(o offer, v answers) caseflow.Command {
		return caseflow.Defer{Material: o.Material, Signed: v.get("signed")}
	}},
}

func makeGrant(o offer, v answers) caseflow.Command {
	return caseflow.Grant{Task: o.Task, Words: v.words("words")}
}

func makeComplete(o offer, v answers) caseflow.Command {
	return caseflow.Complete{Task: o.Task, Outcome: v.get("outcome"), Words: v.words("words"), Ground: v.get("ground")}
}

func makeDeliver(o offer, v answers) caseflow.Command {
	return caseflow.Deliver{Task: o.Task, How: v.get("how"), Receiver: v.get("receiver"), Waybill: v.get("waybill")}
}

func makeSendBack(o offer, v answers) caseflow.Command {
	return caseflow.SendBack{Task: o.Task, To: caseflow.StepID(v.get("step")), Reason: v.words("words")}
}

func makeOpinion(o offer, v answers) caseflow.Command {
	return caseflow.AskOpinion{Task: o.Task, To: v.post("to"), Ask: v.words("words"), Blocks: v.get("blocks") == "true",
		Within: v.workdays("within")}
}

// answers is what was typed into an act's form.
type answers url.Values

func (v answers) get(name string) string { return strings.TrimSpace(url.Values(v).Get(name)) }

// words is a free text; a chosen common phrase stands for it while nothing was typed.
func (v answers) words(name string) string {
	text := strings.ReplaceAll(v.get(name), "\r\n", "\n")
	if text == "" {
		text = v.get(name + ".phrase")
	}
	return text
}

// post reads a choice of the form department|role or department|role|person.
func (v answers) post(name string) caseflow.Post { return readPost(v.get(name)) }

func (v answers) posts(names ...string) []caseflow.Post {
	var list []caseflow.Post
	for _, name := range names {
		for _, text := range v[name] {
			if text != "" {
				list = append(list, readPost(text))
			}
		}
	}
	return list
}

func readPost(text string) caseflow.Post {
	parts := append(strings.Split(text, "|"), "", "")
	return caseflow.Post{Department: parts[0], Role: parts[1], Person: parts[2]}
}

func writePost(p caseflow.Post) string {
	text := p.Department + "|" + p.Role
	if p.Person != "" {
		text += "|" + p.Person
	}
	return text
}

// workdays reads a number of working days; what cannot be read is a limit of nothing, which the core refuses.
func (v answers) workdays(name string) workday.Limit {
	n, err := strconv.Atoi(ident.Normalise(v.get(name)))
	if err != nil {
		n = 0
	}
	return workday.Limit{N: n, Unit: workday.WorkDay}
}

// dataPrefix stands before the names of the fields that a signer fills in.
const dataPrefix = "data."

// command is what an act's answers make, with what only the case knows: the schema of what a signer fills in, and what the
// common reasons of a correction notice point to.
func (s *scene) command(o offer, a act, typed answers) caseflow.Command {
	switch cmd := a.makes(o, typed).(type) {
	case caseflow.Grant:
		cmd.Data = s.filled(o, typed)
		return cmd
	case caseflow.Complete:
		cmd.Data = s.filled(o, typed)
		return cmd
	case caseflow.RequestCorrection:
		for i := range cmd.Points {
			s.aim(&cmd.Points[i])
		}
		return cmd
	default:
		return cmd
	}
}

// signerFields are the questions of the signer of an act's step, as the form of the act names them.
func (s *scene) signerFields(o offer) []caseflow.Field {
	if t := s.c.Task(o.Task); t != nil {
		o.Step = t.Step
	}
	def := s.it.StepByID(o.Step)
	if def == nil {
		return nil
	}
	fields := slices.Clone(def.Fields)
	for i := range fields {
		fields[i].Name = dataPrefix + fields[i].Name
	}
	return fields
}

// looked settles the signer's answers that are looked up in lists: words that name one stand for it. It reports whether
// somebody still searches.
func (s *scene) looked(o offer, typed answers) bool {
	fields := s.signerFields(o)
	for i := range fields {
		if f := &fields[i]; form.Lists(f.Widget) {
			typed[f.Name] = form.Looked(f.Widget, f.Name, url.Values(typed))
		}
	}
	return len(form.Searches(fields, url.Values(typed))) > 0
}

// filled is what the signer of a step filled in, read as the form of an applicant is; nil if nothing. Whether it fits is the
// core's to say.
func (s *scene) filled(o offer, typed answers) json.RawMessage {
	if t := s.c.Task(o.Task); t != nil {
		o.Step = t.Step
	}
	def := s.it.StepByID(o.Step)
	if def == nil {
		return nil
	}
	post := url.Values{}
	for name, list := range typed {
		if field, ok := strings.CutPrefix(name, dataPrefix); ok {
			post[field] = list
		}
	}
	for i := range def.Fields {
		post.Add("asked", def.Fields[i].Name)
	}
	got := form.Typed(def.Fields, form.ReadSchema(def.Schema), post)
	maps.DeleteFunc(got, func(_ string, v any) bool { return v == nil })
	if len(got) == 0 {
		return nil
	}
	data, err := json.Marshal(got)
	if err != nil {
		return nil // texts, numbers and lists of them always encode
	}
	return data
}

// aim lets a common reason name the material or field that the pack says it concerns, so that the notice leads there.
func (s *scene) aim(p *caseflow.CorrectionPoint) {
	for _, g := range s.it.Corrections {
		if p.Ground != "" && g.ID == p.Ground {
			p.Material, p.Field = g.Material, g.Field
		}
	}
}

// points are the ticked reasons, fields and materials of a correction notice, each with its words.
func (v answers) points() []caseflow.CorrectionPoint {
	var list []caseflow.CorrectionPoint
	for _, tick := range v["point"] {
		kind, id, _ := strings.Cut(tick, ":")
		p := caseflow.CorrectionPoint{Words: v.words("words." + tick)}
		switch kind {
		case "ground":
			p.Ground = id
		case "field":
			p.Field = id
		case "material":
			p.Material = id
		}
		list = append(list, p)
	}
	if extra := v.words("words.other"); extra != "" {
		list = append(list, caseflow.CorrectionPoint{Words: extra})
	}
	return list
}
