package console

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/internal/witness"
)

// logView is how the evidence log is witnessed, what this server has signed as a witness, and what did not fit.
type logView struct {
	*page
	Facts   ui.Summary
	Health  ui.Notice
	Peers   []peerLine
	Watched []watchedLine
	Alarms  []alarmLine
	Settles bool // this person may settle
}

// noQuorum is how c2sp.org/tlog-policy says that nobody need sign.
const noQuorum = "none"

type peerLine struct {
	Name, Address, Said string
	Size                int64
	At, Since           time.Time
	State               ui.Tag
}

type watchedLine struct {
	Name string
	Size int64
	At   time.Time
}

type alarmLine struct {
	Title, Log, By, Sizes, Href string
	At, Seen                    time.Time
	Times                       int64
	Settled                     time.Time
	Reason                      string
	Action                      string
	Settle                      *ui.Field // asks for the reason; nil: settled, or not this person's
}

// evidenceLog is the page of the evidence log (存证日志).
func (c *Console) evidenceLog(p *page) error { return c.showLog(p, http.StatusOK, "") }

// showLog shows it; wrong is the alarm whose reason was refused.
func (c *Console) showLog(p *page, status int, wrong string) error {
	if !p.may(access.LogSee) {
		return hall.ErrNotFound
	}
	s, err := c.witnessed(p)
	if err != nil {
		return err
	}
	p.Title = p.T("console.menu.log")
	if err := c.lagging(p); err != nil {
		return err
	}
	v := &logView{page: p, Health: ui.Notice{Kind: ui.Success, Title: p.T("console.log.well"), State: true}}
	switch alarm := p.logAlarm(s); {
	case alarm != nil:
		v.Health = *alarm
	case !s.Met:
		v.Health = ui.Notice{Kind: ui.Warning, Title: p.T("console.log.unmet"), Text: p.T("console.log.unmet-why")}
	}
	nothing, quorum := p.T("console.nothing"), s.Quorum
	if quorum == noQuorum {
		quorum = nothing
	}
	v.Facts.Rows = []ui.SummaryRow{{Label: p.T("console.log.quorum"), Value: quorum}, {Label: p.T("console.log.key"), Value: cmp.Or(strings.Join(s.Keys, "\n"), nothing)}}
	for i := range s.Peers {
		v.Peers = append(v.Peers, p.peer(&s.Peers[i]))
	}
	for i := range s.Watched {
		w := &s.Watched[i]
		l := watchedLine{Name: w.Origin, Size: w.Size}
		if w.Checkpoint != nil {
			l.At = w.At
		}
		v.Watched = append(v.Watched, l)
	}
	for i := range s.Alarms {
		l := p.alarm(&s.Alarms[i])
		if id := s.Alarms[i].ID; l.Settled.IsZero() && c.settle != nil && p.may(access.LogSettle) {
			v.Settles = true
			l.Settle = &ui.Field{Kind: ui.KindTextarea, Name: "reason-" + id, Label: p.T("console.log.settle-reason"), Max: 500, Error: p.Errors.Of("reason-" + id)}
			l.Action = "/console/log/" + id
			if id == wrong {
				l.Settle.Value = p.r.PostForm.Get("reason-" + id)
			}
		}
		v.Alarms = append(v.Alarms, l)
	}
	if p.r.URL.Query().Get("done") == "settled" && p.Errors == nil {
		p.Notice = &ui.Notice{Kind: ui.Success, Title: p.T("console.log.done")}
	}
	return p.write(status, "log", v)
}

// witnessed is how the log is witnessed; nothing is asked for where nobody witnesses it.
func (c *Console) witnessed(p *page) (*witness.State, error) {
	if c.witnesses == nil {
		return &witness.State{Quorum: noQuorum, Met: true}, nil
	}
	return c.witnesses(p.r.Context())
}

// logAlarm warns of alarms that nobody has settled; nil if there is none.
func (p *page) logAlarm(s *witness.State) *ui.Notice {
	if len(witness.Unsettled(s.Alarms)) == 0 {
		return nil
	}
	return &ui.Notice{Kind: ui.Failure, Title: p.T("console.log.alarm"), Text: p.T("console.log.alarm-do")}
}

// lagging warns if the evidence log lags.
func (c *Console) lagging(p *page) error {
	state, err := c.hall.Log(p.r.Context())
	if err == nil && state.Behind {
		p.Notice = &ui.Notice{Kind: ui.Failure, Title: p.T("public.log-behind"), Text: p.T("console.log.behind-do")}
	}
	if errors.Is(err, hall.ErrNotFound) { // a log that no server has begun
		return nil
	}
	return err
}

// settleAlarm says what an alarm was.
func (c *Console) settleAlarm(p *page) error {
	id := p.r.PathValue("alarm")
	if !p.may(access.LogSettle) || c.settle == nil {
		return hall.ErrNotFound
	}
	err := c.settle(p.r.Context(), p.Actor, id, p.r.PostForm.Get("reason-"+id))
	if refusal, ok := kit.Refusal(err); ok {
		status, _ := kit.Status(err)
		p.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "reason-" + id, Text: kit.Sentence(p.Lang, refusal)}}}
		return c.showLog(p, status, id)
	}
	if err != nil {
		return err
	}
	return p.back("/console/log?done=settled")
}

func (p *page) peer(w *witness.Peer) peerLine {
	look, known := map[string]string{witness.PeerNew: "", witness.PeerSigns: "blue", witness.PeerRefuses: "red"}[w.State]
	if !known {
		look = "ink"
	}
	l := peerLine{Name: w.Key.Name(), Address: w.URL, Said: w.Said, Size: w.Size, At: w.At, State: ui.Tag{Text: i18n.T(p.Lang, "witness.state."+cmp.Or(w.State, "new")), Look: look}}
	if w.State != witness.PeerNew {
		l.Since = w.Since
	}
	return l
}

func (p *page) alarm(a *witness.Alarm) alarmLine {
	known, given := a.Sizes()
	l := alarmLine{Title: i18n.T(p.Lang, "witness.alarm."+a.Kind), Log: a.Origin, By: a.Witness, At: a.At, Seen: a.Seen, Times: a.Times, Href: "/log/alarms/" + a.ID, Settled: a.Settled, Reason: a.Reason,
		Sizes: p.T("console.log.sizes", known, given)}
	if known < 0 {
		l.Sizes = p.T("console.log.size-given", given)
	}
	return l
}
