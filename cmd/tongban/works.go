package main

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/module"
)

// worksEvery is how often a module looks for what is due.
const worksEvery = 10 * time.Second

// works lets a module do what nobody asks for until ctx ends.
func (a *app) works(ctx context.Context, w module.Worker) {
	tick := time.NewTicker(worksEvery)
	defer tick.Stop()
	bell := a.jobs.Bell(w.Job())
	for {
		_, err := a.jobs.Do(w.Job(), worksEvery, func() (int, error) { return 0, w.Work(ctx) })
		if err != nil && ctx.Err() == nil {
			a.log.Error("work of a module", "job", w.Job(), "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-bell:
		}
	}
}
