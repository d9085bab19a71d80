package sqlstore

import (
	"path/filepath"
	"testing"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

// newStore opens a store that is closed when the test ends.
func newStore(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// migrated makes the tables of a store that is empty.
func migrated(t testing.TB, address string, o Options) {
	t.Helper()
	o.Address = address
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func liteFile(t testing.TB) string { return filepath.Join(t.TempDir(), "通办 data?.db") }

// newRing makes keys.
func newRing(t testing.TB) *seal.Ring {
	t.Helper()
	r, err := seal.Open(t.TempDir(), storetest.At(0))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The conformance suite runs on sealed stores, as servers do.
func TestSQLite(t *testing.T) {
	t.Parallel()
	ring := newRing(t)
	storetest.Run(t, func(t *testing.T) store.Store {
		return newStore(t, Options{Address: liteFile(t), Schemas: []store.Schema{storetest.Sample}, Ring: ring})
	})
}
