package tongban_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testFunc = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+|Fuzz[A-Za-z0-9_]+|Benchmark[A-Za-z0-9_]+)\(`)
	named    = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)(?:[A-Z0-9]|_|…)[\p{L}0-9_…]*`)
)

// A document that says that a test shows something must name one that there is: "…" stands for the rest of a name, or for its middle.
func TestHouse_documents_name_tests_that_exist(t *testing.T) {
	have := map[string]bool{}
	for _, s := range sources(t) {
		for _, m := range testFunc.FindAllStringSubmatch(s.text, -1) {
			have[m[1]] = true
		}
	}
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, doc := range append(docs, "ARCHITECTURE.md") {
		text, err := os.ReadFile(filepath.Clean(doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range named.FindAllString(string(text), -1) {
			seen++
			if !exists(have, name) {
				t.Errorf("%s names %s, and there is no such test", doc, name)
			}
		}
	}
	if seen < 400 || exists(have, "TestNobodyWroteThisOne") || !exists(have, "TestHouse_…_exist") {
		t.Errorf("the search does not work: it found %d names", seen)
	}
}

func exists(have map[string]bool, name string) bool {
	parts := strings.Split(name, "…")
	if len(parts) == 1 {
		return have[name]
	}
	for test := range have {
		if strings.HasPrefix(test, parts[0]) && strings.HasSuffix(test, parts[1]) {
			return true
		}
	}
	return false
}

// levels are the requirements of OWASP ASVS 5.0.0 of levels 1 and 2: the last number of each section; what is of level 3 is left out.
var levels = map[string]string{
	"1.1": "1-2", "1.2": "1-9", "1.3": "1-11", "1.4": "1-3", "1.5": "1-2", "2.1": "1-3", "2.2": "1-3", "2.3": "1-4", "2.4": "1-1",
	"3.2": "1-2", "3.3": "1-4", "3.4": "1-6", "3.5": "1-5", "3.7": "1-2", "4.1": "1-3", "4.2": "1-1", "4.3": "1-2", "4.4": "1-4",
	"5.1": "1-1", "5.2": "1-3", "5.3": "1-2", "5.4": "1-3", "6.1": "1-3", "6.2": "1-12", "6.3": "1-4", "6.4": "1-4", "6.5": "1-5", "6.6": "1-3", "6.8": "1-4",
	"7.1": "1-3", "7.2": "1-4", "7.3": "1-2", "7.4": "1-5", "7.5": "1-2", "7.6": "1-2", "8.1": "1-2", "8.2": "1-3", "8.3": "1-1", "8.4": "1-1",
	"9.1": "1-3", "9.2": "1-4", "10.1": "1-2", "10.2": "1-2", "10.3": "1-4", "10.4": "1-11", "10.5": "1-5", "10.6": "1-2", "10.7": "1-3",
	"11.1": "1-2", "11.2": "1-3", "11.3": "1-3", "11.4": "1-4", "11.5": "1-1", "11.6": "1-1", "12.1": "1-3", "12.2": "1-2", "12.3": "1-4",
	"13.1": "1-1", "13.2": "1-5", "13.3": "1-2", "13.4": "1-5", "14.1": "1-2", "14.2": "1-4", "14.3": "1-3", "15.1": "1-3", "15.2": "1-3", "15.3": "1-7",
	"16.1": "1-1", "16.2": "1-5", "16.3": "1-4", "16.4": "1-3", "16.5": "1-3", "17.1": "1-1", "17.2": "1-4", "17.3": "1-2",
}

var (
	asvsRow = regexp.MustCompile(`(?m)^\|? ?((?:[0-9]+\.[0-9]+\.[0-9]+(?:, |:)? ?)+)(?:\| ([^|]*) \| ([a-z/]+) \|([^|]*)\| ([^|]*)\|)?`)
	asvsNo  = regexp.MustCompile(`[0-9]+\.[0-9]+\.[0-9]+`)
)

// Each requirement stands in docs/security-asvs.md once, with a state; what is "yes" names a test, or is a matter of documents.
func TestHouse_security_goes_through_every_item(t *testing.T) {
	text, err := os.ReadFile("docs/security-asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for _, row := range asvsRow.FindAllStringSubmatch(string(text), -1) {
		for _, no := range asvsNo.FindAllString(row[1], -1) {
			times[no]++
		}
		state, where, shown := row[3], row[4], row[5]
		if state != "" && !strings.Contains(" yes part no n/a op ", " "+state+" ") {
			t.Errorf("%s has the state %q", row[1], state)
		}
		if state == "yes" && !strings.Contains(shown, "Test") && !strings.Contains(where, "](") {
			t.Errorf("%s is yes, and nothing shows it", row[1])
		}
	}
	for section, span := range levels {
		var from, to int
		if _, err := fmt.Sscanf(span, "%d-%d", &from, &to); err != nil {
			t.Fatal(err)
		}
		for n := from; n <= to; n++ {
			no := fmt.Sprintf("%s.%d", section, n)
			if times[no] != 1 {
				t.Errorf("%s stands there %d times", no, times[no])
			}
			delete(times, no)
		}
	}
	for no := range times {
		t.Errorf("%s is no requirement of levels 1 and 2", no)
	}
}

// mlps are the items of GB/T 22239-2019, 8.1.2 to 8.1.5: the last letter of each, "" where there is one without. Their number is that of the
// codes of GB/T 28448 (L3-CNS1 8, L3-ABS1 20, L3-CES1 34, L3-SMC1 12).
var mlps = map[string]string{
	"8.1.2.1": "e", "8.1.2.2": "b", "8.1.2.3": "", "8.1.3.1": "d", "8.1.3.2": "e", "8.1.3.3": "d", "8.1.3.4": "b", "8.1.3.5": "d", "8.1.3.6": "",
	"8.1.4.1": "d", "8.1.4.2": "g", "8.1.4.3": "d", "8.1.4.4": "f", "8.1.4.5": "", "8.1.4.6": "", "8.1.4.7": "b", "8.1.4.8": "b", "8.1.4.9": "c",
	"8.1.4.10": "b", "8.1.4.11": "b", "8.1.5.1": "b", "8.1.5.2": "b", "8.1.5.3": "b", "8.1.5.4": "f",
}

var mlpsRow = regexp.MustCompile(`(?m)^\| (8\.1\.[2-5]\.[0-9]+)((?:,? [a-z])*) \| [^|]* \| (yes|part|no|n/a|op) \|([^|]*)\| ([^|]*)\|`)

// Each item of the third level of MLPS that a program can have a part in stands in docs/security-mlps.md once, with a state; what is "yes"
// names a test.
func TestHouse_security_goes_through_every_item_of_MLPS(t *testing.T) {
	text, err := os.ReadFile("docs/security-mlps.md")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range mlpsRow.FindAllStringSubmatch(string(text), -1) {
		got[row[1]] += strings.NewReplacer(",", "", " ", "").Replace(row[2])
		if row[3] == "yes" && !strings.Contains(row[5], "Test") {
			t.Errorf("%s%s is yes, and nothing shows it", row[1], row[2])
		}
	}
	for item, last := range mlps {
		want := ""
		for c := "a"; last != "" && c <= last; c = string(c[0] + 1) {
			want += c
		}
		if letters, there := got[item]; letters != want || !there {
			t.Errorf("of %s stand %q there, want %q", item, letters, want)
		}
		delete(got, item)
	}
	for item := range got {
		t.Errorf("%s is no item", item)
	}
}

// What go.mod asks for directly stands in docs/adr/0005 with its reason (ASVS 15.1.2).
func TestHouse_dependencies_are_named(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	adr, err := os.ReadFile("docs/adr/0005-dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+?)(?:/v[0-9]+)? v\S+$`).FindAllStringSubmatch(string(mod), -1)
	if len(direct) < 40 {
		t.Fatalf("the search does not work: it found %d modules", len(direct))
	}
	for _, m := range direct {
		if !strings.Contains(string(adr), m[1]) {
			t.Errorf("%s has no reason in docs/adr/0005-dependencies.md", m[1])
		}
	}
}

// Scripts put text into a page and never markup, run no text as code, and load nothing from elsewhere (ASVS 3.2.2, 1.3.2).
func TestHouse_scripts_make_no_markup_and_no_code_of_text(t *testing.T) {
	bad := regexp.MustCompile(`(?:inner|outer)HTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc|\beval\(|new Function|import\(|set(?:Timeout|Interval)\(["'` + "`" + `]|__proto__`)
	seen := 0
	walkFiles(t, func(name string) {
		if filepath.Ext(name) != ".js" {
			return
		}
		seen++
		text, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			t.Fatal(err)
		}
		if found := bad.Find(text); found != nil {
			t.Errorf("%s: %s", name, found)
		}
	})
	if seen < 5 {
		t.Errorf("only %d scripts were found", seen)
	}
}
