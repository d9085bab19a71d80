package main

import (
	"context"
	"fmt"
	"io"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// photos is the store of files as modules use it: what comes in is scanned like any other upload.
type photos struct {
	files filestore.Store
	apart *quarantine.Keeper
}

// Put keeps the content for an official.
func (p photos) Put(ctx context.Context, by caseflow.Actor, name string, in io.Reader) (caseflow.File, error) {
	info, err := p.apart.Put(ctx, by, quarantine.Place{Name: name}, in, filestore.MaxBytes)
	return caseflow.File{Hash: info.Hash, Name: name, Bytes: info.Bytes, Type: info.Type, Original: info.Original}, err
}

// Keep has a file stay as long as a module holds it under the key.
func (p photos) Keep(ctx context.Context, key store.Key, hash string) error {
	there, err := p.files.Hold(ctx, hash, key)
	if err == nil && !there {
		err = fmt.Errorf("file %.12s: %w", hash, filestore.ErrNotFound)
	}
	return err
}

// Open opens a file.
func (p photos) Open(ctx context.Context, hash string) (io.ReadCloser, error) {
	return p.files.Open(ctx, hash)
}

// holds reports whether a module or a case refers to a file.
func (a *app) holds(ctx context.Context, key store.Key, hash string) (bool, error) {
	for _, m := range a.modules {
		if h, ok := m.(module.Holder); ok {
			if held, mine, err := h.Holds(ctx, key, hash); mine {
				return held, err
			}
		}
	}
	return a.hall.Holds(ctx, key, hash)
}
