package draw

import (
	"encoding/hex"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 9381 appendix B.3, examples 16 to 18.
var vrfVectors = []struct{ secret, public, alpha, proof, hash string }{
	{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		"8657106690b5526245a92b003bb079ccd1a92130477671f6fc01ad16f26f723f26f8a57ccaed74ee1b190bed1f479d9727d2d0f9b005a6e456a35d4fb0daab1268a1b0db10836d9826a528ca76567805",
		"90cf1df3b703cce59e2a35b925d411164068269d7b2d29f3301c03dd757876ff66b71dda49d2de59d03450451af026798e8f81cd2e333de5cdf4f3e140fdd8ae"},
	{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		"f3141cd382dc42909d19ec5110469e4feae18300e94f304590abdced48aed5933bf0864a62558b3ed7f2fea45c92a465301b3bbf5e3e54ddf2d935be3b67926da3ef39226bbc355bdc9850112c8f4b02",
		"eb4440665d3891d668e7e0fcaf587f1b4bd7fbfe99d0eb2211ccec90496310eb5e33821bc613efb94db5e5b54c70a848a0bef4553a41befc57663b56373a5031"},
	{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		"9bc0f79119cc5604bf02d23b4caede71393cedfbb191434dd016d30177ccbf8096bb474e53895c362d8628ee9f9ea3c0e52c7a5c691b6c18c9979866568add7a2d41b00b05081ed0f58ee5e31b3a970e",
		"645427e5d00c62a23fb703732fa5d892940935942101e456ecca7bb217c61c452118fec1219202a0edcf038bb6373241578be7217ba85a2687f7a0310b2df19f"},
}

func TestVRF_reproduces_the_examples_of_RFC_9381(t *testing.T) {
	t.Parallel()
	for _, v := range vrfVectors {
		secret, alpha := [32]byte(unhex(t, v.secret)), unhex(t, v.alpha)
		public := VRFPublic(secret)
		proof, err := VRFProve(secret, alpha)
		if err != nil || hex.EncodeToString(public[:]) != v.public || hex.EncodeToString(proof[:]) != v.proof {
			t.Errorf("alpha %q: public %x, proof %x, %v", v.alpha, public, proof, err)
		}
		if hash, ok := VRFVerify(public, alpha, proof); !ok || hex.EncodeToString(hash[:]) != v.hash {
			t.Errorf("alpha %q: hash %x, %v", v.alpha, hash, ok)
		}
	}
}

func TestVRF_believes_no_other_proof_key_or_text(t *testing.T) {
	t.Parallel()
	v := vrfVectors[1]
	public, alpha, proof := [32]byte(unhex(t, v.public)), unhex(t, v.alpha), [VRFProofBytes]byte(unhex(t, v.proof))
	for i := range 8 * len(proof) {
		bad := proof
		bad[i/8] ^= 1 << (i % 8)
		if _, ok := VRFVerify(public, alpha, bad); ok {
			t.Errorf("a proof with bit %d changed is believed", i)
		}
	}
	for i := range 8 * len(public) {
		bad := public
		bad[i/8] ^= 1 << (i % 8)
		if _, ok := VRFVerify(bad, alpha, proof); ok {
			t.Errorf("a key with bit %d changed is believed", i)
		}
	}
	if _, ok := VRFVerify(public, []byte{0x73}, proof); ok {
		t.Error("the proof of another text is believed")
	}
	for _, small := range []string{ // points of small order, with which anything could be proved
		"0100000000000000000000000000000000000000000000000000000000000000", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000080"} {
		if _, ok := VRFVerify([32]byte(unhex(t, small)), alpha, proof); ok {
			t.Errorf("the key %s of small order is believed", small)
		}
	}
}

// A round of drand's network quicknet.
const (
	quicknetKey       = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
	quicknetRound     = 1000
	quicknetSignature = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)

func TestBeacon_believes_a_real_round_and_no_other(t *testing.T) {
	t.Parallel()
	key, signature := unhex(t, quicknetKey), unhex(t, quicknetSignature)
	if !BeaconVerify(key, quicknetRound, signature) {
		t.Fatal("round 1000 of quicknet is not believed")
	}
	if BeaconVerify(key, quicknetRound+1, signature) || BeaconVerify(key[1:], quicknetRound, signature) || BeaconVerify(key, quicknetRound, signature[:47]) {
		t.Error("another round, or what is cut short, is believed")
	}
	for i := range signature {
		bad := append([]byte(nil), signature...)
		bad[i] ^= 1
		if BeaconVerify(key, quicknetRound, bad) {
			t.Errorf("a signature with byte %d changed is believed", i)
		}
	}
}
