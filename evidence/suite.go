package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

// Suite is the algorithms by which a log is kept: what signs its checkpoints and what its entries are hashed with. It is settled when the
// log is begun. The tree over the entries is that of RFC 6962 with SHA-256 in each, so that any client of C2SP logs can read it.
type Suite byte

// The suites.
const (
	// Standard signs by Ed25519 and hashes entries by SHA-256. A checkpoint does not name it.
	Standard Suite = iota
	// SM hashes entries by SM3 (GB/T 32905) and signs by SM2 (GB/T 32918) as well as by Ed25519. A line of the checkpoint names it.
	SM
)

// suiteLine begins the line of a checkpoint that names its suite.
const suiteLine = "tongban-suite "

// String is the suite's name.
func (s Suite) String() string {
	if s == SM {
		return "sm2-sm3"
	}
	return "ed25519-sha256"
}

// ParseSuite reads the name of a suite.
func ParseSuite(name string) (Suite, error) {
	for _, s := range []Suite{Standard, SM} {
		if s.String() == name {
			return s, nil
		}
	}
	return Standard, fmt.Errorf("evidence: %.40q is no suite: %s or %s", name, Standard, SM)
}

// extension is what the text of a checkpoint says of the suite.
func (s Suite) extension() string {
	if s == Standard {
		return ""
	}
	return suiteLine + s.String() + "\n"
}

// suiteOf reads the further lines of a checkpoint. Those that it does not know mean nothing.
func suiteOf(lines []string) (Suite, error) {
	suite, named := Standard, false
	for _, l := range lines {
		name, ok := strings.CutPrefix(l, suiteLine)
		if !ok {
			continue
		}
		s, err := ParseSuite(name)
		if err != nil || named || s == Standard {
			return Standard, fmt.Errorf("%w: the suite %.40q, which this program does not know", ErrCheckpoint, name)
		}
		suite, named = s, true
	}
	return suite, nil
}

func (s Suite) hash() hash.Hash {
	if s == SM {
		return sm3.New()
	}
	return sha256.New()
}

// Entry is the salted hash that stands in the log for the data; its leaf is that of [Hash.Leaf].
func (s Suite) Entry(salt [SaltBytes]byte, data []byte) Hash {
	h := s.hash()
	h.Write(salt[:])
	h.Write(data)
	var out Hash
	h.Sum(out[:0])
	return out
}

// PartSalt is the salt of one part of a leaf: the first 16 bytes of the hash of salt || part, part in four bytes, the higher first. Who
// holds it can check that part and learns nothing of the salt, or of others that follow from it.
func (s Suite) PartSalt(salt [SaltBytes]byte, part uint32) [SaltBytes]byte {
	h := s.Entry(salt, binary.BigEndian.AppendUint32(nil, part))
	return [SaltBytes]byte(h[:SaltBytes])
}

// Parted is the entry of a leaf whose parts can be shown one by one: that of its head and the hashes of its parts, under the salt of
// part 0.
func (s Suite) Parted(headSalt [SaltBytes]byte, head []byte, parts []Hash) Hash {
	data := make([]byte, 0, len(head)+1+len(parts)*len(Hash{}))
	data = append(append(data, head...), '\n')
	for i := range parts {
		data = append(data, parts[i][:]...)
	}
	return s.Entry(headSalt, data)
}
