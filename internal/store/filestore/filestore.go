// Package filestore keeps uploaded files, addressed by the SHA-256 of their content, in one folder of the machine.
//
// What it promises:
//
//   - When Put returns, the file is durable: written to a temporary name, flushed, renamed, and its folder flushed.
//     Putting the same content again does nothing and gives the same answer. A file never changes once it is there.
//   - Only the types of Types come in, known by content and never by name. What would burst when it is opened (packed
//     documents that unpack to far more than they are, images of absurd size) is refused without being unpacked.
//   - Put remembers for whom the content was put: knowing a hash does not make anybody its owner, see [Store.PutBy].
//   - Export and Import carry all files elsewhere; a file that is not what its hash says does not go out or come in.
//   - Nothing outside the folder is touched, also through symbolic links: every path goes through an [os.Root].
//   - An upload that no case takes is removed after KeepUploads, see [Store.Prune]; never one that a case holds, asks for, or
//     that is being carried elsewhere.
//
// What it does not do: it does not know who may see a file. It looks for viruses only with a Scanner, see [Store.ScanWith].
package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// MaxBytes is the largest file that any caller should allow: 20 MiB.
const MaxBytes = 20 << 20

var (
	// ErrTooLarge: the content is longer than the caller allows. Nothing was kept.
	ErrTooLarge = errors.New("filestore: file is too large")
	// ErrNotFound: there is no such file, or the hash is not 64 lower-case hexadecimal digits.
	ErrNotFound = errors.New("filestore: no such file")
)

// Info describes a file by its content.
type Info struct {
	Hash  string // SHA-256, lower-case hexadecimal
	Bytes int64
	Type  string // media type, one of Types
}

// Store is a folder of files. It is safe for concurrent use, also by several processes.
type Store struct {
	root *os.Root
	scan Scanner // nil: nobody looks for viruses
}

// The folders of a store.
const (
	folderTemp  = "tmp" // being written; what a crash leaves here is worth nothing
	folderFiles = "sha" // ab/cd/<hash>
	folderBy    = "by"  // ab/cd/<hash>.<digest of who put it>
	mode        = 0o700 // of folders: nobody else on the machine
	modeFile    = 0o600
	tempAge     = 24 * time.Hour // no upload lasts longer
)

// Open opens the folder, and makes it if need be. now is used to clear away what crashed uploads have left.
func Open(dir string, now time.Time) (*Store, error) {
	if err := os.MkdirAll(dir, mode); err != nil {
		return nil, fmt.Errorf("cannot make the folder for uploaded files: %w (make it, or give the user of tongban the right to)", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the folder for uploaded files: %w", err)
	}
	s := &Store{root: root}
	for _, name := range []string{folderTemp, folderFiles, folderBy, folderNew} {
		if err := root.MkdirAll(name, mode); err != nil {
			return nil, errors.Join(fmt.Errorf("cannot make the folder %s for uploaded files: %w", name, err), root.Close())
		}
	}
	if err := s.sweep(now); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return s, s.syncFolder(".")
}

// ScanWith has every content looked into from now on, before it is kept. Call it before the store is used.
func (s *Store) ScanWith(scan Scanner) { s.scan = scan }

// Close releases the folder.
func (s *Store) Close() error { return s.root.Close() }

// sweep removes temporary files of uploads that cannot be running any more.
func (s *Store) sweep(now time.Time) error {
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

// Put keeps the content for an account and returns what it is. At most max bytes are read and kept: ErrTooLarge beyond.
// *Unfit if the content may not come in; store.ErrBusy if the scanner cannot tell; store.ErrFull if the disk or quota is full; the reader's error if it fails. In
// all these cases nothing was kept.
func (s *Store) Put(ctx context.Context, account string, r io.Reader, max int64) (Info, error) {
	temp, err := s.temporary()
	if err != nil {
		return Info{}, full(err)
	}
	defer func() { // after the rename the name is gone, which is as well
		_ = temp.Close()
		_ = s.root.Remove(temp.name)
	}()
	info, err := s.fill(ctx, temp.File, r, max)
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

func (s *Store) temporary() (named, error) {
	name := path.Join(folderTemp, randomText())
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, modeFile)
	if err != nil {
		return named{}, fmt.Errorf("make a temporary file: %w", err)
	}
	return named{f, name}, nil
}

// fill writes the content to the file, measures and judges it, and flushes it.
func (s *Store) fill(ctx context.Context, f *os.File, r io.Reader, max int64) (Info, error) {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(stopping{ctx, r}, max+1))
	switch {
	case err != nil:
		return Info{}, fmt.Errorf("receive a file: %w", err)
	case n > max:
		return Info{}, ErrTooLarge
	}
	kind, err := judge(f, n)
	if err != nil {
		return Info{}, err
	}
	if s.scan != nil {
		if err := s.scan.Scan(ctx, io.NewSectionReader(f, 0, n)); err != nil {
			return Info{}, err
		}
	}
	if err := f.Sync(); err != nil {
		return Info{}, fmt.Errorf("flush a file: %w", err)
	}
	return Info{Hash: hex.EncodeToString(sum.Sum(nil)), Bytes: n, Type: kind}, nil
}

// stopping ends a copy when its context ends.
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

// place gives the file its name. Two uploads of the same content may meet here: either name holds the same bytes.
func (s *Store) place(temp named, info Info) error {
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
func (s *Store) mark(hash, account string) error {
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

func (s *Store) marker(hash, account string) string {
	_, name := s.at(folderBy, hash)
	sum := sha256.Sum256([]byte(account))
	return name + "." + hex.EncodeToString(sum[:16])
}

// PutBy reports whether the account has itself put the content. Whoever did has shown that they hold the file and may
// hand it in; whoever only knows the hash has not.
func (s *Store) PutBy(hash, account string) (bool, error) {
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

// File is the content of a file, open for reading.
type File struct {
	*os.File
	Info
}

// Open opens a file by its hash. ErrNotFound. The caller closes it.
func (s *Store) Open(hash string) (*File, error) {
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

// Stat describes a file by its hash. ErrNotFound.
func (s *Store) Stat(hash string) (Info, error) {
	f, err := s.Open(hash)
	if err != nil {
		return Info{}, err
	}
	return f.Info, f.File.Close()
}

// at spreads files over folders, so that none grows large.
func (s *Store) at(root, hash string) (folder, name string) {
	folder = path.Join(root, hash[:2], hash[2:4])
	return folder, path.Join(folder, hash)
}

// folder makes a folder of the second level durable with those above it.
func (s *Store) folder(name string) error {
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
func (s *Store) syncFolder(name string) error {
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

func valid(hash string) bool {
	if len(hash) != sha256.Size*2 {
		return false
	}
	for _, c := range []byte(hash) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
