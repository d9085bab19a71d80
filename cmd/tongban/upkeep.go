package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

type migrateCommand struct {
	storeFlags
	New bool `help:"Make a new store if there is none."`
}

// Run brings the database up to this program's version; it may be killed and run again.
func (c migrateCommand) Run(w *world) error {
	open := c.openExisting
	if c.New {
		open = c.openStore
	}
	st, err := open(w.ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(w.out, "up to date")
	return st.Close()
}

type backupCommand struct {
	storeFlags
	To string `arg:"" help:"File to write, - for standard output. An existing file is not overwritten."`
}

// Run writes a consistent copy of the store while it is in use.
func (c backupCommand) Run(w *world) error {
	st, err := c.openExisting(w.ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(backupTo(w, st.Backup, c.To), st.Close()); err != nil {
		return err
	}
	fmt.Fprintf(w.err, "Uploaded files are not in it: copy the folder %s as well, after this. They never change once written.\n", filepath.Join(c.Data, "files"))
	return nil
}

func backupTo(w *world, backup func(context.Context, io.Writer) error, to string) (err error) {
	if to == "-" {
		return backup(w.ctx, w.out)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- the operator names the file
	if err != nil {
		return fmt.Errorf("cannot write the backup: %w (choose a name that does not exist)", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(to))
		}
	}()
	counted := &progress{w: w, what: "written"}
	buf := bufio.NewWriterSize(io.MultiWriter(f, counted), 1<<20)
	err = backup(w.ctx, buf)
	err = errors.Join(err, buf.Flush(), f.Sync(), f.Close())
	counted.end()
	if err == nil {
		fmt.Fprintln(w.out, to)
	}
	return err
}

type restoreCommand struct {
	storeFlags
	From string `arg:"" help:"Backup to read, - for standard input."`
}

// Run fills an empty store from a backup. A store that holds anything is left alone.
func (c restoreCommand) Run(w *world) (err error) {
	in := w.in
	if c.From != "-" {
		f, err := os.Open(c.From) // #nosec G304 -- the operator names the file
		if err != nil {
			return fmt.Errorf("cannot read the backup: %w", err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		in = f
	}
	if err := c.makeFolder(); err != nil {
		return err
	}
	undo := c.newFile()
	counted := &progress{w: w, what: "read"}
	err = sqlstore.Restore(w.ctx, sqlstore.Options{Address: c.address()}, bufio.NewReaderSize(io.TeeReader(in, counted), 1<<20))
	counted.end()
	if err != nil {
		return fmt.Errorf("restore: %w", errors.Join(err, undo()))
	}
	fmt.Fprintln(w.out, "restored")
	return nil
}

// newFile remembers whether the embedded store is there yet. What it returns takes away one that was made since: a restore
// that failed leaves no empty store that the next command would take for the real one.
func (f storeFlags) newFile() (undo func() error) {
	if f.Store != "" {
		return func() error { return nil }
	}
	if _, err := os.Stat(f.address()); !errors.Is(err, os.ErrNotExist) {
		return func() error { return nil }
	}
	return func() error {
		var errs []error
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(f.address() + suffix); !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		return errors.Join(errs...)
	}
}

type moveCommand struct {
	From string `arg:"" help:"Store to read: a data folder or postgres://…"`
	To   string `arg:"" help:"Empty store to fill: a data folder or postgres://…"`
}

// Run copies everything from one store to another, such as from the embedded one to PostgreSQL. Stop the servers first.
func (c moveCommand) Run(w *world) (err error) {
	from, err := storeAt(c.From).openExisting(w.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to := storeAt(c.To)
	if err := to.makeFolder(); err != nil {
		return err
	}
	pr, pw := io.Pipe()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		pw.CloseWithError(from.Backup(w.ctx, pw))
	}()
	counted := &progress{w: w, what: "moved"}
	err = sqlstore.Restore(w.ctx, sqlstore.Options{Address: to.address()}, io.TeeReader(pr, counted))
	pr.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // lets the reading side go when the other has refused
	<-sent
	counted.end()
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	fmt.Fprintln(w.out, "moved")
	fmt.Fprintln(w.err, "Uploaded files are kept in the folder files of --data: copy it as well if the data folder changes.")
	return nil
}

// storeAt reads a data folder or a PostgreSQL address.
func storeAt(s string) storeFlags {
	if strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://") {
		return storeFlags{Store: s}
	}
	return storeFlags{Data: filepath.Clean(s)}
}

type userCommand struct {
	Add userAddCommand `cmd:"" help:"Add an account; its first password is made and printed once."`
}

type userAddCommand struct {
	storeFlags
	Login      string   `arg:"" help:"Name to sign in with."`
	Name       string   `required:"" help:"Name of the person."`
	Region     string   `required:"" help:"Six digits of GB/T 2260, such as 610502."`
	Department string   `help:"Department of an official."`
	Role       []string `required:"" help:"clerk, reviewer, head, supervisor, admin, or a role that a pack names."`
}

// Run adds an official.
func (c userAddCommand) Run(w *world) (err error) {
	if err := c.check(w); err != nil {
		return err
	}
	st, err := c.openExisting(w.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	gate, err := access.NewGate(st, access.Options{Now: w.now})
	if err != nil {
		return err
	}
	_, password, err := gate.AddAccount(w.ctx, access.System, access.NewAccount{
		Login: c.Login, Kind: caseflow.ActorOfficial, Name: c.Name, Region: c.Region, Department: c.Department, Roles: c.Role,
	})
	if err != nil {
		return spoken(err)
	}
	if _, werr := fmt.Fprintf(w.out, "%s %s\n", c.Login, password); werr != nil { // it is shown once: not here, then there
		fmt.Fprintf(w.err, "The account was made, but its password could not be written to standard output. It is %s\n", password)
		return werr
	}
	fmt.Fprintln(w.err, "The password must be changed at the first sign-in.")
	return nil
}

// check finds a role that nobody asks for, which would make an account that can do nothing, and mentions a department that
// no pack names: offices outside the packs have supervisors and administrators.
func (c userAddCommand) check(w *world) error {
	if err := checkRegion(c.Region); err != nil {
		return err
	}
	list, err := readPacks(c.Packs, w.now)
	if err != nil {
		return err
	}
	roles := []string{caseflow.RoleClerk, caseflow.RoleReviewer, caseflow.RoleHead, caseflow.RoleSupervisor, caseflow.RoleAdmin}
	departments := []string{}
	for _, p := range list {
		for _, r := range p.Roles {
			roles = append(roles, r.ID)
		}
		for _, d := range p.Departments {
			departments = append(departments, d.ID)
		}
	}
	for _, r := range c.Role {
		if !slices.Contains(roles, r) {
			return usageError(fmt.Sprintf("--role %.40q is none of %s", r, strings.Join(roles, ", ")))
		}
	}
	if c.Department != "" && !slices.Contains(departments, c.Department) {
		fmt.Fprintf(w.err, "No pack has a department %.40q; those known are %s.\n", c.Department, strings.Join(departments, ", "))
	}
	return nil
}
