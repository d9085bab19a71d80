package dictionary

import (
	"os"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/web/i18n"
)

// known is what a pack of the project gives.
func known(t *testing.T) []List {
	t.Helper()
	p, problems := pack.Load(os.DirFS("../../packs/03-weinan-open-company"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return All([]*pack.Pack{p})
}

func find(all []List, source, id string) *List {
	i := slices.IndexFunc(all, func(l List) bool { return l.Source == source && l.ID == id })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// Every list says where it is from, has words for what it is of, and entries with a value and words, each value once; no list stands
// twice.
func TestLists_are_whole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, l := range known(t) {
		at := l.Source + " " + l.ID
		if l.ID == "" || l.Source == "" || !i18n.Has(l.Words()) || len(l.Entries) == 0 || seen[at] || l.Source != Core && l.Version == "" {
			t.Errorf("%s: %+v", at, l)
		}
		seen[at] = true
		values := map[string]bool{}
		for _, e := range l.Entries {
			if e.Value == "" || e.Label.ZH == "" || values[e.Value] {
				t.Errorf("%s: entry %+v", at, e)
			}
			values[e.Value] = true
		}
	}
}

// What a form asks in several places from the same answers is one list, which names the places; nothing is invented.
func TestOptions_of_forms_come_once(t *testing.T) {
	t.Parallel()
	all := known(t)
	kind := find(all, "03-weinan-open-company", "items/company-open/form/company.kind")
	if kind == nil || len(kind.Entries) != 3 || kind.Entries[0].Value != "limited" || kind.Version == "" {
		t.Fatalf("%+v", kind)
	}
	shared := slices.ContainsFunc(all, func(l List) bool { return l.Kind == "option" && len(l.Used) > 2 && l.Entries[0].Value == "resident-id" })
	if !shared {
		t.Error("the kinds of document are not one list")
	}
	for _, id := range []string{"region", "industry", "document", "phrase", "channel"} {
		if find(all, Core, id) == nil {
			t.Errorf("no list %s", id)
		}
	}
}

// A search keeps what holds the text, in values or either language, and whole lists that are named by it.
func TestSearch_finds_values_and_words(t *testing.T) {
	t.Parallel()
	all := known(t)
	for text, want := range map[string]int{"hk-macao-permit": 1, "港澳居民来往内地通行证": 1, "PASSPORT": 1, "证件类型": len(find(all, Core, "document").Entries)} {
		l := find(Search(all, Core, text), Core, "document")
		if l == nil || len(l.Entries) != want {
			t.Errorf("%q: %+v", text, l)
		}
	}
	if found := Search(all, "", "nothing of the kind"); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	if found := Search(all, Core, ""); slices.ContainsFunc(found, func(l List) bool { return l.Source != Core }) {
		t.Error("other sources")
	}
	if l := find(all, Core, "document"); len(l.Entries) < 7 {
		t.Errorf("a search took entries away: %+v", l)
	}
}

// What modules list is told apart by its titles, whatever the languages.
func TestTitles_of_a_source_differ(t *testing.T) {
	t.Parallel()
	p, problems := pack.Options{Parts: []pack.Part{{Folder: "credit", Schema: []byte("{}"), Prove: func([]*pack.PartFile) {}}}}.Load(os.DirFS("../../packs/35-yulin-credit"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	seen := map[string]string{}
	for _, l := range All([]*pack.Pack{p}) {
		for _, lang := range []string{i18n.Chinese, i18n.English} {
			at := l.Source + lang + i18n.T(lang, l.Words()) + l.Title(lang)
			if first, twice := seen[at]; twice && l.Kind != "option" && l.Kind != "answer" { // fields may have one label; their ids stand below
				t.Errorf("%s and %s are both called %s", first, l.ID, l.Title(lang))
			}
			seen[at] = l.ID
		}
	}
	if l := find(All([]*pack.Pack{p}), p.ID, "credit/energy/indicators"); l == nil || l.Title(i18n.Chinese) != "能源专业指标（信用指标）" {
		t.Errorf("%+v", l)
	}
}
