package hall

import (
	"context"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Files keeps uploads, which are removed after a while unless a case takes them.
type Files interface {
	// Hold keeps a file for a case that is about to take it, and reports whether it is there.
	Hold(ctx context.Context, hash string, key store.Key) (there bool, err error)
}

// hold keeps the files of a command for its case, before it is judged. It returns the refusal to give if one is gone, to who may
// give the command.
func (h *Hall) hold(ctx context.Context, key store.Key, cmd caseflow.Command) (*caseflow.Refusal, error) {
	if h.files == nil {
		return nil, nil
	}
	for _, f := range filesOf(cmd) {
		there, err := h.files.Hold(ctx, f.Hash, key)
		if err != nil {
			return nil, err
		}
		if !there {
			return &caseflow.Refusal{Code: caseflow.CodeFileGone}, nil
		}
	}
	return nil, nil
}

// filesOf lists the files that a command hands in.
func filesOf(cmd caseflow.Command) []caseflow.File {
	switch c := cmd.(type) {
	case caseflow.Attach:
		return []caseflow.File{c.File}
	case caseflow.FulfilCommitment:
		return c.Files
	}
	return nil
}

// Holds reports whether the journal of a case names a file: filestore.Holds.
func (h *Hall) Holds(ctx context.Context, key store.Key, hash string) (bool, error) {
	list, err := h.store.Entries(ctx, key, 0, 0)
	if err != nil {
		return false, err
	}
	for i := range list {
		files, err := caseflow.FilesIn(list[i].Events)
		if err != nil {
			return false, err
		}
		for _, f := range files {
			if f.Hash == hash {
				return true, nil
			}
		}
	}
	return false, nil
}
