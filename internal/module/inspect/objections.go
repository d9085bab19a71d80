package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// itemObjection is the item of a pack by which a company objects to a result: an ordinary case, with its clocks, reasons and notices. What it
// decides is carried out here.
const itemObjection caseflow.ItemID = "inspection-objection"

// overlap is how far back decided cases are looked at again: servers' clocks differ. Carrying one out twice changes nothing.
const overlap = 10 * time.Minute

// objections corrects the results to which objections were granted since the last time.
func (m *Module) objections(ctx context.Context, region string) error {
	var from int64
	if err := m.st.Read(ctx, store.Into(&from), "SELECT decided FROM inspect_mind WHERE region = ?", region); err != nil {
		return err
	}
	now := m.now()
	places := []string{region}
	for _, r := range ident.Service().Children(region) {
		places = append(places, r.Code)
	}
	for _, place := range places {
		q := store.CaseQuery{Region: place, Item: itemObjection, When: store.WhenDecided, From: time.UnixMicro(from).Add(-overlap), To: now.Add(time.Second), Limit: 200}
		for {
			rows, next, err := m.hall.Cases(ctx, hall.System, q)
			if err != nil {
				return fmt.Errorf("cases of objection: %w", err)
			}
			for i := range rows {
				if err := m.correct(ctx, region, rows[i].Key); err != nil {
					return err
				}
			}
			if q.Cursor = next; next == "" {
				break
			}
		}
	}
	return m.st.Update(ctx, func(w store.Writer) error { return w.Put("inspect_mind", []any{region, store.Micros(now)}) })
}

// correct carries one decided case out: the result of the company that objected, as its form names it, reads from then on that nothing was found.
func (m *Module) correct(ctx context.Context, region string, key store.Key) error {
	v, err := m.hall.View(ctx, hall.System, key, "inspect", "")
	if err != nil {
		return fmt.Errorf("case %s: %w", key.Case, err)
	}
	var form struct{ Task string }
	if err := json.Unmarshal(v.Case.Form, &form); err != nil {
		return fmt.Errorf("case %s: its form: %w", key.Case, err)
	}
	party := caseflow.CompanyOf(v.Case.Owner)
	if v.Case.Applicant.Document.Type == ident.DocCreditCode {
		party = v.Case.Applicant.Document.No
	}
	granted := slices.ContainsFunc(v.Case.Steps, func(st caseflow.StepState) bool { return st.Outcome == caseflow.OutcomeGrant })
	no, err := strconv.ParseInt(form.Task, 10, 64)
	if !granted || party == "" || err != nil {
		return nil
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		n, err := w.Exec("UPDATE inspect_task SET kind = ?, words = ?, corrected = ? WHERE region = ? AND no = ? AND party = ? AND corrected = ? AND state IN (?, ?)",
			string(NoProblem), "", string(key.Case), region, no, party, "", TaskDone, TaskPublished)
		if err != nil || n == 0 {
			return err
		}
		return m.leaf(w, &Task{Region: region, No: no}, "corrected", m.now())
	})
}
