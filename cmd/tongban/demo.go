package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/demo"
	"github.com/tongban/tongban/internal/store/filestore"
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
		return usageError(fmt.Sprintf("--region %.20q is not a region that GB/T 2260 knows, such as 610500 for Weinan", code))
	}
	return nil
}

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

// demo makes the demo accounts and the traffic, once. The passwords are random; they are kept in a file that only the
// owner of the data folder can read, so that a later start can print them again.
func (a *app) demo(ctx context.Context, o demoOptions) ([]login, error) {
	added, err := a.gate.Seed(ctx, demo.Accounts(o.region))
	if err != nil {
		return nil, fmt.Errorf("demo accounts: %w", err)
	}
	kept, err := loginFile(o.data).read()
	if err != nil {
		return nil, err
	}
	for _, s := range added {
		who := strings.TrimSpace(s.Name + " " + s.Department + " " + strings.Join(s.Roles, ","))
		if s.Kind == caseflow.ActorCitizen {
			who = s.Name + " 申请人 citizen"
		}
		kept = append(kept, login{s.Login, s.Password, who})
	}
	if len(added) > 0 {
		if err := loginFile(o.data).write(kept); err != nil {
			return nil, err
		}
	}
	citizen, err := a.store.AccountByLogin(ctx, demo.Accounts(o.region)[0].Login)
	if err != nil {
		return nil, fmt.Errorf("demo citizen: %w", err)
	}
	n, err := demo.Fill(ctx, demo.Options{
		Store: a.store, Catalogue: a.items, Files: demoFiles{a.files}, Region: o.region, Seed: o.seed, Now: o.now.UTC(),
		Cases: o.cases, Citizen: citizen.ID,
	})
	if err != nil {
		return nil, fmt.Errorf("demo traffic: %w", err)
	}
	if n > 0 {
		a.log.Info("demo traffic made", "cases", n)
	}
	return kept, nil
}

// demoFiles lets the traffic upload through the real file store.
type demoFiles struct{ files *filestore.Store }

func (d demoFiles) Put(ctx context.Context, account string, r io.Reader, most int64) (caseflow.File, error) {
	info, err := d.files.Put(ctx, account, r, most)
	return caseflow.File{Hash: info.Hash, Bytes: info.Bytes, Type: info.Type}, err
}

// loginFile is the data folder whose demo passwords are meant.
type loginFile string

func (f loginFile) path() string { return filepath.Join(string(f), "demo-logins.json") }

func (f loginFile) read() ([]login, error) {
	data, err := os.ReadFile(f.path())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
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

func (f loginFile) write(list []login) error {
	data, err := json.MarshalIndent(list, "", " ") // #nosec G117 -- the demo passwords are kept on purpose, readable by the owner only
	if err == nil {
		err = os.WriteFile(f.path(), data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("cannot keep the demo passwords: %w", err)
	}
	return nil
}
