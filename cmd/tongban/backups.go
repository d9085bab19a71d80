package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/tongban/tongban/internal/access"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// backupFlags say where backups are kept that the server makes, and when.
type backupFlags struct {
	Backups     string        `env:"TONGBAN_BACKUPS" help:"Folder for the backups that the server makes, best on another disk; backups in the data folder if left out." placeholder:"DIR"`
	BackupEvery time.Duration `env:"TONGBAN_BACKUP_EVERY" help:"Make one by itself this long after the last, such as 24h; never if left out. On one server of a store only." placeholder:"TIME"`
	recipientFlags
	identityFlag
	BackupKeep int `default:"14" env:"TONGBAN_BACKUP_KEEP" help:"How many whole backups stay in the folder, 0 for all (${default} if left out)." placeholder:"N"`
}

func (f backupFlags) check() error {
	switch {
	case f.BackupEvery != 0 && f.BackupEvery < 10*time.Minute:
		return usageError("--backup-every is 10m at least")
	case f.BackupKeep < 0:
		return usageError("--backup-keep is 0 at least")
	}
	return nil
}

// keepBackups opens the folder of backups.
func (a *app) keepBackups(c serveCommand) (err error) {
	dir := c.Backups
	if dir == "" {
		dir = filepath.Join(c.Data, "backups")
	}
	by := access.System
	by.Region = c.Region // the operation log is read by region
	w := &world{err: io.Discard, now: a.hall.Now}
	to, err := c.recipients()
	if err != nil {
		return err
	}
	keys, err := c.identities()
	if err != nil {
		return err
	}
	a.backups, err = backup.Open(backup.Options{
		Dir: dir, Now: a.hall.Now, Log: a.log, Note: a.gate.Note, By: by, Every: c.BackupEvery, Keep: c.BackupKeep, Jobs: a.jobs,
		Write: func(ctx context.Context, out io.Writer) error {
			return sealing(out, to, func(out io.Writer) error {
				return writeBackup(ctx, a.store, &uploads{Store: a.files, where: filesFolder(c.Data)}, out, &progress{w: w})
			})
		},
		Try: func(ctx context.Context, in io.Reader, dir string) (backup.Found, error) {
			plain, err := unsealed(in, keys)
			if err != nil {
				return backup.Found{}, fmt.Errorf("%w: %w", backup.ErrDamaged, err)
			}
			return tryArchive(ctx, plain, placeFlags{Data: dir, ring: a.ring}, a.hall.Now)
		},
		Encrypts: len(to) > 0, Opens: len(keys) > 0,
		Need: a.archiveSize,
	})
	return err
}

// archiveSize is a guess of how large an archive will be, for the first one: its rows take a little less than the database.
func (a *app) archiveSize(ctx context.Context) (int64, error) {
	load, err := a.store.Workload(ctx, a.hall.Now())
	if err != nil {
		return 0, err
	}
	_, files, err := a.files.Size(ctx)
	return load.Bytes + files, err
}

// tryArchive restores an archive into an embedded store at a place, whatever database it comes from, and proves all that it holds.
func tryArchive(ctx context.Context, in io.Reader, place placeFlags, now func() time.Time) (found backup.Found, err error) {
	switch err := place.fill(&world{ctx: ctx, err: io.Discard, now: now}, in, &bucketFlags{}); {
	case errors.Is(err, sqlstore.ErrDump), errors.Is(err, filestore.ErrDamaged), errors.Is(err, os.ErrNotExist):
		return found, fmt.Errorf("%w: %w", backup.ErrDamaged, err)
	case err != nil:
		return found, err
	}
	st, err := place.openExisting(ctx, now)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	checked, err := hall.Check(ctx, st)
	found = backup.Found{Cases: checked.Cases, Entries: checked.Entries}
	if errors.Is(err, hall.ErrUnsound) {
		return found, fmt.Errorf("%w: %w", backup.ErrWrong, err)
	}
	if err != nil {
		return found, err
	}
	if _, err := sequencer.Compare(ctx, st); err != nil {
		return found, fmt.Errorf("%w: %w", backup.ErrWrong, err)
	}
	files, err := filestore.Open(filesFolder(place.Data), now())
	if err != nil {
		return found, err
	}
	found.Files, _, err = files.Size(ctx)
	return found, errors.Join(err, files.Close())
}

type verifyBackupCommand struct {
	identityFlag
	keysFlag
	From  string `arg:"" help:"Backup to read, - for standard input."`
	Since string `help:"A checkpoint of the log, or a receipt: the restored log must hold all that it shows." placeholder:"FILE" type:"existingfile"`
}

// Run restores a backup into a store of its own in the folder for temporary files, checks all of it, and removes that store.
func (c verifyBackupCommand) Run(w *world) (err error) {
	keys, err := c.identities()
	if err != nil {
		return err
	}
	in := w.in
	if c.From != "-" {
		f, err := os.Open(c.From) // #nosec G304 -- the operator names the file
		if err != nil {
			return fmt.Errorf("cannot read the backup: %w", err)
		}
		defer f.Close()
		in = f
	}
	if in, err = unsealing(in, keys); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	dir, err := os.MkdirTemp("", "tongban-verify-")
	if err != nil {
		return fmt.Errorf("verify: %w (TMPDIR names another folder)", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	place := placeFlags{Data: dir, keys: c.Keys}
	found, err := tryArchive(w.ctx, in, place, w.now)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if c.Since != "" {
		if err := holdsSince(w.ctx, place, c.Since, w.now); err != nil {
			return fmt.Errorf("verify: %w", err)
		}
	}
	_, err = fmt.Fprintf(w.out, "sound: %d cases, %d entries, %d files\n", found.Cases, found.Entries, found.Files)
	return err
}

// holdsSince proves that the log of a store continues a checkpoint that one of the log's own keys has signed; else the store is older, or
// of another history.
func holdsSince(ctx context.Context, place placeFlags, file string, now func() time.Time) (err error) {
	st, err := place.openExisting(ctx, now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	listed, err := st.LogKeys(ctx)
	if err != nil {
		return err
	}
	keys := make([]note.Verifier, len(listed))
	for i := range listed {
		if keys[i], err = evidence.ParseKey(listed[i].Public); err != nil {
			return err
		}
	}
	older, err := olderCheckpoint(file, keys...)
	if err != nil {
		return err
	}
	head, err := st.LogHead(ctx)
	if err != nil {
		return err
	}
	newest, err := evidence.OpenCheckpoint(head.Checkpoint, keys...)
	if err != nil {
		return err
	}
	return continues(sequencer.Tiles(ctx, st), older, newest)
}
