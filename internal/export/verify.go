package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
)

// begin is the first line of a seal. It is no name of a log, and what follows is no size: a seal is never taken for a checkpoint.
const begin = "tongban export 1\n"

// MaxBytes bounds an export that is checked.
const MaxBytes = 256 << 20

// maxSeal bounds a seal.
const maxSeal = 1 << 16

// ErrSeal: the file is not what was sealed. What is wrong is added.
var ErrSeal = errors.New("the export is not what was sealed")

func sealText(body []byte, rows int) string {
	sum := sha256.Sum256(body)
	return begin + "sha256 " + hex.EncodeToString(sum[:]) + "\n" + fmt.Sprintf("bytes %d\nrows %d\n", len(body), rows)
}

// Verify checks an export: that no bit of it is another than was sealed, and that a key of the log has sealed it. keys are those that are
// trusted; without any, those that the file shows are believed, which proves no more than that it is whole. It returns the head and the
// number of rows. ErrSeal.
func Verify(file []byte, keys ...note.Verifier) (*Head, int, error) {
	at := bytes.LastIndex(file, []byte("\n"+begin)) + 1
	if at == 0 || len(file)-at > maxSeal {
		return nil, 0, fmt.Errorf("%w: it has no seal at its end", ErrSeal)
	}
	body, seal := file[:at], file[at:]
	line, _, _ := bytes.Cut(body, []byte("\n"))
	var head Head
	if err := json.Unmarshal(line, &head); err != nil || head.Format != Format || len(head.Keys) == 0 {
		return nil, 0, fmt.Errorf("%w: it does not begin as an export does", ErrSeal)
	}
	var shown []note.Verifier
	for _, k := range head.Keys {
		v, err := evidence.ParseKey(k)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrSeal, err)
		}
		shown = append(shown, v)
	}
	n, err := note.Open(seal, note.VerifierList(shown...))
	if err != nil || len(n.UnverifiedSigs) > 0 {
		return nil, 0, fmt.Errorf("%w: the signature does not hold", ErrSeal)
	}
	for _, sig := range n.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil { // base64 has spare bits, which a note lets pass
			return nil, 0, fmt.Errorf("%w: the seal is not written as it was", ErrSeal)
		}
	}
	rows := bytes.Count(body, []byte("\n")) - 1
	if n.Text != sealText(body, rows) {
		return nil, 0, fmt.Errorf("%w: its lines are others", ErrSeal)
	}
	if len(keys) > 0 {
		if _, err := note.Open(seal, note.VerifierList(keys...)); err != nil {
			return nil, 0, fmt.Errorf("%w: none of the keys that are trusted has signed it", ErrSeal)
		}
	}
	return &head, rows, nil
}
