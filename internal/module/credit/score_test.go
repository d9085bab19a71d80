package credit

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/access"
)

// Points are counted once, up to the most of each kind, and for their time.
func TestPoints_of_deeds(t *testing.T) {
	t.Parallel()
	s := &Score{Deeds: []DeedRule{{ID: "a", Points: 10, Most: 25, Months: 12}, {ID: "b", Points: 5, Most: 5, Months: 1}}}
	day := d(2026, 11, 27)
	deed := func(kind string, y, m, n int) Deed { return Deed{Kind: kind, Day: d(y, m, n)} }
	for want, deeds := range map[int64][]Deed{
		0:  {deed("a", 2025, 11, 27), deed("b", 2026, 10, 27), deed("a", 2026, 11, 28), deed("gone", 2026, 11, 1)},
		10: {deed("a", 2025, 11, 28)},
		30: {deed("a", 2026, 1, 1), deed("a", 2026, 1, 2), deed("a", 2026, 1, 3), deed("b", 2026, 10, 28)},
	} {
		if got := s.Points(deeds, day); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
}

// The score is for rewards: the tables of members are read in one file, no policy but the member's own names it, and nothing that an
// official sees of a company, at the desk or at a step, has room for it.
func TestNothing_but_rewards_reads_the_score(t *testing.T) {
	t.Parallel()
	readers := 0
	for _, root := range []string{"../..", "../../../cmd"} {
		must(t, filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, table := range []string{"credit_member", "credit_deed", "credit_code"} {
				if name := filepath.Base(path); strings.Contains(string(text), table) && name != "tables.go" {
					readers++
					if name != "score.go" {
						t.Errorf("%s names %s", path, table)
					}
				}
			}
			return err
		}))
	}
	if readers != 3 {
		t.Errorf("score.go names %d of its tables", readers)
	}
	policies, err := os.ReadFile("../../access/policies/rights.cedar")
	must(t, err)
	if n := strings.Count(string(policies), string(access.CreditMember)); n != 1 {
		t.Errorf("%d policies name the score", n)
	}
	for _, v := range []any{CaseCheck{}, Dossier{}, CreditCheck{}, CreditParty{}, Measure{}} {
		forbidden(t, reflect.TypeOf(v), map[reflect.Type]bool{reflect.TypeFor[Standard](): true})
	}
}

// forbidden fails if a type reaches a member, a deed or a perk. The standard is left out: it holds the rules of the score, of nobody.
func forbidden(t *testing.T, typ reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	if seen[typ] {
		return
	}
	seen[typ] = true
	switch typ {
	case reflect.TypeFor[Member](), reflect.TypeFor[Deed](), reflect.TypeFor[Perk](), reflect.TypeFor[Code]():
		t.Errorf("%v is reached", typ)
	}
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		forbidden(t, typ.Elem(), seen)
	case reflect.Struct:
		for i := range typ.NumField() {
			forbidden(t, typ.Field(i).Type, seen)
		}
	}
}
