package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A client that stops in the middle of its body is let go; one whose body has come may be worked for as long as it takes.
func TestHurry_cuts_off_a_body_that_does_not_come(t *testing.T) {
	t.Parallel()
	const soon = 50 * time.Millisecond
	heard := make(chan error, 1)
	server := httptest.NewServer(hurry(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		heard <- err
		if err != nil {
			return
		}
		over, cancel := context.WithTimeout(context.Background(), 6*soon)
		defer cancel()
		select {
		case <-r.Context().Done():
			t.Error("the request was given up although its client was there")
		case <-over.Done():
		}
	}), soon, time.Minute))
	defer server.Close()
	half, err := net.Dial("tcp", server.Listener.Addr().String())
	must(t, err)
	defer half.Close()
	_, err = io.WriteString(half, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it")
	must(t, err)
	if err := <-heard; err == nil {
		t.Error("half a body was taken for the whole")
	}
	if _, err := io.ReadAll(half); err != nil { // the server has answered and hung up
		t.Error(err)
	}
	answer, err := http.Post(server.URL, "text/plain", strings.NewReader("all of it")) //nolint:gosec // a server of the test
	must(t, err)
	must(t, answer.Body.Close())
	if err := <-heard; err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("status %d, %v", answer.StatusCode, err)
	}
}

// A client that does not fetch its answer is let go.
func TestHurry_cuts_off_an_answer_that_nobody_fetches(t *testing.T) {
	t.Parallel()
	done := make(chan error, 1)
	server := httptest.NewServer(hurry(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.Copy(w, endless{})
		done <- err
	}), time.Minute, 50*time.Millisecond))
	defer server.Close()
	idle, err := net.Dial("tcp", server.Listener.Addr().String())
	must(t, err)
	defer idle.Close()
	_, err = io.WriteString(idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	if _, err := bufio.NewReader(idle).ReadString('\n'); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("an endless answer ended")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// slowness notes how long a request was given.
type slowness struct {
	*httptest.ResponseRecorder
	read, write time.Duration
}

func (s *slowness) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		s.read = time.Until(t)
	}
	return nil
}

func (s *slowness) SetWriteDeadline(t time.Time) error { s.write = time.Until(t); return nil }

// Every door of the program hurries its clients; only uploads may take minutes.
func TestHurry_is_at_every_door(t *testing.T) {
	t.Parallel()
	a, err := storeFlags{placeFlags: placeFlags{Data: t.TempDir()}}.open(t.Context(), slog.New(slog.DiscardHandler), time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, a.close()) })
	handler, err := a.handler(serveCommand{Region: weinan}, nil)
	must(t, err)
	for _, c := range []struct {
		path, kind string
		minutes    bool
	}{
		{"/signin", "application/x-www-form-urlencoded", false}, {"/nowhere", "text/plain", false}, {"/desk/bulk", "application/x-www-form-urlencoded", false},
		{"/healthz", "text/plain", false}, {"/api/v1/sessions", "application/json", false}, {"/api/v1/nowhere", "application/json", false},
		{"/signin", "multipart/form-data; boundary=x", true}, {"/api/v1/files", "application/octet-stream", true},
	} {
		w := &slowness{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader("x"))
		r.Header.Set("Content-Type", c.kind)
		handler.ServeHTTP(w, r)
		if w.read <= 0 || w.write <= 0 || w.write > answerWithin || w.read > time.Minute != c.minutes || w.read > 10*time.Minute {
			t.Errorf("%s %s: %v to send, %v to fetch", c.path, c.kind, w.read, w.write)
		}
	}
}
