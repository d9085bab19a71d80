package ui

import (
	"fmt"
	"html/template"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/workday"
)

// funcs are what templates may call, in one language:
//
//	t "area.key" args…   a message            lang                 zh or en
//	date v               2026年11月23日(周一)   moment v             with the time of day
//	due v                end of a limit        hm v                 14:05
//	iso v                for <time datetime>   money fen            ¥1,234.00
//	number n             1,234                 units n unit         3 个工作日
//	maskName maskID maskPhone maskCard maskAddress                  masked personal data
//	lamp copied answer answers options step days                    what code draws; see markup
//	asset "name"         address of a file     list a b …           a slice
func (r *Renderer) funcs(lang string) template.FuncMap {
	return template.FuncMap{
		"t":           func(key string, args ...any) string { return i18n.T(lang, key, args...) },
		"lang":        func() string { return lang },
		"date":        func(v any) (string, error) { return day(lang, v) },
		"moment":      func(t time.Time) string { return i18n.Moment(lang, t) },
		"due":         func(t time.Time) string { return i18n.Due(lang, t) },
		"hm":          i18n.Clock,
		"iso":         iso,
		"money":       ident.FormatYuan,
		"number":      number,
		"units":       func(n int, u workday.Unit) string { return u.Text(n, lang) },
		"maskName":    ident.MaskName,
		"maskID":      ident.MaskID,
		"maskPhone":   ident.MaskPhone,
		"maskCard":    ident.MaskCard,
		"maskAddress": ident.MaskAddress,
		"lamp":        drawn(lang, (*markup).lamp),
		"copied":      drawn(lang, (*markup).copied),
		"answer":      drawn(lang, (*markup).answer),
		"answers":     drawn(lang, (*markup).answers),
		"options":     drawn(lang, (*markup).options),
		"step":        drawn(lang, (*markup).step),
		"days":        drawn(lang, (*markup).days),
		"asset":       r.asset,
		"list":        func(v ...any) []any { return v },
		"add":         func(a, b int) int { return a + b },
	}
}

func day(lang string, v any) (string, error) {
	switch v := v.(type) {
	case time.Time:
		return i18n.Date(lang, v), nil
	case workday.Date:
		if v.IsZero() {
			return "", nil
		}
		return v.Text(lang), nil
	}
	return "", fmt.Errorf("date of a %T: give a time.Time or a workday.Date", v)
}

func iso(v any) (string, error) {
	switch v := v.(type) {
	case time.Time:
		return v.In(workday.Shanghai).Format(time.RFC3339), nil
	case workday.Date:
		return v.String(), nil
	}
	return "", fmt.Errorf("iso of a %T: give a time.Time or a workday.Date", v)
}

func number(v any) (string, error) {
	switch v := v.(type) {
	case int:
		return i18n.Number(int64(v)), nil
	case int64:
		return i18n.Number(v), nil
	}
	return "", fmt.Errorf("number of a %T: give an int or an int64", v)
}

// asset fails on a name that does not exist, so that a page with a missing script is seen when it is first rendered.
func (r *Renderer) asset(name string) (string, error) {
	if a := r.assets.address(name); a != "" {
		return a, nil
	}
	return "", fmt.Errorf("there is no static file %q", name)
}

// drawn lets a template call what markup writes. What it is about is best a pointer or a slice: a template copies a struct for each call.
func drawn[T any](lang string, write func(*markup, T)) func(T) (template.HTML, error) {
	return func(v T) (template.HTML, error) {
		m := markups.Get().(*markup)
		defer markups.Put(m)
		m.Reset()
		m.lang, m.err = lang, nil
		write(m, v)
		return m.html(), m.err
	}
}
