// Package parameter is the closed list of what an administrator may change while the program runs (参数), with the type, unit and bounds
// of each, and what is in force: a value that was set for a region, else for the region above it, else what the server began
// with. What only a start can change is a flag; what the law or a practice fixes stands in a pack.
//
// Values come in as texts and are read here; the package keeps nothing and asks nobody.
package parameter

import (
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
)

// Name is a parameter. Names are stored: only ever add.
type Name string

// The parameters.
const (
	IdleOfficials   Name = "idle-officials"    // an official's session that is not used this long ends
	IdleCitizens    Name = "idle-citizens"     // a citizen's
	Lookups         Name = "lookups"           // lookups from one address within 15 minutes that find nothing
	LookupsPerson   Name = "lookups-person"    // the same, of one account
	Objections      Name = "objections"        // to public notices, from one address within a day
	ObjectionsOfOne Name = "objections-person" // the same, of one account
	UploadBytes     Name = "upload-megabytes"  // that one account uploads within a day; an official ten times as much
	UploadFiles     Name = "upload-files"      // the same in files
	Benefits        Name = "benefits"          // what nobody asked for (免申即享) is opened
	RatioA          Name = "inspect-a"         // companies of tier A that a year's inspections draw, unless its plan says another share
	RatioB          Name = "inspect-b"
	RatioC          Name = "inspect-c"
	RatioD          Name = "inspect-d"
	RatioNone       Name = "inspect-none" // companies that are in no tier
)

// Unit is what a value counts.
type Unit string

// The units.
const (
	Minutes   Unit = "minutes"
	Times     Unit = "times"
	Megabytes Unit = "megabytes" // of 2^20 bytes
	Files     Unit = "files"
	Switch    Unit = "switch" // 1 on, 0 off
	Percent   Unit = "percent"
)

// Parameter is one of the list.
type Parameter struct {
	Name     Name
	Unit     Unit
	Standard int // where neither an administrator nor a flag says anything
	Min, Max int
	Flag     string // that sets it at the start; "" none
}

// all is the list, in the order of the page.
var all = []Parameter{
	{IdleOfficials, Minutes, 30, 10, 480, "idle-officials"}, // 10: a page warns five minutes before
	{IdleCitizens, Minutes, 120, 10, 720, "idle-citizens"},
	{Lookups, Times, 50, 5, 10_000, ""},
	{LookupsPerson, Times, 50, 5, 10_000, ""},
	{Objections, Times, 20, 1, 1000, ""},
	{ObjectionsOfOne, Times, 20, 1, 1000, ""},
	{UploadBytes, Megabytes, 500, 20, 100_000, ""}, // 20: the largest file
	{UploadFiles, Files, 500, 10, 100_000, ""},
	{Benefits, Switch, 1, 0, 1, ""},
	// Of practice 36 no shares are published, nor is there a national table; these lie within what one county published (docs/inspect.md).
	{RatioA, Percent, 3, 0, 100, ""},
	{RatioB, Percent, 10, 0, 100, ""},
	{RatioC, Percent, 40, 0, 100, ""},
	{RatioD, Percent, 80, 0, 100, ""},
	{RatioNone, Percent, 1, 0, 100, ""},
}

// All lists the parameters.
func All() []Parameter { return append([]Parameter{}, all...) }

// Find finds one.
func Find(name string) (Parameter, bool) {
	for _, p := range all {
		if string(p.Name) == name {
			return p, true
		}
	}
	return Parameter{}, false
}

// Read reads a value as people type it: a whole number between the bounds; of a switch on or off.
func (p Parameter) Read(text string) (int, bool) {
	text = strings.ToLower(strings.TrimSpace(ident.Normalise(text)))
	if p.Unit == Switch {
		switch text {
		case "on", "1":
			return 1, true
		case "off", "0":
			return 0, true
		}
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= p.Min && n <= p.Max
}

// Write is a value as it is stored, and as Read reads it.
func (p Parameter) Write(n int) string {
	switch {
	case p.Unit != Switch:
		return strconv.Itoa(n)
	case n != 0:
		return "on"
	}
	return "off"
}

// Table is what is in force. It is never changed once it is made.
type Table struct {
	start map[Name]int            // what the server began with
	set   map[string]map[Name]int // by region
}

// NewTable is a table of what was set, by region, over what the server began with. What is not in the list, or not between the
// bounds of this program, counts as not set.
func NewTable(start map[Name]int, set map[string]map[Name]string) *Table {
	t := &Table{start: start, set: map[string]map[Name]int{}}
	for region, values := range set {
		for name, text := range values {
			p, known := Find(string(name))
			n, ok := p.Read(text)
			if !known || !ok {
				continue
			}
			if t.set[region] == nil {
				t.set[region] = map[Name]int{}
			}
			t.set[region][name] = n
		}
	}
	return t
}

// Start is the value with which the server began.
func (t *Table) Start(name Name) int {
	if n, ok := t.start[name]; ok {
		return n
	}
	p, _ := Find(string(name))
	return p.Standard
}

// Of is the value in a region, and the region for which it was set; "" if it is that of the start.
func (t *Table) Of(name Name, region string) (value int, from string) {
	for at := region; at != ""; {
		if n, ok := t.set[at][name]; ok {
			return n, at
		}
		above, ok := ident.Service().ByCode(at)
		if !ok {
			break
		}
		at = above.Parent
	}
	return t.Start(name), ""
}

// Int is the value in a region.
func (t *Table) Int(name Name, region string) int {
	n, _ := t.Of(name, region)
	return n
}

// On reports whether a switch is on.
func (t *Table) On(name Name, region string) bool { return t.Int(name, region) != 0 }

// Time is a value of minutes.
func (t *Table) Time(name Name, region string) time.Duration {
	return time.Duration(t.Int(name, region)) * time.Minute
}
