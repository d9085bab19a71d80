package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// gathered is a collector of OpenTelemetry: OTLP over HTTP.
type gathered struct {
	mu    sync.Mutex
	raw   bytes.Buffer
	spans []*spans.Span
}

func (g *gathered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = z
	}
	data, err := io.ReadAll(body)
	var in collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(data, &in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.raw.Write(data)
	for _, from := range in.ResourceSpans {
		for _, scope := range from.ScopeSpans {
			g.spans = append(g.spans, scope.Spans...)
		}
	}
}

func TestTraces_show_commands_within_requests_and_nobodys_data(t *testing.T) {
	t.Parallel()
	g := &gathered{}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	p := serve(t, "--data", t.TempDir(), "--trace", server.URL+"/v1/traces", "--trace-share", "1")
	c := citizen(t, p.address, 1)
	no := c.open(t, 1)
	c.give(t, no, "save-draft", map[string]any{"data": form(1)})
	get(t, p.address+"/my?"+phone(1), "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if code := p.end(); code != 0 {
		t.Errorf("exit %d: %s", code, p.err)
	}
	requests := map[string]*spans.Span{} // by id
	for _, s := range g.spans {
		if len(s.ParentSpanId) == 0 {
			requests[string(s.SpanId)] = s
		}
	}
	within := map[string]string{} // the request of a command
	names := map[string]bool{}
	for _, s := range g.spans {
		names[s.Name] = true
		if of := requests[string(s.ParentSpanId)]; of != nil {
			within[s.Name] = of.Name
			if s.StartTimeUnixNano < of.StartTimeUnixNano || s.EndTimeUnixNano > of.EndTimeUnixNano {
				t.Errorf("%s lasts from %d to %d, its request from %d to %d", s.Name, s.StartTimeUnixNano, s.EndTimeUnixNano, of.StartTimeUnixNano, of.EndTimeUnixNano)
			}
		}
	}
	if within["open"] != "POST /api/v1/cases" || within["save-draft"] != "POST /api/v1/cases" || !names["GET /my"] {
		t.Errorf("commands within requests: %v; all spans: %v", within, names)
	}
	for _, personal := range []string{phone(1), citizenNo(1).No, "王秀英", string(no), password, c.token, "4bf92f3577b34da6a3ce929d0e0e4736",
		"\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6"} {
		if bytes.Contains(g.raw.Bytes(), []byte(personal)) {
			t.Errorf("the collector was told %q", personal)
		}
	}
}

func TestTraces_that_nobody_takes_cost_nothing_else(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	p := serve(t, "--data", t.TempDir(), "--trace", server.URL, "--trace-share", "1")
	citizen(t, p.address, 1).open(t, 1)
	if code := p.end(); code != 0 || !strings.Contains(p.err.String(), "traces not sent") {
		t.Errorf("exit %d: %s", code, p.err)
	}
}

func TestDoorOf_names_no_case(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/": "/", "": "/", "/my/610500-20261123-000001": "/my", "/desk/cases/610500-20261123-000001/act": "/desk",
		"/api/v1/cases/610500-20261123-000001/submit": "/api/v1/cases", "/api/v1": "/api/v1", "/610500": "/", "/api/X/cases": "/api",
		"/" + strings.Repeat("a", 21): "/", "//my": "/my", "/王秀英": "/",
	} {
		if got := doorOf(path); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}
