package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/hall"
)

// ParameterView is what may be changed while the program runs, as it stands in a region.
type ParameterView struct {
	Name    string    `json:"name"`
	Unit    string    `json:"unit" enum:"minutes,times,megabytes,files,switch,percent"`
	Value   string    `json:"value" doc:"In force: a whole number, or on and off"`
	Start   string    `json:"start" doc:"In force where nobody has set it"`
	Min     int       `json:"min"`
	Max     int       `json:"max"`
	From    string    `json:"from,omitempty" doc:"Region for which the value was set; missing: the server began with it"`
	Set     string    `json:"set,omitempty" doc:"What is set for the region that was asked for itself"`
	Version int       `json:"version" doc:"Send it back with a change: if another administrator was quicker the answer is 409"`
	At      time.Time `json:"at,omitzero" doc:"Of the last change for this region"`
	By      string    `json:"by,omitempty" doc:"Id of the account that changed it"`
	Reason  string    `json:"reason,omitempty"`
}

func parameterView(s *hall.Setting) ParameterView {
	return ParameterView{Name: string(s.Name), Unit: string(s.Unit), Value: s.Write(s.Value), Start: s.Write(s.Start), Min: s.Min, Max: s.Max, From: s.From, Set: s.Row.Value,
		Version: s.Row.Version, At: s.Row.At, By: s.Row.By, Reason: s.Row.Reason}
}

// FlagView is a flag with which the server was started.
type FlagView struct {
	Name     string `json:"name"`
	Variable string `json:"variable,omitempty" doc:"Of the environment, that sets it too"`
	Value    string `json:"value" doc:"Without passwords"`
	Default  string `json:"default"`
}

// ParameterList is all parameters and flags.
type ParameterList struct {
	Body struct {
		Parameters []ParameterView `json:"parameters" nullable:"false"`
		Flags      []FlagView      `json:"flags" nullable:"false" doc:"Of this server"`
	}
}

// ParameterAnswer is one parameter.
type ParameterAnswer struct{ Body ParameterView }

type parametersInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"The own if left out"`
}

type setParameterInput struct {
	caller
	Parameter string `path:"parameter" maxLength:"40"`
	Body      struct {
		Region  string `json:"region,omitempty" maxLength:"20" doc:"And what lies in it; the own if left out"`
		Value   string `json:"value" maxLength:"20" doc:"A whole number between the bounds, or on and off; empty: as it would be had nobody set it here"`
		Reason  string `json:"reason" maxLength:"1000"`
		Version int    `json:"version" minimum:"0" doc:"Of the parameter as you saw it"`
	}
}

func (a *API) registerParameters(op func(id, method, path, summary, more string) huma.Operation) {
	huma.Register(a.huma, op("list-parameters", http.MethodGet, "/parameters", "What the running system is set to", "The system and the audit administrator's."), a.parameters)
	huma.Register(a.huma, op("set-parameter", http.MethodPost, "/parameters/{parameter}", "Change a parameter, at once and on every server",
		"The system administrator's. It stands in the operation log with the value before."), a.setParameter)
}

// regionOf is the region that is asked for, or the own.
func (in *caller) regionOf(asked string) string {
	if asked == "" {
		return in.by.Region
	}
	return asked
}

func (a *API) parameters(ctx context.Context, in *parametersInput) (*ParameterList, error) {
	list, err := a.o.Hall.Parameters(ctx, in.by, in.regionOf(in.Region))
	if err != nil {
		return nil, err
	}
	m, err := a.o.Hall.Monitor(ctx, in.by)
	if err != nil {
		return nil, err
	}
	out := &ParameterList{}
	out.Body.Parameters, out.Body.Flags = make([]ParameterView, len(list)), make([]FlagView, len(m.Flags))
	for i := range list {
		out.Body.Parameters[i] = parameterView(&list[i])
	}
	for i, f := range m.Flags {
		out.Body.Flags[i] = FlagView{f.Name, f.Env, f.Value, f.Standard}
	}
	return out, nil
}

func (a *API) setParameter(ctx context.Context, in *setParameterInput) (*ParameterAnswer, error) {
	b := &in.Body
	s, err := a.o.Hall.SetParameter(ctx, in.by, hall.NewValue{Name: in.Parameter, Region: in.regionOf(b.Region), Value: b.Value, Reason: b.Reason, Version: b.Version})
	if err != nil {
		return nil, err
	}
	return &ParameterAnswer{parameterView(&s)}, nil
}
