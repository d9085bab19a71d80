//go:build unix && (amd64 || arm64 || loong64)

package sqlstore

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"modernc.org/libc"
	lite "modernc.org/sqlite/lib"
)

// disk is a file layer (VFS) for SQLite that lies between it and the system's files. It can fail, be full, and it knows
// what would be left after a power loss: only what was flushed, and, if the dice say so, some of what was not.
//
// It wraps SQLite's own unix VFS: after opening a file, the file's table of methods is replaced by one whose write, flush,
// truncate and close pass through here.
type disk struct {
	vfs string // its name

	mu       sync.Mutex
	files    map[string]*image
	ops      int // writes, truncations and flushes so far
	flushes  int
	failAt   int         // the op that fails, 0: none
	failed   bool        // it has
	full     bool        // every write finds no space
	watch    func(n int) // called before each op, with mu held
	baseOpen uintptr
}

// image is what a file would hold after a power loss, and what has been written since its last flush.
type image struct {
	durable []byte
	exists  bool
	pending []change
}

// change is a write, or, without data, a truncation to off.
type change struct {
	off  int64
	data []byte
}

func (c change) apply(b []byte) []byte {
	if c.data == nil {
		return append(b, make([]byte, max(0, int(c.off)-len(b)))...)[:c.off]
	}
	end := int(c.off) + len(c.data)
	b = append(b, make([]byte, max(0, end-len(b)))...)
	copy(b[c.off:], c.data)
	return b
}

// pages is the change in pieces of a page, which the disk writes each on its own.
func (c change) pages() []change {
	if c.data == nil {
		return []change{c}
	}
	var all []change
	for piece := range slices.Chunk(c.data, 4096) {
		all = append(all, change{c.off, piece})
		c.off += int64(len(piece))
	}
	return all
}

// opened is a file that SQLite has open through a disk.
type opened struct {
	disk *disk
	path string
	base *lite.Tsqlite3_io_methods
}

// passing finds the disk of a call: SQLite hands over only addresses.
var passing = struct {
	sync.RWMutex
	base    uintptr
	count   int
	disks   map[uintptr]*disk
	files   map[uintptr]*opened
	methods map[uintptr]uintptr // ours by SQLite's own
}{disks: map[uintptr]*disk{}, files: map[uintptr]*opened{}, methods: map[uintptr]uintptr{}}

type deleteFunc = func(tls *libc.TLS, vfs, path uintptr, dirSync int32) int32

// newDisk registers a disk with SQLite.
func newDisk(t testing.TB) *disk {
	t.Helper()
	if _, err := gathering(""); err != nil { // makes layers.tls
		t.Fatal(err)
	}
	passing.Lock()
	defer passing.Unlock()
	if passing.base == 0 {
		passing.base = lite.Xsqlite3_vfs_find(layers.tls, 0)
	}
	passing.count++
	d := &disk{vfs: fmt.Sprintf("fault-%d", passing.count), files: map[string]*image{}}
	d.baseOpen = at[lite.Tsqlite3_vfs](passing.base).FxOpen
	own, err := register(passing.base, d.vfs, pointer[openFunc](diskOpen))
	if err != nil {
		t.Fatal(err)
	}
	v := at[lite.Tsqlite3_vfs](own)
	v.FxDelete, v.FpAppData = pointer[deleteFunc](diskDelete), own // a layer above hands over itself, with the same data
	passing.disks[own] = d
	return d
}

func diskOpen(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32 {
	passing.Lock()
	defer passing.Unlock()
	d := passing.disks[vfs]
	rc := call[openFunc](d.baseOpen)(tls, passing.base, path, file, flags, out)
	f := at[lite.Tsqlite3_file](file)
	if rc != lite.SQLITE_OK || f.FpMethods == 0 || path == 0 {
		return rc
	}
	o := &opened{disk: d, path: libc.GoString(path), base: at[lite.Tsqlite3_io_methods](f.FpMethods)}
	own, ok := passing.methods[f.FpMethods]
	if !ok {
		own = libc.Xmalloc(layers.tls, libc.Tsize_t(unsafe.Sizeof(lite.Tsqlite3_io_methods{})))
		m := at[lite.Tsqlite3_io_methods](own)
		*m = *o.base
		m.FxWrite, m.FxTruncate = pointer[writeFunc](diskWrite), pointer[truncateFunc](diskTruncate)
		m.FxSync, m.FxClose = pointer[syncFunc](diskSync), pointer[closeFunc](diskClose)
		passing.methods[f.FpMethods] = own
	}
	f.FpMethods = own
	passing.files[file] = o
	return rc
}

func fileAt(file uintptr) *opened {
	passing.RLock()
	defer passing.RUnlock()
	return passing.files[file]
}

func diskClose(tls *libc.TLS, file uintptr) int32 {
	passing.Lock()
	o := passing.files[file]
	delete(passing.files, file)
	passing.Unlock()
	return call[closeFunc](o.base.FxClose)(tls, file)
}

func diskDelete(tls *libc.TLS, vfs, path uintptr, dirSync int32) int32 {
	passing.RLock()
	d := passing.disks[at[lite.Tsqlite3_vfs](vfs).FpAppData]
	passing.RUnlock()
	d.mu.Lock()
	delete(d.files, libc.GoString(path))
	d.mu.Unlock()
	return call[deleteFunc](at[lite.Tsqlite3_vfs](passing.base).FxDelete)(tls, passing.base, path, dirSync)
}

func diskWrite(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	o := fileAt(file)
	data := slices.Clone(unsafe.Slice(at[byte](buf), n)) // #nosec G103
	if rc := o.disk.op(o.path, &change{off, data}); rc != lite.SQLITE_OK {
		return rc
	}
	return call[writeFunc](o.base.FxWrite)(tls, file, buf, n, off)
}

func diskTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	o := fileAt(file)
	if rc := o.disk.op(o.path, &change{off: size}); rc != lite.SQLITE_OK {
		return rc
	}
	return call[truncateFunc](o.base.FxTruncate)(tls, file, size)
}

// diskSync does not bother the real disk: what counts as flushed is kept here.
func diskSync(_ *libc.TLS, file uintptr, _ int32) int32 {
	o := fileAt(file)
	return o.disk.op(o.path, nil)
}

// op is one write or truncation, or, with nil, one flush. When a flush fails, what it should have flushed is lost although
// reading the file still shows it: this is how Linux treats a failed fsync.
func (d *disk) op(path string, c *change) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ops++
	if c == nil {
		d.flushes++
	}
	if d.watch != nil {
		d.watch(d.ops)
	}
	f := d.files[path]
	if f == nil {
		f = &image{}
		d.files[path] = f
	}
	fails := d.ops == d.failAt
	d.failed = d.failed || fails
	switch {
	case c != nil && d.full:
		return lite.SQLITE_FULL
	case c != nil && fails:
		return lite.SQLITE_IOERR_WRITE
	case c != nil:
		f.pending = append(f.pending, *c)
	case fails:
		f.pending = nil
		return lite.SQLITE_IOERR_FSYNC
	default:
		f.exists = true
		for _, p := range f.pending {
			f.durable = p.apply(f.durable)
		}
		f.pending = nil
	}
	return lite.SQLITE_OK
}

// cut returns what the files hold after a power loss now. dice, if it is not nil, decides for every page of what was not
// flushed whether it reached the disk all the same. The caller holds mu.
func (d *disk) cut(dice *rand.Rand) map[string][]byte {
	left := map[string][]byte{}
	for _, path := range slices.Sorted(maps.Keys(d.files)) {
		f := d.files[path]
		if !f.exists {
			continue
		}
		b := slices.Clone(f.durable)
		for _, p := range f.pending {
			for _, page := range p.pages() {
				if dice != nil && dice.IntN(2) == 0 {
					b = page.apply(b)
				}
			}
		}
		left[filepath.Base(path)] = b
	}
	return left
}

// put writes files into a new folder and returns it.
func put(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tally counts the acknowledged entries of cases.
type tally [8]atomic.Int64

func (a *tally) now() (n [8]int64) {
	for i := range a {
		n[i] = a[i].Load()
	}
	return n
}
