package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// Breaker is a Hook that fails a statement once it is armed: the n-th that runs, and the same one whenever it is tried again. A
// ROLLBACK always succeeds.
type Breaker struct {
	mu     sync.Mutex
	armed  bool
	left   int // statements that still succeed
	broken string
}

var errBroken = errors.New("storetest: the statement failed")

// Hook is for Tap.
func (b *Breaker) Hook(statement string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.armed || statement == "ROLLBACK" {
		return nil
	}
	if b.broken == "" && b.left > 0 {
		b.left--
		return nil
	}
	if b.broken == "" {
		b.broken = statement
	}
	if statement == b.broken {
		return errBroken
	}
	return nil
}

// Arm lets n statements through and fails the next one, from now on.
func (b *Breaker) Arm(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed, b.left, b.broken = true, n, ""
}

// Disarm lets all statements through again, and tells which one failed; "" none.
func (b *Breaker) Disarm() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed = false
	return b.broken
}

// Rows is a digest of all rows of a store but its counters: a number that nobody got may be left out.
func Rows(t testing.TB, st interface {
	Backup(ctx context.Context, w io.Writer, file func(caseflow.File) error) error
}) string {
	t.Helper()
	var dump bytes.Buffer
	if err := st.Backup(t.Context(), &dump, func(caseflow.File) error { return nil }); err != nil {
		t.Fatal(err)
	}
	sum, table := sha256.New(), ""
	for line := range bytes.Lines(dump.Bytes()) {
		if bytes.HasPrefix(line, []byte("{")) {
			table = string(line)
		} else if !strings.Contains(table, `"counter"`) {
			sum.Write(line)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// OnBothBroken runs a test on a fresh database of each kind with a breaker before its statements: address and driver are for
// sqlstore's Options. postgres gives the address of an empty database that asks the hook.
func OnBothBroken(t *testing.T, postgres func(t testing.TB, hook Hook) string, test func(t *testing.T, address, driver string, b *Breaker)) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		b := &Breaker{}
		test(t, filepath.Join(t.TempDir(), "t.db"), Tap(t, b.Hook), b)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		b := &Breaker{}
		test(t, postgres(t, b.Hook), "", b)
	})
}
