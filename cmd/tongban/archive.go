package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// A backup is the rows of the store, as sqlstore writes them, and behind them the uploaded files, as filestore does. Rows come
// first: a file is durable before a case refers to it, so that none is missing that the rows name. Each part ends with its own
// number and digest, and each file is checked against the hash that is its name, on the way out and in.

type backupCommand struct {
	placeFlags
	bucketFlags
	recipientFlags
	To string `arg:"" help:"File to write, - for standard output. An existing file is not overwritten."`
}

// Run writes a consistent copy of the store and all uploaded files while they are in use.
func (c backupCommand) Run(w *world) (err error) {
	to, err := c.recipients()
	if err != nil {
		return err
	}
	st, err := c.openExisting(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	files, err := c.openUploads(w, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	return backupTo(w, c.To, func(out io.Writer, p *progress) error {
		return sealing(out, to, func(out io.Writer) error { return writeBackup(w.ctx, st, files, out, p) })
	})
}

// backupTo opens what a backup goes to. What did not become a whole backup is removed.
func backupTo(w *world, to string, backup func(out io.Writer, p *progress) error) (err error) {
	p := &progress{w: w}
	defer p.end()
	if to == "-" {
		out := bufio.NewWriterSize(io.MultiWriter(w.out, p), 1<<20)
		return errors.Join(backup(out, p), out.Flush())
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- the operator names the file
	switch {
	case errors.Is(err, os.ErrExist):
		return fmt.Errorf("cannot write the backup: %w (choose a name that does not exist)", err)
	case err != nil:
		return fmt.Errorf("cannot write the backup: %w (choose a folder that exists and that you may write to)", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(to))
		}
	}()
	out := bufio.NewWriterSize(io.MultiWriter(f, p), 1<<20)
	err = backup(out, p)
	if err = errors.Join(err, out.Flush(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err = syncFolder(filepath.Dir(to)); err == nil {
		p.end()
		fmt.Fprintln(w.out, to)
	}
	return err
}

// writeBackup writes rows and files. It fails if a file to which a case refers is not there.
func writeBackup(ctx context.Context, st *sqlstore.Store, files *uploads, out io.Writer, p *progress) error {
	p.begin("rows", 0)
	if err := st.Backup(ctx, out, func(f caseflow.File) error { return files.has(ctx, f) }); err != nil {
		return err
	}
	_, size, err := files.Size(ctx)
	if err != nil {
		return err
	}
	p.begin("files", size)
	return files.Export(ctx, out)
}

type restoreCommand struct {
	placeFlags
	bucketFlags
	identityFlag
	keysFlag
	From string `arg:"" help:"Backup to read, - for standard input."`
}

// keysFlag names the keys of a backup.
type keysFlag struct {
	Keys string `help:"File of the keys (seal.keys) that the backup was made under; restore takes the data folder's own if left out." placeholder:"FILE" type:"existingfile"`
}

// Run fills an empty store and the folder of uploads from a backup. A store that holds anything is left alone, and a backup
// that is not whole leaves nothing.
func (c restoreCommand) Run(w *world) (err error) {
	keys, err := c.identities()
	if err != nil {
		return err
	}
	in, size := w.in, int64(0)
	if c.From != "-" {
		f, err := os.Open(c.From) // #nosec G304 -- the operator names the file
		if err != nil {
			return fmt.Errorf("cannot read the backup: %w", err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
		in = f
	}
	p := &progress{w: w}
	p.begin("restore", size)
	plain, err := unsealing(io.TeeReader(in, p), keys)
	if err == nil {
		c.keys = c.Keys
		err = c.fill(w, plain, &c.bucketFlags)
	}
	p.end()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	fmt.Fprintln(w.out, "restored")
	return nil
}

// fill fills the empty store from a backup, with the files if it is said where they go. Rows and files are all in, and the files in their places,
// before the rows are committed; what a refused one has made is removed.
func (f placeFlags) fill(w *world, in io.Reader, files *bucketFlags) error {
	made := f.missing()
	if err := f.makeFolder(); err != nil {
		return err
	}
	r := bufio.NewReaderSize(in, 1<<20)
	var rest sqlstore.Rest
	if files != nil {
		rest = func(each func(func(caseflow.File) error) error) error { return f.fillFiles(w, *files, r, each) }
	}
	o, err := f.options(w.now)
	if err == nil {
		err = sqlstore.Restore(w.ctx, o, r, rest)
	}
	if err != nil {
		for _, path := range made {
			_ = os.Remove(path) // a folder in which something stands stays
		}
	}
	return remedied(err)
}

// remedied says what to do about what stands in the way of filling a store.
func remedied(err error) error {
	switch {
	case errors.Is(err, sqlstore.ErrKeys):
		return fmt.Errorf("%w (name with --keys the %s that the backup was made under)", err, seal.FileName)
	case errors.Is(err, sqlstore.ErrNotEmpty):
		return fmt.Errorf("%w (name another data folder or database: a store that holds anything is left alone)", err)
	case errors.Is(err, sqlstore.ErrDump), errors.Is(err, filestore.ErrDamaged):
		return fmt.Errorf("%w (give a file that tongban backup has written, whole)", err)
	}
	return err
}

// fillFiles takes in the files behind the rows, which must hold every one that an entry refers to.
func (f placeFlags) fillFiles(w *world, b bucketFlags, r *bufio.Reader, each func(func(caseflow.File) error) error) error {
	files, err := b.openFiles(w.ctx, f.Data, w.now())
	if err != nil {
		return err
	}
	staged, err := files.Import(w.ctx, r)
	if err != nil {
		return errors.Join(err, files.Close())
	}
	if err = each(func(f caseflow.File) error { return staged.Has(w.ctx, f) }); err == nil {
		err = staged.Place(w.ctx)
	}
	return errors.Join(err, staged.Discard(), files.Close())
}

// missing lists what opening an empty store and folder of uploads would make, the innermost first.
func (f placeFlags) missing() (list []string) {
	all := []string{}
	if f.Store == "" {
		all = append(all, f.address()+"-wal", f.address()+"-shm", f.address())
	}
	files := filesFolder(f.Data)
	for _, sub := range []string{"tmp", "sha", "by", "apart", "new", "lock", ""} {
		all = append(all, filepath.Join(files, sub))
	}
	for _, path := range append(all, filepath.Join(f.Data, "spool"), filepath.Join(f.Data, seal.FileName), f.Data) {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			list = append(list, path)
		}
	}
	return list
}

type moveCommand struct {
	bucketFlags
	From string `arg:"" help:"Store to read: a data folder or postgres://…"`
	To   string `arg:"" help:"Empty store to fill: a data folder or postgres://…"`
	Data string `env:"TONGBAN_DATA" help:"Data folder that holds the uploaded files of the side that is PostgreSQL; the other side's folder if left out." placeholder:"DIR"`
}

// Run copies everything from one store to another, such as from the embedded one to PostgreSQL. Stop the servers first.
func (c moveCommand) Run(w *world) (err error) {
	from, to, err := c.sides()
	if err != nil {
		return err
	}
	st, err := from.openExisting(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	files, err := c.openUploads(w, from.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	carry := c.Bucket == "" && filepath.Clean(from.Data) != filepath.Clean(to.Data) // the bucket is that of both sides
	var bucket *bucketFlags
	if carry {
		bucket = &c.bucketFlags
	}
	p := &progress{w: w}
	pr, pw := io.Pipe()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		out := io.MultiWriter(pw, p)
		if carry {
			pw.CloseWithError(writeBackup(w.ctx, st, files, out, p))
			return
		}
		p.begin("rows", 0)
		pw.CloseWithError(st.Backup(w.ctx, out, func(f caseflow.File) error { return files.has(w.ctx, f) })) // the files stay where they are
	}()
	to.keys = filepath.Join(from.Data, seal.FileName)
	err = to.fill(w, pr, bucket)
	pr.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // lets the reading side go when the other has refused
	<-sent
	p.end()
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	fmt.Fprintln(w.out, "moved")
	return nil
}

// sides are the two stores with the data folders of their uploads.
func (c moveCommand) sides() (from, to placeFlags, err error) {
	from, to = storeAt(c.From), storeAt(c.To)
	data := c.Data
	if from.Store != "" && to.Store != "" && data == "" && c.Bucket == "" {
		return from, to, usageError("say with --data in which data folder the uploaded files are, when both stores are PostgreSQL")
	}
	if data == "" {
		data = from.Data + to.Data // the one that is a folder
	}
	if from.Store != "" {
		from.Data = data
	}
	if to.Store != "" {
		to.Data = data
	}
	return from, to, nil
}

// storeAt reads a data folder or a PostgreSQL address.
func storeAt(s string) placeFlags {
	if strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://") {
		return placeFlags{Store: s}
	}
	return placeFlags{Data: filepath.Clean(s)}
}
