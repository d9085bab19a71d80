package bench

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/tongban/tongban/internal/store/sqlstore"
)

// BenchmarkBytes tells how much of an SQLite database a complete case takes, and how much of that each table and index.
// The time of a run says nothing.
func BenchmarkBytes(b *testing.B) {
	const n = 2000
	address := filepath.Join(b.TempDir(), "cases.db")
	st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: address, Ring: newRing(b)})
	if err != nil {
		b.Fatal(err)
	}
	h, acts := newHall(b, st), life()
	if err := spread(64, n, func(int) error { _, err := run(b.Context(), h, acts); return err }); err != nil {
		b.Fatal(err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", address)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(b.Context(), "SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var all float64
	for rows.Next() {
		var name string
		var bytes float64
		if err := rows.Scan(&name, &bytes); err != nil {
			b.Fatal(err)
		}
		all += bytes
		if bytes/n > 100 {
			b.ReportMetric(bytes/n, name+"-B/case")
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(all/n, "B/case")
	b.ReportMetric(0, "ns/op")
}
