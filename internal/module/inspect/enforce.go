package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// A hand-over to enforcement (移送执法) opens a case of the item by which that department punishes, against the company that was inspected:
// with what was found, and who found it. Whether it is filed (立案), and what comes of it, that department decides; the follow-up ends when
// the case does, with how it ended.

// Penalties finds the item by which a department of a region, named by its id or name, imposes penalties; nil if it has none.
type Penalties func(region, department string) *caseflow.Item

// handedOver is a follow-up whose case is to be opened, or has not ended yet.
type handedOver struct {
	task, no int64
	item     caseflow.ItemID
	number   caseflow.CaseNo
	words    string
}

// enforce opens the cases of what was handed over, and ends follow-ups whose cases have ended.
func (m *Module) enforce(ctx context.Context, region string) error {
	var list []handedOver
	err := m.st.Read(ctx, func(sc store.Scan) error {
		var x handedOver
		err := sc(&x.task, &x.no, &x.item, &x.number, &x.words)
		list = append(list, x)
		return err
	}, "SELECT task, no, item, case_no, words FROM inspect_follow WHERE region = ? AND item <> '' AND done = 0 ORDER BY task, no", region)
	for _, x := range list {
		if x.number == "" {
			err = errors.Join(err, m.file(ctx, region, x))
			continue
		}
		err = errors.Join(err, m.ended(ctx, region, x))
	}
	return err
}

// file opens the case of a hand-over, once whoever tries. What the item refuses stays with who planned: the follow-up has no case.
func (m *Module) file(ctx context.Context, region string, x handedOver) error {
	t, err := m.task(ctx, region, x.task)
	if err != nil {
		return err
	}
	it := m.hall.Item(x.item)
	if it == nil {
		return nil
	}
	form, err := json.Marshal(map[string]string{"task": strconv.FormatInt(t.No, 10), "plan": t.Title, "found": t.Words, "handed": x.words, "address": t.Address})
	if err != nil {
		return fmt.Errorf("hand-over of task %d: %w", t.No, err)
	}
	firm := caseflow.Party{Kind: caseflow.KindOrganisation, Name: t.Name, Document: ident.Document{Type: ident.DocCreditCode, No: t.Party}}
	got, err := m.hall.Do(ctx, hall.System, fmt.Sprintf("handover:%s:%d:%d", region, x.task, x.no), store.Key{Region: t.Place},
		caseflow.OpenSubcase{Item: it.ID, Pack: it.Pack, Version: it.Version, Applicant: firm, Channel: caseflow.ChannelWindow, Form: form})
	if refusal, ok := errors.AsType[*caseflow.Refusal](err); ok {
		m.log.Error("a hand-over opens no case", "region", region, "task", t.No, "code", refusal.Code)
		return nil
	}
	if err != nil {
		return fmt.Errorf("hand-over of task %d: %w", t.No, err)
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		_, err := w.Exec("UPDATE inspect_follow SET case_no = ? WHERE region = ? AND task = ? AND no = ? AND case_no = ''", string(got.Case), region, x.task, x.no)
		return err
	})
}

// ended ends a follow-up whose case has ended, with the phase in which it did.
func (m *Module) ended(ctx context.Context, region string, x handedOver) error {
	key, err := hall.KeyOf(string(x.number))
	if err != nil {
		return err
	}
	v, err := m.hall.View(ctx, hall.System, key, "inspect", "")
	if err != nil {
		return fmt.Errorf("case %s: %w", x.number, err)
	}
	if v.Case.Phase.Open() && v.Case.Decided.IsZero() {
		return nil
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		_, err := w.Exec("UPDATE inspect_follow SET done = ?, outcome = ? WHERE region = ? AND task = ? AND no = ? AND done = 0",
			store.Micros(m.now()), string(v.Case.Phase), region, x.task, x.no)
		return err
	})
}
