package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/workday"
)

// dayOff writes a calendar document of a region with one day off, the next working day after a week.
func dayOff(t *testing.T, region string) (file string, day workday.Date) {
	t.Helper()
	day = workday.National().Add(workday.DateOf(time.Now())+1, 1, workday.WorkDay)
	y, _, _ := day.Civil()
	file = filepath.Join(t.TempDir(), "off.json")
	must(t, os.WriteFile(file, fmt.Appendf(nil, `{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai","region":%q,
		"coverage":{"from":"%d-01-01","to":"%[2]d-12-31"},
		"days":[{"date":%[3]q,"name":"临时放假","kind":"off"}]}`, region, y, day), 0o600))
	return file, day
}

// A calendar is listed first, then loaded, once, also when the command is given again; it stays in the store.
func TestCalendar_load_lists_then_applies_once(t *testing.T) {
	t.Parallel()
	stores := map[string][]string{"sqlite": {"--data", t.TempDir()}}
	if !testing.Short() {
		stores["postgres"] = []string{"--data", t.TempDir(), "--store", pgtest.Start(t)}
	}
	for name, at := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			demoOf(t, 24, at...)
			file, day := dayOff(t, "610500")
			load := append([]string{"calendar", "load", file, "--source", "渭政办发〔2026〕9号", "--reason", "全市临时放假"}, at...)
			listed, errw, code := cli(t, load...)
			if code != 0 || !strings.Contains(errw, "nothing was changed") || !strings.Contains(errw, "1 days change") || !strings.Contains(listed, "\tlater\t") {
				t.Fatalf("exit %d, listed %q, said %q", code, listed, errw)
			}
			if out := does(t, append([]string{"calendar", "list"}, at...)...); out != "" {
				t.Fatalf("the list stored something: %q", out)
			}
			var tried calendarTried
			must(t, json.Unmarshal([]byte(does(t, append(load, "--json")...)), &tried))
			if n := strings.Count(listed, "\n"); len(tried.Moves) != n || tried.Version != 1 || len(tried.Days) != 1 || tried.Days[0].Date != day {
				t.Fatalf("%+v, the list has %d lines", tried, n)
			}
			var done, again calendarLoaded
			must(t, json.Unmarshal([]byte(does(t, append(load, "--apply", "--json")...)), &done))
			if done.Version != 1 || done.Cases != tried.Counts.Cases || done.Clocks != len(tried.Moves)-tried.Counts.KeptApplicant-tried.Counts.KeptPast || done.Finished.IsZero() || done.By != "system" {
				t.Fatalf("%+v, tried %+v", done, tried.Counts)
			}
			must(t, json.Unmarshal([]byte(does(t, append(load, "--apply", "--json")...)), &again))
			if again != done {
				t.Fatalf("given again: %+v, before %+v", again, done)
			}
			if left := does(t, load...); left != "" {
				t.Fatalf("more would move: %q", left)
			}
			if out := does(t, append([]string{"calendar", "list"}, at...)...); !strings.Contains(out, "1\toff.json\t") || !strings.Contains(out, "渭政办发〔2026〕9号") {
				t.Fatalf("listed: %q", out)
			}
		})
	}
}

// A calendar that contradicts itself is refused with file, line and reason, and words are asked for.
func TestCalendar_load_refuses_what_does_not_hold(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	does(t, "migrate", "--new", "--data", data)
	bad := filepath.Join(t.TempDir(), "bad.json")
	must(t, os.WriteFile(bad, []byte(`{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai",
"coverage":{"from":"2027-01-01","to":"2027-12-31"},
"days":[{"date":"2027-01-01","name":"元旦","kind":"off"},
{"date":"2027-01-01","name":"元旦","kind":"work"}]}`), 0o600))
	args := []string{"calendar", "load", bad, "--data", data, "--source", "x", "--reason", "y"}
	refuses(t, "bad.json: line 4: contradicts itself: 2027-01-01", args...)
	refuses(t, "bad.json: line 4", append(args, "--apply")...)
	if _, _, code := cli(t, "calendar", "load", bad, "--data", data, "--source", "x"); code != 2 {
		t.Errorf("without a reason: exit %d", code)
	}
	refuses(t, "no store", "calendar", "list", "--data", filepath.Join(data, "nowhere"))
}
