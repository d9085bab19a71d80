package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
)

// childEnv makes a run of the test binary the program itself, with the arguments of the command line: a real process, which
// can be killed, without another build.
const childEnv = "TONGBAN_PROGRAM_CHILD"

// dearEnv makes a child pay for hashes of passwords what the program does; other tests are about something else.
const dearEnv = "TONGBAN_PROGRAM_DEAR"

// aloneEnv makes a run of the test binary that of one test; see alone.
const aloneEnv = "TONGBAN_TEST_ALONE"

// alone reports whether a test has the process to itself. One that measures its process runs in another, beside the other tests, whose
// memory would count in this one: there alone holds, and here the test is done when that has passed.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneEnv) == t.Name() {
		return true
	}
	t.Parallel()
	only := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+only, "-test.v", "-test.timeout=30m") // #nosec G204 G702 -- the test itself
	c.Env = append(os.Environ(), aloneEnv+"="+t.Name())
	said, err := c.CombinedOutput()
	if err != nil || !bytes.Contains(said, []byte("--- PASS: "+t.Name()+" (")) {
		t.Errorf("alone: %v", err)
	}
	t.Logf("%s", said)
	return false
}

func TestMain(m *testing.M) {
	if os.Getenv(dearEnv) == "" {
		hashes = access.Weak()
	}
	if os.Getenv(childEnv) != "" {
		if file := os.Getenv(clockEnv); file != "" {
			os.Exit(runMoved(file))
		}
		main()
		return
	}
	code := m.Run()
	_ = os.RemoveAll(demos.root) // a folder that stays is no fault of the tests
	os.Exit(code)
}

const weinan = "610500"

// buffer is written by one goroutine and read by another.
type buffer struct {
	mu    sync.Mutex
	b     bytes.Buffer
	grown chan struct{} // closed at the next Write; nil if nobody waits for it
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.grown != nil {
		close(b.grown)
		b.grown = nil
	}
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// more is what was written so far, and a channel that is closed when there is more.
func (b *buffer) more() (string, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.grown == nil {
		b.grown = make(chan struct{})
	}
	return b.b.String(), b.grown
}

// process is a served hall in a process of its own.
type process struct {
	t       testing.TB
	cmd     *exec.Cmd
	address string // http://127.0.0.1:PORT
	out     *buffer
	err     *buffer
	read    chan struct{} // closed when all of standard output was read
}

// child is a run of the program that has not begun.
func child(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...) // #nosec G204 G702 -- the test itself
	c.Env = append(os.Environ(), childEnv+"=1")
	return c
}

// serve starts the program on a free port of loopback and returns when it has said where it is: it listens then.
func serve(t testing.TB, args ...string) *process {
	t.Helper()
	return serveIn(t, nil, args...)
}

// serveIn is serve with more in the environment.
func serveIn(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: child(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...), out: &buffer{}, err: &buffer{}, read: make(chan struct{})}
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stderr = p.err
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	must(t, p.cmd.Start())
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.kill()
		}
	})
	r := bufio.NewReader(io.TeeReader(out, p.out))
	line, err := r.ReadString('\n')
	if err != nil {
		_ = p.cmd.Wait()
		t.Fatalf("serve ended with %v before it said where it is: %s", p.cmd.ProcessState, p.err)
	}
	p.address = addressIn(t, line)
	go func() {
		defer close(p.read)
		_, _ = io.Copy(io.Discard, r) // keeps what follows in p.out
	}()
	return p
}

func addressIn(t testing.TB, line string) string {
	t.Helper()
	m := regexp.MustCompile(`http://127\.0\.0\.1:[1-9][0-9]*`).FindString(line)
	if m == "" {
		t.Fatalf("the first line does not say where the hall is: %q", line)
	}
	return m
}

// waitFor returns what was printed once it holds some words.
func (p *process) waitFor(words string) string {
	p.t.Helper()
	late := time.After(time.Minute)
	for {
		out, grown := p.out.more()
		if strings.Contains(out, words) {
			return out
		}
		select {
		case <-grown:
		case <-late:
			p.t.Fatalf("%q is not printed: %s", words, out)
		}
	}
}

// end asks the process to stop as an operator does, and returns its exit status.
func (p *process) end() int {
	p.t.Helper()
	must(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	return p.wait()
}

// kill ends the process as a crash does.
func (p *process) kill() {
	p.t.Helper()
	must(p.t, p.cmd.Process.Kill())
	p.wait()
}

// until asks for up to a minute whether something holds that another process, or one beside the test, does in its own time. It leaves
// the processor to them meanwhile: who asks without a pause takes half of it.
func until(t testing.TB, holds func() bool) {
	t.Helper()
	late, again := time.After(time.Minute), time.NewTicker(10*time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-late:
			t.Fatal("it does not come within a minute")
		}
	}
}

func (p *process) wait() int {
	<-p.read
	_ = p.cmd.Wait() // its status says more
	return p.cmd.ProcessState.ExitCode()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// here serves in this process at a time of the test's choosing. stop ends it and checks that it ended well.
func here(t testing.TB, now func() time.Time, args ...string) (address string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	errw := &buffer{}
	code := make(chan int, 1)
	go func() {
		v := &world{ctx: ctx, in: strings.NewReader(""), out: w, err: errw, now: now}
		c := v.run(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...))
		_ = w.Close() // a pipe's Close does not fail
		code <- c
	}()
	out := bufio.NewReader(r)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("serve ended with %d: %s", <-code, errw)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if c := <-code; c != 0 {
			t.Errorf("serve ended with %d: %s", c, errw)
		}
	})
	t.Cleanup(stop)
	return addressIn(t, line), stop
}

// client is somebody at the API. Its methods that take a test fail it; send may be used from any goroutine.
type client struct {
	base, token string
	http        *http.Client
}

func newClient(address string) *client {
	return &client{base: address, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}}
}

// send gives a request under /api/v1 and reads the answer to its end. body is JSON to be, or bytes as they are.
func (c *client) send(method, path, key string, body any) (status int, answer []byte, err error) {
	kind, data := "application/json", []byte(nil)
	switch b := body.(type) {
	case nil:
	case []byte:
		kind, data = "application/octet-stream", b
	default:
		if data, err = json.Marshal(b); err != nil {
			return 0, nil, err
		}
	}
	r, err := http.NewRequest(method, c.base+api.Prefix+path, bytes.NewReader(data))
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	answer, err = io.ReadAll(resp.Body)
	if cerr := resp.Body.Close(); err == nil {
		err = cerr
	}
	return resp.StatusCode, answer, err
}

// want sends a request that must be answered with a status, and decodes the answer into v, which may be nil.
func (c *client) want(t testing.TB, status int, method, path string, body, v any) {
	t.Helper()
	got, answer, err := c.send(method, path, "", body)
	must(t, err)
	if got != status {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, got, status, answer)
	}
	if v != nil {
		if err := json.Unmarshal(answer, v); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
}

func (c *client) signIn(t testing.TB, login, password string) {
	t.Helper()
	var in struct{ Token string }
	c.want(t, http.StatusCreated, "POST", "/sessions", map[string]string{"login": login, "password": password}, &in)
	c.token = in.Token
}

const password = "correct horse 7"

// citizenNo is the n-th invented citizen, 1 to 28.
func citizenNo(n int) ident.Document {
	return ident.Document{Type: ident.DocResidentID, No: string(ident.MakeCitizenID("610502", 1990, 1, n, 11))}
}

func phone(n int) string { return fmt.Sprintf("138913000%02d", n) }

// citizen registers the n-th citizen and signs them in.
func citizen(t testing.TB, address string, n int) *client {
	t.Helper()
	c := newClient(address)
	c.want(t, http.StatusCreated, "POST", "/accounts", map[string]any{"name": "王秀英", "document": citizenNo(n), "phone": phone(n),
		"password": password, "region": weinan}, nil)
	c.signIn(t, phone(n), password)
	return c
}

func opening(n int) map[string]any {
	return map[string]any{"item": "company-open", "channel": "online",
		"applicant": map[string]any{"kind": "person", "name": "王秀英", "document": citizenNo(n), "phone": phone(n)}}
}

// form is a lawful answer to every question of practice 03: registration, seals and tax.
func form(n int) map[string]any {
	who := func(more map[string]any) map[string]any {
		more["name"], more["docType"], more["docNo"] = "王秀英", "resident-id", citizenNo(n).No
		return more
	}
	return map[string]any{
		"company": map[string]any{"name": "渭南秦东小麦食品有限公司", "kind": "limited-sole-person", "capital": "100000", "region": "610502",
			"address": "临渭区东风大街88号", "addressUse": "rent", "industry": "C13", "scope": "面粉、挂面生产、销售", "term": "long"},
		"legal": who(map[string]any{"phone": phone(n), "post": "director"}),
		"people": []any{who(map[string]any{"post": "director"}),
			map[string]any{"post": "supervisor", "name": "李志强", "docType": "resident-id", "docNo": citizenNo(28).No}},
		"contact":      who(map[string]any{"phone": phone(n)}),
		"shareholders": []any{who(map[string]any{"amount": "100000", "by": "2030-06-30"})},
		"tax": map[string]any{"accounting": "small-enterprise", "payer": "small-scale", "financeName": "王秀英", "financePhone": phone(n),
			"invoice": "no"},
		"seals": []any{"official"}, "bank": map[string]any{"wanted": "no"}, "staff": map[string]any{"insured": "no"},
		"fund": map[string]any{"wanted": "no"}, "delivery": map[string]any{"how": "window", "receiver": "王秀英", "phone": phone(n)},
	}
}

// give gives a command on a case.
func (c *client) give(t testing.TB, no caseflow.CaseNo, verb string, body any) hall.Receipt {
	t.Helper()
	var r hall.Receipt
	c.want(t, http.StatusOK, "POST", "/cases/"+string(no)+"/"+verb, body, &r)
	return r
}

func (c *client) open(t testing.TB, n int) caseflow.CaseNo {
	t.Helper()
	var r hall.Receipt
	c.want(t, http.StatusOK, "POST", "/cases", opening(n), &r)
	return r.Case
}

// submitted opens a case of the n-th citizen, fills it in, and hands it in with the proof of address put off.
func (c *client) submitted(t testing.TB, n int) caseflow.CaseNo {
	t.Helper()
	no := c.open(t, n)
	c.give(t, no, "save-draft", map[string]any{"data": form(n)})
	for _, m := range []string{"articles", "legal-identity", "owner-identity"} {
		var f caseflow.File
		c.want(t, http.StatusCreated, "POST", "/files?name="+m+".pdf", []byte("%PDF-1.7\n"+m+phone(n)), &f)
		c.give(t, no, "attach", map[string]any{"material": m, "file": f})
	}
	c.give(t, no, "defer", map[string]any{"material": "address-proof", "signed": "王秀英"})
	c.give(t, no, "submit", nil)
	return no
}

func (c *client) detail(t testing.TB, no caseflow.CaseNo) api.CaseDetail {
	t.Helper()
	var d api.CaseDetail
	c.want(t, http.StatusOK, "GET", "/cases/"+string(no), nil, &d)
	return d
}

func (c *client) timeline(t testing.TB, no caseflow.CaseNo) []api.TimelineEntry {
	t.Helper()
	var line struct{ Entries []api.TimelineEntry }
	c.want(t, http.StatusOK, "GET", "/cases/"+string(no)+"/timeline", nil, &line)
	return line.Entries
}
