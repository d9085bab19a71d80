package filestore

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// Size is Store's.
func (s *Disk) Size(ctx context.Context) (files, size int64, err error) {
	err = s.each(ctx, func(info fs.FileInfo, _ []string) error {
		files++
		size += info.Size()
		return nil
	})
	return files, size, err
}

// Export is Store's. No file is removed meanwhile.
func (s *Disk) Export(ctx context.Context, w io.Writer) error {
	return s.sharing(func() error { return s.export(ctx, w) })
}

func (s *Disk) export(ctx context.Context, w io.Writer) error {
	out := newOutgoing(w)
	err := s.each(ctx, func(info fs.FileInfo, by []string) error {
		waits, err := s.waits(info.Name())
		if err != nil {
			return err
		}
		_, name := s.at(folderFiles, info.Name())
		f, err := s.root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return out.file(head{File: info.Name(), Bytes: info.Size(), By: by, Waits: waits}, f)
	})
	if err != nil {
		return fmt.Errorf("copy files: %w", err)
	}
	return out.end()
}

// waits are the cases that asked for a file that waits; nil if it does not wait.
func (s *Disk) waits(hash string) (*[]string, error) {
	list, err := fs.ReadDir(s.root.FS(), waiting(hash))
	if errors.Is(err, fs.ErrNotExist) || len(list) > maxWaits {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look which case takes a file: %w", err)
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	return &names, nil
}

// each visits the files in the order of their hashes, with the ends of the names of their marks.
func (s *Disk) each(ctx context.Context, visit func(info fs.FileInfo, by []string) error) error {
	firsts, err := s.folders(folderFiles)
	if err != nil {
		return err
	}
	for _, first := range firsts {
		seconds, err := s.folders(path.Join(folderFiles, first))
		if err != nil {
			return err
		}
		for _, second := range seconds {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.eachIn(path.Join(first, second), visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// folders lists the folders in a folder, in order.
func (s *Disk) folders(name string) ([]string, error) {
	list, err := fs.ReadDir(s.root.FS(), name)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, e := range list {
		if e.IsDir() {
			all = append(all, e.Name())
		}
	}
	return all, nil
}

// eachIn visits the files of one folder of the second level.
func (s *Disk) eachIn(folder string, visit func(info fs.FileInfo, by []string) error) error {
	list, err := fs.ReadDir(s.root.FS(), path.Join(folderFiles, folder))
	if err != nil {
		return err
	}
	marks, err := fs.ReadDir(s.root.FS(), path.Join(folderBy, folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	by := map[string][]string{}
	for _, m := range marks {
		name, who, _ := strings.Cut(m.Name(), ".")
		by[name] = append(by[name], who)
	}
	for _, e := range list {
		if !valid(e.Name()) {
			continue // none of ours
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%w: %s is no file", ErrDamaged, path.Join(folderFiles, folder, e.Name()))
		}
		if err := visit(info, by[e.Name()]); err != nil {
			return err
		}
	}
	return nil
}

// Has is Store's.
func (s *Disk) Has(_ context.Context, f caseflow.File) error { return s.has(folderFiles, f) }

func (s *Disk) has(root string, f caseflow.File) error {
	if valid(f.Hash) {
		_, name := s.at(root, f.Hash)
		info, err := s.root.Lstat(name)
		if err == nil && info.Mode().IsRegular() && info.Size() == f.Bytes {
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for a file: %w", err)
		}
	}
	return fmt.Errorf("%w: %.64s of %d bytes, to which a case refers", ErrNotFound, f.Hash, f.Bytes)
}

// stagedFiles are files in a folder of their own.
type stagedFiles struct {
	s   *Disk
	dir string // within the root
}

// Import is Store's: the files stand in a folder below tmp until they are placed.
func (s *Disk) Import(ctx context.Context, r *bufio.Reader) (Staged, error) {
	st := &stagedFiles{s: s, dir: path.Join(folderTemp, "import-"+rand.Text())}
	for _, sub := range []string{folderFiles, folderBy, folderNew} {
		if err := s.root.MkdirAll(path.Join(st.dir, sub), mode); err != nil {
			return nil, full(fmt.Errorf("make a folder for files: %w", err))
		}
	}
	if err := readArchive(ctx, r, func(h head) error { return st.receive(r, h) }); err != nil {
		return nil, errors.Join(full(err), st.Discard())
	}
	return st, nil
}

// Discard is Staged's.
func (st *stagedFiles) Discard() error { return st.s.root.RemoveAll(st.dir) }

// Has is Staged's.
func (st *stagedFiles) Has(_ context.Context, f caseflow.File) error {
	return st.s.has(path.Join(st.dir, folderFiles), f)
}

// receive keeps one file aside, with the marks of who put it.
func (st *stagedFiles) receive(r *bufio.Reader, h head) error {
	folder, name := st.s.at(path.Join(st.dir, folderFiles), h.File)
	if err := st.s.root.MkdirAll(folder, mode); err != nil {
		return fmt.Errorf("make a folder for files: %w", err)
	}
	f, err := st.s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, modeFile)
	if err != nil {
		return err
	}
	err = pour(f, r, h)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := st.receiveMarks(h); err != nil {
		return err
	}
	return st.receiveWaits(h)
}

func (st *stagedFiles) receiveWaits(h head) error {
	if h.Waits == nil {
		return nil
	}
	folder := path.Join(st.dir, waiting(h.File))
	for _, name := range append([]string{""}, *h.Waits...) {
		if err := st.s.root.Mkdir(path.Join(folder, name), mode); err != nil {
			return fmt.Errorf("note which case takes a file: %w", err)
		}
	}
	return nil
}

func (st *stagedFiles) receiveMarks(h head) error {
	if len(h.By) == 0 { // it went out before whoever put it was noted; a folder without a mark would have no place
		return nil
	}
	folder, name := st.s.at(path.Join(st.dir, folderBy), h.File)
	if err := st.s.root.MkdirAll(folder, mode); err != nil {
		return fmt.Errorf("make a folder for files: %w", err)
	}
	for _, who := range h.By {
		f, err := st.s.root.OpenFile(name+"."+who, os.O_WRONLY|os.O_CREATE|os.O_EXCL, modeFile)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return fmt.Errorf("note who put a file: %w", err)
		}
	}
	return nil
}

// Place is Staged's.
func (st *stagedFiles) Place(context.Context) error {
	if err := st.placeWaits(); err != nil {
		return full(fmt.Errorf("place files: %w", err))
	}
	for _, root := range []string{folderFiles, folderBy} {
		from := path.Join(st.dir, root)
		err := fs.WalkDir(st.s.root.FS(), from, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			to := path.Join(root, strings.TrimPrefix(name, from+"/"))
			if err := st.s.folder(path.Dir(to)); err != nil {
				return err
			}
			return st.s.root.Rename(name, to)
		})
		if err == nil {
			err = st.flush(from, root)
		}
		if err != nil {
			return full(fmt.Errorf("place files: %w", err))
		}
	}
	return st.Discard()
}

// placeWaits lets the files wait here that waited where they come from: before they have their names, as an upload does. One
// that is here already, and held, does not.
func (st *stagedFiles) placeWaits() error {
	list, err := fs.ReadDir(st.s.root.FS(), path.Join(st.dir, folderNew))
	if err != nil {
		return err
	}
	for _, e := range list {
		hash := e.Name()
		if err := st.s.wait(hash); err != nil {
			return err
		}
		if _, err := st.s.root.Lstat(waiting(hash)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		cases, err := fs.ReadDir(st.s.root.FS(), path.Join(st.dir, waiting(hash)))
		if err != nil {
			return err
		}
		for _, c := range cases {
			if err := st.s.root.Mkdir(path.Join(waiting(hash), c.Name()), mode); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		if err := st.s.syncFolder(waiting(hash)); err != nil {
			return err
		}
	}
	return nil
}

// flush makes the names durable that Place has given, a folder at a time.
func (st *stagedFiles) flush(from, root string) error {
	return fs.WalkDir(st.s.root.FS(), from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || name == from {
			return err
		}
		return st.s.syncFolder(path.Join(root, strings.TrimPrefix(name, from+"/")))
	})
}
