package main

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// alikeLinks is how many links of one pattern are followed for one reader; pagesRead is how many pages.
const (
	alikeLinks = 2
	pagesRead  = 500
)

// Whatever a page offers to whoever reads it is there: each link of each page that a reader of the demo comes to by links from the first pages.
func TestDemo_offers_nobody_a_link_that_leads_nowhere(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads thousands of pages, which -short leaves out")
	}
	data := t.TempDir()
	printed := demoOf(t, 24, "--data", data)
	p := serve(t, "--data", data)
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
	from := map[string]string{"/": "", "/my": "", "/desk": "", "/console": ""}
	seen := map[string]int{}
	for next := slices.Sorted(maps.Keys(from)); len(next) > 0 && len(from) < pagesRead; {
		at := next[0]
		next = next[1:]
		status, links := c.links(t, at)
		if status >= http.StatusBadRequest {
			if from[at] != "" && (status != http.StatusUnauthorized || login != "") { // who is not signed in is asked to
				t.Errorf("%q is led from %s to %s, which answers %d", login, from[at], at, status)
			}
			continue
		}
		for _, link := range links {
			if _, known := from[link]; known || seen[pattern(link)] == alikeLinks {
				continue
			}
			seen[pattern(link)]++
			from[link] = at
			next = append(next, link)
		}
	}
}

// variable is what differs between links to pages of one kind.
var variable = regexp.MustCompile(`[0-9A-Za-z]*[0-9][0-9A-Za-z]*`)

func pattern(link string) string { return variable.ReplaceAllString(link, "#") }

// links are the status of a page and the addresses of this server to which its links lead.
func (c *client) links(t *testing.T, path string) (status int, links []string) {
	t.Helper()
	base, err := url.Parse(c.base + path)
	must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base.String(), nil)
	must(t, err)
	if c.token != "" {
		r.AddCookie(&http.Cookie{Name: "tongban", Value: c.token})
	}
	resp, err := c.http.Do(r)
	must(t, err)
	defer func() { must(t, resp.Body.Close()) }()
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		_, err := io.Copy(io.Discard, resp.Body)
		must(t, err)
		return resp.StatusCode, nil
	}
	ids := map[string]bool{}
	for z := html.NewTokenizer(resp.Body); ; {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Fatal(z.Err())
			}
			return resp.StatusCode, links
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			if link := local(base, tag); link != "" {
				links = append(links, link)
			}
			for _, a := range tag.Attr {
				if a.Key == "id" && ids[a.Val] {
					t.Errorf("%s has the id %s twice", path, a.Val)
				} else if a.Key == "id" {
					ids[a.Val] = true
				}
			}
		}
	}
}

// local is where a link of the page leads on this server, without the place in the page; empty if it leads elsewhere.
func local(page *url.URL, tag html.Token) string {
	if tag.Data != "a" {
		return ""
	}
	for _, a := range tag.Attr {
		to, err := url.Parse(a.Val)
		if a.Key != "href" || err != nil {
			continue
		}
		if to = page.ResolveReference(to); to.Host == page.Host {
			return to.RequestURI()
		}
	}
	return ""
}
