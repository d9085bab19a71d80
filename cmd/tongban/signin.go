package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// signInFlags say how strict signing in is.
type signInFlags struct {
	IdleOfficials     time.Duration `default:"30m" env:"TONGBAN_IDLE_OFFICIALS" help:"An official's session that is not used this long ends (${default} if left out)." placeholder:"TIME"`
	IdleCitizens      time.Duration `default:"2h" env:"TONGBAN_IDLE_CITIZENS" help:"A citizen's session that is not used this long ends (${default} if left out)." placeholder:"TIME"`
	SessionLife       time.Duration `default:"12h" env:"TONGBAN_SESSION_LIFE" help:"No session lasts longer, however much it is used (${default} if left out)." placeholder:"TIME"`
	SessionsOfficials int           `default:"3" env:"TONGBAN_SESSIONS_OFFICIALS" help:"Sessions of an official at one time (${default} if left out)." placeholder:"N"`
	SessionsCitizens  int           `default:"10" env:"TONGBAN_SESSIONS_CITIZENS" help:"Sessions of a citizen at one time (${default} if left out)." placeholder:"N"`
	SurplusSession    string        `default:"ends-oldest" enum:"ends-oldest,is-refused" env:"TONGBAN_SURPLUS_SESSION" help:"One session too many: ends-oldest or is-refused."`
	SecondFactor      []string      `default:"auto" env:"TONGBAN_SECOND_FACTOR" help:"Roles that must have a second factor. auto: the three administrators, with --demo nobody; none: nobody." placeholder:"ROLE"`
}

// hashes is what a new hash of a password costs: zero, what the gate asks for. Tests that start servers by the hundred pay less.
var hashes access.Cost

// options are what the gate needs of the flags.
func (f signInFlags) options(demo bool) access.Options {
	o := access.Options{Limits: access.Limits{IdleOfficial: f.IdleOfficials, IdleCitizen: f.IdleCitizens, Absolute: f.SessionLife,
		Officials: f.SessionsOfficials, Citizens: f.SessionsCitizens, Refuse: f.SurplusSession == "is-refused"}}
	switch {
	case slices.Contains(f.SecondFactor, "none"), slices.Contains(f.SecondFactor, "auto") && demo:
	case slices.Contains(f.SecondFactor, "auto"):
		o.FactorRoles = []string{caseflow.RoleAdmin, caseflow.RoleSecurity, caseflow.RoleAudit}
	default:
		o.FactorRoles = f.SecondFactor
	}
	return o
}

// start are the parameters that the flags say; an administrator may change them while the program runs.
func (f signInFlags) values() map[parameter.Name]int {
	return map[parameter.Name]int{parameter.IdleOfficials: int(f.IdleOfficials / time.Minute), parameter.IdleCitizens: int(f.IdleCitizens / time.Minute)}
}

// providers are those of the file of --providers; nil if there is none. They are reached as channels are.
func (c serveCommand) providers(now func() time.Time) (*access.Providers, error) {
	if c.Providers == "" {
		return nil, nil
	}
	list, err := access.ReadProviders(c.Providers, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	reach, err := c.reach()
	if err != nil {
		return nil, err
	}
	channels, err := readChannels(c.Channels)
	if err != nil {
		return nil, err
	}
	if reach.Roots, err = channels.Roots(); err != nil {
		return nil, err
	}
	return access.NewProviders(list, c.Base, reach.Client(), now), nil
}

// check finds words that stand alone or not at all.
func (f signInFlags) check() error {
	for _, word := range []string{"auto", "none"} {
		if slices.Contains(f.SecondFactor, word) && len(f.SecondFactor) > 1 {
			return usageError(fmt.Sprintf("--second-factor %.60q: %s stands alone", strings.Join(f.SecondFactor, ","), word))
		}
	}
	switch shortest := 10 * time.Minute; {
	case f.IdleOfficials < shortest, f.IdleCitizens < shortest, f.SessionLife < shortest:
		return usageError("--idle-officials, --idle-citizens and --session-life are 10m at least: a page warns five minutes before")
	case f.SessionsOfficials < 1, f.SessionsCitizens < 1:
		return usageError("--sessions-officials and --sessions-citizens are 1 at least")
	}
	return nil
}

type userTakeFactorsCommand struct {
	placeFlags
	Login string `arg:"" help:"Name that the account signs in with."`
}

// Run takes away the second factors of somebody who has lost them. It needs no keys.
func (c userTakeFactorsCommand) Run(w *world) (err error) {
	st, err := c.openExisting(w.ctx, w.now)
	if errors.Is(err, sqlstore.ErrKeys) { // the keys are lost: the names of officials stand in the clear
		st, err = c.openBlind(w.ctx)
	}
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
