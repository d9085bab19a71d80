package filestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/tongban/tongban/internal/store"
)

// A bucket has no lock that a dead process lets go of, so that who removes a file and who relies on it meet by two notes, each
// written before the other's is looked for. Who prunes writes gone/<hash>/<random>, and only then looks whether the file still
// waits and who asked for it. Who puts a file or lets a case take it writes new/<hash> (and case/<hash>.<case>), and only then
// looks for notes below gone/<hash>/. So at least one sees the other: who prunes leaves the file, or who takes it waits until
// nobody prunes it any more, and looks whether all that was written is still there.
//
// A note below gone/ that is older than pruneDies belongs to a process that died: judging one file takes a tenth of that at most.

const (
	pruneDies  = time.Hour
	pruneTakes = pruneDies / 10
	takeWaits  = 10 * time.Second // for who prunes the same file; then "busy"
	takePause  = 20 * time.Millisecond
)

// keep sends a content and notes who put it, so that all of it is there when nobody removes the file any more.
func (b *Bucket) keep(ctx context.Context, f *os.File, info Info, account string) error {
	mark := keyBy + info.Hash + "." + markOf(account)
	return b.settled(ctx, info.Hash, func() (bool, error) {
		held, err := b.has(ctx, keyHeld+info.Hash)
		if err != nil {
			return false, err
		}
		if !held {
			if err := b.note(ctx, keyNew+info.Hash); err != nil {
				return false, err
			}
		}
		old, err := b.Stat(ctx, info.Hash)
		if errors.Is(err, ErrNotFound) || err == nil && old != info {
			err = b.send(ctx, f, info)
		}
		if err == nil {
			err = b.note(ctx, mark)
		}
		return held, err
	}, mark)
}

// settled runs what relies on a file until nobody removes it meanwhile: done writes, and says whether the file is held for good,
// which nobody removes. The file, its wait and the objects named must be there afterwards.
func (b *Bucket) settled(ctx context.Context, hash string, write func() (held bool, err error), objects ...string) error {
	ctx, cancel := context.WithTimeout(ctx, takeWaits+20*b.within)
	defer cancel()
	for waited := time.Duration(0); ; {
		held, err := write()
		if err != nil || held {
			return err
		}
		others, err := b.names(ctx, keyGone+hash+"/")
		if err != nil {
			return err
		}
		if len(others) == 0 {
			whole, err := b.all(ctx, append(objects, keyFiles+hash, keyNew+hash))
			if err != nil || whole {
				return err
			}
			if held, err := b.has(ctx, keyHeld+hash); err != nil || held { // its wait has just ended well
				whole, err = b.all(ctx, append(objects, keyFiles+hash))
				if err != nil || whole {
					return err
				}
			}
		}
		if waited >= takeWaits {
			return fmt.Errorf("%w: the file is being removed", store.ErrBusy)
		}
		if err := wait(ctx, takePause); err != nil {
			return err
		}
		waited += takePause
	}
}

// all reports whether all objects are there.
func (b *Bucket) all(ctx context.Context, keys []string) (bool, error) {
	for _, key := range keys {
		if ok, err := b.has(ctx, key); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// errGone ends settled when the file that a case wants is not there.
var errGone = errors.New("filestore: gone")

// Hold is Store's.
func (b *Bucket) Hold(ctx context.Context, hash string, key store.Key) (there bool, err error) {
	if !valid(hash) {
		return false, nil
	}
	err = b.settled(ctx, hash, func() (bool, error) {
		ok, err := b.has(ctx, keyFiles+hash)
		if err == nil && !ok {
			err = errGone
		}
		if err != nil {
			return false, err
		}
		held, err := b.has(ctx, keyHeld+hash)
		if err != nil || held {
			return held, err
		}
		if err := b.note(ctx, keyCase+hash+"."+nameOf(key)); err != nil {
			return false, err
		}
		return false, b.note(ctx, keyNew+hash)
	})
	if errors.Is(err, errGone) {
		return false, nil
	}
	return err == nil, err
}

// Prune is Store's.
func (b *Bucket) Prune(ctx context.Context, before time.Time, holds Holds) (int, error) {
	gone := 0
	err := b.list(ctx, keyNew, false, func(o minio.ObjectInfo) error {
		hash := strings.TrimPrefix(o.Key, keyNew)
		if !valid(hash) || !o.LastModified.Before(before) {
			return nil
		}
		removed, err := b.judgeWaiting(ctx, hash, before, holds)
		if removed {
			gone++
		}
		return err
	})
	if err == nil {
		err = b.clearDead(ctx)
	}
	if err != nil {
		return gone, fmt.Errorf("prune uploads: %w", err)
	}
	return gone, nil
}

// judgeWaiting ends the wait of one file, and says whether the file was removed.
func (b *Bucket) judgeWaiting(ctx context.Context, hash string, before time.Time, holds Holds) (removed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pruneTakes)
	defer cancel()
	mine := keyGone + hash + "/" + rand.Text()
	if err := b.note(ctx, mine); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, b.drop(context.WithoutCancel(ctx), mine)) }()
	waits, err := b.there(ctx, keyNew+hash)
	if errors.Is(err, ErrNotFound) || err == nil && !waits.LastModified.Before(before) {
		return false, nil // another server was here, or somebody has asked for it
	}
	if err != nil {
		return false, err
	}
	cases, err := b.names(ctx, keyCase+hash+".")
	if err != nil {
		return false, err
	}
	held, err := b.has(ctx, keyHeld+hash)
	for i := 0; i < len(cases) && err == nil && !held; i++ {
		held, err = holds(ctx, keyOf(cases[i]), hash)
	}
	if err != nil {
		return false, err
	}
	if held {
		return false, b.settle(ctx, hash, cases)
	}
	marks, err := b.names(ctx, keyBy+hash+".")
	if err != nil {
		return false, err
	}
	list := []string{keyFiles + hash}
	for _, who := range marks {
		list = append(list, keyBy+hash+"."+who)
	}
	return true, b.drop(ctx, append(list, notes(hash, cases)...)...)
}

// settle ends the wait of a file for good.
func (b *Bucket) settle(ctx context.Context, hash string, cases []string) error {
	if err := b.note(ctx, keyHeld+hash); err != nil {
		return err
	}
	return b.drop(ctx, notes(hash, cases)...)
}

// notes are what is noted of a wait; that it waits goes last, so that what a crash leaves is found again.
func notes(hash string, cases []string) []string {
	var list []string
	for _, c := range cases {
		list = append(list, keyCase+hash+"."+c)
	}
	return append(list, keyNew+hash)
}

// clearDead removes the notes of processes that died while they pruned.
func (b *Bucket) clearDead(ctx context.Context) error {
	return b.list(ctx, keyGone, true, func(o minio.ObjectInfo) error {
		if time.Since(o.LastModified) < pruneDies {
			return nil
		}
		return b.drop(ctx, o.Key)
	})
}
