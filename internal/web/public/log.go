package public

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// logView is how the evidence log stands (存证日志).
type logView struct {
	ui.Page
	Begun  bool
	Rows   []ui.SummaryRow
	Signed string
	Keys   []string
	State  ui.Notice
	Check  string // command line that checks the log
}

// Empty says why there is nothing to show.
func (v *logView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.log-none"), Why: v.T("public.log-none-why"), Do: &ui.Link{Text: v.T("problem.home"), Href: "/"}}
}

func (s *Site) logPage(w http.ResponseWriter, r *http.Request) {
	v := &logView{Page: s.narrow(r, "", "/verify")}
	v.Title = v.T("public.log-title")
	state, err := s.hall.Log(r.Context())
	switch {
	case errors.Is(err, hall.ErrNotFound):
		s.kit.Show(w, http.StatusNotFound, "public/log", v)
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	row := func(key, value string) ui.SummaryRow { return ui.SummaryRow{Label: v.T(key), Value: value} }
	v.Begun, v.Signed = true, state.Signed
	v.Rows = []ui.SummaryRow{
		row("public.log-size", strconv.FormatInt(state.Size, 10)), row("public.log-at", i18n.Moment(v.Lang, state.At)),
		row("public.log-origin", state.Origin), row("public.log-root", base64.StdEncoding.EncodeToString(state.Root[:])),
	}
	v.State = ui.Notice{Kind: ui.Success, Title: v.T("public.log-well")}
	if state.Behind {
		v.State = ui.Notice{Kind: ui.Warning, Title: v.T("public.log-behind"), Text: v.T("public.log-behind-why")}
	}
	for _, k := range state.Keys {
		if k.Ended.IsZero() {
			v.Keys = append(v.Keys, k.Public)
		}
	}
	if len(v.Keys) > 0 {
		v.Check = "tongban log check --trust '" + v.Keys[0] + "' " + s.origin(r) + "/log"
	}
	s.kit.Show(w, http.StatusOK, "public/log", v)
}
