package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store/pgtest"
)

// Totals that went wrong are listed, changed by nothing but --rebuild, and then what the journals give.
func TestTotals_are_checked_and_rebuilt(t *testing.T) {
	t.Parallel()
	stores := map[string][]string{"sqlite": {"--data", t.TempDir()}}
	if !testing.Short() {
		stores["postgres"] = []string{"--data", t.TempDir(), "--store", pgtest.Start(t)}
	}
	for name, at := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			demoOf(t, 12, at...)
			if out, errw, code := cli(t, append([]string{"totals"}, at...)...); code != 0 || out != "" || !strings.Contains(errw, "are what the journals give") {
				t.Fatalf("fresh: exit %d, %q, %q", code, out, errw)
			}
			where := placeFlags{Data: at[1]}
			if len(at) > 2 {
				where.Store = at[3]
			}
			const region = weinan
			wipeTotals(t, where, region)
			listed, errw, code := cli(t, append([]string{"totals", "--check", "--region", region}, at...)...)
			if code != 1 || !strings.Contains(listed, region+"\t") || !strings.Contains(listed, "\treceived\t0\t0\t") || !strings.Contains(errw, "--rebuild") {
				t.Fatalf("wiped: exit %d, listed %q, said %q", code, listed, errw)
			}
			if again, _, _ := cli(t, append([]string{"totals"}, at...)...); again != listed {
				t.Errorf("a check changed something: %q", again)
			}
			var done struct {
				Rebuilt bool
				Gaps    []gapOut
			}
			must(t, json.Unmarshal([]byte(does(t, append([]string{"totals", "--rebuild", "--json"}, at...)...)), &done))
			if !done.Rebuilt || len(done.Gaps) != strings.Count(listed, "\n") {
				t.Errorf("rebuilt %t, %d of %d", done.Rebuilt, len(done.Gaps), strings.Count(listed, "\n"))
			}
			if out, _, code := cli(t, append([]string{"totals", "--check"}, at...)...); code != 0 || out != "" {
				t.Errorf("rebuilt: exit %d, %q", code, out)
			}
		})
	}
}

// wipeTotals empties the totals of a region.
func wipeTotals(t *testing.T, f placeFlags, region string) {
	t.Helper()
	ctx := context.Background()
	a, err := storeFlags{placeFlags: f}.open(ctx, slog.New(slog.DiscardHandler), time.Now)
	must(t, err)
	defer func() { must(t, a.close()) }()
	written, err := a.store.Written(ctx, region)
	must(t, err)
	must(t, a.store.Retotal(ctx, region, written, nil))
}

func TestTotals_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	refuses(t, "no store", "totals", "--data", filepath.Join(data, "nowhere"))
	demoOf(t, 1, "--data", data)
	for said, args := range map[string][]string{"together": {"--check", "--rebuild"}, "not a region": {"--region", "000000"}} {
		if out, errw, code := cli(t, append([]string{"totals", "--data", data}, args...)...); code != 2 || out != "" || !strings.Contains(errw, said) {
			t.Errorf("%v: exit %d, printed %q, said %q", args, code, out, errw)
		}
	}
}
