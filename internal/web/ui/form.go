package ui

import (
	"slices"
	"strconv"
	"strings"
)

// Field kinds. An unknown kind is shown as text.
const (
	KindText     = "text"
	KindTextarea = "textarea"
	KindRadio    = "radio"
	KindCheckbox = "checkbox"
	KindSelect   = "select"
	KindDate     = "date"
	KindMoney    = "money" // in yuan
	KindNumber   = "number"
	KindPhone    = "phone"
	KindEmail    = "email"
	KindID       = "id"   // a citizen's document number
	KindCode     = "code" // a unified social credit code, a licence number
	KindRegion   = "region"
	KindIndustry = "industry"
	KindService  = "service" // an item, by what people call it
	KindFile     = "file"
	KindList     = "list" // repeated rows
	KindPassword = "password"
	KindSearch   = "search"
	KindHidden   = "hidden"
)

// Field is one question of a form. What was typed stays in Value, right or wrong.
type Field struct {
	Kind         string
	Name         string // of the input; dotted for nested data, people.0.name in rows
	Label        string
	Hint         string
	Why          string // why we ask, opened on demand
	Value        string
	Values       []string // of checkboxes
	Error        string   // what to mend, the same words as in the error summary
	Optional     bool
	Heading      bool // the label is the page's only heading
	Options      []Option
	Rows         []Row    // of a list
	AddText      string   // of a list's button; empty: 再添加一项
	Files        []File   // already uploaded
	Accept       string   // media types for the file picker
	Types        string   // the same in words: PDF、JPG、PNG
	Limit        string   // size in words: 10 MB
	Many         bool     // several files
	Joins        bool     // a box before the files asks whether pictures become one PDF
	Join         bool     // a button makes one PDF of the pictures that are there
	Lines        int      // height of a textarea; 0 is 5
	Max          int      // characters; 0 is no limit said to the browser
	Width        string   // short, medium; empty: the whole column
	Unit         string   // behind the input
	Inline       bool     // options beside one another, for two or three short ones
	Narrows      bool     // a select with a search that leaves the options that words name
	Words        string   // of what is looked up, or narrowed: what was looked for
	From         string   // where the script looks it up; empty: the public list of the kind
	Found        string   // what was found for it, in a sentence
	Focus        bool     // a select that the page was made to narrow: the keyboard is there, not at the top again
	Fills        []Button // above a person's name: take over what is known
	Autocomplete string   // token of HTML's autofill; ids and codes are always off
}

// Option is one answer of a choice.
type Option struct {
	Value string
	Label string
	Hint  string
}

// Row is one entry of a repeated list. Its button sends the list's remove name with the row's own.
type Row struct {
	Title  string
	Fields []Field
	Fills  []Button
}

// File is an uploaded file with the button that removes it.
type File struct {
	Name   string
	Size   string
	Href   string
	Note   string // what was done to it when it came in
	Remove string // value that the remove button sends; empty: cannot be removed
	Turns  bool   // a picture that can be turned: buttons send left/, right/ or black/ before the value of Remove
	Up     bool   // it can change places with the one before: the button sends up/ before it
}

// Names of the buttons inside a form that change it without handing it in: the value is a list's name, a row's name, a file.
const (
	AddRow     = "_add"
	RemoveRow  = "_remove"
	RemoveFile = "_remove-file"
	TurnFile   = "_turn-file"
	FindAnswer = "_find" // the question whose answer is looked for
	SamePerson = "_same" // who is the same as whom: contact=legal
)

// ID is the id of the field's (first) input, which the error summary links to.
func (f Field) ID() string { return FieldID(f.Name) }

// FieldID is the id of the input with a name: company.name becomes f-company-name.
func FieldID(name string) string {
	safe := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}
	return "f-" + strings.Map(safe, name)
}

// Described is the value of aria-describedby: the ids of hint and error that are there.
func (f Field) Described() string {
	var ids []string
	if f.Hint != "" || f.Kind == KindFile && (f.Types != "" || f.Limit != "") {
		ids = append(ids, f.ID()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID()+"-error")
	}
	return strings.Join(ids, " ")
}

// Chosen reports whether an option is chosen.
func (f Field) Chosen(value string) bool {
	if f.Kind == KindCheckbox {
		return slices.Contains(f.Values, value)
	}
	return f.Value == value
}

// Looked reports whether the answer is looked up in a long list.
func (f Field) Looked() bool {
	return f.Kind == KindRegion || f.Kind == KindIndustry || f.Kind == KindService
}

// Lookup is the address that the script asks while words are typed.
func (f Field) Lookup() string {
	if f.From != "" {
		return f.From
	}
	return "/lookup/" + f.Kind
}

// Group reports whether the field is several inputs under one question.
func (f Field) Group() bool {
	switch f.Kind {
	case KindRadio, KindCheckbox, KindList:
		return true
	}
	return false
}

// Type, Mode and Fill are the input's type, inputmode and autocomplete.
func (f Field) Type() string {
	switch f.Kind {
	case KindPhone:
		return "tel"
	case KindEmail, KindPassword, KindSearch:
		return f.Kind
	}
	return "text"
}

// Mode is the keyboard that a phone shows.
func (f Field) Mode() string {
	switch f.Kind {
	case KindMoney:
		return "decimal"
	case KindNumber:
		return "numeric"
	case KindPhone:
		return "tel"
	case KindEmail:
		return "email"
	}
	return ""
}

// Fill is the autocomplete token: off for ids and codes, which a shared machine must not remember.
func (f Field) Fill() string {
	switch f.Kind {
	case KindID, KindCode, KindMoney:
		return "off"
	}
	return f.Autocomplete
}

// Exact reports whether spelling help would only spoil what is typed.
func (f Field) Exact() bool { return f.Kind == KindID || f.Kind == KindCode }

// Size is the width class of the input.
func (f Field) Size() string {
	switch {
	case f.Width != "":
		return f.Width
	case f.Kind == KindMoney || f.Kind == KindNumber || f.Kind == KindDate || f.Kind == KindPhone || f.Kind == KindID || f.Kind == KindCode:
		return "medium"
	}
	return ""
}

// Height is the number of lines of a textarea.
func (f Field) Height() int {
	if f.Lines > 0 {
		return f.Lines
	}
	return 5
}

// RowName is the name of the list's n-th row, as its remove button sends it.
func (f Field) RowName(n int) string { return f.Name + "." + strconv.Itoa(n) }

// Errors is the summary above the heading: 提交前需要修改 2 处, with a link to each field.
type Errors struct {
	Title  string // empty: counts the faults, or says that it was not done where no field is at fault
	Faults []Fault
}

// Whole reports whether no field is at fault: there is nothing on the page to mend.
func (e Errors) Whole() bool {
	return !slices.ContainsFunc(e.Faults, func(f Fault) bool { return f.Field != "" })
}

// Fault is one thing to mend. Field is the input's name; empty for a fault of the whole.
type Fault struct {
	Field string
	Text  string
}

// Href is where the fault's link leads.
func (f Fault) Href() string {
	if f.Field == "" {
		return ""
	}
	return "#" + FieldID(f.Field)
}

// Of gives the words for a field, for Field.Error, a line for each fault; "" if it has none.
func (e *Errors) Of(name string) string {
	if e == nil {
		return ""
	}
	var lines []string
	for _, f := range e.Faults {
		if f.Field == name {
			lines = append(lines, f.Text)
		}
	}
	return strings.Join(lines, "\n")
}
