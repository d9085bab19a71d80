package form

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// Asker turns the item's fields into those of a page, with what was typed and what is to be mended.
type Asker struct {
	Lang       string
	Department func(id string) string // names a department
	Asked      *caseflow.Asked
	Answers    Answers
	Schema     Schema
	Errors     *ui.Errors
	People     People
	Finds      Finds // what is looked for in long lists of answers
}

// Fields are the questions that are asked, as the answers so far decide it.
func (a *Asker) Fields(list []caseflow.Field) []ui.Field {
	var out []ui.Field
	for i := range list {
		f := &list[i]
		if a.Asked.Holds(f.When) {
			out = append(out, a.field(f, f.Name, a.Schema.to(f.Name), a.Answers.At(f.Name)))
		}
	}
	return out
}

func (a *Asker) field(f *caseflow.Field, name string, s Schema, value any) ui.Field {
	u := ui.Field{
		Kind: f.Widget, Name: name, Label: f.Label.In(a.Lang), Hint: f.Hint.In(a.Lang),
		Optional: !f.Required, Error: a.Errors.Of(name), Max: s.length(), Fills: a.People.field(a.Lang, name),
	}
	switch f.Widget {
	case ui.KindList:
		u.Rows = a.rows(f, s.row(), value)
		return u
	case ui.KindCheckbox:
		u.Values = chosen(f, value)
	default:
		u.Value = inputText(f, value)
	}
	if Lists(f.Widget) {
		a.Finds.Show(&u, a.Lang)
		return u
	}
	u.Options = a.options(f, s)
	if len(u.Options) > 0 {
		u.Max = 0
	}
	return u
}

// rows lists the rows of a list field. An empty list shows one empty row, so that nobody must look for a button first.
func (a *Asker) rows(f *caseflow.Field, s Schema, value any) []ui.Row {
	rows, _ := value.([]any)
	if len(rows) == 0 {
		rows = []any{map[string]any{}}
	}
	var out []ui.Row
	for i, row := range rows {
		m, _ := row.(map[string]any)
		r := ui.Row{Title: i18n.T(a.Lang, "public.row-title", f.Label.In(a.Lang), i+1), Fills: a.People.row(a.Lang, f.Name, i)}
		for j := range f.Fields {
			g := &f.Fields[j]
			r.Fields = append(r.Fields, a.field(g, RowName(f.Name, i, g.Name), s.to(g.Name), Answers(m).At(g.Name)))
		}
		out = append(out, r)
	}
	return out
}

// Users says which departments need the answers of a page; "" if it does not say.
func (a *Asker) Users(p *caseflow.Page) string {
	var names []string
	for i := range p.Fields {
		for _, id := range p.Fields[i].Departments {
			if name := a.Department(id); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return i18n.T(a.Lang, "public.needed-by", i18n.Joined(a.Lang, names))
}

func chosen(f *caseflow.Field, value any) []string {
	list, ok := value.([]any)
	if !ok {
		if text := inputText(f, value); text != "" {
			return []string{text}
		}
		return nil
	}
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	return out
}

func (a *Asker) options(f *caseflow.Field, s Schema) []ui.Option {
	var list []ui.Option
	if len(f.Options) == 0 && s.kind() == "boolean" {
		return []ui.Option{{Value: "true", Label: yesNo(a.Lang, true)}, {Value: "false", Label: yesNo(a.Lang, false)}}
	}
	for _, o := range f.Options {
		list = append(list, ui.Option{Value: o.Value, Label: o.Label.In(a.Lang), Hint: o.Hint.In(a.Lang)})
	}
	return list
}

func yesNo(lang string, yes bool) string {
	if yes {
		return i18n.T(lang, "public.yes")
	}
	return i18n.T(lang, "public.no")
}

// inputText is what stands in the input: the stored value as a person types it.
func inputText(f *caseflow.Field, v any) string {
	switch t := v.(type) {
	case string:
		return t
	case bool:
		return strconv.FormatBool(t)
	case json.Number:
		if fen, err := t.Int64(); err == nil && f.Widget == ui.KindMoney {
			return plainYuan(fen)
		}
		return t.String()
	}
	return ""
}

// plainYuan is an amount as it is typed: 1000000, 0.50.
func plainYuan(fen int64) string {
	yuan := strings.ReplaceAll(strings.Replace(ident.FormatYuan(fen), "¥", "", 1), ",", "")
	return strings.TrimSuffix(yuan, ".00")
}

// Reading is a stored value as a page or receipt shows it.
func Reading(f *caseflow.Field, v any, lang string) string {
	if list, ok := v.([]any); ok {
		parts := make([]string, len(list))
		for i, x := range list {
			parts[i] = Reading(f, x, lang)
		}
		return i18n.Joined(lang, parts)
	}
	text := inputText(f, v)
	for _, o := range f.Options {
		if o.Value == text {
			return o.Label.In(lang)
		}
	}
	if yes, ok := v.(bool); ok {
		return yesNo(lang, yes)
	}
	return codeReading(f.Widget, text, lang)
}

func codeReading(widget, text, lang string) string {
	switch widget {
	case ui.KindMoney:
		if fen, err := ident.ParseYuan(text); err == nil {
			return ident.FormatYuan(fen)
		}
	case ui.KindDate:
		if d, err := workday.ParseDate(text); err == nil {
			return d.Text(lang)
		}
	case ui.KindRegion:
		if name := ident.Service().FullNameIn(text, lang); name != "" {
			return name
		}
	case ui.KindIndustry:
		if in, ok := ident.IndustryByCode(text); ok {
			return in.Code + " " + in.Name
		}
	}
	return text
}
