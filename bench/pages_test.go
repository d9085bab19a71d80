package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/web/browsertest"
)

// BenchmarkPages asks the program for pages, 200 times a second for 15 seconds each, over many cases in the embedded store
// (100,000; 1,000,000 with TONGBAN_BENCH_LONG=1; TONGBAN_BENCH_TOWN names a folder that keeps them for the next time): the queue of a
// department, an open case that is not in memory, the department's cases, and a case by a telephone. The load is made on the same machine.
// "floor" is /healthz in the same run, what machine, network and load cost by themselves; "ratio" is the page's p99 to the floor's. "refused"
// is the share that was told to come again: where it is not 0, this machine cannot serve so many and make the load too.
func BenchmarkPages(b *testing.B) {
	cases := 100_000
	if os.Getenv("TONGBAN_BENCH_LONG") != "" {
		cases = 1_000_000
	}
	t := keptTown(b, cases)
	s := serve(b, program(b), t.folder)
	defer s.stop(b)
	s.rest(b)
	c := newClient(s)
	c.signIn(b, "market", t.Passwords["market"])
	pages := []struct {
		name string
		path func() string
	}{
		{"queue", func() string { return "/desk?tab=dept" }},
		{"case", func() string { return "/desk/cases/" + string(t.Open[rand.IntN(len(t.Open))]) }},
		{"number", func() string { return fmt.Sprintf("/desk/find?q=139%08d", rand.IntN(cases)) }},
		{"name", func() string { return "/desk/find?q=" + demoNames[rand.IntN(len(demoNames))] }},
	}
	for _, p := range pages {
		b.Run(fmt.Sprintf("cases=%d/%s", cases, p.name), func(b *testing.B) {
			get := func(path func() string) func(context.Context, int) (int, error) {
				return func(ctx context.Context, _ int) (int, error) { return c.get(ctx, path()) }
			}
			const rate, seconds = 200, 15
			atRate(b.Context(), rate, 2*rate, get(p.path)) // connections, prepared statements
			floor := quantile(b, atRate(b.Context(), rate, 5*rate, get(func() string { return "/healthz" })), 0.99)
			b.ResetTimer()
			for range b.N {
				done, refused := served(b, atRate(b.Context(), rate, seconds*rate, get(p.path)))
				p99 := quantile(b, done, 0.99)
				b.ReportMetric(quantile(b, done, 0.5), "p50-ms")
				b.ReportMetric(p99, "p99-ms")
				b.ReportMetric(refused, "refused")
				b.ReportMetric(floor, "floor-p99-ms")
				b.ReportMetric(p99/floor, "ratio")
			}
		})
	}
}

// demoNames are what people type who look for a company, in part or whole.
var demoNames = []string{"秦岭", "商贸", "餐饮", "华山"}

// BenchmarkOverload finds how many requests a second the program serves 64 clients who do what people do by turns (open a draft, look at a
// queue, at a case, at a guide), and then offers three times as many, twice for ten seconds. "kept" is the share of that peak which is still
// carried out; the rest is refused with 503; "first" and "second" are what it holds in memory after each time; "ratio" is the p99 of what is
// carried out to that at half the peak, "busy-ratio" to that at nine tenths of it. The program has one processor to itself, so that the load does not take from it what it is measured by.
func BenchmarkOverload(b *testing.B) {
	t := newTown(b, 1000)
	s := serveBy(b, []string{"taskset", "-c", "0", program(b)}, t.folder)
	defer s.stop(b)
	owner, clerk := newClient(s), newClient(s)
	owner.bearer(b, "13800000001", t.Passwords["13800000001"])
	clerk.signIn(b, "market", t.Passwords["market"])
	open := func(ctx context.Context, i int) (int, error) {
		switch i % 4 {
		case 0:
			return owner.send(ctx, http.MethodPost, "/api/v1/cases", "application/json", strings.NewReader(draft))
		case 1:
			return clerk.get(ctx, "/desk?tab=dept")
		case 2:
			return clerk.get(ctx, "/desk/cases/"+string(t.Open[i/4%len(t.Open)]))
		}
		return clerk.get(ctx, "/services/company-open")
	}
	for range b.N {
		const seconds = 10
		closedLoop(b, 64, 3*time.Second, open)
		peak := closedLoop(b, 64, seconds*time.Second, open)
		normal := quantile(b, atRate(b.Context(), peak/2, int(peak/2)*seconds, open), 0.99)
		_, turned, busy := flood(b, 0.9*peak, seconds, open)
		kept, refused, accepted := flood(b, 3*peak, seconds, open)
		first := resident(b, s.cmd.Process.Pid)
		flood(b, 3*peak, seconds, open)
		b.ReportMetric(peak, "peak/s")
		b.ReportMetric(kept/peak, "kept")
		b.ReportMetric(refused, "refused")
		b.ReportMetric(normal, "normal-p99-ms")
		b.ReportMetric(accepted, "accepted-p99-ms")
		b.ReportMetric(busy, "busy-p99-ms")
		b.ReportMetric(turned, "busy-refused")
		b.ReportMetric(accepted/normal, "ratio")
		b.ReportMetric(accepted/busy, "busy-ratio")
		b.ReportMetric(first/1024, "first-MB")
		b.ReportMetric(resident(b, s.cmd.Process.Pid)/1024, "second-MB")
	}
}

// flood offers so many requests a second, and returns how many a second were carried out, which share was refused, and the p99 of those
// that were carried out, in milliseconds from when each was to be sent.
func flood(b *testing.B, rate float64, seconds int, send func(ctx context.Context, i int) (int, error)) (perSecond, refused, p99 float64) {
	b.Helper()
	began := time.Now()
	shots := atRate(b.Context(), rate, int(rate)*seconds, send)
	took := time.Since(began).Seconds()
	done, refused := served(b, shots)
	return float64(len(done)) / took, refused, quantile(b, done, 0.99)
}

// served are those that were carried out, and which share was refused. It fails the benchmark if any ended otherwise, or none was carried out.
func served(b *testing.B, shots []shot) (done []shot, refused float64) {
	b.Helper()
	no := 0
	for i, shot := range shots {
		switch {
		case shot.err == nil && shot.status == http.StatusOK:
			done = append(done, shot)
		case shot.err == nil && shot.status == http.StatusServiceUnavailable:
			no++
		default:
			b.Fatalf("request %d: %d %v", i, shot.status, shot.err)
		}
	}
	if len(done) == 0 {
		b.Fatal("nothing was carried out")
	}
	return done, float64(no) / float64(len(shots))
}

// draft is a citizen's for themselves.
const draft = `{"item":"company-open","channel":"online","applicant":{"kind":"person","name":"王秀英","document":{"docType":"resident-id","docNo":"610502199001010011"},"phone":"13800000001"}}`

// closedLoop lets clients send one request after another, and returns how many a second were carried out.
func closedLoop(b *testing.B, clients int, d time.Duration, send func(ctx context.Context, i int) (int, error)) float64 {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), d)
	defer cancel()
	var done atomic.Int64
	began := time.Now()
	err := spread(clients, 1<<30, func(i int) error {
		status, err := send(ctx, i)
		switch {
		case ctx.Err() != nil:
			return errEnough
		case err != nil || status != http.StatusOK:
			return fmt.Errorf("answered %d, %v", status, err)
		}
		done.Add(1)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		b.Fatal(err)
	}
	return float64(done.Load()) / time.Since(began).Seconds()
}

var errEnough = errors.New("enough")

// BenchmarkSlowClients asks for a queue page 100 times a second, alone, and beside 1,000 clients that send or read a byte a
// second: a third of them a header, a third a form, a third the answer. "ratio" is the p99 beside them to the p99 alone.
func BenchmarkSlowClients(b *testing.B) {
	t := newTown(b, 1000)
	s := serve(b, program(b), t.folder)
	defer s.stop(b)
	c := newClient(s)
	c.signIn(b, "market", t.Passwords["market"])
	queue := func(ctx context.Context, _ int) (int, error) { return c.get(ctx, "/desk?tab=dept") }
	for range b.N {
		const rate, seconds = 100, 15
		atRate(b.Context(), rate, 2*rate, queue)
		alone := quantile(b, atRate(b.Context(), rate, seconds*rate, queue), 0.99)
		ctx, cancel := context.WithCancel(b.Context())
		var slow, connected sync.WaitGroup
		var dropped atomic.Int64 // connections that the server has cut: they are opened again
		for i := range 1000 {
			connected.Add(1)
			slow.Go(func() {
				once := sync.OnceFunc(connected.Done)
				for ctx.Err() == nil {
					if trickle(ctx, s.address, slowWays[i%len(slowWays)], once) == nil {
						dropped.Add(1)
					}
				}
			})
		}
		connected.Wait()
		beside := quantile(b, atRate(b.Context(), rate, seconds*rate, queue), 0.99)
		cancel()
		slow.Wait()
		b.ReportMetric(alone, "alone-p99-ms")
		b.ReportMetric(beside, "beside-p99-ms")
		b.ReportMetric(beside/alone, "ratio")
		b.ReportMetric(float64(dropped.Load()), "cut")
	}
}

// slowWay is what a slow client sends at once, and what a byte a second; then it reads a byte a second.
type slowWay struct{ atOnce, trickled string }

var slowWays = []slowWay{
	{"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", strings.Repeat("x", 1000)},
	{"POST /signin HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n", strings.Repeat("x", 1000)},
	{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""},
}

// trickle is one slow connection; sent is told when it stands. It returns nil when the server has ended it.
func trickle(ctx context.Context, address string, way slowWay, sent func()) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = io.WriteString(conn, way.atOnce)
	sent()
	if err != nil {
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if i < len(way.trickled) {
			_, err = io.WriteString(conn, way.trickled[i:i+1])
		} else {
			_, err = conn.Read(make([]byte, 1))
		}
		if err != nil {
			return nil
		}
	}
}

// BenchmarkFirstPage is the first page that a citizen sees: how many kilobytes come over the line with all that it needs,
// packed as a browser asks for it, and how long it takes until something is painted in Chromium behind a slow line (400 kbit/s,
// 400 ms there and back, "Slow 3G" of its own tools), with nothing in its cache.
func BenchmarkFirstPage(b *testing.B) {
	t := newTown(b, 100)
	s := serve(b, program(b), t.folder)
	defer s.stop(b)
	weight := firstPage(b, s)
	for range b.N {
		w := browsertest.Start(b)
		w.Slow(400*time.Millisecond, 50_000)
		w.Goto("http://" + s.address + "/")
		var painted float64
		w.Eval(firstPaint, &painted)
		b.ReportMetric(painted, "paint-ms")
		b.ReportMetric(float64(weight)/1000, "kB")
	}
}

// firstPaint waits for the browser's own record.
const firstPaint = `new Promise(done => new PerformanceObserver(seen => {
	const paint = seen.getEntriesByName("first-contentful-paint")[0];
	if (paint) done(paint.startTime);
}).observe({type: "paint", buffered: true}))`

var linked = regexp.MustCompile(`(?:href|src)="(/_static/[^"]+)"`)

// firstPage is how many bytes the first page and what it links to come to.
func firstPage(b *testing.B, s *server) int {
	b.Helper()
	fetch := func(path string) (packed int, text []byte) {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+s.address+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip, br, zstd")
		res, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			b.Fatalf("%s: %s %v", path, res.Status, err)
		}
		return len(body), body
	}
	plain := newClient(s)
	res, err := plain.Get(plain.base + "/")
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	sum, _ := fetch("/")
	seen := map[string]bool{}
	for _, m := range linked.FindAllSubmatch(page, -1) {
		if path := string(m[1]); !seen[path] {
			seen[path] = true
			n, _ := fetch(path)
			sum += n
		}
	}
	if len(seen) == 0 {
		b.Fatal("the page links to nothing")
	}
	return sum
}
