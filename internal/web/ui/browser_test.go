package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tongban/tongban/internal/web/browsertest"
	"github.com/tongban/tongban/internal/web/ui"
)

// gallery serves the gallery and the assets.
func gallery(t *testing.T) string {
	t.Helper()
	r := renderer(t)
	mux := http.NewServeMux()
	mux.Handle(ui.GalleryPath, r.Gallery())
	mux.Handle(ui.GalleryPath+"/", r.Gallery())
	mux.Handle(ui.StaticPath, r.Static(http.NotFoundHandler()))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + ui.GalleryPath
}

// screen is a window of some size.
type screen struct {
	name          string
	width, height int64
	axe           bool // what axe judges does not change with the width where this is false
}

// looks are the ways in which every page must hold, each on some screens: only the style sheet knows how wide those are, so that a
// page is loaded once for all of them.
var looks = []struct {
	query   string
	target  int
	screens []screen
}{
	{"?lang=zh&view=standard", 44, []screen{{"wide", 1280, 900, true}, {"phone", 375, 812, true}, {"zoomed", 640, 450, false}}}, // zoomed: 1280 by 900 at 200 %
	{"?lang=en&view=standard", 44, []screen{{"english", 1280, 900, true}, {"english-phone", 375, 812, false}}},
	{"?lang=zh&view=elder", 60, []screen{{"elder", 1280, 900, true}, {"elder-phone", 375, 812, false}}},
	{"?lang=zh&view=standard&layout=desk", 44, []screen{{"desk", 1440, 900, false}}},
	{"?lang=zh&view=standard&layout=console", 44, []screen{{"console", 1440, 900, true}}},
}

func TestGallery_is_accessible_in_every_look(t *testing.T) {
	t.Parallel()
	at := gallery(t)
	b := browsertest.Start(t)
	pages := append([]string{""}, ui.Components()...)
	for _, l := range looks {
		t.Run(l.screens[0].name, func(t *testing.T) {
			b := b.With(t)
			for _, p := range pages {
				b.Goto(at + "/" + p + l.query)
				for _, s := range l.screens {
					b.Size(s.width, s.height)
					b.Narrow(t)
					b.Targets(t, l.target)
					switch {
					case s.axe && l.target == 60:
						b.Axe(t, "color-contrast-enhanced") // 7:1
					case s.axe:
						b.Axe(t)
					}
					b.Screenshot(s.name + "-" + p)
				}
			}
		})
	}
}

// What is told by a colour or a background is told in forced colours too: which page of the navigation is open, when something happened, QR
// codes. And a day that does not count stays in its table.
func TestGallery_says_the_same_in_forced_colours(t *testing.T) {
	t.Parallel()
	at := gallery(t)
	b := browsertest.Start(t)
	style := func(selector, pseudo, property string) (got string) {
		t.Helper()
		b.Eval(fmt.Sprintf(`getComputedStyle(document.querySelector(%q), %q).getPropertyValue(%q)`, selector, pseudo, property), &got)
		return got
	}
	b.ForcedColors(true)
	b.Goto(at + "/tabs?lang=zh")
	if on, off := style(".tabs [aria-current]", "", "border-bottom-color"), style(".tabs a:not([aria-current])", "", "border-bottom-color"); on == off {
		t.Errorf("every tab looks like the open one: %s", on)
	}
	b.Goto(at + "/timeline?lang=zh")
	if dot, ground := style(".timeline li", "::before", "background-color"), style("body", "", "background-color"); dot == ground {
		t.Errorf("the dots of the timeline are as the ground: %s", dot)
	}
	b.Eval(`document.querySelector("main").insertAdjacentHTML("beforeend", '<svg class="qr"></svg><div class="paper-mark"><svg></svg></div>')`, nil)
	for _, qr := range []string{".qr", ".paper-mark > svg"} {
		if got := style(qr, "", "background-color"); got != "rgb(255, 255, 255)" {
			t.Errorf("the ground of a QR code %s is %s", qr, got)
		}
	}
	b.Goto(at + "/count?lang=zh")
	if got := style(".days .idle", "", "position"); got != "static" {
		t.Errorf("a day that does not count stands %s", got)
	}
	b.Screenshot("forced-count")
	b.ForcedColors(false)
}
