package sqlstore

import (
	"testing"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/storetest"
)

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		return newStore(t, Options{Address: pgtest.Start(t), Schemas: []store.Schema{storetest.Sample}})
	})
}
