package hall

import (
	"context"
	"errors"
	"fmt"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// carry does for a case what it has ordered of another one. Each hop is a command of its own with its own commit, and the
// last one strikes the errand off the case that ordered it. Whoever dies on the way leaves the errand standing; whoever
// carries it again finds the hops that were made: a child is opened under one request id, and what a case knows already it
// refuses.
func (h *Hall) carry(ctx context.Context, key store.Key, c *caseflow.Case, e caseflow.Errand) error {
	switch e.Kind {
	case caseflow.ErrandOpen:
		return h.openChild(ctx, key, c, &e.Child)
	case caseflow.ErrandRecall:
		return h.recallChild(ctx, key, &e.Child)
	case caseflow.ErrandTell:
		up := store.Key{Region: key.Region, Case: c.Parent.Case}
		told := caseflow.RecordSubcase{Step: c.Parent.Step, Round: c.Parent.Round, No: c.No, State: e.End}
		if err := h.hop(ctx, up, told); err != nil {
			return err
		}
		return h.hop(ctx, key, caseflow.TellParent{End: e.End})
	case caseflow.ErrandCancel:
		return h.cancel(ctx, key, c)
	}
	return fmt.Errorf("case %s: errand %q is not known", c.No, e.Kind)
}

// hop gives a command in the name of the system. A lawful no is an answer: the case knows it already, or has gone on.
func (h *Hall) hop(ctx context.Context, key store.Key, cmd caseflow.Command) error {
	_, err := h.Do(ctx, System, "", key, cmd)
	if err != nil && !isAnswer(err) {
		return fmt.Errorf("%s of case %s: %w", cmd.Verb(), key.Case, err)
	}
	return nil
}

// cancel ends the licence that a case asks to be ended, in the case that granted it, and notes what became of it.
func (h *Hall) cancel(ctx context.Context, key store.Key, c *caseflow.Case) error {
	k := c.Cancels
	note := caseflow.RecordCancel{Step: k.Step, Round: k.Round}
	it, err := h.itemOf(c)
	if err != nil {
		return err
	}
	cmd := caseflow.CancelLicences{No: k.No, By: c.No}
	if it.Cancels != nil {
		cmd.Basis = it.Cancels.Basis
	}
	_, err = h.Do(ctx, System, "", store.Key{Region: key.Region, Case: k.Case}, cmd)
	var refusal *caseflow.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == caseflow.CodeNothingDue: // it was done before
	case refusal != nil:
		note.Code = refusal.Code
	case err != nil:
		return fmt.Errorf("end licence of case %s for case %s: %w", k.Case, c.No, err)
	}
	return h.hop(ctx, key, note)
}

// childRequest is the request id under which a child is opened. Nobody can guess it, so nobody can take it before.
func childRequest(parent caseflow.CaseNo, k *caseflow.Child) string {
	return "subcase:" + string(parent) + ":" + k.Order
}

// openChild opens the child under the version of the pack that its parent began with, against which what it carries over
// was proved.
func (h *Hall) openChild(ctx context.Context, key store.Key, c *caseflow.Case, k *caseflow.Child) error {
	note := caseflow.RecordSubcase{Step: k.Step, Round: k.Round, State: caseflow.ChildOpen}
	switch off, err := h.unwanted(ctx, key, c, k); {
	case err != nil:
		return err
	case off:
		note.State, note.Code = caseflow.ChildFailed, caseflow.CodeBenefitsOff
		return h.hop(ctx, key, note)
	}
	receipt, err := h.Do(ctx, System, childRequest(key.Case, k), store.Key{Region: key.Region}, caseflow.OpenSubcase{
		Item: k.Item, Pack: c.Pack, Version: c.Version, Applicant: c.Applicant, Agent: c.Agent, Owner: c.Owner, Channel: c.Channel,
		Form: k.Form, Parent: caseflow.Parent{Case: c.No, Step: k.Step, Round: k.Round},
	})
	var refusal *caseflow.Refusal
	switch {
	case errors.As(err, &refusal):
		note.State, note.Code = caseflow.ChildFailed, refusal.Code
	case errors.Is(err, ErrNotFound): // the pack of the parent has no such item
		note.State, note.Code = caseflow.ChildFailed, caseflow.CodeItem
	case err != nil:
		return fmt.Errorf("open the subcase of step %s of case %s: %w", k.Step, c.No, err)
	}
	note.No = receipt.Case
	return h.hop(ctx, key, note)
}

// recallChild withdraws a child. One whose number was never noted is looked for by its request id; if there is none, nobody
// has to be told.
func (h *Hall) recallChild(ctx context.Context, key store.Key, k *caseflow.Child) error {
	note := caseflow.RecordSubcase{Step: k.Step, Round: k.Round, No: k.No, State: caseflow.ChildOpen}
	if k.No == "" {
		found, _, err := h.store.ByRequest(ctx, store.Key{Region: key.Region}, childRequest(key.Case, k))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("look for the subcase of step %s of case %s: %w", k.Step, key.Case, err)
		}
		if note.No = found.Case; err == nil {
			if err := h.hop(ctx, key, note); err != nil {
				return err
			}
		}
	}
	if note.No != "" {
		if err := h.hop(ctx, store.Key{Region: key.Region, Case: note.No}, caseflow.Recall{}); err != nil {
			return err
		}
	}
	note.State = caseflow.ChildLeft
	return h.hop(ctx, key, note)
}
