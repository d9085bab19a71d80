package quarantine_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

type alarm struct{}

func (alarm) Scan(_ context.Context, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	if err == nil {
		err = &filestore.Suspect{Finding: "Test.Virus"}
	}
	return err
}

// What a server that died has left (a content without a row, a content whose row says that it is gone) is removed once it is old enough
// to be nobody's business; what waits, or was released and not yet taken, stays however old it is.
func TestSweep_removes_what_nobody_needs(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	st, err := sqlstore.Open(ctx, sqlstore.Options{Address: filepath.Join(t.TempDir(), "q.db")})
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	files, err := filestore.Open(t.TempDir(), time.Now())
	must(t, err)
	t.Cleanup(func() { _ = files.Close() })
	files.ScanWith(alarm{})
	must(t, st.AddAccount(ctx, store.Account{ID: "wang", Login: "wang", Kind: caseflow.ActorCitizen, Region: "610500"}))
	now := time.Now()
	k := quarantine.New(files, st, nil, func() time.Time { return now }, nil)
	ids := map[string]string{}
	for _, state := range []string{store.QuarantineHeld, store.QuarantineAsked, store.QuarantineReleased, store.QuarantineTaken, store.QuarantineDeleted, "no row"} {
		var a *filestore.Suspect
		if _, err := files.Put(ctx, "wang", bytes.NewReader([]byte("%PDF-1.7\n"+state)), filestore.MaxBytes); !errors.As(err, &a) {
			t.Fatal(err)
		}
		ids[a.ID] = state
		if state != "no row" {
			must(t, st.AddQuarantined(ctx, store.Quarantined{Region: "610500", ID: a.ID, Account: "wang", State: state, At: now, Changed: now}))
		}
	}
	left := func() (n int, gone string) {
		must(t, files.Apart(ctx, func(id string, _ time.Time) error {
			n++
			switch ids[id] {
			case store.QuarantineTaken, store.QuarantineDeleted, "no row":
				gone += ids[id] + " "
			}
			return nil
		}))
		return n, gone
	}
	must(t, k.Sweep(ctx))
	if n, _ := left(); n != 6 {
		t.Errorf("%d are left of what came just now, want all 6", n)
	}
	now = now.Add(61 * time.Minute)
	must(t, k.Sweep(ctx))
	if n, gone := left(); n != 3 || gone != "" {
		t.Errorf("%d are left an hour later, among them %q", n, gone)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
