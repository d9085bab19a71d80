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
	Suite Suite
}

// text is the note's text.
func (c Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n" + c.Suite.extension()
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
// other keys, such as witnesses, are passed over. Of a checkpoint of suite SM, of whose log an SM2 key is among the keys, one must have signed by
// SM2. ErrCheckpoint.
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
	if !signedBy(n, c.Origin, nil) {
		return c, fmt.Errorf("%w: of %.60q, signed by %.60q", ErrCheckpoint, c.Origin, n.Sigs[0].Name)
	}
	if own := ofSuite(c, keys); c.Suite != Standard && len(own) > 0 && !signedBy(n, c.Origin, own) {
		return c, fmt.Errorf("%w: no known key of %.60q has signed it by %s", ErrCheckpoint, c.Origin, c.Suite)
	}
	return c, nil
}

// ofSuite are those of the keys that are of a checkpoint's log and suite: one of them must have signed, lest somebody takes that signature away.
func ofSuite(c Checkpoint, keys []note.Verifier) map[uint32]bool {
	own := map[uint32]bool{}
	for _, k := range keys {
		if k.Name() == c.Origin && KeySuite(k) == c.Suite {
			own[k.KeyHash()] = true
		}
	}
	return own
}

// signedBy reports whether a note has a signature that holds of a name, and, unless ids is nil, by one of these keys.
func signedBy(n *note.Note, name string, ids map[uint32]bool) bool {
	for _, sig := range n.Sigs {
		if sig.Name == name && (ids == nil || ids[sig.Hash]) {
			return true
		}
	}
	return false
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
	size, ok := parseSize(lines[1])
	if !ok {
		return Checkpoint{}, fmt.Errorf("%w: %.30q is no size", ErrCheckpoint, lines[1])
	}
	root, ok := parseHash(lines[2])
	if !ok {
		return Checkpoint{}, fmt.Errorf("%w: %.60q is no root hash", ErrCheckpoint, lines[2])
	}
	suite, err := suiteOf(lines[3 : len(lines)-1])
	if err != nil {
		return Checkpoint{}, err
	}
	c := Checkpoint{lines[0], Tree{size, root}, suite}
	if size == 0 && c.Tree != EmptyTree() {
		return c, fmt.Errorf("%w: the root of no leaves is another", ErrCheckpoint)
	}
	return c, nil
}

// parseSize reads how many leaves a log has, in the one way of writing it.
func parseSize(text string) (int64, bool) {
	size, err := strconv.ParseInt(text, 10, 64)
	return size, err == nil && size >= 0 && size <= MaxSize && strconv.FormatInt(size, 10) == text
}

// parseHash reads a hash in base64.
func parseHash(text string) (Hash, bool) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(Hash{}) {
		return Hash{}, false
	}
	return Hash(raw), true
}

// ParseKey reads a verifier key of c2sp.org/signed-note, of Ed25519 or SM2. ErrCheckpoint.
func ParseKey(vkey string) (note.Verifier, error) {
	if k, ok, err := parseSM2Key(strings.TrimSpace(vkey)); ok {
		return k, err
	}
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
