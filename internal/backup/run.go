package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/store"
)

// run does a job, records how it went and lets go of the folder.
func (k *Keeper) run(ctx context.Context, j job) error {
	a := &j.archive
	kind, err := access.BackupEnded, error(nil)
	details := []store.FieldChange{}
	if j.try {
		kind = access.TrialEnded
		a.Trial.Found, err = k.try(ctx, a)
		a.Trial.Ended, a.Trial.Fault = k.o.Now(), faultOf(ctx, err)
		details = append(details, store.FieldChange{Field: "entries", New: strconv.FormatInt(a.Trial.Found.Entries, 10)})
	} else {
		err = k.make(ctx, a)
		a.Ended, a.Fault = k.o.Now(), faultOf(ctx, err)
		details = append(details, store.FieldChange{Field: "bytes", New: strconv.FormatInt(a.Bytes, 10)}, store.FieldChange{Field: "sha256", New: a.SHA256})
	}
	if fault := faultOf(ctx, err); fault != "" {
		details = []store.FieldChange{{Field: "fault", New: fault}}
		k.o.Log.Error("backup or trial", "archive", a.Name, "trial", j.try, "fault", fault, "err", err)
	}
	k.finish(context.WithoutCancel(ctx), j, kind, details)
	return err
}

// finish records what became of a job. Whoever reads the record finds the folder free: what is begun meanwhile waits.
func (k *Keeper) finish(ctx context.Context, j job, kind access.EventKind, details []store.FieldChange) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.busy = false
	if err := errors.Join(k.write(&j.archive), k.o.Note(ctx, j.by, kind, j.archive.Name, details...)); err != nil {
		k.o.Log.Error("cannot record a backup or trial", "archive", j.archive.Name, "err", err)
	}
	if j.archive.Whole() && !j.try {
		k.retain(ctx, j)
	}
	if err := j.lock.Close(); err != nil {
		k.o.Log.Error("cannot unlock the folder of backups", "err", err)
	}
}

// faultOf is the fault that an error is recorded as; "" for none.
func faultOf(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return ""
	case ctx.Err() != nil:
		return FaultStopped
	case errors.Is(err, errSpace), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, store.ErrFull):
		return FaultSpace
	case errors.Is(err, ErrDamaged):
		return FaultWhole
	case errors.Is(err, ErrWrong):
		return FaultWrong
	}
	return FaultOther
}

// make writes an archive under another name, and gives it its own when it is whole and durable.
func (k *Keeper) make(ctx context.Context, a *Archive) (err error) {
	part := a.Name + partly
	f, err := k.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.root.Remove(part))
		}
	}()
	out := &measured{k: k, ctx: ctx, w: f, sum: sha256.New()}
	buffered := bufio.NewWriterSize(out, 1<<20)
	err = k.o.Write(ctx, buffered)
	if err = errors.Join(err, buffered.Flush(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	a.Bytes, a.SHA256 = out.n, hex.EncodeToString(out.sum.Sum(nil))
	if err = k.root.Rename(part, a.Name); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return k.sync()
}

// measured counts and digests what is written, and stops before the disk is full: a full one would stop the hall too.
type measured struct {
	k   *Keeper
	ctx context.Context
	w   io.Writer
	sum hash.Hash
	n   int64
	at  int64 // when the room is looked at next
}

// measure is after how many bytes the room on the disk is looked at again.
const measure = 16 << 20

func (m *measured) Write(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	if m.n >= m.at {
		m.at = m.n + measure
		left, err := m.k.o.Free(m.k.o.Dir)
		if err != nil {
			return 0, err
		}
		if left < spare {
			return 0, errSpace
		}
	}
	n, err := m.w.Write(p)
	m.n += int64(n)
	m.sum.Write(p[:n])
	return n, err
}

// try restores an archive in a folder of its own, which it removes.
func (k *Keeper) try(ctx context.Context, a *Archive) (found Found, err error) {
	f, err := k.root.Open(a.Name)
	if err != nil {
		return Found{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer f.Close()
	if err = k.root.Mkdir(trying, 0o700); err != nil {
		return Found{}, fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, k.root.RemoveAll(trying)) }()
	sum := sha256.New()
	in := io.TeeReader(stopping{ctx, f}, sum)
	found, err = k.o.Try(ctx, in, filepath.Join(k.o.Dir, trying))
	if err != nil {
		return found, err
	}
	if _, err = io.Copy(io.Discard, in); err != nil {
		return found, fmt.Errorf("backup: read: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != a.SHA256 {
		return found, fmt.Errorf("%w: its SHA-256 is %s, recorded is %s", ErrDamaged, got, a.SHA256)
	}
	return found, nil
}

// stopping ends a long read with the context.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}
