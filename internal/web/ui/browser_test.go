package ui_test

import (
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

// looks are the ways in which every page must hold.
var looks = []struct {
	name, query   string
	width, height int64
	target        int
	axe           bool // what axe judges does not change with the width between these
}{
	{"wide", "?lang=zh&view=standard", 1280, 900, 44, true},
	{"phone", "?lang=zh&view=standard", 375, 812, 44, true},
	{"english", "?lang=en&view=standard", 1280, 900, 44, true},
	{"english-phone", "?lang=en&view=standard", 375, 812, 44, false},
	{"elder", "?lang=zh&view=elder", 1280, 900, 60, true},
	{"elder-phone", "?lang=zh&view=elder", 375, 812, 60, false},
	{"zoomed", "?lang=zh&view=standard", 640, 450, 44, false}, // 1280 by 900 at 200 %
	{"desk", "?lang=zh&view=standard&layout=desk", 1440, 900, 44, false},
	{"console", "?lang=zh&view=standard&layout=console", 1440, 900, 44, true},
}

func TestGallery_is_accessible_in_every_look(t *testing.T) {
	t.Parallel()
	at := gallery(t)
	b := browsertest.Start(t)
	pages := append([]string{""}, ui.Components()...)
	for _, l := range looks {
		t.Run(l.name, func(t *testing.T) {
			b := b.With(t)
			b.Size(l.width, l.height)
			for _, p := range pages {
				b.Goto(at + "/" + p + l.query)
				b.Narrow(t)
				b.Targets(t, l.target)
				switch {
				case l.axe && l.target == 60:
					b.Axe(t, "color-contrast-enhanced") // 7:1
				case l.axe:
					b.Axe(t)
				}
				b.Screenshot(l.name + "-" + p)
			}
		})
	}
}
