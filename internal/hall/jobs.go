package hall

import (
	"context"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// keepJobs is how long what a server said of its work stays when it says no more.
const keepJobs = 24 * time.Hour

// postJobs tells the store what the background work of this server did.
func (h *Hall) postJobs(ctx context.Context) error {
	var list []store.Job
	for _, r := range h.jobs.Changed() {
		list = append(list, store.Job{Name: string(r.Name), Began: r.Began, Ended: r.Ended, Next: r.Next, N: r.N, Fault: r.Fault, Failed: r.Failed})
	}
	if list == nil {
		return nil
	}
	return h.store.PutJobs(ctx, h.server, list, h.Now().Add(-keepJobs))
}

// Job is a kind of background work of a server.
type Job struct {
	store.Job
	Here bool // it is of the server that is asked
	Asks bool // and can be asked to run now
}

// Jobs lists the background work of all servers, by kind, for who may see how the system stands: of this server as it is now, of the
// others as they said with their last beat. ErrNotFound.
func (h *Hall) Jobs(ctx context.Context, by caseflow.Actor) ([]Job, error) {
	if !access.May(by, access.SystemSee, access.Resource{}).Allow {
		return nil, ErrNotFound
	}
	if err := h.postJobs(ctx); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	rows, err := h.store.Jobs(ctx)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	list := make([]Job, len(rows))
	for i, r := range rows {
		here := r.Server == h.server
		list[i] = Job{r, here, here && h.jobs.Rings(chore.Name(r.Name))}
	}
	return list, nil
}

// RunJob asks that background work of this server runs now; all of it may run at any time, on any number of servers. ErrNotFound for who
// may not manage the system, and of work that cannot be asked for here.
func (h *Hall) RunJob(ctx context.Context, by caseflow.Actor, name string) error {
	if !access.May(by, access.SystemManage, access.Resource{}).Allow || !h.jobs.Rings(chore.Name(name)) {
		return ErrNotFound
	}
	t, err := h.noted(by, by.Region, access.JobAsked, name)
	if err == nil {
		err = h.store.AddTrace(ctx, t)
	}
	if err != nil {
		return fmt.Errorf("ask for a job: %w", err)
	}
	h.jobs.Ring(chore.Name(name))
	return nil
}
