package seal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func finder(t *testing.T, r *Ring) *Finder {
	t.Helper()
	f, err := r.Finder()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFinderSealsEqualValuesAlike(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	f := finder(t, r)
	sealed := f.Seal("account.login", "13800001111")
	if again := f.Seal("account.login", "13800001111"); again != sealed || strings.Contains(sealed, "1380000") {
		t.Errorf("sealed as %s and %s", sealed, again)
	}
	for place, plain := range map[string]string{"account.login": "13800001112", "cases.document": "13800001111"} {
		if f.Seal(place, plain) == sealed {
			t.Errorf("%s at %s looks the same", plain, place)
		}
	}
	if plain, err := r.OpenFound("account.login", sealed); err != nil || plain != "13800001111" {
		t.Errorf("opens to %q, %v", plain, err)
	}
	if _, err := r.OpenFound("cases.document", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("moved to another column: %v", err)
	}
	for i := range len(sealed) {
		if bad := sealed[:i] + "=" + sealed[i+1:]; bad != sealed {
			if got, err := r.OpenFound("account.login", bad); err == nil {
				t.Errorf("byte %d changed: opens to %q", i, got)
			}
		}
		if _, err := r.OpenFound("account.login", sealed[:i]); err == nil {
			t.Errorf("cut at %d: opens", i)
		}
	}
}

// What openssl makes of the same: dgst -mac HMAC over place, NUL and value, its first half the vector of enc -aes-256-ctr, or -sm4-ctr.
func TestAFinderDoesAsOpenSSLDoes(t *testing.T) {
	t.Parallel()
	for cipher, c := range map[string]struct{ secret, want string }{
		AES256SIV: {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw", "OY_TxiNXG1neVxLyIFGPPo2Ou6YTCr69oH6qy6m8hg8Kfchwpg"},
		SM4SIV:    {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v", "Y0sxzSBR7N9mt7Owyr3LE5x-BoYoDC7_Ig8oWrl8MnAW0U47Qg"},
	} {
		k := Key{ID: "AAAAAAAA", Cipher: cipher, text: c.secret}
		if err := k.unlock(); err != nil {
			t.Fatal(err)
		}
		if got := k.finder.Seal("cases.document", "id:610502199001011234"); got != "AAAAAAAA"+c.want {
			t.Errorf("%s: %s", cipher, got)
		}
	}
}

func TestAFinderIsChanged(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	server, tool := open(t, folder), open(t, folder)
	old := finder(t, server)
	if id, err := tool.Rotate(day, ""); err != nil || finder(t, server).ID != old.ID {
		t.Errorf("a new key that seals, %s, changed the one that finds (%v)", id, err)
	}
	sealed := old.Seal("x", "v")
	id, err := tool.RotateFinder(day.Add(time.Hour), SM4SIV)
	if err != nil || finder(t, server).ID != id {
		t.Errorf("RotateFinder = %s, %v; the finder is %s", id, err, finder(t, server).ID)
	}
	if plain, err := server.OpenFound("x", sealed); err != nil || plain != "v" {
		t.Errorf("what the earlier one sealed opens to %q, %v", plain, err)
	}
	if err := tool.Drop(id); !errors.Is(err, ErrKey) {
		t.Errorf("dropping the key that finds: %v", err)
	}
	if _, err := tool.RotateFinder(day, AES256GCM); err == nil {
		t.Error("a cipher that finds nothing was taken")
	}
	if _, err := tool.Rotate(day, AES256SIV); err == nil {
		t.Error("a cipher that only finds was taken to seal")
	}
	if err := tool.Drop(old.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, folder).OpenFound("x", sealed); !errors.Is(err, ErrKey) {
		t.Errorf("sealed with a dropped key: %v", err)
	}
}

func TestBytesOpenAtTheirPlaceAndUnchangedOnly(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	k, err := r.Newest()
	if err != nil {
		t.Fatal(err)
	}
	sealed := k.SealBytes("journal.events", []byte("{}"))
	if plain, err := r.OpenBytes("journal.events", sealed); err != nil || string(plain) != "{}" {
		t.Errorf("opens to %q, %v", plain, err)
	}
	if _, err := r.OpenBytes("message.body", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("moved to another column: %v", err)
	}
	for i := range sealed {
		bad := append([]byte(nil), sealed...)
		bad[i] ^= 1
		if got, err := r.OpenBytes("journal.events", bad); err == nil {
			t.Errorf("byte %d changed: opens to %q", i, got)
		}
		if _, err := r.OpenBytes("journal.events", sealed[:i]); err == nil {
			t.Errorf("cut at %d: opens", i)
		}
	}
}

// A key of one kind opens nothing of the other.
func TestKeysDoOneThing(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	f, sealed := finder(t, r), mustSeal(t, r, "x", "v")
	if _, err := r.OpenBytes("x", []byte(f.Seal("x", "v"))); !errors.Is(err, ErrSealed) {
		t.Errorf("OpenBytes with the key that finds: %v", err)
	}
	if _, err := r.OpenFound("x", KeyOf(sealed)+"AAAA"); !errors.Is(err, ErrSealed) {
		t.Errorf("OpenFound with the key that seals: %v", err)
	}
}

// A file from before there were finders still opens what is sealed, and gets one when it is asked for.
func TestAFileWithoutAFinderGetsOne(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, FileName), []byte(AES256GCM+" AAAAAAAA "+strings.Repeat("A", 43)+" 2026-11-24T01:00:00Z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, folder)
	if _, err := r.Finder(); !errors.Is(err, ErrKey) {
		t.Errorf("a finder out of nothing: %v", err)
	}
	id, err := r.RotateFinder(day, "")
	if err != nil || finder(t, r).ID != id {
		t.Errorf("RotateFinder = %s, %v", id, err)
	}
}
