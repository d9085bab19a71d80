package main

import (
	"context"
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

// readPacks loads and proves the built-in packs and those of the folders.
func readPacks(folders []string) ([]*pack.Pack, error) {
	entries, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		return nil, fmt.Errorf("built-in packs: %w", err)
	}
	var list []*pack.Pack
	read := func(name string, fsys fs.FS) error {
		p, problems := pack.Check(fsys)
		if len(problems) > 0 {
			errs := make([]error, len(problems))
			for i, problem := range problems {
				errs[i] = problem
			}
			return fmt.Errorf("pack %s does not hold:\n%w", name, errors.Join(errs...))
		}
		list = append(list, p)
		return nil
	}
	for _, e := range entries {
		sub, err := fs.Sub(packs.FS, e.Name())
		if err != nil {
			return nil, err
		}
		if err := read(e.Name(), sub); err != nil {
			return nil, err
		}
	}
	for _, dir := range folders {
		if err := read(dir, os.DirFS(dir)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// loadPacks fills the catalogue: the versions that running cases began with come from the store, then the built-in packs
// and the folders given. A new version is stored before it is used, so that it is found again after an upgrade.
func loadPacks(ctx context.Context, st store.Store, folders []string, now time.Time) (web.Library, error) {
	lib := web.Library{Catalogue: &pack.Catalogue{}}
	list, err := readPacks(folders)
	if err != nil {
		return lib, err
	}
	for _, p := range list {
		if err := lib.Add(p); err != nil {
			return lib, err
		}
		if err := keepPack(ctx, st, p, now); err != nil {
			return lib, err
		}
	}
	return lib, addStored(ctx, st, lib)
}

func keepPack(ctx context.Context, st store.Store, p *pack.Pack, now time.Time) error {
	archive, err := p.Archive()
	if err != nil {
		return err
	}
	digest, err := p.Digest()
	if err != nil {
		return err
	}
	err = st.PutPack(ctx, store.PackRow{ID: p.ID, Version: p.Version, Digest: digest[:], Archive: archive, Added: now.UTC()})
	if errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("pack %s %s differs from the one that running cases use under that version: raise version in its pack.yaml", p.ID, p.Version)
	}
	return err
}

// addStored adds the older versions that the store keeps.
func addStored(ctx context.Context, st store.Store, lib web.Library) error {
	rows, err := st.Packs(ctx)
	if err != nil {
		return fmt.Errorf("stored packs: %w", err)
	}
	for _, row := range rows {
		if _, err := lib.Pack(row.ID, row.Version); err == nil {
			continue
		}
		fsys, err := pack.Open(row.Archive)
		if err != nil {
			return fmt.Errorf("stored pack %s %s: %w", row.ID, row.Version, err)
		}
		p, problems := pack.Load(fsys)
		if len(problems) > 0 {
			return fmt.Errorf("stored pack %s %s: %w", row.ID, row.Version, problems[0])
		}
		if err := lib.Add(p); err != nil {
			return err
		}
	}
	return nil
}
