package dbos

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain collects garbage as seldom as `tongban serve` does, for both sides, unless GOGC is set.
func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	os.Exit(m.Run())
}
