package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// tracer tells a collector of OpenTelemetry where the time of requests goes: a span for each request, and within it one for
// each command. Spans name doors, verbs and outcomes; never a case, a person, or an address with its parameters. A nil tracer
// tells nobody.
type tracer struct {
	provider *sdk.TracerProvider
	spans    trace.Tracer
}

// newTracer sends a share of the requests, 0 to 1, to the collector at an address; nil without an address. What a client says of
// a trace of its own is not believed: it could make the server record everything.
func newTracer(ctx context.Context, address string, share float64, log *slog.Logger) (*tracer, error) {
	if address == "" {
		return nil, nil
	}
	to, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address))
	if err != nil {
		return nil, fmt.Errorf("traces to %s: %w", address, err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", "tongban"), attribute.String("service.version", version))
	p := sdk.NewTracerProvider(sdk.WithBatcher(logged{to, log}), sdk.WithResource(about), sdk.WithSampler(sdk.TraceIDRatioBased(share)))
	return &tracer{provider: p, spans: p.Tracer("tongban")}, nil
}

// checkTrace finds a wrong address or share before anything is opened.
func checkTrace(address string, share float64) error {
	if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil) {
		return usageError(fmt.Sprintf("--trace %.60q is not the address of a collector, such as http://127.0.0.1:4318/v1/traces", address))
	}
	if share < 0 || share > 1 {
		return usageError(fmt.Sprintf("--trace-share %g is not between 0 and 1", share))
	}
	return nil
}

// logged notes in the program's own log that spans could not be sent; they are lost, and nothing else.
type logged struct {
	sdk.SpanExporter
	log *slog.Logger
}

// ExportSpans is sdk.SpanExporter's.
func (l logged) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := l.SpanExporter.ExportSpans(ctx, spans); err != nil {
		l.log.Warn("traces not sent", "spans", len(spans), "err", err)
	}
	return nil
}

// watch makes a span of each request.
func (t *tracer) watch(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		verb := method(r.Method)
		ctx, span := t.spans.Start(r.Context(), verb+" "+doorOf(r.URL.Path), trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", verb)))
		defer span.End()
		rec := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r.WithContext(ctx))
		span.SetAttributes(attribute.Int("http.response.status_code", rec.status))
		if rec.status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	})
}

// command makes a span of a command that has ended.
func (t *tracer) command(ctx context.Context, verb, outcome string, took time.Duration) {
	if t == nil {
		return
	}
	ended := time.Now()
	_, span := t.spans.Start(ctx, verb, trace.WithTimestamp(ended.Add(-took)), trace.WithAttributes(attribute.String("tongban.outcome", outcome)))
	if outcome == "failed" {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(ended))
}

// close sends what waits, if the collector takes it before ctx ends.
func (t *tracer) close(ctx context.Context) {
	if t != nil {
		_ = t.provider.Shutdown(ctx) // a collector that is away is no reason to stop badly; the log has it
	}
}

var word = regexp.MustCompile(`^[a-z]{1,20}$`)

// doorOf is the first word of a path, and the second below the API: these are ours. What comes after may name a case.
func doorOf(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	keep := 1
	if parts[0] == "api" {
		keep = 3
	}
	for i, p := range parts[:min(keep, len(parts))] {
		if !word.MatchString(p) && p != "v1" {
			parts = parts[:i]
			break
		}
	}
	return "/" + strings.Join(parts[:min(keep, len(parts))], "/")
}
