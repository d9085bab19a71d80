package courier

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Reach says where a channel may connect to: anywhere on the public internet, and to the networks that the operator allows.
// It is asked at the last moment, when a socket is about to be connected to an address that is resolved: whatever a name
// resolves to, now or the next time, however an address is written, and whatever sent us there.
type Reach struct {
	Allow []netip.Prefix // that are not public, but may be reached
	Roots *x509.CertPool // nil: the system's
	// Resolver is nil for the system's.
	Resolver *net.Resolver
}

// ErrUnreachable: the address is not public and not allowed.
var ErrUnreachable = errors.New("the address is not public; allow its network with --reach if it is meant")

const (
	dialWithin   = 5 * time.Second
	answerWithin = 12 * time.Second // to the head of the answer
	allWithin    = 15 * time.Second
	mostAnswer   = 64 << 10 // bytes of an answer that are read
)

// inner are the networks that are not the public internet: IANA's special-purpose registries, and what carries an address of
// IPv4 within itself other than those that embedded looks into.
var inner = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8")

var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	sixTo4 = netip.MustParsePrefix("2002::/16")    // RFC 3056
)

func prefixes(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, s := range list {
		all[i] = netip.MustParsePrefix(s)
	}
	return all
}

// embedded is the address of IPv4 that an address of IPv6 leads to.
func embedded(a netip.Addr) netip.Addr {
	b := a.As16()
	switch {
	case a.Is4():
	case nat64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case sixTo4.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// May reports whether an address may be connected to.
func (r Reach) May(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if slices.ContainsFunc(r.Allow, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	within := func(a netip.Addr) bool {
		return slices.ContainsFunc(inner, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return a.IsValid() && !within(a) && !within(embedded(a))
}

// control is asked with the address that a socket is about to be connected to.
func (r Reach) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !r.May(at.Addr()) {
		return ErrUnreachable
	}
	return nil
}

// dial connects, if it may.
func (r Reach) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, ErrUnreachable
	}
	d := &net.Dialer{Timeout: dialWithin, Control: r.control, Resolver: r.Resolver}
	return d.DialContext(ctx, network, address)
}

// Client is an HTTP client for programs beside the channels: it goes where a channel may go, and follows no redirect.
func (r Reach) Client() *http.Client { return r.client() }

// Keeping is Client for what may be sent twice: it keeps its connections.
func (r Reach) Keeping() *http.Client {
	c := r.client()
	if t, ok := c.Transport.(*http.Transport); ok {
		t.DisableKeepAlives, t.IdleConnTimeout = false, time.Minute
	}
	return c
}

// client is an HTTP client that goes nowhere else: it follows no redirect, asks no proxy (also none of the environment), and
// uses each connection once, so that nothing is ever sent twice behind our back.
func (r Reach) client() *http.Client {
	return &http.Client{
		Timeout:       allWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DialContext: r.dial, DisableKeepAlives: true, DisableCompression: true,
			TLSClientConfig: &tls.Config{RootCAs: r.Roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: dialWithin,
			ResponseHeaderTimeout: answerWithin, MaxResponseHeaderBytes: mostAnswer,
		},
	}
}

// bare is an error of the HTTP client without the address that it names, which may hold a secret.
func bare(err error) error {
	var dns *net.DNSError
	switch {
	case errors.Is(err, ErrUnreachable):
		return ErrUnreachable
	case errors.As(err, &dns):
		return errors.New("the name does not resolve")
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("no answer in time")
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Errorf("%s: %w", op.Op, op.Err)
	}
	var u interface{ Timeout() bool }
	if errors.As(err, &u) && u.Timeout() {
		return errors.New("no answer in time")
	}
	return errors.New("the line broke, or TLS failed")
}
