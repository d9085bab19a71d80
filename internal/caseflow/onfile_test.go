package caseflow

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
)

// shopItem is the sample whose identity material a licence of one of two kinds stands for.
func shopItem() *Item {
	it := sampleItem()
	m := &it.Materials[0]
	m.Licences = []string{"food-permit", "business-licence"}
	m.Fills = []Fill{{Field: "form.shop.name", From: "holder"}, {Field: "form.shop.no", From: "no"}, {Field: "form.shop.until", From: "expires"},
		{Field: "form.shop.since", From: "issued"}, {Field: "form.shop.place", From: "shows.place"}, {Field: "form.shop.none", From: "shows.nothing"}}
	it.Materials = it.Materials[:1]
	return it
}

func foodPermit() Held {
	return Held{No: "JY1", Kind: "food-permit", State: LicenceValid, Region: "610900", Case: "610900-20250101-000001", Item: "food", Department: "health",
		Name: Text{ZH: "食品经营许可证"}, Holder: "王秀英", Issued: time.Date(2025, 1, 1, 1, 0, 0, 0, time.UTC), Expires: workday.NewDate(2026, 12, 1),
		Data: json.RawMessage(`{"place":"城关镇 1 号"}`)}
}

// shop is the draft of somebody who holds the licences.
func shop(t testing.TB, by Actor, open Open, held ...Held) *desk {
	d := &desk{t: t, it: shopItem(), now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), held: held}
	open.Item, open.Applicant = "company-open", applicant
	d.ok(by, open)
	return d
}

func TestALicenceThatIsHereStandsForAMaterial(t *testing.T) {
	d := shop(t, owner, Open{Channel: ChannelOnline}, foodPermit())
	s := d.c.Material("identity")
	want := OnFile{No: "JY1", Kind: "food-permit", Name: Text{ZH: "食品经营许可证"}, Region: "610900", Case: "610900-20250101-000001", Item: "food",
		Department: "health", Issued: foodPermit().Issued, Expires: foodPermit().Expires, Checked: d.now}
	if s.State != MaterialGiven || s.OnFile == nil || *s.OnFile != want {
		t.Fatalf("the material is %s, by %+v", s.State, s.OnFile)
	}
	if got, want := string(d.c.Form), `{"shop":{"name":"王秀英","no":"JY1","place":"城关镇 1 号","since":"2025-01-01","until":"2026-12-01"}}`; got != want {
		t.Errorf("filled in: %s, want %s", got, want)
	}
	checked := func(by Actor, cmd Command) {
		t.Helper()
		d.now = d.now.Add(time.Hour)
		if list := d.last(by, cmd); !slices.Contains(list, Event(LicenceChecked{"identity", "JY1"})) || !d.c.Material("identity").OnFile.Checked.Equal(d.now) {
			t.Errorf("%s does not look it up again: %v", cmd.Verb(), list)
		}
	}
	checked(owner, Submit{})
	d.ok(clerk, RequestCorrection{Points: []CorrectionPoint{{Words: "请补正"}}})
	checked(owner, Correct{})
	checked(clerk, Accept{})
}

func TestALicenceThatIsNoMoreStandsForNothing(t *testing.T) {
	for name, ends := range map[string]func(*Held){
		"revoked": func(h *Held) { h.State = LicenceRevoked }, "cancelled": func(h *Held) { h.State = LicenceCancelled },
		"expired": func(h *Held) { h.Expires = workday.NewDate(2026, 11, 22) }, "of another kind": func(h *Held) { h.Kind = "seal" },
		"granted by another case": func(h *Held) { h.Case = "610900-20250101-000009" },
	} {
		t.Run(name, func(t *testing.T) {
			gone := foodPermit()
			ends(&gone)
			d := shop(t, owner, Open{Channel: ChannelOnline}, foodPermit())
			d.held = []Held{gone}
			if r := d.refusal(owner, Submit{}); r.Code != CodeLicenceGone || len(r.Fields) != 1 || r.Fields[0].Field != "material.identity" {
				t.Errorf("submit: %v", r)
			}
			d.held = []Held{foodPermit()}
			d.ok(owner, Submit{})
			d.held = nil
			d.no(CodeLicenceGone, clerk, Accept{})
			d.ok(clerk, RequestCorrection{Points: []CorrectionPoint{{Material: "identity", Words: "许可证已经失效"}}})
			d.no(CodeLicenceGone, owner, Correct{})
			d.ok(owner, UseLicence{Material: "identity"})
			d.no(CodeMaterial, owner, Correct{})
			d.ok(owner, Attach{Material: "identity", File: file("ab")})
			d.ok(owner, Correct{})
			d.ok(clerk, Accept{})
			if name != "granted by another case" {
				if s := shop(t, owner, Open{Channel: ChannelOnline}, gone).c.Material("identity"); s.State != MaterialMissing {
					t.Errorf("it stands for the material: %+v", s.OnFile)
				}
			}
		})
	}
	t.Run("until the end of its last day", func(t *testing.T) {
		last := foodPermit()
		last.Expires = workday.NewDate(2026, 11, 23)
		if s := shop(t, owner, Open{Channel: ChannelOnline}, last).c.Material("identity"); s.OnFile == nil {
			t.Error("it stands for nothing on its last day")
		}
	})
	t.Run("but does not stand in the way where the material is not asked for", func(t *testing.T) {
		d := shop(t, owner, Open{Channel: ChannelOnline}, foodPermit())
		d.held, d.it.Materials[0].When = nil, condition(func(Facts) bool { return false })
		d.ok(owner, Submit{})
		d.ok(clerk, Accept{})
	})
}

func TestUsingALicence(t *testing.T) {
	d := shop(t, owner, Open{Channel: ChannelOnline})
	d.ok(owner, SaveDraft{Data: []byte(`{"shop":{"name":"我填的","until":""}}`)})
	d.no(CodeLicenceGone, owner, UseLicence{Material: "identity", No: "JY1"})
	d.no(CodeNoSuchMaterial, owner, UseLicence{Material: "none", No: "JY1"})
	d.no(CodeNoSuchMaterial, owner, UseLicence{Material: "identity"})
	d.held = []Held{foodPermit()}
	d.ok(owner, UseLicence{Material: "identity", No: "JY1"})
	d.no(CodeExists, owner, UseLicence{Material: "identity", No: "JY1"})
	if got, want := string(d.c.Form), `{"shop":{"name":"我填的","no":"JY1","place":"城关镇 1 号","since":"2025-01-01","until":"2026-12-01"}}`; got != want {
		t.Errorf("filled in: %s, want %s: what was typed stays", got, want)
	}
	d.ok(owner, Attach{Material: "identity", File: file("ab")})
	d.ok(owner, UseLicence{Material: "identity"})
	if s := d.c.Material("identity"); s.State != MaterialGiven || s.OnFile != nil {
		t.Errorf("with a file, without the licence: %+v", s)
	}
	d.ok(owner, UseLicence{Material: "identity", No: "JY1"})
	d.ok(owner, Detach{Material: "identity", Hash: file("ab").Hash})
	if s := d.c.Material("identity"); s.State != MaterialGiven {
		t.Errorf("with the licence, without the file: %+v", s)
	}
	d.ok(owner, UseLicence{Material: "identity"})
	if s := d.c.Material("identity"); s.State != MaterialMissing {
		t.Errorf("with neither: %+v", s)
	}
}

// Which licences somebody holds is not for everybody who knows the number of their document.
func TestLicencesAreUsedForTheirHolderAlone(t *testing.T) {
	unseen, agent, legal := owner, owner, owner
	unseen.Verified = false
	agent.Document.No, agent.Name = stranger.Document.No, stranger.Name
	company := foodPermit()
	for name, x := range map[string]struct {
		by   Actor
		open Open
		want bool
	}{
		"the applicant":                         {owner, Open{Channel: ChannelOnline}, true},
		"somebody whose papers nobody has seen": {unseen, Open{Channel: ChannelOnline}, false},
		"an agent by letter":                    {agent, Open{Channel: ChannelOnline, Agent: &Party{Kind: "person", Name: stranger.Name, Document: stranger.Document, Basis: BasisLetter}}, false},
		"a clerk at the window":                 {clerk, Open{Channel: ChannelWindow}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := shop(t, x.by, x.open, company)
			if got := d.c.Material("identity").OnFile != nil; got != x.want {
				t.Errorf("used: %t, want %t", got, x.want)
			}
			if !x.want {
				d.no(CodeNotYours, x.by, UseLicence{Material: "identity", No: "JY1"})
			}
		})
	}
	c := &Case{Owner: CompanyOwner("A")}
	c.Applicant.Document.No = "B"
	legal.For = c.Owner
	if c.ShowsLicences(legal) {
		t.Error("one company learns what another holds")
	}
	if c.Applicant.Document.No = "A"; !c.ShowsLicences(legal) {
		t.Error("a company does not learn what it holds")
	}
}

// A part whose condition cannot be told is in doubt at acceptance, also where a licence stands for a material.
func TestALicenceOnFileLocksNoCaseInDoubt(t *testing.T) {
	d := newDesk(t)
	d.it.Materials[0].Licences = []string{"food-permit"}
	d.held = []Held{foodPermit()}
	d.fill()
	d.ok(owner, UseLicence{Material: d.it.Materials[0].ID, No: foodPermit().No})
	d.ok(owner, Submit{})
	d.it.Parts[1].When = broken{} // as a rule that reads what came in since
	d.ok(clerk, Accept{})
	d.phase(PhaseRunning)
}
