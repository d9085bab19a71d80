//go:build unix && (amd64 || arm64 || loong64)

package sqlstore

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lite "modernc.org/sqlite/lib"
)

// maxGather bounds what is held back of a write-ahead log, in bytes.
const maxGather = 1 << 20

// maxWrite is how many bytes SQLite's own layer takes at once: it cuts the length to 17 bits, as no page is longer.
const maxWrite = 1 << 16

// gathered is a write-ahead log that SQLite has open: writes that follow one another are held back until SQLite flushes the
// file, or reads it, and then go to the system as one. SQLite writes each page of a transaction and its header of 24 bytes
// on its own, and those calls cost more than the flush behind them.
//
// It holds nothing back that anybody relies on: with synchronous=FULL a transaction is flushed before other connections learn
// of its pages, and a write that fails then fails the flush, and so the transaction.
type gathered struct {
	base  *lite.Tsqlite3_io_methods
	off   int64
	held  []byte   // belongs at off
	grown int      // bytes written since the last commit
	later *flusher // flushes commits beside SQLite; nil: SQLite does
}

// layers is what SQLite's calls, which bring only addresses, are looked up in.
var layers = struct {
	sync.RWMutex
	tls     *libc.TLS
	names   map[string]string   // of our layers, by the one beneath
	beneath map[uintptr]uintptr // by our layer
	methods map[uintptr]uintptr // ours, by those beneath
	logs    map[uintptr]*gathered

	count    int // of flushers so far
	flushers map[string]*flusher
}{names: map[string]string{}, beneath: map[uintptr]uintptr{}, methods: map[uintptr]uintptr{}, logs: map[uintptr]*gathered{},
	flushers: map[string]*flusher{}}

// at is the value at an address outside Go's memory.
func at[T any](p uintptr) *T {
	return *(**T)(unsafe.Pointer(&p)) // #nosec G103 -- SQLite's memory, which does not move
}

// call is the function behind one of SQLite's function pointers; pointer is the reverse. Only functions that are declared,
// not closures, may become pointers.
func call[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) } // #nosec G103 -- see at

func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f F }{f})) } // #nosec G103 -- see at

// The functions of a file layer and of its files.
type (
	openFunc     = func(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32
	readFunc     = func(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32
	writeFunc    = func(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	sizeFunc     = func(tls *libc.TLS, file, out uintptr) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
)

// gathering returns the name of the SQLite file layer (VFS) that gathers the writes to write-ahead logs before they reach the
// named one, "" for the system's files. It makes each once.
func gathering(base string) (string, error) {
	layers.Lock()
	defer layers.Unlock()
	if name, ok := layers.names[base]; ok {
		return name, nil
	}
	if layers.tls == nil {
		tls := libc.NewTLS()
		if err := keepSteady(tls); err != nil {
			return "", err
		}
		layers.tls = tls
	}
	find := uintptr(0)
	if base != "" {
		var err error
		if find, err = libc.CString(base); err != nil {
			return "", err
		}
		defer libc.Xfree(layers.tls, find)
	}
	beneath := lite.Xsqlite3_vfs_find(layers.tls, find)
	if beneath == 0 {
		return "", fmt.Errorf("SQLite has no file layer %q", base)
	}
	name := "gather-" + base
	own, err := register(beneath, name, pointer[openFunc](gatherOpen))
	if err != nil {
		return "", err
	}
	layers.names[base], layers.beneath[own] = name, beneath
	return name, nil
}

// register adds a file layer that is like the one beneath but for its name and how it opens files. It stays for good.
func register(beneath uintptr, name string, open uintptr) (uintptr, error) {
	tls := layers.tls
	own := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(lite.Tsqlite3_vfs{})))
	text, err := libc.CString(name)
	if err != nil || own == 0 {
		return 0, fmt.Errorf("register the file layer %s: out of memory", name)
	}
	v := at[lite.Tsqlite3_vfs](own)
	*v = *at[lite.Tsqlite3_vfs](beneath)
	v.FzName, v.FpNext, v.FxOpen = text, 0, open
	if rc := lite.Xsqlite3_vfs_register(tls, own, 0); rc != lite.SQLITE_OK {
		return 0, fmt.Errorf("register the file layer %s: SQLite error %d", name, rc)
	}
	return own, nil
}

func gatherOpen(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32 {
	layers.RLock()
	beneath := layers.beneath[vfs]
	layers.RUnlock()
	rc := call[openFunc](at[lite.Tsqlite3_vfs](beneath).FxOpen)(tls, beneath, path, file, flags, out)
	f := at[lite.Tsqlite3_file](file)
	if rc != lite.SQLITE_OK || flags&lite.SQLITE_OPEN_WAL == 0 {
		return rc
	}
	g := &gathered{base: at[lite.Tsqlite3_io_methods](f.FpMethods), later: flusherOf(tls, path)}
	if g.later != nil {
		g.later.open(g, file)
	}
	layers.Lock()
	defer layers.Unlock()
	layers.logs[file] = g
	if layers.methods[f.FpMethods] == 0 {
		own := libc.Xmalloc(layers.tls, libc.Tsize_t(unsafe.Sizeof(lite.Tsqlite3_io_methods{})))
		if own == 0 {
			return lite.SQLITE_NOMEM
		}
		m := at[lite.Tsqlite3_io_methods](own)
		*m = *at[lite.Tsqlite3_io_methods](f.FpMethods)
		m.FxRead, m.FxWrite = pointer[readFunc](gatherRead), pointer[writeFunc](gatherWrite)
		m.FxTruncate, m.FxFileSize = pointer[truncateFunc](gatherTruncate), pointer[sizeFunc](gatherSize)
		m.FxSync, m.FxClose = pointer[syncFunc](gatherSync), pointer[closeFunc](gatherClose)
		layers.methods[f.FpMethods] = own
	}
	f.FpMethods = layers.methods[f.FpMethods]
	return rc
}

func logAt(file uintptr) *gathered {
	layers.RLock()
	defer layers.RUnlock()
	return layers.logs[file]
}

// flush hands over what is held back. If that fails it is forgotten: SQLite gives the transaction up.
func (g *gathered) flush(tls *libc.TLS, file uintptr) int32 {
	held, off := g.held, g.off
	g.held = g.held[:0]
	for piece := range slices.Chunk(held, maxWrite) {
		buf := uintptr(unsafe.Pointer(unsafe.SliceData(piece))) // #nosec G103 -- Go does not move it, and g keeps it
		if rc := call[writeFunc](g.base.FxWrite)(tls, file, buf, int32(len(piece)), off); rc != lite.SQLITE_OK {
			return rc
		}
		off += int64(len(piece))
	}
	runtime.KeepAlive(held)
	return lite.SQLITE_OK
}

func gatherWrite(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	g := logAt(file)
	if off != g.off+int64(len(g.held)) || len(g.held)+int(n) > maxGather {
		if rc := g.flush(tls, file); rc != lite.SQLITE_OK {
			return rc
		}
		g.off = off
	}
	g.grown += int(n)
	g.held = append(g.held, unsafe.Slice(at[byte](buf), n)...) // #nosec G103 -- see at
	return lite.SQLITE_OK
}

func gatherRead(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	g := logAt(file)
	if rc := g.flush(tls, file); rc != lite.SQLITE_OK {
		return rc
	}
	return call[readFunc](g.base.FxRead)(tls, file, buf, n, off)
}

func gatherTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	g := logAt(file)
	if rc := g.flush(tls, file); rc != lite.SQLITE_OK {
		return rc
	}
	return call[truncateFunc](g.base.FxTruncate)(tls, file, size)
}

func gatherSize(tls *libc.TLS, file, out uintptr) int32 {
	g := logAt(file)
	if rc := g.flush(tls, file); rc != lite.SQLITE_OK {
		return rc
	}
	return call[sizeFunc](g.base.FxFileSize)(tls, file, out)
}

// syncKind is the part of the flags that says how thorough a flush is.
const syncKind = 0x0f

func gatherSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	g := logAt(file)
	if rc := g.flush(tls, file); rc != lite.SQLITE_OK {
		return rc
	}
	if g.later != nil && flags&syncKind == lite.SQLITE_SYNC_NORMAL { // a commit; a checkpoint asks for a full one
		g.later.put(g.grown)
		g.grown = 0
		return lite.SQLITE_OK
	}
	return call[syncFunc](g.base.FxSync)(tls, file, flags)
}

func gatherClose(tls *libc.TLS, file uintptr) int32 {
	g := logAt(file)
	rc := g.flush(tls, file)
	if g.later != nil {
		g.later.close()
	}
	layers.Lock()
	delete(layers.logs, file)
	layers.Unlock()
	if closed := call[closeFunc](g.base.FxClose)(tls, file); rc == lite.SQLITE_OK {
		rc = closed
	}
	return rc
}
