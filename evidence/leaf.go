// Package evidence makes what happened provable: every journal entry becomes a leaf of a tamper-evident log.
//
// A leaf is salted, so that the log shows nothing of a case to those who do not hold its salt, and erasing the salt
// later leaves every proof valid. The hash of a leaf follows RFC 6962 section 2.1 (a zero byte before the data).
//
// The log follows the C2SP specifications tlog-tiles (which files it consists of), tlog-checkpoint and signed-note (what its
// keeper signs), so that clients of others verify it. The tree and the notes are those of golang.org/x/mod/sumdb; here stand the
// places of tiles, how a log grows, and what somebody who trusts no server checks. The package is pure: tiles are read by what the
// caller gives.
package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"

	"golang.org/x/mod/sumdb/tlog"
)

// SaltBytes is the length of a leaf's salt: with less than 128 bits the content of a short leaf could be guessed.
const SaltBytes = 16

// Hash is a SHA-256 hash: of a leaf, of a part of the tree, or the salted one that stands in the log as an entry.
type Hash [sha256.Size]byte

// String writes the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Leaf is the hash of the leaf whose entry h is: SHA-256(0x00 || h).
func (h Hash) Leaf() Hash { return Hash(tlog.RecordHash(h[:])) }

// Leaf hashes a leaf: SHA-256(0x00 || SHA-256(salt || data)). The inner hash is the leaf's entry in the log; salt and data
// stay with those whom the case concerns.
func Leaf(salt [SaltBytes]byte, data []byte) Hash { return Entry(salt, data).Leaf() }

// Entry is the salted hash that stands in the log for the data.
func Entry(salt [SaltBytes]byte, data []byte) Hash {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(data)
	var out Hash
	h.Sum(out[:0])
	return out
}

// PartSalt is the salt of one part of a leaf: the first 16 bytes of SHA-256(salt || part), part in four bytes, the higher first. Who
// holds it can check that part and learns nothing of the salt, or of others that follow from it.
func PartSalt(salt [SaltBytes]byte, part uint32) [SaltBytes]byte {
	h := sha256.Sum256(binary.BigEndian.AppendUint32(salt[:], part))
	return [SaltBytes]byte(h[:SaltBytes])
}

// Parted is the entry of a leaf whose parts can be shown one by one: that of its head and the hashes of its parts, under the salt of
// part 0.
func Parted(headSalt [SaltBytes]byte, head []byte, parts []Hash) Hash {
	data := make([]byte, 0, len(head)+1+len(parts)*sha256.Size)
	data = append(append(data, head...), '\n')
	for i := range parts {
		data = append(data, parts[i][:]...)
	}
	return Entry(headSalt, data)
}

// PackLeaf is what the leaf of a pack version proves. It is public: its salt is zero.
type PackLeaf struct {
	Pack    string `json:"pack"`
	Version string `json:"version"`
	Digest  string `json:"digest"` // hexadecimal
}

// CalendarLeaf is what the leaf of a calendar proves. It is public, too.
type CalendarLeaf struct {
	Calendar int    `json:"calendar"` // version
	Digest   string `json:"digest"`   // SHA-256 of its text, hexadecimal
}

// Entry is the leaf's entry in the log.
func (p PackLeaf) Entry() (Hash, error) { return public(p) }

// Entry is the leaf's entry in the log.
func (c CalendarLeaf) Entry() (Hash, error) { return public(c) }

func public(data any) (Hash, error) {
	line, err := json.Marshal(data)
	return Entry([SaltBytes]byte{}, line), err
}
