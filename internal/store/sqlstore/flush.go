//go:build unix && (amd64 || arm64 || loong64)

package sqlstore

import (
	"fmt"
	"strconv"
	"sync"

	"modernc.org/libc"
	lite "modernc.org/sqlite/lib"
)

// flusher flushes the write-ahead log of one connection beside the transactions that follow: while the disk works for one
// batch, the next is written. SQLite believes that a commit was flushed; who needs to know waits.
//
// The log is the truth of what comes first: a transaction that builds on another lies behind it, and after a power loss
// SQLite takes the log only as far as it is whole. So nothing survives what it was built on. The flushes that keep the database
// file whole, around a checkpoint, are SQLite's own and are never put off.
type flusher struct {
	mu       sync.Mutex
	some     sync.Cond
	tls      *libc.TLS
	log      *gathered // of the connection, nil before it is open
	file     uintptr
	written  uint64 // commits whose pages the system has
	flushed  uint64 // of these, on the disk
	flushing bool
	failed   error // why a flush failed; there is none after that
}

// newFlusher makes a flusher. A connection whose address has the parameter uses it.
func newFlusher() (f *flusher, parameter string) {
	f = &flusher{tls: libc.NewTLS()}
	f.some.L = &f.mu
	layers.Lock()
	defer layers.Unlock()
	layers.count++
	parameter = strconv.Itoa(layers.count)
	layers.flushers[parameter] = f
	return f, parameter
}

// flusherOf finds the flusher that the address of a file names.
func flusherOf(tls *libc.TLS, path uintptr) *flusher {
	key, err := libc.CString(flusherParam)
	if err != nil {
		return nil
	}
	defer libc.Xfree(tls, key)
	p := lite.Xsqlite3_uri_parameter(tls, path, key)
	if p == 0 {
		return nil
	}
	layers.RLock()
	defer layers.RUnlock()
	return layers.flushers[libc.GoString(p)]
}

// open takes over a log that was opened.
func (f *flusher) open(log *gathered, file uintptr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log, f.file = log, file
}

// put notes that SQLite asked for a commit to be flushed, which is put off.
func (f *flusher) put() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.written++
}

// wait returns when all that was committed before the call is on the disk, or why it may not be. One of those who wait flushes
// for all.
func (f *flusher) wait() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for mine := f.written; f.flushed < mine && f.failed == nil; {
		if f.flushing {
			f.some.Wait()
			continue
		}
		f.flush()
	}
	return f.failed
}

// flush does it. The caller holds mu, which is free meanwhile.
func (f *flusher) flush() {
	f.flushing = true
	upto, log, file := f.written, f.log, f.file
	f.mu.Unlock()
	rc := call[syncFunc](log.base.FxSync)(f.tls, file, lite.SQLITE_SYNC_NORMAL)
	f.mu.Lock()
	f.flushing = false
	if rc != lite.SQLITE_OK {
		f.failed = fmt.Errorf("flush the write-ahead log: SQLite error %d", rc)
	} else {
		f.flushed = upto
	}
	f.some.Broadcast()
}

// close flushes what was put off, and lets go of the log.
func (f *flusher) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.flushing {
		f.some.Wait()
	}
	if f.flushed < f.written && f.failed == nil {
		f.flush()
	}
	f.log, f.file = nil, 0
}

// end forgets the flusher; its connection is closed.
func (f *flusher) end() {
	layers.Lock()
	defer layers.Unlock()
	for key, other := range layers.flushers {
		if other == f {
			delete(layers.flushers, key)
			f.tls.Close()
		}
	}
}
