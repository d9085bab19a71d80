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
	"encoding/json"

	"golang.org/x/mod/sumdb/tlog"
)

// SaltBytes is the length of a leaf's salt: with less than 128 bits the content of a short leaf could be guessed.
const SaltBytes = 16

// Hash is a hash of 32 bytes: of a leaf, of a part of the tree, both by SHA-256, or the salted one that stands in the log as
// an entry, by the hash of the log's suite.
type Hash [sha256.Size]byte

// String writes the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Leaf is the hash of the leaf whose entry h is: SHA-256(0x00 || h).
func (h Hash) Leaf() Hash { return Hash(tlog.RecordHash(h[:])) }

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
func (p PackLeaf) Entry(s Suite) (Hash, error) { return public(s, p) }

// Entry is the leaf's entry in the log.
func (c CalendarLeaf) Entry(s Suite) (Hash, error) { return public(s, c) }

func public(s Suite, data any) (Hash, error) {
	line, err := json.Marshal(data)
	return s.Entry([SaltBytes]byte{}, line), err
}
