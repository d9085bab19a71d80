package console

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// parametersView is what the running server is set to: what may be changed now, and what only a start changes.
type parametersView struct {
	*listView
	Flags ui.Table
}

// here is the region that the address asks for, or the own.
func (p *page) here() string {
	if region := p.asked("region"); region != "" {
		return region
	}
	return p.Actor.Region
}

// parameterList is the page of parameters (参数).
func (c *Console) parameterList(p *page) error {
	region := p.here()
	list, err := c.hall.Parameters(p.r.Context(), p.Actor, region)
	if err != nil {
		return err
	}
	m, err := c.hall.Monitor(p.r.Context(), p.Actor)
	if err != nil {
		return err
	}
	v := &parametersView{listView: p.list("parameters", p.regionField())}
	may := access.May(p.Actor, access.SystemManage, access.Resource{Region: region}).Allow
	v.columns("parameter", "value", "standard", "set-for", "last-change")
	for i := range list {
		s := &list[i]
		name := ui.Cell{Text: p.parameter(s), More: p.T("console.parameter." + string(s.Name) + "-what"), Head: true}
		if may {
			name.Href = parameterAddress(string(s.Name), region)
		}
		change := ui.Cell{Text: p.T("console.parameter.never")}
		if s.Row.Version > 0 {
			change = ui.Cell{Text: p.T("console.parameter.changed", i18n.Moment(p.Lang, s.Row.At), p.whole(s.Row.By)), More: s.Row.Reason}
		}
		from := p.T("console.parameter.from-start")
		if s.From != "" {
			from = p.region(s.From)
		}
		v.row(name, ui.Cell{Text: p.worth(s, s.Value)}, ui.Cell{Text: p.worth(s, s.Start)}, ui.Cell{Text: from}, change)
	}
	v.Flags = ui.Table{Caption: p.T("console.flags.title"), Columns: p.headings("flag", "value", "standard", "meaning")}
	for _, f := range m.Flags {
		key, what := "console.flag."+f.Name, ""
		if i18n.Has(key) {
			what = p.T(key)
		}
		v.Flags.Rows = append(v.Flags.Rows, ui.TableRow{Cells: []ui.Cell{{Text: "--" + f.Name, More: f.Env, Head: true}, {Text: p.flag(f.Value)}, {Text: p.flag(f.Standard)}, {Text: what}}})
	}
	if p.r.URL.Query().Get("done") == "set" {
		p.Notice = &ui.Notice{Kind: ui.Success, Title: p.T("console.parameter.done")}
	}
	return v.short("parameters", "parameters", v)
}

func parameterAddress(name, region string) string {
	return "/console/parameters/" + url.PathEscape(name) + "?" + url.Values{"region": {region}}.Encode()
}

func (p *page) parameter(s *hall.Setting) string { return p.T("console.parameter." + string(s.Name)) }

// said is a value as it is, or that there is none.
func (p *page) said(text string) string {
	if text == "" {
		return p.T("console.nothing")
	}
	return text
}

// flag is the value of a flag as people say it: a switch and a length of time in words, all else as it is.
func (p *page) flag(text string) string {
	switch text {
	case "true":
		return p.T("console.switch.on")
	case "false":
		return p.T("console.switch.off")
	}
	if d, err := time.ParseDuration(text); err == nil && text != "0" {
		return p.lasting(d)
	}
	return p.said(text)
}

// worth is a value with its unit.
func (p *page) worth(s *hall.Setting, n int) string {
	if s.Unit == parameter.Switch {
		return p.T("console.switch." + s.Write(n))
	}
	return p.T("console.unit.of", i18n.Number(int64(n)), p.T("console.unit."+string(s.Unit)))
}

// parameterView changes one.
type parameterView struct {
	*formView
	Facts   ui.Summary
	Version int
	Back    string
}

func (c *Console) seeParameter(p *page) error { return p.askParameter(http.StatusOK) }

func (p *page) askParameter(status int) error {
	region := p.here()
	list, err := p.console.hall.Parameters(p.r.Context(), p.Actor, region)
	if err != nil {
		return err
	}
	for i := range list {
		if s := &list[i]; string(s.Name) == p.r.PathValue("parameter") && access.May(p.Actor, access.SystemManage, access.Resource{Region: region}).Allow {
			return p.changeParameter(status, region, s)
		}
	}
	return hall.ErrNotFound
}

func (p *page) changeParameter(status int, region string, s *hall.Setting) error {
	p.Title, p.Narrow = p.parameter(s), true
	back := "/console/parameters?" + url.Values{"region": {region}}.Encode()
	p.Crumbs = []ui.Link{{Text: p.T("console.menu.parameters"), Href: back}}
	v := &parameterView{formView: &formView{page: p, Lead: p.T("console.parameter." + string(s.Name) + "-what"), Button: p.T("console.parameter.set")}, Version: s.Row.Version, Back: back}
	v.Facts.Rows = []ui.SummaryRow{{Label: p.T("console.field.region"), Value: p.region(region)}, {Label: p.T("console.field.value"), Value: p.worth(s, s.Value)},
		{Label: p.T("console.field.standard"), Value: p.worth(s, s.Start)}}
	var value ui.Field
	if s.Unit != parameter.Switch {
		value = ui.Field{Kind: ui.KindNumber, Name: "value", Value: s.Row.Value, Width: "short", Optional: true, Unit: p.T("console.unit." + string(s.Unit)),
			Hint: p.T("console.parameter.bounds", i18n.Number(int64(s.Min)), i18n.Number(int64(s.Max)))}
	} else {
		value = ui.Field{Kind: ui.KindRadio, Name: "value", Value: s.Row.Value, Options: []ui.Option{{Value: "on", Label: p.T("console.switch.on")},
			{Value: "off", Label: p.T("console.switch.off")}, {Value: "", Label: p.T("console.parameter.unset")}}}
	}
	v.ask(value, ui.Field{Kind: ui.KindText, Name: "reason", Max: 200, Hint: p.T("console.parameter.reason-hint")})
	v.Fields[0].Label = p.T("console.parameter.becomes") // the value now stands above
	return p.write(status, "parameter", v)
}

// setParameter changes a parameter.
func (c *Console) setParameter(p *page) error {
	version, err := strconv.Atoi(p.asked("version"))
	if err != nil {
		version = -1 // none is that: the page is asked for again
	}
	_, err = c.hall.SetParameter(p.r.Context(), p.Actor, hall.NewValue{Name: p.r.PathValue("parameter"), Region: p.here(), Value: p.asked("value"), Reason: p.asked("reason"), Version: version})
	if refusal, ok := kit.Refusal(err); ok {
		p.faults(refusal)
		status, _ := kit.Status(err)
		return p.askParameter(status)
	}
	if err != nil {
		return err
	}
	return p.back("/console/parameters?" + url.Values{"region": {p.here()}, "done": {"set"}}.Encode())
}
