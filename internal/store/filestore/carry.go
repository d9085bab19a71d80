package filestore

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// All files of a store, in the order of their hashes, as they stand behind the rows in a backup:
//
//	{"file":"<hash>","bytes":1234,"by":["<who put it>",…],"waits":["<case>",…]}   and then the 1234 bytes and a line feed
//	{"files":2,"bytes":5678,"sha256":"…"}                                         number, bytes in all, digest of the heads before
//
// A file is what its hash says, or it does not go out or come in. One that waits for a case (prune.go) waits anew where it comes
// in, and the cases that asked for it, with their journals beside it, are asked again.

// ErrDamaged: a file is not what its hash says, or what comes in is not all that went out.
var ErrDamaged = errors.New("filestore: damaged or incomplete")

const (
	maxHead  = 16 << 20 // bytes of the head of a file: some 400,000 accounts that have put it, such as a blank form
	maxWaits = 1000     // cases that asked for a file; of one that more ask for it is as good as certain that it is held
)

// head is a line before a file, or the last one.
type head struct {
	File   string    `json:"file,omitempty"`
	Files  *int64    `json:"files,omitempty"`
	Bytes  int64     `json:"bytes"`
	By     []string  `json:"by,omitempty"`    // ends of the names of the marks
	Waits  *[]string `json:"waits,omitempty"` // the cases that asked for a file that waits; nil if it does not
	SHA256 string    `json:"sha256,omitempty"`
}

// Size counts the files and their bytes.
func (s *Store) Size(ctx context.Context) (files, size int64, err error) {
	err = s.each(ctx, func(info fs.FileInfo, _ []string) error {
		files++
		size += info.Size()
		return nil
	})
	return files, size, err
}

// Export writes every file to w. Files that come in meanwhile may be among them or not. ErrDamaged names a file that is not
// what its hash says. No file is removed meanwhile.
func (s *Store) Export(ctx context.Context, w io.Writer) error {
	return s.sharing(func() error { return s.export(ctx, w) })
}

func (s *Store) export(ctx context.Context, w io.Writer) error {
	sum := sha256.New()
	var files, size int64
	line := func(h head) error {
		b, err := json.Marshal(h)
		if err == nil && len(b) >= maxHead { // it would not come in again
			err = fmt.Errorf("more than %d bytes are noted of the file %s", maxHead, h.File)
		}
		if err == nil {
			b = append(b, '\n')
			sum.Write(b)
			_, err = w.Write(b)
		}
		return err
	}
	err := s.each(ctx, func(info fs.FileInfo, by []string) error {
		files++
		size += info.Size()
		waits, err := s.waits(info.Name())
		if err != nil {
			return err
		}
		if err := line(head{File: info.Name(), Bytes: info.Size(), By: by, Waits: waits}); err != nil {
			return err
		}
		return s.send(w, info)
	})
	if err != nil {
		return fmt.Errorf("copy files: %w", err)
	}
	return line(head{Files: &files, Bytes: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
}

// waits are the cases that asked for a file that waits; nil if it does not wait.
func (s *Store) waits(hash string) (*[]string, error) {
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

// send writes one file, which must be what its name says.
func (s *Store) send(w io.Writer, info fs.FileInfo) error {
	_, name := s.at(folderFiles, info.Name())
	f, err := s.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(f, info.Size()))
	if err != nil {
		return err
	}
	if n != info.Size() || hex.EncodeToString(sum.Sum(nil)) != info.Name() {
		return fmt.Errorf("%w: the file %s is not what it was (put it back from an older backup)", ErrDamaged, name)
	}
	_, err = w.Write([]byte("\n"))
	return err
}

// each visits the files in the order of their hashes, with the ends of the names of their marks.
func (s *Store) each(ctx context.Context, visit func(info fs.FileInfo, by []string) error) error {
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
func (s *Store) folders(name string) ([]string, error) {
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
func (s *Store) eachIn(folder string, visit func(info fs.FileInfo, by []string) error) error {
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

// Has reports that a file which a case refers to is here, in its length: nil, or ErrNotFound with its name.
func (s *Store) Has(f caseflow.File) error { return s.has(folderFiles, f) }

func (s *Store) has(root string, f caseflow.File) error {
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

// Staged are files that have come in whole and are not yet to be seen.
type Staged struct {
	s   *Store
	dir string // within the root
}

// Import reads what Export has written, to its very end, and keeps it aside, durable: Place lets the files be seen. ErrDamaged
// if anything is not as it was; then, and on any other error, nothing is kept.
func (s *Store) Import(ctx context.Context, r *bufio.Reader) (*Staged, error) {
	st := &Staged{s: s, dir: path.Join(folderTemp, "import-"+randomText())}
	for _, sub := range []string{folderFiles, folderBy, folderNew} {
		if err := s.root.MkdirAll(path.Join(st.dir, sub), mode); err != nil {
			return nil, full(fmt.Errorf("make a folder for files: %w", err))
		}
	}
	if err := st.read(ctx, r); err != nil {
		return nil, errors.Join(full(err), st.Discard())
	}
	return st, nil
}

// Discard removes what is kept aside. After Place it does nothing.
func (st *Staged) Discard() error { return st.s.root.RemoveAll(st.dir) }

// Has is the Has of a Store among the files kept aside.
func (st *Staged) Has(f caseflow.File) error { return st.s.has(path.Join(st.dir, folderFiles), f) }

func (st *Staged) read(ctx context.Context, r *bufio.Reader) error {
	sum := sha256.New()
	var files, size int64
	for last := ""; ; files++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		before := hex.EncodeToString(sum.Sum(nil))
		h, err := readHead(r, sum)
		if err != nil {
			return err
		}
		if h.Files != nil {
			if *h.Files != files || h.Bytes != size || h.SHA256 != before {
				return fmt.Errorf("%w: number, bytes or digest of the files differ", ErrDamaged)
			}
			if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
				return fmt.Errorf("%w: something follows the end", ErrDamaged)
			}
			return nil
		}
		if !valid(h.File) || h.File <= last || h.Bytes < 0 || h.Bytes > MaxBytes {
			return fmt.Errorf("%w: a file of %d bytes under the name %.64q", ErrDamaged, h.Bytes, h.File)
		}
		if err := st.receive(r, h); err != nil {
			return err
		}
		last = h.File
		size += h.Bytes
	}
}

// readHead reads a line of bounded length.
func readHead(r *bufio.Reader, sum hash.Hash) (head, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case errors.Is(err, io.EOF):
			return head{}, fmt.Errorf("%w: it ends too early", ErrDamaged)
		case len(line) > maxHead:
			return head{}, fmt.Errorf("%w: the head of a file is too long", ErrDamaged)
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return head{}, err
		case err != nil:
			continue
		}
		break
	}
	sum.Write(line)
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return h, fmt.Errorf("%w: the head of a file: %w", ErrDamaged, err)
	}
	if again, err := json.Marshal(h); err != nil || string(again)+"\n" != string(line) { // JSON reads more than Export writes
		return h, fmt.Errorf("%w: the head of a file is not as it was written", ErrDamaged)
	}
	return h, nil
}

// receive keeps one file aside, with the marks of who put it.
func (st *Staged) receive(r *bufio.Reader, h head) error {
	folder, name := st.s.at(path.Join(st.dir, folderFiles), h.File)
	if err := st.s.root.MkdirAll(folder, mode); err != nil {
		return fmt.Errorf("make a folder for files: %w", err)
	}
	f, err := st.s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, modeFile)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.CopyN(io.MultiWriter(f, sum), r, h.Bytes)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	end, _ := r.ReadByte() // no byte is no line feed
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it ends too early", ErrDamaged)
	case err != nil:
		return fmt.Errorf("keep a file: %w", err)
	case n != h.Bytes || end != '\n' || hex.EncodeToString(sum.Sum(nil)) != h.File:
		return fmt.Errorf("%w: the file %s is not what its name says", ErrDamaged, h.File)
	}
	if err := st.receiveMarks(h); err != nil {
		return err
	}
	return st.receiveWaits(h)
}

func (st *Staged) receiveWaits(h head) error {
	if h.Waits == nil {
		return nil
	}
	if len(*h.Waits) > maxWaits {
		return fmt.Errorf("%w: %d cases asked for the file %s", ErrDamaged, len(*h.Waits), h.File)
	}
	folder := path.Join(st.dir, waiting(h.File))
	for _, name := range append([]string{""}, *h.Waits...) {
		if region, no, ok := strings.Cut(name, "."); name != "" && (!ok || region == "" || no == "" || strings.ContainsRune(name, '/')) {
			return fmt.Errorf("%w: %.40q is no case", ErrDamaged, name)
		}
		if err := st.s.root.Mkdir(path.Join(folder, name), mode); err != nil {
			return fmt.Errorf("note which case takes a file: %w", err)
		}
	}
	return nil
}

func (st *Staged) receiveMarks(h head) error {
	if len(h.By) == 0 { // it went out before whoever put it was noted; a folder without a mark would have no place
		return nil
	}
	folder, name := st.s.at(path.Join(st.dir, folderBy), h.File)
	if err := st.s.root.MkdirAll(folder, mode); err != nil {
		return fmt.Errorf("make a folder for files: %w", err)
	}
	for _, who := range h.By {
		if b, err := hex.DecodeString(who); err != nil || len(b) != sha256.Size/2 {
			return fmt.Errorf("%w: %.40q is nobody who put a file", ErrDamaged, who)
		}
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

// Place lets the files be seen, durable, beside those that are there. A file that is there already under its hash is replaced
// by the copy, whose content is known to be right.
func (st *Staged) Place() error {
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
func (st *Staged) placeWaits() error {
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
func (st *Staged) flush(from, root string) error {
	return fs.WalkDir(st.s.root.FS(), from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || name == from {
			return err
		}
		return st.s.syncFolder(path.Join(root, strings.TrimPrefix(name, from+"/")))
	})
}
