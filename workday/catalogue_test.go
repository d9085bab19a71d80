package workday

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestStatutoryLimits(t *testing.T) {
	t.Parallel()
	c := StatutoryLimits()
	if n := len(c.IDs()); n != 105 {
		t.Errorf("%d rules, want 105", n)
	}
	for id, want := range map[string]string{
		"licence.correction_notice": "5 workday",
		"licence.decision":          "20 workday",
		"licence.renewal_apply":     "-30 day",
		"bankr.claims_max":          "3 month",
		"bankr.meeting_notice":      "-15 day",
		"penalty.hearing_notice":    "-7 workday",
		"grid.confirm":              "1 hour",
	} {
		if r, ok := c.Lookup(id); !ok || r.Limit.String() != want || strings.Contains(r.Starts, "backwards") {
			t.Errorf("%s: %v, %t, want %s", id, r, ok, want)
		}
	}
	backward, unverified, extended := 0, 0, 0
	bounds := map[Bound]int{}
	for _, id := range c.IDs() {
		r, _ := c.Lookup(id)
		if r.Limit.Backward {
			backward++
		}
		if !r.Verified {
			unverified++
		}
		if r.Extension.By.N > 0 {
			extended++
		}
		bounds[r.Bound]++
	}
	if backward != 7 || unverified != 3 || extended != 14 || bounds[AtLeast] != 7 || bounds[NoLimit] != 1 {
		t.Errorf("%d backward, %d unverified, %d with a fixed extension, bounds %v", backward, unverified, extended, bounds)
	}
	if r, ok := c.Lookup("licence.nothing"); ok {
		t.Errorf("found %v", r)
	}
	if !strings.HasPrefix(c.AsOf(), "2025-04-19") {
		t.Errorf("texts as of %q", c.AsOf())
	}
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]Extension{
		"licence.decision":                {Limit{N: 10}, "head of the agency", "10 workdays, head of the agency; tell the applicant why"},
		"bankr.rule_on_petition":          {Limit{N: 15, Unit: Day}, "court above", "15 days, court above"},
		"court.ordinary":                  {Limit{N: 6, Unit: Month}, "president", "6 months, president; then court above"},
		"patent.admin_ruling":             {Limit{N: 1, Unit: Month}, "", "1 month (memory)"},
		"court.appeal_judgment":           {Limit{}, "", "president"},
		"licence.issue":                   {},
		"registration.company":            {Limit{N: 3}, "head of the registry", "3 workdays, head of the registry"},
		"sme.complaint_handle":            {Limit{}, "", "up to 90 days in all"},
		"proc.complaint_decide":           {Limit{}, "", "检验检测鉴定专家评审补正 not counted (条例 58)"},
		"mediation.in_ordinary":           {Limit{}, "", "both parties agree; not counted in the trial limit"},
		"bankr.rule_on_creditor_petition": {Limit{N: 15, Unit: Day}, "court above", "15 days, court above"},
	} {
		if r, ok := StatutoryLimits().Lookup(id); !ok || r.Extension != want {
			t.Errorf("%s: %+v, want %+v", id, r.Extension, want)
		}
	}
}

// limits writes a catalogue document; each row is "id n unit from to", with - for no date.
func limits(rows ...string) []byte {
	var b strings.Builder
	for i, row := range rows {
		f := strings.Fields(row)
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(`{"id":"` + f[0] + `","name":"x","n":` + f[1] + `,"unit":"` + f[2] + `","starts":"受理","basis":"法","article":"1","source":"s","verified":true`)
		if f[3] != "-" {
			b.WriteString(`,"valid_from":"` + f[3] + `"`)
		}
		if f[4] != "-" {
			b.WriteString(`,"valid_to":"` + f[4] + `"`)
		}
		b.WriteString("}")
	}
	return []byte(`{"schema":"tongban.timelimits/1","text_as_of":"2026-11-23","note":"","limits":[` + b.String() + `]}`)
}

func TestVersions(t *testing.T) {
	t.Parallel()
	c, err := StatutoryLimits().With(limits("bankr.rule_on_petition 10 workday 2027-03-01 -", "city.promise 2 workday 2026-01-01 2026-06-30"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ id, on, want string }{
		{"bankr.rule_on_petition", "2027-02-28", "15 day"},
		{"bankr.rule_on_petition", "2027-03-01", "10 workday"},
		{"bankr.rule_on_petition", "2040-01-01", "10 workday"},
		{"city.promise", "2025-12-31", "none"},
		{"city.promise", "2026-01-01", "2 workday"},
		{"city.promise", "2026-06-30", "2 workday"},
		{"city.promise", "2026-07-01", "none"},
		{"city.other", "2026-07-01", "none"},
	} {
		got := "none"
		if r, ok := c.At(test.id, date(test.on)); ok {
			got = r.Limit.String()
		}
		if got != test.want {
			t.Errorf("%s on %s is %s, want %s", test.id, test.on, got, test.want)
		}
	}
	if r, _ := c.Lookup("bankr.rule_on_petition"); r.Limit.N != 10 || len(c.Versions("bankr.rule_on_petition")) != 2 {
		t.Errorf("the newest version is %v", r)
	}
	if r, _ := StatutoryLimits().Lookup("bankr.rule_on_petition"); r.Limit.N != 15 || !r.ValidTo.IsZero() {
		t.Errorf("With changed the catalogue it was called on: %v", r)
	}
}

func TestCatalogueRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		doc  []byte
		want string
	}{
		"not_json":            {[]byte("limits"), "not readable"},
		"another_schema":      {[]byte(`{"schema":"x"}`), "has schema"},
		"an_unknown_field":    {[]byte(`{"schema":"tongban.timelimits/1","rules":[]}`), "unknown field"},
		"an_unknown_unit":     {limits("a.b 1 fortnight - -"), "unit"},
		"a_negative_number":   {limits("a.b -1 day - -"), "outside 0"},
		"a_bad_id":            {limits("Licence 1 day - -"), "the id"},
		"an_early_end":        {limits("a.b 1 day 2026-02-01 2026-01-01"), "valid to 2026-01-01"},
		"the_same_day":        {limits("a.b 1 day 2026-02-01 -", "a.b 2 day 2026-02-01 -"), "row 2"},
		"an_overlap":          {limits("a.b 1 day 2026-02-01 2026-03-01", "a.b 2 day 2026-03-01 -"), "in force on 2026-03-01"},
		"a_known_id_for_good": {limits("licence.decision 1 day - -"), "from the same day"},
	} {
		if c, err := StatutoryLimits().With(test.doc); err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestRuleInJSON(t *testing.T) {
	t.Parallel()
	r, _ := StatutoryLimits().Lookup("registration.company")
	b, err := json.Marshal(r)
	want := `{"id":"registration.company","name":"市场主体登记 (not on the spot)","limit":"3 workday","bound":"at_most","starts":"材料齐全",` +
		`"extension":{"by":"3 workday","approver":"head of the registry","text":"3 workdays, head of the registry"},` +
		`"basis":"市场主体登记管理条例","article":"19","source":"LawRefBook/Laws: 行政法规/市场主体登记管理条例(2021-07-27).md","verified":true}`
	if err != nil || string(b) != want {
		t.Errorf("got  %s, %v\nwant %s", b, err, want)
	}
	var again Rule
	if err := json.Unmarshal(b, &again); err != nil || again != r {
		t.Errorf("it comes back from JSON as %+v, %v", again, err)
	}
	if err := again.Bound.UnmarshalText([]byte("at_will")); err == nil {
		t.Errorf("a bound that is none is read as %v", again.Bound)
	}
}

func FuzzCatalogue(f *testing.F) {
	f.Add(limits("a.b 1 day 2026-02-01 2026-03-01", "a.b 2 day 2026-03-02 -"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := (&Catalogue{}).With(b)
		if err != nil {
			return
		}
		for _, id := range c.IDs() {
			if r, ok := c.Lookup(id); !ok || r.Limit.Valid() != nil {
				t.Fatalf("%s: %v, %t", id, r, ok)
			}
		}
	})
}
