package caseflow

import (
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

// benchItem is opening a company: registration, its licence, then five departments at once, then one window.
func benchItem() *Item {
	it := sampleItem()
	it.Materials = nil
	it.Parts = []Part{{ID: "registration", Core: true}}
	within := rule("step", 1, EffectNone)
	it.Steps = []Step{{ID: "register", Kind: KindDecide, Part: "registration", By: post("market"), Within: &within},
		{ID: "licence", Kind: KindIssue, Part: "registration", Needs: []StepID{"register"},
			Result: &Result{Licence: "business-licence", Numbering: NumberCreditCode, Shows: []Datum{{Key: "name", From: "form.company.name"}}}}}
	deliver := Step{ID: "deliver", Kind: KindDeliver, By: Post{Department: "hall", Role: RoleClerk}}
	for _, dept := range []string{"tax", "police", "bank", "insurance", "fund"} {
		it.Parts = append(it.Parts, Part{ID: PartID(dept)})
		it.Steps = append(it.Steps, Step{ID: StepID(dept), Kind: KindDecide, Part: PartID(dept), Needs: []StepID{"licence"}, By: post(dept), Within: &within})
		deliver.Needs = append(deliver.Needs, StepID(dept))
	}
	it.Steps = append(it.Steps, deliver)
	return it
}

// completeCase opens, submits, accepts, decides six times with a claim each, delivers and rates: 20 commands.
func completeCase(b testing.TB, it *Item, cal *workday.Calendar, give func(c *Case, by Actor, cmd Command, env Env) *Case) *Case {
	env := Env{Now: monday, Calendar: cal, No: "610502-20261123-000001", Region: "610502", Serial: 7}
	var c *Case
	next := func(by Actor, cmd Command) {
		env.Now = env.Now.Add(time.Minute)
		c = give(c, by, cmd, env)
	}
	next(owner, Open{Channel: ChannelOnline, Applicant: applicant})
	for _, page := range []string{`{"company":{"name":"渭南秦东商贸有限公司","capital":1000000}}`, `{"people":[{"name":"王秀英"}]}`, `{"seal":{"count":3}}`} {
		next(owner, SaveDraft{Data: []byte(page)})
	}
	next(owner, Submit{})
	next(clerk, Accept{})
	for _, dept := range []string{"market", "tax", "police", "bank", "insurance", "fund"} {
		for i := range c.Tasks {
			if t := &c.Tasks[i]; t.By == post(dept) {
				next(reviewer(dept), Claim{t.ID})
				next(reviewer(dept), Grant{Task: i + 1})
				break
			}
		}
	}
	next(clerk, Deliver{c.LastTask, "window", "王秀英", ""})
	next(owner, Rate{Channel: ChannelOnline, Level: 5})
	if c.Phase != PhaseClosed {
		b.Fatalf("phase %s", c.Phase)
	}
	return c
}

// BenchmarkDecide is one command of a complete case of 20, on average.
func BenchmarkDecide(b *testing.B) {
	it, cal := benchItem(), workday.National()
	give := func(c *Case, by Actor, cmd Command, env Env) *Case {
		dec, r := Decide(c, it, by, cmd, env)
		if r != nil {
			b.Fatalf("%s: %v", cmd.Verb(), r)
		}
		return dec.Case
	}
	n := 0
	completeCase(b, it, cal, func(c *Case, by Actor, cmd Command, env Env) *Case { n++; return give(c, by, cmd, env) })
	b.ReportAllocs()
	for i := 0; i < b.N; i += n {
		completeCase(b, it, cal, give)
	}
}

// BenchmarkReplay applies the journal of the same case: what loading it costs without a snapshot.
func BenchmarkReplay(b *testing.B) {
	it, cal := benchItem(), workday.National()
	var list []Event
	completeCase(b, it, cal, func(c *Case, by Actor, cmd Command, env Env) *Case {
		dec, _ := Decide(c, it, by, cmd, env)
		list = append(list, dec.Events...)
		return dec.Case
	})
	data, err := EncodeEvents(list)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		events, err := DecodeEvents(data)
		if err != nil {
			b.Fatal(err)
		}
		c := &Case{}
		for _, e := range events {
			Apply(c, e, Meta{At: monday})
		}
	}
}
