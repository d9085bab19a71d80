package main

import (
	"net/http"
	"net/http/pprof"

	"github.com/tongban/tongban/internal/access"
)

// profiles are Go's own views into the running program (package net/http/pprof), for the system administrator alone: they show
// what is in memory and cost time. Everybody else gets what an unknown address gets. One at a time; those over time last at
// most a minute.
func (a *app) profiles(door *access.Door) http.Handler {
	const longest = "60"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	one := make(chan struct{}, 1)
	return door.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by, _, ok := access.FromRequest(r)
		if !ok || !access.May(by, access.SystemManage, access.Resource{}).Allow {
			http.NotFound(w, r)
			return
		}
		if s := r.FormValue("seconds"); len(s) > len(longest) || len(s) == len(longest) && s > longest {
			http.Error(w, "at most "+longest+" seconds", http.StatusBadRequest)
			return
		}
		select {
		case one <- struct{}{}:
			defer func() { <-one }()
		default:
			w.Header().Set("Retry-After", longest)
			http.Error(w, "another profile is being taken", http.StatusServiceUnavailable)
			return
		}
		a.log.Info("profile taken", "account", by.ID, "path", r.URL.Path)
		mux.ServeHTTP(w, r)
	}))
}
