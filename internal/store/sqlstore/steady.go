//go:build unix && (amd64 || arm64 || loong64)

package sqlstore

import (
	"fmt"

	"modernc.org/libc"
	lite "modernc.org/sqlite/lib"
)

type entryFunc = func(tls *libc.TLS, db, message, api uintptr) int32

// keepSteady has every SQLite connection that this process opens from now on plan a statement once, whatever values it is given, as
// PostgreSQL's generic plans do. Otherwise SQLite prepares a statement again each time it runs, if it has a LIMIT or a partial index
// that looks at a value: that was a quarter of a page of the queue (SQLITE_DBCONFIG_ENABLE_QPSG, https://sqlite.org/queryplanner-ng.html
// section 4.2).
func keepSteady(tls *libc.TLS) error {
	if rc := lite.Xsqlite3_auto_extension(tls, pointer[entryFunc](steady)); rc != lite.SQLITE_OK {
		return fmt.Errorf("register for new connections: SQLite error %d", rc)
	}
	return nil
}

func steady(tls *libc.TLS, db, _, _ uintptr) int32 {
	args := tls.Alloc(16) // two slots
	defer tls.Free(16)
	return lite.Xsqlite3_db_config(tls, db, lite.SQLITE_DBCONFIG_ENABLE_QPSG, libc.VaList(args, int32(1), uintptr(0)))
}
