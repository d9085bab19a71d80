package main

import (
	"encoding/json"
	"fmt"
	"strconv"
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

// calendarFlags say by which calendar is counted, and how the answer is written.
type calendarFlags struct {
	Unit     string   `default:"workday" enum:"workday,day,month,year,hour,workhour" help:"workday, day, month, year, hour or workhour."`
	Calendar []string `env:"TONGBAN_CALENDAR" help:"Calendar documents beside those of the program: a newly published year, days and office hours of a region." placeholder:"FILE" type:"existingfile"`
	At       string   `name:"at" help:"Region whose calendar counts, such as 610500; the national one if left out." placeholder:"REGION"`
	Explain  bool     `help:"List the days with why each counted or not."`
	JSON     bool     `name:"json" help:"Print all of it as JSON."`
	Lang     string   `default:"zh" enum:"zh,en" env:"TONGBAN_LANG" help:"Language of the explanation: zh or en."`
}

// open gives the calendar and the unit.
func (f calendarFlags) open() (*workday.Calendar, workday.Unit, error) {
	unit, err := workday.ParseUnit(f.Unit)
	if err != nil {
		return nil, 0, usageError(err.Error())
	}
	if f.At != "" {
		if _, ok := regionByCode(f.At); !ok {
			return nil, 0, usageError(fmt.Sprintf("--at %.20q is not a region that is known here: "+regionsKnown, f.At))
		}
	}
	set, err := loadCalendars(f.Calendar)
	if err != nil {
		return nil, 0, err
	}
	return set.Region(f.At), unit, nil
}

// countFlags are shared by add and sub.
type countFlags struct {
	Date string `arg:"" help:"A day (2026-11-23) or an instant (2026-11-23T10:30), Asia/Shanghai."`
	N    string `arg:"" help:"How many units, 0 to 100000; a negative number counts the other way."`
	calendarFlags
}

type addCommand struct{ countFlags }

type subCommand struct{ countFlags }

// Run prints where the limit ends.
func (c addCommand) Run(w *world) error { return c.count(w, false) }

// Run prints where the backward limit ends.
func (c subCommand) Run(w *world) error { return c.count(w, true) }

// minus stands for the sign of a negative number while the parser reads the command line, which takes -5 for a flag.
const minus = "−"

// signed lets negative numbers through the parser.
func signed(args []string) []string {
	if len(args) == 0 || args[0] != "workday" {
		return args
	}
	out := make([]string, len(args))
	for i, a := range args {
		if digits := strings.TrimPrefix(a, "-"); digits != a && digits != "" && digits[0] >= '0' && digits[0] <= '9' {
			a = minus + digits
		}
		out[i] = a
	}
	return out
}

// whole reads a decimal number; 010 is ten.
func whole(s string) (n int, negative bool, err error) {
	digits, negative := strings.CutPrefix(s, minus)
	n, err = strconv.Atoi(digits)
	if err != nil || strings.ContainsAny(digits, "+-") {
		return 0, false, usageError(fmt.Sprintf("%.20q is not a whole number in decimal digits, such as 5 or -5", strings.Replace(s, minus, "-", 1)))
	}
	return n, negative, nil
}

func (c countFlags) count(w *world, backward bool) error {
	start, err := parseMoment(c.Date)
	if err != nil {
		return err
	}
	cal, unit, err := c.open()
	if err != nil {
		return err
	}
	n, negative, err := whole(c.N)
	if err != nil {
		return err
	}
	limit := workday.Limit{N: n, Unit: unit, Backward: backward != negative}
	if err := limit.Valid(); err != nil {
		return usageError(err.Error())
	}
	x := cal.Explain(start, limit)
	if n > 0 && (x.Due.Date <= workday.MinDate || x.Due.Date >= workday.MaxDate) { // there the calendar stops, and would not say so
		return usageError(fmt.Sprintf("%v from %.40q ends before or after the years 1 to 9999 (give a nearer date or a shorter limit)", limit, c.Date))
	}
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
	if c.Explain {
		result += "\n" + strings.TrimSuffix(x.Text(c.Lang), "\n")
	}
	_, err = fmt.Fprintln(w.out, result)
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

// parseDay reads a day.
func parseDay(s string) (workday.Date, error) {
	d, err := workday.ParseDate(s)
	if err != nil {
		return d, usageError(fmt.Sprintf("%.40q is not a date like 2026-11-23", s))
	}
	return d, nil
}

type betweenCommand struct {
	A string `arg:"" help:"A day."`
	B string `arg:"" help:"A later day; an earlier one gives a negative number."`
	calendarFlags
}

// counted is what lies between two days.
type counted struct {
	A           workday.Date `json:"a"`
	B           workday.Date `json:"b"`
	Unit        workday.Unit `json:"unit"`
	N           int          `json:"n"`
	Provisional bool         `json:"provisional"`
	Calendar    string       `json:"calendar"`
	Days        []countedDay `json:"days,omitempty"`
}

// countedDay is one day between, and whether it counted.
type countedDay struct {
	Date     workday.Date `json:"date"`
	Kind     workday.Kind `json:"kind"`
	Festival string       `json:"festival,omitempty"`
	Counted  bool         `json:"counted"`
}

// Run prints the number of units.
func (c betweenCommand) Run(w *world) error {
	a, err := parseDay(c.A)
	if err != nil {
		return err
	}
	b, err := parseDay(c.B)
	if err != nil {
		return err
	}
	cal, unit, err := c.open()
	if err != nil {
		return err
	}
	x := counted{A: a, B: b, Unit: unit, N: cal.Between(a, b, unit), Provisional: cal.BetweenProvisional(a, b, unit), Calendar: cal.ID()}
	if c.Explain {
		if x.Days, err = daysBetween(cal, min(a, b)+1, max(a, b), unit); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(w.out).Encode(x)
	}
	var text strings.Builder
	fmt.Fprint(&text, x.N)
	if x.Provisional {
		text.WriteString(" provisional")
	}
	text.WriteString("\n")
	for _, d := range x.Days {
		mark := " "
		if d.Counted {
			mark = "+"
		}
		fmt.Fprintln(&text, strings.TrimRight(fmt.Sprintf("%s %s %s %s", mark, d.Date, d.Kind.Text(c.Lang), d.Festival), " "))
	}
	_, err = fmt.Fprint(w.out, text.String())
	return err
}

// daysBetween lists every day; a longer stretch than ten years is refused. Working days and hours count those that are worked, all
// other units every day.
func daysBetween(cal *workday.Calendar, from, to workday.Date, unit workday.Unit) ([]countedDay, error) {
	if to-from > 3660 {
		return nil, usageError("--explain lists at most ten years")
	}
	var days []countedDay
	for d := from; d <= to; d++ {
		n := countedDay{Date: d, Counted: unit != workday.WorkDay && unit != workday.WorkHour || cal.IsWorkday(d)}
		n.Kind, n.Festival = cal.DayKind(d)
		days = append(days, n)
	}
	return days, nil
}
