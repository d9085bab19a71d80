// Package seal keeps sensitive values unreadable to who has only the database: a value is sealed before it is stored and opened
// when it is needed, with keys that lie in a file of the data folder and never in the store.
//
// The words: a [Ring] is the keys of one file; a sealed value is text that names its cipher and its key, so that both may change
// while values of different age stand in one column; its place says which column of which row it belongs to, and it opens nowhere
// else. A [Finder] seals values by which rows are found.
//
// What it promises: what was changed, cut, or moved to another place does not open; two values that are equal do not look equal
// sealed, unless a finder sealed them; a value is sealed by the newest key also in a server that was running when the key was made.
// What it does not do: hide how long a value is.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm4"
)

// The ciphers of keys, in Galois/Counter Mode with a random nonce of 96 bits for each value (NIST SP 800-38D), for at most 2^32 values
// a key.
const (
	AES256GCM = "A256GCM" // AES with 256 bits; of the first key
	SM4GCM    = "SM4GCM"  // SM4 with 128 bits (GB/T 32907; in this mode RFC 8998)
)

// cipherOf is how a cipher is made, and how many bytes its secret has.
var cipherOf = map[string]struct {
	size  int
	block func(secret []byte) (cipher.Block, error)
}{AES256GCM: {32, aes.NewCipher}, SM4GCM: {16, sm4.NewCipher}}

// ErrKey: the value was sealed with a key that is not in the ring, or no longer.
var ErrKey = errors.New("seal: the key is not there")

// ErrSealed: the value is no sealed one, was changed, or belongs to another place.
var ErrSealed = errors.New("seal: the value does not open")

// Key is one key of a ring.
type Key struct {
	ID     string
	Cipher string
	Made   time.Time
	Gone   bool // its secret was dropped: nothing may be sealed with it any more

	aead   cipher.AEAD // nil if Gone, or if it finds
	finder *Finder     // nil if Gone, or if it does not find
	text   string      // the secret as it stands in the file
}

// IDLength is how many letters and digits the id of a key has.
const IDLength = 8

// Finds reports whether the key is a finder's.
func (k *Key) Finds() bool {
	_, is := finderOf[k.Cipher]
	return is
}

// SealBytes is the sealed form of a value that belongs to a place, as bytes: the id of the key, a nonce, and the cipher text.
func (k *Key) SealBytes(place string, plain []byte) []byte {
	n := IDLength + k.aead.NonceSize()
	out := make([]byte, n, n+len(plain)+k.aead.Overhead())
	copy(out, k.ID)
	_, _ = rand.Read(out[IDLength:]) // never fails
	return k.aead.Seal(out, out[IDLength:], plain, k.bound(place))
}

// bound is what a sealed value is bound to.
func (k *Key) bound(place string) []byte { return []byte(k.Cipher + "." + k.ID + "." + place) }

// Ring holds the keys of one file. Its methods may be called from many goroutines.
type Ring struct {
	path string

	mu   sync.Mutex
	read stamp
	keys []Key // the oldest first; the last one that does not find seals
}

// Seal makes the sealed form of a value that belongs to a place, such as "factor.secret/" and the row's key.
func (r *Ring) Seal(place string, plain []byte) (string, error) {
	k, err := r.Newest()
	if err != nil {
		return "", err
	}
	return k.Cipher + "." + k.ID + "." + base64.RawURLEncoding.EncodeToString(k.SealBytes(place, plain)[IDLength:]), nil
}

// Newest is the key that seals now.
func (r *Ring) Newest() (*Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return nil, err
	}
	k := r.keys[newest(r.keys, false)]
	return &k, nil
}

// Open gives the value back. ErrKey, ErrSealed.
func (r *Ring) Open(place, sealed string) ([]byte, error) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 {
		return nil, ErrSealed
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return nil, ErrSealed
	}
	k, err := r.key(parts[0], parts[1])
	if err != nil {
		return nil, err
	}
	return k.open(place, data)
}

// OpenBytes gives back what Key.SealBytes sealed. ErrKey, ErrSealed.
func (r *Ring) OpenBytes(place string, sealed []byte) ([]byte, error) {
	if len(sealed) < IDLength {
		return nil, ErrSealed
	}
	k, err := r.key("", string(sealed[:IDLength]))
	if err != nil {
		return nil, err
	}
	return k.open(place, sealed[IDLength:])
}

func (k *Key) open(place string, data []byte) ([]byte, error) {
	if k.aead == nil || len(data) < k.aead.NonceSize() {
		return nil, ErrSealed
	}
	n := k.aead.NonceSize()
	plain, err := k.aead.Open(nil, data[:n], data[n:], k.bound(place))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// OpenEarlier is Open of a column that was not sealed always: what is no sealed value, or nothing, stands there as it is.
func (r *Ring) OpenEarlier(place, text string) ([]byte, error) {
	if KeyOf(text) == "" {
		return []byte(text), nil
	}
	return r.Open(place, text)
}

// key finds a key that opens, of a cipher ("" of any), also one that another process has just made.
func (r *Ring) key(cipher, id string) (*Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range 2 {
		for i := range r.keys {
			if k := r.keys[i]; k.ID == id && (cipher == "" || k.Cipher == cipher) && !k.Gone {
				return &k, nil
			}
		}
		if err := r.refresh(); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: %.40q", ErrKey, id)
}

// Current is the id of the key that seals.
func (r *Ring) Current() (string, error) {
	k, err := r.Newest()
	if err != nil {
		return "", err
	}
	return k.ID, nil
}

// Keys lists the keys, the oldest first, those whose secret was dropped among them.
func (r *Ring) Keys() ([]Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return nil, err
	}
	return append([]Key(nil), r.keys...), nil
}

// KeyOf is the id of the key that a value was sealed with; "" if it is no sealed value.
func KeyOf(sealed string) string {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 {
		return ""
	}
	if _, known := cipherOf[parts[0]]; !known { // a.b.example
		return ""
	}
	return parts[1]
}

var errCipher = errors.New("no key of a cipher that this program knows")

// unlock makes the cipher of a key from its secret.
func (k *Key) unlock() error {
	secret, err := base64.RawURLEncoding.Strict().DecodeString(k.text)
	if err != nil {
		return errCipher
	}
	if f, is := finderOf[k.Cipher]; is && len(secret) == f.mac+f.size {
		k.finder = &Finder{ID: k.ID, Cipher: k.Cipher, hash: f.hash, mac: secret[:f.mac]}
		k.finder.block, err = f.block(secret[f.mac:])
		return err
	}
	c, known := cipherOf[k.Cipher]
	if !known || len(secret) != c.size {
		return errCipher
	}
	block, err := c.block(secret)
	if err != nil {
		return err
	}
	k.aead, err = cipher.NewGCM(block)
	return err
}
