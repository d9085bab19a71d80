package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/web/i18n"
)

type migrateCommand struct {
	placeFlags
	New   bool `help:"Make a new store if there is none."`
	Citus bool `help:"Then spread the rows of regions over the machines of a Citus cluster; again after each upgrade (docs/scale.md)."`
}

// Run brings the database up to this program's version; it may be killed and run again.
func (c migrateCommand) Run(w *world) (err error) {
	var st *sqlstore.Store
	if c.New {
		st, err = c.openStore(w.ctx, w.now)
	} else if err = c.there(); err == nil {
		st, err = c.openBlind(w.ctx)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if c.Citus {
		spread, err := st.Distribute(w.ctx)
		if err != nil {
			return err
		}
		for _, table := range spread {
			fmt.Fprintln(w.err, "spread", table)
		}
	}
	fmt.Fprintln(w.out, "up to date")
	return nil
}

type userCommand struct {
	Add userAddCommand `cmd:"" help:"Add an account; its first password is made and printed once."`

	TakeFactors userTakeFactorsCommand `cmd:"" help:"Take away the second factors of somebody who has lost them; sessions end."`
}

type userAddCommand struct {
	placeFlags
	packsFlag
	Login      string   `arg:"" help:"Name to sign in with."`
	Name       string   `required:"" help:"Name of the person."`
	Region     string   `required:"" help:"Six digits of GB/T 2260, such as 610502."`
	Department string   `help:"Department of an official."`
	Role       []string `required:"" help:"clerk, reviewer, head, supervisor, admin, security, audit, or a role that a pack names."`
}

// Run adds an official.
func (c userAddCommand) Run(w *world) (err error) {
	if err := c.check(w); err != nil {
		return err
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
// neither a pack nor the program names: offices outside the packs have supervisors and administrators.
func (c userAddCommand) check(w *world) error {
	if err := checkRegion(c.Region); err != nil {
		return err
	}
	list, err := readPacks(c.Packs, w.now)
	if err != nil {
		return err
	}
	roles := slices.Clone(caseflow.Roles)
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
	if c.Department != "" && !slices.Contains(departments, c.Department) && !i18n.Has("page.department."+c.Department) {
		slices.Sort(departments)
		fmt.Fprintf(w.err, "No pack has a department %.40q; those known are %s.\n", c.Department, strings.Join(slices.Compact(departments), ", "))
	}
	return nil
}
