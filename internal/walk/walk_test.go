package walk_test

import (
	"io/fs"
	"os"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/walk"
	"github.com/tongban/tongban/packs"
)

// TestEveryPackWalks runs the scenario of every pack of the house through the public API.
func TestEveryPackWalks(t *testing.T) {
	t.Parallel()
	folders, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) == 0 {
		t.Fatal("there are no packs")
	}
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			t.Parallel()
			p := checked(t, folder.Name())
			report, err := walk.Run(t.Context(), walk.Options{Pack: p, Dir: t.TempDir(), Schemas: module.Schemas(), Modules: modulesOf(p)})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Failures() {
				t.Error(f.Error())
			}
			for i, s := range report.Scenes {
				t.Logf("%s: %d acts, %d checks", s.ID, s.Acts, s.Checks)
				if s.Acts != len(p.Walk.Scenes[i].Acts) {
					t.Errorf("scene %s ended after %d of %d acts", s.ID, s.Acts, len(p.Walk.Scenes[i].Acts))
				}
			}
		})
	}
}

// modulesOf are all modules, for a walk of a pack.
func modulesOf(p *pack.Pack) func(*sqlstore.Store, *hall.Hall) ([]api.Module, error) {
	return func(st *sqlstore.Store, h *hall.Hall) ([]api.Module, error) {
		list, err := module.Open(module.Parts{Store: st, Hall: h, Now: h.Now, Packs: func() []*pack.Pack { return []*pack.Pack{p} }})
		var out []api.Module
		for _, m := range list {
			out = append(out, m)
		}
		return out, err
	}
}

// checked is a proved pack of the house.
func checked(t *testing.T, folder string) *pack.Pack {
	t.Helper()
	sub, err := fs.Sub(packs.FS, folder)
	if err != nil {
		t.Fatal(err)
	}
	p, problems := pack.Options{Parts: module.PackParts()}.Check(sub)
	for _, problem := range problems {
		t.Error(problem.Error())
	}
	if p == nil {
		t.FailNow()
	}
	return p
}

// The law decides a renewal that nobody decides before the permit expires.
func TestARenewalIsGrantedBySilence(t *testing.T) {
	t.Parallel()
	plays(t, "testdata/renewal")
}

// A step is done by a case of its own, whatever becomes of either.
func TestASubcaseIsOpenedAndItsEndLetsTheCaseGoOn(t *testing.T) {
	t.Parallel()
	plays(t, "testdata/subcase")
}

// plays proves the pack in a folder and plays its scenario to the end.
func plays(t *testing.T, dir string) {
	t.Helper()
	p, problems := pack.Check(os.DirFS(dir))
	for _, problem := range problems {
		t.Fatal(problem.Error())
	}
	report, err := walk.Run(t.Context(), walk.Options{Pack: p, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failures() {
		t.Error(f.Error())
	}
	for i, s := range report.Scenes {
		if s.Acts != len(p.Walk.Scenes[i].Acts) {
			t.Errorf("scene %s ended after %d acts", s.ID, s.Acts)
		}
	}
}
