package hall_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// The companies of the tests.
var (
	codeA = string(ident.MakeCreditCode('9', '1', "610502", "MA6TE1TA"))
	codeB = string(ident.MakeCreditCode('9', '1', "610502", "MA6TE1TB"))
	firmA = caseflow.CompanyOwner(codeA)
	firmB = caseflow.CompanyOwner(codeB)
)

func person(id, name string, n int) caseflow.Actor {
	return caseflow.Actor{ID: id, Kind: caseflow.ActorCitizen, Name: name, Document: ident.Document{
		Type: ident.DocResidentID, No: string(ident.MakeCitizenID("610502", 1985, 2, n, 21))}}
}

var (
	boss   = person("u-boss", "赵国强", 1)
	rival  = person("u-rival", "钱进", 2)
	agent  = person("u-agent", "孙丽", 3)
	second = person("u-second", "周敏", 4)
	clerks = official("o-clerk", "hall", caseflow.RoleClerk)
)

// firm makes somebody the legal representative of a company.
func firm(t testing.TB, h *hall.Hall, by caseflow.Actor, name, code string) {
	t.Helper()
	account := &store.Account{ID: by.ID, Name: by.Name}
	if _, err := h.RecordLegal(t.Context(), clerks, region, account, hall.Company{Name: name, Code: code}, "核验营业执照和身份证"); err != nil {
		t.Fatal(err)
	}
}

// year is a period from today on.
var year = hall.Giving{Until: workday.NewDate(2027, 11, 22)}

// authorised lets an agent act for an owner.
func authorised(t testing.TB, h *hall.Hall, by caseflow.Actor, owner string, to caseflow.Actor, items ...caseflow.ItemID) string {
	t.Helper()
	g := year
	g.Agent, g.Items = to.Name, items
	m, code, err := h.Give(t.Context(), by, "", owner, g)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Accept(t.Context(), to, code); err != nil {
		t.Fatal(err)
	}
	return m.ID
}

// opens opens a case of an item for an owner.
func opens(t testing.TB, h *hall.Hall, by caseflow.Actor, owner string, item caseflow.ItemID) (store.Key, error) {
	t.Helper()
	cmd := caseflow.Open{Item: item, Channel: caseflow.ChannelOnline, Owner: owner,
		Applicant: caseflow.Party{Kind: "person", Name: by.Name, Document: by.Document, Phone: "13800138000"}}
	r, err := h.Do(t.Context(), by, "", store.Key{Region: region}, cmd)
	return store.Key{Region: region, Case: r.Case}, err
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// nothing fails unless the actor sees nothing of a case or of its owner's space, and can do nothing.
func nothing(t testing.TB, h *hall.Hall, by caseflow.Actor, owner string, key store.Key) {
	t.Helper()
	_, err1 := h.View(t.Context(), by, key, "", "")
	_, err2 := h.Do(t.Context(), by, "", key, caseflow.SaveDraft{Data: []byte(`{"a":1}`)})
	_, err3 := h.History(t.Context(), by, key)
	_, err4 := h.Looks(t.Context(), by, key)
	for i, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("%s and case %s, %d: %v", by.ID, key.Case, i, err)
		}
	}
	rows, _, err := h.Cases(t.Context(), by, store.CaseQuery{Region: region, Owner: owner})
	for _, r := range rows {
		if r.Case == key.Case {
			t.Errorf("%s lists %s", by.ID, key.Case)
		}
	}
	if err != nil && !errors.Is(err, hall.ErrNotFound) {
		t.Error(err)
	}
}

// closed fails unless an owner's space is closed to the actor.
func closed(t testing.TB, h *hall.Hall, by caseflow.Actor, owner string) {
	t.Helper()
	_, _, err1 := h.Cases(t.Context(), by, store.CaseQuery{Region: region, Owner: owner})
	_, _, err2 := h.Messages(t.Context(), by, owner, store.MessageQuery{Region: region})
	_, err3 := h.Licences(t.Context(), by, owner, region)
	_, _, err4 := h.Given(t.Context(), by, owner, "", 0)
	_, _, err5 := h.Give(t.Context(), by, "", owner, hall.Giving{Agent: "李建国", Until: year.Until})
	_, err6 := opens(t, h, by, owner, "permit")
	for i, err := range []error{err1, err2, err3, err4, err5, err6} {
		if !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("space of %s and %s, %d: %v", owner, by.ID, i, err)
		}
	}
}

func code(err error) string {
	if r, ok := errors.AsType[*caseflow.Refusal](err); ok {
		return r.Code
	}
	return fmt.Sprint(err)
}

func TestAnAgentActsAndTheCaseIsTheCompanys(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := serverOf(t, st, monday(), permits())
		firm(t, h, boss, "渭南市华山客栈有限公司", codeA)
		firm(t, h, rival, "渭南市秦东茶舍有限公司", codeB)
		id := authorised(t, h, boss, firmA, agent, "permit")
		authorised(t, h, boss, firmA, second, "permit", "renewal")
		authorised(t, h, rival, firmB, other)

		key := must[store.Key](t)(opens(t, h, agent, firmA, "permit"))
		c := seen(t, h, key)
		if c.Owner != firmA || c.Applicant.Name != "渭南市华山客栈有限公司" || c.Applicant.Document.No != codeA || c.Agent == nil || c.Agent.Name != agent.Name ||
			c.Agent.Basis != caseflow.BasisLetter {
			t.Fatalf("owner %s, asked by %+v with %+v", c.Owner, c.Applicant, c.Agent)
		}
		do(t, h, agent, key, caseflow.SaveDraft{Data: []byte(`{"child":"小明"}`)})
		do(t, h, second, key, caseflow.SaveDraft{Data: []byte(`{"child":"小红"}`)}) // goes on with it
		do(t, h, boss, key, caseflow.Submit{})
		for i, e := range must[[]hall.Entry](t)(h.History(t.Context(), boss, key)) {
			want := []caseflow.Stamp{agent.Stamp(), agent.Stamp(), second.Stamp(), boss.Stamp()}[i]
			want.For = firmA
			if e.Actor != want {
				t.Errorf("entry %d is by %+v, want %+v", e.No, e.Actor, want)
			}
		}
		renewal := must[store.Key](t)(opens(t, h, second, firmA, "renewal"))
		if c := seen(t, h, must[store.Key](t)(opens(t, h, boss, firmA, "permit"))); c.Agent.Basis != caseflow.BasisRepresentative {
			t.Errorf("the legal representative acts on %s", c.Agent.Basis)
		}
		nothing(t, h, agent, firmA, renewal) // not in the mandate
		if _, err := opens(t, h, agent, firmA, "renewal"); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("an item that is not in the mandate: %v", err)
		}
		for _, stranger := range []caseflow.Actor{other, rival, citizen} {
			nothing(t, h, stranger, firmB, key)
			closed(t, h, stranger, firmA)
		}
		closed(t, h, agent, firmB)
		if _, _, err := h.Given(t.Context(), agent, firmA, "", 0); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("an agent reads whom the company lets act: %v", err)
		}
		if err := h.End(t.Context(), rival, id, ""); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("another company takes it back: %v", err)
		}

		if err := h.End(t.Context(), boss, id, "换人"); err != nil {
			t.Fatal(err)
		}
		nothing(t, h, agent, firmA, key)
		closed(t, h, agent, firmA)
		if err := h.End(t.Context(), boss, id, ""); code(err) != caseflow.CodeMandateEnded {
			t.Errorf("taken back again: %v", err)
		}
		if _, err := h.View(t.Context(), second, key, "", ""); err != nil {
			t.Errorf("the other agent: %v", err)
		}
	})
}

// The period is judged by the instant of the command.
func TestAMandateHoldsFromItsFirstDayToItsLast(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := serverOf(t, st, c, permits())
		firm(t, h, boss, "华山客栈", codeA)
		g := hall.Giving{Agent: agent.Name, From: workday.NewDate(2026, 12, 1), Until: workday.NewDate(2026, 12, 2)}
		_, invitation, err := h.Give(t.Context(), boss, "", firmA, g)
		if err != nil {
			t.Fatal(err)
		}
		must[*store.Mandate](t)(h.Accept(t.Context(), agent, invitation))
		closed(t, h, agent, firmA)
		c.Set(g.From.Start().Add(-time.Microsecond))
		closed(t, h, agent, firmA)
		c.Set(g.From.Start())
		key := must[store.Key](t)(opens(t, h, agent, firmA, "permit"))
		c.Set(g.Until.End().Add(-time.Microsecond))
		do(t, h, agent, key, caseflow.SaveDraft{Data: []byte(`{"child":"小明"}`)})
		c.Set(g.Until.End())
		nothing(t, h, agent, firmA, key)
		closed(t, h, agent, firmA)
		do(t, h, boss, key, caseflow.Submit{}) // the draft stayed with the company
	})
}

// Nothing that an agent does is written once the taking back of the mandate has been acknowledged, however many commands are
// under way.
func TestTakingBackGoesBeforeWhateverIsUnderWay(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		servers := []*hall.Hall{serverOf(t, st, monday(), permits()), serverOf(t, st, monday(), permits())}
		h := servers[0]
		firm(t, h, boss, "华山客栈", codeA)
		for range 5 {
			id := authorised(t, h, boss, firmA, agent)
			var keys []store.Key
			for range 3 {
				keys = append(keys, must[store.Key](t)(opens(t, h, agent, firmA, "permit")))
			}
			count := func() (n int) {
				for _, key := range keys {
					n += len(must[[]store.Entry](t)(st.Entries(t.Context(), key, 0, 0)))
				}
				return n
			}
			var busy sync.WaitGroup
			began := make(chan struct{}, 100)
			for i := range 6 {
				busy.Go(func() {
					for n := 0; ; n++ {
						_, err := servers[i%2].Do(t.Context(), agent, "", keys[i%3], caseflow.SaveDraft{Data: fmt.Appendf(nil, `{"n":"%d-%d"}`, i, n)})
						if n == 0 {
							began <- struct{}{}
						}
						if errors.Is(err, hall.ErrNotFound) {
							return
						}
						if err != nil && !errors.Is(err, store.ErrBusy) {
							t.Error(err)
							return
						}
					}
				})
			}
			for range 6 {
				<-began
			}
			if err := h.End(t.Context(), boss, id, ""); err != nil {
				t.Fatal(err)
			}
			after := count()
			busy.Wait()
			if n := count(); n != after {
				t.Fatalf("%d entries came after the mandate was taken back", n-after)
			}
		}
	})
}

func TestAnInvitationIsForOnePersonOnceInTime(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		h := serverOf(t, st, c, permits())
		g := year
		g.Agent = agent.Name
		give := func() (*store.Mandate, string) {
			m, invitation, err := h.Give(t.Context(), boss, "", "", g)
			if err != nil {
				t.Fatal(err)
			}
			return m, invitation
		}
		refused := func(what string, by caseflow.Actor, invitation string) {
			t.Helper()
			if _, err := h.Accept(t.Context(), by, invitation); code(err) != caseflow.CodeInvitation {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, invitation := give()
		refused("no such code", agent, "ABCD-ABCD-ABCD-ABCD")
		refused("somebody else", second, invitation)
		typed := " " + invitation[:4] + "　" + invitation[5:] + " " // as people copy it
		must[*store.Mandate](t)(h.Accept(t.Context(), agent, typed))
		refused("again", agent, invitation)
		m, back := give()
		if err := h.End(t.Context(), boss, m.ID, ""); err != nil {
			t.Fatal(err)
		}
		refused("taken back before", agent, back)
		_, late := give()
		c.Add(hall.InvitationDays * 24 * time.Hour)
		refused("late", agent, late)
		if _, err := h.Accept(t.Context(), clerk, late); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("an official: %v", err)
		}
		for field, bad := range map[string]hall.Giving{
			caseflow.CodeMandatePeriod: {Agent: agent.Name, Until: workday.NewDate(2026, 11, 1)},
			caseflow.CodeForm:          {Agent: "<script>", Until: year.Until},
			caseflow.CodeMandateItems:  {Agent: agent.Name, Until: year.Until, Items: []caseflow.ItemID{"burn"}},
		} {
			bad.Until = max(bad.Until, 1)
			if field != caseflow.CodeMandatePeriod {
				bad.Until = year.Until + 30
			}
			if _, _, err := h.Give(t.Context(), boss, "", "", bad); code(err) != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if _, _, err := h.Give(t.Context(), boss, "", "", hall.Giving{Agent: agent.Name, Until: workday.NewDate(2032, 1, 1)}); code(err) != caseflow.CodeMandatePeriod {
			t.Errorf("for more than five years: %v", err)
		}
	})
}

// A person lets a relative act in their own matters (授权代办), and the relative lays it down.
func TestAPersonLetsARelativeAct(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := serverOf(t, st, monday(), permits())
		own := must[store.Key](t)(opens(t, h, boss, "", "permit"))
		nothing(t, h, agent, boss.ID, own)
		id := authorised(t, h, boss, "", agent, "permit")
		key := must[store.Key](t)(opens(t, h, agent, boss.ID, "permit"))
		if c := seen(t, h, key); c.Owner != boss.ID || c.Applicant.Name != boss.Name || c.Applicant.Document != boss.Document || c.Agent.Name != agent.Name {
			t.Errorf("owner %s, asked by %+v with %+v", c.Owner, c.Applicant, c.Agent)
		}
		do(t, h, agent, own, caseflow.SaveDraft{Data: []byte(`{"child":"小明"}`)})
		if _, err := h.Looks(t.Context(), agent, own); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("an agent reads who looked at the principal's data: %v", err)
		}
		rows, _, err := h.Cases(t.Context(), agent, store.CaseQuery{Region: region})
		if err != nil || len(rows) != 0 {
			t.Errorf("what is the principal's is among the agent's own: %v %v", rows, err)
		}
		if err := h.End(t.Context(), agent, id, "没有时间"); err != nil {
			t.Fatal(err)
		}
		nothing(t, h, agent, boss.ID, key)
		closed(t, h, agent, boss.ID)
		list, _, err := h.Given(t.Context(), boss, "", "", 0)
		if err != nil || len(list) != 1 || list[0].History[2].What != store.MandateLaidDown || list[0].History[2].Words != "没有时间" {
			t.Errorf("the history is %+v, %v", list, err)
		}
	})
}

// companyItem opens a company whose legal representative stands in the form, with a licence for so many days.
func companyItem(days int) *caseflow.Item {
	it := sample()
	it.Parts, it.Materials = nil, nil
	it.Persons = []caseflow.Person{{ID: caseflow.PersonLegal, Fields: caseflow.PersonFields{Name: "legal.name", DocNo: "legal.docNo"}}}
	it.Steps = []caseflow.Step{
		{ID: "decide", Kind: caseflow.KindDecide, By: caseflow.Post{Department: "market", Role: caseflow.RoleReviewer}},
		{ID: "licence", Kind: caseflow.KindIssue, Needs: []caseflow.StepID{"decide"}, Result: &caseflow.Result{Licence: "business-licence", Numbering: caseflow.NumberCreditCode}},
		{ID: "food", Kind: caseflow.KindIssue, Needs: []caseflow.StepID{"licence"}, Result: &caseflow.Result{Licence: "food-permit", Numbering: "serial",
			Valid: &workday.Limit{N: days, Unit: workday.Day}}},
	}
	return it
}

// opened opens a company with a legal representative and returns its case and credit code.
func opened(t testing.TB, h *hall.Hall, legal caseflow.Actor) (store.Key, string) {
	t.Helper()
	key := begin(t, h, region, "")
	do(t, h, citizen, key, caseflow.SaveDraft{Data: fmt.Appendf(nil, `{"legal":{"name":%q,"docNo":%q}}`, legal.Name, legal.Document.No)})
	do(t, h, citizen, key, caseflow.Submit{})
	do(t, h, clerk, key, caseflow.Accept{})
	do(t, h, market, key, caseflow.Grant{Task: task(t, h, key, "decide")})
	return key, seen(t, h, key).Licences[0].No
}

func TestTheLegalRepresentativeIsWhoTheLicenceNamesOrAWindowRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := serverOf(t, st, monday(), pair{"company-open": companyItem(400)})
		key, no := opened(t, h, boss)
		owner := caseflow.CompanyOwner(no)
		claim := func(by caseflow.Actor, verified bool) error {
			by.Verified = verified
			_, err := h.Claim(t.Context(), by, region, no)
			return err
		}
		if err := claim(boss, false); code(err) != caseflow.CodeNotLegal {
			t.Errorf("a number that nobody has checked: %v", err)
		}
		if err := claim(rival, true); code(err) != caseflow.CodeNotLegal {
			t.Errorf("somebody else: %v", err)
		}
		if err := errors.Join(claim(boss, true), claim(boss, true)); err != nil {
			t.Fatal(err)
		}
		held := must[[]hall.Licensed](t)(h.Licences(t.Context(), boss, owner, region))
		if len(held) != 2 || held[0].Row != nil || held[0].Case != key {
			t.Errorf("the company holds %+v", held)
		}
		authorised(t, h, boss, owner, agent)
		if _, err := h.RecordLegal(t.Context(), market, region, &store.Account{ID: rival.ID, Name: rival.Name}, hall.Company{Name: "华山", Code: no}, "变更"); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("a reviewer records it: %v", err)
		}
		if _, err := h.RecordLegal(t.Context(), clerks, region, &store.Account{ID: rival.ID, Name: rival.Name}, hall.Company{Name: "华山", Code: no}, " "); code(err) != caseflow.CodeForm {
			t.Errorf("without a reason: %v", err)
		}
		firm(t, h, rival, "华山", no)
		closed(t, h, boss, owner)
		if err := claim(boss, true); code(err) != caseflow.CodeNotLegal {
			t.Errorf("the one before claims it again: %v", err)
		}
		if _, err := h.Space(t.Context(), agent, owner); err != nil {
			t.Errorf("an agent acts for the company, not for a person: %v", err)
		}
		if sp, err := h.Space(t.Context(), rival, owner); err != nil || !sp.Legal {
			t.Errorf("the new one: %+v, %v", sp, err)
		}
	})
}

// Each reminder comes once, to whoever asked for the licence and to the company; after downtime the one that is still of use.
func TestAHolderIsRemindedBeforeALicenceExpires(t *testing.T) {
	type stop struct{ before, want int }
	for name, stops := range map[string][]stop{
		"served all the time":                {{61, 0}, {60, 1}, {59, 1}, {31, 1}, {30, 2}, {29, 2}, {1, 2}, {-1, 2}},
		"away for the first":                 {{61, 0}, {40, 1}, {30, 2}, {1, 2}},
		"away for both":                      {{61, 0}, {20, 1}, {1, 1}, {-1, 1}},
		"away for both and until it expired": {{61, 0}, {-5, 1}, {-6, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, st store.Store) {
				c := monday()
				h := serverOf(t, st, c, pair{"company-open": companyItem(100)})
				key, no := opened(t, h, boss)
				expires := seen(t, h, key).Licences[1].Expires
				for _, s := range stops {
					c.Set((expires - workday.Date(s.before)).Start())
					for range 2 {
						must[int](t)(h.RunClocks(t.Context()))
					}
					for _, recipient := range []string{citizen.ID, caseflow.CompanyOwner(no), "13800138000"} {
						list, _, err := st.Messages(t.Context(), store.MessageQuery{Region: region, Recipients: []string{recipient}, Limit: 100})
						if err != nil {
							t.Fatal(err)
						}
						list = slices.DeleteFunc(list, func(m store.Message) bool { return m.Template != "licence-expiring" })
						if len(list) != s.want {
							t.Errorf("%d days before, %s has %d reminders, want %d", s.before, recipient, len(list), s.want)
						}
					}
				}
			})
		})
	}
}

// An agent reads the company's messages of the own items, and reads them for all.
func TestMessagesOfASpaceAreThoseOfTheMandate(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := serverOf(t, st, monday(), permits())
		firm(t, h, boss, "华山客栈", codeA)
		authorised(t, h, boss, firmA, agent, "permit")
		permit := must[store.Key](t)(opens(t, h, boss, firmA, "permit"))
		renewal := must[store.Key](t)(opens(t, h, boss, firmA, "renewal"))
		do(t, h, boss, renewal, caseflow.SaveDraft{Data: []byte(`{"no":"1","expires":"2027-03-01"}`)})
		do(t, h, boss, permit, caseflow.Submit{})
		do(t, h, boss, renewal, caseflow.Submit{})
		unread := func(by caseflow.Actor) []store.Message {
			t.Helper()
			list, _, err := h.Messages(t.Context(), by, firmA, store.MessageQuery{Region: region, Unread: true})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		all := unread(boss)
		if len(all) != 2 || len(unread(agent)) != 1 || unread(agent)[0].Case != permit.Case {
			t.Fatalf("%d messages, of which the agent reads %v", len(all), unread(agent))
		}
		for _, m := range all {
			if err := h.ReadMessage(t.Context(), agent, m.MessageKey); (err == nil) != (m.Case == permit.Case) {
				t.Errorf("the agent marks a message of %s: %v", m.Case, err)
			}
			if err := h.ReadMessage(t.Context(), rival, m.MessageKey); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("a stranger marks it: %v", err)
			}
		}
		if left := unread(boss); len(left) != 1 || left[0].Case != renewal.Case {
			t.Errorf("left to be read: %v", left)
		}
		if err := h.ReadMessages(t.Context(), boss, firmA, region); err != nil || len(unread(boss)) != 0 {
			t.Errorf("%v, %d are left", err, len(unread(boss)))
		}
	})
}

// A double click, on either of two servers, makes one invitation, and both answers show it.
func TestARequestSentTwiceMakesOneMandate(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		servers := []*hall.Hall{serverOf(t, st, c, permits()), serverOf(t, st, c, permits())}
		firm(t, servers[0], boss, "华山客栈", codeA)
		g := year
		g.Agent = agent.Name
		codes := make([]string, 6)
		var group sync.WaitGroup
		for i := range codes {
			group.Go(func() {
				_, code, err := servers[i%2].Give(t.Context(), boss, "one-click", firmA, g)
				if err != nil {
					t.Errorf("click %d: %v", i, err)
				}
				codes[i] = code
			})
		}
		group.Wait()
		h := servers[0]
		if all := slices.Compact(codes); len(all) != 1 || all[0] == "" {
			t.Fatalf("invitations: %q", all)
		}
		if list, _, err := h.Given(t.Context(), boss, firmA, "", 0); err != nil || len(list) != 2 { // that of the representative, and this
			t.Fatalf("%d mandates, %v", len(list), err)
		}
		other := g
		other.Agent = second.Name
		if _, _, err := h.Give(t.Context(), boss, "one-click", firmA, other); !errors.Is(err, hall.ErrOtherBody) {
			t.Errorf("another mandate by the same request: %v", err)
		}
		if _, _, err := h.Give(t.Context(), boss, "一次", firmA, g); !errors.Is(err, hall.ErrBadRequest) {
			t.Errorf("a request id that is none: %v", err)
		}
		if _, _, err := h.Give(t.Context(), boss, "one-click", "", g); !errors.Is(err, hall.ErrOtherBody) {
			t.Errorf("for another principal by the same request: %v", err)
		}
		if _, code, err := h.Give(t.Context(), boss, "", firmA, g); err != nil || code == codes[0] {
			t.Errorf("without a request id it is another: %v", err)
		}
		if _, code, err := h.Give(t.Context(), rival, "one-click", "", g); err != nil || code == codes[0] {
			t.Errorf("the same id of another account: %v", err)
		}
		if _, err := h.Accept(t.Context(), agent, codes[0]); err != nil {
			t.Fatal(err)
		}
		c.Add(time.Minute)
		m, code, err := h.Give(t.Context(), boss, "one-click", firmA, g)
		if err != nil || code != "" || m.State != store.MandateActive {
			t.Errorf("repeated after it was accepted: %v, %v", m, err)
		}
	})
}
