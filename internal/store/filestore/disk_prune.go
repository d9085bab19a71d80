package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// On a disk an upload that waits has a folder new/<hash>, made before the file has its name, whose time is that of the last
// upload of the content or the last case that asked for it. In it stands a name for each case that did.

const folderNew = "new"

func waiting(hash string) string { return path.Join(folderNew, hash) }

// wait lets a new file wait for a case, or lets it wait anew. A file that is not new is known to be held. One that somebody has
// put before and that is gone was lost, not pruned: the case that misses it gets it back for good.
func (s *Disk) wait(hash string) error {
	switch known, err := s.known(hash); {
	case err != nil:
		return err
	case known:
		return s.touch(hash)
	}
	if err := s.root.Mkdir(waiting(hash), mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("note a new file: %w", err)
	}
	if err := s.touch(hash); err != nil {
		return err
	}
	return s.syncFolder(folderNew)
}

// touch lets a file that waits wait from now on.
func (s *Disk) touch(hash string) error {
	now := time.Now()
	if err := s.root.Chtimes(waiting(hash), now, now); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("note a new file: %w", err)
	}
	return nil
}

// known reports whether the file, or a mark of somebody who has put it, is here.
func (s *Disk) known(hash string) (bool, error) {
	_, name := s.at(folderFiles, hash)
	if _, err := s.root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return err == nil, err
	}
	marks, err := s.marks(hash)
	return len(marks) > 0, err
}

// marks are the names of the marks of who has put the content.
func (s *Disk) marks(hash string) ([]string, error) {
	folder, name := s.at(folderBy, hash)
	list, err := fs.ReadDir(s.root.FS(), folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look who put a file: %w", err)
	}
	var names []string
	for _, e := range list {
		if strings.HasPrefix(e.Name(), hash+".") {
			names = append(names, path.Join(path.Dir(name), e.Name()))
		}
	}
	return names, nil
}

// Hold is Store's.
func (s *Disk) Hold(_ context.Context, hash string, key store.Key) (there bool, err error) {
	if !valid(hash) {
		return false, nil
	}
	err = s.sharing(func() error {
		_, name := s.at(folderFiles, hash)
		if _, err := s.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return fmt.Errorf("look for a file: %w", err)
		}
		there = true
		if _, err := s.root.Lstat(waiting(hash)); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err := s.root.Mkdir(path.Join(waiting(hash), nameOf(key)), mode); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("note which case takes a file: %w", err)
		}
		if err := s.touch(hash); err != nil {
			return err
		}
		return s.syncFolder(waiting(hash))
	})
	return there, full(err)
}

// Prune is Store's: it stands back while a backup runs.
func (s *Disk) Prune(ctx context.Context, before time.Time, holds Holds) (int, error) {
	list, err := fs.ReadDir(s.root.FS(), folderNew)
	if err != nil {
		return 0, fmt.Errorf("list new files: %w", err)
	}
	gone := 0
	for _, e := range list {
		if err := ctx.Err(); err != nil {
			return gone, err
		}
		if info, err := e.Info(); err != nil || !valid(e.Name()) || !info.ModTime().Before(before) {
			continue
		}
		err := s.alone(func() error {
			removed, err := s.judgeWaiting(ctx, e.Name(), before, holds)
			if removed {
				gone++
			}
			return err
		})
		if errors.Is(err, errTaken) {
			return gone, nil
		}
		if err != nil {
			return gone, fmt.Errorf("prune uploads: %w", err)
		}
	}
	return gone, nil
}

// judgeWaiting ends the wait of one file, and says whether the file was removed. The caller has the lock alone.
func (s *Disk) judgeWaiting(ctx context.Context, hash string, before time.Time, holds Holds) (removed bool, err error) {
	info, err := s.root.Lstat(waiting(hash))
	if err != nil || !info.ModTime().Before(before) { // another server was here, or somebody has asked for it
		return false, nil
	}
	cases, err := fs.ReadDir(s.root.FS(), waiting(hash))
	if err != nil {
		return false, err
	}
	for _, e := range cases {
		held, err := holds(ctx, keyOf(e.Name()), hash)
		if err != nil {
			return false, err
		}
		if held {
			return false, s.root.RemoveAll(waiting(hash))
		}
	}
	return true, s.remove(hash)
}

// remove takes a file out with all that is noted of it. The note that it waits goes last, so that what a crash leaves is found
// again.
func (s *Disk) remove(hash string) error {
	folder, name := s.at(folderFiles, hash)
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.syncFolder(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	marks, err := s.marks(hash)
	if err != nil {
		return err
	}
	for _, mark := range marks {
		if err := s.root.Remove(mark); err != nil {
			return err
		}
	}
	return s.root.RemoveAll(waiting(hash))
}

// Serve is Store's.
func (s *Disk) Serve(ctx context.Context, now func() time.Time, holds Holds, jobs *chore.Board, log *slog.Logger) {
	servePrune(ctx, s, now, holds, jobs, log)
}
