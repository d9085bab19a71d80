package credit

import (
	"context"
	"errors"

	"github.com/tongban/tongban/internal/chore"
)

// Job is what its work is called.
func (m *Module) Job() chore.Name { return chore.Credit }

// Work does all that is due now.
func (m *Module) Work(ctx context.Context) error {
	if err := m.follow(ctx); err != nil {
		return err
	}
	return m.each(ctx, func(ctx context.Context, region string) error {
		return errors.Join(m.sweep(ctx, region), m.recompute(ctx, region), m.publish(ctx, region))
	})
}

// Tiers is the part of Work that brings all tiers up to records, index and day.
func (m *Module) Tiers(ctx context.Context) error { return m.each(ctx, m.recompute) }

// each does something with every register.
func (m *Module) each(ctx context.Context, do func(ctx context.Context, region string) error) error {
	regions, err := m.regions(ctx)
	for _, region := range regions {
		if err != nil {
			return err
		}
		err = do(ctx, region)
	}
	return err
}
