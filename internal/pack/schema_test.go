package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/packs"
)

// kindOf is the schema of a file of a pack.
func kindOf(name string) string {
	switch folder := path.Dir(name); folder {
	case "items", "forms":
		return strings.TrimSuffix(folder, "s")
	case "rules":
		return folder
	}
	return strings.TrimSuffix(name, ".yaml")
}

// A schema that is given out stands alone and says what the loader says.
func TestSchemasAreGivenOutInOnePiece(t *testing.T) {
	compiled := map[string]*jsonschema.Schema{}
	for _, name := range SchemaNames {
		text, err := Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("common.schema.json")) {
			t.Errorf("%s refers to another file", name)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("mem:///"+name, doc); err != nil {
			t.Fatal(err)
		}
		if compiled[name], err = c.Compile("mem:///" + name); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	base := os.DirFS("testdata/base")
	for _, name := range []string{"pack.yaml", "walk.yaml", "items/permit.yaml", "forms/permit.yaml", "rules/advice.yaml"} {
		text, err := fs.ReadFile(base, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled[kindOf(name)].Validate(readDocument(name, text).value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := compiled[kindOf(name)].Validate(readDocument(name, append([]byte("unheardOf: 1\n"), text...)).value); err == nil {
			t.Errorf("%s with an unknown key is taken", name)
		}
	}
	if _, err := Schema("common"); !errors.Is(err, ErrNoSuch) {
		t.Errorf("common: %v", err)
	}
}

// The first line of every file of a pack of the house names a schema that is there, and is the right one.
func TestPacksOfTheHouseNameTheirSchemas(t *testing.T) {
	err := fs.WalkDir(packs.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(packs.FS, name)
		if err != nil {
			return err
		}
		line, _, _ := strings.Cut(string(text), "\n")
		schema, ok := strings.CutPrefix(line, "# yaml-language-server: $schema=")
		_, within, _ := strings.Cut(name, "/")
		want := kindOf(within) + ".schema.json"
		if aside(within) { // the schema is the module's
			want = "index.schema.json"
		}
		if !ok || path.Base(schema) != want {
			t.Errorf("%s: the first line is %q, want it to name %s", name, line, want)
		}
		_, err = os.Stat("../../packs/" + path.Dir(name) + "/" + schema)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// The values that the schema lists are those of the core, in its order.
func TestListingValuesAreThoseOfTheCore(t *testing.T) {
	text, err := Schema("item")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]struct {
			Enum []string
		}
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string][]string{"power": caseflow.Powers, "body": caseflow.Bodies, "depth": caseflow.Depths, "scope": caseflow.Scopes} {
		if got := schema.Properties[key].Enum; !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the core %v", key, got, want)
		}
	}
}
