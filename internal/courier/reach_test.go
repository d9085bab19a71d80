package courier

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

func TestReach_knows_the_public_internet(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.8.8.8", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fc00::1", "fd12:3456::1", "fe80::1",
		"fe80::1%eth0", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1",
		"2002:a00:1::", "2002:c0a8:101::1", "2001:0:4136:e378::1", "2001:db8::1", "100::1",
	} {
		if (Reach{}).May(netip.MustParseAddr(inside)) {
			t.Errorf("%s may be reached", inside)
		}
	}
	for _, public := range []string{"1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "223.255.255.254",
		"2400:3200::1", "64:ff9b::101:101", "2002:101:101::1", "::ffff:1.1.1.1"} {
		if !(Reach{}).May(netip.MustParseAddr(public)) {
			t.Errorf("%s may not be reached", public)
		}
	}
	some := Reach{Allow: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}}
	for a, want := range map[string]bool{"10.20.3.4": true, "::ffff:10.20.3.4": true, "10.21.0.1": false, "fd00:1::7": true, "fd00:2::7": false,
		"64:ff9b::a14:304": false, "127.0.0.1": false} {
		if got := some.May(netip.MustParseAddr(a)); got != want {
			t.Errorf("with an allowed network, %s: %v", a, got)
		}
	}
}

// listening is a server on loopback that counts who came.
func listening(t *testing.T) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	n := &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { n.Add(1) }))
	t.Cleanup(s.Close)
	return s, n
}

func get(t *testing.T, r Reach, url string) error {
	t.Helper()
	_, err := exchange(t.Context(), r.client(), http.MethodGet, url, http.Header{}, nil, time.Time{})
	return err
}

// However the address of this machine is written, nobody comes to it.
func TestReach_is_asked_whatever_the_address_looks_like(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:3128") // a proxy would connect for us; none is asked
	t.Setenv("http_proxy", "http://192.0.2.1:3128")
	s, n := listening(t)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "017700000001", "0", "0.0.0.0",
		"[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]", "127.0.0.1.", "①②⑦.⓪.⓪.①"} {
		if err := get(t, Reach{}, "http://"+host+":"+port+"/"); err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	if n.Load() != 0 {
		t.Fatalf("%d requests came through", n.Load())
	}
	if err := get(t, Reach{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, s.URL); err != nil || n.Load() != 1 {
		t.Fatalf("allowed, but: %v", err)
	}
}

// resolver answers A questions with one address after the other: a name that rebinds.
func resolver(t *testing.T, answers ...[4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for n := 0; ; {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12
			for end < size && buf[end] != 0 {
				end += int(buf[end]) + 1
			}
			end += 5 // root label, type, class
			reply := append([]byte(nil), buf[:end]...)
			reply[2], reply[3] = 0x81, 0x80
			copy(reply[6:12], []byte{0, 0, 0, 0, 0, 0})
			if binary.BigEndian.Uint16(buf[end-4:]) == 1 { // A
				reply[7] = 1
				reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				a := answers[min(n, len(answers)-1)]
				reply = append(reply, a[:]...)
				n++
			}
			_, _ = conn.WriteTo(reply, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name that first resolves to a public address and then to this machine is judged by what is dialled.
func TestReach_is_asked_after_the_name_is_resolved(t *testing.T) {
	t.Parallel()
	s, n := listening(t)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	private := resolver(t, [4]byte{127, 0, 0, 1})
	if err := get(t, Reach{Resolver: private}, "http://inside.example.:"+port+"/"); !errors.Is(err, ErrUnreachable) || n.Load() != 0 {
		t.Errorf("a name for a private address: %v, %d came", err, n.Load())
	}
	rebind := resolver(t, [4]byte{1, 1, 1, 1}, [4]byte{127, 0, 0, 1})
	first, err := rebind.LookupNetIP(t.Context(), "ip4", "rebind.example.") // whoever checked the name beforehand saw this
	if err != nil || !(Reach{}).May(first[0].Unmap()) {
		t.Fatalf("%v %v", first, err)
	}
	if err := get(t, Reach{Resolver: rebind}, "http://rebind.example.:"+port+"/"); !errors.Is(err, ErrUnreachable) || n.Load() != 0 {
		t.Errorf("a name that was rebound: %v, %d came", err, n.Load())
	}
	allowed := Reach{Resolver: private, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	if err := get(t, allowed, "http://inside.example.:"+port+"/"); err != nil || n.Load() != 1 {
		t.Errorf("the same, allowed: %v", err)
	}
}

func TestReach_follows_no_redirect(t *testing.T) {
	t.Parallel()
	s, n := listening(t)
	away := httptest.NewServer(http.RedirectHandler(s.URL, http.StatusTemporaryRedirect))
	t.Cleanup(away.Close)
	a, err := exchange(t.Context(), Reach{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}.client(), http.MethodPost, away.URL,
		http.Header{}, []byte("x"), time.Time{})
	if err != nil || a.status != http.StatusTemporaryRedirect || n.Load() != 0 {
		t.Errorf("%d %v, %d followed", a.status, err, n.Load())
	}
}

func TestRetryAfter_is_seconds_or_a_date(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "-5": 0, "soon": 0, "99999999999": 0,
		now.Add(time.Hour).Format(http.TimeFormat): time.Hour, now.Add(-time.Hour).Format(http.TimeFormat): 0} {
		if got := retryAfter(s, now); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func TestPauses_double_spread_and_end(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{1: 10 * time.Second, 2: 20 * time.Second, 5: 160 * time.Second, 11: longest, 12: longest, 60: longest} {
		if least, most := pause(n, 0), pause(n, 1); least != want/2 || most != want {
			t.Errorf("after failure %d: %v to %v, want up to %v", n, least, most, want)
		}
	}
}
