package sqlstore

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A log keeps what it has: no statement of the store changes or deletes a row of one, whatever the contract may come to offer.
func TestLogs_are_never_changed_by_a_statement(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	change := regexp.MustCompile(`(?i)(update|delete\s+from|replace\s+into|truncate)\s+(trace|look|module_leaf)\b|t(Trace|Look|Module)\.(put|drop|wipe)`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := change.Find(text); m != nil {
			t.Errorf("%s: %s", name, m)
		}
	}
}
