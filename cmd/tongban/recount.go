package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/workday"
)

type recountCommand struct {
	storeFlags
	Item        string `help:"Cases of this item only; needed with --pack-version."`
	PackVersion string `help:"Version of the item's pack whose limits are taken over; without it limits are counted again under the calendar as it is now." placeholder:"1.2.0"`
	From        string `help:"Cases accepted on this day or later take the new limits, earlier ones keep theirs; needed with --pack-version." placeholder:"DATE"`
	Region      string `help:"This region and all in it; everywhere if left out."`
	Reason      string `required:"" help:"Why; told to the applicants and departments concerned."`
	DryRun      bool   `xor:"what" help:"List what would move and change nothing. This is what happens without --apply."`
	Apply       bool   `xor:"what" help:"Move it."`
	Request     string `help:"Id that makes the recount happen to each case once; made and printed if left out. Give it again to go on after an interruption."`
	JSON        bool   `name:"json" help:"Print all of it as JSON."`
}

// recountResult is what --json prints.
type recountResult struct {
	Applied bool           `json:"applied"`
	Request string         `json:"request,omitempty"`
	Kept    int            `json:"kept"`
	Cases   []recountedOut `json:"cases"`
}

type recountedOut struct {
	Case    caseflow.CaseNo `json:"case"`
	Outcome string          `json:"outcome"`
	Takes   string          `json:"takes,omitempty"` // why it takes the new limits
	Moves   []moveOut       `json:"moves"`
}

type moveOut struct {
	Clock string        `json:"clock"`
	Why   string        `json:"why"`
	Was   time.Time     `json:"was"`
	Due   time.Time     `json:"due"`
	Limit workday.Limit `json:"limit"`
	Basis string        `json:"basis,omitempty"`
}

// Run lists, or with --apply makes, what a change of limits or calendar moves. It exits with 1 if a case could not be changed.
func (c recountCommand) Run(w *world) (err error) {
	change, err := c.change()
	if err != nil {
		return err
	}
	a, err := c.openThere(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	out := recountResult{Applied: c.Apply, Cases: []recountedOut{}}
	if c.Apply {
		if out.Request = c.Request; out.Request == "" {
			out.Request = rand.Text()
		}
		fmt.Fprintf(w.err, "request %s\n", out.Request)
	}
	undone := 0
	for cursor := ""; ; {
		p, err := c.part(w, a.hall, out.Request, change, cursor)
		if err != nil {
			return spoken(err)
		}
		out.Kept += p.Kept
		for _, r := range p.Cases {
			if r.Outcome == hall.Busy || r.Outcome == hall.Failed {
				undone++
			}
			c.add(w, &out, r)
		}
		if cursor = p.Next; cursor == "" {
			return c.sum(w, &out, undone)
		}
	}
}

// change reads what the flags ask for.
func (c recountCommand) change() (hall.Change, error) {
	change := hall.Change{Region: c.Region, Item: caseflow.ItemID(c.Item), Version: c.PackVersion, Reason: c.Reason}
	if c.Region != "" {
		if err := checkRegion(c.Region); err != nil {
			return change, err
		}
	}
	if (c.PackVersion == "") != (c.From == "") || c.PackVersion != "" && c.Item == "" {
		return change, usageError("--pack-version, --item and --from go together")
	}
	if c.From != "" {
		day, err := workday.ParseDate(c.From)
		if err != nil {
			return change, usageError(fmt.Sprintf("--from %.20q is not a day such as 2026-11-24", c.From))
		}
		change.AcceptedFrom = day.Start()
	}
	return change, nil
}

func (c recountCommand) part(w *world, h *hall.Hall, request string, change hall.Change, cursor string) (*hall.RecountPage, error) {
	if c.Apply {
		return h.Recount(w.ctx, hall.System, request, change, cursor)
	}
	return h.TryRecount(w.ctx, hall.System, change, cursor)
}

// add keeps a case for the JSON, or prints it: number, outcome, clock, due before and after, why.
func (c recountCommand) add(w *world, out *recountResult, r hall.Recounted) {
	x := recountedOut{Case: r.Case, Outcome: r.Outcome, Takes: r.Takes, Moves: []moveOut{}}
	for _, m := range r.Moves {
		x.Moves = append(x.Moves, moveOut{m.Clock, m.Why, m.Was, m.Due, m.Limit, m.Basis.String()})
		if !c.JSON {
			fmt.Fprintf(w.out, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Case, r.Outcome, m.Clock, clockText(m.Was), clockText(m.Due), m.Why)
		}
	}
	if !c.JSON && len(r.Moves) == 0 {
		fmt.Fprintf(w.out, "%s\t%s\t%s\n", r.Case, r.Outcome, r.Takes)
	}
	if c.JSON {
		out.Cases = append(out.Cases, x)
	}
}

func clockText(t time.Time) string { return t.In(workday.Shanghai).Format("2006-01-02T15:04") }

// sum ends the command.
func (c recountCommand) sum(w *world, out *recountResult, undone int) error {
	if c.JSON {
		enc := json.NewEncoder(w.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(out); err != nil {
			return err
		}
	}
	if !c.Apply {
		fmt.Fprintln(w.err, "nothing was changed; say --apply to move it")
	}
	if undone > 0 {
		fmt.Fprintf(w.err, "%d cases were not changed; give the same command again with --request %s\n", undone, out.Request)
		return errNo
	}
	return nil
}
