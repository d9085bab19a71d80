package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// Width is how many hashes or entries a full tile has.
	Width = 256
	// Entries is the level of a tile that is a bundle of entries.
	Entries = -1
	// MaxSize bounds the size of a log that is read: beyond it no honest log comes in a thousand years.
	MaxSize = 1 << 48

	height = 8 // of a tile, in levels of the tree
)

// ErrTile: it is not the path of a tile, or not what such a tile holds.
var ErrTile = errors.New("evidence: bad tile")

// Tile names a tile of a log: of hashes, or a bundle of entries. Width is below 256 for one at the growing edge.
type Tile struct {
	Level int // 0 and above; Entries
	N     int64
	Width int
}

// Path is the tile's address below that of the log, such as tile/0/x001/234.p/5 or tile/entries/000.
func (t Tile) Path() string {
	p := tlog.Tile{H: height, L: t.Level, N: t.N, W: t.Width}.Path()
	p = strings.Replace(p, "tile/8/", "tile/", 1)
	return strings.Replace(p, "tile/data/", "tile/entries/", 1)
}

// ParseTilePath reads a path as Path writes it, and nothing else. ErrTile.
func ParseTilePath(path string) (Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > 100 || strings.HasPrefix(rest, "data/") {
		return Tile{}, fmt.Errorf("%w: %.40q", ErrTile, path)
	}
	if bundle, is := strings.CutPrefix(rest, "entries/"); is {
		rest = "data/" + bundle
	}
	got, err := tlog.ParseTilePath("tile/8/" + rest)
	t := Tile{got.L, got.N, got.W}
	if err != nil || t.Path() != path || t.N >= MaxSize || t.Level > 63 {
		return Tile{}, fmt.Errorf("%w: %.40q", ErrTile, path)
	}
	return t, nil
}

// TilesOf lists the tiles of a log of a size: bundles first, then hashes level by level.
func TilesOf(size int64) []Tile {
	hashes := tlog.NewTiles(height, 0, size)
	tiles := make([]Tile, 0, len(hashes)*2)
	for _, t := range hashes {
		if t.L == 0 {
			tiles = append(tiles, Tile{Entries, t.N, t.W})
		}
	}
	for _, t := range hashes {
		tiles = append(tiles, Tile{t.L, t.N, t.W})
	}
	return tiles
}

// TileReader reads tiles of one log.
type TileReader interface {
	// ReadTile returns what the tile holds: Width hashes, or a bundle of Width entries.
	ReadTile(t Tile) ([]byte, error)
}

// AppendEntry appends an entry to a bundle: its length in two bytes, the higher first, and the entry.
func AppendEntry(bundle, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...) // #nosec G115 -- entries of ours are 32 bytes long
}

// ParseBundle reads a bundle of n entries, which may be of any length. ErrTile.
func ParseBundle(bundle []byte, n int) ([][]byte, error) {
	if n < 1 || n > Width {
		return nil, fmt.Errorf("%w: a bundle of %d entries", ErrTile, n)
	}
	all := make([][]byte, 0, n)
	for len(bundle) >= 2 && len(all) < n {
		size := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+size {
			break
		}
		all = append(all, bundle[2:2+size])
		bundle = bundle[2+size:]
	}
	if len(all) < n || len(bundle) > 0 {
		return nil, fmt.Errorf("%w: it does not hold %d entries", ErrTile, n)
	}
	return all, nil
}

// LeafTile is the hash tile of level 0 over a bundle of n entries. ErrTile.
func LeafTile(bundle []byte, n int) ([]byte, error) {
	entries, err := ParseBundle(bundle, n)
	if err != nil {
		return nil, err
	}
	tile := make([]byte, 0, n*tlog.HashSize)
	for _, e := range entries {
		h := tlog.RecordHash(e)
		tile = append(tile, h[:]...)
	}
	return tile, nil
}

// Narrow cuts a tile to the width of t: a partial tile is the beginning of a wider one. ErrTile if it is not that wide.
func Narrow(t Tile, body []byte) ([]byte, error) {
	end := 0
	for range t.Width {
		size := tlog.HashSize
		if t.Level == Entries {
			if len(body) < end+2 {
				return nil, fmt.Errorf("%w: %s is not that wide", ErrTile, t.Path())
			}
			size = 2 + int(binary.BigEndian.Uint16(body[end:]))
		}
		if end += size; end > len(body) {
			return nil, fmt.Errorf("%w: %s is not that wide", ErrTile, t.Path())
		}
	}
	return body[:end], nil
}
