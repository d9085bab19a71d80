package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// ErrQuorum: too few of the witnesses that a policy asks for have signed the checkpoint.
var ErrQuorum = errors.New("evidence: too few witnesses have signed the checkpoint")

const (
	cosignatureV1  = 4 // type of a key in c2sp.org/tlog-cosignature
	cosignatureLen = 8 + ed25519.SignatureSize
)

// WitnessKey is the public key of a witness (c2sp.org/tlog-cosignature, Ed25519). It is a note.Verifier.
type WitnessKey struct {
	name string
	id   uint32
	key  [ed25519.PublicKeySize]byte
}

// NewWitnessKey names a key. ErrCheckpoint if the name is not one.
func NewWitnessKey(name string, key ed25519.PublicKey) (WitnessKey, error) {
	if !ValidOrigin(name) || len(key) != ed25519.PublicKeySize {
		return WitnessKey{}, fmt.Errorf("%w: a witness cannot be called %.60q", ErrCheckpoint, name)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"+string(rune(cosignatureV1))), key...))
	return WitnessKey{name, binary.BigEndian.Uint32(sum[:]), [ed25519.PublicKeySize]byte(key)}, nil
}

// ParseWitnessKey reads a verifier key of a witness: name, id and key of type 4. ErrCheckpoint.
func ParseWitnessKey(vkey string) (WitnessKey, error) {
	bad := fmt.Errorf("%w: %.80q is no public key of a witness", ErrCheckpoint, vkey)
	name, rest, _ := strings.Cut(strings.TrimSpace(vkey), "+")
	id, text, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != cosignatureV1 {
		return WitnessKey{}, bad
	}
	k, err := NewWitnessKey(name, raw[1:])
	if err != nil || k.ID() != id {
		return WitnessKey{}, bad
	}
	return k, nil
}

// ID is the key's id in hexadecimal, as it stands in the verifier key.
func (k WitnessKey) ID() string { return keyID(k.id) }

// keyID writes the id of a key as it stands in a verifier key.
func keyID(id uint32) string { return fmt.Sprintf("%08x", id) }

// String is the verifier key.
func (k WitnessKey) String() string {
	return k.name + "+" + k.ID() + "+" + base64.StdEncoding.EncodeToString(append([]byte{cosignatureV1}, k.key[:]...))
}

// Name is note.Verifier's.
func (k WitnessKey) Name() string { return k.name }

// KeyHash is note.Verifier's.
func (k WitnessKey) KeyHash() uint32 { return k.id }

// Verify is note.Verifier's: whether sig, an instant and a signature, is the witness's over the text of a checkpoint.
func (k WitnessKey) Verify(text, sig []byte) bool {
	if len(sig) != cosignatureLen {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(k.key[:], cosigned(at, text), sig[8:])
}

// cosigned is what a witness signs.
func cosigned(at uint64, text []byte) []byte {
	return append([]byte("cosignature/v1\ntime "+strconv.FormatUint(at, 10)+"\n"), text...)
}

// Cosign makes the signature line of a witness under a checkpoint, which stays as it is. It says that the log, as far as the witness has seen
// it until the instant, has grown to this checkpoint and nothing longer; to make sure of that is the caller's. ErrCheckpoint.
func Cosign(checkpoint []byte, name string, key ed25519.PrivateKey, at time.Time) ([]byte, error) {
	if _, err := ReadCheckpoint(checkpoint); err != nil {
		return nil, err
	}
	k, err := NewWitnessKey(name, key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	if at.Unix() < 0 {
		return nil, fmt.Errorf("%w: signed before 1970", ErrCheckpoint)
	}
	text := checkpoint[:bytes.Index(checkpoint, []byte("\n\n"))+1]
	t := uint64(at.Unix()) // #nosec G115 -- not negative
	sig := binary.BigEndian.AppendUint32(nil, k.id)
	sig = binary.BigEndian.AppendUint64(sig, t)
	sig = append(sig, ed25519.Sign(key, cosigned(t, text))...)
	return []byte("— " + name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"), nil
}

// Cosignature is that a witness has signed a checkpoint.
type Cosignature struct {
	Witness WitnessKey
	At      time.Time
	Line    string // as it stands under the checkpoint, with its line feed
}

// Cosignatures lists which of the witnesses have signed a checkpoint, each once, in their order. Signatures of others are passed over. One that
// claims to be of a witness and is not makes the checkpoint bad: ErrCheckpoint.
func Cosignatures(checkpoint []byte, witnesses ...WitnessKey) ([]Cosignature, error) {
	if c, err := ReadCheckpoint(checkpoint); err != nil {
		return nil, err
	} else if _, sigs, _ := bytes.Cut(checkpoint, []byte("\n\n")); bytes.Contains(sigs, []byte("\n\n")) {
		return nil, fmt.Errorf("%w: of %.60q, with an empty line more", ErrCheckpoint, c.Origin) // what is signed would be another text
	}
	known := make([]note.Verifier, len(witnesses))
	for i := range witnesses {
		known[i] = witnesses[i]
	}
	n, err := note.Open(checkpoint, note.VerifierList(known...))
	var none *note.UnverifiedNoteError
	if errors.As(err, &none) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	var all []Cosignature
	for _, w := range witnesses {
		for _, sig := range n.Sigs {
			if sig.Name != w.name || sig.Hash != w.id {
				continue
			}
			raw, err := base64.StdEncoding.DecodeString(sig.Base64)
			if err != nil || len(raw) != 4+cosignatureLen {
				return nil, fmt.Errorf("%w: the signature of %s", ErrCheckpoint, w.name)
			}
			at := time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC() // #nosec G115 -- Verify bounds it
			all = append(all, Cosignature{w, at, "— " + sig.Name + " " + sig.Base64 + "\n"})
			break
		}
	}
	return all, nil
}
