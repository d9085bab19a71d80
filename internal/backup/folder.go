package backup

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// What stands in the folder.
const (
	ending   = ".backup" // an archive
	partly   = ".part"   // behind the name of one that is being written
	record   = ".json"   // behind the name: what is known of it
	trying   = "trying"  // the stores of a trial
	fileLock = "lock"
)

// lock takes the folder for this process; the system lets go of a lock whose process dies. A refusal if somebody has it.
func (k *Keeper) lock() (io.Closer, error) {
	f, err := k.root.OpenFile(fileLock, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("backup: open the lock: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // #nosec G115 -- a descriptor is a small number
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(&caseflow.Refusal{Code: CodeRunning}, f.Close())
		}
		return nil, errors.Join(fmt.Errorf("backup: lock: %w", err), f.Close())
	}
}

// taken reports whether some process has the folder, this one or another.
func (k *Keeper) taken() bool {
	f, err := k.root.OpenFile(fileLock, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false
	}
	defer f.Close()                                                           // which lets go of it
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil // #nosec G115 -- a descriptor is a small number
}

// sweep clears away what a killed process left: half an archive, the stores of a trial. Whoever calls it has the lock.
func (k *Keeper) sweep() error {
	names, err := fs.Glob(k.root.FS(), "*"+partly)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	err = k.root.RemoveAll(trying)
	for _, name := range names {
		err = errors.Join(err, k.root.Remove(name))
	}
	if err != nil {
		return fmt.Errorf("backup: clear away what was left: %w", err)
	}
	list, err := k.records()
	for i := range list {
		if err == nil && list[i].Running() {
			stopped(&list[i])
			err = k.write(&list[i])
		}
	}
	return err
}

// stopped marks what was begun and never ended.
func stopped(a *Archive) {
	if a.Trial != nil && a.Trial.Ended.IsZero() && a.Trial.Fault == "" {
		a.Trial.Fault = FaultStopped
	}
	if a.Ended.IsZero() && a.Fault == "" {
		a.Fault = FaultStopped
	}
}

// list reads all records, newest first, and says of each how far it is. What looks as if it ran while nobody has the folder was
// stopped.
func (k *Keeper) list() ([]Archive, error) {
	list, err := k.records()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(list, func(a Archive) bool { return a.Running() }) && !k.taken() {
		if list, err = k.records(); err != nil { // it may have ended between the two looks
			return nil, err
		}
		for i := range list {
			stopped(&list[i])
		}
	}
	for i := range list {
		if info, err := k.root.Stat(list[i].Name + partly); err == nil && list[i].Ended.IsZero() {
			list[i].Bytes = info.Size()
		}
	}
	return list, nil
}

func (k *Keeper) records() ([]Archive, error) {
	names, err := fs.Glob(k.root.FS(), "*"+ending+record)
	if err != nil {
		return nil, fmt.Errorf("backup: list: %w", err)
	}
	var list []Archive
	for _, name := range names {
		text, err := k.root.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was removed meanwhile
		}
		var a Archive
		if err == nil {
			err = json.Unmarshal(text, &a)
		}
		if err != nil {
			return nil, fmt.Errorf("backup: the record %s: %w", name, err)
		}
		if a.Name+record == name {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Archive) int { return cmp.Or(b.Begun.Compare(a.Begun), cmp.Compare(b.Name, a.Name)) })
	return list, nil
}

// fresh is a name that no record has.
func (k *Keeper) fresh(now time.Time, list []Archive) string {
	for n := 1; ; n++ {
		name := "tongban-" + now.UTC().Format("20060102T150405Z")
		if n > 1 {
			name += fmt.Sprintf("-%d", n)
		}
		if !slices.ContainsFunc(list, func(a Archive) bool { return a.Name == name+ending }) {
			return name + ending
		}
	}
}

// write replaces the record of an archive, all or nothing.
func (k *Keeper) write(a *Archive) error {
	text, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	name := a.Name + record
	temp := name + partly
	f, err := k.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("backup: write a record: %w", err)
	}
	_, err = io.Copy(f, bytes.NewReader(append(text, '\n')))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = k.root.Rename(temp, name)
	}
	if err != nil {
		return fmt.Errorf("backup: write a record: %w", err)
	}
	return k.sync()
}

// sync makes names in the folder durable.
func (k *Keeper) sync() error {
	f, err := k.root.Open(".")
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("backup: flush the folder: %w", err)
	}
	return nil
}

// retain removes whole archives beyond those that are to be kept, and records of failures older than all that stay. The newest one
// that a trial found good stays whatever its age. Whoever calls it has the lock.
func (k *Keeper) retain(ctx context.Context, j job) {
	list, err := k.records()
	if err != nil || k.o.Keep == 0 {
		return
	}
	kept, proved := 0, false
	for i := range list {
		a := &list[i]
		good := a.Whole() && a.Trial != nil && !a.Trial.Ended.IsZero() && a.Trial.Fault == ""
		stays := kept < k.o.Keep || good && !proved
		if a.Whole() {
			kept++
		}
		proved = proved || good
		if stays {
			continue
		}
		if err := k.remove(ctx, j, a); err != nil {
			k.o.Log.Error("cannot remove an old backup", "archive", a.Name, "err", err)
		}
	}
}

// remove removes an archive, after it is recorded that it goes.
func (k *Keeper) remove(ctx context.Context, j job, a *Archive) error {
	if err := k.o.Note(ctx, j.by, access.BackupRemoved, a.Name, store.FieldChange{Field: "bytes", Old: fmt.Sprint(a.Bytes)}, store.FieldChange{Field: "sha256", Old: a.SHA256}); err != nil {
		return err
	}
	if err := k.root.Remove(a.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return k.root.Remove(a.Name + record)
}

// free is the room on the disk of a folder for who is not root.
func free(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil // #nosec G115 -- of a disk
}
