package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/tongban/tongban/internal/store"
)

// Migrations have the same numbers in both folders and are never edited once released. Each runs in a transaction of its
// own, so that one that was killed half-way left nothing and runs again.
//
//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to this program's version. ErrNewer if they are beyond it; then nothing is touched.
func (s *Store) migrate(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	for before := int64(-1); ; {
		has, want, err := p.GetVersions(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("read database version: %w", err)
		case has > want:
			return fmt.Errorf("%w (database %d, program %d: start the newer program)", store.ErrNewer, has, want)
		case has == want:
			return nil
		}
		_, err = p.Up(ctx)
		if err != nil && has == before { // else another process may have been quicker: look again
			return fmt.Errorf("migrate database from version %d to %d: %w", has, want, err)
		}
		before = has
	}
}

func (s *Store) migrator() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations/"+s.d.name)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithTableName("migration"),
		goose.WithGoMigrations(s.later...)}
	if s.d.locker {
		l, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(l))
	}
	p, err := goose.NewProvider(s.d.goose, s.write, dir, options...)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}
