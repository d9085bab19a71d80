package bench

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the drivers of sqlstore
	_ "modernc.org/sqlite"

	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// BenchmarkCases counts complete cases of 20 commands. "ratio" is commands per second to bare transactions per second, half
// of which are done before and half after, so that a machine that is busy with something else in between does not decide.
func BenchmarkCases(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		cases(b, "sqlite", func(b *testing.B, name string) string {
			return filepath.Join(b.TempDir(), name)
		})
	})
	b.Run("postgres", func(b *testing.B) {
		server := pgtest.New(b, pgtest.Options{Settings: map[string]string{"max_connections": "200"}})
		cases(b, "pgx", func(b *testing.B, _ string) string { return server.Database(b) })
	})
}

func cases(b *testing.B, driver string, address func(b *testing.B, name string) string) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			acts := life()
			commands := b.N * len(acts)
			half := commands/2 + 1
			before := bareRows(b, driver, address(b, "before.db"), clients, half)
			st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: address(b, "cases.db"), Ring: newRing(b)})
			if err != nil {
				b.Fatal(err)
			}
			defer st.Close()
			h := newHall(b, st)
			b.ReportAllocs()
			b.ResetTimer()
			if err := spread(clients, b.N, func(int) error { _, err := run(b.Context(), h, acts); return err }); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			after := bareRows(b, driver, address(b, "after.db"), clients, half)
			bare := float64(2*half) / (before + after).Seconds()
			perSecond := float64(commands) / b.Elapsed().Seconds()
			b.ReportMetric(perSecond/float64(len(acts)), "cases/s")
			b.ReportMetric(perSecond, "commands/s")
			b.ReportMetric(bare, "bare-tx/s")
			b.ReportMetric(perSecond/bare, "ratio")
		})
	}
}

// bareRows returns how long n durable transactions of one row take. SQLite has one connection that writes, as in sqlstore;
// PostgreSQL has one for each client.
func bareRows(b *testing.B, driver, address string, clients, n int) time.Duration {
	b.Helper()
	conns := clients
	if driver == "sqlite" {
		conns = 1
		address = "file:" + address + "?_pragma=journal_mode(wal)&_pragma=synchronous(full)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if _, err := db.ExecContext(b.Context(), "CREATE TABLE bare (id BIGINT PRIMARY KEY, body TEXT NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	insert, err := db.PrepareContext(b.Context(), map[string]string{
		"sqlite": "INSERT INTO bare (id, body) VALUES (?, ?)", "pgx": "INSERT INTO bare (id, body) VALUES ($1, $2)"}[driver])
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	began := time.Now()
	err = spread(clients, n, func(i int) error {
		_, err := insert.ExecContext(b.Context(), i, "a row of a hundred bytes or so, which is about what a claim of a task writes into the journal as well")
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
