package bench

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// The population of Hanzhong: entities of tiers A, B, C and D, as many as are classified there stretched to 300,000.
var tiers = []struct {
	id   string
	size int
}{{"A", 273_100}, {"B", 9_180}, {"C", 12_500}, {"D", 5_220}}

const sample = 9000 // 3 %

var (
	drawOpens = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	drawPlan  = draw.Plan{Title: "2026年11月双随机抽查", Opens: drawOpens, Total: sample, Sources: []draw.Source{{Kind: draw.Public, Name: "上证综指"}}}
	drawSeed  = []draw.Value{{Text: "3870.02"}}
)

// population is the plan of a draw from 300,000.
func population() draw.Plan {
	p := drawPlan
	for _, tier := range tiers {
		p.Strata = append(p.Strata, draw.Stratum{ID: tier.id})
		for i := range tier.size {
			p.Candidates = append(p.Candidates, draw.Candidate{ID: fmt.Sprintf("9161%sMA%010d", tier.id, i*7919), Stratum: tier.id})
		}
	}
	return p
}

// BenchmarkDraw draws 3 % of 300,000 objects in 4 strata. "ratio" is how much longer PostgreSQL takes for its ORDER BY sha256(…) LIMIT over
// the same tickets in the same run, its table in memory; half of that before and half after. commit, record and verify are all of the way,
// from the plan to the bytes that are published and back.
func BenchmarkDraw(b *testing.B) {
	p := population()
	c, err := draw.Commit(p)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("select", func(b *testing.B) {
		db := drawTable(b, p)
		r, err := c.Reveal(drawOpens, drawSeed)
		if err != nil {
			b.Fatal(err)
		}
		seed, _ := r.Seed()
		half := b.N/2 + 1
		theirs := orderBy(b, db, seed, r, half)
		b.ResetTimer()
		for range b.N {
			if r, err = c.Reveal(drawOpens, drawSeed); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		theirs += orderBy(b, db, seed, r, half)
		ours := b.Elapsed() / time.Duration(b.N)
		b.ReportMetric(ours.Seconds()*1000, "ms")
		b.ReportMetric(theirs.Seconds()*1000/float64(2*half), "postgres-ms")
		b.ReportMetric(theirs.Seconds()/float64(2*half)/ours.Seconds(), "ratio")
	})
	b.Run("record", func(b *testing.B) {
		for range b.N {
			c, err := draw.Commit(p)
			if err != nil {
				b.Fatal(err)
			}
			r, err := c.Reveal(drawOpens, drawSeed)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(r.Bytes())))
		}
		b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
	})
	b.Run("verify", func(b *testing.B) {
		r, err := c.Reveal(drawOpens, drawSeed)
		if err != nil {
			b.Fatal(err)
		}
		text := r.Bytes()
		b.SetBytes(int64(len(text)))
		b.ResetTimer()
		for range b.N {
			if _, err := draw.Verify(text); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
	})
}

// drawTable fills a table with the pool.
func drawTable(b *testing.B, p draw.Plan) *sql.DB {
	b.Helper()
	db, err := sql.Open("pgx", pgtest.New(b, pgtest.Options{Settings: map[string]string{"shared_buffers": "256MB", "work_mem": "64MB"}}).Database(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(b.Context(), "CREATE TABLE pool (id TEXT COLLATE \"C\" PRIMARY KEY, stratum TEXT NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	err = conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(b.Context(), pgx.Identifier{"pool"}, []string{"id", "stratum"},
			pgx.CopyFromSlice(len(p.Candidates), func(i int) ([]any, error) { return []any{p.Candidates[i].ID, p.Candidates[i].Stratum}, nil }))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := conn.ExecContext(b.Context(), "CREATE INDEX ON pool (stratum)"); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.ExecContext(b.Context(), "ANALYZE pool"); err != nil {
		b.Fatal(err)
	}
	return db
}

// orderBy returns how long PostgreSQL takes for n draws, and wants the same people.
func orderBy(b *testing.B, db *sql.DB, seed draw.Hash, r *draw.Record, n int) time.Duration {
	b.Helper()
	began := time.Now()
	for range n {
		for _, tier := range tiers {
			want := r.Stratum(tier.id)
			rows, err := db.QueryContext(b.Context(), "SELECT id FROM pool WHERE stratum = $1 ORDER BY sha256($2::bytea || '\\x1f'::bytea || convert_to(id, 'UTF8')), id LIMIT $3",
				tier.id, seed[:], len(want))
			if err != nil {
				b.Fatal(err)
			}
			i := 0
			for ; rows.Next(); i++ {
				var id string
				if err := rows.Scan(&id); err != nil || id != want[i] {
					b.Fatal(id, want[i], err)
				}
			}
			if err := rows.Err(); err != nil || i != len(want) {
				b.Fatal(i, len(want), err)
			}
		}
	}
	return time.Since(began)
}

// BenchmarkPairing sends two of 6,122 inspectors to each of 9,000 objects in 11 counties, under all constraints: region, speciality, conflicts, a
// cap that leaves little room, and no two together twice.
func BenchmarkPairing(b *testing.B) {
	p := drawPlan
	p.Total = 0
	p.Strata = []draw.Stratum{{ID: "all", Count: sample}}
	p.Pairing = &draw.Pairing{Team: 2, Specialists: 1, Cap: 4}
	for i := range sample {
		p.Candidates = append(p.Candidates, draw.Candidate{ID: fmt.Sprintf("o%05d", i), Stratum: "all", Region: fmt.Sprint(i % 11), Field: fmt.Sprint(i % 7)})
	}
	for i := range 6122 {
		p.Inspectors = append(p.Inspectors, draw.Inspector{ID: fmt.Sprintf("i%04d", i), Regions: []string{fmt.Sprint(i % 11)},
			Fields: []string{fmt.Sprint(i / 11 % 7)}, Barred: []string{fmt.Sprintf("o%05d", i*13%sample)}})
	}
	c, err := draw.Commit(p)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		r, err := c.Reveal(drawOpens, drawSeed)
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Team("o00000")) != 2 {
			b.Fatal("no team")
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
}
