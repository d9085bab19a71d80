package evidence

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// ErrCheckpoint: it is not a checkpoint, or not one that is signed by a key that was asked for.
var ErrCheckpoint = errors.New("evidence: bad checkpoint")

// MaxCheckpoint bounds a checkpoint with its signatures, in bytes: a hundred signatures find room.
const MaxCheckpoint = 64 << 10

// Checkpoint is what the keeper of a log signs: whose log, and how it stands.
type Checkpoint struct {
	Origin string
	Tree
}

// text is the note's text.
func (c Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// Sign writes the checkpoint as a signed note. Signers must be named as the log is.
func (c Checkpoint) Sign(signers ...note.Signer) ([]byte, error) {
	msg, err := note.Sign(&note.Note{Text: c.text()}, signers...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return msg, nil
}

// OpenCheckpoint reads a checkpoint of a log that one of the keys given has signed in the log's name; signatures of
// other keys, such as witnesses, are passed over. ErrCheckpoint.
func OpenCheckpoint(msg []byte, keys ...note.Verifier) (Checkpoint, error) {
	if len(msg) > MaxCheckpoint {
		return Checkpoint{}, fmt.Errorf("%w: longer than %d bytes", ErrCheckpoint, MaxCheckpoint)
	}
	n, err := note.Open(msg, note.VerifierList(keys...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return c, err
	}
	for _, sig := range n.Sigs {
		if sig.Name == c.Origin {
			return c, nil
		}
	}
	return c, fmt.Errorf("%w: of %.60q, signed by %.60q", ErrCheckpoint, c.Origin, n.Sigs[0].Name)
}

// ReadCheckpoint reads a checkpoint without looking at who signed it. ErrCheckpoint.
func ReadCheckpoint(msg []byte) (Checkpoint, error) {
	text, _, found := strings.Cut(string(msg), "\n\n")
	if len(msg) > MaxCheckpoint || !found {
		return Checkpoint{}, fmt.Errorf("%w: no signed note", ErrCheckpoint)
	}
	return parseCheckpoint(text + "\n")
}

// parseCheckpoint reads the text of a checkpoint.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return Checkpoint{}, fmt.Errorf("%w: too few lines", ErrCheckpoint)
	}
	for _, l := range lines[:len(lines)-1] {
		if l == "" {
			return Checkpoint{}, fmt.Errorf("%w: an empty line", ErrCheckpoint)
		}
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > MaxSize || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%w: %.30q is no size", ErrCheckpoint, lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(Hash{}) {
		return Checkpoint{}, fmt.Errorf("%w: %.60q is no root hash", ErrCheckpoint, lines[2])
	}
	c := Checkpoint{lines[0], Tree{size, Hash(root)}}
	if size == 0 && c.Tree != EmptyTree() {
		return c, fmt.Errorf("%w: the root of no leaves is another", ErrCheckpoint)
	}
	return c, nil
}

// ParseKey reads a verifier key of c2sp.org/signed-note. ErrCheckpoint.
func ParseKey(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		return nil, fmt.Errorf("%w: %.80q is no public key: %w", ErrCheckpoint, vkey, err)
	}
	return v, nil
}

// ValidOrigin reports whether a log may be called so: a note's key names have neither spaces nor a plus.
func ValidOrigin(name string) bool {
	return name != "" && len(name) <= 200 && utf8.ValidString(name) && !strings.ContainsRune(name, '+') &&
		!strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// KeepSignatures leaves of the signatures of a checkpoint those of the keys. ErrCheckpoint if there is none, or one does not hold.
func KeepSignatures(checkpoint []byte, keys ...note.Verifier) ([]byte, error) {
	n, err := note.Open(checkpoint, note.VerifierList(keys...))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	n.UnverifiedSigs = nil
	return note.Sign(n)
}
