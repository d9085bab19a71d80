package ui_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tongban/tongban/internal/web/ui"
)

// node finds things in parsed HTML.
func all(n *html.Node, tag string) (found []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (tag == "" || d.Data == tag) {
			found = append(found, d)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// TestGallery_is_sound_HTML reads every gallery page as a browser would and checks what needs no browser.
func TestGallery_is_sound_HTML(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for _, lang := range []string{"zh", "en"} {
		for _, name := range append([]string{""}, ui.Components()...) {
			w := httptest.NewRecorder()
			r.Gallery().ServeHTTP(w, httptest.NewRequest("GET", ui.GalleryPath+"/"+name+"?lang="+lang, nil))
			if w.Code != 200 {
				t.Errorf("%s: status %d", name, w.Code)
			}
			for _, fault := range unsound(t, w.Body.String(), lang) {
				t.Errorf("%s in %s: %s", name, lang, fault)
			}
		}
	}
}

// unsound lists what is wrong with a page.
func unsound(t *testing.T, page, lang string) (faults []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := attr(all(doc, "html")[0], "lang"), map[string]string{"zh": "zh-CN", "en": "en"}[lang]; got != want {
		faults = append(faults, "lang is "+got)
	}
	ids, labelled := map[string]bool{}, map[string]bool{}
	for _, n := range all(doc, "") {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				faults = append(faults, "the id "+id+" comes twice")
			}
			ids[id] = true
		}
		if n.Data == "label" {
			labelled[attr(n, "for")] = true
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				faults = append(faults, "inline "+a.Key+" is against the policy: <"+n.Data+">")
			}
			if strings.Contains(a.Val, "ZgotmplZ") {
				faults = append(faults, "html/template refused a value of "+a.Key)
			}
		}
	}
	for _, n := range all(doc, "") {
		faults = append(faults, loose(n, ids, labelled)...)
	}
	return faults
}

// loose lists what is wrong with one element: no label, no name, a reference to nothing, script or style in the page.
func loose(n *html.Node, ids, labelled map[string]bool) (faults []string) {
	switch n.Data {
	case "input", "select", "textarea":
		wrapped := n.Parent.Data == "label"
		if attr(n, "type") != "hidden" && !wrapped && !labelled[attr(n, "id")] {
			faults = append(faults, "no label for "+attr(n, "name"))
		}
	case "a", "button":
		if text(n) == "" && attr(n, "aria-label") == "" && len(all(n, "img")) == 0 {
			faults = append(faults, "a "+n.Data+" without words")
		}
	case "img":
		if attr(n, "alt") == "" {
			faults = append(faults, "an img without alt")
		}
	case "script", "style":
		if n.FirstChild != nil {
			faults = append(faults, "inline "+n.Data)
		}
	}
	for _, name := range []string{"aria-describedby", "aria-labelledby", "for", "list"} {
		for _, id := range strings.Fields(attr(n, name)) {
			if !ids[id] {
				faults = append(faults, name+" points to "+id+", which is not there")
			}
		}
	}
	if href := attr(n, "href"); strings.HasPrefix(href, "http:") || strings.HasPrefix(href, "https:") || strings.HasPrefix(href, "//") {
		faults = append(faults, "leads to another site: "+href)
	}
	return faults
}
