package pack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds on the files of a pack.
const (
	MaxFile   = 512 << 10 // bytes of one file
	MaxTotal  = 8 << 20   // bytes of all files
	MaxFiles  = 300
	maxNested = 24     // levels of one YAML file
	maxValues = 40_000 // of one YAML file
)

// mark is where a value stands in its file.
type mark struct {
	line, col int  // of the value
	keyLine   int  // of its key; the value's line in a list
	keyCol    int  // of its key
	block     bool // a text in block style, whose first line is the next one
	quoted    bool
}

// document is a YAML file as plain values, with the place of each.
type document struct {
	file   string
	value  any
	marks  map[string]mark // by path, steps/3/needs
	values int
	faults []Problem
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// yamlLine finds the line in an error text of the YAML reader.
var yamlLine = regexp.MustCompile(`line (\d+)`)

// readDocument reads the plain subset of YAML 1.2: mappings with text keys, lists, text, numbers as JSON writes them,
// true, false, null.
func readDocument(file string, text []byte) *document {
	d := &document{file: file, marks: map[string]mark{}}
	if line := badText(text); line > 0 { // such as a file saved as GBK
		d.faults = append(d.faults, Problem{d.file, line, 0, "yaml.text", "this line is not UTF-8", "save the file as UTF-8 (an editor calls it the encoding)"})
		return d
	}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	var root yaml.Node
	if err := dec.Decode(&root); err != nil {
		d.broken(err)
		return d
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		d.fault(&second, "yaml.documents", "the file holds a second document", "keep one document in a file, without a second ---")
	}
	if len(root.Content) != 1 {
		d.fault(&root, "yaml.syntax", "the file holds no document", "write the file as its schema says, or remove it")
		return d
	}
	d.value = d.read(root.Content[0], "", 0)
	return d
}

// badText is the first line that is not UTF-8; 0 if all is.
func badText(text []byte) int {
	line := 1
	for l := range bytes.Lines(text) {
		if !utf8.Valid(l) {
			return line
		}
		line++
	}
	return 0
}

func (d *document) broken(err error) {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	if what == "EOF" {
		d.faults = append(d.faults, Problem{d.file, 0, 0, "yaml.empty", "the file is empty", "write the file as its schema says, or remove it"})
		return
	}
	line := 0
	if m := yamlLine.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = strings.TrimPrefix(what, m[0]+": ")
	}
	if fromZero.MatchString(what) {
		line++
	}
	d.faults = append(d.faults, Problem{d.file, line, 0, "yaml.syntax", "this is not YAML: " + what,
		"mend the indentation, quotes or brackets near this line"})
}

// fromZero finds the errors for which the reader counts lines from 0: those of its grammar, not of its characters.
var fromZero = regexp.MustCompile(`^did not find expected (',' or|'-' indicator|key|node content|<document start>)`)

func (d *document) fault(n *yaml.Node, code, what, mend string) {
	if len(d.faults) < maxProblems {
		d.faults = append(d.faults, Problem{d.file, n.Line, n.Column, code, what, mend})
	}
}

// read turns a node into plain values and remembers where it stood.
func (d *document) read(n *yaml.Node, path string, depth int) any {
	d.values++
	switch {
	case depth > maxNested:
		d.fault(n, "yaml.depth", fmt.Sprintf("nested deeper than %d levels", maxNested), "make the structure flatter")
		return nil
	case d.values > maxValues:
		if d.values == maxValues+1 {
			d.fault(n, "yaml.size", fmt.Sprintf("more than %d values", maxValues), "split the file")
		}
		return nil
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.fault(n, "yaml.alias", "anchors and aliases are not read", "write the value out at each place")
		return nil
	case n.Style&yaml.TaggedStyle != 0:
		d.fault(n, "yaml.tag", "the tag "+n.Tag+" is not read", "remove the tag; quote what must be text")
		return nil
	}
	if _, ok := d.marks[path]; !ok {
		d.marks[path] = mark{keyLine: n.Line, keyCol: n.Column}
	}
	m := d.marks[path]
	m.line, m.col = n.Line, n.Column
	m.block = n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	m.quoted = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	d.marks[path] = m
	switch n.Kind {
	case yaml.MappingNode:
		return d.mapping(n, path, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			list = append(list, d.read(c, join(path, strconv.Itoa(i)), depth+1))
		}
		return list
	}
	return d.scalar(n)
}

func (d *document) mapping(n *yaml.Node, path string, depth int) any {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge":
			d.fault(key, "yaml.key", "a key must be plain text", "write the key as a word, without << or brackets")
			continue
		case key.Anchor != "" || key.Style&yaml.TaggedStyle != 0:
			d.fault(key, "yaml.key", "a key must be plain text", "remove the anchor or tag from the key")
			continue
		}
		if _, twice := m[key.Value]; twice {
			d.fault(key, "yaml.duplicate", fmt.Sprintf("the key %q stands here a second time", key.Value), "keep one of the two")
			continue
		}
		sub := join(path, key.Value)
		d.marks[sub] = mark{keyLine: key.Line, keyCol: key.Column}
		m[key.Value] = d.read(value, sub, depth+1)
	}
	return m
}

func (d *document) scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if jsonNumber.MatchString(n.Value) {
			return json.Number(n.Value)
		}
		d.fault(n, "yaml.number", fmt.Sprintf("the number %q is not written as a plain decimal", clip(n.Value)),
			"write it as 12 or 0.5, or quote it if it is a code")
		return nil
	case "!!binary":
		d.fault(n, "yaml.tag", "binary values are not read", "put the file into the pack beside this one")
		return nil
	}
	return n.Value // text, and dates as text
}

func join(path, key string) string {
	key = strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	if path == "" {
		return key
	}
	return path + "/" + key
}

// clip shortens outside text for a message.
func clip(s string) string {
	r := []rune(s)
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// at finds the place of the value at a path, or of the nearest one above it.
func (d *document) at(path ...string) mark {
	for i := len(path); i >= 0; i-- {
		p := ""
		for _, key := range path[:i] {
			p = join(p, key)
		}
		if m, ok := d.marks[p]; ok {
			return m
		}
	}
	return mark{keyLine: 1, line: 1}
}

// problem reports something at a path.
func (d *document) problem(code, what, mend string, path ...string) Problem {
	m := d.at(path...)
	return Problem{d.file, m.keyLine, m.keyCol, code, what, mend}
}

// Line is where a value stands in one of the pack's YAML files, or the nearest one above it, counted from 1; 0 if the pack
// has no such file. Lists are walked by index: Line("walk.yaml", "scenes", "0", "acts").
func (p *Pack) Line(file string, at ...string) int {
	doc := p.documents[file]
	if doc == nil {
		return 0
	}
	return doc.at(at...).keyLine
}
