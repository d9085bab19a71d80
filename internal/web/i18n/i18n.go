// Package i18n holds every word that Tongban shows: catalogues of messages in Simplified Chinese and English, one file
// an area in messages/, each key with both languages side by side.
//
// A message is looked up by its full key, the area and the key joined by a dot: refusal.phase, form.optional. It may hold
// placeholders {0}, {1} …, filled with the arguments in order, and in English a choice of number {0|day|days}, which gives
// "1 day" or "3 days". It is plain text: whoever puts it into HTML escapes it.
//
// The tests fail on a key that lacks a language, on placeholders that differ between the languages, on a key that is used
// and missing or there and unused, and on a refusal code, state or event of the core that has no words.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"sort"
	"strconv"
	"strings"
	"time"
)

// The languages. Any other value reads as Chinese.
const (
	Chinese = "zh"
	English = "en"
)

//go:embed messages/*.json
var files embed.FS

// message is one text in both languages.
type message struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

var catalogue = mustLoad()

// mustLoad reads the embedded catalogues. What it reads is compiled in and tested, so a fault is a fault of the build.
func mustLoad() map[string]message {
	names, err := files.ReadDir("messages")
	if err != nil {
		panic(err)
	}
	all := map[string]message{}
	for _, f := range names {
		text, err := files.ReadFile("messages/" + f.Name())
		if err != nil {
			panic(err)
		}
		area := map[string]message{}
		if err := json.Unmarshal(text, &area); err != nil {
			panic(fmt.Sprintf("message catalogue %s: %v", f.Name(), err))
		}
		prefix := strings.TrimSuffix(f.Name(), path.Ext(f.Name())) + "."
		for key, m := range area {
			all[prefix+key] = m
		}
	}
	return all
}

// T gives the message of a key in a language, with its placeholders filled. A time.Time is written as Date and Clock,
// a number plainly, anything else as fmt.Sprint does. A key that is not there gives the key itself, so that a slip is
// seen and found, and never an empty page.
func T(lang, key string, args ...any) string {
	m, ok := catalogue[key]
	if !ok {
		return key
	}
	text := m.ZH
	if lang == English {
		text = m.EN
	}
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	return fill(lang, text, args)
}

// Has reports whether the key is in the catalogue.
func Has(key string) bool {
	_, ok := catalogue[key]
	return ok
}

// Reason gives words to a reason that the program itself set down, such as caseflow.ReasonLapsed; what somebody wrote stays.
func Reason(lang, text string) string {
	if key := "case.reason." + text; Has(key) {
		return T(lang, key)
	}
	return text
}

// Keys lists the keys that begin with prefix, sorted.
func Keys(prefix string) []string {
	var keys []string
	for k := range catalogue {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}

// fill replaces {n} and {n|one|many}. A placeholder without its argument stays as it is.
func fill(lang, text string, args []any) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		hole, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("{" + rest)
			return b.String()
		}
		b.WriteString(one(lang, hole, args))
		text = after
	}
}

// one writes a single placeholder, given without its braces.
func one(lang, hole string, args []any) string {
	number, choice, plural := strings.Cut(hole, "|")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(args) {
		return "{" + hole + "}"
	}
	value := written(lang, args[n])
	if !plural {
		return value
	}
	single, many, _ := strings.Cut(choice, "|")
	if value == "1" {
		return value + " " + single
	}
	return value + " " + many
}

func written(lang string, v any) string {
	if t, ok := v.(time.Time); ok {
		return Moment(lang, t)
	}
	return fmt.Sprint(v)
}
