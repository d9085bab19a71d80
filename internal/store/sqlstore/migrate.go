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

// migrate brings the tables up to this program's version: the kernel's, then those of each module, which are counted apart.
// ErrNewer if they are beyond it; then nothing is touched.
func (s *Store) migrate(ctx context.Context) error {
	all, err := s.migrators()
	if err != nil {
		return err
	}
	for _, m := range all {
		has, want, err := m.GetVersions(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("read database version: %w", err)
		case has > want:
			return fmt.Errorf("%w (%s %d, program %d: start the newer program)", store.ErrNewer, m.of, has, want)
		}
	}
	for _, m := range all {
		if err := s.up(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// migrator makes the tables of the kernel or a module.
type migrator struct {
	*goose.Provider
	module string // "": the kernel
	of     string // for people
}

// migrators are the kernel's and those of the modules.
func (s *Store) migrators() ([]migrator, error) {
	first, err := s.migrator(migrations, "migration", s.later...)
	if err != nil {
		return nil, err
	}
	all := []migrator{{first, "", "database"}}
	for _, m := range s.modules {
		p, err := s.migrator(m.migrations, "migration_"+m.name)
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", m.name, err)
		}
		all = append(all, migrator{p, m.name, "module " + m.name})
	}
	return all, nil
}

func (s *Store) migrator(folders fs.FS, table string, more ...*goose.Migration) (*goose.Provider, error) {
	dir, err := fs.Sub(folders, "migrations/"+s.d.name)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithTableName(table), goose.WithGoMigrations(more...)}
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

// up runs the migrations that are due. Another process may be at it too: what failed here was done there if the version rose
// meanwhile, and may be under way while the database is locked, which is waited for a few times.
func (s *Store) up(ctx context.Context, m migrator) error {
	for try := 0; ; try++ {
		has, want, err := m.GetVersions(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("read database version: %w", err)
		case has >= want:
			return nil
		}
		if _, err = m.Up(ctx); err == nil {
			continue
		}
		now, _, again := m.GetVersions(ctx)
		locked := s.d.verdict(err) == retry && try < 3
		if again != nil || now == has && !locked {
			return fmt.Errorf("migrate %s from version %d to %d: %w", m.of, has, want, err)
		}
	}
}
