package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
)

// signInFlags say how strict signing in is.
type signInFlags struct {
	SecondFactor []string `default:"auto" env:"TONGBAN_SECOND_FACTOR" help:"Roles that must have a second factor. auto: the three administrators, with --demo nobody; none: nobody." placeholder:"ROLE"`
}

// options are what the gate needs of the flags.
func (f signInFlags) options(demo bool) access.Options {
	var o access.Options
	switch {
	case slices.Contains(f.SecondFactor, "none"), slices.Contains(f.SecondFactor, "auto") && demo:
	case slices.Contains(f.SecondFactor, "auto"):
		o.FactorRoles = []string{caseflow.RoleAdmin, caseflow.RoleSecurity, caseflow.RoleAudit}
	default:
		o.FactorRoles = f.SecondFactor
	}
	return o
}

// check finds words that stand alone or not at all.
func (f signInFlags) check() error {
	for _, word := range []string{"auto", "none"} {
		if slices.Contains(f.SecondFactor, word) && len(f.SecondFactor) > 1 {
			return usageError(fmt.Sprintf("--second-factor %.60q: %s stands alone", strings.Join(f.SecondFactor, ","), word))
		}
	}
	return nil
}

type userTakeFactorsCommand struct {
	placeFlags
	Login string `arg:"" help:"Name that the account signs in with."`
}

// Run takes away the second factors of somebody who has lost them. It needs no keys.
func (c userTakeFactorsCommand) Run(w *world) (err error) {
	st, err := c.openExisting(w.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	gate, err := access.NewGate(st, access.Options{Now: w.now})
	if err != nil {
		return err
	}
	account, err := st.AccountByLogin(w.ctx, c.Login)
	if err != nil {
		return fmt.Errorf("there is no account %.64q", c.Login)
	}
	if err := gate.TakeFactors(w.ctx, access.System, account.ID); err != nil {
		return spoken(err)
	}
	fmt.Fprintf(w.out, "%s signs in with the password alone\n", c.Login)
	return nil
}
