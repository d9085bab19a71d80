package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// Codes of refusals.
const (
	CodeRunning = "backup-running"  // one thing at a time
	CodeSpace   = "backup-no-space" // not enough room on the disk; what is there stays
	CodeUnfit   = "backup-unfit"    // no whole archive: it cannot be tried
	CodeKey     = "backup-key"      // it is encrypted, and its key is not here
)

// Words returns the sentence of every code of this package: what is wrong and what to do next.
func Words() map[string]caseflow.Text {
	return map[string]caseflow.Text{
		CodeRunning: {ZH: "正在备份或者试恢复，一次只能进行一项。请等它结束后再试。", EN: "A backup or a trial is under way; one thing is done at a time. Try again when it has ended."},
		CodeSpace: {ZH: "备份文件夹所在磁盘的空间不够，没有开始。请腾出空间，或者换一个备份文件夹后再试。",
			EN: "The disk of the folder for backups has too little room; nothing was begun. Make room, or name another folder, and try again."},
		CodeKey: {ZH: "这个备份已加密，服务器上没有解密的密钥，不能在这里试恢复。请由保管密钥的人用 tongban verify backup --identity 试恢复。",
			EN: "This backup is encrypted, and its key is not on this server. Who keeps the key tries it with tongban verify backup --identity."},
		CodeUnfit: {ZH: "这个备份没有完成，不能试恢复。请另做一个备份。", EN: "This backup was not finished and cannot be tried. Make another one."},
	}
}

// Faults say why an archive or a trial is not good.
const (
	FaultStopped = "interrupted" // the server stopped or was killed meanwhile
	FaultSpace   = "space"       // the disk came near its end
	FaultWhole   = "damaged"     // cut, changed, or not one of ours
	FaultWrong   = "wrong"       // it could be read, but an entry, a case or a file in it is not as it must be
	FaultOther   = "failed"      // the log of the server says why
)

// Found is what a trial counted.
type Found struct {
	Cases   int64 `json:"cases"`
	Entries int64 `json:"entries"`
	Files   int64 `json:"files"`
}

// Trial is how it went to restore an archive into a store of its own.
type Trial struct {
	Begun time.Time `json:"begun"`
	Ended time.Time `json:"ended,omitzero"` // zero: it runs
	By    string    `json:"by"`             // id of an account
	Fault string    `json:"fault,omitempty"`
	Found Found     `json:"found"`
}

// Archive is a backup, finished or not.
type Archive struct {
	Name   string    `json:"name"` // of the file in the folder
	Begun  time.Time `json:"begun"`
	Ended  time.Time `json:"ended,omitzero"` // zero: it runs
	By     string    `json:"by"`             // id of an account
	Bytes  int64     `json:"bytes"`          // so far, if it runs
	SHA256 string    `json:"sha256,omitempty"`
	Fault  string    `json:"fault,omitempty"`
	Trial  *Trial    `json:"trial,omitempty"`
	// Encrypted: it opens with a key that is kept elsewhere.
	Encrypted bool `json:"encrypted,omitempty"`
}

// Whole reports whether it can be restored, as far as is known without a trial.
func (a *Archive) Whole() bool { return !a.Ended.IsZero() && a.Fault == "" }

// Encrypts reports whether new archives are encrypted.
func (k *Keeper) Encrypts() bool { return k.o.Encrypts }

// Running reports whether something is being done with it, by its record.
func (a *Archive) Running() bool {
	return a.Fault == "" && a.Ended.IsZero() || a.Trial != nil && a.Trial.Fault == "" && a.Trial.Ended.IsZero()
}

// Options are what a Keeper needs. All but Every, Keep, Free and Log are.
type Options struct {
	Dir string // folder of the archives; made if it is not there
	// Write writes one state of all that is stored, while it is in use.
	Write func(ctx context.Context, w io.Writer) error
	// Try restores an archive into stores of its own in an empty folder, and checks all of it.
	Try func(ctx context.Context, r io.Reader, dir string) (Found, error)
	// Need is about how many bytes the first archive will take.
	Need func(ctx context.Context) (int64, error)
	// Note records in the operation log.
	Note func(ctx context.Context, by caseflow.Actor, kind access.EventKind, what string, details ...store.FieldChange) error
	Now  func() time.Time

	Encrypts bool // Write encrypts
	Opens    bool // Try has the keys of what is encrypted

	By    caseflow.Actor // who makes the scheduled ones
	Every time.Duration  // how often by itself; 0: never
	Keep  int            // how many whole archives stay; 0: all
	Free  func(dir string) (int64, error)
	Log   *slog.Logger
	Jobs  *chore.Board // nil: nobody is told
}

// ErrDamaged: Try has met an archive that is not whole. ErrWrong: one that is whole, and what it holds is not right.
var (
	ErrDamaged = errors.New("backup: not a whole archive")
	ErrWrong   = errors.New("backup: what it holds is not right")
)

// errSpace: the disk came near its end while an archive was written.
var errSpace = errors.New("backup: too little room on the disk")

// Keeper makes, keeps and tries archives.
type Keeper struct {
	o    Options
	root *os.Root
	jobs chan job

	mu   sync.Mutex // held while a job is begun, not while it runs
	busy bool
}

// job is something that was begun: the record stands, the lock of the folder is held.
type job struct {
	lock    io.Closer
	by      caseflow.Actor
	archive Archive
	try     bool
}

// Open opens the folder. What a killed server left half done is cleared away when the next thing is begun.
func Open(o Options) (*Keeper, error) {
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Free == nil {
		o.Free = free
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder for backups: %w (name another with --backups, or mend its rights)", err)
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the folder for backups: %w (name another with --backups, or mend its rights)", err)
	}
	return &Keeper{o: o, root: root, jobs: make(chan job, 1)}, nil
}

// Close releases the folder.
func (k *Keeper) Close() error { return k.root.Close() }

// List lists the archives, newest first, for who may see the system. store.ErrNotFound for others.
func (k *Keeper) List(_ context.Context, by caseflow.Actor) ([]Archive, error) {
	if !access.May(by, access.SystemSee, access.Resource{}).Allow {
		return nil, store.ErrNotFound
	}
	return k.list()
}

// Start begins a backup and returns its record; Serve makes it. It is for who manages the system, store.ErrNotFound for others.
// It is refused while something else is done, or if there is too little room.
func (k *Keeper) Start(ctx context.Context, by caseflow.Actor) (Archive, error) {
	if !access.May(by, access.SystemManage, access.Resource{}).Allow {
		return Archive{}, store.ErrNotFound
	}
	return k.begin(ctx, by, false, func() (Archive, error) {
		list, err := k.list()
		if err != nil {
			return Archive{}, err
		}
		need, err := k.need(ctx, list)
		if err != nil {
			return Archive{}, err
		}
		now := k.o.Now()
		return Archive{Name: k.fresh(now, list), Begun: now, By: by.ID, Encrypted: k.o.Encrypts}, k.room(need)
	})
}

// need is how much room a backup will take: what the last one took and a little more, else a guess.
func (k *Keeper) need(ctx context.Context, list []Archive) (int64, error) {
	for _, a := range list {
		if a.Whole() {
			return a.Bytes + a.Bytes/8, nil
		}
	}
	n, err := k.o.Need(ctx)
	if err != nil {
		return 0, fmt.Errorf("backup: how large it will be: %w", err)
	}
	return n, nil
}

// Try begins to restore an archive into a store of its own; Serve does it, and removes that store. It is for who manages the
// system, store.ErrNotFound for others and for a name that no archive has.
func (k *Keeper) Try(ctx context.Context, by caseflow.Actor, name string) (Archive, error) {
	if !access.May(by, access.SystemManage, access.Resource{}).Allow {
		return Archive{}, store.ErrNotFound
	}
	return k.begin(ctx, by, true, func() (Archive, error) {
		list, err := k.list()
		if err != nil {
			return Archive{}, err
		}
		i := slices.IndexFunc(list, func(a Archive) bool { return a.Name == name })
		switch {
		case i < 0:
			return Archive{}, store.ErrNotFound
		case !list[i].Whole():
			return Archive{}, &caseflow.Refusal{Code: CodeUnfit}
		case list[i].Encrypted && !k.o.Opens:
			return Archive{}, &caseflow.Refusal{Code: CodeKey}
		}
		list[i].Trial = &Trial{Begun: k.o.Now(), By: by.ID}
		return list[i], k.room(list[i].Bytes + list[i].Bytes/4)
	})
}

// begin takes the lock of the folder, makes the record, tells the operation log, and gives the job to Serve.
func (k *Keeper) begin(ctx context.Context, by caseflow.Actor, try bool, plan func() (Archive, error)) (a Archive, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.busy {
		return Archive{}, &caseflow.Refusal{Code: CodeRunning}
	}
	lock, err := k.lock()
	if err != nil {
		return Archive{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.Close())
		}
	}()
	if err = k.sweep(); err != nil {
		return Archive{}, err
	}
	if a, err = plan(); err != nil {
		return Archive{}, err
	}
	kind := access.BackupBegun
	if try {
		kind = access.TrialBegun
	}
	if err = k.o.Note(ctx, by, kind, a.Name); err != nil { // what is not recorded is not done
		return Archive{}, err
	}
	if err = k.write(&a); err != nil {
		return Archive{}, err
	}
	k.busy = true
	k.jobs <- job{lock, by, a, try}
	return a, nil
}

// spare is what stays free on the disk: the cases themselves may stand on it.
const spare = 256 << 20

// room refuses what would not fit.
func (k *Keeper) room(need int64) error {
	left, err := k.o.Free(k.o.Dir)
	if err != nil {
		return fmt.Errorf("backup: room on the disk: %w", err)
	}
	if left < need+spare {
		return &caseflow.Refusal{Code: CodeSpace}
	}
	return nil
}

// Serve does what is begun, and begins what is due by the schedule, until ctx ends: then what runs is given up, and recorded so.
func (k *Keeper) Serve(ctx context.Context) {
	for {
		timer := time.NewTimer(k.wait())
		select {
		case <-ctx.Done():
			timer.Stop()
			k.giveUp()
			return
		case j := <-k.jobs:
			timer.Stop()
			_, _ = k.o.Jobs.Do(chore.Backup, k.o.Every, func() (int, error) { return 1, k.run(ctx, j) })
		case <-timer.C:
			k.due(ctx)
		}
	}
}

// giveUp records of a job that waits that it will not be done.
func (k *Keeper) giveUp() {
	select {
	case j := <-k.jobs:
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		_ = k.run(gone, j)
	default:
	}
}

// look is how often Serve looks whether a backup is due: another server may have made one meanwhile.
const look = time.Minute

func (k *Keeper) wait() time.Duration {
	if k.o.Every == 0 {
		return time.Hour
	}
	return look
}

// due begins a backup if the last one, by whomever, is long enough ago.
func (k *Keeper) due(ctx context.Context) {
	if k.o.Every == 0 {
		return
	}
	list, err := k.list()
	if err == nil {
		last := slices.MaxFunc(append(list, Archive{}), func(a, b Archive) int { return cmp.Compare(a.Begun.UnixMicro(), b.Begun.UnixMicro()) })
		if !last.Begun.IsZero() && k.o.Now().Sub(last.Begun) < k.o.Every {
			return
		}
		_, err = k.Start(ctx, k.o.By)
	}
	var no *caseflow.Refusal
	switch {
	case errors.As(err, &no) && no.Code == CodeRunning:
	case err != nil:
		k.o.Log.Error("the scheduled backup was not begun", "err", err)
	}
}
