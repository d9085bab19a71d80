package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/witness"
)

// opened is a store of its own, on SQLite or in PostgreSQL.
func opened(b *testing.B, address string) *sqlstore.Store {
	b.Helper()
	st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: address, Schemas: []store.Schema{witness.Schema()}, Ring: newRing(b)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	return st
}

// logged begins the log of a store.
func logged(b *testing.B, st *sqlstore.Store) *sequencer.Sequencer {
	b.Helper()
	ring, err := seal.Open(b.TempDir(), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	s, err := sequencer.Open(b.Context(), sequencer.Options{Store: st, Seal: ring, Origin: "bench.example/log", Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkEvidence counts complete cases of 20 commands, 8 clients, with the evidence log and without, in turns. With it each command writes a
// leaf, and the sequencer places and signs them meanwhile, until none waits. Without it nothing of that is done: in place of the table of
// leaves there is a view that swallows what is written to it. "overhead-%" is how much longer it takes with it.
func BenchmarkEvidence(b *testing.B) {
	const clients, turns = 8, 4
	acts := life()
	path := func(name string) string { return filepath.Join(b.TempDir(), name) }
	with, without := opened(b, path("with.db")), path("without.db")
	bare := opened(b, without)
	swallow(b, without)
	s := logged(b, with)
	halls := map[bool]*hall.Hall{true: newHall(b, with), false: newHall(b, bare)}
	took := map[bool]time.Duration{}
	round := func(log bool, n int) time.Duration {
		ctx, stop := context.WithCancel(b.Context())
		var serving sync.WaitGroup
		if log {
			serving.Go(func() { s.Serve(ctx) })
		}
		began := time.Now()
		if err := spread(clients, n, func(int) error { _, err := run(b.Context(), halls[log], acts); return err }); err != nil {
			b.Fatal(err)
		}
		stop()
		serving.Wait() // what still waits is placed
		return time.Since(began)
	}
	round(true, clients)
	round(false, clients)
	b.ResetTimer()
	each := max(1, b.N/turns)
	for range turns {
		for _, log := range []bool{true, false} {
			took[log] += round(log, each)
		}
	}
	b.StopTimer()
	commands := float64(each * turns * len(acts))
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	b.ReportMetric(commands/took[true].Seconds(), "commands/s")
	b.ReportMetric(commands/took[false].Seconds(), "commands/s-without")
	b.ReportMetric(100*(took[true].Seconds()/took[false].Seconds()-1), "overhead-%")
}

// swallow makes writes of leaves do nothing.
func swallow(b *testing.B, path string) {
	b.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for _, do := range []string{"ALTER TABLE leaf_waiting RENAME TO leaf_table", "CREATE VIEW leaf_waiting AS SELECT id, region, kind, name, no, entry, made FROM leaf_table",
		"CREATE TRIGGER swallow INSTEAD OF INSERT ON leaf_waiting BEGIN SELECT 1; END"} {
		if _, err := db.ExecContext(b.Context(), do); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCovered gives 1,000 commands a second, whether those before are answered or not, for ten seconds, and measures how long after a command was
// acknowledged a checkpoint is shown that covers its entry: without witnesses, and with three of which two must have signed. p99 is to
// stay under a second.
func BenchmarkCovered(b *testing.B) {
	for _, witnesses := range []int{0, 3} {
		b.Run(fmt.Sprintf("sqlite/witnesses=%d", witnesses), func(b *testing.B) {
			covered(b, filepath.Join(b.TempDir(), "covered.db"), witnesses)
		})
	}
	b.Run("postgres/witnesses=3", func(b *testing.B) { covered(b, pgtest.New(b, pgtest.Options{}).Database(b), 3) })
}

// acked is an entry that was acknowledged.
type acked struct {
	id store.LeafID
	at time.Time
}

func covered(b *testing.B, address string, witnesses int) {
	const perSecond, seconds, cases = 1000, 10, 512
	st := opened(b, address)
	s := logged(b, st)
	h := newHall(b, st)
	ctx, stop := context.WithCancel(b.Context())
	var serving sync.WaitGroup
	defer func() { stop(); serving.Wait() }()
	serving.Go(func() { s.Serve(ctx) })
	policy := watchers(b, st, witnesses)
	g, err := witness.NewGatherer(ctx, witness.GatherOptions{Store: st, Policy: policy, Client: &http.Client{Timeout: 10 * time.Second}, Grown: s.Grown, Now: time.Now,
		Tiles: func(ctx context.Context) evidence.TileReader { return sequencer.Tiles(ctx, st) }})
	if err != nil {
		b.Fatal(err)
	}
	serving.Go(func() { g.Serve(ctx) })
	keys := make([]store.Key, cases)
	for i := range keys {
		if keys[i], err = run(ctx, h, life()[:1]); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	var waits []time.Duration
	refused := 0 // because too many waited for the database
	for range b.N {
		acks := make(chan acked, perSecond*seconds)
		watched := make(chan []time.Duration)
		go func() { watched <- watchCovered(ctx, st, acks) }()
		shots := atRate(ctx, perSecond, perSecond*seconds, func(ctx context.Context, i int) (int, error) {
			r, err := h.Do(ctx, citizen, "", keys[i%cases], caseflow.SaveDraft{Data: form})
			if err == nil {
				acks <- acked{store.EntryLeaf(keys[i%cases], r.Entry), time.Now()}
			}
			return http.StatusOK, err
		})
		close(acks)
		for _, s := range shots {
			if s.err != nil && !errors.Is(s.err, store.ErrBusy) {
				b.Fatal(s.err)
			} else if s.err != nil {
				refused++
			}
		}
		waits = append(waits, <-watched...)
	}
	b.StopTimer()
	slices.Sort(waits)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(waits[len(waits)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(waits[len(waits)*99/100].Seconds()*1000, "p99-ms")
	b.ReportMetric(waits[len(waits)-1].Seconds()*1000, "max-ms")
	b.ReportMetric(float64(refused), "refused")
	shown, err := st.ShownLog(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, met, err := policy.Met(shown.Checkpoint); err != nil || !met {
		b.Fatalf("too few witnesses have signed: %v", err)
	}
}

// watchCovered asks every ten milliseconds how far the log is shown, and notes when each entry is covered.
func watchCovered(ctx context.Context, st *sqlstore.Store, acks <-chan acked) []time.Duration {
	var waits []time.Duration
	var pending []acked
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	size, more := int64(-1), false
	for acks != nil || len(pending) > 0 {
		select {
		case <-ctx.Done():
			return waits
		case a, ok := <-acks:
			if !ok {
				acks = nil
				continue
			}
			pending, more = append(pending, a), true
			continue
		case <-tick.C:
		}
		head, err := st.ShownLog(ctx)
		if err != nil || head.Size == size && !more {
			continue
		}
		size, more = head.Size, false
		now := time.Now()
		pending = slices.DeleteFunc(pending, func(a acked) bool {
			place, err := st.LeafPlace(ctx, a.id)
			if err != nil || place >= size {
				return false
			}
			waits = append(waits, now.Sub(a.at))
			return true
		})
	}
	return waits
}

// watchers are witnesses of a log, each with a store of its own, and the policy that two of them must have signed.
func watchers(b *testing.B, st *sqlstore.Store, n int) evidence.Policy {
	b.Helper()
	keys, err := st.LogKeys(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	watched, err := evidence.Trust(keys[0].Public)
	if err != nil {
		b.Fatal(err)
	}
	text, names := "log "+keys[0].Public+"\n", ""
	for i := range n {
		ring, err := seal.Open(b.TempDir(), time.Now())
		if err != nil {
			b.Fatal(err)
		}
		w, err := witness.Open(b.Context(), witness.Options{Store: opened(b, filepath.Join(b.TempDir(), "witness.db")), Seal: ring, Name: fmt.Sprintf("w%d.example", i),
			Logs: watched.Logs, Now: time.Now, Rand: rand.Reader})
		if err != nil {
			b.Fatal(err)
		}
		keys, err := w.Keys(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		server := httptest.NewServer(w.Handler())
		b.Cleanup(server.Close)
		names += fmt.Sprintf(" w%d", i)
		text += fmt.Sprintf("witness w%d %s %s\n", i, keys[0], server.URL)
	}
	if n == 0 {
		return evidence.Policy{}
	}
	p, err := evidence.ParsePolicy(text + "group g 2" + names + "\nquorum g\n")
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkInclusion verifies proofs that leaves are in a log of a million, ours beside golang.org/x/mod/sumdb/tlog; "ratio" is how many times as fast
// ours is. "checkpoint" opens the signed checkpoint besides, as one who was given all three must.
func BenchmarkInclusion(b *testing.B) {
	const size = 1 << 20
	entries := make([]evidence.Hash, size)
	for i := range entries {
		entries[i] = evidence.Standard.Entry([evidence.SaltBytes]byte{byte(i), byte(i >> 8), byte(i >> 16)}, nil)
	}
	tree, tiles, err := evidence.Grow(evidence.EmptyTree(), nil, entries)
	if err != nil {
		b.Fatal(err)
	}
	read := tileMap{}
	for _, t := range tiles {
		read[t.Tile] = t.Body
	}
	const proofs = 64
	var index [proofs]int64
	var ours [proofs][]evidence.Hash
	var theirs [proofs]tlog.RecordProof
	for i := range index {
		index[i] = int64(i) * (size / proofs) * 31 % size
		if ours[i], err = evidence.ProveInclusion(tree, read, index[i]); err != nil {
			b.Fatal(err)
		}
		for _, h := range ours[i] {
			theirs[i] = append(theirs[i], tlog.Hash(h))
		}
	}
	per := func(do func(i int) error) float64 {
		began := time.Now()
		for n := range b.N {
			if err := do(n % proofs); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(began).Seconds() / float64(b.N)
	}
	check := func(i int) error { return evidence.CheckInclusion(tree, index[i], entries[index[i]].Leaf(), ours[i]) }
	peer := func(i int) error {
		e := entries[index[i]]
		return tlog.CheckRecord(theirs[i], size, tlog.Hash(tree.Root), index[i], tlog.RecordHash(e[:]))
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, "bench.example/log")
	if err != nil {
		b.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		b.Fatal(err)
	}
	msg, err := evidence.Checkpoint{Origin: "bench.example/log", Tree: tree}.Sign(signer)
	if err != nil {
		b.Fatal(err)
	}
	trust, err := evidence.Trust(vkey)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	a, t := per(check), per(peer)
	a, t = (a+per(check))/2, (t+per(peer))/2
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(a*1e9, "ours-ns")
	b.ReportMetric(t*1e9, "tlog-ns")
	b.ReportMetric(t/a, "ratio")
	b.ReportMetric(1e9*per(func(i int) error {
		if _, _, err := trust.Open(msg); err != nil {
			return err
		}
		return check(i)
	}), "with-checkpoint-ns")
}

type tileMap map[evidence.Tile][]byte

// ReadTile is evidence.TileReader's.
func (m tileMap) ReadTile(t evidence.Tile) ([]byte, error) {
	if body, ok := m[t]; ok {
		return body, nil
	}
	if t.Level == 0 {
		return evidence.LeafTile(m[evidence.Tile{Level: evidence.Entries, N: t.N, Width: t.Width}], t.Width)
	}
	return nil, fmt.Errorf("no tile %s", t.Path())
}
