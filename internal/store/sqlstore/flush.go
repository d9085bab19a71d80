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

	after int           // how much a log grows until it should be copied into the database, in bytes
	grown int           // since it was signalled last
	full  chan struct{} // signalled when it should
}

// copyAfter is by how many bytes a write-ahead log grows until it is copied into the database beside what is written (see copyLog).
const copyAfter = 1 << 20

// autocheckpoint is after how many pages, of 4 KiB, SQLite does that itself at the end of a commit: then little is left to copy, and
// the log begins anew, which it never does while others write on.
const autocheckpoint = 16000

// newFlusher makes a flusher that signals whenever the log has grown by so many bytes. A connection whose address has the parameter uses it.
func newFlusher(after int) (f *flusher, parameter string) {
	f = &flusher{tls: libc.NewTLS(), full: make(chan struct{}, 1), after: after}
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

// put notes that SQLite asked for a commit of so many bytes to be flushed, which is put off.
func (f *flusher) put(bytes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.written++
	if f.grown += bytes; f.grown >= f.after {
		f.grown = 0
		select {
		case f.full <- struct{}{}:
		default:
		}
	}
}

// filled is signalled when the log should be copied into the database.
func (f *flusher) filled() <-chan struct{} { return f.full }

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
