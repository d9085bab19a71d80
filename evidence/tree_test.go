package evidence

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// memory is the tiles of a log, the widest of each.
type memory map[Tile][]byte

func (m memory) ReadTile(t Tile) ([]byte, error) {
	body, ok := m[Tile{t.Level, t.N, 0}]
	if !ok {
		return nil, fmt.Errorf("%s: %w", t.Path(), os.ErrNotExist)
	}
	return Narrow(t, body)
}

func (m memory) put(tiles []TileBody) {
	for _, t := range tiles {
		m[Tile{t.Level, t.N, 0}] = t.Body
	}
}

func entry(n int) Hash { return Standard.Entry([SaltBytes]byte{}, fmt.Append(nil, n)) }

// grown is a log of n entries that grew in batches.
func grown(t testing.TB, n int, batch func() int) (Tree, memory) {
	t.Helper()
	tree, m := EmptyTree(), memory{}
	for tree.Size < int64(n) {
		size := min(batch(), n-int(tree.Size))
		entries := make([]Hash, size)
		for i := range entries {
			entries[i] = entry(int(tree.Size) + i)
		}
		next, tiles, err := Grow(tree, m, entries)
		if err != nil {
			t.Fatal(err)
		}
		m.put(tiles)
		tree = next
	}
	return tree, m
}

func fixed(n int) func() int { return func() int { return n } }

// The test vectors of the reference implementation of RFC 6962.
func TestRootsAreThoseOfRFC6962(t *testing.T) {
	t.Parallel()
	inputs := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	if got := EmptyTree().Root.String(); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("root of no leaves %s", got)
	}
	var bundle, leaves []byte
	for i, in := range inputs {
		data, _ := hex.DecodeString(in)
		bundle = AppendEntry(bundle, data)
		h := tlog.RecordHash(data)
		leaves = append(leaves, h[:]...)
		root, _ := hex.DecodeString(roots[i])
		m := memory{{Entries, 0, 0}: bundle, {0, 0, 0}: leaves}
		if err := Audit(Tree{int64(i + 1), Hash(root)}, m, nil); err != nil {
			t.Errorf("%d leaves: %v", i+1, err)
		}
	}
}

func TestALogIsTheSameHoweverItGrew(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 255, 256, 257, 511, 512, 1000, 65535, 65536, 65537} {
		once, whole := grown(t, n, fixed(n))
		often, pieces := grown(t, n, func() int { return 1 + dice.IntN(700) })
		if once != often || !maps.EqualFunc(whole, pieces, bytes.Equal) {
			t.Errorf("%d entries: roots %s and %s, %d and %d tiles", n, once.Root, often.Root, len(whole), len(pieces))
		}
		seen := int64(0)
		if err := Audit(once, whole, func(i int64, e []byte) error {
			if want := entry(int(i)); i != seen || !bytes.Equal(e, want[:]) {
				return fmt.Errorf("entry %d is visited as %d", seen, i)
			}
			seen++
			return nil
		}); err != nil || seen != int64(n) {
			t.Errorf("%d entries: %v, %d seen", n, err, seen)
		}
		for _, tile := range TilesOf(once.Size) {
			if _, err := whole.ReadTile(tile); err != nil {
				t.Errorf("%d entries: %v", n, err)
			}
		}
	}
}

// Everything of the log is covered: a bit that is changed in any tile is found.
func TestAnyChangeOfATileIsFound(t *testing.T) {
	t.Parallel()
	tree, m := grown(t, 66000, fixed(5000))
	dice := rand.New(rand.NewPCG(3, 4))
	for name, body := range m {
		if name.Level < 1 && name.N > 3 && name.N != tree.Size/Width {
			continue // of the many, some
		}
		bad := maps.Clone(m)
		bad[name] = bytes.Clone(body)
		at := dice.IntN(len(body))
		bad[name][at] ^= 1 << dice.IntN(8)
		if err := Audit(tree, bad, nil); !errors.Is(err, ErrTree) && !errors.Is(err, ErrTile) {
			t.Errorf("tile %d/%d, byte %d: %v", name.Level, name.N, at, err)
		}
		if bad[name] = body[:len(body)-1]; Audit(tree, bad, nil) == nil {
			t.Errorf("tile %d/%d cut short: it holds", name.Level, name.N)
		}
		delete(bad, name)
		if err := Audit(tree, bad, nil); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("tile %d/%d missing: %v", name.Level, name.N, err)
		}
	}
}

func TestALogDoesNotGrowFromAnEdgeThatIsNotSigned(t *testing.T) {
	t.Parallel()
	tree, m := grown(t, 700, fixed(100))
	for _, name := range []Tile{{Entries, 2, 0}, {1, 0, 0}} {
		bad := maps.Clone(m)
		bad[name] = bytes.Clone(m[name])
		bad[name][5] ^= 1
		if _, _, err := Grow(tree, bad, []Hash{entry(700)}); !errors.Is(err, ErrTree) {
			t.Errorf("tile %d/%d changed: %v", name.Level, name.N, err)
		}
	}
	other := tree
	other.Root[0] ^= 1
	if _, _, err := Grow(other, m, []Hash{entry(700)}); !errors.Is(err, ErrTree) {
		t.Errorf("another root: %v", err)
	}
	if got, tiles, err := Grow(tree, m, nil); err != nil || got != tree || len(tiles) != 0 {
		t.Errorf("nothing appended: %v, %d tiles, %v", got, len(tiles), err)
	}
}

func TestProofsHoldForWhatTheyProveOnly(t *testing.T) {
	t.Parallel()
	tree, m := grown(t, 66000, fixed(6000))
	for _, i := range []int64{0, 1, 255, 256, 65535, 65536, 65999} {
		proof, err := ProveInclusion(tree, m, i)
		if err != nil {
			t.Fatal(err)
		}
		leaf := entry(int(i)).Leaf()
		if err := CheckInclusion(tree, i, leaf, proof); err != nil {
			t.Errorf("leaf %d: %v", i, err)
		}
		for n := range proof {
			bad := append([]Hash(nil), proof...)
			bad[n][7] ^= 1
			if err := CheckInclusion(tree, i, leaf, bad); !errors.Is(err, ErrProof) {
				t.Errorf("leaf %d, hash %d changed: %v", i, n, err)
			}
		}
		for what, err := range map[string]error{
			"another index": CheckInclusion(tree, (i+1)%tree.Size, leaf, proof),
			"another leaf":  CheckInclusion(tree, i, entry(70000).Leaf(), proof),
			"cut":           CheckInclusion(tree, i, leaf, proof[1:]),
			"longer":        CheckInclusion(tree, i, leaf, append(proof, Hash{})),
			"negative":      CheckInclusion(tree, -1, leaf, proof),
			"beyond":        CheckInclusion(tree, tree.Size, leaf, proof),
		} {
			if !errors.Is(err, ErrProof) {
				t.Errorf("leaf %d, %s: %v", i, what, err)
			}
		}
	}
	if _, err := ProveInclusion(tree, m, tree.Size); !errors.Is(err, ErrProof) {
		t.Errorf("a leaf that is not there: %v", err)
	}
}

func TestAnOlderLogIsTheBeginningOfANewerOne(t *testing.T) {
	t.Parallel()
	tree, m := grown(t, 3000, fixed(300))
	for _, n := range []int{0, 1, 255, 256, 257, 2048, 2999, 3000} {
		older, _ := grown(t, n, fixed(max(n, 1)))
		var proof []Hash
		var err error
		if n > 0 {
			proof, err = ProveGrowth(tree, m, older.Size)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckGrowth(older, tree, proof); err != nil {
			t.Errorf("from %d: %v", n, err)
		}
		fork := older
		fork.Root[3] ^= 1
		if err := CheckGrowth(fork, tree, proof); !errors.Is(err, ErrProof) {
			t.Errorf("a fork at %d: %v", n, err)
		}
		if err := CheckGrowth(tree, older, proof); n < 3000 && !errors.Is(err, ErrProof) {
			t.Errorf("back to %d: %v", n, err)
		}
	}
}

// The hashes at the left of a proof are those of all before the leaf: with them follows the root of the log that ended with it.
func TestPrefixRoot_is_the_root_that_the_log_had(t *testing.T) {
	t.Parallel()
	roots := make([]Hash, 41)
	for n := range roots {
		tree, _ := grown(t, n, fixed(7))
		roots[n] = tree.Root
	}
	for _, size := range []int{1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 17, 31, 33, 40} {
		tree, m := grown(t, size, fixed(9))
		for i := range int64(size) {
			proof, err := ProveInclusion(tree, m, i)
			if err != nil {
				t.Fatal(err)
			}
			got, err := PrefixRoot(tree, i, entry(int(i)).Leaf(), proof)
			if err != nil || got != roots[i+1] {
				t.Errorf("leaf %d of %d: %s, %v, want %s", i, size, got, err, roots[i+1])
			}
			if _, err := PrefixRoot(tree, i, entry(99).Leaf(), proof); !errors.Is(err, ErrProof) {
				t.Errorf("leaf %d of %d: another leaf: %v", i, size, err)
			}
		}
	}
}
