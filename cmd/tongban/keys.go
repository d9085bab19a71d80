package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/witness"
)

type keyCommand struct {
	List   keyListCommand   `cmd:"" help:"List the keys and how many values are sealed with each."`
	Rotate keyRotateCommand `cmd:"" help:"Make a new key and seal every value with it; servers may run, and it may be run again."`
	Drop   keyDropCommand   `cmd:"" help:"Forget an old key that no value is sealed with any more."`
	Lost   keyLostCommand   `cmd:"" help:"Take away the documents of accounts that were sealed with a key that is lost for good."`
}

type keyListCommand struct{ placeFlags }

type keyRotateCommand struct {
	placeFlags
	Cipher string `default:"same" enum:"same,A256GCM,SM4GCM" help:"Cipher of the new key: the same as now, A256GCM (AES-256) or SM4GCM (SM4)."`
	Resume bool   `help:"Make no new key: go on with what the last rotation left."`
	Find   bool   `help:"Change also the key by which rows are found; stop the servers first. Seals a store that was filled before stores were sealed."`
}

type keyDropCommand struct {
	placeFlags
	ID string `arg:"" help:"Id of the key, as list says it."`
}

type keyLostCommand struct {
	placeFlags
	ID string `arg:"" help:"Id of the key, which list says is missing."`
}

// sealed is a store with the keys of its sealed values.
type sealed struct {
	store *sqlstore.Store
	ring  *seal.Ring
	gate  *access.Gate
}

func (f placeFlags) openSealed(w *world) (*sealed, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	o, err := f.options(w.now)
	if err != nil {
		return nil, err
	}
	o.Anew = true
	s := &sealed{ring: o.Ring}
	if s.store, err = f.openBy(w.ctx, o); err != nil {
		return nil, err
	}
	if s.gate, err = access.NewGate(s.store, access.Options{Now: w.now, Seal: s.ring}); err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	return s, nil
}

// Run lists the keys.
func (c keyListCommand) Run(w *world) (err error) {
	s, err := c.openSealed(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	keys, err := s.ring.Keys()
	if err != nil {
		return err
	}
	count, err := s.count(w.ctx)
	if err != nil {
		return err
	}
	seals, err := s.ring.Current()
	if err != nil {
		return err
	}
	finder, _ := s.ring.Finder() // nil: none
	for _, k := range keys {
		state := "old"
		switch {
		case k.Gone:
			state = "dropped"
		case k.ID == seals:
			state = "seals"
		case finder != nil && k.ID == finder.ID:
			state = "finds"
		}
		fmt.Fprintf(w.out, "%-12s %-8s %-8s %s %6d\n", k.ID, k.Cipher, state, k.Made.Format("2006-01-02"), count[k.ID])
		delete(count, k.ID)
	}
	for id, n := range count {
		state := "missing"
		if id == "" {
			id, state = "-", "clear"
		}
		fmt.Fprintf(w.out, "%-12s %-8s %-8s %10s %6d\n", id, "?", state, "", n)
	}
	return nil
}

// Run makes a key and seals all values with it.
func (c keyRotateCommand) Run(w *world) (err error) {
	s, err := c.openSealed(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	if err := keysThere(w.ctx, s.gate, s.store, s.ring); err != nil {
		return err
	}
	if c.Find {
		if err := nobodyServes(w.ctx, s.store, w.now()); err != nil {
			return err
		}
	}
	id, err := c.rotate(s.ring, w.now())
	if err != nil {
		return err
	}
	p := &progress{w: w, unit: "rows"}
	n, err := s.reseal(w.ctx, p)
	p.end()
	if err != nil {
		return fmt.Errorf("%w (the new key %s stands; go on with --resume)", err, id)
	}
	fmt.Fprintf(w.out, "%s seals now; %d values were sealed anew\n", id, n)
	fmt.Fprintf(w.err, "Keep a copy of %s apart from the backups. Drop old keys when no backup that you may need was made under them.\n", seal.FileName)
	return nil
}

// finders are the ciphers of the key that finds beside those of the key that seals.
var finders = map[string]string{seal.AES256GCM: seal.AES256SIV, seal.SM4GCM: seal.SM4SIV}

// rotate makes the new keys, and returns the id of the one that seals.
func (c keyRotateCommand) rotate(ring *seal.Ring, now time.Time) (string, error) {
	if c.Resume {
		return ring.Current()
	}
	cipher := strings.TrimPrefix(c.Cipher, "same")
	if c.Find {
		if _, err := ring.RotateFinder(now, finders[cipher]); err != nil {
			return "", err
		}
	}
	return ring.Rotate(now, cipher)
}

// silence is how long no server must have said that it serves; each says so every ten seconds.
const silence = 30 * time.Second

// nobodyServes refuses a store that a server works on.
func nobodyServes(ctx context.Context, st *sqlstore.Store, now time.Time) error {
	last, err := st.LastBeat(ctx)
	if err != nil {
		return err
	}
	if since := now.Sub(last); since < silence {
		return fmt.Errorf("a server was at work %s ago: stop all servers of this store, and wait half a minute", since.Round(time.Second))
	}
	return nil
}

// reseal seals every value anew that was sealed with another key, and returns how many.
func (s *sealed) reseal(ctx context.Context, p *progress) (n int, err error) {
	for _, part := range []func() (int, error){
		func() (int, error) { return s.gate.Reseal(ctx) },
		func() (int, error) { return sequencer.Reseal(ctx, s.store, s.ring) },
		func() (int, error) { return witness.Reseal(ctx, s.store, s.ring) },
		func() (int, error) { return module.Reseal(ctx, s.store, s.ring) },
		func() (int, error) {
			return s.store.Reseal(ctx, func(table string, rows int) {
				if table != p.what {
					p.begin(table, 0)
				}
				p.add(rows)
			})
		},
	} {
		more, err := part()
		if n += more; err != nil {
			return n, err
		}
	}
	return n, nil
}

// Run drops a key.
func (c keyDropCommand) Run(w *world) (err error) {
	s, err := c.openSealed(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	count, err := s.count(w.ctx)
	if err != nil {
		return err
	}
	if n := count[c.ID]; n > 0 {
		return fmt.Errorf("%d values are sealed with %s: run tongban key rotate first", n, c.ID)
	}
	if err := s.ring.Drop(c.ID); err != nil {
		return fmt.Errorf("%w (tongban key list shows the keys; the one that seals stays)", err)
	}
	fmt.Fprintf(w.out, "%s is dropped\n", c.ID)
	return nil
}

// Run takes away the documents that nobody can read any more.
func (c keyLostCommand) Run(w *world) (err error) {
	s, err := c.openSealed(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	keys, err := s.ring.Keys()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(keys, func(k seal.Key) bool { return k.ID == c.ID && !k.Gone }) {
		return fmt.Errorf("the key %s is here: nothing is lost", c.ID)
	}
	gate, err := access.NewGate(s.store, access.Options{Now: w.now}) // without keys: it opens nothing
	if err != nil {
		return err
	}
	n, err := gate.LoseDocuments(w.ctx, c.ID)
	if err != nil {
		return fmt.Errorf("%w (run it again)", err)
	}
	fmt.Fprintf(w.out, "the documents of %d accounts were taken away\n", n)
	fmt.Fprintln(w.err, "Officials among them are closed: set their documents anew and open them. Citizens show their papers at a window again.")
	return nil
}

// count counts all values by the key that they are sealed with. It reads the whole store.
func (s *sealed) count(ctx context.Context) (map[string]int, error) {
	count, err := sealedWith(ctx, s.gate, s.store)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Sealed(ctx)
	for id, n := range rows {
		count[id] += n
	}
	return count, err
}

// sealedWith counts the values of people, logs and modules by the key that they are sealed with.
func sealedWith(ctx context.Context, gate *access.Gate, st witness.LogStore) (map[string]int, error) {
	count, err := gate.SealedWith(ctx)
	if err != nil {
		return nil, err
	}
	log, err := sequencer.SealedWith(ctx, st)
	if err != nil {
		return nil, err
	}
	own, err := witness.SealedWith(ctx, st)
	if err != nil {
		return nil, err
	}
	theirs, err := module.SealedWith(ctx, st)
	for _, more := range []map[string]int{log, own, theirs} {
		for id, n := range more {
			count[id] += n
		}
	}
	return count, err
}

// keysThere refuses a store with values that none of the keys opens: a folder of keys that is new, or of another store.
func keysThere(ctx context.Context, gate *access.Gate, st witness.LogStore, ring *seal.Ring) error {
	count, err := sealedWith(ctx, gate, st)
	if err != nil {
		return err
	}
	keys, err := ring.Keys()
	if err != nil {
		return err
	}
	delete(count, "") // stored before the column was sealed
	for id, n := range count {
		if !slices.ContainsFunc(keys, func(k seal.Key) bool { return k.ID == id && !k.Gone }) {
			return fmt.Errorf("%d values of the store are sealed with the key %s, which the data folder does not have: "+
				"put the %s that belongs to this store there. If it is lost for good, take away the second factors with tongban user take-factors and the documents of accounts with tongban key lost %s, and give the log a new key with tongban log rotate and tongban log end", n, id, seal.FileName, id)
		}
	}
	return nil
}
