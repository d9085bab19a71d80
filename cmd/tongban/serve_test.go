package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// get fetches an address with headers in pairs.
func get(t testing.TB, url string, headers ...string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	data, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	return resp.StatusCode, string(data)
}

func TestServe_answers_on_every_door(t *testing.T) {
	t.Parallel()
	p := serve(t, "--data", filepath.Join(t.TempDir(), "not", "there", "yet"), "--log-json")
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "ok", "/": "渭南市政务服务", "/api/v1/items": "company-open", "/api/v1/openapi.json": `"3.1`,
		"/services/company-open": "企业开办",
	} {
		if status, body := get(t, p.address+path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, want 200 with %q: %.300s", path, status, want, body)
		}
	}
	citizen(t, p.address, 1).open(t, 1)
	_, metrics := get(t, p.address+"/metrics")
	for _, want := range []string{`tongban_command_seconds_count{outcome="ok",verb="open"} 1`, `tongban_http_request_seconds_count{method="GET",status="200"}`,
		"tongban_sign_in_events_total", "go_goroutines"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	for _, personal := range []string{phone(1), citizenNo(1).No, "王秀英"} {
		if strings.Contains(metrics, personal) {
			t.Errorf("/metrics shows %s", personal)
		}
	}
	if status, _ := get(t, p.address+"/metrics", "X-Forwarded-For", "203.0.113.7"); status != http.StatusNotFound {
		t.Errorf("/metrics through a proxy: %d, want 404", status)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit %d: %s", code, p.err)
	}
	for _, personal := range []string{phone(1), citizenNo(1).No, "王秀英", password} {
		if strings.Contains(p.err.String(), personal) {
			t.Errorf("the log shows %s:\n%s", personal, p.err)
		}
	}
}

func TestMetrics_are_for_this_machine_only(t *testing.T) {
	t.Parallel()
	h := loopbackOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for from, want := range map[string]int{"127.0.0.1:9": 204, "[::1]:9": 204, "192.0.2.1:9": 404, "[2001:db8::1]:9": 404, "": 404, "@": 404,
		"127.0.0.1:9 X-Forwarded-For": 404, "127.0.0.1:9 Forwarded": 404} { // through a proxy on this machine
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		must(t, err)
		address, header, proxied := strings.Cut(from, " ")
		if r.RemoteAddr = address; proxied {
			r.Header.Set(header, "for=192.0.2.1")
		}
		w := &status{header: http.Header{}}
		h.ServeHTTP(w, r)
		if w.code != want {
			t.Errorf("from %q: %d, want %d", from, w.code, want)
		}
	}
}

// status is an answer of which only the status counts.
type status struct {
	header http.Header
	code   int
}

func (s *status) Header() http.Header         { return s.header }
func (s *status) Write(b []byte) (int, error) { return len(b), nil }
func (s *status) WriteHeader(code int)        { s.code = code }

func TestServe_refuses_wrong_values(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { must(t, taken.Close()) })
	broken := t.TempDir()
	must(t, os.WriteFile(filepath.Join(broken, "tongban.db"), []byte("this is no database, and long enough to be read as one"), 0o600))
	for _, c := range []struct {
		name string
		args []string
		code int
		say  []string // on standard error
	}{
		{"a listen address without port", []string{"--listen", "localhost"}, 2, []string{"--listen", "127.0.0.1:8080"}},
		{"a port that is none", []string{"--listen", "127.0.0.1:99999"}, 2, []string{"--listen", "99999"}},
		{"a port in words", []string{"--listen", "127.0.0.1:web-or-so"}, 2, []string{"--listen"}},
		{"another database", []string{"--store", "mysql://root:secret@db/tongban"}, 2, []string{"--store", "postgres://"}},
		{"an unknown region", []string{"--region", "999999"}, 2, []string{"--region", "610500"}},
		{"an unknown log level", []string{"--log-level", "loud"}, 2, []string{"log-level", "debug"}},
		{"a base that is no address", []string{"--base", "tongban.example"}, 2, []string{"--base", "https://"}},
		{"a proxy that is no network", []string{"--proxies", "everybody"}, 2, []string{"--proxies", "127.0.0.1/32"}},
		{"an unknown flag", []string{"--colour"}, 2, []string{"--colour"}},
		{"a stray word", []string{"now"}, 2, []string{"now"}},
		{"a file in the place of the data folder", []string{"--data", file}, 2, []string{"--data", "not a folder"}},
		{"a folder of packs that is not there", []string{"--packs", filepath.Join(file, "x")}, 2, []string{"--packs"}},
		{"a port in use", []string{"--listen", taken.Addr().String()}, 1, []string{taken.Addr().String(), "--listen"}},
		{"a store that is no database", []string{"--data", broken}, 1, []string{"tongban.db"}},
		{"a PostgreSQL that is not there", []string{"--store", "postgres://tongban:secret@127.0.0.1:1/tongban"}, 1, []string{"store"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := c.args
			if !slices.Contains(args, "--data") {
				args = append([]string{"--data", t.TempDir()}, args...)
			}
			if !slices.Contains(args, "--listen") {
				args = append([]string{"--listen", "127.0.0.1:0"}, args...)
			}
			out, errw, code := cli(t, append([]string{"serve"}, args...)...)
			if code != c.code || out != "" {
				t.Errorf("exit %d, printed %q; want exit %d and nothing there: %s", code, out, c.code, errw)
			}
			for _, want := range c.say {
				if !strings.Contains(errw, want) {
					t.Errorf("standard error lacks %q: %s", want, errw)
				}
			}
			if strings.Contains(errw, "secret") {
				t.Errorf("a password is shown: %s", errw)
			}
		})
	}
}

// A service area, which GB/T 2260 does not know, has a hall of its own.
func TestServe_a_service_area(t *testing.T) {
	t.Parallel()
	for _, area := range ident.ServiceAreas() {
		p := serve(t, "--data", t.TempDir(), "--region", area.ID)
		if _, body := get(t, p.address+"/"); !strings.Contains(body, area.Name) {
			t.Errorf("the hall of %s does not say %s", area.ID, area.Name)
		}
		if code := p.end(); code != 0 {
			t.Errorf("exit %d: %s", code, p.err)
		}
	}
}

// A wrong value must not leave anything behind: whoever mistypes a flag finds no new folder.
func TestServe_with_a_wrong_value_makes_nothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for _, wrong := range [][]string{{"--region", "999999"}, {"--listen", "nowhere"}, {"--base", "x"}, {"--packs", "/nowhere/at/all"}} {
		if _, _, code := cli(t, append([]string{"serve", "--data", data}, wrong...)...); code != 2 {
			t.Errorf("%v: exit %d", wrong, code)
		}
		if _, err := os.Stat(data); !os.IsNotExist(err) {
			t.Errorf("%v made the data folder: %v", wrong, err)
		}
	}
}

func TestServe_demo_twice_is_one_demo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("makes a fortnight of traffic, which -short leaves out")
	}
	data := t.TempDir()
	serveDemo := func() (logins string, p *process) {
		p = serve(t, "--data", data, "--demo")
		if code := p.end(); code != 0 {
			t.Errorf("exit %d: %s", code, p.err)
		}
		_, logins, _ = strings.Cut(p.out.String(), "\n")
		return logins, p
	}
	first, _ := serveDemo()
	before := states(t, placeFlags{Data: data})
	again, _ := serveDemo()
	if first != again || strings.Count(first, "\n") < 11 {
		t.Errorf("the first start printed\n%s\nand the second\n%s", first, again)
	}
	after := states(t, placeFlags{Data: data})
	const others = 14 // of the cities beside this one
	// The last few would come in when the offices open next.
	if len(before) < demoCases*3/4 || len(before) > demoCases+others || len(after) != len(before) {
		t.Errorf("%d cases after the first start, %d after the second, want about %d", len(before), len(after), demoCases+others)
	}
	info, err := os.Stat(loginFile(data).path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the kept passwords: %v, %v; only their owner may read them", info, err)
	}
	p := serve(t, "--data", data)
	for _, line := range strings.Split(first, "\n") {
		if w := strings.Fields(line); len(w) >= 3 && w[0] == "window" {
			c := newClient(p.address)
			c.signIn(t, w[0], w[1])
			return
		}
	}
	t.Errorf("no login of the window among\n%s", first)
}

// virtual is a clock that the test moves.
type virtual struct{ at atomic.Int64 }

func (v *virtual) now() time.Time       { return time.UnixMicro(v.at.Load()).UTC() }
func (v *virtual) pass(d time.Duration) { v.at.Add(d.Microseconds()) }
func (v *virtual) set(day, hour, min int) {
	v.at.Store(time.Date(2026, 11, day, hour, min, 0, 0, workday.Shanghai).UnixMicro())
}

// A limit that ends while nothing serves takes effect late, once: 行政许可法 art. 32(4), silence is acceptance.
func TestServe_after_downtime_lets_clocks_act_late_and_once(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts three servers, which -short leaves out")
	}
	data, clock := t.TempDir(), &virtual{}
	clock.set(2, 10, 0)
	address, stop := here(t, clock.now, "--data", data)
	c := citizen(t, address, 1)
	no := c.submitted(t, 1)
	if d := c.detail(t, no); d.Phase != caseflow.PhaseReceived {
		t.Fatalf("phase %s after it was handed in", d.Phase)
	}
	stop()

	clock.set(20, 9, 0) // the fifth working day ended on the ninth
	address, stop = here(t, clock.now, "--data", data)
	c = newClient(address)
	c.signIn(t, phone(1), password)
	accepted := func(line []api.TimelineEntry) (list []api.TimelineEntry) {
		for _, e := range line {
			if slices.ContainsFunc(e.Events, func(x api.TimelineEvent) bool { return x.Clock == "acceptance" && x.Name == "clock-lapsed" }) {
				list = append(list, e)
			}
		}
		return list
	}
	var line []api.TimelineEntry
	until(t, func() bool { // the clocks run beside the requests
		line = c.timeline(t, no)
		return len(accepted(line)) > 0
	})
	if late := accepted(line)[0]; !late.At.Equal(clock.now()) || late.Kind != "system" {
		t.Errorf("the clock acted at %s as %s, want %s as system", late.At, late.Kind, clock.now())
	}
	if d := c.detail(t, no); d.Phase != caseflow.PhaseRunning {
		t.Errorf("phase %s after the silence, want running", d.Phase)
	}
	stop()

	clock.pass(time.Hour)
	address, _ = here(t, clock.now, "--data", data)
	c = newClient(address)
	c.signIn(t, phone(1), password)
	other := c.submitted(t, 1) // whose own clocks show that the runner runs
	clock.set(30, 9, 0)
	c = newClient(address)
	c.signIn(t, phone(1), password)
	until(t, func() bool { return len(accepted(c.timeline(t, other))) > 0 })
	if n := len(accepted(c.timeline(t, no))); n != 1 {
		t.Errorf("the clock acted %d times", n)
	}
}

// What a person waits for when the hall starts again with a fortnight of cases in its store.
func BenchmarkSecondStart(b *testing.B) {
	data := b.TempDir()
	var out, errw bytes.Buffer
	if code := run(context.Background(), []string{"demo", "--data", data}, strings.NewReader(""), &out, &errw); code != 0 {
		b.Fatal(errw.String())
	}
	for b.Loop() {
		p := serve(b, "--data", data, "--demo")
		if status, body := get(b, p.address+"/readyz"); status != http.StatusOK {
			b.Fatal(fmt.Errorf("not ready: %d %s", status, body))
		}
		b.StopTimer()
		p.end()
		b.StartTimer()
	}
}
