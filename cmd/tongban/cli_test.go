package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cli runs the command line as a shell would and returns what it printed and its exit status.
func cli(t testing.TB, args ...string) (out, errw string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // what should be refused must not serve for ever
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
		{"workday add 2026-02-09 020", "2026-03-13"}, // decimal, not octal
		{"workday add 2026-02-09 08", "2026-02-26"},
		{"workday add 2026-11-23 -15 --unit day", "2026-11-08"},
		{"workday sub 2026-02-13 -1", "2026-02-14"},
		{"workday between 2026-02-13 2026-02-14 --unit hour", "24"},
		{"workday between 2026-02-13 2026-02-27 --unit workhour", "32"},
		{"workday between 2026-02-27 2026-02-13", "-5"},
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

// Everything that is printed in Chinese is Chinese, and what English asks for is English.
func TestIdentifiersAreExplainedInTheLanguageAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		code int
		want []string // in zh, en
	}{
		{"610500", 0, []string{"名称：渭南市", "name: 渭南市"}},
		{"yangling --as region", 0, []string{"全称：陕西省杨凌", "full name: 陕西省杨凌"}},
		{"xixian", 0, []string{"全称：陕西省西咸新区", "full name: 陕西省西咸新区"}},
		{"999999 --as region", 1, []string{"行政区划表和服务区域", "no region has the code"}},
		{"Z99 --as industry", 1, []string{"国民经济行业分类", "GB/T 4754 has the code"}},
		{"11010519491231002X", 0, []string{"性别：女", "sex: female"}},
		{"110105 --as region", 1, []string{"各省，以及陕西省各市、县", "all provinces, and the cities and counties of Shaanxi"}},
		{"H6210", 1, []string{"国民经济行业分类", "GB/T 4754 has the code"}},
		{"　", 1, []string{"没有要检查的代码", "there is no code to check"}},
	} {
		for i, lang := range []string{"zh", "en"} {
			out, errw, code := cli(t, append([]string{"ident", "check", "--lang", lang}, strings.Split(c.args, " ")...)...)
			if code != c.code || !strings.Contains(out+errw, c.want[i]) {
				t.Errorf("%s in %s: exit %d, %q %q, want %q", c.args, lang, code, out, errw, c.want[i])
			}
			if lang == "zh" && strings.Contains(out+errw, ": ") {
				t.Errorf("%s in Chinese has half-width marks or English: %q %q", c.args, out, errw)
			}
		}
	}
}

func TestBetweenExplainsWhatItCounted(t *testing.T) {
	t.Parallel()
	count := func(args string) (first string, marked int) {
		out, errw, code := cli(t, append([]string{"workday", "between"}, strings.Fields(args)...)...)
		if code != 0 {
			t.Fatalf("%s: exit %d %s", args, code, errw)
		}
		return strings.SplitN(out, "\n", 2)[0], strings.Count(out, "\n+ ")
	}
	if n, marked := count("2026-02-13 2026-02-20 --unit day --explain"); n != "7" || marked != 7 {
		t.Errorf("seven days: %s, %d marked", n, marked)
	}
	if n, marked := count("2026-02-13 2026-02-27 --explain"); n != "5" || marked != 5 {
		t.Errorf("five working days: %s, %d marked", n, marked)
	}
	for args, provisional := range map[string]bool{
		"2030-01-01 2030-02-01 --unit day": false, "2030-01-01 2030-02-01": true, "2017-12-31 2018-01-05": false, "2030-01-01 2030-02-01 --unit month": false,
	} {
		if first, _ := count(args); strings.Contains(first, "provisional") != provisional {
			t.Errorf("%s: %q", args, first)
		}
	}
	out, _, _ := cli(t, "workday", "between", "2026-02-13", "2026-02-16", "--json", "--explain")
	var x struct {
		N    int
		Days []struct {
			Date    string
			Kind    string
			Counted bool
		}
	}
	if err := json.Unmarshal([]byte(out), &x); err != nil || x.N != 1 || len(x.Days) != 3 || !x.Days[0].Counted || x.Days[0].Kind != "makeup" || x.Days[2].Counted {
		t.Errorf("JSON %s: %v", out, err)
	}
	zh, _, _ := cli(t, "workday", "between", "2026-02-13", "2026-02-14", "--explain")
	en, _, _ := cli(t, "workday", "between", "2026-02-13", "2026-02-14", "--explain", "--lang", "en")
	if !strings.Contains(zh, "调休上班") || !strings.Contains(en, "make-up working day") {
		t.Errorf("languages: %q, %q", zh, en)
	}
}

// A calendar comes from a file: another year, a region's days and hours. One that contradicts itself is refused by name.
func TestCalendarsComeFromFiles(t *testing.T) {
	t.Parallel()
	write := func(name, more string) string {
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, []byte(`{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai",`+more+`}`), 0o600))
		return path
	}
	year := write("2027.json", `"coverage":{"from":"2027-01-01","to":"2027-12-31"},"days":[{"date":"2027-01-01","name":"元旦","kind":"off"}]`)
	city := write("weinan.json", `"region":"610500","office_hours":"08:00-12:00","coverage":{"from":"2026-06-01","to":"2026-06-30"},"days":[{"date":"2026-06-03","name":"试验","kind":"off"}]`)
	bad := write("bad.json", `"coverage":{"from":"2027-01-01","to":"2027-12-31"},"days":[{"date":"2027-01-01","name":"元旦","kind":"off"},{"date":"2027-01-01","name":"元旦","kind":"work"}]`)
	nowhere := write("nowhere.json", `"region":"999999","coverage":{"from":"2027-01-01","to":"2027-12-31"},"days":[]`)
	for _, c := range []struct{ args, want string }{
		{"add 2026-12-30 5 --calendar " + year, "2027-01-07\n"},
		{"add 2026-06-02 1 --at 610502 --calendar " + city, "2026-06-04\n"},
		{"add 2026-06-02 1 --calendar " + city, "2026-06-03\n"},
		{"add 2026-06-02 1 --at 610100 --calendar " + city, "2026-06-03\n"},
		{"add 2026-06-01T08:00 3 --unit workhour --at 610500 --calendar " + city + " --calendar " + year, "2026-06-01T11:00\n"},
	} {
		if out := does(t, append([]string{"workday"}, strings.Fields(c.args)...)...); out != c.want {
			t.Errorf("%s: %q, want %q", c.args, out, c.want)
		}
	}
	for _, args := range [][]string{{"workday", "add", "2026-06-02", "1"}, {"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0"}} {
		refuses(t, filepath.Base(bad)+": line 1: contradicts itself: 2027-01-01", append(args, "--calendar", bad)...)
		refuses(t, "999999", append(args, "--calendar", nowhere)...)
	}
}

// What could not be written was not done: scripts see it by the exit status.
func TestWriteErrorsAreNotSwallowed(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	data := t.TempDir()
	does(t, "migrate", "--new", "--data", data)
	for _, args := range []string{"--help", "help serve", "pack list", "pack schema item", "version", "workday add 2026-02-13 1", "migrate --data " + data,
		"user add wang --data " + data + " --name 王芳 --region 610500 --department office --role admin"} {
		var errw bytes.Buffer
		code := run(t.Context(), strings.Fields(args), strings.NewReader(""), full, &errw)
		if code != 1 || !strings.Contains(errw.String(), "no space left") {
			t.Errorf("%s: exit %d, %q", args, code, errw.String())
		}
		if strings.HasPrefix(args, "user") && !regexp.MustCompile(`It is \S{10,}`).MatchString(errw.String()) {
			t.Errorf("the only password of the account is lost: %q", errw.String())
		}
	}
}

// A mistyped folder is no new store.
func TestUpkeepMakesNoStoreOfAMistypedName(t *testing.T) {
	t.Parallel()
	typo := filepath.Join(t.TempDir(), "typo")
	for _, args := range []string{"migrate", "user add wang --name 王芳 --region 610500 --department office --role admin"} {
		refuses(t, "migrate --new", append(strings.Fields(args), "--data", typo)...)
	}
	backup := filepath.Join(t.TempDir(), "broken")
	must(t, os.WriteFile(backup, []byte("no backup"), 0o600))
	refuses(t, "restore", "restore", backup, "--data", typo)
	left, err := filepath.Glob(filepath.Join(typo, "tongban.db*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("these are left: %v", left)
	}
	does(t, "migrate", "--new", "--data", typo)
	does(t, "migrate", "--data", typo)
}

func TestWrongUsageExitsWithTwo(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"", "nonsense", "workday add", "workday add 2026-02-30 1", "workday add 2026-02-13 x",
		"workday add 2026-02-13 0x10", "workday add 2026-02-13 --5", "workday add 2026-02-13 5.0", "workday add 2026-02-13 1 --at 999999", "pack schema common", "workday add 2026-02-13 5 --unit week", "ident check 1 --as shoe", "completion ksh", "workday between a b", "workday between 2026-11-23 2026-02-30"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			if out, errw, code := cli(t, strings.Fields(args)...); code != 2 || errw == "" || out != "" {
				t.Errorf("exit %d, printed %q, error %q; want exit 2 and words on standard error only", code, out, errw)
			}
		})
	}
}

// What is asked for outside the years that the calendar knows is refused, not answered by its last day.
func TestLimitsBeyondTheCalendarAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"9999-12-30 3", "9999-12-31 1 --unit month", "2026-11-24 8000 --unit year", "0001-01-03 -10 --unit day",
		"0001-01-02 -99999 --unit hour", "9999-12-31 100000 --unit workhour"} {
		out, errw, code := cli(t, append([]string{"workday", "add"}, strings.Fields(args)...)...)
		if code != 2 || out != "" || !strings.Contains(errw, "years 1 to 9999") {
			t.Errorf("%s: %q %q, exit %d", args, out, errw, code)
		}
	}
	if out, _, code := cli(t, "workday", "add", "9999-12-29", "1", "--unit", "day"); code != 0 || !strings.HasPrefix(out, "9999-12-30") {
		t.Errorf("the last day but one: %q, exit %d", out, code)
	}
}

// What stands in the way is named with what to do about it.
func TestFailuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, backup, other := filepath.Join(dir, "data"), filepath.Join(dir, "backup"), filepath.Join(dir, "other")
	if _, errw, code := cli(t, "migrate", "--new", "--data", data); code != 0 {
		t.Fatal(errw)
	}
	if _, errw, code := cli(t, "user", "add", "window1", "--name", "李敏", "--region", "610502", "--role", "clerk", "--department", "market", "--data", data); code != 0 {
		t.Fatal(errw)
	}
	if _, errw, code := cli(t, "backup", "--data", data, backup); code != 0 {
		t.Fatal(errw)
	}
	must(t, os.WriteFile(other, []byte("7\n"), 0o600))
	for args, want := range map[string]string{
		"restore --data " + data + " " + backup:             "name another data folder",
		"restore --data " + dir + "/new " + other:           "that tongban backup has written",
		"move " + data + " " + data:                         "name another data folder",
		"backup --data " + data + " " + backup:              "choose a name that does not exist",
		"backup --data " + data + " " + dir + "/none/b":     "choose a folder that exists",
		"pack list --store postgres://nobody@127.0.0.1:1/x": "",
		"migrate --store postgres://nobody@127.0.0.1:1/x":   "mend --store",
	} {
		_, errw, code := cli(t, strings.Fields(args)...)
		if want == "" { // no flag of this command
			if code != 2 {
				t.Errorf("%s: exit %d", args, code)
			}
			continue
		}
		if code != 1 || !strings.Contains(errw, want) {
			t.Errorf("%s: %q, exit %d", args, errw, code)
		}
	}
}

// Whoever may not read a folder is told so, and not that it is empty. Root may read all, so that then somebody else runs it.
func TestUnreadableFoldersAreNamed(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "tongban-closed-") // the folders of a test are closed to others
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chmod(dir, 0o755)) // #nosec G302 -- others pass through
	closed, program := filepath.Join(dir, "closed"), filepath.Join(dir, "tongban")
	must(t, os.Mkdir(closed, 0o000))
	t.Cleanup(func() { _ = os.Chmod(closed, 0o700) }) // #nosec G302 -- so that it can be removed
	binary, err := os.ReadFile(os.Args[0])
	must(t, err)
	must(t, os.WriteFile(program, binary, 0o755)) // #nosec G306 -- to be run by others
	for want, args := range map[string][]string{
		"cannot read the folder of packs":  {"pack", "check", closed},
		"cannot look into the data folder": {"backup", "--data", closed, "-"},
	} {
		c := child(args...)
		c.Path, c.Dir = program, dir
		if os.Geteuid() == 0 {
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		out, err := c.CombinedOutput()
		if code := c.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(out), want) || !strings.Contains(string(out), "permission denied") {
			t.Errorf("%v: %q, exit %d, %v", args, out, code, err)
		}
	}
}

func TestHelpAndVersionWork(t *testing.T) {
	t.Parallel()
	if out, _, code := cli(t, "--help"); code != 0 || !strings.Contains(out, "workday") {
		t.Errorf("help: exit %d, %q", code, out)
	}
	long, _, _ := cli(t, "workday", "add", "--help")
	for _, args := range [][]string{{"help", "workday", "add"}, {"help"}, {"--version"}} {
		out, errw, code := cli(t, args...)
		if code != 0 || out == "" || errw != "" || len(args) == 3 && out != long {
			t.Errorf("%v: exit %d, %q %q", args, code, out, errw)
		}
	}
	out, _, _ := cli(t, "serve", "--help")
	if out = strings.Join(strings.Fields(out), " "); !strings.Contains(out, "(data if left out)") || !strings.Contains(out, "(127.0.0.1:8080 if left out)") {
		t.Errorf("help hides defaults:\n%s", out)
	}
	if out, _, code := cli(t, "version"); code != 0 || strings.TrimSpace(out) == "" {
		t.Errorf("version: exit %d, %q", code, out)
	}
}

// What a script reads of a program and its packs.
func TestListsAndVersionAreJSON(t *testing.T) {
	t.Parallel()
	var v struct{ Version, Build, Go, Platform string }
	if err := json.Unmarshal([]byte(does(t, "version", "--json")), &v); err != nil || v.Version != version || v.Build == "" || v.Go == "" || !strings.Contains(v.Platform, "/") {
		t.Errorf("%+v, %v", v, err)
	}
	var list []struct {
		ID, Version, Region, LimitsOn string
		Name                          struct{ ZH, EN string }
		Items                         []struct{ ID, Kind string }
	}
	out := does(t, "pack", "list", "--json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) == 0 {
		t.Fatalf("%s: %v", out, err)
	}
	p := list[0]
	if p.ID != "03-weinan-open-company" || p.Version == "" || p.Region != "610500" || p.LimitsOn == "" || p.Name.ZH == "" || len(p.Items) != 1 || p.Items[0].ID != "company-open" || p.Items[0].Kind != "bundle" {
		t.Errorf("%+v", p)
	}
	if plain := does(t, "pack", "list"); !strings.HasPrefix(plain, p.ID+"\t"+p.Version+"\t") {
		t.Errorf("the list without --json has changed: %q", plain)
	}
}

func TestCompletionScriptCompletesInBash(t *testing.T) {
	t.Parallel()
	script, _, code := cli(t, "completion", "bash")
	if code != 0 {
		t.Fatal("no script")
	}
	probe := script + "\nCOMP_WORDS=(tongban workday a); COMP_CWORD=2; _tongban; echo \"${COMPREPLY[@]}\"\n" +
		"COMP_WORDS=(tongban workday add 2026-01-01 5 --u); COMP_CWORD=5; _tongban; echo \"${COMPREPLY[@]}\"\n" +
		"COMP_WORDS=(tongban completion ''); COMP_CWORD=2; _tongban; echo \"${COMPREPLY[@]}\"\n" +
		"COMP_WORDS=(tongban workday add 2026-01-01 5 --unit m); COMP_CWORD=6; _tongban; echo \"${COMPREPLY[@]}\"\n" +
		"COMP_WORDS=(tongban ident check x --as u); COMP_CWORD=5; _tongban; echo \"${COMPREPLY[@]}\"\n" +
		"COMP_WORDS=(tongban ident check x --lang ''); COMP_CWORD=5; _tongban; echo \"${COMPREPLY[@]}\"\n"
	out, err := exec.CommandContext(t.Context(), "bash", "-c", probe).Output() // #nosec G204 -- our own script
	if err != nil || string(out) != "add\n--unit\nbash zsh fish\nmonth\nuscc\nzh en\n" {
		t.Fatalf("completed %q (%v)", out, err)
	}
	for _, shell := range []string{"zsh", "fish"} {
		if out, _, code := cli(t, "completion", shell); code != 0 || !strings.Contains(out, "tongban") {
			t.Errorf("%s: exit %d", shell, code)
		}
	}
}
