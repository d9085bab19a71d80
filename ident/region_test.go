package ident

import (
	"slices"
	"strings"
	"testing"
)

func codes(regions []Region) (list []string) {
	for _, r := range regions {
		list = append(list, r.Code)
	}
	return list
}

// The counts are those of the standard: 34 province-level units; Shaanxi has ten cities, 31 districts, 7 county-level
// cities and 69 counties.
func TestRegionCounts(t *testing.T) {
	if n := len(Administrative().Children("")); n != 34 {
		t.Errorf("%d provinces", n)
	}
	cities := Administrative().Children("610000")
	kinds := map[string]int{}
	for _, city := range cities {
		for _, county := range Administrative().Children(city.Code) {
			kinds[county.Kind]++
		}
	}
	if len(cities) != 10 || kinds["district"] != 31 || kinds["county_city"] != 7 || kinds["county"] != 69 || len(kinds) != 3 {
		t.Errorf("%d cities, %v", len(cities), kinds)
	}
}

func TestRegions(t *testing.T) {
	r, ok := RegionByCode("610104")
	if !ok || r.Name != "莲湖区" || r.Level != LevelCounty || r.Parent != "610100" {
		t.Errorf("%+v", r)
	}
	if p, ok := ProvinceOf("440524"); !ok || p.Name != "广东省" || p.Short != "粤" {
		t.Errorf("%+v", p)
	}
	if got := codes(Administrative().Chain("610104")); !slices.Equal(got, []string{"610104", "610100", "610000"}) {
		t.Errorf("chain %v", got)
	}
	if got := Administrative().FullName("610104"); got != "陕西省西安市莲湖区" {
		t.Error(got)
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"610104", "610104", true}, {"610104", "610100", true}, {"610104", "610000", true}, {"610104", "610500", false},
		{"610100", "610104", false}, {"610104", "", false}, {"", "", false}, {"999999", "999999", false},
		{"610403", "610400", true}, {"610403", "yangling", false},
	} {
		if got := Within(c.a, c.b); got != c.want {
			t.Errorf("Within(%q, %q) = %v", c.a, c.b, got)
		}
	}
	for _, bad := range []string{"", "61", "99", "6101040", "yangling", "99999X"} {
		if _, ok := RegionByCode(bad); ok {
			t.Errorf("%q is a region", bad)
		}
		if _, ok := ProvinceOf(bad); ok {
			t.Errorf("%q has a province", bad)
		}
	}
}

func TestServiceTree(t *testing.T) {
	s := Service()
	if got := codes(s.Children("610000")); len(got) != 13 || !slices.Equal(got[10:], []string{"yangling", "xixian", "hancheng"}) {
		t.Errorf("beside the cities: %v", got)
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"610403", "yangling", true}, {"610403", "610400", false}, {"610403", "610000", true},
		{"610581", "hancheng", true}, {"610581", "610500", false}, {"610404", "610400", true}, {"xixian", "610000", true},
		{"xixian", "610100", false},
	} {
		if got := s.Within(c.a, c.b); got != c.want {
			t.Errorf("Within(%q, %q) = %v in the service tree", c.a, c.b, got)
		}
	}
	if len(s.regions) != len(Administrative().regions)+len(ServiceAreas()) {
		t.Error("the service tree lost or gained regions")
	}
	if r, ok := s.ByCode("yangling"); !ok || r.Level != LevelServiceArea || r.Kind != "prefecture" {
		t.Errorf("%+v", r)
	}
	areas := ServiceAreas()
	areas[0].Members[0] = "changed"
	if ServiceAreas()[0].Members[0] != "610403" {
		t.Error("a caller can change the data")
	}
}

func TestIndustries(t *testing.T) {
	all := Industries()
	sections := 0
	for _, in := range all {
		if in.Division() == "" {
			sections++
		}
		if got, ok := IndustryByCode(in.Code); !ok || got != in {
			t.Errorf("%s: %+v", in.Code, got)
		}
	}
	if sections != 20 || len(all) != 117 {
		t.Errorf("%d sections of %d", sections, len(all))
	}
	for code, want := range map[string]string{"C": "制造业", "C13": "农副食品加工业", "13": "农副食品加工业", "c13": "农副食品加工业"} {
		if in, ok := IndustryByCode(code); !ok || in.Name != want || in.Section != "C" {
			t.Errorf("%s: %+v", code, in)
		}
	}
	for _, bad := range []string{"", "D13", "98", "U", "1", "C1311", "C 00"} {
		if in, ok := IndustryByCode(bad); ok {
			t.Errorf("%q is %+v", bad, in)
		}
	}
	for code, want := range map[string]string{"C1311": "C13", "1311": "C13", "131": "C13", "I6510": "I65", "C13": "C13"} {
		if in, ok := IndustryOfClass(code); !ok || in.Code != want {
			t.Errorf("%s: %+v", code, in)
		}
	}
	for _, bad := range []string{"", "C", "1", "D1311", "CC1311", "C13111", "C13X1", "9811"} {
		if in, ok := IndustryOfClass(bad); ok {
			t.Errorf("class %q is %+v", bad, in)
		}
	}
}

func TestSearchIndustries(t *testing.T) {
	for query, first := range map[string]string{
		"餐饮": "H62", "软件": "I65", "软件开发": "I65", "制造业": "C", "c13": "C13", "62": "H62", "信息 软件": "I", "餐饮业": "H62",
	} {
		found := SearchIndustries(query)
		if len(found) == 0 || found[0].Code != first {
			t.Errorf("%s finds %v, want %s first", query, found, first)
		}
	}
	for _, nothing := range []string{"", "  ", "zzz", "魑魅魍魉", "业"[:1]} {
		if found := SearchIndustries(nothing); len(found) != 0 {
			t.Errorf("%q finds %v", nothing, found)
		}
	}
}

// A business is in a division: sections and classes lead to theirs.
func TestSearchDivisions(t *testing.T) {
	for query, want := range map[string]string{"餐饮": "H62 H61", "I6510": "I65", "住宿和餐饮业": "H61 H62", "zzz": ""} {
		var codes []string
		for _, in := range SearchDivisions(query) {
			codes = append(codes, in.Code)
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	if n := len(SearchDivisions(" ")); n != 97 {
		t.Errorf("no words find %d of 97 divisions", n)
	}
	if c, _ := IndustryByCode("C"); c.FullName() != "C 制造业" {
		t.Errorf("section %q", c.FullName())
	}
}

// Numbers that were given out rest on a region's slot: one that changes would give a number a second time.
func TestRegionSlotsNeverChange(t *testing.T) {
	want := map[string]int{"110000": 0, "650000": 30, "820000": 33, "610100": 34, "610102": 44, "yangling": 255, "xixian": 254, "hancheng": 253}
	for region, slot := range want {
		if got, ok := RegionSlot(region); !ok || got != slot {
			t.Errorf("%s has slot %d %t, want %d", region, got, ok, slot)
		}
	}
	seen := map[int]string{}
	for region, slot := range regions().slots {
		if other, taken := seen[slot]; taken || slot < 0 || slot >= RegionSlots {
			t.Errorf("%s has slot %d, as has %q", region, slot, other)
		}
		seen[slot] = region
	}
	if len(seen) != len(Administrative().regions)+len(ServiceAreas()) {
		t.Errorf("%d slots for %d regions", len(seen), len(Service().regions))
	}
	if _, ok := RegionSlot("nowhere"); ok {
		t.Error("an unknown region has a slot")
	}
}

func TestServiceAreasRegisterUnderACodeOfTheStandard(t *testing.T) {
	for _, area := range ServiceAreas() {
		if _, ok := RegionByCode(area.Registers); !ok || RegisteringCode(area.ID) != area.Registers {
			t.Errorf("%s registers as %q", area.ID, RegisteringCode(area.ID))
		}
		if len(area.Members) > 0 && area.Members[0] != area.Registers {
			t.Errorf("%s registers as %s, its member is %v", area.ID, area.Registers, area.Members)
		}
	}
	if RegisteringCode("610502") != "610502" || RegisteringCode("nowhere") != "" {
		t.Error("a unit registers as itself, an unknown region not at all")
	}
}

func TestFullNameSaysEachPlaceOnce(t *testing.T) {
	for code, want := range map[string]string{
		"xixian": "陕西省西咸新区", "hancheng": "陕西省韩城市", "610581": "陕西省韩城市", "610104": "陕西省西安市莲湖区", "610000": "陕西省", "none": "",
	} {
		if got := Service().FullName(code); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
	if got := Administrative().FullName("610581"); got != "陕西省渭南市韩城市" {
		t.Errorf("in the administrative tree: %q", got)
	}
}

func TestRegions_have_names_in_English(t *testing.T) {
	for code, want := range map[string]string{
		"610104": "Lianhu District, Xi'an, Shaanxi Province", "hancheng": "Hancheng, Shaanxi Province", "610581": "Hancheng, Shaanxi Province", "610725": "Mianxian County, Hanzhong, Shaanxi Province", "none": "",
	} {
		if got := Service().FullNameIn(code, "en"); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
		if got := Service().FullNameIn(code, "zh"); got != Service().FullName(code) {
			t.Errorf("in Chinese %s is %q", code, got)
		}
	}
	if a, b, c := Service().Called("yangling", "en"), Service().Called("610700", "zh"), Service().Called("none", "en"); a != "Yangling Agricultural Hi-tech Industries Demonstration Zone" || b != "汉中市" || c != "none" {
		t.Error(a, b, c)
	}
}

func TestCity_is_the_city_or_service_area_around(t *testing.T) {
	for code, want := range map[string]string{"610502": "610500", "610500": "610500", "610000": "610000", "yangling": "yangling", "": "", "999999": "999999"} {
		if got := Service().City(code); got != want {
			t.Errorf("City(%q) = %q, want %q", code, got, want)
		}
	}
}
