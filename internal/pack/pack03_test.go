package pack

import (
	"io/fs"
	"testing"

	"github.com/tongban/tongban/packs"
)

func practice03(t testing.TB) *Pack {
	t.Helper()
	sub, err := fs.Sub(packs.FS, "03-weinan-open-company")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := Check(sub)
	for _, pr := range problems {
		t.Error(pr.Error())
	}
	if p == nil {
		t.FailNow()
	}
	return p
}

func TestPractice03Loads(t *testing.T) {
	p := practice03(t)
	if len(p.Items) != 1 || p.Items[0].ID != "company-open" || len(p.Items[0].Parts) != 6 {
		t.Fatalf("items: %+v", p.Items)
	}
}
