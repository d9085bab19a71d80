package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

type totalsCommand struct {
	storeFlags
	Region  string `help:"This region only; all that have cases if left out."`
	Check   bool   `xor:"what" help:"List what differs and change nothing. This is what happens without --rebuild."`
	Rebuild bool   `xor:"what" help:"Replace the totals by what the journals give. Nobody may give a command meanwhile: stop the server, or do it at night and again if it is refused."`
	JSON    bool   `name:"json" help:"Print all of it as JSON."`
}

// gapOut is a total that is not what the journals give.
type gapOut struct {
	Region     string `json:"region"`
	Day        string `json:"day"`
	Month      bool   `json:"month"` // day is the first of it
	Item       string `json:"item"`  // "" is all items
	Department string `json:"department"`
	Door       string `json:"door"`
	Measure    string `json:"measure"`
	Bucket     int    `json:"bucket"`
	Kept       int64  `json:"kept"`
	True       int64  `json:"true"`
}

// Run compares the totals that statistics are made of with what the journals give. It exits with 1 if something differs, and is left so.
func (c totalsCommand) Run(w *world) (err error) {
	if c.Region != "" {
		if err := checkRegion(c.Region); err != nil {
			return err
		}
	}
	a, err := c.openThere(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	regions := []string{c.Region}
	if c.Region == "" {
		if regions, err = a.hall.Regions(w.ctx); err != nil {
			return err
		}
	}
	gaps := []gapOut{}
	for _, region := range regions {
		more, err := c.one(w, a.hall, region)
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("%s: a command was given meanwhile; stop the server, or try again when it is quiet", region)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", region, err)
		}
		gaps = append(gaps, more...)
	}
	return c.sum(w, gaps)
}

// one checks a region, and rebuilds it if that was asked for and something differs.
func (c totalsCommand) one(w *world, h *hall.Hall, region string) ([]gapOut, error) {
	all, err := h.Written(w.ctx, region)
	if err != nil {
		return nil, err
	}
	bar := &progress{w: w, unit: "entries"}
	bar.begin(region, all)
	list, err := h.CheckTotals(w.ctx, region, bar.add)
	bar.end()
	if err != nil {
		return nil, err
	}
	var gaps []gapOut
	for _, g := range list {
		t := g.Total
		gaps = append(gaps, gapOut{region, t.Day.String(), g.Month, string(t.Item), t.Department, t.Channel, t.Measure, t.Bucket, t.N, g.True})
	}
	if !c.Rebuild || len(gaps) == 0 {
		return gaps, nil
	}
	bar.begin(region, all)
	defer bar.end()
	return gaps, h.Retotal(w.ctx, region, bar.add)
}

// sum ends the command.
func (c totalsCommand) sum(w *world, gaps []gapOut) error {
	if c.JSON {
		enc := json.NewEncoder(w.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(struct {
			Rebuilt bool     `json:"rebuilt"`
			Gaps    []gapOut `json:"gaps"`
		}{c.Rebuild, gaps}); err != nil {
			return err
		}
	} else {
		for _, g := range gaps {
			day := g.Day
			if g.Month {
				day = day[:7]
			}
			fmt.Fprintf(w.out, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\n", g.Region, day, g.Item, g.Department, g.Door, g.Measure, g.Bucket, g.Kept, g.True)
		}
	}
	switch {
	case len(gaps) == 0:
		fmt.Fprintln(w.err, "the totals are what the journals give")
	case c.Rebuild:
		fmt.Fprintf(w.err, "%d totals were put right\n", len(gaps))
	default:
		fmt.Fprintf(w.err, "%d totals are not what the journals give; say --rebuild to put them right\n", len(gaps))
		return errNo
	}
	return nil
}
