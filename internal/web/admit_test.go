package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/admit"
)

// small is an admission with one place of each kind, before a handler that waits until it is let go on.
func small(t *testing.T) (server *httptest.Server, came chan string, goOn chan struct{}) {
	t.Helper()
	came, goOn = make(chan string, 8), make(chan struct{})
	a := &admission{admit.New(1, 0), admit.New(1, 0), admit.New(1, 0),
		func(w http.ResponseWriter, r *http.Request) { // what was typed is carried over to the next try
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write(body)
		},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			came <- r.URL.Path
			<-goOn
			body, err := io.ReadAll(r.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = w.Write(body)
		})}
	server = httptest.NewServer(a)
	t.Cleanup(server.Close)
	return server, came, goOn
}

type reply struct {
	status int
	body   string
}

func ask(t *testing.T, method, url, kind string, body io.Reader) chan reply {
	t.Helper()
	out := make(chan reply, 1)
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			out <- reply{}
			return
		}
		defer res.Body.Close()
		data, _ := io.ReadAll(res.Body) // what is compared is what came
		out <- reply{res.StatusCode, string(data)}
	}()
	return out
}

const urlencoded = "application/x-www-form-urlencoded"

func TestAdmission_turns_away_what_is_too_much_and_nothing_else(t *testing.T) {
	t.Parallel()
	server, came, goOn := small(t)
	first := ask(t, "GET", server.URL+"/first", "", nil)
	<-came
	if got := <-ask(t, "GET", server.URL+"/second", "", nil); got.status != http.StatusServiceUnavailable {
		t.Errorf("a page too many: %d", got.status)
	}
	if got := <-ask(t, "POST", server.URL+"/form", urlencoded, strings.NewReader("a=1")); got != (reply{http.StatusServiceUnavailable, "a=1"}) {
		t.Errorf("a form too many: %v", got)
	}
	upload := ask(t, "POST", server.URL+"/upload", "multipart/form-data; boundary=x", strings.NewReader("file"))
	if path := <-came; path != "/upload" {
		t.Errorf("%s was let in, want the upload: its places are its own", path)
	}
	goOn <- struct{}{}
	goOn <- struct{}{}
	if a, b := <-first, <-upload; a.status != http.StatusOK || b != (reply{http.StatusOK, "file"}) {
		t.Errorf("what was let in got %v and %v", a, b)
	}
	again := ask(t, "POST", server.URL+"/again", urlencoded, strings.NewReader("a=1&b=2"))
	<-came
	goOn <- struct{}{}
	if got := <-again; got != (reply{http.StatusOK, "a=1&b=2"}) {
		t.Errorf("after the others had ended: %v", got)
	}
}

func TestAdmission_lets_nobody_wait_for_who_sends_slowly(t *testing.T) {
	t.Parallel()
	server, came, goOn := small(t)
	body, pipe := io.Pipe()
	slow := ask(t, "POST", server.URL+"/slow", urlencoded, body)
	if _, err := pipe.Write([]byte("a=")); err != nil { // the server is not told how much comes
		t.Fatal(err)
	}
	for range 3 { // the slow one holds no place among those that are worked on
		fast := ask(t, "GET", server.URL+"/fast", "", nil)
		if path := <-came; path != "/fast" {
			t.Fatalf("%s is worked on", path)
		}
		goOn <- struct{}{}
		if got := <-fast; got.status != http.StatusOK {
			t.Errorf("while another sends slowly: %d", got.status)
		}
	}
	if _, err := pipe.Write([]byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := pipe.Close(); err != nil {
		t.Fatal(err)
	}
	<-came
	goOn <- struct{}{}
	if got := <-slow; got != (reply{http.StatusOK, "a=1"}) {
		t.Errorf("who sent slowly got %v", got)
	}
}

// Of a form for which there is no room nothing is read, so that what is turned away costs nothing.
func TestAdmission_reads_nothing_of_what_it_has_no_room_to_read(t *testing.T) {
	t.Parallel()
	read := func(_ http.ResponseWriter, r *http.Request) {
		if sent, err := io.ReadAll(r.Body); len(sent) > 0 || err != nil {
			t.Errorf("read: %q, %v", sent, err)
		}
	}
	a := &admission{reading: admit.New(0, 0), busy: read}
	a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", io.NopCloser(failing{errors.New("it was read")})))
}

func TestAdmission_keeps_the_error_of_a_body(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 100)))
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 10)
	hold(nil, r)
	data, err := io.ReadAll(r.Body)
	if large := new(http.MaxBytesError); len(data) != 10 || !errors.As(err, &large) {
		t.Errorf("%d bytes and %v, want the first ten and that there is too much", len(data), err)
	}
}
