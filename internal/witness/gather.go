package witness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// LogStore is what a gatherer needs of a store.
type LogStore interface {
	store.Evidence
	store.Modules
}

// GatherOptions wire a gatherer. Store, Policy, Client, Tiles and Now are needed.
type GatherOptions struct {
	Store  LogStore
	Policy evidence.Policy // its witnesses with their addresses; without any the newest checkpoint is shown as it is
	Client *http.Client
	Tiles  func(context.Context) evidence.TileReader
	Grown  func() <-chan struct{} // closed when the log has grown; nil: it is looked for now and again
	Halt   func(error)            // called when it is proved that our store was set back, or has forked; nil: nothing
	Now    func() time.Time
	Jobs   *chore.Board // nil: nobody is told
	Log    *slog.Logger // nil: slog.Default
}

const (
	look    = time.Second            // how often heads of other servers are looked for
	refresh = 5 * time.Minute        // how old a signature under a log that does not grow may become
	within  = 10 * time.Second       // for one witness to answer
	mostly  = 400 * time.Millisecond // for which a checkpoint is held back until enough have signed it
	grace   = 100 * time.Millisecond // for which the others are waited for once enough have
	most    = time.Minute            // between two tries of a witness that does not answer
)

// Gatherer hands the checkpoints of our log in to witnesses, and shows them with what these have signed.
type Gatherer struct {
	o     GatherOptions
	peers []*peer
	own   *Witness // that this server is; nil: none

	mu   sync.Mutex
	head store.LogHead     // that is being signed
	got  map[string]string // lines under it, by public key
	busy sync.WaitGroup
}

// NewGatherer makes a gatherer. Without witnesses the newest checkpoint is shown from now on.
func NewGatherer(ctx context.Context, o GatherOptions) (*Gatherer, error) {
	o.Log = cmp.Or(o.Log, slog.Default())
	g := &Gatherer{o: o}
	rows, err := peerRows(ctx, o.Store)
	if err != nil {
		return nil, fmt.Errorf("witnesses of the log: %w", err)
	}
	for _, w := range o.Policy.Witnesses {
		if w.URL == "" {
			continue // it is known, and handed nothing in
		}
		p := &peer{PolicyWitness: w, PeerState: rows[w.Key.String()]}
		g.peers = append(g.peers, p)
	}
	if len(g.peers) == 0 {
		err = o.Store.ShowLog(ctx, store.LogHead{})
	}
	return g, err
}

// Serve gathers until ctx ends.
func (g *Gatherer) Serve(ctx context.Context) {
	if len(g.peers) == 0 {
		return
	}
	defer g.busy.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	bell := g.o.Jobs.Bell(chore.Witnesses)
	for {
		var grown <-chan struct{}
		if g.o.Grown != nil {
			grown = g.o.Grown()
		}
		if _, err := g.o.Jobs.Do(chore.Witnesses, look, func() (int, error) { err := g.Round(ctx); return g.count(), err }); err != nil && ctx.Err() == nil {
			g.o.Log.Error("the log is not shown", "err", err)
		}
		timer.Reset(look)
		select {
		case <-ctx.Done():
			return
		case <-grown:
		case <-bell:
		case <-timer.C:
		}
	}
}

// count is how many witnesses have signed the head that is being signed.
func (g *Gatherer) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.got)
}

// Round hands the newest checkpoint in to all witnesses that are due, and shows it once enough have signed it, none is left to wait for, or the
// time is up. Those that did not answer the last time are asked too and not waited for.
func (g *Gatherer) Round(ctx context.Context) error {
	head, err := g.o.Store.LogHead(ctx)
	if err != nil || head.Size == 0 {
		return err
	}
	c, err := evidence.ReadCheckpoint(head.Checkpoint)
	if err != nil {
		return err
	}
	due := g.begin(head)
	answered := make(chan bool, len(due)) // whether it was one that is waited for
	waitFor := 0
	for _, p := range due {
		sound := p.sound()
		if sound {
			waitFor++
		}
		g.busy.Go(func() {
			g.ask(ctx, p, head, c)
			answered <- sound
		})
	}
	g.await(ctx, head, answered, waitFor)
	return g.show(ctx, head)
}

// begin makes a head the one that is signed, and takes the witnesses that are due.
func (g *Gatherer) begin(head store.LogHead) []*peer {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.got == nil || string(g.head.Checkpoint) != string(head.Checkpoint) {
		g.head, g.got = head, map[string]string{}
	}
	var due []*peer
	for _, p := range g.peers {
		if p.take(head.Size, g.o.Now()) {
			due = append(due, p)
		}
	}
	return due
}

func (g *Gatherer) await(ctx context.Context, head store.LogHead, answered <-chan bool, waitFor int) {
	timer := time.NewTimer(mostly)
	defer timer.Stop()
	enough := false
	for waitFor > 0 {
		select {
		case sound := <-answered:
			if sound {
				waitFor--
			}
			if _, met, err := g.o.Policy.Met(g.signed(head)); err == nil && met && !enough {
				enough = true
				timer.Reset(grace)
			}
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// signed is a head with the lines that are there by now.
func (g *Gatherer) signed(head store.LogHead) []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	msg := append([]byte(nil), head.Checkpoint...)
	if string(g.head.Checkpoint) != string(head.Checkpoint) {
		return msg
	}
	for _, p := range g.peers { // in one order, so that nothing changes without need
		msg = append(msg, g.got[p.Key.String()]...)
	}
	return msg
}

// show shows a head with what has been signed, unless that is shown.
func (g *Gatherer) show(ctx context.Context, head store.LogHead) error {
	now, err := g.o.Store.ShownLog(ctx)
	if err != nil {
		return err
	}
	msg := g.signed(head)
	if now.Size > head.Size || string(now.Checkpoint) == string(msg) {
		return nil
	}
	return g.o.Store.ShowLog(ctx, store.LogHead{Size: head.Size, Checkpoint: msg, At: head.At})
}

// ask hands a head in to a witness and notes how it stands.
func (g *Gatherer) ask(ctx context.Context, p *peer, head store.LogHead, c evidence.Checkpoint) {
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	line, at, outcome := g.exchange(limited, p, head, c)
	if ctx.Err() != nil && line == "" {
		p.release()
		return
	}
	p.answered(outcome, head.Size, line, at, g.o.Now())
	if line != "" {
		g.mu.Lock()
		if string(g.head.Checkpoint) == string(head.Checkpoint) {
			g.got[p.Key.String()] = line
		}
		g.mu.Unlock()
	}
	if err := p.keep(ctx, g.o.Store, g.o.Now()); err != nil && ctx.Err() == nil {
		g.o.Log.Error("keep how a witness stands", "err", err)
	}
	if now, err := g.o.Store.ShownLog(ctx); err == nil && line != "" && now.Size == head.Size { // it was late
		if err := g.show(ctx, head); err != nil {
			g.o.Log.Error("the log is not shown", "err", err)
		}
	}
}

// outcome is how an exchange with a witness ended.
type outcome struct{ state, said string }

// exchange hands a head in, twice if the witness names another size than was thought.
func (g *Gatherer) exchange(ctx context.Context, p *peer, head store.LogHead, c evidence.Checkpoint) (line string, at time.Time, end outcome) {
	old := p.known(c.Size)
	for range 2 {
		s := evidence.Submission{Old: old, Checkpoint: head.Checkpoint}
		if old > 0 {
			var err error
			if s.Proof, err = evidence.ProveGrowth(c.Tree, g.o.Tiles(ctx), old); err != nil {
				return "", at, outcome{PeerAway, err.Error()}
			}
		}
		got, err := submit(ctx, g.o.Client, p.URL, s)
		switch {
		case err != nil:
			return "", at, outcome{PeerAway, err.Error()}
		case got.status == http.StatusOK:
			return p.read(head.Checkpoint, got.body)
		case got.status == http.StatusConflict && got.size >= 0 && got.size <= c.Size && got.size != old:
			old = got.size
		case got.status == http.StatusConflict, got.status == http.StatusUnprocessableEntity:
			return "", at, g.contradicted(ctx, p, head, c, got)
		case got.status == http.StatusNotFound, got.status == http.StatusForbidden:
			return "", at, outcome{PeerStranger, fmt.Sprint(got.status)}
		default:
			return "", at, outcome{PeerAway, fmt.Sprint(got.status)}
		}
	}
	return "", at, outcome{PeerWrong, "409"}
}

// read takes the witness's line out of its answer.
func (p *peer) read(checkpoint, lines []byte) (line string, at time.Time, end outcome) {
	all, err := evidence.Cosignatures(append(append([]byte(nil), checkpoint...), lines...), p.Key)
	switch {
	case err != nil:
		return "", at, outcome{PeerWrong, err.Error()}
	case len(all) == 0:
		return "", at, outcome{PeerWrong, "it signs with another key"}
	}
	return all[0].Line, all[0].At, outcome{state: PeerSigns}
}

// contradicted looks into why a witness refuses our checkpoint: that our log was set back or has forked is only believed if the witness shows
// a checkpoint that a key of ours has signed and that ours does not continue.
func (g *Gatherer) contradicted(ctx context.Context, p *peer, head store.LogHead, c evidence.Checkpoint, got reply) outcome {
	end := outcome{PeerRefuses, fmt.Sprint(got.status)}
	a := Alarm{Kind: Refused, Origin: c.Origin, Witness: p.Key.Name(), At: g.o.Now(), Given: head.Checkpoint}
	theirs, err := g.ours(ctx, Seen(ctx, g.o.Client, p.URL, c.Origin))
	if err != nil {
		return outcome{PeerAway, err.Error()}
	}
	newest, err := g.o.Store.LogHead(ctx) // after the witness has said what it has signed: another server of our store may have been quicker
	if err != nil {
		return outcome{PeerAway, err.Error()}
	}
	if got.size > c.Size {
		if newest.Size >= got.size {
			return outcome{PeerSigns, ""}
		}
		a.Kind = Behind
		end.said = fmt.Sprintf("%d %d", got.status, got.size)
	}
	if theirs != nil {
		older, err := evidence.ReadCheckpoint(theirs)
		var now evidence.Checkpoint
		if err == nil {
			now, err = evidence.ReadCheckpoint(newest.Checkpoint)
		}
		if err == nil {
			err = g.continues(ctx, older, now)
		}
		switch {
		case err == nil:
			return outcome{PeerWrong, fmt.Sprint(got.status)} // it refuses what does continue what it has signed
		case !errors.Is(err, errContradiction):
			return outcome{PeerAway, err.Error()}
		}
		a.Known = theirs
		if older.Size == c.Size {
			a.Kind = Forked
		}
		if g.o.Halt != nil {
			g.o.Halt(fmt.Errorf("the witness %s shows a checkpoint of %d leaves that this log has signed: %w", p.Key.Name(), older.Size, err))
		}
	}
	if fresh, err := raise(ctx, g.o.Store, a, string(a.Known)); err != nil {
		g.o.Log.Error("keep an alarm", "err", err)
	} else if fresh {
		g.o.Log.Error("a witness refuses the log", "kind", a.Kind, "witness", a.Witness, "size", c.Size)
	}
	return end
}

var errContradiction = errors.New("witness: our log does not continue it")

// continues fails with errContradiction if a checkpoint of ours does not continue an older one.
func (g *Gatherer) continues(ctx context.Context, older, now evidence.Checkpoint) error {
	switch {
	case older.Origin != now.Origin:
		return fmt.Errorf("it is of %s", older.Origin)
	case older.Size == 0:
		return nil
	case older.Size > now.Size:
		return errContradiction
	}
	proof, err := evidence.ProveGrowth(now.Tree, g.o.Tiles(ctx), older.Size)
	if err == nil && evidence.CheckGrowth(older.Tree, now.Tree, proof) != nil {
		err = errContradiction
	}
	return err
}

// ours is a checkpoint that one of our keys has signed, without the signatures of others; nil if it is none.
func (g *Gatherer) ours(ctx context.Context, msg []byte) ([]byte, error) {
	if msg == nil {
		return nil, nil
	}
	rows, err := g.o.Store.LogKeys(ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]note.Verifier, len(rows))
	for i := range rows {
		if keys[i], err = evidence.ParseKey(rows[i].Public); err != nil {
			return nil, err
		}
	}
	if _, err := evidence.OpenCheckpoint(msg, keys...); err != nil {
		return nil, nil // whoever showed it made it up
	}
	return evidence.KeepSignatures(msg, keys...)
}
