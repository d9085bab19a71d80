package caseflow

import (
	"encoding/json"
	"strings"
	"unicode"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/tongban/tongban/ident"
)

// Subject (办理对象) is what a case is about, such as the name of the company that is opened: lists show it beside the
// applicant, and find the case by it.
type Subject struct {
	Text string // one line of at most MaxSubject characters; empty: none, or not yet answered
	// Personal is true if it names a person: whoever masks the applicant's name masks it too. A company's name is public.
	Personal bool
}

// MaxSubject bounds a subject, in characters. A draft is not checked yet and may hold anything.
const MaxSubject = 100

// Masked is the subject as it stands in lists of people who are not concerned.
func (s Subject) Masked() string {
	if s.Personal {
		return ident.MaskName(s.Text)
	}
	return s.Text
}

// SubjectOf derives the subject of a case of the item from the data of its form, as typed. It never fails: what is no text
// is no subject.
func (it *Item) SubjectOf(form json.RawMessage) Subject {
	path, ok := strings.CutPrefix(it.Subject, "form.")
	if !ok {
		return Subject{}
	}
	text := textAt(form, path)
	if text == "" {
		return Subject{}
	}
	f := it.Field(path)
	return Subject{Text: text, Personal: f == nil || f.Personal} // in doubt it is somebody's name
}

// RefersTo is the number of the case that a case of the item is about, such as the one that could not be done (办不成事); empty if
// the form names none. It is what the applicant typed: nobody has looked whether there is such a case.
func (it *Item) RefersTo(form json.RawMessage) CaseNo {
	path, ok := strings.CutPrefix(it.Refers, "form.")
	if !ok {
		return ""
	}
	return CaseNo(textAt(form, path))
}

// Field finds a question of the form by the dotted name of its answer; nil if none asks for it. Questions of rows are
// not found.
func (it *Item) Field(name string) *Field {
	for i := range it.Pages {
		for j := range it.Pages[i].Fields {
			if f := &it.Pages[i].Fields[j]; f.Name == name {
				return f
			}
		}
	}
	return nil
}

// textAt reads one text of an object, as one line; "" if there is none.
func textAt(data json.RawMessage, path string) string {
	for key := range strings.SplitSeq(path, ".") {
		var level map[string]json.RawMessage
		if jsonv2.Unmarshal(data, &level, asStored) != nil {
			return ""
		}
		data = level[key]
	}
	var text string
	if json.Unmarshal(data, &text) != nil {
		return ""
	}
	return oneLine(text)
}

// oneLine joins what was typed into one line of printable characters, and cuts it at MaxSubject.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf): // such as those that turn the direction of the line round
			return -1
		}
		return r
	}, text)
	r := []rune(strings.Join(strings.Fields(text), " "))
	return string(r[:min(len(r), MaxSubject)])
}
