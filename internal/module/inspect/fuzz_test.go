package inspect

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/sheet"
)

// Whatever bytes come as a list of items, inspectors or objects: it is refused, or each row is read or told what is wrong, and what is
// read keeps its bounds.
func FuzzLists(f *testing.F) {
	for _, list := range Lists() {
		var names []string
		for _, c := range columnsOf(list) {
			names = append(names, c.ZH)
		}
		head := strings.Join(names, ",") + "\n"
		f.Add([]byte(head + "1,登记事项检查,一般,现场,公司法,企业\n"))
		f.Add([]byte(head + "SX-1,李梅,li,2027/12/31,610702,食品,91610702MA6XXXXX0X\n"))
		f.Add([]byte("\ufeff" + head + "\"a\",\"b\n"))
	}
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, list := range Lists() {
			rows, err := sheet.Spool(bytes.NewReader(text), columnsOf(list))
			if err != nil {
				continue
			}
			_ = rows.Each(func(no int, row sheet.Row) error {
				readsWell(t, list, no, row)
				return nil
			})
			if err := rows.Remove(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// readsWell reads a row and checks that what has no fault is what there can be.
func readsWell(t *testing.T, list string, no int, row sheet.Row) {
	t.Helper()
	switch list {
	case Items:
		if it, faults := readItem(no, row); len(faults) == 0 && (it.ID == "" || strings.ContainsAny(it.ID, "/ ") || utf8.RuneCountInString(it.Name) > 100) {
			t.Errorf("%+v of %q", it, row)
		}
	case Inspectors:
		one, faults := readInspector(no, row, "610700")
		if len(faults) > 0 {
			return
		}
		for _, code := range one.Barred {
			if _, err := ident.ParseCreditCode(code); err != nil {
				t.Errorf("barred from %q of %q", code, row)
			}
		}
		for _, area := range one.Areas {
			if !strings.HasPrefix(area, "6107") {
				t.Errorf("sent to %q of %q", area, row)
			}
		}
	case Objects:
		o, faults := readObject(no, row, "610700")
		if _, err := ident.ParseCreditCode(o.Party); len(faults) == 0 && (err != nil || !strings.HasPrefix(o.Area, "6107")) {
			t.Errorf("%+v of %q", o, row)
		}
	}
}
