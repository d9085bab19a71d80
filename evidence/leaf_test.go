package evidence

import (
	"crypto/sha256"
	"testing"
)

func TestLeafFollowsRFC6962OverTheSaltedEntry(t *testing.T) {
	t.Parallel()
	salt := [SaltBytes]byte{9}
	data := []byte("what happened")
	inner := sha256.Sum256(append(salt[:], data...))
	want := sha256.Sum256(append([]byte{0}, inner[:]...))
	if got := Standard.Entry(salt, data).Leaf(); got != want {
		t.Fatalf("leaf %s, want %x", got, want)
	}
}

func TestAnotherSaltOrByteIsAnotherLeaf(t *testing.T) {
	t.Parallel()
	data := []byte("what happened")
	base := Standard.Entry([SaltBytes]byte{}, data).Leaf()
	for i := range SaltBytes {
		var salt [SaltBytes]byte
		salt[i] = 1
		if Standard.Entry(salt, data).Leaf() == base {
			t.Fatalf("salt byte %d does not matter", i)
		}
	}
	for i := range data {
		changed := append([]byte(nil), data...)
		changed[i] ^= 1
		if Standard.Entry([SaltBytes]byte{}, changed).Leaf() == base {
			t.Fatalf("byte %d does not matter", i)
		}
	}
}
