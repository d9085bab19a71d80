package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tongban/tongban/workday"
)

// workdayCommand counts limits. The result is the first word of standard output.
type workdayCommand struct {
	Add     addCommand     `cmd:"" help:"The day or instant on which a limit of N units from DATE ends; the day itself does not count."`
	Sub     subCommand     `cmd:"" help:"The last day that still lies N units before DATE."`
	Between betweenCommand `cmd:"" help:"How many units lie after A up to and including B."`
}

// countFlags are shared by add and sub.
type countFlags struct {
	Date    string `arg:"" help:"A day (2026-11-23) or an instant (2026-11-23T10:30), Asia/Shanghai."`
	N       int    `arg:"" help:"How many units, 0 to 100000."`
	Unit    string `default:"workday" help:"workday, day, month, year, hour or workhour."`
	Explain bool   `help:"List the days with why each counted or not."`
	JSON    bool   `name:"json" help:"Print all of it as JSON."`
	Lang    string `default:"zh" enum:"zh,en" env:"TONGBAN_LANG" help:"Language of the explanation: zh or en."`
}

type addCommand struct{ countFlags }

type subCommand struct{ countFlags }

// Run prints where the limit ends.
func (c addCommand) Run(w *world) error { return c.count(w, false) }

// Run prints where the backward limit ends.
func (c subCommand) Run(w *world) error { return c.count(w, true) }

func (c countFlags) count(w *world, backward bool) error {
	start, err := parseMoment(c.Date)
	if err != nil {
		return err
	}
	unit, err := workday.ParseUnit(c.Unit)
	if err != nil {
		return usageError(err.Error())
	}
	limit := workday.Limit{N: c.N, Unit: unit, Backward: backward}
	if err := limit.Valid(); err != nil {
		return usageError(err.Error())
	}
	x := workday.National().Explain(start, limit)
	if c.JSON {
		enc := json.NewEncoder(w.out)
		enc.SetIndent("", "  ")
		return enc.Encode(x)
	}
	result := x.Due.Date.String()
	if unit == workday.Hour || unit == workday.WorkHour {
		result = x.Due.At.In(workday.Shanghai).Format("2006-01-02T15:04")
	}
	if x.Due.Provisional {
		result += " provisional"
	}
	if _, err := fmt.Fprintln(w.out, result); err != nil {
		return err
	}
	if c.Explain {
		_, err = fmt.Fprint(w.out, x.Text(c.Lang))
	}
	return err
}

// parseMoment reads a day or an instant as it is written in Xi'an.
func parseMoment(s string) (time.Time, error) {
	if d, err := workday.ParseDate(s); err == nil {
		return d.Start(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, workday.Shanghai); err == nil {
			return t, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, usageError(fmt.Sprintf("%.40q is not a date like 2026-11-23 or an instant like 2026-11-23T10:30", s))
}

type betweenCommand struct {
	A       string `arg:"" help:"A day."`
	B       string `arg:"" help:"A later day; an earlier one gives a negative number."`
	Unit    string `default:"workday" help:"workday, day, month or year."`
	JSON    bool   `name:"json" help:"Print all of it as JSON."`
	Explain bool   `help:"List the working days and the days off."`
}

// Run prints the number of units.
func (c betweenCommand) Run(w *world) error {
	a, err := workday.ParseDate(c.A)
	if err != nil {
		return usageError(err.Error())
	}
	b, err := workday.ParseDate(c.B)
	if err != nil {
		return usageError(err.Error())
	}
	unit, err := workday.ParseUnit(c.Unit)
	if err != nil {
		return usageError(err.Error())
	}
	if unit == workday.Hour || unit == workday.WorkHour {
		return usageError("between counts days: --unit workday, day, month or year")
	}
	cal := workday.National()
	n := cal.Between(a, b, unit)
	provisional := !cal.Known(a) || !cal.Known(b)
	if c.JSON {
		return json.NewEncoder(w.out).Encode(map[string]any{"a": a, "b": b, "unit": unit, "n": n, "provisional": provisional})
	}
	line := fmt.Sprint(n)
	if provisional {
		line += " provisional"
	}
	if _, err := fmt.Fprintln(w.out, line); err != nil {
		return err
	}
	if c.Explain {
		return listDays(w, cal, min(a, b)+1, max(a, b))
	}
	return nil
}

// listDays prints a line a day; a longer stretch than ten years is refused.
func listDays(w *world, cal *workday.Calendar, from, to workday.Date) error {
	if to-from > 3660 {
		return usageError("--explain lists at most ten years")
	}
	var b strings.Builder
	for d := from; d <= to; d++ {
		kind, festival := cal.DayKind(d)
		mark := " "
		if cal.IsWorkday(d) {
			mark = "+"
		}
		fmt.Fprintf(&b, "%s %s %s %s\n", mark, d, kind, festival)
	}
	_, err := fmt.Fprint(w.out, b.String())
	return err
}
