package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

func (a *API) registerAssessment() {
	huma.Register(a.huma, huma.Operation{OperationID: "list-promises-kept", Method: http.MethodGet, Path: "/assessment/promises", Tags: []string{"work"},
		Summary: "How services kept what they promise in a period, limit by limit, those with the most limits broken first: for those who oversee or assess them"}, a.promisesKept)
	huma.Register(a.huma, huma.Operation{OperationID: "see-protection", Method: http.MethodGet, Path: "/assessment/protection", Tags: []string{"console"},
		Summary: "How passwords, tries, sessions and accounts are protected, as it is in force: for assessors and administrators"}, a.protection)
	huma.Register(a.huma, huma.Operation{OperationID: "list-components", Method: http.MethodGet, Path: "/assessment/components", Tags: []string{"console"},
		Summary: "What others have written of this program, with versions and licences: for assessors and administrators"}, a.components)
}

// MeasuredView is a service with its figures, and how each of its limits was kept.
type MeasuredView struct {
	Item     caseflow.ItemID `json:"item"`
	Figures  FiguresView     `json:"figures"`
	Promises []KeptView      `json:"promises" nullable:"false"`
}

// MeasuredList is how services kept what they promise.
type MeasuredList struct {
	Body struct {
		Region     string         `json:"region"`
		Department string         `json:"department,omitempty" doc:"Where only those of one may be seen, that one"`
		From       workday.Date   `json:"from"`
		To         workday.Date   `json:"to"`
		At         time.Time      `json:"at"`
		Services   []MeasuredView `json:"services" nullable:"false"`
	}
}

type promisesKeptInput struct {
	caller
	PeriodQuery
	FiguresQuery
}

func (a *API) promisesKept(ctx context.Context, in *promisesKeptInput) (*MeasuredList, error) {
	q, err := a.figures(in.caller, in.PeriodQuery, in.FiguresQuery)
	if err != nil {
		return nil, err
	}
	list, s, err := a.o.Hall.Promises(ctx, in.by, q)
	if err != nil {
		return nil, err
	}
	out := &MeasuredList{}
	b := &out.Body
	b.Region, b.Department, b.From, b.To, b.At, b.Services = q.Region, s.Query.Department, q.Period.From, q.Period.To, s.At, make([]MeasuredView, len(list))
	for i := range list {
		m := &list[i]
		v := MeasuredView{Item: m.Item.ID, Figures: figuresView(&m.Figures), Promises: make([]KeptView, len(m.Promises))}
		for j, x := range m.Promises {
			v.Promises[j] = KeptView{m.Item.ID, x.Kind, x.Step, x.Rule.Limit, outcomeView(x.Outcome)}
		}
		b.Services[i] = v
	}
	return out, nil
}

// ProtectionView is how sign-ins are protected.
type ProtectionView struct {
	Password struct {
		Shortest int    `json:"shortest" doc:"Characters"`
		Longest  int    `json:"longest" doc:"Characters"`
		Kinds    int    `json:"kinds" doc:"Of letters, digits and others"`
		Distinct int    `json:"distinct" doc:"Different characters"`
		Refused  int    `json:"refused" doc:"Well-known passwords that nobody may have"`
		Expires  bool   `json:"expires" doc:"Never by itself: NIST SP 800-63B speaks against it"`
		Hash     string `json:"hash" enum:"argon2id"`
		Memory   int    `json:"memory" doc:"KiB that one hash takes"`
		Passes   int    `json:"passes"`
	} `json:"password"`
	Tries struct {
		Account int `json:"account" doc:"Failures for one login within the window before it waits"`
		Address int `json:"address" doc:"The same, from one address"`
		Window  int `json:"window" doc:"Minutes"`
	} `json:"tries"`
	Sessions struct {
		IdleOfficials int  `json:"idleOfficials" doc:"Minutes unused after which the session of an official is over"`
		IdleCitizens  int  `json:"idleCitizens" doc:"Minutes"`
		Longest       int  `json:"longest" doc:"Minutes after which any session is over"`
		Officials     int  `json:"officials" doc:"At one time"`
		Citizens      int  `json:"citizens" doc:"At one time"`
		Refuses       bool `json:"refuses" doc:"One too many is refused; else the oldest one ends"`
		KeptDays      int  `json:"keptDays" doc:"For how long it stays known who signed in when and from where. The logs of sign-ins and operations are kept for good"`
	} `json:"sessions"`
	FactorRoles []string      `json:"factorRoles" nullable:"false" doc:"Roles that must have a second factor"`
	Sealed      bool          `json:"sealed" doc:"Secrets of second factors and document numbers are sealed with a key that is not in the store"`
	Officials   []HoldersView `json:"officials" nullable:"false" doc:"Accounts of your region and below, by role"`
}

// HoldersView is how many accounts hold a role.
type HoldersView struct {
	Role   string `json:"role"`
	Open   Total  `json:"open"`
	Closed Total  `json:"closed"`
}

type assessmentInput struct{ caller }

// ProtectionAnswer is how sign-ins are protected.
type ProtectionAnswer struct{ Body ProtectionView }

func (a *API) protection(ctx context.Context, in *assessmentInput) (*ProtectionAnswer, error) {
	p, err := a.o.Gate.Protection(ctx, in.by)
	if err != nil {
		return nil, err
	}
	return &ProtectionAnswer{protectionView(p)}, nil
}

func protectionView(p *access.Protection) (v ProtectionView) {
	minutes := func(d time.Duration) int { return int(d / time.Minute) }
	v.Password.Shortest, v.Password.Longest, v.Password.Kinds, v.Password.Distinct, v.Password.Refused = p.PasswordMin, p.PasswordMax, p.PasswordKinds, p.PasswordDistinct, p.PasswordsRefused
	v.Password.Hash, v.Password.Memory, v.Password.Passes = "argon2id", p.HashMemory, p.HashPasses
	v.Tries.Account, v.Tries.Address, v.Tries.Window = p.AccountTries, p.AddressTries, minutes(p.Window)
	v.Sessions.IdleOfficials, v.Sessions.IdleCitizens, v.Sessions.Longest = minutes(p.IdleOfficials), minutes(p.IdleCitizens), minutes(p.Absolute)
	v.Sessions.Officials, v.Sessions.Citizens, v.Sessions.Refuses, v.Sessions.KeptDays = p.OfficialSessions, p.CitizenSessions, p.RefusesSurplus, int(p.SessionsKept/(24*time.Hour))
	v.FactorRoles, v.Sealed, v.Officials = filled(p.FactorRoles), p.Sealed, make([]HoldersView, len(p.Officials))
	for i, h := range p.Officials {
		v.Officials[i] = HoldersView{h.Role, Total{h.Open.N, h.Open.More}, Total{h.Closed.N, h.Closed.More}}
	}
	return v
}

// ComponentView is a part of the program that others have written.
type ComponentView struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	Licence string `json:"licence,omitempty" doc:"SPDX expression; missing if it is not known"`
}

// ComponentList is all of them.
type ComponentList struct {
	Body struct {
		Components []ComponentView `json:"components" nullable:"false"`
	}
}

func (a *API) components(_ context.Context, in *assessmentInput) (*ComponentList, error) {
	list, err := a.o.Hall.Components(in.by)
	if err != nil {
		return nil, err
	}
	out := &ComponentList{}
	out.Body.Components = make([]ComponentView, len(list))
	for i, c := range list {
		out.Body.Components[i] = ComponentView(c)
	}
	return out, nil
}
