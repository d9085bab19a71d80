package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/demo"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

const (
	demoSeed  = 20220808
	demoCases = 96
)

type demoCommand struct {
	storeFlags
	Region string `default:"610500" env:"TONGBAN_REGION" help:"Region of the traffic."`
	Seed   uint64 `default:"20220808" help:"Another seed is another town."`
	Cases  int    `default:"96" help:"How many cases are opened, 1 to 100000."`
}

// Run fills an empty store with demo accounts and traffic and prints the accounts.
func (c demoCommand) Run(w *world) (err error) {
	if err := checkRegion(c.Region); err != nil {
		return err
	}
	if c.Cases < 1 || c.Cases > 100_000 {
		return usageError("--cases is 1 to 100000")
	}
	c.settle = true
	a, err := c.open(w.ctx, serveCommand{LogLevel: "warn"}.logger(w), w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	logins, err := a.demo(w.ctx, demoOptions{region: c.Region, data: c.Data, now: w.now(), seed: c.Seed, cases: c.Cases})
	for _, l := range logins {
		fmt.Fprintf(w.out, "%s\t%s\t%s\n", l.Login, l.Password, l.Who)
	}
	return err
}

func checkRegion(code string) error {
	if _, ok := regionByCode(code); !ok {
		return usageError(fmt.Sprintf("--region %.20q is not a region that is known here: "+regionsKnown, code))
	}
	return nil
}

// regionsKnown says what the tables of regions hold.
const regionsKnown = "all provinces by GB/T 2260, the cities and counties of Shaanxi such as 610500 for Weinan, and service areas such as yangling"

// regionByCode finds a unit of GB/T 2260 or a service area, such as yangling.
func regionByCode(code string) (ident.Region, bool) {
	if r, ok := ident.Service().ByCode(code); ok {
		return r, true
	}
	return ident.RegionByCode(code)
}

// login is a demo account with its password.
type login struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Who      string `json:"who"`
}

type demoOptions struct {
	region, data string
	now          time.Time
	seed         uint64
	cases        int
}

// demo makes the demo accounts and the traffic, once, and returns the accounts. It is made in a store of its own and taken
// over in one transaction: a kill in the middle leaves nothing of it to be seen, and the next start begins again. A region
// that has cases of its own gets none. The passwords are random; they are kept in a file that only the owner of the data
// folder can read, so that a later start can print them again.
func (a *app) demo(ctx context.Context, o demoOptions) ([]login, error) {
	made := "demo:" + o.region
	id, err := a.store.Setting(ctx, made)
	if errors.Is(err, store.ErrNotFound) {
		var here bool
		if here, err = a.makeDemo(ctx, o, made); err == nil {
			id, err = a.store.Setting(ctx, made)
		}
		if err == nil && here {
			a.demoCities(ctx, o)
		}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		a.log.Warn("no demo is made: the region has cases already", "region", o.region)
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("demo: %w", err)
	}
	return loginFile(o.data).take(string(id))
}

// makeDemo makes the demo in a store of its own and takes it over, under a setting that says so. It does nothing if there
// are cases, or if another server is quicker; here is true if it made it.
func (a *app) makeDemo(ctx context.Context, o demoOptions, made string) (here bool, err error) {
	if keys, err := a.store.Keys(ctx, o.region, "", 1); err != nil || len(keys) > 0 {
		return false, err
	}
	if err := sweepMaking(o.data, o.now); err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp(o.data, making)
	if err != nil {
		return false, fmt.Errorf("cannot make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	own, err := sqlstore.Open(ctx, sqlstore.Options{Address: filepath.Join(dir, "tongban.db"), Log: a.log, Schemas: tables(), Ring: a.ring})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	if _, err := own.SettleSuite(ctx, a.store.Suite()); err != nil {
		return false, err
	}
	logins, err := a.demoAccounts(ctx, o, own)
	if err != nil {
		return false, err
	}
	if err := a.demoTraffic(ctx, o, own); err != nil {
		return false, err
	}
	id := rand.Text()
	if err := loginFile(o.data).write(id, logins); err != nil {
		return false, err
	}
	err = a.store.Adopt(ctx, own, o.region, made, []byte(id))
	here = err == nil
	if errors.Is(err, store.ErrConflict) {
		err = os.Remove(loginFile(o.data).pending(id))
	}
	if errors.Is(err, os.ErrNotExist) { // who was quicker has tidied up
		err = nil
	}
	return here, err
}

// demoCities shows credit and inspections in the cities that have them. If it fails the demo lacks that.
func (a *app) demoCities(ctx context.Context, o demoOptions) {
	begun := time.Now()
	err := demo.FillCities(ctx, demo.CityOptions{Store: a.store, Catalogue: a.items, Packs: a.items.Packs, Files: demoFiles{a.files}, Photos: photos{a.files, a.apart},
		Region: o.region, Seed: o.seed, Now: o.now.UTC()})
	if err != nil {
		a.log.Warn("a part of the demo was not made", "err", err)
		return
	}
	a.log.Info("demo of credit and inspections made", "took", time.Since(begun).Round(time.Millisecond))
}

// demoAccounts adds the accounts of the demo that the real store does not have.
func (a *app) demoAccounts(ctx context.Context, o demoOptions, own *sqlstore.Store) ([]login, error) {
	accounts := demo.Accounts(o.region)
	for _, n := range accounts {
		there, err := a.store.AccountByLogin(ctx, n.Login)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			err = own.AddAccount(ctx, *there)
		}
		if err != nil {
			return nil, fmt.Errorf("demo accounts: %w", err)
		}
	}
	gate, err := access.NewGate(own, access.Options{Now: func() time.Time { return o.now }, Seal: a.ring, Hashes: hashes})
	if err != nil {
		return nil, err
	}
	added, err := gate.Seed(ctx, accounts)
	if err != nil {
		return nil, fmt.Errorf("demo accounts: %w", err)
	}
	var logins []login
	for _, s := range added {
		who := strings.TrimSpace(s.Name + " " + s.Department + " " + strings.Join(s.Roles, ","))
		if s.Kind == caseflow.ActorCitizen {
			who = s.Name + " 申请人 citizen"
		}
		if s.Region != o.region {
			place, _ := regionByCode(s.Region)
			who += " · " + place.Name
		}
		logins = append(logins, login{s.Login, s.Password, who})
	}
	return logins, nil
}

// demoTraffic makes the cases, under numbers that the real store gives to nobody else.
func (a *app) demoTraffic(ctx context.Context, o demoOptions, own *sqlstore.Store) error {
	first, err := a.store.Reserve(ctx, o.region, "case", demo.Numbers(o.cases))
	if err == nil && first > 1 {
		_, err = own.Reserve(ctx, o.region, "case", int(first-1))
	}
	if err != nil {
		return fmt.Errorf("demo numbers: %w", err)
	}
	citizen, err := own.AccountByLogin(ctx, demo.Accounts(o.region)[0].Login)
	if err != nil {
		return fmt.Errorf("demo citizen: %w", err)
	}
	n, err := demo.Fill(ctx, demo.Options{
		Store: own, Catalogue: a.items, Files: demoFiles{a.files}, Region: o.region, Seed: o.seed, Now: o.now.UTC(),
		Cases: o.cases, Citizen: citizen.ID,
	})
	if err != nil {
		return fmt.Errorf("demo traffic: %w", err)
	}
	a.log.Info("demo traffic made", "cases", n)
	return nil
}

// making begins the names of folders in which demos are made.
const making = "demo-making-"

// sweepMaking removes what makers that were killed have left, when no maker can be at work any more.
func sweepMaking(data string, now time.Time) error {
	left, err := filepath.Glob(filepath.Join(data, making+"*"))
	if err != nil {
		return fmt.Errorf("look for unfinished demos: %w", err)
	}
	for _, dir := range left {
		if info, err := os.Stat(dir); err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
			if err := os.RemoveAll(dir); err != nil {
				return fmt.Errorf("remove an unfinished demo: %w", err)
			}
		}
	}
	return nil
}

// demoFiles lets the traffic upload through the real file store.
type demoFiles struct{ filestore.Store }

func (d demoFiles) Put(ctx context.Context, account string, r io.Reader, most int64) (caseflow.File, error) {
	info, err := d.Store.Put(ctx, account, r, most)
	return caseflow.File{Hash: info.Hash, Bytes: info.Bytes, Type: info.Type}, err
}

// loginFile is the data folder whose demo passwords are meant.
type loginFile string

func (f loginFile) path() string { return filepath.Join(string(f), "demo-logins.json") }

// pending is where the passwords of a demo are kept until it stands.
func (f loginFile) pending(id string) string { return f.path() + "." + id }

// take reads the passwords of the demo that stands, and drops those of demos that never came to be.
func (f loginFile) take(id string) ([]login, error) {
	if err := os.Rename(f.pending(id), f.path()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot keep the demo passwords: %w", err)
	}
	others, err := filepath.Glob(f.pending("*"))
	if err != nil {
		return nil, fmt.Errorf("look for passwords of unfinished demos: %w", err)
	}
	for _, other := range others {
		if err := os.Remove(other); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("remove passwords of an unfinished demo: %w", err)
		}
	}
	data, err := os.ReadFile(f.path())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // another server made the demo, or somebody removed the file
	}
	var list []login
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the demo passwords in %s: %w", f.path(), err)
	}
	return list, nil
}

// write keeps the passwords of a demo that does not stand yet. They are durable before it does.
func (f loginFile) write(id string, list []login) error {
	data, err := json.MarshalIndent(list, "", " ") // #nosec G117 -- the demo passwords are kept on purpose, readable by the owner only
	if err != nil {
		return fmt.Errorf("cannot keep the demo passwords: %w", err)
	}
	file, err := os.OpenFile(f.pending(id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = file.Write(data)
		err = errors.Join(err, file.Sync(), file.Close(), syncFolder(string(f)))
	}
	if err != nil {
		return fmt.Errorf("cannot keep the demo passwords: %w", err)
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the data folder, or where the operator wants a backup
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
