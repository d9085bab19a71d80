package public

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/internal/witness"
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

	Alarm     *ui.Notice
	Alarms    []ui.Link
	Settled   []ui.Link // alarms of which it is known what they were
	Witnesses []ui.SummaryRow
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
		row("public.log-size", i18n.Number(state.Size)), row("public.log-at", i18n.Moment(v.Lang, state.At)),
		row("public.log-origin", state.Origin), row("public.log-root", base64.StdEncoding.EncodeToString(state.Root[:])),
		row("public.log-suite", v.T("public.log-suite."+state.Suite.String())),
	}
	v.State = ui.Notice{Kind: ui.Success, Title: v.T("public.log-well"), State: true}
	if state.Behind {
		v.State = ui.Notice{Kind: ui.Warning, Title: v.T("public.log-behind"), Text: v.T("public.log-behind-why")}
	}
	if err := s.witnessed(r.Context(), v); err != nil {
		s.fail(w, r, err)
		return
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

// witnessed tells who has signed the log beside its keeper, when, and what did not fit.
func (s *Site) witnessed(ctx context.Context, v *logView) error {
	if s.witnesses == nil {
		return nil
	}
	state, err := s.witnesses(ctx)
	if err != nil {
		return err
	}
	now := s.hall.Now()
	for i := range state.Peers {
		p := &state.Peers[i]
		said := v.T("public.log-never")
		if !p.At.IsZero() {
			said = v.T("public.log-signed", i18n.Moment(v.Lang, p.At), p.Size, v.ago(now.Sub(p.At)))
		}
		if p.State != witness.PeerSigns && p.State != witness.PeerNew {
			said += " · " + i18n.T(v.Lang, "witness.state."+p.State)
		}
		v.Witnesses = append(v.Witnesses, ui.SummaryRow{Label: p.Key.Name(), Value: said})
	}
	if !state.Met && v.State.Kind == ui.Success {
		v.State = ui.Notice{Kind: ui.Warning, Title: v.T("public.log-unmet"), Text: v.T("public.log-unmet-why", state.Quorum)}
	}
	for i := range state.Alarms {
		a := &state.Alarms[i]
		link := ui.Link{Text: v.T("public.log-alarm-load", i18n.T(v.Lang, "witness.alarm."+a.Kind), a.Origin), Href: "/log/alarms/" + a.ID}
		if !a.Settled.IsZero() {
			link.Text = v.T("public.log-alarm-settled", link.Text, i18n.Moment(v.Lang, a.Settled), a.Reason)
			v.Settled = append(v.Settled, link)
			continue
		}
		v.Alarm = &ui.Notice{Kind: ui.Failure, Title: v.T("public.log-alarm"), Text: v.T("public.log-alarm-why")}
		v.Alarms = append(v.Alarms, link)
	}
	return nil
}

// ago is how long ago something was, roughly.
func (v *logView) ago(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return v.T("public.log-minutes", int(max(d, 0).Minutes()))
	case d < 48*time.Hour:
		return v.T("public.log-hours", int(d.Hours()))
	}
	return v.T("public.log-days", int(d.Hours()/24))
}
