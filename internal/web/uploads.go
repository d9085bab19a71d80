package web

import (
	"context"
	"errors"
	"io"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// uploads is the file store as the doors use it: what may not come in is a refusal that says why.
type uploads struct {
	files  filestore.Store
	intake *quarantine.Keeper
}

// reasons are the words of caseflow's file refusal for what the file store finds.
var reasons = map[string]string{
	filestore.UnfitEmpty: "empty", filestore.UnfitType: "type", filestore.UnfitMacro: "macro",
	filestore.UnfitPacked: "packed", filestore.UnfitPixels: "pixels", filestore.UnfitVirus: "virus", filestore.UnfitUnscanned: "unscanned",
	filestore.UnfitHEIC: "heic", filestore.UnfitLocked: "locked", filestore.UnfitActive: "active", filestore.UnfitPages: "pages",
}

// Put keeps a file that is sent for a material.
func (u uploads) Put(ctx context.Context, by caseflow.Actor, at quarantine.Place, r io.Reader, max int64) (caseflow.File, error) {
	info, err := u.intake.Put(ctx, by, at, r, max)
	return taken(info, at.Name, err)
}

// Apart lists the files of a case that the scanner warned of, by material.
func (u uploads) Apart(ctx context.Context, key store.Key) (map[string][]store.Quarantined, error) {
	return u.intake.Of(ctx, key)
}

// Take brings a released file in.
func (u uploads) Take(ctx context.Context, by caseflow.Actor, key store.Key, id string) (caseflow.File, error) {
	return u.intake.Take(ctx, by, key, id)
}

// Turn puts another content of an image for an account.
func (u uploads) Turn(ctx context.Context, account string, f caseflow.File, how string) (caseflow.File, error) {
	info, err := filestore.Turn(ctx, u.files, account, f.Hash, how)
	if errors.Is(err, filestore.ErrNotFound) {
		return caseflow.File{}, store.ErrNotFound
	}
	info.Original = f.Original
	if info.Original == "" {
		info.Original = f.Hash
	}
	return taken(info, f.Name, err)
}

// Join puts one PDF made of pictures for a material.
func (u uploads) Join(ctx context.Context, by caseflow.Actor, at quarantine.Place, hashes []string, max int64) (caseflow.File, error) {
	info, err := u.intake.Join(ctx, by, at, hashes, max)
	if errors.Is(err, filestore.ErrNotFound) {
		return caseflow.File{}, store.ErrNotFound
	}
	return taken(info, at.Name, err)
}

// taken is what the doors are told of a content that was put.
func taken(info filestore.Info, name string, err error) (caseflow.File, error) {
	var unfit *filestore.Unfit
	switch {
	case errors.Is(err, filestore.ErrTooLarge):
		return caseflow.File{}, &caseflow.Refusal{Code: caseflow.CodeFile, Args: []string{"size"}}
	case errors.As(err, &unfit):
		return caseflow.File{}, &caseflow.Refusal{Code: caseflow.CodeFile, Args: []string{reasons[unfit.Code]}}
	case err != nil:
		return caseflow.File{}, err
	}
	return caseflow.File{Hash: info.Hash, Name: name, Bytes: info.Bytes, Type: info.Type, Original: info.Original}, nil
}

// Open returns the content of a hash.
func (u uploads) Open(ctx context.Context, hash string) (io.ReadCloser, error) {
	f, err := u.files.Open(ctx, hash)
	if errors.Is(err, filestore.ErrNotFound) {
		return nil, store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}
