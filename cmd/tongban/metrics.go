package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what operators watch. Labels are verbs, outcomes and classes of answers; never a case or a person.
type metrics struct {
	registry *prometheus.Registry
	commands *prometheus.HistogramVec
	requests *prometheus.HistogramVec
	signIns  *prometheus.CounterVec

	dispatches *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		commands: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tongban_command_seconds", Help: "Time to decide and commit a command, by verb and outcome.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5},
		}, []string{"verb", "outcome"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tongban_http_request_seconds", Help: "Time to answer an HTTP request, by method and status.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5},
		}, []string{"method", "status"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tongban_sign_in_events_total", Help: "Sign-ins, refusals and sign-outs, by kind.",
		}, []string{"kind"}),
		dispatches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tongban_dispatches_total", Help: "Attempts to send a message outside, by channel and outcome: sent, failed, unclear, dead.",
		}, []string{"channel", "outcome"}),
	}
	m.registry.MustRegister(m.commands, m.requests, m.signIns, m.dispatches, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) command(verb, outcome string, took time.Duration) {
	m.commands.WithLabelValues(verb, outcome).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// watch measures every request.
func (m *metrics) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		m.requests.WithLabelValues(method(r.Method), strconv.Itoa(rec.status)).Observe(time.Since(began).Seconds())
	})
}

// method keeps the label's values few, whatever a client sends.
func method(s string) string {
	switch s {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodDelete:
		return s
	}
	return "other"
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
