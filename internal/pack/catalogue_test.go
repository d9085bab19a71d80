package pack

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/tongban/tongban/internal/caseflow"
)

// version is the base pack in another version, with some text replaced.
func version(t *testing.T, v string, replace ...string) *Pack {
	t.Helper()
	files := broken(t, "pack.yaml", "version: 1.2.3", "version: "+v)
	for name, f := range files {
		files[name] = &fstest.MapFile{Data: []byte(strings.NewReplacer(replace...).Replace(string(f.Data)))}
	}
	p, problems := Check(files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

func TestCatalogueKeepsEveryVersion(t *testing.T) {
	var c Catalogue
	if _, err := c.Current("permit"); !errors.Is(err, ErrNoSuch) {
		t.Fatalf("an empty catalogue has an item: %v", err)
	}
	for _, v := range []string{"1.9.0", "1.10.0", "1.2.3"} {
		if err := c.Add(version(t, v)); err != nil {
			t.Fatal(err)
		}
	}
	if it, err := c.Current("permit"); err != nil || it.Version != "1.10.0" {
		t.Errorf("new cases begin with %v, %v; want 1.10.0", it, err)
	}
	if it, err := c.Item("base", "1.2.3", "permit"); err != nil || it.Version != "1.2.3" {
		t.Errorf("a running case lost its version: %v, %v", it, err)
	}
	if got := strings.Join(c.Versions("base"), " "); got != "1.2.3 1.9.0 1.10.0" {
		t.Errorf("versions are %s", got)
	}
	for _, bad := range [][3]string{{"base", "9.9.9", "permit"}, {"other", "1.2.3", "permit"}, {"base", "1.2.3", "other"}} {
		if _, err := c.Item(bad[0], bad[1], caseflow.ItemID(bad[2])); !errors.Is(err, ErrNoSuch) {
			t.Errorf("%v: got %v, want ErrNoSuch", bad, err)
		}
	}
	if len(c.Packs()) != 1 || len(c.Items()) != 1 {
		t.Errorf("got %d packs, %d items", len(c.Packs()), len(c.Items()))
	}
}

func TestCatalogueRefusesToChangeAVersion(t *testing.T) {
	var c Catalogue
	if err := c.Add(version(t, "1.2.3")); err != nil {
		t.Fatal(err)
	}
	if err := c.Add(version(t, "1.2.3")); err != nil {
		t.Errorf("the same files again: %v", err)
	}
	if err := c.Add(version(t, "1.2.3", "免费", "不收费")); !errors.Is(err, ErrVersionTaken) {
		t.Errorf("other files under the same version: %v", err)
	}
	if err := c.Add(version(t, "1.0.0", "id: base", "id: other")); !errors.Is(err, ErrItemTaken) {
		t.Errorf("an item of another pack: %v", err)
	}
}

func TestCatalogueIsReadWhileAPackIsAdded(t *testing.T) {
	var c Catalogue
	packs := []*Pack{version(t, "1.0.0"), version(t, "1.0.1"), version(t, "1.0.2")}
	if err := c.Add(packs[0]); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				it, err := c.Current("permit")
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := c.Item(it.Pack, it.Version, it.ID); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for _, p := range packs[1:] {
		if err := c.Add(p); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

func TestArchiveBringsThePackBack(t *testing.T) {
	p, problems := Check(os.DirFS("testdata/base"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	archive, err := p.Archive()
	if err != nil {
		t.Fatal(err)
	}
	files, err := Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	again, problems := Check(files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a, b := p.Digest(), again.Digest()
	if a != b {
		t.Errorf("digests %x and %x", a, b)
	}
	if version(t, "1.2.4").Digest() == a {
		t.Error("another version has the same digest")
	}
	for _, bad := range [][]byte{nil, []byte("no zip"), archive[:len(archive)/2], make([]byte, MaxArchive+1)} {
		if _, err := Open(bad); err == nil {
			t.Errorf("%d bytes that are no archive were opened", len(bad))
		}
	}
}

func TestCompareListsWhatChanged(t *testing.T) {
	old := version(t, "1.2.3")
	if got := Compare(old, old); len(got) != 0 {
		t.Errorf("a pack differs from itself: %v", got)
	}
	changed := version(t, "1.3.0", "limit: 5 workday, basis", "limit: 4 workday, basis", "zh: 证明,", "zh: 身份证明,", "id: hearing", "id: testing",
		"{id: unfit,", "{id: unsuited,", "label: {zh: 原证号", "label: {zh: 旧证号", "subject: form.name", "")
	var got []string
	for _, c := range Compare(old, changed) {
		got = append(got, strings.Join([]string{string(c.Item), c.What, c.ID, c.Kind}, " "))
	}
	want := []string{"permit limit promised changed", "permit material proof changed", "permit ground unfit removed", "permit ground unsuited added", "permit stop hearing removed", "permit stop testing added", "permit field old changed", "permit property subject removed"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What an administrator is not told of would come into force unseen: no field of an item, of its limits or of their rules
// is left out.
func TestCompareLeavesNothingOfAnItemOut(t *testing.T) {
	base := version(t, "1.2.3")
	sees := func(name string, change func(it *caseflow.Item)) {
		it := *base.Items[0]
		delivery, expiry, apply := it.Limits.Promised, it.Limits.Promised, it.Limits.Promised
		it.Limits.Delivery, it.Limits.Expiry, it.Limits.Apply = &delivery, &expiry, &apply
		changed := it
		change(&changed)
		d := &differ{}
		if d.items(&it, &changed); len(d.changes) == 0 {
			t.Errorf("a changed %s is not seen", name)
		}
	}
	typ := reflect.TypeFor[caseflow.Item]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Name == "Pack" || f.Name == "Version" || f.Type.Kind() == reflect.Func || f.Name == "Limits" {
			continue
		}
		sees(f.Name, func(it *caseflow.Item) { alter(t, reflect.ValueOf(it).Elem().Field(i)) })
	}
	limits := reflect.TypeFor[caseflow.Limits]()
	for i := range limits.NumField() {
		sees(limits.Field(i).Name, func(it *caseflow.Item) {
			f := reflect.ValueOf(&it.Limits).Elem().Field(i)
			if f.Kind() == reflect.Pointer {
				f.SetZero()
				return
			}
			f.Addr().Interface().(*caseflow.Rule).Limit.N++
		})
	}
	for name, change := range map[string]func(r *caseflow.Rule){
		"limit": func(r *caseflow.Rule) { r.Limit.N++ }, "basis": func(r *caseflow.Rule) { r.Basis.Article = "99" }, "warning": func(r *caseflow.Rule) { r.Soon.N++ },
		"effect": func(r *caseflow.Rule) { r.Effect = caseflow.EffectGrant }, "anchor": func(r *caseflow.Rule) { r.Anchor = "form.day" },
	} {
		sees(name+" of a rule", func(it *caseflow.Item) { change(&it.Limits.Statutory) })
	}
	older, newer := *base.items["permit"], *base.items["permit"]
	form := *newer.form
	form.source.Checks = nil
	newer.form = &form
	d := &differ{}
	if d.all("check", checksOf(&older), checksOf(&newer)); len(d.changes) != 1 {
		t.Errorf("a check that is gone: %v", d.changes)
	}
}

// alter gives a value another one.
func alter(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Pointer:
		if !v.IsNil() {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Struct:
		alter(t, v.Field(0))
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{}`))
			return
		}
		v.Set(reflect.Append(reflect.MakeSlice(v.Type(), 0, 9), reflect.Zero(v.Type().Elem())))
	default:
		t.Fatalf("a field of kind %v", v.Kind())
	}
}

// A pack that was loaded before is loaded when it is asked for, and not sooner; what stands in the catalogue is the same.
func TestCatalogueLoadsSealedPacksLate(t *testing.T) {
	files := broken(t, "pack.yaml", "version: 1.2.3", "version: 1.3.0")
	s, problems := Seal(files)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	p, problems := s.Check(Options{})
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	if digest := p.Digest(); digest != s.Digest {
		t.Errorf("the digest of the files is %x, that of the loaded pack %x", s.Digest, digest)
	}
	var c Catalogue
	if err := errors.Join(c.Add(version(t, "1.2.3")), c.AddSealed(s, Options{}, "base", "1.3.0"), c.Add(p), c.AddSealed(s, Options{}, "base", "1.3.0")); err != nil {
		t.Fatal(err)
	}
	if it, err := c.Current("permit"); err != nil || it.Version != "1.3.0" {
		t.Errorf("new cases begin with %v, %v; want 1.3.0", it, err)
	}
	if err := c.AddSealed(s, Options{}, "base", "1.2.3"); !errors.Is(err, ErrVersionTaken) {
		t.Errorf("other files under a version that is there: %v", err)
	}
	if err := c.AddSealed(s, Options{}, "other", "1.0.0"); !errors.Is(err, ErrItemTaken) {
		t.Errorf("an item of another pack: %v", err)
	}
	if err := c.Warm(t.Context()); err != nil {
		t.Error(err)
	}

	var late Catalogue // what cannot be loaded is not noticed before it is asked for
	bad, problems := Seal(broken(t, "pack.yaml", "version: 1.2.3", "version: 1.2.3\nnonsense: 1"))
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	if err := errors.Join(late.AddSealed(bad, Options{}, "base", "1.2.3"), late.AddSealed(s, Options{}, "base", "1.4.0")); err != nil {
		t.Fatal(err)
	}
	if !late.Has("base", "1.2.3") || late.Has("base", "9.9.9") {
		t.Error("Has does not know what is there")
	}
	if _, err := late.Pack("base", "1.2.3"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("a pack that cannot be loaded: %v", err)
	}
	if _, err := late.Current("permit"); !errors.Is(err, ErrVersionTaken) { // it says that it is 1.3.0
		t.Errorf("a pack of another version than it was added under: %v", err)
	}
	if n := len(late.Packs()); n != 0 {
		t.Errorf("%d packs of which none can be loaded", n)
	}
	if err := late.Warm(t.Context()); err == nil {
		t.Error("warming says nothing of packs that cannot be loaded")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := new(Catalogue).Warm(ended); err != nil {
		t.Error(err)
	}
}
