package parameter_test

import (
	"testing"
	"time"

	"github.com/tongban/tongban/internal/parameter"
)

func TestTable_takes_the_nearest_value(t *testing.T) {
	table := parameter.NewTable(map[parameter.Name]int{parameter.IdleOfficials: 25}, map[string]map[parameter.Name]string{
		"610000": {parameter.IdleOfficials: "60", parameter.Benefits: "off", parameter.Lookups: "3", "unknown": "1"}, // 3 is below the bound
		"610500": {parameter.IdleOfficials: "15", parameter.IdleCitizens: ""},
	})
	for _, c := range []struct {
		name   parameter.Name
		region string
		want   int
		from   string
	}{
		{parameter.IdleOfficials, "610502", 15, "610500"}, // a district of the city
		{parameter.IdleOfficials, "610500", 15, "610500"},
		{parameter.IdleOfficials, "610900", 60, "610000"},
		{parameter.IdleOfficials, "440100", 25, ""}, // another province: as the server began
		{parameter.IdleOfficials, "", 25, ""},
		{parameter.IdleCitizens, "610500", 120, ""}, // taken back
		{parameter.Benefits, "610502", 0, "610000"},
		{parameter.Benefits, "440100", 1, ""},
		{parameter.Lookups, "610500", 50, ""},
	} {
		if got, from := table.Of(c.name, c.region); got != c.want || from != c.from {
			t.Errorf("%s in %q = %d from %q, want %d from %q", c.name, c.region, got, from, c.want, c.from)
		}
	}
	if table.Time(parameter.IdleOfficials, "610500") != 15*time.Minute || table.On(parameter.Benefits, "610500") {
		t.Error("minutes or switch are read wrongly")
	}
}

func TestRead_keeps_the_bounds_of_each(t *testing.T) {
	for _, p := range parameter.All() {
		if p.Standard < p.Min || p.Standard > p.Max {
			t.Errorf("%s: its standard is out of bounds", p.Name)
		}
		for n, want := range map[int]bool{p.Min: true, p.Max: true, p.Min - 1: false, p.Max + 1: false} {
			if p.Unit == parameter.Switch && !want {
				continue // written as on or off
			}
			if got, ok := p.Read(p.Write(n)); ok != want || want && got != n {
				t.Errorf("%s reads %d as %d, %v", p.Name, n, got, ok)
			}
		}
		for _, text := range []string{"", "x", "1.5", "99999999999999999999", "-1", "1e3", "yes"} {
			if _, ok := p.Read(text); ok {
				t.Errorf("%s takes %q", p.Name, text)
			}
		}
	}
	idle, _ := parameter.Find("idle-officials")
	if n, ok := idle.Read(" ３０ "); !ok || n != 30 {
		t.Errorf("full width digits read as %d, %v", n, ok)
	}
	if _, ok := parameter.Find("nothing"); ok {
		t.Error("a parameter of no name")
	}
}
