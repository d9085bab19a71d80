package receipt

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/tongban/tongban/evidence"
)

// ofSM makes the sample a receipt of a log of suite SM: each event and head is hashed by SM3, and the checkpoint is signed by SM2 as well.
func ofSM(t *testing.T) (r *Receipt, ed25519, sm2 string) {
	t.Helper()
	f := newForger(t, "city.example/log")
	skey, sm2, err := evidence.GenerateSM2Key(rand.Reader, "city.example/log")
	must(t, err)
	signer, err := evidence.NewSigner(skey, rand.Reader)
	must(t, err)
	f.suite, f.more = evidence.SM, append(f.more, signer)
	r = parsed(t, sample(t))
	for i := range r.Entries {
		for j := range r.Entries[i].Events {
			if ev := &r.Entries[i].Events[j]; ev.Event != nil {
				ev.Salt = []byte("0123456789abcdef") // one of its own: the sample's follows from another hash
			}
		}
	}
	f.place(r)
	r.Log.Keys = append(r.Log.Keys, sm2)
	return r, f.key, sm2
}

// A receipt of a log of suite SM holds for whoever trusts either key. Who trusts the SM2 key is not content with the other signature, nor with
// hashes of the other suite.
func TestSM_receipts_hold_by_both_keys(t *testing.T) {
	t.Parallel()
	r, ed, sm2 := ofSM(t)
	report, err := Verify(r, trusting(t, ed+"\n"+sm2))
	must(t, err)
	if report.Log.Suite != evidence.SM || !strings.Contains(report.Text("zh"), "SM2") || !strings.Contains(report.Text("en"), "SM2") {
		t.Errorf("suite %s: %s", report.Log.Suite, report.Text("zh"))
	}
	for name, trust := range map[string]evidence.Policy{"its own keys": {}, "Ed25519 alone": trusting(t, ed), "SM2 alone": trusting(t, sm2)} {
		if _, err := Verify(r, trust); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	lines := strings.SplitAfter(r.Log.Checkpoint, "\n")
	at := len(lines) - 2 // the last line is empty
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(lines[at][strings.LastIndex(lines[at], " ")+1:]))
	must(t, err)
	head := lines[at][:strings.LastIndex(lines[at], " ")+1]
	for i := range raw {
		bent := append([]byte(nil), raw...)
		bent[i] ^= 1 << (i % 8)
		r.Log.Checkpoint = strings.Join(lines[:at], "") + head + base64.StdEncoding.EncodeToString(bent) + "\n"
		_, err := Verify(r, trusting(t, ed+"\n"+sm2))
		fails(t, err, FaultLog)
	}
	r.Log.Checkpoint = strings.Join(lines[:at], "")
	_, err = Verify(r, trusting(t, ed+"\n"+sm2))
	fails(t, err, FaultLog)
	if _, err := Verify(r, trusting(t, ed)); err != nil {
		t.Errorf("without the SM2 line, for who does not know the key: %v", err)
	}
	r.Log.Checkpoint = strings.Replace(strings.Join(lines, ""), "sm2-sm3", "another", 1)
	_, err = Verify(r, trusting(t, ed+"\n"+sm2))
	fails(t, err, FaultLog)
}

func TestSM_receipt_with_a_bit_changed_is_refused(t *testing.T) {
	t.Parallel()
	r, ed, sm2 := ofSM(t)
	text, err := r.Encode()
	must(t, err)
	stride := 401
	if testing.Short() {
		stride = 2003
	}
	bend(t, text, trusting(t, ed+"\n"+sm2), stride)
}
