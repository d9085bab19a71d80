package sequencer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// ErrFork: the log in the store is not the one that was shown before. Nothing is signed any more.
var ErrFork = errors.New("sequencer: the log in the store is not the one that was shown")

// Options wire a sequencer. Store, Seal, Now and Rand are needed.
type Options struct {
	Store  store.Evidence
	Seal   *seal.Ring // of the secrets of keys
	Origin string     // name of the log; once there is a log it keeps its name, and another one is refused
	Now    func() time.Time
	Rand   io.Reader
	Log    *slog.Logger // nil: slog.Default
	// Shown keeps the newest checkpoint that was shown, outside the store; nil: nowhere.
	Shown Shown
	// Limit is how long a leaf may wait before Behind reports it; 0: a minute.
	Limit time.Duration
	Jobs  *chore.Board // nil: nobody is told
	Batch int          // leaves placed at once, 0: 4096
}

// Shown keeps a checkpoint outside the store, so that a store that was set back is noticed.
type Shown interface {
	Load() ([]byte, error) // nil if there is none
	Save(checkpoint []byte) error
}

// every is how often leaves are placed at most, and idle how often it is looked for leaves of other servers.
const (
	every = 200 * time.Millisecond
	idle  = time.Second
)

// Sequencer is safe for concurrent use.
type Sequencer struct {
	o       Options
	placing sync.Mutex
	mu      sync.Mutex
	covered time.Time // what was committed before this instant has its place
	pending snapshot
	stopped error
	saved   time.Time // when Shown was given a checkpoint last
	size    atomic.Int64
	grown   chan struct{} // closed and replaced when the log has grown
}

// snapshot is the leaves that waited at an instant.
type snapshot struct {
	at  time.Time
	ids map[store.LeafID]bool
}

// Open makes or finds the log. It fails with ErrFork if the store was set back behind a checkpoint that was shown, and if the keys
// are not to be had.
func Open(ctx context.Context, o Options) (*Sequencer, error) {
	o.Log, o.Limit, o.Batch = cmp.Or(o.Log, slog.Default()), cmp.Or(o.Limit, time.Minute), cmp.Or(o.Batch, 4096)
	s := &Sequencer{o: o, grown: make(chan struct{})}
	s.covered = o.Now()
	signers, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	head, err := o.Store.LogHead(ctx)
	if errors.Is(err, store.ErrNotFound) {
		c := evidence.Checkpoint{Origin: s.o.Origin, Tree: evidence.EmptyTree(), Suite: o.Store.Suite()}
		var fresh []byte
		if fresh, err = c.Sign(signers...); err == nil {
			head, err = o.Store.BeginLog(ctx, store.LogHead{Checkpoint: fresh, At: o.Now().UTC()})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("begin the log: %w", err)
	}
	s.size.Store(head.Size)
	return s, s.compare(ctx, head)
}

// Serve places leaves until ctx ends, and once more then. Errors are logged and tried again; what may be a fork ends it.
func (s *Sequencer) Serve(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	bell := s.o.Jobs.Bell(chore.Sequencer)
	lagged := false
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-bell:
		case <-s.o.Store.Leaves():
			pause(ctx, every) // others come meanwhile, and share the transaction
		}
		timer.Reset(idle)
		_, err := s.o.Jobs.Do(chore.Sequencer, idle, func() (int, error) { return s.Place(context.WithoutCancel(ctx)) })
		switch {
		case errors.Is(err, ErrFork):
			return
		case err != nil:
			s.o.Log.Error("the log does not grow", "err", err)
		}
		lagged = s.warn(lagged)
	}
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Place gives all leaves that wait their places and returns how many it has placed. If another server places at the same time it leaves
// them to that one.
func (s *Sequencer) Place(ctx context.Context) (int, error) {
	s.placing.Lock()
	defer s.placing.Unlock()
	n := 0
	for {
		if err := s.why(); err != nil {
			return n, err
		}
		began := s.o.Now()
		head, err := s.o.Store.LogHead(ctx) // first: what waits after it, waits as long as it is the head
		if err != nil {
			return n, err
		}
		leaves, err := s.o.Store.WaitingLeaves(ctx, s.o.Batch)
		if err != nil {
			return n, err
		}
		s.seen(began, leaves)
		if len(leaves) == 0 {
			return n, nil
		}
		err = s.grow(ctx, head, leaves)
		switch {
		case errors.Is(err, store.ErrConflict):
			return n, nil
		case errors.Is(err, evidence.ErrTree), errors.Is(err, evidence.ErrCheckpoint), errors.Is(err, ErrFork):
			return n, s.stop(err)
		case err != nil:
			return n, err
		}
		n += len(leaves)
		s.seen(began, nil)
		if len(leaves) < s.o.Batch {
			return n, nil
		}
	}
}

// grow appends leaves to the log in one transaction.
func (s *Sequencer) grow(ctx context.Context, head store.LogHead, leaves []store.Leaf) error {
	keys, err := s.keys(ctx)
	if err != nil {
		return err
	}
	signers, err := s.signers(keys)
	if err != nil {
		return err
	}
	was, err := opened(head, keys)
	if err != nil {
		return err
	}
	if was.Suite != s.o.Store.Suite() {
		return fmt.Errorf("%w: its suite is %s, that of the store %s", ErrFork, was.Suite, s.o.Store.Suite())
	}
	if was.Origin != s.o.Origin || was.Size < s.size.Load() {
		return fmt.Errorf("%w: %s has %d leaves and had %d", ErrFork, was.Origin, was.Size, s.size.Load())
	}
	entries := make([]evidence.Hash, len(leaves))
	for i := range leaves {
		entries[i] = leaves[i].Entry
	}
	tree, tiles, err := evidence.Grow(was.Tree, s.reader(ctx), entries)
	if err != nil {
		return err
	}
	g := store.Growth{Leaves: leaves, Head: store.LogHead{Size: tree.Size, At: s.o.Now().UTC()}}
	if g.Head.At.Before(head.At) { // a clock that was set back turns nothing round
		g.Head.At = head.At
	}
	for _, t := range tiles {
		if t.Level != 0 { // it follows from the bundles
			g.Tiles = append(g.Tiles, store.LogTile{Level: t.Level, N: t.N, Body: t.Body})
		}
	}
	if g.Head.Checkpoint, err = (evidence.Checkpoint{Origin: was.Origin, Tree: tree, Suite: was.Suite}).Sign(signers...); err != nil {
		return err
	}
	if err := s.o.Store.GrowLog(ctx, head, g); err != nil {
		return err
	}
	s.size.Store(tree.Size)
	s.announce()
	return s.show(g.Head.Checkpoint)
}

// opened reads the checkpoint of a head, which one of the keys must have signed.
func opened(head store.LogHead, keys []store.LogKey) (evidence.Checkpoint, error) {
	verifiers := make([]note.Verifier, len(keys))
	for i, k := range keys {
		var err error
		if verifiers[i], err = evidence.ParseKey(k.Public); err != nil {
			return evidence.Checkpoint{}, err
		}
	}
	c, err := evidence.OpenCheckpoint(head.Checkpoint, verifiers...)
	if err == nil && c.Size != head.Size {
		err = fmt.Errorf("%w: it has %d leaves, its row says %d", evidence.ErrCheckpoint, c.Size, head.Size)
	}
	return c, err
}

// seen notes which leaves waited at an instant. When none of a whole earlier list waits any more, all that was committed before
// that was read has its place, whoever has placed it.
func (s *Sequencer) seen(at time.Time, leaves []store.Leaf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range leaves {
		if s.pending.ids[leaves[i].LeafID] {
			return // the earlier list still counts
		}
	}
	if !s.pending.at.IsZero() {
		s.covered = s.pending.at
	}
	if len(leaves) == 0 {
		s.covered = at
	}
	s.pending = snapshot{}
	if len(leaves) > 0 && len(leaves) < s.o.Batch {
		s.pending = snapshot{at, make(map[store.LeafID]bool, len(leaves))}
		for i := range leaves {
			s.pending.ids[leaves[i].LeafID] = true
		}
	}
}

// Behind reports whether a leaf may have waited for longer than the limit, or nothing is signed any more.
func (s *Sequencer) Behind() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped != nil || s.o.Now().Sub(s.covered) > s.o.Limit
}

// Lag is for how long at most a leaf may have waited by now, as far as the sequencer knows.
func (s *Sequencer) Lag() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(0, s.o.Now().Sub(s.covered))
}

// warn tells once when the log begins to lag, and once when it has caught up.
func (s *Sequencer) warn(lagged bool) bool {
	behind := s.Behind()
	switch {
	case behind && !lagged:
		s.o.Log.Error("the log lags: nothing is granted, refused, revoked or handed out until it has caught up (docs/operate.md)", "lag", s.Lag().Round(time.Second))
	case !behind && lagged:
		s.o.Log.Warn("the log has caught up")
	}
	return behind
}

// why is what stopped the sequencer; nil while it works.
func (s *Sequencer) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// stop ends signing for good.
func (s *Sequencer) stop(err error) error {
	if !errors.Is(err, ErrFork) {
		err = errors.Join(ErrFork, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == nil {
		s.stopped = err
		s.o.Log.Error("the log does not fit what was signed before: nothing is signed any more, and nothing is granted or refused (docs/operate.md)", "err", err)
	}
	return s.stopped
}

// announce tells who waits that the log has grown.
func (s *Sequencer) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.grown)
	s.grown = make(chan struct{})
}

// Grown is closed when the log has grown next.
func (s *Sequencer) Grown() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grown
}

// show keeps a checkpoint outside the store, once a second at most, before the next is signed.
func (s *Sequencer) show(checkpoint []byte) error {
	if s.o.Shown == nil || s.o.Now().Sub(s.saved) < time.Second && s.o.Now().After(s.saved) {
		return nil
	}
	if err := s.o.Shown.Save(checkpoint); err != nil {
		return fmt.Errorf("keep the checkpoint: %w", err)
	}
	s.saved = s.o.Now()
	return nil
}

// compare makes sure that the head continues the checkpoint that was shown last.
func (s *Sequencer) compare(ctx context.Context, head store.LogHead) error {
	if s.o.Shown == nil {
		return nil
	}
	msg, err := s.o.Shown.Load()
	if err != nil || msg == nil {
		return err
	}
	keys, err := s.keys(ctx)
	if err != nil {
		return err
	}
	now, err := opened(head, keys)
	if err != nil {
		return s.stop(err)
	}
	shown, err := evidence.ReadCheckpoint(msg)
	if err != nil {
		return fmt.Errorf("the checkpoint that was shown last: %w", err)
	}
	if err := s.continues(ctx, shown, now); err != nil {
		return s.stop(err)
	}
	return nil
}

// continues checks that one checkpoint continues another.
func (s *Sequencer) continues(ctx context.Context, older, now evidence.Checkpoint) error {
	if older.Origin != now.Origin {
		return fmt.Errorf("%w: it is %s, and %s was shown", ErrFork, now.Origin, older.Origin)
	}
	if older.Size > now.Size {
		return fmt.Errorf("%w: it has %d leaves, and %d were shown (the store is older: an older backup was restored)", ErrFork, now.Size, older.Size)
	}
	if older.Size == 0 {
		return nil
	}
	proof, err := evidence.ProveGrowth(now.Tree, s.reader(ctx), older.Size)
	if err == nil {
		err = evidence.CheckGrowth(older.Tree, now.Tree, proof)
	}
	if errors.Is(err, evidence.ErrProof) {
		err = fmt.Errorf("%w: its first %d leaves are others than were shown", ErrFork, older.Size)
	}
	return err
}

// Origin is the name of the log.
func (s *Sequencer) Origin() string { return s.o.Origin }

// Seal signs a text as a note (c2sp.org/signed-note) with the keys that sign the log. The text must not read as a checkpoint: its second
// line is no number. It fails once the sequencer has stopped: what may be a fork signs nothing.
func (s *Sequencer) Seal(ctx context.Context, text string) ([]byte, error) {
	if err := s.why(); err != nil {
		return nil, err
	}
	if _, err := evidence.ReadCheckpoint([]byte(text + "\n")); err == nil {
		return nil, errors.New("a checkpoint is not sealed as a text")
	}
	keys, err := s.keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	signers, err := s.signers(keys)
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: text}, signers...)
}

// Halt ends signing for good: somebody has shown that the log in the store is not the one that was shown.
func (s *Sequencer) Halt(why error) { _ = s.stop(why) }

// reader reads the tiles of the store.
func (s *Sequencer) reader(ctx context.Context) evidence.TileReader { return Tiles(ctx, s.o.Store) }

// Tile is a tile of the log. store.ErrNotFound if the log is not that long.
func (s *Sequencer) Tile(ctx context.Context, t evidence.Tile) ([]byte, error) {
	return ReadTile(ctx, s.o.Store, t)
}

// ReadTile reads a tile from a store. store.ErrNotFound if the log is not that long.
func ReadTile(ctx context.Context, st store.Evidence, t evidence.Tile) ([]byte, error) {
	level := t.Level
	if level == 0 {
		level = evidence.Entries
	}
	body, err := st.LogTile(ctx, level, t.N)
	if err != nil {
		return nil, err
	}
	if body, err = evidence.Narrow(evidence.Tile{Level: level, N: t.N, Width: t.Width}, body); err != nil {
		return nil, store.ErrNotFound
	}
	if t.Level == 0 {
		return evidence.LeafTile(body, t.Width)
	}
	return bytes.Clone(body), nil
}
