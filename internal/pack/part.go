package pack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Part is a folder of a pack that a module reads: what it says is the module's business, that it is read strictly, checked against
// a schema and proved is the same as for all other files.
type Part struct {
	// Folder is its name, one lower-case word; its files are YAML.
	Folder string
	// Schema is the JSON Schema (2020-12) of each file. It may refer to common.schema.json.
	Schema []byte
	// Prove says with PartFile.Fault what does not hold of the files, which conform to the schema.
	Prove func(files []*PartFile)
}

// PartFile is one file of a part.
type PartFile struct {
	Name string // within the pack
	Data []byte // its values as JSON
	doc  *document
}

// Fault says what does not hold of the value at a path, and how to mend it.
func (f *PartFile) Fault(code, what, mend string, path ...string) {
	f.doc.faults = append(f.doc.faults, f.doc.problem(code, what, mend, path...))
}

// Part are the files of a folder that a module reads, by name; nil if the pack has none.
func (p *Pack) Part(folder string) []*PartFile { return p.parts[folder] }

// Folders are the folders of the pack that modules read, sorted.
func (p *Pack) Folders() []string { return slices.Sorted(maps.Keys(p.parts)) }

var partFolder = regexp.MustCompile(`^[a-z]{2,20}/$`)

// aside reports whether a file stands in a folder that only a module may read.
func aside(name string) bool {
	folder, file := path.Split(name)
	return partFolder.MatchString(folder) && path.Ext(file) == ".yaml" && !slices.Contains([]string{"items/", "forms/", "rules/", "templates/", "samples/"}, folder)
}

// partsOf reads the folders of modules; one that no module reads is not a pack's.
func (l *loader) partsOf(parts []Part) {
	read := map[string]bool{}
	for _, part := range parts {
		schema, err := partSchema(part)
		if err != nil {
			l.add(Problem{File: part.Folder, Code: "schema", What: err.Error(), Mend: "this is a fault of the program: report it"})
			return
		}
		var files []*PartFile
		for _, name := range l.names(part.Folder + "/") {
			read[name] = true
			doc := l.pack.documents[name]
			if doc.valid(schema) {
				data, err := json.Marshal(doc.value)
				if err != nil {
					l.add(doc.problem("schema", "the file cannot be read: "+err.Error(), "mend the value that is named"))
					continue
				}
				files = append(files, &PartFile{Name: name, Data: data, doc: doc})
			}
			l.add(doc.faults...)
		}
		if len(files) > 0 {
			l.pack.parts[part.Folder] = files
		}
	}
	for name := range l.pack.files {
		if aside(name) && !read[name] {
			l.add(unknownFile(name))
		}
	}
}

// proveParts lets the modules prove what they read.
func proveParts(p *Pack, parts []Part) (list []Problem) {
	for _, part := range parts {
		files := p.parts[part.Folder]
		if len(files) == 0 {
			continue
		}
		part.Prove(files)
		for _, f := range files {
			list = append(list, f.doc.faults...)
			f.doc.faults = nil
		}
	}
	return list
}

// partSchema compiles the schema of a part beside the common one.
func partSchema(part Part) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	common, err := schemaFiles.ReadFile("schema/common.schema.json")
	if err != nil {
		return nil, err
	}
	for name, text := range map[string][]byte{"common": common, part.Folder: part.Schema} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = c.AddResource(schemaBase+name+".schema.json", doc)
		}
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", name, err)
		}
	}
	return c.Compile(schemaBase + part.Folder + ".schema.json")
}

func unknownFile(name string) Problem {
	return Problem{name, 0, 0, "file.unknown", "a pack has no such file",
		"remove it, or put it where it belongs: pack.yaml, walk.yaml, README.md, items/, forms/, rules/ (*.yaml), templates/ (*.html, *.txt), samples/"}
}
