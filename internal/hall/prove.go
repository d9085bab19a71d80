package hall

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
)

// Prove makes the receipt of a case for its owner, or who acts for them: its entries as far as they have come into the evidence log,
// with the proofs. ErrNotFound to everybody else; store.ErrBusy while the log has not even the first, or is not begun.
func (h *Hall) Prove(ctx context.Context, by caseflow.Actor, key store.Key) (*receipt.Receipt, error) {
	v, err := h.see(ctx, by, key, access.CaseProve)
	if err != nil {
		return nil, err
	}
	return h.prove(ctx, v, key)
}

// ProveByReceipt makes the receipt of a case for somebody who was served without an account. They show what is printed on the paper that
// acknowledges their request: the digits, and the code that it is verified by, neither of which the log tells; and the last four
// of the phone that the case has, if it has one. ErrNotFound if they do not fit, or somebody's account owns the case: its owner fetches it
// there. Else as Prove.
func (h *Hall) ProveByReceipt(ctx context.Context, key store.Key, digits, code, phone string) (*receipt.Receipt, error) {
	v, _, err := h.ByReceipt(ctx, key, digits)
	if err != nil {
		return nil, err
	}
	p, _, err := h.VerifyPaper(ctx, key, code)
	if err != nil {
		return nil, err
	}
	if p.Kind != PaperReceipt || v.matter.c.Owner != "" || subtle.ConstantTimeCompare([]byte(v.phone()), []byte(phone)) != 1 {
		return nil, ErrNotFound
	}
	return h.prove(ctx, v, key)
}

func (h *Hall) prove(ctx context.Context, v *View, key store.Key) (*receipt.Receipt, error) {
	p, err := h.prover(ctx)
	if err != nil {
		return nil, err
	}
	r := &receipt.Receipt{Format: receipt.Format, Log: p.log}
	if err := p.entries(key, r); err != nil {
		return nil, err
	}
	if r.Pack, err = p.pack(v.matter.c); err != nil {
		return nil, err
	}
	r.Calendars, err = p.calendars()
	return r, err
}

// Printed is what the QR code on the receipt of an entry binds; nil while the entry has no place in the log. It is the same whenever it is
// asked for, however the log has grown. The caller has either shown the digits of a receipt or may see the case.
func (h *Hall) Printed(ctx context.Context, key store.Key, e *store.Entry) (*receipt.Printed, error) {
	p, err := h.prover(ctx)
	var at receipt.Place
	if err == nil {
		at, err = p.place(store.EntryLeaf(key, e.No))
	}
	if errors.Is(err, store.ErrBusy) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return receipt.Bind(key.Case, p.Origin, p.Tree, evidence.Hash(e.Leaf), at)
}

// prover proves leaves under one checkpoint.
type prover struct {
	ctx context.Context //nolint:containedctx // lives as long as the call that was given it
	st  store.Store
	log receipt.Log
	evidence.Checkpoint
	tiles evidence.TileReader
}

func (h *Hall) prover(ctx context.Context) (*prover, error) {
	head, err := h.store.ShownLog(ctx) // the head that witnesses have signed
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%w: the evidence log is not begun", store.ErrBusy)
	}
	if err != nil {
		return nil, fmt.Errorf("head of the log: %w", err)
	}
	c, err := evidence.ReadCheckpoint(head.Checkpoint)
	if err != nil {
		return nil, err
	}
	keys, err := h.store.LogKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	p := &prover{ctx, h.store, receipt.Log{Checkpoint: string(head.Checkpoint)}, c, sequencer.Tiles(ctx, h.store)}
	for _, k := range keys {
		if k.Ended.IsZero() {
			p.log.Keys = append(p.log.Keys, k.Public)
		}
	}
	return p, nil
}

// errWaits: a leaf has no place under the checkpoint yet.
var errWaits = fmt.Errorf("%w: it is not in the evidence log yet", store.ErrBusy)

// place proves one leaf; errWaits.
func (p *prover) place(id store.LeafID) (receipt.Place, error) {
	index, err := p.st.LeafPlace(p.ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && index >= p.Tree.Size {
		return receipt.Place{}, errWaits
	}
	if err != nil {
		return receipt.Place{}, fmt.Errorf("place of %s %s: %w", id.Kind, id.Name, err)
	}
	proof, err := evidence.ProveInclusion(p.Tree, p.tiles, index)
	return receipt.At(index, proof), err
}

// entries adds the entries of a case to a receipt, up to the first that waits.
func (p *prover) entries(key store.Key, r *receipt.Receipt) error {
	list, err := p.st.Entries(p.ctx, key, 0, 0)
	if err != nil {
		return err
	}
	var kept receipt.Withholder
	var before []byte
	for i := range list {
		at, err := p.place(store.EntryLeaf(key, list[i].No))
		if errors.Is(err, errWaits) && i > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		e, err := sealed(p.Suite, key, before, &list[i], &kept)
		if err != nil {
			return fmt.Errorf("case %s entry %d: %w", key.Case, list[i].No, err)
		}
		e.Place, before = at, list[i].Leaf
		r.Entries = append(r.Entries, e)
	}
	return nil
}

// sealed is an entry as the applicant gets it.
func sealed(suite evidence.Suite, key store.Key, before []byte, e *store.Entry, kept *receipt.Withholder) (receipt.Entry, error) {
	decoded, err := caseflow.DecodeEvents(e.Events)
	if err != nil {
		return receipt.Entry{}, err
	}
	parts, err := caseflow.SplitEvents(e.Events)
	if err == nil && (len(parts) != len(decoded) || len(e.Salt) != evidence.SaltBytes) {
		err = errors.New("its events or its salt are not whole")
	}
	if err != nil {
		return receipt.Entry{}, err
	}
	return receipt.Seal(suite, e.Head(key, before), [evidence.SaltBytes]byte(e.Salt), parts, func(i int) bool { return kept.Withheld(decoded[i]) })
}

// pack is the version of the pack that the case runs by.
func (p *prover) pack(c *caseflow.Case) (receipt.Pack, error) {
	out := receipt.Pack{ID: c.Pack, Version: c.Version, Files: map[string]string{}}
	row, err := p.st.Pack(p.ctx, c.Pack, c.Version)
	if err != nil {
		return out, fmt.Errorf("pack %s %s: %w", c.Pack, c.Version, err)
	}
	files, err := pack.Unpack(row.Archive)
	if err != nil {
		return out, err
	}
	out.Listing = string(pack.Listing(files))
	for _, name := range receipt.FilesOf(c.Item) {
		out.Files[name] = string(files[name])
	}
	out.Place, err = p.place(store.LeafID{Kind: store.LeafPack, Name: c.Pack + " " + c.Version})
	return out, err
}

// calendars are all that were loaded: each later edition is made of those before it.
func (p *prover) calendars() ([]receipt.Calendar, error) {
	rows, err := p.st.Calendars(p.ctx)
	if err != nil {
		return nil, fmt.Errorf("calendars: %w", err)
	}
	var out []receipt.Calendar
	for i := range rows {
		c := &rows[i]
		at, err := p.place(store.LeafID{Kind: store.LeafCalendar, No: int64(c.Version)})
		if err != nil {
			return nil, err
		}
		out = append(out, receipt.Calendar{Version: c.Version, Name: c.Name, Text: string(c.Text), Place: at})
	}
	return out, nil
}
