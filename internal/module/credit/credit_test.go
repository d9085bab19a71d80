package credit

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/workday"
)

const yulin = "610800"

// bench is a register on a store of its own, on virtual time.
type bench struct {
	*Register
	t     testing.TB
	mu    sync.Mutex
	clock time.Time
	index *Standard
}

func (b *bench) time() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

// both runs a test on each database.
func both(t *testing.T, do func(t *testing.T, b *bench)) {
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); do(t, newBench(t, filepath.Join(t.TempDir(), "t.db"))) })
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		do(t, newBench(t, pgtest.Start(t)))
	})
}

func newBench(t testing.TB, address string) *bench {
	t.Helper()
	return benchOf(t, sqlstore.Options{Address: address})
}

func benchOf(t testing.TB, o sqlstore.Options) *bench {
	t.Helper()
	o.Schemas = []store.Schema{Schema()}
	st, err := sqlstore.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	b := &bench{t: t, clock: time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC)}
	b.Register = &Register{st: st, now: b.time, standard: func(string) *Standard { return b.index }, calendar: func(string) *workday.Calendar { return workday.National() }}
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code is the n-th credit code of the tests.
func code(n int) string {
	return string(ident.MakeCreditCode('9', '1', "610800", fmt.Sprintf("%08d", n)))
}

const head = "统一社会信用代码,记录编号,信息类别,结果,日期,截止日期,金额（分）,领域,事项,依据\n"

// send takes a file in for the market department.
func (b *bench) send(accept string, text []byte) *Batch {
	b.t.Helper()
	batch, err := b.trySend("market", Records, accept, text)
	must(b.t, err)
	return batch
}

func (b *bench) trySend(source, list, accept string, text []byte) (*Batch, error) {
	f, err := sheet.Spool(bytes.NewReader(text), columnsOf(list))
	if err != nil {
		return nil, err
	}
	defer func() { must(b.t, f.Remove()) }()
	return b.take(b.t.Context(), &incoming{Batch: Batch{Region: yulin, Source: source, List: list, Name: "名单", By: "me"}, rows: f, accept: accept})
}

func (b *bench) records(party string) []Record {
	b.t.Helper()
	f, err := b.file(b.t.Context(), yulin, party)
	if err == store.ErrNotFound {
		return nil
	}
	must(b.t, err)
	return f.Records
}

func sample(n int) string {
	return fmt.Sprintf("%s,罚〔2026〕%d号,行政处罚,一般,2026-03-0%d,,500000,,=HYPERLINK(1),食品安全法第%d条\n", code(n), n, n, n)
}

// The same list in every form that offices write gives the same records, and a formula stays a text.
func TestLists_are_read_in_every_form(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		text := head + sample(1) + sample(2)
		guobiao, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		must(t, err)
		for i, form := range [][]byte{[]byte(text), []byte("\ufeff" + text), []byte(guobiao), workbook(t, text)} {
			got := b.send(Whole, form)
			if want := int64(2); i == 0 && got.Added != want || i > 0 && (got.Same != want || got.Added != 0) || got.State != Taken {
				t.Errorf("form %d: %+v", i, got)
			}
			leaf, err := b.st.ModuleLeaf(t.Context(), yulin, "credit", "batch", got.No)
			if sum := "6ffd41dcbb101f609d44c4b49f264aacb88584daec4c2e7a1c8d4e1baa0864f3"; err != nil || !strings.HasPrefix(string(leaf.Data), `{"source":"market","list":"records","file":"名单","by":"me","lines":2,"added":`) || !strings.Contains(string(leaf.Data), sum) {
				t.Errorf("form %d: its leaf proves %s, %v", i, leaf.Data, err)
			}
		}
		list := b.records(code(1))
		if len(list) != 1 || list[0].Title != "=HYPERLINK(1)" || list[0].Fen != 500000 || list[0].Day.String() != "2026-03-01" || list[0].ID != "罚〔2026〕1号" {
			t.Errorf("%+v", list)
		}
	})
}

// workbook is a text as an XLSX, its date as spreadsheets keep dates.
func workbook(t *testing.T, text string) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	for y, line := range strings.Split(strings.TrimSpace(text), "\n") {
		for x, cell := range strings.Split(line, ",") {
			at, err := excelize.CoordinatesToCellName(x+1, y+1)
			must(t, err)
			if day, err := time.Parse(time.DateOnly, cell); err == nil {
				must(t, book.SetCellValue("Sheet1", at, day))
				continue
			}
			must(t, book.SetCellStr("Sheet1", at, cell))
		}
	}
	var out bytes.Buffer
	must(t, book.Write(&out))
	return out.Bytes()
}

// One wrong row among many: the list is refused with that row, and nothing of it counts; or the good rows are taken if the sender
// says so.
func TestOne_wrong_row_refuses_the_list(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		var text strings.Builder
		text.WriteString(head)
		const many = 1200
		for i := range many {
			id := fmt.Sprintf("%s,N%d,行政处罚,一般,2026-03-01,,,,事项,\n", code(i%7), i)
			if i == 700 {
				id = strings.Replace(id, code(i%7), code(i % 7)[:17]+"?", 1)
			}
			text.WriteString(id)
		}
		got := b.send(Whole, []byte(text.String()))
		if got.State != Refused || got.Lines != many || got.Wrong != 1 || len(got.Faults) != 1 || got.Faults[0].Row != 702 || got.Faults[0].Column != "party" {
			t.Fatalf("%+v", got)
		}
		if kept, err := b.batch(t.Context(), yulin, "market", got.No); err != nil || len(kept.Faults) != 1 || kept.State != Refused {
			t.Errorf("kept: %+v, %v", kept, err)
		}
		if list := b.records(code(1)); len(list) != 0 {
			t.Errorf("%d records of a list that was refused", len(list))
		}
		if got = b.send(Good, []byte(text.String())); got.State != Taken || got.Added != many-1 || got.Wrong != 1 {
			t.Errorf("%+v", got)
		}
		n := 0
		for i := range 7 {
			n += len(b.records(code(i)))
		}
		if n != many-1 {
			t.Errorf("%d records", n)
		}
	})
}

func TestWrong_rows_say_what_to_mend(t *testing.T) {
	t.Parallel()
	good := code(1)
	for name, c := range map[string]struct{ row, fault string }{
		"a check character":       {good[:17] + "0,1,行政处罚,一般,2026-03-01,,,,事项,", "party uscc.check"},
		"no code":                 {",1,行政处罚,一般,2026-03-01,,,,事项,", "party missing"},
		"a day that is none":      {good + ",1,行政处罚,一般,2026-02-30,,,,事项,", "day date"},
		"a day to come":           {good + ",1,行政处罚,一般,2026-12-01,,,,事项,", "day future"},
		"an end before its begin": {good + ",1,经营异常,列入,2026-03-01,2026-02-01,,,事项,", "until order"},
		"an unknown kind":         {good + ",1,表扬,一般,2026-03-01,,,,事项,", "kind kind"},
		"a result of another":     {good + ",1,行政处罚,列入,2026-03-01,,,,事项,", "result result"},
		"money with a point":      {good + ",1,行政处罚,一般,2026-03-01,,1.5,,事项,", "fen fen"},
		"money without end":       {good + ",1,行政处罚,一般,2026-03-01,,99999999999999999,,事项,", "fen fen"},
		"a control character":     {good + ",1,行政处罚,一般,2026-03-01,,,,事\x01项,", "title characters"},
		"too long":                {good + ",1,行政处罚,一般,2026-03-01,,,," + strings.Repeat("长", 201) + ",", "title long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, filepath.Join(t.TempDir(), "t.db"))
			got := b.send(Whole, []byte(head+c.row+"\n"))
			if len(got.Faults) != 1 || got.Faults[0].Column+" "+got.Faults[0].Code != c.fault || got.Faults[0].Row != 2 {
				t.Errorf("%+v", got.Faults)
			}
		})
	}
}

func TestFiles_that_are_no_list_are_refused(t *testing.T) {
	t.Parallel()
	b := newBench(t, filepath.Join(t.TempDir(), "t.db"))
	utf16 := []byte{0xff, 0xfe, 0x4e, 0}
	for name, c := range map[string]struct {
		text []byte
		code string
	}{
		"empty": {nil, sheet.CodeFile}, "binary": {[]byte("a\x00b"), sheet.CodeFile}, "UTF-16": {utf16, sheet.CodeEncoding}, "a zip that is no workbook": {[]byte("PK\x03\x04rubbish"), sheet.CodeFile},
	} {
		if _, err := b.trySend("market", Records, Whole, c.text); err == nil || !strings.Contains(err.Error(), c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct{ text, fault string }{
		"no heading": {sample(1), "column-unknown"}, "a column twice": {"事项,事项\n", "column-twice"}, "too few columns": {"事项\n", "column-missing"},
		"quotes": {head + `"a` + "\n", "quotes"},
	} {
		got := b.send(Good, []byte(c.text))
		if got.State != Refused || len(got.Faults) == 0 || !strings.Contains(fmt.Sprint(got.Faults), c.fault) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// dies are rows whose server dies while they are staged.
type dies struct {
	sheet.Rows
	passes int
}

func (d *dies) Each(do func(int, sheet.Row) error) error {
	d.passes++
	n := 0
	return d.Rows.Each(func(no int, row sheet.Row) error {
		if n++; d.passes == 2 && n > chunk+10 {
			return fmt.Errorf("the disk has gone")
		}
		return do(no, row)
	})
}

func many(n int) sheet.List {
	var list sheet.List
	for i := range n {
		list = append(list, sheet.Row{"party": code(i), "id": "1", "kind": "penalty", "result": "light", "day": "2026-03-01", "title": "事项"})
	}
	return list
}

// What was staged of a list that was not finished is never seen and goes away.
func TestNothing_is_half_taken(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		in := func(r sheet.Rows) *incoming {
			return &incoming{Batch: Batch{Region: yulin, Source: "market", List: Records, By: "me"}, rows: r, accept: Whole}
		}
		if _, err := b.take(t.Context(), in(&dies{Rows: many(3 * chunk)})); err == nil {
			t.Fatal("taken")
		}
		if list := b.records(code(1)); len(list) != 0 {
			t.Errorf("seen: %v", list)
		}
		// A server that dies leaves its batch as it is.
		left := in(many(3))
		left.today, left.State = today, staging
		must(t, b.open(t.Context(), left))
		must(t, b.stage(t.Context(), left))
		if list := b.records(code(1)); len(list) != 0 {
			t.Errorf("seen before it was taken: %v", list)
		}
		if _, err := b.take(t.Context(), in(many(3))); err == nil || !strings.Contains(err.Error(), CodeBusy) {
			t.Errorf("two lists of one source at one time: %v", err)
		}
		b.pass(lost)
		must(t, b.sweep(t.Context(), yulin))
		if err := b.flip(t.Context(), left); err == nil {
			t.Error("a batch that was given up is taken")
		}
		for _, table := range []string{"credit_record", "credit_due"} {
			n := 0
			must(t, b.st.Read(t.Context(), store.Into(&n), "SELECT count(*) FROM "+table))
			if n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		if got, err := b.take(t.Context(), in(many(3))); err != nil || got.Added != 3 {
			t.Errorf("afterwards: %+v, %v", got, err)
		}
	})
}

// A later list of the same source says something else of the same record: that counts, and another source's record of the same
// number is another record.
func TestThe_newest_version_of_a_record_counts(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.send(Whole, []byte(head+sample(1)))
		got := b.send(Whole, []byte(head+strings.Replace(sample(1), "一般", "严重", 1)))
		if got.Added != 1 || got.Same != 0 {
			t.Errorf("%+v", got)
		}
		_, err := b.trySend("police", Records, Whole, []byte(head+sample(1)))
		must(t, err)
		list := b.records(code(1))
		if len(list) != 2 || list[0].Source != "market" || list[0].Result.Name(Penalty) != "grave" || list[1].Result.Name(Penalty) != "ordinary" {
			t.Errorf("%+v", list)
		}
	})
}
