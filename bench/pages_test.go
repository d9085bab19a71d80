package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// BenchmarkPages asks the program for pages, 200 times a second for 15 seconds each, over many cases in the embedded store
// (100,000; 1,000,000 with TONGBAN_BENCH_LONG=1): the queue of a department, an open case that is not in memory, the
// department's cases, and a case by a telephone. The load is made on the same machine. "floor" is /healthz in the same
// run, what machine, network and load cost by themselves; "ratio" is the page's p99 to the floor's.
func BenchmarkPages(b *testing.B) {
	cases := 100_000
	if os.Getenv("TONGBAN_BENCH_LONG") != "" {
		cases = 1_000_000
	}
	t := newTown(b, cases)
	s := serve(b, program(b), t.folder)
	defer s.stop(b)
	c := newClient(s)
	c.signIn(b, "market", t.passwords["market"])
	pages := []struct {
		name string
		path func() string
	}{
		{"queue", func() string { return "/desk?tab=dept" }},
		{"case", func() string { return "/desk/cases/" + string(t.open[rand.IntN(len(t.open))]) }},
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
				shots := atRate(b.Context(), rate, seconds*rate, get(p.path))
				p99 := quantile(b, shots, 0.99)
				b.ReportMetric(quantile(b, shots, 0.5), "p50-ms")
				b.ReportMetric(p99, "p99-ms")
				b.ReportMetric(floor, "floor-p99-ms")
				b.ReportMetric(p99/floor, "ratio")
			}
		})
	}
}

// demoNames are what people type who look for a company, in part or whole.
var demoNames = []string{"秦岭", "商贸", "餐饮", "华山"}
