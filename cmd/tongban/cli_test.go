package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// cli runs the command line as a shell would and returns what it printed and its exit status.
func cli(t testing.TB, args ...string) (out, errw string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // what should be refused must not serve for ever
	defer cancel()
	code = run(ctx, args, strings.NewReader(""), &o, &e)
	return o.String(), e.String(), code
}

func TestCommandLineCountsLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"workday add 2026-02-13 1", "2026-02-14"}, // a make-up Saturday
		{"workday add 2026-02-09 20 --unit workday", "2026-03-13"},
		{"workday add 2026-09-11 15 --unit day", "2026-09-28"},
		{"workday add 2026-01-31 1 --unit month", "2026-02-28"},
		{"workday add 2026-11-23T10:30 4 --unit hour", "2026-11-23T14:30"},
		{"workday add 2026-11-23T16:00 2 --unit workhour", "2026-11-24T10:00"},
		{"workday sub 2026-11-23 15 --unit day", "2026-11-08"},
		{"workday between 2026-02-13 2026-02-27", "5"},
		{"workday add 2026-12-01 30", "2027-01-13"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			out, errw, code := cli(t, strings.Fields(c.args)...)
			if code != 0 || strings.Fields(out)[0] != c.want {
				t.Fatalf("printed %q %q, exit %d, want first word %s", out, errw, code, c.want)
			}
		})
	}
	if out, _, _ := cli(t, "workday", "add", "2026-12-01", "30"); !strings.Contains(out, "provisional") {
		t.Errorf("a day past the published years is not marked: %q", out)
	}
	if out, _, _ := cli(t, "workday", "add", "2026-02-13", "5", "--explain", "--lang", "en"); !strings.Contains(out, "Sat 14 Feb 2026: make-up") {
		t.Errorf("the explanation leaves out the make-up Saturday:\n%s", out)
	}
	out, _, _ := cli(t, "workday", "add", "2026-02-13", "5", "--json")
	var x struct{ Due struct{ Date string } }
	if err := json.Unmarshal([]byte(out), &x); err != nil || x.Due.Date != "2026-02-27" {
		t.Errorf("JSON %s: %v", out, err)
	}
}

func TestCommandLineChecksIdentifiers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code string
		want int
		say  string
	}{
		{"91350100M000100Y43", 0, "uscc"},
		{"91350100m000100y43", 0, "uscc"},
		{"91350100M000100Y4Z", 1, ""},
		{"9135O100M000100Y43", 1, "5"},
		{"11010519491231002X", 0, "citizen"},
		{"110105194912310021", 1, ""},
		{"110105491231002", 0, "citizen"},
		{"D2143569-X", 0, "org"},
		{"13800138000", 0, "phone"},
		{"610500", 0, "region"},
		{"C13", 0, "industry"},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			out, errw, code := cli(t, "ident", "check", c.code)
			if code != c.want {
				t.Fatalf("exit %d, want %d: %q %q", code, c.want, out, errw)
			}
			if code == 1 && (errw == "" || !strings.Contains(errw, c.say)) {
				t.Errorf("the reason is missing on standard error: %q", errw)
			}
			if code == 0 && !strings.Contains(out, c.say) {
				t.Errorf("printed %q, want the kind %s", out, c.say)
			}
		})
	}
}

func TestWrongUsageExitsWithTwo(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"", "nonsense", "workday add", "workday add 2026-02-30 1", "workday add 2026-02-13 x",
		"workday add 2026-02-13 -1", "workday add 2026-02-13 5 --unit week", "ident check 1 --as shoe", "completion ksh", "workday between a b"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			if out, errw, code := cli(t, strings.Fields(args)...); code != 2 || errw == "" || out != "" {
				t.Errorf("exit %d, printed %q, error %q; want exit 2 and words on standard error only", code, out, errw)
			}
		})
	}
}

func TestHelpAndVersionWork(t *testing.T) {
	t.Parallel()
	if out, _, code := cli(t, "--help"); code != 0 || !strings.Contains(out, "workday") {
		t.Errorf("help: exit %d, %q", code, out)
	}
	if out, _, code := cli(t, "version"); code != 0 || strings.TrimSpace(out) == "" {
		t.Errorf("version: exit %d, %q", code, out)
	}
}

func TestCompletionScriptCompletesInBash(t *testing.T) {
	t.Parallel()
	script, _, code := cli(t, "completion", "bash")
	if code != 0 {
		t.Fatal("no script")
	}
	probe := script + "\nCOMP_WORDS=(tongban workday a); COMP_CWORD=2; _tongban; echo \"${COMPREPLY[@]}\"\n" +
		"COMP_WORDS=(tongban workday add 2026-01-01 5 --u); COMP_CWORD=5; _tongban; echo \"${COMPREPLY[@]}\"\n"
	out, err := exec.CommandContext(t.Context(), "bash", "-c", probe).Output() // #nosec G204 -- our own script
	if err != nil || string(out) != "add\n--unit\n" {
		t.Fatalf("completed %q (%v)", out, err)
	}
	for _, shell := range []string{"zsh", "fish"} {
		if out, _, code := cli(t, "completion", shell); code != 0 || !strings.Contains(out, "tongban") {
			t.Errorf("%s: exit %d", shell, code)
		}
	}
}
