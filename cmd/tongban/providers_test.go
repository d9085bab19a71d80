package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// A provider is reached as a webhook is: not at an address that is not public, unless --reach allows its network.
func TestProviders_are_not_reached_at_private_addresses(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(strings.ReplaceAll(`{"issuer":"U","authorization_endpoint":"U/a","token_endpoint":"U/t","jwks_uri":"U/k"}`, "U", server.URL)))
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "providers.yaml")
	if err := os.WriteFile(file, []byte("providers:\n- {id: n, name: {zh: 甲, en: A}, issuer: '"+server.URL+"', client: c, realm: officials}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := sqlstore.Open(t.Context(), sqlstore.Options{Address: filepath.Join(t.TempDir(), "t.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	start := func(reach ...string) (string, error) {
		t.Helper()
		c := serveCommand{Providers: file, Base: "https://zwfw.example.cn", Reach: reach}
		list, err := c.providers(time.Now)
		if err != nil {
			t.Fatal(err)
		}
		gate, err := access.NewGate(st, access.Options{Providers: list})
		if err != nil {
			t.Fatal(err)
		}
		address, _, err := gate.StartProvider(t.Context(), "n", nil, access.Client{Address: "192.0.2.1"})
		return address, err
	}
	_, err = start()
	var refusal *caseflow.Refusal
	if !errors.As(err, &refusal) || refusal.Code != access.CodeProviderAway || hits.Load() != 0 {
		t.Errorf("%v, %d requests came", err, hits.Load())
	}
	address, err := start("127.0.0.0/8")
	if err != nil || !strings.HasPrefix(address, server.URL+"/a?") || hits.Load() != 1 {
		t.Errorf("%s, %v, %d requests came", address, err, hits.Load())
	}
}

// What is wrong with the flags and the file is told before anything is made.
func TestProviders_need_the_address_of_the_site(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "providers.yaml")
	if err := os.WriteFile(file, []byte("providers: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	for _, args := range [][]string{
		{"serve", "--data", data, "--providers", file},
		{"serve", "--data", data, "--base", "https://a.example", "--providers", file + ".missing"},
	} {
		_, errw, code := cli(t, args...)
		if code == 0 || !strings.Contains(errw, "providers") {
			t.Errorf("%v: %d %s", args, code, errw)
		}
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("a store was made")
	}
}
