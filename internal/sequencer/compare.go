package sequencer

import (
	"context"
	"errors"
	"fmt"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// Compared is what Compare has found.
type Compared struct {
	Size    int64 // of the log
	Placed  int64 // rows that have their place
	Waiting int64 // rows whose leaf waits
}

// ErrStore: store and log do not agree.
var ErrStore = errors.New("sequencer: store and log do not agree")

// Compare computes the whole log again from its tiles, and every leaf from the row that it proves, and holds both against each
// other: every row has its leaf in the log, at its place and nowhere else, or among those that wait; and the log holds nothing besides. The store
// must not be in use. ErrStore, evidence.ErrTree, evidence.ErrCheckpoint.
func Compare(ctx context.Context, st store.Evidence) (Compared, error) {
	var got Compared
	keys, err := st.LogKeys(ctx)
	if err != nil {
		return got, err
	}
	head, err := st.LogHead(ctx)
	if errors.Is(err, store.ErrNotFound) && len(keys) == 0 {
		return got, nil // no log was begun
	}
	if err != nil {
		return got, fmt.Errorf("head of the log: %w", err)
	}
	c, err := opened(head, keys)
	if err != nil {
		return got, err
	}
	entries := make([]evidence.Hash, c.Size)
	err = evidence.Audit(c.Tree, tilesOf(ctx, st), func(i int64, entry []byte) error {
		if copy(entries[i][:], entry) != len(entries[i]) || len(entry) != len(entries[i]) {
			return fmt.Errorf("%w: entry %d of the log is no hash", ErrStore, i)
		}
		return nil
	})
	if err != nil {
		return got, err
	}
	got.Size = c.Size
	return got, got.rows(ctx, st, entries)
}

// rows compares the rows that leaves prove with the entries of the log.
func (got *Compared) rows(ctx context.Context, st store.Evidence, entries []evidence.Hash) error {
	waiting := map[store.LeafID]evidence.Hash{}
	list, err := st.WaitingLeaves(ctx, 1<<30)
	if err != nil {
		return err
	}
	for i := range list {
		waiting[list[i].LeafID] = list[i].Entry
	}
	taken := make([]bool, len(entries))
	err = st.EachLeaf(ctx, func(l store.Leaf, place int64) error {
		name := fmt.Sprintf("%s %s %d", l.Kind, l.Name, l.No)
		switch {
		case place < 0:
			if entry, ok := waiting[l.LeafID]; ok && entry != l.Entry {
				return fmt.Errorf("%w: %s is not what its leaf says, which waits", ErrStore, name)
			} else if !ok {
				return fmt.Errorf("%w: %s is missing from the log", ErrStore, name)
			}
			got.Waiting++
		case place >= int64(len(entries)):
			return nil // placed since
		case taken[place]:
			return fmt.Errorf("%w: place %d of the log is that of two, of which %s is one", ErrStore, place, name)
		case entries[place] != l.Entry:
			return fmt.Errorf("%w: %s is not what stands in the log at place %d", ErrStore, name, place)
		default:
			taken[place] = true
			got.Placed++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, ok := range taken {
		if !ok {
			return fmt.Errorf("%w: nothing in the store is what stands in the log at place %d", ErrStore, i)
		}
	}
	return nil
}

func tilesOf(ctx context.Context, st store.Evidence) evidence.TileReader { return storeTiles{ctx, st} }

// Tiles reads the tiles of a log from its store. One that is missing is evidence.ErrTree.
func Tiles(ctx context.Context, st store.Evidence) evidence.TileReader { return tilesOf(ctx, st) }

// storeTiles reads the tiles of a store.
type storeTiles struct {
	ctx context.Context
	st  store.Evidence
}

// ReadTile is evidence.TileReader's.
func (t storeTiles) ReadTile(tile evidence.Tile) ([]byte, error) {
	body, err := ReadTile(t.ctx, t.st, tile)
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%w: %s is missing", evidence.ErrTree, tile.Path())
	}
	return body, err
}
