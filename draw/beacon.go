package draw

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/cloudflare/circl/sign/bls"
)

// Lengths of a round of drand in the scheme bls-unchained-g1-rfc9380 (the network quicknet): signatures in G1, keys in G2.
const (
	beaconKeyBytes       = 96
	beaconSignatureBytes = 48
)

// BeaconVerify reports whether a signature is that of a round of the drand network with the public key. There is one such signature for a
// round, and nobody knows it before a threshold of the network's members has signed.
func BeaconVerify(public []byte, round uint64, signature []byte) bool {
	if len(public) != beaconKeyBytes || len(signature) != beaconSignatureBytes {
		return false
	}
	var key bls.PublicKey[bls.KeyG2SigG1]
	if key.UnmarshalBinary(public) != nil {
		return false
	}
	message := sha256.Sum256(binary.BigEndian.AppendUint64(nil, round))
	return bls.Verify(&key, message[:], signature)
}
