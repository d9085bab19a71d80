package tessera

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

const waiters = 2048

// BenchmarkAppend appends b.N entries of 32 bytes with 2,048 waiters, each of which waits until its entry is durably in the log, and reports
// entries per second of both and, under "times-tessera", how many times ours is theirs. Both gather what waits into batches; ours signs a
// checkpoint with all that was written meanwhile in the transaction that places it, theirs ten times a second, which is the most it does. Ours writes the row that
// the entry proves besides (a trace), and gives each leaf a place by which it is found.
func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{256, 2048} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			b.StopTimer()
			theirs := rate(b, startTessera(b, uint(batch)))
			ours := rate(b, startTongban(b, batch))
			b.ReportMetric(0, "ns/op") // of both together: says nothing
			b.ReportMetric(ours, "tongban-entries/s")
			b.ReportMetric(theirs, "tessera-entries/s")
			b.ReportMetric(ours/theirs, "times-tessera")
		})
	}
}

// rate appends b.N entries, after as many as there are waiters to warm up, and returns how many it did per second.
func rate(b *testing.B, add func(i int64) error) float64 {
	b.Helper()
	var next atomic.Int64
	run := func(n int64) time.Duration {
		last := next.Load() + n
		errs := make([]error, waiters)
		var all sync.WaitGroup
		began := time.Now()
		for w := range waiters {
			all.Go(func() {
				for i := next.Add(1); i <= last && errs[w] == nil; i = next.Add(1) {
					errs[w] = add(i)
				}
			})
		}
		all.Wait()
		next.Store(last)
		if err := errors.Join(errs...); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	run(waiters)
	b.StartTimer()
	took := run(int64(b.N))
	b.StopTimer()
	return float64(b.N) / took.Seconds()
}

func entry(i int64) []byte {
	h := evidence.Standard.Entry([evidence.SaltBytes]byte{}, fmt.Append(nil, i))
	return h[:]
}

func startTessera(b *testing.B, batch uint) func(int64) error {
	b.Helper()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	ctx, stop := context.WithCancel(context.Background())
	skey, _, err := note.GenerateKey(rand.Reader, "bench.example/log")
	if err != nil {
		b.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		b.Fatal(err)
	}
	driver, err := posix.New(ctx, posix.Config{Path: filepath.Join(b.TempDir(), "log")})
	if err != nil {
		b.Fatal(err)
	}
	a, shutdown, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().WithCheckpointSigner(signer).
		WithBatching(batch, 10*time.Millisecond).WithCheckpointInterval(100*time.Millisecond).WithPushback(2*waiters))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := shutdown(ctx); err != nil {
			b.Error(err)
		}
		stop()
	})
	return func(i int64) error {
		_, err := a.Add(ctx, tessera.NewEntry(entry(i)))()
		return err
	}
}

// one is an entry that waits, and who is told.
type one struct {
	trace store.Trace
	done  chan error
}

func startTongban(b *testing.B, batch int) func(int64) error {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	st, err := sqlstore.Open(ctx, sqlstore.Options{Address: filepath.Join(b.TempDir(), "log.db")})
	if err != nil {
		b.Fatal(err)
	}
	ring, err := seal.Open(b.TempDir(), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	s, err := sequencer.Open(ctx, sequencer.Options{Store: st, Seal: ring, Origin: "bench.example/log", Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	queue := make(chan one, 2*waiters)
	var served sync.WaitGroup
	served.Go(func() { gather(ctx, st, s, queue, batch) })
	b.Cleanup(func() {
		stop()
		served.Wait()
		got, err := sequencer.Compare(context.Background(), st)
		if err = errors.Join(err, st.Close()); err != nil || got.Size == 0 || got.Waiting > 0 {
			b.Errorf("%+v, %v", got, err)
		}
	})
	return func(i int64) error {
		o := one{store.Trace{ID: fmt.Sprint(i), At: time.Now().UTC(), Log: store.SignInLog, Kind: "signed-in"}, make(chan error, 1)}
		queue <- o
		return <-o.done
	}
}

// gather writes what waits, a batch at a time, and has it placed and signed meanwhile by another goroutine, as the program does. Whoever
// waits is told when both are on the disk.
func gather(ctx context.Context, st *sqlstore.Store, s *sequencer.Sequencer, queue <-chan one, batch int) {
	written := make(chan []one, waiters)
	var placing sync.WaitGroup
	defer placing.Wait()
	defer close(written)
	placing.Go(func() { place(ctx, s, written) })
	for {
		var all []one
		select {
		case <-ctx.Done():
			return
		case o := <-queue:
			all = append(all, o)
		}
		for len(all) < batch && len(queue) > 0 {
			all = append(all, <-queue)
		}
		traces := make([]store.Trace, len(all))
		for i := range all {
			traces[i] = all[i].trace
		}
		if err := st.AddTrace(ctx, traces...); err != nil {
			tell(all, err)
			continue
		}
		written <- all
	}
}

// place has all that is written placed and signed.
func place(ctx context.Context, s *sequencer.Sequencer, written <-chan []one) {
	for all := range written {
		for len(written) > 0 {
			all = append(all, <-written...)
		}
		_, err := s.Place(ctx)
		tell(all, err)
	}
}

func tell(all []one, err error) {
	for _, o := range all {
		o.done <- err
	}
}
