package hall

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

const (
	// MaxAgain is how many files are offered to be used again for one material.
	MaxAgain = 10
	// againCases is in how many of the applicant's newest cases they are looked for.
	againCases = 30
)

// Given is a file that the applicant of a case gave before for the same material of another case. What a government has
// been given once it does not ask for again (优化营商环境条例 art. 37).
type Given struct {
	Case caseflow.CaseNo // that has it
	Item caseflow.Text   // of that case
	File caseflow.File   // with From and Given set: where it was given first
}

// GivenBefore lists files for a material of a case, the newest first, at most MaxAgain: those that the same person or company
// handed in for a material of the same id and name, in cases that the actor may see. What the material holds already, or does not
// take, is left out. To an official each case that is named is a look.
func (h *Hall) GivenBefore(ctx context.Context, by caseflow.Actor, key store.Key, material string) ([]Given, error) {
	v, err := h.see(ctx, by, key, access.CaseSee)
	if err != nil {
		return nil, err
	}
	m, held := v.Item.MaterialByID(material), v.Case.Material(material)
	if m == nil || held == nil {
		return nil, ErrNotFound
	}
	if v.matter.c.Applicant.Document.No == "" { // whose cases would that be
		return nil, nil
	}
	rows, _, err := h.store.Cases(ctx, store.CaseQuery{Region: key.Region, Document: documentOf(v.matter.c.Applicant), Phases: caseflow.Phases()[1:], Limit: againCases})
	if err != nil {
		return nil, fmt.Errorf("cases of the applicant: %w", err)
	}
	var list []Given
	var from []store.Key
	for i := range rows {
		if len(list) == MaxAgain {
			break
		}
		if rows[i].Key == key {
			continue
		}
		more, err := h.givenIn(ctx, by, rows[i].Key, v, m)
		if err != nil {
			return nil, err
		}
		more = slices.DeleteFunc(more, func(g Given) bool {
			same := func(hash string) bool { return hash == g.File.Hash }
			return slices.ContainsFunc(held.Files, func(f caseflow.File) bool { return same(f.Hash) }) ||
				slices.ContainsFunc(list, func(o Given) bool { return same(o.File.Hash) })
		})
		if more = more[:min(len(more), MaxAgain-len(list))]; len(more) > 0 {
			list, from = append(list, more...), append(from, rows[i].Key)
		}
	}
	_, err = h.Views(ctx, by, from, "materials", "")
	return list, err
}

// givenIn lists the files of one other case that may be used again for the material of the viewed case; none if the actor may not see
// it, or it is not a case of the same applicant that was handed in.
func (h *Hall) givenIn(ctx context.Context, by caseflow.Actor, key store.Key, v *View, m *caseflow.Material) ([]Given, error) {
	other, err := h.see(ctx, by, key, access.CaseSee)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	def, st := other.Item.MaterialByID(m.ID), other.Case.Material(m.ID) // what the actor reads of it
	if v.matter.c.Applicant.Document.No == "" || documentOf(other.matter.c.Applicant) != documentOf(v.matter.c.Applicant) || other.Case.Submitted.IsZero() ||
		def == nil || def.Name != m.Name || st == nil {
		return nil, nil
	}
	var list []Given
	for _, f := range st.Files {
		if f.From == "" { // else it is as old as where it was first given
			f.From, f.Given = key.Case, workday.DateOf(other.Case.Submitted)
		}
		if m.Takes(f) && m.StillValid(f.Given, workday.DateOf(h.Now())) {
			list = append(list, Given{key.Case, other.Item.Name, f})
		}
	}
	return list, nil
}

// again replaces what a command says about files of earlier cases by what is known of them. A hash by itself opens nothing: what
// is not the same applicant's, or not the actor's to see, is not found.
func (h *Hall) again(ctx context.Context, by caseflow.Actor, key store.Key, cmd caseflow.Command) (caseflow.Command, error) {
	switch c := cmd.(type) {
	case caseflow.Attach:
		f, err := h.usedAgain(ctx, by, key, c.Material, c.File)
		c.File = f
		return c, err
	case caseflow.FulfilCommitment:
		c.Files = slices.Clone(c.Files)
		for i, f := range c.Files {
			var err error
			if c.Files[i], err = h.usedAgain(ctx, by, key, c.Material, f); err != nil {
				return nil, err
			}
		}
		return c, nil
	}
	return cmd, nil
}

func (h *Hall) usedAgain(ctx context.Context, by caseflow.Actor, key store.Key, material string, f caseflow.File) (caseflow.File, error) {
	if f.From == "" {
		f.Given = 0
		return f, nil
	}
	v, err := h.see(ctx, by, key, access.CaseSee)
	if err != nil {
		return f, err
	}
	m := v.Item.MaterialByID(material)
	if m == nil {
		return f, &caseflow.Refusal{Code: caseflow.CodeNoSuchMaterial}
	}
	from := store.Key{Region: key.Region, Case: f.From}
	if from == key {
		return f, ErrNotFound
	}
	list, err := h.givenIn(ctx, by, from, v, m)
	if err != nil {
		return f, err
	}
	i := slices.IndexFunc(list, func(g Given) bool { return g.File.Hash == f.Hash })
	if i < 0 {
		return f, ErrNotFound
	}
	_, err = h.View(ctx, by, from, "file "+f.Hash, "")
	return list[i].File, err
}
