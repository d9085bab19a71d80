package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/tongban/tongban/internal/store"
)

// ErrNoCitus: the database cannot spread tables over several machines.
var ErrNoCitus = errors.New("the database is no PostgreSQL with Citus")

// Distribute spreads the rows of regions over the machines of a Citus cluster and returns the tables that were not spread
// before. All rows of a region lie together, so that a command stays on one machine (docs/scale.md). Tables that are no region's
// own, accounts among them, stay where they are. It may be run again: after an upgrade it spreads new tables.
func (s *Store) Distribute(ctx context.Context) (spread []string, err error) {
	err = s.tx(ctx, func(w *writer) error {
		spread = nil
		if s.d.inside {
			return ErrNoCitus
		}
		var able int64
		err := w.query(store.Into(&able), "SELECT CASE WHEN to_regclass('pg_dist_partition') IS NULL THEN 0 ELSE 1 END")
		if err != nil {
			return err
		}
		if able == 0 {
			return fmt.Errorf("%w (CREATE EXTENSION citus in it first)", ErrNoCitus)
		}
		with := "none"
		for _, t := range append([]*table{tJournal}, s.tables()...) { // the others go where its rows go
			if !t.ofRegion() {
				continue
			}
			n, err := w.count("SELECT create_distributed_table(?::text::regclass, 'region', colocate_with => ?::text) WHERE NOT EXISTS "+
				"(SELECT 1 FROM pg_dist_partition WHERE logicalrelid = ?::text::regclass)", t.name, with, t.name)
			if err != nil {
				return fmt.Errorf("spread %s: %w", t.name, err)
			}
			with = tJournal.name
			if n > 0 {
				spread = append(spread, t.name)
			}
		}
		return nil
	})
	return spread, err
}

// ofRegion reports whether each row of the table is of a region.
func (t *table) ofRegion() bool { return t.cols[0] == "region" && t != tRegion }
