package caseflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/ident"

	"github.com/tongban/tongban/workday"
)

// The examples of RFC 7396, appendix A, as far as both sides are objects: a form always is one.
func TestTheMergePatchIsRFC7396(t *testing.T) {
	for _, test := range []struct{ target, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{``, `{"b":1,"a":[null,2]}`, `{"a":[null,2],"b":1}`},
		{`{"sum":1}`, `{"sum":123456789012345678901234567890.5}`, `{"sum":123456789012345678901234567890.5}`},
	} {
		got, err := mergePatch(json.RawMessage(test.target), json.RawMessage(test.patch))
		if err != nil || string(got) != test.want {
			t.Errorf("%s with %s: %s, %v, want %s", test.target, test.patch, got, err, test.want)
		}
	}
	for _, patch := range []string{``, `null`, `["c"]`, `"c"`, `1`, `{`, `{}{}`, `{} x`, `{"a":` + strings.Repeat("[", 20000)} {
		if got, err := mergePatch(json.RawMessage(`{"a":"foo"}`), json.RawMessage(patch)); err == nil {
			t.Errorf("patch %.20s: %s, want an error", patch, got)
		}
	}
}

func TestSavingADraft(t *testing.T) {
	t.Run("keeps faulty values and what was typed before", func(t *testing.T) {
		d := newDesk(t)
		d.it.CheckForm = func(json.RawMessage, string, workday.Date) []FieldFault {
			return []FieldFault{{Field: "phone", Code: "pattern"}}
		}
		d.ok(owner, SaveDraft{Data: []byte(`{"phone":"abc","company":{"name":"甲"}}`)})
		d.ok(owner, SaveDraft{Data: []byte(`{"company":{"capital":9007199254740993}}`)})
		if got := string(d.c.Form); got != `{"company":{"capital":9007199254740993,"name":"甲"},"phone":"abc"}` {
			t.Fatalf("form %s", got)
		}
		d.no(CodeForm, owner, Submit{})
	})
	t.Run("refuses what is no object, too large, or a number no rule could read", func(t *testing.T) {
		d := newDesk(t)
		for _, data := range []string{`null`, `[1]`, `{"a":1}{`, `{"a":1e999}`, `{"a":"` + strings.Repeat("x", MaxForm) + `"}`} {
			d.no(CodeForm, owner, SaveDraft{Data: []byte(data)})
		}
	})
}

func TestFiles(t *testing.T) {
	d := newDesk(t)
	good := file("ab")
	t.Run("the digest stands beside each hash, whatever the command says", func(t *testing.T) {
		d := newDesk(t)
		f := good
		f.Digest = "MD5"
		d.ok(owner, Attach{Material: "identity", File: f})
		if got := d.c.Material("identity").Files[0]; got.Digest != FileDigest || got.Hash != f.Hash {
			t.Errorf("%+v", got)
		}
	})
	for name, change := range map[string]func(*File){
		"hash upper": func(f *File) { f.Hash = strings.ToUpper(f.Hash) },
		"hash short": func(f *File) { f.Hash = f.Hash[2:] },
		"hash none":  func(f *File) { f.Hash = "" },
		"name none":  func(f *File) { f.Name = "" },
		"name long":  func(f *File) { f.Name = strings.Repeat("名", MaxFileName+1) },
		"name path":  func(f *File) { f.Name = "../../etc/passwd" },
		"name dos":   func(f *File) { f.Name = `C:\a.png` },
		"name lines": func(f *File) { f.Name = "a\r\nSet-Cookie: x" },
		"name NUL":   func(f *File) { f.Name = "a\x00.png" },
		"name bytes": func(f *File) { f.Name = "a\xff.png" },
		"size none":  func(f *File) { f.Bytes = 0 },
		"size minus": func(f *File) { f.Bytes = -1 },
		"size large": func(f *File) { f.Bytes = 1<<20 + 1 },
		"type other": func(f *File) { f.Type = "text/html" },
	} {
		f := good
		change(&f)
		d.no(CodeFile, owner, Attach{Material: "identity", File: f})
		if r := d.refusal(owner, Attach{Material: "identity", File: f}); r.Args[0] != strings.Fields(name)[0] {
			t.Errorf("%s: refused for %s", name, r.Args[0])
		}
	}
	d.no(CodeNoSuchMaterial, owner, Attach{Material: "else", File: good})
	d.ok(owner, Attach{Material: "identity", File: good})
	d.no(CodeExists, owner, Attach{Material: "identity", File: good})
	for i := 1; i < MaxFiles; i++ {
		d.ok(owner, Attach{Material: "identity", File: file(fmt.Sprintf("%02x", i))})
	}
	d.no(CodeTooMany, owner, Attach{Material: "identity", File: file("ff")})
	d.no(CodeNoSuchMaterial, owner, Detach{"identity", file("ff").Hash})
	d.ok(owner, Detach{"identity", good.Hash})
	if n := len(d.c.Material("identity").Files); n != MaxFiles-1 {
		t.Fatalf("%d files", n)
	}
}

// Pages change places and are exchanged for turned ones, where the material is full too; nothing else moves.
func TestPagesAreRearranged(t *testing.T) {
	d := newDesk(t)
	order := func() string {
		var list []string
		for _, f := range d.c.Material("identity").Files {
			list = append(list, f.Hash[:2])
		}
		return strings.Join(list, " ")
	}
	want := func(s string) {
		t.Helper()
		if got := order(); got != s {
			t.Errorf("%s, want %s", got, s)
		}
	}
	for _, hash := range []string{"a1", "a2", "a3"} {
		d.ok(owner, Attach{Material: "identity", File: file(hash)})
	}
	lie := file("a3")
	lie.Name = "another name"
	d.ok(owner, Attach{Material: "identity", File: lie, Before: file("a1").Hash})
	want("a3 a1 a2")
	if name := d.c.Material("identity").Files[0].Name; name == lie.Name {
		t.Errorf("moving changed the name to %s", name)
	}
	d.ok(owner, Attach{Material: "identity", File: file("b1"), Replaces: file("a1").Hash})
	want("a3 b1 a2")
	d.ok(owner, Attach{Material: "identity", File: file("b0"), Before: file("b1").Hash})
	want("a3 b0 b1 a2")
	d.no(CodeNoSuchMaterial, owner, Attach{Material: "identity", File: file("a2"), Before: file("cc").Hash})
	d.no(CodeNoSuchMaterial, owner, Attach{Material: "identity", File: file("cc"), Replaces: file("a1").Hash})
	d.no(CodeExists, owner, Attach{Material: "identity", File: file("a2"), Replaces: file("b1").Hash})
	d.no(CodeExists, owner, Attach{Material: "identity", File: file("a2"), Before: file("a2").Hash})
	for i := 4; i < MaxFiles; i++ {
		d.ok(owner, Attach{Material: "identity", File: file(fmt.Sprintf("%02x", i))})
	}
	d.no(CodeTooMany, owner, Attach{Material: "identity", File: file("c0"), Before: file("a2").Hash})
	d.ok(owner, Attach{Material: "identity", File: file("c0"), Replaces: file("a2").Hash})
	if n := len(d.c.Material("identity").Files); n != MaxFiles {
		t.Errorf("%d files", n)
	}
	d.no(CodeNoSuchMaterial, owner, Attach{Material: "identity", File: file("d0"), Joins: []string{file("b0").Hash, file("b0").Hash}})
	d.no(CodeNoSuchMaterial, owner, Attach{Material: "identity", File: file("d0"), Joins: []string{file("b0").Hash, file("cc").Hash}})
	d.no(CodeNoSuchMaterial, owner, Attach{Material: "identity", File: file("d0"), Joins: []string{file("b0").Hash, ""}})
	d.no(CodeNoSuchMaterial, owner, Attach{Material: "identity", File: file("d0"), Joins: []string{file("b0").Hash}, Replaces: file("b1").Hash})
	d.no(CodeNoSuchMaterial, owner, Attach{Material: "identity", File: file("d0"), Joins: []string{file("b0").Hash}, Before: file("b1").Hash})
	d.no(CodeExists, owner, Attach{Material: "identity", File: file("b1"), Joins: []string{file("b0").Hash, file("b1").Hash}})
	d.ok(owner, Attach{Material: "identity", File: file("d0"), Joins: []string{file("b1").Hash, file("b0").Hash, file("c0").Hash}})
	if n := len(d.c.Material("identity").Files); n != MaxFiles-2 || !strings.HasPrefix(order(), "a3 d0 04") {
		t.Errorf("%d files after three were joined: %s", n, order())
	}
	d.ok(owner, Attach{Material: "identity", File: file("c0"), Replaces: file("04").Hash})
	bad := file("c1")
	bad.Original = "no hash"
	d.no(CodeFile, owner, Attach{Material: "identity", File: bad, Replaces: file("c0").Hash})
}

// refusal is the refusal of a command.
func (d *desk) refusal(by Actor, cmd Command) *Refusal {
	d.t.Helper()
	_, r := Decide(d.c, d.it, by, cmd, d.env())
	if r == nil {
		d.t.Fatalf("%s was accepted", cmd.Verb())
	}
	return r
}

func TestSubmittingWantsEveryNeededMaterial(t *testing.T) {
	d := newDesk(t)
	r := d.refusal(owner, Submit{})
	if r.Code != CodeMaterial || len(r.Fields) != 2 || r.Fields[0].Field != "material.identity" {
		t.Fatalf("refusal %+v", r)
	}
	d.ok(owner, Defer{"address", "王秀英"})
	d.ok(clerk, SeenPaper{"identity"})
	d.ok(owner, Submit{})
	// What only an unwanted part needs is not asked for.
	it := partsItem()
	it.Parts[1].When = condition(func(Facts) bool { return false })
	it.Materials = []Material{{ID: "tax", Need: Required, Parts: []PartID{"b"}}}
	newDeskOf(t, it).ok(owner, Submit{})
}

func TestTheCorrection(t *testing.T) {
	received := func() *desk { return in(t, PhaseReceived) }
	ask := func(points ...CorrectionPoint) Command { return RequestCorrection{Points: points} }
	t.Run("is asked for once, with everything at once", func(t *testing.T) {
		d := received()
		d.no(CodeCorrectionEmpty, clerk, ask())
		d.no(CodeWords, clerk, ask(CorrectionPoint{Field: "name"}))
		d.no(CodeNoSuchMaterial, clerk, ask(CorrectionPoint{Material: "none", Words: "x"}))
		d.no(CodeGround, clerk, ask(CorrectionPoint{Ground: "none", Words: "x"}))
		d.no(CodeForm, clerk, ask(CorrectionPoint{Field: strings.Repeat("x", 101), Words: "x"}))
		d.no(CodeTooMany, clerk, ask(slices.Repeat([]CorrectionPoint{{Words: "x"}}, MaxPoints+1)...))
		d.ok(clerk, ask(CorrectionPoint{Ground: "not-eligible", Words: "x"}))
		d.clock(ClockAcceptance, ClockStopped)
		d.ok(owner, Correct{})
		d.clock(ClockAcceptance, ClockRunning)
		d.no(CodeCorrectedOnce, clerk, ask(CorrectionPoint{Words: "还有"}))
		d.ok(clerk, Accept{})
	})
	t.Run("comes back only complete", func(t *testing.T) {
		d := in(t, PhaseCorrecting)
		d.ok(owner, Detach{"identity", file("ab").Hash})
		d.no(CodeMaterial, owner, Correct{})
		d.ok(owner, Attach{Material: "identity", File: file("cd")})
		d.ok(owner, Correct{})
	})
}

func TestCommitments(t *testing.T) {
	state := func(d *desk) string { return d.c.Commitments[len(d.c.Commitments)-1].State }
	running := func(t *testing.T, consequence Consequence) *desk {
		it := sampleItem()
		it.Materials[1].Deferral.Consequence = consequence
		d := newDeskOf(t, it)
		d.running()
		return d
	}
	t.Run("are signed once, for what may be deferred and is not there", func(t *testing.T) {
		d := newDesk(t)
		d.no(CodeNotDeferrable, owner, Defer{"identity", "王秀英"})
		d.no(CodeNoSuchMaterial, owner, Defer{"none", "王秀英"})
		d.no(CodeWords, owner, Defer{"address", ""})
		d.ok(owner, Defer{"address", "王秀英"})
		d.no(CodeExists, owner, Defer{"address", "王秀英"})
		d.ok(owner, Attach{Material: "address", File: file("ab")})
		if state(d) != CommitmentKept {
			t.Fatalf("the material is here, the promise %s", state(d))
		}
		d.no(CodeNotDeferrable, owner, Defer{"address", "王秀英"})
		d.ok(owner, Detach{"address", file("ab").Hash})
		d.ok(owner, Defer{"address", "王秀英"})
		d.ok(owner, Attach{Material: "identity", File: file("ab")})
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
		d.clock("commitment:address", ClockRunning)
	})
	t.Run("are kept by handing in, and the clock is met", func(t *testing.T) {
		d := running(t, ConsequenceRefuse)
		f := file("ef")
		d.no(CodeFile, owner, FulfilCommitment{Material: "address"})
		d.no(CodeNotYours, owner, FulfilCommitment{Material: "address", Paper: true})
		d.no(CodeExists, owner, FulfilCommitment{Material: "address", Files: []File{f, f}})
		d.no(CodeTooMany, owner, FulfilCommitment{Material: "address", Files: make([]File, MaxFiles+1)})
		d.no(CodeNoSuchCommitment, owner, FulfilCommitment{Material: "identity", Files: []File{f}})
		d.ok(owner, FulfilCommitment{Material: "address", Files: []File{f}})
		d.clock("commitment:address", ClockMet)
		if state(d) != CommitmentKept || d.c.Material("address").State != MaterialGiven {
			t.Fatalf("promise %s", state(d))
		}
		d.no(CodeNoSuchCommitment, clerk, BreakCommitment{"address", "不实"})
	})
	for _, test := range []struct {
		consequence Consequence
		granted     bool
		phase       Phase
	}{
		{ConsequenceRecord, false, PhaseRunning}, {ConsequenceRecord, true, PhaseRunning},
		{ConsequenceRefuse, false, PhaseRefused}, {ConsequenceRefuse, true, PhaseRunning},
		{ConsequenceRevoke, false, PhaseRefused}, {ConsequenceRevoke, true, PhaseRevoked},
	} {
		for _, lapse := range []bool{true, false} {
			t.Run(fmt.Sprintf("broken with %s, licence issued %t, by lapse %t", test.consequence, test.granted, lapse), func(t *testing.T) {
				d := running(t, test.consequence)
				if test.granted {
					d.ok(reviewer("market"), Grant{Task: d.task("register")})
				}
				if lapse {
					d.now = d.c.Clock("commitment:address").Due
					d.ok(system, Tick{})
					d.clock("commitment:address", ClockMissed)
				} else {
					d.ok(clerk, BreakCommitment{"address", "查明不实"})
					d.clock("commitment:address", ClockCancelled)
				}
				d.phase(test.phase)
				if state(d) != CommitmentBroken {
					t.Fatalf("promise %s", state(d))
				}
			})
		}
	}
	t.Run("are let go when the case comes to nothing", func(t *testing.T) {
		for _, phase := range []Phase{PhaseWithdrawn, PhaseDeclined, PhaseRefused, PhaseRevoked} {
			d := in(t, phase)
			k := d.c.Clock("commitment:address")
			if state(d) != CommitmentReleased || k != nil && k.State != ClockCancelled {
				t.Errorf("%s: promise %s, clock %+v", phase, state(d), k)
			}
		}
	})
}

func TestOpeningChecksWhoAsks(t *testing.T) {
	for name, change := range map[string]func(*Open){
		"applicant.kind":     func(o *Open) { o.Applicant.Kind = "ghost" },
		"applicant.name":     func(o *Open) { o.Applicant.Name = strings.Repeat("长", MaxName+1) },
		"applicant.document": func(o *Open) { o.Applicant.Document.No = "610502199001010012" },
		"applicant.phone":    func(o *Open) { o.Applicant.Phone = "1\n2" },
		"agent.document":     func(o *Open) { o.Agent.Document = ident.Document{Type: "whatever", No: "1"} },
		"agent.name":         func(o *Open) { o.Agent.Name = "" },
	} {
		agent := applicant
		open := Open{Channel: ChannelOnline, Applicant: applicant, Agent: &agent}
		change(&open)
		_, r := Decide(nil, sampleItem(), owner, open, newDesk(t).env())
		if r == nil || r.Code != CodeForm || len(r.Fields) != 1 || r.Fields[0].Field != name {
			t.Errorf("%s: %+v", name, r)
		}
	}
	d := newDesk(t)
	typed := applicant
	typed.Document.No = "6105 0219 9001 0100 11"
	dec, r := Decide(nil, d.it, owner, Open{Channel: ChannelOnline, Applicant: typed}, d.env())
	if r != nil || dec.Case.Applicant.Document.No != applicant.Document.No {
		t.Fatalf("%v", r)
	}
	if _, r := Decide(nil, d.it, clerk, Open{Channel: ChannelWindow, Applicant: applicant, Owner: strings.Repeat("x", MaxID+1)}, d.env()); r == nil {
		t.Error("an owner of any length")
	}
}

// No refusal says back what was sent, which may be personal data or somebody's markup, and no text is without bound.
func TestRefusalsDoNotEcho(t *testing.T) {
	const secret = "610502199001010011<script>"
	d := in(t, PhaseRunning)
	id := d.task("register")
	market := reviewer("market")
	bad := Post{Department: secret + "\n", Role: "r"}
	long := strings.Repeat(secret, 100)
	cmds := map[string][]Command{}
	give := func(by Actor, list ...Command) { cmds[by.ID] = list }
	give(market, Refuse{id, secret, "否"}, Refuse{id, "not-eligible", long}, Grant{Task: id, Words: long},
		Grant{Task: id, Data: []byte(`{"` + secret + `":1}`)}, Complete{Task: id, Outcome: secret}, SendBack{id, secret, "退"},
		TakeBack{secret, "收"}, StopClock{id, secret, wd(1), "停"}, StopClock{id, "appraisal", wd(1), long},
		HandOver{id, bad, "转"}, HandOver{id, post("tax"), long}, Delegate{Task: id, To: bad}, Delegate{Task: id, To: post("tax"), Ask: long},
		AddSigner{Task: id, Who: bad}, AskOpinion{Task: id, To: post("tax"), Ask: long, Within: wd(1)},
		AskOpinion{Task: id, To: bad, Ask: "?", Within: wd(1)})
	give(clerk, Note{long}, CopyTo{To: []Post{bad}}, CopyTo{To: []Post{post("tax")}, Ask: long}, SeenPaper{secret},
		BreakCommitment{secret, "x"}, BreakCommitment{"address", long}, FulfilCommitment{Material: secret, Paper: true})
	give(owner, Withdraw{long}, FulfilCommitment{Material: secret, Files: []File{file("ab")}}, Rate{Channel: secret, Level: 5},
		Rate{Channel: ChannelOnline, Level: 5, Words: long}, Rate{Channel: ChannelOnline, Level: 5, Tags: []string{long}},
		FulfilCommitment{Material: "address", Files: []File{{Hash: secret}}}, Attach{Material: secret, File: file("ab")}, SaveDraft{Data: []byte(long)})
	give(overseer, Supervise{bad, "x", wd(1), ""}, Supervise{post("tax"), long, wd(1), ""}, Note{"a\xff"}, Note{"a\x00"})
	give(chief, Extend{long}, Revoke{long, Basis{Law: "法"}}, Revoke{"x", Basis{Law: long}})
	give(system, Recount{Reason: long})
	for _, by := range everybody() {
		for _, cmd := range cmds[by.ID] {
			r := d.refusal(by, cmd)
			if data, _ := json.Marshal(r); strings.Contains(string(data), secret[:18]) || strings.Contains(r.Error(), secret[:18]) {
				t.Errorf("%s echoes: %s", cmd.Verb(), data)
			}
		}
		delete(cmds, by.ID)
	}
}

func TestNoCommandAddsTasksWithoutBound(t *testing.T) {
	d := signing(t, SignAll)
	tax := d.of("tax")
	for len(d.c.Tasks) < MaxTasks {
		d.c.Tasks = append(d.c.Tasks, Task{ID: len(d.c.Tasks) + 1, Kind: TaskCopy, State: TaskDone})
	}
	d.c.LastTask = MaxTasks
	for by, cmd := range map[string]Command{
		"r-tax":    AskOpinion{Task: tax, To: post("fire"), Ask: "?", Within: wd(1)},
		"r-police": AddSigner{Task: d.of("police"), Who: post("fire")},
		"s1":       Supervise{post("tax"), "快", wd(1), ""},
		"c1":       CopyTo{To: []Post{post("tax")}},
		"r-market": TakeBack{"draft", "收"},
	} {
		who := append(everybody(), reviewer("police"))
		d.no(CodeTooMany, who[slices.IndexFunc(who, func(a Actor) bool { return a.ID == by })], cmd)
	}
	d.no(CodeTooMany, reviewer("tax"), SendBack{tax, "draft", "退"})
}

// Nobody asks in somebody else's name but as their agent, with what they act on; and only where the item is offered.
func TestOpeningForWhom(t *testing.T) {
	other := Party{Kind: "person", Name: "李明", Document: ident.Document{Type: ident.DocResidentID, No: "610502198803120111"}}
	company := Party{Kind: "organisation", Name: "渭南秦东商贸有限公司", Document: ident.Document{Type: ident.DocCreditCode,
		No: string(ident.MakeCreditCode('9', '1', "610502", "MA00001A"))}}
	agent := applicant
	agent.Basis = BasisLetter
	as := func(p Party, a *Party) Open { return Open{Channel: ChannelOnline, Applicant: p, Agent: a} }
	named := func(p Party, name string) Party { p.Name = name; return p }
	for name, c := range map[string]struct {
		open         Open
		field, fault string
	}{
		"themself":                          {as(applicant, nil), "", ""},
		"somebody else as agent":            {as(other, &agent), "", ""},
		"a company as agent":                {as(company, &agent), "", ""},
		"somebody else without an agent":    {as(other, nil), "agent", "required"},
		"a company without an agent":        {as(company, nil), "agent", "required"},
		"themself under another name":       {as(named(applicant, "别人"), nil), "applicant.name", "self"},
		"somebody else by a third as agent": {as(company, &Party{Kind: "person", Name: "李明", Document: other.Document, Basis: BasisLetter}), "agent", "self"},
		"somebody else on no basis":         {as(other, &applicant), "agent.basis", "required"},
		"an organisation with an identity":  {as(Party{Kind: "organisation", Name: "公司", Document: applicant.Document}, &agent), "applicant.document", "doc.kind"},
		"a person with a credit code":       {as(Party{Kind: "person", Name: "王秀英", Document: company.Document}, &agent), "applicant.document", "doc.kind"},
		"somebody whose number is mistyped": {as(Party{Kind: "person", Name: "李明", Document: ident.Document{Type: ident.DocResidentID, No: "610502198803120112"}}, &agent), "applicant.document", "citizen.check"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{t: t, it: sampleItem(), now: monday}
			_, r := Decide(nil, d.it, owner, c.open, d.env())
			switch {
			case c.field == "" && r != nil:
				t.Fatal(r)
			case c.field != "" && (r == nil || r.Code != CodeForm || len(r.Fields) != 1 || r.Fields[0].Field != c.field || r.Fields[0].Code != c.fault):
				t.Fatalf("%+v, want %s %s", r, c.field, c.fault)
			case c.fault == "citizen.check" && r.Fields[0].Text.ZH == "":
				t.Fatal("a wrong number is not explained")
			}
		})
	}
	t.Run("where the item is offered", func(t *testing.T) {
		for region, want := range map[string]bool{"610500": true, "610502": true, "610581": true, "610802": false, "110000": false, "yangling": false} {
			d := &desk{t: t, it: sampleItem(), now: monday}
			d.it.Region = "610500"
			env := d.env()
			env.Region = region
			if _, r := Decide(nil, d.it, owner, as(applicant, nil), env); (r == nil) != want || r != nil && r.Code != CodeNotOffered {
				t.Errorf("%s: %v", region, r)
			}
			if got := Available(nil, d.it, owner, env); (len(got) > 0) != want {
				t.Errorf("%s: offered %v", region, got)
			}
		}
	})
}
