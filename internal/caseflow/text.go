package caseflow

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is a sentence for people, Chinese first, English second.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en,omitempty"`
}

// In returns the text in the language asked for ("zh" or "en"), falling back to Chinese.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// Basis is the clause that a rule, ground or decision rests on, such as 行政许可法 第三十二条.
type Basis struct {
	Law     string `json:"law"`
	Article string `json:"article,omitempty"`
}

// String writes the basis as it is quoted on a notice: 《行政许可法》第32条; of a document with its number: 《…意见》（国办发〔2020〕49号）. A
// title may stand in 《》 already.
func (b Basis) String() string {
	if b.Law == "" {
		return ""
	}
	title := b.Law
	if !strings.HasPrefix(title, "《") {
		title = "《" + title + "》"
	}
	if b.Article == "" {
		return title
	}
	if strings.HasSuffix(b.Article, "号") {
		return title + "（" + b.Article + "）"
	}
	return title + "第" + strings.ReplaceAll(b.Article, ",", "、") + "条"
}

// Bounds on the texts that a command carries, in characters.
const (
	MaxWords = 2000 // every free text
	MaxName  = 100  // of a person or organisation
	MaxID    = 64   // of an account, department, role, waybill, tag
)

// tooLong refuses a free text that is over its bound, or that no journal can give back to the byte (broken UTF-8, NUL).
func tooLong(s string) bool {
	return len(s) > MaxWords && utf8.RuneCountInString(s) > MaxWords || !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0
}

// line reports whether s is a text of at most limit characters on one line, without control characters.
func line(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && !strings.ContainsFunc(s, unicode.IsControl)
}

// FileName is what a file is called: the last part of a path as anybody writes one, without control characters and what turns text around, at
// most MaxFileName characters, its ending kept; empty if nothing is left. A name is shown, never opened.
func FileName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, name))
	if strings.Trim(name, ".") == "" {
		return ""
	}
	if runes := []rune(name); len(runes) > MaxFileName {
		const ending = 10
		name = string(runes[:MaxFileName-ending]) + string(runes[len(runes)-ending:])
	}
	return name
}
