package hall

import (
	"context"
	"errors"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Files keeps uploads, which are removed after a while unless a case takes them.
type Files interface {
	// Hold keeps a file for a case that is about to take it, and reports whether it is there.
	Hold(ctx context.Context, hash string, key store.Key) (there bool, err error)
	// Kind is the media type of a file by its content, and its length in bytes; store.ErrNotFound.
	Kind(ctx context.Context, hash string) (mediaType string, bytes int64, err error)
}

// hold keeps the files of a command for its case, before it is judged, and says of each what it is by its content, whatever the
// command says: what a material accepts is held against that. It returns the refusal to give if one is gone, to who may give the
// command.
func (h *Hall) hold(ctx context.Context, key store.Key, cmd caseflow.Command) (caseflow.Command, *caseflow.Refusal, error) {
	if h.files == nil {
		return cmd, nil, nil
	}
	var gone *caseflow.Refusal
	cmd, err := eachFile(cmd, func(f *caseflow.File) error {
		if gone != nil {
			return nil
		}
		var err error
		gone, err = h.holdFile(ctx, key, f)
		return err
	})
	return cmd, gone, err
}

// eachFile is a command after something was done to each file that it hands in; the first error ends it.
func eachFile(cmd caseflow.Command, do func(*caseflow.File) error) (caseflow.Command, error) {
	switch c := cmd.(type) {
	case caseflow.Attach:
		err := do(&c.File)
		return c, err
	case caseflow.FulfilCommitment:
		c.Files = slices.Clone(c.Files)
		for i := range c.Files {
			if err := do(&c.Files[i]); err != nil {
				return c, err
			}
		}
		return c, nil
	}
	return cmd, nil
}

func (h *Hall) holdFile(ctx context.Context, key store.Key, f *caseflow.File) (*caseflow.Refusal, error) {
	there, err := h.files.Hold(ctx, f.Hash, key)
	if err == nil && there {
		f.Type, f.Bytes, err = h.files.Kind(ctx, f.Hash)
	}
	if err == nil && !there || errors.Is(err, store.ErrNotFound) {
		return &caseflow.Refusal{Code: caseflow.CodeFileGone}, nil
	}
	return nil, err
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
