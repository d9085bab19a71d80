package web

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// A page that breaks says so in words, under a number that the log has too, and tells nothing of what broke; one that breaks half way is cut.
func TestPanic_of_a_page_is_a_page_and_logged_once(t *testing.T) {
	t.Parallel()
	renderer, err := ui.New(ui.Options{Pages: []fs.FS{page.Pages()}})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	kit := page.New(page.Options{UI: renderer, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /whole", func(http.ResponseWriter, *http.Request) { panic("a secret") })
	mux.HandleFunc("GET /half", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("half", 1<<12))
		panic("later")
	})
	s := httptest.NewUnstartedServer(page.WithReference(survive(kit, mux)))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.Start()
	t.Cleanup(s.Close)
	get := func(path string) (*http.Response, string, error) {
		answer, err := http.Get(s.URL + path)
		if err != nil {
			return nil, "", err
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		return answer, string(body), err
	}
	answer, body, err := get("/whole?name=王秀英")
	if err != nil || answer.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "系统出现问题") || strings.Contains(body, "secret") || strings.Contains(body, "goroutine") {
		t.Fatalf("%v %s", err, body)
	}
	number := regexp.MustCompile(`[A-Z2-7]{10}`).FindString(body)
	if told := log.String(); number == "" || strings.Count(told, "\n") != 1 || !strings.Contains(told, number) || !strings.Contains(told, "survive_test.go") || strings.Contains(told, "王秀英") {
		t.Errorf("number %q, logged %s", number, told)
	}
	log.Reset()
	if _, body, err := get("/half"); err == nil {
		t.Errorf("half an answer came as a whole one of %d bytes", len(body))
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("logged in %d lines", n)
	}
}
