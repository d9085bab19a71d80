package walk_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/walk"
	"github.com/tongban/tongban/packs"
)

// withWalk is practice 03 with another scenario.
func withWalk(t *testing.T, name string) (*pack.Pack, []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	const folder = "03-weinan-open-company"
	fsys := fstest.MapFS{}
	err = fs.WalkDir(packs.FS, folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := packs.FS.ReadFile(name)
		fsys[strings.TrimPrefix(name, folder+"/")] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	fsys["walk.yaml"] = &fstest.MapFile{Data: text}
	p, problems := pack.Load(fsys)
	for _, problem := range problems {
		t.Error(problem.Error())
	}
	if p == nil {
		t.FailNow()
	}
	return p, strings.Split(string(text), "\n")
}

// Whatever a scenario can expect can turn out otherwise, and then the report names the line and both values.
func TestBrokenWalkSaysWhere(t *testing.T) {
	t.Parallel()
	p, lines := withWalk(t, "broken.yaml")
	report, err := walk.Run(t.Context(), walk.Options{Pack: p, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for i, line := range lines {
		if _, says, ok := strings.Cut(line, "# fails: "); ok {
			want = append(want, fmt.Sprintf("walk.yaml:%d: %s", i+1, says))
		}
	}
	for _, f := range report.Failures() {
		if f.Want == "" && strings.HasPrefix(f.What, "fault at ") {
			continue // an unexpected refusal lists all its faults: looked at below
		}
		where, what, _ := strings.Cut(f.Error(), "): ")
		place, _, _ := strings.Cut(where, ": scene")
		got = append(got, place+": "+what)
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("not reported: %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("reported, but right: %s", g)
		}
	}
	for _, s := range report.Scenes {
		if len(s.Failures) == 0 || s.Proves != nil {
			t.Errorf("scene %s proves %v with %d failures", s.ID, s.Proves, len(s.Failures))
		}
	}
	if acts := report.Scenes[1].Acts; acts != 2 {
		t.Errorf("the scene went on after an act that could not be done: %d acts", acts)
	}
}

// broken.yaml holds a wrong expectation of every field that an expectation has.
func TestBrokenWalkKnowsEveryExpectation(t *testing.T) {
	t.Parallel()
	_, lines := withWalk(t, "broken.yaml")
	var failing []string
	for i, line := range lines {
		if yaml, _, ok := strings.Cut(line, "# fails: "); ok {
			if !strings.Contains(yaml, "{") { // the key of a list of expectations stands above
				yaml = above(lines[:i]) + yaml
			}
			failing = append(failing, yaml)
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[pack.Expect](), reflect.TypeFor[pack.ClockExpect](), reflect.TypeFor[pack.DeliveryExpect](),
		reflect.TypeFor[pack.AssistanceExpect]()} {
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if !slices.ContainsFunc(failing, func(line string) bool { return strings.Contains(line, name+":") }) {
				t.Errorf("no wrong expectation of %s (%s)", name, typ.Name())
			}
		}
	}
}

// above is the nearest key that opens a mapping.
func above(lines []string) string {
	for _, line := range slices.Backward(lines) {
		if strings.HasSuffix(strings.TrimSpace(line), ":") {
			return line
		}
	}
	return ""
}

// Clocks act at their own instants while a walk moves on, not when somebody next looks.
func TestClocksActOnTheWay(t *testing.T) {
	t.Parallel()
	p, _ := withWalk(t, "silence.yaml")
	report, err := walk.Run(t.Context(), walk.Options{Pack: p})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failures() {
		t.Error(f.Error())
	}
}

func TestPackWithoutWalkIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := walk.Run(t.Context(), walk.Options{Pack: &pack.Pack{}}); err != walk.ErrNoWalk {
		t.Errorf("got %v", err)
	}
}
