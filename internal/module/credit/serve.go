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
	regions, err := m.regions(ctx)
	if err != nil {
		return err
	}
	for _, region := range regions {
		if err := errors.Join(m.sweep(ctx, region), m.recompute(ctx, region), m.publish(ctx, region)); err != nil {
			return err
		}
	}
	return nil
}
