package evidence

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

var (
	// ErrProof: a proof does not hold.
	ErrProof = errors.New("evidence: the proof does not hold")
	// ErrTree: tiles are not those of the tree that was signed.
	ErrTree = errors.New("evidence: the tiles are not those of the signed tree")
)

// Tree is how a log stands: how many leaves, and the root hash over all of them.
type Tree struct {
	Size int64
	Root Hash
}

// EmptyTree is a log without leaves.
func EmptyTree() Tree {
	root, _ := tlog.TreeHash(0, nil) //nolint:errcheck // of no leaves nothing is read
	return Tree{0, Hash(root)}
}

// TileBody is a tile with what it holds.
type TileBody struct {
	Tile
	Body []byte
}

// Grow appends entries to a tree. It returns the tree that then stands and every tile that is new or wider, the widest of each. What
// it reads of the old tree, its bundle and hash tiles above level 0 at the growing edge, must be the old tree's: ErrTree.
func Grow(old Tree, tiles TileReader, entries []Hash) (Tree, []TileBody, error) {
	var out []TileBody
	g := &edge{emit: func(t Tile, body []byte) error {
		out = append(out, TileBody{t, bytes.Clone(body)})
		return nil
	}}
	if err := g.open(old, tiles); err != nil {
		return old, nil, err
	}
	for _, e := range entries {
		if err := g.add(e[:]); err != nil {
			return old, nil, err
		}
	}
	tree, err := g.end()
	return tree, out, err
}

// Audit computes the tree again from all entries of a log and compares every tile with what the log shows. visit, if it is not
// nil, is told of each entry with its index. ErrTree, ErrTile, or what reading fails with.
func Audit(tree Tree, tiles TileReader, visit func(index int64, entry []byte) error) error {
	g := &edge{emit: func(t Tile, body []byte) error {
		if t.Level == Entries {
			return nil // it comes from there
		}
		shown, err := tiles.ReadTile(t)
		if err == nil && !bytes.Equal(shown, body) {
			err = fmt.Errorf("%w: %s", ErrTree, t.Path())
		}
		return err
	}}
	for first := int64(0); first < tree.Size; first += Width {
		t := Tile{Entries, first / Width, int(min(Width, tree.Size-first))}
		bundle, err := tiles.ReadTile(t)
		if err != nil {
			return err
		}
		entries, err := ParseBundle(bundle, t.Width)
		if err != nil {
			return fmt.Errorf("%s: %w", t.Path(), err)
		}
		for i, e := range entries {
			if visit != nil {
				if err := visit(first+int64(i), e); err != nil {
					return err
				}
			}
			if err := g.add(e); err != nil {
				return err
			}
		}
	}
	got, err := g.end()
	if err == nil && got != tree {
		err = fmt.Errorf("%w: the root of its %d entries is not the one that is signed", ErrTree, tree.Size)
	}
	return err
}

// edge is the growing edge of a log: the unfinished bundle and the unfinished hash tile of each level.
type edge struct {
	size   int64
	bundle []byte
	levels [][]byte // hashes, 255 at most
	grown  []bool   // levels with new hashes
	emit   func(Tile, []byte) error
}

// open reads the edge of a tree and makes sure that it is the tree's.
func (g *edge) open(tree Tree, tiles TileReader) error {
	g.size = tree.Size
	for level, n := 0, tree.Size; n > 0; level, n = level+1, n/Width {
		var hashes []byte
		if w := int(n % Width); w > 0 {
			t := Tile{level, n / Width, w}
			if level == 0 {
				t.Level = Entries
			}
			body, err := tiles.ReadTile(t)
			if err != nil {
				return err
			}
			hashes = bytes.Clone(body)
			if level == 0 {
				if hashes, err = LeafTile(body, w); err != nil {
					return fmt.Errorf("%w: %w", ErrTree, err)
				}
				g.bundle = bytes.Clone(body)
			}
			if len(hashes) != w*tlog.HashSize {
				return fmt.Errorf("%w: %s holds %d bytes", ErrTree, t.Path(), len(hashes))
			}
		}
		g.levels, g.grown = append(g.levels, hashes), append(g.grown, false)
	}
	root, err := g.root()
	if err == nil && root != tree.Root {
		err = fmt.Errorf("%w: at %d leaves its root is another", ErrTree, tree.Size)
	}
	return err
}

// add appends an entry.
func (g *edge) add(entry []byte) error {
	n := g.size / Width
	g.bundle = AppendEntry(g.bundle, entry)
	if g.size++; g.size%Width == 0 {
		if err := g.emit(Tile{Entries, n, Width}, g.bundle); err != nil {
			return err
		}
		g.bundle = g.bundle[:0]
	}
	return g.push(0, n, tlog.RecordHash(entry))
}

// push appends a hash to the n-th tile of a level; a full one goes into the level above.
func (g *edge) push(level int, n int64, h tlog.Hash) error {
	if level == len(g.levels) {
		g.levels, g.grown = append(g.levels, nil), append(g.grown, false)
	}
	g.levels[level], g.grown[level] = append(g.levels[level], h[:]...), true
	body := g.levels[level]
	if len(body) < Width*tlog.HashSize {
		return nil
	}
	if err := g.emit(Tile{level, n, Width}, body); err != nil {
		return err
	}
	whole := tlog.Tile{H: height, L: level, N: n, W: Width}
	left, err := tlog.HashFromTile(whole, body, tlog.StoredHashIndex(level*height+height-1, 2*n))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTree, err)
	}
	right, err := tlog.HashFromTile(whole, body, tlog.StoredHashIndex(level*height+height-1, 2*n+1))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTree, err)
	}
	g.levels[level], g.grown[level] = body[:0], false
	return g.push(level+1, n/Width, tlog.NodeHash(left, right))
}

// end emits the unfinished tiles that have grown and returns the tree.
func (g *edge) end() (Tree, error) {
	if len(g.grown) > 0 && g.grown[0] {
		if err := g.emit(Tile{Entries, g.size / Width, int(g.size % Width)}, g.bundle); err != nil {
			return Tree{}, err
		}
	}
	n := g.size
	for level, body := range g.levels {
		if n /= Width; g.grown[level] {
			if err := g.emit(Tile{level, n, len(body) / tlog.HashSize}, body); err != nil {
				return Tree{}, err
			}
		}
	}
	root, err := g.root()
	return Tree{g.size, root}, err
}

// root is the root hash over the edge.
func (g *edge) root() (Hash, error) {
	root, err := tlog.TreeHash(g.size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			t := tlog.TileForIndex(height, index)
			if t.L >= len(g.levels) || t.N != g.size>>(height*(t.L+1)) || t.W*tlog.HashSize > len(g.levels[t.L]) {
				return nil, fmt.Errorf("%w: its edge lacks a hash", ErrTree)
			}
			var err error
			if out[i], err = tlog.HashFromTile(t, g.levels[t.L], index); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrTree, err)
			}
		}
		return out, nil
	}))
	return Hash(root), err
}

// hashes reads hashes of a tree from its tiles; each tile is checked against the root.
func hashes(tree Tree, tiles TileReader) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: tree.Size, Hash: tlog.Hash(tree.Root)}, authentic{tiles})
}

// authentic is a tlog.TileReader.
type authentic struct{ TileReader }

// Height is tlog.TileReader's.
func (authentic) Height() int { return height }

// SaveTiles is tlog.TileReader's.
func (authentic) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles is tlog.TileReader's.
func (a authentic) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		name := Tile{t.L, t.N, t.W}
		body, err := a.ReadTile(name)
		if err != nil {
			return nil, err
		}
		if len(body) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%w: %s holds %d bytes", ErrTile, name.Path(), len(body))
		}
		out[i] = body
	}
	return out, nil
}

// ProveInclusion proves that a leaf stands at an index of the tree.
func ProveInclusion(tree Tree, tiles TileReader, index int64) ([]Hash, error) {
	if index < 0 || index >= tree.Size {
		return nil, fmt.Errorf("%w: there is no leaf %d in a log of %d", ErrProof, index, tree.Size)
	}
	p, err := tlog.ProveRecord(tree.Size, index, hashes(tree, tiles))
	return ours(p), err
}

// CheckInclusion checks that the leaf stands at the index of the tree. ErrProof.
func CheckInclusion(tree Tree, index int64, leaf Hash, proof []Hash) error {
	var room [mostHashes]tlog.Hash
	if tree.Size > MaxSize || len(proof) > mostHashes || tlog.CheckRecord(theirs(room[:0], proof), tree.Size, tlog.Hash(tree.Root), index, tlog.Hash(leaf)) != nil {
		return fmt.Errorf("%w: leaf %d in a log of %d", ErrProof, index, tree.Size)
	}
	return nil
}

// PrefixRoot checks a proof of inclusion as CheckInclusion does, and returns the root that the log had when the leaf was its last: of what a
// proof is made of, the hashes at the left are those of all entries before. ErrProof.
func PrefixRoot(tree Tree, index int64, leaf Hash, proof []Hash) (Hash, error) {
	if err := CheckInclusion(tree, index, leaf, proof); err != nil {
		return Hash{}, err
	}
	root := tlog.Hash(leaf)
	for at, last := index, tree.Size-1; len(proof) > 0; at, last, proof = at/2, last/2, proof[1:] {
		for at%2 == 0 && at == last { // this subtree has nothing at its right: it is a level higher at once
			at, last = at/2, last/2
		}
		if at%2 == 1 {
			root = tlog.NodeHash(tlog.Hash(proof[0]), root)
		}
	}
	return Hash(root), nil
}

// ProveGrowth proves that a tree begins with an older one of the size.
func ProveGrowth(tree Tree, tiles TileReader, size int64) ([]Hash, error) {
	if size < 1 || size > tree.Size {
		return nil, fmt.Errorf("%w: a log of %d does not begin with %d leaves", ErrProof, tree.Size, size)
	}
	p, err := tlog.ProveTree(tree.Size, size, hashes(tree, tiles))
	return ours(p), err
}

// CheckGrowth checks that the tree begins with the older one: nothing in it was changed or taken away. ErrProof. Every tree begins
// with the empty one, which needs no proof.
func CheckGrowth(older, tree Tree, proof []Hash) error {
	if older == EmptyTree() && len(proof) == 0 {
		return nil
	}
	var room [mostHashes]tlog.Hash
	if tree.Size > MaxSize || len(proof) > mostHashes || tlog.CheckTree(theirs(room[:0], proof), tree.Size, tlog.Hash(tree.Root), older.Size, tlog.Hash(older.Root)) != nil {
		return fmt.Errorf("%w: a log of %d that begins with %d leaves", ErrProof, tree.Size, older.Size)
	}
	return nil
}

func ours(in []tlog.Hash) []Hash {
	out := make([]Hash, len(in))
	for i, h := range in {
		out[i] = Hash(h)
	}
	return out
}

// mostHashes is more than a proof of a log of MaxSize has.
const mostHashes = 64

// theirs appends hashes to room that the caller has, which spares every check of a proof an allocation.
func theirs(room []tlog.Hash, in []Hash) []tlog.Hash {
	for _, h := range in {
		room = append(room, tlog.Hash(h))
	}
	return room
}
