package hall

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/store"
)

// values are the parameters as this server knows them.
type values struct {
	version int
	table   *parameter.Table
	rows    []store.Parameter
}

// maxReason is the longest reason of a change, in characters.
const maxReason = 200

// Setting is a parameter as it stands in a region.
type Setting struct {
	parameter.Parameter
	Value int
	From  string          // the region for which it was set; "" if it is as the server began
	Start int             // what it is where nobody has set it
	Row   store.Parameter // what was last said for this very region; Version 0: nothing
}

// Values are the parameters that are in force now.
func (h *Hall) Values() *parameter.Table { return h.values.Load().table }

// FollowParameters reads the parameters that the store keeps, if one was changed since. A server that serves does it by itself,
// every second.
func (h *Hall) FollowParameters(ctx context.Context) error {
	version, err := h.store.ParameterVersion(ctx)
	if err != nil {
		return fmt.Errorf("version of the parameters: %w", err)
	}
	if h.values.Load().version == version {
		return nil
	}
	h.reading.Lock()
	defer h.reading.Unlock()
	rows, err := h.store.Parameters(ctx)
	if err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	next := &values{rows: rows}
	set := map[string]map[parameter.Name]string{}
	for _, p := range rows {
		next.version += p.Version
		if set[p.Region] == nil {
			set[p.Region] = map[parameter.Name]string{}
		}
		set[p.Region][parameter.Name(p.Name)] = p.Value
	}
	next.table = parameter.NewTable(h.start, set)
	h.values.Store(next)
	return nil
}

// Parameters lists all as they stand in a region, for who may see how the system stands there. ErrNotFound.
func (h *Hall) Parameters(ctx context.Context, by caseflow.Actor, region string) ([]Setting, error) {
	if !access.May(by, access.SystemSee, access.Resource{Region: region}).Allow {
		return nil, ErrNotFound
	}
	if err := h.FollowParameters(ctx); err != nil {
		return nil, err
	}
	now := h.values.Load()
	var list []Setting
	for _, p := range parameter.All() {
		list = append(list, now.setting(p, region))
	}
	return list, nil
}

// setting is a parameter as it stands in a region.
func (v *values) setting(p parameter.Parameter, region string) Setting {
	s := Setting{Parameter: p, Start: v.table.Start(p.Name)}
	s.Value, s.From = v.table.Of(p.Name, region)
	for _, row := range v.rows {
		if row.Name == string(p.Name) && row.Region == region {
			s.Row = row
		}
	}
	return s
}

// NewValue is a change of a parameter.
type NewValue struct {
	Name    string
	Region  string
	Value   string // as people type it; "": from now on as it would be had nobody set it here
	Reason  string
	Version int // of the setting as the administrator saw it
}

// What may be wrong with a change, by its code.
var parameterFaults = map[string]caseflow.Text{
	"parameter.bounds": {ZH: "请填写允许范围内的整数。", EN: "Give a whole number within the bounds."},
	"parameter.switch": {ZH: "请选择开启或者关闭。", EN: "Choose on or off."},
	"parameter.reason": {ZH: "请写明理由，不超过 200 个字。", EN: "Give a reason of at most 200 characters."},
}

// SetParameter changes a parameter in a region and what lies in it: on this server when it returns, on the others of the store within
// a second or two. It stands in the operation log with the value before. ErrNotFound for who may not manage the system there, and
// of a name that there is none of.
func (h *Hall) SetParameter(ctx context.Context, by caseflow.Actor, n NewValue) (Setting, error) {
	p, known := parameter.Find(n.Name)
	if !known || !knownRegion(n.Region) || !access.May(by, access.SystemManage, access.Resource{Region: n.Region}).Allow {
		return Setting{}, ErrNotFound
	}
	if err := h.FollowParameters(ctx); err != nil {
		return Setting{}, err
	}
	next, err := newParameter(p, n)
	if err != nil {
		return Setting{}, err
	}
	next.At, next.By = h.Now(), by.ID
	old := h.values.Load().setting(p, n.Region)
	t, err := h.noted(by, n.Region, access.ParameterSet, next.Reason)
	if err != nil {
		return Setting{}, err
	}
	t.Changes = []store.FieldChange{{Field: "parameter." + n.Name, Old: old.Row.Value, New: next.Value}}
	err = h.store.PutParameter(ctx, next, t)
	switch {
	case errors.Is(err, store.ErrConflict):
		return Setting{}, &caseflow.Refusal{Code: CodeQuicker}
	case err != nil:
		return Setting{}, fmt.Errorf("set parameter %s: %w", n.Name, err)
	}
	if err := h.FollowParameters(ctx); err != nil {
		return Setting{}, err
	}
	h.log.Info("parameter set", "parameter", n.Name, "region", n.Region, "value", next.Value, "actor", by.ID)
	return h.values.Load().setting(p, n.Region), nil
}

// newParameter reads a change. A refusal names every field that is wrong.
func newParameter(p parameter.Parameter, n NewValue) (store.Parameter, error) {
	row := store.Parameter{Name: n.Name, Region: n.Region, Reason: strings.TrimSpace(n.Reason), Version: n.Version}
	var wrong []caseflow.FieldFault
	fault := func(field, code string) {
		wrong = append(wrong, caseflow.FieldFault{Field: field, Code: code, Text: parameterFaults[code]})
	}
	if text := strings.TrimSpace(n.Value); text != "" {
		value, ok := p.Read(text)
		switch {
		case ok:
			row.Value = p.Write(value)
		case p.Unit == parameter.Switch:
			fault("value", "parameter.switch")
		default:
			fault("value", "parameter.bounds")
		}
	}
	if row.Reason == "" || len([]rune(row.Reason)) > maxReason {
		fault("reason", "parameter.reason")
	}
	if wrong != nil {
		return row, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: wrong}
	}
	return row, nil
}
