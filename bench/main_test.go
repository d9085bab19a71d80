package bench

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain collects garbage as seldom as `tongban serve` does, unless GOGC is set.
func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	os.Exit(m.Run())
}
