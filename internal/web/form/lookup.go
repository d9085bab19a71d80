package form

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// A question with a long list of answers is looked up: words are typed into name.find, and the answers found are the radio
// buttons of name. name.was holds the words that the page was made for: other words are another search.
const (
	findSuffix = ".find"
	wasSuffix  = ".was"
	findPrefix = "find." // of a parameter of the page's address: the words by the name of the question
)

// maxWords bounds the words of a search, in characters.
const maxWords = 60

// Lists reports whether a widget is looked up in a list.
func Lists(widget string) bool { return widget == ui.KindRegion || widget == ui.KindIndustry }

// Lookup finds the answers of a list by words or a code, best first; all of them if there are no words.
func Lookup(widget, words, lang string) []ui.Option {
	var list []ui.Option
	if widget == ui.KindRegion {
		for _, r := range ident.SearchRegions(words) {
			list = append(list, regionOption(r.Code, lang))
		}
		return list
	}
	for _, in := range ident.SearchDivisions(words) {
		list = append(list, industryOption(in))
	}
	return list
}

func regionOption(code, lang string) ui.Option {
	return ui.Option{Value: code, Label: ident.Service().FullNameIn(code, lang)}
}

func industryOption(in ident.Industry) ui.Option {
	return ui.Option{Value: in.Code, Label: in.FullName()}
}

// chosenOption is the answer that stands in the form, as the list shows it; false if the list has none such.
func chosenOption(widget, code, lang string) (ui.Option, bool) {
	if widget == ui.KindRegion {
		_, ok := ident.RegionByCode(code)
		return regionOption(code, lang), ok
	}
	in, ok := ident.IndustryByCode(code)
	if !ok {
		in, ok = ident.IndustryOfClass(code)
	}
	o := industryOption(in)
	if in.Code != code { // a class, which a program sent: it stays as it is
		o.Value = code
	}
	return o, ok
}

// exactly is the code of the answer that the words name: by its code, or its whole text in either language; empty if they name none.
func exactly(widget, words string) string {
	code, _, _ := strings.Cut(words, " ")
	for _, lang := range []string{i18n.Chinese, i18n.English} {
		if o, ok := coded(widget, code, lang); ok && (code == words || o.Label == words) {
			return o.Value
		}
		for _, o := range Lookup(widget, words, lang) {
			if o.Label == words {
				return o.Value
			}
		}
	}
	return ""
}

// coded is the answer with a code as people type it; of an industry also that of a class in it (I6510 is in I65).
func coded(widget, code, lang string) (ui.Option, bool) {
	if widget == ui.KindRegion {
		r, ok := ident.RegionByCode(ident.Normalise(code))
		return regionOption(r.Code, lang), ok && r.Level != ident.LevelProvince
	}
	in, ok := ident.IndustryOfClass(code)
	return industryOption(in), ok
}

// looked is what was chosen of a list, or typed as a code; words that name no answer leave what was chosen.
func looked(f *caseflow.Field, name string, post url.Values) []string {
	if !Lists(f.Widget) {
		return post[name]
	}
	return Looked(f.Widget, name, post)
}

// Looked is the answer of a question whose answer is looked up.
func Looked(widget, name string, post url.Values) []string {
	if words, other := sought(name, post); other {
		if code := exactly(widget, words); code != "" {
			return []string{code}
		}
	}
	return post[name]
}

// sought are the words that were typed to find the answer of a question, and whether the page has not shown yet what they find.
func sought(name string, post url.Values) (words string, other bool) {
	words = cut(post.Get(name + findSuffix))
	return words, words != "" && words != cut(post.Get(name+wasSuffix))
}

// few is how many options of a select are seen at a glance.
const few = 6

// Narrow leaves those options of a select that the words name which were typed into its search: a name, or its pinyin. If the words name
// nothing, all stay. One that is left alone is chosen; what was chosen before and is not among them is not, so that nobody gets what
// was meant for somebody who is being looked for. A few options are seen at a glance and have no search.
func Narrow(u *ui.Field, typed url.Values, lang string) {
	u.Words = cut(typed.Get(u.Name + findSuffix))
	u.Narrows = u.Words != "" || len(u.Options) > few
	u.Focus = Narrows(typed, u.Name)
	if u.Words == "" {
		return
	}
	var left []ui.Option
	for _, o := range u.Options {
		if find.Named(u.Words, strings.Split(o.Label, " · ")...) {
			left = append(left, o)
		}
	}
	if len(left) == 0 {
		u.Found = i18n.T(lang, "ui.narrow-none", u.Words)
		return
	}
	u.Found = i18n.T(lang, "ui.narrow-found", u.Words, len(left))
	if _, other := sought(u.Name, typed); len(left) == 1 && (other || u.Value == "") {
		u.Value = left[0].Value
	}
	if !slices.ContainsFunc(left, func(o ui.Option) bool { return o.Value == u.Value }) {
		u.Value = ""
	}
	u.Options = left
}

// Narrows reports whether what was typed is a search in one of the selects, not an answer: its button was pressed, or its words are not
// those that the page was made for.
func Narrows(typed url.Values, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, other := sought(name, typed)
		return other || typed.Get(ui.FindAnswer) == name
	})
}

func cut(text string) string {
	r := []rune(strings.TrimSpace(strings.ToValidUTF8(text, "")))
	return string(r[:min(len(r), maxWords)])
}

// Finds are the searches that a page is to show, by the name of the question.
type Finds map[string]string

// FindsIn reads the searches from the address of a page.
func FindsIn(query url.Values) Finds {
	f := Finds{}
	for key, list := range query {
		if name, ok := strings.CutPrefix(key, findPrefix); ok && len(list) > 0 {
			f[name] = cut(list[0])
		}
	}
	return f
}

// Searches are the searches that what was typed asks for: the button was pressed, or words name no answer.
func Searches(fields []caseflow.Field, post url.Values) Finds {
	found := Finds{}
	look := func(f *caseflow.Field, name string) {
		if !Lists(f.Widget) {
			return
		}
		words, other := sought(name, post)
		if post.Get(ui.FindAnswer) == name || other && exactly(f.Widget, words) == "" {
			found[name] = words
		}
	}
	for i := range fields {
		f := &fields[i]
		look(f, f.Name)
		for row := range MaxRows {
			for j := range f.Fields {
				look(&f.Fields[j], RowName(f.Name, row, f.Fields[j].Name))
			}
		}
	}
	return found
}

// Address is the address of a page with the searches, looking at the first of them.
func (f Finds) Address(page string) string {
	query, first := url.Values{}, ""
	for name, words := range f {
		query.Set(findPrefix+name, words)
		if first == "" || name < first {
			first = name
		}
	}
	sep := "?"
	if strings.Contains(page, "?") {
		sep = "&"
	}
	return page + sep + query.Encode() + "#" + ui.FieldID(first)
}

// Show shows a question whose answer is looked up: what was chosen, and what a search found.
func (f Finds) Show(u *ui.Field, lang string) {
	words, searched := f[u.Name]
	if searched {
		u.Words, u.Options = words, Lookup(u.Kind, words, lang)
		u.Found = i18n.T(lang, "form.found", words, len(u.Options))
		switch {
		case len(u.Options) == 0:
			u.Found = i18n.T(lang, "form.found-none", words)
		case words == "":
			u.Found = i18n.T(lang, "form.found-all", len(u.Options))
		case len(u.Options) == 1 && u.Value == "":
			u.Value = u.Options[0].Value
		}
	}
	chosen, ok := chosenOption(u.Kind, u.Value, lang)
	if ok && !slices.ContainsFunc(u.Options, func(o ui.Option) bool { return o.Value == chosen.Value }) {
		u.Options = append([]ui.Option{chosen}, u.Options...)
	}
}
