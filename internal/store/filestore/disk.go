package filestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// Disk is a store in a folder of the machine. It is safe for concurrent use, also by several processes.
type Disk struct {
	intake
	root *os.Root
}

// The folders of a store.
const (
	folderTemp  = "tmp" // being written; what a crash leaves here is worth nothing
	folderFiles = "sha" // ab/cd/<hash>
	folderBy    = "by"  // ab/cd/<hash>.<digest of who put it>
	folderApart = "apart"
	mode        = 0o700 // of folders: nobody else on the machine
	modeFile    = 0o600
	tempAge     = 24 * time.Hour // no upload lasts longer
)

// Open opens the folder, and makes it if need be. now is used to clear away what crashed uploads have left.
func Open(dir string, now time.Time) (*Disk, error) {
	if err := os.MkdirAll(dir, mode); err != nil {
		return nil, fmt.Errorf("cannot make the folder for uploaded files: %w (make it, or give the user of tongban the right to)", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the folder for uploaded files: %w", err)
	}
	s := &Disk{root: root}
	for _, name := range []string{folderTemp, folderFiles, folderBy, folderNew, folderApart} {
		if err := root.MkdirAll(name, mode); err != nil {
			return nil, errors.Join(fmt.Errorf("cannot make the folder %s for uploaded files: %w", name, err), root.Close())
		}
	}
	if err := s.sweep(now); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return s, s.syncFolder(".")
}

// Close releases the folder.
func (s *Disk) Close() error { return s.root.Close() }

// sweep removes temporary files of uploads that cannot be running any more.
func (s *Disk) sweep(now time.Time) error {
	list, err := fs.ReadDir(s.root.FS(), folderTemp)
	if err != nil {
		return fmt.Errorf("list temporary uploads: %w", err)
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < tempAge {
			continue
		}
		if err := s.root.RemoveAll(path.Join(folderTemp, e.Name())); err != nil {
			return fmt.Errorf("remove a temporary upload: %w", err)
		}
	}
	return nil
}

// Put is Store's: written to a temporary name, flushed, renamed, and its folder flushed.
func (s *Disk) Put(ctx context.Context, account string, r io.Reader, max int64) (Info, error) {
	return s.put(ctx, account, r, max, s.scan)
}

func (s *Disk) put(ctx context.Context, account string, r io.Reader, max int64, scan Scanner) (Info, error) {
	temp, err := s.temporary()
	if err != nil {
		return Info{}, full(err)
	}
	defer func() { // after the rename the name is gone, which is as well
		_ = temp.Close()
		_ = s.root.Remove(temp.name)
	}()
	info, err := s.fill(ctx, temp.File, r, max, scan)
	if suspect := new(Suspect); errors.As(err, &suspect) {
		return Info{}, full(s.setApart(temp, info, suspect))
	}
	if err == nil {
		err = temp.Sync()
	}
	if err != nil {
		return Info{}, full(err)
	}
	err = s.sharing(func() error {
		if err := s.wait(info.Hash); err != nil {
			return err
		}
		if err := s.place(temp, info); err != nil {
			return err
		}
		return s.mark(info.Hash, account)
	})
	if err != nil {
		return Info{}, full(err)
	}
	return info, nil
}

type named struct {
	*os.File
	name string // within the root
}

func (s *Disk) temporary() (named, error) {
	name := path.Join(folderTemp, rand.Text())
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, modeFile)
	if err != nil {
		return named{}, fmt.Errorf("make a temporary file: %w", err)
	}
	return named{f, name}, nil
}

// place gives the file its name. Two uploads of the same content may meet here: either name holds the same bytes.
func (s *Disk) place(temp named, info Info) error {
	folder, name := s.at(folderFiles, info.Hash)
	if err := s.folder(folder); err != nil {
		return err
	}
	old, err := s.root.Lstat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for a file: %w", err)
	}
	if err != nil || !old.Mode().IsRegular() || old.Size() != info.Bytes {
		if err := s.root.Rename(temp.name, name); err != nil {
			return fmt.Errorf("name a file: %w", err)
		}
	}
	return s.syncFolder(folder)
}

// mark remembers that the account has put the content.
func (s *Disk) mark(hash, account string) error {
	folder, _ := s.at(folderBy, hash)
	if err := s.folder(folder); err != nil {
		return err
	}
	f, err := s.root.OpenFile(s.marker(hash, account), os.O_WRONLY|os.O_CREATE, modeFile)
	if err != nil {
		return fmt.Errorf("note who put a file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("note who put a file: %w", err)
	}
	return s.syncFolder(folder)
}

func (s *Disk) marker(hash, account string) string {
	_, name := s.at(folderBy, hash)
	return name + "." + markOf(account)
}

// PutBy is Store's.
func (s *Disk) PutBy(_ context.Context, hash, account string) (bool, error) {
	if !valid(hash) {
		return false, nil
	}
	_, err := s.root.Lstat(s.marker(hash, account))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look who put a file: %w", err)
	}
	return true, nil
}

// Open is Store's.
func (s *Disk) Open(_ context.Context, hash string) (*File, error) {
	if !valid(hash) {
		return nil, ErrNotFound
	}
	_, name := s.at(folderFiles, hash)
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", hash, err)
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open file %s: %w", hash, err), f.Close())
	}
	kind, err := judge(f, st.Size())
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open file %s: %w", hash, err), f.Close())
	}
	return &File{f, Info{Hash: hash, Bytes: st.Size(), Type: kind}}, nil
}

// Stat is Store's.
func (s *Disk) Stat(ctx context.Context, hash string) (Info, error) {
	f, err := s.Open(ctx, hash)
	if err != nil {
		return Info{}, err
	}
	return f.Info, f.Close()
}

// Kind is Store's.
func (s *Disk) Kind(ctx context.Context, hash string) (mediaType string, bytes int64, err error) {
	info, err := s.Stat(ctx, hash)
	return info.Type, info.Bytes, err
}

// at spreads files over folders, so that none grows large.
func (s *Disk) at(root, hash string) (folder, name string) {
	folder = path.Join(root, hash[:2], hash[2:4])
	return folder, path.Join(folder, hash)
}

// folder makes a folder of the second level durable with those above it.
func (s *Disk) folder(name string) error {
	if _, err := s.root.Lstat(name); err == nil {
		return nil
	}
	if err := s.root.MkdirAll(name, mode); err != nil {
		return fmt.Errorf("make a folder for files: %w", err)
	}
	parent := path.Dir(name)
	if err := s.syncFolder(parent); err != nil {
		return err
	}
	return s.syncFolder(path.Dir(parent))
}

// syncFolder makes the names in a folder durable.
func (s *Disk) syncFolder(name string) error {
	f, err := s.root.Open(name)
	if err != nil {
		return fmt.Errorf("flush a folder of files: %w", err)
	}
	err = f.Sync()
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("flush a folder of files: %w", err)
	}
	return nil
}

// full tells a full disk or quota apart from other failures.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}
