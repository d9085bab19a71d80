package witness

import (
	"context"
	"sync"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// The states of a witness of our log. Away: it does not answer. Stranger: it does not know our log, or not its key. Wrong: it answers what is
// not an answer. Refuses: it says that our log does not continue what it has signed.
const (
	PeerNew      = ""
	PeerSigns    = "signs"
	PeerAway     = "away"
	PeerStranger = "stranger"
	PeerWrong    = "wrong"
	PeerRefuses  = "refuses"
)

// PeerState is how a witness of our log stands.
type PeerState struct {
	Size  int64     // of the checkpoint that it has signed last
	Line  string    // its signature under that
	At    time.Time // when it signed; zero: never
	State string
	Said  string    // more about the state, for those who run the server
	Since time.Time // since when it is in its state
}

// peer is a witness of our log.
type peer struct {
	evidence.PolicyWitness
	PeerState

	mu     sync.Mutex
	asking bool
	size   int64 // of the newest head that it was asked about
	failed int   // tries since it signed last
	next   time.Time
	kept   PeerState
	keptAt time.Time
}

// rest is how long an instant of signing may be known in memory only, while nothing else changes.
const rest = 5 * time.Second

// take marks the witness as asked, if it is due for a head.
func (p *peer) take(size int64, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asking || p.failed > 0 && now.Before(p.next) || p.failed == 0 && p.size >= size && now.Sub(p.At) < refresh {
		return false
	}
	p.asking, p.size = true, size
	return true
}

// release gives an ask up without an outcome.
func (p *peer) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking, p.size = false, 0
}

// sound reports whether the witness is waited for: it answered the last time.
func (p *peer) sound() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed == 0
}

// known is the size that the witness is thought to have signed last.
func (p *peer) known(most int64) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Size > most {
		return 0 // our store was set back, it may be: the witness will say where it is
	}
	return p.Size
}

// answered notes an outcome.
func (p *peer) answered(end outcome, size int64, line string, at, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking = false
	if end.state != p.State {
		p.Since = now
	}
	p.State, p.Said = end.state, end.said
	if end.state == PeerSigns {
		p.failed = 0
		if line == "" {
			p.size = 0 // it is to be asked about the newest
			return
		}
		p.PeerState.Size, p.Line, p.At = size, line, at
		return
	}
	p.failed++
	wait := look << min(p.failed-1, 6)
	p.next = now.Add(min(wait, most))
}

// keep writes how the witness stands: at once if it does so in another way, else now and again.
func (p *peer) keep(ctx context.Context, st store.Modules, now time.Time) error {
	p.mu.Lock()
	s := p.PeerState
	wait := s.State == p.kept.State && s.Said == p.kept.Said && now.Sub(p.keptAt) < rest
	if !wait {
		p.kept, p.keptAt = s, now
	}
	p.mu.Unlock()
	if wait {
		return nil
	}
	var at int64
	if !s.At.IsZero() {
		at = s.At.UnixMicro()
	}
	return st.Update(ctx, func(tx store.Writer) error {
		return tx.Put("witness_peer", []any{p.Key.String(), s.Size, s.Line, at, s.State, s.Said, s.Since.UnixMicro()})
	})
}

// peerRows reads how witnesses stand, by public key.
func peerRows(ctx context.Context, st store.Modules) (map[string]PeerState, error) {
	all := map[string]PeerState{}
	err := st.Read(ctx, func(sc store.Scan) error {
		var key string
		var s PeerState
		err := sc(&key, &s.Size, &s.Line, store.At(&s.At), &s.State, &s.Said, store.At(&s.Since))
		all[key] = s
		return err
	}, "SELECT public, size, line, at, state, said, since FROM witness_peer")
	return all, err
}

// Peer is a witness of our log and how it stands.
type Peer struct {
	evidence.PolicyWitness
	PeerState
}

// State is how our log is witnessed.
type State struct {
	Shown  []byte // the checkpoint that is shown
	Quorum string // what is asked for, "none" if nothing
	Met    bool   // enough have signed what is shown
	Peers  []Peer // with what each has signed last
	Alarms []Alarm
	// As a witness of other logs: the public keys, the newest first, none if this server is none; and what it has signed.
	Keys    []string
	Watched []Watched
}

// As makes the state tell of the witness that this server is.
func (g *Gatherer) As(w *Witness) { g.own = w }

// State tells how the log is witnessed.
func (g *Gatherer) State(ctx context.Context) (*State, error) {
	shown, err := g.o.Store.ShownLog(ctx)
	if err != nil {
		return nil, err
	}
	s := &State{Shown: shown.Checkpoint, Quorum: g.o.Policy.Quorum.String()}
	if _, s.Met, err = g.o.Policy.Met(shown.Checkpoint); err != nil {
		return nil, err
	}
	rows, err := peerRows(ctx, g.o.Store)
	if err != nil {
		return nil, err
	}
	for _, p := range g.peers { // this server may know more than is kept
		p.mu.Lock()
		if own := p.PeerState; own.At.After(rows[p.Key.String()].At) {
			rows[p.Key.String()] = own
		}
		p.mu.Unlock()
	}
	for _, w := range g.o.Policy.Witnesses {
		s.Peers = append(s.Peers, Peer{w, rows[w.Key.String()]})
	}
	if s.Alarms, err = Alarms(ctx, g.o.Store); err == nil && g.own != nil {
		err = s.of(ctx, g.own)
	}
	return s, err
}

// of adds what this server is as a witness of other logs.
func (s *State) of(ctx context.Context, w *Witness) error {
	keys, err := w.Keys(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		s.Keys = append(s.Keys, k.String())
	}
	s.Watched, err = w.Watched(ctx)
	return err
}
