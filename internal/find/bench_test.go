package find_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/find"
)

// queries are what people type, from one letter to a sentence, with what finds nothing.
var queries = []string{
	"企业设立登记", "我想开一家餐饮店怎么办理许可", "qysldj", "qiyesheli", "shipin", "k", "证", "kuaiji", "kuaijizige", "canyindain", "qysheli",
	"会记资格认定", "銀行開戶", "补贴", "permit", "permitt", "0012", "老年人补贴申领渭南市管理局登记许可证明", "zzzzzzzzzz", "卫星发射", "qiyezhuxiaobiangengyanxubufabeiannianjian",
}

// BenchmarkSearch searches 5,000 services and reports the slowest of a hundred searches (p99-ns).
func BenchmarkSearch(b *testing.B) {
	x := find.New(invented(5000))
	hits := make([]find.Hit, 0, 21)
	took := make([]time.Duration, 0, b.N)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		x.Search(queries[i%len(queries)], 20, nil, hits)
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
}

// BenchmarkQuery shows each query by itself.
func BenchmarkQuery(b *testing.B) {
	x := find.New(invented(5000))
	hits := make([]find.Hit, 0, 21)
	for _, q := range queries {
		b.Run(q, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Search(q, 20, nil, hits)
			}
		})
	}
}

// BenchmarkNew makes the index of 5,000 services.
func BenchmarkNew(b *testing.B) {
	entries := invented(5000)
	b.ReportAllocs()
	for b.Loop() {
		find.New(entries)
	}
}
