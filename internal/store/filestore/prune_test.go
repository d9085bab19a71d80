package filestore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// journals say which cases refer to which files.
type journals struct {
	mu   sync.Mutex
	held map[string]bool
}

func (j *journals) take(key store.Key, hash string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.held == nil {
		j.held = map[string]bool{}
	}
	j.held[string(key.Case)+hash] = true
}

func (j *journals) holds(_ context.Context, key store.Key, hash string) (bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.held[string(key.Case)+hash], nil
}

func aCase(n int) store.Key {
	return store.Key{Region: "610502", Case: caseflow.CaseNo(fmt.Sprintf("610502-20261124-%06d", n))}
}

func pdf(n int) []byte { return fmt.Appendf(nil, "%%PDF-1.7\n%d\n", n) }

func put(t *testing.T, s filestore.Store, account string, content []byte) string {
	t.Helper()
	info, err := s.Put(t.Context(), account, bytes.NewReader(content), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return info.Hash
}

// after is an instant before which everything so far has happened, and long its opposite.
func after() time.Time { return time.Now().Add(time.Hour) }
func long() time.Time  { return time.Now().Add(-time.Hour) }

func prune(t *testing.T, s filestore.Store, before time.Time, j *journals, want int) {
	t.Helper()
	if n, err := s.Prune(t.Context(), before, j.holds); err != nil || n != want {
		t.Fatalf("%d files were removed, %v; want %d", n, err, want)
	}
}

func wantThere(t *testing.T, s filestore.Store, hash string, want bool) {
	t.Helper()
	f, err := s.Open(t.Context(), hash)
	if err == nil {
		err = f.Close()
	}
	if want && err != nil || !want && !errors.Is(err, filestore.ErrNotFound) {
		t.Fatalf("want it there: %v; got %v", want, err)
	}
}

// What no case took goes when its time has come, with all that is noted of it. What a case holds stays.
func TestPrune_removes_what_no_case_took(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		h := at()
		s := h.open(t)
		var j journals
		taken, refused, left := put(t, s, "a", pdf(1)), put(t, s, "a", pdf(2)), put(t, s, "a", pdf(3))
		for i, hash := range []string{taken, refused} {
			if there, err := s.Hold(t.Context(), hash, aCase(i)); !there || err != nil {
				t.Fatalf("%v, %v", there, err)
			}
		}
		j.take(aCase(0), taken)
		j.take(aCase(7), refused) // another case, which did not ask for it here
		prune(t, s, long(), &j, 0)
		prune(t, s, after(), &j, 2)
		wantThere(t, s, taken, true)
		for _, hash := range []string{refused, left} {
			wantThere(t, s, hash, false)
			if by, err := s.PutBy(t.Context(), hash, "a"); by || err != nil {
				t.Errorf("it is still noted who put it: %v, %v", by, err)
			}
			if there, err := s.Hold(t.Context(), hash, aCase(3)); there || err != nil {
				t.Errorf("what is gone was promised to a case: %v, %v", there, err)
			}
		}
		prune(t, s, after(), &journals{}, 0) // what is known to be held is not asked for again
		wantThere(t, s, taken, true)
		if files, marks := h.names(t, "sha"), h.names(t, "by"); len(files) != 1 || len(marks) != 1 {
			t.Errorf("these are left: %v %v", files, marks)
		}
		if left := append(h.names(t, "new"), h.names(t, "tmp")...); len(left) != 0 {
			t.Errorf("these wait: %v", left)
		}
	})
}

// An upload of the same content, or a command that names it, lets it wait anew.
func TestPrune_waits_anew_for_what_is_asked_for(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		h := at()
		s := h.open(t)
		again, asked := put(t, s, "a", pdf(1)), put(t, s, "a", pdf(2))
		old := time.Now().Add(-48 * time.Hour)
		for _, hash := range []string{again, asked} {
			h.age(t, hash, old)
		}
		put(t, s, "b", pdf(1))
		if _, err := s.Hold(t.Context(), asked, aCase(1)); err != nil {
			t.Fatal(err)
		}
		prune(t, s, time.Now().Add(-24*time.Hour), &journals{}, 0)
		wantThere(t, s, again, true)
		wantThere(t, s, asked, true)
	})
}

// Held content that is uploaded again by somebody else is not new; lost content that is uploaded again is back for good.
func TestPrune_leaves_what_is_not_new(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		h := at()
		s := h.open(t)
		var j journals
		held := put(t, s, "a", pdf(1))
		if _, err := s.Hold(t.Context(), held, aCase(1)); err != nil {
			t.Fatal(err)
		}
		j.take(aCase(1), held)
		prune(t, s, after(), &j, 0)
		put(t, s, "b", pdf(1))
		prune(t, s, after(), &journals{}, 0)
		wantThere(t, s, held, true)
		h.lose(t, held)
		put(t, s, "b", pdf(1))
		prune(t, s, after(), &journals{}, 0)
		wantThere(t, s, held, true)
	})
}

// While a backup runs nothing is removed, and it finds every file that it has begun to list.
func TestPrune_stands_back_from_a_backup(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	hash := put(t, s, "a", pdf(1))
	other, err := filestore.Open(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // empty
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := s.Export(context.WithoutCancel(t.Context()), w)
		w.CloseWithError(err)
		done <- err
	}()
	begun := make([]byte, 1)
	if _, err := io.ReadFull(r, begun); err != nil { // it is under way
		t.Fatal(err)
	}
	prune(t, s, after(), &journals{}, 0)
	wantThere(t, s, hash, true)
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	prune(t, s, after(), &journals{}, 1)
}

// What waits when a backup is made waits anew where it is restored, and the cases that asked for it are asked there. What is
// held here or there stays.
func TestPrune_of_what_came_out_of_a_backup(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		from, to := at().open(t), at().open(t)
		var j, there journals
		hold := func(s filestore.Store, n int, hash string) {
			t.Helper()
			if ok, err := s.Hold(t.Context(), hash, aCase(n)); !ok || err != nil {
				t.Fatalf("%v, %v", ok, err)
			}
		}
		known := put(t, from, "a", pdf(1)) // its wait is over before the backup
		hold(from, 1, known)
		j.take(aCase(1), known)
		prune(t, from, after(), &j, 0)
		left, asked, taken, shared := put(t, from, "a", pdf(2)), put(t, from, "a", pdf(3)), put(t, from, "a", pdf(4)), put(t, from, "a", pdf(5))
		hold(from, 3, asked)
		hold(from, 4, taken)
		j.take(aCase(4), taken)
		put(t, to, "b", pdf(5))
		hold(to, 5, shared)
		there.take(aCase(5), shared)
		prune(t, to, after(), &there, 0)

		var b bytes.Buffer
		if err := from.Export(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		staged, err := take(t, to, b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := staged.Place(t.Context()); err != nil {
			t.Fatal(err)
		}
		prune(t, to, long(), &j, 0)
		prune(t, to, after(), &j, 2)
		for hash, want := range map[string]bool{known: true, left: false, asked: false, taken: true, shared: true} {
			wantThere(t, to, hash, want)
		}
		prune(t, to, after(), &journals{}, 0) // none waits any more
	})
}

// In doubt a file stays.
func TestPrune_keeps_a_file_when_the_journal_does_not_answer(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		s := at().open(t)
		hash := put(t, s, "a", pdf(1))
		if _, err := s.Hold(t.Context(), hash, aCase(1)); err != nil {
			t.Fatal(err)
		}
		down := errors.New("the store is down")
		n, err := s.Prune(t.Context(), after(), func(context.Context, store.Key, string) (bool, error) { return false, down })
		if n != 0 || !errors.Is(err, down) {
			t.Errorf("%d, %v", n, err)
		}
		wantThere(t, s, hash, true)
	})
}

// Uploads, cases that take them, and servers that prune at the same moment: whoever was promised a file has it, whoever has just
// uploaded one can take it or is told that it is gone, and nothing that a case holds is removed.
func TestPrune_races_with_who_takes_a_file(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		h := at()
		a, b := h.open(t), h.open(t) // two servers
		var j journals
		stop := make(chan struct{})
		var pruning sync.WaitGroup
		for _, s := range []filestore.Store{a, b} {
			pruning.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := s.Prune(context.WithoutCancel(t.Context()), time.Now(), j.holds); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		var people sync.WaitGroup
		promised := make([]map[string]bool, 4)
		for p := range promised {
			promised[p] = map[string]bool{}
			people.Go(func() {
				s := []filestore.Store{a, b}[p%2]
				for i := range 60 {
					info, err := s.Put(t.Context(), fmt.Sprint("person ", p), bytes.NewReader(pdf(i%20)), 1<<20)
					if err != nil {
						t.Error(err)
						return
					}
					key := aCase(p*1000 + i)
					j.take(key, info.Hash) // the journal of this case will name it
					there, err := s.Hold(t.Context(), info.Hash, key)
					if err != nil {
						t.Error(err)
						return
					}
					if there {
						promised[p][info.Hash] = true
					}
				}
			})
		}
		people.Wait()
		close(stop)
		pruning.Wait()
		n := 0
		for p := range promised {
			for hash := range promised[p] {
				n++
				wantThere(t, a, hash, true)
			}
		}
		if n == 0 {
			t.Error("nobody was promised a file")
		}
	})
}
