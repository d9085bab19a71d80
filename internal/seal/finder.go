package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"slices"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// The ciphers of finders: a synthetic initialisation vector (SIV, Rogaway and Shrimpton, Deterministic Authenticated-Encryption,
// EUROCRYPT 2006) of 128 bits from a keyed hash over place and value, with which the value is enciphered in counter mode.
const (
	AES256SIV = "A256SIV" // HMAC-SHA-256, AES with 256 bits; of the first key
	SM4SIV    = "SM4SIV"  // HMAC-SM3 (GB/T 32905), SM4 with 128 bits
)

// finderOf is what the ciphers of finders are made of, and how many bytes the secrets of the hash and of the cipher have.
var finderOf = map[string]struct {
	hash      func() hash.Hash
	block     func(secret []byte) (cipher.Block, error)
	mac, size int
}{AES256SIV: {sha256.New, aes.NewCipher, 32, 32}, SM4SIV: {sm3.New, sm4.NewCipher, 32, 16}}

const vectorSize = 16

// Finder seals values by which rows are found: two that are equal, at the same place, look equal. So whoever has only the database
// sees which rows say the same, and how often, and nothing else. It does not change while keys of other values are rotated.
type Finder struct {
	ID     string
	Cipher string

	hash  func() hash.Hash
	mac   []byte
	block cipher.Block
}

// Seal is the sealed form of a value that belongs to a place: the id of the key and, as base64, vector and cipher text. Neither place nor
// value may hold a NUL.
func (f *Finder) Seal(place, plain string) string {
	out := make([]byte, vectorSize+len(plain))
	copy(out, f.vector(place, plain))
	cipher.NewCTR(f.block, out[:vectorSize]).XORKeyStream(out[vectorSize:], []byte(plain))
	return f.ID + base64.RawURLEncoding.EncodeToString(out)
}

func (f *Finder) open(place, sealed string) (string, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil || len(data) < vectorSize {
		return "", ErrSealed
	}
	plain := data[vectorSize:]
	cipher.NewCTR(f.block, data[:vectorSize]).XORKeyStream(plain, plain)
	if !hmac.Equal(f.vector(place, string(plain)), data[:vectorSize]) {
		return "", ErrSealed
	}
	return string(plain), nil
}

func (f *Finder) vector(place, plain string) []byte {
	m := hmac.New(f.hash, f.mac)
	_, _ = io.WriteString(m, place) // a hash takes everything
	m.Write([]byte{0})
	_, _ = io.WriteString(m, plain)
	return m.Sum(nil)[:vectorSize]
}

// Finder is the newest finder. ErrKey if the ring has none, which was made before there were any: see RotateFinder.
func (r *Ring) Finder() (*Finder, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return nil, err
	}
	if i := newest(r.keys, true); i >= 0 {
		return r.keys[i].finder, nil
	}
	return nil, fmt.Errorf("%w: none finds", ErrKey)
}

// OpenFound gives back a value that a finder sealed, also one of an earlier key. ErrKey, ErrSealed.
func (r *Ring) OpenFound(place, sealed string) (string, error) {
	if len(sealed) < IDLength {
		return "", ErrSealed
	}
	k, err := r.key("", sealed[:IDLength])
	if err != nil {
		return "", err
	}
	if k.finder == nil {
		return "", ErrSealed
	}
	return k.finder.open(place, sealed[IDLength:])
}

// RotateFinder makes a new finder of a cipher ("" the one of the present finder) and returns its id. Whatever a finder sealed has
// to be sealed anew before anything is found again.
func (r *Ring) RotateFinder(now time.Time, cipher string) (string, error) {
	return r.rotate(now, cipher, true)
}

// newest is the place of the newest key that finds, or that does not and so seals; -1 if there is none.
func newest(keys []Key, finds bool) int {
	for i, k := range slices.Backward(keys) {
		if k.Finds() == finds {
			return i
		}
	}
	return -1
}
