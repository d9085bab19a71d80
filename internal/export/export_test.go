package export

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// sealed is an export of two rows, with the key that signed it.
func sealed(t *testing.T) (file []byte, key note.Verifier) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, "city.example/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	head := Head{Format: Format, Log: Operations, From: time.Unix(0, 0).UTC(), Until: time.Unix(86400, 0).UTC(), By: "aud", At: time.Unix(9, 0).UTC(), Keys: []string{public}}
	for _, line := range []any{head, row{ID: "a", Kind: "k", Reason: "\ntongban export 1\nsha256 ="}, row{ID: "b", At: time.Unix(1, 0).UTC()}} {
		if err := json.NewEncoder(&b).Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	seal, err := note.Sign(&note.Note{Text: sealText(b.Bytes(), 2)}, signer)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(seal)
	key, err = note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), key
}

// An export holds as it was sealed, whether its own key is believed or one that is trusted; what it says can be read.
func TestExport_holds_as_it_was_sealed(t *testing.T) {
	t.Parallel()
	file, key := sealed(t)
	for _, keys := range [][]note.Verifier{nil, {key}} {
		head, rows, err := Verify(file, keys...)
		if err != nil || rows != 2 || head.Log != Operations || head.By != "aud" {
			t.Errorf("%+v, %d rows, %v", head, rows, err)
		}
	}
}

// No bit of an export can be another: not of its lines, nor of its seal.
func TestExport_with_one_bit_changed_is_refused(t *testing.T) {
	t.Parallel()
	file, _ := sealed(t)
	for i := range file {
		for bit := range 8 {
			other := bytes.Clone(file)
			other[i] ^= 1 << bit
			if _, _, err := Verify(other); !errors.Is(err, ErrSeal) {
				t.Fatalf("bit %d of byte %d of %d: %v", bit, i, len(file), err)
			}
		}
	}
}

// Lines that are left out or added, a seal of another file, a key of somebody else, and what is no export are refused.
func TestExport_of_a_liar_is_refused(t *testing.T) {
	t.Parallel()
	file, _ := sealed(t)
	other, stranger := sealed(t)
	lines := strings.SplitAfter(string(file), "\n")
	for what, c := range map[string]struct {
		file string
		keys []note.Verifier
	}{
		"a row less":               {strings.Join(append([]string{lines[0]}, lines[2:]...), ""), nil},
		"a row twice":              {lines[0] + lines[1] + strings.Join(lines[1:], ""), nil},
		"cut off":                  {string(file[:len(file)-1]), nil},
		"something behind":         {string(file) + "\n", nil},
		"the seal of another file": {lines[0] + lines[1] + lines[2] + string(other[bytes.LastIndex(other, []byte("tongban export 1")):]), nil},
		"a stranger's":             {string(file), []note.Verifier{stranger}},
		"no seal":                  {lines[0] + lines[1], nil},
		"nothing":                  {"", nil},
		"the seal alone":           {strings.Join(lines[3:], ""), nil},
	} {
		if _, _, err := Verify([]byte(c.file), c.keys...); !errors.Is(err, ErrSeal) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
