package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/hall"
)

type exportInput struct {
	caller
	Log    string    `path:"log" enum:"sign-ins,operations,looks"`
	Region string    `query:"region" maxLength:"20" doc:"Region code; all that you may see if left out"`
	From   time.Time `query:"from" required:"true"`
	Until  time.Time `query:"until" required:"true" doc:"Before this instant, at most 366 days later"`
}

func (a *API) registerExports(op func(id, method, path, summary, more string) huma.Operation) {
	o := op("seal-export", http.MethodGet, "/exports/{log}", "A period of a log as one signed file, which `tongban verify export` checks without the server",
		"Whose the log is. The sign-in log: the security and the audit administrator's; the others: the audit administrator's. That it was taken is recorded with the hash of the file.")
	o.Responses = map[string]*huma.Response{"200": {Description: "The file (docs/operate.md)", Content: map[string]*huma.MediaType{
		"application/vnd.tongban.export": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	huma.Register(a.huma, o, a.sealExport)
}

func (a *API) sealExport(ctx context.Context, in *exportInput) (*Download, error) {
	if a.o.Exports == nil {
		return nil, hall.ErrNotFound
	}
	f, err := a.o.Exports.Make(ctx, in.by, export.Query{Log: in.Log, Region: in.Region, From: in.From, Until: in.Until})
	if err != nil {
		return nil, err
	}
	return &Download{func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", "application/vnd.tongban.export")
		h.Set("Content-Length", strconv.Itoa(len(f.Body)))
		h.Set("Content-Disposition", disposition(f.Name))
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(uploadTime))
		ctx.SetStatus(http.StatusOK)
		_, _ = w.Write(f.Body) // the client is gone; nothing is left to be done
	}}, nil
}
