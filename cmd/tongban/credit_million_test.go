package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/module/credit"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// manyRows is as many as a list may have where TONGBAN_TEST_FULL=1 demands that everything runs, else a fiftieth.
func manyRows() int {
	if os.Getenv("TONGBAN_TEST_FULL") == "1" {
		return sheet.MaxRows
	}
	return sheet.MaxRows / 50
}

// stream sends a list of that many rows as it is written, and tells how far the heap grew meanwhile, the server being of this program.
func (h *creditHouse) stream(rows int, row func(i int) string) (status int, answer []byte, grown uint64) {
	h.t.Helper()
	in, out := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(out, 1<<16)
		_, _ = w.WriteString("统一社会信用代码,记录编号,信息类别,结果,日期,事项,领域\n")
		for i := range rows {
			_, _ = w.WriteString(row(i))
		}
		_ = out.CloseWithError(w.Flush())
	}()
	r, err := http.NewRequestWithContext(h.t.Context(), "POST", h.URL+api.Prefix+"/credit/batches", in)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("Authorization", "Bearer "+h.tokens["market"])
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	end, done := make(chan struct{}), make(chan uint64)
	go func() {
		most := before
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-end:
				done <- most - before
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	res, err := http.DefaultClient.Do(r)
	if err == nil {
		status = res.StatusCode
		answer, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	close(end)
	grown = <-done
	if err != nil {
		h.t.Fatal(err)
	}
	return status, answer, grown
}

// A list of as many rows as one may have, with one bad: the answer names that row, nothing is taken, and the program does not hold
// the list in memory. Rows are judged before the store is asked for anything, so that the other database is shown with fewer.
func TestCredit_many_rows_and_one_bad(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		if alone(t) {
			manyRowsAndOneBad(t, newCreditHouse(t), manyRows())
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		if alone(t) {
			manyRowsAndOneBad(t, creditHouseAt(t, placeFlags{Data: t.TempDir(), Store: pgtest.Start(t)}), sheet.MaxRows/50)
		}
	})
}

func manyRowsAndOneBad(t *testing.T, h *creditHouse, rows int) {
	t.Helper()
	const most = 160 << 20 // the keys of a million rows, and what the collector leaves for a while
	good := func(i int) string {
		return fmt.Sprintf("91350100M000100Y43,榆市监罚字〔2026〕%d号,行政处罚,一般,2026-08-31,未按规定公示年度报告信息,能源\n", i)
	}
	for name, c := range map[string]struct {
		rows  int
		bad   int
		row   string
		fault credit.CreditFault
		lines int64
	}{
		"the last has a wrong check character": {rows, rows - 1, "91350100M000100Y44,罚,行政处罚,一般,2026-08-31,事项,能源\n", credit.CreditFault{Row: rows + 1, Column: "party", Code: "uscc.check"}, int64(rows)},
		"the last is the first again":          {rows, rows - 1, good(0), credit.CreditFault{Row: rows + 1, Code: "twice"}, int64(rows)},
		"an early one opens a quote":           {rows, 10, "91350100M000100Y43,罚,行政处罚,一般,2026-08-31,\"事项,能源\n", credit.CreditFault{Row: 12, Code: "quotes"}, 10},
	} {
		began := time.Now()
		status, text, grown := h.stream(c.rows, func(i int) string {
			if i == c.bad {
				return c.row
			}
			return good(i)
		})
		t.Logf("%s: %d rows in %v, the heap grew by at most %d MiB", name, c.rows, time.Since(began).Round(time.Millisecond), grown>>20)
		var out credit.CreditBatch
		if err := json.Unmarshal(text, &out); err != nil || status != http.StatusCreated {
			t.Fatalf("%s: %d %s", name, status, text)
		}
		if out.State != credit.Refused || out.Rows != c.lines || out.Added != 0 || out.Wrong != 1 || len(out.Faults) != 1 || out.Faults[0] != c.fault {
			t.Errorf("%s: %.500s", name, text)
		}
		if grown > most {
			t.Errorf("%s: the heap grew by %d MiB", name, grown>>20)
		}
		kept := -1
		if err := h.app.store.Read(t.Context(), func(sc store.Scan) error { return sc(&kept) }, "SELECT COUNT(*) FROM credit_record"); err != nil || kept != 0 {
			t.Errorf("%s: %d records are kept, %v", name, kept, err)
		}
	}
	if rows < sheet.MaxRows {
		return
	}
	if status, text, _ := h.stream(rows+1, good); status != http.StatusUnprocessableEntity || !bytes.Contains(text, []byte(sheet.CodeLarge)) {
		t.Errorf("a row more than a list may have: %d %s", status, text)
	}
}
