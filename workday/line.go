package workday

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Where in a document something stands, so that whoever wrote it finds it again.

// lineError is what is wrong with a line, counted from 1.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.in(English) }
func (e *lineError) Unwrap() error { return e.err }

func (e *lineError) in(lang string) string {
	return (&fault{words{fmt.Sprintf("第 %d 行", e.line), fmt.Sprintf("line %d", e.line)}, e.err}).in(lang)
}

// inLine says on which line something is wrong; 0: nobody knows.
func inLine(line int, err error) error {
	if err == nil || line == 0 {
		return err
	}
	return &lineError{line, err}
}

// lineAt is the line of an offset.
func lineAt(b []byte, offset int64) int {
	return 1 + bytes.Count(b[:min(max(offset, 0), int64(len(b)))], []byte("\n"))
}

// located adds the line to an error of package json that has an offset.
func located(b []byte, err error) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, new(*lineError)):
		return err
	case errors.As(err, &syntax):
		return inLine(lineAt(b, syntax.Offset), unreadable(err))
	case errors.As(err, &wrong):
		return inLine(lineAt(b, wrong.Offset), unreadable(err))
	}
	return unreadable(err)
}

// valueLine is the line on which the value of a name of the outermost object begins, 0 if it has none.
func valueLine(b []byte, name string) int {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		return 0
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return 0
		}
		if key == name {
			return lineAt(b, begins(b, dec.InputOffset()))
		}
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return 0
		}
	}
	return 0
}

// begins is where the next value begins behind an offset.
func begins(b []byte, offset int64) int64 {
	rest := b[min(offset, int64(len(b))):]
	return int64(len(b) - len(bytes.TrimLeft(rest, " \t\r\n,:")))
}

// dayError is an error of a line counted from the beginning of the list of days.
type dayError struct{ error }

func (e dayError) Unwrap() error { return e.error }

// dayList is the days of a document; each knows its line.
type dayList []listedDay

// UnmarshalJSON reads the days one by one. Lines are counted from that on which the list begins.
func (l *dayList) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if tok, err := dec.Token(); err != nil || tok != json.Delim('[') {
		return dayError{inLine(1, refuse("days 应为列表", "days is not a list"))}
	}
	for dec.More() {
		line := lineAt(raw, begins(raw, dec.InputOffset()))
		var d listedDay
		if err := dec.Decode(&d); err != nil {
			return dayError{inLine(line, unreadable(err))}
		}
		d.line = line
		*l = append(*l, d)
	}
	return nil
}

// move counts lines from the beginning of the document.
func (l dayList) move(first int) {
	for i := range l {
		l[i].line += first - 1
	}
}
