package evidence

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The examples of GB/T 32905, appendix A.
func TestSM3_examples_of_the_standard(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		h := SM.hash()
		h.Write([]byte(text))
		if got := h.Sum(nil); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%s: %x, want %s", text, got, want)
		}
		var salt [SaltBytes]byte // an entry is the hash of its salt and what follows
		h.Reset()
		h.Write(salt[:])
		h.Write([]byte(text))
		if got := SM.Entry(salt, []byte(text)); !bytes.Equal(got[:], h.Sum(nil)) {
			t.Errorf("the entry of %s is %s", text, got)
		}
	}
}

// The example of GB/T 32918.5, appendix A: the key, the text "message digest" and the signature of the standard, under the usual id.
func TestSM2_example_of_the_standard(t *testing.T) {
	t.Parallel()
	point := unhex(t, "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"+"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
	sig := unhex(t, "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"+"b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")
	k, err := newSM2Key("city.example/log", point)
	if err != nil {
		t.Fatal(err)
	}
	if !k.Verify([]byte("message digest"), sig) {
		t.Error("the signature of the standard does not hold")
	}
	for i := range sig {
		bent := bytes.Clone(sig)
		bent[i] ^= 1
		if k.Verify([]byte("message digest"), bent) {
			t.Errorf("byte %d of the signature does not matter", i)
		}
	}
	if k.Verify([]byte("message digesT"), sig) || k.Verify([]byte("message digest"), sig[1:]) || k.Verify([]byte("message digest"), append(sig, 0)) || k.Verify(nil, nil) {
		t.Error("another text, or a signature of another length, holds")
	}
	signer, err := NewSigner(keyText(sm2Secret, "city.example/log", k.id, unhex(t, "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")), rand.Reader)
	if err != nil || signer.KeyHash() != k.id {
		t.Fatalf("the secret key of the standard is not that of its public key: %v", err)
	}
	own, err := signer.Sign([]byte("another text"))
	if err != nil || !k.Verify([]byte("another text"), own) {
		t.Errorf("what it signs does not hold: %v", err)
	}
}

func TestSM2_keys_that_are_none_are_refused(t *testing.T) {
	t.Parallel()
	skey, vkey, err := GenerateSM2Key(rand.Reader, "city.example/log")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := ParseKey(vkey + "\n"); err != nil || v.Name() != "city.example/log" || KeySuite(v) != SM {
		t.Errorf("its own key: %v", err)
	}
	name, id, point, _ := sm2Text(vkey)
	off := bytes.Clone(point)
	off[64] ^= 1
	sum, err := hex.DecodeString(id)
	if err != nil {
		t.Fatal(err)
	}
	for what, key := range map[string]string{
		"another id":         keyText("", name, 1, point),
		"another name":       strings.Replace(vkey, "city", "town", 1),
		"not on the curve":   keyText("", name, binary.BigEndian.Uint32(sum), off),
		"cut":                keyText("", name, binary.BigEndian.Uint32(sum), point[:64]),
		"compressed":         keyText("", name, binary.BigEndian.Uint32(sum), append([]byte{2}, point[1:33]...)),
		"no key":             keyText("", name, 1, nil),
		"without a name":     keyText("", "", 1, point),
		"of an unknown type": name + "+" + id + "+" + base64.StdEncoding.EncodeToString(append([]byte("\xffsomebody/else"), point...)),
	} {
		if _, err := ParseKey(key); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, secret := range map[string]string{"too large": strings.Repeat("\xff", 32), "zero": strings.Repeat("\x00", 32), "short": "1"} {
		if _, err := NewSigner(keyText(sm2Secret, name, 1, []byte(secret)), rand.Reader); err == nil {
			t.Errorf("a secret that is %s is taken", what)
		}
	}
	if _, err := NewSigner(skey, rand.Reader); err != nil {
		t.Error(err)
	}
}

// two are the signers of a log of suite SM, and their keys: first Ed25519, then SM2.
func two(t *testing.T, name string) (signers []note.Signer, keys []note.Verifier) {
	t.Helper()
	for _, generate := range []func() (string, string, error){
		func() (string, string, error) { return note.GenerateKey(rand.Reader, name) },
		func() (string, string, error) { return GenerateSM2Key(rand.Reader, name) },
	} {
		skey, vkey, err := generate()
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSigner(skey, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		v, err := ParseKey(vkey)
		if err != nil {
			t.Fatal(err)
		}
		signers, keys = append(signers, s), append(keys, v)
	}
	return signers, keys
}

// A checkpoint of suite SM names it, has both signatures, and holds for who knows only one of the keys; who knows the SM2 key asks for it.
func TestSM_checkpoints_have_two_signatures(t *testing.T) {
	t.Parallel()
	signers, keys := two(t, "city.example/log")
	_, other := two(t, "city.example/log")
	c := Checkpoint{"city.example/log", Tree{5, Hash{7}}, SM}
	msg, err := c.Sign(signers...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(msg), "\ntongban-suite sm2-sm3\n\n") {
		t.Errorf("it does not name its suite: %s", msg)
	}
	lines := strings.SplitAfter(string(msg), "\n")
	bare, wrong := strings.Join(lines[:6], ""), strings.Join(lines[:6], "") // text and the line of Ed25519
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(lines[6][strings.LastIndex(lines[6], " ")+1:]))
	if err != nil {
		t.Fatal(err)
	}
	raw[20] ^= 1
	wrong += "— city.example/log " + base64.StdEncoding.EncodeToString(raw) + "\n"
	for name, x := range map[string]struct {
		msg   string
		keys  []note.Verifier
		holds bool
	}{
		"both keys":                            {string(msg), keys, true},
		"who knows Ed25519 alone":              {string(msg), keys[:1], true},
		"who knows SM2 alone":                  {string(msg), keys[1:], true},
		"another SM2 key beside Ed25519":       {string(msg), []note.Verifier{keys[0], other[1]}, false},
		"strangers":                            {string(msg), other, false},
		"the SM2 line is away":                 {bare, keys, false},
		"the SM2 line is away, Ed25519 alone":  {bare, keys[:1], true},
		"the SM2 line is wrong":                {wrong, keys, false},
		"the SM2 line is wrong, for SM2 alone": {wrong, keys[1:], false},
	} {
		got, err := OpenCheckpoint([]byte(x.msg), x.keys...)
		if (err == nil) != x.holds || x.holds && got != c || !x.holds && !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	plain, err := Checkpoint{"city.example/log", c.Tree, Standard}.Sign(signers[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenCheckpoint(plain, keys...); err != nil || got.Suite != Standard {
		t.Errorf("a log of the other suite that has an SM2 key: %v", err)
	}
}

func TestSM_suites_that_nobody_knows_are_refused(t *testing.T) {
	t.Parallel()
	head := fmt.Sprintf("city.example/log\n5\n%s\n", base64.StdEncoding.EncodeToString(make([]byte, 32)))
	for lines, holds := range map[string]bool{
		"": true, "a line of others\n": true, suiteLine + "sm2-sm3\n": true, "a line of others\n" + suiteLine + "sm2-sm3\n": true,
		suiteLine + "rot13\n": false, suiteLine + "\n": false, suiteLine + "ed25519-sha256\n": false, suiteLine + "sm2-sm3\n" + suiteLine + "sm2-sm3\n": false,
	} {
		if _, err := parseCheckpoint(head + lines); (err == nil) != holds {
			t.Errorf("%q: %v", lines, err)
		}
	}
}
