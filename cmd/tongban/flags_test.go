package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tongban/tongban/internal/web/i18n"
)

// What the console lists of the flags has words in both languages for each, its variable, its value and its default; no password that
// stands in an address is among them.
func TestFlags_of_the_server_are_told_without_secrets(t *testing.T) {
	t.Setenv("TONGBAN_TRACE", "https://collector:hushed@trace.example.cn/v1?token=hushed")
	parser, err := kong.New(&command{}, kong.Vars{"version": version})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{ctx: t.Context(), err: io.Discard, now: time.Now, parser: parser}
	if w.given, err = parser.Parse([]string{"serve", "--store", "postgres://tongban:hushed@db.example.cn/city?password=hushed", "--idle-officials", "20m", "--proxies", "127.0.0.1/32,10.0.0.0/8"}); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range w.flags() {
		got[f.Name] = f.Value
		if strings.Contains(f.Value+f.Standard, "hushed") {
			t.Errorf("--%s tells a secret: %s", f.Name, f.Value)
		}
		if !i18n.Has("console.flag." + f.Name) {
			t.Errorf("--%s has no words in console.json", f.Name)
		}
		if f.Env == "" {
			t.Errorf("--%s has no variable", f.Name)
		}
	}
	for name, want := range map[string]string{"store": "postgres://tongban@db.example.cn/city", "idle-officials": "20m0s", "proxies": "127.0.0.1/32,10.0.0.0/8",
		"trace": "https://collector@trace.example.cn/v1", "data": "data", "demo": "false"} {
		if got[name] != want {
			t.Errorf("--%s is %q, want %q", name, got[name], want)
		}
	}
}
