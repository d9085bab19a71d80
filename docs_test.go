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
