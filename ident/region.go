package ident

import (
	_ "embed" // regions
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Level is how high a region stands.
type Level string

// The levels of the two trees.
const (
	LevelProvince    Level = "province"
	LevelPrefecture  Level = "prefecture"
	LevelCounty      Level = "county"
	LevelServiceArea Level = "service-area"
)

// Region is a unit of one of the two trees.
type Region struct {
	// Code is the six-digit GB/T 2260 code; for a service area its id ("yangling"), which is no GB/T 2260 code.
	Code string `json:"code"`
	Name string `json:"name"`
	// English is the name for who does not read Chinese: Hanyu Pinyin with the kind of unit, such as Hantai District.
	English string `json:"english"`
	Short   string `json:"short,omitempty"` // 陕; 杨凌示范区; only where the source has one
	Level   Level  `json:"level"`
	// Kind refines the level: municipality, autonomous_region, sar, province; district, county_city, county; of a
	// service area what it is treated as: prefecture, development_area, province_plan_unit.
	Kind   string `json:"kind,omitempty"`
	Parent string `json:"parent,omitempty"` // in the tree that the region was taken from; "" at the top
}

// ServiceArea is an area that handles services like a city without being a unit of GB/T 2260.
type ServiceArea struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	English string `json:"english"`
	Short   string `json:"short"`
	TreatAs string `json:"treat_as"`
	// Registers is the GB/T 2260 code under which the area's office registers organisations: of its member, else of the city
	// that manages it.
	Registers string   `json:"registers_as"`
	Members   []string `json:"gb2260_members"` // GB/T 2260 codes that belong to it whole; may be none
	Note      string   `json:"note"`
}

// Tree is a tree of regions: who lies in whom.
type Tree struct {
	regions  map[string]Region
	children map[string][]string // in the order of the source; "" holds the top
}

//go:embed data/cn-provinces.json
var provincesJSON []byte

//go:embed data/shaanxi.json
var shaanxiJSON []byte

type regionData struct {
	administrative, service *Tree
	areas                   []ServiceArea
	slots                   map[string]int
}

// regions reads the embedded data once. It cannot fail outside a broken build: a test reads it too.
var regions = sync.OnceValue(func() regionData {
	var provinces, shaanxi struct {
		Items []Region      `json:"items"`
		Areas []ServiceArea `json:"service_areas"`
	}
	if err := json.Unmarshal(provincesJSON, &provinces); err != nil {
		panic(fmt.Errorf("embedded provinces: %w", err))
	}
	if err := json.Unmarshal(shaanxiJSON, &shaanxi); err != nil {
		panic(fmt.Errorf("embedded regions of Shaanxi: %w", err))
	}
	admin, slots := newTree(), map[string]int{}
	add := func(r Region) {
		slots[r.Code] = len(slots)
		admin.add(r)
	}
	for _, r := range provinces.Items {
		r.Level = LevelProvince
		add(r)
	}
	for _, r := range shaanxi.Items {
		if r.Level != LevelProvince { // the province itself is in the list above
			add(r)
		}
	}
	for i, area := range shaanxi.Areas {
		slots[area.ID] = RegionSlots - 1 - i
	}
	service := newTree()
	service.addServing(admin, "", shaanxi.Areas)
	return regionData{administrative: admin, service: service, areas: shaanxi.Areas, slots: slots}
})

// serviceProvince is where the service areas lie: the source lists them beside its ten cities.
const serviceProvince = "610000"

// addServing copies what lies below code from the administrative tree, with the service areas and their members moved.
func (t *Tree) addServing(admin *Tree, code string, areas []ServiceArea) {
	for _, r := range admin.Children(code) {
		for _, area := range areas {
			if slices.Contains(area.Members, r.Code) {
				r.Parent = area.ID
			}
		}
		t.add(r)
		t.addServing(admin, r.Code, areas)
	}
	if code == serviceProvince {
		for _, area := range areas {
			t.add(Region{Code: area.ID, Name: area.Name, English: area.English, Short: area.Short, Level: LevelServiceArea,
				Kind: area.TreatAs, Parent: code})
		}
	}
}

func newTree() *Tree {
	return &Tree{regions: map[string]Region{}, children: map[string][]string{}}
}

func (t *Tree) add(r Region) {
	t.regions[r.Code] = r
	t.children[r.Parent] = append(t.children[r.Parent], r.Code)
}

// Administrative is the tree of GB/T 2260: all provinces, and Shaanxi down to its counties, as of 2023-06-30.
func Administrative() *Tree { return regions().administrative }

// Service is the tree of who handles services: as the administrative one, but the service areas stand beside the ten
// cities of Shaanxi, and their whole members lie in them.
func Service() *Tree { return regions().service }

// ServiceAreas lists the areas that stand beside the cities in the service tree.
func ServiceAreas() []ServiceArea {
	areas := slices.Clone(regions().areas)
	for i := range areas {
		areas[i].Members = slices.Clone(areas[i].Members)
	}
	return areas
}

// RegionByCode finds a unit of GB/T 2260 by its six digits.
func RegionByCode(code string) (Region, bool) { return Administrative().ByCode(code) }

// RegisteringCode is the GB/T 2260 code that the office of a region registers organisations under: the region's own, for a
// service area that of ServiceArea.Registers. "" for a region that neither tree knows.
func RegisteringCode(region string) string {
	if r, ok := RegionByCode(region); ok {
		return r.Code
	}
	for _, area := range regions().areas {
		if area.ID == region {
			return area.Registers
		}
	}
	return ""
}

// RegionSlots bounds RegionSlot.
const RegionSlots = 256

// RegionSlot is a small number that no other region of either tree has, from 0 to RegionSlots-1; false for an unknown
// region. Numbers that were given out rest on it, so it never changes: units are only added at the end of the embedded
// lists. They count from the front, service areas from the back.
func RegionSlot(region string) (int, bool) {
	slot, ok := regions().slots[region]
	return slot, ok
}

// City is the city or the service area that code is or lies in; code itself if there is none, such as of a province.
func (t *Tree) City(code string) string {
	for _, r := range t.Chain(code) {
		if r.Level != LevelProvince && r.Level != LevelCounty {
			return r.Code
		}
	}
	return code
}

// Within tells whether a is b or lies in b, in the administrative tree. Unknown codes lie nowhere.
func Within(a, b string) bool { return Administrative().Within(a, b) }

// ProvinceOf finds the province-level unit of any GB/T 2260 code, known or abolished, by its first two digits.
func ProvinceOf(code string) (Region, bool) {
	if len(code) != 6 || !allDigits(code) {
		return Region{}, false
	}
	return RegionByCode(code[:2] + "0000")
}

// ByCode finds a region in the tree.
func (t *Tree) ByCode(code string) (Region, bool) {
	r, ok := t.regions[code]
	return r, ok
}

// Chain is the region and all above it, from itself to the top; nil if it is unknown.
func (t *Tree) Chain(code string) []Region {
	var chain []Region
	for r, ok := t.regions[code]; ok; r, ok = t.regions[r.Parent] {
		chain = append(chain, r)
	}
	return chain
}

// Within tells whether a is b or lies in b. Unknown codes lie nowhere.
func (t *Tree) Within(a, b string) bool {
	for r, ok := t.regions[a]; ok; r, ok = t.regions[r.Parent] {
		if r.Code == b {
			return true
		}
	}
	return false
}

// Children are the regions directly below code, in the order of the standard; those at the top for "".
func (t *Tree) Children(code string) []Region {
	below := make([]Region, 0, len(t.children[code]))
	for _, c := range t.children[code] {
		below = append(below, t.regions[c])
	}
	return below
}

// FullName writes the region with all above it, each place once: 陕西省西安市莲湖区, 陕西省西咸新区 (not 陕西省陕西西咸新区), 陕西省韩城市;
// "" if it is unknown.
func (t *Tree) FullName(code string) string {
	chain := t.Chain(code)
	slices.Reverse(chain)
	name := ""
	for i, r := range chain {
		own := r.Name
		if i > 0 && r.Level == LevelServiceArea { // its name may begin with the province's
			own = strings.TrimPrefix(own, strings.TrimSuffix(chain[i-1].Name, "省"))
		}
		if i > 0 && own == chain[i-1].Name { // a city that is a service area by itself
			continue
		}
		name += own
	}
	return name
}

// In is the name in "zh" (any other language: English).
func (r Region) In(lang string) string { return pick([2]string{r.Name, r.English}, lang) }

// Called names a region in a language; by its code if it is unknown.
func (t *Tree) Called(code, lang string) string {
	if r, ok := t.regions[code]; ok {
		return r.In(lang)
	}
	return code
}

// FullNameIn is FullName in a language. English begins with the region itself: Lianhu District, Xi'an, Shaanxi Province.
func (t *Tree) FullNameIn(code, lang string) string {
	var names []string
	for _, r := range t.Chain(code) {
		names = append(names, r.English)
	}
	return pick([2]string{t.FullName(code), strings.Join(slices.Compact(names), ", ")}, lang)
}
