package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
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

// loadWithin bounds how long a scrape waits for what is counted in the database.
const loadWithin = 2 * time.Second

// watchLoad adds how much waits and how large the database is: what the console's page of the system shows, from the same source.
func (m *metrics) watchLoad(count func(context.Context, time.Time) (store.Workload, error), now func() time.Time) {
	m.registry.MustRegister(&loadOf{count, now})
}

// loadOf asks once a scrape.
type loadOf struct {
	count func(context.Context, time.Time) (store.Workload, error)
	now   func() time.Time
}

var loadFigures = []struct {
	*prometheus.Desc
	of func(store.Workload) float64
}{
	{figure("tongban_cases_waking", "Cases with a clock that is due and not yet taken up."), func(w store.Workload) float64 { return float64(w.Waking) }},
	{figure("tongban_messages_waiting", "Messages that wait to be sent."), func(w store.Workload) float64 { return float64(w.Waiting) }},
	{figure("tongban_messages_dead", "Messages that are given up."), func(w store.Workload) float64 { return float64(w.Dead) }},
	{figure("tongban_sessions_open", "Sessions that have neither ended nor expired."), func(w store.Workload) float64 { return float64(w.Open) }},
	{figure("tongban_database_bytes", "Size of the database."), func(w store.Workload) float64 { return float64(w.Bytes) }},
}

func figure(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }

// Describe is prometheus.Collector's.
func (l *loadOf) Describe(out chan<- *prometheus.Desc) {
	for _, f := range loadFigures {
		out <- f.Desc
	}
}

// Collect is prometheus.Collector's. A database that does not answer leaves the figures out, so that nobody reads old ones.
func (l *loadOf) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), loadWithin)
	defer cancel()
	w, err := l.count(ctx, l.now())
	if err != nil {
		return
	}
	for _, f := range loadFigures {
		out <- prometheus.MustNewConstMetric(f.Desc, prometheus.GaugeValue, f.of(w))
	}
}

// calendar tells how many days there are until the last published one.
func (m *metrics) calendar(h *hall.Hall) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tongban_calendar_days_left", Help: "Days until the last day whose calendar is published; negative once it is past.",
	}, func() float64 {
		_, days := h.CalendarLeft()
		return float64(days)
	}))
}

// log tells how far the evidence log lags.
func (m *metrics) log(s *sequencer.Sequencer) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tongban_log_lag_seconds", Help: "For how long at most an entry may have waited for its place in the evidence log.",
	}, func() float64 { return s.Lag().Seconds() }), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tongban_log_behind", Help: "1 while the evidence log lags beyond --log-limit, or nothing is signed any more: nothing is granted, refused, revoked or handed out.",
	}, func() float64 {
		if s.Behind() {
			return 1
		}
		return 0
	}))
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
