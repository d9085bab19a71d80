package public

import (
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// advisedField is sent by a page that has shown its advice.
const advisedField = "advised"

// advice foretells the automatic checks of the flow that the answers of a page will not pass. It keeps nobody from going on:
// a check that fails is for an official to look at.
func (o *own) advice(p *caseflow.Page) []ui.Notice {
	var list []ui.Notice
	for i := range o.Item.Steps {
		st := &o.Item.Steps[i]
		if st.Kind != caseflow.KindCheck || st.Check == nil || st.Advice.ZH == "" || !o.concerns(st, p) {
			continue
		}
		if ok, err := st.Check.Holds(o.asked.Facts); err == nil && !ok {
			list = append(list, ui.Notice{Kind: ui.Warning, Title: i18n.T(o.lang, "public.advice", st.Name.In(o.lang)), Text: st.Advice.In(o.lang)})
		}
	}
	return list
}

// concerns reports whether a check reads an answer of the page that was given.
func (o *own) concerns(st *caseflow.Step, p *caseflow.Page) bool {
	words := strings.FieldsFunc(st.CheckText, func(r rune) bool {
		return !(r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
	return slices.ContainsFunc(p.Fields, func(f caseflow.Field) bool {
		return !form.Blank(o.data.At(f.Name)) && slices.ContainsFunc(words, func(w string) bool {
			return w == "form."+f.Name || strings.HasPrefix(w, "form."+f.Name+".")
		})
	})
}

// allAdvice is the advice of every page that is asked for.
func (o *own) allAdvice() []ui.Notice {
	var list []ui.Notice
	for _, p := range o.asked.Pages {
		list = append(list, o.advice(p)...)
	}
	return list
}
