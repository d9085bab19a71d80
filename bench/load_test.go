package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// shot is one request of a load: how it ended, and how long after the moment at which it was to be sent.
type shot struct {
	status int
	took   time.Duration
	err    error
}

// atRate sends n requests, so many a second, whether those before are answered or not: a server that falls behind is
// measured by what people wait, not by how long it lets the next ones wait to ask ("coordinated omission").
func atRate(ctx context.Context, perSecond float64, n int, send func(ctx context.Context, i int) (int, error)) []shot {
	shots := make([]shot, n)
	var all sync.WaitGroup
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range n {
		due := began.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))
		timer.Reset(time.Until(due))
		<-timer.C
		all.Go(func() {
			status, err := send(ctx, i)
			shots[i] = shot{status, time.Since(due), err}
		})
	}
	all.Wait()
	return shots
}

// quantile is of those that were answered as wanted; it fails the benchmark if any was not.
func quantile(b *testing.B, shots []shot, q float64) float64 {
	b.Helper()
	took := make([]time.Duration, len(shots))
	for i, s := range shots {
		if s.err != nil || s.status != http.StatusOK {
			b.Fatalf("request %d: %d %v", i, s.status, s.err)
		}
		took[i] = s.took
	}
	slices.Sort(took)
	return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000
}

// client asks a server, as somebody or as nobody, over 2,048 connections at most: more than the server works on, fewer than the
// files a process may usually have open. Redirects are answers.
type client struct {
	http.Client
	base  string
	token string
}

func newClient(s *server) *client {
	jar, _ := cookiejar.New(nil) // it never fails
	return &client{Client: http.Client{Jar: jar, Timeout: time.Minute,
		Transport:     &http.Transport{MaxIdleConns: 2048, MaxIdleConnsPerHost: 2048, MaxConnsPerHost: 2048},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, base: "http://" + s.address}
}

// signIn signs in by the page.
func (c *client) signIn(b *testing.B, login, password string) {
	b.Helper()
	res, err := c.PostForm(c.base+"/signin", url.Values{"login": {login}, "password": {password}})
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		b.Fatalf("sign-in of %s: %s", login, res.Status)
	}
}

// bearer signs in by the API.
func (c *client) bearer(b *testing.B, login, password string) {
	b.Helper()
	body, err := json.Marshal(map[string]string{"login": login, "password": password})
	if err != nil {
		b.Fatal(err)
	}
	res, err := c.Post(c.base+"/api/v1/sessions", "application/json", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var in struct{ Token string }
	if err := json.NewDecoder(res.Body).Decode(&in); err != nil || in.Token == "" {
		b.Fatalf("sign-in of %s: %s %v", login, res.Status, err)
	}
	c.token = in.Token
}

// get reads a page to its end.
func (c *client) get(ctx context.Context, path string) (int, error) {
	return c.send(ctx, http.MethodGet, path, "", nil)
}

func (c *client) send(ctx context.Context, method, path, kind string, body io.Reader) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return res.StatusCode, fmt.Errorf("answer cut: %w", err)
	}
	return res.StatusCode, nil
}
