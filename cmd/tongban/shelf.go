package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/workday"
)

// shelf is the catalogue of one server over the pack versions that the store keeps. Another server, or the command line,
// may put a version there at any time: this one takes it when a case asks for it, and looks by itself every few seconds.
type shelf struct {
	web.Library
	store store.Store
	log   *slog.Logger
	now   func() time.Time
	build string             // what this program vouches for as; empty: it does not
	fetch sync.Mutex         // one fetch at a time
	bad   sync.Map           // id and version of what this program cannot read, so that each is told of once
	laws  *workday.Catalogue // of limits; nil: the program's
	jobs  *chore.Board
	on    workday.Date // the day whose law the packs are read by; of follow alone
}

// lookEvery is how often a server looks for versions that others have put into the store.
const lookEvery = 3 * time.Second

// fetchWithin bounds how long a case waits for its version to come out of the store.
const fetchWithin = 10 * time.Second

func newShelf(st store.Store, log *slog.Logger, now func() time.Time) *shelf {
	return &shelf{Library: web.Library{Catalogue: &pack.Catalogue{}}, store: st, log: log, now: now, on: workday.DateOf(now())}
}

// loadPacks fills the catalogue: the built-in packs and the folders given, then the versions that running cases began with,
// from the store. A new version is stored before it is used, so that it is found again after an upgrade. Files that this very
// build of the program has proved before are not proved again, and loaded only when they are asked for.
func loadPacks(ctx context.Context, st store.Store, folders []string, build string, log *slog.Logger, now func() time.Time) (*shelf, error) {
	s := newShelf(st, log, now)
	s.build = build
	rows, err := st.Packs(ctx)
	if err != nil {
		return nil, fmt.Errorf("stored packs: %w", err)
	}
	proved := map[[sha256.Size]byte]store.PackRow{}
	for _, row := range rows {
		if build != "" && row.Proved == build && len(row.Digest) == sha256.Size {
			proved[[sha256.Size]byte(row.Digest)] = row
		}
	}
	err = eachPack(folders, func(name string, sealed *pack.Sealed) error {
		if row, ok := proved[sealed.Digest]; ok {
			return s.AddSealed(sealed, s.law(), row.ID, row.Version)
		}
		p, problems := sealed.Check(s.law())
		if len(problems) > 0 {
			return doesNotHold(name, problems)
		}
		return s.take(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	return s, s.addStored(ctx, rows)
}

// addStored adds the older versions that the store keeps. They were proved by the program that began with them; whether this
// one can load them is found out once.
func (s *shelf) addStored(ctx context.Context, rows []store.PackRow) error {
	for _, row := range rows {
		if s.Has(row.ID, row.Version) {
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
		if row.Loaded == s.build && s.build != "" {
			if err := s.AddSealed(sealed, s.law(), row.ID, row.Version); err != nil {
				return err
			}
			continue
		}
		p, problems := sealed.Load(s.law())
		if len(problems) > 0 {
			return fmt.Errorf("stored pack %s %s: %w", row.ID, row.Version, problems[0])
		}
		if err := s.Add(p); err != nil {
			return err
		}
		row.Loaded = s.build
		if err := s.store.VouchPack(ctx, row); err != nil {
			return fmt.Errorf("stored pack %s %s: %w", row.ID, row.Version, err)
		}
	}
	return nil
}

// today reads packs by the law that is in force today: that of the acceptances to come.
func today(now func() time.Time) pack.Options {
	return pack.Options{On: workday.DateOf(now()), Parts: module.PackParts()}
}

// law is today's, by the limits of this server.
func (s *shelf) law() pack.Options {
	return pack.Options{Laws: s.laws, On: workday.DateOf(s.now()), Parts: module.PackParts()}
}

// turn reads the packs again when a day begins on which a limit is another: a case that is accepted from now on has the new one,
// on whichever version it is; what is counted already stays as it was told. Cases move by a recount and nothing else.
func (s *shelf) turn() error {
	o := s.law()
	if o.On == s.on {
		return nil
	}
	turned, err := s.Turn(o)
	s.on = o.On
	for _, which := range turned {
		s.log.Info("limits of law are those of a new day", "pack", which, "on", o.On)
	}
	return err
}

// take stores a proved pack and lets cases begin with it.
func (s *shelf) take(ctx context.Context, p *pack.Pack) error {
	if err := s.Accepts(p); err != nil {
		return err
	}
	archive, err := p.Archive()
	if err != nil {
		return err
	}
	digest := p.Digest()
	row := store.PackRow{ID: p.ID, Version: p.Version, Digest: digest[:], Archive: archive, Added: s.now().UTC(), Proved: s.build, Loaded: s.build}
	err = s.store.PutPack(ctx, row)
	if errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("pack %s %s differs from the one that running cases use under that version (raise version in its pack.yaml): %w", p.ID, p.Version, pack.ErrVersionTaken)
	}
	if err == nil && s.build != "" {
		err = s.store.VouchPack(ctx, row)
	}
	if err != nil {
		return err
	}
	return s.Add(p)
}

// Proofs lists the stored versions with the builds that proved and loaded them, without their files.
func (s *shelf) Proofs(ctx context.Context) ([]store.PackRow, error) {
	return s.store.PackVersions(ctx)
}

// Build is what this program vouches for as; "" if it does not.
func (s *shelf) Build() string { return s.build }

// Load is api.Packs: it proves a pack and takes it.
func (s *shelf) Load(ctx context.Context, archive []byte, may func(region string) error) (*pack.Pack, []pack.Problem, error) {
	fsys, err := pack.Open(archive)
	if err != nil {
		return nil, []pack.Problem{{File: "pack.yaml", Code: "file.read", What: err.Error(), Mend: "send a zip of the pack's folder, with pack.yaml at its root"}}, nil
	}
	p, problems := s.law().Check(fsys)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	regions := []string{p.Region}
	for _, other := range s.Packs() {
		if other.ID == p.ID {
			regions = append(regions, other.Region)
		}
	}
	for _, region := range regions {
		if err := may(region); err != nil {
			return nil, nil, err
		}
	}
	return p, nil, s.take(ctx, p)
}

// Item is hall.Catalogue's: a version that is not here is looked for in the store.
func (s *shelf) Item(id, version string, item caseflow.ItemID) *caseflow.Item {
	if it := s.Library.Item(id, version, item); it != nil {
		return it
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchWithin)
	defer cancel()
	if err := s.bring(ctx, id, version); err != nil {
		s.log.Warn("pack version not found", "pack", id, "version", version, "err", err)
		return nil
	}
	return s.Library.Item(id, version, item)
}

// bring takes one version out of the store. It was proved when it was put there, perhaps by stricter or laxer rules than
// today's: what runs is not proved again.
func (s *shelf) bring(ctx context.Context, id, version string) error {
	s.fetch.Lock()
	defer s.fetch.Unlock()
	if s.Has(id, version) {
		return nil
	}
	row, err := s.store.Pack(ctx, id, version)
	if err != nil {
		return err
	}
	if err := s.unpack(row.Archive); err != nil {
		s.bad.Store([2]string{id, version}, true)
		return fmt.Errorf("stored pack %s %s: %w", id, version, err)
	}
	return nil
}

func (s *shelf) unpack(archive []byte) error {
	fsys, err := pack.Open(archive)
	if err != nil {
		return err
	}
	p, problems := s.law().Load(fsys)
	if len(problems) > 0 {
		return problems[0]
	}
	return s.Add(p)
}

// refresh takes every version of the store that is not here yet.
func (s *shelf) refresh(ctx context.Context) error {
	rows, err := s.store.PackVersions(ctx)
	if err != nil {
		return fmt.Errorf("stored packs: %w", err)
	}
	var errs []error
	for _, row := range rows {
		_, bad := s.bad.Load([2]string{row.ID, row.Version})
		if bad || s.Has(row.ID, row.Version) {
			continue
		}
		if err := s.bring(ctx, row.ID, row.Version); err != nil {
			errs = append(errs, err)
			continue
		}
		s.log.Info("pack taken from the store", "pack", row.ID, "version", row.Version)
	}
	return errors.Join(errs...)
}

// follow looks for new versions, and for a new day, until ctx ends.
func (s *shelf) follow(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.jobs.Bell(chore.Packs):
		}
		if err := s.turn(); err != nil {
			s.log.Error("limits of a new day", "err", err)
		}
		if _, err := s.jobs.Do(chore.Packs, lookEvery, func() (int, error) { return 0, s.refresh(ctx) }); err != nil && ctx.Err() == nil {
			s.log.Error("packs of the store", "err", err)
		}
	}
}

type packLoadCommand struct {
	Dirs []string `arg:"" help:"Packs, or folders of packs." type:"existingdir"`
	placeFlags
}

// Run proves packs and puts them into the store, from which running servers take them.
func (c packLoadCommand) Run(w *world) (err error) {
	proved, wrong, err := proveAll(w, c.Dirs)
	if err != nil {
		return err
	}
	if wrong > 0 {
		return errNo
	}
	st, err := c.openExisting(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	gate, err := access.NewGate(st, access.Options{Now: w.now})
	if err != nil {
		return err
	}
	s := newShelf(st, slog.New(slog.DiscardHandler), w.now)
	if err := s.refresh(w.ctx); err != nil {
		return err
	}
	for _, p := range proved {
		if err := s.take(w.ctx, p.pack); err != nil {
			return err
		}
		if err := gate.NoteIn(w.ctx, access.System, p.pack.Region, access.PackLoaded, p.pack.ID+" "+p.pack.Version); err != nil { // as by REST
			return err
		}
		current, err := s.Pack(p.pack.ID, "")
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w.out, "%s %s loaded; new cases begin with %s\n", p.pack.ID, p.pack.Version, current.Version); err != nil {
			return err
		}
	}
	fmt.Fprintf(w.err, "Running servers take it within %v.\n", lookEvery)
	return nil
}

// provedPack is a pack that holds, and where it stands.
type provedPack struct {
	dir  string
	pack *pack.Pack
}

// proveAll proves every pack of the folders, prints what is wrong, and counts it.
func proveAll(w *world, dirs []string) (proved []provedPack, wrong int, err error) {
	all, err := packDirs(dirs)
	if err != nil {
		return nil, 0, err
	}
	for _, dir := range all {
		p, problems := today(w.now).Check(os.DirFS(dir))
		for _, problem := range problems {
			fmt.Fprintf(w.err, "%s/%v\n", dir, problem)
		}
		wrong += len(problems)
		if p != nil {
			proved = append(proved, provedPack{dir, p})
		}
	}
	return proved, wrong, nil
}

// packDirs finds the packs of folders, each of which is a pack or holds packs.
func packDirs(dirs []string) ([]string, error) {
	var all []string
	for _, dir := range dirs {
		found, err := packsIn(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func packsIn(dir string) ([]string, error) {
	if _, err := os.Stat(dir + "/pack.yaml"); err == nil {
		return []string{dir}, nil
	}
	if _, err := os.ReadDir(dir); err != nil { // a glob finds nothing in what it cannot read
		return nil, fmt.Errorf("cannot read the folder of packs: %w (mend its rights, or name another)", err)
	}
	names, err := fs.Glob(os.DirFS(dir), "*/pack.yaml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, usageError(fmt.Sprintf("%q is no pack and holds none: there is no pack.yaml in it or one folder below", dir))
	}
	found := make([]string, len(names))
	for i, name := range names {
		found[i] = dir + "/" + name[:len(name)-len("/pack.yaml")]
	}
	return found, nil
}
