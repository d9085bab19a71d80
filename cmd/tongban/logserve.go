package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
)

// logFlags are what serve says about the transparency log.
type logFlags struct {
	LogOrigin string        `name:"log-origin" env:"TONGBAN_LOG_ORIGIN" help:"Name of the transparency log, such as zwfw.example.cn/log; it is settled at the first start. If left out: the address of --base without its scheme and with /log, else one made of the region." placeholder:"NAME"`
	LogSuite  string        `name:"log-suite" env:"TONGBAN_LOG_SUITE" help:"Algorithms of the transparency log: ed25519 (Ed25519 and SHA-256), or sm (SM2 signatures beside those, and entries hashed by SM3); settled at the first start, and refused if it is another later. If left out: as it was settled, else ed25519." placeholder:"ed25519|sm"`
	LogLimit  time.Duration `name:"log-limit" default:"1m" env:"TONGBAN_LOG_LIMIT" help:"How long an entry may wait for its place in the log before nothing is granted, refused, revoked or handed out any more (${default} if left out)." placeholder:"DURATION"`
}

func (f logFlags) check() error {
	if f.LogOrigin != "" && !evidence.ValidOrigin(f.LogOrigin) {
		return usageError(fmt.Sprintf("--log-origin %.60q is not a name without spaces and plus signs, such as zwfw.example.cn/log", f.LogOrigin))
	}
	if _, ok := suites[f.LogSuite]; !ok && f.LogSuite != "" {
		return usageError(fmt.Sprintf("--log-suite %.40q is neither ed25519 nor sm", f.LogSuite))
	}
	if f.LogLimit < 5*time.Second || f.LogLimit > time.Hour {
		return usageError("--log-limit is from 5s to 1h")
	}
	return nil
}

// suites are those of --log-suite.
var suites = map[string]evidence.Suite{"ed25519": evidence.Standard, "sm": evidence.SM}

// settleSuite settles the suite of the log before anything has a leaf: the one that is asked for, "" for the usual one. It refuses another one
// than was settled before.
func settleSuite(ctx context.Context, st store.Evidence, asked string) error {
	got, err := st.SettleSuite(ctx, suites[asked])
	if err == nil && asked != "" && got != suites[asked] {
		err = fmt.Errorf("the log of this store was begun with the suite %s and keeps it (leave out --log-suite, or begin a new store)", got)
	}
	return err
}

// keepLog makes or finds the log.
func (a *app) keepLog(w *world, c serveCommand) error {
	origin := c.LogOrigin
	if keys, err := a.store.LogKeys(w.ctx); origin == "" && err == nil && len(keys) == 0 {
		origin = originOf(c.Base, c.Region)
	}
	var err error
	a.sequencer, err = sequencer.Open(w.ctx, sequencer.Options{Store: a.store, Seal: a.ring, Origin: origin, Now: w.now, Rand: rand.Reader, Log: a.log, Jobs: a.jobs,
		Shown: shownFile(filepath.Join(c.Data, shownName)), Limit: c.LogLimit})
	if errors.Is(err, sequencer.ErrFork) {
		return fmt.Errorf("%w\n  The newest checkpoint that this server has shown is in %s. Restore the backup that holds it, or a newer one.\n"+
			"  If there is none, others who kept that checkpoint will see that the log was set back: see \"The log\" in docs/operate.md", err, filepath.Join(c.Data, shownName))
	}
	if err == nil {
		a.metrics.log(a.sequencer)
	}
	return err
}

// originOf is the name that the log gets if nobody says one.
func originOf(base, region string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		if name := strings.TrimSuffix(u.Host+u.Path, "/") + "/log"; evidence.ValidOrigin(name) {
			return name
		}
	}
	return region + ".tongban.invalid/log"
}

// behind reports that the log lags.
func (a *app) behind() bool { return a.sequencer != nil && a.sequencer.Behind() }

// shownName is the file of the data folder that holds the newest checkpoint that was shown. It is in no backup, so that a store that was
// set back is noticed.
const shownName = "log-checkpoint"

// shownFile is a sequencer.Shown.
type shownFile string

// Load is sequencer.Shown's.
func (f shownFile) Load() ([]byte, error) {
	b, err := os.ReadFile(string(f))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// Save is sequencer.Shown's. A reader finds the old one or the new one.
func (f shownFile) Save(checkpoint []byte) error {
	tmp := string(f) + ".new"
	if err := os.WriteFile(tmp, checkpoint, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, string(f))
}

// tilesAtOnce bounds how many files of the log are read at one time.
const tilesAtOnce = 64

// logFiles serves the log as static files to anybody (c2sp.org/tlog-tiles): checkpoint, tiles, bundles of entries, and the
// keys as lines.
func (a *app) logFiles(mux *http.ServeMux) {
	room := make(chan struct{}, tilesAtOnce)
	file := func(pattern, mediaType string, read func(r *http.Request) (body []byte, caching string, err error)) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			select {
			case room <- struct{}{}:
				defer func() { <-room }()
			default:
				w.Header().Set("Retry-After", "1")
				http.Error(w, "busy", http.StatusServiceUnavailable)
				return
			}
			body, caching, err := read(r)
			switch {
			case errors.Is(err, store.ErrNotFound), errors.Is(err, evidence.ErrTile):
				http.NotFound(w, r)
				return
			case err != nil:
				a.log.Error("log file", "path", r.URL.Path, "err", err)
				http.Error(w, "the log cannot be read", http.StatusInternalServerError)
				return
			}
			h := w.Header()
			h.Set("Content-Type", mediaType)
			h.Set("Cache-Control", caching)
			h.Set("Access-Control-Allow-Origin", "*") // a page of another site may check the log
			h.Set("X-Content-Type-Options", "nosniff")
			_, _ = w.Write(body)
		})
	}
	const text = "text/plain; charset=utf-8"
	file("/log/checkpoint", text, func(r *http.Request) ([]byte, string, error) {
		head, err := a.store.ShownLog(r.Context())
		return head.Checkpoint, "max-age=1", err
	})
	file("/log/key", text, func(r *http.Request) ([]byte, string, error) {
		keys, err := a.store.LogKeys(r.Context())
		return keyLines(keys), "max-age=60", err
	})
	file("/log/tile/{tile...}", "application/octet-stream", func(r *http.Request) ([]byte, string, error) {
		t, err := evidence.ParseTilePath("tile/" + r.PathValue("tile"))
		if err != nil {
			return nil, "", err
		}
		body, err := sequencer.ReadTile(r.Context(), a.store, t)
		if t.Width < evidence.Width { // a wider one takes its place
			return body, "public, max-age=3600", err
		}
		return body, "public, max-age=31536000, immutable", err
	})
}

// keyLines are the public keys of the log, one a line, the newest first.
func keyLines(keys []store.LogKey) []byte {
	var b []byte
	for i := len(keys) - 1; i >= 0; i-- {
		b = append(append(b, keys[i].Public...), '\n')
	}
	return b
}
