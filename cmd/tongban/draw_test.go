package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// drawPlan is a plan in a folder of its own.
func drawPlan(t *testing.T) (dir, plan string) {
	t.Helper()
	dir = t.TempDir()
	plan = filepath.Join(dir, "plan.json")
	text := `{"title":"双随机抽查","opens":"2026-11-25T02:00:00Z","sources":[{"kind":"dice","name":"机关","rolls":8,"faces":6},{"kind":"public","name":"上证综指"}],
		"strata":[{"id":"A","count":2},{"id":"D","count":1}],"candidates":[{"id":"a1","stratum":"A"},{"id":"a2","stratum":"A"},{"id":"a3","stratum":"A"},{"id":"d1","stratum":"D"}]}`
	if err := os.WriteFile(plan, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, plan
}

const (
	dice    = "3,1,6,2,5,5,1,4"
	onTime  = "2026-11-25T02:00:01Z"
	tooSoon = "2026-11-25T01:59:59Z"
)

// obeyed runs a command that works.
func obeyed(t *testing.T, args ...string) string {
	t.Helper()
	out, errw, code := cli(t, args...)
	if code != 0 {
		t.Fatalf("%v: exit %d: %s", args, code, errw)
	}
	return out
}

func TestDraw_isCommittedMadeVerifiedReplacedAndAbandoned(t *testing.T) {
	t.Parallel()
	dir, plan := drawPlan(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	hash, body, _ := strings.Cut(obeyed(t, "draw", "commit", "--plan", plan, "--at", tooSoon), "\n")
	if len(hash) != 64 || !strings.Contains(body, `"pool":{"root":`) {
		t.Fatalf("%q %q", hash, body)
	}
	if err := os.WriteFile(in("index.txt"), []byte("3870.02\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	obeyed(t, "draw", "run", "--plan", plan, "--seed", dice, "--seed", "@"+in("index.txt"), "--at", onTime, "--commitment", hash, "-o", in("1.json"))
	printed := obeyed(t, "draw", "run", "--plan", plan, "--seed", dice, "--seed", "3870.02", "--at", onTime)
	if text, err := os.ReadFile(in("1.json")); err != nil || string(text) != printed {
		t.Errorf("file and standard output differ: %v", err)
	}
	var got drawn
	if err := json.Unmarshal([]byte(obeyed(t, "draw", "verify", in("1.json"), "--commitment", hash, "--json")), &got); err != nil || len(got.Drawn) != 3 || got.Commitment != hash {
		t.Fatalf("%+v %v", got, err)
	}
	if out := obeyed(t, "draw", "verify", in("1.json"), "--lang", "en"); out != "holds: commitment "+hash+", 3 drawn, 0 withdrawn\n" {
		t.Error(out)
	}
	if out := obeyed(t, "draw", "member", in("1.json"), "--id", got.Drawn[0]); !strings.Contains(out, `"ticket":"`) || !strings.Contains(out, `"path":["`) {
		t.Error(out)
	}
	obeyed(t, "draw", "withdraw", in("1.json"), "--id", got.Drawn[0], "--reason", "停业", "--at", onTime, "-o", in("2.json"))
	if out := obeyed(t, "draw", "verify", in("2.json"), "--lang", "en"); !strings.HasSuffix(out, "3 drawn, 1 withdrawn\n") {
		t.Error(out)
	}
	obeyed(t, "draw", "abandon", in("2.json"), "--reason", "名单有误", "--at", onTime, "-o", in("3.json"))
	if out := obeyed(t, "draw", "verify", in("3.json")); !strings.HasSuffix(out, "已放弃：名单有误\n") {
		t.Error(out)
	}
	obeyed(t, "draw", "abandon", "--plan", plan, "--reason", "改期", "--at", tooSoon, "-o", in("never.json"))

	text, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	again := strings.Replace(string(text), `"title"`, `"predecessor":"`+hash+`","title"`, 1)
	if err := os.WriteFile(in("again.json"), []byte(again), 0o600); err != nil {
		t.Fatal(err)
	}
	obeyed(t, "draw", "run", "--plan", in("again.json"), "--seed", dice, "--seed", "3870.02", "--at", onTime, "-o", in("4.json"))
	obeyed(t, "draw", "verify", in("4.json"), "--predecessor", in("3.json"))
	obeyed(t, "draw", "verify", in("4.json"), "--predecessor", in("never.json"))
	for name, args := range map[string][]string{
		"a predecessor that counts": {"draw", "verify", in("4.json"), "--predecessor", in("2.json")},
		"no predecessor":            {"draw", "verify", in("1.json"), "--predecessor", in("3.json")},
		"another commitment":        {"draw", "verify", in("4.json"), "--commitment", hash},
		"abandoned twice":           {"draw", "abandon", in("3.json"), "--reason", "又"},
	} {
		if out, errw, code := cli(t, args...); code != 1 || errw == "" || out != "" {
			t.Errorf("%s: exit %d, %q, %q", name, code, out, errw)
		}
	}
}

// Scripts rely on it: 0 it holds, 1 it does not and why on standard error, 2 wrong usage.
func TestDraw_exitStatus(t *testing.T) {
	t.Parallel()
	dir, plan := drawPlan(t)
	record := filepath.Join(dir, "record.json")
	obeyed(t, "draw", "run", "--plan", plan, "--seed", dice, "--seed", "3870.02", "--at", onTime, "-o", record)
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte(strings.Replace(string(text), `"3870.02"`, `"3870.03"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a record that holds":       {[]string{"verify", record}, 0, ""},
		"a record that was changed": {[]string{"verify", bad}, 1, "记录与重算结果不符：result"},
		"in English":                {[]string{"verify", bad, "--lang", "en"}, 1, "not what its own content gives: result"},
		"a plan is no record":       {[]string{"verify", plan}, 1, "JSON"},
		"no such file":              {[]string{"verify", filepath.Join(dir, "none.json")}, 2, "none.json"},
		"a folder":                  {[]string{"verify", dir}, 2, "directory"},
		"no file":                   {[]string{"verify"}, 2, "file"},
		"an unknown flag":           {[]string{"verify", record, "--quick"}, 2, "quick"},
		"an unknown command":        {[]string{"choose"}, 2, "choose"},
		"no seed":                   {[]string{"run", "--plan", plan}, 2, "--seed"},
		"no plan":                   {[]string{"run", "--seed", dice}, 2, "--plan"},
		"a seed too few":            {[]string{"run", "--plan", plan, "--seed", dice, "--at", onTime}, 1, "2"},
		"a seed too many":           {[]string{"run", "--plan", plan, "--seed", dice, "--seed", "x", "--seed", "y", "--at", onTime}, 1, "3"},
		"an early seed":             {[]string{"run", "--plan", plan, "--seed", dice, "--seed", "x", "--at", tooSoon}, 1, "早于"},
		"a seven":                   {[]string{"run", "--plan", plan, "--seed", "7,1,6,2,5,5,1,4", "--seed", "x", "--at", onTime}, 1, "机关"},
		"a seed's file is missing":  {[]string{"run", "--plan", plan, "--seed", dice, "--seed", "@" + dir + "/none"}, 2, "none"},
		"another commitment":        {[]string{"run", "--plan", plan, "--seed", dice, "--seed", "x", "--at", onTime, "--commitment", "00"}, 1, "封存"},
		"no instant":                {[]string{"run", "--plan", plan, "--seed", dice, "--seed", "x", "--at", "today"}, 2, "--at"},
		"over another record":       {[]string{"run", "--plan", plan, "--seed", dice, "--seed", "x", "--at", onTime, "-o", record}, 1, "exists already"},
		"too late to commit":        {[]string{"commit", "--plan", plan, "--at", onTime}, 1, "2026-11-25T02:00:00Z"},
		"nothing to abandon":        {[]string{"abandon", "--reason", "改期"}, 2, "--plan"},
		"a stranger":                {[]string{"member", record, "--id", "nobody"}, 1, "nobody"},
	} {
		out, errw, code := cli(t, append([]string{"draw"}, c.args...)...)
		if code != c.code || !strings.Contains(errw, c.says) || code != 0 && out != "" {
			t.Errorf("%s: exit %d, want %d; said %q %q, want %q", name, code, c.code, out, errw, c.says)
		}
	}
	if after, err := os.ReadFile(record); err != nil || string(after) != string(text) {
		t.Error("the record was written over")
	}
}
