package bench

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// newRing makes keys: a server's store is sealed, and so are those that are measured.
func newRing(b *testing.B) *seal.Ring {
	b.Helper()
	r, err := seal.Open(b.TempDir(), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// BenchmarkSealed counts complete cases of 20 commands, 8 clients, in a store that is sealed and in one in the clear, in turns: "time-ratio" is
// how much longer it takes, "bytes-ratio" how much larger the file is. "reseal-rows/s" is how fast the sealed one is sealed anew.
func BenchmarkSealed(b *testing.B) {
	const turns, cases = 6, 250
	took, size := [2]time.Duration{}, [2]int64{}
	var rows float64
	var resealed time.Duration
	for range b.N {
		ring := newRing(b)
		var stores [2]*sqlstore.Store
		var files [2]string
		for i, r := range []*seal.Ring{nil, ring} {
			files[i] = filepath.Join(b.TempDir(), "cases.db")
			st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: files[i], Ring: r})
			if err != nil {
				b.Fatal(err)
			}
			stores[i] = st
		}
		for turn := range turns {
			for i := range stores {
				i ^= turn & 1 // each comes first as often
				h, acts := newHall(b, stores[i]), life()
				began := time.Now()
				if err := spread(8, cases, func(int) error { _, err := run(b.Context(), h, acts); return err }); err != nil {
					b.Fatal(err)
				}
				took[i] += time.Since(began)
			}
		}
		if _, err := ring.Rotate(time.Now(), ""); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		n, err := stores[1].Reseal(b.Context(), func(string, int) {})
		if err != nil {
			b.Fatal(err)
		}
		resealed, rows = resealed+time.Since(began), rows+float64(n)
		for i, st := range stores {
			if err := st.Close(); err != nil {
				b.Fatal(err)
			}
			info, err := os.Stat(files[i])
			if err != nil {
				b.Fatal(err)
			}
			size[i] += info.Size()
		}
	}
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "time-ratio")
	b.ReportMetric(float64(size[1])/float64(size[0]), "bytes-ratio")
	b.ReportMetric(rows/resealed.Seconds(), "reseal-rows/s")
	b.ReportMetric(0, "ns/op")
}
