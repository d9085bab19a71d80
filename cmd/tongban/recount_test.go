package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/store/pgtest"
)

// stricter copies the pack of practice 03 as version 1.3.0, in which the applicant corrects within 12 working days and the
// registrar reviews within 3 working hours.
func stricter(t *testing.T) string {
	t.Helper()
	dir := pack03(t, "pack.yaml", "version: 1.2.0", "version: 1.3.0")
	path := filepath.Join(dir, "pack.yaml")
	data, err := os.ReadFile(filepath.Clean(path))
	must(t, err)
	text := strings.Replace(string(data), "limit: 4 workhour", "limit: 3 workhour", 1)
	text = strings.Replace(text, "limit: 10 workday", "limit: 12 workday", 1)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return dir
}

// A newer version of a pack reaches running cases by the command line: first as a list, then in fact, once.
func TestRecount_lists_then_applies_once(t *testing.T) {
	t.Parallel()
	stores := map[string][]string{"sqlite": {"--data", t.TempDir()}}
	if !testing.Short() {
		stores["postgres"] = []string{"--data", t.TempDir(), "--store", pgtest.Start(t)}
	}
	newer := stricter(t)
	for name, at := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			demoOf(t, 24, at...)
			where := placeFlags{Data: at[1]}
			if len(at) > 2 {
				where.Store = at[3]
			}
			before := states(t, where, newer)
			args := append([]string{"recount", "--packs", newer, "--item", "company-open", "--pack-version", "1.3.0", "--from", "2020-01-01",
				"--reason", "登记审查提速"}, at...)
			listed, errw, code := cli(t, args...)
			if code != 0 || !strings.Contains(errw, "nothing was changed") || !strings.Contains(listed, "\twould-change\tstep:register#1\t") {
				t.Fatalf("exit %d, listed %q, said %q", code, listed, errw)
			}
			if explicit, _, code := cli(t, append(args, "--dry-run")...); code != 0 || explicit != listed {
				t.Errorf("--dry-run: exit %d, %q", code, explicit)
			}
			if after := states(t, where, newer); !maps.Equal(before, after) {
				t.Fatal("the list changed cases")
			}
			apply := append(args, "--apply", "--request", "speed-1", "--json")
			var done, again recountResult
			must(t, json.Unmarshal([]byte(does(t, apply...)), &done))
			after := states(t, where, newer)
			changed := 0
			for no, state := range after {
				if state != before[no] {
					changed++
					if !strings.Contains(state, `"stepLimits"`) {
						t.Errorf("%s changed to %s", no, state)
					}
				}
			}
			if !done.Applied || len(done.Cases) == 0 || changed != len(done.Cases) {
				t.Fatalf("told of %d cases, %d changed", len(done.Cases), changed)
			}
			for _, c := range done.Cases {
				if c.Outcome != "changed" || !strings.Contains(listed, string(c.Case)) {
					t.Errorf("%s %s, the list did not say so", c.Case, c.Outcome)
				}
			}
			must(t, json.Unmarshal([]byte(does(t, apply...)), &again))
			same := func(a, b recountedOut) bool { return a.Case == b.Case && slices.Equal(a.Moves, b.Moves) }
			if !slices.EqualFunc(done.Cases, again.Cases, same) || !maps.Equal(after, states(t, where, newer)) {
				t.Error("the same request again did something else")
			}
		})
	}
}

func TestRecount_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	does(t, "migrate", "--new", "--data", data)
	for name, c := range map[string]struct {
		code int
		said string
		args []string
	}{
		"no reason":             {2, "--reason", nil},
		"version without item":  {2, "go together", []string{"--reason", "x", "--pack-version", "1.2.0", "--from", "2026-01-01"}},
		"version without day":   {2, "go together", []string{"--reason", "x", "--pack-version", "1.2.0", "--item", "company-open"}},
		"no day":                {2, "--from", []string{"--reason", "x", "--pack-version", "1.2.0", "--item", "company-open", "--from", "soon"}},
		"no such region":        {2, "GB/T 2260", []string{"--reason", "x", "--region", "000000"}},
		"both":                  {2, "apply", []string{"--reason", "x", "--dry-run", "--apply"}},
		"no such version":       {1, "version", []string{"--reason", "x", "--pack-version", "9.9.9", "--item", "company-open", "--from", "2026-01-01"}},
		"no such item":          {1, "item", []string{"--reason", "x", "--item", "nothing"}},
		"a request id too long": {1, "request id", []string{"--reason", "x", "--apply", "--request", strings.Repeat("r", 80)}},
	} {
		out, errw, code := cli(t, append([]string{"recount", "--data", data}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(errw, c.said) {
			t.Errorf("%s: exit %d, printed %q, said %q; want exit %d and %q", name, code, out, errw, c.code, c.said)
		}
	}
	refuses(t, "no store", "recount", "--data", filepath.Join(data, "nowhere"), "--reason", "x")
	if out, errw, code := cli(t, "recount", "--data", data, "--reason", "日历更新"); code != 0 || out != "" {
		t.Errorf("an empty store: exit %d, %q, %q", code, out, errw)
	}
}
