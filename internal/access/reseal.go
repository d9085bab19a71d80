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
	earlier     bool                     // it may stand in the clear, from before its column was sealed
	replace     func(fresh string) error // store.ErrConflict if it has changed meanwhile
}

// SealedWith counts the sealed values of the store by the id of their key; "" of those that stand in the clear (seal.Ring.OpenEarlier).
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
		if v.earlier {
			plain, err = g.seal.OpenEarlier(v.place, v.text)
		}
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

// eachSealed visits the secrets of factors, and what is sealed of accounts and their contacts.
func (g *Gate) eachSealed(ctx context.Context, visit func(sealedValue) error) error {
	err := pages(func(last store.Factor) ([]store.Factor, error) {
		return g.accounts.SealedFactors(ctx, last, resealBatch)
	},
		func(f store.Factor) error {
			return visit(sealedValue{secretPlace(f), f.Secret, false, func(fresh string) error { return g.accounts.ResealFactor(ctx, f, fresh) }})
		})
	if err != nil {
		return err
	}
	return g.eachValue(ctx, func(v store.SealedValue) error {
		return visit(sealedValue{v.Column.Place(v.Account), v.Text, v.Column != store.SealedDocument, func(fresh string) error { return g.accounts.ResealValue(ctx, v, fresh) }})
	})
}

func (g *Gate) eachValue(ctx context.Context, visit func(store.SealedValue) error) error {
	for _, column := range store.SealedColumns {
		err := pages(func(last store.SealedValue) ([]store.SealedValue, error) {
			return g.accounts.SealedValues(ctx, column, last.Account, resealBatch)
		}, visit)
		if err != nil {
			return err
		}
	}
	return nil
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
