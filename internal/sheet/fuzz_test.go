package sheet

import (
	"bytes"
	"testing"
)

// FuzzSpool: whatever is sent as a list is refused, or each of its rows has no more cells than the heading and reads alike twice.
func FuzzSpool(f *testing.F) {
	columns := []Column{{Name: "code", ZH: "编号", Must: true, Most: 20}, {Name: "day", ZH: "日期", Day: true}}
	f.Add([]byte("编号,日期\n1,2026-11-27\n"))
	f.Add([]byte("\xef\xbb\xbf编号,日期\r\n\"=1+1\",\"a\nb\"\r\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte{0xb1, 0xe0, 0xba, 0xc5, ',', 0xc8, 0xd5, 0xc6, 0xda, '\n', '1', '\n'})
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Spool(bytes.NewReader(data), columns)
		if err != nil {
			return
		}
		defer file.Remove() //nolint:errcheck // of the test
		count := func() (n int) {
			_ = file.Each(func(int, Row) error { n++; return nil }) // a fault in the middle is an answer too
			return n
		}
		if first, second := count(), count(); first != second {
			t.Fatalf("%d rows, then %d", first, second)
		}
	})
}
