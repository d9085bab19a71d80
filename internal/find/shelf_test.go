package find_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
)

func service(id caseflow.ItemID, name string, nicknames ...string) *caseflow.Item {
	return &caseflow.Item{ID: id, Name: caseflow.Text{ZH: name}, Nicknames: nicknames, Department: "civil", Listing: caseflow.Listing{Occasions: []string{"marriage"}}}
}

func TestShelf_finds_what_is_offered_now(t *testing.T) {
	var offered atomic.Pointer[[]*caseflow.Item]
	offered.Store(&[]*caseflow.Item{service("wed", "结婚登记", "领证")})
	shelf := find.NewShelf(func() []*caseflow.Item { return *offered.Load() },
		func(_ *caseflow.Item, id string) []caseflow.Text {
			return []caseflow.Text{{ZH: "民政局"}}
		})
	for query, in := range map[string]find.Field{"结婚登记": find.InName, "lz": find.InNickname, "wed": find.InCode, "离婚": find.InOccasion, "minzhengju": find.InDepartment} {
		if got := shelf.Search(query, 3, nil); len(got) != 1 || got[0].ID != "wed" || got[0].In != in {
			t.Errorf("%q finds %+v, want it in %v", query, got, in)
		}
	}
	if got := shelf.Search("结婚", 3, func(it *caseflow.Item) bool { return it.ID != "wed" }); len(got) != 0 {
		t.Errorf("what does not count is found: %+v", got)
	}
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for range 200 {
				if got := shelf.Search("结婚登记", 3, nil); len(got) == 0 || got[0].ID != "wed" {
					t.Errorf("while another is added: %+v", got)
					return
				}
			}
		})
	}
	offered.Store(&[]*caseflow.Item{(*offered.Load())[0], service("card", "老年证")})
	readers.Wait()
	if got := shelf.Search("lnz", 3, nil); len(got) != 1 || got[0].ID != "card" {
		t.Errorf("what was added is not found: %+v", got)
	}
}
