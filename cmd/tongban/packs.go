package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/walk"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/packs"
)

type packCommand struct {
	Check packCheckCommand `cmd:"" help:"Prove packs. Exit 0 if all hold; 1 if not, with file, line and remedy on standard error."`
	List  packListCommand  `cmd:"" help:"List the built-in packs and those of --packs."`
}

type packCheckCommand struct {
	Dirs []string `arg:"" help:"Folders of packs." type:"existingdir"`
	Walk bool     `default:"true" negatable:"" help:"Also play the pack's scenario through the API on virtual time (some seconds)."`
}

// Run proves each folder and prints what is wrong.
func (c packCheckCommand) Run(w *world) error {
	wrong := 0
	for _, dir := range c.Dirs {
		p, problems := pack.Check(os.DirFS(dir))
		for _, problem := range problems {
			fmt.Fprintf(w.err, "%s/%v\n", dir, problem)
		}
		wrong += len(problems)
		if p == nil {
			continue
		}
		failed, err := c.play(w, dir, p)
		if err != nil {
			return err
		}
		if wrong += failed; failed == 0 {
			fmt.Fprintln(w.out, p.ID, p.Version, "holds")
		}
	}
	if wrong > 0 {
		return errNo
	}
	return nil
}

// play runs the scenario of a proved pack and prints what went otherwise than it says.
func (c packCheckCommand) play(w *world, dir string, p *pack.Pack) (int, error) {
	if !c.Walk || p.Walk == nil {
		return 0, nil
	}
	report, err := walk.Run(w.ctx, walk.Options{Pack: p})
	if err != nil {
		return 0, fmt.Errorf("walk of %s: %w", dir, err)
	}
	for _, f := range report.Failures() {
		fmt.Fprintf(w.err, "%s/%v\n", dir, f)
	}
	return len(report.Failures()), nil
}

type packListCommand struct {
	Packs []string `env:"TONGBAN_PACKS" help:"Folders of packs beside the built-in ones." placeholder:"DIR" type:"existingdir"`
}

// Run lists packs with their practice and items.
func (c packListCommand) Run(w *world) error {
	list, err := readPacks(c.Packs)
	if err != nil {
		return err
	}
	for _, p := range list {
		fmt.Fprintf(w.out, "%s\t%s\t%s\t%s\n", p.ID, p.Version, p.City.ZH, p.Name.ZH)
		for _, it := range p.Items {
			fmt.Fprintf(w.out, "  %s\t%s\n", it.ID, it.Name.ZH)
		}
	}
	return nil
}

// eachPack reads the files of the built-in packs and those of the folders.
func eachPack(folders []string, visit func(name string, sealed *pack.Sealed) error) error {
	entries, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		return fmt.Errorf("built-in packs: %w", err)
	}
	read := func(name string, fsys fs.FS) error {
		sealed, problems := pack.Seal(fsys)
		if len(problems) > 0 {
			return doesNotHold(name, problems)
		}
		return visit(name, sealed)
	}
	for _, e := range entries {
		sub, err := fs.Sub(packs.FS, e.Name())
		if err != nil {
			return err
		}
		if err := read(e.Name(), sub); err != nil {
			return err
		}
	}
	for _, dir := range folders {
		if err := read(dir, os.DirFS(dir)); err != nil {
			return err
		}
	}
	return nil
}

func doesNotHold(name string, problems []pack.Problem) error {
	errs := make([]error, len(problems))
	for i, problem := range problems {
		errs[i] = problem
	}
	return fmt.Errorf("pack %s does not hold:\n%w", name, errors.Join(errs...))
}

// readPacks loads and proves the built-in packs and those of the folders.
func readPacks(folders []string) (list []*pack.Pack, err error) {
	err = eachPack(folders, func(name string, sealed *pack.Sealed) error {
		p, problems := sealed.Check()
		if len(problems) > 0 {
			return doesNotHold(name, problems)
		}
		list = append(list, p)
		return nil
	})
	return list, err
}

// loadPacks fills the catalogue: the built-in packs and the folders given, then the versions that running cases began with,
// from the store. A new version is stored before it is used, so that it is found again after an upgrade. Files that this very
// build of the program has proved before are not proved again, and loaded only when they are asked for.
func loadPacks(ctx context.Context, st store.Store, folders []string, build string, now time.Time) (web.Library, error) {
	lib := web.Library{Catalogue: &pack.Catalogue{}}
	rows, err := st.Packs(ctx)
	if err != nil {
		return lib, fmt.Errorf("stored packs: %w", err)
	}
	proved := map[[sha256.Size]byte]store.PackRow{}
	for _, row := range rows {
		if build != "" && row.Proved == build && len(row.Digest) == sha256.Size {
			proved[[sha256.Size]byte(row.Digest)] = row
		}
	}
	err = eachPack(folders, func(name string, sealed *pack.Sealed) error {
		if row, ok := proved[sealed.Digest]; ok {
			return lib.AddSealed(sealed, row.ID, row.Version)
		}
		p, problems := sealed.Check()
		if len(problems) > 0 {
			return doesNotHold(name, problems)
		}
		if err := lib.Add(p); err != nil {
			return err
		}
		return keepPack(ctx, st, store.PackRow{ID: p.ID, Version: p.Version, Digest: sealed.Digest[:], Archive: sealed.Archive,
			Added: now.UTC(), Proved: build, Loaded: build})
	})
	if err != nil {
		return lib, err
	}
	return lib, addStored(ctx, st, lib, rows, build)
}

// keepPack stores a version that was proved just now, or notes that it was.
func keepPack(ctx context.Context, st store.Store, row store.PackRow) error {
	err := st.PutPack(ctx, row)
	if errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("pack %s %s differs from the one that running cases use under that version: raise version in its pack.yaml", row.ID, row.Version)
	}
	if err != nil {
		return err
	}
	return st.VouchPack(ctx, row)
}

// addStored adds the older versions that the store keeps. They were proved by the program that began with them; whether this
// one can load them is found out once.
func addStored(ctx context.Context, st store.Store, lib web.Library, rows []store.PackRow, build string) error {
	for _, row := range rows {
		if lib.Has(row.ID, row.Version) {
			continue
		}
		fsys, err := pack.Open(row.Archive)
		if err != nil {
			return fmt.Errorf("stored pack %s %s: %w", row.ID, row.Version, err)
		}
		sealed, problems := pack.Seal(fsys)
		switch {
		case len(problems) > 0:
			return fmt.Errorf("stored pack %s %s: %w", row.ID, row.Version, problems[0])
		case !bytes.Equal(sealed.Digest[:], row.Digest):
			return fmt.Errorf("stored pack %s %s is not what was stored: its digest differs (restore a backup)", row.ID, row.Version)
		}
		if row.Loaded == build {
			if err := lib.AddSealed(sealed, row.ID, row.Version); err != nil {
				return err
			}
			continue
		}
		p, problems := sealed.Load()
		if len(problems) > 0 {
			return fmt.Errorf("stored pack %s %s: %w", row.ID, row.Version, problems[0])
		}
		if err := lib.Add(p); err != nil {
			return err
		}
		row.Loaded = build
		if err := st.VouchPack(ctx, row); err != nil {
			return fmt.Errorf("stored pack %s %s: %w", row.ID, row.Version, err)
		}
	}
	return nil
}
