package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dictionary"
	"github.com/tongban/tongban/internal/hall"
)

// DictionaryView is a list that pages, forms and rules choose from.
type DictionaryView struct {
	Source  string        `json:"source" doc:"core, or the id of a pack"`
	ID      string        `json:"id"`
	Kind    string        `json:"kind" doc:"What it is a list of"`
	Version string        `json:"version,omitempty" doc:"Of the pack, or the name of a published code"`
	Name    caseflow.Text `json:"name"`
	Used    []string      `json:"used,omitempty" doc:"Fields that ask from it"`
	Count   int           `json:"count"`
}

// DictionaryEntry is a value with its words.
type DictionaryEntry struct {
	Value string        `json:"value"`
	Label caseflow.Text `json:"label"`
}

// DictionaryList is what was found.
type DictionaryList struct {
	Body struct {
		Dictionaries []DictionaryView `json:"dictionaries" nullable:"false"`
	}
}

// DictionaryAnswer is one list with its entries.
type DictionaryAnswer struct {
	Body struct {
		DictionaryView
		Entries []DictionaryEntry `json:"entries" nullable:"false"`
	}
}

type dictionariesInput struct {
	caller
	Source string `query:"source" maxLength:"100" doc:"All if left out"`
	Q      string `query:"q" maxLength:"100" doc:"Part of a value, of its words, or of the name of a list"`
}

type dictionaryInput struct {
	caller
	Source string `path:"source" maxLength:"100"`
	List   string `query:"list" required:"true" maxLength:"300" doc:"Its id"`
	Q      string `query:"q" maxLength:"100" doc:"Part of a value or of its words"`
}

func (a *API) registerDictionaries(op func(id, method, path, summary, more string) huma.Operation) {
	huma.Register(a.huma, op("list-dictionaries", http.MethodGet, "/dictionaries", "The lists that pages, forms and rules choose from", "The system and the audit administrator's."), a.dictionaries)
	huma.Register(a.huma, op("see-dictionary", http.MethodGet, "/dictionaries/{source}", "One list with its entries", "The system and the audit administrator's."), a.dictionary)
}

func dictionaryView(l *dictionary.List) DictionaryView {
	name := l.Name
	if name == (caseflow.Text{}) {
		name = caseflow.Text{ZH: l.Title("zh"), EN: l.Title("en")}
	}
	return DictionaryView{Source: l.Source, ID: l.ID, Kind: l.Kind, Version: l.Version, Name: name, Used: l.Used, Count: len(l.Entries)}
}

func (a *API) dictionaries(_ context.Context, in *dictionariesInput) (*DictionaryList, error) {
	if err := a.maySee(in.by); err != nil {
		return nil, err
	}
	out := &DictionaryList{}
	out.Body.Dictionaries = []DictionaryView{}
	for _, l := range dictionary.Search(dictionary.All(a.o.Packs.Packs()), in.Source, in.Q) {
		out.Body.Dictionaries = append(out.Body.Dictionaries, dictionaryView(&l))
	}
	return out, nil
}

func (a *API) dictionary(_ context.Context, in *dictionaryInput) (*DictionaryAnswer, error) {
	if err := a.maySee(in.by); err != nil {
		return nil, err
	}
	for _, l := range dictionary.Search(dictionary.All(a.o.Packs.Packs()), in.Source, in.Q) {
		if l.ID != in.List {
			continue
		}
		out := &DictionaryAnswer{}
		out.Body.DictionaryView, out.Body.Entries = dictionaryView(&l), make([]DictionaryEntry, len(l.Entries))
		for i, e := range l.Entries {
			out.Body.Entries[i] = DictionaryEntry(e)
		}
		return out, nil
	}
	return nil, hall.ErrNotFound
}
