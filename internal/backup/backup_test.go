package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

var admin = caseflow.Actor{ID: "o-sys", Kind: caseflow.ActorOfficial, Region: "610500", Roles: []string{caseflow.RoleAdmin}}

// shelf is a folder of backups whose archives are what the test says, on virtual time.
type shelf struct {
	*Keeper
	t     *testing.T
	dir   string
	now   atomic.Int64
	room  atomic.Int64
	noted sync.Mutex
	notes []string
	deaf  atomic.Bool                                // the operation log cannot be written
	held  atomic.Pointer[chan struct{}]              // Write waits for it
	found func(r io.Reader) (found Found, err error) // what Try says
	stop  func()
}

func newShelf(t *testing.T, change ...func(*Options)) *shelf {
	t.Helper()
	return openShelf(t, t.TempDir(), change...)
}

func openShelf(t *testing.T, dir string, change ...func(*Options)) *shelf {
	t.Helper()
	s := &shelf{t: t, dir: dir}
	s.room.Store(1 << 40)
	s.now.Store(time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC).UnixMicro())
	s.found = func(r io.Reader) (Found, error) {
		_, err := io.Copy(io.Discard, r)
		return Found{Cases: 1}, err
	}
	o := Options{Dir: dir, Now: s.clock, Free: func(string) (int64, error) { return s.room.Load(), nil }, By: access.System, Log: slog.New(slog.DiscardHandler),
		Need: func(context.Context) (int64, error) { return 1000, nil }, Note: s.note, Write: s.fill,
		Try: func(_ context.Context, r io.Reader, dir string) (Found, error) {
			if err := os.WriteFile(filepath.Join(dir, "tongban.db"), nil, 0o600); err != nil {
				return Found{}, err
			}
			return s.found(r)
		}}
	for _, c := range change {
		c(&o)
	}
	var err error
	if s.Keeper, err = Open(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { s.Serve(ctx) })
	s.stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

func (s *shelf) clock() time.Time { return time.UnixMicro(s.now.Load()).UTC() }

func (s *shelf) pass(d time.Duration) { s.now.Add(d.Microseconds()) }

func (s *shelf) note(_ context.Context, _ caseflow.Actor, kind access.EventKind, what string, _ ...store.FieldChange) error {
	if s.deaf.Load() {
		return errors.New("the log cannot be written")
	}
	s.noted.Lock()
	defer s.noted.Unlock()
	s.notes = append(s.notes, string(kind)+" "+what)
	return nil
}

// fill writes three times 20 MiB, and waits before the second if it is held.
func (s *shelf) fill(ctx context.Context, w io.Writer) error {
	part := bytes.Repeat([]byte{'x'}, 20<<20)
	for range 3 {
		if _, err := w.Write(part); err != nil {
			return err
		}
		if held := s.held.Load(); held != nil {
			select {
			case <-*held:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// made begins something and returns how it ended.
func (s *shelf) made(begin func() (Archive, error)) Archive {
	s.t.Helper()
	a, err := begin()
	if err != nil {
		s.t.Fatal(err)
	}
	return s.ended(a.Name)
}

func (s *shelf) ended(name string) Archive {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		list, err := s.List(s.t.Context(), admin)
		if err != nil {
			s.t.Fatal(err)
		}
		if i := slices.IndexFunc(list, func(a Archive) bool { return a.Name == name && !a.Running() }); i >= 0 {
			return list[i]
		}
	}
	s.t.Fatalf("%s does not end", name)
	return Archive{}
}

func (s *shelf) start() (Archive, error) { return s.Start(s.t.Context(), admin) }

// files are the archives and what is left beside them.
func (s *shelf) files() string {
	s.t.Helper()
	list, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), record) && e.Name() != fileLock {
			names = append(names, e.Name())
		}
	}
	return strings.Join(names, " ")
}

func refusedFor(err error) string {
	var no *caseflow.Refusal
	if errors.As(err, &no) {
		return no.Code
	}
	return ""
}

// While one thing is done nothing else begins, by this server or by another with the same folder.
func TestOne_thing_at_a_time(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	held := make(chan struct{})
	s.held.Store(&held)
	a, err := s.start()
	if err != nil {
		t.Fatal(err)
	}
	neighbour := openShelf(t, s.dir)
	for _, who := range []*shelf{s, neighbour} {
		if _, err := who.start(); refusedFor(err) != CodeRunning {
			t.Errorf("a second backup: %v", err)
		}
		if _, err := who.Try(t.Context(), admin, a.Name); refusedFor(err) != CodeRunning {
			t.Errorf("a trial meanwhile: %v", err)
		}
		if list, err := who.List(t.Context(), admin); err != nil || len(list) != 1 || !list[0].Running() {
			t.Errorf("the list says %+v %v", list, err)
		}
	}
	close(held)
	if done := neighbour.ended(a.Name); !done.Whole() || done.Bytes != 60<<20 || s.files() != a.Name {
		t.Errorf("made %+v beside %s", done, s.files())
	}
	if tried := s.made(func() (Archive, error) { return s.Try(t.Context(), admin, a.Name) }); tried.Trial.Fault != "" || tried.Trial.Found.Cases != 1 || s.files() != a.Name {
		t.Errorf("tried %+v beside %s", tried.Trial, s.files())
	}
	for code, text := range Words() {
		if text.ZH == "" || text.EN == "" {
			t.Errorf("%s has no words", code)
		}
	}
}

// A stop gives up what runs: it says so, nothing that looks like an archive is left, and it cannot be tried. So does a kill, after
// which the next server clears away.
func TestStopped_or_killed_leaves_no_archive(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	held := make(chan struct{})
	s.held.Store(&held)
	a, err := s.start()
	if err != nil {
		t.Fatal(err)
	}
	s.stop()
	again := openShelf(t, s.dir)
	if got := again.ended(a.Name); got.Fault != FaultStopped || s.files() != "" {
		t.Errorf("after a stop %+v beside %q", got, s.files())
	}
	if _, err := again.Try(t.Context(), admin, a.Name); refusedFor(err) != CodeUnfit {
		t.Errorf("it is tried: %v", err)
	}
	// What a killed server leaves: a record that says that it runs, half an archive, the stores of a trial.
	killed := Archive{Name: "tongban-20261123T000000Z.backup", Begun: again.clock().Add(-time.Hour), By: "o-sys"}
	if err := again.write(&killed); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{killed.Name + partly, filepath.Join(trying, "tongban.db")} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(s.dir, name)), 0o700), os.WriteFile(filepath.Join(s.dir, name), []byte("half"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if got := again.ended(killed.Name); got.Fault != FaultStopped {
		t.Errorf("after a kill the list says %+v", got)
	}
	if whole := again.made(again.start); !whole.Whole() || again.files() != whole.Name {
		t.Errorf("then %+v beside %s", whole, again.files())
	}
}

// Without room nothing begins; where the room ends meanwhile, the archive is given up before the disk is full.
func TestThe_disk_is_not_filled(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.room.Store(spare + 999)
	if _, err := s.start(); refusedFor(err) != CodeSpace {
		t.Errorf("without room: %v", err)
	}
	s.room.Store(1 << 40)
	held := make(chan struct{})
	s.held.Store(&held)
	a, err := s.start()
	if err != nil {
		t.Fatal(err)
	}
	s.room.Store(spare - 1)
	close(held)
	if got := s.ended(a.Name); got.Fault != FaultSpace || s.files() != "" {
		t.Errorf("the room ended: %+v beside %q", got, s.files())
	}
}

// What cannot be recorded in the operation log is not done.
func TestNothing_is_begun_that_cannot_be_recorded(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.deaf.Store(true)
	if _, err := s.start(); err == nil {
		t.Error("a backup begins")
	}
	if list, err := s.List(t.Context(), admin); err != nil || len(list) > 0 || s.files() != "" {
		t.Errorf("left %+v %q %v", list, s.files(), err)
	}
	s.deaf.Store(false)
	s.made(s.start)
}

// A trial says what is wrong: an archive that is not whole, one that is whole with something wrong in it, one whose bytes are not
// those that were written, one that is gone.
func TestA_trial_tells_faults_apart(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	a := s.made(s.start)
	try := func() string {
		return s.made(func() (Archive, error) { return s.Try(t.Context(), admin, a.Name) }).Trial.Fault
	}
	whole := s.found
	for want, err := range map[string]error{FaultWhole: ErrDamaged, FaultWrong: ErrWrong, FaultOther: io.ErrUnexpectedEOF, FaultSpace: store.ErrFull} {
		s.found = func(io.Reader) (Found, error) { return Found{}, err }
		if got := try(); got != want {
			t.Errorf("%v is told as %q", err, got)
		}
	}
	s.found = whole
	if err := os.WriteFile(filepath.Join(s.dir, a.Name), []byte("other bytes, well formed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := try(); got != FaultWhole {
		t.Errorf("other bytes are told as %q", got)
	}
	if err := os.Remove(filepath.Join(s.dir, a.Name)); err != nil {
		t.Fatal(err)
	}
	if got := try(); got != FaultWhole {
		t.Errorf("an archive that is gone is told as %q", got)
	}
	if _, err := s.Try(t.Context(), admin, "../"+a.Name); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another name: %v", err)
	}
}

// By the schedule one is made when the last, by whomever, is long enough ago; the newest stay, with the newest that was found good.
func TestSchedule_and_what_stays(t *testing.T) {
	t.Parallel()
	s := newShelf(t, func(o *Options) { o.Every, o.Keep = 24*time.Hour, 2 })
	day := func() Archive {
		s.due(t.Context())
		list, err := s.List(t.Context(), admin)
		if err != nil {
			t.Fatal(err)
		}
		a := s.ended(list[0].Name)
		s.due(t.Context()) // once a day, however often it is looked at
		s.pass(24 * time.Hour)
		return a
	}
	first := day()
	if first.By != access.System.ID {
		t.Errorf("made by %s", first.By)
	}
	s.pass(-24 * time.Hour)
	s.made(func() (Archive, error) { return s.Try(t.Context(), admin, first.Name) })
	s.pass(24 * time.Hour)
	second, third, fourth := day(), day(), day()
	s.mu.Lock() // the last one's end
	defer s.mu.Unlock()
	if got, want := s.files(), strings.Join([]string{first.Name, third.Name, fourth.Name}, " "); got != want {
		t.Errorf("there stay %s, want %s", got, want)
	}
	s.noted.Lock()
	defer s.noted.Unlock()
	if !slices.Contains(s.notes, "backup-removed "+second.Name) || len(s.notes) != 2*4+2+1 {
		t.Errorf("the log has %q", s.notes)
	}
}

// An archive that is encrypted says so, and is tried only where its key is; what was made before, in the clear, is tried all the while.
func TestEncryptedArchivesAreTriedWhereTheirKeyIs(t *testing.T) {
	t.Parallel()
	plain := newShelf(t)
	before, err := plain.start()
	if err != nil {
		t.Fatal(err)
	}
	plain.ended(before.Name)
	plain.stop()
	s := openShelf(t, plain.dir, func(o *Options) { o.Encrypts = true })
	a, err := s.start()
	if err != nil || !a.Encrypted || before.Encrypted {
		t.Fatalf("%+v, %+v, %v", a, before, err)
	}
	if got := s.ended(a.Name); !got.Encrypted || !got.Whole() {
		t.Errorf("%+v", got)
	}
	if _, err := s.Try(t.Context(), admin, a.Name); refusedFor(err) != CodeKey {
		t.Errorf("without its key: %v", err)
	}
	s.stop()
	with := openShelf(t, plain.dir, func(o *Options) { o.Encrypts, o.Opens = true, true })
	if _, err := with.Try(t.Context(), admin, a.Name); err != nil {
		t.Errorf("with its key: %v", err)
	}
	with.stop()
	if _, err := openShelf(t, plain.dir, func(o *Options) { o.Encrypts = true }).Try(t.Context(), admin, before.Name); err != nil {
		t.Errorf("one in the clear: %v", err)
	}
}
