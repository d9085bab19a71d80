package courier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"
)

// answer is what somebody said to a request.
type answer struct {
	status int
	body   []byte // the start of it
	after  time.Duration
}

// exchange sends one request and reads the answer. The error is Unclear if the request, or a part of it, has left the house.
func exchange(ctx context.Context, c *http.Client, method, url string, head http.Header, body []byte, now time.Time) (answer, error) {
	var left atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, Permanent{errors.New("the address or method of the request is malformed")}
	}
	req.Header = head
	res, err := c.Do(req)
	if err != nil {
		if err = bare(err); left.Load() {
			err = Unclear{err}
		}
		return answer{}, err
	}
	defer res.Body.Close() //nolint:errcheck // read only
	a := answer{status: res.StatusCode, after: retryAfter(res.Header.Get("Retry-After"), now)}
	if a.body, err = io.ReadAll(io.LimitReader(res.Body, mostAnswer)); err != nil {
		a.body = nil // the status tells what it can
	}
	return a, nil
}

// retryAfter reads a Retry-After header (RFC 9110, 10.2.3): seconds, or a date.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// notYet is the error of an answer that says no, with the pause that it asks for.
func (a answer) notYet() error {
	return Later{fmt.Errorf("answered %d", a.status), a.after}
}
