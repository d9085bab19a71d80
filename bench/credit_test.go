package bench

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module/credit"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/packs"
)

// BenchmarkCredit measures a city's register on SQLite: rows a second that come in, how long all tiers take that were never computed,
// how long it takes to publish the quarter of the records that are licences and penalties, how long all tiers take when the index is
// another, and how long one party takes. A twentieth of 300,000 parties and 10,000,000 records; all of it with TONGBAN_BENCH_LONG=1.
func BenchmarkCredit(b *testing.B) {
	parties, records, list := 300_000, 10_000_000, 500_000
	if os.Getenv("TONGBAN_BENCH_LONG") == "" {
		parties, records, list = parties/20, records/20, list/20
	}
	st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: filepath.Join(b.TempDir(), "credit.db"), Schemas: []store.Schema{credit.Schema()}, Ring: newRing(b)})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	p := creditPack(b, "", "")
	now := time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	h, err := hall.New(hall.Options{Store: st, Catalogue: web.Library{Catalogue: &pack.Catalogue{}}, Now: clock}) // its log has no entries
	if err != nil {
		b.Fatal(err)
	}
	m := credit.New(credit.Parts{Store: st, Hall: h, Now: clock, Packs: func() []*pack.Pack { return []*pack.Pack{p} }})
	clerk := caseflow.Actor{ID: "clerk", Kind: caseflow.ActorOfficial, Region: "610800", Department: "market", Roles: []string{caseflow.RoleReviewer}}
	codes := make([]string, parties)
	for i := range codes {
		codes[i] = string(ident.MakeCreditCode('9', '1', "610800", fmt.Sprintf("%08d", i)))
	}
	for b.Loop() {
		begun := time.Now()
		for from := 0; from < records; from += list {
			got, err := m.SendRows(b.Context(), clerk, credit.Sending{List: credit.Records}, creditRows(codes, from, from+list))
			if err != nil || got.Added != int64(list) {
				b.Fatal(got, err)
			}
		}
		b.ReportMetric(float64(records)/time.Since(begun).Seconds(), "rows/s")
		begun = time.Now()
		if err := m.Tiers(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begun).Seconds(), "s/all-tiers")
		begun = time.Now()
		if err := m.Work(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begun).Seconds(), "s/published")
		p = creditPack(b, "cuts: {A: 950", "cuts: {A: 960")
		begun = time.Now()
		if err := m.Work(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(begun).Seconds(), "s/next-index")
		begun = time.Now()
		const looks = 100
		for i := range looks {
			if _, err := m.See(b.Context(), clerk, codes[i*parties/looks], "监督检查"); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(time.Since(begun).Microseconds())/1000/looks, "ms/party")
	}
}

// creditPack is pack 35, with a text of its general index replaced.
func creditPack(b *testing.B, from, to string) *pack.Pack {
	b.Helper()
	sub, err := fs.Sub(packs.FS, "35-yulin-credit")
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "pack")
	if err := os.CopyFS(dir, sub); err != nil {
		b.Fatal(err)
	}
	general := filepath.Join(dir, "credit", "general.yaml")
	text, err := os.ReadFile(general)
	if err != nil || !strings.Contains(string(text), from) {
		b.Fatal(err, from)
	}
	if err := os.WriteFile(general, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		b.Fatal(err)
	}
	p, problems := pack.Options{Parts: []pack.Part{credit.Part()}}.Check(os.DirFS(dir))
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	return p
}

// creditRows are records of every kind, spread over parties and five years.
func creditRows(codes []string, from, to int) []sheet.Row {
	kinds := credit.KindNames()
	rows := make([]sheet.Row, 0, to-from)
	for i := from; i < to; i++ {
		kind := kinds[i%len(kinds)]
		results := credit.ResultNames(credit.KindOf(kind))
		day := time.Date(2021, 12, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*7919%1800)
		rows = append(rows, sheet.Row{"party": codes[i%len(codes)], "id": fmt.Sprintf("N%d", i), "kind": kind, "result": results[i/len(codes)%len(results)],
			"day": day.Format(time.DateOnly), "title": "事项"})
	}
	return rows
}
