package credit

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/pack"
)

// What pack.yaml promises in numbers is in the files: 67 areas, each with the department that acts, and measures with their ground and an end;
// 23 fields.
func TestPack_keeps_its_numbers(t *testing.T) {
	t.Parallel()
	p, problems := withIndex.Check(pack35)
	if p == nil {
		t.Fatal(problems)
	}
	s := standard35(t)
	for id, n := range map[string]int{"P35-FN4": len(s.Joint.Areas), "P35-FN3": len(s.General.Fields)} {
		i := slices.IndexFunc(p.Facts, func(f pack.Fact) bool { return f.ID == id })
		if i < 0 || !strings.Contains(p.Facts[i].Text.ZH, " "+strconv.Itoa(n)+" ") || !strings.Contains(p.Facts[i].How.ZH, " "+strconv.Itoa(n)+" ") {
			t.Errorf("%s does not promise %d", id, n)
		}
	}
	if len(s.Joint.Areas) != 67 || s.Joint.Promised != 67 || len(s.General.Fields) != 23 {
		t.Errorf("%d areas, %d promised, %d fields", len(s.Joint.Areas), s.Joint.Promised, len(s.General.Fields))
	}
	names := map[string]bool{}
	for _, a := range s.Joint.Areas {
		if a.By.ZH == "" || a.By.EN == "" || names[a.Name.ZH] {
			t.Errorf("%s: %s by %s", a.ID, a.Name.ZH, a.By.ZH)
		}
		names[a.Name.ZH] = true
	}
	compared, areas := 0, map[string]bool{} // docs/practices.md counts them
	for _, m := range s.Joint.Measures {
		if m.Compared {
			compared++
			areas[m.Area] = true
		}
		// A number of an article, or of a document.
		if !strings.HasPrefix(m.Basis.Law, "《") || !strings.ContainsAny(m.Basis.Article, "0123456789") || len(m.Ground.Results) == 0 || m.Ground.Stands == (m.Ground.Months > 0) {
			t.Errorf("%s rests on %s, %+v", m.ID, m.Basis, m.Ground)
		}
	}
	if compared != 79 || len(s.Joint.Measures) != 80 || len(areas) != 67 {
		t.Errorf("of %d measures %d were compared with the law, in %d areas", len(s.Joint.Measures), compared, len(areas))
	}
}
