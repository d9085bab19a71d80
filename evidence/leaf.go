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
	"encoding/hex"

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
