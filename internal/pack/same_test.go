package pack_test

import (
	"io/fs"
	"maps"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/packs"
)

// fields are the questions of an item's form by name, with those of the rows of lists.
func fields(t *testing.T, folder string, id caseflow.ItemID) map[string]*caseflow.Field {
	t.Helper()
	sub, err := fs.Sub(packs.FS, folder)
	if err != nil {
		t.Fatal(err)
	}
	p, problems := pack.Load(sub)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	all := map[string]*caseflow.Field{}
	for _, it := range p.Items {
		for i := range it.Pages {
			for j := range it.Pages[i].Fields {
				if f := &it.Pages[i].Fields[j]; it.ID == id {
					all[f.Name] = f
					for k := range f.Fields {
						all[f.Name+"."+f.Fields[k].Name] = &f.Fields[k]
					}
				}
			}
		}
	}
	return all
}

// Packs share nothing, so the form of Ankang is a copy of Weinan's. It may differ where the practices do, and nowhere else: what is
// mended in one is mended in both.
func TestForms_of_Weinan_and_Ankang_differ_where_they_may(t *testing.T) {
	t.Parallel()
	may := []string{ // names that are declared, scope and permits are of practice 04; departments, lists of branches and examples are the city's
		"company.alternate", "company.scope", "permits.wanted", "permits.place", "permits.promise",
	}
	weinan, ankang := fields(t, "03-weinan-open-company", "company-open"), fields(t, "04-ankang-open-company", "ankang-company-open")
	names := slices.Sorted(maps.Keys(weinan))
	for name := range ankang {
		if weinan[name] == nil {
			names = append(names, name)
		}
	}
	differ := map[string]bool{}
	for _, name := range names {
		a, b := weinan[name], ankang[name]
		same := a != nil && b != nil && a.Widget == b.Widget && a.Required == b.Required && a.Personal == b.Personal && a.WhenText == b.WhenText && a.Label == b.Label
		if same {
			continue
		}
		differ[name] = true
		if !slices.Contains(may, name) {
			t.Errorf("%s: Weinan asks %+v, Ankang %+v", name, a, b)
		}
	}
	for _, name := range may {
		if !differ[name] {
			t.Errorf("%s may differ, and does not: take it off the list", name)
		}
	}
}
