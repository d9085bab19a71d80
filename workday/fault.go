package workday

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// fault is why a document, a date or hours are refused, in both languages; more is what lies beneath, nil if nothing does.
type fault struct {
	said words
	more error
}

func (f *fault) Error() string { return f.in(English) }
func (f *fault) Unwrap() error { return f.more }

func (f *fault) in(lang string) string {
	if f.more == nil {
		return f.said.in(lang)
	}
	return f.said.in(lang) + words{"：", ": "}.in(lang) + FaultText(lang, f.more)
}

// refuse words a fault; both languages take the same arguments.
func refuse(zh, en string, args ...any) error {
	return &fault{said: words{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)}}
}

// of says in which document something is wrong.
func of(name string, err error) error { return &fault{words{name, name}, err} }

// unreadable is a fault of package json.
func unreadable(err error) error { return &fault{words{"无法读取", "is not readable"}, err} }

// FaultText says in a language (Chinese or English) why Parse, NewSet, Document.Head, Calendar.Overlay, ParseDate or ParseOfficeHours
// refuse something. An error of others keeps its own words.
func FaultText(lang string, err error) string {
	var own interface{ in(lang string) string }
	switch {
	case lang == English:
		return err.Error()
	case errors.As(err, &own):
		return own.in(lang)
	}
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); {
	case unknown:
		return "没有名为 " + field + " 的字段"
	case errors.As(err, &wrong):
		return fmt.Sprintf("字段 %q 的值不能是这种类型（%s）", wrong.Field, wrong.Value)
	case errors.As(err, &syntax):
		return "这里不是正确的 JSON，请检查引号、逗号和括号"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "内容不完整，后面缺少引号或者括号"
	}
	return err.Error()
}
