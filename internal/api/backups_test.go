package api_test

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// archives lets the house make backups of its rows, and try them.
func (h *house) archives(dir string) *backup.Keeper {
	h.t.Helper()
	k, err := backup.Open(backup.Options{Dir: filepath.Join(dir, "backups"), Now: h.time, Note: h.gate.Note,
		Need:  func(context.Context) (int64, error) { return 0, nil },
		Free:  func(string) (int64, error) { return 1 << 40, nil },
		Write: func(ctx context.Context, w io.Writer) error { return h.store.Backup(ctx, w, nil) },
		Try: func(ctx context.Context, r io.Reader, dir string) (backup.Found, error) {
			o := sqlstore.Options{Address: filepath.Join(dir, "tongban.db"), Ring: h.keys}
			if err := sqlstore.Restore(ctx, o, r, nil); err != nil {
				return backup.Found{}, err
			}
			st, err := sqlstore.Open(ctx, o)
			if err != nil {
				return backup.Found{}, err
			}
			found, err := hall.Check(ctx, st)
			if cerr := st.Close(); err == nil {
				err = cerr
			}
			return backup.Found{Cases: found.Cases, Entries: found.Entries}, err
		}})
	must(h.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { k.Serve(ctx) })
	h.t.Cleanup(func() {
		cancel()
		wg.Wait()
		must(h.t, k.Close())
	})
	return k
}

// A backup is made and tried by API, and both are seen by the audit administrator, who can begin neither.
func TestBackups_are_the_system_administrators(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.running()
	must(t, h.store.PutPack(t.Context(), store.PackRow{ID: "03", Version: "1", Digest: []byte{1}, Archive: []byte{1}}))
	var begun api.ArchiveView
	h.into(&begun, h.must(http.StatusAccepted, "admin", "POST", "/console/backups", nil))
	var list struct{ Archives []api.ArchiveView }
	for len(list.Archives) == 0 || list.Archives[0].Ended.IsZero() {
		h.into(&list, h.must(http.StatusOK, "audit", "GET", "/console/backups", nil))
	}
	a := list.Archives[0]
	if a.Name != begun.Name || a.Fault != "" || a.Bytes == 0 || len(a.SHA256) != 64 || a.Trial != nil {
		t.Fatalf("made %+v, begun as %+v", a, begun)
	}
	for _, who := range []string{"audit", "security", "clerk", "owner"} {
		h.must(http.StatusNotFound, who, "POST", "/console/backups/"+a.Name+"/try", nil)
	}
	h.must(http.StatusAccepted, "admin", "POST", "/console/backups/"+a.Name+"/try", nil)
	for a.Trial == nil || a.Trial.Ended.IsZero() && a.Trial.Fault == "" {
		h.into(&list, h.must(http.StatusOK, "audit", "GET", "/console/backups", nil))
		a = list.Archives[0]
	}
	if tr := a.Trial; tr.Fault != "" || tr.Cases != 1 || tr.Entries < 3 {
		t.Errorf("the trial found %+v", tr)
	}
}
