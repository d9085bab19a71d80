package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func TestPathsOfTilesAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]Tile{
		"tile/0/x001/x234/067":          {0, 1234067, 256},
		"tile/entries/x001/x234/067":    {Entries, 1234067, 256},
		"tile/0/x001/x234/067.p/8":      {0, 1234067, 8},
		"tile/entries/000.p/255":        {Entries, 0, 255},
		"tile/5/000":                    {5, 0, 256},
		"tile/63/000.p/1":               {63, 0, 1},
		"tile/entries/x273/x000/000":    {Entries, 273000000, 256},
		"tile/1/001.p/17":               {1, 1, 17},
		"tile/entries/x001/x000/234.p/": {},
	} {
		got, err := ParseTilePath(path)
		if want.Width == 0 {
			if !errors.Is(err, ErrTile) {
				t.Errorf("%s: %v, %v", path, got, err)
			}
			continue
		}
		if err != nil || got != want || want.Path() != path {
			t.Errorf("%s is %+v, %v; %+v is %s", path, got, err, want, want.Path())
		}
	}
	for _, bad := range []string{"", "tile", "tile/", "tile/0", "tile/64/000", "tile/00/000", "tile/-1/000", "tile/data/000", "tile/0/1", "tile/0/0001", "tile/0/x000/000",
		"tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/8/0/000", "/tile/0/000", "tile/0/000/", "tile/0/../000", "tile/0/x999/x999/x999/x999/x999/x999/999"} {
		if got, err := ParseTilePath(bad); !errors.Is(err, ErrTile) {
			t.Errorf("%q is %+v, %v", bad, got, err)
		}
	}
}

// The example of c2sp.org/tlog-tiles: a tree of size 70,000.
func TestTilesOfALogOf70000AreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	full, partial := map[int]int{}, map[int]int{}
	for _, tile := range TilesOf(70000) {
		if tile.Width == Width {
			full[tile.Level]++
		} else {
			partial[tile.Level] = tile.Width
		}
	}
	if full[0] != 273 || partial[0] != 112 || full[1] != 1 || partial[1] != 17 || full[2] != 0 || partial[2] != 1 || full[Entries] != 273 || partial[Entries] != 112 {
		t.Errorf("full %v, partial %v", full, partial)
	}
	if got := TilesOf(256); len(got) != 3 {
		t.Errorf("a log of 256 has %v", got)
	}
}

// specified is the example of c2sp.org/tlog-checkpoint.
const specified = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
	"— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"

func TestTheCheckpointOfTheSpecificationIsRead(t *testing.T) {
	t.Parallel()
	c, err := ReadCheckpoint([]byte(specified))
	if err != nil || c.Origin != "example.com/behind-the-sofa" || c.Size != 20852163 || base64.StdEncoding.EncodeToString(c.Root[:]) != "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=" {
		t.Errorf("%+v, %v", c, err)
	}
	if text, _, _ := strings.Cut(specified, "\n\n"); c.text() != text+"\n" {
		t.Errorf("written again it is %q", c.text())
	}
}

func key(t testing.TB, name string) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ParseKey(vkey + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func TestACheckpointOpensWithTheKeyOfItsLogOnly(t *testing.T) {
	t.Parallel()
	tree, _ := grown(t, 10, fixed(10))
	own, ownKey := key(t, "city.example/log")
	young, youngKey := key(t, "city.example/log")
	witness, witnessKey := key(t, "witness.example")
	_, strange := key(t, "city.example/log")
	c := Checkpoint{Origin: "city.example/log", Tree: tree}
	msg, err := c.Sign(own, young, witness)
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]note.Verifier{{ownKey}, {youngKey}, {ownKey, youngKey, witnessKey}, {strange, ownKey}} {
		if got, err := OpenCheckpoint(msg, keys...); err != nil || got != c {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, keys := range [][]note.Verifier{{}, {strange}, {witnessKey}} {
		if _, err := OpenCheckpoint(msg, keys...); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("opens with other keys: %v", err)
		}
	}
	for i := range msg {
		for bit := range 8 {
			bad := bytes.Clone(msg)
			bad[i] ^= 1 << bit
			got, err := OpenCheckpoint(bad, ownKey)
			if err == nil && got != c { // changed signatures of others are passed over
				t.Fatalf("byte %d, bit %d changed: opens as %+v", i, bit, got)
			}
		}
	}
}

func TestWhatIsNoCheckpointIsRefused(t *testing.T) {
	t.Parallel()
	root := "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	sign, verify := key(t, "x")
	for _, text := range []string{"x\n1\n", "x\n1\n\n", "\n1\n" + root + "\n", "x\n01\n" + root + "\n", "x\n-1\n" + root + "\n", "x\n+1\n" + root + "\n", "x\n1 \n" + root + "\n",
		"x\n9223372036854775808\n" + root + "\n", "x\n1000000000000000\n" + root + "\n", "x\n1\n" + root[1:] + "\n", "x\n1\nAAAA\n", "x\n0\n" + root + "\n", "x\n1\n" + root + "\n\nmore\n", "x\n1\n" + root + " \n"} {
		msg, err := note.Sign(&note.Note{Text: text}, sign)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := OpenCheckpoint(msg, verify); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	long := append([]byte("x\n1\n"+root+"\n"), bytes.Repeat([]byte("extension\n"), 10000)...)
	if _, err := ReadCheckpoint(append(long, "\n— x AAAA\n"...)); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("a long one: %v", err)
	}
	if got, err := ReadCheckpoint([]byte("x\n1\n" + root + "\nan extension\n\n— x AAAA\n")); err != nil || got.Size != 1 {
		t.Errorf("with an extension: %v", err)
	}
}

func TestABundleIsReadWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	var bundle []byte
	long := bytes.Repeat([]byte("x"), 65535)
	for _, e := range [][]byte{[]byte("one"), {}, long} {
		bundle = AppendEntry(bundle, e)
	}
	got, err := ParseBundle(bundle, 3)
	if err != nil || len(got) != 3 || string(got[0]) != "one" || len(got[1]) != 0 || !bytes.Equal(got[2], long) {
		t.Errorf("%d entries, %v", len(got), err)
	}
	for n, bad := range map[int][]byte{0: bundle, 1: bundle, 2: bundle, 4: bundle, 257: bundle, 3: bundle[:len(bundle)-1]} {
		if _, err := ParseBundle(bad, n); !errors.Is(err, ErrTile) {
			t.Errorf("as %d: %v", n, err)
		}
	}
}

func TestNamesOfLogs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"zwfw.example.cn/log": true, "渭南": true, "": false, "a b": false, "a+b": false, "a\nb": false, "a\u3000b": false, "\xff": false, strings.Repeat("x", 201): false, "a\x01": false} {
		if ValidOrigin(name) != want {
			t.Errorf("ValidOrigin(%q) = %v", name, !want)
		}
	}
}

func FuzzParseTilePath(f *testing.F) {
	f.Add("tile/0/x001/x234/067.p/8")
	f.Add("tile/entries/000")
	f.Fuzz(func(t *testing.T, path string) {
		if tile, err := ParseTilePath(path); err == nil && tile.Path() != path {
			t.Errorf("%q is written %q", path, tile.Path())
		}
	})
}

func FuzzParseBundle(f *testing.F) {
	f.Add(AppendEntry(nil, []byte("e")), 1)
	f.Fuzz(func(t *testing.T, bundle []byte, n int) {
		entries, err := ParseBundle(bundle, n)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range entries {
			again = AppendEntry(again, e)
		}
		if !bytes.Equal(again, bundle) {
			t.Errorf("%x is written %x", bundle, again)
		}
	})
}

func FuzzReadCheckpoint(f *testing.F) {
	f.Add([]byte(specified))
	f.Fuzz(func(t *testing.T, msg []byte) {
		c, err := ReadCheckpoint(msg)
		if err == nil && !bytes.HasPrefix(msg, []byte(c.text())) {
			t.Errorf("%q is written %q", msg, c.text())
		}
	})
}
