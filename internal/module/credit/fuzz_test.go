package credit

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/sheet"
)

// Whatever bytes come as a list, CSV or XLSX: it is refused, or each row is read or told what is wrong, and what is read keeps its bounds.
func FuzzLists(f *testing.F) {
	f.Add([]byte(head + sample(1)))
	f.Add([]byte("\ufeff" + head + `"` + code(1) + "\",\"a\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xcd\xb3\xd2\xbb\xc9\xe7\xbb\xe1\xd0\xc5\xd3\xc3\xb4\xfa\xc2\xeb,\n"))
	book := excelize.NewFile()
	for i, c := range RecordColumns {
		at, _ := excelize.CoordinatesToCellName(i+1, 1)
		_ = book.SetCellStr("Sheet1", at, c.ZH)
	}
	_ = book.SetCellStr("Sheet1", "A2", code(1))
	_ = book.SetCellFormula("Sheet1", "B2", "=1+1")
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, list := range []string{Records, Parties} {
			rows, err := sheet.Spool(bytes.NewReader(text), columnsOf(list))
			if err != nil {
				continue
			}
			_ = rows.Each(func(no int, row sheet.Row) error {
				if list == Parties {
					s, faults := ReadSubject(row, no, today)
					good(t, s.Party, faults)
					return nil
				}
				party, rec, faults := ReadRecord(row, no, "market", today)
				good(t, party, faults)
				if len(faults) == 0 && (rec.Day < earliest || rec.Day > today || rec.ID == "" || rec.Title == "" || rec.Result.kind() != rec.Kind || rec.Fen < 0) {
					t.Errorf("%+v of %q", rec, row)
				}
				return nil
			})
			must(t, rows.Remove())
		}
	})
}

// good checks that a row without a fault is of a party that there can be.
func good(t *testing.T, party string, faults []sheet.Fault) {
	t.Helper()
	if _, err := ident.ParseCreditCode(party); len(faults) == 0 && err != nil {
		t.Errorf("%q is taken: %v", party, err)
	}
}
