package draw

import (
	"bytes"
	"crypto/sha512"

	"filippo.io/edwards25519"
)

// ECVRF-EDWARDS25519-SHA512-TAI of RFC 9381 section 5.5, suite 0x03.

const (
	vrfSuite = 0x03
	// VRFProofBytes is the length of a proof.
	VRFProofBytes = 80
)

// VRFPublic is the public key of a secret key of 32 bytes (RFC 8032 section 5.1.5).
func VRFPublic(secret [32]byte) [32]byte {
	x, _ := vrfExpand(secret)
	var public [32]byte
	copy(public[:], new(edwards25519.Point).ScalarBaseMult(x).Bytes())
	return public
}

// VRFProve proves alpha with a secret key (RFC 9381 section 5.1): nobody without it could have told the hash of the proof before,
// and its holder can make no other hash.
func VRFProve(secret [32]byte, alpha []byte) ([VRFProofBytes]byte, error) {
	var proof [VRFProofBytes]byte
	x, prefix := vrfExpand(secret)
	public := new(edwards25519.Point).ScalarBaseMult(x)
	h, err := vrfPoint(public.Bytes(), alpha)
	if err != nil {
		return proof, err
	}
	nonce := sha512.Sum512(append(append([]byte(nil), prefix...), h.Bytes()...))
	k, err := new(edwards25519.Scalar).SetUniformBytes(nonce[:])
	if err != nil {
		return proof, err
	}
	gamma := new(edwards25519.Point).ScalarMult(x, h)
	c := vrfChallenge(public, h, gamma, new(edwards25519.Point).ScalarBaseMult(k), new(edwards25519.Point).ScalarMult(k, h))
	cs, err := vrfScalar(c)
	if err != nil {
		return proof, err
	}
	s := new(edwards25519.Scalar).MultiplyAdd(cs, x, k)
	copy(proof[:32], gamma.Bytes())
	copy(proof[32:48], c)
	copy(proof[48:], s.Bytes())
	return proof, nil
}

// VRFVerify returns the hash of a proof if the holder of the public key made it for alpha (RFC 9381 section 5.3, with the validation of
// the key of section 5.4.5).
func VRFVerify(public [32]byte, alpha []byte, proof [VRFProofBytes]byte) (hash [64]byte, ok bool) {
	y, gamma := vrfDecode(public[:]), vrfDecode(proof[:32])
	if y == nil || gamma == nil || new(edwards25519.Point).MultByCofactor(y).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return hash, false
	}
	c, err := vrfScalar(proof[32:48])
	if err != nil {
		return hash, false
	}
	s, err := new(edwards25519.Scalar).SetCanonicalBytes(proof[48:])
	if err != nil {
		return hash, false
	}
	h, err := vrfPoint(public[:], alpha)
	if err != nil {
		return hash, false
	}
	minus := new(edwards25519.Scalar).Negate(c)
	u := new(edwards25519.Point).VarTimeDoubleScalarBaseMult(minus, y, s)
	v := new(edwards25519.Point).Add(new(edwards25519.Point).ScalarMult(s, h), new(edwards25519.Point).ScalarMult(minus, gamma))
	if !bytes.Equal(proof[32:48], vrfChallenge(y, h, gamma, u, v)) {
		return hash, false
	}
	return vrfHash(gamma), true
}

// vrfDecode reads a point in its one canonical encoding; nil if it is none.
func vrfDecode(b []byte) *edwards25519.Point {
	p, err := new(edwards25519.Point).SetBytes(b)
	if err != nil || !bytes.Equal(p.Bytes(), b) {
		return nil
	}
	return p
}

// vrfExpand gives the secret scalar and the prefix of nonces.
func vrfExpand(secret [32]byte) (x *edwards25519.Scalar, prefix []byte) {
	h := sha512.Sum512(secret[:])
	x, err := new(edwards25519.Scalar).SetBytesWithClamping(h[:32])
	if err != nil { // only another length is an error
		x = edwards25519.NewScalar()
	}
	return x, h[32:]
}

// vrfPoint hashes to the curve by trying and incrementing (section 5.4.1.1). Half of all tries succeed, so that 256 do not fail.
func vrfPoint(salt, alpha []byte) (*edwards25519.Point, error) {
	for counter := range 256 {
		text := append([]byte{vrfSuite, 0x01}, salt...)
		text = append(append(text, alpha...), byte(counter), 0x00)
		h := sha512.Sum512(text)
		if p := vrfDecode(h[:32]); p != nil {
			if p.MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) == 0 {
				return p, nil
			}
		}
	}
	return nil, &Fault{Code: "seed.proof", At: "vrf"}
}

// vrfChallenge is section 5.4.3: 16 bytes.
func vrfChallenge(points ...*edwards25519.Point) []byte {
	text := []byte{vrfSuite, 0x02}
	for _, p := range points {
		text = append(text, p.Bytes()...)
	}
	h := sha512.Sum512(append(text, 0x00))
	return h[:16]
}

func vrfScalar(c []byte) (*edwards25519.Scalar, error) {
	var wide [32]byte
	copy(wide[:], c)
	return new(edwards25519.Scalar).SetCanonicalBytes(wide[:])
}

// vrfHash is section 5.2.
func vrfHash(gamma *edwards25519.Point) [64]byte {
	text := append([]byte{vrfSuite, 0x03}, new(edwards25519.Point).MultByCofactor(gamma).Bytes()...)
	return sha512.Sum512(append(text, 0x00))
}
