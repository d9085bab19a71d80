package desk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// dispatchesPage lists messages to the outside that have not arrived, for who keeps the program running.
type dispatchesPage struct {
	*page
	Tabs ui.Tabs
	Why  string
	Rows []dispatchRow
	None *ui.Empty
	Turn ui.Turn
	May  bool // decide what becomes of them
	// Records: the texts are kept here and not sent, and the reader may see them.
	Records  bool
	Recorded []hall.RecordedText // the newest first
}

type dispatchRow struct {
	hall.Dispatch
	ID    string
	Way   string // the channel in words
	About string // names the row for its buttons
	Why   string // the last attempt failed, in words
}

// dispatchStates are the tabs of the page, the ones that wait for a person first.
var dispatchStates = []string{store.MessageUnclear, store.MessageDead, store.MessageWaiting, store.MessageSending}

func (d *Desk) dispatches(p *page, r *http.Request) error {
	q := store.DispatchQuery{Region: p.Actor.Region, State: dispatchStates[0], Cursor: r.Form.Get("cursor"), Limit: ui.RowsOf(r.URL.Query(), 50)}
	for _, s := range dispatchStates {
		if r.Form.Get("state") == s {
			q.State = s
		}
	}
	list, counts, next, err := d.hall.Dispatches(r.Context(), p.Actor, q)
	if err != nil {
		return err
	}
	p.Title = p.T("desk.dispatches.title")
	v := &dispatchesPage{page: p, Tabs: ui.Tabs{Label: p.T("desk.dispatches.states")}, Why: p.T("desk.dispatches." + q.State + "-why"),
		May: access.May(p.Actor, access.SystemManage, access.Resource{Region: q.Region}).Allow && (q.State == store.MessageUnclear || q.State == store.MessageDead)}
	v.Recorded, err = hall.RecordedTexts(p.Actor, q.Region, d.recorded)
	if v.Records = err == nil; !v.Records && !errors.Is(err, hall.ErrNotFound) {
		return err
	}
	var all store.Count
	for _, s := range dispatchStates {
		n := 0
		for _, c := range counts {
			if c.State == s {
				n += c.N
			}
		}
		if s == q.State {
			all.N = n
		}
		v.Tabs.Tabs = append(v.Tabs.Tabs, ui.Link{Text: p.T("desk.dispatches."+s) + " " + strconv.Itoa(n), Href: "/desk/dispatches?state=" + s, Current: s == q.State})
	}
	for _, m := range list {
		row := dispatchRow{Dispatch: m, ID: string(m.Case) + "." + strconv.Itoa(m.Entry) + "." + strconv.Itoa(m.Index), Way: p.T("desk.dispatches.channel-" + m.Channel)}
		if m.Cause != "" {
			row.Why = p.T("desk.dispatches.cause-" + m.Cause)
		}
		row.About = row.Way + " " + string(m.Case)
		v.Rows = append(v.Rows, row)
	}
	if len(v.Rows) == 0 {
		v.None = &ui.Empty{Title: p.T("desk.dispatches.none"), Why: p.T("desk.dispatches.none-why")}
	}
	v.Turn = ui.NewTurn(r.URL, q.Limit, next)
	v.Turn.Total = kit.Total(p.Lang, all)
	return p.show("dispatches", v)
}

// settle sends a message again, or takes it as sent.
func (d *Desk) settle(p *page, r *http.Request) error {
	parts := strings.Split(r.PathValue("message"), ".")
	if len(parts) != 3 {
		return hall.ErrNotFound
	}
	entry, err1 := strconv.Atoi(parts[1])
	index, err2 := strconv.Atoi(parts[2])
	region, _, _ := strings.Cut(parts[0], "-")
	if err1 != nil || err2 != nil {
		return hall.ErrNotFound
	}
	key := store.MessageKey{Key: store.Key{Region: region, Case: caseflow.CaseNo(parts[0])}, Entry: entry, Index: index}
	if err := d.hall.Settle(r.Context(), p.Actor, key, r.PathValue("how") == "resend"); err != nil {
		return err
	}
	state := store.MessageDead
	if r.PostForm.Get("state") == store.MessageUnclear {
		state = store.MessageUnclear
	}
	return p.back("/desk/dispatches?state=" + state)
}
