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
)

// itemRepair is the item of a pack by which the repair of a record is asked for: an ordinary case, with its clocks, its reasons and
// its notices. What it decides is carried out here.
const itemRepair caseflow.ItemID = "credit-repair"

// overlap is how far back decided cases are looked at again: servers' clocks differ. Carrying one out twice changes nothing.
const overlap = 10 * time.Minute

// repairs marks the records whose repair was granted since the last time.
func (m *Module) repairs(ctx context.Context, region string) error {
	var from int64
	if err := m.st.Read(ctx, func(sc store.Scan) error { return sc(&from) }, "SELECT decided FROM credit_register WHERE region = ?", region); err != nil {
		return err
	}
	now := m.now()
	places := []string{region}
	for _, r := range ident.Service().Children(region) {
		places = append(places, r.Code)
	}
	for _, place := range places {
		q := store.CaseQuery{Region: place, Item: itemRepair, When: store.WhenDecided, From: time.UnixMicro(from).Add(-overlap), To: now.Add(time.Second), Limit: 200}
		for {
			rows, next, err := m.hall.Cases(ctx, hall.System, q)
			if err != nil {
				return fmt.Errorf("cases of repair: %w", err)
			}
			for i := range rows {
				if err := m.repair(ctx, region, rows[i].Key); err != nil {
					return err
				}
			}
			if q.Cursor = next; next == "" {
				break
			}
		}
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		_, err := w.Exec("UPDATE credit_register SET decided = ? WHERE region = ? AND decided < ?", now.UnixMicro(), region, now.UnixMicro())
		return err
	})
}

// repair carries one decided case out: a record of the company that asked, as its form names it.
func (m *Module) repair(ctx context.Context, region string, at store.Key) error {
	v, err := m.hall.View(ctx, hall.System, at, "credit", "")
	if err != nil {
		return fmt.Errorf("case %s: %w", at.Case, err)
	}
	var form struct{ Source, RecordID string }
	if err := json.Unmarshal(v.Case.Form, &form); err != nil {
		return fmt.Errorf("case %s: its form: %w", at.Case, err)
	}
	party := caseflow.CompanyOf(v.Case.Owner)
	if v.Case.Applicant.Document.Type == ident.DocCreditCode {
		party = v.Case.Applicant.Document.No
	}
	granted := slices.ContainsFunc(v.Case.Steps, func(st caseflow.StepState) bool { return st.Outcome == caseflow.OutcomeGrant })
	if !granted || party == "" {
		return nil
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		n := 0
		if err := w.Read(func(sc store.Scan) error { return sc(&n) }, "SELECT COUNT(*) FROM credit_record WHERE region = ? AND party = ? AND source = ? AND id = ?", region, party, form.Source, form.RecordID); err != nil {
			return err
		}
		marked := 0
		if err := w.Read(func(sc store.Scan) error { return sc(&marked) }, "SELECT COUNT(*) FROM credit_mark WHERE region = ? AND party = ? AND source = ? AND id = ?", region, party, form.Source, form.RecordID); err != nil {
			return err
		}
		if n == 0 || marked > 0 {
			return nil
		}
		if err := w.Add("credit_mark", []any{region, party, form.Source, form.RecordID, int64(Repaired), v.Case.Decided.UnixMicro(), "", "", string(at.Case)}); err != nil {
			return err
		}
		if err := w.Keep("credit_due", []any{region, party, int64(0)}); err != nil {
			return err
		}
		name := strings.Join([]string{"mark", party, form.Source, form.RecordID}, " ")
		return errors.Join(moved(w, region), leaf(w, region, name, 0, v.Case.Decided, struct {
			Mark string `json:"mark"`
			Case string `json:"case"`
		}{"repaired", string(at.Case)}))
	})
}
