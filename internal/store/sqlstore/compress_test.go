package sqlstore

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/tongban/tongban/internal/store/storetest"
)

const claimed = `[{"n":"task-claimed","d":{"task":2,"holder":"o-market"}},{"n":"task-ended","d":{"task":2,"outcome":"grant"}},` +
	`{"n":"step-ended","d":{"step":"market","outcome":"grant"}},{"n":"part-decided","d":{"part":"market","state":"granted"}}]`

// What a store holds must be readable by every later program: neither the format nor the words may change.
func TestCompressed_value_of_the_first_program_is_read(t *testing.T) {
	stored, err := hex.DecodeString(golden)
	if err != nil {
		t.Fatal(err)
	}
	value, err := decompress(stored)
	if err != nil || string(value) != claimed {
		t.Errorf("got %q, %v", value, err)
	}
	if again := compress(value); len(again) > len(stored) {
		t.Errorf("%d bytes today, it was %d", len(again), len(stored))
	}
}

const golden = "28b52ffd2101e52d0100306d61726b655d0a00c1bb6164090051c0dd8560651cc0c880651ce08518c0b46225452482"

// frameOf is a frame that a stranger made.
func frameOf(t testing.TB, value []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return e.EncodeAll(value, nil)
}

func TestDecompress_refuses_what_is_damaged_or_too_long(t *testing.T) {
	// Not parallel: what others need would count.
	good := compress([]byte(claimed))
	bad := map[string][]byte{
		"unknown words":      bytes.Replace(good, []byte(frameMark+"\x21\x01"), []byte(frameMark+"\x21\x09"), 1),
		"too long":           frameOf(t, make([]byte, maxPlain+1)),
		"many in one":        bytes.Repeat(frameOf(t, make([]byte, maxPlain)), 50),
		"a length of 2^62":   []byte(frameMark + "\xe0\x00\x00\x00\x00\x00\x00\x00\x40\x01\x00\x00"),
		"no length, no end":  []byte(frameMark + "\x00\x58" + strings.Repeat("\x02\x00\x10a", 4000)), // runs of 128 KiB
		"a reserved setting": []byte(frameMark + "\x08\x00"),
	}
	for n := len(frameMark); n < len(good); n++ {
		bad[fmt.Sprint("cut off at ", n)] = good[:n]
	}
	for name, stored := range bad {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		value, err := decompress(stored)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, errDamaged) {
			t.Errorf("%s: %d bytes, %v", name, len(value), err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 8*maxPlain {
			t.Errorf("%s: took %d MiB", name, took>>20)
		}
	}
}

func TestDamaged_values_are_errors_and_plain_ones_are_read(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		s := newStore(t, Options{Address: address(t)})
		key := storetest.KeyOf(1)
		c := storetest.Opening(1)
		c.Entry.Events, c.Snapshot = []byte(claimed), []byte(claimed)
		if err := s.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		want := dump(t, s)
		set := func(value []byte) {
			t.Helper()
			for _, query := range []string{"UPDATE journal SET events = ?", "UPDATE case_snapshot SET body = ?"} {
				if err := s.tx(t.Context(), func(w *writer) error { return w.exec(query, value) }); err != nil {
					t.Fatal(err)
				}
			}
		}
		var stored []byte
		err := s.one(t.Context(), func(sc scan) error { return sc(&stored) }, "SELECT events FROM journal")
		if err != nil || len(stored) > len(claimed)/2 || !strings.HasPrefix(string(stored), frameMark) {
			t.Errorf("%d bytes are stored of %d: %q, %v", len(stored), len(claimed), stored, err)
		}
		set(stored[:len(stored)-3])
		_, err1 := s.Load(t.Context(), key)
		_, err2 := s.Entries(t.Context(), key, 0, 0)
		_, _, err3 := s.ByRequest(t.Context(), key, c.Entry.Request)
		err4 := s.Backup(t.Context(), new(strings.Builder), nil)
		for i, err := range []error{err1, err2, err3, err4} {
			if !errors.Is(err, errDamaged) {
				t.Errorf("reading a damaged value, %d: %v", i, err)
			}
		}
		set([]byte(claimed))
		l, err := s.Load(t.Context(), key)
		if err != nil || string(l.Snapshot) != claimed {
			t.Errorf("a plain snapshot: %+v, %v", l, err)
		}
		if got := dump(t, s); got != want {
			t.Errorf("a backup differs between plain and compressed values:\n%s\nwant\n%s", got, want)
		}
		if err := s.Commit(t.Context(), storetest.Next(1, 2)); err != nil {
			t.Errorf("the next entry: %v", err)
		}
	})
}

// FuzzDecompress reads anything as a stored value, and stores anything.
func FuzzDecompress(f *testing.F) {
	for _, seed := range []string{"", plainMark, frameMark, claimed, string(compress([]byte(claimed))), string(frameOf(f, []byte(claimed)))} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if value, err := decompress(b); err == nil && len(value) > max(maxPlain, len(b)) {
			t.Errorf("%d bytes of %d", len(value), len(b))
		}
		for _, value := range [][]byte{b, append([]byte(claimed), b...)} {
			back, err := decompress(compress(value))
			if err != nil || !bytes.Equal(back, value) {
				t.Errorf("%q came back as %q, %v", value, back, err)
			}
		}
	})
}
