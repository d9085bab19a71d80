package main

import (
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	bodyWithin   = 20 * time.Second // of a request; who takes uploads allows more
	answerWithin = 10 * time.Minute // for a client to fetch an answer, the largest file included
)

// hurry cuts off clients that send a body, or fetch an answer, so slowly that they hold a connection and nothing else. Headers
// are the server's own business.
func hurry(next http.Handler, body, answer time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.SetWriteDeadline(time.Now().Add(answer)) // a writer without deadlines, a test's, has no slow client either
		if r.Body != nil && r.Body != http.NoBody {
			_ = c.SetReadDeadline(time.Now().Add(body))
			r.Body = &hurried{r.Body, c}
		}
		next.ServeHTTP(w, r)
	})
}

// hurried ends the hurry with the body: the server goes on reading to learn whether the client is still there, and would take a
// deadline for its end.
type hurried struct {
	io.ReadCloser
	c *http.ResponseController
}

// Read is io.Reader's.
func (b *hurried) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.c.SetReadDeadline(time.Time{})
	}
	return n, err
}
