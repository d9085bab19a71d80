package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lite "modernc.org/sqlite/lib"
)

// dialect holds every difference between the two databases. All statements are written once, with ? for a parameter.
type dialect struct {
	name    string // folder of its migrations
	goose   goose.Dialect
	writers int    // connections that write
	chunk   int    // rows of one statement, a power of two where they travel one by one
	begin   string // opens a writing transaction
	serial  string // opens one in which all is as if nobody else wrote
	view    string // opens a transaction that reads one state
	lock    string // keeps the rows of a SELECT from changing until the transaction ends
	share   string // the same, letting others do so too
	abreast string // lets no calendar be added until the transaction ends; alone waits for all that said so, and keeps others waiting
	alone   string
	still   string // keeps others from writing leaves until the transaction ends; "": begin does
	slot    string // query: the slot of totals that a connection adds to; "": the only one
	claim   string // as lock, passing over rows that somebody else has locked
	holds   string // condition: a text column contains a parameter
	size    string // query: how many bytes the database takes
	reindex bool   // an update writes every index on a column it names, so do not name columns that did not change
	inside  bool   // the database works in this process
	loops   int    // of batches on their way: more than writers where a batch is flushed beside the next
	numbers bool   // parameters are $1, $2 …
	arrays  bool   // many rows travel as one array a column, not one parameter a value
	locker  bool   // several programs may migrate at once
	verdict func(error) verdict
}

// verdict is what an error of the database means for a transaction.
type verdict int

const (
	fault   verdict = iota // the statement or a row is at fault: others may succeed
	full                   // no space left
	taken                  // a row with this key is there already
	retry                  // lost against another transaction: try again
	offline                // the connection broke or the server is away: the outcome may be unknown
	denied                 // a row that must not be NULL is: the name that it claims is somebody else's, see claimNames
	broken                 // the disk failed: nothing may be acknowledged any more
)

var sqliteDialect = dialect{
	name: "sqlite", goose: goose.DialectSQLite3, writers: 1, loops: 4, chunk: 16,
	begin: "BEGIN IMMEDIATE", serial: "BEGIN IMMEDIATE", view: "BEGIN", holds: "instr(%s, ?) > 0",
	size: "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s", reindex: true, inside: true, verdict: sqliteVerdict,
}

var postgresDialect = dialect{
	name: "postgres", goose: goose.DialectPostgres, writers: 4, loops: 4, chunk: 512,
	begin: "BEGIN", serial: "BEGIN ISOLATION LEVEL SERIALIZABLE", view: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", lock: " FOR UPDATE", share: " FOR SHARE",
	abreast: "SELECT pg_advisory_xact_lock_shared(7301584)", alone: "SELECT pg_advisory_xact_lock(7301584)",
	still: "LOCK TABLE leaf_waiting IN EXCLUSIVE MODE",
	slot:  "SELECT pg_backend_pid() % 16",
	claim: " FOR UPDATE SKIP LOCKED", holds: "strpos(%s, ?) > 0",
	size: "SELECT pg_database_size(current_database())", numbers: true, arrays: true, locker: true, verdict: postgresVerdict,
}

// dialectOf tells a PostgreSQL address from the path of an SQLite file.
func dialectOf(address string) *dialect {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return &postgresDialect
	}
	return &sqliteDialect
}

// bind numbers the parameters of a statement where the database wants that. No statement here has a ? in a literal.
func (d *dialect) bind(query string) string {
	if !d.numbers {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + len(query)/4)
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

// rows is a table of n rows of parameters. Its columns are named column1, column2 …
func (d *dialect) rows(kinds []kind, n int) string {
	names := map[kind]string{text: "TEXT", num: "BIGINT", blobKind: "BYTEA", zip: "BYTEA"}
	if d.arrays {
		cols, from, as := make([]string, len(kinds)), make([]string, len(kinds)), make([]string, len(kinds))
		for i, k := range kinds {
			as[i] = "column" + strconv.Itoa(i+1)
			cols[i], from[i] = "v."+as[i], "CAST(? AS "+names[k]+"[])"
		}
		return "SELECT " + strings.Join(cols, ", ") + " FROM unnest(" + strings.Join(from, ", ") + ") AS v (" + strings.Join(as, ", ") + ")"
	}
	return "VALUES " + tuples(n, len(kinds))
}

// args are the parameters for rows.
func (d *dialect) args(kinds []kind, rows [][]any) []any {
	if !d.arrays {
		args := make([]any, 0, len(rows)*len(kinds))
		for _, r := range rows {
			args = append(args, r...)
		}
		return args
	}
	args := make([]any, len(kinds))
	for i, k := range kinds {
		switch k {
		case text:
			args[i] = column[string](rows, i)
		case num:
			args[i] = column[int64](rows, i)
		case blobKind, zip:
			args[i] = column[[]byte](rows, i)
		}
	}
	return args
}

func column[T any](rows [][]any, i int) []T {
	col := make([]T, len(rows))
	for n, r := range rows {
		col[n], _ = r[i].(T) // rows are made by kinds; see rows.go
	}
	return col
}

// open returns the connections that write and those that read; on PostgreSQL they are the same.
func (d *dialect) open(o Options) (write, read *sql.DB, err error) {
	if d.numbers {
		config, err := pgx.ParseConfig(o.Address)
		if err != nil {
			return nil, nil, err // pgx leaves the password out
		}
		for name, value := range postgresSettings {
			if _, set := config.RuntimeParams[name]; !set {
				config.RuntimeParams[name] = value
			}
		}
		write = stdlib.OpenDB(*config)
		write.SetMaxOpenConns(o.Readers + d.writers)
		write.SetMaxIdleConns(o.Readers + d.writers)
		return write, write, nil
	}
	if o.vfs, err = gathering(o.vfs); err != nil {
		return nil, nil, err
	}
	if write, err = sql.Open(o.Driver, sqliteDSN(o, false)); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if read, err = sql.Open(o.Driver, sqliteDSN(o, true)); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(o.Readers)
	read.SetMaxIdleConns(o.Readers)
	return write, read, nil
}

// postgresSettings keep plans steady. Every statement here is written as a few ranges of indexes; what a planner makes of
// the statistics of a table that is new, or grows fast, is at best the same, so it plans once and by index.
var postgresSettings = map[string]string{
	"application_name": "tongban", "plan_cache_mode": "force_generic_plan", "jit": "off",
	"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
}

// flusherParam is the parameter of an SQLite address that names the flusher of the connection.
const flusherParam = "flusher"

// sqliteDSN sets a connection up: a write-ahead log that is flushed at every commit, and no memory map, so that
// everything written goes through the file layer where a failure is seen.
func sqliteDSN(o Options, reads bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(10000)", "foreign_keys(1)", "temp_store(memory)", "mmap_size(0)", "trusted_schema(0)",
	}, "_dqs": {"0"}, "_defensive": {"1"}}
	add := func(pragma string) { q["_pragma"] = append(q["_pragma"], pragma) }
	if reads {
		add("cache_size(-8192)")
		add("query_only(1)")
	} else {
		add("journal_mode(wal)")
		add("synchronous(full)")
		add("checkpoint_fullfsync(1)") // tells the flushes of a checkpoint from those of a commit
		add("cache_size(-16384)")
		add("wal_autocheckpoint(" + strconv.Itoa(autocheckpoint) + ")")
		add("journal_size_limit(" + strconv.Itoa(autocheckpoint*4096) + ")")
	}
	for _, p := range o.pragmas {
		add(p)
	}
	if o.vfs != "" {
		q.Set("vfs", o.vfs)
	}
	if !reads && o.flusher != "" {
		q.Set(flusherParam, o.flusher)
	}
	path := (&url.URL{Path: filepath.ToSlash(o.Address)}).EscapedPath()
	return "file:" + path + "?" + q.Encode()
}

func sqliteVerdict(err error) verdict {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return fault
	}
	switch e.Code() & 0xff {
	case lite.SQLITE_FULL:
		return full
	case lite.SQLITE_CONSTRAINT:
		if e.Code() == lite.SQLITE_CONSTRAINT_UNIQUE || e.Code() == lite.SQLITE_CONSTRAINT_PRIMARYKEY {
			return taken
		}
		if e.Code() == lite.SQLITE_CONSTRAINT_NOTNULL {
			return denied
		}
	case lite.SQLITE_BUSY, lite.SQLITE_LOCKED:
		return retry
	case lite.SQLITE_IOERR, lite.SQLITE_CORRUPT, lite.SQLITE_NOTADB, lite.SQLITE_CANTOPEN, lite.SQLITE_READONLY,
		lite.SQLITE_NOMEM:
		return broken
	}
	return fault
}

func postgresVerdict(err error) verdict {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch {
		case e.Code == "23505":
			return taken
		case e.Code == "23502":
			return denied
		case strings.HasPrefix(e.Code, "53"):
			return full
		case strings.HasPrefix(e.Code, "40"), e.Code == "55P03":
			return retry
		case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "57"), strings.HasPrefix(e.Code, "25"):
			return offline
		}
		return fault
	}
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &network), errors.As(err, &connect), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET), strings.Contains(err.Error(), "conn closed"):
		return offline
	}
	return fault
}

// settle makes what an earlier run left behind durable again before anything is built on it: after a failed flush the
// system may hold pages that it believes to be on disk. SQLite copies its log into the database and flushes that.
func (d *dialect) settle(ctx context.Context, db *sql.DB) error {
	if d.numbers {
		return nil
	}
	var busy, log, moved int
	return db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
}
