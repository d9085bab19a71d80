package main

import (
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// For one reader alikeLinks are followed of each kind of address, mostPages are read at most, and fewer than fewestPages are too few: the
// reader was let in nowhere.
const (
	alikeLinks  = 2
	mostPages   = 1000
	fewestPages = 40
)

var (
	idsOf    = regexp.MustCompile(` id="([^"]*)"`)
	switches = regexp.MustCompile(`[?&](lang|view)=`) // lead from each page to itself, in as many ways as there are
)

// Whatever a page offers to whoever reads it is there: each link of each page that a reader of the demo comes to by links from the first pages.
func TestDemo_offers_nobody_a_link_that_leads_nowhere(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads thousands of pages, which -short leaves out")
	}
	data := t.TempDir()
	printed := demoOf(t, 24, "--data", data)
	p := serve(t, "--data", data, "--demo")
	readers := map[string]string{"": ""} // login to password; nobody is signed in without one
	for line := range strings.Lines(printed) {
		if w := strings.Fields(line); len(w) >= 2 && strings.Count(w[1], "-") >= 2 {
			readers[w[0]] = w[1]
		}
	}
	if len(readers) < 30 {
		t.Fatalf("readers: %v", slices.Sorted(maps.Keys(readers)))
	}
	for _, login := range slices.Sorted(maps.Keys(readers)) {
		c := newClient(p.address)
		if login != "" {
			c.signIn(t, login, readers[login])
		}
		c.followLinks(t, login)
	}
}

// followLinks reads what links lead to, and what those lead to.
func (c *client) followLinks(t *testing.T, login string) {
	t.Helper()
	from := map[string]string{"/": "", "/my": "", "/desk": "", "/console": ""} // address to that of the page with the link
	kinds := map[string]int{}
	read := 0
	for next := slices.Sorted(maps.Keys(from)); len(next) > 0; next = next[1:] {
		at := next[0]
		status, body := c.read(t, at)
		if status >= http.StatusBadRequest {
			asked := status == http.StatusUnauthorized && login == ""
			soon := status == http.StatusServiceUnavailable // a receipt, until the log has caught up with the demo
			if from[at] != "" && !asked && !soon {
				t.Errorf("%q is led from %s to %s, which answers %d", login, from[at], at, status)
			}
			continue
		}
		read++
		ids := map[string]bool{}
		for _, m := range idsOf.FindAllStringSubmatch(body, -1) {
			if ids[m[1]] {
				t.Errorf("%s has the id %s twice", at, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range linksOf.FindAllStringSubmatch(body, -1) {
			link := html.UnescapeString(m[1])
			kind := numbered.ReplaceAllString(link, "*")
			if _, known := from[link]; known || switches.MatchString(link) || kinds[kind] == alikeLinks || len(from) == mostPages {
				continue
			}
			kinds[kind]++
			from[link] = at
			next = append(next, link)
		}
	}
	if read < fewestPages {
		t.Errorf("%q has read %d pages", login, read)
	}
}
