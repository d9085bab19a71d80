package credit

import (
	"context"
	"errors"
	"time"
)

// every is how often a server looks for tiers that are due.
const every = 10 * time.Second

// Serve keeps tiers as they should be until ctx ends.
func (m *Module) Serve(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := m.Work(ctx); err != nil && ctx.Err() == nil {
			m.log.Error("tiers of credit", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

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
