package sqlstore

import (
	"testing"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/storetest"
)

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	// The tables are made once, by the migrations, and copied for each test.
	ring := newRing(t)
	storetest.Run(t, func(t *testing.T) store.Store {
		o := Options{Schemas: []store.Schema{storetest.Sample}}
		o.Address = pgtest.From(t, "sample", func(dsn string) { migrated(t, dsn, o) })
		o.Ring = ring
		return newStore(t, o)
	})
}
