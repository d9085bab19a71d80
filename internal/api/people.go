package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hanzi"
	"github.com/tongban/tongban/internal/store"
)

// PersonView is somebody to whom work can be given.
type PersonView struct {
	ID         string   `json:"id" doc:"The person of a post, and the holder of a task"`
	Name       string   `json:"name"`
	Department string   `json:"department"`
	Roles      []string `json:"roles" nullable:"false"`
}

// PersonList is the officials of a region who can see cases.
type PersonList struct {
	Body struct {
		People []PersonView `json:"people" nullable:"false"`
	}
}

// MyLicences is what a person holds, or a principal for whom they act, newest first.
type MyLicences struct {
	Body struct {
		Licences []MyLicence `json:"licences" nullable:"false"`
	}
}

// MyLicence is one of them, with the case that granted it.
type MyLicence struct {
	Case caseflow.CaseNo `json:"case"`
	caseflow.Licence
}

func (a *API) registerPeople() {
	huma.Register(a.huma, huma.Operation{OperationID: "list-people", Method: http.MethodGet, Path: "/people", Tags: []string{"work"},
		Summary: "The officials of a region who can see cases, with their departments and roles: to hand work over, and to name who holds a task"}, a.people)
	huma.Register(a.huma, huma.Operation{OperationID: "list-licences", Method: http.MethodGet, Path: "/licences", Tags: []string{"licences"},
		Summary: "What you hold, or whom you act for"}, a.licences)
}

type peopleInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"Region code; your own if left out"`
	Q      string `query:"q" maxLength:"60" doc:"Of the name or the department: a part, or its pinyin, in full or by initials (wxy)"`
	Order  string `query:"order" enum:"pinyin,stroke" default:"pinyin" doc:"By pinyin, or by the strokes of the surname (按姓氏笔画)"`
}

func (a *API) people(ctx context.Context, in *peopleInput) (*PersonList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, err := a.o.Gate.Colleagues(ctx, in.by, region)
	if err != nil {
		return nil, err
	}
	if in.Q != "" {
		list = slices.DeleteFunc(list, func(one store.Account) bool {
			return !find.Named(in.Q, append(a.officeNames(region, one.Department), one.Name)...)
		})
	}
	hanzi.Sort(hanzi.Order(in.Order), list, func(one store.Account) string { return one.Name })
	out := &PersonList{}
	out.Body.People = make([]PersonView, len(list))
	for i := range list {
		out.Body.People[i] = PersonView{list[i].ID, list[i].Name, list[i].Department, filled(list[i].Roles)}
	}
	return out, nil
}

// officeNames are the names of a department of a region, as it is called now, in full and short.
func (a *API) officeNames(region, id string) []string {
	names := []string{a.shortName(region, id)}
	for _, o := range a.o.Hall.OfficesIn(region) {
		if o.ID == id {
			names = append(names, o.Names()...)
		}
	}
	return names
}

func (a *API) licences(ctx context.Context, in *spaceInput) (*MyLicences, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.Licences(ctx, in.by, in.For, region)
	if err != nil {
		return nil, err
	}
	out := &MyLicences{}
	out.Body.Licences = make([]MyLicence, len(list))
	for i := range list {
		out.Body.Licences[i] = MyLicence{list[i].Case.Case, list[i].Licence}
	}
	return out, nil
}
