package pack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Words writes an answer for people in "zh" or "en": the label of a choice, the name of a region or industry, an amount
// with its sign, a date as it is spoken. The path is that of a fact, form.company.kind or data.register.note; what it
// does not know it leaves as it is. Personal data is not masked here.
func Words(it *caseflow.Item, path string, value any, lang string) string {
	f := fieldAt(it, path)
	if list, ok := value.([]any); ok {
		parts := make([]string, 0, len(list))
		for _, v := range list {
			if _, row := v.(map[string]any); row {
				return fmt.Sprint(len(list))
			}
			parts = append(parts, one(f, fmt.Sprint(v), lang))
		}
		return strings.Join(parts, map[bool]string{true: ", ", false: "、"}[lang == "en"])
	}
	if value == nil {
		return ""
	}
	return one(f, fmt.Sprint(value), lang)
}

func one(f *caseflow.Field, s, lang string) string {
	if f == nil {
		return s
	}
	if i := slices.IndexFunc(f.Options, func(o caseflow.Option) bool { return o.Value == s }); i >= 0 {
		return f.Options[i].Label.In(lang)
	}
	switch f.Widget {
	case "region":
		if r, ok := ident.RegionByCode(s); ok {
			return r.Name
		}
	case "industry":
		if i, ok := ident.IndustryByCode(s); ok {
			return i.Name
		}
	case "money":
		if fen, err := ident.ParseYuan(s); err == nil {
			return ident.FormatYuan(fen)
		}
	case "date":
		if d, err := workday.ParseDate(s); err == nil && lang != "en" {
			y, m, day := d.Civil()
			return fmt.Sprintf("%d年%d月%d日", y, m, day)
		}
	}
	return s
}

// fieldAt finds the question that a fact answers; nil if there is none.
func fieldAt(it *caseflow.Item, path string) *caseflow.Field {
	root, rest, _ := strings.Cut(path, ".")
	switch root {
	case "form":
		for i := range it.Pages {
			if f := named(it.Pages[i].Fields, rest); f != nil {
				return f
			}
		}
	case "data":
		id, name, _ := strings.Cut(rest, ".")
		if s := it.StepByID(caseflow.StepID(id)); s != nil {
			return named(s.Fields, name)
		}
	}
	return nil
}

// named finds a field, or one of a list's rows as people.name.
func named(fields []caseflow.Field, name string) *caseflow.Field {
	for i := range fields {
		f := &fields[i]
		if f.Name == name {
			return f
		}
		if row, ok := strings.CutPrefix(name, f.Name+"."); ok && f.Widget == "list" {
			return named(f.Fields, row)
		}
	}
	return nil
}
