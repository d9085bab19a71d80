package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/packs"
)

// storeFlags say where everything is kept. The commands that touch the store share them.
type storeFlags struct {
	Data  string   `default:"data" env:"TONGBAN_DATA" help:"Folder for the embedded store and uploaded files." placeholder:"DIR"`
	Store string   `env:"TONGBAN_STORE" help:"postgres://… to keep cases in PostgreSQL instead of the embedded store." placeholder:"URL"`
	Packs []string `env:"TONGBAN_PACKS" help:"Folders of packs beside the built-in ones." placeholder:"DIR"`
}

// address is what sqlstore opens.
func (f storeFlags) address() string {
	if f.Store != "" {
		return f.Store
	}
	return filepath.Join(f.Data, "tongban.db")
}

// app is the platform without its doors.
type app struct {
	store   store.Store
	files   *filestore.Store
	items   *pack.Catalogue
	hall    *hall.Hall
	gate    *access.Gate
	metrics *metrics
	log     *slog.Logger
}

// openStore opens the store alone.
func (f storeFlags) openStore(ctx context.Context) (store.Store, error) {
	if f.Store != "" && !strings.HasPrefix(f.Store, "postgres://") && !strings.HasPrefix(f.Store, "postgresql://") {
		return nil, usageError(fmt.Sprintf("--store %.20q… does not begin with postgres:// (leave it out for the embedded store)", f.Store))
	}
	if f.Store == "" {
		if err := os.MkdirAll(f.Data, 0o700); err != nil {
			return nil, fmt.Errorf("cannot make the data folder %q: %w (choose another with --data, or mend its rights)", f.Data, err)
		}
	}
	st, err := sqlstore.Open(ctx, sqlstore.Options{Address: f.address()})
	if errors.Is(err, store.ErrNewer) {
		return nil, fmt.Errorf("%w: start the newer program, or restore a backup made by this one", err)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open the store: %w", err)
	}
	return st, nil
}

// open joins store, packs, files, hall and gate. now is the wall clock, or a virtual one for demo data.
func (f storeFlags) open(ctx context.Context, log *slog.Logger, now func() time.Time) (*app, error) {
	st, err := f.openStore(ctx)
	if err != nil {
		return nil, err
	}
	a := &app{store: st, log: log, metrics: newMetrics()}
	if err := a.join(ctx, f, now); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return a, nil
}

func (a *app) join(ctx context.Context, f storeFlags, now func() time.Time) (err error) {
	if a.files, err = filestore.Open(filepath.Join(f.Data, "files")); err != nil {
		return fmt.Errorf("cannot open the folder for uploads: %w", err)
	}
	if a.items, err = loadPacks(ctx, a.store, f.Packs, now()); err != nil {
		return err
	}
	a.hall, err = hall.New(hall.Options{Store: a.store, Catalogue: a.items, Now: now, Log: a.log, Observe: a.metrics.command})
	if err != nil {
		return err
	}
	a.gate, err = access.NewGate(a.store, access.Options{Now: now, Log: a.metrics.signIn(a.log)})
	return err
}

// loadPacks fills the catalogue: versions that running cases began with come from the store, then the built-in packs and
// the folders given; each new version is stored, so that it is found again after an upgrade.
func loadPacks(ctx context.Context, st store.Store, folders []string, now time.Time) (*pack.Catalogue, error) {
	return nil, errors.New("not wired")
}

var _ = packs.FS
