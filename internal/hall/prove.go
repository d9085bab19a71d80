package hall

import (
	"context"
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
	p, err := h.prover(ctx)
	if err != nil {
		return nil, err
	}
	r := &receipt.Receipt{Format: receipt.Format, Log: p.log}
	if err := p.entries(key, r); err != nil {
		return nil, err
	}
	if r.Pack, err = p.pack(v.whole); err != nil {
		return nil, err
	}
	r.Calendars, err = p.calendars()
	return r, err
}

// prover proves leaves under one checkpoint.
type prover struct {
	ctx   context.Context //nolint:containedctx // lives as long as the call that was given it
	st    store.Store
	log   receipt.Log
	tree  evidence.Tree
	suite evidence.Suite
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
	p := &prover{ctx, h.store, receipt.Log{Checkpoint: string(head.Checkpoint)}, c.Tree, c.Suite, sequencer.Tiles(ctx, h.store)}
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
	if errors.Is(err, store.ErrNotFound) || err == nil && index >= p.tree.Size {
		return receipt.Place{}, errWaits
	}
	if err != nil {
		return receipt.Place{}, fmt.Errorf("place of %s %s: %w", id.Kind, id.Name, err)
	}
	proof, err := evidence.ProveInclusion(p.tree, p.tiles, index)
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
		e, err := sealed(p.suite, key, before, &list[i], &kept)
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
