package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

const resealBatch = 200

// SealedWith counts the sealed values of the store by the id of their key.
func (g *Gate) SealedWith(ctx context.Context) (map[string]int, error) {
	count := map[string]int{}
	err := g.eachSealed(ctx, func(f store.Factor) error {
		count[seal.KeyOf(f.Secret)]++
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
	err = g.eachSealed(ctx, func(f store.Factor) error {
		if seal.KeyOf(f.Secret) == key {
			return nil
		}
		secret, err := g.unsealed(f)
		if err != nil {
			return err
		}
		fresh, err := g.sealed(f, secret)
		if err != nil {
			return err
		}
		err = g.accounts.ResealFactor(ctx, f, fresh.Secret)
		if errors.Is(err, store.ErrConflict) { // it was changed or taken away meanwhile
			return nil
		}
		n++
		return err
	})
	return n, err
}

func (g *Gate) eachSealed(ctx context.Context, visit func(store.Factor) error) error {
	var last store.Factor
	for {
		list, err := g.accounts.SealedFactors(ctx, last, resealBatch)
		if err != nil {
			return fmt.Errorf("list sealed values: %w", err)
		}
		if len(list) == 0 {
			return nil
		}
		for _, last = range list {
			if err := visit(last); err != nil {
				return err
			}
		}
	}
}
