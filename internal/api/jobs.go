package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// JobView is what a kind of background work of a server did last.
type JobView struct {
	Name   string    `json:"name"`
	Server string    `json:"server"`
	Here   bool      `json:"here,omitempty" doc:"Of the server that answers: as it is now; of others as they said within ten seconds"`
	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended,omitzero" doc:"Missing: it runs"`
	Next   time.Time `json:"next,omitzero" doc:"Missing: when something happens"`
	Done   int       `json:"done" doc:"Things that it did then"`
	Fault  string    `json:"fault,omitempty" doc:"Of the last run that failed"`
	Failed time.Time `json:"failed,omitzero"`
	Asks   bool      `json:"asks,omitempty" doc:"It can be asked to run now"`
}

// JobList is the background work of all servers.
type JobList struct {
	Body struct {
		Jobs []JobView `json:"jobs" nullable:"false"`
	}
}

type jobsInput struct{ caller }

type runJobInput struct {
	caller
	Job string `path:"job" maxLength:"40"`
}

func (a *API) registerJobs(op func(id, method, path, summary, more string) huma.Operation) {
	run := op("run-job", http.MethodPost, "/jobs/{job}/run", "Let background work of the server that answers run now", "The system administrator's. Work that is asked for twice before it begins runs once.")
	run.DefaultStatus = http.StatusAccepted
	huma.Register(a.huma, op("list-jobs", http.MethodGet, "/jobs", "The background work of all servers", "The system and the audit administrator's."), a.jobs)
	huma.Register(a.huma, run, a.runJob)
}

func (a *API) jobs(ctx context.Context, in *jobsInput) (*JobList, error) {
	list, err := a.o.Hall.Jobs(ctx, in.by)
	if err != nil {
		return nil, err
	}
	out := &JobList{}
	out.Body.Jobs = make([]JobView, len(list))
	for i := range list {
		j := &list[i]
		out.Body.Jobs[i] = JobView{j.Name, j.Server, j.Here, j.Began, j.Ended, j.Next, j.N, j.Fault, j.Failed, j.Asks}
	}
	return out, nil
}

func (a *API) runJob(ctx context.Context, in *runJobInput) (*struct{}, error) {
	return nil, a.o.Hall.RunJob(ctx, in.by, in.Job)
}
