package console

import (
	"net/http"
	"strconv"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/hall"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// askExport asks which log of which period is to be sealed (日志封存导出).
func (c *Console) askExport(p *page) error { return p.exportForm(http.StatusOK) }

// sealable are the logs that the administrator may read.
func (p *page) sealable() []string {
	var logs []string
	for _, log := range export.Logs() {
		act := access.AuditSee
		if log == export.SignIns {
			act = access.AccountLog
		}
		if p.may(act) {
			logs = append(logs, log)
		}
	}
	return logs
}

func (p *page) exportForm(status int) error {
	logs := p.sealable()
	if p.console.exports == nil || len(logs) == 0 {
		return hall.ErrNotFound
	}
	p.Title, p.Narrow = p.T("console.menu.exports"), true
	v := &formView{page: p, Lead: p.T("console.lead.exports"), Button: p.T("console.exports.button")}
	which := ui.Field{Kind: ui.KindRadio, Name: "log"}
	for _, log := range logs {
		which.Options = append(which.Options, ui.Option{Value: log, Label: p.T("console.menu." + log)})
	}
	region := p.regionField()
	region.Optional = true
	v.ask(which, ui.Field{Kind: ui.KindDate, Name: "from"}, ui.Field{Kind: ui.KindDate, Name: "to"}, region)
	return p.write(status, "form", v)
}

// sealExport gives the file.
func (c *Console) sealExport(p *page) error {
	if c.exports == nil {
		return hall.ErrNotFound
	}
	q := export.Query{Log: p.asked("log"), Region: p.asked("region")}
	q.From, q.Until = p.span()
	if q.Log == "" {
		p.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "log", Text: p.T("console.exports.which")}}}
		return p.exportForm(http.StatusUnprocessableEntity)
	}
	f, err := c.exports.Make(p.r.Context(), p.Actor, q)
	if refusal, ok := kit.Refusal(err); ok {
		p.faults(refusal)
		return p.exportForm(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	h := p.w.Header()
	h.Set("Content-Type", "application/vnd.tongban.export")
	h.Set("Content-Length", strconv.Itoa(len(f.Body)))
	h.Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	h.Set("Cache-Control", "no-store")
	_, _ = p.w.Write(f.Body) // the client is gone; nothing is left to be done
	return nil
}
