package inspect

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

// Why a hand-over opened no case, beside the codes of refusals. It waits until somebody hands it over again, or ends it with words.
const (
	UnfiledName = "name" // the firm's name cannot stand in a case
	UnfiledItem = "item" // there is no item for penalties of that department any more
)

// handedOver is a follow-up whose case is to be opened, or has not ended yet.
type handedOver struct {
	task, no int64
	item     caseflow.ItemID
	number   caseflow.CaseNo
	words    string
	firm     string // instead of the task's name
}

// enforce opens the cases of what was handed over, and ends follow-ups whose cases have ended.
func (m *Module) enforce(ctx context.Context, region string) error {
	var list []handedOver
	err := m.st.Read(ctx, func(sc store.Scan) error {
		var x handedOver
		err := sc(&x.task, &x.no, &x.item, &x.number, &x.words, &x.firm)
		list = append(list, x)
		return err
	}, "SELECT task, no, item, case_no, words, firm FROM inspect_follow WHERE region = ? AND item <> '' AND unfiled = '' AND done = 0 ORDER BY task, no", region)
	for _, x := range list {
		if x.number == "" {
			err = errors.Join(err, m.file(ctx, region, x))
			continue
		}
		err = errors.Join(err, m.ended(ctx, region, x))
	}
	return err
}

// file opens the case of a hand-over, once whoever tries. What the item refuses goes back to who planned, with the reason.
func (m *Module) file(ctx context.Context, region string, x handedOver) error {
	t, err := m.task(ctx, region, x.task)
	if err != nil {
		return err
	}
	it := m.hall.Item(x.item)
	if it == nil {
		return m.refused(ctx, region, x, UnfiledItem)
	}
	form, err := json.Marshal(map[string]string{"task": strconv.FormatInt(t.No, 10), "plan": t.Title, "found": t.Words, "handed": x.words, "address": t.Address})
	if err != nil {
		return fmt.Errorf("hand-over of task %d: %w", t.No, err)
	}
	firm := caseflow.Party{Kind: caseflow.KindOrganisation, Name: cmp.Or(x.firm, t.Name), Document: ident.Document{Type: ident.DocCreditCode, No: t.Party}}
	got, err := m.hall.Do(ctx, hall.System, fmt.Sprintf("handover:%s:%d:%d", region, x.task, x.no), store.Key{Region: t.Place},
		caseflow.OpenSubcase{Item: it.ID, Pack: it.Pack, Version: it.Version, Applicant: firm, Channel: caseflow.ChannelWindow, Form: form})
	if refusal, ok := errors.AsType[*caseflow.Refusal](err); ok {
		reason := refusal.Code
		if slices.ContainsFunc(refusal.Fields, func(f caseflow.FieldFault) bool { return f.Field == "applicant.name" }) {
			reason = UnfiledName
		}
		return m.refused(ctx, region, x, reason)
	}
	if err != nil {
		return fmt.Errorf("hand-over of task %d: %w", t.No, err)
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		_, err := w.Exec("UPDATE inspect_follow SET case_no = ?, unfiled = '' WHERE region = ? AND task = ? AND no = ? AND case_no = ''", string(got.Case), region, x.task, x.no)
		return err
	})
}

// refused gives a hand-over that opened no case back to who planned, who finds it marked in the list of visits.
func (m *Module) refused(ctx context.Context, region string, x handedOver, reason string) error {
	m.log.Warn("a hand-over opens no case", "region", region, "task", x.task, "reason", reason)
	return m.st.Update(ctx, func(w store.Writer) error {
		_, err := w.Exec("UPDATE inspect_follow SET unfiled = ? WHERE region = ? AND task = ? AND no = ? AND firm = ? AND case_no = '' AND done = 0", reason, region, x.task, x.no, x.firm)
		return err
	})
}

// unfiled are the tasks of a register with a hand-over that opened no case and waits for somebody.
func (m *Module) unfiled(ctx context.Context, region string) (map[int64]bool, error) {
	found := map[int64]bool{}
	return found, m.st.Read(ctx, func(sc store.Scan) error {
		var task int64
		err := sc(&task)
		found[task] = true
		return err
	}, "SELECT task FROM inspect_follow WHERE region = ? AND unfiled <> '' AND done = 0", region)
}

// HandOverAgain hands over again what opened no case, by the firm's name as it should be ("": as before).
func (m *Module) HandOverAgain(ctx context.Context, by caseflow.Actor, no, follow int64, firm string) (*Task, error) {
	t, err := m.TaskOf(ctx, by, no)
	if err != nil {
		return nil, err
	}
	k := slices.IndexFunc(t.Follows, func(f Follow) bool { return f.No == follow })
	if k < 0 {
		return nil, hall.ErrNotFound
	}
	f := &t.Follows[k]
	if firm = cmp.Or(strings.TrimSpace(firm), f.Firm); unfit(cmp.Or(firm, t.Name)) {
		return nil, at(CodeFollow, "firm", "firm")
	}
	again := handedOver{task: t.No, no: f.No, item: f.item, words: f.Words, firm: firm}
	if err := m.st.Update(ctx, func(w store.Writer) error {
		n, err := w.Exec("UPDATE inspect_follow SET unfiled = '', firm = ? WHERE region = ? AND task = ? AND no = ? AND unfiled <> '' AND done = 0", firm, t.Region, t.No, f.No)
		if err == nil && n == 0 {
			err = refuse(CodeState)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if err := m.file(ctx, t.Region, again); err != nil {
		return nil, err
	}
	return m.task(ctx, t.Region, t.No)
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
