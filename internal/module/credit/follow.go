package credit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// What cases tell comes from the log: its places put the entries of all cases into one order, and the place up to which they were
// carried out is written in the transaction that carries them out. So each entry counts once, whichever server sees it and whoever
// dies on the way, and no case is asked for in vain.

// placesAtOnce is how many places of the log are carried out together.
const placesAtOnce = 500

// errOvertaken: another server has carried out the same places.
var errOvertaken = errors.New("credit: another server was first")

// fromCases is the source of the batches of records that cases tell of; their records name the department.
const fromCases = "cases"

// itemKindLicence is the kind of item whose results are administrative licences (行政许可法 art. 2).
const itemKindLicence = "licensing"

// follow carries out what has happened to cases since the last time.
func (m *Module) follow(ctx context.Context) error {
	for {
		var from int64
		if err := m.st.Read(ctx, store.Into(&from), "SELECT place FROM credit_feed WHERE name = ?", fromCases); err != nil {
			return err
		}
		list, next, err := m.hall.Follow(ctx, hall.System, from, placesAtOnce)
		if err != nil || next == from {
			return err
		}
		told := make(map[string]*told)
		for i := range list {
			if err := m.hear(ctx, told, &list[i]); err != nil {
				return err
			}
		}
		err = m.st.Update(ctx, func(w store.Writer) error { return m.carryOut(w, told, from, next) })
		if err != nil && !errors.Is(err, errOvertaken) {
			return err
		}
	}
}

// told is what a register is told by some entries.
type told struct {
	records  []entry
	requests []asking
}

// hear takes from an entry what concerns a register.
func (m *Module) hear(ctx context.Context, all map[string]*told, h *hall.Happened) error {
	if !slices.ContainsFunc(h.Decoded, matters) {
		return nil
	}
	m.hall.Yield(ctx)
	v, err := m.hall.View(ctx, hall.System, h.Key, "credit", "")
	if err != nil {
		return fmt.Errorf("case %s: %w", h.Case, err)
	}
	party, firm := partyOf(v.Case), Subject{}
	if party == "" {
		firm = foundedBy(v.Case)
		party = firm.Party
	}
	if party == "" {
		return nil
	}
	region := ident.Service().City(h.Region)
	if all[region] == nil {
		all[region] = &told{}
	}
	if _, ok := requests[v.Item.ID]; ok {
		a, err := askingOf(v.Case, party)
		if err != nil {
			return err
		}
		all[region].requests = append(all[region].requests, a)
		return nil
	}
	for _, r := range recordsFrom(v, h) {
		all[region].records = append(all[region].records, entry{party: party, subject: firm, record: r})
	}
	return nil
}

// matters reports whether an event may concern a register.
func matters(e caseflow.Event) bool {
	switch e.(type) {
	case caseflow.Submitted, caseflow.Declined, caseflow.Decided, caseflow.Rejected, caseflow.TakenOut,
		caseflow.Accepted, caseflow.PromiseKept, caseflow.PromiseBroken, caseflow.LicenceIssued, caseflow.LicencesRevoked:
		return true
	}
	return false
}

// partyOf is the company whose case it is; "" if it is that of a person.
func partyOf(c *caseflow.Case) string {
	if c.Applicant.Document.Type == ident.DocCreditCode {
		return c.Applicant.Document.No
	}
	return caseflow.CompanyOf(c.Owner)
}

// foundedBy is the company that a case of a person has founded: that whose credit code one of its licences has for its number. Zero if
// there is none.
func foundedBy(c *caseflow.Case) Subject {
	for i := range c.Licences {
		l := &c.Licences[i]
		if code, err := ident.ParseCreditCode(l.No); err == nil {
			return Subject{Party: string(code), Name: l.Holder, Since: workday.DateOf(l.Issued)}
		}
	}
	return Subject{}
}

// decidedBy is the kind of what was decided and the department that decides: of the part of a bundle, or of the item.
func decidedBy(it *caseflow.Item, part caseflow.PartID) (kind, department string) {
	if p := it.PartByID(part); p != nil {
		return p.Kind, p.Department
	}
	return it.Kind, it.Department
}

// The names under which whoever decides on a penalty says how grave it is and how much is to be paid, among the data of the step.
type penaltyData struct {
	Gravity string // light, ordinary, grave; left out: ordinary
	Fen     int64
}

// penalty is the record of a penalty (行政处罚) that a case has imposed; false if it has not.
func penalty(c *caseflow.Case) (d penaltyData, imposed bool) {
	for i := range c.Steps {
		st := &c.Steps[i]
		if st.Outcome != caseflow.OutcomeGrant {
			continue
		}
		imposed = true
		if json.Unmarshal(st.Data, &d) != nil {
			d = penaltyData{} // the step has other data under these names
		}
	}
	if !slices.Contains(ResultNames(Penalty), d.Gravity) {
		d.Gravity = "ordinary"
	}
	return d, imposed && !c.Decided.IsZero()
}

// fruitless reports whether nothing came of a request, so that nobody has to keep what was promised for it.
func fruitless(p caseflow.Phase) bool {
	return p == caseflow.PhaseRefused || p == caseflow.PhaseWithdrawn || p == caseflow.PhaseDeclined
}

// recordsFrom are the records that an entry of a case makes: commitments given, kept and broken (国办发〔2019〕35号), licences granted and
// taken back, also those of the parts of a bundle, and penalties. They name the case and what it is about, and nothing of what was said or
// handed in.
func recordsFrom(v *hall.View, h *hall.Happened) (list []Record) {
	day := workday.DateOf(h.At)
	add := func(department string, k Kind, result, id, title string, until workday.Date, basis caseflow.Basis) {
		list = append(list, Record{Ref: Ref{department, id}, Kind: k, Result: ResultOf(k, result), Day: day, Until: until, Title: title, Basis: basis.String()})
	}
	promise := func(result, material string) {
		title, basis := v.Item.Name.ZH, caseflow.Basis{}
		if x := v.Item.MaterialByID(material); x != nil {
			title, basis = title+"："+x.Name.ZH, x.Basis
		}
		add(v.Item.Department, Promise, result, string(h.Case)+"/"+material, title, 0, basis)
	}
	licence := func(result string, l *caseflow.Licence) {
		if kind, department := decidedBy(v.Item, l.Part); kind == itemKindLicence {
			add(department, Licence, result, l.No, l.Name.ZH, l.Expires, v.Item.Basis[0])
		}
	}
	for _, e := range h.Decoded {
		switch e := e.(type) {
		case caseflow.Accepted, caseflow.Rejected, caseflow.TakenOut:
			_, begins := e.(caseflow.Accepted)
			for _, x := range v.Case.Commitments { // how one has ended its own event tells
				if x.State == caseflow.CommitmentOpen && begins != fruitless(v.Case.Phase) {
					promise("open", x.Material)
					list[len(list)-1].Withdrawn = !begins
				}
			}
		case caseflow.PromiseKept:
			promise("kept", e.Material)
		case caseflow.PromiseBroken:
			promise("broken", e.Material)
		case caseflow.LicenceIssued:
			licence("granted", &e.Licence)
		case caseflow.Decided:
			if d, imposed := penalty(v.Case); imposed && v.Item.Kind == caseflow.KindPenalty {
				add(v.Item.Department, Penalty, d.Gravity, string(h.Case), v.Item.Name.ZH, 0, v.Item.Basis[0])
				list[len(list)-1].Fen = max(d.Fen, 0)
			}
		case caseflow.LicencesRevoked:
			for i := range v.Case.Licences {
				licence("revoked", &v.Case.Licences[i])
			}
		}
	}
	return list
}

// carryOut writes what all registers were told between two places, once.
func (g *Register) carryOut(w store.Writer, all map[string]*told, from, next int64) error {
	if err := w.Keep("credit_feed", []any{fromCases, int64(0)}); err != nil {
		return err
	}
	n, err := w.Exec("UPDATE credit_feed SET place = ? WHERE name = ? AND place = ?", next, fromCases, from)
	if err == nil && n == 0 {
		err = errOvertaken
	}
	for region, t := range all {
		if err != nil {
			return err
		}
		err = errors.Join(g.keepRecords(w, region, t.records), g.keepRequests(w, region, t.requests))
	}
	return err
}

// keepRecords adds records of cases as a batch that counts at once.
func (g *Register) keepRecords(w store.Writer, region string, list []entry) error {
	if len(list) == 0 {
		return nil
	}
	now := g.now()
	in := &incoming{Batch: Batch{Region: region, No: 1, Source: fromCases, List: Records, State: Taken, Begun: now, Ended: now, Lines: int64(len(list)), Added: int64(len(list))}}
	err := w.Read(store.Into(&in.No), "SELECT COALESCE(MAX(batch), 0) + 1 FROM credit_batch WHERE region = ?", region)
	if err != nil {
		return err
	}
	var rows, due, publish [][]any
	for i := range list {
		e := &list[i]
		rows, due = append(rows, e.row(in)), append(due, []any{region, e.party, in.No})
		if e.subject.Name != "" { // nobody may have told of the company yet
			known := 0
			err = errors.Join(err, w.Read(store.Into(&known), "SELECT COUNT(*) FROM credit_subject WHERE region = ? AND party = ?", region, e.party))
			if known == 0 {
				err = errors.Join(err, w.Keep("credit_subject", []any{region, e.party, in.No, e.subject.Name, int64(e.subject.Since), ""}))
			}
		}
		if publishable(e.record.Kind) {
			publish = append(publish, []any{region, e.party, e.record.Source, e.record.ID, in.No})
		}
	}
	return errors.Join(err, w.Add("credit_batch", in.row()), w.Put("credit_record", rows...), w.Keep("credit_due", due...), w.Keep("credit_publish", publish...), moved(w, region))
}

// The items of a pack by which something about a record is asked for: ordinary cases, with their clocks, reasons and notices. What
// they grant is carried out here.
var requests = map[caseflow.ItemID]struct {
	name string
	mark Mark
}{
	itemRepair:    {"repair", Repaired},
	itemMend:      {"repair", Repaired},
	itemObjection: {"objection", Struck},
}

const (
	itemRepair    caseflow.ItemID = "credit-repair"  // by the office of credit
	itemMend      caseflow.ItemID = "penalty-repair" // by market regulation (practice 36)
	itemObjection caseflow.ItemID = "credit-objection"
)

// repairs reports whether an item repairs records.
func repairs(item caseflow.ItemID) bool { return requests[item].mark == Repaired }

// offered finds the item of a kind of request that can be asked for in a region; nil if there is none.
func (m *Module) offered(region string, ids ...caseflow.ItemID) *caseflow.Item {
	for _, id := range ids {
		if it := m.hall.Item(id); it != nil && it.OfferedIn(region) {
			return it
		}
	}
	return nil
}

// How a request stands.
const (
	requestOpen    = "open"
	requestGranted = "granted"
	requestEnded   = "ended" // refused, withdrawn, not accepted
)

// asking is a request about a record of a party.
type asking struct {
	key
	no    caseflow.CaseNo
	item  caseflow.ItemID
	state string
	at    int64 // when it was decided
}

// askingOf reads a request from its case, as it stands by now.
func askingOf(c *caseflow.Case, party string) (asking, error) {
	var form struct{ Source, RecordID string }
	if err := json.Unmarshal(c.Form, &form); err != nil {
		return asking{}, fmt.Errorf("case %s: its form: %w", c.No, err)
	}
	a := asking{key: key{party, Ref{form.Source, form.RecordID}}, no: c.No, item: c.Item, state: requestEnded}
	granted := slices.ContainsFunc(c.Steps, func(st caseflow.StepState) bool { return st.Outcome == caseflow.OutcomeGrant })
	switch {
	case granted && !c.Decided.IsZero():
		a.state, a.at = requestGranted, c.Decided.UnixMicro()
	case c.Phase.Open():
		a.state = requestOpen
	}
	return a, nil
}

// keepRequests keeps how requests stand and marks the records of those that were granted. A record that an objection has struck is
// not merely repaired by a later case.
func (g *Register) keepRequests(w store.Writer, region string, list []asking) error {
	for _, a := range list {
		if err := w.Put("credit_request", []any{region, a.party, a.Source, a.ID, string(a.no), string(a.item), a.state}); err != nil {
			return err
		}
		if a.state != requestGranted {
			continue
		}
		var records, mark int64
		err := errors.Join(
			w.Read(store.Into(&records), "SELECT COUNT(*) FROM credit_record WHERE region = ? AND party = ? AND source = ? AND id = ?", region, a.party, a.Source, a.ID),
			w.Read(store.Into(&mark), "SELECT mark FROM credit_mark WHERE region = ? AND party = ? AND source = ? AND id = ?", region, a.party, a.Source, a.ID))
		if err != nil {
			return err
		}
		now := requests[a.item].mark
		if records == 0 || Mark(mark) >= now {
			continue
		}
		if err := errors.Join(w.Put("credit_mark", []any{region, a.party, a.Source, a.ID, int64(now), a.at, "", "", string(a.no)}),
			w.Keep("credit_due", []any{region, a.party, int64(0)}), w.Keep("credit_publish", []any{region, a.party, a.Source, a.ID, int64(0)}), moved(w, region),
			markLeaf(w, region, a, now)); err != nil {
			return err
		}
	}
	return nil
}

// markLeaf proves what was decided about a record by a case.
func markLeaf(w store.Writer, region string, a asking, now Mark) error {
	return leaf(w, region, strings.Join([]string{"mark", a.party, a.Source, a.ID}, " "), int64(now), time.UnixMicro(a.at).UTC(), struct {
		Mark string `json:"mark"`
		Case string `json:"case"`
	}{(&Record{Mark: now}).State(), string(a.no)})
}
