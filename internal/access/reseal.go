package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

const resealBatch = 200

// sealedValue is a value that is sealed in the store.
type sealedValue struct {
	place, text string
	replace     func(fresh string) error // store.ErrConflict if it has changed meanwhile
}

// SealedWith counts the sealed values of the store by the id of their key.
func (g *Gate) SealedWith(ctx context.Context) (map[string]int, error) {
	count := map[string]int{}
	err := g.eachSealed(ctx, func(v sealedValue) error {
		count[seal.KeyOf(v.text)]++
		return nil
	})
	return count, err
}

// Reseal seals every value anew that was sealed with another key than the present one, and returns how many. It may be stopped and
// run again, while servers run.
func (g *Gate) Reseal(ctx context.Context) (int, error) {
	key, err := g.seal.Current()
	if err != nil {
		return 0, err
	}
	n := 0
	err = g.eachSealed(ctx, func(v sealedValue) error {
		if seal.KeyOf(v.text) == key {
			return nil
		}
		plain, err := g.seal.Open(v.place, v.text)
		if err != nil {
			return fmt.Errorf("open %s: %w", v.place, err)
		}
		fresh, err := g.seal.Seal(v.place, plain)
		if err != nil {
			return err
		}
		err = v.replace(fresh)
		if errors.Is(err, store.ErrConflict) { // it was changed or taken away meanwhile
			return nil
		}
		n++
		return err
	})
	return n, err
}

// eachSealed visits the secrets of factors and the document numbers of accounts.
func (g *Gate) eachSealed(ctx context.Context, visit func(sealedValue) error) error {
	err := pages(func(last store.Factor) ([]store.Factor, error) {
		return g.accounts.SealedFactors(ctx, last, resealBatch)
	},
		func(f store.Factor) error {
			return visit(sealedValue{secretPlace(f), f.Secret, func(fresh string) error { return g.accounts.ResealFactor(ctx, f, fresh) }})
		})
	if err != nil {
		return err
	}
	return g.eachDocument(ctx, func(d store.SealedDocument) error {
		return visit(sealedValue{documentPlace(d.Account), d.No, func(fresh string) error { return g.accounts.ResealDocument(ctx, d, fresh) }})
	})
}

func (g *Gate) eachDocument(ctx context.Context, visit func(store.SealedDocument) error) error {
	return pages(func(last store.SealedDocument) ([]store.SealedDocument, error) {
		return g.accounts.SealedDocuments(ctx, last.Account, resealBatch)
	}, visit)
}

// pages visits everything that list gives behind the last one, page by page.
func pages[T any](list func(last T) ([]T, error), visit func(T) error) error {
	var last T
	for {
		page, err := list(last)
		if err != nil {
			return fmt.Errorf("list sealed values: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, last = range page {
			if err := visit(last); err != nil {
				return err
			}
		}
	}
}
