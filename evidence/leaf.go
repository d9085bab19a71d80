// Package evidence makes what happened provable: every journal entry becomes a leaf of a tamper-evident log.
//
// A leaf is salted, so that the log shows nothing of a case to those who do not hold its salt, and erasing the salt
// later leaves every proof valid. The hash of a leaf follows RFC 6962 section 2.1 (a zero byte before the data), the one
// that tlog-tiles and its clients use. The package is pure.
package evidence

import (
	"crypto/sha256"
	"encoding/hex"
)

// SaltBytes is the length of a leaf's salt: with less than 128 bits the content of a short leaf could be guessed.
const SaltBytes = 16

// Hash is the SHA-256 hash of a leaf.
type Hash [sha256.Size]byte

// String writes the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Leaf hashes a leaf: SHA-256(0x00 || SHA-256(salt || data)). The inner hash is the leaf's entry in the log; salt and data
// stay with those whom the case concerns.
func Leaf(salt [SaltBytes]byte, data []byte) Hash {
	entry := Entry(salt, data)
	return sha256.Sum256(append([]byte{0}, entry[:]...))
}

// Entry is the salted hash that stands in the log for the data.
func Entry(salt [SaltBytes]byte, data []byte) Hash {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(data)
	var out Hash
	h.Sum(out[:0])
	return out
}
