//go:build unix && (amd64 || arm64 || loong64)

package sqlstore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tongban/tongban/internal/store"
)

// What SQLite would never copy by itself is copied into the database beside what is written.
func TestLog_is_copied_beside_what_is_written(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "t.db")
	s := newStore(t, Options{Address: path, pragmas: []string{"wal_autocheckpoint(0)"}})
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	for n, empty := 0, size(); size() < empty+copyAfter/4; n++ {
		looks := make([]store.Look, 2000)
		for i := range looks {
			looks[i] = look(n, i)
		}
		if err := s.AddLook(t.Context(), looks...); err != nil {
			t.Fatal(err)
		}
	}
}
