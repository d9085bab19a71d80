//go:build !(unix && (amd64 || arm64 || loong64))

package sqlstore

// gathering returns the layer as it is: elsewhere SQLite's writes are not gathered.
func gathering(base string) (string, error) { return base, nil }

// flusher is not needed: SQLite flushes every commit itself, and copies its log into the database after so many pages.
type flusher struct{}

const (
	copyAfter      = 0
	autocheckpoint = 4000
)

func newFlusher(int) (*flusher, string)  { return &flusher{}, "" }
func (*flusher) wait() error             { return nil }
func (*flusher) filled() <-chan struct{} { return nil }
func (*flusher) end()                    {}
