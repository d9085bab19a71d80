package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// suiteSetting is the setting that says which suite the log of the store has.
const suiteSetting = "log suite"

// Suite is what leaves are hashed with.
func (s *Store) Suite() evidence.Suite { return evidence.Suite(s.suite.Load()) } // #nosec G115 -- it was stored as one

// readSuite reads which suite was settled, as get reads a setting.
func (s *Store) readSuite(ctx context.Context, get func(context.Context, string) ([]byte, error)) error {
	name, err := get(ctx, suiteSetting)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = s.takeSuite(name)
	}
	if err != nil {
		return fmt.Errorf("suite of the log: %w", err)
	}
	return nil
}

// written is a setting as whoever writes sees it, before there are writers: what the migrations have just done need not be flushed yet.
func (s *Store) written(ctx context.Context, name string) (value []byte, err error) {
	err = s.write.QueryRowContext(ctx, s.d.bind(settingQuery), name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, store.ErrNotFound
	}
	return value, err
}

func (s *Store) takeSuite(name []byte) error {
	suite, err := evidence.ParseSuite(string(name))
	s.suite.Store(int32(suite))
	return err
}

// SettleSuite settles the suite, unless there are entries of the suite that holds.
func (s *Store) SettleSuite(ctx context.Context, suite evidence.Suite) (evidence.Suite, error) {
	begun := false
	err := s.one(ctx, func(sc scan) error { begun = true; return sc(new(int64)) }, "SELECT no FROM journal LIMIT 1")
	if errors.Is(err, store.ErrNotFound) {
		_, err = s.LogHead(ctx)
		begun = err == nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return s.Suite(), fmt.Errorf("suite of the log: %w", err)
	}
	if begun {
		suite = s.Suite()
	}
	name, err := s.PutSetting(ctx, suiteSetting, []byte(suite.String()))
	if err == nil {
		err = s.takeSuite(name)
	}
	return s.Suite(), err
}
