package evidence

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/mod/sumdb/note"
)

// sm2Type is the type of an SM2 signature in a note: the byte that c2sp.org/signed-note leaves to types without an assigned one, and
// a name that no other has.
const sm2Type = "\xffgithub.com/tongban/tongban/sm2"

// sm2ID is the distinguishing identifier of the signer where GB/T 32918.2 asks for one: the usual one.
const sm2ID = "1234567812345678"

const (
	sm2PointLen  = 65 // 0x04 || X || Y
	sm2ScalarLen = 32
	sm2SigLen    = 2 * sm2ScalarLen // r || s
)

// sm2Key is the public key of a log that signs by SM2. It is a note.Verifier.
type sm2Key struct {
	name string
	id   uint32
	key  *ecdsa.PublicKey
}

func newSM2Key(name string, point []byte) (sm2Key, error) {
	bad := fmt.Errorf("%w: no SM2 key of %.60q", ErrCheckpoint, name)
	if !ValidOrigin(name) || len(point) != sm2PointLen || point[0] != 4 {
		return sm2Key{}, bad
	}
	//lint:ignore SA1019 the library takes a public key by its coordinates only; whether they are a point of the curve is asked below
	key := &ecdsa.PublicKey{Curve: sm2.P256(), X: new(big.Int).SetBytes(point[1 : 1+sm2ScalarLen]), Y: new(big.Int).SetBytes(point[1+sm2ScalarLen:])}
	if _, err := sm2.PublicKeyToECDH(key); err != nil { // not a point of the curve
		return sm2Key{}, bad
	}
	sum := sha256.Sum256(append([]byte(name+"\n"+sm2Type), point...))
	return sm2Key{name, binary.BigEndian.Uint32(sum[:]), key}, nil
}

// Name is note.Verifier's.
func (k sm2Key) Name() string { return k.name }

// KeyHash is note.Verifier's.
func (k sm2Key) KeyHash() uint32 { return k.id }

// Verify is note.Verifier's: whether sig is r || s over the text.
func (k sm2Key) Verify(text, sig []byte) bool {
	if len(sig) != sm2SigLen {
		return false
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(sig[:sm2ScalarLen]))
		b.AddASN1BigInt(new(big.Int).SetBytes(sig[sm2ScalarLen:]))
	})
	der, err := b.Bytes()
	return err == nil && sm2.VerifyASN1WithSM2(k.key, []byte(sm2ID), text, der)
}

// keyText is a key, public or secret, as text: before, its name, its id and type || bytes.
func keyText(before, name string, id uint32, raw []byte) string {
	return before + name + "+" + keyID(id) + "+" + base64.StdEncoding.EncodeToString(append([]byte(sm2Type), raw...))
}

// sm2Text takes a key as text apart; ok is false if it is none of SM2.
func sm2Text(text string) (name, id string, raw []byte, ok bool) {
	name, rest, _ := strings.Cut(text, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	all, err := base64.StdEncoding.Strict().DecodeString(encoded)
	key, ok := strings.CutPrefix(string(all), sm2Type)
	return name, id, []byte(key), ok && err == nil
}

// parseSM2Key reads a verifier key; ok is false if it is of another type.
func parseSM2Key(vkey string) (k sm2Key, ok bool, err error) {
	name, id, point, ok := sm2Text(vkey)
	if !ok {
		return k, false, nil
	}
	k, err = newSM2Key(name, point)
	if err == nil && keyID(k.id) != id {
		err = fmt.Errorf("%w: %.80q is no public key: its id is another", ErrCheckpoint, vkey)
	}
	return k, true, err
}

// GenerateSM2Key makes a key of a log by that name: the secret one for [NewSigner], and the verifier key.
func GenerateSM2Key(random io.Reader, name string) (skey, vkey string, err error) {
	priv, err := sm2.GenerateKey(random)
	if err != nil {
		return "", "", fmt.Errorf("generate SM2 key: %w", err)
	}
	point := sm2Point(priv)
	k, err := newSM2Key(name, point)
	if err != nil {
		return "", "", err
	}
	secret := make([]byte, sm2ScalarLen)
	priv.D.FillBytes(secret)
	return keyText(sm2Secret, name, k.id, secret), keyText("", name, k.id, point), nil
}

// sm2Point is the public key of a secret one: 0x04 || X || Y.
func sm2Point(priv *sm2.PrivateKey) []byte {
	point := make([]byte, sm2PointLen)
	point[0] = 4
	priv.X.FillBytes(point[1 : 1+sm2ScalarLen])
	priv.Y.FillBytes(point[1+sm2ScalarLen:])
	return point
}

// sm2Secret begins a secret key as text, as those of notes do.
const sm2Secret = "PRIVATE+KEY+"

// sm2Signer is a note.Signer.
type sm2Signer struct {
	sm2Key
	priv   *sm2.PrivateKey
	random io.Reader
}

// Sign is note.Signer's.
func (s sm2Signer) Sign(text []byte) ([]byte, error) {
	der, err := s.priv.SignWithSM2(s.random, []byte(sm2ID), text)
	if err != nil {
		return nil, fmt.Errorf("sign by SM2: %w", err)
	}
	var r, t big.Int
	in := cryptobyte.String(der)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, asn1.SEQUENCE) || !seq.ReadASN1Integer(&r) || !seq.ReadASN1Integer(&t) {
		return nil, fmt.Errorf("sign by SM2: %w", ErrCheckpoint)
	}
	sig := make([]byte, sm2SigLen)
	r.FillBytes(sig[:sm2ScalarLen])
	t.FillBytes(sig[sm2ScalarLen:])
	return sig, nil
}

// NewSigner reads a secret key: of SM2, as [GenerateSM2Key] makes it, or as package note does. An SM2 signature takes of the randomness.
func NewSigner(skey string, random io.Reader) (note.Signer, error) {
	text, ok := strings.CutPrefix(skey, sm2Secret)
	name, _, secret, isSM2 := sm2Text(text)
	if !ok || !isSM2 {
		return note.NewSigner(skey)
	}
	priv := new(sm2.PrivateKey)
	priv.Curve = sm2.P256()
	priv.D = new(big.Int).SetBytes(secret)
	if len(secret) != sm2ScalarLen || priv.D.Sign() == 0 || new(big.Int).Add(priv.D, big.NewInt(1)).Cmp(priv.Params().N) >= 0 {
		return nil, fmt.Errorf("%w: no secret SM2 key", ErrCheckpoint)
	}
	priv.X, priv.Y = priv.ScalarBaseMult(secret)
	key, err := newSM2Key(name, sm2Point(priv))
	return sm2Signer{key, priv, random}, err
}

// KeySuite is the suite whose checkpoints a verifier key of a log signs beside others.
func KeySuite(v note.Verifier) Suite {
	if _, ok := v.(sm2Key); ok {
		return SM
	}
	return Standard
}
